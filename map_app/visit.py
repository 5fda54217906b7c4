"""What an address asks for: view, language, colour, place and filters, with every value that means nothing."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from geo.fips import counties, state_fips
from map_app.filters import BadValue, Filters, read_filters
from map_app.map_layers import ColorBy
from map_app.record import LoadedRecord
from map_app.text import LANGUAGES

VIEWS: Final = ("find", "explore", "data", "about")
#: Views with a page of their own, to which the server leads; met here, they mean the map.
_ELSEWHERE: Final = {"present": "explore"}
#: Parts of the view of data, and its charts; the first of each stands unless the address names another.
PARTS: Final = ("files", "charts", "table", "counts")
CHARTS: Final = ("time", "counties", "signings", "states", "places", "days")
#: Names in the address that are filters; the frame owns lat, lon and zoom.
FILTER_NAMES: Final = ("model", "year", "state", "county", "agency_type", "status", "as_of")
#: Names in the address that the page writes.
OURS: Final = (*FILTER_NAMES, "color", "lang", "view", "part", "chart")
KNOWN: Final = frozenset({*OURS, "lat", "lon", "zoom"})
#: Names other sites add to links; saying that they mean nothing here would only confuse.
_TRACKERS: Final = ("utm_", "fbclid", "gclid", "embed")

Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Visit:
    """What an address asks for.

    Attributes:
        view: One of `VIEWS`.
        language: Code of a language.
        color: What the colour of a county says.
        filters: The selection, within what the record holds.
        asked: The selection as the address has it.
        place: Code of the county (five digits) or, in the search, state (two) the answer is about, or "".
        bad: Values that mean nothing and are ignored.
        part: One of `PARTS`.
        chart: One of `CHARTS`.
    """

    view: str
    language: str
    color: ColorBy
    filters: Filters
    asked: Filters
    place: str
    bad: tuple[BadValue, ...]
    part: str = PARTS[0]
    chart: str = CHARTS[0]


def read_visit(query: Query, record: LoadedRecord, preferred: str = "en") -> Visit:
    """Return what an address asks for.

    Args:
        query: Every value of the address by name.
        record: The record, which bounds years and days.
        preferred: The language of a page whose address names none: the reader's, by what the browser says.
    """
    filters, bad = read_filters({name: list(values) for name, values in query.items()})
    color = _last(query, "color", tuple(ColorBy))
    if query.get("color") and not color:
        bad.append(BadValue("color", query["color"][-1]))
    named = (("lang", LANGUAGES), ("view", (*VIEWS, *_ELSEWHERE)), ("part", PARTS), ("chart", CHARTS))
    for name, allowed in named:
        if query.get(name) and not _last(query, name, allowed):
            bad.append(BadValue(name, query[name][-1]))
    bad += [BadValue(name, query[name][-1]) for name in query if name not in KNOWN and not name.startswith(_TRACKERS)]
    view = view_of(query)
    place = filters.counties[0] if filters.counties else ""
    if view == "find" and not place and len(filters.states) == 1:
        place = state_fips(filters.states[0])
    years, fits = _years(filters.years, year_span(record))
    if not fits:  # the slider cannot stand there; another year would be wrong
        bad.append(BadValue("year", query["year"][-1]))
    newest = record.newest_list
    later = bool(filters.as_of and newest and filters.as_of > newest)
    if later:  # nothing is known of that day: the newest list is shown, with how old it is
        bad.append(BadValue("as_of", query["as_of"][-1]))
    narrowed = replace(
        filters,
        years=years,
        as_of=None if later or not newest else filters.as_of,
        counties=(place,) if place and view != "find" else (),
        states=(counties()[place].state_abbr,) if place and view != "find" else filters.states,
    )
    language = _last(query, "lang", LANGUAGES) or preferred
    part, chart = _last(query, "part", PARTS) or PARTS[0], _last(query, "chart", CHARTS) or CHARTS[0]
    return Visit(view, language, ColorBy(color or ColorBy.LEVEL), narrowed, filters, place, tuple(bad), part, chart)


def view_of(query: Query) -> str:
    """Return the view an address asks for: filters without a view mean the map, a bare address the search."""
    asked = (query.get("view") or [""])[-1]
    asked = _ELSEWHERE.get(asked, asked)
    if asked in VIEWS:
        return asked
    return "explore" if any(query.get(name) for name in FILTER_NAMES if name != "county") else "find"


def year_span(record: LoadedRecord) -> tuple[int, int]:
    """Return the first and last signing year of the record."""
    return record.facts.years or (2002, 2002)


def _years(asked: tuple[int, int] | None, span: tuple[int, int]) -> tuple[tuple[int, int] | None, bool]:
    """Return years within the record, None for all of them, and whether any of those asked for are there."""
    if not asked:
        return None, True
    if asked[1] < span[0] or span[1] < asked[0]:
        return None, False
    within = (max(asked[0], span[0]), min(asked[1], span[1]))
    return (None if within == span else within), True


def _last(query: Query, name: str, allowed: Container[str]) -> str | None:
    values = query.get(name, [])
    return values[-1] if values and values[-1] in allowed else None
