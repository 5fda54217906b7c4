"""Prints random rows of the record beside the workbook rows they came from, for a person to compare.

`python -m tools.audit_rows sheets --seed 287` draws 100 rows of data/agreements.csv; `--risky` draws only among those
that needed a judgement: names merged, dates corrected, places not as printed, several counties, ended. The same seed
gives the same rows of the same record. What was found is written down in docs/audit.md.
"""

from __future__ import annotations

import argparse
import difflib
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from geo.fips import counties
from map_app.errors import MapAppError
from map_app.ingest.build import Record, build_record, read_all
from map_app.ingest.command import DEFAULT_OUT
from map_app.ingest.corrections import load_corrections
from map_app.ingest.history import HISTORY_DIR
from map_app.ingest.links import clean_link
from map_app.ingest.names import agency_key
from map_app.ingest.tracking import Agreement
from map_app.ingest.workbooks import RawRow, Workbook, find_workbooks

#: How alike two agencies' keys are for a row of a neighbouring list to be shown.
_ALIKE = 0.8
#: Words of a key that say what an agency is, not which.
_KINDS = frozenset({"county", "sheriff", "police", "department", "of", "office", "township", "borough", "parish"})


def draw(frame: pd.DataFrame, seed: int, count: int, risky: bool = False) -> list[str]:
    """Return the ids of the rows to look at, in the order of the record.

    Args:
        frame: The record, all text.
        seed: Written down, so that the same rows can be looked at again.
        count: How many.
        risky: Draw only among rows that needed a judgement.
    """
    ids = frame["agreement_id"]
    if risky:
        judged = (frame["corrections"] != "") | (frame["status"] == "ended") | frame["county_geoids"].str.contains(";")
        ids = ids[judged | ~frame["placement"].isin(["printed"])]
    return sorted(random.Random(seed).sample(sorted(ids), min(count, len(ids))))


def describe(row: dict[str, str], agreement: Agreement, record: Record, raw: dict[tuple[str, int], RawRow],
             by_file: dict[str, Sequence[RawRow]]) -> Iterator[str]:  # fmt: skip
    """Yield what the record says of one agreement, then what its sources print, a line each."""
    held = counties()
    places = ", ".join(held[geoid].name for geoid in row["county_geoids"].split(";") if geoid) or row["state_abbr"]
    yield f"== {row['agreement_id']}"
    yield "   record  " + " | ".join(
        row[column]
        for column in ("agency_name", "state_abbr", "model", "signed_date", "status", "ended_date", "ended_basis")
    )
    yield f"           listed {row['first_listed_date']} to {row['last_listed_date']}, gone {row['first_missing_date']}"
    yield f"           {row['agency_type']}, {row['coverage']}: {places} | " + " | ".join(
        row[column] for column in ("place_name", "placement", "placement_note", "corrections", "note")
    )
    yield f"           {row['moa_url']}"
    shown: list[tuple[str, ...]] = []
    at = [position for position, _ in agreement.rows]
    for position, clean in agreement.rows:
        cells = raw[clean.file, clean.row]
        # Links without the archive's or a mail scanner's wrapping, which changes from list to list.
        links = (clean_link(cells.moa_link or cells.moa).url, clean_link(cells.addendum_link).url)
        facts = (cells.state, cells.agency, cells.type, cells.county, cells.model, cells.signed, *links)
        if facts not in shown or position == at[-1]:
            shown.append(facts)
            yield f"   {record.lists[position].day} {clean.file} row {clean.row}: {' | '.join(facts)}"
    state = raw[agreement.rows[0][1].file, agreement.rows[0][1].row].state.strip().casefold() if at else ""
    for name, position in (("before", at[0] - 1), ("after", at[-1] + 1)) if at else ():
        if 0 <= position < len(record.lists):
            listed = record.lists[position]
            like = [
                f"row {one.row} {one.agency} | {one.model} | {one.signed}"
                for one in by_file[listed.file]
                if one.state.strip().casefold() == state and _alike(one.agency, row["agency_name"])
            ]
            yield f"   {name} {listed.day} {listed.file}: {'; '.join(like) or 'none like it'}"
    for old in agreement.records:
        yield f"   history line {old.line}: {old.agency_name} | {old.county} | {old.model} | {old.signed_date}" + (
            f"{old.signed_month} to {old.ended_date}{old.ended_month} {old.ended_basis or ''} | {old.sources} | "
            f"{old.moa_url or old.archive_url} | {old.note}"
        )


def _alike(name: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, _which(name), _which(other)).ratio() >= _ALIKE


def _which(name: str) -> str:
    """Return the words of an agency's key that say which agency it is."""
    return " ".join(word for word in agency_key(name).split() if word not in _KINDS) or name


def audit(sheets: Sequence[Path], seed: int, count: int, risky: bool) -> Iterator[str]:
    """Yield the lines to read for a sample of the shipped record.

    Args:
        sheets: ICE's lists, files or folders.
        seed: As for `draw`.
        count: As for `draw`.
        risky: As for `draw`.

    Raises:
        MapAppError: A list cannot be read, or the shipped record is not what these lists make.
    """
    books: list[Workbook] = read_all(find_workbooks(sheets))
    record = build_record(books, HISTORY_DIR, load_corrections())
    shipped = pd.read_csv(DEFAULT_OUT, dtype=str, keep_default_na=False, encoding="utf-8")
    if not record.frame.reset_index(drop=True).equals(shipped[list(record.frame.columns)]):
        raise MapAppError(f"{DEFAULT_OUT} is not what these lists make. Run `map-app ingest` first.")
    raw = {(cells.file, cells.row): cells for book in books for cells in book.rows}
    by_file = {book.file: book.rows for book in books}
    rows = record.frame.to_dict("records")
    agreements = dict(zip(record.frame["agreement_id"], zip(rows, record.agreements, strict=True), strict=True))
    for identifier in draw(shipped, seed, count, risky):
        row, agreement = agreements[identifier]
        yield from describe({str(key): str(text) for key, text in row.items()}, agreement, record, raw, by_file)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the sample; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.audit_rows", description=str(__doc__).partition("\n")[0])
    parser.add_argument("sheets", nargs="+", type=Path, help="ICE's lists, files or folders")
    parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same rows")
    parser.add_argument("--count", type=int, default=100, help="how many rows (default: 100)")
    parser.add_argument("--risky", action="store_true", help="only rows that needed a judgement")
    given = parser.parse_args(arguments)
    try:
        for line in audit(given.sheets, given.seed, given.count, given.risky):
            print(line)
    except MapAppError as error:
        print(f"audit_rows: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
