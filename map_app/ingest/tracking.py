"""Tracking: many lists, one row per agreement ever attested, with when it was listed and how it stopped."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from map_app.ingest.cleaning import CleanRow
from map_app.vocabulary import EndedBasis, MoaStatus, Model, Status

#: An agreement has ended only when at least this many later lists lack it.
ABSENCES_THAT_END: Final = 3
#: Last day the record before the lists speaks of.
END_OF_RECORD: Final = dt.date(2020, 12, 31)
#: A list that has lost more than this share of the rows of the list before it is not believed.
BELIEVED_LOSS: Final = 0.10

_STAMP: Final = re.compile(r"-(\d{8})(\d{6})$")
_NAMED_DAY: Final = re.compile(r"(\d{2})(\d{2})(\d{4})([a-z]*)(.*)$", re.I)
_DAY_PARTS: Final = {"am": 1, "mid": 2, "": 3, "pm": 4}


@dataclass(frozen=True)
class ListedOn:
    """One believed participating list.

    Attributes:
        file: Workbook.
        day: Date of the list.
        until: Last day it was seen unchanged on ICE's page.
        rows: Its rows, cleaned.
    """

    file: str
    day: dt.date
    until: dt.date
    rows: Sequence[CleanRow]


@dataclass
class Agreement:
    """One agreement: one model, signed by one agency, on one date.

    Attributes:
        state_abbr: Postal abbreviation.
        agency_key: Key of the agency, see `names.agency_key`.
        model: Support type.
        signed_date: YYYY-MM-DD, or empty.
        rows: The list rows that attest it, oldest first, with the position of their list.
        records: Rows of data/history that attest it.
        status: As of the newest list.
        ended_date: When it stopped, or empty.
        ended_basis: How that is known.
        first_missing: Date of the first later list without it, or empty.
        absent_from: How many of the newest lists lack it (0 where the newest shows it).
    """

    state_abbr: str
    agency_key: str
    model: Model
    signed_date: str
    rows: list[tuple[int, CleanRow]] = field(default_factory=list)
    records: list[HistoryRecord] = field(default_factory=list)
    status: Status = Status.ACTIVE
    ended_date: str = ""
    ended_basis: EndedBasis | None = None
    first_missing: str = ""
    absent_from: int = 0

    @property
    def agency(self) -> tuple[str, str]:
        """State and key of the agency."""
        return self.state_abbr, self.agency_key

    @property
    def key(self) -> tuple[str, str, Model, str]:
        """What makes it one agreement."""
        return self.state_abbr, self.agency_key, self.model, self.signed_date

    @property
    def first_position(self) -> int | None:
        """Position of the first list that shows it, or None."""
        return self.rows[0][0] if self.rows else None

    @property
    def last_position(self) -> int | None:
        """Position of the newest list that shows it, or None."""
        return self.rows[-1][0] if self.rows else None

    def gaps(self) -> list[tuple[int, int]]:
        """Return the stretches of lists, first and last position, that lack it though later ones show it."""
        positions = sorted({position for position, _ in self.rows})
        return [(a + 1, b - 1) for a, b in itertools.pairwise(positions) if b - a > 1]

    def unlisted_periods(self, lists: Sequence[ListedOn]) -> list[tuple[dt.date, dt.date]]:
        """Return when it was off the lists for so long that it would have ended, had it not come back.

        A shorter absence is taken for a slip of the list, as it is at the end.

        Args:
            lists: The lists it was tracked over.

        Returns:
            Date of the first list without it and of the first list with it again, oldest first. By day: an absence
            that begins and ends on one day is none, and two that share a day are one, since a day shows what its
            last list shows.
        """
        found: list[tuple[dt.date, dt.date]] = []
        for first, last in self.gaps():
            left, back = lists[first].day, lists[last + 1].day
            if last - first + 1 < ABSENCES_THAT_END or left == back:
                continue
            if found and left <= found[-1][1]:
                left = found.pop()[0]
            found.append((left, back))
        return found

    def newest(self, attribute: str) -> str:
        """Return the newest value of a row's attribute that is not empty, or an empty text."""
        for _, row in reversed(self.rows):
            held = getattr(row, attribute)
            if held:
                return str(held)
        return ""

    def moa_status(self) -> MoaStatus | None:
        """Return linked where any list links it (a later one may drop it), else what the newest says."""
        if any(row.moa.url for _, row in self.rows):
            return MoaStatus.LINKED
        # A row that says "link" and carries none, or another agency's, says nothing of use.
        said = next((row.moa_status for _, row in reversed(self.rows) if row.moa_status), None)
        return said if said is MoaStatus.PENDING else None


