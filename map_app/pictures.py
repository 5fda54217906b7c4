"""A selection as a picture: the atlas, title, date, numbers, legend, source and licence, as SVG, PNG or PDF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from geo.atlas import INSETS, atlas_sheet, upright
from geo.fips import state_abbr, state_fips
from map_app.changes import changes_between
from map_app.charts import drawing_library
from map_app.county_list import filters_in_words
from map_app.errors import UsageError
from map_app.filters import filter_mask
from map_app.grains import Selection
from map_app.map_layers import ColorBy, in_selection, legend_of, paint
from map_app.text import Text
from map_app.text.places import county_title, county_words, state_words

if TYPE_CHECKING:
    from shapely.prepared import PreparedGeometry


@dataclass(frozen=True)
class Size:
    """How large a picture is.

    Attributes:
        width: Width of the drawing, in its own pixels.
        height: Height.
        png_scale: Pixels of the PNG for one of the drawing.
        points: Width and height of a PDF page in points.
    """

    width: int
    height: int
    png_scale: float
    points: tuple[float, float]


SIZES: Final = {
    "slide": Size(1920, 1080, 1.0, (960, 540)),
    "print": Size(1584, 1224, 3300.5 / 1584, (792, 612)),
    "handout": Size(1224, 1584, 2550.5 / 1224, (612, 792)),
    "card": Size(1200, 630, 1.0, (600, 315)),
}
#: Liberation Sans comes with the library that draws; Arial and Helvetica have the same widths.
FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
_INK, _SOFT, _PAPER = "#10161d", "#3f4955", "#ffffff"
_COUNTY_LINE, _STATE_LINE, _ACTS_LINE, _OUT = "#7d8790", "#5a6570", "#3b2f8f", "#f6f7f8"
_NEAR_LINE, _FRAME_LINE = "#c3cad1", "#aab3bc"
#: So many counties of a state may have a name wider than they are, those most people look for.
_NAMED_FIRST: Final = 14
#: Plain colours by class; the hatched classes are patterns (see `_PATTERNS`).
_FILLS: Final = {
    "0": "#eceef0", "3": "#0b5394", "b": "#0b5394", "m": "#fde6b8", "n": "#f4b56a", "o": "#dd7a3c", "p": "#a63f4a",
    "q": "#571f5e", "r": "#7d8fa3", "v": "#fde6b8", "w": "#f4b56a", "x": "#dd7a3c", "y": "#a63f4a", "z": "#571f5e",
}  # fmt: skip
#: Size, ground, and marks of each hatch: never colour alone.
_PATTERNS: Final = {
    "1": (8, "#d3dfeb", '<circle cx="2" cy="2" r="1" fill="#4a647f"/><circle cx="6" cy="6" r="1" fill="#4a647f"/>', 0),
    "2": (8, "#ffd9a0", '<rect width="3" height="8" fill="#b05c00"/>', 45),
    "a": (6, "#cc79a7", '<rect width="6" height="1.8" fill="#742a54"/>', 0),
    "c": (7, "#e69f00", '<circle cx="3.5" cy="3.5" r="1.6" fill="#7a4c00"/>', 0),
    "d": (7, "#009e73", '<path d="M0 3.5H7M3.5 0V7" stroke="#00402e" stroke-width="1.2"/>', 0),
    "e": (8, "#7d8fa3", '<rect width="2.6" height="8" fill="#1d2b3a"/>', -45),
}
_DARK: Final = frozenset("3bpqyz")


def map_svg(
    selection: Selection, color: ColorBy, text: Text, size: str = "slide", address: str = "", *,
    beside: Selection | None = None, today: dt.date | None = None,
) -> str:  # fmt: skip
    """Return a selection as an SVG picture.

    Args:
        selection: The record and its filters.
        color: What the colour of a county says.
        text: Language.
        size: `slide` (1920 by 1080), `print` (Letter, landscape) or `card` (1200 by 630, for links).
        address: Public address of the view, where it is known.
        beside: Another day or place of the same record, drawn beside the first at the same scale.
        today: The day it is made, which says how old the list is.

    Raises:
        UsageError: There is no such size.
    """
    if size not in SIZES:
        raise UsageError(f"there is no size {size!r}: give one of {', '.join(SIZES)}")
    today = today or dt.date.today()
    if beside:
        return _Pair(selection, beside, color, text, size, address, today).svg()
    return _Picture(selection, color, text, size, address, today).svg()


def map_picture(svg: str, file_format: str, size: str) -> bytes:
    """Return an SVG picture as a PNG or PDF file, drawn without any request.

    Args:
        svg: What `map_svg` gives.
        file_format: `svg`, `png` or `pdf`.
        size: The size it was made for.

    Raises:
        MapAppError: The library that draws is not installed.
    """
    if file_format == "svg":
        return svg.encode()
    drawing, made = drawing_library(), SIZES[size]
    if file_format == "png":
        return bytes(drawing.svg_to_png(svg, scale=made.png_scale))
    width, height = made.points
    opening = f'width="{made.width}" height="{made.height}"'
    return bytes(drawing.svg_to_pdf(svg.replace(opening, f'width="{width}" height="{height}"', 1)))


def picture_title(selection: Selection, text: Text) -> str:
    """Return what a picture is called: its places and what it shows."""
    return text.t("{county}: 287(g) agreements", county=places_in_words(selection, text))


def places_in_words(selection: Selection, text: Text) -> str:
    """Return the places a selection is about."""
    filters = selection.filters
    places = [county_title(geoid, text) for geoid in filters.counties] or [state_words(s, text) for s in filters.states]
    if len(places) > _MOST_NAMED:
        places = [*places[:_MOST_NAMED], "…"]
    return ", ".join(places) or text.t("United States")


_MOST_NAMED: Final = 4
#: How much of a picture one county takes; around it stand its neighbours.
_COUNTY_ROOM: Final = 0.34


def count_label(selection: Selection, text: Text) -> str:
    """Return what the number of a selection counts."""
    filters, one = selection.filters, int(selection.mask.sum()) == 1
    if filters.as_of or filters.status == "active":
        return text.t("agreement in force") if one else text.t("agreements in force")
    return {
        "ended": text.t("agreements that have ended"),
        "superseded": text.t("agreements replaced by newer ones"),
        "all": text.t("agreements, past ones included"),
    }[filters.status]


def aged_words(selection: Selection, text: Text, today: dt.date) -> str:
    """Return how old the newest list was on the day a file is made, or "" where it needs no saying.

    A picture is looked at long after it was made, so it names the day and not how old the list is "now".
    """
    age = selection.record.days_old(selection.filters, today)
    if age is None:
        return ""
    return text.t(
        "Made on {day}, when the newest list held was {age} days old: agreements signed or ended since are not shown.",
        day=text.day(today), age=text.number(age),
    )  # fmt: skip


def places_of(selection: Selection) -> list[str]:
    """Return the codes of the counties or states a selection is about, none for the whole country."""
    filters = selection.filters
    return list(filters.counties) or [state_fips(abbr) for abbr in filters.states]


def _narrowed_words(selection: Selection, text: Text) -> str:
    """Return the filters of a selection in words, without places and day."""
    return filters_in_words(replace(selection.filters, states=(), counties=(), as_of=None, status="active"), text)


def told_of(selection: Selection, text: Text) -> str:
    """Return filters and date of a selection in words, without the places, which stand in the title."""
    filters, record = selection.filters, selection.record
    held = record.list_on(filters.as_of) if filters.as_of else None
    # The day asked for is said where the list that stood on it is older; documents speak of the day itself.
    as_of = filters.as_of if held and filters.as_of != held.day and filters.as_of != record.newest_list else None
    narrowed = filters_in_words(replace(filters, states=(), counties=(), as_of=as_of), text)
    if filters.as_of and not as_of:
        narrowed = _narrowed_words(selection, text)
    return " · ".join(part for part in (narrowed, record.dated(filters, text)) if part)


class Pen:
    """Draws a map and what belongs to it onto a page.

    Attributes:
        unit: One step of type, in pixels of the page.
        codes: Places in view: counties, states, or none for the whole country.
        painting: How the selection paints the counties.
        legend_told: Its legend, as it is said of this selection.
        acting: Statewide agreements by state code.
        parts: What is drawn so far.
    """

    def __init__(self, selection: Selection, color: ColorBy, text: Text, codes: list[str], unit: float) -> None:
        self.selection, self.text, self.unit, self.codes = selection, text, unit, codes
        index, mask = selection.record.index, selection.mask
        self.counts = index.counts(mask)
        self.painting = paint(index.summarize(mask, selection.filters.as_of), color, text)
        self.legend_told = in_selection(self.painting.legend, selection.filters.to_query(), text)
        self.acting = index.statewide_by_state(mask)
        self.parts: list[str] = []

    def say(
        self, x: float, y: float, words: str, size: float, *, bold: bool = False, fill: str = _INK,
        anchor: str = "start", halo: str = "",
    ) -> None:  # fmt: skip
        """Write one line."""
        weight = ' font-weight="700"' if bold else ""
        middle = f' text-anchor="{anchor}"' if anchor != "start" else ""
        place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}"{weight}{middle}'
        if halo:  # written twice, since few programs know how to paint a stroke under its own letters
            self.parts.append(
                f'<text {place} fill="none" stroke="{halo}" stroke-width="{size / 4.5:.1f}" '
                f'stroke-linejoin="round">{escape(words)}</text>'
            )
        self.parts.append(f'<text {place} fill="{fill}">{escape(words)}</text>')

    def legend(self, x: float, y: float, room: float, *, stacked: bool) -> float:
        """Draw the legend; return where it ends."""
        unit, size = self.unit, 1.12 * self.unit
        shown: list[tuple[str, str]] = [(swatch.key, swatch.label) for swatch in self.legend_told]
        if self.acts():
            shown.append(("acts", self.text.t("State with statewide agreements")))
        left, line = x, 1.9 * unit
        if stacked:
            line = 1.45 * unit
        for key, label in shown:
            rows = wrapped(label, (room - 2.8 * unit) / size) if stacked else [label]
            width = 2.7 * unit + _width(label, size)
            if not stacked and left > x and left + width > x + room:
                left, y = x, y + line
            self._swatch(left, y, key)
            for place, row in enumerate(rows):
                self.say(left + 2.7 * unit, y + 1.05 * unit + place * line * 0.9, row, size)
            if stacked:
                y += line * 0.9 * (len(rows) - 1) + 1.95 * unit
            else:
                left += width + 1.6 * unit
        return y if stacked else y + line

    def acts(self) -> bool:
        """Return whether a state in view has statewide agreements."""
        return any(not self.codes or code in {chosen[:2] for chosen in self.codes} for code in self.acting)

    def _swatch(self, x: float, y: float, key: str) -> None:
        unit = self.unit
        box = f'x="{x:.1f}" y="{y:.1f}" width="{2.1 * unit:.1f}" height="{1.35 * unit:.1f}"'
        if key == "acts":
            self.parts.append(f'<rect {box} fill="none" stroke="{_ACTS_LINE}" stroke-width="{0.16 * unit:.1f}"/>')
        else:
            self.parts.append(f'<rect {box} fill="{_fill(key)}" stroke="{_STATE_LINE}" stroke-width="1"/>')

    def patterns(self) -> str:
        """Return the definitions of the hatches."""
        scale = max(1.0, self.unit / 14)
        return "".join(
            f'<pattern id="h{key}" width="{size}" height="{size}" patternUnits="userSpaceOnUse" '
            f'patternTransform="scale({scale:.2f}) rotate({turn})"><rect width="{size}" height="{size}" '
            f'fill="{ground}"/>{marks}</pattern>'
            for key, (size, ground, marks, turn) in _PATTERNS.items()
        )

    def map(
        self, box: tuple[float, float, float, float], outlined: Sequence[str] = (), *, scale: float | None = None,
        key: str = "view", named: bool = True,
    ) -> None:  # fmt: skip
        """Draw the map into a box.

        Args:
            box: Left, top, right and bottom.
            outlined: Counties with a strong outline.
            scale: Pixels of one unit of the sheet; None for as large as it fits.
            key: Name of the box within the page.
            named: Whether places have their names; a small map that only shows where something is does without.
        """
        drawn = Drawing(self.codes, box, scale)
        unit = self.unit
        outside = drawn.outside()
        by_class: dict[str, list[str]] = {}
        for place, (rings, fill_key) in enumerate(zip(drawn.counties(), self.painting.classes, strict=True)):
            if rings:
                by_class.setdefault("out" if outside[place] else fill_key, []).append(rings)
        left, top, right, bottom = box
        self.parts.append(
            f'<clipPath id="{key}"><rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{bottom - top:.1f}"/></clipPath><g clip-path="url(#{key})" stroke-linejoin="round">'
        )
        for fill_key, rings_of in by_class.items():
            fill = _OUT if fill_key == "out" else _fill(fill_key)
            # Plain classes get a hair line of their own colour, which closes the seams between neighbours.
            edge = f' stroke="{fill}" stroke-width=".6"' if not fill.startswith("url") else ""
            self.parts.append(f'<path class="c{fill_key}" d="{"".join(rings_of)}" fill="{fill}"{edge}/>')
        thin, wide = 0.03 * unit * (1.6 if self.codes else 1), 0.06 * unit
        inner, outer, near = drawn.borders()
        for lines, color, width, more in (
            (near, _NEAR_LINE, wide, ""), (inner, _COUNTY_LINE, thin, ' stroke-opacity=".55"'),
            (outer, _STATE_LINE, wide, ""),
        ):  # fmt: skip
            self.parts.append(f'<path d="{lines}" fill="none" stroke="{color}"{more} stroke-width="{width:.2f}"/>')
        if not self.codes:
            frames = "".join(map(drawn.frame, drawn.sheet.frames))
            line = f'stroke="{_FRAME_LINE}" stroke-width="{0.07 * unit:.2f}"'
            self.parts.append(f'<path class="frames" d="{frames}" fill="none" {line}/>')
        for code, outline in drawn.states():
            if code in self.acting:
                width = (0.06 if code > "56" and not self.codes else 0.12) * unit
                self.parts.append(f'<path d="{outline}" fill="none" stroke="{_ACTS_LINE}" stroke-width="{width:.2f}"/>')
        for place, (geoid, _) in enumerate(drawn.sheet.counties):
            if geoid in self.codes or geoid in outlined:
                line = f'stroke="{_INK}" stroke-width="{0.13 * unit:.2f}"'
                self.parts.append(f'<path d="{drawn.outline(place)}" fill="none" {line}/>')
        self._taken: list[tuple[float, float, float, float]] = []
        if not named:
            pass
        elif self.codes:
            self._name_counties(drawn, outside, outlined)
            self._name_neighbours(drawn)
        else:
            self._name_insets(drawn)
            self._name_states(drawn)
        self.parts.append("</g>")

    def _write(
        self, drawn: Drawing, at: tuple[float, float], lines: Sequence[str], size: float, ink: str, halo: str, *,
        must: bool = False,
    ) -> bool:  # fmt: skip
        """Write lines around a place of the map if nothing stands there; return whether they were written."""
        (x, y), gap = at, 0.1 * size
        half = max(_width(line, size, bold=True) for line in lines) / 2 + gap
        tall = 0.52 * size * len(lines) + gap
        box = (x - half, y - tall, x + half, y + tall)
        left, top, right, bottom = drawn.page
        within = box[0] > left and box[1] > top and box[2] < right and box[3] < bottom
        free = not any(box[0] < o[2] and box[2] > o[0] and box[1] < o[3] and box[3] > o[1] for o in self._taken)
        if not (within and free) and not must:
            return False
        self._taken.append(box)
        for place, line in enumerate(lines):
            lower = y + (place - (len(lines) - 1) / 2) * 1.04 * size + 0.35 * size
            self.say(x, lower, line, size, bold=True, anchor="middle", fill=ink, halo=halo)
        return True

    def _name_insets(self, drawn: Drawing) -> None:
        size = max(0.72 * self.unit, 9)
        for key, name in inset_names(self.text).items():
            left, top, room, most = drawn.name_place(key)
            rows = wrapped(name, room / size / 1.06)
            if len(rows) > most or any(_width(row, size, bold=True) > 1.15 * room for row in rows):
                rows = [SHORT_INSETS[key]]  # as the states are named
            for place, row in enumerate(rows):
                self.say(left, top + size * (0.95 + place * 1.1), row, size, bold=True, fill=_SOFT)

    def _name_states(self, drawn: Drawing) -> None:
        """Write the abbreviations of the states whose shape holds them."""
        size = max(0.78 * self.unit, 9)
        for place, (code, _) in enumerate(drawn.sheet.states):
            name = state_abbr(code)
            half, tall = 0.5 * _width(name, size, bold=True) + 0.12 * size, 0.45 * size
            if drawn.holds(place, half, tall):
                self._write(drawn, drawn.state_label(place), [name], size, _INK, _PAPER)

    def _name_counties(self, drawn: Drawing, outside: np.ndarray, outlined: Sequence[str]) -> None:
        """Write the names of counties: the one spoken of first, then those that most people look for."""
        whole, zips = len(self.codes[0]) == 2, drawn.sheet.zips
        chosen = {code for code in (*self.codes, *outlined) if len(code) == 5}
        here = [(p, g) for p, (g, _) in enumerate(drawn.sheet.counties)
                if drawn.shown(p, g) and not (whole and outside[p])]  # fmt: skip
        here.sort(key=lambda held: (held[1] not in chosen, -zips[held[0]], held[1]))
        for rank, (place, geoid) in enumerate(here):
            name, own, first = short_name(geoid, self.text), geoid in chosen, whole and rank < _NAMED_FIRST
            west, north, east, south = drawn.extent(place)
            dark = not outside[place] and self.painting.classes[place] in _DARK
            ink = "#fff" if dark else _SOFT if outside[place] else _INK
            halo = _fill(self.painting.classes[place]) if dark else "" if outside[place] else _PAPER
            sizes = (1.4, 1.15, 0.95) if own else (0.98, 0.84) if first else (0.78,) if whole else (0.9, 0.78)
            for part in sizes:
                size, last = max(part * self.unit, 9), part == sizes[-1]
                wide, roomy = east - west, 2.4 if first and not own else 1.0
                lines = [name] if _width(name, size, bold=True) <= 0.92 * wide else wrapped(name, 0.85 * wide / size)
                widest = max(_width(line, size, bold=True) for line in lines)
                narrow = widest <= (0.78 if own else 0.94) * wide * roomy
                fits = narrow and 1.05 * size * len(lines) <= (south - north) * max(1, 0.8 * roomy)
                must = own and last
                if (fits or must) and self._write(drawn, drawn.label(place), lines, size, ink, halo, must=must):
                    break

    def _name_neighbours(self, drawn: Drawing) -> None:
        """Write the names of the states around, where their middle is in the picture."""
        if len(self.codes[0]) != 2:
            return
        for place, (code, _) in enumerate(drawn.sheet.states):
            if code not in self.codes and not _is_apart(code) and not any(map(_is_apart, self.codes)):
                name = state_words(state_abbr(code), self.text)
                self._write(drawn, drawn.state_label(place), [name], max(0.82 * self.unit, 9), _SOFT, "")


class _Picture(Pen):
    """One picture being drawn."""

    def __init__(
        self, selection: Selection, color: ColorBy, text: Text, size: str, address: str, today: dt.date
    ) -> None:  # fmt: skip
        made = SIZES[size]
        self.aged = aged_words(selection, text, today)
        super().__init__(selection, color, text, places_of(selection), min(made.height / 54, made.width / 88))
        self.width, self.height, self.address = made.width, made.height, address

    def svg(self) -> str:
        """Return the picture."""
        unit, text = self.unit, self.text
        margin = 1.6 * unit
        title = picture_title(self.selection, text)
        beside = not self.codes and self.width / self.height > 1.5
        y = margin + 2.1 * unit
        title_size = min(2.5 * unit, (self.width - 17 * unit) / max(_width(title, 1, bold=True), 1))
        self.say(margin, y, title, title_size, bold=True)
        y += 1.9 * unit
        told = told_of(self.selection, text)
        room = self.width - 2 * margin - max(15 * unit, _width(count_label(self.selection, text), 1.25 * unit) + unit)
        for line in wrapped(told, room / (1.3 * unit))[:2]:
            self.say(margin, y, line, 1.3 * unit, fill=_SOFT)
            y += 1.65 * unit
        for line in wrapped(self.aged, room / (1.17 * unit)) if self.aged else ():
            self.say(margin, y - 0.1 * unit, line, 1.1 * unit, bold=True)
            y += 1.4 * unit
        number_bottom = self._number(margin)
        if beside:
            top = y - 0.4 * unit
            self.legend(margin, y + 1.2 * unit, 14.5 * unit, stacked=True)
        else:
            y = self.legend(margin, y + 0.1 * unit, self.width - 2 * margin - 17 * unit, stacked=False)
            top = max(y, number_bottom) + 0.4 * unit
        foot = self._foot(margin)
        self.map((margin, top, self.width - margin, foot - 0.6 * unit))
        return self._page(
            title, f"{title}. {told}. {text.number(self.counts.agreements)} {count_label(self.selection, text)}"
        )

    def _page(self, title: str, described: str) -> str:
        """Return what was drawn as one page."""
        w, h, text, described = self.width, self.height, self.text, escape(described)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" '
            f'lang="{text.language}" font-family="{FONT}"><title>{escape(title)}</title><desc>{described}</desc>'
            f'<defs>{self.patterns()}</defs><rect width="{w}" height="{h}" fill="{_PAPER}"/>{"".join(self.parts)}</svg>'
        )

    def _number(self, margin: float) -> float:
        unit, text, right = self.unit, self.text, self.width - margin
        y = margin + 3.3 * unit
        self.say(right, y, text.number(self.counts.agreements), 4.4 * unit, bold=True, anchor="end")
        y += 1.85 * unit
        self.say(right, y, count_label(self.selection, text), 1.25 * unit, fill=_SOFT, anchor="end")
        facts = [
            text.n("{n} agency", "{n} agencies", self.counts.agencies),
            text.n("{n} county", "{n} counties", self.counts.counties),
        ]
        if not self.codes:
            facts.append(text.n("{n} state or territory", "{n} states and territories", self.counts.states))
        if self.counts.unplaced:
            facts.append(f"{text.number(self.counts.unplaced)} {text.t('not placed on the map')}")
        lines = facts if not self.codes else wrapped(" · ".join(facts), 15.5)
        for line in lines:
            y += 1.4 * unit
            self.say(right, y, line.removesuffix(" ·"), 1.05 * unit, fill=_SOFT, anchor="end")
        return y

    def _foot(self, margin: float) -> float:
        """Write source and licence; return where they begin."""
        text, unit = self.text, self.unit
        told = text.t(
            "Source: ICE’s published lists; before 2021, documents of the time. Shapes: U.S. Census Bureau. Insets are "
            "not to scale. No agreement listed does not mean no cooperation."
        )
        licence = text.t("Free to use; please name this source and the date of the list.")
        version = text.t("Record {version}.", version=self.selection.record.version)
        size = 0.88 * unit
        lines = wrapped(" ".join(part for part in (told, licence, version, self.address) if part),
                        (self.width - 2 * margin) / size)  # fmt: skip
        top = self.height - 1.1 * unit - 1.25 * size * (len(lines) - 1)
        for place, line in enumerate(lines):
            self.say(margin, top + 1.25 * size * place, line, size, fill=_SOFT)
        return top - 1.2 * size


def pair_words(first: Selection, second: Selection, text: Text) -> tuple[str, str]:
    """Return title and description of two days or two places side by side, the earlier day first."""
    newest = first.record.newest_list or dt.date.max
    days = [one.filters.as_of or newest for one in (first, second)]
    places = dict.fromkeys(places_in_words(one, text) for one in (first, second))
    title = text.t("{county}: 287(g) agreements", county=" – ".join(places))
    if days[0] == days[1]:
        return title, told_of(first, text)
    changed = text.t("What changed from {first} to {second}", first=text.day(days[0]), second=text.day(days[1]))
    return title, " · ".join(part for part in (_narrowed_words(first, text), changed) if part)


class _Pair(_Picture):
    """Two days or two places side by side, at one scale."""

    def __init__(
        self, selection: Selection, beside: Selection, color: ColorBy, text: Text, size: str, address: str,
        today: dt.date,
    ) -> None:  # fmt: skip
        newest = selection.record.newest_list or dt.date.max
        self.dated = selection.filters.as_of != beside.filters.as_of
        # The earlier day stands first.
        both = sorted((selection, beside), key=lambda one: one.filters.as_of or newest) if self.dated else (
            selection, beside)  # fmt: skip
        super().__init__(both[0], color, text, size, address, today)
        self.days = [one.filters.as_of or newest for one in both]
        self.sides = [self, Pen(both[1], color, text, places_of(both[1]), self.unit)]
        self.sides[1].parts = self.parts
        self.aged = self.aged or aged_words(both[1], text, today)
        known = {swatch[0]: swatch for side in self.sides for swatch in ((s.key, s) for s in side.legend_told)}
        order = [swatch.key for swatch in (*legend_of(color, text)[1], *self.legend_told[-2:])]
        self.legend_told = tuple(known[key][1] for key in order if key in known)

    def svg(self) -> str:
        """Return the picture."""
        unit, text, margin = self.unit, self.text, 1.6 * self.unit
        first, second = (side.selection for side in self.sides)
        title, told = pair_words(first, second, text)
        y = margin + 2.1 * unit
        size = min(2.5 * unit, (self.width - 2 * margin) / max(_width(title, 1, bold=True), 1))
        self.say(margin, y, title, size, bold=True)
        y += 1.9 * unit
        for line in wrapped(told, (self.width - 2 * margin) / (1.3 * unit))[:2]:
            self.say(margin, y, line, 1.3 * unit, fill=_SOFT)
            y += 1.65 * unit
        for line in wrapped(self.aged, (self.width - 2 * margin) / (1.1 * unit)) if self.aged else ():
            self.say(margin, y - 0.1 * unit, line, 1.1 * unit, bold=True)
            y += 1.4 * unit
        y = self.legend(margin, y + 0.1 * unit, self.width - 2 * margin, stacked=False)
        foot = self._foot(margin)
        if self.dated:
            foot -= 2.2 * unit
            self.say(margin, foot + 1.2 * unit, self._changed(), 1.3 * unit, bold=True)
        apart = 2 * unit
        half = (self.width - 2 * margin - apart) / 2
        top = y + 3.2 * unit
        boxes = [(x, top, x + half, foot - 0.4 * unit) for x in (margin, margin + half + apart)]
        scale = min(Drawing(side.codes, box).scale for side, box in zip(self.sides, boxes, strict=True))
        spoken = []
        for side, box, name, day in zip(self.sides, boxes, ("one", "other"), self.days, strict=True):
            number, where = text.number(side.counts.agreements), places_in_words(side.selection, text)
            said = f"{count_label(side.selection, text)} · {text.day(day) if self.dated else where}"
            self.say(box[0], y + 2.2 * unit, number, 2.4 * unit, bold=True)
            self.say(box[0] + _width(number, 2.4 * unit, bold=True) + 0.5 * unit, y + 2.2 * unit, said, 1.3 * unit)
            side.map(box, scale=scale, key=name)
            spoken.append(f"{number} {said}")
        line = f'x1="{margin + half + apart / 2:.1f}" x2="{margin + half + apart / 2:.1f}"'
        self.parts.append(f'<line {line} y1="{y:.1f}" y2="{foot:.1f}" stroke="{_FRAME_LINE}" stroke-width="1"/>')
        return self._page(title, f"{title}. {told}. {'; '.join(spoken)}")

    def acts(self) -> bool:
        """Return whether a state in view on either side has statewide agreements."""
        return any(Pen.acts(side) for side in self.sides)

    def _changed(self) -> str:
        """Return how many agreements were added, ended and replaced, as `map-app changes` counts them."""
        text, record, filters = self.text, self.selection.record, replace(
            self.selection.filters, status="all", as_of=None)  # fmt: skip
        kept = set(record.agreements.index[filter_mask(record.agreements, filters)])
        told = changes_between(record.agreements, *self.days)
        counted = ((text.t("Added"), told.added), (text.t("Ended"), told.ended), (text.t("Replaced"), told.superseded))
        return " · ".join(f"{name}: {text.number(len(kept & set(rows.index)))}" for name, rows in counted)


class Drawing:
    """The sheet laid into a box of a page: the whole country, or some states with north up.

    Args:
        codes: Two-digit codes of the states in view, none for the whole country.
        box: Left, top, right and bottom of the box.
        scale: Pixels of one unit of the sheet; None for as large as it fits.
    """

    def __init__(
        self, codes: Sequence[str], box: tuple[float, float, float, float], scale: float | None = None
    ) -> None:  # fmt: skip
        sheet = atlas_sheet()
        self.sheet, self.codes, self.page = sheet, list(codes), box
        turn = np.radians(np.mean([upright(code[:2]) for code in codes])) if codes else 0.0
        cos, sin = np.cos(turn), np.sin(turn)
        self._turned = np.array([[cos, sin], [-sin, cos]])
        self._used = {code: np.unique([i if i >= 0 else ~i for rings in polygons for ring in rings for i in ring])
                      for code, polygons in sheet.states}  # fmt: skip
        own = {geoid: np.array([i if i >= 0 else ~i for rings in polygons for ring in rings for i in ring])
               for geoid, polygons in sheet.counties if geoid in self.codes}  # fmt: skip
        chosen = [i for code in codes for i in (own[code] if len(code) == 5 else self._used[code])]
        corners = np.concatenate([sheet.arcs[i] for i in chosen]) if codes else np.array([[0, 0], sheet.size])
        corners = corners @ self._turned
        low, high = corners.min(axis=0), corners.max(axis=0)
        left, top, right, bottom = box
        room = 1.0 if not codes else 0.96 if len(codes[0]) == 2 else _COUNTY_ROOM
        self.scale = scale or float(min((right - left) / (high - low)[0], (bottom - top) / (high - low)[1]) * room)
        self._middle = (low + high) / 2
        self._target = np.array([(left + right) / 2, (top + bottom) / 2])
        simple = _simplified(round(0.28 / self.scale))
        self._arcs = [self.at(arc) for arc in simple]
        self._apart = [_is_apart(geoid) for geoid, _ in sheet.counties]

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Return positions of the sheet on the page."""
        return np.asarray((positions @ self._turned - self._middle) * self.scale + self._target)

    def outside(self) -> np.ndarray:
        """Return one boolean per county: not in the places in view."""
        return np.array([bool(self.codes) and not self._chosen(geoid) for geoid, _ in self.sheet.counties])

    def _chosen(self, geoid: str) -> bool:
        return geoid in self.codes or geoid[:2] in self.codes

    def shown(self, place: int, geoid: str) -> bool:
        """Return whether a county is drawn: an inset is no neighbour, and nothing outside the box is."""
        if self.codes and not self._chosen(geoid):
            if not any(geoid[:2] == code[:2] for code in self.codes) and self._apart[place]:
                return False
            if geoid[:2] not in {code[:2] for code in self.codes} and any(_is_apart(code) for code in self.codes):
                return False
            west, north, east, south = self.extent(place)
            left, top, right, bottom = self.page
            return bool(east > left and west < right and south > top and north < bottom)
        return True

    def extent(self, place: int) -> tuple[float, float, float, float]:
        """Return west, north, east and south of a county on the page."""
        corners = np.concatenate([self._arcs[i if i >= 0 else ~i] for i in _first_rings(self.sheet.counties[place][1])])
        (west, north), (east, south) = corners.min(axis=0), corners.max(axis=0)
        return west, north, east, south

    def outline(self, place: int) -> str:
        """Return the path of one county."""
        return self._path(self.sheet.counties[place][1])

    def counties(self) -> Iterable[str]:
        """Yield the path of each county, "" where it is not drawn."""
        for place, (geoid, polygons) in enumerate(self.sheet.counties):
            yield self._path(polygons) if self.shown(place, geoid) else ""

    def states(self) -> Iterable[tuple[str, str]]:
        """Yield code and path of each state drawn."""
        for code, polygons in self.sheet.states:
            if not self.codes or code in {chosen[:2] for chosen in self.codes}:
                yield code, self._path(polygons)

    def borders(self) -> tuple[str, str, str]:
        """Return the borders of counties, those of states, and those of the states around, each line once.

        Around a state its neighbours' counties are left out: the picture is not about them.
        """
        of_states = {int(i) for used in self._used.values() for i in used}
        lines: tuple[list[str], list[str], list[str]] = ([], [], [])
        around_states = bool(self.codes) and len(self.codes[0]) == 2
        seen: set[int] = set()
        held = sorted(enumerate(self.sheet.counties), key=lambda one: not self._chosen(one[1][0]))
        for place, (geoid, polygons) in held:
            if not self.shown(place, geoid):
                continue
            near = around_states and not self._chosen(geoid)
            for index in {i if i >= 0 else ~i for rings in polygons for ring in rings for i in ring} - seen:
                seen.add(index)
                if near and index not in of_states:
                    continue
                lines[2 if near else int(index in of_states)].append(_line(self._arcs[index]))
        return "".join(lines[0]), "".join(lines[1]), "".join(lines[2])

    def label(self, place: int) -> tuple[float, float]:
        """Return where a county's name stands."""
        x, y = self.at(self.sheet.labels[place])
        return float(x), float(y)

    def state_label(self, place: int) -> tuple[float, float]:
        """Return where a state's name stands."""
        x, y = self.at(self.sheet.state_labels[place])
        return float(x), float(y)

    def holds(self, place: int, half: float, tall: float) -> bool:
        """Return whether a state's shape holds a box of twice these sides around its label."""
        import shapely

        x, y = (float(value) for value in self.sheet.state_labels[place])
        half, tall = half / self.scale, tall / self.scale
        return bool(_state_shapes()[place].contains_properly(shapely.box(x - half, y - tall, x + half, y + tall)))

    def frame(self, inset: str) -> str:
        """Return the path of the line around an inset."""
        return _line(self.at(np.array(self.sheet.frames[inset])))

    def name_place(self, inset: str) -> tuple[float, float, float, int]:
        """Return left and top of the place for the name of an inset, how wide that is, and how many lines it has."""
        left, top, room, most = self.sheet.names[inset]
        x, y = self.at(np.array([left, top]))
        return float(x), float(y), room * self.scale, most

    def _path(self, polygons: list[list[list[int]]]) -> str:
        return "".join(_line(self._ring(ring)) + "z" for rings in polygons for ring in rings)

    def _ring(self, indexes: Sequence[int]) -> np.ndarray:
        parts = [self._arcs[i] if i >= 0 else self._arcs[~i][::-1] for i in indexes]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def short_name(geoid: str, text: Text) -> str:
    """Return a county's name without its kind, where a map says the kind."""
    name = county_words(geoid, text)
    for kind in (" City and Borough", " County", " Parish", " Borough", " Census Area", " Municipality", " Municipio",
                 " city"):  # fmt: skip
        name = name.removesuffix(kind)
    for kind in ("Condado de ", "Condado del ", "Parroquia de ", "Parroquia del ", "Municipio de "):
        name = name.removeprefix(kind)
    return name


