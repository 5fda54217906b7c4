"""The whole way by keyboard: past the filters, to a place and its answer, over the map, into a popup and out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from visiting import Visit, Visitor

pytestmark = pytest.mark.browser

#: What has the focus, inside the frame too: its name, whether it is seen, how large it is.
FOCUSED = """() => {
  let e = document.activeElement, inFrame = false;
  const at = {x: 0, y: 0};
  while (e && e.tagName === 'IFRAME' && e.contentDocument) {
    const box = e.getBoundingClientRect();
    at.x += box.left; at.y += box.top;
    e = e.contentDocument.activeElement; inFrame = true;
  }
  const box = e.getBoundingClientRect(), style = e.ownerDocument.defaultView.getComputedStyle(e);
  const x = Math.min(Math.max(box.left + box.width / 2, 1), e.ownerDocument.defaultView.innerWidth - 2);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 12), 1), e.ownerDocument.defaultView.innerHeight - 2);
  const top = e.ownerDocument.elementFromPoint(x, y);
  const labels = e.labels && e.labels.length ? e.labels[0].innerText : '';
  return {
    tag: e.tagName, type: e.type || '', inFrame,
    name: (e.getAttribute('aria-label') || labels || e.innerText || e.title || '').trim(),
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    uncovered: Boolean(top && (e.contains(top) || top.contains(e))),
    inView: box.bottom + at.y > 0 && box.top + at.y < innerHeight,
    width: box.width, height: box.height, ours: Boolean(e.closest('.answer, .in-words, .skip-links')) || inFrame,
  };
}"""


def press(visit: Visit, *keys: str) -> None:
    for key in keys:
        visit.page.keyboard.press(key)


def tab_to(visit: Visit, name: str, most: int = 60) -> None:
    """Press Tab until something of that name has the focus."""
    for _ in range(most):
        press(visit, "Tab")
        if visit.page.evaluate(FOCUSED)["name"].startswith(name):
            return
    raise AssertionError(f"{name!r} was not reached with {most} presses of Tab")


def test_every_stop_of_the_keyboard_is_named_outlined_and_uncovered(visitor: Visitor) -> None:
    visit = visitor().open("county=04013")
    expect(visit.popup).to_be_visible()
    stops = []
    for _ in range(100):
        press(visit, "Tab")
        stop = visit.page.evaluate(FOCUSED)
        if stop["tag"] == "BODY":
            break
        stops.append(stop)
    else:
        raise AssertionError("Tab never came round: something holds the keyboard")
    assert [stop for stop in stops if not stop["name"]] == []
    assert [stop["name"] for stop in stops if not stop["outlined"]] == []
    # Two thumbs of one slider lie over each other; the main part itself is a stop because it scrolls.
    own = [stop for stop in stops if stop["type"] != "range" and stop["tag"] != "MAIN"]
    assert [stop["name"] for stop in own if not (stop["uncovered"] and stop["inView"])] == []
    small = [(stop["name"], stop["width"], stop["height"]) for stop in stops if stop["ours"]
             and min(stop["width"], stop["height"]) < 24]  # fmt: skip
    assert small == []
    names = [stop["name"] for stop in stops]
    order = ["Skip to the content", "Skip to the answer", "Skip to the table", "Jail Enforcement Model", "My county",
             "ZIP code, town", "Read the memorandum", "One page to print", "The map as a list", "48 states",
             "Go to a state", "Map of counties", "Close", "Zoom in", "Move up", "Who has an agreement",
             "Download these", "Agreements 1 to 25", "Next"]  # fmt: skip
    at = 0
    for wanted in order:
        at = next((i for i in range(at, len(names)) if names[i].startswith(wanted)), -1)
        assert at >= 0, f"{wanted!r} does not come in its turn: {names}"


def test_skip_links_lead_past_the_filters(visitor: Visitor) -> None:
    visit = visitor().open("county=04013")
    press(visit, "Tab")
    skip = visit.page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    press(visit, "Tab", "Enter")
    expect(visit.page.locator("h2#answer")).to_be_focused()
    expect(visit.page.locator("h2#answer")).to_be_in_viewport()
    assert "#" not in visit.page.url
    press(visit, "Tab")
    assert visit.page.evaluate(FOCUSED)["name"] == "Read the memorandum"


def test_place_is_typed_chosen_and_read_by_keyboard_alone(visitor: Visitor) -> None:
    visit = visitor().open("view=find")
    tab_to(visit, "ZIP code")
    visit.page.keyboard.type("springfield")
    choice = visit.page.get_by_role("button", name="Springfield, Missouri → Greene County")
    expect(choice).to_be_visible()
    visit.settled()
    tab_to(visit, "Springfield, Missouri")
    press(visit, "Enter")
    answer = visit.page.locator("h2#answer")
    expect(answer).to_have_text("Greene County, Missouri")
    expect(answer).to_be_focused()  # what was pressed is gone; the focus is where its answer stands
    expect(visit.page.locator(".said-aloud")).to_contain_text("As of ICE’s list of")


def test_focus_stays_on_what_was_used_over_a_rerun(visitor: Visitor) -> None:
    visit = visitor().open()
    tab_to(visit, "Jail Enforcement Model")
    press(visit, "ArrowRight")
    visit.repainted(lambda: press(visit, "Enter"))
    expect(visit.pill("Task Force Model")).to_be_focused()
    tab_to(visit, "Level")
    visit.repainted(lambda: press(visit, "ArrowRight", "Enter"))
    expect(visit.choice("Model")).to_be_focused()
    tab_to(visit, "English")
    visit.repainted(lambda: press(visit, "ArrowRight", "Enter"))
    expect(visit.page.get_by_role("radio", name="Español")).to_be_focused()


def test_focus_of_a_button_that_goes_moves_to_the_heading(visitor: Visitor) -> None:
    visit = visitor().open("view=explore&model=HYB&year=2026")
    main = visit.page.get_by_test_id("stMain")
    clear = main.get_by_role("button", name="Clear filters")
    clear.focus()
    visit.repainted(lambda: press(visit, "Enter"))
    expect(clear).to_have_count(0)
    expect(visit.page.locator("h1")).to_be_focused()


def test_county_is_chosen_read_and_closed_without_a_pointer(visitor: Visitor) -> None:
    visit = visitor().open()
    tab_to(visit, "Go to a state")
    visit.page.keyboard.type("Ariz")
    county = visit.inside.get_by_role("combobox", name="Open a county")
    expect(county).to_be_visible()
    press(visit, "Tab")
    expect(county).to_be_focused()
    visit.page.keyboard.type("Maricopa")
    expect(visit.popup.locator("h2")).to_have_text("Maricopa County, Arizona")
    expect(county).to_be_focused()  # the list itself moves no focus
    press(visit, "Tab", "Enter")
    dialog = visit.inside.get_by_role("dialog", name="Maricopa County, Arizona")
    expect(dialog).to_be_focused()
    expect(visit.popup.locator("a").first).to_be_visible()
    press(visit, "Tab")
    assert visit.page.evaluate(FOCUSED)["name"] in ("Read the memorandum", "Maricopa County, Arizona")
    press(visit, "Escape")
    expect(visit.popup).to_have_count(0)
    expect(visit.inside.get_by_role("button", name="Read its agreements")).to_be_focused()


def test_enter_on_the_map_opens_the_county_in_its_middle(visitor: Visitor) -> None:
    visit = visitor().open()
    visit.frame.evaluate("() => map.setView([33.35, -112.5], 7, {animate: false})")
    tab_to(visit, "Map of counties")
    cross = visit.frame.evaluate("() => getComputedStyle(document.getElementById('map'), '::after').content")
    assert cross != "none"
    press(visit, "Enter")
    expect(visit.popup.locator("h2")).to_have_text("Maricopa County, Arizona")
    expect(visit.inside.get_by_role("dialog")).to_be_focused()
    press(visit, "Escape")
    expect(visit.popup).to_have_count(0)
    expect(visit.map).to_be_focused()
    before = visit.view()
    press(visit, "ArrowRight")
    visit.frame.wait_for_function("(lon) => map.getCenter().lng > lon", arg=before["lon"])


def test_county_chosen_on_the_search_page_by_keyboard_is_answered_there(visitor: Visitor) -> None:
    visit = visitor().open("view=find")
    visit.frame.evaluate("() => map.setView([33.35, -112.5], 7, {animate: false})")
    tab_to(visit, "Map of counties")
    press(visit, "Enter")
    expect(visit.page.locator("h2#answer")).to_have_text("Maricopa County, Arizona")
    visit.settled()
    expect(visit.inside.get_by_role("dialog", name="Maricopa County, Arizona")).to_be_focused()


def test_escape_closes_the_name_under_the_pointer_and_a_popup_from_outside_the_frame(visitor: Visitor) -> None:
    visit = visitor().open()
    visit.frame.evaluate("() => map.setView([33.35, -112.5], 7, {animate: false})")
    box = visit.map.bounding_box()
    assert box
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visit.page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2)
    tip = visit.inside.locator(".name-tip")
    expect(tip).to_contain_text("Maricopa County")
    press(visit, "Escape")
    expect(tip).to_have_count(0)
    visit.frame.evaluate("() => openCounty('12086')")
    expect(visit.popup).to_be_visible()
    visit.page.locator("h1").evaluate("(e) => { e.tabIndex = -1; e.focus(); }")
    press(visit, "Escape")
    expect(visit.popup).to_have_count(0)


@pytest.mark.parametrize("letter", ["r", "c"])
def test_single_letter_runs_nothing(visitor: Visitor, letter: str) -> None:
    visit = visitor().open()
    visit.page.get_by_role("radio", name="Explore the map").focus()
    before = len(visit.sent)
    press(visit, letter, letter)
    # A run would have been answered by the time another one is.
    visit.repainted(visit.pill("Task Force Model").click)
    after_one_run = len(visit.sent)
    visit.repainted(visit.pill("Task Force Model").click)
    assert after_one_run - before <= 2 * (len(visit.sent) - after_one_run)
    expect(visit.page.get_by_role("dialog")).to_have_count(0)


def test_same_letters_are_typed_in_the_search(visitor: Visitor) -> None:
    visit = visitor().open("view=find")
    box = visit.page.get_by_role("searchbox")
    box.focus()
    visit.page.keyboard.type("rice county, mn")
    expect(box).to_have_value("rice county, mn")
    expect(visit.page.locator("h2#answer")).to_have_text(re.compile("Rice County"))


def test_sheet_is_opened_by_keyboard_in_a_tab_of_its_own(visitor: Visitor) -> None:
    visit = visitor().open("county=04013&lang=es")
    link = visit.page.get_by_role("link", name="Una hoja para imprimir (pestaña nueva)")
    link.focus()
    with visit.page.context.expect_page() as opened:
        press(visit, "Enter")
    sheet = opened.value
    expect(sheet.locator("h1")).to_have_text("Condado de Maricopa, Arizona")
    expect(sheet.locator("html")).to_have_attribute("lang", "es")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("geoid", ["37119", "04013", "17031", "13059"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_sheet_of_an_ordinary_county_prints_on_one_page(
    visitor: Visitor, paper: str, geoid: str, language: str
) -> None:
    visit = visitor()
    visit.page.goto(f"{visit.address}sheet/{geoid}?lang={language}")
    visit.page.evaluate("() => document.fonts.ready")
    printed = visit.page.pdf(format=paper)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def slide(visit: Visit, thumb: int, key: str, times: int) -> list[str]:
    """Press a key on one thumb of the slider, faster than the page is drawn; return the years it comes to stand at."""
    visit.page.locator("[data-testid=stSidebar] input[type=range]").nth(thumb).focus()
    press(visit, *[key] * times)
    span = (2002 + times, 2026) if thumb == 0 else (2002, 2026 - times)
    visit.page.wait_for_url(re.compile(f"year={span[0]}-{span[1]}"))
    visit.settled()
    return visit.page.get_by_test_id("stSliderThumbValue").all_inner_texts()


def test_every_fast_press_of_the_slider_counts_on_either_thumb(visitor: Visitor) -> None:
    visit = visitor().open()
    assert slide(visit, 0, "ArrowRight", 6) == ["2008", "2026"]
    expect(visit.page.locator("[data-testid=stSidebar] input[type=range]").first).to_be_focused()
    visit = visitor().open()
    assert slide(visit, 1, "ArrowLeft", 6) == ["2002", "2020"]
    assert visit.query == {"year": ["2002-2020"]}
    visit.repainted(visit.page.go_back)  # still a way back, and not undone by what stood before
    assert visit.page.get_by_test_id("stSliderThumbValue").all_inner_texts()[0] == "2002"


@pytest.mark.parametrize(
    ("language", "label", "size", "typed", "shown", "doubtful", "outside"),
    [
        ("en", "On a past day", (1400, 900), "6/30/2019", "30 June 2019", "can be 4 March 2019 or 3 April 2019",
         "1 January 2031 is not on record"),
        ("es", "En una fecha pasada", (390, 844), "30 de junio de 2019", "30 de junio de 2019",
         "puede ser el 4 de marzo de 2019 o el 3 de abril de 2019", "No hay datos del 1 de enero de 2031"),
    ],
)  # fmt: skip
def test_past_day_is_typed_read_and_cleared_by_keyboard_alone(
    visitor: Visitor, language: str, label: str, size: tuple[int, int], typed: str, shown: str, doubtful: str,
    outside: str,
) -> None:  # fmt: skip
    visit = visitor(viewport={"width": size[0], "height": size[1]}).open(f"view=explore&lang={language}")
    if size[0] < 500:
        visit.page.get_by_test_id("stExpandSidebarButton").focus()
        press(visit, "Enter")
        close = visit.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button")
        expect(close).to_be_focused()  # the filters are open, and the keyboard is in them
    now = visit.count()
    tab_to(visit, label, 20)
    box = visit.page.get_by_label(label, exact=True)
    visit.repainted(lambda: (visit.page.keyboard.type(typed), press(visit, "Enter")))
    expect(box).to_have_value(shown)
    expect(box).to_be_focused()
    then, painted = visit.count(), visit.revision
    assert then != now
    assert visit.query["as_of"] == ["2019-06-30"]

    told = visit.page.locator(".day-field .told")
    for words, problem in (("3/4/2019", doubtful), ("2031-01-01", outside)):
        press(visit, "Control+A")
        visit.page.keyboard.type(words)
        press(visit, "Enter")
        expect(told).to_contain_text(problem)
        expect(told).to_contain_text(shown)  # the day that still stands
        expect(visit.page.locator(".said-aloud")).to_contain_text(problem)
        expect(box).to_have_value(words)  # nothing typed is lost
        expect(box).to_have_attribute("aria-invalid", "true")
    assert (visit.count(), visit.revision) == (then, painted)
    assert visit.query["as_of"] == ["2019-06-30"]

    press(visit, "Control+A", "Delete")
    visit.repainted(lambda: press(visit, "Enter"))
    expect(told).to_be_empty()
    assert visit.count() == now
    assert "as_of" not in visit.query
    if size[0] < 500:
        visit.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").focus()
        press(visit, "Enter")
        expect(visit.page.get_by_test_id("stExpandSidebarButton")).to_be_focused()


def test_day_left_with_tab_is_taken_and_the_choice_of_status_comes_back_after_it(visitor: Visitor) -> None:
    visit = visitor().open("view=explore&status=ended")
    box = visit.page.get_by_label("On a past day", exact=True)
    box.focus()
    visit.page.keyboard.type("2010-08-01")
    visit.repainted(lambda: press(visit, "Tab"))
    assert visit.query["as_of"] == ["2010-08-01"]
    visit.repainted(visit.page.get_by_role("button", name="Clear the day").click)
    expect(box).to_have_value("")
    expect(visit.choice("Ended")).to_be_checked()
    assert visit.query["status"] == ["ended"]


def test_state_asked_about_is_kept_by_reload_and_found_by_going_back(visitor: Visitor) -> None:
    visit = visitor().open("view=find")
    answer = visit.page.locator("h2#answer")
    tab_to(visit, "ZIP code")
    visit.page.keyboard.type("Texas")
    expect(visit.page.get_by_role("button", name="Texas", exact=True)).to_be_visible()  # or a county of that name
    visit.settled()
    tab_to(visit, "Texas")
    visit.repainted(lambda: press(visit, "Enter"))
    expect(answer).to_have_text("Texas")
    visit.page.wait_for_url(re.compile("state=TX"))
    visit.frame.wait_for_function("() => map.getZoom() > 5 && map.getBounds().contains([31.2, -100.1])")
    assert visit.query == {"view": ["find"], "state": ["TX"]}
    told, counted = visit.page.locator(".verdict").inner_text(), visit.count()
    visit.page.reload()
    visit.settled()
    expect(answer).to_have_text("Texas")
    assert (visit.page.locator(".verdict").inner_text(), visit.count()) == (told, counted)
    tab_to(visit, "ZIP code")
    visit.repainted(lambda: visit.page.keyboard.type("85003"))
    expect(answer).to_have_text("Maricopa County, Arizona")
    visit.repainted(visit.page.go_back)
    expect(answer).to_have_text("Texas")
    assert visit.count() == counted
