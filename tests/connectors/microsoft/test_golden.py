"""Golden pairs of Graph's oddest items, and the few rules that deserve a sentence of their own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.microsoft.calendar_reader import clean_uid, read_event
from connectors.microsoft.windows_zones import zone_of
from models.records import Meeting
from tests.connectors.microsoft.golden import NOW, SAMPLES, SOURCE, reading


def meeting_of(name: str) -> Meeting:
    pair = json.loads((SAMPLES / f"event_{name}.json").read_text(encoding="utf-8"))
    read = read_event(pair["raw"], source=SOURCE, now=NOW, master=pair.get("master"))
    assert isinstance(read, Meeting)
    return read


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda p: p.stem)
def test_an_item_reads_as_agreed(path: Path) -> None:
    pair = json.loads(path.read_text(encoding="utf-8"))

    assert json.loads(json.dumps(reading(pair, path.name.partition("_")[0]))) == pair["read"]


def test_every_instance_of_a_series_names_the_same_series() -> None:
    sparse, moved = meeting_of("occurrence_with_master"), meeting_of("exception_moved")

    assert sparse.series == moved.series
    assert sparse.uid != moved.uid
    assert moved.original_start == datetime(2026, 3, 16, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "hour"), [("berlin", 23), ("iana_zone", 23), ("tokyo", 15), ("new_york", 4), ("home_made_zone", 0)]
)
def test_an_all_day_meeting_begins_at_midnight_where_it_was_made(place: str, hour: int) -> None:
    meeting = meeting_of(f"all_day_{place}")

    assert meeting.at.hour == hour
    # The clocks change that night in Berlin: the day has 23 hours there.
    assert (meeting.until - meeting.at).total_seconds() == (23 if place in ("berlin", "iana_zone") else 24) * 3600


def test_the_uid_that_another_calendar_gave_is_found_again() -> None:
    assert meeting_of("uid_of_another_calendar").uid == "abc123@google.com"
    assert clean_uid("plain@x") == "plain@x"


@pytest.mark.parametrize("name", ["W. Europe Standard Time", "Pacific Standard Time", "UTC", "Asia/Kolkata"])
def test_windows_and_iana_zones_are_known(name: str) -> None:
    assert zone_of(name) is not None


@pytest.mark.parametrize("name", [None, "", "Customized Time Zone", "tzone://Microsoft/Custom", "../etc/passwd"])
def test_a_home_made_zone_is_none(name: str | None) -> None:
    assert zone_of(name) is None
