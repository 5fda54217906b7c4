"""Every page by axe-core in both languages and both themes, one wide and one a phone; and what axe cannot see."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect
from visiting import Visit, Visitor

from map_app.text import LANGUAGES

pytestmark = pytest.mark.browser

DESKTOP, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
#: Each theme at one size: colours do not depend on the size, nor what has room on the colours.
SIZES = {"light": DESKTOP, "dark": PHONE}
#: Streamlit's ground in each theme: axe waits for the colours of the theme asked for.
GROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 22, 20)"}
#: Every rule of axe, its best practices and the size of targets included; nothing is left out.
OPTIONS = "{rules: {'target-size': {enabled: true}}, resultTypes: ['violations']}"


def search(words: str) -> Callable[[Visit], None]:
    def typed(visit: Visit) -> None:
        visit.page.get_by_role("searchbox").fill(words)
        expect(visit.page.locator(".choose, .st-key-nothing, .answer").first).to_be_visible()
        visit.settled()

    return typed


def open_popup(visit: Visit) -> None:
    visit.frame.evaluate("() => openCounty('12086')")
    expect(visit.popup).to_be_visible()


def unfold(visit: Visit) -> None:
    for fold in visit.page.locator(".answer summary").all():
        fold.click()


def mistype_a_day(visit: Visit) -> None:
    """Leave a day in the field that cannot be read."""
    box = visit.page.locator(".day-field input[type=text]")
    box.fill("3/4/2019")
    box.press("Enter")
    expect(box).to_have_attribute("aria-invalid", "true")


#: What stands on the page: address, and what is done there.
STATES: dict[str, tuple[str, Callable[[Visit], None] | None]] = {
    "search": ("view=find", None),
    "several places": ("view=find", search("springfield")),
    "no place": ("view=find", search("zzzzqqqq")),
    "answer": ("county=37119", unfold),
    "long answer": ("county=12086", unfold),
    "map": ("view=explore", None),
    "map by model": ("view=explore&color=model&state=TX", None),
    "popup": ("view=explore", open_popup),
    "nothing matches": ("view=explore&model=HYB&year=2026", None),
    "state": ("view=find&state=TX", None),
    "past day": ("county=04013&as_of=2010-08-01&view=find", mistype_a_day),
}


def open_state(visit: Visit, name: str, language: str) -> None:
    query, act = STATES[name]
    visit.open(f"{query}&lang={language}")
    if act:
        act(visit)


#: True once nothing has run, faded or been half-faded for this long. Streamlit fades what a slow run has not sent yet.
STILL = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  const busy = (app && app.dataset.testScriptState !== 'notRunning') || document.querySelector('[data-stale=true]')
    || document.getAnimations().some((one) => one instanceof CSSTransition && one.playState === 'running');
  if (busy || !window.stillSince) window.stillSince = busy ? 0 : performance.now();
  return Boolean(window.stillSince) && performance.now() - window.stillSince > 200;
}"""


