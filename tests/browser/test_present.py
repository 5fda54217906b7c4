"""The presenter's page in a real browser: exact on every day, keyboard alone, and with the network cut."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect
from running_app import RunningApp
from visiting import PATIENCE

from map_app.changes import changes_between
from map_app.charts import in_force_table
from map_app.filters import FIRST_DAY, Filters, filter_mask, read_filters
from map_app.map_layers import ColorBy, selection_payload
from map_app.record import LoadedRecord
from map_app.text import text_in

pytestmark = pytest.mark.browser
PICK = """([query, color]) => {
  const time = app.time, filters = time.readFilters(new URLSearchParams(query));
  const told = time.summary(time.on(time.narrowed(filters), filters.day, filters.status), filters.day, color);
  return {classes: told.classes, counts: told.counts};
}"""
SELECTIONS = ("", "model=TFM", "year=2019-2025&state=TX", "state=FL,GA&agency_type=municipal", "county=37119",
              "county=48201,12086&model=WSO,JEM", "model=HYB", "year=2008", "agency_type=state")  # fmt: skip
TALK = "#talk=1/state=NC&as_of=2012-01-31/state=TX/all/lang=es&state=FL/as_of=2010-06-30&color=model/model=TFM/" \
       "county=12086/as_of=2025-02-28&vs=2026-01-31/state=FL&vs=GA/color=number"  # fmt: skip


@pytest.fixture(scope="module")
def page(browser: Browser, app: RunningApp) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 800})
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    opened.goto(f"{app.url}present{TALK}")
    opened.wait_for_selector("[data-ready]")
    yield opened
    context.close()


def test_every_frame_is_what_the_server_paints(page: Page, shipped: LoadedRecord) -> None:
    chance = random.Random(287)
    assert shipped.newest_list
    span = (shipped.newest_list - FIRST_DAY).days
    days = [FIRST_DAY + dt.timedelta(chance.randrange(span)) for _ in range(24)] + [FIRST_DAY, shipped.newest_list]
    days += [day for gap in shipped.gaps for day in (*gap, gap[0] + dt.timedelta(1))]
    for day in days:
        query, color = chance.choice(SELECTIONS), chance.choice(list(ColorBy))
        asked = "&".join(part for part in (query, f"as_of={day}") if part)
        filters, bad = read_filters(parse_qs(asked))
        assert not bad
        mask = filter_mask(shipped.agreements, filters)
        painted = selection_payload(shipped.index, mask, color, filters.to_query(), text_in("en"), "")
        shown = page.evaluate(PICK, [asked, str(color)])
        assert shown["counts"] == vars(shipped.index.counts(mask)), asked
        assert shown["classes"] == painted["classes"], asked


def test_what_has_no_day_is_what_the_server_paints(page: Page, shipped: LoadedRecord) -> None:
    for asked in ("", "status=ended", "status=superseded", "status=all&model=HYB"):
        filters, _ = read_filters(parse_qs(asked))
        mask = filter_mask(shipped.agreements, filters)
        painted = selection_payload(shipped.index, mask, ColorBy.MODEL, filters.to_query(), text_in("en"), "")
        assert page.evaluate(PICK, [asked, "model"])["classes"] == painted["classes"], asked


def test_chart_counts_what_the_table_counts(page: Page, shipped: LoadedRecord) -> None:
    told = in_force_table(shipped, Filters()).pivot(index="as_of", columns="model", values="agreements")
    page.evaluate("app.change({filters: {...app.state.filters, states: [], counties: [], models: []}}, {push: false})")
    assert page.evaluate("app.monthly") == told[["JEM", "TFM", "WSO", "HYB"]].to_numpy().tolist()


def test_difference_is_what_the_command_names(page: Page, shipped: LoadedRecord) -> None:
    days = [dt.date(2009, 6, 1), dt.date(2012, 12, 31), dt.date(2021, 1, 13), dt.date(2025, 4, 20)]
    days += [dt.date(2025, 7, 26), dt.date(2026, 5, 1)]
    for start, end in pairwise(days):
        told = changes_between(shipped.agreements, start, end)
        shown = page.evaluate(
            "([start, end]) => { const t = app.time; return t.changes(t.narrowed(t.readFilters(new URLSearchParams()))"
            ", t.dayOf(start), t.dayOf(end)); }",
            [str(start), str(end)],
        )
        for kind, held in told.by_kind().items():
            assert sorted(shown[kind]) == sorted(held.index), (kind, start, end)


def test_talk_of_ten_steps_by_keyboard_without_network(page: Page, app: RunningApp) -> None:
    asked: list[str] = []
    page.goto("about:blank")
    page.goto(f"{app.url}present?state=NC&as_of=2012-01-31{TALK}")
    page.wait_for_selector("[data-ready]")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.on("request", lambda request: asked.append(request.url))
    try:
        title = page.locator("h1")
        expect(title).to_have_text("North Carolina: 287(g) agreements")
        seen = []
        for step in range(2, 11):
            page.keyboard.press("PageDown" if step % 2 else "ArrowRight")
            expect(page.locator(".where-in-talk")).to_have_text(f"{'Paso' if step == 4 else 'Step'} {step} "
                                                                f"{'de' if step == 4 else 'of'} 10")  # fmt: skip
            seen.append((title.inner_text(), page.locator(".number b").inner_text()))
        assert seen[2] == ("Florida: acuerdos 287(g)", seen[2][1])
        assert len(set(seen)) >= 6
        assert page.url.endswith("/color=number")
        page.keyboard.press("Backspace")
        expect(page.locator(".where-in-talk")).to_have_text("Step 9 of 10")
        expect(page.locator(".map")).to_have_count(2)
        page.keyboard.press("Home")
        expect(title).to_have_text("North Carolina: 287(g) agreements")
        assert asked == []
    finally:
        page.context.set_offline(False)


def test_steps_are_added_moved_and_removed_and_kept_in_the_link(page: Page, app: RunningApp) -> None:
    page.goto("about:blank")
    page.goto(f"{app.url}present?state=NC")
    page.wait_for_selector("[data-ready]")
    page.get_by_role("button", name="Talk").click()
    page.get_by_role("button", name="Add this view to my talk").click()
    page.evaluate("app.goTo(app.time.dayOf('2010-06-30'))")
    page.get_by_role("button", name="Add this view to my talk").click()
    steps = page.locator("ol.steps li .go")
    expect(steps).to_have_count(2)
    page.get_by_role("button", name="Move up").nth(1).click()
    expect(steps.first).to_contain_text("30 June 2010")
    expect(page).to_have_url(re.compile(r"#talk=\d/state=NC&as_of=2010-06-30/state=NC$"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("[data-ready]")
    expect(page.locator(".where-in-talk")).to_have_text("Step 1 of 2")
    page.get_by_role("button", name="Talk").click()
    page.get_by_role("button", name="Remove").first.click()
    expect(steps).to_have_count(1)


def test_it_stands_still_until_told_and_plays_to_the_newest_list(page: Page, app: RunningApp) -> None:
    page.goto("about:blank")
    page.goto(f"{app.url}present?as_of=2026-02-28&speed=3")
    page.wait_for_selector("[data-ready]")
    assert page.evaluate("app.playing") is False
    day = page.locator(".clock .day")
    for key in "abcfmrpst":
        page.keyboard.press(key)  # no letter does anything
    expect(day).to_have_text("28 February 2026")
    page.keyboard.press("ArrowRight")
    expect(day).to_have_text("31 March 2026")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(day).to_have_text("11 May 2026")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"present\?speed=3$"))


def test_place_on_the_time_line_is_in_the_address(page: Page, app: RunningApp) -> None:
    page.goto("about:blank")
    page.goto(f"{app.url}present")
    page.wait_for_selector("[data-ready]")
    page.locator("input.scrub").focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"present\?as_of=2026-04-30$"))


def test_both_maps_move_together(page: Page, app: RunningApp) -> None:
    page.goto("about:blank")
    page.goto(f"{app.url}present?state=FL&vs=GA")
    page.wait_for_selector("[data-ready]")
    page.get_by_role("button", name="Zoom in").click()
    scales = page.evaluate("app.maps.map((map) => [map.at.scale, map.move.zoom])")
    assert len(scales) == 2
    assert scales[0] == scales[1]
    assert scales[0][1] == 1.5


def test_reduced_motion_shows_no_pulses(browser: Browser, app: RunningApp) -> None:
    context = browser.new_context(reduced_motion="reduce")
    opened = context.new_page()
    opened.goto(f"{app.url}present?as_of=2025-02-28")
    opened.wait_for_selector("[data-ready]")
    opened.keyboard.press("ArrowRight")
    assert opened.evaluate("app.maps[0].pulses.size") == 0
    context.close()


def test_page_works_on_a_phone(browser: Browser, app: RunningApp) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    opened = context.new_page()
    opened.goto(f"{app.url}present?lang=es&state=TX")
    opened.wait_for_selector("[data-ready]")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_presenters_page_passes_axe(page: Page, app: RunningApp) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.goto("about:blank")
    page.goto(f"{app.url}present?state=FL&as_of=2025-02-28&vs=2026-01-31")
    page.wait_for_selector("[data-ready]")
    page.get_by_role("button", name="View", exact=True).click()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert not found.response["violations"], found.generate_report()
