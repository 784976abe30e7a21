"""Findings: each side judged by the same bands, concerns first, in words with their numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metrics.bands import BANDS, Level
from metrics.base import Measured, measured
from metrics.findings import Finding, findings
from metrics.history import Peers, Targets
from metrics.registry import BY_NAME, METRICS
from metrics.trend import Trend, trend_alarms
from models.records import Interaction, MessageClass, Partner, Side
from tests.factories import OURS, OUTBOUND, THEIRS, history, meeting, message, moment, partner
from tests.metrics.busy_partner import HORIZON_DAY, PEERS, TARGETS, busy_partner, busy_year

OWNED = partner(owner=OURS, deputy="eve@example.org")


def found(items: list[Interaction], *, of: Partner = OWNED, **kwargs: object) -> dict[str, Finding]:
    known = history(items, of=of, **kwargs)  # type: ignore[arg-type]
    return {f.name: f for f in findings(known, measured(known, METRICS), trends=trend_alarms(known))}


def test_an_empty_history_has_only_the_missing_owner_to_tell() -> None:
    assert found([]) == {}
    assert found([], of=partner())["owner_or_deputy_missing"].level is Level.CONCERN
    assert found([], of=partner(owner=OURS))["owner_or_deputy_missing"].level is Level.BETWEEN


def test_the_answers_we_owe_are_told_with_person_and_age() -> None:
    finding = found([message(0, 9, uid="<q>")], day=4, hour=9)["answers_we_owe"]

    assert finding.level is Level.CONCERN
    assert finding.side is Side.US
    assert finding.people == (THEIRS,)
    assert finding.sentence == (
        "You owe 1 answer: bo@northwind.example has waited since 2 March (4 working days), overdue."
    )


def test_what_they_owe_is_told_by_the_same_rule() -> None:
    items: list[Interaction] = [message(0, 9, side=OUTBOUND, uid="<q>")]

    assert found(items, day=1, hour=9)["answers_they_owe"].level is Level.HEALTHY
    assert found(items, day=3, hour=10)["answers_they_owe"].level is Level.BETWEEN
    assert found(items, day=7, hour=10)["answers_they_owe"].level is Level.CONCERN


def test_a_cold_backup_and_one_never_met_are_concerns() -> None:
    backed = replace(OWNED, backup="southwind")

    assert found([], of=backed)["backup_age"].sentence == "The backup southwind was never in contact both ways."
    cold = found([], of=backed, day=200, peers=Peers(backup_seen=moment(0)))["backup_age"]
    assert cold.level is Level.CONCERN
    warm = found([], of=backed, day=60, peers=Peers(backup_seen=moment(0)))["backup_age"]
    assert warm.level is Level.HEALTHY


def test_who_carries_nearly_everything_is_named() -> None:
    items: list[Interaction] = [message(day) for day in range(11)] + [message(3, sender="ed@northwind.example")]

    finding = found(items, day=12)["their_key_person"]

    assert finding.level is Level.CONCERN
    assert finding.sentence == (
        "bo@northwind.example carries 92 % of the contact on their side; in effect it rests on 1.2 people."
    )


def test_who_waits_for_our_answer_is_not_called_silent() -> None:
    others: list[Interaction] = [
        message(day, sender="ed@northwind.example") for day in range(60) if day % 7 in (0, 2, 4)
    ]
    bo: list[Interaction] = [message(day, 15, uid=f"<bo{day}>") for day in range(35, 46) if day % 7 in (0, 1, 2, 3)]
    answered = [
        message(day, 16, side=OUTBOUND, answers=f"<bo{day}>") for day in range(35, 46) if day % 7 in (0, 1, 2, 3)
    ]

    assert "silent_person" in found([*others, *bo, *answered], day=60)
    assert "silent_person" not in found([*others, *bo, *answered[:-1]], day=60)


def test_who_keeps_whom_waiting_is_told_of_the_slower_side() -> None:
    items: list[Interaction] = []
    for day in range(5):
        items += [message(day, 9, side=OUTBOUND, uid=f"<o{day}>"), message(day, 16, answers=f"<o{day}>")]
        items += [message(7 + day, 9, uid=f"<i{day}>"), message(7 + day, 10, side=OUTBOUND, answers=f"<i{day}>")]

    finding = found(items, day=12)["reciprocity"]

    assert (finding.side, finding.level) == (Side.PARTNER, Level.CONCERN)
    assert finding.sentence == "They take 7 times as long to answer as you do."


def test_stuck_conversations_are_told_of_the_side_that_owes_more() -> None:
    items: list[Interaction] = [message(day, 9) for day in range(3)]

    finding = found([*items, message(3, 9, side=OUTBOUND)], day=14)["stale_threads"]

    assert (finding.side, finding.level) == (Side.US, Level.CONCERN)
    assert finding.sentence == "4 conversations have waited for over 5 working days: 3 for you, 1 for them."


def test_an_unreachable_person_is_a_concern() -> None:
    bounce = message(5, sender="x@example.org", message_class=MessageClass.BOUNCE, undelivered=(THEIRS,))

    assert found([message(1), bounce], day=9)["unreachable_person"].people == (THEIRS,)


def test_no_meeting_ahead_is_told_only_where_meetings_are_usual() -> None:
    calls: list[Interaction] = [meeting(day) for day in (1, 8, 15)]

    assert found(calls, day=20)["next_meeting"].level is Level.CONCERN
    assert found([*calls, meeting(22, seen=moment(16))], day=20)["next_meeting"].level is Level.HEALTHY
    assert "next_meeting" not in found(calls[:1], day=20)


def test_too_much_of_us_is_told_with_a_suggestion_to_bundle() -> None:
    usual: list[Interaction] = [message(week * 7 + d, 10, side=OUTBOUND) for week in range(13) for d in (0, 2)]
    usual += [message(week * 7 + 1, 10) for week in range(15)]
    flood: list[Interaction] = [message(91 + n % 12, 9 + n / 9, side=OUTBOUND, uid=f"<f{n}>") for n in range(40)]

    assert found(usual, day=91, hour=1)["over_contact"].level is Level.HEALTHY
    finding = found(usual + flood, day=103, hour=23)["over_contact"]
    assert finding.level is Level.CONCERN
    assert finding.side is Side.US
    assert finding.sentence.endswith("consider bundling.")


def test_concerns_come_first_and_ours_before_theirs() -> None:
    known = history(busy_year(), day=HORIZON_DAY, of=busy_partner(), targets=TARGETS, peers=PEERS)
    rows = findings(known, measured(known, METRICS), trends=trend_alarms(known))
    levels = [list(Level)[::-1].index(row.level) for row in rows]

    assert levels == sorted(levels)
    assert len(rows) > 30
    assert {row.side for row in rows} == {Side.US, Side.PARTNER}
    assert all(row.sentence.endswith((".", "overload.")) and "{" not in row.sentence for row in rows)


@pytest.mark.parametrize("band", BANDS, ids=[band.metric for band in BANDS])
def test_each_band_is_about_a_metric_and_leaves_room_between(band: object) -> None:
    from metrics.bands import Band  # noqa: PLC0415  the type is only of interest here

    assert isinstance(band, Band)
    assert band.metric in BY_NAME
    for healthy, concern, sign in zip(band.healthy, band.concern, (-1, 1), strict=True):
        assert (healthy is None) == (concern is None)
        assert healthy is None or concern is None or sign * (concern - healthy) > 0
        if concern is not None:
            assert band.level(Measured(concern + sign * 0.001, 9)) is Level.CONCERN
    inside = [edge for edge in band.healthy if edge is not None]
    assert band.level(Measured(inside[0], 9)) is Level.HEALTHY
    assert band.level(Measured(inside[-1], 9, at_least=True)) is not Level.HEALTHY


def test_an_agreed_meeting_rhythm_is_held_against_the_next_meeting() -> None:
    every_ten = Targets(meeting_days=10)
    near, far = meeting(14, seen=moment(0)), meeting(24, seen=moment(0))

    assert found([near], day=4, targets=every_ten)["next_meeting"].level is Level.HEALTHY
    away = found([far], day=4, targets=every_ten)["next_meeting"]
    assert away.level is Level.BETWEEN
    assert away.sentence == "The next meeting is 14 working days away, agreed is one every 10."
    none = found([message(0)], day=4, targets=every_ten)["next_meeting"]
    assert none.level is Level.CONCERN
    assert none.sentence == "No meeting is planned in the next 28 days, agreed is one every 10 working days."


def test_what_a_trend_tells_already_is_no_second_concern() -> None:
    slower = Trend("their_answers", Side.PARTNER, 0, 2.0, 9.0, 30, "They answer more slowly.")
    known = history([message(0)], of=OWNED)
    readings = {"their_answer_trend": Measured(4.0, 20), "our_answer_trend": Measured(4.0, 20)}

    both = {f.name: f.level for f in findings(known, readings, trends=[slower])}

    assert both["their_answers"] is Level.CONCERN
    assert both["their_answer_trend"] is Level.BETWEEN
    assert both["our_answer_trend"] is Level.CONCERN


def weekly(until: int, **changes: dict[str, object]) -> list[Interaction]:
    """A weekly call, some weeks seen again with changes: w3={"cancelled": True, ...}."""
    items: list[Interaction] = []
    for week, day in enumerate(range(0, until, 7)):
        items.append(meeting(day, 10, uid=f"<w{week}>", seen=moment(day - 10)))
        if f"w{week}" in changes:
            items.append(meeting(day, 10, uid=f"<w{week}>", **changes[f"w{week}"]))  # type: ignore[arg-type]
    return items


def test_two_meetings_running_called_off_at_short_notice_are_a_concern() -> None:
    off = {f"w{week}": {"cancelled": True, "seen": moment(7 * week - 3, 16)} for week in (5, 6)}

    both = found(weekly(47, **off), day=43)["our_short_cancels"]
    one = found(weekly(47, w6=off["w6"]), day=43)["our_short_cancels"]

    assert (both.level, both.side) == (Level.CONCERN, Side.US)
    assert both.sentence == "You called off the last 2 meetings running at short notice."
    assert one.level is Level.BETWEEN
    assert found(weekly(47), day=43)["our_short_cancels"].level is Level.HEALTHY


def test_mail_only_after_months_of_meetings_is_a_concern_and_mail_alone_is_none() -> None:
    mails: list[Interaction] = [message(day) for day in range(0, 100, 3)]

    finding = found([*mails, *weekly(60)], day=100)["modes"]

    assert finding.level is Level.CONCERN
    assert finding.sentence == "In the last 28 days there was mail only; in the 90 before you met 9 times too."
    assert "modes" not in found(mails, day=100)
    assert found([*mails, *weekly(100)], day=100)["modes"].level is Level.HEALTHY


def test_meetings_put_off_by_more_than_their_rhythm_are_a_concern() -> None:
    later = [
        meeting(7 * week + 4, 10, uid=f"<w{week}>", seen=moment(7 * week - 5), original_start=moment(7 * week, 10))
        for week in (3, 4, 5)
    ]

    finding = found([*weekly(47), *later], day=43)["pushed_days"]

    assert finding.level is Level.CONCERN
    assert finding.sentence == "3 moves pushed meetings back by 12 days in all; one is planned every 7 days."


def test_meetings_only_on_the_spot_are_a_concern() -> None:
    spot = [meeting(day, 10, created_at=moment(day, 9), seen=moment(day, 9)) for day in range(0, 42, 7)]

    finding = found(spot, day=43)["planned_share"]

    assert finding.level is Level.CONCERN
    assert finding.sentence == "None of the last 6 meetings were made at least a day ahead."
