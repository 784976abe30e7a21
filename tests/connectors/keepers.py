"""What a machine of random lives is bound to: a vendor's local server, and a keeper of the pages that are read."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.base import Connector, CursorExpired, Known, Page
from models.records import Interaction, Meeting, MeetingStatus, Message

# Long against the day that each pull takes, so that most settled moments lie within one grace of each other.
GRACE = timedelta(days=40)


class Killed(BaseException):
    """The process dies here; nothing catches it but the machine."""


class Vendor(ABC):
    """A vendor's local server and the connectors over it, made anew for each life."""

    changes: ClassVar[tuple[str, ...]]
    """Names of the changes that `change` knows: "mail arrives", "instance moves", ..."""

    faults: ClassVar[tuple[str, ...]]
    """Names of the faults that `inject` knows: "429", "html body", "timeout", ..."""

    @abstractmethod
    def change(self, what: str, dice: random.Random) -> None:
        """Make one change at the service; `dice` picks the victim. Nothing to change: do nothing."""

    @abstractmethod
    def age(self, dice: random.Random) -> None:
        """Age a token, cursor or history so that its next use may be refused."""

    @abstractmethod
    def inject(self, faults: Sequence[str], rate: float, dice: random.Random) -> None:
        """From now on each request suffers one of the faults with this probability."""

    @abstractmethod
    def calm(self) -> None:
        """No faults any more, and no quota left in debt."""

    @abstractmethod
    def connectors(self, known: Callable[[str], Known]) -> Sequence[Connector]:
        """A fresh connector for each source, as after a restart; `known` gives what a source holds.

        They never sleep: waiting moves the vendor's own clock.
        """

    @abstractmethod
    def truth(self) -> Mapping[str, Mapping[str, Interaction]]:
        """What a perfect reader would hold now: by source, by external id. Nothing that is withdrawn or left out."""

    def lingering(self) -> Mapping[str, frozenset[str]]:
        """Those ids of the truth that count only for a reader who held them before: mail in the bin."""
        return {}


class Keeper(ABC):
    """Where pages are saved. A day passes with each pull; mail that vanished counts for GRACE."""

    now: datetime
    """The time of the last pull."""

    @abstractmethod
    def pull(self, connector: Connector) -> None:
        """One pull of one source, a day later, as flows.pull does it; raises the connector's errors, or Killed."""

    @abstractmethod
    def vanished(self, source: str) -> Collection[str]:
        """Mails that the source no longer shows and that still count, as `live` names them."""

    @abstractmethod
    def wait(self) -> None:
        """A grace passes, and whatever vanished stops counting."""

    @abstractmethod
    def kill_after(self, statements: int | None) -> None:
        """Die after so many further statements; None = live on."""

    @abstractmethod
    def restart(self) -> None:
        """Open again after a kill: only what was committed is left."""

    @abstractmethod
    def known(self, source: str) -> Known:
        """What this source already holds."""

    @abstractmethod
    def live(self, source: str) -> Mapping[str, object]:
        """What is held and not withdrawn, by external id, each in the form that `expected` gives."""

    def name_of(self, external_id: str) -> str:
        """How this keeper names an external id."""
        return external_id

    def expected(self, external_id: str, interaction: Interaction) -> object | None:
        """The form in which this keeper holds an interaction; None = it would not keep it."""
        return essence(interaction)

    def close(self) -> None:  # noqa: B027 - a keeper in memory has nothing to give back
        """Give everything back."""


def essence(interaction: Interaction) -> object:
    """An interaction without what depends on when we looked: a meeting's seen_at, moved_by and answered_at."""
    if not isinstance(interaction, Meeting):
        return interaction
    invitees = tuple(sorted((a.person.address, a.response, a.optional, a.resource) for a in interaction.attendees))
    return (
        interaction.uid,
        interaction.at,
        interaction.until,
        interaction.status,
        interaction.original_start,
        interaction.organiser,
        invitees,
        interaction.all_day,
        interaction.free,
    )


