"""The map: what a selection sends to the browser, and the page Folium writes. Never whole HTML: ids differ."""

from __future__ import annotations

import dataclasses
import json
import re
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from example_record import CABARRUS, GUAM, MARICOPA, MECKLENBURG, PINAL, WAKE

from geo.fips import counties
from map_app.agreements import Record
from map_app.coverage import CountySummary, CoverageIndex
from map_app.filters import Filters, filter_mask
from map_app.frame import asset_version, assets, frame_address, packed
from map_app.map_layers import AssetLinks, ColorBy, build_map, names_json, paint, selection_payload, shapes_json
from map_app.text import LANGUAGES, Text
from map_app.vocabulary import Model

COUNTIES = 3231


@pytest.fixture(scope="module")
def agreements(read_record: Record) -> pd.DataFrame:
    return read_record.agreements


@pytest.fixture(scope="module")
def index(agreements: pd.DataFrame) -> CoverageIndex:
    return CoverageIndex(agreements)


@pytest.fixture
def payload_of(agreements: pd.DataFrame, index: CoverageIndex, english: Text) -> Any:
    def payload(color: ColorBy = ColorBy.LEVEL, version: str = "v1", **narrowing: object) -> dict[str, Any]:
        filters = Filters(**narrowing)
        mask = filter_mask(agreements, filters)
        return selection_payload(index, mask, color, filters.to_query(), english, version)

    return payload


def fill(payload: dict[str, Any], geoid: str) -> str:
    """Return the swatch key of a county."""
    return str(payload["classes"][list(counties()).index(geoid)])


def label(payload: dict[str, Any], geoid: str) -> str:
    """Return what the legend says of a county's fill."""
    return dict(payload["legend"])[fill(payload, geoid)]


def local_counts(payload: dict[str, Any]) -> dict[str, int]:
    """Return the number of local agreements by county, as the browser reads the runs."""
    geoids, at, found = list(counties()), -1, {}
    for skip, n in zip(payload["local"][::2], payload["local"][1::2], strict=True):
        at += skip + 1
        found[geoids[at]] = n
    return found


# ---- payload


@pytest.mark.parametrize("color", list(ColorBy))
def test_every_county_has_one_class_and_every_class_is_in_the_legend(payload_of: Any, color: ColorBy) -> None:
    payload = payload_of(color)
    assert len(payload["classes"]) == len(counties()) == COUNTIES
    assert set(payload["classes"]) <= {key for key, _ in payload["legend"]}


@pytest.mark.parametrize("color", list(ColorBy))
def test_legend_always_says_what_none_and_statewide_look_like(payload_of: Any, color: ColorBy) -> None:
    for payload in (payload_of(color), payload_of(color, states=("WY",))):
        assert [key for key, _ in payload["legend"]][-2:] == ["1", "0"]
        labels = [words for _, words in payload["legend"]]
        assert len(set(labels)) == len(labels)
        assert payload["title"]


def test_fill_says_the_level_of_participation(payload_of: Any) -> None:
    payload = payload_of()
    assert label(payload, PINAL) == "Agency covering the whole county"
    assert label(payload, MARICOPA) == "Only agencies in part of the county"
    assert label(payload, WAKE) == label(payload, GUAM) == "State agencies only"
    assert label(payload, "48201") == "None listed"


def test_fill_says_the_model_and_more_than_one(payload_of: Any) -> None:
    payload = payload_of(ColorBy.MODEL)
    assert label(payload, PINAL) == "Warrant Service Officer"
    assert label(payload, CABARRUS) == "More than one model"
    assert label(payload, WAKE) == "State agencies only"


@pytest.mark.parametrize(
    ("year", "words"),
    [(2002, "2002–2012"), (2012, "2002–2012"), (2013, "2013–2016"), (2017, "2017–2024"), (2025, "2025"),
     (2026, "2026 or later"), (2031, "2026 or later")],
)  # fmt: skip
def test_fill_says_the_year_of_the_earliest_agreement(english: Text, year: int, words: str) -> None:
    painting = paint(summary_of(first_year=year), ColorBy.YEAR, english)
    assert {swatch.key: swatch.label for swatch in painting.legend}[painting.classes[0]] == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1"), (2, "2"), (3, "3–4"), (4, "3–4"), (5, "5–9"), (9, "5–9"), (10, "10 or more"), (40, "10 or more")],
)
def test_fill_says_the_number_of_agreements(english: Text, number: int, words: str) -> None:
    painting = paint(summary_of(local=number), ColorBy.NUMBER, english)
    assert {swatch.key: swatch.label for swatch in painting.legend}[painting.classes[0]] == words


def summary_of(local: int = 1, first_year: int = 2025) -> CountySummary:
    """Return a summary of two counties: one with local agreements, one with none."""
    return CountySummary(
        levels=np.array([3, 0]),
        local=np.array([local, 0]),
        statewide=np.array([0, 0]),
        models=np.array([1, 0]),
        first_year=np.array([first_year, 0]),
    )


def test_year_nobody_knows_is_not_painted_as_the_first_years(english: Text) -> None:
    painting = paint(summary_of(first_year=0), ColorBy.YEAR, english)
    assert {swatch.key: swatch.label for swatch in painting.legend}[painting.classes[0]] == "Year not known"


