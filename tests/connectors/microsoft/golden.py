"""Golden pairs: what Graph says, and what we read in it. `python -m tests.connectors.microsoft.golden` writes the
expectations of new samples (all of them with --all); git shows the difference."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from connectors.microsoft.calendar_reader import read_event
from connectors.microsoft.mail_reader import read_mail

SAMPLES = Path(__file__).parents[1] / "samples" / "microsoft"
SOURCE = "outlook:ana@example.org"
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)


def reading(pair: Mapping[str, Any], kind: str) -> Any:
    """What the reader makes of a sample, as JSON."""
    if kind == "mail":
        read: Any = read_mail(pair["raw"], source=SOURCE, now=NOW)
    else:
        read = read_event(pair["raw"], source=SOURCE, now=NOW, master=pair.get("master"))
    return {"type": type(read).__name__, **_plain(read)}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value


def main(arguments: list[str]) -> int:
    """Write what is missing, or everything."""
    for path in sorted(SAMPLES.glob("*.json")):
        pair = json.loads(path.read_text(encoding="utf-8"))
        if "read" not in pair or "--all" in arguments:
            pair["read"] = reading(pair, path.name.partition("_")[0])
            path.write_text(json.dumps(pair, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
