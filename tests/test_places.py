"""Towns and ZIP codes: the committed files and how they are looked up."""

from __future__ import annotations

import csv
import re

import pytest

from geo import build_places
from geo.fips import counties
from geo.places import (
    PLACES_DIR,
    counties_of_municipality,
    counties_of_place,
    counties_of_post_office,
    counties_of_zip,
    town_key,
)


def read(file_name: str) -> list[dict[str, str]]:
    with (PLACES_DIR / file_name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("file_name", ["municipalities.csv", "towns.csv", "zips.csv"])
def test_every_county_exists_and_is_of_the_rows_state(file_name: str) -> None:
    wrong = [
        (row["state_abbr"], geoid)
        for row in read(file_name)
        for geoid in row["county_geoids"].split(";")
        if geoid not in counties() or counties()[geoid].state_abbr != row["state_abbr"]
    ]
    assert wrong == []


@pytest.mark.parametrize("file_name", ["municipalities.csv", "towns.csv"])
def test_no_town_has_two_rows(file_name: str) -> None:
    keys = [(row["state_abbr"], town_key(row["name"])) for row in read(file_name)]
    assert len(keys) == len(set(keys))


def test_every_municipality_has_evidence_and_sorted_counties() -> None:
    rows = read("municipalities.csv")
    assert [row["name"] for row in rows if not row["evidence"]] == []
    assert [
        row["name"] for row in rows if row["county_geoids"].split(";") != sorted(row["county_geoids"].split(";"))
    ] == []


def test_zip_codes_are_five_digits_once_each() -> None:
    zips = [row["zip"] for row in read("zips.csv")]
    assert all(re.fullmatch(r"\d{5}", zip_code) for zip_code in zips)
    assert len(zips) == len(set(zips)) > 40_000


@pytest.mark.parametrize(
    ("zip_code", "geoids"),
    [
        ("85003", ("04013",)),
        ("28036", ("37119",)),
        ("96910", ("66010",)),
        ("96950", ("69110",)),
        ("00802", ("78030",)),
        ("99686", ("02261",)),
        (" 85003-1234 ", ("04013",)),
        ("00000", ()),
    ],
)
def test_a_zip_code_gives_its_county(zip_code: str, geoids: tuple[str, ...]) -> None:
    assert counties_of_zip(zip_code) == geoids


def test_a_town_over_county_lines_gives_all_its_counties() -> None:
    assert counties_of_place("Carrollton", "TX") == ("48085", "48113", "48121")
    assert counties_of_place("longboat key", "FL") == ("12081", "12115")


def test_a_municipality_looked_up_by_hand_goes_before_its_zip_codes() -> None:
    assert len(counties_of_post_office("Kissimmee", "FL")) == 2
    assert counties_of_municipality("Kissimmee", "FL") == counties_of_place("Kissimmee", "FL") == ("12097",)


@pytest.mark.parametrize("written", ["St. Cloud", "Saint Cloud", "ST CLOUD", "City of St. Cloud"])
def test_a_town_is_found_in_every_usual_writing(written: str) -> None:
    assert counties_of_place(written, "FL") == ("12097",)


def test_an_unknown_town_gives_nothing() -> None:
    assert counties_of_place("Atlantis City Under The Sea", "FL") == ()


def test_a_town_of_another_state_is_not_found() -> None:
    assert counties_of_place("Pittsburgh", "NH") == ()


def entry(zip_code: str, city: str, state: str, county: str, **more: object) -> dict[str, object]:
    kinds = {"zip_code_type": "STANDARD", "acceptable_cities": []}
    return {"zip_code": zip_code, "city": city, "state": state, "county": county, **kinds, **more}


def test_building_keeps_every_county_of_a_towns_zip_codes() -> None:
    rows = [
        entry("75006", "Carrollton", "TX", "Dallas County"),
        entry("75007", "Carrollton", "TX", "Denton County", acceptable_cities=["Hebron"]),
    ]
    zips, towns, left_out = build_places.build(rows)
    assert zips == [("75006", "TX", "Carrollton", "48113"), ("75007", "TX", "Carrollton", "48121")]
    assert towns == [("TX", "Carrollton", "48113;48121"), ("TX", "Hebron", "48121")]
    assert left_out == []


def test_building_gives_a_box_without_county_the_county_of_its_post_office_only_when_that_is_one() -> None:
    rows = [
        entry("00001", "Oneton", "TX", "Dallas County"),
        entry("00002", "Oneton", "TX", ""),
        entry("00003", "Twoton", "TX", "Dallas County"),
        entry("00004", "Twoton", "TX", "Denton County"),
        entry("00005", "Twoton", "TX", ""),
    ]
    zips, _, left_out = build_places.build(rows)
    assert ("00002", "TX", "Oneton", "48113") in zips
    assert left_out == ["00005"]


def test_building_leaves_out_military_and_foreign_zip_codes() -> None:
    rows = [entry("09001", "APO", "AE", "", zip_code_type="MILITARY"), entry("96960", "Majuro", "MH", "")]
    assert build_places.build(rows) == ([], [], [])
