"""How long each file takes to write, and how large it is: `python -m benchmarks.exports`."""

from __future__ import annotations

import statistics
import sys
import time

import psutil

from map_app.errors import UsageError
from map_app.exports import Format, check_format, export
from map_app.filters import Filters
from map_app.grains import Grain, Selection
from map_app.record import current_record

RUNS = 5


def main() -> int:
    record = current_record()
    process = psutil.Process()
    print(f"{len(record.agreements):,} agreements, all statuses; median of {RUNS} runs after a first")
    print(f"{'form':10}{'grain':12}{'first s':>9}{'median s':>10}{'MB':>8}{'memory MB':>11}")
    for file_format in Format:
        grains: list[Grain | None] = list(Grain)
        if file_format is Format.GPKG:
            grains.append(None)
        for grain in grains:
            try:
                check_format(file_format, grain or Grain.AGREEMENT)
            except UsageError:
                continue
            times, size = [], 0
            for _ in range(RUNS + 1):
                # A new selection each time, so that nothing is left over from the run before.
                selection = Selection(record, Filters(status="all"))
                begin = time.perf_counter()
                size = len(export(selection, file_format, grain).content)
                times.append(time.perf_counter() - begin)
            told = f"{times[0]:>9.3f}{statistics.median(times[1:]):>10.3f}{size / 1e6:>8.2f}"
            print(f"{file_format:10}{grain or 'all':12}{told}{process.memory_info().rss / 1e6:>11.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
