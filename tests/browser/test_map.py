"""The shipped map in a real browser: painted, filtered, opened, downloaded; nothing asked of any other host."""

from __future__ import annotations

import io
import re
from pathlib import Path
from urllib.parse import parse_qs

import pandas as pd
import pytest
from playwright.sync_api import expect
from running_app import ROOT
from visiting import Visit, Visitor

from map_app.agreements import read_agreements
from map_app.coverage import CoverageIndex
from map_app.filters import filter_mask, read_filters

pytestmark = pytest.mark.browser

MARICOPA, MECKLENBURG, MIAMI_DADE, GUAM = "04013", "37119", "12086", "66010"


@pytest.fixture(scope="module")
def agreements() -> pd.DataFrame:
    return read_agreements(ROOT / "data" / "agreements.csv").agreements


def selected(agreements: pd.DataFrame, query: str) -> pd.DataFrame:
    """Return the agreements an address selects."""
    filters, bad = read_filters(parse_qs(query))
    assert bad == []
    return agreements[filter_mask(agreements, filters)]


def agencies_of(agreements: pd.DataFrame, geoid: str) -> set[str]:
    """Return the agencies of the active agreements that can act in a county."""
    active = agreements[agreements["status"] == "active"].reset_index(drop=True)
    index = CoverageIndex(active)
    local, statewide = index.rows_of_county(geoid, filter_mask(active, read_filters({})[0]))
    return set(active.iloc[[*local, *statewide]]["agency_name"])


# ---- painting


def test_map_is_painted_with_every_county_in_several_fills(visitor: Visitor, agreements: pd.DataFrame) -> None:
    visit = visitor().open()
    assert visit.inside.locator("path.county, rect.county").count() >= 3000
    fills = visit.frame.evaluate(
        "() => [...new Set([...document.querySelectorAll('#map .county')].map((e) => getComputedStyle(e).fill))]"
    )
    assert len(fills) >= 2
    mask = filter_mask(agreements, read_filters({})[0])
    levels = CoverageIndex(agreements).summarize(mask).levels
    assert visit.filled == int((levels > 0).sum()) > 1000
    assert visit.frame.evaluate("() => window.map instanceof L.Map") is True
    assert visit.count() == int(mask.sum())


def test_counties_drawn_take_up_the_map(visitor: Visitor) -> None:
    """Shapes that are there but not seen would pass a count of paths."""
    visit = visitor().open()
    box = visit.frame.evaluate(
        "() => { const w = window.map.getContainer().clientWidth; let n = 0, wide = 0;"
        " for (const e of document.querySelectorAll('#map path.county')) { const b = e.getBoundingClientRect();"
        " if (b.width > 1 && b.height > 1 && b.left >= 0 && b.right <= w) { n++; wide = Math.max(wide, b.right); } }"
        " return [n, wide / w]; }"
    )
    assert box[0] > 2500
    assert box[1] > 0.6


def test_first_load_of_own_data_and_map_code_is_at_most_400_kilobytes(visitor: Visitor) -> None:
    visit = visitor().open()
    own = {path: size for path, size in visit.loaded.items() if path.startswith("/map/")}
    assert any(path.endswith("/shapes.json") for path in own)
    assert 50_000 < sum(own.values()) <= 400_000, own


def test_second_visit_loads_no_shapes_again(visitor: Visitor) -> None:
    visit = visitor().open()
    visit.loaded.clear()
    visit.open()
    assert sum(size for path, size in visit.loaded.items() if re.match(r"/map/[0-9a-f]{12}/", path)) == 0


# ---- filtering


def test_filter_repaints_the_same_frame_and_sends_only_what_changed(visitor: Visitor, agreements: pd.DataFrame) -> None:
    visit = visitor().open()
    before = visit.filled
    visit.frame.evaluate("() => { window.marker = 'still here'; }")
    visit.sent.clear()
    visit.loaded.clear()
    visit.repainted(visit.pill("Jail Enforcement Model").click)
    assert visit.frame.evaluate("() => window.marker") == "still here"
    assert visit.filled != before
    rows = selected(agreements, "model=JEM")
    expect(visit.page.locator(".counts b").first).to_have_text(f"{len(rows):,}")
    rest, table = visit.kilobytes(visit.sent)
    assert 0 < rest <= 30
    assert table > 0
    assert rest + table <= 80
    assert sum(visit.loaded.values()) == 0, "a filter change asks for nothing over HTTP"


def test_every_filter_change_stays_small(visitor: Visitor) -> None:
    visit = visitor().open()
    filters = [visit.pill(name) for name in ("Task Force Model", "Warrant Service Officer", "County agency")]
    colours = [visit.choice(name) for name in ("Year", "Number", "Model", "All")]
    for button in (*filters, *colours):
        visit.sent.clear()
        visit.repainted(button.click)
        rest, table = visit.kilobytes(visit.sent)
        assert 0 < rest <= 30, button
        assert rest + table <= 80, button


