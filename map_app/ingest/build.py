"""Building the record: lists, history and corrections become one frame, written the same way every time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from map_app.agreements import COLUMNS
from map_app.errors import AgreementDataError
from map_app.ingest.cleaning import FIRST_SIGNING, Problem, clean_rows, read_date
from map_app.ingest.corrections import Corrections
from map_app.ingest.history import ListDay, list_day, load_list_days, load_records
from map_app.ingest.names import agency_key, display_name, plain, slug
from map_app.ingest.tracking import (
    ABSENCES_THAT_END,
    BELIEVED_LOSS,
    Agreement,
    HistoryRecord,
    ListedOn,
    Merged,
    list_order,
    merge_duplicates,
    track,
)
from map_app.ingest.workbooks import ListKind, Workbook, read_workbook
from map_app.vocabulary import Status

#: ICE's TYPE for the levels of the history, as hints for placement.
_TYPE_OF_LEVEL: Final = {"state": "State Agency", "county": "County", "municipal": "Municipality"}


@dataclass(frozen=True)
class ListAccount:
    """What became of one list: a row of data/SOURCES.csv.

    Attributes:
        file: Workbook.
        kind: participating or pending.
        day: What is known of its day.
        sha256: Hash of the file.
        rows: Rows read.
        kept: Rows that stand in the record.
        merged: Rows that repeat another row of the same list.
        unreadable: Rows without a state, an agency or a model that can be read.
        set_aside: Rows set aside by data/corrections/rows.csv, or all of them with the list.
        reason: Why the whole list is set aside, or empty.
        warnings: What reading it gave to say.
    """

    file: str
    kind: ListKind
    day: ListDay
    sha256: str
    rows: int
    kept: int
    merged: int
    unreadable: int
    set_aside: int
    reason: str
    warnings: tuple[str, ...]


@dataclass
class Record:
    """The record and everything the report says of it.

    Attributes:
        frame: One row per agreement with the columns of `map_app.agreements`, all text.
        agreements: The same agreements as tracked, in the order of the frame's rows.
        accounts: One per list, in the order of publication, participating lists first.
        problems: Cells that could not be read.
        merged: Rows that repeat another row of the same list.
        rows_set_aside: (file, row, reason) of single rows set aside.
        pending: Cleaned rows of the pending lists, oldest list first.
        lists: The believed participating lists, oldest first.
        records: Rows of the history.
        corrections: All of them, with those used.
        agency_ids: Id of every agency on any list, by state and key.
        notes_lost: Ids of rows of notes.csv that speak of no agreement of the record.
    """

    frame: pd.DataFrame
    agreements: list[Agreement]
    accounts: list[ListAccount]
    problems: list[Problem]
    merged: list[Merged]
    rows_set_aside: list[tuple[str, int, str]]
    pending: list[ListedOn]
    lists: list[ListedOn]
    records: list[HistoryRecord]
    corrections: Corrections
    agency_ids: dict[tuple[str, str], str]
    notes_lost: list[str]


def read_all(paths: Sequence[Path], workers: int = 2, progress: Callable[[], None] = lambda: None) -> list[Workbook]:
    """Return every workbook, read by a few processes at once, in the order given.

    Args:
        paths: Workbooks.
        workers: Processes; with few workbooks none is started.
        progress: Called once per workbook read.

    Raises:
        WorkbookError: One of them cannot be read.
    """
    books: list[Workbook] = []
    if workers < 2 or len(paths) < 8:
        for path in paths:
            books.append(read_workbook(path))
            progress()
        return books
    with ProcessPoolExecutor(workers) as pool:
        for book in pool.map(read_workbook, paths, chunksize=4):
            books.append(book)
            progress()
    return books


def build_record(books: Iterable[Workbook], history: Path | None, corrections: Corrections) -> Record:
    """Return the record that lists, history and corrections make.

    Args:
        books: Workbooks in any order; participating and pending lists together.
        history: Folder with agreements_2002_2020.csv and lists.csv, or None for the lists alone.
        corrections: Corrections to apply; those used are marked in it.

    Raises:
        AgreementDataError: No participating list among the workbooks, a list without a day, a bad history
            file, or two agencies that would share an id.
    """
    known_days = load_list_days(history) if history else {}
    dated = sorted(
        ((book, _day_of(book, known_days)) for book in books),
        key=lambda pair: (
            pair[0].kind is ListKind.PENDING,
            *list_order(pair[0].file, pair[1].day),
            pair[0].file,
        ),
    )
    if not any(book.kind is ListKind.PARTICIPATING for book, _ in dated):
        raise AgreementDataError("No participating list among the workbooks. Give at least ICE's newest one.")
    accounts: list[ListAccount] = []
    problems: list[Problem] = []
    merged: list[Merged] = []
    asides: list[tuple[str, int, str]] = []
    lists: dict[ListKind, list[ListedOn]] = {kind: [] for kind in ListKind}
    believed_rows = 0
    for book, day in dated:
        reason = ""
        if book.kind is ListKind.PARTICIPATING:
            reason = _why_not_believed(len(book.rows), believed_rows, day)
            believed_rows = believed_rows if reason else len(book.rows)
        aside = [raw for raw in book.rows if (raw.file, raw.row) in corrections.rows]
        for raw in aside:
            why, identifier = corrections.rows[raw.file, raw.row]
            corrections.use(identifier)
            asides.append((raw.file, raw.row, why))
        left = [raw for raw in book.rows if (raw.file, raw.row) not in corrections.rows]
        cleaned, found = ([], []) if reason else clean_rows(left, book.kind, day.day, corrections)
        rows, doubles = merge_duplicates(cleaned)
        problems += found
        merged += doubles
        if not reason:
            lists[book.kind].append(ListedOn(book.file, day.day, day.until, rows))
        accounts.append(
            ListAccount(
                file=book.file,
                kind=book.kind,
                day=day,
                sha256=book.sha256,
                rows=len(book.rows),
                kept=len(rows),
                merged=len(doubles),
                unreadable=0 if reason else len(left) - len(cleaned),
                set_aside=len(aside) + (len(left) if reason else 0),
                reason=reason,
                warnings=(
                    *book.warnings,
                    *([f"{book.blank_rows} blank rows dropped"] if book.blank_rows else []),
                ),
            )
        )
    records = load_records(history, corrections) if history else []
    agreements = track(lists[ListKind.PARTICIPATING], records)
    ids = _agency_ids(agreements, lists[ListKind.PENDING])
    frame, order = _frame(agreements, lists[ListKind.PARTICIPATING], ids, corrections)
    agreements = [agreements[at] for at in order]
    return Record(
        frame=frame,
        agreements=agreements,
        notes_lost=_add_notes(frame, agreements, corrections),
        accounts=accounts,
        problems=problems,
        merged=merged,
        rows_set_aside=sorted(asides),
        pending=lists[ListKind.PENDING],
        lists=lists[ListKind.PARTICIPATING],
        records=records,
        corrections=corrections,
        agency_ids=ids,
    )


def write_atomically(path: Path, text: str) -> None:
    """Replace a file with text (UTF-8, Unix line ends) in one step: readers see the old or the new.

    Raises:
        AgreementDataError: The folder does not exist or cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with draft.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise AgreementDataError(f"{path}: cannot be written ({error.strerror}). Check the folder.") from error


