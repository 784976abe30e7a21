"""Quota windows that all workers share. What may be spent is worked out by the caller; here it is made atomic."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import delete, select, text, update

from models.schema.accounts import budget
from models.store.database import Database

Kept = tuple[tuple[tuple[int, float], ...], float]  # (slot, units) oldest first; rest until, seconds since 1970
_MAKE = text("INSERT INTO budget (bucket, spent, rest_until) VALUES (:bucket, '[]', 0) ON CONFLICT (bucket) DO NOTHING")


class Budgets:
    """Windows by bucket."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget(self, buckets: Sequence[str]) -> None:
        """Windows that nobody spends from any more."""
        with self._database.write() as conn:
            conn.execute(delete(budget).where(budget.c.bucket.in_(buckets)))

    def change(self, buckets: Sequence[str], decide: Callable[[list[Kept]], list[Kept] | None]) -> None:
        """Hand these windows to `decide` and keep what it gives, in one transaction; None = nothing changes.

        Other workers wait meanwhile, so no unit is spent twice.
        """
        with self._database.write() as conn:
            for bucket in sorted(buckets):
                conn.execute(_MAKE, {"bucket": bucket})
            # Always in the same order, or two workers could wait for each other.
            rows = conn.execute(
                select(budget).where(budget.c.bucket.in_(buckets)).order_by(budget.c.bucket).with_for_update()
            ).all()
            known = {
                row.bucket: (tuple((int(s), float(u)) for s, u in row.spent), float(row.rest_until)) for row in rows
            }
            before = [known[bucket] for bucket in buckets]
            after = decide(before)
            for bucket, old, new in zip(buckets, before, after or before, strict=True):
                if new == old:
                    continue
                values = {"spent": [list(pair) for pair in new[0]], "rest_until": new[1]}
                conn.execute(update(budget).where(budget.c.bucket == bucket).values(**values))
