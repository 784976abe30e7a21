"""Every text can be read by weak eyes: a contrast of 4.5 to 1 on its ground, in light and in dark; drawings 3 to 1."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLE = (Path(__file__).parents[2] / "web" / "style.css").read_text()
THEMES = re.findall(r":root\{([^}]*--page:#[^}]*)\}", STYLE)[:2]
TEXTS = ("ink", "soft", "link", "gone", "quiet", "late", "fading", "blind", "new", "paused", "on_rhythm")


def colours(theme: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", theme))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["card", "page"])
def test_texts_stand_out_from_their_ground(theme: str, ground: str) -> None:
    found = colours(theme)

    assert {
        name: round(contrast(found[name], found[ground]), 2)
        for name in TEXTS
        if contrast(found[name], found[ground]) < 4.5
    } == {}


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize("name", ["bar", "edge", "quiet", "on_rhythm"])
def test_what_is_drawn_stands_out_from_the_card(theme: str, name: str) -> None:
    found = colours(theme)

    assert contrast(found[name], found["card"]) >= 3


def test_both_themes_name_the_same_colours() -> None:
    light, dark = (set(colours(theme)) for theme in THEMES)

    assert light == dark
