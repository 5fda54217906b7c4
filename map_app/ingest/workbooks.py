"""Reading one of ICE's workbooks, whatever its layout, into raw rows with their links."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries

from map_app.errors import AgreementDataError

#: Headings ICE has printed in its five layouts (2021 to 2026), and the field of `RawRow` each fills.
HEADINGS: Final = {
    "STATE": "state",
    "LAW ENFORCEMENT AGENCY": "agency",
    "TYPE": "type",
    "COUNTY": "county",
    "SUPPORT TYPE": "model",
    "SIGNED": "signed",
    "MOA": "moa",
    "ADDENDUM": "addendum",
}
_REQUIRED: Final = ("STATE", "LAW ENFORCEMENT AGENCY", "SUPPORT TYPE")
_HEADING_SEARCH_ROWS: Final = 10

# ICE's largest list is 260 KB, 1.5 MB unpacked, 1,808 rows. A hundred times that is a mistake or an attack.
_MAX_FILE_BYTES: Final = 25_000_000
_MAX_UNPACKED_BYTES: Final = 150_000_000
_MAX_PARTS: Final = 2_000
_MAX_ROWS: Final = 50_000
_MAX_RANGE_CELLS: Final = 100_000
_MAX_CELLS: Final = 1_000_000
_CHUNK: Final = 1 << 16
_NEAR_CELL: Final = re.compile(r"\$?[A-Za-z]{1,2}\$?\d{1,5}")

_HYPERLINK_FORMULA: Final = re.compile(r"""^=\s*HYPERLINK\(\s*"([^"]*)"\s*(?:[,;]\s*"([^"]*)"\s*)?\)\s*$""", re.I)


class ListKind(StrEnum):
    """Which of ICE's two lists a workbook is."""

    PARTICIPATING = "participating"
    PENDING = "pending"


class WorkbookError(AgreementDataError):
    """A workbook cannot be read. The message names the file, the reason and what to do."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}. {remedy}")


@dataclass(frozen=True)
class RawRow:
    """One row of a workbook as printed: cells as text, nothing cleaned.

    Attributes:
        file: Name of the workbook.
        row: Row number as a spreadsheet program counts it.
        state: STATE.
        agency: LAW ENFORCEMENT AGENCY.
        type: TYPE; empty in layouts without it, like every cell a layout lacks.
        county: COUNTY.
        model: SUPPORT TYPE.
        signed: SIGNED; a date cell as YYYY-MM-DD, a number or text as it stands.
        moa: Text of MOA.
        moa_link: Target behind that text.
        addendum: Text of ADDENDUM.
        addendum_link: Target behind that text.
    """

    file: str
    row: int
    state: str = ""
    agency: str = ""
    type: str = ""
    county: str = ""
    model: str = ""
    signed: str = ""
    moa: str = ""
    moa_link: str = ""
    addendum: str = ""
    addendum_link: str = ""


@dataclass(frozen=True)
class Workbook:
    """One workbook as read.

    Attributes:
        file: File name, the key of data/SOURCES.csv.
        sha256: Hash of the file.
        kind: Told by the headings: a list with SIGNED is the participating one.
        headings: Headings found, in order.
        rows: Rows with anything in them, in order.
        blank_rows: Formatted but empty rows dropped.
        blank_columns: Columns without heading or content dropped.
        warnings: What a maintainer should know: unknown headings, further sheets, a misleading name.
    """

    file: str
    sha256: str
    kind: ListKind
    headings: tuple[str, ...]
    rows: tuple[RawRow, ...]
    blank_rows: int
    blank_columns: int
    warnings: tuple[str, ...]


class _Refused(Exception):
    """Raised inside the XML scan; becomes a `WorkbookError`."""


def find_workbooks(paths: Iterable[Path]) -> list[Path]:
    """Return the .xlsx files among files and folders, sorted by name, each once.

    Raises:
        AgreementDataError: A path does not exist, or no workbook is found, or two files share a name.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            # "~$" marks the lock file a spreadsheet program leaves beside an open workbook.
            found.update(
                dict.fromkeys(
                    p for p in sorted(path.iterdir()) if p.suffix.lower() == ".xlsx" and not p.name.startswith("~$")
                )
            )
        elif path.is_file():
            found[path] = None
        else:
            raise AgreementDataError(f"{path}: no such file or folder. Give ICE's .xlsx lists or a folder of them.")
    if not found:
        raise AgreementDataError(
            f"{', '.join(map(str, paths))}: no .xlsx file found. Give ICE's lists or a folder of them."
        )
    books = sorted(found, key=lambda p: (p.name, str(p)))
    for one, two in itertools.pairwise(books):
        if one.name == two.name and one.resolve() != two.resolve():
            raise AgreementDataError(f"{two}: a second file of that name, beside {one}. Give each list once.")
    return list({book.resolve(): book for book in books}.values())


