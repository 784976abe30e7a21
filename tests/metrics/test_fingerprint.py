"""A changed calendar or setting changes the fingerprint, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metrics.fingerprint import fingerprint
from metrics.history import Targets
from models.directory import Directory
from models.records import Partner, WorkingHours
from tests.factories import UTC_OFFICE, partner

WHOM = partner()
US = Directory(["example.org"], [WHOM])


def test_the_same_rules_have_the_same_fingerprint() -> None:
    assert fingerprint(WHOM, UTC_OFFICE, US) == fingerprint(partner(), replace(UTC_OFFICE), US, Targets())


def test_a_title_changes_no_reading() -> None:
    assert fingerprint(replace(WHOM, title="Other"), UTC_OFFICE, US) == fingerprint(WHOM, UTC_OFFICE, US)


@pytest.mark.parametrize(
    "changed",
    [
        (replace(WHOM, hours=WorkingHours(zone="Asia/Kolkata")), UTC_OFFICE, US, Targets()),
        (replace(WHOM, hours=replace(UTC_OFFICE, country="IN")), UTC_OFFICE, US, Targets()),
        (replace(WHOM, owner="ana@example.org"), UTC_OFFICE, US, Targets()),
        (replace(WHOM, cadence=5.0), UTC_OFFICE, US, Targets()),
        (WHOM, replace(UTC_OFFICE, hours="Mon-Thu 09:00-17:00"), US, Targets()),
        (WHOM, UTC_OFFICE, Directory(["example.com"], [WHOM]), Targets()),
        (WHOM, UTC_OFFICE, US, Targets(their_answer_hours=4)),
        (WHOM, UTC_OFFICE, US, Targets(sponsors=frozenset({"bo@northwind.example"}))),
        (WHOM, UTC_OFFICE, US, Targets(series={"s": "review"})),
    ],
)
def test_a_changed_calendar_or_setting_changes_it(changed: tuple[Partner, WorkingHours, Directory, Targets]) -> None:
    assert fingerprint(*changed) != fingerprint(WHOM, UTC_OFFICE, US)
