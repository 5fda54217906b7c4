"""Contrast of every pair of colours the map's frame and the pages of our own use, by WCAG's formula."""

from __future__ import annotations

import re

import pytest
from running_app import ROOT

from map_app import county_list

STATIC = ROOT / "map_app" / "static"
TEXT, SHAPE = 4.5, 3.0  # WCAG 1.4.3 and 1.4.11


def luminance(color: str) -> float:
    digits = color.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def palette(css: str, selector: str) -> dict[str, str]:
    """Return the colours a rule gives names to."""
    block = re.search(re.escape(selector) + r"\s*\{([^}]*)\}", css)
    assert block, selector
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,8})", block[1]))


FRAME = (STATIC / "map.css").read_text(encoding="utf-8")
THEMES = {"light": palette(FRAME, ":root"), "dark": palette(FRAME, '[data-theme="dark"]')}
PAIRS = [
    # words
    ("ink", "panel", TEXT), ("soft-ink", "panel", TEXT), ("ink", "none", TEXT), ("soft-ink", "none", TEXT),
    ("link", "none", TEXT), ("link", "panel", TEXT), ("badge-ink", "badge", TEXT), ("ink", "water", TEXT),
    # what tells a county from its neighbours and its legend from the ground
    ("whole", "none", SHAPE), ("part-mark", "part-ground", SHAPE), ("state-mark", "state-ground", SHAPE),
    ("acts-line", "none", SHAPE), ("acts-line", "state-ground", SHAPE), ("state-line", "none", SHAPE),
    ("state-line", "panel", SHAPE), ("hover", "none", SHAPE), ("hover", "state-ground", SHAPE),
    ("jem-mark", "model-jem", SHAPE), ("wso-mark", "model-wso", SHAPE), ("hyb-mark", "model-hyb", SHAPE),
    ("mix-mark", "mix-ground", SHAPE), ("model-tfm", "none", SHAPE),
    # where the keyboard is
    ("focus", "panel", SHAPE), ("focus", "none", SHAPE), ("focus", "water", SHAPE),
]  # fmt: skip


def test_formula_gives_the_values_wcag_gives() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_colour_of_one_theme_is_set_in_the_other() -> None:
    assert set(THEMES["light"]) == set(THEMES["dark"])


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize(("one", "other", "least"), PAIRS)
def test_colours_that_must_be_told_apart_are_far_enough_apart(theme: str, one: str, other: str, least: float) -> None:
    assert contrast(THEMES[theme][one], THEMES[theme][other]) >= least


#: Streamlit's own grounds: page and sidebar, by theme.
GROUNDS = {"light": ("#ffffff", "#f8f8f7"), "dark": ("#171614", "#21201d")}


@pytest.mark.parametrize("theme", list(GROUNDS))
def test_focus_ring_of_the_page_is_seen_on_every_ground(theme: str) -> None:
    css = (STATIC / "page.css").read_text(encoding="utf-8")
    ring = re.search(r":focus-visible \{ outline: 3px solid (#[0-9a-f]{6})", css)
    assert ring
    for ground in GROUNDS[theme]:
        assert contrast(ring[1], ground) >= SHAPE


@pytest.mark.parametrize(("selector", "ground"), [(":root", "#ffffff"), (":root { --line: #7a8694", "#121212")])
def test_list_of_counties_can_be_read_in_both_themes(selector: str, ground: str) -> None:
    block = re.search(re.escape(selector) + r"[^}]*\}", county_list._STYLE)
    assert block
    colors = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})", block[0]))
    for name, least in (("link", TEXT), ("soft", TEXT), ("focus", SHAPE), ("line", SHAPE)):
        assert contrast(colors[name], ground) >= least
