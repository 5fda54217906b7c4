"""County names as lists write them, on the counties held."""

from __future__ import annotations

import csv
from pathlib import Path

import addfips
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.county_names import find_counties, find_county, normalize_county_name
from geo.fips import STATES, counties


@pytest.mark.parametrize(
    ("written", "state_abbr", "geoid"),
    [
        ("Saint Landry Parish", "LA", "22097"),
        ("ST. LANDRY", "LA", "22097"),
        ("Ste. Genevieve County", "MO", "29186"),
        ("La Salle Parish", "LA", "22059"),
        ("LASALLE", "IL", "17099"),
        ("De Kalb County", "AL", "01049"),
        ("Doña Ana", "NM", "35013"),
        ("Dona Ana County", "NM", "35013"),
        ("O’Brien County", "IA", "19141"),
        ("OBrien", "IA", "19141"),
        ("Prince George's", "MD", "24033"),
        ("Kodiak Island Borough", "AK", "02150"),
        ("Anchorage", "AK", "02020"),
        ("Guam", "GU", "66010"),
        ("Saipan", "MP", "69110"),
        ("District of Columbia", "DC", "11001"),
        ("Manhattan", "NY", "36061"),
        ("Dade County", "FL", "12086"),
    ],
)
def test_a_name_matches_in_every_usual_writing(written: str, state_abbr: str, geoid: str) -> None:
    assert find_county(written, state_abbr) == geoid


@pytest.mark.parametrize(
    ("written", "state_abbr", "geoid"),
    [
        ("Fairfax County", "VA", "51059"),
        ("City of Fairfax", "VA", "51600"),
        ("Fairfax City", "VA", "51600"),
        ("Richmond city", "VA", "51760"),
        ("Richmond County", "VA", "51159"),
        ("Roanoke County", "VA", "51161"),
        ("Franklin city", "VA", "51620"),
        ("James City County", "VA", "51095"),
        ("Charles City County", "VA", "51036"),
        ("Baltimore City", "MD", "24510"),
        ("Baltimore County", "MD", "24005"),
        ("St. Louis city", "MO", "29510"),
        ("Saint Louis County", "MO", "29189"),
        ("Carson City", "NV", "32510"),
    ],
)
def test_a_written_kind_tells_city_from_county(written: str, state_abbr: str, geoid: str) -> None:
    assert find_county(written, state_abbr) == geoid


@pytest.mark.parametrize(("written", "state_abbr"), [("Fairfax", "VA"), ("Baltimore", "MD"), ("St. Louis", "MO")])
def test_a_bare_name_of_both_city_and_county_matches_neither(written: str, state_abbr: str) -> None:
    assert find_county(written, state_abbr) is None
    assert len(find_counties(written, state_abbr)) == 2


def test_county_is_understood_as_the_states_own_kind_but_never_as_an_independent_city() -> None:
    assert find_county("Acadia County", "LA") == "22001"
    assert find_county("Kodiak Island County", "AK") == "02150"
    assert find_county("Hopewell County", "VA") is None


@pytest.mark.parametrize("written", ["Pop County", "Kenawha County", "Frankin County", "Oklahoma City", ""])
@pytest.mark.parametrize("state_abbr", ["AR", "WV", "AL", "OK"])
def test_a_misspelling_or_a_town_is_not_matched(written: str, state_abbr: str) -> None:
    assert find_county(written, state_abbr) is None


def test_a_county_of_another_state_is_not_matched() -> None:
    assert find_county("Bowie County", "AR") is None
    assert find_county("Bowie County", "TX") == "48037"


def test_every_county_is_found_by_its_full_name() -> None:
    missed = [c.name for c in counties().values() if find_county(c.name, c.state_abbr) != c.geoid]
    assert missed == []


def test_every_county_name_of_addfips_that_we_hold_is_found() -> None:
    state_abbr = {state.fips: state.abbr for state in STATES}
    path = Path(addfips.__file__).parent / "data" / "counties_2020.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [
            (r["statefp"] + r["countyfp"], r["name"], state_abbr.get(r["statefp"], "")) for r in csv.DictReader(lines)
        ]
    held = [row for row in rows if row[0] in counties()]
    assert len(held) > 3100
    assert [row for row in held if find_county(row[1], row[2]) != row[0]] == []


@given(st.sampled_from(sorted(counties().values())), st.sampled_from([str.upper, str.lower, str.title]))
def test_case_and_spaces_make_no_difference(county, change) -> None:  # type: ignore[no-untyped-def]
    written = "  " + change(county.name).replace(" ", "  ") + " "
    assert normalize_county_name(written) == normalize_county_name(county.name)