def test_map_keeps_its_place_when_a_filter_changes(visitor: Visitor) -> None:
    visit = visitor().open()
    visit.frame.evaluate("() => { map.setView([35.2, -80.8], 7, {animate: false}); }")
    before = visit.view()
    visit.repainted(visit.pill("Task Force Model").click)
    assert visit.view() == before


def test_address_restores_filters_colour_and_place_on_the_map(visitor: Visitor) -> None:
    visit = visitor().open()
    visit.repainted(visit.pill("Task Force Model").click)
    visit.repainted(visit.choice("Number").click)
    visit.frame.evaluate("() => { map.setView([35.2, -80.8], 7, {animate: false}); }")
    revision, place = visit.revision, visit.view()
    assert visit.query["model"] == ["TFM"]
    assert visit.query["color"] == ["number"]
    visit.page.reload()
    expect(visit.map).to_have_attribute("data-revision", revision)
    visit.settled()
    assert visit.view() == pytest.approx(place, abs=0.01)
    expect(visit.pill("Task Force Model")).to_have_attribute("aria-pressed", "true")


def test_link_opens_on_its_selection_for_somebody_else(visitor: Visitor, agreements: pd.DataFrame) -> None:
    query = "view=explore&model=WSO&state=NC&year=2025&lat=35.2&lon=-80.8&zoom=7"
    visit = visitor().open(query)
    assert visit.count() == len(selected(agreements, "model=WSO&state=NC&year=2025")) > 0
    assert visit.view() == pytest.approx({"lat": 35.2, "lon": -80.8, "zoom": 7}, abs=0.02)


def test_place_somebody_moved_the_map_to_stays_in_the_address_over_filters_and_reload(visitor: Visitor) -> None:
    visit = visitor().open("view=explore")
    visit.click_county(32.8, -97.3)
    expect(visit.frame.locator(".county-popup-box h2")).to_be_visible()
    visit.page.set_viewport_size({"width": 1000, "height": 700})
    visit.page.wait_for_timeout(700)  # a slide of the popup and Leaflet's own answer to a new size would end by now
    assert "lat" not in visit.query
    visit.frame.locator(".leaflet-control-zoom-in").click()
    visit.page.wait_for_url(re.compile(r"lat=.*lon=.*zoom="))
    place = {name: visit.query[name] for name in ("lat", "lon", "zoom")}
    visit.repainted(visit.pill("Task Force Model").click)
    visit.page.wait_for_url(re.compile("model=TFM"))
    assert {name: visit.query.get(name) for name in place} == place
    at = visit.view()
    visit.page.reload()
    visit.settled()
    assert visit.view() == pytest.approx(at, abs=0.1)
    assert {name: visit.query.get(name) for name in place} == place


@pytest.mark.parametrize(("query", "middle"), [("county=48201", (29.9, -95.4)), ("state=TX", (31.2, -100.1))])
def test_address_of_an_answer_gains_a_place_on_the_map_only_when_somebody_moves_it(
    visitor: Visitor, query: str, middle: tuple[float, float]
) -> None:
    visit = visitor().open(f"view=find&{query}")
    visit.frame.wait_for_function("(at) => map.getZoom() > 5 && map.getBounds().contains(at)", arg=list(middle))
    visit.page.wait_for_timeout(500)  # a popup slides the map until it is seen whole
    assert {**visit.query, "view": ["find"]} == {"view": ["find"], **parse_qs(query)}
    visit.frame.locator(".leaflet-control-zoom-out").click()
    visit.page.wait_for_url(re.compile(r"lat=.*lon=.*zoom="))


@pytest.mark.parametrize(("query", "middle"), [("state=TX", (31.2, -100.1)), ("state=AK", (63.5, -159.0))])
def test_link_to_a_state_opens_on_that_state_and_clearing_leaves_the_map_there(
    visitor: Visitor, query: str, middle: tuple[float, float]
) -> None:
    visit = visitor().open(f"view=explore&{query}")
    at = visit.view()
    assert (at["lat"], at["lon"]) == pytest.approx(middle, abs=1.5)
    assert "lat" not in visit.query
    visit.repainted(visit.page.get_by_role("button", name="Clear filters").click)
    assert visit.view() == pytest.approx(at, abs=0.01)


def test_empty_result_says_so_and_its_button_leads_back(visitor: Visitor, agreements: pd.DataFrame) -> None:
    query = "model=JEM&state=VT"
    assert len(selected(agreements, query)) == 0
    visit = visitor().open(f"view=explore&{query}")
    expect(visit.page.get_by_text("No agreement matches these filters.")).to_be_visible()
    assert visit.filled == 0
    visit.repainted(visit.page.get_by_test_id("stMain").get_by_role("button", name="Clear filters").click)
    expect(visit.page.get_by_text("No agreement matches these filters.")).to_have_count(0)
    assert visit.count() == len(selected(agreements, ""))


