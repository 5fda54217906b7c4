"""The view of data in a real browser: readable by everyone, its files those of the command, no map behind it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect
from running_app import ROOT, RunningApp
from test_accessibility import GROUND, SIZES, violations
from visiting import Visit, Visitor

from map_app.text import LANGUAGES

pytestmark = pytest.mark.browser


def opened(visit: Visit, query: str) -> Visit:
    """Open the view of data and wait until all of it is there."""
    visit.page.goto(f"{visit.address}?view=data&{query}")
    expect(visit.page.locator(".counts")).to_be_visible()
    return visit.settled()


def unfold(visit: Visit) -> None:
    """Open every fold of the page and the evidence of two rows."""
    for fold in visit.page.locator("[data-testid=stExpander] summary").all():
        fold.click()
        visit.settled()
    for fold in visit.page.locator("tr.evidence summary").all()[:2]:
        fold.click()


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("part", ["files", "charts&chart=places", "table", "counts"])
def test_axe_finds_nothing_in_the_view_of_data(visitor: Visitor, part: str, language: str) -> None:
    found = []
    visit = opened(visitor(color_scheme="light"), f"part={part}&lang={language}&state=NC")
    unfold(visit)
    if part.startswith("charts"):
        expect(visit.page.locator(".vega-embed canvas, .vega-embed svg").first).to_be_visible()
    for theme in ("light", "dark"):
        visit.page.emulate_media(color_scheme=theme)
        expect(visit.page.locator(".stApp")).to_have_css("background-color", GROUND[theme])
        visit.page.set_viewport_size(SIZES[theme])
        found += [f"{theme}: {line}" for line in violations(visit.page)]
    assert found == []
    assert visit.outside == []
    assert visit.errors == []


@pytest.mark.parametrize(("form", "ending"), [("CSV", "csv"), ("GeoPackage", "gpkg")])
def test_file_of_the_page_is_byte_for_byte_the_file_of_the_command(
    visitor: Visitor, app: RunningApp, tmp_path: Path, form: str, ending: str
) -> None:
    visit = opened(visitor(), "state=NC&model=WSO")
    visit.page.get_by_role("radio", name="Agency", exact=True).click()
    visit.page.get_by_role("radio", name=form, exact=True).click()
    visit.settled()
    if form == "GeoPackage":
        visit.page.get_by_text("All kinds of rows in one file").click()
        visit.settled()
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name="Download", exact=False).first.click()
    beside = tmp_path / f"ours.{ending}"
    command = [
        sys.executable,
        "-m",
        "map_app",
        "export",
        "--state",
        "NC",
        "--model",
        "WSO",
        "--grain",
        "agency",
        "--out",
    ]
    environment = {"MAP_APP_URL": app.url, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    subprocess.run([*command, str(beside)], cwd=ROOT, check=True, env=environment, capture_output=True)
    assert waiting.value.suggested_filename == f"287g-agencies_2026-05-11_model-WSO_state-NC.{ending}"
    assert Path(waiting.value.path()).read_bytes() == beside.read_bytes()


def test_chart_can_be_taken_along_as_a_picture_drawn_here(visitor: Visitor) -> None:
    pytest.importorskip("vl_convert")
    visit = opened(visitor(), "part=charts&chart=states&state=NC")
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name="Picture (SVG)").click()
    assert "North Carolina" in Path(waiting.value.path()).read_text(encoding="utf-8")
    assert visit.outside == []


def test_way_from_the_map_keeps_the_filters_and_loads_no_second_map(visitor: Visitor) -> None:
    visit = visitor().open("view=explore&state=NC&model=TFM")
    counted = visit.count()
    visit.page.get_by_role("link", name="Charts", exact=True).click()
    expect(visit.page.get_by_role("radio", name="Charts", exact=True)).to_be_checked()
    visit.settled()
    assert visit.count() == counted
    assert visit.query == {"state": ["NC"], "model": ["TFM"], "view": ["data"], "part": ["charts"], "lang": ["en"]}
    expect(visit.page.locator("iframe")).to_have_count(0)


def test_rerun_of_the_table_sends_at_most_eighty_kilobytes(visitor: Visitor) -> None:
    visit = opened(visitor(), "part=table&status=all")
    sent = len(visit.sent)
    visit.page.get_by_role("button", name="Next").click()
    expect(visit.page.get_by_text("Page 2 of")).to_be_visible()
    visit.settled()
    assert 5_000 < sum(map(len, visit.sent[sent:])) <= 80_000
