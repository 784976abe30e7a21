"""Access to an account has ended, or is about to: what happened, what to type, and who cannot be judged until then.

It goes to whoever can mend it: the owner of a mailbox for their own consent, else the operator. One mail an episode.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.sheet import Button, Desk, Mood, Section, Sheet
from alerts.words import count, listed, moment

_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """One trouble with one account, or the same one with several of an organisation.

    mailboxes  those concerned, as addresses
    happened   one sentence: why, and who must do what
    since      when the service refused us first, or when the coming end was noticed, UTC
    is_ending  access still works, but soon it will not
    partners   titles of those whose mail comes through these mailboxes
    command    what gives access again, or shows that it is mended
    gives_access  the command itself gives it; False = something else must be done first
    helper     who runs Gonequiet, for a reader who does not; None = the reader does
    """

    mailboxes: tuple[str, ...]
    happened: str
    since: datetime
    partners: tuple[str, ...]
    command: str
    gives_access: bool
    is_ending: bool = False
    helper: str | None = None


def account_sheet(facts: AccountFacts, desk: Desk) -> Sheet:
    """One screen: what happened, what to type, who is not judged meanwhile."""
    what = facts.mailboxes[0] if len(facts.mailboxes) == 1 else count(len(facts.mailboxes), "mailbox", "mailboxes")
    since = moment(facts.since, desk.zone, now=desk.at)
    if facts.is_ending:
        subject, title = f"{Mood.BLIND} soon: access to {what} ends", f"Gonequiet is about to lose access to {what}"
        lead = f"Everything is still read today. The coming end was noticed on {since}."
    else:
        subject, title = f"{Mood.BLIND}: access to {what} has ended", f"Gonequiet can no longer read {what}"
        lead = f"Access ended on {since}. Nothing is lost: what comes meanwhile is read once there is access again."
    happened = facts.happened[:1].upper() + facts.happened[1:]
    sections = [
        Section(title="What will happen" if facts.is_ending else "What happened", lines=(f"{happened.rstrip('.')}.",))
    ]
    if len(facts.mailboxes) > 1:
        sections.append(Section(title="Which mailboxes", lines=(f"{listed(facts.mailboxes, _SHOWN)}.",)))
    sections.append(Section(title="Who is behind it", lines=(_behind(facts),)))
    return Sheet(
        subject=subject,
        mood=Mood.BLIND,
        badge=f"{Mood.BLIND} soon" if facts.is_ending else Mood.BLIND,
        title=title,
        lead=lead,
        sections=tuple(sections),
        step=_step(facts),
        buttons_title="Type",
        buttons=_buttons(facts),
        footer=(desk.why,) if desk.why else (),
        unsubscribe=desk.unsubscribe,
    )


def _behind(facts: AccountFacts) -> str:
    it = "it" if len(facts.mailboxes) == 1 else "them"
    if not facts.partners:
        return f"No partner's mail comes through {it} so far."
    verb = "would show" if facts.is_ending else "show" if len(facts.partners) > 1 else "shows"
    who = listed(facts.partners, _SHOWN)
    return f"{who} {verb} as blind, not as quiet, while nothing is read: a silence there would mean nothing."


def _step(facts: AccountFacts) -> tuple[str, ...]:
    if facts.gives_access:
        first = "Where Gonequiet runs, type the command below, and give consent."
    else:
        first = "When that is done, type the command below where Gonequiet runs: it says whether it is mended."
    if facts.helper is None:
        return (first,)
    return (first, f"If you do not run Gonequiet yourself, forward this mail to {facts.helper}, who does.")


def _buttons(facts: AccountFacts) -> tuple[Button, ...]:
    again = "Give access again" if facts.gives_access else "Try it"
    found = [Button(label=again, command=facts.command, is_first=True)]
    if len(facts.mailboxes) == 1 and not facts.is_ending:
        found.append(Button(label="Or leave it for good", command=f"gonequiet disconnect {facts.mailboxes[0]}"))
    return tuple(found)