def test_numbers_under_the_pointer_are_those_of_local_agreements(payload_of: Any) -> None:
    assert local_counts(payload_of()) == {MARICOPA: 1, PINAL: 1, CABARRUS: 3, MECKLENBURG: 2}


def test_number_of_filled_counties_counts_statewide_ones_too(payload_of: Any) -> None:
    north = sum(geoid.startswith("37") for geoid in counties())
    assert payload_of()["counties"] == 2 + north + 1  # two in Arizona, all of North Carolina, Guam
    assert payload_of(states=("AZ",))["counties"] == 2
    assert payload_of(states=("WY",))["counties"] == 0


def test_statewide_agreements_are_counted_by_state_code(payload_of: Any) -> None:
    assert payload_of()["statewide"] == {"37": 1, "66": 1}


def test_same_selection_has_the_same_revision_and_any_change_another(payload_of: Any) -> None:
    first = payload_of()["revision"]
    assert payload_of()["revision"] == first
    others = [
        payload_of(ColorBy.MODEL)["revision"],
        payload_of(version="v2")["revision"],
        payload_of(models=(Model.TASK_FORCE,))["revision"],
        payload_of(status="all")["revision"],
    ]
    assert first not in others
    assert len(set(others)) == len(others)


def test_payload_is_small_and_holds_no_geometry(payload_of: Any) -> None:
    payload = payload_of(status="all")
    assert len(json.dumps(payload)) < 12_000
    assert set(payload) == {
        "revision", "classes", "title", "legend", "local", "statewide", "counties", "query", "within", "lang",
    }  # fmt: skip


def test_query_of_the_popups_is_that_of_the_filters(payload_of: Any) -> None:
    assert payload_of(models=(Model.TASK_FORCE,), years=(2007, 2010))["query"] == {
        "model": ["TFM"],
        "year": ["2007-2010"],
    }


# ---- shapes


@cache
def topology() -> dict[str, Any]:
    """Return the shapes as the browser gets them."""
    return dict(json.loads(shapes_json()))


def test_shapes_come_in_the_order_of_the_classes() -> None:
    assert [shape["id"] for shape in topology()["objects"]["counties"]["geometries"]] == list(counties())


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_county_and_state_has_a_name_in_every_language(language: str) -> None:
    names = json.loads(names_json(language))
    assert len(names["counties"]) == COUNTIES
    assert all(names["counties"])
    assert set(names["states"]) == {shape["id"] for shape in topology()["objects"]["states"]["geometries"]}
    assert names["counties"][list(counties()).index(GUAM)] == "Guam"


def test_english_name_of_a_county_ends_with_its_state() -> None:
    assert json.loads(names_json("en"))["counties"][list(counties()).index(MARICOPA)] == "Maricopa County, Arizona"


def test_every_state_shape_has_a_place_for_its_badge() -> None:
    states = {shape["id"] for shape in topology()["objects"]["states"]["geometries"]}
    assert states == set(topology()["stateLabels"])
    assert len(states) == 56


# ---- the page Folium writes


@pytest.fixture(scope="module")
def page() -> str:
    return packed("frame.html").content.decode()


def test_leaflet_map_is_window_map(page: str) -> None:
    assert re.search(r"var map = L\.map\(\s*\"map\"", page)
    assert '<div class="folium-map" id="map"' in page


def test_county_layer_is_given_the_map_its_shapes_and_popups(page: str) -> None:
    given = re.search(r"countyMap\(map, (\{.*\})\)", page)
    assert given
    settings = json.loads(given[1])
    assert settings["popup"] == "../popup/"
    assert settings["shapes"] == "shapes.json"


def test_page_names_no_other_host(page: str) -> None:
    assert re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"']*", page) == []


def test_page_has_a_language_and_a_title_and_may_be_enlarged(page: str) -> None:
    assert '<html lang="en">' in page
    assert "<title>Map of 287(g) agreements</title>" in page
    assert "user-scalable=no" not in page
    assert "maximum-scale" not in page


def test_map_has_no_tiles_and_leaves_the_wheel_to_the_page() -> None:
    chart = build_map(AssetLinks(**{one.name: one.name for one in dataclasses.fields(AssetLinks)}))
    assert [child for child in chart._children if "tile" in child] == []
    assert chart.options["scroll_wheel_zoom"] is False
    assert chart.options["attribution_control"] is False


# ---- what the frame loads


def test_addresses_of_the_frame_change_with_its_content_and_carry_its_version() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", asset_version())
    assert frame_address() == f"map/{asset_version()}/frame.html"


def test_frame_loads_only_files_the_server_has(page: str) -> None:
    loaded = set(re.findall(r"<(?:script|link)[^>]+(?:src|href)=\"([^\"]+)\"", page))
    assert {"leaflet.js", "leaflet.css", "map.js", "map.css"} <= loaded <= set(assets())


def test_own_files_name_no_other_host() -> None:
    own = [name for name in assets() if name.endswith((".js", ".css")) and not name.startswith("leaflet")]
    assert {"map.js", "map.css"} <= set(own)
    for name in own:
        text = assets()[name][1].decode()
        assert set(re.findall(r"https?://[\w.-]+", text)) <= {"http://www.w3.org"}  # the name of SVG, not an address


def test_first_load_of_map_code_and_data_is_at_most_400_kilobytes_compressed() -> None:
    total = sum(len(packed(name).zipped) for name in ("frame.html", *assets()))
    assert total <= 400_000