def test_bad_address_is_told_and_the_map_is_still_painted(visitor: Visitor) -> None:
    visit = visitor().open("view=explore&model=NONSENSE&year=soon")
    note = visit.page.get_by_text("Part of the address was not understood")
    expect(note).to_contain_text("model=NONSENSE")
    assert visit.filled > 1000


# ---- popups


@pytest.mark.parametrize(
    ("geoid", "title"),
    [
        (MARICOPA, "Maricopa County, Arizona"),
        (MECKLENBURG, "Mecklenburg County, North Carolina"),
        (MIAMI_DADE, "Miami-Dade County, Florida"),
        (GUAM, "Guam"),
    ],
)
def test_popup_names_every_agency_that_can_act_in_the_county(
    resident: Visit, agreements: pd.DataFrame, geoid: str, title: str
) -> None:
    visit = resident
    visit.frame.evaluate("(geoid) => { openCounty(geoid); }", geoid)
    expect(visit.popup.locator("h2")).to_have_text(title)
    wanted = agencies_of(agreements, geoid)
    assert set(visit.popup.locator(".agency").all_inner_texts()) == wanted
    if geoid == MIAMI_DADE:
        assert "Florida Department of Law Enforcement" in wanted
    for words in visit.popup.locator(".when").all_inner_texts():
        assert "Signed" in words


def test_click_on_a_county_opens_its_popup_and_the_pointer_names_it(resident: Visit) -> None:
    visit = resident
    visit.frame.evaluate("() => { map.setView([33.35, -112.5], 6.5, {animate: false}); }")
    visit.click_county(33.35, -112.5)
    expect(visit.popup.locator("h2")).to_have_text("Maricopa County, Arizona")
    visit.page.keyboard.press("Escape")
    expect(visit.popup).to_have_count(0)


def test_open_popup_follows_the_filter(visitor: Visitor) -> None:
    visit = visitor().open()
    visit.frame.evaluate("(geoid) => { openCounty(geoid); }", MIAMI_DADE)
    expect(visit.popup.locator("h2")).to_have_text("Miami-Dade County, Florida")
    before = visit.popup.locator(".agency").count()
    visit.repainted(visit.pill("Jail Enforcement Model").click)
    expect(visit.popup.locator(".model", has_text="Task Force Model")).to_have_count(0)
    assert 0 <= visit.popup.locator(".agency").count() < before


def test_memorandum_links_lead_out_only_when_followed(resident: Visit) -> None:
    visit = resident
    visit.frame.evaluate("(geoid) => { openCounty(geoid); }", MARICOPA)
    link = visit.popup.get_by_role("link").first
    expect(link).to_have_attribute("href", re.compile(r"^https?://"))
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    assert visit.outside == []


# ---- private by construction


def test_whole_walk_asks_nothing_of_any_other_host_and_logs_no_error(visitor: Visitor) -> None:
    visit = visitor(color_scheme="dark").open()
    expect(visit.inside.locator("html")).to_have_attribute("data-theme", "dark")
    visit.repainted(visit.pill("Task Force Model").click)
    visit.repainted(visit.choice("Model").click)
    visit.frame.evaluate("(geoid) => { openCounty(geoid); }", MARICOPA)
    expect(visit.popup.locator("h2")).to_have_text("Maricopa County, Arizona")
    for name in ("Alaska", "Hawaii", "Puerto Rico", "Guam and Marianas", "48 states"):
        visit.inside.get_by_role("button", name=name, exact=True).click()
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name=re.compile("^Download these")).click()
    assert download.value.suggested_filename.endswith(".csv")
    visit.page.get_by_role("button", name="Next", exact=True).click()
    expect(visit.page.locator(".agreements-table caption")).to_contain_text("Agreements 26 to 50")
    visit.settled()
    for address in ("", "?view=about", "?lang=es&view=explore"):
        visit.page.goto(visit.address + address)
        expect(visit.page.locator("h1").first).to_be_visible()
        visit.settled()
    assert visit.outside == []
    assert visit.errors == []


# ---- download


@pytest.mark.parametrize("query", ["", "model=TFM&state=NC", "status=all&year=2002-2012"])
def test_download_gives_exactly_the_filtered_rows(
    visitor: Visitor, agreements: pd.DataFrame, query: str, tmp_path: Path
) -> None:
    visit = visitor().open(f"view=explore&{query}")
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name=re.compile("^Download")).click()
    path = tmp_path / "download.csv"
    download.value.save_as(path)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, encoding="utf-8-sig")
    assert sorted(rows["agreement_id"]) == sorted(selected(agreements, query)["agreement_id"])
    assert len(rows) == visit.count() > 0


