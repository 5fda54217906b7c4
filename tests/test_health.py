"""Health, readiness and metrics: right, and without a word about any person."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from example_record import CLEAN_ROWS, ROWS, WriteCsv
from prometheus_client.parser import text_string_to_metric_families
from running_app import RunningApp, running_app
from sessions import session


def metrics(app: RunningApp) -> dict[str, float]:
    """Return every sample by its name with its labels, and check that the whole text is in the format."""
    answer = app.ask("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_alive_and_ready_are_answered_and_kept_by_no_cache(small_app: RunningApp) -> None:
    alive, ready = small_app.ask("/healthz"), small_app.ask("/readyz")
    assert (alive.status, alive.body) == (200, b"ok\n")
    assert ready.status == 200
    told = json.loads(ready.body)
    assert told["ready"] is True
    assert told["newest_list"] == "2026-05-11"
    assert told["checks"]["newest_file_usable"] is True
    assert {alive.headers["cache-control"], ready.headers["cache-control"]} == {"no-store"}


def test_server_without_a_record_is_alive_but_not_ready_until_one_comes(tmp_path: Path, write_csv: WriteCsv) -> None:
    place = tmp_path / "data" / "agreements.csv"
    place.parent.mkdir()
    with running_app(place) as app:
        assert app.ask("/healthz").status == 200
        refused = app.ask("/readyz")
        assert refused.status == 503
        assert json.loads(refused.body)["ready"] is False
        assert metrics(app)["map_app_check{check=present}"] == 0
        write_csv(CLEAN_ROWS).replace(place)
        assert app.ask("/readyz").status == 200


def test_metrics_tell_the_record_its_checks_and_the_age_of_the_list(small_app: RunningApp) -> None:
    told = metrics(small_app)
    assert told["map_app_record_rows"] == len(ROWS)
    assert told["map_app_check{check=present}"] == 1
    assert told["map_app_check{check=no_fault}"] == 0  # the example record's hostile row has faults
    assert told["map_app_list_age_days"] > 0
    assert told["process_resident_memory_bytes"] > 10_000_000


def test_sessions_are_counted_while_they_are_open_and_runs_are_timed(small_app: RunningApp) -> None:
    before = metrics(small_app)
    with session(small_app.port) as one, session(small_app.port) as two:
        for visitor in (one, two):
            visitor.run("view=explore")
        during = metrics(small_app)
    assert during["map_app_sessions"] - before["map_app_sessions"] == 2
    run = "map_app_page_run_seconds_count{outcome=done}"
    assert during[run] - before.get(run, 0) == 2
    opened = "map_app_sessions_opened_total"
    assert during[opened] - before[opened] == 2


def test_requests_are_counted_by_part_never_by_address(small_app: RunningApp) -> None:
    name = "map_app_http_requests_total{part=popup,status=4xx}"
    before = metrics(small_app).get(name, 0)
    small_app.ask("/map/popup/85003?state=NC")
    assert metrics(small_app)[name] - before == 1


def test_metrics_hold_no_place_no_address_and_no_sender(small_app: RunningApp) -> None:
    with session(small_app.port, headers={"User-Agent": "Telltale/7"}) as visitor:
        visitor.run("view=find")
        visitor.type("w_typed", "Yuma")
        visitor.run("view=find")
    small_app.ask("/map/popup/04027?state=AZ")
    small_app.ask("/api/v1/counties/04027")
    text = small_app.ask("/metrics").body.decode()
    for telltale in ("04027", "Yuma", "state=AZ", "Telltale", "127.0.0.1", "/map/popup", "/api/v1"):
        assert telltale not in text
    labels = set(re.findall(r'(\w+)="', text))
    assert labels <= {"part", "status", "outcome", "le", "check", "version", "newest_list", "implementation", "major",
                      "minor", "patchlevel"}  # fmt: skip


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_health_can_only_be_read(small_app: RunningApp, path: str, method: str) -> None:
    assert small_app.ask(path, method).status == 405
