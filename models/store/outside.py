"""Mail with organisations that nobody watches: a day, a domain and a key of each, and nothing more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import case, func, select, update

from models.schema.mail import domain, outside
from models.schema.sources import item
from models.store.database import Database
from models.store.rows import UNREAD


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideDomain:
    """Traffic with an outside domain that nobody watches: human mails each way, other mails.

    `days`, `first` and `last` are those of human mail; of any mail where there is no human one (then days = 0).
    """

    name: str
    inbound: int
    outbound: int
    automatic: int
    first: date
    last: date
    days: int


class Outside:
    """Whom one might watch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def domains(self) -> list[OutsideDomain]:
        """Unwatched outside domains with their traffic, busiest first."""
        human = outside.c.message_class == 0
        human_day = case((human, outside.c.day))
        inbound = func.sum(case((human & (outside.c.side == 2), 1), else_=0))
        outbound = func.sum(case((human & (outside.c.side == 0), 1), else_=0))
        query = (
            select(
                domain.c.name,
                inbound.label("inbound"),
                outbound.label("outbound"),
                func.count().label("mails"),
                func.coalesce(func.min(human_day), func.min(outside.c.day)).label("first"),
                func.coalesce(func.max(human_day), func.max(outside.c.day)).label("last"),
                func.count(func.distinct(human_day)).label("days"),
            )
            .join(domain, domain.c.id == outside.c.domain_id)
            .group_by(domain.c.name)
            .order_by(func.count().desc(), domain.c.name)
        )
        with self._database.read() as conn:
            return [
                OutsideDomain(
                    name=row.name,
                    inbound=row.inbound,
                    outbound=row.outbound,
                    automatic=row.mails - row.inbound - row.outbound,
                    first=_date(row.first),
                    last=_date(row.last),
                    days=row.days,
                )
                for row in conn.execute(query)
            ]

    def forget(self, domains: Iterable[str]) -> None:
        """Drop the counts of domains that are watched from now on; their mails are to be read again.

        A mail may have been stored already, for another partner on it, or left out for another organisation's sake.
        """
        wanted = list(domains)
        with self._database.write() as conn:
            for id_ in list(conn.scalars(select(domain.c.id).where(domain.c.name.in_(wanted)))):
                keys = select(outside.c.key).where(outside.c.domain_id == id_)
                conn.execute(update(item).where(item.c.message_key.in_(keys)).values(generation=UNREAD))
                conn.execute(outside.delete().where(outside.c.domain_id == id_))


def _date(number: int) -> date:
    return datetime.fromtimestamp(number * 86_400, UTC).date()
