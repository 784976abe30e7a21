"""Folding: many sightings are one act, sides by address, absences and bounces told from mail that is no contact."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.records import Absence, MessageClass, Side
from tests.factories import INBOUND, OURS, OUTBOUND, THEIRS, history, meeting, message, moment, partner


def test_two_mailboxes_that_saw_one_mail_saw_one_act_with_all_its_people() -> None:
    one = message(1, 10.5, uid="<a>", to=[OURS], source="gmail:ana@example.org", thread="t1")
    two = message(1, 10.0, uid="<a>", to=["eve@example.org"], source="gmail:eve@example.org", thread="t9")

    (act,) = history([one, two]).acts

    assert act.ours == (OURS, "eve@example.org")
    assert act.at == int(two.at.timestamp())
    assert act.threads == (("gmail:ana@example.org", "t1"), ("gmail:eve@example.org", "t9"))


def test_a_sighting_whose_date_is_suspect_does_not_make_the_mail_older() -> None:
    sure, odd = message(5, uid="<a>"), message(1, uid="<a>", source="mbox:old", at_suspect=True)

    assert history([odd, sure]).acts[0].at == int(sure.at.timestamp())


def test_the_copy_that_came_through_a_list_does_not_make_a_direct_mail_bulk() -> None:
    direct = message(1, uid="<a>")
    listed = message(1, uid="<a>", source="mbox:list", message_class=MessageClass.BULK)

    assert len(history([listed, direct]).acts) == 1
    assert not history([listed]).acts


@pytest.mark.parametrize("kind", [kind for kind in MessageClass if kind is not MessageClass.HUMAN])
def test_only_human_mail_is_contact(kind: MessageClass) -> None:
    assert not history([message(1, message_class=kind)]).acts


def test_sides_are_told_by_address_whoever_is_on_the_mail() -> None:
    theirs = message(1, to=["stranger@else.example"])
    ours = message(2, side=OUTBOUND, cc=["stranger@else.example"])
    elsewhere = message(3, side=OUTBOUND, to=["stranger@else.example"])
    strangers = message(4, sender="stranger@else.example", to=[OURS, THEIRS])

    found = history([theirs, ours, elsewhere, strangers])

    assert [(act.side, act.asked) for act in found.acts] == [(Side.PARTNER, ()), (Side.US, (THEIRS,))]
    assert found.acts[1].others == ("stranger@else.example",)


def test_what_another_partner_writes_is_not_this_partners() -> None:
    assert not history([message(1, sender="x@elsewhere.example", to=[OURS])], of=partner("northwind")).acts


def test_what_is_later_than_the_horizon_is_not_known() -> None:
    known = history([message(1), message(9), meeting(20, seen=moment(8))], day=5)

    assert len(known.acts) == 1
    assert not known.occasions


def test_a_planned_meeting_is_known_from_the_day_it_was_seen() -> None:
    assert len(history([meeting(20, seen=moment(4))], day=5).occasions) == 1


def test_an_out_of_office_reply_is_an_absence_until_the_date_it_says() -> None:
    away = message(1, message_class=MessageClass.AUTO_REPLY, back_on=date(2026, 3, 9))

    (span,) = history([away]).away

    assert span.person == THEIRS
    assert span.until - span.since == 6 * 86_400


def test_an_absence_without_a_date_ends_when_the_person_writes_again() -> None:
    away = message(1, message_class=MessageClass.AUTO_REPLY)

    (short,) = history([away, message(4)]).away
    (long,) = history([away]).away

    assert short.until == int(moment(4).timestamp())
    assert long.until - long.since == 14 * 86_400


def test_a_declared_absence_of_another_partner_changes_nothing() -> None:
    other = Absence(partner="southwind", since=date(2026, 3, 2), until=None)

    assert not history([message(1)], absences=[other]).away


def test_a_bounce_names_the_address_that_could_not_be_reached() -> None:
    bounce = message(
        2, sender="mailer-daemon@example.org", message_class=MessageClass.BOUNCE, undelivered=(THEIRS, "x@else.example")
    )

    assert [lost.address for lost in history([bounce]).undelivered] == [THEIRS]


@pytest.mark.parametrize("subject", ["Re: Budget  2026", "AW: WG: Re[2]: Budget 2026", "Fwd:budget 2026"])
def test_reply_marks_do_not_make_another_subject(subject: str) -> None:
    plain, marked = history([message(0, subject="Budget 2026"), message(30, subject=subject)]).acts

    assert plain.subject == marked.subject != ""
    assert (plain.marked_reply, marked.marked_reply) == (False, not subject.startswith("Fwd"))


def test_mails_without_a_subject_have_none_in_common() -> None:
    assert [act.subject for act in history([message(0, subject=""), message(1)]).acts] == ["", ""]


def test_a_stored_topic_stands_for_the_subject_that_was_dropped() -> None:
    asked = message(0, topic="ab12")
    same = message(1, side=OUTBOUND, topic="ab12")
    other = message(1, side=OUTBOUND, topic="cd34")

    assert len(history([asked, same]).threads) == 1
    assert len(history([asked, other]).threads) == 2


@given(order=st.randoms(use_true_random=False), copies=st.integers(1, 3))
def test_folding_is_blind_to_order_and_repeats(order: object, copies: int) -> None:
    items = [
        message(1, uid="<a>"),
        message(1, uid="<a>", source="gmail:eve@example.org", to=["eve@example.org"], thread="t"),
        message(2, side=OUTBOUND, uid="<b>", answers="<a>"),
        message(2, side=INBOUND, uid="<c>", subject="Hello"),
        message(3, message_class=MessageClass.AUTO_REPLY, back_on=date(2026, 3, 20)),
        meeting(4, uid="m", seen=moment(1)),
        meeting(6, uid="m", seen=moment(2)),
        meeting(6, uid="m", seen=moment(3), cancelled=True),
    ]
    expected = history(items)
    shuffled = items * copies
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    found = history(shuffled)

    assert (found.acts, found.occasions, found.away) == (expected.acts, expected.occasions, expected.away)
    assert found.threads == expected.threads
    assert found.waits == expected.waits
