"""Meetings folded: every observed version of one instance becomes one occasion with its moves and answers.

Unit: a planned instance, timed, that blocks time, with at least one person of each side. Whether it took place is
only ever as certain as its evidence, whose rung is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from metrics.working_time import seconds_of
from models.directory import Directory
from models.records import Attendee, Meeting, MeetingStatus, Response, Side

_WEEK = 7 * 86_400
_SAME_MOMENT = 3600
_KINDS = (
    ("review", re.compile(r"\b(review|feedback|qbr|retro|retrospective|health ?check|rückblick)\b", re.IGNORECASE)),
    ("goals", re.compile(r"\b(goals?|okrs?|planning|roadmap|kick-?off|strategy|jahresplanung)\b", re.IGNORECASE)),
    ("status", re.compile(r"\b(status|stand-?up|daily|weekly|sync|check-?in|jour fixe)\b", re.IGNORECASE)),
)


class Rung(StrEnum):
    """The evidence that a meeting took place, strongest first."""

    ATTENDED = "attended"
    PRESUMED = "presumed held"


class Move(NamedTuple):
    """A change of the start: when it was seen, from when to when, and whose doing it was (None = not told)."""

    seen: int
    old_start: int
    new_start: int
    by: Side | None


class Answer(NamedTuple):
    """An invitee's word; `at` is when it was given, None where neither the service nor two looks tell."""

    person: str
    side: Side
    response: Response
    at: int | None
    is_organiser: bool


