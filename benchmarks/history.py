"""Figures kept from one measurement to the next: `benchmarks/history.csv`, and the README's table of the newest.

`python -m benchmarks.history` prints that table.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
HISTORY: Final = Path(__file__).with_name("history.csv")
COLUMNS: Final = ("date", "commit", "machine", "figure", "value", "unit")

#: A figure: its name, its value, its unit.
Figure = tuple[str, float, str]


def this_machine() -> str:
    """Return what the figures depend on, in a few words that name no one's machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}"


def this_commit() -> str:
    """Return the short name of the commit measured, with a plus where the tree differs from it; "" outside git."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"], cwd=ROOT, capture_output=True, text=True
    )
    return said.stdout.strip() if said.returncode == 0 else ""


def keep(figures: Iterable[Figure], place: Path = HISTORY, today: dt.date | None = None) -> None:
    """Add figures to the history."""
    begun = place.exists()
    with place.open("a", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        if not begun:
            writer.writerow(COLUMNS)
        same = ((today or dt.date.today()).isoformat(), this_commit(), this_machine())
        writer.writerows((*same, name, f"{value:.4g}", unit) for name, value, unit in figures)


def newest(place: Path = HISTORY) -> list[dict[str, str]]:
    """Return the newest row of each figure, in the order the figures first came."""
    latest: dict[str, dict[str, str]] = {}
    if place.exists():
        with place.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                latest[row["figure"]] = row
    return list(latest.values())


def table(rows: Iterable[dict[str, str]]) -> list[str]:
    """Return Markdown lines: each figure with its value, day, commit and machine."""
    lines = ["| figure | value | day | commit | machine |", "|---|---|---|---|---|"]
    for row in rows:
        value = f"{row['value']} {row['unit']}".strip()
        lines.append(f"| {row['figure']} | {value} | {row['date']} | {row['commit']} | {row['machine']} |")
    return lines


if __name__ == "__main__":
    print("\n".join(table(newest())))
    sys.exit(0)
