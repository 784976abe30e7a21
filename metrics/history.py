"""What every metric reads: one partner's folded past as known at one moment, with the passes metrics share.

Times are whole Unix seconds. The shared passes (threads, waits, contact days) are worked out on first use and kept,
so that sixty metrics cost one folding.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise

from metrics.acts import Act, AutoReply, Away, Undelivered
from metrics.joint_days import JointDays, joint_days_of
from metrics.occasions import Occasion
from metrics.spans import merged
from metrics.threads import Thread, threads_of
from metrics.waits import Wait, waits_of
from metrics.working_time import BusinessClock, moment_of
from models.directory import Directory
from models.records import Partner, Side

DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What was agreed or promised; start values stand where nothing was.

    our_answer_hours, their_answer_hours   business hours in which each side should answer
    meeting_days   joint business days between meetings, where declared
    sponsors       addresses of the people, on either side, who answer for the relationship
    series         kind of a meeting series, told once: iCalendar UID -> "review", "goals" or "status"
    settled        uids of mails that need no answer, said by a person
    """

    our_answer_hours: float = 8.0
    their_answer_hours: float = 16.0
    meeting_days: float | None = None
    sponsors: frozenset[str] = frozenset()
    series: Mapping[str, str] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()

    def hours(self, side: Side) -> float:
        """The target of the side that has to answer."""
        return self.our_answer_hours if side is Side.US else self.their_answer_hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """What the other partners' histories say to this one: see `people.last_two_way` and `people.contact_weight`.

    backup_seen   last two-way contact with this partner's designated backup; None = never
    category      contact days in 90 days of each partner of the category, this one included
    """

    backup_seen: datetime | None = None
    category: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class History:
    """One partner as known at `now`. Made by `metrics.folding.fold`; acts ascend, nothing is later than `now`.

    us, them           both sides' business clocks; theirs may be learned from their sending times
    occasions          timed meetings with somebody of each side, planned and past
    auto_replies       what their mail programs answered by themselves, ascending: no contact, but shown
    """

    partner: Partner
    directory: Directory
    now: int
    us: BusinessClock
    them: BusinessClock
    acts: tuple[Act, ...]
    occasions: tuple[Occasion, ...]
    away: tuple[Away, ...]
    undelivered: tuple[Undelivered, ...]
    targets: Targets
    peers: Peers
    hours_are_learned: bool = False
    auto_replies: tuple[AutoReply, ...] = ()

    @property
    def moment(self) -> datetime:
        """`now` as an aware UTC time."""
        return moment_of(self.now)

    def clock(self, side: Side) -> BusinessClock:
        """The calendar of a side."""
        return self.us if side is Side.US else self.them

    def since(self, days: float) -> int:
        """The instant so many days before `now`."""
        return self.now - round(days * DAY)

    def recent(self, days: float, side: Side | None = None) -> list[Act]:
        """Acts of the last days, of one side or of both, ascending."""
        return [act for act in self.between(self.since(days), self.now) if side is None or act.side is side]

    def between(self, since: int, until: int) -> tuple[Act, ...]:
        """Acts later than `since` and not later than `until`, ascending."""
        return self.acts[bisect_right(self._times, since) : bisect_right(self._times, until)]

    @cached_property
    def _times(self) -> list[int]:
        return [act.at for act in self.acts]

    @cached_property
    def joint(self) -> JointDays:
        """The dates on which both sides work."""
        return joint_days_of(self.us, self.them)

    @cached_property
    def held(self) -> tuple[Occasion, ...]:
        """Meetings that took place as far as the evidence goes, ascending."""
        return tuple(occasion for occasion in self.occasions if occasion.rung(self.now) is not None)

    @cached_property
    def threads(self) -> tuple[Thread, ...]:
        """Conversations, by the time of their first act."""
        return threads_of(self.acts)

    @cached_property
    def waits(self) -> tuple[Wait, ...]:
        """Every wait of either side for the other's answer, ascending by when it opened."""
        return waits_of(
            self.threads,
            self.held,
            self.away,
            us=self.us,
            them=self.them,
            now=self.now,
            settled=self.targets.settled,
        )

    def waits_for(self, side: Side, days: float | None = None) -> Sequence[Wait]:
        """The waits in which `side` has to answer, of the last days or of all time, ascending."""
        waits, opened = self._waits_by_side[side]
        return waits if days is None else waits[bisect_right(opened, self.since(days)) :]

    @cached_property
    def _waits_by_side(self) -> dict[Side, tuple[list[Wait], list[int]]]:
        by_side: dict[Side, tuple[list[Wait], list[int]]] = {side: ([], []) for side in Side}
        for wait in self.waits:
            by_side[wait.answering][0].append(wait)
            by_side[wait.answering][1].append(wait.opened)
        return by_side

    @cached_property
    def answer_habits(self) -> dict[tuple[Side, str, bool], tuple[int, int]]:
        """By who answers, who asks, and whether it is the first of a conversation: (answered, decided) in a year."""
        habits: dict[tuple[Side, str, bool], tuple[int, int]] = {}
        for wait in self.waits:
            if wait.opened > self.since(365) and (wait.closed is not None or wait.is_unanswered or wait.is_closing):
                place = (wait.answering, wait.asker, wait.is_first)
                answered, decided = habits.get(place, (0, 0))
                habits[place] = (answered + (wait.closed is not None), decided + 1)
        return habits

    @cached_property
    def contact_days(self) -> tuple[int, ...]:
        """Local dates in our zone, as ordinals, with a human mail either way or a held meeting; ascending."""
        instants = [act.at for act in self.acts] + [occasion.start for occasion in self.held]
        return tuple(sorted({self.us.day_of(at) for at in instants}))

    @cached_property
    def contact_numbers(self) -> tuple[int, ...]:
        """Contact days as joint-day numbers: a week-end counts to the Friday before; ascending, each once."""
        return tuple(sorted({self.joint.number(day) for day in self.contact_days}))

    @cached_property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """(number of the later contact day, joint business days since the one before), absences taken out."""
        numbers = self.contact_numbers
        paused = self.paused_numbers
        found = []
        for earlier, later in pairwise(numbers):
            lost = sum(max(0, min(later, until) - max(earlier, since)) for since, until in paused)
            found.append((later, max(1, later - earlier - lost)))
        return tuple(found)

    @cached_property
    def paused_numbers(self) -> tuple[tuple[int, int], ...]:
        """Absences of the whole partner as spans of joint-day numbers (since, until], merged."""
        spans = [
            (self.joint.number(self.them.day_of(a.since) - 1), self.joint.number(self.them.day_of(a.until) - 1))
            for a in self.away
            if a.person is None
        ]
        return merged(spans)

    def number_at(self, at: int) -> int:
        """The joint-day number of an instant, by our wall calendar."""
        return self.joint.number(self.us.day_of(at))

    def series_kind(self, occasion: Occasion) -> str | None:
        """ "review", "goals" or "status", as the user tagged the series, else as its subject says; None = neither."""
        tagged = self.targets.series.get(occasion.series or occasion.uid)
        return tagged or occasion.kind_by_subject

    def days_ago(self, at: int) -> float:
        """Days between an instant and `now`."""
        return (self.now - at) / DAY

    def date_of(self, at: int) -> date:
        """The date of an instant on our wall calendar."""
        return date.fromordinal(self.us.day_of(at))

    def planned(self, days: float) -> list[Occasion]:
        """Meetings that were first placed in the last days, cancelled ones among them, ascending."""
        edge = self.since(days)
        return [occasion for occasion in self.occasions if edge < occasion.planned <= self.now]
