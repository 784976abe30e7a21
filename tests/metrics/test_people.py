"""People: how many carry the contact, who stopped, who cannot be reached, who looks after it."""

from __future__ import annotations

import pytest

from metrics.history import Peers, Targets
from metrics.learned_hours import learned_hours
from metrics.ownership import contact_weight, last_two_way
from metrics.people import is_shared_mailbox, silent_people, unreachable_people
from metrics.registry import BY_NAME
from models.records import Interaction, MessageClass, WorkingHours
from tests.factories import OURS, OUTBOUND, THEIRS, history, meeting, message, moment, partner

ED = "ed@northwind.example"


def read(name: str, items: list[Interaction], **kwargs: object) -> tuple[float, int] | None:
    found = BY_NAME[name].measure(history(items, **kwargs))  # type: ignore[arg-type]
    return (found.value, found.n) if found is not None else None


def test_eight_one_one_are_one_and_a_half_people() -> None:
    items: list[Interaction] = [message(day) for day in range(8)]
    items += [message(8, sender=ED), message(9, sender="al@northwind.example")]

    found = read("their_effective_contacts", items, day=12)

    assert found == (pytest.approx(1.515, abs=0.001), 10)
    assert read("their_top_person_share", items, day=12) == (0.8, 10)
    assert read("their_effective_contacts", items[:9], day=12) is None


def test_who_is_only_copied_carries_nothing() -> None:
    items: list[Interaction] = [message(day, cc=[ED]) for day in range(10)]

    assert read("their_effective_contacts", items, day=12) == (1, 10)
    assert read("their_active_people", items, day=12) == (1, 10)


def test_two_mails_or_one_meeting_make_somebody_active() -> None:
    items = [message(1), message(2), message(3, sender=ED), meeting(4, theirs=["al@northwind.example"])]

    assert read("their_active_people", items, day=6) == (2, 4)
    assert read("our_active_people", items, day=6) == (1, 4)


def lively(until: int) -> list[Interaction]:
    return [message(day, sender=ED) for day in range(until) if day % 7 in (0, 2, 4)]


def test_somebody_who_stopped_while_the_others_go_on_is_found() -> None:
    bo = [message(day, 15) for day in range(28) if day % 7 in (1, 3)]

    (found,) = silent_people(history([*lively(60), *bo], day=60))

    assert (found.person, found.usual) == (THEIRS, 2)
    assert found.gap > 3 * found.usual
    assert read("silent_people", [*lively(60), *bo], day=60) == (1, 2)


def test_nobody_is_silent_alone_when_the_whole_partner_is() -> None:
    bo = [message(day, 15) for day in range(28) if day % 7 in (1, 3)]

    assert not silent_people(history([*lively(30), *bo], day=60))


def test_who_announced_an_absence_is_not_silent() -> None:
    bo: list[Interaction] = [message(day, 15) for day in range(28) if day % 7 in (1, 3)]
    away = message(29, message_class=MessageClass.AUTO_REPLY, back_on=moment(70).date())

    assert not silent_people(history([*lively(60), *bo, away], day=60))


def test_an_address_that_bounced_is_unreachable_until_it_writes_again() -> None:
    bounce = message(20, sender="mailer-daemon@example.org", message_class=MessageClass.BOUNCE, undelivered=(THEIRS,))

    assert unreachable_people(history([message(1), bounce], day=30)) == (THEIRS,)
    assert unreachable_people(history([message(1), bounce, message(25)], day=30)) == ()
    assert unreachable_people(history([message(1), bounce], day=150)) == ()


def test_sponsors_are_the_people_the_user_tagged() -> None:
    items = [message(0, 12, sender=ED), message(20)]

    assert read("their_sponsor_age", items, day=60, targets=Targets(sponsors=frozenset({ED}))) == (60, 1)
    assert read("their_sponsor_age", items, day=60) is None


def test_free_mail_and_private_addresses_go_around_the_company() -> None:
    whom = partner(addresses=("bo@gmail.com",))
    items: list[Interaction] = [message(day) for day in range(8)]
    items += [message(day, sender="bo@gmail.com") for day in (8, 9)]

    assert read("free_mail_share", items, day=12, of=whom) == (0.2, 10)


def test_people_newly_copied_into_a_running_conversation_are_counted() -> None:
    items: list[Interaction] = [message(0, uid="<a>", cc=[ED])]
    items += [
        message(day, uid=f"<{day}>", references=("<a>",), cc=[ED, f"boss{day}@northwind.example"])
        for day in range(1, 5)
    ]

    assert read("added_in_copy", items, day=10) == (1, 5)


def test_owner_and_deputy_cover_the_conversations_they_are_on() -> None:
    whom = partner(owner=OURS, deputy="eve@example.org")
    items: list[Interaction] = [message(day, to=[OURS if day < 3 else "kim@example.org"]) for day in range(5)]

    assert read("owner_coverage", items, day=6, of=whom) == (0.6, 5)
    assert read("owner_coverage", items, day=6) is None
    assert read("named_owners", items, day=6, of=whom) == (2, 1)
    assert read("owner_silence", [*items, message(4, 15, side=OUTBOUND)], day=8, of=whom) == (2, 1)


def test_the_backup_is_as_warm_as_its_last_two_way_contact() -> None:
    backup = history([message(1, uid="<a>"), message(2, side=OUTBOUND, answers="<a>"), message(30)], day=40)
    seen = last_two_way(backup)

    assert seen == int(moment(2).timestamp())
    peers = Peers(backup_seen=moment(2), category={"northwind": 3, "southwind": contact_weight(backup)})
    whom = partner(backup="southwind", category="agency")
    assert read("backup_age", [], day=42, hour=10, of=whom, peers=peers) == (40, 1)
    assert read("category_share", [], day=40, of=whom, peers=peers) is None
    assert last_two_way(history([message(1), message(5)])) is None


def test_hours_are_learned_from_fifty_mails_in_the_partners_zone() -> None:
    declared = WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 09:00-17:00", country="IN")
    items = [message(day, 5 + day % 9) for day in range(100) if day % 7 < 5]
    known = history(items, day=100, of=partner(hours=declared, learned_hours=True))

    assert known.hours_are_learned
    assert known.them.hours == WorkingHours(zone="Asia/Kolkata", hours="Mon,Tue,Wed,Thu,Fri 10:30-19:00", country="IN")
    assert learned_hours(known.acts[:49], declared, now=known.now) is None
    assert not history(items, day=100, of=partner(hours=declared)).hours_are_learned


def test_a_learned_day_may_run_past_midnight_of_a_zone_that_is_not_theirs() -> None:
    items = [message(day, 20 + day % 9) for day in range(100) if day % 7 < 5]
    known = history(items, day=100, of=partner(learned_hours=True))

    assert known.them.hours.hours == "Mon,Tue,Wed,Thu,Fri 20:00-04:30"


def test_names_of_shared_mailboxes_are_known() -> None:
    assert is_shared_mailbox("info@northwind.example")
    assert not is_shared_mailbox("ingrid@northwind.example")
