"""Rules of the benchmark: what counts as ours, what the table says, and that it measures a real server."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import __main__ as report
from benchmarks import apps, commands, history, measure


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/", True),  # it holds the first screen
        ("/static/js/index.js", False),
        ("/_stcore/health", False),
        ("/_stcore/bidi-components/county_map/main.js", True),
        ("/map/0123/shapes.json", True),
        ("/component/streamlit_folium.st_folium/index.html", True),
        ("/media/agreements.csv", True),
    ],
)
def test_streamlits_own_page_is_not_counted_as_our_data(path: str, own: bool) -> None:
    assert measure.is_own(path) is own


def one_run(paint: float, outside: int = 0) -> dict[str, Any]:
    visit = {"paint": paint, "own_http": 300_000, "all_http": 3_000_000, "ws": 20_000}
    change = {"paint": paint / 10, "blank": 0.0, "ws": 15_000, "http": 0}
    counted = {"remounts": 0, "outside": ["x"] * outside, "errors": []}
    server = {"start": 1.0, "memory": 200.0, "memory_per_session": 0.5}
    return {**server, **counted, "first_visitor": visit, "new_visitor": visit, "changes": [change, change]}


def row(lines: list[str], heading: str) -> list[str]:
    line = next(line for line in lines if line.startswith(f"| {heading} |"))
    return [cell.strip() for cell in line.split("|")[1:-1]]


def test_table_gives_medians_the_ratio_to_the_floor_and_the_limit() -> None:
    runs = {"app": [one_run(paint) for paint in (1.0, 1.2, 9.0)], "F": [one_run(1.0)], "B": [one_run(4.0)]}
    cells = row(report.table(runs), "first paint, new visitor")
    assert cells[1:] == ["1.200 s", "1.000 s", "1.20", "at most 1.300 s", "met", "4.000 s"]


def test_table_says_what_is_not_met() -> None:
    runs = {"app": [one_run(1.4, outside=1)], "F": [one_run(1.0)]}
    assert row(report.table(runs), "first paint, new visitor")[-1] == "NOT MET"
    assert row(report.table(runs), "requests to other hosts")[-1] == "NOT MET"
    assert row(report.table(runs), "server memory after one session")[-1] == "met"


def test_baselines_that_are_not_there_are_skipped_with_one_line(tmp_path: Path) -> None:
    found, notes, closing = apps.baselines(tmp_path, tmp_path)
    assert (found, closing) == ([], [])
    assert len(notes) == 1
    assert str(tmp_path) in notes[0]


def test_baselines_without_their_inputs_are_skipped_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "a_naive.py").touch()
    monkeypatch.delenv("PERF_TOPO", raising=False)
    monkeypatch.setenv("PERF_XLSX", str(tmp_path / "none.xlsx"))
    found, notes, _ = apps.baselines(tmp_path, tmp_path)
    assert found == []
    assert len(notes) == 1
    assert "PERF_TOPO" in notes[0]
    assert "PERF_XLSX" in notes[0]


def test_server_that_ends_is_reported_with_what_it_said() -> None:
    app = apps.App("broken", "", (sys.executable, "-c", "raise SystemExit('no data')"), {}, ())
    with pytest.raises(measure.BenchmarkError, match=r"broken: server ended with 1: no data"):
        measure.Server(app)


def test_missing_browser_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    with pytest.raises(measure.BenchmarkError, match="CHROMIUM"):
        measure.chromium()


@pytest.mark.browser
def test_empty_page_is_measured_in_a_real_browser() -> None:
    with measure.browser(measure.BLOCK) as running:
        result = measure.run(running, apps.floor())
    assert 0 < result["new_visitor"]["paint"] < 30
    assert 0 < result["new_visitor"]["own_http"] < 20_000, "nothing but the first page"
    assert len(result["changes"]) == 6
    assert all(0 < change["paint"] < 5 and change["ws"] > 100 for change in result["changes"])
    assert (result["remounts"], result["outside"]) == (0, [])
    assert result["memory"] > 20


def test_history_keeps_every_figure_and_the_table_shows_the_newest(tmp_path: Path) -> None:
    place = tmp_path / "history.csv"
    history.keep([("paint", 1.0, "s"), ("memory", 200.0, "MB")], place, dt.date(2026, 1, 1))
    history.keep([("paint", 0.87654, "s")], place, dt.date(2026, 2, 1))
    with place.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["date"], row["figure"], row["value"], row["unit"]) for row in rows] == [
        ("2026-01-01", "paint", "1", "s"), ("2026-01-01", "memory", "200", "MB"),
        ("2026-02-01", "paint", "0.8765", "s"),
    ]  # fmt: skip
    assert all("cores" in row["machine"] for row in rows)
    table = history.table(history.newest(place))
    assert len(table) == 4
    assert table[2].startswith("| paint | 0.8765 s | 2026-02-01 |")
    assert history.newest(tmp_path / "none.csv") == []


def test_history_in_the_project_can_be_read() -> None:
    rows = history.newest()
    assert {"lookup of a ZIP code", "publish, the static edition"} <= {row["figure"] for row in rows}
    assert all(float(row["value"]) >= 0 and dt.date.fromisoformat(row["date"]) for row in rows)


def test_command_is_timed_as_a_process_and_one_that_fails_says_why() -> None:
    assert 0.05 < commands.seconds(("lookup", "85003")) < 60
    with pytest.raises(RuntimeError, match=r"map-app check nowhere\.csv: .*nowhere\.csv"):
        commands.seconds(("check", "nowhere.csv"))


def test_every_command_measured_exists() -> None:
    from map_app.__main__ import _parser

    for words in (*commands.COMMANDS.values(), ("ingest", "sheets")):
        assert _parser().parse_args(words).run


def test_slow_line_holds_back_every_answer_by_its_round_trips_and_rate() -> None:
    import http.server
    import threading
    import time
    import urllib.request

    from benchmarks import answer

    body = b"x" * 40_000

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with answer.slow_line(server.server_port) as port:
            begun = time.perf_counter()
            assert urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).read() == body
            took = time.perf_counter() - begun
        server.shutdown()
    # One round trip to connect, one to ask, and 40 KB at 1.6 Mbit/s.
    assert 0.5 - 0.01 <= took < 1.5
