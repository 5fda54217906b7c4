"""Write geo/places/zips.csv and geo/places/towns.csv from the ZIP table of the `zipcodes` package.

Run once when the package or the county shapes change: `python -m geo.build_places`. The running app reads
only the two files written here and the hand-kept `geo/places/municipalities.csv`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from geo.county_names import find_counties
from geo.fips import STATE_ABBRS
from geo.places import PLACES_DIR, town_key

#: Counties of a ZIP code where the package names none, by state and post office: a territory of a single
#: county equivalent, islands that are each one, and Pago Pago's one ZIP code for all of American Samoa.
_TERRITORY_COUNTIES: Final[dict[tuple[str, str], str]] = {
    ("AS", "Pago Pago"): "60010;60020;60050",
    ("GU", ""): "66010",
    ("MP", "Saipan"): "69110",
    ("MP", "Rota"): "69100",
    ("MP", "Tinian"): "69120",
    ("VI", "St Thomas"): "78030",
    ("VI", "St John"): "78020",
    ("VI", "Christiansted"): "78010",
    ("VI", "Frederiksted"): "78010",
    ("VI", "Kingshill"): "78010",
}


def county_of_entry(entry: Mapping[str, Any]) -> str | None:
    """Return the county GEOID (or GEOIDs, `;` between) of one entry of the package's table, or None.

    Args:
        entry: Keys `state` (postal abbreviation), `county` (name with its kind) and `city` (post office).
    """
    state = entry["state"]
    for city in (entry["city"], ""):
        if (state, city) in _TERRITORY_COUNTIES:
            return _TERRITORY_COUNTIES[(state, city)]
    found = find_counties(entry["county"], state) if entry["county"] else ()
    return found[0] if len(found) == 1 else None


Rows = list[tuple[str, ...]]


def build(entries: Iterable[Mapping[str, Any]]) -> tuple[Rows, Rows, list[str]]:
    """Return the rows of zips.csv and towns.csv, sorted, and the ZIP codes left out for want of a county.

    Args:
        entries: The package's table: `zip_code`, `zip_code_type`, `city`, `acceptable_cities`, `state` and
            `county`. Military ZIP codes and states outside the record are skipped.
    """
    zips: dict[str, tuple[str, str, str]] = {}
    towns: dict[tuple[str, str], tuple[str, set[str]]] = {}
    unknown: list[Mapping[str, Any]] = []
    for entry in entries:
        if entry["zip_code_type"] == "MILITARY" or entry["state"] not in STATE_ABBRS:
            continue
        geoid = county_of_entry(entry)
        if geoid is None:
            unknown.append(entry)
            continue
        zips[entry["zip_code"]] = (entry["state"], entry["city"], geoid)
        for city in (entry["city"], *entry["acceptable_cities"]):
            _, geoids = towns.setdefault((entry["state"], town_key(city)), (city, set()))
            geoids.update(geoid.split(";"))
    left_out: list[str] = []
    for entry in unknown:
        # Post-office boxes and single buildings: the county of the other ZIP codes of the same post office.
        _, geoids = towns.get((entry["state"], town_key(entry["city"])), ("", set()))
        if len(geoids) == 1:
            zips[entry["zip_code"]] = (entry["state"], entry["city"], next(iter(geoids)))
        else:
            left_out.append(entry["zip_code"])
    zip_rows: Rows = [(zip_code, *row) for zip_code, row in sorted(zips.items())]
    town_rows: Rows = [(state, name, ";".join(sorted(geoids))) for (state, _), (name, geoids) in sorted(towns.items())]
    return zip_rows, town_rows, sorted(left_out)


def _write(path: Path, header: tuple[str, ...], rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    """Write both files and print what was left out."""
    import zipcodes

    zip_rows, town_rows, left_out = build(zipcodes.list_all())  # type: ignore[no-untyped-call]
    _write(PLACES_DIR / "zips.csv", ("zip", "state_abbr", "post_office", "county_geoids"), zip_rows)
    _write(PLACES_DIR / "towns.csv", ("state_abbr", "name", "county_geoids"), town_rows)
    sys.stdout.write(f"{len(zip_rows)} ZIP codes, {len(town_rows)} towns\n")
    sys.stdout.write(f"no county for {len(left_out)}: {' '.join(left_out)}\n")


if __name__ == "__main__":
    main()
