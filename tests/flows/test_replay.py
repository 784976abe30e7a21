"""Alarms from an events file: as if live, once a silence, and the same whatever comes later."""

from __future__ import annotations

import csv
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flows.event_file import Event
from flows.replay import DAY, Alarm, alarms, day_of, working_index, write_alarms
from metrics.rhythm import Rhythm

EPOCH = date(1970, 1, 1)
MONDAY = date(2026, 3, 2)
START = (MONDAY - EPOCH).days


def event(day: int, *, partner: str = "b", hour: float = 10, inbound: bool = True) -> Event:
    return Event("us", partner, (START + day) * DAY + round(hour * 3600), inbound, "bo")


def calls(weeks: int, partner: str = "b", skipped: tuple[int, ...] = ()) -> list[Event]:
    return [event(7 * week, partner=partner) for week in range(weeks) if week not in skipped]


def day(alarm: Alarm) -> date:
    return datetime.fromtimestamp(alarm.ts, UTC).date()


def test_working_days_are_numbered_and_week_ends_count_to_their_friday() -> None:
    week = [working_index(START + n) for n in range(8)]

    assert [number - week[0] for number in week] == [0, 1, 2, 3, 4, 4, 4, 5]
    assert all(day_of(working_index(START + n)) == START + n for n in range(5))


def test_a_call_that_stops_is_told_once_at_the_end_of_a_working_day() -> None:
    (alarm,) = alarms(calls(20), MONDAY + timedelta(weeks=60))

    rhythm = Rhythm()
    for _ in range(19):
        rhythm.observe(5)
    assert working_index(alarm.ts // DAY) == working_index(START + 7 * 19) + rhythm.quiet_at()
    assert day(alarm).weekday() < 5
    assert alarm.ts % DAY == DAY - 1
    assert alarm.text.startswith("Word from them every 5 working days on average")


def test_the_next_word_rearms() -> None:
    events = [*calls(20), *(event(7 * week) for week in range(40, 60))]

    found = [day(alarm) for alarm in alarms(events, MONDAY + timedelta(weeks=100))]

    assert len(found) == 2
    assert found[0] < MONDAY + timedelta(weeks=40) < found[1]


def test_until_is_the_last_day_judged_and_what_is_later_is_not_read() -> None:
    (alarm,) = alarms(calls(20), MONDAY + timedelta(weeks=60))
    last = day(alarm)

    assert list(alarms(calls(20), last)) == [alarm]
    assert list(alarms(calls(20), last - timedelta(days=1))) == []
    later = [*calls(20), event(7 * 50)]
    assert list(alarms(later, last)) == [alarm]
    assert list(alarms([*calls(20), event((last - MONDAY).days + 3)])) == [alarm]


def test_a_mail_on_the_day_itself_is_in_time_and_the_day_after_is_not() -> None:
    (alarm,) = alarms(calls(20), MONDAY + timedelta(weeks=60))
    due = (day(alarm) - MONDAY).days

    assert list(alarms([*calls(20), event(due, hour=23.9)], day(alarm))) == []
    assert list(alarms([*calls(20), event(due + 1, hour=0.1)])) == [alarm]


def test_our_own_mails_change_nothing() -> None:
    ours = [event(n, inbound=False, hour=11) for n in range(0, 300, 3)]
    both = sorted([*calls(20), *ours], key=lambda e: e.ts)

    assert list(alarms(both, MONDAY + timedelta(weeks=60))) == list(alarms(calls(20), MONDAY + timedelta(weeks=60)))


def test_two_gaps_are_needed() -> None:
    until = MONDAY + timedelta(weeks=300)

    assert list(alarms(calls(2), until)) == []
    assert len(list(alarms(calls(3), until))) == 1


@given(st.integers(0, 10**6), st.floats(0.1, 0.95))
def test_no_alarm_knows_what_comes_after_it(seed: int, share: float) -> None:
    dice = random.Random(seed)
    events: list[Event] = []
    for partner in "abc":
        at = 0
        while at < 700:
            events.append(event(at, partner=partner, hour=dice.uniform(0, 23.9)))
            at += max(1, round(dice.weibullvariate(8, 0.6)))
    events.sort(key=lambda e: e.ts)
    cut = START + round(700 * share)
    until = EPOCH + timedelta(days=cut)

    whole = [a for a in alarms(events, MONDAY + timedelta(days=800)) if a.ts < (cut + 1) * DAY]
    prefix = list(alarms([e for e in events if e.ts < (cut + 1) * DAY], until))

    assert sorted(prefix, key=lambda a: (a.ts, a.partner)) == sorted(whole, key=lambda a: (a.ts, a.partner))


def test_other_partners_change_nothing() -> None:
    alone = list(alarms(calls(20), MONDAY + timedelta(weeks=60)))
    crowd = sorted([*calls(20), *calls(60, partner="c", skipped=(9, 30))], key=lambda e: e.ts)

    found = [a for a in alarms(crowd, MONDAY + timedelta(weeks=60)) if a.partner == "b"]

    assert found == alone


def test_pair_by_pair_gives_the_same_alarms_as_by_time() -> None:
    by_pair = [*calls(20), *calls(30, partner="c", skipped=(7, 8, 9))]
    by_time = sorted(by_pair, key=lambda e: e.ts)
    until = MONDAY + timedelta(weeks=60)

    assert sorted(alarms(by_pair, until), key=lambda a: a.ts) == sorted(alarms(by_time, until), key=lambda a: a.ts)


def test_the_alarms_are_written_as_csv(tmp_path: Path) -> None:
    found = list(alarms(calls(20), MONDAY + timedelta(weeks=60)))

    assert write_alarms(found, tmp_path / "alarms.csv") == 1
    with (tmp_path / "alarms.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row == {"us": "us", "partner": "b", "alarm_ts": str(found[0].ts), "text": found[0].text}
