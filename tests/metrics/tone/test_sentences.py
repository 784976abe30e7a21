"""What counts as prose, and which marks are faces."""

from __future__ import annotations

import time

import pytest

from metrics.tone.analysers import analyser
from metrics.tone.scoring import judge
from metrics.tone.sentences import GLAD, SHOUT, SORRY, prose, words


def _marks(text: str) -> list[str]:
    return [word for word in words(text) if word in (GLAD, SORRY, SHOUT)]


@pytest.mark.parametrize(
    "text",
    [
        "(see foo): bar",
        "a[1:]",
        "[-Wformat=]",
        "^^^^^^^^",
        "#size <3>;",
        "list:(see below)",
        "C:D",
        "http:/ x",
        "f(n:p)",
    ],
)
def test_signs_of_technical_text_are_no_faces(text: str) -> None:
    assert _marks(text) == []


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("great:)", GLAD),
        ("thanks :-)", GLAD),
        ("I <3 it", GLAD),
        ("no :(", SORRY),
        ("well :/", SORRY),
        ("oh :'(", SORRY),
    ],
)
def test_faces_are_seen(text: str, mark: str) -> None:
    assert _marks(text) == [mark]


def test_capitals_raise_the_voice_only_in_everyday_words() -> None:
    assert _marks("Do NOT send the HTTP header as JSON") == [SHOUT]
    assert _marks("LGTM, see the README") == []


@pytest.mark.parametrize(
    "line",
    [
        "drivers/a.c:12:3: error: bad thing failed",
        "[   12.345678] usb 1-1: device failed, giving up",
        " drivers/clk/Kconfig | 8 +",
        " 3 files changed, 438 insertions(+), 2 deletions(-)",
        "    ret = kill_bad_child(foo);",
        "int error_fatal = 1;",
        "#include <fail.h>",
        "0x1e78a000: 00 12 34 56 78 9a bc de f0 00 11 22",
    ],
)
def test_lines_that_a_machine_wrote_are_not_prose(line: str) -> None:
    assert words(prose(f"See it below.\n{line}\nThat is all.")) == ["see", "it", "below", "that", "is", "all"]


@pytest.mark.parametrize(
    "line",
    ["+1 from me, great.", "* the first point is good", "10:30 works for me", "#12 is still broken", "it is slow;"],
)
def test_lines_that_people_write_stay(line: str) -> None:
    assert prose(line) == line


def test_identifiers_carry_no_feeling() -> None:
    assert words(prose("dma_alloc_failed and KillBadChild are called")) == ["and", "are", "called"]


def test_nothing_but_code_has_no_score_and_says_so() -> None:
    verdict = judge("foo = bar_failed(1);\nx = kill(2);\n#include <bad.h>", analyser(), whole_mail=False)

    assert verdict.score is None
    assert verdict.reason == "no prose"


@pytest.mark.parametrize(
    "text", ["aB" * 10_000, "x = " * 5_000, "; " * 10_000, "_" * 20_000, "a:1 " * 5_000, "[" * 20_000]
)
def test_hostile_prose_costs_little(text: str) -> None:
    began = time.process_time()

    prose(text)

    assert time.process_time() - began < 1
