"""Work that makes thousands of values and no cycles among them, without Python searching for any."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Within, cycles are not searched for: that takes a sixth of a batch's judging, a third of folding a long past."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()
