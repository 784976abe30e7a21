"""Every answer against the published shapes of Graph's types; without the schema nothing is checked, and it says so."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

log = logging.getLogger(__name__)

_DATA = Path(os.environ.get("GONEQUIET_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
SCHEMA = _DATA.parent / "reference" / "graph.schema.json"

# What the derived type #microsoft.graph.eventMessage adds to a message.
_MEETING_MAIL = {"meetingMessageType", "type", "isOutOfDate", "isAllDay", "isDelegated", "startDateTime", "endDateTime"}


class Shape:
    """Validators by type name. Rows seen before, unchanged, are not checked again."""

    def __init__(self) -> None:
        self._checked: set[int] = set()
        self._validators: dict[str, Draft202012Validator] = {}
        self.present = SCHEMA.is_file()
        if not self.present:
            log.warning("no Graph schema at hand: answers are not validated")
            return
        known = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
        for name in ("message", "event", "mailFolder", "subscription", "user"):
            self._validators[name] = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": known})

    def switch_off(self) -> None:
        """Check nothing from now on: for measurements of thousands of like rows."""
        self._validators = {}

    def problems(self, kind: str, row: dict[str, Any]) -> list[str]:
        """What is wrong with a row of this type; empty = nothing."""
        validator = self._validators.get(kind)
        if validator is None:
            return []
        if str(row.get("@odata.type", "")).startswith("#microsoft.graph.eventMessage"):
            row = {k: v for k, v in row.items() if k not in _MEETING_MAIL}
        text = hash(kind + json.dumps(row, sort_keys=True))
        if text in self._checked:
            return []
        found = [f"{kind}: {'/'.join(map(str, e.path))}: {e.message[:200]}" for e in validator.iter_errors(row)]
        if not found:
            self._checked.add(text)
        return found
