"""A partner's standing: where it is at the horizon, and when silence alone will change it.

`judge` turns what is remembered of a partner into a `Standing`. The deadlines are found first, and the state follows
from them, so that a standing judged a moment before and after a deadline agrees with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from metrics.contacts import Contacts, Limits
from metrics.joint_days import JointDays
from metrics.quiet_deadlines import Clock, Pause, limits
from metrics.quiet_words import (
    count_of_days,
    date_words,
    percent,
    rarity_sentence,
    silent_sentence,
    times,
    usual_of,
    usual_sentence,
)
from metrics.rhythm import LEAST_GAPS
from metrics.rhythm_prior import MODEL, MODEL_VERSION
from models.records import Flip, Partner, Standing, State

__all__ = ["MODEL", "MODEL_VERSION", "Case", "Pause", "flip_for", "judge", "percent"]

_MAIN_SHARE = 0.5  # a person who speaks this often for the partner takes its rhythm along when away
_SILENT = frozenset({State.QUIET, State.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that `judge` looks at.

    horizon       the time up to which every source was read, UTC
    strictness    factor on the chance at which a silence is called quiet, from the alarm budget (metrics.strictness)
    next_meeting  start of the next meeting that one of theirs has accepted and nobody cancelled, UTC
    blind         why the sources cannot be relied on; None = they can
    fading        sentence of the strongest trend alarm; None = no trend
    """

    partner: Partner
    contacts: Contacts
    joint: JointDays
    horizon: datetime
    strictness: float = 1.0
    pauses: tuple[Pause, ...] = ()
    next_meeting: datetime | None = None
    blind: str | None = None
    fading: str | None = None


class Before(Protocol):
    """What the next standing asks of the last one: a `Standing` has it."""

    @property
    def state(self) -> State: ...
    @property
    def since(self) -> datetime: ...
    @property
    def last_inbound(self) -> datetime | None: ...


def judge(case: Case, before: Before | None = None) -> Standing:
    """The standing at the horizon. `before` is the one judged last: it gives since when an unchanged state holds."""
    plan = _Plan(case)
    state, since = plan.state()
    contacts = case.contacts
    last_inbound = _instant(contacts.last_inbound)
    # Only word from them ends a silence: not a meeting accepted since, another budget, our own mail, or mail removed.
    if before is not None and before.state in _SILENT and not _is_later(last_inbound, before.last_inbound):
        lesser = {State.LATE, State.ON_RHYTHM, State.FADING, State.NEW}
        if state in (lesser | {State.QUIET} if before.state is State.GONE else lesser):
            state, since = before.state, before.since
    if before is not None and before.state is state:
        since = before.since
    elif since is None or since > case.horizon:
        since = case.horizon
    return Standing(
        partner=case.partner.key,
        state=state,
        since=since,
        judged_at=case.horizon,
        last_inbound=last_inbound,
        last_outbound=_instant(contacts.last_outbound),
        late_after=plan.late_after,
        quiet_after=plan.quiet_after,
        chance=plan.chance,
        reason=plan.reason(state),
        evidence=plan.evidence(state),
    )


def flip_for(old: Before | None, new: Standing, *, watched_since: datetime) -> Flip | None:
    """The change of state between two standings; None where nothing changed or nothing was known before.

    What turned before the partner was watched is history: it is written down, and nobody is told.
    """
    if old is None or old.state is new.state or old.state is State.NEW:
        return None
    return Flip(
        partner=new.partner,
        old=old.state,
        new=new.state,
        turned_at=new.since,
        reason=new.reason,
        evidence=new.evidence,
        historical=new.since < watched_since,
    )


