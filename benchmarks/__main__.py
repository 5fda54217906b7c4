"""`python -m benchmarks [--baselines FOLDER] [--runs N]`: measure and print a table of medians."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import apps, history, measure

OUT = Path(__file__).parent / "out" / "latest.json"

#: Row of the table: heading, unit, value of one run, what the app shall reach (value, floor) -> limit.
Row = tuple[str, str, Callable[[dict[str, Any]], float], Callable[[float], float] | None]


def _changes(run: dict[str, Any], key: str) -> float:
    return float(median(change[key] for change in run["changes"]))


ROWS: tuple[Row, ...] = (
    ("server start to healthy", "s", lambda run: run["start"], lambda floor: 3.0),
    ("first paint, new visitor", "s", lambda run: run["new_visitor"]["paint"], lambda floor: 1.3 * floor),
    ("first paint, first visitor after start", "s", lambda run: run["first_visitor"]["paint"], None),
    ("filter to repaint", "s", lambda run: _changes(run, "paint"), lambda floor: 1.5 * floor),
    ("filter to repaint, slowest of a run", "s", lambda run: max(c["paint"] for c in run["changes"]), None),
    ("blank while filtering", "s", lambda run: max(c["blank"] for c in run["changes"]), lambda floor: 0.0),
    ("frames mounted again", "", lambda run: run["remounts"], lambda floor: 0.0),
    ("WebSocket per filter change", "KB", lambda run: _changes(run, "ws") / 1e3, lambda floor: 80.0),
    ("HTTP per filter change", "KB", lambda run: _changes(run, "http") / 1e3, None),
    (
        "own data and map code at first load, HTTP",
        "KB",
        lambda run: run["new_visitor"]["own_http"] / 1e3,
        lambda floor: 400.0,
    ),
    ("WebSocket at first load", "KB", lambda run: run["new_visitor"]["ws"] / 1e3, None),
    ("all HTTP at first load", "KB", lambda run: run["new_visitor"]["all_http"] / 1e3, None),
    ("requests to other hosts", "", lambda run: len(run["outside"]), lambda floor: 0.0),
    ("server memory after one session", "MB", lambda run: run["memory"], lambda floor: 350.0),
    ("memory per further session", "MB", lambda run: run["memory_per_session"], lambda floor: 3.0),
)


def machine() -> dict[str, str]:
    """Return what the figures depend on."""
    browser = subprocess.run([measure.chromium(), "--version"], capture_output=True, text=True).stdout.strip()
    return {
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "streamlit": version("streamlit"),
        "browser": browser or "unknown",
        "load before": f"{os.getloadavg()[0]:.2f}",
    }


def _shown(value: float, unit: str) -> str:
    digits = {"s": 3, "KB": 1, "MB": 1}.get(unit, 0)
    return f"{value:,.{digits}f}" + (f" {unit}" if unit else "")


def table(runs: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return Markdown lines: medians per app, the app's ratio to the empty page, and what it shall reach.

    Args:
        runs: Runs by app name; "app" and "F" are there.
    """
    others = [name for name in runs if name not in ("app", "F")]
    lines = ["| " + " | ".join(["median", "app", "F, empty page", "app / F", "to reach", "", *others]) + " |"]
    lines.append("|---" * (6 + len(others)) + "|")
    for heading, unit, value, limit_of in ROWS:
        medians = {name: median(value(run) for run in of_app) for name, of_app in runs.items()}
        ours, floor = medians["app"], medians["F"]
        limit = limit_of(floor) if limit_of else None
        cells = [
            heading,
            _shown(ours, unit),
            _shown(floor, unit),
            f"{ours / floor:.2f}" if unit and floor > 0 else "",
            "" if limit is None else f"at most {_shown(limit, unit)}",
            "" if limit is None else ("met" if ours <= limit else "NOT MET"),
            *(_shown(medians[name], unit) for name in others),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write benchmarks/out/latest.json; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--baselines", type=Path, metavar="FOLDER", help="apps to compare with")
    parser.add_argument("--runs", type=int, default=5, help="runs per app; 5 or more for a result")
    parser.add_argument("--keep", action="store_true", help="add the figures to benchmarks/history.csv")
    options = parser.parse_args(arguments)
    if options.runs < 1:
        parser.error("--runs must be 1 or more")
    # Ended from outside, the servers must still be stopped.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))

    wanted = [apps.our_app(), apps.floor()]
    notes: list[str] = []
    closing: list[Callable[[], None]] = []
    with tempfile.TemporaryDirectory() as scratch:
        if options.baselines:
            more, notes, closing = apps.baselines(options.baselines.resolve(), Path(scratch))
            wanted += more
        for note in notes:
            print(note, file=sys.stderr)
        try:
            about = machine()
            if os.getloadavg()[0] > (os.cpu_count() or 1) / 2:
                print(f"the machine is busy (load {about['load before']}): times will be too long", file=sys.stderr)
            runs = _measure(wanted, options.runs)
        except measure.BenchmarkError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            for close in closing:
                close()

    print(", ".join(f"{name} {value}" for name, value in about.items()))
    print(f"{options.runs} runs each" + ("" if options.runs >= 5 else " (too few for a result)"))
    print("; ".join(f"{app.name}: {app.what}" for app in wanted if app.name in runs) + "\n")
    print("\n".join(table(runs)))
    for problem in sorted({error for run in runs["app"] for error in run["errors"]}):
        print(f"page error: {problem}")
    if options.keep:
        history.keep((name, median(value(run) for run in runs["app"]), unit) for name, unit, value, _ in ROWS)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"machine": about, "runs": runs, "notes": notes}, indent=1))
    print(f"\nwritten: {OUT.relative_to(apps.ROOT)}")
    return 0


def _measure(wanted: Sequence[apps.App], count: int) -> dict[str, list[dict[str, Any]]]:
    # Apps take turns, so that a slow minute of the machine falls on all of them.
    runs: dict[str, list[dict[str, Any]]] = {}
    failed: set[str] = set()
    for turn in range(count):
        for app in wanted:
            if app.name in failed:
                continue
            print(f"run {turn + 1} of {count}: {app.name}   ", end="\r", file=sys.stderr, flush=True)
            with measure.browser(tuple(app.outside) or measure.BLOCK) as running:
                try:
                    runs.setdefault(app.name, []).append(measure.run(running, app))
                except Exception as error:
                    if app.name in ("app", "F"):
                        raise
                    print(f"baseline {app.name} skipped: {error}", file=sys.stderr)
                    failed.add(app.name)
                    runs.pop(app.name, None)
    print(file=sys.stderr)
    return runs


if __name__ == "__main__":
    sys.exit(main())
