"""Write geo/places/search_names.csv, the names `geo.search` looks up, from the other files of geo/places.

Run after any of them changes: `python -m geo.build_search`. A test fails while the file is not up to date.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from geo.county_names import normalize_county_name
from geo.fips import STATES, counties, state_name
from geo.places import PLACES_DIR
from geo.search import NAMES_CSV, Kind, Why, full_words, place_key

HEADER: Final = ("key", "kind", "state_abbr", "name", "county_geoids", "touched_geoids", "weight", "why", "county_kind",
                 "mail_geoids")  # fmt: skip
#: Above any number of ZIP codes: a state comes before the towns and counties of its name.
_STATE_WEIGHT: Final = 1_000_000

#: People call a town by its bare name and a county mostly with its kind: a town's ZIP codes count this many times.
_TOWN_TIMES: Final = 4

Row = tuple[str, str, str, str, str, str, int, str, str, str]


def _rows(file_name: str) -> Iterator[list[str]]:
    with (PLACES_DIR / file_name).open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        yield from reader


def build() -> list[Row]:
    """Return the rows of the file, in the order of their keys.

    Columns: `key` (comparison form, see `geo.search.place_key`), `kind` (town, county, state), `state_abbr`, `name`,
    `county_geoids` (main county first, `;` between; empty for a state), `touched_geoids` (for a town: further
    counties of the state that ZIP areas of its post office reach into), `weight` (number of ZIP codes, a town's times
    `_TOWN_TIMES`, to put likelier readings first), `why` (name or other_name), `county_kind` (county, parish, city, …
    for a county), `mail_geoids` (for a town: those of its counties that only some ZIP codes of its post office are in).
    """
    weights, served, reached = _post_offices()
    towns = _towns(served, reached)
    rows: set[Row] = set()
    by_county: dict[tuple[str, str], Row] = {}
    for county in counties().values():
        kind = normalize_county_name(county.name).kind
        whole = place_key(county.name)
        bare = whole.removesuffix(place_key(kind)) or whole
        town = towns.get((county.state_abbr, bare))
        # A town that is its county's namesake gives way to it, see `geo.search`: its weight goes over.
        weight = max(weights[county.geoid], town[6] if town and town[4:6] == (county.geoid, "") else 0)
        row = (whole, str(Kind.COUNTY), county.state_abbr, county.name, county.geoid, "", weight,
               str(Why.NAME), kind, "")  # fmt: skip
        by_county[county.state_abbr, county.name] = row
        rows |= {row, (bare, *row[1:])}
    rows |= set(_regions(weights))

    state_rows = [
        (state.abbr, spelled, Why.NAME) for state in STATES for spelled in (state.name, state.abbr)
    ]  # fmt: skip
    for written, kind, state_abbr, name in _rows("other_names.csv"):
        if kind == Kind.STATE:
            state_rows.append((state_abbr, written, Why.OTHER_NAME))
            continue
        key = place_key(written)
        town = towns.get((state_abbr, place_key(name))) if kind == Kind.TOWN else None
        if town and key != place_key(name):
            towns.pop((state_abbr, key), None)  # "Nyc" of the post office is New York
        row = town or by_county[state_abbr, name]
        # "Dade County" is written "condado de Dade" too: the bare name leads there as well.
        bare = key.removesuffix(place_key(normalize_county_name(written).kind)) if kind == Kind.COUNTY else key
        rows |= {(spelled, *row[1:7], str(Why.OTHER_NAME), *row[8:]) for spelled in (key, bare or key)}
    rows |= set(towns.values())

    number = Counter(county.state_abbr for county in counties().values())
    only = {county.state_abbr: county.name for county in counties().values() if number[county.state_abbr] == 1}
    for state_abbr, spelled, why in state_rows:
        if state_abbr in only:  # the District of Columbia and Guam are one county equivalent each
            county_row = by_county[state_abbr, only[state_abbr]]
            rows.add((place_key(spelled), *county_row[1:7], str(why), *county_row[8:]))
        else:
            rows.add((place_key(spelled), str(Kind.STATE), state_abbr, state_name(state_abbr), "", "", _STATE_WEIGHT,
                      str(why), "", ""))  # fmt: skip
    return sorted(rows)


def _regions(weights: Counter[str]) -> Iterator[Row]:
    """Yield the rows of regions, each with the counties it is of or overlaps, the main one first."""
    for state_abbr, name, listed, _ in _rows("regions.csv"):
        kind = normalize_county_name(name).kind
        row = (place_key(name), str(Kind.REGION), state_abbr, name, listed, "",
               max(weights[geoid] for geoid in listed.split(";")), str(Why.NAME), kind, "")  # fmt: skip
        yield row
        if not kind:
            continue
        bare = name.lower().removesuffix(kind).strip()
        for spelled in (bare, f"{bare} region"):
            if len(spelled.split()) > 1:  # not "Capitol", a word of many names
                yield (place_key(spelled), *row[1:7], str(Why.OTHER_NAME), *row[8:])


def _post_offices() -> tuple[Counter[str], dict[tuple[str, str], Counter[str]], dict[tuple[str, str], set[str]]]:
    """Return ZIP codes per county; per post office its ZIP codes by county, and the counties its ZIP areas touch."""
    touched = {zip_code: geoids.split(";") for zip_code, geoids in _rows("zip_counties.csv")}
    weights: Counter[str] = Counter()
    served: dict[tuple[str, str], Counter[str]] = {}
    reached: dict[tuple[str, str], set[str]] = {}
    for zip_code, state_abbr, post_office, listed in _rows("zips.csv"):
        main = listed.split(";")
        weights.update(main)
        office = (state_abbr, place_key(post_office))
        served.setdefault(office, Counter()).update(main)
        # A ZIP area that crosses a state line does not take the town with it.
        reached.setdefault(office, set()).update(g for g in touched.get(zip_code, ()) if g[:2] == main[0][:2])
    return weights, served, reached


@cache
def _spellings() -> dict[tuple[str, str], str]:
    """Return names by state and post-office name, and by "" and a word of such names."""
    return {(state_abbr, written): name for state_abbr, written, name, _ in _rows("spellings.csv")}


def _capitals(name: str, state_abbr: str) -> str:
    """Return a post-office name as people write it: "McAllen", "Truth or Consequences", "O'Fallon", "JFK Airport"."""
    name = _spellings().get((state_abbr, name), name)
    name = " ".join(_spellings().get(("", word), word) for word in name.split())
    name = re.sub(r"\bMc ?([A-Za-z])", lambda found: "Mc" + found.group(1).upper(), name)
    return re.sub(r"(?<= )(And|At|By|In|Of|On|Or|The)(?= )", lambda found: found.group(1).lower(), name)


def _towns(
    served: dict[tuple[str, str], Counter[str]], reached: dict[tuple[str, str], set[str]]
) -> dict[tuple[str, str], Row]:
    """Return the row of every town by state and key; what has been looked up by hand goes before ZIP codes."""
    towns: dict[tuple[str, str], Row] = {}

    def add(state_abbr: str, name: str, geoids: list[str], touched: set[str], *, by_mail_alone: bool = False) -> None:
        key = place_key(name)
        by_county = served.get((state_abbr, key), Counter())
        ranked = sorted(geoids, key=lambda geoid: (-by_county[geoid], geoid))
        # By ZIP codes alone a town has a main county where one has more of them than any other.
        has_main = by_mail_alone and len(ranked) > 1 and by_county[ranked[0]] > by_county[ranked[1]]
        further = ";".join(sorted(touched.difference(geoids)))
        weight, mail = _TOWN_TIMES * by_county.total(), ";".join(ranked[1:]) if has_main else ""
        shown = _capitals(name, state_abbr)
        towns[state_abbr, key] = (key, str(Kind.TOWN), state_abbr, shown, ";".join(ranked), further, weight,
                                  str(Why.NAME), "", mail)  # fmt: skip

    names = {(state_abbr, place_key(name)) for state_abbr, name, _ in _rows("towns.csv")}
    by_mail: dict[tuple[str, str], set[str]] = {}
    listed_as: dict[tuple[str, str], tuple[str, set[str]]] = {}
    for state_abbr, name, listed in _rows("towns.csv"):
        key, in_full = place_key(name), place_key(full_words(name))
        # "N Charleston" is North Charleston, where the post office knows both.
        town = (state_abbr, in_full if (state_abbr, in_full) in names else key)
        shown, geoids = listed_as.setdefault(town, (name, set()))
        geoids.update(listed.split(";"))
        listed_as[town] = (name if key == town[1] else shown, geoids)
        by_mail.setdefault(town, set()).update(geoids, reached.get((state_abbr, key), ()))
    for (state_abbr, key), (name, geoids) in listed_as.items():
        add(state_abbr, name, sorted(geoids), by_mail[state_abbr, key], by_mail_alone=True)
    for file_name in ("several_counties.csv", "municipalities.csv"):
        for state_abbr, name, listed, _ in _rows(file_name):
            # Beyond the limits looked up, mail still carries the town's name: those counties are offered too.
            add(state_abbr, name, listed.split(";"), by_mail.get((state_abbr, place_key(name)), set()))
    return towns


def write(path: Path = NAMES_CSV) -> int:
    """Write the file and return its number of rows."""
    rows = build()
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)
    return len(rows)


if __name__ == "__main__":
    sys.stdout.write(f"{write():,} names\n")
