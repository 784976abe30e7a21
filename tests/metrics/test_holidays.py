"""A country's holidays load that country alone, and are what the whole library says."""

from __future__ import annotations

import json
import subprocess
import sys

# Åland's table stands on Finland's, the Isle of Man's on Britain's.
_PLACES = [("IE", None), ("IN", "KA"), ("US", "CA"), ("AX", None), ("IM", None), ("HK", None)]
_ASK = f"""
import json, sys
from metrics.opening_hours import public_holidays
found = [sorted(str(day) for day in public_holidays(place, part, 2026)) for place, part in {_PLACES!r}]
loaded = [name for name in sys.modules if name.startswith("holidays.countries.")]
print(json.dumps([found, len(loaded)]))
"""


def _asked(before: str = "") -> tuple[list[list[str]], int]:
    done = subprocess.run([sys.executable, "-c", before + _ASK], capture_output=True, text=True, check=True)
    found, loaded = json.loads(done.stdout)
    return found, loaded


def test_only_the_countries_asked_for_are_loaded_and_say_the_same() -> None:
    alone, few = _asked()
    whole, many = _asked("import holidays.countries\n")

    assert alone == whole
    assert all(len(days) > 5 for days in alone)
    assert few <= 12
    assert many > 200
