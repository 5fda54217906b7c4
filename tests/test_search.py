"""Place search: the committed list of queries, the rules behind it, speed and memory."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geo import build_search
from geo.build_zip_counties import build as build_zip_counties
from geo.fips import STATES, counties, county_geoids
from geo.places import town_key
from geo.search import (
    DEFAULT_LIMIT,
    MAX_QUERY,
    NAMES_CSV,
    Kind,
    SearchResult,
    Status,
    Why,
    place_key,
    search,
    split_state,
    state_name_in,
    suggest,
)

_QUERIES = Path(__file__).parent / "data" / "place_queries.csv"


def _read_queries() -> list[tuple[str, str, tuple[str, ...]]]:
    with _QUERIES.open(encoding="utf-8", newline="") as lines:
        return [
            (row["query"], row["outcome"], tuple(filter(None, row["geoids"].split(";"))))
            for row in csv.DictReader(lines)
        ]


QUERIES = _read_queries()


def _agrees(result: SearchResult, outcome: str, geoids: tuple[str, ...]) -> bool:
    """Return whether a result is what a row of place_queries.csv expects (see tests/data/README.md)."""
    offered = set(result.counties)
    match outcome:
        case "one":
            return result.status is Status.ONE and offered == set(geoids)
        case "first":
            return bool(result.matches) and result.matches[0].geoids[:1] == geoids[:1]
        case "has" | "several":
            wanted = Status.SEVERAL if outcome == "several" else result.status
            return result.status is wanted and bool(result.matches) and offered >= set(geoids)
        case "zip":
            kinds = [match.kind for match in result.matches]
            return kinds == [Kind.ZIP] and result.counties[0] == geoids[0] and offered >= set(geoids)
        case "state":
            return (
                bool(result.matches) and result.matches[0].kind is Kind.STATE and result.matches[0].geoid == geoids[0]
            )
        case "suggest":
            near = [geoid for match in result.suggestions[:DEFAULT_LIMIT] for geoid in match.geoids]
            return result.status is Status.NONE and not result.matches and set(near) >= set(geoids)
        case "none" | "too_short":
            return result.status == outcome and not result.matches and not result.suggestions
    raise AssertionError(f"unknown outcome {outcome}")


@pytest.mark.parametrize(("query", "outcome", "geoids"), QUERIES)
def test_query_finds_the_place_or_offers_every_reading(query: str, outcome: str, geoids: tuple[str, ...]) -> None:
    result = search(query, limit=None)
    assert _agrees(result, outcome, geoids), result


def test_list_of_queries_covers_every_state_and_territory_and_every_kind_of_outcome() -> None:
    places = {geoid[:2] for _, _, geoids in QUERIES for geoid in geoids}
    assert places == {state.fips for state in STATES}
    assert {outcome for _, outcome, _ in QUERIES} == {
        "one", "first", "has", "several", "zip", "state", "suggest", "none", "too_short",
    }  # fmt: skip
    assert len(QUERIES) >= 300
    known = county_geoids() | {state.fips for state in STATES}
    assert {geoid for _, _, geoids in QUERIES for geoid in geoids} <= known


# Rules


@pytest.mark.parametrize("written", ["{name}, {state}", "{name} {abbr}", "{upper}, {abbr}"])
def test_every_county_is_found_by_its_name_and_state(written: str) -> None:
    for county in counties().values():
        names = {"name": county.name, "upper": county.name.upper(), "abbr": county.state_abbr}
        result = search(written.format(state=state_name_in(county.state_abbr, "en"), **names), limit=None)
        assert county.geoid in result.counties, (county, result)
        # Two counties of one name and kind stand in no state: written in full, nothing else is offered but a town.
        found = [match.geoids for match in result.matches if match.kind is Kind.COUNTY]
        assert (county.geoid,) in found
        assert len(found) <= 2


def test_every_county_is_found_in_spanish() -> None:
    for county in counties().values():
        if county.name.endswith(" County"):
            bare = county.name.removesuffix(" County")
            result = search(f"condado de {bare}, {state_name_in(county.state_abbr, 'es')}", limit=None)
            assert result.counties == (county.geoid,), (county, result)
            assert result.status is Status.ONE


def test_every_zip_code_gives_its_main_county_first_and_every_county_its_area_touches() -> None:
    places = Path(build_search.PLACES_DIR)
    with (places / "zip_counties.csv").open(encoding="utf-8", newline="") as lines:
        areas = {row["zip"]: set(row["county_geoids"].split(";")) for row in csv.DictReader(lines)}
    with (places / "zips.csv").open(encoding="utf-8", newline="") as lines:
        main = {row["zip"]: row["county_geoids"].split(";") for row in csv.DictReader(lines)}
    for zip_code in main.keys() | areas.keys():
        (match,) = search(zip_code).matches
        assert set(match.geoids) == areas.get(zip_code, set()) | set(main.get(zip_code, ()))
        assert list(match.geoids[: len(main.get(zip_code, ()))]) == main.get(zip_code, [])
        # Guam is one county equivalent, and an island: nothing else is within reach.
        assert match.complete is (zip_code in areas or match.state_abbr == "GU")


def test_every_town_written_with_its_state_offers_its_counties() -> None:
    with (Path(build_search.PLACES_DIR) / "towns.csv").open(encoding="utf-8", newline="") as lines:
        towns = list(csv.DictReader(lines))
    for town in towns[::5]:
        result = search(f"{town['name']}, {town['state_abbr']}", limit=None)
        offered = {*result.counties, *(geoid for match in result.matches for geoid in match.touched)}
        assert offered >= set(town["county_geoids"].split(";")), (town, result)


def test_town_alone_offers_every_state_that_has_one() -> None:
    states = {match.state_abbr for match in search("Springfield", limit=None).matches}
    assert {"IL", "MO", "MA", "OH", "OR", "VA", "VT", "TN", "FL"} <= states


def test_limit_says_how_many_are_left_off() -> None:
    all_of_them = search("Springfield", limit=None)
    shown = search("Springfield", limit=5)
    assert len(shown.matches) == 5
    assert shown.left_off == len(all_of_them.matches) - 5
    assert shown.status is Status.SEVERAL


def test_split_zip_code_is_several_counties_and_none_is_chosen() -> None:
    result = search("28036")
    assert result.status is Status.SEVERAL
    assert result.matches[0].geoid == ""
    assert result.counties == ("37119", "37025", "37097")


def test_zip_code_without_a_census_area_says_that_there_may_be_more() -> None:
    (match,) = search("28035").matches  # post-office boxes of Davidson
    assert match.geoids == ("37119",)
    assert not match.complete


def test_misspelling_is_only_suggested() -> None:
    result = search("Maracopa")
    assert (result.status, result.matches) == (Status.NONE, ())
    assert result.suggestions[0].geoids == ("04013",)
    assert result.suggestions[0].why is Why.SPELLING


def test_town_looked_up_by_hand_goes_before_its_zip_codes() -> None:
    (match,) = search("Kissimmee, FL").matches
    assert match.geoids == ("12097",)
    assert "12105" in match.touched  # Polk County carries its name in the mail only


def test_town_by_zip_codes_alone_has_a_main_county_and_says_where_only_some_addresses_are() -> None:
    (match,) = [match for match in search("Philadelphia, PA").matches if match.kind is Kind.TOWN]
    assert match.geoids == ("42101", "42045")
    assert match.mail == ("42045",)
    # As many ZIP codes in each of its counties: none is the main one.
    (even,) = search("Camp Springs, MD").matches
    assert (len(even.geoids), even.mail) == (2, ())
    # Looked up by hand, the town itself lies in all of them.
    assert search("Huntsville, AL").matches[0].mail == ()
    for line in NAMES_CSV.read_text(encoding="utf-8").splitlines()[1:]:
        *_, listed, touched, _, _, _, mail = line.rsplit(",", 6)
        if mail:
            assert listed.split(";")[1:] == mail.split(";")
            assert not set(touched.split(";")) & set(mail.split(";"))


def test_zip_code_of_guam_leaves_nothing_open() -> None:
    (match,) = search("96910").matches
    assert match.geoids == ("66010",)
    assert match.complete


def test_label_names_the_state_in_the_language() -> None:
    match = search("Mecklenburg County, NC").matches[0]
    assert match.label() == "Mecklenburg County, North Carolina"
    assert match.label("es") == "Mecklenburg County, Carolina del Norte"
    assert search("DC").matches[0].label() == "District of Columbia"


@pytest.mark.parametrize(
    "hostile", ["%" * 500, "<script>alert(1)</script>", "a" * 5000, "\x00\x01", "Ω≈ç√", ",,,;;", '"', "١٢٣٤٥"]
)
def test_any_text_gets_an_answer(hostile: str) -> None:
    result = search(hostile)
    assert len(result.query) <= MAX_QUERY
    assert result.status in Status
    assert suggest(hostile) is not None


# Suggestions while typing


def test_suggestions_begin_as_typed() -> None:
    typed = suggest("mari")
    assert len(typed) == DEFAULT_LIMIT
    assert all(place_key(match.name).startswith("mari") for match in typed)
    assert "04013" in {geoid for match in typed for geoid in match.geoids}


def test_suggestions_narrow_with_the_state() -> None:
    typed = suggest("dav, nc")
    assert {match.state_abbr for match in typed} == {"NC"}
    assert {"Davidson", "Davidson County", "Davie County"} <= {match.name for match in typed}


def test_suggestions_put_the_whole_name_first() -> None:
    assert suggest("York, PA")[0].why is Why.NAME
    assert suggest("") == ()


# Keys


def test_key_agrees_with_town_key_where_both_apply() -> None:
    for name in ("St. Cloud", "Saint Cloud", "Coeur d’Alene", "Española", "Winston-Salem", "Fort Worth"):
        assert place_key(name) == town_key(name)


def test_state_at_the_end_is_split_off() -> None:
    assert split_state(("davidson", "north", "carolina")) == ("NC", ("davidson",))
    assert split_state(("davidson",)) == ("", ("davidson",))


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("o fallon mo", "O'Fallon"),
        ("OFallon, IL", "O'Fallon"),
        ("Mcallen TX", "McAllen"),
        ("Mc Lean, VA", "McLean"),
        ("coeur d alene", "Coeur d'Alene"),
        ("Lees Summit MO", "Lee's Summit"),
        ("jfk airport", "JFK Airport"),
        ("desoto tx", "DeSoto"),
        ("land o lakes fl", "Land O' Lakes"),
        ("deland fl", "DeLand"),
    ],
)
def test_names_of_places_have_their_capitals_and_apostrophes(query: str, name: str) -> None:
    assert name in {match.name for match in search(query).matches}


def test_every_spelling_is_of_a_name_there_is_and_changes_no_letter() -> None:
    places = Path(build_search.PLACES_DIR)
    with (places / "towns.csv").open(encoding="utf-8", newline="") as lines:
        towns = {(row["state_abbr"], row["name"]) for row in csv.DictReader(lines)}
    words = {word for _, name in towns for word in name.split()}
    with (places / "spellings.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        assert place_key(row["written"]) == place_key(row["name"]), row
        assert row["written"] != row["name"], row
        assert row["evidence"], row
        known = (row["state_abbr"], row["written"]) in towns if row["state_abbr"] else row["written"] in words
        assert known, row


# Files


def test_names_file_is_up_to_date(tmp_path: Path) -> None:
    again = tmp_path / "names.csv"
    build_search.write(again)
    same = again.read_bytes() == NAMES_CSV.read_bytes()
    assert same, "run `python -m geo.build_search`"


def test_names_file_can_be_searched_by_line() -> None:
    lines = NAMES_CSV.read_text(encoding="utf-8").splitlines()[1:]
    assert lines == sorted(lines)
    assert all(line.split(",", 1)[0].isalnum() and line.isprintable() for line in lines)


def test_zip_areas_are_built_from_names_of_counties() -> None:
    held = {"AL": {"counties": {"Autauga County": {"zip_codes": ["36003"]}, "Elmore County": {"zip_codes": ["36003"]}}}}
    assert build_zip_counties(held) == ([("36003", "01001;01051")], [])
    assert build_zip_counties({"AL": {"counties": {"Nowhere County": {"zip_codes": ["1"]}}}}) == (
        [],
        ["AL: Nowhere County"],
    )
    assert build_zip_counties({"VA": {"counties": {"Bedford city": {"zip_codes": ["24523"]}}}})[0] == [
        ("24523", "51019")
    ]


# Speed and memory

_MEASURE = """
import gc, json, os, sys, time
import psutil
import rapidfuzz.process, rapidfuzz.distance  # a library of the app, not of the index
import geo.fips
process = psutil.Process()
before = process.memory_info().rss
started = time.process_time()  # of this process alone: the machine may be busy
from geo.search import search
search("85003"), search("Davidson, NC"), search("Maracopa"), search("Pheonix, AZ")
loaded = time.process_time() - started
gc.collect()
print(json.dumps({"seconds": loaded, "megabytes": (process.memory_info().rss - before) / 1e6}))
"""


def test_index_loads_quickly_and_stays_small() -> None:
    pytest.importorskip("psutil")
    runs = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", _MEASURE], capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    assert min(run["seconds"] for run in runs) < 0.3
    assert min(run["megabytes"] for run in runs) < 25


def test_typical_search_takes_less_than_20_milliseconds() -> None:
    search("Maracopa")  # loads the index
    times = []
    for query, *_ in QUERIES:
        started = time.perf_counter()
        search(query)
        times.append(time.perf_counter() - started)
    times.sort()
    assert times[len(times) // 2] < 0.020
    assert times[int(len(times) * 0.95)] < 0.100