def read_workbook(path: Path) -> Workbook:
    """Return one ICE workbook as raw rows.

    Args:
        path: An .xlsx file in any of the layouts ICE has used.

    Raises:
        WorkbookError: The file is missing, too large, not a workbook, or holds no sheet with the headings
            STATE, LAW ENFORCEMENT AGENCY and SUPPORT TYPE.
    """
    sha256 = _refuse_bombs(path)
    with warnings.catch_warnings():
        # openpyxl warns of styles and extensions it drops; none of them carries content.
        warnings.simplefilter("ignore", UserWarning)
        try:
            # Not read-only mode: that mode leaves out hyperlinks. Formulas stay visible (data_only=False).
            # Opened here: openpyxl leaves a file it fails on open.
            with path.open("rb") as data:
                book = load_workbook(data, data_only=False, keep_links=False, rich_text=False)
        except Exception as error:  # openpyxl raises whatever its parsers raise
            raise WorkbookError(
                path,
                f"not a readable .xlsx workbook ({_one_line(error)})",
                "Download it again, or open and save it as .xlsx",
            ) from error
    notes: list[str] = []
    chosen: tuple[Any, int, dict[str, int]] | None = None
    for sheet in book.worksheets:
        at = _heading_row(sheet)
        if at is None:
            if any(cell.value is not None for row in sheet.iter_rows() for cell in row):
                notes.append(f"sheet {sheet.title!r} has no list of agreements; left out")
        elif chosen is None:
            chosen = (sheet, *at)
        else:
            notes.append(f"sheet {sheet.title!r} is a second list; only {chosen[0].title!r} is read")
    if chosen is None:
        raise WorkbookError(
            path,
            f"no sheet has the headings {', '.join(_REQUIRED)}",
            "Check that this is ICE's list of participating or pending agencies",
        )
    sheet, heading_row, columns = chosen
    return _read_sheet(path, sha256, sheet, heading_row, columns, notes)


def _read_sheet(
    path: Path, sha256: str, sheet: Any, heading_row: int, columns: dict[str, int], notes: list[str]
) -> Workbook:
    rows: list[RawRow] = []
    blank_rows = 0
    used_columns = set(columns.values())
    unknown = {heading: column for heading, column in columns.items() if heading not in HEADINGS}
    stray: dict[int, int] = {}
    for cells in sheet.iter_rows(min_row=heading_row + 1):
        texts = {cell.column: _text(cell.value) for cell in cells}
        if not any(texts.values()):
            blank_rows += 1
            continue
        for column, text in texts.items():
            if text and column not in used_columns:
                stray[column] = stray.get(column, 0) + 1
        by_column = {cell.column: cell for cell in cells}
        fields: dict[str, str] = {}
        for heading, name in HEADINGS.items():
            column = columns.get(heading)
            if column is None or column not in by_column:
                continue
            fields[name], link = _text_and_link(by_column[column])
            if name in ("moa", "addendum"):
                fields[f"{name}_link"] = link
        rows.append(RawRow(file=path.name, row=cells[0].row, **fields))
    notes += [f"unknown heading {heading!r} in column {column}; not read" for heading, column in unknown.items()]
    notes += [f"column {column} has no heading but {count} filled cells; not read" for column, count in stray.items()]
    kind = ListKind.PARTICIPATING if "SIGNED" in columns else ListKind.PENDING
    for other in ListKind:
        if other is not kind and path.name.lower().startswith(other.value):
            notes.append(f"named {other.value} but its headings are those of the {kind.value} list; read as such")
    return Workbook(
        file=path.name,
        sha256=sha256,
        kind=kind,
        headings=tuple(columns),
        rows=tuple(rows),
        blank_rows=blank_rows,
        blank_columns=max(0, (sheet.max_column or 0) - len(used_columns) - len(stray)),
        warnings=tuple(notes),
    )


def _heading_row(sheet: Any) -> tuple[int, dict[str, int]] | None:
    """Return the row that holds the headings, and the column of each; None where a sheet has none."""
    for cells in sheet.iter_rows(max_row=_HEADING_SEARCH_ROWS):
        columns: dict[str, int] = {}
        for cell in cells:
            heading = " ".join(_text(cell.value).replace("\xa0", " ").split()).upper()
            if heading and heading not in columns:
                columns[heading] = cell.column
        if all(heading in columns for heading in _REQUIRED):
            return cells[0].row, columns
    return None