def violations(page: Page) -> list[str]:
    """Return what axe finds in a page at rest and its frames, one line for each element."""
    page.evaluate("window.stillSince = 0")
    page.wait_for_function(STILL, polling=50)
    for frame in page.frames:
        frame.evaluate(AXE_SCRIPT)
    outer = OPTIONS.replace("{rules", "{iframes: false, rules", 1)
    found: dict[str, Any] = page.evaluate(f"() => axe.run(document, {outer})")
    # Each frame is asked alone: of text in one axe cannot always tell the ground when asked from outside. Alone, the
    # frame has no main part and first heading of its own: the page around it has.
    of_the_page = ("landmark-one-main", "page-has-heading-one")
    alone = OPTIONS.replace(
        "{rules: {", "{rules: {" + "".join(f"'{rule}': {{enabled: false}}, " for rule in of_the_page)
    )
    inner = [frame.evaluate(f"() => axe.run(document, {alone})") for frame in page.frames[1:]]
    return [
        f"{rule['id']} ({rule['impact']}): {' >> '.join(map(str, node['target']))}: {node['html'][:120]}"
        for run in (found, *inner)
        for rule in run["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("name", list(STATES))
def test_axe_finds_nothing(visitor: Visitor, name: str, language: str) -> None:
    found = []
    visit = visitor(color_scheme="light")
    open_state(visit, name, language)
    for theme in ("light", "dark"):
        visit.page.emulate_media(color_scheme=theme)
        expect(visit.inside.locator("html")).to_have_attribute("data-theme", theme)
        expect(visit.page.locator(".stApp")).to_have_css("background-color", GROUND[theme])
        visit.page.set_viewport_size(SIZES[theme])
        found += [f"{theme}: {line}" for line in violations(visit.page)]
    assert found == []


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize(
    "path",
    [
        "?view=about",
        "sheet/12086?",
        "sheet/37119?as_of=2010-08-01",
        "list?",
        "list?model=TFM&state=TX",
        "changes?state=TX",
    ],
)
def test_axe_finds_nothing_on_pages_without_a_map(visitor: Visitor, path: str, language: str) -> None:
    found = []
    visit = visitor(color_scheme="light")
    visit.page.goto(f"{visit.address}{path}&lang={language}")
    expect(visit.page.locator("h1")).to_have_count(1)
    for fold in visit.page.locator("[data-testid=stExpander] summary").all()[1:]:
        fold.click()
    for theme in ("light", "dark"):
        visit.page.emulate_media(color_scheme=theme)
        if "view=about" in path:
            expect(visit.page.locator(".stApp")).to_have_css("background-color", GROUND[theme])
        visit.page.set_viewport_size(SIZES[theme])
        found += [f"{theme}: {line}" for line in violations(visit.page)]
    assert found == []


def test_axe_finds_what_is_planted(visitor: Visitor) -> None:
    visit = visitor()
    visit.page.goto(f"{visit.address}list")
    visit.page.evaluate("() => document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=\"data:,\">')")
    assert any(line.startswith("image-alt") for line in violations(visit.page))


# ---- what a screen reader is told: the tree of names and roles, as the browser gives it


def tree(visit: Visit) -> str:
    return visit.page.locator("body").aria_snapshot()


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_tree_holds_the_answer_the_words_of_the_map_and_the_table_in_this_order(
    visitor: Visitor, language: str
) -> None:
    visit = visitor()
    open_state(visit, "long answer", language)
    told = tree(visit)
    words = {
        "en": ["heading \"Does my county", "searchbox \"ZIP code", "heading \"Miami-Dade County, Florida\" [level=2]",
               "yes", "heading \"Agencies of the whole county", "1,", "The map in words.", "list of counties",
               "iframe", "heading \"The same agreements as a table\" [level=2]", "table \"Agreements 1 to 25",
               "columnheader \"Agency\"", "rowheader"],
        "es": ["heading \"¿Mi condado", "searchbox \"Código postal",
               "heading \"Condado de Miami-Dade, Florida\" [level=2]",
               "sí", "heading \"Agencias de todo el condado", "1,", "El mapa en palabras.", "lista de condados",
               "iframe", "heading \"Los mismos acuerdos en una tabla\" [level=2]", "table \"Acuerdos 1 a 25",
               "columnheader \"Agencia\"", "rowheader"],
    }[language]  # fmt: skip
    at = 0
    for each in words:
        found = told.find(each, at)
        assert found >= 0, f"{each!r} is not in the tree after {told[max(0, at - 80) : at]!r}"
        at = found
    for landmark in ("navigation", "main", "banner", "status"):
        assert re.search(rf"^\s*- {landmark}\b", told, re.M), landmark


def test_headings_of_every_view_step_down_by_one(visitor: Visitor) -> None:
    visit = visitor()
    for name in ("answer", "map"):
        open_state(visit, name, "en")
        levels = [int(level) for level in re.findall(r'heading "[^\n]*" \[level=(\d)\]', tree(visit))]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_frame_is_named_and_says_its_map_once(visitor: Visitor) -> None:
    visit = visitor()
    open_state(visit, "popup", "en")
    told = visit.inside.locator("body").aria_snapshot()
    assert told.count("Map of counties.") == 1
    assert 'dialog "Miami-Dade County, Florida"' in told
    assert "img" not in told
    expect(visit.page.locator("iframe.county-map")).to_have_attribute("title", "Map of 287(g) agreements")
    expect(visit.map).to_have_attribute("role", "region")


def test_language_and_title_of_the_page_follow_the_choice(visitor: Visitor) -> None:
    visit = visitor()
    visit.page.goto(f"{visit.address}?lang=es", wait_until="commit")
    expect(visit.page.locator("html")).to_have_attribute("lang", "es")
    visit.open("lang=es")
    expect(visit.page).to_have_title("¿Mi condado tiene un acuerdo 287(g)?")
    visit.page.get_by_role("radio", name="English").click()
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
    expect(visit.inside.locator("html")).to_have_attribute("lang", "en")
    expect(visit.page).to_have_title("Does my county have a 287(g) agreement?")
    visit.page.get_by_role("radio", name="Explore the map").click()
    expect(visit.page).to_have_title("Map of 287(g) agreements")


# ---- said aloud


def record_what_is_said(visit: Visit) -> None:
    visit.page.evaluate(
        """() => {
          const said = document.querySelector('.said-aloud');
          window.told = [];
          new MutationObserver(() => told.push(said.textContent)).observe(said, {childList: true, subtree: true});
        }"""
    )


def test_new_counts_are_said_once_and_nothing_else(visitor: Visitor) -> None:
    visit = visitor().open()
    expect(visit.page.locator("[role=status], [aria-live=polite], [aria-live=assertive]")).to_have_count(1)
    record_what_is_said(visit)
    visit.repainted(visit.pill("Task Force Model").click)
    said = visit.page.locator(".said-aloud")
    expect(said).to_have_text(re.compile(r"^[\d,]+ agreements [\d,]+ agencies [\d,]+ counties [\d,]+ states"))
    counts = re.sub(r"\s+", " ", visit.page.locator(".counts").inner_text())
    assert visit.page.evaluate("() => told") == [counts]


def test_answer_is_said_once(visitor: Visitor) -> None:
    visit = visitor().open("view=find")
    record_what_is_said(visit)
    search("mecklenburg county nc")(visit)
    expect(visit.page.locator(".said-aloud")).to_contain_text("no agreement found for Mecklenburg County")
    told = visit.page.evaluate("() => told")
    assert len([line for line in told if "no agreement found" in line]) == 1


# ---- narrow, enlarged, still

TOO_WIDE = """() => [...document.querySelectorAll('body *')].filter((e) => {
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  return box.width > 1 && box.right > innerWidth + 1 && style.visibility !== 'hidden' && style.display !== 'none' &&
    !e.closest('.agreements-table, .skip-links, [data-testid=stSidebar]');
}).map((e) => e.tagName + ' ' + e.innerText).slice(0, 5)"""


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("name", ["several places", "long answer", "map"])
def test_nothing_but_map_and_table_needs_sideways_scrolling_at_320_pixels(
    visitor: Visitor, name: str, language: str
) -> None:
    visit = visitor(viewport={"width": 320, "height": 640})
    open_state(visit, name, language)
    assert visit.page.evaluate(TOO_WIDE) == []
    main = visit.page.get_by_test_id("stMain")
    assert main.evaluate("(e) => e.scrollWidth - e.clientWidth") == 0


@pytest.mark.parametrize("path", ["?view=about", "sheet/12086", "list", "changes?from=2025-01-20"])
def test_pages_without_a_map_fit_320_pixels(visitor: Visitor, path: str) -> None:
    visit = visitor(viewport={"width": 320, "height": 640})
    visit.page.goto(visit.address + path)
    expect(visit.page.locator("h1")).to_be_visible()
    assert visit.page.evaluate(TOO_WIDE) == []
    assert visit.page.evaluate("() => document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("name", ["several places", "long answer", "map"])
def test_text_of_twice_the_size_is_not_cut_off(visitor: Visitor, name: str) -> None:
    visit = visitor(viewport={"width": 1280, "height": 900})
    open_state(visit, name, "es")
    visit.page.add_style_tag(content="html { font-size: 200% !important; }")
    cut = visit.page.evaluate(
        """() => [...document.querySelectorAll(`.app-head *, .counts *, .in-words, .answer *,
          [data-testid=stMain] button, [data-testid=stMain] button p, [data-testid=stSidebar] button p`)]
          .filter((e) => {
            const style = getComputedStyle(e);
            return e.clientWidth && style.overflow !== 'visible' && style.display !== 'inline' &&
              (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
        }).map((e) => e.tagName + ' ' + e.innerText.slice(0, 60))"""
    )
    assert cut == []
    assert visit.page.evaluate(TOO_WIDE) == []


def test_frame_keeps_still_where_less_motion_is_asked_for(visitor: Visitor) -> None:
    visit = visitor(reduced_motion="reduce").open()
    moving = visit.frame.evaluate(
        "() => [...document.querySelectorAll('*')]"
        ".filter((e) => parseFloat(getComputedStyle(e).transitionDuration) > 0).length"
    )
    assert moving == 0
    visit.inside.locator(".panRight").click()
    assert visit.frame.evaluate("() => Boolean(map._panAnim && map._panAnim._inProgress)") is False