@dataclass(frozen=True, slots=True)
class Occasion:
    """One meeting as far as known: its newest version, and what changed on the way.

    planned    the start as first placed
    created    when the invitation was made, else when it was first seen
    cancelled  when the cancelling was seen; None = not cancelled
    present    who really joined; None = no attendance record
    """

    uid: str
    series: str | None
    start: int
    end: int
    planned: int
    created: int
    created_is_known: bool
    organiser: str | None
    organised_by: Side | None
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    answers: tuple[Answer, ...]
    moves: tuple[Move, ...]
    cancelled: int | None
    present: tuple[str, ...] | None
    subject: str

    def rung(self, now: int) -> Rung | None:
        """The evidence that it took place by `now`; None = it did not, has not yet, or nothing says so.

        An attendance record decides alone; else it has ended, was not cancelled, and somebody of each side accepted.
        """
        if self.end > now:
            return None
        if self.present is not None:
            met = not set(self.ours).isdisjoint(self.present) and not set(self.theirs).isdisjoint(self.present)
            return Rung.ATTENDED if met else None
        if self.cancelled is not None:
            return None
        coming = {a.side for a in self.answers if a.response is Response.ACCEPTED or a.is_organiser}
        return Rung.PRESUMED if {Side.US, Side.PARTNER} <= coming else None

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody of the two sides."""
        return self.ours + self.theirs

    @property
    def attended(self) -> tuple[str, ...]:
        """Who was there: the record, else those who accepted or organised."""
        if self.present is not None:
            return tuple(person for person in self.people if person in self.present)
        return tuple(a.person for a in self.answers if a.response is Response.ACCEPTED or a.is_organiser)

    @property
    def kind_by_subject(self) -> str | None:
        """ "review", "goals" or "status" where the subject says so, else None."""
        return next((kind for kind, words in _KINDS if words.search(self.subject)), None)


def fold_meetings(meetings: Iterable[Meeting], directory: Directory, partner: str) -> tuple[Occasion, ...]:
    """The occasions between us and one partner, ascending by start; versions in any order, with repeats."""
    by_uid: dict[str, list[Meeting]] = {}
    for meeting in meetings:
        by_uid.setdefault(meeting.uid, []).append(meeting)
    occasions = [
        occasion
        for versions in by_uid.values()
        if (occasion := _occasion(sorted(versions, key=_order), directory, partner)) is not None
    ]
    occasions.sort(key=lambda occasion: (occasion.start, occasion.uid))
    return tuple(_renewals_as_moves(occasions))


def distinct_moves(occasions: Iterable[Occasion]) -> list[tuple[Occasion, Move]]:
    """Every move once: a whole series shifted at one moment by one step is one move, not one an instance."""
    found: dict[tuple[str, int, int], tuple[Occasion, Move]] = {}
    for occasion in occasions:
        for move in occasion.moves:
            key = (occasion.series or occasion.uid, move.seen // _SAME_MOMENT, move.new_start - move.old_start)
            if key not in found:
                found[key] = (occasion, move)
    return list(found.values())


def _order(meeting: Meeting) -> tuple[object, ...]:
    cancelled = meeting.status is MeetingStatus.CANCELLED
    return (meeting.seen_at, meeting.sequence, cancelled, meeting.source, meeting.at, meeting.external_id)


def _occasion(versions: Sequence[Meeting], directory: Directory, partner: str) -> Occasion | None:
    named = [version for version in versions if version.attendees] or list(versions)
    # The organiser's copy knows every answer; a guest's copy may hide or lag the others'.
    own_copies = [v for v in named if v.organiser is not None and v.source.endswith(":" + v.organiser.address)]
    told = (own_copies or named)[-1]
    last = versions[-1]
    if last.all_day or last.free:
        return None
    rooms = {a.person.address for a in told.attendees if a.resource}
    sides = {p.address: directory.place(p.address) for p in told.people if p.address not in rooms}
    ours = tuple(sorted(a for a, place in sides.items() if place.side is Side.US))
    theirs = tuple(sorted(a for a, place in sides.items() if place.partner == partner))
    if not ours or not theirs:
        return None
    organiser = told.organiser.address if told.organiser is not None else None
    organised_by = _side(organiser, ours, theirs)
    made = next((v.created_at for v in versions if v.created_at is not None), None)
    moves = tuple(_moves(versions, organised_by, ours, theirs))
    return Occasion(
        uid=last.uid,
        series=last.series,
        start=seconds_of(last.at),
        end=seconds_of(last.until),
        planned=moves[0].old_start if moves else seconds_of(last.at),
        created=seconds_of(made or versions[0].seen_at),
        created_is_known=made is not None,
        organiser=organiser,
        organised_by=organised_by,
        ours=ours,
        theirs=theirs,
        answers=tuple(_answers(versions, told, organiser, ours, theirs)),
        moves=moves,
        cancelled=_cancelled(versions),
        present=next((v.present for v in reversed(versions) if v.present is not None), None),
        subject=next((v.subject for v in reversed(versions) if v.subject), ""),
    )


def _side(address: str | None, ours: Sequence[str], theirs: Sequence[str]) -> Side | None:
    if address is None:
        return None
    return Side.US if address in ours else Side.PARTNER if address in theirs else Side.OTHER


def _moves(
    versions: Sequence[Meeting], organised_by: Side | None, ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[Move]:
    placed = versions[0].original_start
    at = versions[0].at if placed is None else placed
    for version in versions:
        if version.at != at and version.status is not MeetingStatus.CANCELLED:
            by = _side(version.moved_by.address, ours, theirs) if version.moved_by is not None else organised_by
            yield Move(seconds_of(version.seen_at), seconds_of(at), seconds_of(version.at), by)
            at = version.at


def _cancelled(versions: Sequence[Meeting]) -> int | None:
    """When the cancelling that still stands was first seen."""
    seen = None
    for version in versions:
        if version.status is not MeetingStatus.CANCELLED:
            seen = None
        elif seen is None:
            seen = seconds_of(version.seen_at)
    return seen


def _answers(
    versions: Sequence[Meeting], told: Meeting, organiser: str | None, ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[Answer]:
    history: dict[str, list[tuple[int, Attendee]]] = {}
    for version in versions:
        for attendee in version.attendees:
            history.setdefault(attendee.person.address, []).append((seconds_of(version.seen_at), attendee))
    asked = {a.person.address: a for a in told.attendees if not a.resource}
    for person in (*ours, *theirs):
        side = Side.US if person in ours else Side.PARTNER
        looks = history.get(person, [])
        said = asked[person].response if person in asked else Response.NONE
        if said is Response.NONE:
            said = next((a.response for _, a in reversed(looks) if a.response is not Response.NONE), said)
        yield Answer(person, side, said, _answered(looks), person == organiser)


def _answered(looks: Sequence[tuple[int, Attendee]]) -> int | None:
    """When the first answer was given: the service's word, else the first look that showed it after one without."""
    given = [a.answered_at for _, a in looks if a.answered_at is not None and a.response is not Response.NONE]
    if given:
        return seconds_of(min(given))
    was_silent = False
    for seen, attendee in looks:
        if attendee.response is not Response.NONE:
            return seen if was_silent else None
        was_silent = True
    return None


def _renewals_as_moves(occasions: list[Occasion]) -> Iterator[Occasion]:
    """Cancelled, and within a week made anew with the same people and subject: that is a move, by the organiser."""
    renewed: dict[str, Occasion] = {}
    replaced: set[str] = set()
    for old in occasions:
        if old.cancelled is None or not old.subject:
            continue
        for new in occasions:
            if (
                new.cancelled is None
                and new.created_is_known
                and new.uid not in renewed
                and (new.series is None or new.series != old.series)
                and abs(new.created - old.cancelled) <= _WEEK
                and new.start != old.start
                and (new.ours, new.theirs, new.subject) == (old.ours, old.theirs, old.subject)
            ):
                move = Move(old.cancelled, old.start, new.start, old.organised_by)
                renewed[new.uid] = replace(new, planned=old.planned, moves=(*old.moves, move, *new.moves))
                replaced.add(old.uid)
                break
    for occasion in occasions:
        if occasion.uid not in replaced:
            yield renewed.get(occasion.uid, occasion)