@dataclass(frozen=True)
class HistoryRecord:
    """One signing of data/history/agreements_2002_2020.csv.

    Attributes:
        line: Line in that file.
        state_abbr: Postal abbreviation.
        agency_name: Name there.
        agency_key: Its key.
        level: state, county, municipal or regional, as a hint for placement.
        county: County or counties named there.
        model: Support type.
        signed_date: YYYY-MM-DD, or empty where no source gives the day.
        signed_month: YYYY-MM where only the month is known.
        ended_date: YYYY-MM-DD, or empty.
        ended_month: YYYY-MM where only the month of the end is known.
        ended_basis: How the end is known, or None.
        task_force_ended_date: For a hybrid that ran on as jail enforcement only.
        sources: Documents, `; ` between.
        moa_url: Memorandum, or empty.
        archive_url: Archived copy of it, or empty.
        note: Note there.
        corrections: Ids of corrections that changed something in it.
    """

    line: int
    state_abbr: str
    agency_name: str
    agency_key: str
    level: str
    county: str
    model: Model
    signed_date: str
    signed_month: str
    ended_date: str
    ended_month: str
    ended_basis: EndedBasis | None
    task_force_ended_date: str
    sources: str
    moa_url: str
    archive_url: str
    note: str
    corrections: tuple[str, ...]


@dataclass(frozen=True)
class Merged:
    """A row of a list that repeats another row of the same list.

    Attributes:
        file: Workbook.
        row: The row left out.
        into: The row that stands for both.
    """

    file: str
    row: int
    into: int


def list_order(file: str, day: dt.date) -> tuple[dt.date, int, str]:
    """Return what sorts lists in the order ICE published them: the day, the part of it, then the name.

    Captures carry their time in the name; ICE's own names say am, mid or pm, and a letter or digit for a
    second one (`pm_b`, `amB`, `pm2`).
    """
    stem = file.rsplit(".", 1)[0]
    stamp = _STAMP.search(stem)
    if stamp:
        return day, 0, stamp[2]
    named = _NAMED_DAY.search(stem)
    part, rest = (named[4].casefold(), named[5]) if named else ("", "")
    for known in ("mid", "am", "pm"):
        if part.startswith(known):
            return day, _DAY_PARTS[known], part[len(known) :] + rest
    return day, _DAY_PARTS[""], part + rest


def day_in_name(file: str) -> dt.date | None:
    """Return the day a list's file name gives (MMDDYYYY, or a capture's YYYYMMDDHHMMSS), or None."""
    stem = file.rsplit(".", 1)[0]
    stamp = _STAMP.search(stem)
    named = None if stamp else re.search(r"(?<!\d)(\d{2})(\d{2})(\d{4})(?!\d)", stem)
    try:
        if stamp:
            return dt.datetime.strptime(stamp[1], "%Y%m%d").date()
        if named:
            return dt.date(int(named[3]), int(named[1]), int(named[2]))
    except ValueError:
        pass
    return None


def merge_duplicates(rows: Iterable[CleanRow]) -> tuple[list[CleanRow], list[Merged]]:
    """Return one list's rows, each agreement once: the row with a linked memorandum, else the later one."""
    best: dict[tuple[str, str, Model, str], CleanRow] = {}
    doubles: dict[tuple[str, str, Model, str], list[CleanRow]] = {}
    for row in rows:
        key = (row.state_abbr, row.agency_key, row.model, row.signed_date)
        held = best.get(key)
        if held is None:
            best[key] = row
            continue
        keep, drop = (held, row) if (bool(held.moa.url), held.row) > (bool(row.moa.url), row.row) else (row, held)
        best[key] = keep
        doubles.setdefault(key, []).append(drop)
    merged = [Merged(drop.file, drop.row, best[key].row) for key, dropped in doubles.items() for drop in dropped]
    return sorted(best.values(), key=lambda r: r.row), sorted(merged, key=lambda m: m.row)


