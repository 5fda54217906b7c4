"""The map in one file, opened from disk with the network cut."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Browser, Page, expect
from running_app import ROOT
from test_takeaway import held_in
from visiting import PATIENCE

from map_app.__main__ import main

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
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert asked == [saved.as_uri()]
    assert wrong == []
    context.close()


def exported(out: Path, *words: str) -> bytes:
    """A file as `map-app export` writes it."""
    assert main(["export", *words, "--out", str(out)]) == 0
    return out.read_bytes()


def text_of(pdf: bytes) -> str:
    (page,) = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(page.extract_text().split())


def table_of(page: Page) -> list[list[str]]:
    """Every row of the table, all its pages turned."""
    rows: list[list[str]] = []
    while True:
        rows += page.evaluate(
            "[...document.querySelectorAll('.rows tbody tr')].map((row) => [...row.children].map((c) => c.textContent))"
        )
        following = page.locator(".pager button").last
        if not following.count() or following.is_disabled():
            return rows
        following.click()


@pytest.mark.parametrize(
    ("place", "language", "dated"),
    [
        (("--county", "12086"), "en", "ICE’s list of 11 May 2026"),
        (("--state", "FL"), "es", "ista de ICE del 11 de mayo de 2026"),
        (("--county", "37119", "--as-of", "2012-01-31"), "en", "31 January 2012"),
    ],
    ids=["county", "state", "past"],
)
def test_handout_and_file_say_the_same(
    browser: Browser, tmp_path: Path, place: tuple[str, ...], language: str, dated: str
) -> None:
    told = text_of(exported(tmp_path / "handout.pdf", *place, "--lang", language, "--size", "handout"))
    exported(tmp_path / "map.html", *place, "--lang", language)
    context = browser.new_context(offline=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto((tmp_path / "map.html").as_uri())
    expect(page.locator("#map")).to_have_attribute("data-counties", re.compile(r"\d"))
    number = int(page.locator(".count b").inner_text().replace(",", ""))
    shown, rows = page.locator(".count").inner_text(), table_of(page)
    context.close()
    assert dated in told
    assert dated in shown
    assert len(rows) == number > 0
    agencies = {(row[0], row[1]) for row in rows}
    if "--state" in place:
        counties = len({i for held in rows_counties(tmp_path / "map.html") for i in held})
        assert f"{number} acuerdos · {len(agencies)} agencias · {counties} condados" in told
        across = [row[1] for row in rows if row[4] == "Todo el estado"]
        assert len(across) == 12
        assert f"Agencias de todo el estado o territorio ({len(set(across))})" in told
        assert all(name in told for name in across)
        for model in {row[2] for row in rows}:
            assert f"{model} ({sum(row[2] == model for row in rows)})" in told
    else:
        # Ended agreements are told apart on the handout; of those in force, each agency, model and date stands there.
        in_force = told.split("What the models let officers do")[0].split("Agreements that have ended")[0]
        assert all(row[1] in in_force for row in rows)
        counted = sum(int(n) for n in re.findall(r"\((\d+)\)", in_force))
        assert counted == len(agencies)
        for row in rows:
            day = signed(row[3]).removeprefix("Signed ")
            assert re.search(rf"{re.escape(row[1])}[:( ·][^;]*(; [^;:]* · )?[^;]*{re.escape(day)}", in_force), row
            assert row[2] in in_force


def signed(when: str) -> str:
    """The signing of an agreement, without what became of it."""
    return re.split(r" · |; ", when)[0]


def rows_counties(path: Path) -> list[list[int]]:
    """Counties of the agreements in force in a file."""
    held = held_in(path.read_text("utf-8"))
    active = [status == 0 for status in held["rows"]["status"]]
    return [places for places, kept in zip(held["rows"]["counties"], active, strict=True) if kept]
