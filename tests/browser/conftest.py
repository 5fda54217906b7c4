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
        visiting = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **context})
        visiting.set_default_timeout(PATIENCE)
        opened.append(visiting)
        page = visiting.new_page()
        visit = Visit(page, address)
        visit.watch(visiting.new_cdp_session(page))
        return visit

    yield arrive
    report = getattr(request.node, "report_of_call", None)
    for number, context in enumerate(opened):
        if report is not None and report.failed:
            OUT.mkdir(exist_ok=True)
            name = re.sub(r"\W+", "_", request.node.name)
            for page in context.pages:
                page.screenshot(path=OUT / f"{name}-{number}.png")
        context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Leave the outcome where the fixture that takes pictures finds it."""
    report = yield
    if report.when == "call":  # type: ignore[attr-defined]
        item.report_of_call = report  # type: ignore[attr-defined]
    return report  # type: ignore[return-value]
