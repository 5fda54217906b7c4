"""The record: schema of agreements.csv, and reading it with every fault reported at once."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd

from geo.fips import STATE_ABBRS, county_geoids, state_fips
from map_app.errors import Fault, UnreadableFileError
from map_app.vocabulary import AgencyType, Coverage, EndedBasis, MoaStatus, Model, Placement, Status

_DATE: Final = r"\d{4}-\d{2}-\d{2}"
_URL: Final = r"https?://[^\s<>\"']+"
_GEOIDS: Final = r"\d{5}(;\d{5})*"
_SLUG: Final = r"[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True)
class Column:
    """One column of agreements.csv: the schema and the data dictionary both come from here.

    Attributes:
        name: Heading.
        kind: Data type as a reader of the dictionary would call it.
        description: What the cell holds.
        empty_means: What an empty cell means, or "never empty".
        allowed: Closed list of values, where there is one.
        pattern: Regular expression the whole cell must match, where there is one.
        source: Where the value comes from.
        drops_row: Whether a bad value makes the row unusable (else the cell alone is left out).
    """

    name: str
    kind: str
    description: str
    empty_means: str
    source: str
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    drops_row: bool = False

    @property
    def required(self) -> bool:
        """Whether the cell must be filled."""
        return self.empty_means == "never empty"


_NEVER: Final = "never empty"

#: The contract: these columns, in this order. More may follow.
CONTRACT_COLUMNS: Final[tuple[Column, ...]] = (
    Column(
        "agreement_id", "text", "Built from state, agency, model code and signing date; stable across rebuilds.",
        _NEVER, "built from content", pattern=_SLUG, drops_row=True,
    ),
    Column(
        "agency_id", "text", "One id per agency over all years and spellings.", _NEVER, "built from content",
        pattern=_SLUG, drops_row=True,
    ),
    Column("agency_name", "text", "Clean display name of the agency.", _NEVER,
           "LAW ENFORCEMENT AGENCY, cleaned", drops_row=True),
    Column("state_abbr", "text", "Two-letter postal abbreviation (territories included).", _NEVER, "STATE",
           allowed=STATE_ABBRS, drops_row=True),
    Column("agency_type", "text", "What kind of body signed; ICE's TYPE is only a hint.", _NEVER,
           "agency name and TYPE", allowed=tuple(AgencyType), drops_row=True),
    Column("model", "text", "Support type.", _NEVER, "SUPPORT TYPE, cleaned", allowed=tuple(Model), drops_row=True),
    Column("signed_date", "date", "Day the agreement was signed.", "no source gives the day", "SIGNED, corrected",
           pattern=_DATE, drops_row=True),
    Column("status", "text", "State of the agreement as of the newest list.", _NEVER, "tracking over the lists",
           allowed=tuple(Status), drops_row=True),
    Column("first_listed_date", "date", "Date of the first ICE list held that shows it.", "on no list held",
           "date of the list", pattern=_DATE),
    Column("last_listed_date", "date", "Date of the newest ICE list held that shows it.", "on no list held",
           "date of the list", pattern=_DATE),
    Column("ended_date", "date", "When it stopped; read it together with ended_basis.", "no end known",
           "tracking over the lists, or a document", pattern=_DATE),
    Column("ended_basis", "text", "How the end is known.", "no end known", "tracking over the lists, or a document",
           allowed=tuple(EndedBasis)),
    Column("coverage", "text", "How much ground it covers.", "unplaced", "placement", allowed=tuple(Coverage),
           drops_row=True),
    Column("county_geoids", "text", "Five-digit county codes, `;` between.", "statewide or unplaced", "placement",
           pattern=_GEOIDS, drops_row=True),
    Column("place_name", "text", "Municipality, campus, airport or precinct, where there is one.", "none",
           "agency name"),
    Column("placement", "text", "How the place was found.", _NEVER, "placement", allowed=tuple(Placement)),
    Column("placement_note", "text", "The evidence for the place, or the reason it is unplaced.", "as printed",
           "placement"),
    Column("moa_status", "text", "Whether the list links the signed memorandum.", "no list held says", "MOA",
           allowed=tuple(MoaStatus)),
    Column("moa_url", "link", "The signed memorandum (http or https).", "no link known", "MOA hyperlink", pattern=_URL),
    Column("addendum_url", "link", "Addendum (http or https).", "no addendum known", "ADDENDUM hyperlink", pattern=_URL),
    Column("sources", "text", "Lists or documents that attest the row.", _NEVER, "file names and documents"),
    Column("note", "text", "Facts worth a line, each with its source.", "nothing to add", "data/corrections/notes.csv"),
)

#: Columns this project adds after the contract.
EXTRA_COLUMNS: Final[tuple[Column, ...]] = (
    Column("signed_year", "integer", "Year of signing, also where only the month is known.", "unknown",
           "signed_date, or a document that gives only the month", pattern=r"(19|20)\d{2}"),
    Column("first_missing_date", "date", "Date of the first later list that no longer shows it.",
           "still listed, or on no list held", "date of the list", pattern=_DATE),
    Column("task_force_ended_date", "date", "For a hybrid that ran on as jail enforcement only: the day the "
           "task-force part stopped.", "no such change", "data/history", pattern=_DATE),
    Column("printed_name", "text", "Agency as the newest list prints it, where it differs from agency_name.",
           "printed as agency_name", "LAW ENFORCEMENT AGENCY"),
    Column("printed_county", "text", "COUNTY as the newest list that prints one has it.", "never printed", "COUNTY"),
    Column("printed_type", "text", "TYPE as the newest list that prints one has it.", "never printed", "TYPE"),
    Column("corrections", "text", "Corrections applied, `;` between: identifiers of rows in data/corrections.",
           "none", "data/corrections"),
)

COLUMNS: Final = CONTRACT_COLUMNS + EXTRA_COLUMNS
