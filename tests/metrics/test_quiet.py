"""Standings: deadlines, states, sentences, and the properties that no setting may break."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.contacts import Contact, Contacts
from metrics.joint_days import joint_days_of
from metrics.quiet import Case, Pause, flip_for, judge
from metrics.working_time import clock_of
from models.records import Partner, Standing, State, WorkingHours

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
UTC_OFFICE = WorkingHours(zone="UTC", hours="Mon-Fri 09:00-17:00")
GERMANY = WorkingHours(zone="Europe/Berlin", hours="Mon-Fri 09:00-17:00", country="DE")
JOINT = joint_days_of(clock_of(UTC_OFFICE), clock_of(UTC_OFFICE))
NORTHWIND = Partner(key="northwind", title="Northwind")
EVERY_OTHER_DAY = tuple(range(0, 60, 2))


def on(day: float) -> datetime:
    """10:00 UTC, so many working days after Monday 2 March 2026."""
    weeks, rest = divmod(day, 5)
    return MONDAY + timedelta(weeks=weeks, days=rest)


def contacts(words: tuple[int, ...] = EVERY_OTHER_DAY, ours: tuple[float, ...] = (), who: str = "bo") -> Contacts:
    made = Contacts()
    facts = [(on(day), True) for day in words] + [(on(day), False) for day in ours]
    for at, inbound in sorted(facts):
        made.add(Contact(int(at.timestamp()), JOINT.number(at.date()), inbound, who if inbound else None))
    return made


def quiet_moment() -> datetime:
    """The moment at which the silence after EVERY_OTHER_DAY turns quiet."""
    due = standing(on(58)).quiet_after
    assert due is not None
    return due


def case(horizon: datetime, **rest: object) -> Case:
    given_ = {"partner": NORTHWIND, "contacts": contacts(), "joint": JOINT, "horizon": horizon} | rest
    return Case(**given_)  # type: ignore[arg-type]


def standing(horizon: datetime, before: Standing | None = None, **rest: object) -> Standing:
    return judge(case(horizon, **rest), before)


def test_states_follow_the_silence() -> None:
    states = [standing(on(58 + n)).state for n in range(80)]

    assert states[0] is State.ON_RHYTHM
    assert sorted(set(states), key=states.index) == [State.ON_RHYTHM, State.LATE, State.QUIET, State.GONE]
    order = [states.index(s) for s in (State.ON_RHYTHM, State.LATE, State.QUIET, State.GONE)]
    assert order == sorted(order)


@given(st.lists(st.integers(1, 12), min_size=2, max_size=40), st.integers(0, 120), st.sampled_from([None, 3.0, 10.0]))
def test_a_moment_before_and_after_a_deadline_agree_with_it(gaps: list[int], later: int, cadence: float | None) -> None:
    days = [0]
    for gap in gaps:
        days.append(days[-1] + gap)
    facts = {"contacts": contacts(tuple(days)), "partner": replace(NORTHWIND, cadence=cadence)}
    now = standing(on(days[-1] + later), **facts)
    assert now.late_after is not None
    assert now.quiet_after is not None

    assert standing(now.late_after - timedelta(seconds=1), **facts).state is State.ON_RHYTHM
    assert standing(now.late_after, **facts).state is State.LATE
    assert standing(now.quiet_after - timedelta(seconds=1), **facts).state is State.LATE
    turned = standing(now.quiet_after, **facts)
    assert turned.state is State.QUIET
    assert turned.since == now.quiet_after
    assert turned.quiet_after == now.quiet_after


@given(st.integers(0, 200), st.integers(0, 200))
def test_silence_only_moves_one_way(one: int, other: int) -> None:
    order = [State.ON_RHYTHM, State.LATE, State.QUIET, State.GONE]
    earlier, later = sorted((one, other))

    assert order.index(standing(on(58 + earlier)).state) <= order.index(standing(on(58 + later)).state)


@given(st.integers(0, 60), st.floats(0.05, 1.0), st.floats(0.05, 1.0))
def test_more_grace_never_makes_quiet(silence: int, one: float, other: float) -> None:
    strict = standing(on(58 + silence), strictness=max(one, other))
    lenient = standing(on(58 + silence), strictness=min(one, other))

    assert lenient.quiet_after is not None
    assert strict.quiet_after is not None
    assert lenient.quiet_after >= strict.quiet_after


@given(st.lists(st.floats(0, 80), max_size=12))
def test_our_own_mails_are_no_word_from_them(ours: list[float]) -> None:
    horizon = on(81)
    silent, busy = standing(horizon), standing(horizon, contacts=contacts(ours=tuple(ours)))

    assert (busy.state, busy.chance) == (silent.state, silent.chance)
    assert (busy.late_after, busy.quiet_after) == (silent.late_after, silent.quiet_after)


def test_one_sided_and_mutual_silence_are_told_apart() -> None:
    horizon = on(90)

    assert "You have not written either." in standing(horizon).reason
    written = standing(horizon, contacts=contacts(ours=(60, 65)))
    assert "You wrote twice since." in written.reason
    assert written.evidence["one_sided"] is True


def with_meetings(mails: tuple[int, ...], meetings: tuple[int, ...]) -> Contacts:
    made = Contacts()
    for day, held in sorted([(day, False) for day in mails] + [(day, True) for day in meetings]):
        at = on(day)
        who = None if held else "bo"
        made.add(Contact(int(at.timestamp()), JOINT.number(at.date()), inbound=True, person=who, held=held))
    return Contacts.unpacked(made.packed())


def test_a_silence_after_a_meeting_says_when_they_last_wrote() -> None:
    told = standing(on(110), contacts=with_meetings(EVERY_OTHER_DAY, (60, 70)))
    never = standing(on(110), contacts=with_meetings((), EVERY_OTHER_DAY))

    assert told.state in {State.QUIET, State.GONE}
    assert "Last seen in a meeting on 8 June 2026; their last mail is of 21 May 2026." in told.reason
    assert "Last seen in a meeting on 21 May 2026; they have never written." in never.reason
    assert "meeting" not in standing(on(110)).reason


def test_meetings_that_go_on_without_any_mail_are_said() -> None:
    weekly = tuple(range(60, 100, 5))
    alone = standing(on(96), contacts=with_meetings(EVERY_OTHER_DAY, weekly))
    together = standing(on(96), contacts=with_meetings((*EVERY_OTHER_DAY, 94), weekly))

    assert alone.state is State.ON_RHYTHM
    assert alone.reason.endswith("Only meetings of late: no mail from them for 37 working days.")
    assert "Only meetings" not in together.reason


def test_the_sentence_has_words_and_numbers_anybody_can_check() -> None:
    told = standing(on(70))

    assert told.reason.startswith(
        "Word from them every 2 working days on average (9 in 10 within 2, longest of the last 12: 2)."
    )
    assert "Silent for 11 working days." in told.reason
    assert "Had nothing changed, a silence this long has a chance of" in told.reason
    assert told.chance is not None


def test_a_partner_heard_of_every_day_is_told_without_ones_and_noughts() -> None:
    told = standing(on(9), contacts=contacts(tuple(range(10))))

    assert told.reason.startswith("Word from them every working day on average (")
    assert told.reason.endswith("In touch within the last working day.")


def test_two_gaps_are_enough_and_one_is_not() -> None:
    assert standing(on(300), contacts=contacts((0, 3))).state is State.NEW
    assert standing(on(300), contacts=contacts((0, 3, 5))).state is State.GONE


def test_a_declared_cadence_works_at_once() -> None:
    declared = replace(NORTHWIND, cadence=5.0)
    heard_once = contacts((0,))

    assert standing(on(4), partner=declared, contacts=heard_once).state is State.ON_RHYTHM
    assert standing(on(8), partner=declared, contacts=heard_once).state is State.LATE
    assert standing(on(17), partner=declared, contacts=heard_once).state is State.QUIET


def test_a_declared_cadence_bounds_what_was_learned() -> None:
    monthly = contacts(tuple(range(0, 400, 20)))
    learned = standing(on(381), contacts=monthly).quiet_after
    bound = standing(on(381), contacts=monthly, partner=replace(NORTHWIND, cadence=5.0)).quiet_after
    loose = standing(on(59), partner=replace(NORTHWIND, cadence=30.0)).late_after
    tight = standing(on(59)).late_after

    assert bound is not None
    assert learned is not None
    assert bound < learned
    assert loose is not None
    assert tight is not None
    assert loose > tight


def test_public_holidays_and_week_ends_stop_the_clock() -> None:
    german = joint_days_of(clock_of(GERMANY), clock_of(GERMANY))
    known = Contacts()
    for n in range(20):  # up to Wednesday 1 April 2026; then comes Easter
        at = datetime(2026, 4, 1, 9, tzinfo=UTC) - timedelta(days=7 * (19 - n))
        known.add(Contact(int(at.timestamp()), german.number(at.date()), inbound=True))
    told = standing(datetime(2026, 4, 9, 9, tzinfo=UTC), contacts=known, joint=german)

    assert told.evidence["silence"] == 3  # 2, 7 and 8 April: Good Friday and Easter Monday did not count
    assert [h["day"] for h in told.evidence["holidays"]] == ["2026-04-03", "2026-04-06"]  # type: ignore[index]


def test_an_absence_stops_the_clock_and_names_the_return() -> None:
    away = Pause(since=on(60).date(), until=on(75).date(), reason="company holidays")
    during = standing(on(70), pauses=(away,))
    after = standing(on(75), pauses=(away,))
    plain = standing(on(60))

    assert during.state is State.PAUSED
    assert "company holidays" in during.reason
    assert f"{on(75).day} {on(75):%B %Y}" in during.reason
    assert after.evidence["silence"] == 1
    assert after.quiet_after is not None
    assert plain.quiet_after is not None
    assert JOINT.between(plain.quiet_after.date(), after.quiet_after.date()) == 15


def test_a_declared_pause_holds_until_its_day() -> None:
    paused = replace(NORTHWIND, paused_until=on(100).date(), pause_reason="between two projects")

    assert standing(on(99), partner=paused).state is State.PAUSED
    assert standing(on(100), partner=paused).state is State.ON_RHYTHM


def test_the_absence_of_one_of_many_stops_nothing() -> None:
    away = Pause(since=on(58).date(), until=on(90).date(), person="al")

    assert standing(quiet_moment(), pauses=(away,)).state is State.QUIET
    assert standing(quiet_moment(), pauses=(replace(away, person="bo"),)).state is State.PAUSED


def test_an_accepted_meeting_puts_quiet_off_and_a_distant_one_does_not() -> None:
    plain = standing(on(60))
    assert plain.quiet_after is not None
    soon, far = plain.quiet_after + timedelta(days=1), plain.quiet_after + timedelta(days=90)

    put_off = standing(plain.quiet_after, next_meeting=soon)
    assert put_off.state is State.LATE
    assert put_off.quiet_after == soon + timedelta(days=1)
    assert "A meeting they accepted is on" in put_off.reason
    assert standing(plain.quiet_after, next_meeting=far).state is State.QUIET


def test_leaving_quiet_needs_word_from_them() -> None:
    quiet = standing(quiet_moment())
    assert quiet.state is State.QUIET

    booked = standing(quiet_moment() + timedelta(hours=1), quiet, next_meeting=quiet_moment() + timedelta(days=1))
    lenient = standing(quiet_moment(), quiet, strictness=0.02)
    back = standing(on(90), quiet, contacts=contacts((*EVERY_OTHER_DAY, 90)))

    assert booked.state is lenient.state is State.QUIET
    assert booked.since == quiet.since
    assert back.state is State.ON_RHYTHM


def test_what_cannot_be_read_is_blind_and_not_quiet() -> None:
    told = standing(on(80), blind="gmail:ana@example.org was last read on 3 March")

    assert told.state is State.BLIND
    assert "gmail:ana@example.org" in told.reason


def test_a_trend_makes_fading_only_while_on_rhythm() -> None:
    slower = "They answer three times slower than in spring."

    assert standing(on(59), fading=slower).state is State.FADING
    assert standing(on(59), fading=slower).reason.startswith(slower)
    assert standing(quiet_moment(), fading=slower).state is State.QUIET


def test_nothing_flips_from_unknown() -> None:
    quiet = standing(on(80))
    new = standing(on(4), contacts=contacts((0, 3)))

    assert flip_for(None, quiet, watched_since=on(0)) is None
    assert new.state is State.NEW
    assert flip_for(new, quiet, watched_since=on(0)) is None
    assert flip_for(quiet, quiet, watched_since=on(0)) is None


def test_a_flip_is_dated_at_its_deadline_however_late_it_is_judged() -> None:
    late = standing(quiet_moment() - timedelta(seconds=1))
    quiet = standing(quiet_moment() + timedelta(days=3), late)
    assert (late.state, quiet.state) == (State.LATE, State.QUIET)
    flip = flip_for(late, quiet, watched_since=on(0))

    assert flip is not None
    assert flip.turned_at == late.quiet_after
    assert not flip.historical
    before_us = flip_for(late, quiet, watched_since=quiet_moment() + timedelta(days=1))
    assert before_us is not None
    assert before_us.historical


@given(st.lists(st.integers(0, 100), min_size=3, max_size=30))
def test_remembering_in_storage_changes_no_standing(days: list[int]) -> None:
    known = contacts(tuple(days))

    assert standing(on(101), contacts=Contacts.unpacked(known.packed())) == standing(on(101), contacts=known)


def test_facts_come_in_order() -> None:
    known = contacts()

    with pytest.raises(ValueError, match="ascending"):
        known.add(Contact(0, 0, inbound=True))


@given(st.lists(st.integers(0, 100), min_size=3, max_size=30), st.sampled_from([1.0, 0.5]), st.booleans())
def test_limits_that_are_remembered_are_those_found_anew(days: list[int], strictness: float, word: bool) -> None:
    known = contacts(tuple(days))
    before = standing(on(101), contacts=known)
    remembered = Contacts.unpacked(known.packed())
    remembered.add(Contact(int(on(102).timestamp()), JOINT.number(on(102).date()), inbound=word))
    anew = Contacts.unpacked(remembered.packed())
    anew.limits = anew.settled = None

    assert (remembered.settled is None) is word
    found = [standing(on(103), before, contacts=one, strictness=strictness) for one in (remembered, anew)]
    assert found[0] == found[1]


@pytest.mark.parametrize("left", [(), EVERY_OTHER_DAY[:-3]])
def test_mail_that_is_removed_ends_no_silence(left: tuple[int, ...]) -> None:
    quiet = standing(quiet_moment())
    assert quiet.state is State.QUIET

    after = standing(quiet_moment() + timedelta(days=1), quiet, contacts=contacts(left))

    assert after.state in {State.QUIET, State.GONE}
    assert "No word from them yet" not in after.reason
