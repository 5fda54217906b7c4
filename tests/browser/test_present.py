"""The presenter's page in a real browser: exact on every day, keyboard alone, and with the network cut."""

from __future__ import annotations

import datetime as dt
import json
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


@pytest.mark.parametrize(
    ("query", "said", "never"),
    [
        ("", "None listed", "in this selection"), ("as_of=2012-01-31", "None listed", "in this selection"),
        ("model=TFM", "None in this selection", "None listed"), ("status=ended", "None in this selection", "None list"),
        ("model=TFM&lang=es", "Ninguno en esta selección", "Ninguno en la lista"),
        ("state=FL&vs=GA", "None in this selection", "None listed"),
    ],
)  # fmt: skip
def test_legend_never_says_none_of_what_is_only_filtered_out(page: Page, query: str, said: str, never: str) -> None:
    page.evaluate(
        "async (query) => { const state = app.readState(new URLSearchParams(query)); await app.load(state.lang);"
        "app.state = state; app.layOut(); }",
        query,
    )
    legend = page.locator(".legend")
    expect(legend).to_contain_text(said)
    expect(legend).not_to_contain_text(never)
    page.evaluate("app.openCard(app.time.position.get('53033'), app.maps[0])")  # King County, Washington
    card = page.locator(".card")
    told = {"en": "No agreement", "es": "acuerdo"}["es" if "lang=es" in query else "en"]
    expect(card).to_contain_text(told)
    if "None listed" in never and "en" in told:
        expect(card).to_contain_text("in this selection")


def test_old_list_is_told_while_it_speaks_of_now(page: Page) -> None:
    age = page.evaluate("app.time.daysOld(null, new Date(2026, 10, 23))")
    assert age == 196
    assert [page.evaluate(f"app.time.daysOld(null, new Date(2026, 4, {day}))") for day in (11, 25, 26)] == [0, 0, 15]
    told = page.locator(".aged")
    page.evaluate("app.state = app.readState(new URLSearchParams()); app.layOut()")
    now = page.evaluate("app.time.daysOld(null)")
    expect(told).to_contain_text(f"the newest list held, {now} days old")
    page.evaluate("app.goTo(app.time.dayOf('2012-01-31'))")
    expect(told).to_be_hidden()


def test_what_means_nothing_is_told_in_one_line_and_the_talk_goes_on(page: Page, app: RunningApp) -> None:
    page.goto("about:blank")
    page.goto(f"{app.url}present?state=NC,ZZ&county=99999&model=XYZ&as_of=2025-02-30&speed=9&by=week&step=3&vs=Mars"
              "&utm_source=x#talk=1/state=NC,ZZ/state=TX/as_of=never")  # fmt: skip
    page.wait_for_selector("[data-ready]")
    told = page.locator(".bad")
    expect(told).to_have_text("Part of the address was not understood and is ignored: as_of=2025-02-30, model=XYZ, "
                              "state=ZZ, county=99999, vs=Mars, step=3, by=week, speed=9")  # fmt: skip
    expect(page.locator("h1")).to_have_text("North Carolina: 287(g) agreements")
    page.keyboard.press("PageDown")
    expect(page.locator("h1")).to_have_text("Texas: 287(g) agreements")
    expect(told).to_be_hidden()
    page.keyboard.press("PageDown")
    expect(told).to_contain_text("as_of=never")
    page.goto("about:blank")
    page.goto(f"{app.url}present#talk=7/state=NC")
    page.wait_for_selector("[data-ready]")
    expect(told).to_contain_text("talk=7")


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


