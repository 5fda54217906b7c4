"""One page to print is one page: the longest of all places, in both languages, on both papers."""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata

import pypdf
import pytest
from playwright.sync_api import Page
from visiting import Visitor

from geo.fips import STATE_ABBRS, county_geoids
from map_app.answer import answer, by_agency, read_pending
from map_app.filters import Filters
from map_app.record import LoadedRecord
from map_app.sheet import SMALLEST
from map_app.text import LANGUAGES, text_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def longest(shipped: LoadedRecord) -> list[str]:
    """Return the counties whose answers have most words: of all of them, by the names and notes of their rows."""
    rows = shipped.agreements
    words = (rows["agency_name"].str.len() + rows["note"].fillna("").str.len() + 40).to_numpy()
    everything = words > 0
    found = {}
    for geoid in county_geoids():
        local, statewide = shipped.index.rows_of_county(geoid, everything)
        found[geoid] = int(words[local].sum() + words[statewide].sum())
    return sorted(found, key=lambda geoid: (-found[geoid], geoid))[:8]


def printed(page: Page, paper: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(page.pdf(format=paper)))


def smallest_type(page: Page) -> float:
    """Return the smallest type on paper, in points."""
    page.emulate_media(media="print")
    return 0.75 * float(
        page.evaluate(
            "() => Math.min(...[...document.querySelectorAll('main *, footer *')].filter((e) => e.offsetParent && "
            "[...e.childNodes].some((n) => n.nodeType === 3)).map((e) => parseFloat(getComputedStyle(e).fontSize)))"
        )
    )


def plain(words: str) -> str:
    """Return words as a PDF gives them back: letters joined in print apart, and no spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", words))


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_counties_with_most_to_tell_print_on_one_page(
    visitor: Visitor, shipped: LoadedRecord, longest: list[str], language: str
) -> None:
    visit, text = visitor(), text_in(language)
    page = visit.page
    warning = shipped.age_warning(Filters(), dt.date.today(), text)
    for geoid in longest:
        page.goto(f"{visit.address}sheet/{geoid}?lang={language}")
        page.evaluate("() => document.fonts.ready")
        assert smallest_type(page) >= SMALLEST - 0.01 >= 8.5
        told = answer(shipped, geoid, None, text, read_pending())
        assert len(printed(page, "A4").pages) == 1, (geoid, language)
        pages = printed(page, "Letter").pages
        assert len(pages) == 1, (geoid, language)
        words = plain(pages[0].extract_text())
        assert warning
        assert plain(warning) in words
        assert plain(text.t("What this does and does not mean")) in words
        # Every agency is named, or counted in a line that says where it is; none stands behind what is past.
        agencies = [held[0].agency_name for held in by_agency(told.agreements)]
        named = [name for name in agencies if plain(name) in words]
        left = re.findall(r"(\d+) (?:more agenc|agencias? más)", page.locator("main").inner_text())
        assert len(named) + sum(map(int, left)) == len(agencies), (geoid, language)
        if told.ended:
            past = words.index(plain(text.t("Agreements that have ended")))
            assert max(words.index(plain(name)) for name in named) < past


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_states_with_most_to_tell_print_on_one_page(visitor: Visitor, shipped: LoadedRecord, language: str) -> None:
    rows = shipped.agreements[shipped.agreements["status"] == "active"]
    most = rows["state_abbr"].value_counts()
    none_listed = next(abbr for abbr in STATE_ABBRS if abbr not in most.index)
    visit, text = visitor(), text_in(language)
    page = visit.page
    for abbr in (*most.index[:4], none_listed):
        page.goto(f"{visit.address}sheet/{abbr}?lang={language}")
        page.evaluate("() => document.fonts.ready")
        assert smallest_type(page) >= SMALLEST - 0.01
        assert len(printed(page, "A4").pages) == 1, (abbr, language)
        pages = printed(page, "Letter").pages
        assert len(pages) == 1, (abbr, language)
        words = plain(pages[0].extract_text())
        assert plain(shipped.age_warning(Filters(), dt.date.today(), text)) in words
