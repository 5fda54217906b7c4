"""`map-app ingest`: from workbooks to data/agreements.csv, with a report, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from map_app.errors import MapAppError
from map_app.ingest.build import as_csv, build_record, read_all, write_atomically
from map_app.ingest.corrections import CORRECTIONS_DIR, load_corrections
from map_app.ingest.pending import pending_frame
from map_app.ingest.published import compare_published, published_table
from map_app.ingest.report import Check, build_report, compare_builds, run_checks, sources_frame
from map_app.ingest.workbooks import find_workbooks

_ROOT: Final = Path(__file__).parents[2]
DEFAULT_OUT: Final = _ROOT / "data" / "agreements.csv"


def run_ingest(sheets: list[Path], history: Path | None, out: Path, report: Path | None) -> int:
    """Build the record from workbooks and write it; return the exit code (0 written, 1 not written).

    Beside `out` go pending.csv and SOURCES.csv; where `history` holds published counts, their comparison goes
    to ../docs/published-counts.md when such a folder exists. Nothing is written when a check fails.

    Args:
        sheets: ICE's lists, files or folders, participating and pending in any order.
        history: Folder like data/history, or None for the lists alone.
        out: The record to write.
        report: Where to write the report as JSON, or None.
    """
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        return _ingest(sheets, history, out, report, console)
    except MapAppError as error:
        console.print(f"map-app ingest: {error}", markup=False)
        return 1


def _ingest(sheets: list[Path], history: Path | None, out: Path, report: Path | None, console: Console) -> int:
    if history is not None and not history.is_dir():
        raise MapAppError(f"{history}: no such folder. Give the folder that holds agreements_2002_2020.csv.")
    if not out.parent.is_dir():
        raise MapAppError(f"{out.parent}: no such folder. Make it first, or give another --out.")
    corrections = load_corrections(CORRECTIONS_DIR)
    paths = find_workbooks(sheets)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        reading = progress.add_task("Reading lists", total=len(paths))
        books = read_all(paths, progress=lambda: progress.advance(reading))
        building = progress.add_task("Building the record", total=1)
        record = build_record(books, history, corrections)
        progress.advance(building)
    published = compare_published(record.frame, history) if history else []
    checks = run_checks(record, published)
    pending = pending_frame(record)
    changes = compare_builds(_read_old(out), record.frame)
    summary = build_report(record, checks, changes, pending, published)
    failed = [check for check in checks if not check.passed and check.stops]
    if report is not None:
        write_atomically(report, json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    _print_summary(console, summary, checks)
    if failed:
        console.print(
            f"map-app ingest: {out} is left as it was: {len(failed)} of {len(checks)} checks failed.",
            markup=False,
        )
        return 1
    docs = out.resolve().parent.parent / "docs"
    if published and docs.is_dir():
        write_atomically(docs / "published-counts.md", published_table(published))
    write_atomically(out.with_name("pending.csv"), as_csv(pending))
    write_atomically(out.with_name("SOURCES.csv"), as_csv(sources_frame(record.accounts)))
    # The record last: whoever finds it new finds its companions new.
    write_atomically(out, as_csv(record.frame))
    console.print(f"{out}: {len(record.frame):,} agreements written.", markup=False)
    return 0


def _read_old(path: Path) -> pd.DataFrame | None:
    """Return the record as it stands, or None where it cannot be read: it is about to be replaced."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError):
        return None


def _print_summary(console: Console, summary: dict[str, object], checks: list[Check]) -> None:
    def line(text: str) -> None:
        console.print(text, markup=False)

    rows, changes = summary["rows"], summary["changes"]
    assert isinstance(rows, dict)
    assert isinstance(changes, dict)
    for kind, count in rows.items():
        line(
            f"{kind}: {count['lists']:,} lists, {count['rows']:,} rows = {count['kept']:,} kept + "
            f"{count['merged']:,} merged + {count['unreadable']:,} unreadable + "
            f"{count['set_aside']:,} set aside"
        )
    for title in ("status", "placement", "ended_basis", "pending"):
        held = summary[title]
        assert isinstance(held, dict)
        line(f"{title}: " + (", ".join(f"{name} {count:,}" for name, count in held.items()) or "none"))
    corrections = summary["corrections"]
    assert isinstance(corrections, dict)
    line(f"corrections: {len(corrections['used'])} used, {len(corrections['unused'])} unused")
    line("since the last build: " + ", ".join(f"{len(ids):,} {name}" for name, ids in changes.items()))
    for check in checks:
        verdict = "pass" if check.passed else "FAIL" if check.stops else "note"
        line(
            f"{verdict}  {check.name}: {check.value} (expected {check.expected})"
            + (f": {check.detail}" if check.detail else "")
        )
