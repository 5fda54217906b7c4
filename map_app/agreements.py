"""The record: schema of agreements.csv, and reading it with every fault reported at once."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pandas as pd

from geo.fips import STATE_ABBRS, county_geoids, state_fips
from map_app.errors import Fault, Said, UnreadableFileError
from map_app.text import mark
from map_app.vocabulary import AgencyType, Coverage, EndedBasis, MoaStatus, Model, Placement, Status

_DATE: Final = r"\d{4}-\d{2}-\d{2}"
_URL: Final = r"https?://[^\s<>\"']+"
_GEOIDS: Final = r"\d{5}(;\d{5})*"
_PERIOD: Final = rf"{_DATE}/{_DATE}"
_PERIODS: Final = rf"{_PERIOD}(;{_PERIOD})*"
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


_NEVER: Final = mark("never empty")

#: The contract: these columns, in this order. More may follow.
CONTRACT_COLUMNS: Final[tuple[Column, ...]] = (
    Column(
        "agreement_id",
        "text",
        "Built from state, agency, model code and signing date; stable across rebuilds.",
        _NEVER,
        "built from content",
        pattern=_SLUG,
        drops_row=True,
    ),
    Column(
        "agency_id",
        "text",
        "One id per agency over all years and spellings.",
        _NEVER,
        "built from content",
        pattern=_SLUG,
        drops_row=True,
    ),
    Column(
        "agency_name",
        "text",
        "Clean display name of the agency.",
        _NEVER,
        "LAW ENFORCEMENT AGENCY, cleaned",
        drops_row=True,
    ),
    Column(
        "state_abbr",
        "text",
        "Two-letter postal abbreviation (territories included).",
        _NEVER,
        "STATE",
        allowed=STATE_ABBRS,
        drops_row=True,
    ),
    Column(
        "agency_type",
        "text",
        "What kind of body signed; ICE's TYPE is only a hint.",
        _NEVER,
        "agency name and TYPE",
        allowed=tuple(AgencyType),
        drops_row=True,
    ),
    Column(
        "model",
        "text",
        "Support type.",
        _NEVER,
        "SUPPORT TYPE, cleaned",
        allowed=tuple(Model),
        drops_row=True,
    ),
    Column(
        "signed_date",
        "date",
        "Day the agreement was signed.",
        "no source gives the day",
        "SIGNED, corrected",
        pattern=_DATE,
        drops_row=True,
    ),
    Column(
        "status",
        "text",
        "State of the agreement as of the newest list.",
        _NEVER,
        "tracking over the lists",
        allowed=tuple(Status),
        drops_row=True,
    ),
    Column(
        "first_listed_date",
        "date",
        "Date of the first ICE list held that shows it.",
        "on no list held",
        "date of the list",
        pattern=_DATE,
    ),
    Column(
        "last_listed_date",
        "date",
        "Date of the newest ICE list held that shows it.",
        "on no list held",
        "date of the list",
        pattern=_DATE,
    ),
    Column(
        "ended_date",
        "date",
        "When it stopped; read it together with ended_basis.",
        "no end known",
        "tracking over the lists, or a document",
        pattern=_DATE,
    ),
    Column(
        "ended_basis",
        "text",
        "How the end is known.",
        "no end known",
        "tracking over the lists, or a document",
        allowed=tuple(EndedBasis),
    ),
    Column(
        "coverage",
        "text",
        "How much ground it covers.",
        "unplaced",
        "placement",
        allowed=tuple(Coverage),
        drops_row=True,
    ),
    Column(
        "county_geoids",
        "text",
        "Five-digit county codes, `;` between.",
        "statewide or unplaced",
        "placement",
        pattern=_GEOIDS,
        drops_row=True,
    ),
    Column(
        "place_name",
        "text",
        "Municipality, campus, airport or precinct, where there is one.",
        "none",
        "agency name",
    ),
    Column("placement", "text", "How the place was found.", _NEVER, "placement", allowed=tuple(Placement)),
    Column(
        "placement_note",
        "text",
        "The evidence for the place, or the reason it is unplaced.",
        "as printed",
        "placement",
    ),
    Column(
        "moa_status",
        "text",
        "Whether the list links the signed memorandum.",
        "no list held says",
        "MOA",
        allowed=tuple(MoaStatus),
    ),
    Column(
        "moa_url",
        "link",
        "The signed memorandum (http or https).",
        "no link known",
        "MOA hyperlink",
        pattern=_URL,
    ),
    Column(
        "addendum_url",
        "link",
        "Addendum (http or https).",
        "no addendum known",
        "ADDENDUM hyperlink",
        pattern=_URL,
    ),
    Column("sources", "text", "Lists or documents that attest the row.", _NEVER, "file names and documents"),
    Column(
        "note",
        "text",
        "Facts worth a line, each with its source.",
        "nothing to add",
        "data/corrections/notes.csv",
    ),
)

#: Columns this project adds after the contract.
EXTRA_COLUMNS: Final[tuple[Column, ...]] = (
    Column(
        "signed_year",
        "integer",
        "Year of signing, also where only the month is known.",
        "unknown",
        "signed_date, or a document that gives only the month",
        pattern=r"(19|20)\d{2}",
    ),
    Column(
        "first_missing_date",
        "date",
        "Date of the first later list that no longer shows it.",
        "still listed, or on no list held",
        "date of the list",
        pattern=_DATE,
    ),
    Column(
        "task_force_ended_date",
        "date",
        "For a hybrid that ran on as jail enforcement only: the day the task-force part stopped.",
        "no such change",
        "data/history",
        pattern=_DATE,
    ),
    Column(
        "printed_name",
        "text",
        "Agency as the newest list prints it, where it differs from agency_name.",
        "printed as agency_name",
        "LAW ENFORCEMENT AGENCY",
    ),
    Column(
        "printed_county",
        "text",
        "COUNTY as the newest list that prints one has it.",
        "never printed",
        "COUNTY",
    ),
    Column("printed_type", "text", "TYPE as the newest list that prints one has it.", "never printed", "TYPE"),
    Column(
        "corrections",
        "text",
        "Corrections applied, `;` between: identifiers of rows in data/corrections.",
        "none",
        "data/corrections",
    ),
    Column(
        "unlisted_periods",
        "text",
        "When it was off ICE's lists for at least three of them and came back: date of the first list without it, `/`, "
        "date of the first list with it again; `;` between periods.",
        "never off them for so long",
        "tracking over the lists",
        pattern=_PERIODS,
    ),
)

COLUMNS: Final = CONTRACT_COLUMNS + EXTRA_COLUMNS
COLUMN_NAMES: Final[tuple[str, ...]] = tuple(column.name for column in COLUMNS)
CONTRACT_COLUMN_NAMES: Final[tuple[str, ...]] = tuple(column.name for column in CONTRACT_COLUMNS)
DATE_COLUMNS: Final[tuple[str, ...]] = tuple(column.name for column in COLUMNS if column.kind == "date")

#: The program began with Florida's agreement of July 2002; an earlier date is a slip.
FIRST_SIGNING: Final = pd.Timestamp("2002-07-01")

_CATEGORICAL: Final = (
    "state_abbr", "agency_type", "model", "status", "ended_basis", "coverage", "placement", "moa_status",
)  # fmt: skip


@lru_cache(maxsize=1024)
def unlisted_periods(cell: str) -> tuple[tuple[dt.date, dt.date], ...]:
    """Return the periods of a cell of that column: the first day without the agreement, the first day with it again.

    Raises:
        ValueError: The cell holds no such periods, oldest first and each before the next.
    """
    days = [dt.date.fromisoformat(day) for period in cell.split(";") if period for day in period.split("/", 1)]
    if any(first >= second for first, second in pairwise(days)):
        raise ValueError(f"periods out of order: {cell}")
    return tuple(zip(days[::2], days[1::2], strict=True))


def dictionary_table() -> str:
    """Return the data dictionary as a Markdown table, one row per column (data/README.md holds it)."""
    lines = ["| column | type | content | allowed values | empty means | source |", "|---|---|---|---|---|---|"]
    for column in COLUMNS:
        allowed = ", ".join(column.allowed) if len(column.allowed) < 15 else "postal abbreviations"
        cells = (f"`{column.name}`", column.kind, column.description, allowed, column.empty_means, column.source)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


@dataclass(frozen=True)
class Record:
    """What could be read of agreements.csv, and everything that is wrong with it.

    Attributes:
        agreements: One row per usable agreement, file order; text columns are str with "" for missing,
            dates are datetime64 with NaT, `signed_year` is Int64, and `line` is the line of the file.
        faults: Every fault, in file order.
        set_aside: How many rows are not in `agreements` because a fault makes them unusable.
    """

    agreements: pd.DataFrame
    faults: list[Fault] = field(default_factory=list)
    set_aside: int = 0


def read_agreements(path: str | Path) -> Record:
    """Return the agreements of a CSV file with every fault in it.

    Rows with a fault in a cell nothing can be said without (id, agency, state, model, date, status,
    place) are set aside; any other faulty cell is left empty and its row kept.

    Args:
        path: CSV with the columns of the contract, UTF-8 (with or without a byte order mark).

    Returns:
        One row per usable agreement, the faults, and the number of rows set aside.

    Raises:
        UnreadableFileError: The file is missing, empty, not UTF-8 text, not a CSV, or lacks a column
            that nothing can be said without.
    """
    path = Path(path)
    header, rows = _read_rows(path)
    faults = _header_faults(path, header)
    whole = [(line, row) for line, row in rows if len(row) == len(header)]
    lines = pd.Index([line for line, _ in whole], dtype="int64")
    raw = pd.DataFrame([row for _, row in whole], index=lines, columns=header, dtype="str")
    raw = raw.loc[:, ~raw.columns.duplicated() & (raw.columns != "line")]
    absent = [name for name in COLUMN_NAMES if name not in raw.columns]
    for name in absent:
        raw[name] = ""
    extra = [name for name in raw.columns if name not in COLUMN_NAMES]
    cells = raw[[*COLUMN_NAMES, *extra]]
    cell_faults, unusable, blanked = _cell_faults(cells, set(absent))
    ragged = [_ragged(line, len(row), len(header)) for line, row in rows if len(row) != len(header)]
    # Sorting by line keeps the order of the columns within a line.
    faults += sorted(cell_faults + ragged, key=lambda fault: fault.row or 0)
    if blanked:
        cells = cells.copy()
        for line, name in blanked:
            cells.loc[line, name] = ""
    return Record(typed_agreements(cells.drop(index=sorted(unusable))), faults, len(unusable) + len(ragged))


def empty_agreements() -> pd.DataFrame:
    """Return no agreements, with the columns and types of `Record.agreements`."""
    return typed_agreements(pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMN_NAMES}))


def _read_rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the headings, and each row with the line of the file it begins on; lines without text are no rows."""

    def refuse(problem: str, remedy: str, value: str | None = None) -> UnreadableFileError:
        return UnreadableFileError(path, [Fault(None, None, value, problem, remedy)])

    rebuild = Said("Restore the file, or rebuild it with `map-app ingest`.")
    try:
        data = path.read_bytes()
    except FileNotFoundError as missing:
        raise refuse(Said("the file does not exist"), rebuild) from missing
    except OSError as trouble:
        problem = Said("the file cannot be read: {why}", why=trouble.strerror)
        raise refuse(problem, Said("Check that you may read it.")) from trouble
    if data.startswith(b"PK\x03\x04"):
        problem = Said("the file is a workbook or an archive, not a CSV")
        raise refuse(problem, Said("Lists of ICE are read by `map-app ingest`."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise refuse(
            Said("line {line} is not UTF-8 text", line=line),
            Said("Save the file as “CSV UTF-8”."),
            repr(data[wrong.start : wrong.start + 4]),
        ) from wrong
    if not text.strip():
        raise refuse(Said("the file is empty"), rebuild)
    if "\0" in text:
        raise refuse(Said("the file holds binary data"), Said("It is not a CSV file. {remedy}", remedy=rebuild))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as wrong:
        problem = Said("the file is not a well-formed CSV (line {line}: {why})", line=begins, why=str(wrong))
        raise refuse(problem, rebuild) from wrong
    return rows[0][1], rows[1:]


def _ragged(line: int, cells: int, columns: int) -> Fault:
    """Return the fault of a row whose cells cannot be told apart by column."""
    remedy = Said("Put quotes around a cell that holds a comma." if cells > columns else "Restore the end of the row.")
    problem = Said("the row has {cells} cells, the header {columns}", cells=cells, columns=columns)
    return Fault(line, None, None, problem, remedy)


def _header_faults(path: Path, names: list[str]) -> list[Fault]:
    """Return faults of the header; raise where nothing can be read without a missing column."""
    missing = [c for c in CONTRACT_COLUMNS if c.name not in names]
    faults = [
        Fault(
            1,
            c.name,
            None,
            Said("the column is missing"),
            Said("Add it: {what} (empty: {empty}).", what=Said(c.description), empty=Said(c.empty_means)),
        )
        for c in missing
    ]
    if len(missing) > len(CONTRACT_COLUMNS) // 2:
        first = ",".join(names)
        problem = Said(
            "the file is no record of agreements: its first line names {n} of the {total} columns",
            n=len(CONTRACT_COLUMNS) - len(missing),
            total=len(CONTRACT_COLUMNS),
        )
        raise UnreadableFileError(path, [Fault(1, None, first, problem, Said("data/README.md lists them."))])
    if any(c.drops_row for c in missing):
        raise UnreadableFileError(path, faults)
    doubled = sorted({n for n in names if n and names.count(n) > 1})
    faults += [Fault(1, n, None, Said("the column stands twice"), Said("Keep one of them.")) for n in doubled]
    names = list(dict.fromkeys(names))
    present = [n for n in names if n in CONTRACT_COLUMN_NAMES]
    wanted = [n for n in CONTRACT_COLUMN_NAMES if n in names]
    if present != wanted or names[: len(present)] != present:
        position = next(i for i, n in enumerate(wanted) if names[i] != n)
        faults.append(
            Fault(1, names[position], None, Said("the columns are not in the order of the contract"),
                  Said("Column {number} should be {name}.", number=position + 1, name=wanted[position]))
        )  # fmt: skip
    return faults


def _cell_faults(cells: pd.DataFrame, absent: set[str]) -> tuple[list[Fault], set[int], list[tuple[int, str]]]:
    """Return all faults of cells, the row labels to set aside, and the cells to leave empty.

    Columns in `absent` are not in the file (that is one fault, already told), so their cells are not checked.
    """
    import pandera.pandas as pa

    try:
        _schema().validate(cells, lazy=True)
    except pa.errors.SchemaErrors as found:
        cases = found.failure_cases
    else:
        return [], set(), []
    faults: dict[tuple[int, int, str], Fault] = {}
    unusable: set[int] = set()
    doubled: set[int] = set()
    blanked: list[tuple[int, str]] = []
    order = {column.name: i for i, column in enumerate(COLUMNS)}
    for column_name, check, index in zip(cases["column"], cases["check"], cases["index"], strict=True):
        line, key = int(index), str(check)
        # A check over the whole row comes back once per column; it is filed under the column it names.
        name = _ROW_CHECKS[key].column if key in _ROW_CHECKS else str(column_name)
        needed = _ROW_CHECKS[key].needs if key in _ROW_CHECKS else ()
        if absent & {name, *needed}:
            continue
        problem, remedy, drops = _explain(key, COLUMNS[order[name]])
        faults[line, order[name], key] = Fault(line, name, str(cells.loc[line, name]), problem, remedy)
        if key == "agreement_id:unique":
            doubled.add(line)
        elif drops:
            unusable.add(line)
        elif key not in _HARMLESS and key not in _ROW_CHECKS:
            blanked.append((line, name))
    # Of rows with one id the first usable one is kept.
    kept = set(cells["agreement_id"].drop(index=sorted(unusable | doubled)))
    for line in sorted(doubled - unusable):
        agreement_id = cells.loc[line, "agreement_id"]
        if agreement_id in kept:
            unusable.add(line)
        kept.add(agreement_id)
    return [faults[key] for key in sorted(faults)], unusable, [cell for cell in blanked if cell[0] not in unusable]


_MARKUP: Final = r"<\s*[a-zA-Z!/?]"
_HARMLESS: Final = {"markup", "padded", "required"}


def _explain(check: str, column: Column) -> tuple[str, str, bool]:
    """Return problem, remedy and whether the row becomes unusable, for one failed check."""
    drops = column.drops_row
    if check == "required":
        return Said("the cell is empty"), Said("Fill it: {what}", what=Said(column.description)), drops
    if check == "allowed":
        if column.name == "state_abbr":
            problem = Said("there is no such state or territory")
            return problem, Said("Use a postal abbreviation such as NC."), drops
        problem = Said("the value is not one of the vocabulary")
        return problem, Said("Use one of: {values}.", values=", ".join(column.allowed)), drops
    if check == "pattern":
        forms = {
            "date": Said("Write YYYY-MM-DD."),
            "integer": Said("Write a year such as 2025."),
            "link": Said("Give a full http:// or https:// link, or leave it empty."),
        }
        remedy = forms.get(column.kind, Said("Use lower-case letters, digits and hyphens."))
        if column.name == "county_geoids":
            remedy = Said("Write five-digit codes as text, `;` between.")
        if column.name == "unlisted_periods":
            remedy = Said("Write YYYY-MM-DD/YYYY-MM-DD, `;` between.")
        return Said("the value is not well formed"), remedy, drops
    if check == "real":
        return Said("the date does not exist"), Said("Correct the date."), drops
    if check == "periods":
        remedy = Said("Write days that exist, the earlier one first, the oldest period first.")
        return Said("the periods are not in order"), remedy, drops
    if check == "markup":
        return Said("the text holds HTML"), Said("Take the markup out; text is always shown as text."), False
    if check == "padded":
        return Said("the text has spaces around it or inside doubled"), Said("Trim it."), False
    row_check = _ROW_CHECKS[check]
    return Said(row_check.problem), Said(row_check.remedy), row_check.drops_row


@dataclass(frozen=True)
class _RowCheck:
    """A check over several cells of a row: where its fault is filed, what it reads, what it means."""

    column: str
    needs: tuple[str, ...]
    problem: str
    remedy: str
    drops_row: bool = False


_ROW_CHECKS: Final[dict[str, _RowCheck]] = {
    "agreement_id:unique": _RowCheck(
        "agreement_id", (), "the id stands on more than one line", "Keep one line, or give each its own date.", True),
    "county_geoids:known": _RowCheck(
        "county_geoids", (), "a county code does not exist", "Use the GEOIDs of geo/shapes/counties.csv.", True),
    "county_geoids:state": _RowCheck(
        "county_geoids", ("state_abbr",), "a county code belongs to another state", "Match it with state_abbr.", True),
    "county_geoids:coverage": _RowCheck(
        "county_geoids", ("coverage",), "coverage, county_geoids and placement contradict each other",
        "Statewide and unplaced rows have no codes; multi_county has at least two; others at least one.", True),
    "signed_date:real": _RowCheck(
        "signed_date", (), "the date does not exist or is outside the program's years", "Correct the date.", True),
    "first_listed_date:order": _RowCheck(
        "first_listed_date", ("last_listed_date",), "the list dates are out of order",
        "First listed comes before last listed."),
    "unlisted_periods:inside": _RowCheck(
        "unlisted_periods", ("first_listed_date", "last_listed_date"),
        "a period off the lists is not between first_listed_date and last_listed_date",
        "An absence begins after the agreement was first listed and ends when it is listed again."),
    "ended_date:status": _RowCheck(
        "ended_date", ("ended_basis", "status"), "status, ended_date and ended_basis contradict each other",
        "Ended and superseded rows have both; active rows have neither."),
    "placement_note:reason": _RowCheck(
        "placement_note", ("placement",), "an unplaced row gives no reason", "Say why it could not be placed."),
    "moa_url:status": _RowCheck(
        "moa_url", ("moa_status",), "moa_status says linked but there is no link",
        "Add moa_url or correct moa_status."),
    "signed_year:date": _RowCheck(
        "signed_year", ("signed_date",), "signed_year differs from signed_date", "Correct one of them."),
}  # fmt: skip


def _schema() -> Any:
    """Return the pandera schema of the text cells; each check reports its rows under its own name."""
    import pandera.pandas as pa

    def check(name: str, rule: Callable[..., Any]) -> Any:
        return pa.Check(rule, name=name, error=name, raise_warning=False)

    def cell_checks(column: Column) -> list[Any]:
        checks: list[Any] = []
        if column.required:
            checks.append(check("required", lambda s: s.str.strip() != ""))
        if column.allowed:
            allowed = set(column.allowed)
            checks.append(check("allowed", lambda s: s.isin(allowed) | (s.str.strip() == "")))
        if column.pattern:
            pattern = column.pattern
            checks.append(check("pattern", lambda s: s.str.fullmatch(pattern) | (s == "")))
        if column.kind == "date" and column.name != "signed_date":
            checks.append(check("real", lambda s: ~s.str.fullmatch(_DATE) | as_dates(s).notna()))
        if column.name == "unlisted_periods":
            checks.append(check("periods", lambda s: ~s.str.fullmatch(_PERIODS) | s.map(readable).astype(bool)))
        if not column.allowed and not column.pattern:
            checks.append(check("markup", lambda s: ~s.str.contains(_MARKUP, regex=True)))
            checks.append(check("padded", lambda s: s == s.str.split().str.join(" ")))
        return checks

    def readable(cell: str) -> bool:
        try:
            unlisted_periods(cell)
        except ValueError:
            return False
        return True

    def as_dates(cells: pd.Series) -> pd.Series:
        return pd.to_datetime(cells.where(cells.str.fullmatch(_DATE), ""), format="%Y-%m-%d", errors="coerce")

    def geoid_lists(frame: pd.DataFrame) -> pd.Series:
        return frame["county_geoids"].where(frame["county_geoids"].str.fullmatch(_GEOIDS), "").str.split(";")

    def known(frame: pd.DataFrame) -> pd.Series:
        codes = county_geoids()
        return geoid_lists(frame).map(lambda geoids: all(g in codes for g in geoids if g))

    def in_state(frame: pd.DataFrame) -> pd.Series:
        fips = frame["state_abbr"].map(lambda a: state_fips(a) if a in STATE_ABBRS else "")
        pairs = zip(geoid_lists(frame), fips, strict=True)
        return pd.Series([all(g.startswith(f) for g in gs if g) for gs, f in pairs], index=frame.index)

    def coverage_agrees(frame: pd.DataFrame) -> pd.Series:
        count = frame["county_geoids"].map(lambda text: len([g for g in text.split(";") if g]))
        coverage, placement = frame["coverage"], frame["placement"]
        return (
            ((coverage == Coverage.STATEWIDE) & (count == 0) & (placement != Placement.UNPLACED))
            | ((coverage == Coverage.MULTI_COUNTY) & (count >= 2))
            | (coverage.isin([Coverage.COUNTY, Coverage.PART_OF_COUNTY]) & (count >= 1))
            | ((coverage == "") & (count == 0) & placement.isin([Placement.UNPLACED, ""]))
            | ((coverage != "") & ~coverage.isin(list(Coverage)))  # reported by its own column
        )

    def signed_real(frame: pd.DataFrame) -> pd.Series:
        signed, text = as_dates(frame["signed_date"]), frame["signed_date"]
        well_formed = text.str.fullmatch(_DATE)
        return ~well_formed | (
            signed.notna() & (signed >= FIRST_SIGNING) & (signed <= pd.Timestamp.now() + pd.Timedelta(days=1))
        )

    def list_order(frame: pd.DataFrame) -> pd.Series:
        first, last = as_dates(frame["first_listed_date"]), as_dates(frame["last_listed_date"])
        return (first <= last) | first.isna() | last.isna()

    def periods_inside(frame: pd.DataFrame) -> pd.Series:
        # As text: dates of this form sort as their days do.
        cells, first, last = frame["unlisted_periods"], frame["first_listed_date"], frame["last_listed_date"]
        told = cells.str.fullmatch(_PERIODS)
        return ~told | ((first != "") & (first <= cells.str[:10]) & (cells.str[-10:] <= last))

    def end_agrees(frame: pd.DataFrame) -> pd.Series:
        has_end, has_basis = frame["ended_date"] != "", frame["ended_basis"] != ""
        return (has_end == has_basis) & (has_end == frame["status"].isin([Status.ENDED, Status.SUPERSEDED]))

    def year_agrees(frame: pd.DataFrame) -> pd.Series:
        return (
            (frame["signed_date"].str[:4] == frame["signed_year"])
            | (frame["signed_date"] == "")
            | (frame["signed_year"] == "")
        )

    return pa.DataFrameSchema(
        # A schema without a type makes pandera load geopandas, which the running app has no use for.
        {c.name: pa.Column(checks=cell_checks(c)) for c in COLUMNS},
        checks=[
            check(
                "agreement_id:unique",
                lambda f: ~f["agreement_id"].duplicated(keep="first") | (f["agreement_id"] == ""),
            ),
            check("county_geoids:known", known),
            check("county_geoids:state", in_state),
            check("county_geoids:coverage", coverage_agrees),
            check("signed_date:real", signed_real),
            check("first_listed_date:order", list_order),
            check("unlisted_periods:inside", periods_inside),
            check("ended_date:status", end_agrees),
            check(
                "placement_note:reason",
                lambda f: (f["placement"] != Placement.UNPLACED) | (f["placement_note"].str.strip() != ""),
            ),
            check("moa_url:status", lambda f: (f["moa_status"] != MoaStatus.LINKED) | (f["moa_url"] != "")),
            check("signed_year:date", year_agrees),
        ],
        dtype="str",
    )


def typed_agreements(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the frame every other room works on (see `Record.agreements`).

    Args:
        cells: The columns of the record as text, "" for missing, indexed by place in the file.
    """
    frame = cells.copy()
    frame.insert(0, "line", frame.index.astype("int64"))
    for name in DATE_COLUMNS:
        frame[name] = pd.to_datetime(frame[name].replace("", None), format="%Y-%m-%d", errors="coerce")
    year = frame["signed_date"].dt.year.astype("Int64")
    stated = pd.to_numeric(frame["signed_year"].replace("", None), errors="coerce").astype("Int64")
    frame["signed_year"] = year.fillna(stated)
    for name in _CATEGORICAL:
        frame[name] = frame[name].astype("category")
    return frame.reset_index(drop=True)
