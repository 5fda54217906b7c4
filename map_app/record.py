"""The record as the running app holds it: read once per process, read again when the file changes."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pandas as pd

from map_app.agreements import Record, empty_agreements, read_agreements
from map_app.coverage import CoverageIndex
from map_app.errors import Fault, UnreadableFileError
from map_app.filters import Filters
from map_app.text import Text

#: Environment variable naming another agreements.csv, for tests and for those who host their own.
DATA_VARIABLE: Final = "MAP_APP_DATA"
_DEFAULT: Final = Path(__file__).resolve().parents[1] / "data" / "agreements.csv"


@dataclass(frozen=True)
class LoadedRecord:
    """Agreements joined to counties, and what is wrong with them.

    Attributes:
        agreements: Usable rows, as `read_agreements` returns them.
        index: The same rows joined to counties.
        faults: Everything wrong with the file.
        set_aside: Rows not shown because of a fault.
        refused: Why the newest version of the file could not be used at all; the last good one is shown.
        version: Short hash of the file; empty where no usable file was ever read.
        newest_list: Date of the newest ICE list in the record, or None.
    """

    agreements: pd.DataFrame
    index: CoverageIndex
    faults: list[Fault] = field(default_factory=list)
    set_aside: int = 0
    refused: list[Fault] = field(default_factory=list)
    version: str = ""
    newest_list: dt.date | None = None

    def dated(self, filters: Filters, text: Text) -> str:
        """Return what a selection is dated by, as "ICE's list of 11 May 2026"."""
        if filters.as_of and not (self.newest_list and filters.as_of >= self.newest_list):
            return text.t("As of {day}", day=text.day(filters.as_of))
        if self.newest_list:
            return text.t("ICE’s list of {day}", day=text.day(self.newest_list))
        return text.t("No ICE list is held")


_lock: Final = threading.Lock()
_held: dict[Path, tuple[tuple[int, int, int], LoadedRecord]] = {}


def record_path() -> Path:
    """Return the agreements file the app shows."""
    return Path(os.environ.get(DATA_VARIABLE, _DEFAULT))


def current_record() -> LoadedRecord:
    """Return the record, read again if the file has changed since.

    A file that cannot be used leaves the last good record in place, with the reason in `refused`; with no
    good record before it, the record is empty.
    """
    path = record_path()
    try:
        info = path.stat()
        stamp = (info.st_mtime_ns, info.st_size, info.st_ino)
    except OSError:
        stamp = (0, 0, 0)
    known = _held.get(path)
    if known and known[0] == stamp:
        return known[1]
    with _lock:
        known = _held.get(path)
        if known and known[0] == stamp:
            return known[1]
        last_good = known[1] if known else None
        loaded = _load(path, last_good)
        _held[path] = (stamp, loaded)
        return loaded


def _load(path: Path, last_good: LoadedRecord | None) -> LoadedRecord:
    try:
        record = read_agreements(path)
        version = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except UnreadableFileError as refusal:
        held = last_good or _join(Record(empty_agreements()), "")
        return replace(held, refused=refusal.faults)
    return _join(record, version)


def _join(record: Record, version: str) -> LoadedRecord:
    newest = record.agreements["last_listed_date"].max()
    return LoadedRecord(
        agreements=record.agreements,
        index=CoverageIndex(record.agreements),
        faults=record.faults,
        set_aside=record.set_aside,
        version=version,
        newest_list=None if pd.isna(newest) else newest.date(),
    )
