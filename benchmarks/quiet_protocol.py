"""How a quiet detector is measured: phases of contact, false alarms inside them, delays after every contact.

A contact day is a working day with a word from the partner. A phase is a run of at least 12 contact days over at least
60 working days without a silent quarter (65 working days). An alarm in a silence inside a phase is false: the partner
came back by itself. The delay is how long after a contact the alarm would come if nothing followed; each contact of a
phase counts, each partner weighs the same. Classes by the mean gap: fast up to 4 working days, mid up to 10, slow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import exp, log
from pathlib import Path

from flows.event_file import events
from flows.replay import DAY, working_index

Happening = tuple[str, str, int, bool, str]  # us, partner, Unix seconds, from them, who
BREAK, LEAST_CONTACTS, LEAST_SPAN, YEAR = 65, 12, 60, 260.9
AFTERMATH = 130  # half a year of data after a contact, or it is no cut
CLASSES = ("fast", "mid", "slow")
FOUND_WITHIN = 40
NEVER = 10**6


@dataclass(slots=True)
class Contact:
    """One contact day inside a phase, as a detector sees it: nothing later is in it."""

    kind: int  # class of its phase
    gap: int  # working days to the next contact day; NEVER = none
    inside: bool  # the next contact day belongs to the same phase
    ends: bool  # a silent quarter follows
    weight: float  # 0 = not a place to cut


@dataclass(slots=True)
class Stream:
    """The contact days of one pair: working-day numbers who wrote each word of the day; contacts of phases by index."""

    days: list[int]
    words: list[list[str]]
    contacts: dict[int, Contact] = field(default_factory=dict)


@dataclass(slots=True)
class Corpus:
    """All pairs of a file that have a phase."""

    streams: list[Stream]
    years: list[float]
    phases: int


def corpus(path: Path) -> Corpus:
    """The phases of an events file."""
    return corpus_of(events(path))


def corpus_of(seen: Iterable[Happening]) -> Corpus:
    """The phases of events in order of time."""
    words: dict[tuple[str, str], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    end = 0
    for us, partner, ts, inbound, person in seen:
        index = working_index(ts // DAY)
        end = max(end, index)
        if inbound:
            words[us, partner][index].append(person)
    streams, years, phases = [], [0.0, 0.0, 0.0], 0
    for counts in words.values():
        days = sorted(counts)
        stream = Stream(days, [counts[day] for day in days])
        cuttable = found = 0
        for first, last in _phases(days):
            cuttable += _mark(stream, first, last, end, years)
            found += 1
        phases += found
        if found:
            for contact in stream.contacts.values():
                contact.weight /= max(1, cuttable)
            streams.append(stream)
    return Corpus(streams, years, phases)


def _phases(days: Sequence[int]) -> Iterable[tuple[int, int]]:
    first = 0
    for i in range(1, len(days) + 1):
        if i == len(days) or days[i] - days[i - 1] >= BREAK:
            if i - first >= LEAST_CONTACTS and days[i - 1] - days[first] >= LEAST_SPAN:
                yield first, i - 1
            first = i


def _mark(stream: Stream, first: int, last: int, end: int, years: list[float]) -> bool:
    """Note the contacts of one phase; gives whether it can be cut."""
    days = stream.days
    mean = (days[last] - days[first]) / (last - first)
    kind = 0 if mean <= 4 else 1 if mean <= 10 else 2
    years[kind] += (days[last] - days[first]) / YEAR
    cuts = [i for i in range(first + 2, last + 1) if end - days[i] >= AFTERMATH]
    places = set(cuts)
    for i in range(first, last + 1):
        following = days[i + 1] - days[i] if i + 1 < len(days) else NEVER
        stream.contacts[i] = Contact(
            kind=kind,
            gap=following,
            inside=i < last,
            ends=i == last and (following != NEVER or end - days[i] >= BREAK),
            weight=1 / len(cuts) if i in places else 0.0,
        )
    return bool(cuts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule at one setting gives; a class without phases is None."""

    false_alarms: tuple[float | None, ...]
    delays: tuple[float | None, ...]
    found: float | None

    @property
    def worst(self) -> float:
        """False alarms per partner-year in the worst class."""
        return max(rate for rate in self.false_alarms if rate is not None)

    @property
    def delay(self) -> float:
        """The geometric mean of the class medians, working days."""
        known = [max(1.0, delay) for delay in self.delays if delay is not None]
        return exp(sum(map(log, known)) / len(known)) if known else float("nan")


def false_alarm_rates(of: Corpus, false: Sequence[int]) -> tuple[float | None, ...]:
    """False alarms per partner-year by class, from their counts."""
    return tuple(count / years if years else None for count, years in zip(false, of.years, strict=True))


def outcome(of: Corpus, ages: Sequence[tuple[Contact, int]]) -> Outcome:
    """Judge a rule by the age at which it alarms after each contact of a phase."""
    false = [0, 0, 0]
    delays: list[list[tuple[int, float]]] = [[], [], []]
    ends = found = 0
    for contact, age in ages:
        false[contact.kind] += contact.inside and age <= contact.gap - 1
        if contact.weight:
            delays[contact.kind].append((age, contact.weight))
        if contact.ends:
            ends += 1
            found += age <= min(FOUND_WITHIN, contact.gap - 1)
    return Outcome(
        false_alarms=false_alarm_rates(of, false),
        delays=tuple(_median(part) for part in delays),
        found=found / ends if ends else None,
    )


def _median(weighted: list[tuple[int, float]]) -> float | None:
    if not weighted:
        return None
    weighted.sort()
    half = sum(weight for _, weight in weighted) / 2
    for age, weight in weighted:
        half -= weight
        if half <= 0:
            return float(age)
    return float(weighted[-1][0])