def as_csv(frame: pd.DataFrame) -> str:
    """Return a frame of text as CSV: header, Unix line ends, quotes only where needed."""
    return str(frame.to_csv(index=False, lineterminator="\n"))


def _day_of(book: Workbook, known: dict[str, ListDay]) -> ListDay:
    """Return the day of a list; where neither lists.csv nor its name says, that of its newest signature."""
    try:
        return list_day(book.file, known)
    except AgreementDataError:
        days = [day for row in book.rows if (day := read_date(plain(row.signed))) and day >= FIRST_SIGNING]
        if not days:
            raise
        return ListDay(max(days), max(days), "newest signature on it")


def _why_not_believed(rows: int, before: int, day: ListDay) -> str:
    if not before or day.believed or rows >= before * (1 - BELIEVED_LOSS):
        return ""
    return (
        f"{rows:,} rows after {before:,} on the list before: a loss of more than a tenth at once is "
        "not believed. If it is real, say so in data/history/lists.csv (believed: yes)"
    )


def _agency_ids(agreements: Sequence[Agreement], pending: Sequence[ListedOn]) -> dict[tuple[str, str], str]:
    """Return each agency's id, from the name of its oldest source, so that new lists do not change it."""
    oldest: dict[tuple[str, str], tuple[str, int, str]] = {}

    def offer(agency: tuple[str, str], when: str, at: int, name: str) -> None:
        if agency not in oldest or (when, at, name) < oldest[agency]:
            oldest[agency] = (when, at, name)

    for agreement in agreements:
        for record in agreement.records:
            offer(agreement.agency, "", 0, record.agency_name)
        for position, row in agreement.rows[:1]:
            offer(agreement.agency, "listed", position, row.agency_name)
    for position, listed in enumerate(pending):
        for row in listed.rows:
            offer((row.state_abbr, row.agency_key), "pending", position, row.agency_name)
    ids: dict[tuple[str, str], str] = {}
    taken: dict[str, tuple[str, str]] = {}
    for agency in sorted(oldest):
        identifier = f"{agency[0].lower()}-{slug(oldest[agency][2])}"
        if identifier in taken:
            raise AgreementDataError(
                f"Two agencies of {agency[0]} would share the id {identifier}: "
                f"{oldest[taken[identifier]][2]!r} and {oldest[agency][2]!r}. "
                "Say in data/corrections/agencies.csv whether they are one."
            )
        ids[agency] = identifier
        taken[identifier] = agency
    return ids