def inset_names(text: Text) -> dict[str, str]:
    """Return the names of the insets by their key."""
    return {
        "alaska": text.t("Alaska"),
        "hawaii": text.t("Hawaii"),
        "puerto_rico": text.t("Puerto Rico and U.S. Virgin Islands"),
        "guam": text.t("Guam"),
        "marianas": text.t("Northern Marianas"),
        "american_samoa": text.t("American Samoa"),
    }


#: What an inset is called where its name has no room.
SHORT_INSETS: Final = {
    "alaska": "AK",
    "hawaii": "HI",
    "puerto_rico": "PR · VI",
    "guam": "GU",
    "marianas": "MP",
    "american_samoa": "AS",
}


def _is_apart(geoid: str) -> bool:
    return geoid.startswith(_APART)


_APART: Final = tuple(code for inset in INSETS for code in inset.codes)


def _first_rings(polygons: list[list[list[int]]]) -> list[int]:
    return [index for rings in polygons for index in rings[0]]


@cache
def _state_shapes() -> tuple[PreparedGeometry, ...]:
    """Return the shapes of the states on the sheet, in its units."""
    import shapely
    from shapely.prepared import prep

    sheet = atlas_sheet()
    return tuple(
        prep(shapely.union_all([shapely.make_valid(shapely.Polygon(sheet.ring(rings[0]))) for rings in polygons]))
        for _, polygons in sheet.states
    )


