"""What `partners edit` sets of single meetings and mails: what a standing meeting is for, which mail needs no answer.

Both are named by the short ids that `partners show` and `explain` print: the first digits of a key, never a subject.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from cli.errors import Refusal
from models.records import Agreed, Partner

if TYPE_CHECKING:
    from cli.opening import Opened
    from metrics.history import History

KINDS = ("review", "goals", "status")
SHORT = 8  # digits of an id that are shown
_NO_KIND = "none"
_LEAST = 4

# What people read for each value of `Agreed`.
LABELS = (
    ("their_answer_hours", "they answer within"),
    ("our_answer_hours", "we answer within"),
    ("meeting_days", "a meeting every"),
    ("sponsors", "sponsors"),
    ("series", "tagged meetings"),
    ("settled", "mails settled"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A standing meeting: its id, what it is for (None = not known), how often it was planned, and its newest start."""

    id: str
    kind: str | None
    times: int
    last: datetime


def told(name: str, agreed: Agreed) -> str | None:
    """One value of what was agreed, as people read it; None = nothing was."""
    value = getattr(agreed, name)
    if value is None or value == ():
        return None
    if name == "series":
        return ", ".join(f"{short(series)} {kind}" for series, kind in value)
    if name == "settled":
        return str(len(value))
    if name == "sponsors":
        return ", ".join(value)
    if name == "meeting_days":
        return f"{value:g} working days"
    return f"{value:g} working hours"


def short(key: str) -> str:
    """The id as people type it."""
    return key[:SHORT]


def past(house: Opened, partner: Partner) -> History | None:
    """The partner's history at its last judgement; None before the first run."""
    from flows.past import past_of  # noqa: PLC0415  only where single mails or meetings are named

    standing = house.store.standings.all().get(partner.key)
    if standing is None:
        return None
    history, _ = past_of(house.store, house.settings, house.directory, partner, horizon=standing.judged_at)
    return history


def series_of(history: History) -> list[Series]:
    """The standing meetings known, the newest first."""
    from metrics.working_time import moment_of  # noqa: PLC0415

    found: dict[str, Series] = {}
    for occasion in history.occasions:
        if occasion.series is None:
            continue
        before = found.get(occasion.series)
        found[occasion.series] = Series(
            id=occasion.series,
            kind=history.series_kind(occasion),
            times=1 if before is None else before.times + 1,
            last=moment_of(occasion.start),
        )
    return sorted(found.values(), key=lambda series: (series.last, series.id), reverse=True)


def with_series(agreed: Agreed, tags: Sequence[str], known: Iterable[Series]) -> Agreed:
    """With standing meetings tagged by "ID=KIND"; KIND none takes a tag away."""
    if not tags:
        return agreed
    ids = [series.id for series in known]
    tagged = dict(agreed.series)
    for tag in tags:
        start, is_said, kind = (part.strip().lower() for part in tag.partition("="))
        if not is_said or kind not in {*KINDS, _NO_KIND}:
            raise Refusal(f"{tag!r} tags no meeting: write ID=KIND, with one of {', '.join((*KINDS, _NO_KIND))}")
        series = _the_one(start, sorted({*ids, *tagged}), "standing meeting", "`gonequiet partners show` lists them")
        tagged.pop(series, None)
        if kind != _NO_KIND:
            tagged[series] = kind
    return replace(agreed, series=tuple(sorted(tagged.items())))


def with_settled(agreed: Agreed, starts: Sequence[str], history: History | None) -> Agreed:
    """With mails that need no answer, named by the ids that `explain` prints beside answers owed."""
    if not starts:
        return agreed
    from metrics.awaiting import owed  # noqa: PLC0415
    from models.records import Side  # noqa: PLC0415

    waiting = [] if history is None else [o.wait.uid for side in (Side.US, Side.PARTNER) for o in owed(history, side)]
    found = [
        _the_one(start.strip().lower(), waiting, "mail that waits", "`gonequiet explain` lists them")
        for start in starts
    ]
    return replace(agreed, settled=tuple(sorted({*agreed.settled, *found})))


def _the_one(start: str, ids: Sequence[str], what: str, where: str) -> str:
    matching = [key for key in ids if key.startswith(start)] if len(start) >= _LEAST else []
    if len(matching) != 1:
        how = "is the id of no" if not matching else f"fits {len(matching)} ids: give more digits of the"
        raise Refusal(f"{start!r} {how} {what}: {where}")
    return matching[0]