# ---- moving about


def test_wheel_scrolls_the_page_and_leaves_the_map_alone(visitor: Visitor) -> None:
    visit = visitor().open()
    before = visit.view()
    visit.map.hover()
    visit.page.mouse.wheel(0, 400)
    visit.page.wait_for_function("() => document.querySelector('[data-testid=stMain]').scrollTop > 100")
    assert visit.view() == before


def test_wheel_with_the_control_key_zooms_the_map(resident: Visit) -> None:
    visit = resident
    before = visit.view()["zoom"]
    visit.map.hover()
    visit.page.keyboard.down("Control")
    visit.page.mouse.wheel(0, -200)
    visit.page.keyboard.up("Control")
    visit.frame.wait_for_function("(zoom) => map.getZoom() > zoom", arg=before)


@pytest.mark.parametrize(
    ("name", "lat", "lon"),
    [("Alaska", 64, -150), ("Hawaii", 20.5, -157.5), ("Puerto Rico", 18.2, -66.4), ("Guam and Marianas", 13.5, 144.8),
     ("48 states", 39, -98)],
)  # fmt: skip
def test_one_click_shows_a_far_part_of_the_country(resident: Visit, name: str, lat: float, lon: float) -> None:
    visit = resident
    visit.inside.get_by_role("button", name=name, exact=True).click()
    visit.frame.wait_for_function("([lat, lon]) => map.getBounds().contains([lat, lon])", arg=[lat, lon])


def test_any_state_can_be_gone_to(resident: Visit) -> None:
    visit = resident
    visit.inside.get_by_label("Go to a state").select_option(label="Vermont")
    visit.frame.wait_for_function("() => map.getZoom() > 5 && map.getBounds().contains([44, -72.7])")


def test_keyboard_reaches_and_uses_the_view_buttons(visitor: Visitor) -> None:
    visit = visitor().open()
    reached = ""
    for _ in range(80):
        visit.page.keyboard.press("Tab")
        reached = str(visit.frame.evaluate("() => document.hasFocus() ? document.activeElement.textContent : ''"))
        if reached == "Alaska":
            break
    assert reached == "Alaska"
    visit.page.keyboard.press("Enter")
    visit.frame.wait_for_function("() => map.getBounds().contains([64, -150])")


def test_phone_shows_the_map_without_sideways_scrolling(visitor: Visitor) -> None:
    visit = visitor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).open()
    widths = visit.page.evaluate(
        "() => [document.documentElement, document.body, document.querySelector('[data-testid=stMain]')]"
        ".map((e) => e.scrollWidth - e.clientWidth)"
    )
    assert max(widths) <= 0
    box = visit.page.locator("iframe.county-map").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["height"] >= 300
    assert visit.frame.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth") is True


def test_map_is_named_and_its_legend_stands_in_words(resident: Visit) -> None:
    visit = resident
    expect(visit.page.locator("iframe.county-map")).to_have_attribute("title", "Map of 287(g) agreements")
    expect(visit.map).to_have_attribute("aria-label", re.compile("table below the map"))
    legend = visit.inside.locator(".legend")
    for words in ("Agency covering the whole county", "State agencies only", "None listed"):
        expect(legend).to_contain_text(words)


def test_shapes_that_cannot_be_loaded_are_told(visitor: Visitor) -> None:
    visit = visitor()
    visit.page.route("**/shapes.json", lambda route: route.abort())
    visit.page.goto(f"{visit.address}?view=explore")
    expect(visit.inside.get_by_text("could not be loaded. Reload the page.")).to_be_visible()


def test_popup_that_cannot_be_loaded_is_told(visitor: Visitor) -> None:
    visit = visitor().open()
    visit.page.route("**/map/popup/**", lambda route: route.abort())
    visit.frame.evaluate("(geoid) => { openCounty(geoid); }", MARICOPA)
    expect(visit.inside.locator(".leaflet-popup")).to_contain_text("could not be loaded. Try again.")


# ---- the map speaks of what the page speaks of


def test_popup_of_the_place_before_does_not_stay_open(visitor: Visitor) -> None:
    visit = visitor().open("county=12086")
    expect(visit.popup).to_contain_text("Miami-Dade")
    visit.page.get_by_role("searchbox").fill("puerto rico")
    expect(visit.page.locator(".answer h2")).to_have_text("Puerto Rico")
    expect(visit.popup).to_have_count(0)
    assert -68 < visit.view()["lon"] < -64


def test_counties_left_out_by_a_filter_are_not_called_without_agreement(visitor: Visitor) -> None:
    visit = visitor().open("view=explore&state=CA")
    legend = visit.inside.locator(".legend")
    expect(legend).to_contain_text("None in this selection")
    expect(legend).not_to_contain_text("None listed")
    expect(visit.page.locator(".in-words")).not_to_contain_text("None listed")
