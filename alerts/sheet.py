"""What stands on a mail before it is text or HTML: both are made of the same sheet, so both say the same. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.gap_strip import GapStrip


class Mood(StrEnum):
    """The first word of a subject and the colour of a mail."""

    LATE = "Late"
    QUIET = "Quiet"
    GONE = "Gone"
    OWE = "You owe"
    FADING = "Fading"
    MUCH = "Too much"
    PERSON = "One silent"
    LEFT = "Unreachable"
    BACK = "Back"
    BLIND = "Blind"
    CALM = "Week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and its lines; `is_small` sets what only few will read in smaller type.

    is_table  each line is "label: value", set in two columns
    urls      where the name before the first colon of each line leads, as far as there is a page
    """

    title: str
    lines: tuple[str, ...]
    is_small: bool = False
    is_table: bool = False
    urls: tuple[str | None, ...] = ()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The lines as label and value."""
        return tuple((label, value) for label, _, value in (line.partition(": ") for line in self.lines))

    @property
    def linked(self) -> tuple[tuple[str, str, str | None], ...]:
        """Each line as a name that leads somewhere, the rest, and where to; no name where nothing is there."""
        found = []
        for line, url in zip(self.lines, (*self.urls, *(None for _ in self.lines)), strict=False):
            name, colon, rest = line.partition(": ")
            found.append((f"{name}{colon}".rstrip(), f" {rest}", url) if url else ("", line, None))
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something the reader can do: a link where the page has an address, a command everywhere."""

    label: str
    command: str
    url: str | None = None
    is_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One partner in a mail about several."""

    mood: Mood
    title: str
    lead: str
    lines: tuple[str, ...] = ()
    strip: GapStrip | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table; on a narrow phone only the first `narrow` columns stay."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    narrow: int = 3

    def said(self, row: tuple[str, ...]) -> str:
        """A row as words: "Northwind, quiet: heard 3 d, wrote 4 d", what is not known left out."""
        rest = zip(self.heads[2:], row[2:], strict=True)
        said = ", ".join(f"{head.lower()} {cell}" for head, cell in rest if cell != "–")
        return f"{row[0]}, {row[1]}: {said}" if said else f"{row[0]}, {row[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole mail: subject, headline, first sentence, picture, sections, one next step, what can be answered."""

    subject: str
    mood: Mood
    badge: str
    title: str
    lead: str
    strip: GapStrip | None = None
    sections: tuple[Section, ...] = ()
    step: tuple[str, ...] = ()
    step_title: str = "Next step"
    buttons: tuple[Button, ...] = ()
    buttons_title: str = "Answer"
    cards: tuple[Card, ...] = ()
    grid: Grid | None = None
    footer: tuple[str, ...] = ()
    unsubscribe: str | None = None


Link = Callable[[str], str | None]


def no_link(_what: str) -> str | None:
    """No page, no links: the mail names the commands instead."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a mail is read: by whom, in which zone, and how the links of one partner are made.

    link       action -> address; None where the page has no address
    about      a partner's key -> address of its page, for mails about many
    at         when the letter was made, UTC
    others     who else got it
    escalates  what happens without an answer, as a sentence; None = nothing
    why        why this reader gets it
    """

    reader: str
    zone: str
    at: datetime
    link: Link = no_link
    about: Link = no_link
    others: tuple[str, ...] = ()
    escalates: str | None = None
    why: str = ""
    unsubscribe: str | None = None
