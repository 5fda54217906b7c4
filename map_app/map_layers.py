"""The Folium map: base shapes sent once, then only how a selection paints them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

import folium
import numpy as np
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from folium.template import Template

from geo.boundaries import read_topology
from geo.fips import STATES, counties, state_fips, state_labels
from map_app.coverage import CountySummary, CoverageIndex
from map_app.filters import parse_day
from map_app.popups import level_name, model_name
from map_app.text import Text, text_in
from map_app.text.places import county_title, state_words
from map_app.vocabulary import Model, Participation


class ColorBy(StrEnum):
    """What the colour of a county says."""

    LEVEL = "level"
    MODEL = "model"
    YEAR = "year"
    NUMBER = "number"


def color_name(color: ColorBy, text: Text) -> str:
    """Return the name of a choice of colour."""
    return {
        ColorBy.LEVEL: text.t("Level"),
        ColorBy.MODEL: text.t("Model"),
        ColorBy.YEAR: text.t("Year"),
        ColorBy.NUMBER: text.t("Number"),
    }[color]


@dataclass(frozen=True)
class Swatch:
    """One class of the legend.

    Attributes:
        key: Name of the style in map.css (`fill-…`), one character in `classes`.
        label: What the class means.
    """

    key: str
    label: str


@dataclass(frozen=True)
class Painting:
    """How a selection paints the counties.

    Attributes:
        classes: One swatch key per county, order of the shapes file.
        legend: The classes in reading order.
        title: What the colour says.
    """

    classes: str
    legend: tuple[Swatch, ...]
    title: str


#: Upper ends of the classes of the number of agreements; the last class is open.
NUMBER_ENDS: Final = (1, 2, 4, 9)
#: First years of the classes of signing years: the first signings, the years after task forces ended
#: (December 2012), the growth from 2017, and each year since 2025.
YEAR_STARTS: Final = (2002, 2013, 2017, 2025, 2026)


def paint(summary: CountySummary, color: ColorBy, text: Text) -> Painting:
    """Return how a selection paints the counties.

    Keys: `0` none listed, `1` statewide only, then per `color`: level `2` part of the county, `3` the
    whole county; otherwise `a`, `b`, … for the classes of model, first signing year or number.
    """
    title, local = legend_of(color, text)
    base = np.where(summary.statewide > 0, "1", "0")
    if color is ColorBy.LEVEL:
        return Painting("".join(summary.levels.astype(str)), (*local, *_others(text)), title)
    if color is ColorBy.MODEL:
        single = {1 << i: "abcd"[i] for i in range(len(Model))}
        keys = np.array([single.get(int(bits), "e") for bits in summary.models])
    elif color is ColorBy.YEAR:
        keys = np.array(["r", "m", "n", "o", "p", "q"])[np.searchsorted(YEAR_STARTS, summary.first_year, side="right")]
    else:
        keys = np.array(["v", "w", "x", "y", "z"])[np.searchsorted(NUMBER_ENDS, summary.local)]
    classes = np.where(summary.local > 0, keys, base)
    present = set(classes)
    shown = tuple(swatch for swatch in local if swatch.key in present)
    return Painting("".join(classes), (*shown, *_others(text)), title)


def legend_of(color: ColorBy, text: Text) -> tuple[str, tuple[Swatch, ...]]:
    """Return what the colour says, and every class a county with local agreements can have, in reading order."""
    if color is ColorBy.LEVEL:
        return text.t("Who has an agreement"), (
            Swatch("3", level_name(Participation.COUNTY_WIDE, text)),
            Swatch("2", level_name(Participation.LOCAL_ONLY, text)),
        )
    if color is ColorBy.MODEL:
        legend = tuple(Swatch("abcd"[i], model_name(model, text)) for i, model in enumerate(Model))
        return text.t("Model type of county and local agencies"), (*legend, Swatch("e", text.t("More than one model")))
    if color is ColorBy.YEAR:
        ends = [str(start - 1) for start in YEAR_STARTS[1:]]
        names = [f"{s}" if e == str(s) else f"{s}–{e}" for s, e in zip(map(str, YEAR_STARTS), ends, strict=False)]
        names.append(text.t("{year} or later", year=YEAR_STARTS[-1]))
        names.append(text.t("Year not known"))
        legend = tuple(Swatch(k, name) for k, name in zip("mnopqr", names, strict=True))
        return text.t("Year of the earliest agreement shown"), legend
    numbers = ("1", "2", "3–4", "5–9", text.t("10 or more"))
    legend = tuple(Swatch(k, n) for k, n in zip("vwxyz", numbers, strict=True))
    return text.t("Number of county and local agreements"), legend


def _others(text: Text, *, narrowed: bool = False) -> tuple[Swatch, Swatch]:
    """Return the classes of counties without local agreements."""
    return (
        Swatch("1", level_name(Participation.STATEWIDE_ONLY, text, narrowed=narrowed)),
        Swatch("0", level_name(Participation.NONE_LISTED, text, narrowed=narrowed)),
    )


def selection_payload(
    index: CoverageIndex,
    mask: np.ndarray,
    color: ColorBy,
    query: dict[str, list[str]],
    text: Text,
    record: str,
) -> dict[str, Any]:
    """Return what the browser needs to paint a selection: a few kilobytes, no geometry.

    Args:
        index: The record joined to counties.
        mask: One boolean per agreement.
        color: What the colour says.
        query: The filters as a URL query, for popups.
        text: Language.
        record: Version of the record, so that a new record repaints.

    Returns:
        A JSON-ready object: `revision`, `classes`, `legend`, `title`, `local` (run of skips and
        counts), `statewide` (agreements by state code), `counties` (number filled), `query`, `within` (codes of
        the states asked for), `lang`.
    """
    summary = index.summarize(mask, parse_day(query["as_of"][-1]) if query.get("as_of") else None)
    painting = paint(summary, color, text)
    local = np.flatnonzero(summary.local)
    skips = np.diff(local, prepend=-1) - 1
    runs = np.column_stack([skips, summary.local[local]]).ravel().tolist()
    statewide = index.statewide_by_state(mask)
    identity = json.dumps([painting.classes, runs, statewide, query, color, text.language, record])
    return {
        "revision": hashlib.sha256(identity.encode()).hexdigest()[:12],
        "classes": painting.classes,
        "title": painting.title,
        "legend": [[swatch.key, swatch.label] for swatch in in_selection(painting.legend, query, text)],
        "local": runs,
        "statewide": statewide,
        "counties": int((summary.levels > 0).sum()),
        "query": query,
        "within": [state_fips(abbr) for abbr in query.get("state", [])],
        "lang": text.language,
    }


def in_selection(legend: Iterable[Swatch], query: Mapping[str, object], text: Text) -> tuple[Swatch, ...]:
    """Return a legend that says of what filters leave out only that it is not in the selection.

    Every output that names these classes asks here, so that none of them says "none" of a county whose agreements
    are merely filtered out.

    Args:
        legend: The classes.
        query: The filters as a URL query; a day alone leaves nothing out.
        text: Language.
    """
    if not narrows(query):
        return tuple(legend)
    narrowed = {swatch.key: swatch for swatch in _others(text, narrowed=True)}
    return tuple(narrowed.get(swatch.key, swatch) for swatch in legend)


def narrows(query: Mapping[str, object]) -> bool:
    """Return whether the filters of a URL query leave out agreements of the day."""
    return bool(set(query) - {"as_of"})


def other_labels(text: Text) -> dict[str, list[list[str]]]:
    """Return keys and labels of counties without local agreements, for scripts that filter by themselves.

    Returns:
        `whole`: as long as nothing is filtered out; `narrowed`: as soon as something is.
    """
    others = _others(text)
    told = {"whole": others, "narrowed": in_selection(others, {"model": []}, text)}
    return {name: [[swatch.key, swatch.label] for swatch in swatches] for name, swatches in told.items()}


@cache
def shapes_json() -> bytes:
    """Return the shapes file as sent to the browser once, minified.

    TopoJSON objects `counties` and `states`; the member `stateLabels` (latitude and longitude of a point
    inside, by two-digit code) is ours.
    """
    topology = json.loads(read_topology())
    topology["stateLabels"] = state_labels()
    return json.dumps(topology, ensure_ascii=False, separators=(",", ":")).encode()


@cache
def names_json(language: str) -> bytes:
    """Return the names a person reads in a language: `counties` in the order of the shapes, `states` by code."""
    text = text_in(language)
    names = {
        "counties": [county_title(geoid, text) for geoid in counties()],
        "states": {state.fips: state_words(state.abbr, text) for state in STATES},
    }
    return json.dumps(names, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class AssetLinks:
    """Addresses of what the map's frame loads, all on our own server.

    Attributes:
        leaflet_js: Leaflet's script.
        leaflet_css: Leaflet's styles.
        shapes_js: Our script that draws the shapes.
        map_js: Our script around it.
        map_css: Our styles.
        shapes: The shapes file.
        names: The file of names, `{lang}` standing for the language.
        popup: Address before a county's GEOID.
        font: The font of the page around the frame, or "" where there is none.
    """

    leaflet_js: str
    leaflet_css: str
    shapes_js: str
    map_js: str
    map_css: str
    shapes: str
    names: str
    popup: str
    font: str = ""


class CountyLayer(JSCSSMixin, MacroElement):
    """Counties and states drawn from one shared file and repainted in place per selection."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}
            {%- if this.font %}
            <style>@font-face { font-family: "Source Sans"; font-weight: 200 900; font-display: swap;
                src: url("{{ this.font }}") format("woff2"); }</style>
            {%- endif %}
        {% endmacro %}
        {% macro script(this, kwargs) %}
            countyMap({{ this._parent.get_name() }}, {{ this.settings|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, links: AssetLinks) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types
        self._name = "CountyLayer"
        self.default_js = [("county_shapes", links.shapes_js), ("county_map", links.map_js)]
        self.default_css = [("county_map_css", links.map_css)]
        self.font = links.font
        self.settings = {"shapes": links.shapes, "names": links.names, "popup": links.popup}


class _NamedMap(folium.Map):
    """A Folium map whose Leaflet object is `window.map` (contract)."""

    def get_name(self) -> str:
        return "map"


def build_map(links: AssetLinks) -> folium.Map:
    """Return the Folium map of the 48 states with the county layer and no tiles."""
    chart = _NamedMap(
        location=(38.5, -96.5),
        zoom_start=4,
        tiles=None,
        zoom_control="topleft",
        min_zoom=2,
        max_zoom=10,
        control_scale=False,
        # The frame's own script follows its size; Leaflet would count that as a move of the reader's.
        track_resize=False,
        scroll_wheel_zoom=False,
        zoom_snap=0.1,
        zoom_delta=1,
        world_copy_jump=False,
        attribution_control=False,
    )
    chart.default_js = [("leaflet", links.leaflet_js)]
    chart.default_css = [("leaflet_css", links.leaflet_css)]
    CountyLayer(links).add_to(chart)
    return chart


def map_page(links: AssetLinks, title: str) -> str:
    """Return the HTML page of the map's frame."""
    figure = build_map(links).get_root()
    figure.title = title  # type: ignore[attr-defined]  # branca has no types
    page = str(figure.render())
    # Folium forbids pinching to enlarge, which people with low vision need, and names no language.
    page = re.sub(r"(initial-scale=1\.0), maximum-scale=1\.0, user-scalable=no", r"\1", page)
    return page.replace("<html>", '<html lang="en">', 1)
