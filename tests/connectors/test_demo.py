"""The demo keeps a connector's promises, and tells the story it is there to tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from connectors.base import AccessDenied, Connector, Page
from connectors.demo.connector import DENIED_SINCE, DemoConnector, items_of, monday_of, open_demo, seen_at
from connectors.demo.people import ACCOUNTS, ANA, CHLOE, DORA, PARTIES, demo_hours, demo_partners, demo_us
from connectors.demo.rhythms import RHYTHMS
from metrics.working_time import clock_of
from models.directory import FREE_MAIL, Directory
from models.records import Interaction, Meeting, MeetingStatus, Message, MessageClass, Side
from tests.connectors.contract import ConnectorContract

NOW = datetime(2026, 11, 19, 8, 30, tzinfo=UTC)
ANCHOR = monday_of(NOW.date())


@cache
def everything(account: str, until: datetime = NOW) -> Sequence[Interaction]:
    """What this mailbox holds, oldest first."""
    return items_of(account, 7, ANCHOR, None, until)


@cache
def mails_of(key: str, *, kind: MessageClass = MessageClass.HUMAN) -> list[Message]:
    """Every mail written by a partner's people, each once, oldest first."""
    directory = Directory(demo_us(), demo_partners())
    found: dict[str, Message] = {}
    for account in ACCOUNTS:
        for item in everything(account):
            if not isinstance(item, Message) or item.message_class is not kind or item.sender is None:
                continue
            if directory.place(item.sender.address).partner == key:
                found.setdefault(item.uid, item)
    return sorted(found.values(), key=lambda mail: mail.at)


class TestDemo(ConnectorContract):
    """Dora's mailbox holds mails only, so its first n items have n ids."""

    shown: int = 0
    page_size: int = 0

    def make(self, n: int, page_size: int) -> Connector:
        self.shown, self.page_size = n, page_size
        return self._at(n)

    def reopen(self, connector: Connector) -> Connector:
        return self._at(self.shown)

    def more(self, connector: Connector, k: int) -> int:
        self.shown += k
        return k

    def expired(self) -> tuple[Connector, str]:
        return DemoConnector(ANA.address, until=NOW), "demo/0:2020-01-06:2020-01-06T00:00:00+00:00"

    def broken(self) -> Iterable[Connector]:
        yield DemoConnector(DORA.address, until=NOW)

    def _at(self, n: int) -> Connector:
        mails = everything(DORA.address, NOW - timedelta(days=60))
        until = seen_at(mails[n - 1]) if n else seen_at(mails[0]) - timedelta(seconds=1)
        return DemoConnector(DORA.address, until=until, anchor=ANCHOR, page_items=self.page_size)


def test_a_year_and_more_of_mail_and_meetings_comes_in() -> None:
    items = [item for account in ACCOUNTS for item in everything(account)]
    mails = {item.uid for item in items if isinstance(item, Message)}

    assert 6_000 <= len(mails) <= 10_000
    assert len([item for item in items if isinstance(item, Meeting)]) > 300
    assert NOW - min(seen_at(item) for item in items) > timedelta(days=400)


@pytest.mark.parametrize("kind", [k for k in MessageClass if k is not MessageClass.OWN_ALERT])
def test_every_class_of_mail_is_among_it(kind: MessageClass) -> None:
    assert any(isinstance(item, Message) and item.message_class is kind for a in ACCOUNTS for item in everything(a))


def test_tomorrow_adds_and_changes_nothing_of_today() -> None:
    for account in ACCOUNTS:
        today, later = everything(account), everything(account, NOW + timedelta(days=9))

        assert later[: len(today)] == today
        assert len(later) > len(today) or account == DORA.address


def test_a_pull_on_a_later_day_goes_on_with_the_same_story() -> None:
    first = list(DemoConnector(ANA.address, until=NOW).pages(None))
    later = NOW + timedelta(days=8)  # another week, hence another Monday

    new = [i for p in DemoConnector(ANA.address, until=later).pages(first[-1].cursor) for i in p.interactions]

    whole = DemoConnector(ANA.address, until=later, anchor=NOW.date()).pages(None)
    assert [i for p in first for i in p.interactions] + new == [i for p in whole for i in p.interactions]


def test_two_mailboxes_see_the_same_mail_under_one_uid() -> None:
    ana, chloe = (
        {item.uid: item for item in everything(account) if isinstance(item, Message)}
        for account in (ANA.address, CHLOE.address)
    )
    both = ana.keys() & chloe.keys()

    assert len(both) > 200
    assert all(ana[uid].external_id != chloe[uid].external_id and ana[uid].at == chloe[uid].at for uid in both)


def test_an_answer_is_later_than_what_it_answers() -> None:
    at = {item.uid: item.at for a in ACCOUNTS for item in everything(a) if isinstance(item, Message)}
    answers = [
        (item.at, at[item.references[-1]])
        for a in ACCOUNTS
        for item in everything(a)
        if isinstance(item, Message) and item.references and item.references[-1] in at
    ]

    assert len(answers) > 1_000
    assert all(later > earlier for later, earlier in answers)


def test_partners_write_in_their_own_working_hours() -> None:
    for partner in demo_partners():
        clock = clock_of(partner.hours)
        mails = mails_of(partner.key)

        assert mails
        assert all(clock.is_open(int(mail.at.timestamp())) for mail in mails), partner.key


