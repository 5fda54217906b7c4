"""What a file or a view says of itself: its selection, its date, its version, its licence, how to cite it."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote, urlencode

from map_app.filters import Filters
from map_app.record import LoadedRecord

TITLE: Final = "Map of 287(g) agreements"
AUTHORS: Final = "Map of 287(g) agreements contributors"
#: Licence of the record, not of the program; docs/decisions/0005 says why. Every other place takes it from here.
LICENCE_ID: Final = "CC0-1.0"
LICENCE_URL: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
LICENCE: Final = (
    f"{LICENCE_ID} (no rights reserved): facts from public sources, free for any use. Please name this source and the "
    "date of the list."
)
SOURCE: Final = (
    "ICE's published lists of participating agencies; before 2021, documents of the time, named row by row in the "
    "column `sources`."
)
SHAPES_SOURCE: Final = "Shapes: U.S. Census Bureau, cartographic boundaries 2017, generalized; WGS 84 (EPSG:4326)."

#: Environment variable with the public address of the map, for links in exported files.
ADDRESS_VARIABLE: Final = "MAP_APP_URL"

#: What no reader of a file may miss.
CAVEATS: Final[tuple[str, ...]] = (
    "No agreement listed does not mean no cooperation: agencies can work with ICE in ways that need no agreement.",
    "none_listed means that no agreement of this selection covers the county; the filters above say what was selected.",
    "Agreements that could not be placed are counted in their state (unplaced) and in no county.",
)


class CitationStyle(StrEnum):
    """Forms a citation can take."""

    APA = "apa"
    BIBTEX = "bibtex"
    RIS = "ris"


@dataclass(frozen=True)
class Provenance:
    """Where a file or a view comes from.

    Attributes:
        content: What one row is, as "one row per agreement".
        filters: The selection.
        as_of: Day the selection speaks of: the day asked for, or the newest list's; None without either.
        newest_list: Date of the newest ICE list in the record, or None.
        version: Short hash of the record.
        rows: Number of rows, where there is one table.
        grain: Word of the command line for the kind of row, or an empty text.
        address: Public address of the map with a slash at its end, or an empty text where it is not known.
    """

    content: str
    filters: Filters
    as_of: dt.date | None
    newest_list: dt.date | None
    version: str
    rows: int | None = None
    grain: str = ""
    address: str = ""

    @property
    def query(self) -> str:
        """The selection as a URL query, empty where nothing is narrowed."""
        return filter_query(self.filters)

    @property
    def permalink(self) -> str:
        """The address that shows this selection, or an empty text where the map's address is not known."""
        return f"{self.address}{f'?{self.query}' if self.query else ''}" if self.address else ""

    @property
    def command(self) -> str:
        """The command that writes the same rows from the same record."""
        words = ["map-app", "export", *filter_words(self.filters)]
        return shlex.join([*words, *(("--grain", self.grain) if self.grain else ())])

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data, in a fixed order; nothing in it depends on the hour or the machine."""
        told: dict[str, Any] = {
            "title": TITLE,
            "content": self.content,
            "filters": self.filters.to_query(),
            "filters_in_words": filters_in_words(self.filters),
            "as_of": _iso(self.as_of),
            "newest_list": _iso(self.newest_list),
            "record_version": self.version,
            "rows": self.rows,
            "licence": LICENCE,
            "licence_url": LICENCE_URL,
            "source": SOURCE,
            "citation": cite(self, CitationStyle.APA),
            "permalink": self.permalink,
            "command": self.command,
            "caveats": list(CAVEATS),
        }
        return {name: value for name, value in told.items() if value not in (None, "")}

    def lines(self) -> list[tuple[str, str]]:
        """Return everything as pairs of name and text, for a sheet or a text file."""
        told = self.as_dict()
        told["filters"] = self.query or "none"
        told["caveats"] = " ".join(CAVEATS)
        return [(name, str(value)) for name, value in told.items()]


def provenance(
    record: LoadedRecord,
    filters: Filters,
    *,
    content: str = "one row per agreement",
    rows: int | None = None,
    grain: str = "",
    address: str = "",
) -> Provenance:
    """Return where a selection of the record comes from.

    Args:
        record: The record as loaded.
        filters: The selection.
        content: What one row is.
        rows: Number of rows.
        grain: Word of the command line for the kind of row.
        address: Public address of the map; a missing slash at its end is added.
    """
    day = filters.as_of or record.newest_list
    if filters.as_of and record.newest_list:
        day = min(filters.as_of, record.newest_list)
    base = f"{address.rstrip('/')}/" if address else ""
    return Provenance(content, filters, day, record.newest_list, record.version, rows, grain, base)


def filter_query(filters: Filters) -> str:
    """Return the filters as a URL query, names in the order of the contract."""
    return urlencode(filters.to_query(), doseq=True, quote_via=quote)


def filter_words(filters: Filters) -> list[str]:
    """Return the filters as words of the command line."""
    return [
        word
        for name, values in filters.to_query().items()
        for value in values
        for word in (f"--{name.replace('_', '-')}", value)
    ]


def filters_in_words(filters: Filters) -> str:
    """Return the filters as one plain sentence."""
    names = {"model": "model", "year": "signed in", "state": "state", "county": "county", "agency_type": "agency type"}
    query: Mapping[str, Sequence[str]] = filters.to_query()
    parts = [f"{told} {' or '.join(query[name])}" for name, told in names.items() if name in query]
    if filters.as_of:
        parts.insert(0, f"listed by ICE, or in force by documents of the time, on {filters.as_of}")
    elif filters.status == "all":
        parts.insert(0, "active, ended and replaced agreements")
    else:
        word = {"active": "active", "ended": "ended", "superseded": "replaced"}[filters.status]
        parts.insert(0, f"agreements {word} as of the newest list")
    return "; ".join(parts)


def cite(view: Provenance, style: CitationStyle, accessed: dt.date | None = None) -> str:
    """Return a citation of a file or a view.

    Args:
        view: What is cited.
        style: APA (one line), BibTeX or RIS.
        accessed: Day it was read, named where given.
    """
    year = str(view.newest_list.year) if view.newest_list else "n.d."
    title = f"{TITLE}: {view.content}; {filters_in_words(view.filters)}"
    listed = f"ICE's list of {_long_day(view.newest_list)}" if view.newest_list else "no ICE list"
    version = f"record {view.version}, {listed}"
    if style is CitationStyle.APA:
        end = ""
        if view.permalink:
            when = f"Retrieved {_long_day(accessed)}, from " if accessed else ""
            end = f" {when}{view.permalink}"
        return f"{AUTHORS}. ({year}). {title} (Version: {version}) [Data set].{end}"
    if style is CitationStyle.BIBTEX:
        fields = {
            "author": f"{{{_tex(AUTHORS)}}}",
            "title": f"{{{_tex(title)}}}",
            "year": year if view.newest_list else "",
            "version": _tex(version),
            "url": view.permalink,
            "urldate": accessed.isoformat() if accessed else "",
            "note": _tex(LICENCE),
        }
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        return f"@misc{{map287g_{year.strip('.').replace('.', '')}_{view.version or 'none'},\n{body}\n}}\n"
    lines = [
        ("TY", "DATA"),
        ("AU", f"{AUTHORS},"),  # the comma marks a body, not a person
        ("TI", title),
        ("PY", year if view.newest_list else ""),
        ("DA", view.newest_list.strftime("%Y/%m/%d/") if view.newest_list else ""),
        ("ET", version),
        ("UR", view.permalink),
        ("Y2", accessed.strftime("%Y/%m/%d/") if accessed else ""),
        ("N1", LICENCE),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value or tag == "ER")


_TEX: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def _tex(text: str) -> str:
    return re.sub(r"[\\{}$&#_%~^]", lambda found: _TEX[found.group()], text)


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _long_day(day: dt.date | None) -> str:
    return f"{day:%B} {day.day}, {day.year}" if day else ""
