"""One thing that `doctor` looked at: how it is in words, and what to do where it is not well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How one thing is: NOTE is for what could not be looked at, or is worth knowing."""

    GOOD = "good"
    NOTE = "note"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; `todo` is one sentence, empty where nothing is to be done."""

    about: str
    health: Health
    says: str
    todo: str = ""


def some(names: Sequence[str], limit: int = 5) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
