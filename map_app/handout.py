"""One county or one state on one page to hand out, as a PDF: what is so, since when, and how it is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Final

import numpy as np
import segno

from geo.atlas import atlas_sheet
from geo.fips import county_geoids, state_abbr, state_fips
from map_app.answer import (
    Agreement,
    answer,
    answer_groups,
    application_words,
    by_agency,
    read_pending,
    state_answer,
)
from map_app.coverage import LEVELS
from map_app.errors import UsageError
from map_app.filters import Filters
from map_app.grains import Selection
from map_app.map_layers import ColorBy
from map_app.pictures import FONT, SIZES, Pen, aged_words, map_picture, short_name, wrapped
from map_app.popups import level_name, model_meaning, model_name
from map_app.record import LoadedRecord
from map_app.sheet import alike, dated_agency
from map_app.text import Text
from map_app.text.places import county_title, county_words, state_words
from map_app.vocabulary import Coverage, Model, Participation

#: Type is made smaller in these steps until everything fits one page, then long lists are set by model, then what is
#: past is summed up, then agencies and counties are counted: size, whether by model, past told, how many are named.
#: Two are one point of the printed page: no type is smaller than 8.5 points.
_STEPS: Final = (
    *((unit, False, True, None) for unit in (24.0, 22.0, 20.5, 19.0)),
    *((unit, True, True, None) for unit in (22.0, 20.5, 19.0, 18.0)),
    *((18.0, True, False, named) for named in (None, *range(150, 30, -20), *range(30, -1, -2))),
)
#: Agencies of one group told by model where they are more.
_MANY: Final = 3
_MARGIN: Final = 76.0
_SOFT: Final = "#3f4955"


def handout_pdf(
    record: LoadedRecord, place: str, as_of: dt.date | None, text: Text, address: str = "", *,
    today: dt.date | None = None,
) -> bytes:  # fmt: skip
    """Return the handout of a place as a PDF of one page (Letter).

    Args:
        record: The record.
        place: Five-digit code of a county, or postal abbreviation of a state.
        as_of: The day it speaks of; None for the newest list.
        text: Language.
        address: Public address of the page with the answer, where it is known; printed and drawn as a QR code.
        today: The day it is made, which says how old the list is.

    Raises:
        UsageError: There is no such place.
        MapAppError: The library that draws is not installed.
    """
    return map_picture(handout_svg(record, place, as_of, text, address, today=today), "pdf", "handout")


def handout_svg(
    record: LoadedRecord, place: str, as_of: dt.date | None, text: Text, address: str = "", *,
    today: dt.date | None = None,
) -> str:  # fmt: skip
    """Return the handout of a place as one page in SVG (see `handout_pdf`)."""
    is_county = place in county_geoids()
    try:
        code = place[:2] if is_county else state_fips(place)
    except KeyError:
        raise UsageError(f"a handout is of one state or one county, and {place!r} is neither") from None
    for step in _STEPS:
        page = _Handout(record, code, as_of, text, step, address, today or dt.date.today())
        if page.county(place) if is_county else page.state(place):
            break
    return page.svg()


@cache
def _borders() -> dict[int, tuple[str, ...]]:
    """Return the counties on both sides of each border of the atlas, by its number."""
    found: dict[int, dict[str, None]] = {}
    for geoid, polygons in atlas_sheet().counties:
        for rings in polygons:
            for ring in rings:
                for arc in ring:
                    found.setdefault(arc if arc >= 0 else ~arc, {})[geoid] = None
    return {arc: tuple(sides) for arc, sides in found.items() if len(sides) > 1}


def neighbours(geoid: str) -> list[str]:
    """Return the counties that share a border with one, by code; across water only where the line is drawn there."""
    return sorted({other for sides in _borders().values() if geoid in sides for other in sides} - {geoid})


class _Handout(Pen):
    """One page being written from top to bottom."""

    def __init__(
        self, record: LoadedRecord, code: str, as_of: dt.date | None, text: Text,
        step: tuple[float, bool, bool, int | None], address: str, today: dt.date,
    ) -> None:  # fmt: skip
        unit, self.brief, self.past, self.named = step
        super().__init__(Selection(record, Filters(as_of=as_of)), ColorBy.LEVEL, text, [code], unit)
        self.aged = aged_words(self.selection, text, today)
        self.record, self.as_of, self.address = record, as_of, address
        made = SIZES["handout"]
        self.width, self.height = made.width, made.height
        self.y = _MARGIN
        self.title = ""
        self.floor = self._foot()

    def svg(self) -> str:
        """Return the page."""
        w, h = self.width, self.height
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
            f'lang="{self.text.language}" font-family="{FONT}"><title>{escape(self.title)}</title>'
            f'<defs>{self.patterns()}</defs><rect width="{w}" height="{h}" fill="#fff"/>{"".join(self.parts)}</svg>'
        )

    # ---- the two kinds of page

    def county(self, geoid: str) -> bool:
        """Write the page of a county; return whether it fits."""
        text, unit = self.text, self.unit
        told = answer(self.record, geoid, self.as_of, text, read_pending())
        right, beside = self.width - _MARGIN, self.width * 0.64
        self._heading(told.county, text.t("Does my county have a 287(g) agreement?"), beside)
        self.map((beside + 20, _MARGIN - 10, right, _MARGIN + 300), outlined=(geoid,), named=False)
        self.y += 0.35 * unit
        top = self.y
        self._lines(told.sentence, 1.2 * unit, beside - 24, bold=True, indent=18)
        self.parts.append(f'<rect x="{_MARGIN}" y="{top + 4:.1f}" width="6" height="{self.y - top - 4:.1f}"/>')
        past = told.past if self.past else ()
        for line in (*([self.aged] if self.aged else []), *past, *told.cautions):
            self.y += 0.45 * unit
            self._lines(line, unit, beside)
        self.y = max(self.y, _MARGIN + 300)
        self.y = self.legend(_MARGIN, self.y + 0.8 * unit, right - _MARGIN, stacked=False)
        for heading, agreements in answer_groups(told, text):
            self._agencies(heading, agreements)
        if told.ended and self.past:
            self._agencies(text.t("Agreements that have ended"), told.ended, ended=True)
        elif told.ended:
            number = text.n(
                "{n} agreement of this place has ended: see {where}.",
                "{n} agreements of this place have ended: see {where}.", len(told.ended), where=self.where,
            )  # fmt: skip
            self._list(text.t("Agreements that have ended"), [number])
        if told.pending:
            heading = text.t("Applications on ICE’s pending lists (an application is not an agreement)")
            self._list(heading, self._counted([application_words(one, text) for one in told.pending], "; "))
        held = dict.fromkeys((one.model_name, one.meaning) for one in told.agreements)
        if held:
            self._list(text.t("What the models let officers do"), [f"{name}: {means}." for name, means in held])
        self._list(text.t("What this does and does not mean"), list(told.meaning))
        fits = self.y < self.floor
        if fits:  # what room is left is used
            story = [f"{entry.day}: {entry.words}." for entry in told.timeline if not entry.statewide]
            self._more(text.t("What happened here since 2002 ({n})", n=text.number(len(story))), story)
            self._more(text.t("Counties around it"), self._around(geoid))
            abbr = state_abbr(geoid)
            if not held or told.level != "yes":
                self._more(state_words(abbr, text), [state_answer(self.record, abbr, self.as_of, text).sentence])
            if not held:
                meanings = [f"{model_name(model, text)}: {model_meaning(model, text)}." for model in list(Model)[:3]]
                self._more(text.t("What agreements of each model let officers do"), meanings)
        return fits

    def state(self, abbr: str) -> bool:
        """Write the page of a state; return whether it fits."""
        text, unit, record = self.text, self.unit, self.record
        chosen = Selection(record, Filters(states=(abbr,), as_of=self.as_of))
        counts, right = record.index.counts(chosen.mask), self.width - _MARGIN
        name = state_words(abbr, text)
        self._heading(text.t("{county}: 287(g) agreements", county=name), text.t("Map of 287(g) agreements"), right)
        self._lines(record.dated(chosen.filters, text), 1.15 * unit, right, fill=_SOFT)
        if self.aged:
            self._lines(self.aged, 0.95 * unit, right)
        facts = [
            text.n("{n} agreement", "{n} agreements", counts.agreements),
            text.n("{n} agency", "{n} agencies", counts.agencies),
            text.n("{n} county", "{n} counties", counts.counties),
        ]
        self.y += 0.35 * unit
        self._lines(" · ".join(facts), 1.5 * unit, right, bold=True)
        self.y = self.legend(_MARGIN, self.y + 0.5 * unit, right - _MARGIN, stacked=False)
        # A full page has a smaller map: what it says in words comes first.
        tall = 300 if not self.past else 420 if self.brief else 560
        self.map((_MARGIN, self.y, right, self.y + tall))
        self.y += tall + 0.4 * unit
        rows = chosen.agreements
        held = [
            f"{model_name(model, text)} ({text.number(n)}): {model_meaning(model, text)}."
            for model in Model
            if (n := int((rows["model"] == model).sum()))
        ]
        if held:
            self._list(text.t("What the models let officers do"), held)
        across = sorted(set(rows.loc[rows["coverage"] == Coverage.STATEWIDE, "agency_name"]))
        if across:
            self._list(
                f"{text.t('Agencies of the whole state or territory')} ({text.number(len(across))})",
                self._counted(across, "; "),
            )
        levels = record.index.summarize(chosen.mask, self.as_of).levels
        geoids = np.array(record.index.geoids)
        for level in (Participation.COUNTY_WIDE, Participation.LOCAL_ONLY):
            found = [short_name(geoid, text) for geoid in geoids[levels == LEVELS.index(level)]]
            if found:
                self._list(f"{level_name(level, text)} ({text.number(len(found))})", self._counted(sorted(found), ", "))
        meaning = [
            text.t(
                "No agreement listed does not mean no cooperation: agencies can work with ICE in ways that need no "
                "such agreement."
            ),
            text.t("An agreement says what officers may do, not how often they do it."),
        ]
        self._list(text.t("What this does and does not mean"), meaning)
        return self.y < self.floor

    # ---- parts

    def _heading(self, title: str, kind: str, right: float) -> None:
        self.title = title
        self._lines(kind, 0.95 * self.unit, right, fill=_SOFT)
        self._lines(title, 2 * self.unit, right, bold=True)
        self.y += 0.3 * self.unit

    def _lines(
        self, words: str, size: float, right: float, *, bold: bool = False, fill: str = "#10161d", indent: float = 0
    ) -> None:  # fmt: skip
        left = _MARGIN + indent
        for line in wrapped(words, (right - left) / size / (1.06 if bold else 1)):
            self.y += 1.28 * size
            self.say(left, self.y, line, size, bold=bold, fill=fill)

    def _list(self, heading: str, lines: Sequence[str]) -> None:
        self.y += 0.55 * self.unit
        line = f'x1="{_MARGIN}" x2="{self.width - _MARGIN}" y1="{self.y:.1f}" y2="{self.y:.1f}"'
        self.parts.append(f'<line {line} stroke="#000" stroke-width="1.5"/>')
        self._lines(heading, 1.08 * self.unit, self.width - _MARGIN, bold=True)
        for line in lines:
            self.y += 0.12 * self.unit
            self._lines(line, 0.95 * self.unit, self.width - _MARGIN)

    def _agencies(self, heading: str, agreements: Sequence[Agreement], *, ended: bool = False) -> None:
        text = self.text
        agencies = by_agency(agreements)
        number, kept, lines = len(agencies), agencies, []
        if self.named is not None and not ended:
            kept = agencies[: self.named]
        if self.brief and not ended and len(kept) > _MANY:
            groups, others = alike(kept, text)
            for lead, members in groups:
                lines.append(f"{lead}: {'; '.join(''.join(dated_agency(held, text)) for held in members)}.")
        else:
            others = kept
        lines += [
            f"{held[0].agency_name}: " + "; ".join(f"{one.model_name} · {one.when}" for one in held) + "."
            for held in others
        ]
        if number > len(kept):
            left = number - len(kept)
            lines.append(
                text.n("{n} more agency: see {where}.", "{n} more agencies: see {where}.", left, where=self.where)
            )
        self._list(f"{heading} ({text.number(number)})", lines)

    @property
    def where(self) -> str:
        """Where all of it stands."""
        return self.text.t("the address below") if self.address else self.text.t("the map")

    def _counted(self, names: Sequence[str], between: str) -> list[str]:
        """Return names in one line and, where some have no room, how many more there are."""
        shown = names if self.named is None else names[: self.named]
        lines = [between.join(shown)] if shown else []
        if len(shown) < len(names):
            left = len(names) - len(shown)
            lines.append(self.text.n("{n} more: see {where}.", "{n} more: see {where}.", left, where=self.where))
        return lines

    def _more(self, heading: str, lines: Sequence[str]) -> None:
        """Write a part only if there is room left for it."""
        before, high = len(self.parts), self.y
        if lines:
            self._list(heading, lines)
        if self.y > self.floor:
            del self.parts[before:]
            self.y = high

    def _around(self, geoid: str) -> list[str]:
        """Return the counties around one by what they have, in the order of the legend."""
        levels = self.record.index.summarize(self.selection.mask, self.as_of).levels
        near, lines = neighbours(geoid), []
        title = county_words if len({other[:2] for other in [*near, geoid]}) == 1 else county_title
        at = dict(zip(self.record.index.geoids, levels, strict=True))
        for level in (
            Participation.COUNTY_WIDE, Participation.LOCAL_ONLY,
            Participation.STATEWIDE_ONLY, Participation.NONE_LISTED,
        ):  # fmt: skip
            names = sorted(title(other, self.text) for other in near if at[other] == LEVELS.index(level))
            if names:
                lines.append(f"{level_name(level, self.text)}: {'; '.join(names)}.")
        return lines

    def _foot(self) -> float:
        """Write where this comes from; return where it begins."""
        text, size = self.text, 17.0
        told = [
            text.t("Source: ICE’s published lists of participating agencies. Shapes: U.S. Census Bureau. ").strip(),
            text.t("This is information, not legal advice."),
            text.t("Free to use; please name this source and the date of the list."),
            text.t("Record {version}.", version=self.record.version),
        ]
        right = self.width - _MARGIN - (150 if self.address else 0)
        lines = wrapped(" ".join(told), (right - _MARGIN) / size)
        if self.address:
            lines.append(self.address)
        deep = max(1.3 * size * len(lines), 124 if self.address else 0)
        top = self.height - _MARGIN - deep
        self.parts.append(
            f'<line x1="{_MARGIN}" x2="{self.width - _MARGIN}" y1="{top - 14:.1f}" y2="{top - 14:.1f}" stroke="#000" '
            'stroke-width="3"/>'
        )
        for place, line in enumerate(lines):
            self.say(_MARGIN, top + 1.3 * size * (place + 0.8), line, size)
        if self.address:
            code = segno.make(self.address, micro=False, error="m")
            scale = 130 / code.symbol_size(border=2)[0]
            dark = "".join(
                f"M{x} {y}h1v1h-1z" for y, row in enumerate(code.matrix) for x, cell in enumerate(row) if cell
            )
            self.parts.append(
                f'<path transform="translate({self.width - _MARGIN - 126:.0f} {top:.0f}) scale({scale:.3f})" '
                f'd="{dark}"/>'
            )
        return top - 26
