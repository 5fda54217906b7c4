"""County names as people and lists write them, matched to GEOIDs without guessing.

A name is matched whole or not at all: "Fairfax" alone may mean Fairfax County or the city of Fairfax, so it
matches nothing, while "Fairfax County" and "City of Fairfax" each match one. Misspellings are not matched
here; they are rows of data/corrections.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final, NamedTuple

from geo.fips import counties

_APOSTROPHES: Final = re.compile("['’‘`´ʼ]")
_NOT_ALPHANUMERIC: Final = re.compile(r"[^a-z0-9]+")
#: Leading words written in several ways; the short form is the key's.
_LEADING_WORDS: Final = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt"}
#: Kinds of county equivalent, longest first so that "city and borough" is not read as "borough".
_KINDS: Final = (
    "planning region",
    "city and borough",
    "census area",
    "municipality",
    "municipio",
    "borough",
    "county",
    "district",
    "island",
    "parish",
    "city",
)
#: Printed kinds that name a county equivalent of any kind where the state has no counties of that name.
_GENERIC_KINDS: Final = frozenset({"county", "parish", "borough"})


#: Other names in official or everyday use, by GEOID: renamed counties, boroughs named apart from theirs.
_OTHER_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "02158": ("Kusilvak Census Area", "Wade Hampton Census Area"),  # renamed 2015
    "02195": ("Petersburg Borough", "Petersburg Census Area"),
    "02261": ("Valdez-Cordova Census Area", "Chugach Census Area", "Copper River Census Area"),  # split 2019
    "11001": ("District of Columbia", "Washington"),
    "12086": ("Miami-Dade County", "Dade County"),  # renamed 1997
    "36005": ("Bronx County", "The Bronx"),
    "36047": ("Kings County", "Brooklyn Borough"),
    "36061": ("New York County", "Manhattan Borough"),
    "36085": ("Richmond County", "Staten Island Borough"),
    "46102": ("Oglala Lakota County", "Shannon County"),  # renamed 2015
}


class CountyName(NamedTuple):
    """A county name split for comparison.

    Attributes:
        key: Letters and digits of the bare name, lower case, no accents ("stlouis", "dekalb", "donaana").
        kind: Kind it is written with ("county", "parish", "city", …), or "" where none is written.
    """

    key: str
    kind: str


def _words(name: str) -> list[str]:
    """Return the words of a name, lower case, without accents, apostrophes and punctuation."""
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    words = _NOT_ALPHANUMERIC.sub(" ", plain).split()
    if words:
        words[0] = _LEADING_WORDS.get(words[0], words[0])
    return words


def normalize_county_name(name: str) -> CountyName:
    """Return the comparison form of a county name: bare key and kind.

    Case, accents, apostrophes, spaces and the writing of Saint, Sainte, Fort and Mount make no difference:
    "Saint Landry Parish", "ST. LANDRY PARISH" and "St Landry parish" are one name. "City of Fairfax" and
    "Fairfax City" are both Fairfax, kind "city". "Carson City" and "James City County" keep their "City".
    """
    words = _words(name)
    text = " ".join(words)
    for lead in ("city of ", "county of ", "parish of "):
        if text.startswith(lead) and len(words) > 2:
            bare = words[2:]
            bare[0] = _LEADING_WORDS.get(bare[0], bare[0])
            return CountyName("".join(bare), lead.split()[0])
    for kind in _KINDS:
        if text.endswith(" " + kind):
            return CountyName(text.removesuffix(kind).replace(" ", ""), kind)
    return CountyName(text.replace(" ", ""), "")


@cache
def _index() -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Return (state, bare key) -> the (kind, GEOID) pairs of that name."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for county in counties().values():
        for name in (county.name, *_OTHER_NAMES.get(county.geoid, ())):
            bare = normalize_county_name(name)
            found.setdefault((county.state_abbr, bare.key), []).append((bare.kind, county.geoid))
    return {key: tuple(pairs) for key, pairs in found.items()}


def find_counties(name: str, state_abbr: str) -> tuple[str, ...]:
    """Return the GEOIDs a written county name can mean in a state, sorted; empty where none.

    A written kind decides between homonyms ("Richmond County" and "Richmond city" in Virginia). Without one,
    every county equivalent of that name is returned. "County", "parish" and "borough" also stand for the
    state's own kind where that state has none so called ("Acadia County", Louisiana; "Kodiak Island County",
    Alaska), but never for an independent city.
    """
    wanted = normalize_county_name(name)
    pairs = _index().get((state_abbr, wanted.key), ())
    if wanted.kind:
        exact = tuple(geoid for kind, geoid in pairs if kind == wanted.kind)
        if not exact and wanted.kind in _GENERIC_KINDS:
            exact = tuple(geoid for kind, geoid in pairs if kind != "city")
        pairs_geoids = exact
    else:
        pairs_geoids = tuple(geoid for _, geoid in pairs)
    if not pairs_geoids:
        # "Carson City" and "James City": the kind is part of the name, or the name is written without it.
        whole = _index().get((state_abbr, wanted.key + wanted.kind), ())
        pairs_geoids = tuple(geoid for _, geoid in whole)
    return tuple(sorted(set(pairs_geoids)))


def find_county(name: str, state_abbr: str) -> str | None:
    """Return the GEOID of the one county equivalent a written name means in a state.

    Args:
        name: As written: "St. Clair", "Saint Clair County", "LaSalle Parish", "City of Fairfax".
        state_abbr: Postal abbreviation.

    Returns:
        Five-digit GEOID, or None where the name means no county equivalent of that state, or more than one.
    """
    found = find_counties(name, state_abbr)
    return found[0] if len(found) == 1 else None
