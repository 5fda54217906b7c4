"""Agencies found by what people call them; one that is not in the record is never said to have no agreement."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import pytest
from example_record import SHIPPED, load_record

from geo.fips import STATES, county_geoids
from geo.search import Kind, Status
from map_app.lookup import find, lookup, lookup_text
from map_app.record import LoadedRecord
from map_app.text import text_in

_QUERIES = Path(__file__).parent / "data" / "agency_queries.csv"
_NAMES = Path(__file__).parents[1] / "map_app" / "agency_names.csv"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


QUERIES = [(row["query"], row["outcome"], row["expected"].split(";")) for row in _rows(_QUERIES)]


@pytest.fixture(scope="module")
def shipped() -> LoadedRecord:
    return load_record(SHIPPED)


@pytest.mark.parametrize(("query", "outcome", "expected"), QUERIES)
def test_agency_is_found_by_what_people_call_it(
    shipped: LoadedRecord, query: str, outcome: str, expected: list[str]
) -> None:
    found = find(shipped, query, None)
    agencies = [match.agency_id for match in found.matches if match.kind is Kind.AGENCY]
    assert found.unknown_agency is (outcome == "unknown")
    match outcome:
        case "agency":
            assert set(agencies) == set(expected)
            assert len(found.matches) == len(agencies)
        case "near":
            assert found.status is Status.NONE
            assert [match.agency_id for match in found.suggestions] == expected
        case "unknown":
            assert agencies == []
            assert found.matches[0].geoid == expected[0] or found.matches[0].geoids[0] == expected[0]
        case "place":
            assert found.status is Status.SEVERAL
            assert found.matches[0].geoids[0] == expected[0]
            assert agencies
        case _:
            raise AssertionError(outcome)


def test_unknown_agency_is_said_to_be_so_before_any_answer(shipped: LoadedRecord) -> None:
    told = lookup_text(shipped, "LAPD").splitlines()
    assert told[0].startswith("No agency of exactly this name is in the record. Choose your place")
    assert told[1] == "Los Angeles County, California"
    spanish = lookup_text(shipped, "LAPD", None, text_in("es")).splitlines()
    assert spanish[0].startswith("En los datos no hay ninguna agencia con este nombre exacto.")
    assert lookup(shipped, "LAPD")["unknown_agency"] is True
    assert lookup(shipped, "FHP")["unknown_agency"] is False
    nowhere = lookup_text(shipped, "Qqqqq Police Department")
    assert nowhere.startswith("No agency of exactly this name is in the record. Type your county")


def test_names_of_agencies_each_have_a_source_and_an_agency_somewhere() -> None:
    rows = _rows(_NAMES)
    assert [row["written"].casefold() for row in rows] == sorted(row["written"].casefold() for row in rows)
    assert all(row["means"] and row["source"] for row in rows)
    assert {row["state_abbr"] for row in rows} <= {state.abbr for state in STATES} | {""}
    keys = [(row["written"], row["state_abbr"], row["means"]) for row in rows]
    assert len(keys) == len(set(keys))


def test_queries_expect_what_there_is(shipped: LoadedRecord) -> None:
    known = set(shipped.agreements["agency_id"]) | county_geoids() | {state.fips for state in STATES}
    assert {one for *_, expected in QUERIES for one in expected} <= known
    json.dumps(lookup(shipped, "FHP"))


def test_typical_search_for_an_agency_takes_less_than_20_milliseconds(shipped: LoadedRecord) -> None:
    find(shipped, "Maracopa sheriff")
    times = []
    for query, *_ in QUERIES:
        started = time.perf_counter()
        find(shipped, query)
        times.append(time.perf_counter() - started)
    times.sort()
    assert times[len(times) // 2] < 0.020


@pytest.mark.parametrize(
    "typed",
    ["Oklahoma City Police", "Iowa County Sheriff", "Arkansas City police", "Texas City police", "Delaware police",
     "Washington police", "Oklahoma County Sheriff", "Indiana County Sheriff", "Pinellas County jail"],
)  # fmt: skip
def test_place_that_only_shares_a_word_with_an_agency_is_not_answered_for(shipped: LoadedRecord, typed: str) -> None:
    """No agency is called so: the place in the name is offered, and no other is opened."""
    found = find(shipped, typed)
    assert found.unknown_agency
    assert all(match.kind is not Kind.AGENCY for match in found.matches)
    place = typed.removesuffix(" police").removesuffix(" Police").removesuffix(" Sheriff").removesuffix(" jail")
    assert all(match.name == place for match in found.matches), found.matches


@pytest.mark.parametrize(
    ("typed", "geoid"),
    [("Duval County Sheriff", "12031"), ("Miami-Dade County Sheriff", "12086"), ("Hopewell city Sheriff", "51670"),
     ("alguacil del condado de Maricopa", "04013"), ("Jacksonville sheriff", "12031")],
)  # fmt: skip
def test_sheriff_is_found_by_the_county_whatever_the_office_is_called(
    shipped: LoadedRecord, typed: str, geoid: str
) -> None:
    found = find(shipped, typed)
    assert not found.unknown_agency
    assert found.matches[0].kind is Kind.AGENCY
    assert found.matches[0].geoids == (geoid,)


@pytest.mark.parametrize("county", ["Washington", "Mississippi"])
def test_county_named_like_a_state_is_not_taken_for_it_in_spanish(shipped: LoadedRecord, county: str) -> None:
    found = find(shipped, f"alguacil del condado de {county}", None)
    assert not found.unknown_agency
    assert {match.name for match in found.matches} == {f"{county} County Sheriff's Office"}
    assert len(found.matches) > 1


@pytest.mark.parametrize(
    ("typed", "agency"),
    [("Florda Department of Law Enforcement", "Florida Department of Law Enforcement"),
     ("Kasas Bureau of Investigation", "Kansas Bureau of Investigation"),
     ("Hines City Police Department", "Haines City Police Department")],
)  # fmt: skip
def test_agency_misspelled_is_suggested(shipped: LoadedRecord, typed: str, agency: str) -> None:
    assert agency in [match.name for match in find(shipped, typed).suggestions]


@pytest.mark.parametrize("typed", ["sheriff", "police", "policia", "jail"])
def test_word_for_agencies_alone_is_not_an_agency_missing_from_the_record(shipped: LoadedRecord, typed: str) -> None:
    assert not find(shipped, typed).unknown_agency


@pytest.mark.parametrize(
    ("typed", "on_record", "others"),
    [
        ("Davidson county sheriff", ["47037"], ["37057"]),
        ("alguacil del condado de Davidson", ["47037"], ["37057"]),
        ("Davidson County Sheriff, TN", ["47037"], []),
        ("Maricopa sheriff", ["04013"], []),
        ("Duval County Sheriff", ["12031"], ["48131"]),
    ],
)
def test_counties_of_the_same_name_are_offered_beside_the_one_on_record(
    shipped: LoadedRecord, typed: str, on_record: list[str], others: list[str]
) -> None:
    """Nobody may take the answer of one state's county for that of another's."""
    found = find(shipped, typed, None)
    held = {kind: [code for m in found.matches if m.kind is kind for code in m.geoids] for kind in Kind}
    assert (held[Kind.AGENCY], held[Kind.COUNTY]) == (on_record, others)
    assert found.status is (Status.SEVERAL if others else Status.ONE)
