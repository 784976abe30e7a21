"""Several partners at once in one mail: one short card each, worst first, what is back at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from alerts.actions import buttons_for
from alerts.compose_alert import footer, lead, mood_of, our_share, strip_of
from alerts.compose_recovery import back_sentence
from alerts.facts import AlertFacts
from alerts.next_step import next_step
from alerts.sheet import Card, Desk, Mood, Section, Sheet
from alerts.words import count, listed, number, short
from models.letters import NoticeKind

_FULL, _MOST = 5, 25  # a mail over 100 KB is cut off: after these, shorter cards, and then names alone
_SAID = {Mood.OWE: "to whom you owe answers"}
_MARKS = {NoticeKind.REMINDER: "Reminder. ", NoticeKind.ESCALATION: "Nobody has answered the first mail. "}


def grouped_sheet(facts: Sequence[AlertFacts], desks: Mapping[str, Desk], desk: Desk) -> Sheet:
    """One mail for one reader; `desks` by partner key make each partner's own links."""
    cards = tuple(
        _card(each, desks[each.partner.key], short=number >= _FULL) for number, each in enumerate(facts[:_MOST])
    )
    rest = [each.partner.title for each in facts[_MOST:]]
    silent = [each for each in facts if each.kind is not NoticeKind.RECOVERY]
    back = [each for each in facts if each.kind is NoticeKind.RECOVERY]
    mood = cards[0].mood
    return Sheet(
        subject=_subject([*silent, *back]),
        mood=mood,
        badge=mood,
        title=f"{len(facts)} partners at once",
        lead=f"{_tally([*silent, *back])}. Worst first, one short card each; the page has the rest.",
        cards=cards,
        sections=(Section(title="And also", lines=(f"{', '.join(rest)}.",)),) if rest else (),
        footer=footer(desk),
        unsubscribe=desk.unsubscribe,
    )


def _tally(facts: Sequence[AlertFacts]) -> str:
    """How many stand how: "1 gone, 2 quiet, 1 to whom you owe answers, 1 back"."""
    moods = Counter(Mood.BACK if each.kind is NoticeKind.RECOVERY else mood_of(each) for each in facts)
    return ", ".join(f"{n} {_SAID.get(mood, mood.lower())}" for mood, n in moods.items())


def _subject(facts: Sequence[AlertFacts]) -> str:
    """Who stands how, worst first: "Gone: Lumen (23 working days); quiet: Northwind (11); back: Alto"."""
    by_mood: dict[Mood, list[str]] = {}
    unit = " working days"
    for each in facts:
        mood = Mood.BACK if each.kind is NoticeKind.RECOVERY else mood_of(each)
        named = short(each.partner.title)
        if mood is Mood.OWE:
            named = f"{named} ({count(each.mirror.owed, 'answer')})"
        elif each.silence is not None and mood is not Mood.BACK:
            named, unit = f"{named} ({number(each.silence)}{unit})", ""
        by_mood.setdefault(mood, []).append(named)
    said = "; ".join(f"{mood.lower()}: {listed(names)}" for mood, names in by_mood.items())
    return said[0].upper() + said[1:]


def _card(facts: AlertFacts, desk: Desk, *, short: bool) -> Card:
    if facts.kind is NoticeKind.RECOVERY:
        return Card(mood=Mood.BACK, title=facts.partner.title, lead=back_sentence(facts, desk))
    said = _MARKS.get(facts.kind, "") + lead(facts, desk)
    if short:
        return Card(mood=mood_of(facts), title=facts.partner.title, lead=said)
    return Card(
        mood=mood_of(facts),
        title=facts.partner.title,
        lead=said,
        lines=(*our_share(facts, desk), f"Next step: {next_step(facts, desk)[0]}"),
        strip=strip_of(facts),
        buttons=buttons_for(facts.partner.key, desk, short=True),
    )
