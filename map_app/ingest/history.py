"""data/history: the record before ICE's spreadsheets, and what is known of the days of its lists."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from map_app.errors import AgreementDataError
from map_app.ingest.corrections import Corrections
from map_app.ingest.links import clean_link
from map_app.ingest.names import agency_key, display_name
from map_app.ingest.tracking import HistoryRecord, day_in_name
from map_app.vocabulary import EndedBasis, Model

HISTORY_DIR: Final = Path(__file__).parents[2] / "data" / "history"
RECORD_FILE: Final = "agreements_2002_2020.csv"
LISTS_FILE: Final = "lists.csv"
_RECORD_COLUMNS: Final = (
    "state_abbr",
    "agency_name",
    "level",
    "county",
    "model",
    "signed_date",
    "signed_month",
    "ended_date",
    "ended_month",
    "ended_basis",
    "task_force_ended_date",
    "first_seen_date",
    "sources",
    "moa_url",
    "note",
)
_LIST_COLUMNS: Final = ("file", "list_date", "date_basis", "last_seen_unchanged", "believed", "note")


@dataclass(frozen=True)
class ListDay:
    """What is known of a list's day.

    Attributes:
        day: Date of the list.
        until: Last day it was seen unchanged.
        basis: How the day is known: file name, or archive capture.
        believed: Whether a person has judged that a sudden loss of rows is real.
    """

    day: dt.date
    until: dt.date
    basis: str
    believed: bool = False


def load_list_days(folder: Path) -> dict[str, ListDay]:
    """Return the known days of lists by file name; empty where the folder has no lists.csv.

    Raises:
        AgreementDataError: The file lacks a column or holds a bad date.
    """
    path = folder / LISTS_FILE
    days: dict[str, ListDay] = {}
    for line, row in _read(path, _LIST_COLUMNS):
        day, until = (_day(path, line, column, row) for column in ("list_date", "last_seen_unchanged"))
        days[row["file"]] = ListDay(day, until, row["date_basis"], row["believed"] == "yes")
    return days


def list_day(file: str, known: Mapping[str, ListDay]) -> ListDay:
    """Return the day of a list: from lists.csv, else from its file name.

    Raises:
        AgreementDataError: Neither gives a day.
    """
    if file in known:
        return known[file]
    day = day_in_name(file)
    if day is None:
        raise AgreementDataError(
            f"{file}: its name gives no day (MMDDYYYY). Add its day to data/history/{LISTS_FILE}, "
            "or name it as ICE does."
        )
    return ListDay(day, day, "archive capture" if "-" in file else "file name")


def load_records(folder: Path, corrections: Corrections) -> list[HistoryRecord]:
    """Return the signings of the record before the lists; empty where the folder has none.

    Raises:
        AgreementDataError: The file lacks a column, or a cell names no model, basis or day.
    """
    path = folder / RECORD_FILE
    records: list[HistoryRecord] = []
    for line, row in _read(path, _RECORD_COLUMNS):
        model = Model.parse(row["model"])
        if model is None:
            raise AgreementDataError(f"{path}, line {line}, column model: {row['model']!r} is no support type.")
        for column in ("signed_date", "ended_date", "task_force_ended_date", "first_seen_date"):
            if row[column]:
                _day(path, line, column, row)
        if row["ended_basis"] and row["ended_basis"] not in tuple(EndedBasis):
            raise AgreementDataError(
                f"{path}, line {line}, column ended_basis: {row['ended_basis']!r} is none of {', '.join(EndedBasis)}."
            )
        name, used = corrections.agency(row["state_abbr"], display_name(row["agency_name"]), model, row["signed_date"])
        signed = row["signed_date"]
        fixed = corrections.dates.get((row["state_abbr"], agency_key(name), model, signed))
        if fixed:
            signed, used = fixed[0], (*used, corrections.use(fixed[1]))
        link = clean_link(row["moa_url"])
        records.append(
            HistoryRecord(
                line=line,
                state_abbr=row["state_abbr"],
                agency_name=name,
                agency_key=agency_key(name),
                level=row["level"],
                county=row["county"],
                model=model,
                signed_date=signed,
                signed_month=row["signed_month"] or ("" if signed else row["first_seen_date"][:7]),
                ended_date=row["ended_date"],
                ended_month=row["ended_month"],
                ended_basis=EndedBasis(row["ended_basis"]) if row["ended_basis"] else None,
                task_force_ended_date=row["task_force_ended_date"],
                sources=row["sources"],
                moa_url=link.url,
                archive_url=link.archive_url,
                note=row["note"],
                corrections=used,
            )
        )
    return records


def _read(path: Path, columns: tuple[str, ...]) -> Iterable[tuple[int, dict[str, str]]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != columns:
            raise AgreementDataError(f"{path}: its columns are {reader.fieldnames}; they must be {', '.join(columns)}.")
        for row in reader:
            if None in row or None in row.values():
                raise AgreementDataError(f"{path}, line {reader.line_num}: too many or too few cells.")
            yield reader.line_num, row


def _day(path: Path, line: int, column: str, row: Mapping[str, str]) -> dt.date:
    try:
        return dt.date.fromisoformat(row[column])
    except ValueError:
        raise AgreementDataError(
            f"{path}, line {line}, column {column}: {row[column]!r} is no day. Write it as YYYY-MM-DD."
        ) from None
