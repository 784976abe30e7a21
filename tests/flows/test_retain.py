"""Clearing up drops what is too old to count, and nothing by which anybody would be told again."""

from __future__ import annotations

from datetime import timedelta

from connectors.base import Page
from flows.retain import MARGIN, retain
from models.letters import NoticeKind
from models.records import Flip, Reading, Standing, State
from models.settings import Settings
from models.store.standings import Judgement
from models.store.store import Store
from tests.factories import message, moment, partner

SETTINGS = Settings(us=("example.org",))
OLD = timedelta(days=SETTINGS.judge.history_days) + MARGIN


def with_mails(store: Store, *days: float) -> None:
    """A watched partner and one mail from them on each of these days."""
    store.partners.add(partner(), now=moment(0))
    directory = store.partners.directory(SETTINGS.us)
    source = store.sources.ensure("gmail:ana@example.org", live=True)
    mails = tuple(message(day=day) for day in days)
    store.pages.save(source, Page(interactions=mails, cursor="1", read_until=moment(9)), directory, now=moment(9))


def test_mails_beyond_the_history_go_and_the_newest_stays(store: Store) -> None:
    with_mails(store, 0, 1, 2, 30)

    dropped = retain(store, SETTINGS, now=moment(10) + OLD)

    assert dropped.mails == 3
    assert store.interactions.count()[0] == 1
    assert retain(store, SETTINGS, now=moment(10) + OLD).mails == 0


def test_a_partner_silent_for_ever_keeps_its_last_mail(store: Store) -> None:
    with_mails(store, 0, 1)

    dropped = retain(store, SETTINGS, now=moment(2000))

    assert dropped.mails == 1
    assert store.interactions.count()[0] == 1


def judged(store: Store, *flips: Flip, readings: tuple[Reading, ...] = ()) -> None:
    """A standing with these flips and readings."""
    watched = store.partners.watched()[0]
    standing = Standing(partner=watched.partner.key, state=State.QUIET, since=moment(1), judged_at=moment(1))
    store.standings.save(
        [Judgement(partner_id=watched.id, standing=standing, flips=flips, version="1", state=b"", readings=readings)],
        now=moment(1),
    )


def turned(day: float, old: State, new: State) -> Flip:
    return Flip(partner="northwind", old=old, new=new, turned_at=moment(day), reason="silence")


def told(store: Store, number: int, day: float) -> None:
    """The letter about a flip went out on this day."""
    letter = store.letters.make(
        message_id=f"<{number}@example.org>",
        reader="ana@example.org",
        kind=NoticeKind.ALERT,
        items=[(number, NoticeKind.ALERT)],
        worker="one",
        now=moment(day),
        lease=timedelta(minutes=5),
    )
    assert letter is not None
    store.letters.mark_told(letter.id, now=moment(day))


def test_letters_go_when_old_but_for_the_one_that_says_where_they_stand(store: Store) -> None:
    with_mails(store, 0)
    judged(store, turned(1, State.ON_RHYTHM, State.LATE))
    judged(store, turned(2, State.LATE, State.QUIET))
    flips = sorted(stored.id for stored in store.notices.flips(now=moment(2)))
    for number in flips:
        told(store, number, 3)

    dropped = retain(store, SETTINGS, now=moment(3) + timedelta(days=SETTINGS.serve.letters_days + 1))

    assert dropped.letters == 1
    assert [letter.flips[0][0] for letter in store.letters.newest()] == flips[-1:]
    assert len(store.standings.flips()) == 2


def test_a_change_whose_letter_was_dropped_is_not_told_again(store: Store) -> None:
    with_mails(store, 0)
    judged(store, turned(1, State.ON_RHYTHM, State.LATE))
    judged(store, turned(2, State.LATE, State.QUIET))
    first = min(stored.id for stored in store.notices.flips(now=moment(2)))
    told(store, first, 3)
    later = moment(3) + timedelta(days=SETTINGS.serve.letters_days + 1)

    retain(store, SETTINGS, now=later)

    assert first not in {stored.id for stored in store.notices.flips(now=later) if not stored.flip.historical}


def test_old_readings_go(store: Store) -> None:
    with_mails(store, 0)
    readings = tuple(Reading(partner="northwind", metric="m", at=moment(day), value=1.0, n=1) for day in (0, 500))
    judged(store, readings=readings)

    assert retain(store, SETTINGS, now=moment(501)).readings == 1
    assert [reading.at for reading in store.standings.readings("northwind")] == [moment(500)]
