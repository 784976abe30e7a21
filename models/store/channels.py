"""Push channels and subscriptions: what the services promised to tell us of, until when, and by which secret."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update

from models.schema.accounts import channel
from models.schema.sources import source
from models.store.database import Database
from models.store.pushes import note_push
from models.store.sources import unannounced


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel of one source.

    id            as the service knows it
    resource      what it watches, in the service's words
    secret        every notification must carry it
    last_push_at  when it last told us something, UTC; None = never yet
    config        further facts, such as lifecycle events not acted on yet
    """

    id: str
    source: str
    resource: str
    expires_at: datetime
    secret: str = field(repr=False)
    last_push_at: datetime | None = None
    config: Mapping[str, Any] = field(default_factory=dict)


class Channels:
    """Every channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Channel]:
        """By time of expiry: whoever renews in this order is never late for the last ones."""
        with self._database.read() as conn:
            return [_channel(row) for row in conn.execute(_query().order_by(channel.c.expires_at))]

    def find(self, channel_id: str) -> Channel | None:
        """The channel of this id; None for a stranger's."""
        with self._database.read() as conn:
            row = conn.execute(_query().where(channel.c.id == channel_id)).one_or_none()
            return None if row is None else _channel(row)

    def keep(self, held: Channel) -> None:
        """A new channel, or a new life of a known one, whose waiting events go on waiting.

        LookupError for a source that was never read.
        """
        with self._database.write() as conn:
            source_id = conn.execute(select(source.c.id).where(source.c.name == held.source)).scalar()
            if source_id is None:
                raise LookupError(held.source)
            values: dict[str, Any] = {
                "source_id": source_id,
                "resource": held.resource,
                "secret": held.secret,
                "expires_at": held.expires_at,
                "config": dict(held.config),
            }
            before = conn.execute(select(channel.c.config).where(channel.c.id == held.id)).scalar()
            if before is None:
                conn.execute(insert(channel).values(id=held.id, **values))
                return
            waiting = {"events": before["events"]} if "events" in before else {}
            values["config"] = {**held.config, **waiting}
            conn.execute(update(channel).where(channel.c.id == held.id).values(**values))

    def forget(self, channel_id: str) -> None:
        """It is no more."""
        with self._database.write() as conn:
            conn.execute(delete(channel).where(channel.c.id == channel_id))

    def acted_on(self, channel_id: str, events: Collection[str]) -> None:
        """These lifecycle events are dealt with; one that came meanwhile goes on waiting."""
        with self._database.write() as conn:
            row = conn.execute(select(channel).where(channel.c.id == channel_id)).one_or_none()
            if row is not None:
                config = dict(row.config)
                left = sorted(set(config.pop("events", ())) - set(events))
                config |= {"events": left} if left else {}
                conn.execute(update(channel).where(channel.c.id == channel_id).values(config=config))

    def heard(self, channel_id: str, *, now: datetime, event: str | None = None) -> bool:
        """A notification came: its source is dirty. `event` waits in config["events"] until it was acted on.

        False for a channel that is not ours.
        """
        with self._database.write() as conn:
            row = conn.execute(select(channel).where(channel.c.id == channel_id)).one_or_none()
            if row is None:
                return False
            config = dict(row.config)
            if event is not None:
                config["events"] = sorted({*config.get("events", ()), event})
            conn.execute(update(channel).where(channel.c.id == channel_id).values(last_push_at=now, config=config))
            conn.execute(update(source).where(source.c.id == row.source_id, unannounced(now)).values(dirty_since=now))
            if event is None:  # news of the channel itself tells of no change
                note_push(conn, self._database, row.source_id, now=now)
            return True


def _query() -> Select[Any]:
    return select(channel, source.c.name.label("source")).join(source, source.c.id == channel.c.source_id)


def _channel(row: Row[Any]) -> Channel:
    return Channel(
        id=row.id,
        source=row.source,
        resource=row.resource,
        expires_at=row.expires_at,
        secret=row.secret,
        last_push_at=row.last_push_at,
        config=row.config,
    )
