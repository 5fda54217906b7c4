"""A real Chromium that can reach this machine only."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from running_app import RunningApp
from visiting import PATIENCE, Visit, Visitor

OUT = Path(__file__).parent / "out"
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def find_chromium() -> str | None:
    """Return the program named by CHROMIUM, or the first Chromium on the path."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        told = "no Chromium found: install it (Debian: apt install chromium) or name it in CHROMIUM"
        if os.environ.get("MAP_APP_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{told}; MAP_APP_REQUIRE_BROWSER=1 asks for the browser tests", pytrace=False)
        pytest.skip(told)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def visitor(browser: Browser, app: RunningApp, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Return a function that brings a new visitor with an empty cache."""
    opened: list[BrowserContext] = []

    def arrive(address: str = app.url, **context: Any) -> Visit:
        visit = _arrive(browser, address, **context)
        opened.append(visit.page.context)
        return visit

    yield arrive
    for context in opened:
        _picture_failure(request, context)
        context.close()


@pytest.fixture(scope="module")
def _resident(browser: Browser, app: RunningApp) -> Iterator[Visit]:
    visit = _arrive(browser, app.url).open()
    yield visit
    visit.page.context.close()


@pytest.fixture
def resident(_resident: Visit, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Return a visitor who is there already, for tests that only look: no popup open, the 48 states in sight."""
    _resident.frame.evaluate("() => { map.closePopup(); map.setView([38.5, -96.5], 4, {animate: false}); }")
    yield _resident
    _picture_failure(request, _resident.page.context)


def _arrive(browser: Browser, address: str, **options: Any) -> Visit:
    context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    visit = Visit(page, address)
    visit.watch(context.new_cdp_session(page))
    return visit


def _picture_failure(request: pytest.FixtureRequest, context: BrowserContext) -> None:
    """Keep a picture of every page of a test that failed."""
    report = getattr(request.node, "report_of_call", None)
    if report is not None and report.failed:
        OUT.mkdir(exist_ok=True)
        name = re.sub(r"\W+", "_", request.node.name)
        for number, page in enumerate(context.pages):
            page.screenshot(path=OUT / f"{name}-{number}.png")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Leave the outcome where the fixture that takes pictures finds it."""
    report = yield
    if report.when == "call":  # type: ignore[attr-defined]
        item.report_of_call = report  # type: ignore[attr-defined]
    return report  # type: ignore[return-value]
