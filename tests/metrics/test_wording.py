"""Numbers as people say them: singular and plural, no empty decimals, no zero days."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.bands import Level
from metrics.base import Measured, measured
from metrics.findings import findings
from metrics.registry import METRICS
from metrics.wording import count, few, hours, listed, sentence, share_of, times
from models.records import Side
from tests.factories import OUTBOUND, history, message, partner
from tests.metrics.busy_partner import HORIZON_DAY, PEERS, TARGETS, busy_partner, busy_year


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.001, "1 minute"),
        (0.5, "30 minutes"),
        (1.0, "1 hour"),
        (3.5, "3.5 hours"),
        (15.9, "16 hours"),
        (16, "2 working days"),
        (20, "2.5 working days"),
        (400, "50 working days"),
    ],
)
def test_hours_are_told_as_people_tell_them(value: float, said: str) -> None:
    assert hours(value) == said


def test_a_longer_working_day_makes_fewer_days() -> None:
    assert hours(36, 9) == "4 working days"
    assert hours(17, 9) == "17 hours"


def test_a_few_of_many_are_counted_and_many_are_a_share() -> None:
    assert [share_of(value, 8) for value in (0, 0.125, 1)] == ["none", "1", "all"]
    assert share_of(0.37, 200) == "37 %"


def test_ratios_stand_before_as_long() -> None:
    assert [times(value) for value in (0.3, 1.04, 2.34)] == ["only 30 %", "about", "2.3 times"]


def test_lists_end_early() -> None:
    assert listed(["bo"]) == "bo"
    assert listed(["bo", "ed"]) == "bo and ed"
    assert listed(["bo", "ed", "al", "mo"]) == "bo, ed and 2 others"


def test_no_day_ago_is_today() -> None:
    assert sentence("the last review meeting was 0 days ago.") == "The last review meeting was today."
    assert (count(1, "day"), count(2, "day"), count(12_000, "mail")) == ("1 day", "2 days", "12,000 mails")
    assert (few(1.0, "hour"), few(2.04, "hour"), few(12.4, "hour")) == ("1 hour", "2 hours", "12 hours")


CLUMSY = re.compile(
    r"(?<![\d.])1 (?:(?!is|was|yours)\w+s|people)\b|\b0 (?:days|people|conversations|answers)\b|\b\d+\.0 |  |\b0 %"
    r"|\bnan\b|\binf\b|\.\.$"
)


@pytest.mark.parametrize("day", [40, 120, 180, HORIZON_DAY - 60, HORIZON_DAY, HORIZON_DAY + 30, HORIZON_DAY + 90])
def test_no_sentence_is_clumsy(day: int) -> None:
    known = history(busy_year(), day=day, of=busy_partner(), targets=TARGETS, peers=PEERS)

    said = [f.sentence for f in findings(known, measured(known, METRICS))]

    assert len(said) > 5
    assert [one for one in said if CLUMSY.search(one)] == []


@given(
    st.dictionaries(
        st.sampled_from([metric.name for metric in METRICS]),
        st.builds(Measured, st.floats(0, 1).map(lambda v: round(v, 2)), st.integers(3, 60), st.booleans()),
    )
)
def test_whatever_the_values_sentences_are_whole(readings: dict[str, Measured]) -> None:
    known = history([message(0), message(1, side=OUTBOUND)], of=partner())
    for finding in findings(known, readings):
        assert finding.sentence[0].isupper() or finding.sentence[0].isdigit() or "@" in finding.sentence
        assert finding.sentence.endswith(".")
        assert "{" not in finding.sentence
        assert not CLUMSY.search(finding.sentence), finding.sentence


def test_nobody_of_ours_is_measured_by_name() -> None:
    known = history([message(day, side=OUTBOUND, hour=h) for day in range(15) for h in (9, 15)], day=16)

    found = {f.name: f for f in findings(known, measured(known, METRICS))}

    assert found["our_key_person"].level is Level.CONCERN
    assert found["our_key_person"].side is Side.US
    assert found["our_key_person"].people == ()
    assert found["our_key_person"].sentence == (
        "One person carries 100 % of the contact on your side; in effect it rests on that person alone."
    )