class _Plan:
    """One case worked out: the silence so far and the deadlines ahead."""

    def __init__(self, case: Case) -> None:
        self.case = case
        contacts, partner = case.contacts, case.partner
        self.rhythm = contacts.rhythm
        self.usual = usual_of(contacts.rhythm.recent)
        self.today = case.horizon.astimezone(case.joint.ours.zone).date()
        self.pauses = [p for p in case.pauses if p.person is None or contacts.share_of(p.person) >= _MAIN_SHARE]
        if partner.paused_until is not None:
            self.pauses.append(Pause(since=date.min, until=partner.paused_until, reason=partner.pause_reason or ""))
        self.late_after: datetime | None = None
        self.quiet_after: datetime | None = None
        self.gone_after: datetime | None = None
        self.delayed = False
        self.chance: float | None = None
        self.silence = 0
        self.limits: Limits | None = None
        if contacts.last_number is not None and contacts.last_inbound is not None:
            self._work_out(contacts.last_number, contacts.last_inbound)

    def _work_out(self, last: int, last_at: int) -> None:
        case = self.case
        clock = Clock(case.joint, self.pauses, last=last, last_at=last_at, today=self.today)
        # The present day counts once it is over: the answer may still come this evening.
        self.silence = clock.counted(self.today - timedelta(days=1))
        if self.rhythm.seen >= LEAST_GAPS:
            self.chance = self.rhythm.chance(self.silence)
        self.limits = limits(case.contacts, case.partner.cadence, case.strictness)
        if self.limits is None:
            return
        late, quiet = self.limits.late, self.limits.quiet
        self.late_after, self.quiet_after = clock.after(late), clock.after(quiet)
        self.gone_after = clock.after(self.limits.gone)
        meeting = case.next_meeting
        if meeting is not None and self.quiet_after is not None:
            allowed = clock.after(quiet + late)  # one step later, no more
            if meeting >= case.horizon and allowed is not None and self.quiet_after <= meeting <= allowed:
                self.quiet_after = meeting + timedelta(days=1)
                self.delayed = True

    def state(self) -> tuple[State, datetime | None]:
        """The state, and since when it holds as far as deadlines tell."""
        case, horizon = self.case, self.case.horizon
        if case.blind is not None:
            return State.BLIND, None
        if any(pause.covers(self.today) for pause in self.pauses):
            return State.PAUSED, None
        if self.quiet_after is None or self.late_after is None:
            return State.NEW, None
        if self.gone_after is not None and horizon >= max(self.gone_after, self.quiet_after):
            return State.GONE, max(self.gone_after, self.quiet_after)
        if horizon >= self.quiet_after:
            return State.QUIET, self.quiet_after
        if horizon >= self.late_after:
            return State.LATE, self.late_after
        if case.fading is not None:
            return State.FADING, None
        return State.ON_RHYTHM, _instant(case.contacts.last_inbound)

    def _back_on(self) -> date | None:
        ends = [p.until for p in self.pauses if p.covers(self.today)]
        return None if None in ends else max((end for end in ends if end is not None), default=None)

    def reason(self, state: State) -> str:
        """One sentence in words and numbers, the same everywhere."""
        case = self.case
        if state is State.BLIND:
            return f"Cannot tell: {case.blind}."
        if state is State.PAUSED:
            back = self._back_on()
            why = next((p.reason for p in self.pauses if p.covers(self.today) and p.reason), "a declared pause")
            returning = f"expected back on {date_words(back)}" if back else "no return date given"
            return f"Away ({why}), {returning}."
        if case.contacts.last_number is None:
            if state in _SILENT:
                return "Their mails are gone from every mailbox that is read, and no word came since."
            return "No word from them yet."
        silent = silent_sentence(self.silence)
        if state is State.NEW:
            heard = f"Only {times(self.rhythm.seen)} heard again" if self.rhythm.seen else "Heard of on one day only"
            return f"{heard} so far: too little to know their rhythm. {silent}"
        if state is State.FADING:
            return f"{case.fading} {self._usual()}"
        if state is State.ON_RHYTHM:
            return " ".join(part for part in (self._usual(), silent, self._meetings_alone()) if part)
        parts = [self._usual(), silent, *self._last_seen()]
        if self.rhythm.seen >= LEAST_GAPS and self.silence > 0:
            parts.append(rarity_sentence(self.rhythm, self.silence))
        written = case.contacts.written
        parts.append(f"You wrote {times(written)} since." if written else "You have not written either.")
        if self.delayed and case.next_meeting is not None:
            parts.append(f"A meeting they accepted is on {date_words(case.next_meeting.date())}.")
        return " ".join(parts)

    def _last_seen(self) -> list[str]:
        """Where the last sign of them was a meeting, both dates: people look for a mail of that day."""
        contacts = self.case.contacts
        if contacts.last_inbound is None or contacts.last_mail == contacts.last_inbound:
            return []
        day = self.case.joint.ours.local_date
        held = f"Last seen in a meeting on {date_words(day(_known(contacts.last_inbound)))}"
        if contacts.last_mail is None:
            return [f"{held}; they have never written."]
        return [f"{held}; their last mail is of {date_words(day(_known(contacts.last_mail)))}."]

    def _meetings_alone(self) -> str:
        """Where only meetings keep up the rhythm: for how long no mail came; "" where mails do."""
        number, mail = self.case.contacts.last_number, self.case.contacts.last_mail_number
        if number is None or mail is None or self.limits is None:
            return ""
        since = number - mail + self.silence
        if number == mail or since < self.limits.quiet:
            return ""
        return f"Only meetings of late: no mail from them for {count_of_days(since)}."

    def _usual(self) -> str:
        cadence = self.case.partner.cadence
        declared = f"Agreed: word at least every {count_of_days(cadence)}." if cadence is not None else ""
        learned = usual_sentence(self.usual) if self.rhythm.seen >= LEAST_GAPS else ""
        return f"{declared} {learned}".strip()

    def evidence(self, state: State) -> dict[str, object]:
        """The facts behind the sentence, JSON-ready."""
        case, contacts, usual = self.case, self.case.contacts, self.usual
        back = self._back_on()
        found = self.limits
        return {
            "model": MODEL,
            "model_version": MODEL_VERSION,
            "strictness": round(case.strictness, 4),
            "threshold": None if found is None or found.threshold is None else round(found.threshold, 5),
            "limits": None if found is None else {"late": found.late, "quiet": found.quiet, "gone": found.gone},
            "gaps": {
                "count": self.rhythm.seen,
                "recent": list(self.rhythm.recent),
                "mean": round(usual.mean, 2) if usual else None,
                "median": usual.median if usual else None,
                "p90": round(usual.p90, 2) if usual else None,
                "longest": usual.longest if usual else None,
            },
            "period": found.period if found else self.rhythm.period,
            "cadence": case.partner.cadence,
            "silence": self.silence,
            "chance": self.chance,
            "one_sided": contacts.written > 0,
            "written_since": contacts.written,
            "last_mail": None if contacts.last_mail is None else _known(contacts.last_mail).isoformat(),
            "next_meeting": case.next_meeting.isoformat() if case.next_meeting else None,
            "delayed_by_meeting": self.delayed,
            "fading": case.fading,
            "back_on": back.isoformat() if back else None,
            "holidays": self._holidays(),
            "pauses": [
                {
                    "since": None if p.since == date.min else p.since.isoformat(),
                    "until": p.until.isoformat() if p.until else None,
                    "reason": p.reason,
                }
                for p in self.pauses
            ],
            "state": state.value,
        }

    def _holidays(self) -> list[dict[str, str]]:
        """Holidays of either side within the silence, the latest thirty: days that did not count."""
        joint, since = self.case.joint, self.case.contacts.last_inbound
        if since is None:
            return []
        today = self.today.toordinal()
        found = []
        for ordinal in range(max(joint.ours.day_of(since) + 1, today - 366), today):
            day = date.fromordinal(ordinal)
            sides = [name for name, clock in (("us", joint.ours), ("them", joint.theirs)) if clock.is_holiday(day)]
            if sides:
                found.append({"day": day.isoformat(), "side": " and ".join(sides)})
        return found[-30:]


def _is_later(moment: datetime | None, than: datetime | None) -> bool:
    return moment is not None and (than is None or moment > than)


def _known(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
