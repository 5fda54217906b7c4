"""The record as the running app holds it: read once per process, read again when the file changes."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import os
import threading
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from map_app.agreements import Record, empty_agreements, read_agreements
from map_app.coverage import CoverageIndex
from map_app.errors import Fault, Said, UnreadableFileError
from map_app.filters import Filters
from map_app.text import Text
from map_app.vocabulary import Status

#: Environment variable naming another agreements.csv, for tests and for those who host their own.
DATA_VARIABLE: Final = "MAP_APP_DATA"
#: A list older than this is said to be old, on the page as in the metrics.
RECENT_DAYS: Final = 14
#: A stretch between lists longer than this is told to the reader.
GAP_DAYS: Final = 14
_DEFAULT: Final = Path(__file__).resolve().parents[1] / "data" / "agreements.csv"


@dataclass(frozen=True)
class ListHeld:
    """One of ICE's lists held.

    Attributes:
        day: Day of the list.
        last_seen: Last day it was seen unchanged.
    """

    day: dt.date
    last_seen: dt.date


@dataclass(frozen=True)
class Facts:
    """What every page asks of a record, worked out once.

    Attributes:
        years: First and last signing year, or None where no year is known.
        models, agency_types: Values that occur.
        all_active: Whether every agreement is active.
        waiting: One boolean per agreement: active, but gone from the newest lists.
    """

    years: tuple[int, int] | None
    models: frozenset[str]
    agency_types: frozenset[str]
    all_active: bool
    waiting: np.ndarray


@dataclass(frozen=True)
class LoadedRecord:
    """Agreements joined to counties, and what is wrong with them.

    Attributes:
        agreements: Usable rows, as `read_agreements` returns them, by state, agency and date.
        index: The same rows joined to counties.
        faults: Everything wrong with the file.
        set_aside: Rows not shown because of a fault.
        refused: Why the newest version of the file could not be used at all; the last good one is shown.
        version: Short hash of the file; empty where no usable file was ever read.
        newest_list: Date of the newest ICE list in the record, or None.
        lists: ICE's participating lists held, by day (from SOURCES.csv beside the record; empty without it).
    """

    agreements: pd.DataFrame
    index: CoverageIndex
    faults: list[Fault] = field(default_factory=list)
    set_aside: int = 0
    refused: list[Fault] = field(default_factory=list)
    version: str = ""
    newest_list: dt.date | None = None
    lists: tuple[ListHeld, ...] = ()

    @cached_property
    def facts(self) -> Facts:
        """What every page asks of the record."""
        rows = self.agreements
        years = rows["signed_year"].dropna()
        active = (rows["status"] == Status.ACTIVE).to_numpy(dtype=bool)
        return Facts(
            years=(int(years.min()), int(years.max())) if len(years) else None,
            models=frozenset(map(str, rows["model"].unique())),
            agency_types=frozenset(map(str, rows["agency_type"].unique())),
            all_active=bool(active.all()),
            waiting=active & rows["first_missing_date"].notna().to_numpy(dtype=bool),
        )

    def dated(self, filters: Filters, text: Text) -> str:
        """Return what a selection is dated by, as "ICE's list of 11 May 2026"."""
        if not self.newest_list:
            return text.t("No ICE list is held")
        if not filters.as_of or filters.as_of >= self.newest_list:
            return text.t("ICE’s list of {day}", day=text.day(self.newest_list))
        standing = self.list_on(filters.as_of)
        if standing:
            return text.t("ICE’s list of {day}", day=text.day(standing.day))
        return text.t("As of {day}, by documents of the time", day=text.day(filters.as_of))

    def days_old(self, filters: Filters, today: dt.date) -> int | None:
        """Return how old the newest list is where that has to be said, else None.

        It has to be said where a selection speaks of now, not of a day chosen, and the list is more than
        `RECENT_DAYS` old.
        """
        age = self.list_age(today)
        return age if age is not None and age > RECENT_DAYS and not filters.as_of else None

    def list_on(self, day: dt.date) -> ListHeld | None:
        """Return the ICE list that stood on a day: the newest one held not after it, or None before the first."""
        earlier = [held for held in self.lists if held.day <= day]
        return earlier[-1] if earlier else None

    @cached_property
    def gaps(self) -> tuple[tuple[dt.date, dt.date], ...]:
        """The stretches without lists: the last day a list was seen, and the day of the next one held."""
        return tuple(
            (held.last_seen, following.day)
            for held, following in pairwise(self.lists)
            if (following.day - held.last_seen).days > GAP_DAYS
        )

    def gap_on(self, day: dt.date) -> tuple[dt.date, dt.date] | None:
        """Return the days of the lists around a stretch without lists that holds the day, or None.

        In such a stretch what changed is known, but not when: a change shows on the next list held.
        """
        return next(((last, next_) for last, next_ in self.gaps if last < day < next_), None)

    def list_age(self, today: dt.date) -> int | None:
        """Return the age of the newest list in days, or None where there is none."""
        return (today - self.newest_list).days if self.newest_list else None

    def age_warning(self, filters: Filters, today: dt.date, text: Text) -> str:
        """Return the sentence that the newest list is no longer recent; "" where it is, or a past day is shown."""
        age = self.days_old(filters, today)
        return age_words(text.number(age), text) if age else ""


def age_words(age: str, text: Text) -> str:
    """Return what it means that the newest list is no longer recent; given are its days, as a number in words."""
    return text.t(
        "This is the newest list held, {age} days old: agreements signed or ended since are not shown.", age=age
    )


def gap_words(first: str, second: str, text: Text) -> str:
    """Return what a stretch without lists means; given are the days of the lists around it, in words."""
    return text.t(
        "No list is held between {first} and {second}. Agreements that began or stopped in between show from the "
        "second day on.",
        first=first,
        second=second,
    )


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


_UNFINISHED: Final = Fault(
    None, None, None, Said("the file ends in the middle of a line, as one still being copied does"),
    Said("Put the whole file in place; it ends with a line end."),
)  # fmt: skip


_NO_ROWS: Final = Fault(
    None, None, None, Said("the file holds no agreement"), Said("Put the whole file in place."),
)  # fmt: skip
#: Agreements that ended stay in the record, so it only grows; a file with fewer than this part of them was cut short.
_LEAST_KEPT: Final = 0.9
#: A record of fewer rows is one somebody is trying out.
_LARGE: Final = 100


def _rows(held: LoadedRecord | None) -> int:
    return len(held.agreements) + held.set_aside if held and held.version else 0


def _shrunk(rows: int, before: int) -> Fault:
    """Return that a file that came while another was shown has lost agreements: a cut one would say "no" of places."""
    what = Said("the file holds {rows} agreements, the one before it {before}", rows=rows, before=before)
    return Fault(
        None, None, None, what, Said("Put the whole file in place, or start the app anew to show this one.")
    )  # fmt: skip


def _load(path: Path, last_good: LoadedRecord | None) -> LoadedRecord:
    try:
        record = read_agreements(path)
        content = path.read_bytes()
        if last_good and last_good.version and not content.endswith(b"\n"):
            # Half a file would read as half of the agreements gone.
            raise UnreadableFileError(path, [_UNFINISHED])
        rows, before = len(record.agreements) + record.set_aside, _rows(last_good)
        if not rows:
            raise UnreadableFileError(path, [_NO_ROWS])
        if before >= _LARGE and rows < _LEAST_KEPT * before:
            raise UnreadableFileError(path, [_shrunk(rows, before)])
        version = hashlib.sha256(content).hexdigest()[:12]
    except OSError as gone:  # between the two readings
        problem = Said("the file cannot be read: {why}", why=gone.strerror)
        fault = Fault(None, None, None, problem, Said("Put it back."))
        return replace(last_good or _join(Record(empty_agreements()), ""), refused=[fault])
    except UnreadableFileError as refusal:
        held = last_good or _join(Record(empty_agreements()), "")
        return replace(held, refused=refusal.faults)
    return _join(record, version, _lists_held(path.with_name("SOURCES.csv")))


def _lists_held(path: Path) -> tuple[ListHeld, ...]:
    """Return the participating lists of SOURCES.csv that are believed, by day; none where it cannot be read."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            held = {
                ListHeld(dt.date.fromisoformat(row["list_date"]), dt.date.fromisoformat(row["last_seen_unchanged"]))
                for row in csv.DictReader(lines)
                if row["kind"] == "participating" and not row["set_aside_reason"]
            }
    except (OSError, KeyError, ValueError):
        return ()
    return tuple(sorted(held, key=lambda held: held.day))


def _join(record: Record, version: str, lists: tuple[ListHeld, ...] = ()) -> LoadedRecord:
    order = ["state_abbr", "agency_name", "signed_date"]  # as the table shows them
    agreements = record.agreements.sort_values(order, kind="stable", ignore_index=True)
    newest = agreements["last_listed_date"].max()
    return LoadedRecord(
        agreements=agreements,
        index=CoverageIndex(agreements),
        faults=record.faults,
        set_aside=record.set_aside,
        version=version,
        newest_list=None if pd.isna(newest) else newest.date(),
        lists=lists,
    )
