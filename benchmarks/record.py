"""The rebuild of the record and its loading: `python -m benchmarks.record SHEETS`.

Rebuilds from workbooks into an empty folder, twice, and compares every byte with data/. To reach: under 3 minutes and
1 GB for the rebuild, all its processes together; under 0.3 s to load agreements.csv as the app does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from benchmarks.history import ROOT, Figure, keep
from benchmarks.measure import resident

#: What a rebuild writes, beside docs/published-counts.md.
WRITTEN = ("agreements.csv", "pending.csv", "SOURCES.csv")


@dataclass(frozen=True)
class Rebuild:
    """One rebuild.

    Attributes:
        seconds: From start to end, imports included.
        memory: Largest resident memory of all its processes together, in MB.
        differing: Files that are not, byte for byte, those of data/ and docs/.
    """

    seconds: float
    memory: float
    differing: tuple[str, ...]


def rebuild(sheets: Sequence[Path]) -> Rebuild:
    """Return how long a rebuild took, what it needed and what came out otherwise than the files held.

    Raises:
        RuntimeError: It failed; the message is its last line.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, docs = Path(folder) / "data", Path(folder) / "docs"
        out.mkdir()
        docs.mkdir()
        command = [sys.executable, "-m", "map_app", "ingest", *map(str, sheets)]
        begun = time.perf_counter()
        run = subprocess.Popen(
            [*command, "--history", str(ROOT / "data/history"), "--out", str(out / WRITTEN[0])],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        peak: list[float] = [0.0]
        watch = threading.Thread(target=_watch, args=(run.pid, peak), daemon=True)
        watch.start()
        said = run.communicate()[1]
        took = time.perf_counter() - begun
        watch.join()
        if run.returncode:
            raise RuntimeError(said.strip().splitlines()[-1])
        pairs = [(out / name, ROOT / "data" / name) for name in WRITTEN]
        pairs.append((docs / "published-counts.md", ROOT / "docs/published-counts.md"))
        differing = tuple(new.name for new, held in pairs if new.read_bytes() != held.read_bytes())
    return Rebuild(took, peak[0], differing)


def _watch(pid: int, peak: list[float]) -> None:
    """Note the largest memory of a process and its children until it ends."""
    try:
        process = psutil.Process(pid)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            peak[0] = max(peak[0], resident(process))
            time.sleep(0.1)
    except psutil.NoSuchProcess:
        pass


def loading(runs: int) -> float:
    """Return the median of the seconds the app needs to read, check and join the record, its libraries imported."""
    code = (
        "import time; from map_app.agreements import read_agreements\n"
        "from map_app.record import current_record, record_path\n"
        "read_agreements(record_path()); a = time.perf_counter(); current_record(); print(time.perf_counter() - a)"
    )
    runner = [sys.executable, "-c", code]
    return median(
        float(subprocess.run(runner, cwd=ROOT, capture_output=True, text=True, check=True).stdout) for _ in range(runs)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record", description=str(__doc__).partition("\n")[0])
    parser.add_argument("sheets", nargs="+", type=Path, help="ICE's workbooks, or folders of them")
    parser.add_argument("--runs", type=int, default=2, help="rebuilds (2)")
    parser.add_argument("--keep", action="store_true", help="add the figures to benchmarks/history.csv")
    asked = parser.parse_args(arguments)
    done = [rebuild([sheet.resolve() for sheet in asked.sheets]) for _ in range(asked.runs)]
    for one in done:
        same = f"differs in {', '.join(one.differing)}" if one.differing else "every byte as in data/"
        print(f"rebuild {one.seconds:6.1f} s {one.memory:6.0f} MB  {same}", flush=True)
    load = loading(5)
    print(f"load agreements.csv {load:.3f} s")
    if asked.keep:
        figures: list[Figure] = [
            ("rebuild of the record", median(one.seconds for one in done), "s"),
            ("rebuild of the record, memory of all its processes", max(one.memory for one in done), "MB"),
            ("loading agreements.csv", load, "s"),
        ]
        keep(figures)
    return 1 if any(one.differing for one in done) else 0


if __name__ == "__main__":
    sys.exit(main())
