"""What a visitor sees before Streamlit has started, and that it is handed over without a jump."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from visiting import Visit, Visitor

pytestmark = pytest.mark.browser

#: Where the parts that both screens have stand, under one of the two roots.
PLACES = """(root) => Object.fromEntries(['h1', '.app-head', '.answer', '.counts', '.in-words', 'iframe.county-map']
  .map((part) => [part, (part.startsWith('iframe') ? document : document.querySelector(root)).querySelector(part)])
  .filter(([, e]) => e).map(([part, e]) => [part, e.getBoundingClientRect()])
  .map(([part, box]) => [part, [box.x, box.y, box.width, box.height].map(Math.round)]))"""


def hold_back_streamlit(page: Page) -> list[Route]:
    """Keep Streamlit's main script waiting until the routes returned are continued."""
    held: list[Route] = []
    page.route(re.compile(r"/static/js/index\.[^/]+\.js$"), lambda route: held.append(route))
    return held


def release(held: list[Route]) -> None:
    for route in held:
        route.continue_()


def early(visit: Visit, query: str) -> list[Route]:
    """Open an address and stop where only the first screen is there, painted."""
    held = hold_back_streamlit(visit.page)
    visit.page.goto(f"{visit.address}?{query}", wait_until="commit")
    expect(visit.map).to_have_attribute("data-revision", re.compile("^[0-9a-f]{12}$"))
    assert visit.page.get_by_test_id("stApp").count() == 0
    return held


def test_map_is_painted_before_streamlit_has_started(visitor: Visitor) -> None:
    visit = visitor()
    early(visit, "view=explore")
    assert visit.inside.locator("path.county, rect.county").count() >= 3000
    expect(visit.page.locator("#first-screen .counts")).to_be_visible()
    assert visit.filled > 1000


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("county=37119", "no agreement found"),
        ("county=12086&lang=es", "sí"),
        ("county=04013&view=find&as_of=2010-08-01", "yes"),
    ],
)
def test_answer_of_a_link_is_readable_before_streamlit_has_started(visitor: Visitor, query: str, words: str) -> None:
    visit = visitor()
    early(visit, query)
    expect(visit.page.locator("#first-screen .verdict strong")).to_have_text(words)


@pytest.mark.parametrize(
    "query",
    ["", "view=explore&lang=es", "county=37119", "model=TFM&year=2025", "state=TX&color=model", "as_of=2010-08-01",
     "county=12086&view=explore&status=all"],
)  # fmt: skip
def test_hand_over_keeps_the_frame_the_selection_and_every_place(visitor: Visitor, query: str) -> None:
    visit = visitor()
    held = early(visit, query)
    visit.page.evaluate("() => document.fonts.ready")
    revision = visit.revision
    visit.frame.evaluate(
        "() => { window.marker = 'still here'; window.paints = 0;"
        " new MutationObserver(() => { window.paints += 1; })"
        ".observe(document.getElementById('map'), {attributes: true, attributeFilter: ['data-revision']}); }"
    )
    before = visit.page.evaluate(PLACES, "#first-screen")
    release(held)
    visit.settled()
    assert visit.frame.evaluate("() => [window.marker, window.paints]") == ["still here", 0]
    assert visit.revision == revision
    after = visit.page.evaluate(PLACES, "#root")
    moved = {part: (before[part], after[part]) for part in after if before[part] != after[part]}
    if "as_of" in query:  # the notice of a stretch without lists pushes down what follows it
        moved = {part: places for part, places in moved.items() if part in ("h1", ".app-head")}
    assert moved == {}
    expect(visit.page.locator("iframe")).to_have_count(1)


@pytest.mark.parametrize("size", [{"width": 390, "height": 844}, {"width": 1920, "height": 1080}])
def test_hand_over_moves_nothing_on_other_screens(visitor: Visitor, size: dict[str, Any]) -> None:
    visit = visitor(viewport=size)
    held = early(visit, "county=37119")
    visit.page.evaluate("() => document.fonts.ready")
    before = visit.page.evaluate(PLACES, "#first-screen")
    release(held)
    visit.settled()
    assert visit.page.evaluate(PLACES, "#root") == before


def test_what_is_typed_early_is_searched_for_and_enters_no_address(visitor: Visitor) -> None:
    visit = visitor()
    held = early(visit, "view=find")
    visit.page.locator("#first-screen input").fill("mecklenburg county nc")
    release(held)
    visit.settled()
    expect(visit.page.locator(".answer h2")).to_have_text("Mecklenburg County, North Carolina")
    expect(visit.page.get_by_role("searchbox")).to_be_focused()
    assert "mecklenburg" not in visit.page.url.lower()


def test_view_chosen_early_is_a_plain_link(visitor: Visitor) -> None:
    visit = visitor()
    early(visit, "view=explore&model=TFM")
    visit.page.unroute_all()
    visit.page.locator("#first-screen").get_by_role("link", name="Español").click()
    visit.settled()
    assert visit.query["lang"] == ["es"]
    assert visit.query["model"] == ["TFM"]


def test_browser_that_cannot_move_a_frame_paints_a_second_behind_the_first(visitor: Visitor) -> None:
    visit = visitor()
    visit.page.add_init_script("delete Element.prototype.moveBefore;")
    visit.page.goto(f"{visit.address}?view=explore")
    expect(visit.page.locator("#first-screen")).to_have_count(0)
    expect(visit.page.locator("iframe")).to_have_count(1)
    expect(visit.map).to_have_attribute("data-revision", re.compile("^[0-9a-f]{12}$"))


def test_what_never_comes_is_told_and_the_answer_stays(visitor: Visitor) -> None:
    visit = visitor()
    visit.page.clock.install()
    early(visit, "county=37119")
    late = visit.page.locator("#first-screen .late")
    expect(late).to_be_hidden()
    visit.page.clock.fast_forward(20_000)
    expect(late).to_be_visible()
    expect(visit.page.locator("#first-screen .verdict")).to_be_visible()


def test_without_scripts_the_answer_and_the_way_to_the_list_are_there(visitor: Visitor) -> None:
    visit = visitor(java_script_enabled=False)
    visit.page.goto(f"{visit.address}?county=37119")
    expect(visit.page.locator(".verdict strong")).to_have_text("no agreement found")
    visit.page.get_by_role("link", name=re.compile("list of counties")).click()
    expect(visit.page.context.pages[-1].locator("h1")).to_have_count(1)