def _text_and_link(cell: Any) -> tuple[str, str]:
    """Return a cell's text and the target behind it: a hyperlink, or a HYPERLINK() formula."""
    text, link = _text(cell.value), ""
    if cell.hyperlink is not None and cell.hyperlink.target:
        link = str(cell.hyperlink.target)
    formula = _HYPERLINK_FORMULA.match(text)
    if formula:
        text, link = formula.group(2) or formula.group(1), link or formula.group(1)
    return text, link


def _text(value: object) -> str:
    """Return a cell as text: dates as YYYY-MM-DD, whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return text if text.strip().strip("\xa0") else ""


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _refuse_bombs(path: Path) -> str:
    """Return the file's SHA-256, having checked that unpacking it is safe.

    A workbook is a zip of XML: a small file can unpack to gigabytes, an entity or a merged range can
    multiply itself in memory. Every part is unpacked in small pieces and scanned before openpyxl sees it.

    Raises:
        WorkbookError: It is missing, no zip, too large, declares entities, or addresses far too many cells.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise WorkbookError(path, f"cannot be opened ({error.strerror})", "Check the path") from error
    refused = "Refused as unsafe; get the list from ICE's page again"
    if size > _MAX_FILE_BYTES:
        raise WorkbookError(path, f"{size:,} bytes is more than any list could need ({_MAX_FILE_BYTES:,})", refused)
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as parts:
            if len(parts.infolist()) > _MAX_PARTS:
                raise _Refused(f"more than {_MAX_PARTS:,} parts inside")
            for part in parts.infolist():
                scan = _XmlScan() if part.filename.lower().endswith((".xml", ".rels", ".vml")) else None
                with parts.open(part) as data:
                    while piece := data.read(_CHUNK):
                        unpacked += len(piece)
                        if unpacked > _MAX_UNPACKED_BYTES:
                            raise _Refused(f"unpacks to more than {_MAX_UNPACKED_BYTES:,} bytes")
                        if scan:
                            scan.feed(piece)
                if scan:
                    scan.close()
        # The file is at most 25 MB: hash it whole.
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except _Refused as error:
        raise WorkbookError(path, str(error), refused) from error
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        EOFError,
        RuntimeError,
        OSError,
        zlib.error,
        struct.error,
        ValueError,  # names and dates inside the archive that are none
    ) as error:
        raise WorkbookError(
            path,
            f"not an .xlsx workbook, or damaged ({_one_line(error)})",
            "Download it again, or save it as .xlsx",
        ) from error
    except expat.ExpatError as error:
        raise WorkbookError(path, f"damaged inside ({_one_line(error)})", "Download it again") from error


class _XmlScan:
    """Reads one XML part without building it, and refuses what would blow up in memory."""

    def __init__(self) -> None:
        self._rows = self._cells = 0
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._doctype
        self._parser.StartElementHandler = self._element

    def feed(self, piece: bytes) -> None:
        self._parser.Parse(piece, False)

    def close(self) -> None:
        self._parser.Parse(b"", True)

    @staticmethod
    def _doctype(*_: object) -> None:
        raise _Refused("declares XML entities, which no list needs")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row":
            # Counted as well as read: a row need not carry its number.
            self._rows += 1
            number = attributes.get("r", "")
            if self._rows > _MAX_ROWS or (number.isdigit() and int(number) > _MAX_ROWS):
                raise _Refused(f"has cells below row {_MAX_ROWS:,}")
        elif tag == "c":
            self._cells += 1
            if self._cells > _MAX_CELLS:
                raise _Refused(f"has more than {_MAX_CELLS:,} cells")
            reference = attributes.get("r", "")
            if reference and not _NEAR_CELL.fullmatch(reference):
                raise _Refused(f"has a cell at {reference[:40]!r}, beyond row {_MAX_ROWS:,} or column ZZ")
        elif tag in ("mergeCell", "hyperlink"):
            reference = attributes.get("ref", "")
            try:
                left, top, right, bottom = range_boundaries(reference)
            except (ValueError, TypeError):
                raise _Refused(f"has a cell reference that is none ({reference[:40]!r})") from None
            if None in (left, top, right, bottom):
                raise _Refused(f"addresses whole rows or columns ({reference[:40]!r})")
            if (right - left + 1) * (bottom - top + 1) > _MAX_RANGE_CELLS:
                raise _Refused(f"spreads one cell or link over {reference[:40]!r}")


def read_workbooks(paths: Sequence[Path]) -> list[Workbook]:
    """Return several workbooks, in the order given.

    Raises:
        WorkbookError: One of them cannot be read.
    """
    return [read_workbook(path) for path in paths]
