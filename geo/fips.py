"""States, territories and counties by their Census codes, always as text."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_SHAPES: Final = Path(__file__).parent / "shapes"
_COUNTIES_CSV: Final = _SHAPES / "counties.csv"


class State(NamedTuple):
    """A state, DC or territory.

    Attributes:
        fips: Two digits, text.
        abbr: Postal abbreviation.
        name: Full name in English.
    """

    fips: str
    abbr: str
    name: str


class County(NamedTuple):
    """A county or county equivalent.

    Attributes:
        geoid: Five digits, text.
        name: Name with its kind, as "Autauga County", "Orleans Parish", "Fairfax city".
        state_abbr: Postal abbreviation of the state.
    """

    geoid: str
    name: str
    state_abbr: str


STATES: Final[tuple[State, ...]] = tuple(
    State(*row.split("|"))
    for row in (
        "01|AL|Alabama",
        "02|AK|Alaska",
        "04|AZ|Arizona",
        "05|AR|Arkansas",
        "06|CA|California",
        "08|CO|Colorado",
        "09|CT|Connecticut",
        "10|DE|Delaware",
        "11|DC|District of Columbia",
        "12|FL|Florida",
        "13|GA|Georgia",
        "15|HI|Hawaii",
        "16|ID|Idaho",
        "17|IL|Illinois",
        "18|IN|Indiana",
        "19|IA|Iowa",
        "20|KS|Kansas",
        "21|KY|Kentucky",
        "22|LA|Louisiana",
        "23|ME|Maine",
        "24|MD|Maryland",
        "25|MA|Massachusetts",
        "26|MI|Michigan",
        "27|MN|Minnesota",
        "28|MS|Mississippi",
        "29|MO|Missouri",
        "30|MT|Montana",
        "31|NE|Nebraska",
        "32|NV|Nevada",
        "33|NH|New Hampshire",
        "34|NJ|New Jersey",
        "35|NM|New Mexico",
        "36|NY|New York",
        "37|NC|North Carolina",
        "38|ND|North Dakota",
        "39|OH|Ohio",
        "40|OK|Oklahoma",
        "41|OR|Oregon",
        "42|PA|Pennsylvania",
        "44|RI|Rhode Island",
        "45|SC|South Carolina",
        "46|SD|South Dakota",
        "47|TN|Tennessee",
        "48|TX|Texas",
        "49|UT|Utah",
        "50|VT|Vermont",
        "51|VA|Virginia",
        "53|WA|Washington",
        "54|WV|West Virginia",
        "55|WI|Wisconsin",
        "56|WY|Wyoming",
        "60|AS|American Samoa",
        "66|GU|Guam",
        "69|MP|Northern Mariana Islands",
        "72|PR|Puerto Rico",
        "78|VI|U.S. Virgin Islands",
    )
)
STATE_ABBRS: Final[tuple[str, ...]] = tuple(state.abbr for state in STATES)
_BY_ABBR: Final = {state.abbr: state for state in STATES}
_BY_FIPS: Final = {state.fips: state for state in STATES}


def state_fips(abbr: str) -> str:
    """Return the two-digit code of a postal abbreviation.

    Raises:
        KeyError: No state or territory has that abbreviation.
    """
    return _BY_ABBR[abbr].fips


def state_name(abbr: str) -> str:
    """Return the full English name of a postal abbreviation.

    Raises:
        KeyError: No state or territory has that abbreviation.
    """
    return _BY_ABBR[abbr].name


def state_abbr(geoid: str) -> str:
    """Return the postal abbreviation of a state or county code (its first two digits).

    Raises:
        KeyError: No state or territory has that code.
    """
    return _BY_FIPS[geoid[:2]].abbr


@cache
def counties() -> dict[str, County]:
    """Return every county and county equivalent of the shapes held, by GEOID, in GEOID order."""
    with _COUNTIES_CSV.open(encoding="utf-8", newline="") as lines:
        return {row["geoid"]: County(row["geoid"], row["name"], row["state_abbr"]) for row in csv.DictReader(lines)}


@cache
def county_geoids() -> frozenset[str]:
    """Return the GEOIDs of every county and county equivalent of the shapes held."""
    return frozenset(counties())


@cache
def state_labels() -> dict[str, tuple[float, float]]:
    """Return a point well inside each state by two-digit code: latitude and longitude in degrees."""
    with (_SHAPES / "states.csv").open(encoding="utf-8", newline="") as lines:
        return {row["state_fips"]: (float(row["lat"]), float(row["lon"])) for row in csv.DictReader(lines)}


def county_labels() -> dict[str, tuple[float, float]]:
    """Return a point well inside each county by five-digit code: latitude and longitude in degrees."""
    with (_SHAPES / "counties.csv").open(encoding="utf-8", newline="") as lines:
        return {row["geoid"]: (float(row["lat"]), float(row["lon"])) for row in csv.DictReader(lines)}


def county_box(geoid: str) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a county in degrees.

    Raises:
        KeyError: No county has that code.
    """
    return _boxes(_COUNTIES_CSV, "geoid")[geoid]


def state_box(code: str) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a state in degrees.

    Raises:
        KeyError: No state or territory has that two-digit code.
    """
    return _boxes(_SHAPES / "states.csv", "state_fips")[code]


@cache
def _boxes(path: Path, key: str) -> dict[str, tuple[float, float, float, float]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row[key]: (float(row["west"]), float(row["south"]), float(row["east"]), float(row["north"]))
            for row in csv.DictReader(lines)
        }