def track(lists: Sequence[ListedOn], records: Sequence[HistoryRecord] = ()) -> list[Agreement]:
    """Return every agreement ever attested, with its status as of the newest list.

    Args:
        lists: Believed participating lists, oldest first, each agreement once in each.
        records: The record before the lists. A record and a list row that share agency, model and date are
            one agreement.

    Returns:
        Sorted by state, agency, model and date.
    """
    held: dict[tuple[str, str, Model, str], Agreement] = {}
    for position, listed in enumerate(lists):
        for row in listed.rows:
            key = (row.state_abbr, row.agency_key, row.model, row.signed_date)
            held.setdefault(key, Agreement(*key)).rows.append((position, row))
    for record in records:
        # Where only a month is known it tells two signings apart as a day would.
        key = (record.state_abbr, record.agency_key, record.model, record.signed_date or record.signed_month)
        agreement = held.setdefault(key, Agreement(*key[:3], record.signed_date))
        agreement.records.append(record)
    agreements = [held[key] for key in sorted(held)]
    for agreement in agreements:
        _end(agreement, lists)
    _supersede(agreements, lists)
    return agreements


def _end(agreement: Agreement, lists: Sequence[ListedOn]) -> None:
    """Set how an agreement stopped, from its own evidence."""
    last = agreement.last_position
    if last is None:
        _end_by_record(agreement, lists)
        return
    agreement.absent_from = len(lists) - 1 - last
    if agreement.absent_from == 0:
        return
    missing = lists[last + 1]
    agreement.first_missing = missing.day.isoformat()
    if agreement.absent_from >= ABSENCES_THAT_END:
        documented = next((r for r in agreement.records if r.ended_date and r.ended_basis is EndedBasis.EXACT), None)
        agreement.status = Status.ENDED
        agreement.ended_date = documented.ended_date if documented else min(lists[last].until, missing.day).isoformat()
        agreement.ended_basis = EndedBasis.EXACT if documented else EndedBasis.LAST_LISTED


def _end_by_record(agreement: Agreement, lists: Sequence[ListedOn]) -> None:
    """Set how an agreement that no list shows stopped: by the record, else it was gone by the lists."""
    for record in agreement.records:
        if record.ended_date:
            agreement.ended_date, agreement.ended_basis = record.ended_date, record.ended_basis
            agreement.status = Status.SUPERSEDED if record.ended_basis is EndedBasis.SUPERSEDED else Status.ENDED
            return
    for record in agreement.records:
        if record.ended_month:
            month = dt.date.fromisoformat(f"{record.ended_month}-01")
            last_day = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
            agreement.ended_date, agreement.ended_basis = last_day.isoformat(), EndedBasis.LAST_LISTED
            agreement.status = Status.ENDED
            return
    if len(lists) >= ABSENCES_THAT_END:
        agreement.first_missing = lists[0].day.isoformat()
        agreement.ended_date, agreement.ended_basis = END_OF_RECORD.isoformat(), EndedBasis.LAST_LISTED
        agreement.status = Status.ENDED


def _supersede(agreements: Sequence[Agreement], lists: Sequence[ListedOn]) -> None:
    """End each agreement that the same agency replaced by signing the same model again."""
    same: dict[tuple[str, str, Model], list[Agreement]] = {}
    for agreement in agreements:
        same.setdefault((*agreement.agency, agreement.model), []).append(agreement)
    for signings in same.values():
        dated = sorted((a for a in signings if a.signed_date), key=lambda a: a.signed_date)
        for earlier, later in itertools.pairwise(dated):
            if _replaces(later, earlier, lists):
                earlier.status = Status.SUPERSEDED
                earlier.ended_date, earlier.ended_basis = later.signed_date, EndedBasis.SUPERSEDED


def _replaces(later: Agreement, earlier: Agreement, lists: Sequence[ListedOn]) -> bool:
    """Whether a later signing replaced an earlier one that still stood, rather than came after its end."""
    if earlier.ended_basis is EndedBasis.EXACT or (earlier.last_position is None and earlier.ended_date):
        return earlier.ended_basis is EndedBasis.SUPERSEDED or earlier.ended_date == later.signed_date
    if earlier.last_position is None or earlier.absent_from == 0 or later.first_position is None:
        return True
    gone_for = later.first_position - earlier.last_position - 1
    return gone_for < ABSENCES_THAT_END or later.signed_date <= lists[earlier.last_position].until.isoformat()
