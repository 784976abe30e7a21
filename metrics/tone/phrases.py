"""The tone of a partner in sentences: the same on page, terminal and mail."""

from __future__ import annotations

from metrics.tone.trend import Leaning, ToneTrend, Turn, Words, leaning

_NOTED = 0.4  # standard deviations from usual before a level is called one


def trend_sentence(trend: ToneTrend, who: str) -> str:
    """ "Their tone: as usual (-0.1, between -0.4 and +0.2; 34 values; 62 percent of 148 mails scored)."."""
    if trend.level is None or trend.low is None or trend.high is None:
        return f"{who}: no tone, {trend.absent} ({trend.coverage.sentence})."
    usual = "as usual"
    if trend.high < 0 and trend.level < -_NOTED:
        usual = "cooler than your usual mail"
    elif trend.low > 0 and trend.level > _NOTED:
        usual = "warmer than your usual mail"
    numbers = (
        f"{trend.level:+.1f}, between {trend.low:+.1f} and {trend.high:+.1f}; "
        f"{trend.n} values; {trend.coverage.sentence}"
    )
    return f"{who}: {usual} ({numbers}).{_turn(trend)}"


def _turn(trend: ToneTrend) -> str:
    if trend.turn is Turn.NONE or trend.since is None:
        return ""
    way = "cooler" if trend.turn in (Turn.LOWER, Turn.WATCH_LOWER) else "warmer"
    if trend.turn in (Turn.LOWER, Turn.HIGHER):
        return f" It turned {way} around {trend.since:%d %b %Y}."
    return f" It may be turning {way} since about {trend.since:%d %b %Y}: too early to tell."


def leaning_sentence(theirs: ToneTrend) -> str:
    """What the tone adds to other signals; "" when it adds nothing."""
    lean = leaning(theirs)
    if lean is Leaning.RAISES:
        return "Their cooler tone makes other warning signs more believable; alone it warns of nothing."
    if lean is Leaning.LOWERS:
        return "Their warmer tone makes other warning signs less believable."
    return ""


def belief_sentence(theirs: ToneTrend) -> str:
    """What the tone adds to a warning that another signal gave; "" when it adds nothing."""
    lean = leaning(theirs)
    if lean is Leaning.SILENT or theirs.since is None:
        return ""
    way, more = ("cooler", "more") if lean is Leaning.RAISES else ("warmer", "less")
    return (
        f"Their mails have turned {way} since about {theirs.since.day} {theirs.since:%b %Y} "
        f"({theirs.coverage.sentence}), which makes this {more} believable."
    )


def words_sentences(theirs: Words, ours: Words) -> list[str]:
    """Appreciation against criticism on our side, distress on theirs; only what is worth a sentence."""
    found = []
    if ours.n_long >= 10 and ours.appreciation_long == 0:
        found.append(f"We thanked or praised them in none of our {ours.n_long} scored mails of 90 days.")
    elif ours.n_long >= 10:
        found.append(
            f"In 90 days we appreciated in {ours.appreciation_long} and criticised in {ours.criticism_long} "
            f"of {ours.n_long} scored mails."
        )
    if theirs.n_recent >= 10 and theirs.distress_recent >= 3 and theirs.distress_recent > 3 * theirs.distress_usual:
        found.append(
            f"Words of distress (delay, blocked, overdue, sorry) in {theirs.distress_recent} of their "
            f"{theirs.n_recent} scored mails of 28 days; {theirs.distress_usual:.1f} is usual."
        )
    return found