def test_talk_of_ten_steps_by_keyboard_without_network(page: Page, app: RunningApp, shipped: LoadedRecord) -> None:
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
        steps = TALK.split("/")[1:]
        for step in range(2, 11):
            page.keyboard.press("PageDown" if step % 2 else "ArrowRight")
            expect(page.locator(".where-in-talk")).to_have_text(f"{'Paso' if step == 4 else 'Step'} {step} "
                                                                f"{'de' if step == 4 else 'of'} 10")  # fmt: skip
            seen.append((title.inner_text(), page.locator(".number b").text_content()))
            filters, bad = read_filters(parse_qs(steps[step - 1]))
            expected = shipped.index.counts(filter_mask(shipped.agreements, filters)).agreements
            assert (seen[-1][1], bad) == (f"{expected:,}", []), steps[step - 1]
        assert seen[2] == ("Florida: acuerdos 287(g)", seen[2][1])
        assert len(set(seen)) >= 6
        assert page.url.endswith("/color=number")
        page.keyboard.press("Backspace")
        expect(page.locator(".where-in-talk")).to_have_text("Step 9 of 10")
        expect(page.locator(".map")).to_have_count(2)
        page.keyboard.press("Home")
        expect(title).to_have_text("North Carolina: 287(g) agreements")
        # Time is played too, and the panels open, without any request and without the mouse.
        page.keyboard.press("Space")
        expect(page.locator(".clock .day")).not_to_have_text("31 January 2012")
        page.keyboard.press("Space")
        page.get_by_role("button", name="Compare").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Compare")).to_be_visible()
        page.keyboard.press("Escape")
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


NAMED = "app.maps.map((map) => map.named.map(({name, box, size}) => ({name, box, size})))"


def overlapping(boxes: list[list[float]]) -> list[tuple[list[float], list[float]]]:
    return [
        (one, other)
        for i, one in enumerate(boxes)
        for other in boxes[:i]
        if one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]
    ]


