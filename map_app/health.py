"""Is the app alive, is it ready, how is it doing: /healthz, /readyz and /metrics, without a word about any person."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from map_app.record import RECENT_DAYS, LoadedRecord, current_record

_NO_STORE: Final = {"Cache-Control": "no-store"}

disable_created_metrics()  # type: ignore[no-untyped-call]  # one line per series; the start of each is of no use here
REGISTRY: Final = CollectorRegistry()
_sessions = Gauge("map_app_sessions", "Sessions open now.", registry=REGISTRY)
_opened = Counter("map_app_sessions_opened", "Sessions opened since the start.", registry=REGISTRY)
_runs = Histogram(
    "map_app_page_run_seconds",
    "Time to work out the page for one change of filters, view or place.",
    ["outcome"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
_requests = Counter(
    "map_app_http_requests", "HTTP requests by part of the app and class of status.", ["part", "status"],
    registry=REGISTRY,
)  # fmt: skip
_seconds = Histogram(
    "map_app_http_seconds",
    "Time from a request to the end of its answer.",
    ["part"],
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
#: The only words that ever stand for an address in the metrics: a path can name a county, a query a place.
_PARTS: Final = (
    ("/map/popup/", "popup"),
    ("/map/", "frame"),
    ("/api/", "api"),
    ("/healthz", "health"),
    ("/readyz", "health"),
    ("/metrics", "health"),
    ("/_stcore/", "streamlit"),
    ("/static/", "streamlit"),
    ("/media/", "download"),
)


def record_checks(record: LoadedRecord, today: dt.date) -> dict[str, bool]:
    """Return what is checked of the record and whether it holds.

    Args:
        record: The record as held.
        today: The day against which the newest list is old or not.
    """
    age = record.list_age(today)
    return {
        "present": bool(record.version),
        "newest_file_usable": not record.refused,
        "no_row_set_aside": not record.set_aside,
        "no_fault": not record.faults,
        "list_recent": age is not None and age <= RECENT_DAYS,
    }


class _RecordCollector(Collector):
    """What is held, read when asked."""

    def collect(self) -> Iterable[Any]:
        record, today = current_record(), dt.date.today()
        yield InfoMetricFamily(
            "map_app_record",
            "The record shown.",
            value={"version": record.version or "none", "newest_list": str(record.newest_list or "none")},
        )
        yield GaugeMetricFamily("map_app_record_rows", "Agreements shown.", value=len(record.agreements))
        yield GaugeMetricFamily("map_app_record_rows_set_aside", "Rows not shown.", value=record.set_aside)
        yield GaugeMetricFamily("map_app_record_faults", "Faults of the data file.", value=len(record.faults))
        age = record.list_age(today)
        if age is not None:
            yield GaugeMetricFamily("map_app_list_age_days", "Age of ICE's newest list held.", value=age)
        checks = GaugeMetricFamily("map_app_check", "1 where a check of the record holds, else 0.", labels=["check"])
        for name, holds in record_checks(record, today).items():
            checks.add_metric([name], int(holds))
        yield checks


REGISTRY.register(_RecordCollector())
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)


def health_routes() -> list[BaseRoute]:
    """Return the routes of health, readiness and metrics."""
    return [Route("/healthz", _healthz), Route("/readyz", _readyz), Route("/metrics", _metrics)]


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok\n", headers=_NO_STORE)


async def _readyz(_: Request) -> Response:
    """Answer 200 where there is a record to show; a newer file that is unusable is told, not fatal."""
    record = current_record()
    told = {
        "ready": bool(record.version),
        "record_version": record.version or None,
        "newest_list": str(record.newest_list) if record.newest_list else None,
        "checks": record_checks(record, dt.date.today()),
    }
    return Response(json.dumps(told).encode(), 200 if told["ready"] else 503, _NO_STORE, "application/json")


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(REGISTRY), headers={**_NO_STORE, "Content-Type": CONTENT_TYPE_LATEST})


def _part_of(path: str) -> str:
    return next((part for start, part in _PARTS if path.startswith(start)), "page")


class MeteredMiddleware:
    """Counts sessions, requests and their time; keeps no address and no sender."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or session."""
        if scope["type"] == "websocket":
            await self._session(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _session(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepted = False

        async def note(message: Message) -> None:
            nonlocal accepted
            if message["type"] == "websocket.accept" and not accepted:
                accepted = True
                _sessions.inc()
                _opened.inc()
            await send(message)

        try:
            await self.app(scope, receive, note)
        finally:
            if accepted:
                _sessions.dec()

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, status, part = time.perf_counter(), 500, _part_of(scope["path"])

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note)
        finally:
            _requests.labels(part, f"{status // 100}xx").inc()
            _seconds.labels(part).observe(time.perf_counter() - begun)


@contextmanager
def measured_run() -> Iterator[None]:
    """Note how long the page took to work out, and whether it was done, stopped by a newer change, or failed."""
    begun, outcome = time.perf_counter(), "done"
    try:
        yield
    except Exception:
        outcome = "failed"
        raise
    except BaseException:  # Streamlit stops a run this way when a newer change arrives
        outcome = "stopped"
        raise
    finally:
        _runs.labels(outcome).observe(time.perf_counter() - begun)
