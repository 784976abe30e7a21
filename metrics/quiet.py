"""A partner's standing: where it is at the horizon, and when silence alone will change it.

`judge` turns what is remembered of a partner into a `Standing`. The deadlines are found first, and the state follows
from them, so that a standing judged a moment before and after a deadline agrees with it. A deadline is the midnight
after the last working day that the silence may take; working days are those of both sides, less absences and pauses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from metrics.contacts import Contacts
from metrics.joint_days import JointDays
from metrics.quantiles import quantile
from models.records import Flip, Partner, Standing, State

MODEL = "weibull-gamma, shape-averaged"
MODEL_VERSION = "1"

LEAST_GAPS = 2
LATE_CHANCE = 0.10
_DEFAULT_GRACE = 1
_QUIET_CADENCES = 3  # a declared cadence missed so often in a row is quiet, whatever the mails say
_GONE_MULTIPLE = 8  # Navarro et al. (2017), EPJ Data Science 6:31: silence of eight mean gaps
_GONE_AFTER_QUIET = 2
_MAIN_SHARE = 0.5  # a person who speaks this often for the partner takes its rhythm along when away


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch in which silence means nothing: local dates [since, until) on their calendar; None = not known."""

    since: date
    until: date | None
    person: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that `judge` looks at.

    horizon       the time up to which every source was read, UTC
    threshold     chance at which a silence is called quiet, from the alarm budget
    next_meeting  start of the next meeting that one of theirs has accepted, UTC
    blind         why the sources cannot be relied on; None = they can
    fading        sentence of the strongest trend alarm; None = no trend
    """

    partner: Partner
    contacts: Contacts
    joint: JointDays
    horizon: datetime
    threshold: float
    pauses: tuple[Pause, ...] = ()
    next_meeting: datetime | None = None
    blind: str | None = None
    fading: str | None = None


def judge(case: Case, before: Standing | None = None) -> Standing:
    """The standing at the horizon. `before` gives since when an unchanged state holds."""
    plan = _Plan(case)
    state, since = plan.state()
    if before is not None and before.state is state:
        since = before.since
    elif since is None or since > case.horizon:
        since = case.horizon
    contacts = case.contacts
    return Standing(
        partner=case.partner.key,
        state=state,
        since=since,
        judged_at=case.horizon,
        last_inbound=_instant(contacts.last_inbound),
        last_outbound=_instant(contacts.last_outbound),
        late_after=plan.late_after,
        quiet_after=plan.quiet_after,
        chance=plan.chance,
        reason=plan.reason(state),
        evidence=plan.evidence(state),
    )


def flip_for(old: Standing | None, new: Standing, *, watched_since: datetime) -> Flip | None:
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


def threshold_for(partners: int, alarms_per_month: float) -> float:
    """The chance below which a silence is called quiet, so that all partners together stay within the budget.

    From the measured map: false alarms per partner-year = 1.2 (p / 0.05)^1.7. Never above 0.04, where one partner
    alone has about one false alarm a year.
    """
    per_partner_year = 12 * alarms_per_month / max(1, partners)
    return min(0.04, 0.05 * float((per_partner_year / 1.2) ** (1 / 1.7)))


class _Plan:
    """One case worked out: the silence so far and the deadlines ahead."""

    def __init__(self, case: Case) -> None:
        self.case = case
        contacts, partner = case.contacts, case.partner
        self.rhythm = contacts.rhythm
        self.learned = self.rhythm.seen >= LEAST_GAPS
        self.zone = case.joint.ours.zone
        self.today = case.horizon.astimezone(self.zone).date()
        self.pauses = [p for p in case.pauses if p.person is None or contacts.share_of(p.person) >= _MAIN_SHARE]
        if partner.paused_until is not None:
            self.pauses.append(Pause(since=date.min, until=partner.paused_until, reason=partner.pause_reason or ""))
        self.late_after: datetime | None = None
        self.quiet_after: datetime | None = None
        self.gone_after: datetime | None = None
        self.delayed = False
        self.chance: float | None = None
        self.silence = 0
        if contacts.last_number is not None:
            self._work_out(contacts.last_number)

    def _work_out(self, last: int) -> None:
        rhythm, cadence = self.rhythm, self.case.partner.cadence
        # The present day counts once it is over: the answer may still come this evening.
        self.silence = max(0, self._counted(last, self.case.joint.number(self.today - timedelta(days=1))))
        if self.learned:
            self.chance = rhythm.chance(self.silence)
        if not self.learned and cadence is None:
            return
        late, quiet = 0, 0
        if self.learned:
            late, quiet = rhythm.silence_at(LATE_CHANCE), rhythm.silence_at(self.case.threshold)
        if cadence is not None:  # what was agreed bounds what was learned, from below and from above
            soonest = round(cadence) + _DEFAULT_GRACE
            latest = max(soonest + 1, round(_QUIET_CADENCES * cadence))
            late = min(max(late, soonest), latest - 1) if self.learned else soonest
            quiet = min(max(quiet, soonest + 1), latest) if self.learned else latest
        quiet = max(quiet, late + 1)
        usual = cadence if cadence is not None else median(rhythm.recent)
        gone = max(_GONE_AFTER_QUIET * quiet, round(_GONE_MULTIPLE * usual))
        self.late_after, self.quiet_after, self.gone_after = (self._deadline(last, n) for n in (late, quiet, gone))
        meeting = self.case.next_meeting
        if meeting is not None and self.quiet_after is not None:
            allowed = self._deadline(last, quiet + late)
            if meeting >= self.case.horizon and allowed is not None and self.quiet_after <= meeting <= allowed:
                self.quiet_after = meeting + timedelta(days=1)
                self.delayed = True

    def _counted(self, last: int, until: int) -> int:
        """Working days after number `last` up to number `until`, less pauses."""
        return until - last - sum(max(0, min(until, b) - max(last, a)) for a, b in self._spans())

    def _spans(self) -> list[tuple[int, int]]:
        """Pauses as half-open spans of day numbers (a, b], merged."""
        number = self.case.joint.number
        spans: list[tuple[int, int]] = []
        for pause in self.pauses:
            begins = number(max(pause.since, date(1990, 1, 1)) - timedelta(days=1))
            ends = number((pause.until or self.today + timedelta(days=1)) - timedelta(days=1))
            if ends > begins:
                spans.append((begins, ends))
        merged: list[tuple[int, int]] = []
        for a, b in sorted(spans):
            if merged and a <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], b))
            else:
                merged.append((a, b))
        return merged

    def _deadline(self, last: int, days: int) -> datetime | None:
        """The midnight, in our zone, after `days` counted working days since number `last`; None = beyond all time."""
        number = last + days
        for a, b in self._spans():
            if a < number and b > last:
                number += b - max(a, last)
        start = datetime.fromtimestamp(self.case.contacts.last_inbound or 0, self.zone).date()
        steps = number - self.case.joint.number(start)
        try:
            day = self.case.joint.nth_after(start, max(1, steps))
        except (ValueError, OverflowError):
            return None
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), self.zone)
        return midnight.astimezone(UTC)

    def state(self) -> tuple[State, datetime | None]:
        """The state, and since when it holds as far as deadlines tell."""
        case, horizon = self.case, self.case.horizon
        if case.blind is not None:
            return State.BLIND, None
        if self._back_on() is not None or self._open_ended():
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

    def _covering(self) -> list[Pause]:
        return [p for p in self.pauses if p.since <= self.today and (p.until is None or self.today < p.until)]

    def _back_on(self) -> date | None:
        return max((p.until for p in self._covering() if p.until is not None), default=None)

    def _open_ended(self) -> bool:
        return any(p.until is None for p in self._covering())

    def reason(self, state: State) -> str:
        """One sentence in words and numbers, the same everywhere."""
        case = self.case
        if state is State.BLIND:
            return f"Cannot tell: {case.blind}."
        if state is State.PAUSED:
            back = self._back_on()
            why = next((p.reason for p in self._covering() if p.reason), "a declared pause")
            return f"Away ({why}), expected back on {_day(back)}." if back else f"Away ({why}), no return date given."
        if case.contacts.last_number is None:
            return "No word from them yet."
        silent = f"Silent for {_days(self.silence)}."
        usual = self._usual()
        if state is State.NEW:
            return f"Only {_times(self.rhythm.seen)} heard again so far: too little to know their rhythm. {silent}"
        if state is State.FADING:
            return f"{case.fading} {usual}"
        chance = ""
        if self.chance is not None and self.silence > 0 and state is not State.ON_RHYTHM:
            chance = f" Had nothing changed, a silence this long would have a chance of {percent(self.chance)}."
        ours = "" if state is State.ON_RHYTHM else f" {self._our_share()}"
        meeting = ""
        if self.delayed and case.next_meeting is not None:
            meeting = f" A meeting they accepted is on {_day(case.next_meeting.date())}."
        return f"{usual} {silent}{chance}{ours}{meeting}"

    def _usual(self) -> str:
        cadence = self.case.partner.cadence
        declared = f"Agreed: word at least every {_days(cadence)}." if cadence is not None else ""
        if not self.learned:
            return declared
        gaps = sorted(self.rhythm.recent)
        learned = (
            f"Usually hears back every {_days(median(gaps))} "
            f"(9 in 10 within {quantile(gaps, 0.9):g}, longest of the last {len(gaps)}: {gaps[-1]})."
        )
        return f"{declared} {learned}".strip()

    def _our_share(self) -> str:
        written = self.case.contacts.written
        return f"You wrote {_times(written)} since." if written else "You have not written either."

    def evidence(self, state: State) -> dict[str, object]:
        """The facts behind the sentence, JSON-ready."""
        gaps = sorted(self.rhythm.recent)
        case = self.case
        back = self._back_on()
        return {
            "model": MODEL,
            "model_version": MODEL_VERSION,
            "threshold": round(case.threshold, 5),
            "gaps": {
                "count": self.rhythm.seen,
                "recent": list(self.rhythm.recent),
                "median": median(gaps) if gaps else None,
                "p90": quantile(gaps, 0.9) if gaps else None,
                "longest": gaps[-1] if gaps else None,
            },
            "cadence": case.partner.cadence,
            "silence": self.silence,
            "chance": self.chance,
            "one_sided": case.contacts.written > 0,
            "written_since": case.contacts.written,
            "next_meeting": case.next_meeting.isoformat() if case.next_meeting else None,
            "delayed_by_meeting": self.delayed,
            "back_on": back.isoformat() if back else None,
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


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _days(n: float) -> str:
    return f"{n:g} working day" + ("" if n == 1 else "s")


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def _day(day: date | None) -> str:
    return "an unknown date" if day is None else f"{day.day} {day:%B %Y}"


def percent(chance: float) -> str:
    """A chance as people read it: "12 %", "1.3 %", "under 0.1 %"."""
    if chance < 0.001:
        return "under 0.1 %"
    return f"{100 * chance:.0f} %" if chance >= 0.1 else f"{100 * chance:.1f} %"
