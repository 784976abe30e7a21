"""The own history decides how strict the detector is: proposed or applied, kept, followed and taken back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.errors import BAD_INPUT, OK
from cli.main import main
from connectors.base import Page
from flows.calibrate import Calibrated, calibrate_monthly
from flows.strictness import in_force
from metrics.rhythm_prior import MODEL_VERSION
from metrics.strictness import strictness_for
from models.letters import AnswerKind
from models.records import Interaction, Partner
from models.settings import JudgeSettings, Settings
from models.store.store import Store
from tests.factories import INBOUND, START, message

DAYS = 420
NOW = START + timedelta(days=DAYS)
PARTNERS = 36


def partner(number: int) -> Partner:
    return Partner(key=f"p{number}", title=f"Partner {number}", domains=(f"p{number}.example",))


def bursty(number: int) -> list[int]:
    dice, day, days = random.Random(number), 0.0, []
    while day < DAYS - 1:
        days.append(int(day))
        day += 1 + dice.weibullvariate(5, 0.6)
    return days


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("past") / "gonequiet.db"
    store = Store.at(path)
    store.partners.set_us(["example.org"])
    mails: list[Interaction] = []
    for number in range(PARTNERS):
        store.partners.add(partner(number), now=START)
        mails += [message(day, side=INBOUND, sender=f"bo@p{number}.example") for day in bursty(number)]
    page = Page(interactions=tuple(sorted(mails, key=lambda mail: mail.at)), read_until=NOW)
    store.pages.save(store.sources.ensure("archive:mail", live=False), page, store.partners.directory(), now=NOW)
    store.close()
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    copy = tmp_path / "gonequiet.db"
    copy.write_bytes(filled.read_bytes())
    opened = Store.at(copy)
    yield opened
    opened.close()


def asked(store: Store, settings: Settings, days: float = 0) -> Calibrated | None:
    return calibrate_monthly(store, settings, store.partners.directory(), now=NOW + timedelta(days=days))


def choosing(calibrate: str, **more: float) -> Settings:
    return Settings(judge=JudgeSettings.model_validate({"calibrate": calibrate, "stale_after_hours": 1e6, **more}))


def test_what_the_history_needs_is_applied_once_a_month(store: Store) -> None:
    settings = choosing("apply")

    done = asked(store, settings)

    assert done is not None
    assert done.kept is not None
    assert done.kept.partners == PARTNERS
    used = in_force(store, settings)
    assert (used.origin, used.value) == ("history", pytest.approx(done.kept.strictness))
    assert "of your own history" in used.sentence()
    assert asked(store, settings, 20) is None
    assert asked(store, settings, 31) is not None


def test_a_proposal_changes_nothing(store: Store) -> None:
    settings = choosing("propose")

    done = asked(store, settings)

    assert done is not None
    assert done.kept is not None
    used = in_force(store, settings)
    assert (used.origin, used.value) == ("budget", strictness_for(PARTNERS, 1.0))


def test_nothing_is_asked_where_a_person_decides(store: Store) -> None:
    assert asked(store, choosing("off")) is None
    assert asked(store, choosing("apply", strictness=0.5)) is None
    assert in_force(store, choosing("apply", strictness=0.5)).origin == "settings"


def test_whoever_took_one_back_is_not_overruled(store: Store) -> None:
    settings = choosing("apply")
    asked(store, settings)
    store.calibrations.undo(MODEL_VERSION, now=NOW)

    done = asked(store, settings, 40)

    assert done is not None
    assert done.kept is not None
    assert not done.kept.in_use
    assert in_force(store, settings).origin == "budget"


def test_a_smaller_budget_makes_a_calibrated_detector_stricter(store: Store) -> None:
    settings = choosing("apply")
    asked(store, settings)
    halved = settings.model_copy(update={"alerts": settings.alerts.model_copy(update={"budget_per_month": 0.5})})

    assert in_force(store, halved).value < in_force(store, settings).value
    assert in_force(store, settings, partners=2 * PARTNERS).value < in_force(store, settings).value


def test_too_few_partners_say_what_is_missing(store: Store) -> None:
    for number in range(20, PARTNERS):
        store.partners.remove(f"p{number}")

    done = asked(store, choosing("apply"))

    assert done is not None
    assert done.kept is None
    assert done.missing == "20 partners were heard of in that time: 30 are needed"


def test_what_people_answered_counts(store: Store) -> None:
    for number in range(6):
        store.answers.give(f"p{number}", AnswerKind.NOT_A_PROBLEM, who="ana", now=NOW - timedelta(days=3))

    done = asked(store, choosing("propose"))

    assert done is not None
    assert done.kept is not None
    assert done.kept.labels == 6


def test_it_is_applied_shown_and_taken_back_from_the_terminal(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gonequiet.toml").write_text('us = ["example.org"]\n[judge]\nstale_after_hours = 900000\n')
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("models.clock.now", lambda: NOW)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    refused = run("replay", "--months", "3", "--apply")
    applied = run("replay", "--apply")
    shown = run("status", "--json")
    doctor = run("doctor", "--offline")
    undone = run("replay", "--undo")
    again = run("replay", "--undo")

    assert refused.exit_code == BAD_INPUT
    assert "a look back over 3 months: a year is needed" in refused.output
    assert applied.exit_code == OK
    assert "Applied: partners are judged at strictness" in applied.output
    assert '"origin":"history"' in shown.output.replace(" ", "")
    assert "of your own history" in doctor.output
    assert "from the alarm budget alone" in undone.output
    assert again.exit_code == BAD_INPUT
    assert "nothing to take back" in again.output
    assert run("replay", "--undo", "--apply").exit_code == BAD_INPUT
