"""A budget that nobody shares: its windows are kept in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from connectors.budget import Budget, Kept


class _MemoryShelf:
    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._lock = threading.Lock()

    def change(self, buckets: Sequence[str], decide: Callable[[list[Kept]], list[Kept] | None]) -> None:
        with self._lock:
            after = decide([self._kept.get(bucket, ((), 0.0)) for bucket in buckets])
            if after is not None:
                self._kept.update(zip(buckets, after, strict=True))


class MemoryBudget(Budget):
    def __init__(self) -> None:
        super().__init__(_MemoryShelf())
