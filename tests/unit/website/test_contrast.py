"""WCAG 2.2 contrast of every pair of tokens that the components put together, in both themes."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[3] / "website" / "styles" / "tokens.css").read_text("utf-8")
TEXT = 4.5
EDGE = 3.0


def block(start: str) -> dict[str, str]:
    opening = TOKENS.index("{", TOKENS.index(start))
    depth = 0
    for at in range(opening, len(TOKENS)):
        depth += {"{": 1, "}": -1}.get(TOKENS[at], 0)
        if depth == 0:
            return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})\b", TOKENS[opening:at]))
    raise AssertionError(start)


LIGHT = block("  :root {")
BY_SYSTEM = block(':root:not([data-theme="light"])')
BY_CHOICE = block(':root[data-theme="dark"]')
THEMES = {"light": LIGHT, "dark": {**LIGHT, **BY_CHOICE}}

GROUNDS = ("paper", "surface", "sunken")
PAIRS = [
    *[
        (ink, on, TEXT)
        for ink in ("ink", "ink-2", "ink-3", "accent", "red", "ochre")
        for on in GROUNDS
    ],
    *[(ink, "accent-soft", TEXT) for ink in ("accent-ink", "ink", "ink-2", "accent")],
    *[(ink, "red-soft", TEXT) for ink in ("red", "ink", "ink-2")],
    *[(ink, "ochre-soft", TEXT) for ink in ("ochre", "ink", "ink-2")],
    *[("on-accent", on, TEXT) for on in ("accent", "accent-press")],
    *[
        (ink, on, TEXT)
        for ink in ("chalk", "chalk-2", "chalk-yellow")
        for on in ("board", "board-2")
    ],
    ("board", "chalk-yellow", TEXT),
    *[("edge", on, EDGE) for on in GROUNDS],
    *[("focus", on, EDGE) for on in (*GROUNDS, "accent-soft", "red-soft", "ochre-soft")],
    ("accent", "paper", EDGE),
    ("seq-3", "surface", EDGE),
    ("seq-4", "surface", EDGE),
]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21_to_1():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_dark_by_choice_is_dark_by_system():
    assert BY_CHOICE == BY_SYSTEM
    assert len(BY_CHOICE) > 20


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "on", "least"), PAIRS)
def test_pairs_can_be_told_apart(theme, ink, on, least):
    colours = THEMES[theme]

    assert contrast(colours[ink], colours[on]) >= least
