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
            (row["query"], row["outcome"], tuple(filter(None, row["geoids"].split(";")))) for row in csv.DictReader(lines)
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
            return bool(result.matches) and result.matches[0].kind is Kind.STATE and result.matches[0].geoid == geoids[0]
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
