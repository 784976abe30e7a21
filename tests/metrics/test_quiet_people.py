"""One person falls silent, the partner does not."""

from __future__ import annotations

import random

from metrics.quiet_people import person_silences

BO = [(day, "bo") for day in range(0, 60, 2)]
AL = [(day, "al") for day in range(1, 120, 3)]


def test_a_person_who_stopped_is_named_while_others_write_on() -> None:
    (silent,) = person_silences([*BO, *AL], 118)

    assert silent.person == "bo"
    assert silent.silence == 60
    assert silent.others == 20
    assert "Usually hears back every 2 working days" in silent.reason


def test_when_everybody_stops_it_is_the_partner_and_no_person() -> None:
    assert person_silences([*BO, *((day, "al") for day in range(1, 59, 3))], 118) == ()


def test_somebody_away_or_hardly_known_is_not_named() -> None:
    assert person_silences([*BO, *AL], 118, away=["bo"]) == ()
    assert person_silences([*BO[:6], *AL], 118) == ()


def test_order_repeats_and_the_future_do_not_matter() -> None:
    words = [*BO, *AL]
    mixed = words + words[::7]
    random.Random(2).shuffle(mixed)

    shuffled = person_silences([*words, *words[::7]][::-1], 118)
    assert person_silences(mixed, 118) == shuffled
    assert person_silences([*mixed, (119, "bo"), (130, "bo")], 118) == shuffled
