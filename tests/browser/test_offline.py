"""The map in one file, opened from disk with the network cut."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from running_app import ROOT
from visiting import PATIENCE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("offline") / "map.html"
    words = [sys.executable, "-m", "map_app", "export", "--out", str(out)]
    subprocess.run(words, check=True, cwd=ROOT, capture_output=True)
    return out


def test_file_from_disk_paints_filters_and_opens_popups_without_a_request(browser: Browser, saved: Path) -> None:
    assert saved.stat().st_size < 1_500_000
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(saved.as_uri())
    painted = page.locator("#map")
    expect(painted).to_have_attribute("data-counties", "2001")
    expect(page.locator(".legend")).to_contain_text("None listed")
    all_agreements = page.locator(".count b").inner_text()
    page.get_by_label("Warrant Service Officer").check()
    expect(page.locator(".count b")).not_to_have_text(all_agreements)
    legend = page.locator(".legend")
    expect(legend).to_contain_text("None in this selection")
    expect(legend).not_to_contain_text("None listed")
    expect(page.locator(".offline-head .aged")).to_contain_text("days old today")
    page.evaluate("openCounty('12086')")
    expect(page.locator(".county-popup h2")).to_have_text("Miami-Dade County, Florida")
    expect(page.locator(".county-popup .model").first).to_have_text("Warrant Service Officer")
    page.get_by_label("Warrant Service Officer").uncheck()
    slider = page.get_by_label("Day", exact=True)
    slider.fill("3500")
    expect(page.locator(".days output")).to_have_text("30 January 2012")
    expect(page.locator(".count")).to_contain_text("by documents of the time")
    expect(page.locator(".offline-head .aged")).to_be_hidden()
    assert page.evaluate("typeof map.getZoom()") == "number"
    expect(page.locator(".rows tbody tr").first).to_be_visible()
    assert asked == [saved.as_uri()]
    assert wrong == []
    context.close()