def test_nobody_real_is_in_it() -> None:
    for account in ACCOUNTS:
        for item in everything(account):
            people = item.people if isinstance(item, Meeting) else (item.sender, *item.to, *item.cc)
            assert all(person is not None and person.address.endswith(".example") for person in people)


def test_every_partner_has_a_rhythm_an_owner_of_ours_and_hours_that_can_be_read() -> None:
    us = Directory(demo_us())
    assert {party.key for party in PARTIES} <= RHYTHMS.keys()
    for partner in demo_partners():
        assert partner.owner is not None
        assert us.side(partner.owner) is Side.US
        assert partner.deputy is not None
        assert partner.deputy != partner.owner
        assert clock_of(partner.hours).day_seconds > 0
        assert not FREE_MAIL.intersection(partner.domains)
    assert clock_of(demo_hours()).day_seconds > 0


def test_one_partner_stops_some_weeks_ago_while_we_go_on_writing() -> None:
    last = mails_of("sable")[-1].at

    assert timedelta(days=20) < NOW - last < timedelta(days=45)
    ours = [
        item
        for item in everything("ben@brightwater.example")
        if isinstance(item, Message) and item.at > last and any("sable" in p.address for p in item.to)
    ]
    assert ours


def test_one_partner_fell_silent_and_came_back() -> None:
    times = [mail.at for mail in mails_of("cobalt")]
    silence, since = max((later - earlier, earlier) for earlier, later in pairwise(times))

    assert silence > timedelta(days=20)
    assert NOW - timedelta(days=60) < since
    assert len([at for at in times if at > since + silence]) >= 3


def test_one_partner_is_away_and_says_until_when() -> None:
    away = mails_of("ostara", kind=MessageClass.AUTO_REPLY)

    assert away
    assert {mail.back_on for mail in away} == {ANCHOR + timedelta(days=10)}
    assert mails_of("ostara")[-1].at < away[0].at


def test_one_partner_answers_slower_and_slower() -> None:
    waits: dict[bool, list[float]] = {False: [], True: []}
    at = {m.uid: m for m in everything(CHLOE.address) if isinstance(m, Message)}
    for mail in mails_of("halcyon"):
        asked = at.get(mail.references[-1]) if mail.references else None
        if asked is not None and asked.sender is not None and asked.sender.address.endswith(demo_us()[0]):
            waits[mail.at.date() > ANCHOR - timedelta(days=42)].append((mail.at - asked.at).total_seconds())

    def middle(values: list[float]) -> float:
        return sorted(values)[len(values) // 2]

    assert middle(waits[True]) > 2 * middle(waits[False])


def test_one_mailbox_refuses_us_and_alone_carries_its_partner() -> None:
    closed_at = datetime.combine(ANCHOR + timedelta(days=DENIED_SINCE), datetime.min.time(), UTC)
    pages: list[Page] = []
    with pytest.raises(AccessDenied, match="sign in again"):
        pages.extend(DemoConnector(DORA.address, until=NOW).pages(None))

    assert pages[-1].read_until == closed_at
    with pytest.raises(AccessDenied):
        list(DemoConnector(DORA.address, until=NOW).pages(pages[-1].cursor))
    others = [i for a in ACCOUNTS if a != DORA.address for i in everything(a) if isinstance(i, Message)]
    assert not any(i.sender is not None and "kestrel" in i.sender.address for i in others)


def test_meetings_are_answered_moved_and_called_off() -> None:
    versions: dict[str, list[Meeting]] = {}
    for account in ACCOUNTS:
        for item in everything(account):
            if isinstance(item, Meeting) and item.source.startswith("demo:chloe"):
                versions.setdefault(item.uid, []).append(item)
    last = [seen[-1] for seen in versions.values()]

    assert any(meeting.sequence and meeting.at != meeting.original_start for meeting in last)
    assert any(meeting.status is MeetingStatus.CANCELLED for meeting in last)
    assert any(attendee.answered_at for meeting in last for attendee in meeting.attendees)
    assert all(seen == sorted(seen, key=lambda m: m.seen_at) for seen in versions.values())
    assert any(meeting.at > NOW for meeting in last)


def test_a_mailbox_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no mailbox"):
        DemoConnector("eve@brightwater.example", until=NOW)


@pytest.mark.parametrize("today", [date(2026, 1, 3), date(2027, 3, 28), date(2028, 2, 29)])
def test_the_demo_can_begin_on_any_day(today: date) -> None:
    until = datetime.combine(today, datetime.min.time(), UTC)

    pages = list(DemoConnector(ANA.address, until=until).pages(None))

    assert sum(len(page.interactions) for page in pages) > 2_000
    assert pages[-1].read_until == until


def test_opened_again_from_its_first_day_it_tells_the_same_story() -> None:
    later = NOW + timedelta(days=20)

    opened = open_demo(Path(NOW.date().isoformat()), now=later)

    assert [connector.source for connector in opened] == [f"demo:{account}" for account in ACCOUNTS]
    ids = {item.external_id for page in opened[0].pages(None) for item in page.interactions}
    assert {item.external_id for item in everything(ANA.address)} <= ids
    assert len(open_demo(Path("anything"), now=later)) == len(ACCOUNTS)
