"""The page on paper: the answer, its evidence, date and sources; nothing that is only there to be pressed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from visiting import Visitor

from map_app.text import LANGUAGES

pytestmark = pytest.mark.browser

PRESSED = (
    ".st-key-navigation", "[data-testid=stSidebar]", "[data-testid=stHeader]", "input", "button", ".print",
    ".skip-links",
    "iframe.county-map",
)  # fmt: skip


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_answer_is_printed_whole_and_alone_in_either_theme(visitor: Visitor, language: str) -> None:
    visit = visitor(color_scheme="dark", viewport={"width": 700, "height": 900}).open(f"county=12086&lang={language}")
    visit.page.emulate_media(media="print", color_scheme="dark")
    for part in PRESSED:
        for each in visit.page.locator(part).all():
            expect(each).to_be_hidden()
    answer = visit.page.locator(".answer")
    for part in (
        "h2",
        ".verdict",
        ".agencies > li >> nth=0",
        ".agencies > li >> nth=-1",
        ".history li >> nth=0",
        ".meaning >> nth=0",
    ):
        expect(answer.locator(part).first).to_be_visible()
    for part in (".app-head h1", ".stale", "#limits", ".fine >> nth=-1"):
        expect(visit.page.locator(part).last).to_be_visible()
    for part in (".agreements-table", ".counts"):
        expect(visit.page.locator(part).first).to_be_hidden()
    expect(visit.page.locator(".stApp")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(answer.locator(".verdict")).to_have_css("color", "rgb(0, 0, 0)")
    # Nothing is cut off: every box the page scrolls in on the screen is as high as what it holds.
    cut = visit.page.evaluate(
        "() => [...document.querySelectorAll('html, body, #root, .stApp, [data-testid=stMain]')]"
        ".filter((e) => e.scrollHeight > e.clientHeight + 1 && getComputedStyle(e).overflowY !== 'visible').length"
    )
    assert cut == 0
    assert "2026" in visit.page.locator(".app-head").inner_text()


def test_answer_without_agreements_fits_one_sheet_of_paper(visitor: Visitor) -> None:
    visit = visitor().open("county=37119")
    printed = visit.page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page/") + printed.count(b"/Type /Page ") == 1


def test_map_is_printed_in_words_with_its_counts_and_table(visitor: Visitor) -> None:
    visit = visitor().open("view=explore")
    visit.page.emulate_media(media="print")
    for part in (".counts", ".in-words", ".agreements-table"):
        expect(visit.page.locator(part)).to_be_visible()
    for part in (*PRESSED, ".in-words a"):
        for each in visit.page.locator(part).all():
            expect(each).to_be_hidden()