@cache
def _simplified(tolerance: int) -> tuple[np.ndarray, ...]:
    """Return the borders without the corners that nobody would see; islands of one line keep theirs."""
    import shapely

    arcs = atlas_sheet().arcs
    if tolerance < 2:
        return arcs
    simple = shapely.simplify([shapely.LineString(arc) for arc in arcs], tolerance, preserve_topology=False)
    return tuple(
        arc if (arc[0] == arc[-1]).all() else shapely.get_coordinates(line)
        for arc, line in zip(arcs, simple, strict=True)
    )


def _line(corners: np.ndarray) -> str:
    """Return path data: relative steps in tenths of a pixel, repeated corners left out."""
    tenths = np.rint(corners * 10).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    steps = steps[steps.any(axis=1)]
    start = f"M{_tenth(tenths[0, 0])} {_tenth(tenths[0, 1])}l"
    return start + " ".join(f"{_tenth(x)} {_tenth(y)}" for x, y in steps.tolist()) if len(steps) else ""


def _tenth(value: int) -> str:
    whole = f"{value / 10:.1f}"
    return whole.removesuffix(".0")


def _fill(key: str) -> str:
    return f"url(#h{key})" if key in _PATTERNS else _FILLS[key]


#: Rough widths of letters, in parts of the type size; a little wide, so that nothing runs out of its place.
_NARROW, _WIDE = frozenset("iljtfI.,:;|'’!()[]- "), frozenset("mwMWOQGD@%—")


def _width(words: str, size: float, *, bold: bool = False) -> float:
    rough = sum(0.32 if sign in _NARROW else 0.86 if sign in _WIDE else 0.56 for sign in words)
    return rough * size * (1.06 if bold else 1.0)


def wrapped(words: str, ems: float) -> list[str]:
    """Return text in lines not wider than some ems."""
    lines: list[str] = []
    for word in words.split(" "):
        if lines and _width(f"{lines[-1]} {word}", 1) <= ems:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
