"""Calibrations: the newest in use holds, none is overwritten, each can be taken back."""

from __future__ import annotations

from dataclasses import replace

from models.store.calibrations import Calibration
from models.store.store import Store
from tests.factories import START, moment

ONE = Calibration(
    strictness=0.6,
    budget_per_month=1.0,
    partners=40,
    partner_years=38.5,
    false_alarms=11,
    labels=2,
    model="3",
    since=START,
    until=moment(365),
    at=moment(366),
    who="monthly",
    in_use=True,
)


def test_the_newest_in_use_holds_and_a_proposal_does_not(store_url: str) -> None:
    store = Store(store_url)
    first = store.calibrations.save(ONE)
    proposed = store.calibrations.save(replace(ONE, strictness=0.5, in_use=False))

    assert store.calibrations.standing("3") == first == replace(ONE, id=first.id)
    assert store.calibrations.newest() == proposed
    store.close()


def test_another_version_of_the_detector_is_not_held_to_it(store_url: str) -> None:
    store = Store(store_url)
    store.calibrations.save(ONE)

    assert store.calibrations.standing("4") is None
    store.close()


def test_undo_brings_back_the_one_before_and_forgets_none(store_url: str) -> None:
    store = Store(store_url)
    first = store.calibrations.save(ONE)
    second = store.calibrations.save(replace(ONE, strictness=0.4))

    assert store.calibrations.undo("3", now=moment(400)) == second
    assert store.calibrations.standing("3") == first
    assert store.calibrations.undo("3", now=moment(401)) == first
    assert store.calibrations.standing("3") is None
    assert store.calibrations.undo("3", now=moment(402)) is None
    assert [made.undone_at for made in store.calibrations.all()] == [moment(401), moment(400)]
    store.close()
