"""The server goes and comes back: the browser finds its way to the same view by itself, no page is reloaded."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from example_record import ROWS, write_rows
from playwright.sync_api import expect
from proxied import proxied
from running_app import RunningApp, free_port, running_app
from visiting import Visit, Visitor

pytestmark = pytest.mark.browser

#: Milliseconds: Streamlit's page asks again after growing pauses.
RECOVERY = 90_000


def narrowed(visit: Visit) -> str:
    """Open a view, narrow it by hand, and return the count shown."""
    visit.open("view=explore&status=all")
    visit.page.evaluate("() => { window.marker = 'never reloaded'; }")
    visit.repainted(visit.pill("Task Force Model").click)
    shown = visit.page.locator(".counts b").first.inner_text()
    assert int(shown) == sum(row["model"] == "Task Force Model" for row in ROWS)
    assert visit.query["model"] == ["TFM"]
    return shown


def wait_for_page_run(visit: Visit, app: RunningApp) -> None:
    """Wait until a process has worked out a page: the browser's, which asks for it by itself."""
    until = time.monotonic() + RECOVERY / 1000
    while not re.search(rb"^map_app_page_run_seconds_count.* [1-9]", app.ask("/metrics").body, re.M):
        assert time.monotonic() < until, f"the browser did not come back within {RECOVERY / 1000:.0f} s"
        visit.page.wait_for_timeout(100)


def assert_same_view_again(visit: Visit, shown: str, address: str, app: RunningApp) -> None:
    """Wait until the page works again, and check that it stands where it stood and goes on from there."""
    wait_for_page_run(visit, app)
    visit.settled()
    assert visit.page.evaluate("() => window.marker") == "never reloaded"
    assert visit.page.url == address
    expect(visit.page.locator(".counts b").first).to_have_text(shown)
    visit.repainted(visit.pill("Jail Enforcement Model").click)
    wanted = sum(row["model"] in ("Task Force Model", "Jail Enforcement Model") for row in ROWS)
    expect(visit.page.locator(".counts b").first).to_have_text(str(wanted))


def test_browser_comes_back_to_the_same_view_after_the_server_was_killed(visitor: Visitor, tmp_path: Path) -> None:
    data, port = write_rows(tmp_path / "agreements.csv", ROWS), free_port()
    with running_app(data, port) as first:
        visit = visitor(first.url)
        shown = narrowed(visit)
        address = visit.page.url
        assert first.process is not None
        first.process.kill()
        first.process.wait()
        app = visit.page.get_by_test_id("stApp")
        expect(app).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    with running_app(data, port) as second:
        assert_same_view_again(visit, shown, address, second)
    visit.page.close()


def test_browser_goes_on_with_the_other_process_when_its_own_is_killed(visitor: Visitor, tmp_path: Path) -> None:
    data = write_rows(tmp_path / "agreements.csv", ROWS)
    with proxied(tmp_path, data) as behind:
        visit = visitor(behind.front.url)
        shown = narrowed(visit)
        address, before = visit.page.url, behind.sessions()
        assert sorted(before) == [0, 1]
        own = behind.apps[before.index(1)].process
        assert own is not None
        own.kill()
        own.wait()
        other = 1 - before.index(1)
        assert_same_view_again(visit, shown, address, behind.apps[other])
        assert behind.sessions()[other] == 1
        with visit.page.expect_download() as waiting:
            visit.page.get_by_role("button", name="Download these").click()
        assert Path(waiting.value.path()).stat().st_size > 500
        assert visit.outside == []
        visit.page.close()