def is_on(interaction: Interaction) -> bool:
    """Whether it takes place: a cancelled meeting is as good as gone, however we heard of it."""
    return not (isinstance(interaction, Meeting) and interaction.status is MeetingStatus.CANCELLED)


class MemoryKeeper(Keeper):
    """Pages in dictionaries, by the same rules as the store: a page and its cursor fall together."""

    def __init__(self) -> None:
        self.now = datetime(2027, 1, 1, tzinfo=UTC)
        self.cursors: dict[str, str | None] = {}
        self.generation: dict[str, int] = {}
        self.items: dict[str, dict[str, tuple[Interaction | None, int]]] = {}
        self.away: dict[str, dict[str, datetime]] = {}  # source -> vanished mail -> since when
        self._fuse: int | None = None

    def pull(self, connector: Connector) -> None:
        """One pull; an expired cursor is read again from None, once."""
        source = connector.source
        self.now += timedelta(days=1)
        try:
            self._read(connector, self.cursors.get(source))
        except CursorExpired:
            self.cursors[source] = None
            self._read(connector, None)
        self._lapse(source)

    def vanished(self, source: str) -> Collection[str]:
        """Those marked."""
        return self.away.get(source, {}).keys()

    def wait(self) -> None:
        """A grace and a day."""
        self.now += GRACE + timedelta(days=1)
        for source in self.away:
            self._lapse(source)

    def _lapse(self, source: str) -> None:
        away = self.away.get(source, {})
        for external_id in [i for i, since in away.items() if self.now - since >= GRACE]:
            del away[external_id]
            self.items[source].pop(external_id, None)

    def _read(self, connector: Connector, cursor: str | None) -> None:
        source = connector.source
        if cursor is None:
            self.generation[source] = self.generation.get(source, 0) + 1
        for page in connector.pages(cursor):
            self._burn()
            self._save(source, page)
            self._burn()

    def _save(self, source: str, page: Page) -> None:
        if page.census:
            self.generation[source] += 1
        items, generation = self.items.setdefault(source, {}), self.generation[source]
        away = self.away.setdefault(source, {})

        def vanish(external_id: str) -> bool:
            if not isinstance(items.get(external_id, (None,))[0], Message):
                return False
            away.setdefault(external_id, self.now)
            return True

        for external_id in page.gone:
            if not vanish(external_id):
                items.pop(external_id, None)
        for skipped in page.skipped:
            if not vanish(skipped.external_id):
                items[skipped.external_id] = (None, generation)
        for external_id in page.kept:
            away.pop(external_id, None)
            if external_id in items:
                items[external_id] = (items[external_id][0], generation)
        for interaction in page.interactions:
            assert interaction.source == source
            away.pop(interaction.external_id, None)
            items[interaction.external_id] = (interaction, generation)
        if page.sweep:
            for external_id in [k for k, v in items.items() if v[1] != generation]:
                if not vanish(external_id):
                    del items[external_id]
        if page.cursor is not None:
            self.cursors[source] = page.cursor

    def _burn(self) -> None:
        if self._fuse is not None:
            self._fuse -= 1
            if self._fuse < 0:
                raise Killed

    def kill_after(self, statements: int | None) -> None:
        """Here a page is two statements."""
        self._fuse = statements

    def restart(self) -> None:
        """Everything saved is still there."""
        self._fuse = None

    def known(self, source: str) -> Known:
        """Ids that hold an interaction and have not vanished."""

        def known(external_ids: Sequence[str]) -> frozenset[str]:
            items, away = self.items.get(source, {}), self.away.get(source, {})
            return frozenset(i for i in external_ids if i not in away and i in items and items[i][0] is not None)

        return known

    def live(self, source: str) -> Mapping[str, object]:
        """Essences of what is held."""
        return {k: essence(v[0]) for k, v in self.items.get(source, {}).items() if v[0] is not None and is_on(v[0])}
