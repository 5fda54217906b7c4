"""A browser that prefers Spanish: the page opens in it at once, stays in it, and is one click from English."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from test_start import early
from visiting import Visit, Visitor

pytestmark = pytest.mark.browser

#: Notes every language the document, the heading and the map's frame ever have, from the first moment on.
NOTED = """() => {
  window.spoken = new Set();
  const note = () => {
    const heading = document.querySelector('h1'), frame = document.querySelector('iframe.county-map');
    const inside = frame && frame.contentDocument && frame.contentDocument.documentElement;
    if (document.documentElement) spoken.add('page ' + document.documentElement.lang);
    if (heading) spoken.add('heading ' + heading.textContent);
    if (inside && inside.querySelector('[data-revision]')) spoken.add('map ' + inside.lang);
    spoken.add('title ' + document.title);
  };
  new MutationObserver(note).observe(document, {childList: true, subtree: true, attributes: true, characterData: true});
}"""
TITLES = {"en": "Does my county have a 287(g) agreement?", "es": "¿Mi condado tiene un acuerdo 287(g)?"}


def spoken(visit: Visit) -> set[str]:
    return set(visit.page.evaluate("() => [...spoken]"))


@pytest.mark.parametrize(
    ("locale", "query", "language"),
    [("es-US", "", "es"), ("es-MX", "county=37119", "es"), ("es-US", "lang=en", "en"), ("en-US", "lang=es", "es")],
)
def test_page_never_speaks_another_language_on_its_way(
    visitor: Visitor, locale: str, query: str, language: str
) -> None:
    visit = visitor(locale=locale)
    visit.page.add_init_script(f"({NOTED})()")
    visit.open(query)
    titles = {line for line in spoken(visit) if line.startswith(("title", "heading"))}
    assert titles - {"title "} == {f"title {TITLES[language]}", f"heading {TITLES[language]}"}
    assert {line for line in spoken(visit) if line.startswith(("page", "map"))} == {
        f"page {language}",
        f"map {language}",
    }
    expect(visit.page.locator("html")).to_have_attribute("lang", language)


def test_address_is_left_as_it_was_opened_and_names_a_language_once_one_is_chosen(visitor: Visitor) -> None:
    visit = visitor(locale="es-US").open("county=37119")
    assert "lang" not in visit.query
    visit.page.get_by_role("radio", name="English").click()
    expect(visit.page.locator("h1")).to_have_text(TITLES["en"])
    expect(visit.page).to_have_url(re.compile(r"lang=en"))
    visit.page.reload()
    visit.settled()
    expect(visit.page.locator("h1")).to_have_text(TITLES["en"])
    visit.page.get_by_role("radio", name="Español").click()
    expect(visit.page.locator("h1")).to_have_text(TITLES["es"])
    expect(visit.page).to_have_url(re.compile(r"lang=es"))


def test_browser_that_prefers_english_sees_no_language_in_the_address(visitor: Visitor) -> None:
    visit = visitor(locale="en-US").open("")
    expect(visit.page.locator("h1")).to_have_text(TITLES["en"])
    assert "lang" not in visit.query


def test_first_screen_offers_english_by_a_plain_link(visitor: Visitor) -> None:
    visit = visitor(locale="es-US")
    early(visit, "")
    first = visit.page.locator("#first-screen")
    expect(first.locator("h1")).to_have_text(TITLES["es"])
    visit.page.unroute_all()
    first.get_by_role("link", name="English").click()
    visit.settled()
    expect(visit.page.locator("h1")).to_have_text(TITLES["en"])


@pytest.mark.parametrize("path", ["status", "privacy", "list", "sheet/37119"])
def test_pages_beside_the_map_open_in_the_language_of_the_browser_too(visitor: Visitor, path: str) -> None:
    visit = visitor(locale="es-US")
    visit.page.goto(f"{visit.address}{path}")
    expect(visit.page.locator("html")).to_have_attribute("lang", "es")
    visit.page.goto(f"{visit.address}{path}?lang=en")
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
