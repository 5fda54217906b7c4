"""How long the commands take, each as a process of its own: `python -m benchmarks.commands [--sheets FOLDER]`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.history import ROOT, Figure, keep

#: What people run, by the name of its figure; `{out}` is a folder of its own each time.
COMMANDS: dict[str, tuple[str, ...]] = {
    "lookup of a ZIP code": ("lookup", "85003"),
    "lookup of a misspelled town": ("lookup", "Davdison, NC"),
    "export of the active agreements, CSV": ("export", "--out", "{out}/a.csv"),
    "export of all agreements, XLSX": ("export", "--status", "all", "--out", "{out}/a.xlsx"),
    "export of all agreements, GeoJSON": ("export", "--status", "all", "--out", "{out}/a.geojson"),
    "export of counties, GeoPackage": ("export", "--grain", "county", "--out", "{out}/a.gpkg"),
    "publish, the static edition": ("publish", "{out}/site"),
}
INGEST = "ingest of every list given"


def seconds(words: Sequence[str]) -> float:
    """Return how long one command took, imports included.

    Raises:
        RuntimeError: It failed.
    """
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "map_app", *(word.format(out=out) for word in words)]
        begun = time.perf_counter()
        run = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        took = time.perf_counter() - begun
    if run.returncode:
        raise RuntimeError(f"map-app {' '.join(words)}: {run.stderr.strip().splitlines()[-1]}")
    return took


def measured(runs: int, sheets: Path | None) -> list[Figure]:
    """Return the median of each command; ingest only where its lists are given."""
    wanted = dict(COMMANDS)
    if sheets:
        wanted[INGEST] = (
            "ingest",
            str(sheets),
            "--history",
            str(ROOT / "data/history"),
            "--out",
            "{out}/agreements.csv",
        )
    figures = []
    for name, words in wanted.items():
        took = median(seconds(words) for _ in range(runs))
        print(f"{name:40}{took:8.2f} s", flush=True)
        figures.append((name, took, "s"))
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.commands", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each command (3)")
    parser.add_argument("--sheets", type=Path, help="folder of ICE's workbooks, to time the rebuild too")
    parser.add_argument("--keep", action="store_true", help="add the figures to benchmarks/history.csv")
    asked = parser.parse_args(arguments)
    figures = measured(asked.runs, asked.sheets)
    if not asked.sheets:
        print("ingest not measured: name the folder of workbooks with --sheets")
    if asked.keep:
        keep(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
