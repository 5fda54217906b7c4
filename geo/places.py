"""Towns and ZIP codes to the counties that hold them, from committed files; no network.

Two sources of different standing: `municipalities.csv`, towns whose counties have been looked up one by one
(those that lie in several counties, and those the post office does not know), and `towns.csv`, post-office
names with the counties of their ZIP codes, which follow delivery routes, not town limits.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

PLACES_DIR: Final = Path(__file__).parent / "places"
_APOSTROPHES: Final = re.compile("['’‘`´ʼ]")
_NOT_ALPHANUMERIC: Final = re.compile(r"[^a-z0-9]+")
_LEADING_WORDS: Final = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt"}
_LEADS: Final = ("city of ", "town of ", "village of ", "borough of ", "township of ")


def town_key(name: str) -> str:
    """Return the comparison form of a town's name.

    Case, accents, apostrophes, punctuation, spaces, "City of" and the writing of Saint, Sainte, Fort and
    Mount make no difference. A written kind at the end ("Township", "Borough") does: Benton and Benton
    Borough may be different municipalities.
    """
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    text = _NOT_ALPHANUMERIC.sub(" ", plain).strip()
    for lead in _LEADS:
        text = text.removeprefix(lead)
    words = text.split()
    if words:
        words[0] = _LEADING_WORDS.get(words[0], words[0])
    return "".join(words)


def _read(file_name: str) -> list[dict[str, str]]:
    with (PLACES_DIR / file_name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def _municipalities() -> dict[tuple[str, str], tuple[str, ...]]:
    return {
        (row["state_abbr"], town_key(row["name"])): tuple(row["county_geoids"].split(";"))
        for row in _read("municipalities.csv")
    }


@cache
def _towns() -> dict[tuple[str, str], tuple[str, ...]]:
    return {
        (row["state_abbr"], town_key(row["name"])): tuple(row["county_geoids"].split(";")) for row in _read("towns.csv")
    }


@cache
def _zips() -> dict[str, tuple[str, ...]]:
    return {row["zip"]: tuple(row["county_geoids"].split(";")) for row in _read("zips.csv")}


@cache
def zip_counts() -> dict[str, int]:
    """Return how many ZIP code areas touch each county: a rough sign of how many people look for its name."""
    return dict(Counter(geoid for row in _read("zip_counties.csv") for geoid in row["county_geoids"].split(";")))


def counties_of_municipality(name: str, state_abbr: str) -> tuple[str, ...]:
    """Return the counties of a municipality looked up by hand, sorted; empty where it has not been."""
    return _municipalities().get((state_abbr, town_key(name)), ())


def counties_of_post_office(name: str, state_abbr: str) -> tuple[str, ...]:
    """Return the counties of the ZIP codes that carry a town's name, sorted; empty where none does.

    They can go beyond the town's limits (a town's name serves the country around it) and can fall short of
    them (each ZIP code counts for its main county only).
    """
    return _towns().get((state_abbr, town_key(name)), ())


def counties_of_place(name: str, state_abbr: str) -> tuple[str, ...]:
    """Return the counties that hold a town, sorted; empty where no town of that name is known.

    Args:
        name: Town as written: "St. Cloud", "City of Melbourne", "Cut and Shoot".
        state_abbr: Postal abbreviation.

    Returns:
        GEOIDs, from the municipalities looked up by hand where the town is among them, else from ZIP codes.
    """
    return counties_of_municipality(name, state_abbr) or counties_of_post_office(name, state_abbr)


def counties_of_zip(zip_code: str) -> tuple[str, ...]:
    """Return the county or counties of a five-digit ZIP code (ZIP+4 accepted); empty where it is unknown."""
    return _zips().get(zip_code.strip()[:5], ())
