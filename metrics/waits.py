"""Who waited how long for whom: a turn of one side until the next turn of the other, on the answering side's calendar.

The headline starts at the first mail of the turn that asks, which is what the waiting side feels; `waited_since_last`
starts at the last one. A mail in which the other side is only copied asks nobody. Absences stop the clock.

Every conversation ends with a mail that nobody answers, mostly because nothing was asked: "thanks, all clear". Counted
as open for ever, these closings would make everybody look as if they never answered half of their mail. So an open wait
counts as a closing once it is older than 19 in 20 of that side's answers, if it is not the first of its conversation
and nobody reminded. Until then it is open; a first mail, and one that was followed up, stays open until the cap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from metrics.acts import Away, other_side
from metrics.occasions import Occasion
from metrics.quantiles import quantile
from metrics.spans import merged
from metrics.threads import Thread, Turn
from metrics.working_time import BusinessClock
from models.records import Side

_LEAST_ANSWERS = 5  # below them the limit is a quarter of the cap
SAME_BREATH = 15 * 60  # a further mail so soon is the rest of the last one, not a reminder
CAP_DAYS = 20  # business days after which a wait counts as unanswered, whatever comes later


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait, open or closed, as known at the history's moment.

    thread, uid   the conversation, and the first mail that asked
    answering     the side that has to answer; `asked` are its people in To
    opened        the first asking mail of the turn
    closed        the answer, by whoever of that side; None = open
    met           start of a held meeting of the same people inside the wait: possibly answered live; None = none
    waited        business seconds from `opened` to the answer, the meeting or now, absences taken out
    waited_since_last   the same from the last asking mail of the turn
    capacity      the cap in business seconds
    nudges        further mails of the turn before the answer, not within 15 minutes of the last; `nudged` when sent
    is_first      the first response of an episode, as opposed to a follow-up
    is_last_turn  nothing was written in the conversation after this turn
    is_out_of_hours   answered without a second of working time passing: real, but not for percentiles
    is_superseded     open, and the same people began a new conversation under the same subject
    """

    thread: str
    uid: str
    answering: Side
    asker: str
    asked: tuple[str, ...]
    opened: int
    closed: int | None
    met: int | None
    waited: int
    waited_since_last: int
    capacity: int
    nudged: tuple[int, ...]
    is_first: bool
    is_last_turn: bool
    is_out_of_hours: bool
    is_superseded: bool
    is_closing: bool = False

    @property
    def nudges(self) -> int:
        """How often the waiting side wrote again."""
        return len(self.nudged)

    @property
    def is_answered(self) -> bool:
        """Answered in writing within the cap, and not possibly live before."""
        return self.closed is not None and self.met is None and self.waited < self.capacity

    @property
    def is_unanswered(self) -> bool:
        """Given up: the cap has passed without an answer or a meeting."""
        return self.met is None and self.waited >= self.capacity and not self.is_closing

    @property
    def is_open(self) -> bool:
        """Still to be answered as far as headers tell: nothing came, nobody met, no newer thread took over."""
        return self.closed is None and self.met is None and not self.is_superseded and not self.is_closing

    @property
    def hours(self) -> float:
        """Business hours waited, at most the cap."""
        return min(self.waited, self.capacity) / 3600

    @property
    def hours_since_last(self) -> float:
        """Business hours since the last mail that asked, at most the cap."""
        return min(self.waited_since_last, self.capacity) / 3600


def waits_of(
    threads: Sequence[Thread],
    held: Sequence[Occasion],
    away: Sequence[Away],
    *,
    us: BusinessClock,
    them: BusinessClock,
    now: int,
    settled: frozenset[str] = frozenset(),
) -> tuple[Wait, ...]:
    """Every wait in these conversations, ascending by when it opened; those `settled` by their uid close unanswered."""
    newest = _newest_by_subject(threads)
    found = [
        wait
        for thread in threads
        for number, turns in enumerate(thread.episodes)
        for wait in _in_episode(
            thread,
            turns,
            is_newest_episode=number == len(thread.episodes) - 1,
            superseded=newest.get(_topic(thread), thread.started) > thread.acts[-1].at,
            held=held,
            away=away,
            clocks={Side.US: us, Side.PARTNER: them},
            now=now,
        )
    ]
    return tuple(sorted(_with_closings(found, settled), key=lambda wait: (wait.opened, wait.uid)))


