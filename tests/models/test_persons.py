"""A person who asks is told everything that is kept of them, and can become nobody without the contact being lost."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import text

from cli.opening import Opened
from cli.receiving import sight_of
from connectors.base import Page
from models.letters import AnswerKind
from models.records import Absence, Partner, State
from models.settings import Settings
from models.store.persons import NamedPartner
from models.store.store import Store
from tests.alerts.scene import ANA, BO, DAY, NOW, put, silent, turn
from tests.factories import INBOUND, OUTBOUND, meeting, message

US = ("ourco.example",)


@pytest.fixture
def known(store: Store) -> Store:
    """Bo wrote, was written to, met us, was away, fell silent; and ana answered."""
    store.partners.add(
        Partner(key="northwind", title="Northwind", domains=("northwind.example",), owner=ANA), now=NOW - 300 * DAY
    )
    directory = store.partners.directory(US)
    source = store.sources.ensure("gmail:ana@ourco.example", live=True)
    mails = [
        message(day, side=INBOUND if day % 2 else OUTBOUND, uid=f"<{day}>", sender=sender, to=[to], subject="Bo's plan")
        for day in range(6)
        for sender, to in [(BO, ANA) if day % 2 else (ANA, BO)]
    ]
    met = meeting(2, organiser=ANA, ours=(ANA,), theirs=(BO,))
    store.pages.save(source, Page(interactions=(*mails, met), cursor="1", read_until=NOW), directory, now=NOW)
    store.partners.add_absence(
        Absence(partner="northwind", since=date(2026, 11, 2), until=None, person=BO, origin="auto_reply")
    )
    put(store, silent())
    turn(store, "northwind", State.QUIET)
    store.answers.give("northwind", AnswerKind.HANDLED, who=ANA, now=NOW)
    return store


def test_everything_kept_of_a_person_is_told(known: Store) -> None:
    kept = known.persons.kept(BO)

    assert kept is not None
    assert len(kept.written) == 3
    assert len(kept.received) == 3
    assert len(kept.meetings) == 1
    assert [row[0] for row in kept.absences] == ["northwind"]
    assert [row[1] for row in kept.concerns] == ["silent_person"]
    mine = known.persons.kept(ANA)
    assert mine is not None
    assert [what for _, _, what in mine.answers] == ["handled"]
    assert known.persons.kept("nobody@elsewhere.example") is None


def test_an_erased_person_stands_nowhere_and_the_contact_stays(known: Store) -> None:
    before = len(known.interactions.of("northwind"))

    assert known.persons.erase(BO)

    assert BO not in _everything(known)
    assert known.persons.kept(BO) is None
    assert len(known.interactions.of("northwind")) == before
    assert [standing for standing in known.standings.due(NOW) if standing == "northwind"]
    assert not known.persons.erase(BO)


def test_nobody_is_erased_who_says_who_a_partner_is(known: Store) -> None:
    known.partners.add(Partner(key="solo", title="Solo", addresses=("mia@gmail.com",)), now=NOW)

    with pytest.raises(NamedPartner, match="owner of northwind"):
        known.persons.erase(ANA)


def _everything(store: Store) -> str:
    with store.database.read() as conn:
        tables = store.database.engine.dialect.get_table_names(conn)
        return json.dumps([[str(row) for row in conn.execute(text(f'SELECT * FROM "{name}"'))] for name in tables])


def test_a_process_that_lives_on_shows_an_erased_person_no_more(known: Store) -> None:
    serving = Opened(settings=Settings(us=US), store=known)
    past = sight_of(serving).past
    watched = known.partners.find("northwind")
    assert watched is not None
    before, _ = past(watched, NOW)
    assert BO in {act.person for act in before.acts}

    known.persons.erase(BO)

    after, _ = past(watched, NOW)
    assert BO not in {act.person for act in after.acts}
    assert len(after.acts) == len(before.acts)
