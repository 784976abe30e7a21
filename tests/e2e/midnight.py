"""A time zone whose midnight is a few minutes away: deadlines fall at the midnight that ends a working day."""

from __future__ import annotations

import shutil
import struct
from datetime import datetime, timedelta
from pathlib import Path

import pytz

ZONE = "Antarctica/Vostok"  # pytz, which Prefect's scheduler asks, knows a fixed list of names: borrow one


def make_zone(folder: Path, midnight: datetime) -> dict[str, str]:
    """Zone files in which `midnight` (UTC, whole minutes) is one; gives the environment that makes them the ones."""
    shutil.copytree(Path(pytz.__file__).parent / "zoneinfo", folder)
    since = timedelta(hours=midnight.hour, minutes=midnight.minute)
    offset = -since if since < timedelta(hours=12) else timedelta(days=1) - since
    path = folder / ZONE
    seconds = int(offset.total_seconds())
    block = struct.pack(">6l", 0, 0, 0, 0, 1, 4) + struct.pack(">lbb", seconds, 0, 0) + b"SOO\0"
    head = b"TZif2" + bytes(15)
    sign, minutes = "-" if seconds > 0 else "", abs(seconds) // 60
    footer = f"\n<SOO>{sign}{minutes // 60}:{minutes % 60:02}\n".encode()
    path.write_bytes(head + block + head + block + footer)
    return {"PYTHONTZPATH": str(folder), "PYTZ_TZDATADIR": str(folder)}
