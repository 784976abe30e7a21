"""What every connector is: read this first.

A connector turns one account or archive into a stream of pages. It has one method. Its reader of raw items is a
separate pure function (`read_message`, `read_meeting`) with golden pairs as its test. It knows no database: the
pull step stores a page and its cursor in one transaction, so a crash anywhere is repaired by reading again.

A newcomer's walk is in CONTRIBUTING.md, "Add a connector"; the contract is tests/connectors/contract.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from models.records import Interaction, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """An item that was listed but not kept, with the reason in one or two words ("spam", "no date", ...)."""

    external_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A step of a pull: what came, what went, and where to resume.

    gone      external ids withdrawn at the service
    kept      external ids listed again and already known: nothing to read, but they survive a sweep
    cursor    resume here once this page is stored; None = not safe yet, keep the last one.
              Provider and version stand in it, so a changed format is told from a broken one.
    read_until  everything up to here has been seen, UTC; None = this page does not say.
              On the last page of a pull it moves the source's horizon.
    sweep     after this page, items of the source not seen since the pull began with cursor None are gone
              (mark-and-sweep after an expired cursor)
    census    with this page a fresh listing of all ids begins, though the cursor stays: a later `sweep` removes
              what was not named (as interaction, skipped or kept) from this page on
    remaining time to the end of this pull as the service's quota allows it; None = not told
    prepared  mails of this page that the `prepare` a connector was handed (see `Preparing`) made ready for the store;
              they are not among `interactions`
    done, total  how far this pull is, in the connector's own unit (bytes, messages), for a progress bar
    """

    interactions: tuple[Interaction, ...] = ()
    gone: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    prepared: tuple[bytes, ...] = ()
    cursor: str | None = None
    read_until: datetime | None = None
    sweep: bool = False
    census: bool = False
    done: int | None = None
    total: int | None = None
    remaining: timedelta | None = None
    notes: tuple[str, ...] = field(default=())


class Connector(Protocol):
    """One account or archive."""

    @property
    def source(self) -> str:
        """Its name, e.g. "gmail:ana@example.org"; never changes."""

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What is new since `cursor`, oldest safe order of the service's choosing; None = everything.

        Reading twice gives the same items. Resuming at any cursor it gave loses nothing.
        Raises only `ConnectorError`'s three children.
        """


Prepare = Callable[[Sequence[Message]], bytes]


@runtime_checkable
class Preparing(Connector, Protocol):
    """A connector that lets its mails be made ready for the store where they are read, perhaps in other processes.

    Records are dear to hand from one process to another, what `prepare` makes of them is not.
    """

    def prepared_pages(self, cursor: str | None, prepare: Prepare) -> Iterator[Page]:
        """As `pages`, with the mails as `Page.prepared`. `prepare` is pure and can be pickled."""


class Known(Protocol):
    """What the store already holds of a source, so that nothing is paid for twice."""

    def __call__(self, external_ids: Sequence[str], /) -> frozenset[str]:
        """Those of the ids that need not be read again: stored, or read and found to concern nobody we watch.

        Never ids that were withdrawn or skipped: those are decided anew.
        """


def knows_nothing(_external_ids: Sequence[str], /) -> frozenset[str]:
    """A `Known` for a reader without a store: everything is read."""
    return frozenset()


class ConnectorError(Exception):
    """A source could not be read; the message is one sentence for the operator, with no address or token in it."""


class CursorExpired(ConnectorError):
    """The service no longer knows the cursor: read again from None, once, by mark-and-sweep."""


class AccessDenied(ConnectorError):
    """A person must act: never retried. The message says who and what."""


class ServiceUnavailable(ConnectorError):
    """Try later; `retry_after` is the service's own wish, where it gave one."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
