"""Back: how long it was, and who broke the silence."""

from __future__ import annotations

from alerts.compose_alert import evidence_lines, footer, strip_of
from alerts.facts import AlertFacts
from alerts.sheet import Button, Desk, Mood, Section, Sheet
from alerts.words import count, day, number, short, working_days

_WHO = {
    "they": "they wrote first",
    "we": "they answered our mail",
    "a meeting": "you met",
}


def recovery_sheet(facts: AlertFacts, desk: Desk) -> Sheet:
    """The end of an episode, in the thread of its alert."""
    title, key = facts.partner.title, facts.partner.key
    after = f" after {working_days(facts.silence)}" if facts.silence is not None else ""
    return Sheet(
        subject=f"{Mood.BACK}: {short(title)} – in touch again{after}",
        mood=Mood.BACK,
        badge=Mood.BACK,
        title=title,
        lead=back_sentence(facts, desk),
        strip=strip_of(facts),
        sections=(
            Section(title="Your side", lines=_our_turn(facts)),
            Section(title="Evidence", lines=evidence_lines(facts, desk), is_table=True),
        ),
        step=("Nothing to do: their rhythm is watched as before.",) if not facts.mirror.owed else ("Answer them.",),
        buttons=(
            Button(label="Details", command=f"gonequiet explain {key}", url=desk.link("details")),
            Button(
                label="It was never a problem",
                command=f"gonequiet alerts answer {key} not-a-problem --because TEXT",
                url=desk.link("not-a-problem"),
            ),
        ),
        footer=footer(desk),
        unsubscribe=desk.unsubscribe,
    )


def back_sentence(facts: AlertFacts, desk: Desk) -> str:
    """How long they were silent and who broke it, in one sentence."""
    who = _WHO.get(facts.broken_by or "", "contact was made")
    length = f" after {working_days(facts.silence)} of silence" if facts.silence is not None else ""
    usual = f" (usual: {number(facts.rhythm.median)})" if facts.rhythm.median is not None else ""
    return f"Back on {day(facts.turned_at, desk.zone, now=desk.at)}{length}{usual}: {who}."


def _our_turn(facts: AlertFacts) -> tuple[str, ...]:
    if not facts.mirror.owed:
        return ("You owe them no answer.",)
    return (f"It is your turn: {count(facts.mirror.owed, 'mail')} of theirs to answer.",)