def _frame(
    agreements: Sequence[Agreement],
    lists: Sequence[ListedOn],
    ids: dict[tuple[str, str], str],
    corrections: Corrections,
) -> tuple[pd.DataFrame, list[int]]:
    """Return the frame, sorted by state, agency, model and date, and which agreement each row is."""
    names = _display_names(agreements)
    places = _places(agreements, ids, names)
    rows: list[dict[str, str]] = []
    for agreement in agreements:
        agency_id, name = ids[agreement.agency], names[agreement.agency]
        place = {column: str(value) for column, value in places.loc[agency_id].items()}
        signed = agreement.signed_date
        month = next((r.signed_month for r in agreement.records if r.signed_month), "")
        first, last = agreement.first_position, agreement.last_position
        newest = agreement.rows[-1][1] if agreement.rows else None
        used = {identifier for _, row in agreement.rows for identifier in row.corrections}
        used |= {identifier for record in agreement.records for identifier in record.corrections}
        used |= set(filter(None, place["corrections"].split(";")))
        status = agreement.moa_status()
        rows.append(
            {
                "agreement_id": f"{agency_id}-{agreement.model.code.lower()}-{signed or month or 'undated'}",
                "agency_id": agency_id,
                "agency_name": name,
                "state_abbr": agreement.state_abbr,
                "agency_type": place["agency_type"],
                "model": agreement.model.value,
                "signed_date": signed,
                "status": agreement.status.value,
                "first_listed_date": "" if first is None else lists[first].day.isoformat(),
                "last_listed_date": "" if last is None else lists[last].day.isoformat(),
                "ended_date": agreement.ended_date,
                "ended_basis": agreement.ended_basis.value if agreement.ended_basis else "",
                "coverage": place["coverage"],
                "county_geoids": place["county_geoids"],
                "place_name": place["place_name"],
                "placement": place["placement"],
                "placement_note": place["placement_note"],
                "moa_status": status.value if status else "",
                "moa_url": _moa_url(agreement),
                "addendum_url": next((r.addendum.url for _, r in reversed(agreement.rows) if r.addendum.url), ""),
                "sources": _sources(agreement, lists),
                "note": "; ".join(_own_notes(agreement, lists)),
                "signed_year": signed[:4] or month[:4],
                "first_missing_date": agreement.first_missing,
                "task_force_ended_date": next(
                    (r.task_force_ended_date for r in agreement.records if r.task_force_ended_date), ""
                ),
                "printed_name": newest.printed_name if newest and newest.printed_name != name else "",
                "printed_county": agreement.newest("printed_county"),
                "printed_type": agreement.newest("printed_type"),
                "corrections": ";".join(sorted(used)),
                "unlisted_periods": ";".join(f"{left}/{back}" for left, back in agreement.unlisted_periods(lists)),
            }
        )
    order = sorted(range(len(rows)), key=lambda at: _sort_key(rows[at]))
    frame = pd.DataFrame([rows[at] for at in order], columns=[column.name for column in COLUMNS], dtype="str")
    return frame, order


def _own_notes(agreement: Agreement, lists: Sequence[ListedOn]) -> list[str]:
    """Return what the sources themselves give to say of an agreement."""
    notes = [record.note for record in agreement.records if record.note]
    if agreement.status is Status.ENDED and not agreement.rows and agreement.first_missing:
        notes.append(f"on no list held; gone by ICE's list of {agreement.first_missing}, day of the end not known")
    if any(r.ended_month for r in agreement.records) and not agreement.rows:
        notes.append(f"ended in {agreement.records[0].ended_month}, day not known")
    for first, last in agreement.gaps():
        if last - first + 1 >= ABSENCES_THAT_END:
            notes.append(
                f"not on {last - first + 1} lists from {lists[first].day} to {lists[last].day}, then listed again"
            )
    return notes


