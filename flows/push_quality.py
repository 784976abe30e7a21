"""How late pushes come and how many are lost, measured by the changes that pulls find; for every service alike.

A change is known by its own time: a mail's arrival, a meeting's last change, as the service states them. The first
push at or after it told of it. Where none came within ten minutes, the pull that found the change was a poll or an
audit, and the push is counted as lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from connectors.base import Page
from models.records import Message
from models.store.pushes import EDGES, Marks, Outcome
from models.store.store import Store

LOST_AFTER = timedelta(seconds=EDGES[-1])
_CLOCKS_DIFFER = timedelta(seconds=5)


class Changes:
    """The times of the changes that one pull of a source meets, page by page.

    before  up to when the source had been read; None = a first reading, in which nothing is a change
    began   when this pull began: a meeting without a time of its own is dated then, and says nothing
    """

    def __init__(self, *, before: datetime | None, began: datetime) -> None:
        self._before, self._began = before, began
        self._auditing = False
        self.at: set[datetime] = set()

    def start_over(self) -> None:
        """All is read anew: what comes now is no change."""
        self._before = None

    def meet(self, page: Page) -> None:
        """Note the changes of a page."""
        self._auditing |= page.census
        if self._before is None:
            return
        edge = self._before - LOST_AFTER
        for each in page.interactions:
            if isinstance(each, Message):
                # An audit reads only the mails that earlier pulls have missed, however old; a calendar's gives all.
                if not each.at_suspect and (self._auditing or each.at > edge):
                    self.at.add(each.at)
            elif edge < each.seen_at < self._began:
                self.at.add(each.seen_at)


def note_changes(store: Store, source: str, changes: Collection[datetime], *, now: datetime) -> None:
    """Compare the changes that a pull found with the pushes that came; nothing for a source without a channel."""
    marks = store.pushes.marks(source, now=now)
    if marks is None:
        return
    fresh = [at.replace(microsecond=0) for at in changes if marks.since <= at <= now]
    outcomes, waiting = decided(marks, fresh, now=now)
    if not outcomes and not waiting and not marks.told and not marks.waiting:
        return
    oldest = min([now, *waiting])
    store.pushes.settle(source, outcomes, waiting=waiting, forget_before=oldest - LOST_AFTER, now=now)


def decided(marks: Marks, changes: Iterable[datetime], *, now: datetime) -> tuple[list[Outcome], list[datetime]]:
    """What became of the changes that are old enough to say, and those that may still be told of. Pure."""
    outcomes: list[Outcome] = []
    waiting: list[datetime] = []
    for at in sorted({*marks.waiting, *changes}):
        told = _first(marks.told, at - _CLOCKS_DIFFER)
        late = None if told is None else max(timedelta(), told - at)
        if late is not None and late <= LOST_AFTER:
            outcomes.append(Outcome(at=at, late=late))
        elif now - at > LOST_AFTER:
            outcomes.append(Outcome(at=at, late=None))
        else:
            waiting.append(at)
    return outcomes, waiting


def _first(moments: Sequence[datetime], since: datetime) -> datetime | None:
    return next((at for at in moments if at >= since), None)