def _with_closings(waits: Sequence[Wait], settled: frozenset[str]) -> Iterator[Wait]:
    limits = {}
    for side in (Side.US, Side.PARTNER):
        answered = [w.waited for w in waits if w.answering is side and w.is_answered and not w.is_out_of_hours]
        capacity = next((w.capacity for w in waits if w.answering is side), 0)
        slow = quantile(answered, 0.95) if len(answered) >= _LEAST_ANSWERS else capacity / 4
        limits[side] = max(slow, capacity / CAP_DAYS)
    for wait in waits:
        may_close = wait.closed is None and wait.met is None and not wait.is_first and not wait.nudged
        closes = (may_close and wait.waited > limits[wait.answering]) or (wait.closed is None and wait.uid in settled)
        yield replace(wait, is_closing=True) if closes else wait


def _topic(thread: Thread) -> tuple[object, ...]:
    first = thread.acts[0]
    return (first.subject, first.ours, first.theirs) if first.subject else (thread.key,)


def _newest_by_subject(threads: Iterable[Thread]) -> dict[tuple[object, ...], int]:
    newest: dict[tuple[object, ...], int] = {}
    for thread in threads:
        topic = _topic(thread)
        newest[topic] = max(newest.get(topic, thread.started), thread.started)
    return newest


def _in_episode(
    thread: Thread,
    turns: Sequence[Turn],
    *,
    is_newest_episode: bool,
    superseded: bool,
    held: Sequence[Occasion],
    away: Sequence[Away],
    clocks: dict[Side, BusinessClock],
    now: int,
) -> Iterator[Wait]:
    is_first = True
    for i, turn in enumerate(turns):
        asking = [act for act in turn.acts if act.asked]
        if not asking:
            continue
        answering = other_side(turn.side)
        clock = clocks[answering]
        answer = turns[i + 1].acts[0] if i + 1 < len(turns) else None
        asked = tuple(sorted({person for act in asking for person in act.asked}))
        opened, last_asked = asking[0].at, asking[-1].at
        closed = answer.at if answer is not None else None
        end = closed if closed is not None else now
        met = _met(held, asking[0].person, asked, opened, end)
        until = met if met is not None else end
        lost = _absent(away, asked, answering)
        yield Wait(
            thread=thread.key,
            uid=asking[0].uid,
            answering=answering,
            asker=asking[0].person,
            asked=asked,
            opened=opened,
            closed=closed,
            met=met,
            waited=_worked(clock, opened, until, lost),
            waited_since_last=_worked(clock, last_asked, until, lost),
            capacity=CAP_DAYS * clock.day_seconds,
            nudged=_reminders(turn, opened),
            is_first=is_first,
            is_last_turn=is_newest_episode and i == len(turns) - 1,
            is_out_of_hours=closed is not None
            and met is None
            and clock.between(opened, closed) == 0
            and not clock.is_open(opened)
            and not clock.is_open(closed),
            is_superseded=closed is None and superseded,
        )
        is_first = False


def _reminders(turn: Turn, opened: int) -> tuple[int, ...]:
    """When the side that waits wrote again, the rest of the same thought apart."""
    before, found = opened, []
    for act in turn.acts:
        if act.at > opened:
            if act.at - before > SAME_BREATH:
                found.append(act.at)
            before = act.at
    return tuple(found)


def _met(held: Sequence[Occasion], asker: str, asked: Sequence[str], since: int, until: int) -> int | None:
    """Start of the first held meeting in which the asker and one of the asked sat together inside the wait."""
    for occasion in held:
        if occasion.start >= until:
            return None
        if occasion.start > since and occasion.end <= until:
            attended = occasion.attended
            if asker in attended and any(person in attended for person in asked):
                return occasion.start
    return None


def _absent(away: Sequence[Away], asked: Sequence[str], answering: Side) -> tuple[tuple[int, int], ...]:
    """When nobody who was asked could answer: the whole partner away, or the only person asked."""
    if answering is Side.US:
        return ()
    alone = asked[0] if len(asked) == 1 else None
    return merged([(a.since, a.until) for a in away if a.person is None or a.person == alone])


def _worked(clock: BusinessClock, since: int, until: int, lost: Sequence[tuple[int, int]]) -> int:
    if until <= since:
        return 0
    worked = clock.between(since, until)
    for away, back in lost:
        if away < until and back > since:
            worked -= clock.between(max(away, since), min(back, until))
    return worked