@pytest.mark.parametrize(
    ("query", "width", "height", "named"),
    [
        (
            "state=TX",
            1920,
            1080,
            {"48201", "48113", "48029", "48453", "48141"},
        ),  # Harris, Dallas, Bexar, Travis, El Paso
        ("state=FL", 1400, 900, {"12086", "12011"}),  # Miami-Dade, Broward
        ("county=37119", 1280, 720, {"37119"}),
        ("county=51683", 1920, 1080, {"51683"}),  # a small city among larger counties
        ("", 1920, 1080, {"CA", "TX", "FL", "WY", "AK", "NC"}),
    ],
)
def test_names_do_not_touch_and_the_places_that_matter_have_theirs(
    page: Page, app: RunningApp, query: str, width: int, height: int, named: set[str]
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto("about:blank")
    page.goto(f"{app.url}present?{query}")
    page.wait_for_selector("[data-ready]")
    (found,) = page.evaluate(NAMED)
    page.set_viewport_size({"width": 1400, "height": 800})
    assert named <= {held["name"] for held in found}
    assert overlapping([held["box"] for held in found]) == []
    rem = min(max(15, min(0.0104 * width, 0.0185 * height)), 34)
    assert min(held["size"] for held in found) >= 0.74 * rem


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1400, 900), (1280, 720), (390, 844)])
def test_chart_has_a_key_and_an_axis_and_no_words_collide(page: Page, app: RunningApp, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto("about:blank")
    page.goto(f"{app.url}present?lang=es")
    page.wait_for_selector("[data-ready]")
    boxes = page.evaluate(
        "[...document.querySelectorAll('.chart text, .chart-title, .key li')].map((each) => {"
        " const box = each.getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom]; })"
    )
    key = page.locator(".key li").all_inner_texts()
    eras = page.locator(".chart .era").all_text_contents()
    ticks = page.locator(".chart .tick").all_text_contents()
    edge = page.evaluate("document.documentElement.clientWidth")
    page.set_viewport_size({"width": 1400, "height": 800})
    # A line of text has room above and below its letters.
    shrunk = [[left + 1, top + 2.5, right - 1, bottom - 2.5] for left, top, right, bottom in boxes]
    assert overlapping(shrunk) == []
    assert all(left >= 0 and right <= edge for left, _, right, _ in boxes)
    assert {"Modelo de fuerza de tarea", "Fecha clave", "Sin lista"} <= set(key)
    assert eras[:4] == ["Bush", "Obama", "Trump", "Biden"]
    assert {"1,000", "2012", "2024"} <= set(ticks)


def test_difference_on_screen_is_what_the_command_prints(
    page: Page, app: RunningApp, shipped: LoadedRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    from map_app.__main__ import main

    assert main(["changes", "--from", "2025-02-28", "--to", "2025-04-30", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    page.goto("about:blank")
    page.goto(f"{app.url}present?as_of=2025-04-30&vs=2025-02-28")
    page.wait_for_selector("[data-ready]")
    captions = page.evaluate("[...document.querySelectorAll('.map .caption')].map((each) => each.textContent)")
    assert ["28 February 2025" in captions[0], "30 April 2025" in captions[1]] == [True, True]
    assert len(told["added"]) > 100
    for kind in ("added", "ended", "superseded"):
        assert page.locator(f'[data-sum="{kind}"]').inner_text().replace(",", "") == str(len(told[kind]))
        rows = {row["agreement_id"]: row for row in shipped.agreements.to_dict("records")}
        agencies = sorted({(rows[i]["state_abbr"], rows[i]["agency_id"], rows[i]["agency_name"]) for i in told[kind]})
        shown = page.locator(f'ul[data-kind="{kind}"] li span[lang=en]').all_inner_texts()
        assert sorted(shown) == sorted(name for _, _, name in agencies)


def test_two_states_are_set_side_by_side_in_numbers(page: Page, app: RunningApp, shipped: LoadedRecord) -> None:
    page.goto("about:blank")
    page.goto(f"{app.url}present?state=FL&vs=GA")
    page.wait_for_selector("[data-ready]")
    numbers = page.locator(".difference tbody tr").first.locator("td").all_inner_texts()
    counted = [shipped.index.counts(filter_mask(shipped.agreements, Filters(states=(abbr,)))) for abbr in ("FL", "GA")]
    assert numbers == [f"{each.agreements:,}" for each in counted]
    assert "Georgia" in page.locator(".difference thead").inner_text()


def test_files_of_two_sides_hold_both(page: Page, app: RunningApp) -> None:
    def files() -> list[str]:
        page.get_by_role("button", name="Save", exact=True).click()
        return page.locator(".panel a.file").evaluate_all("all => all.map((each) => each.getAttribute('href'))")

    page.goto("about:blank")
    page.goto(f"{app.url}present?state=FL&vs=GA")
    page.wait_for_selector("[data-ready]")
    links = files()
    assert [link for link in links if "map.p" in link or "map.svg" in link] == [
        f"take/map.{kind}?state=FL&{size}vs=GA" for size in ("", "size=print&") for kind in ("png", "svg", "pdf")
    ]
    assert {"take/handout.pdf?state=FL", "take/handout.pdf?state=GA", "take/map.html?state=FL,GA"} <= set(links)
    page.goto("about:blank")
    page.goto(f"{app.url}present?as_of=2026-01-31&vs=2025-01-31")
    page.wait_for_selector("[data-ready]")
    assert "take/map.png?as_of=2026-01-31&vs=2025-01-31" in files()


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


@pytest.mark.parametrize("size", [(390, 844), (844, 390), (768, 1024), (1280, 720), (1400, 900)])
@pytest.mark.parametrize("query", ["lang=es", "lang=en&vs=2012-01-31"])
def test_buttons_of_the_map_hide_no_inset_and_the_map_has_room(
    browser: Browser, app: RunningApp, size: tuple[int, int], query: str
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{app.url}present?{query}")
    page.wait_for_selector("[data-ready]")
    # Corners of the insets' frames, where the map is drawn, against each button.
    hidden = page.evaluate(
        """() => app.maps.flatMap((map) => {
          const box = map.sheet.getBoundingClientRect(), at = map.at, ratio = map.ratio;
          const frames = Object.values(map.atlas.frames);
          const spots = frames.flat().map(([x, y]) => [box.left + (at.a * x + at.c * y + at.e) / ratio,
            box.top + (at.b * x + at.d * y + at.f) / ratio]);
          return [...document.querySelectorAll(".zoom button")].map((b) => b.getBoundingClientRect()).filter((b) =>
            spots.some(([x, y]) => x > b.left && x < b.right && y > b.top && y < b.bottom)
            || b.width < 24 || b.height < 24).length;
        })"""
    )
    assert sum(hidden) == 0
    for sheet in page.locator(".map .sheet").all():
        box = sheet.bounding_box()
        assert box
        assert box["width"] > 0.3 * size[0]
        assert box["height"] >= 220
    context.close()
