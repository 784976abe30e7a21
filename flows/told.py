"""What one run of telling did."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from models.letters import NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One letter that was accepted; `path` is its file where mails go to a folder."""

    reader: str
    kind: NoticeKind
    subject: str
    partners: tuple[str, ...]
    path: Path | None = None


@dataclass(slots=True, kw_only=True)
class Told:
    """What telling did: `held` are flips that wait and for what, `failures` one sentence each."""

    letters: list[Sent] = field(default_factory=list)
    held: list[tuple[str, str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    skipped: int = 0

    @property
    def sent(self) -> int:
        """Letters accepted in this run."""
        return len(self.letters)

    @property
    def failed(self) -> int:
        """Letters that could not be sent in this run."""
        return len(self.failures)