def _add_notes(frame: pd.DataFrame, agreements: Sequence[Agreement], corrections: Corrections) -> list[str]:
    """Add the facts of notes.csv to the rows they speak of; return the ids of those that found no row."""
    lost: list[str] = []
    for note in corrections.notes:
        name, _ = corrections.agency(note["state_abbr"], display_name(note["agency_name"]))
        hits = [
            at
            for at, agreement in enumerate(agreements)
            if agreement.agency == (note["state_abbr"], agency_key(name))
            and note["model"] in ("", agreement.model.value)
            and note["signed_date"] in ("", agreement.signed_date)
        ]
        if not hits:
            lost.append(note["id"])
            continue
        corrections.use(note["id"])
        for at in hits:
            told = f"{note['note'].rstrip('.')} ({note['source']})"
            frame.loc[at, "note"] = "; ".join(filter(None, (told, str(frame.loc[at, "note"]))))
            frame.loc[at, "corrections"] = ";".join(
                sorted({*filter(None, str(frame.loc[at, "corrections"]).split(";")), note["id"]})
            )
    return lost


def _sort_key(row: dict[str, str]) -> tuple[str, ...]:
    return (
        row["state_abbr"],
        row["agency_name"].casefold(),
        row["agency_id"],
        row["model"],
        row["signed_date"],
    )


def _display_names(agreements: Iterable[Agreement]) -> dict[tuple[str, str], str]:
    """Return the name each agency goes by: as its newest list has it, else as its newest record has it."""
    newest: dict[tuple[str, str], tuple[int, str, str]] = {}
    for agreement in agreements:
        offers = [(position, "", row.agency_name) for position, row in agreement.rows[-1:]]
        offers += [(-1, record.signed_date, record.agency_name) for record in agreement.records]
        for offer in offers:
            newest[agreement.agency] = max(newest.get(agreement.agency, (-2, "", "")), offer)
    return {agency: name for agency, (_, _, name) in newest.items()}


def _places(
    agreements: Iterable[Agreement], ids: dict[tuple[str, str], str], names: dict[tuple[str, str], str]
) -> pd.DataFrame:
    """Return the place of every agency, by agency_id."""
    # Placing brings the geography with it; reading and tracking lists needs none of it.
    from map_app.ingest.placing import place_agencies

    types: dict[tuple[str, str], list[tuple[int, str]]] = {}
    counties: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for agreement in agreements:
        for position, row in agreement.rows:
            types.setdefault(agreement.agency, []).append((-position, row.type_hint))
            counties.setdefault(agreement.agency, []).append((-position, row.printed_county))
        for record in agreement.records:
            types.setdefault(agreement.agency, []).append((1, _TYPE_OF_LEVEL.get(record.level, "")))
            counties.setdefault(agreement.agency, []).append((1, record.county))
    agencies = sorted(ids[agency] for agency in names)
    by_id = {ids[agency]: agency for agency in names}
    frame = pd.DataFrame(
        {
            "agency_id": agencies,
            "state_abbr": [by_id[a][0] for a in agencies],
            "agency_name": [names[by_id[a]] for a in agencies],
            "printed_types": [_newest_first(types[by_id[a]]) for a in agencies],
            "printed_counties": [_newest_first(counties[by_id[a]]) for a in agencies],
        },
        index=pd.Index(agencies),
    )
    return place_agencies(frame)


def _newest_first(values: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for _, text in sorted(values, key=lambda pair: pair[0]) if text))


def _moa_url(agreement: Agreement) -> str:
    linked = next((row.moa.url for _, row in reversed(agreement.rows) if row.moa.url), "")
    return linked or next((r.moa_url or r.archive_url for r in agreement.records if r.moa_url or r.archive_url), "")


def _sources(agreement: Agreement, lists: Sequence[ListedOn]) -> str:
    """Return what attests an agreement: first and last list that show it and their number, documents."""
    parts: list[str] = []
    if agreement.rows:
        files = list(dict.fromkeys(lists[position].file for position, _ in agreement.rows))
        parts.append(files[0] if len(files) == 1 else f"{files[0]} to {files[-1]} ({len(files)} lists)")
    for record in agreement.records:
        parts += [source for source in record.sources.split("; ") if source]
    archive = next((row.moa.archive_url for _, row in reversed(agreement.rows) if row.moa.archive_url), "")
    archive = archive or next((r.archive_url for r in agreement.records if r.archive_url), "")
    if archive:
        parts.append(f"archived memorandum {archive}")
    return "; ".join(dict.fromkeys(parts))
