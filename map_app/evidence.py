"""What stands behind a row of the record: each correction applied to it, with what was wrong and what shows it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Correction:
    """A correction the record names.

    Attributes:
        kind: What it corrects: `agency`, `date`, `link`, `model`, `note`, `county`, `place`, `state` or `type`.
        wrong: What a list prints, empty where it prints nothing.
        right: What the record has instead, empty where that is nothing.
        evidence: What shows it.
    """

    kind: str
    wrong: str
    right: str
    evidence: str


#: By file: what it corrects, and its columns of the identifier, the wrong values, the right value, the evidence.
_FILES: Final[dict[str, tuple[str, str, str, tuple[str, ...], str]]] = {
    "agencies.csv": ("agency", "id", "printed_name", ("agency_name",), "evidence"),
    "dates.csv": ("date", "id", "printed", ("signed_date",), "evidence"),
    "links.csv": ("link", "id", "printed_url", ("moa_url",), "evidence"),
    "models.csv": ("model", "id", "printed", ("model",), "evidence"),
    "notes.csv": ("note", "id", "", ("note",), "source"),
    "place_county_spellings.csv": ("county", "correction_id", "printed_value", ("county_geoids",), "evidence"),
    "placements.csv": ("place", "correction_id", "printed_value", ("place_name", "county_geoids"), "evidence"),
    "states.csv": ("state", "id", "printed", ("state_abbr",), "evidence"),
    "types.csv": ("type", "id", "printed", ("type",), "evidence"),
}


@lru_cache(maxsize=4)
def corrections_of(folder: Path, version: str) -> Mapping[str, Correction]:
    """Return the corrections of a record by the identifier its rows name.

    Args:
        folder: Where the files of corrections are; one that is missing or not as it should be is left out.
        version: The record's version: with another record the files are read again.
    """
    found: dict[str, Correction] = {}
    for name, (kind, key, wrong, right, why) in _FILES.items():
        try:
            with (folder / name).open(encoding="utf-8", newline="") as lines:
                for row in csv.DictReader(lines):
                    is_now = " · ".join(filter(None, (row[column] for column in right)))
                    found[row[key]] = Correction(kind, row[wrong] if wrong else "", is_now, row[why])
        except (OSError, KeyError, ValueError, csv.Error):
            continue
    return found
