"""What one process carries: `python -m benchmarks.load`.

Starts the app on a free port of this machine and opens sessions that speak to it as browsers do. Each changes one
filter every few seconds, whether or not the machine keeps up; a change is timed from the moment it was due to the
last message of its page, so waiting in a queue counts. Then everyone leaves, and the memory is read again.
The machine's load average stands beside the figures: what else runs takes its share of them.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from benchmarks import history
from benchmarks.apps import App
from benchmarks.measure import Server
from benchmarks.visitor import Session, session

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "data" / "agreements.csv"
#: Filters the visitors turn on and off, by the key of their group of buttons and the words on the buttons.
CHANGES = (
    ("w_models", ("Jail Enforcement Model",)),
    ("w_models", ("Task Force Model",)),
    ("w_models", ("Warrant Service Officer", "Task Force Model")),
    ("w_models", ()),
    ("w_types", ("County agency",)),
    ("w_types", ("City or town police",)),
    ("w_types", ()),
    ("w_status", ("All",)),
    ("w_status", ("Active",)),
    ("w_color", ("Model",)),
    ("w_color", ("Level",)),
)


@dataclass
class Result:
    """What happened.

    Attributes:
        sessions: How many were open at once.
        rows: Rows of the record.
        changes: Seconds of each change of a filter, from the moment it was due.
        first: Seconds of each session's first page.
        errors: What went wrong, one line each.
        memory: Megabytes of the server before anyone came, at most, and after everyone left.
        cores: Processor time of the server by wall time, while all were there.
        processor: Processor seconds of the server for one change, while all were there. Unlike the waiting
            times, it hardly depends on what else the machine does.
        load_average: Of the machine, over the last minute, at the end.
    """

    sessions: int
    rows: int
    changes: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: dict[str, float] = field(default_factory=dict)
    cores: float = 0.0
    processor: float = 0.0
    load_average: float = 0.0


def percentile(seconds: Sequence[float], share: int) -> float:
    """Return the value below which a share (1 to 99) of the values lies."""
    held = list(seconds)
    return statistics.quantiles(held, n=100, method="inclusive")[share - 1] if len(held) > 1 else held[0]


def multiplied(times: int, folder: Path) -> Path:
    """Return a record with every row so many times, each time by another agency of the same name and place."""
    if times == 1:
        return RECORD
    place = folder / "agreements.csv"
    with RECORD.open(encoding="utf-8", newline="") as held, place.open("w", encoding="utf-8", newline="") as out:
        rows = csv.DictReader(held)
        writer = csv.DictWriter(out, rows.fieldnames or ())
        writer.writeheader()
        for row in rows:
            for turn in range(times):
                ids = {name: f"{row[name]}-x{turn}" for name in ("agreement_id", "agency_id")} if turn else {}
                writer.writerow({**row, **ids})
    sources = RECORD.with_name("SOURCES.csv")
    if sources.exists():
        (folder / sources.name).write_bytes(sources.read_bytes())
    return place


def app_with(record: Path) -> App:
    """Return how the app is started with a record."""
    command = (sys.executable, "-m", "map_app", "run", "--port", "{port}")
    env = {"MAP_APP_DATA": str(record), "PYTHONPATH": str(ROOT)}
    return App("app", "the app under load", command, {}, (), env, ROOT)


def one_visitor(port: int, number: int, begin: float, every: float, until: float, result: Result) -> None:
    """Open a session at its turn, change a filter at each due moment, stay to the end."""
    chance = random.Random(number)
    time.sleep(max(0.0, begin - time.perf_counter()))
    try:
        with session(port) as visitor:
            came = time.perf_counter()
            visitor.run("view=explore", 120)
            result.first.append(time.perf_counter() - came)
            due = begin + every * (2 + chance.random())
            while due < until:
                time.sleep(max(0.0, due - time.perf_counter()))
                change(visitor, chance)
                result.changes.append(time.perf_counter() - due)
                due += every
            time.sleep(max(0.0, until - time.perf_counter()))
            if visitor.failures:
                result.errors.append(f"session {number}: {visitor.failures} pages failed")
    except Exception as wrong:  # whatever it is, it is counted
        result.errors.append(f"session {number}: {type(wrong).__name__}: {wrong}")


def change(visitor: Session, chance: random.Random) -> None:
    key, options = chance.choice(CHANGES)
    visitor.choose(key, *options)
    visitor.run("view=explore", 120)


def load(sessions: int, every: float, seconds: float, times: int = 1, leave: float = 0.0) -> Result:
    """Return what happened with so many sessions on one process.

    Args:
        sessions: How many at once.
        every: Seconds between one visitor's changes.
        seconds: How long, after the last has come.
        times: How often each row of the record is in it.
        leave: Seconds to wait after everyone left before memory is read; Streamlit keeps a session for two
            minutes in case its browser comes back.
    """
    with tempfile.TemporaryDirectory() as folder:
        record = multiplied(times, Path(folder))
        with record.open(encoding="utf-8", newline="") as lines:
            result = Result(sessions, sum(1 for _ in csv.reader(lines)) - 1)
        server = Server(app_with(record))
        try:
            process = psutil.Process(server.process.pid)
            with session(server.port) as first:
                first.run("view=explore", 120)  # what the first visitor waits for is another figure
            result.memory["before"] = server.memory()
            begin = time.perf_counter() + 0.5
            coming = max(every, sessions * 0.2)
            until = begin + coming + every * 3 + seconds
            highest = [0.0]
            done = threading.Event()

            def watch() -> None:
                while not done.wait(0.5):
                    highest[0] = max(highest[0], server.memory())

            watching = threading.Thread(target=watch)
            watching.start()
            steady = begin + coming + every * 2
            measured: list[float] = []

            def measure() -> None:
                for moment in (steady, until):
                    done.wait(max(0.0, moment - time.perf_counter()))
                    measured.extend((time.perf_counter(), sum(process.cpu_times()[:2]), len(result.changes)))

            measuring = threading.Thread(target=measure)
            measuring.start()
            with ThreadPoolExecutor(sessions) as pool:
                for number in range(sessions):
                    pool.submit(
                        one_visitor, server.port, number, begin + coming * number / sessions, every, until, result
                    )
            measuring.join()
            began, used, count = measured[:3]
            result.cores = (measured[4] - used) / (measured[3] - began)
            result.processor = (measured[4] - used) / max(1, measured[5] - count)
            done.set()
            watching.join()
            result.memory["most"] = max(highest[0], result.memory["before"])
            time.sleep(leave)
            result.memory["after"] = server.memory()
            result.load_average = os.getloadavg()[0]
        finally:
            server.stop()
    return result


def told(result: Result, every: float) -> str:
    """Return the figures as lines to read."""
    changes = result.changes or [float("nan")]
    first = result.first or [float("nan")]
    return "\n".join(
        (
            f"{result.sessions} sessions on one process, {result.rows:,} rows, a change every {every:g} s each: "
            f"{len(result.changes)} changes, {len(result.errors)} errors",
            f"  change   p50 {percentile(changes, 50):.3f} s   p95 {percentile(changes, 95):.3f} s   "
            f"p99 {percentile(changes, 99):.3f} s   most {max(changes):.3f} s",
            f"  first page   p50 {percentile(first, 50):.3f} s   p95 {percentile(first, 95):.3f} s",
            "  memory   " + "   ".join(f"{name} {value:.0f} MB" for name, value in result.memory.items()),
            f"  server used {result.cores:.2f} cores, {result.processor * 1000:.0f} ms of one for a change; {os.cpu_count()} cores here, load average "  # noqa: E501
            f"{result.load_average:.1f}, Python {platform.python_version()}",
            *(f"  {line}" for line in result.errors[:5]),
        )
    )


def figures(result: Result) -> list[history.Figure]:
    """Return what is kept of a measurement."""
    name = f"{result.sessions} sessions, {result.rows:,} rows"
    return [
        (f"{name}: filter, p50", percentile(result.changes, 50), "s"),
        (f"{name}: filter, p95", percentile(result.changes, 95), "s"),
        (f"{name}: one core's time for a filter", result.processor, "s"),
        (f"{name}: memory at most", result.memory["most"], "MB"),
        (f"{name}: memory after all left", result.memory["after"], "MB"),
        (f"{name}: errors", float(len(result.errors)), ""),
    ]


def main() -> int:
    """Run and print; the exit status is 1 where something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[100], help="sessions at once; several: one by one")
    parser.add_argument("--every", type=float, default=5, help="seconds between one visitor's changes (5)")
    parser.add_argument("--seconds", type=float, default=60, help="how long, after all have come (60)")
    parser.add_argument("--times", type=int, nargs="+", default=[1], help="the record so many times over (1)")
    parser.add_argument("--leave", type=float, default=150, help="seconds until memory is read again (150)")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    parser.add_argument("--keep", action="store_true", help="add the figures to benchmarks/history.csv")
    asked = parser.parse_args()
    results = []
    for times in asked.times:
        for sessions in asked.sessions:
            result = load(sessions, asked.every, asked.seconds, times, asked.leave)
            print(told(result, asked.every), flush=True)
            results.append(result)
            if asked.keep:
                history.keep(figures(result))
    if asked.out:
        asked.out.write_text(json.dumps([asdict(result) for result in results], indent=1), encoding="utf-8")
    return int(any(result.errors for result in results))


if __name__ == "__main__":
    sys.exit(main())
