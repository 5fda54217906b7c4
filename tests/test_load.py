"""A short version of the load benchmark: several visitors at once, every one served, none left behind."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from running_app import RunningApp
from sessions import session

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import load


def test_visitors_at_once_are_all_served_and_memory_stays_bounded() -> None:
    result = load.load(sessions=8, every=1.5, seconds=6)
    assert result.errors == []
    assert len(result.first) == 8
    assert len(result.changes) >= 8 * 3
    assert 50 < result.memory["before"] <= result.memory["most"] < 600
    assert 0 < result.processor < 1
    told = load.told(result, 1.5)
    assert "8 sessions on one process" in told
    assert "0 errors" in told


def test_visitor_that_fails_is_counted(tmp_path: Path) -> None:
    result = load.Result(1, 0)
    now = time.perf_counter()
    load.one_visitor(1, 0, now, 1.0, now, result)  # nobody listens there
    assert len(result.errors) == 1
    assert result.errors[0].startswith("session 0: ")


def test_multiplied_record_is_usable_whole(tmp_path: Path) -> None:
    from map_app.agreements import read_agreements

    once = read_agreements(load.RECORD)
    twice = read_agreements(load.multiplied(2, tmp_path))
    assert len(twice.agreements) == 2 * len(once.agreements)
    assert twice.set_aside == 2 * once.set_aside


def test_process_forgets_sessions_that_left(small_app: RunningApp) -> None:
    def count() -> float:
        text = small_app.ask("/metrics").body.decode()
        return next(float(line.split()[1]) for line in text.splitlines() if line.startswith("map_app_sessions "))

    before = count()
    for _ in range(5):
        with session(small_app.port) as visitor:
            visitor.run("view=explore")
    until = time.monotonic() + 10
    while count() != before:
        assert time.monotonic() < until


@pytest.mark.parametrize(
    ("values", "share", "expected"), [([1.0], 95, 1.0), ([float(n) for n in range(101)], 95, 95.0)]
)
def test_percentile_is_the_value_below_which_that_share_lies(values: list[float], share: int, expected: float) -> None:
    assert load.percentile(values, share) == pytest.approx(expected)
