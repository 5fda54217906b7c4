"""County codes of other years: which counties of the shapes held stand for a code."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final

from geo import fips

_SUCCESSORS_CSV: Final = Path(__file__).parent / "shapes" / "successors.csv"


def held_geoids(geoid: str) -> tuple[str, ...]:
    """Return the GEOIDs of the shapes held that cover a county code of any year since 2002, in GEOID order.

    A code the shapes hold stands for itself. A retired code gives what replaced it, a newer code what it
    replaced: "02063" (Chugach) gives ("02261",), "46113" (Shannon) gives ("46102",), "09140" (a planning
    region) the four Connecticut counties it has towns in. An unknown code gives ().

    Source: geo/shapes/successors.csv.
    """
    return (geoid,) if geoid in fips.county_geoids() else _elsewhere().get(geoid, ())


@cache
def _elsewhere() -> dict[str, tuple[str, ...]]:
    held = fips.county_geoids()
    found: dict[str, set[str]] = {}
    with _SUCCESSORS_CSV.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            old, new = row["old_geoid"], row["new_geoid"]
            for code, other in ((old, new), (new, old)):
                if code not in held and other in held:
                    found.setdefault(code, set()).add(other)
    return {code: tuple(sorted(others)) for code, others in found.items()}
