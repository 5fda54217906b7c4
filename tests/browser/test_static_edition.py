"""The static edition in a real browser: the app's answers without the app, from a web host or a disk."""

from __future__ import annotations

import csv
import datetime as dt
import functools
import http.server
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from example_record import MARICOPA, write_rows
from playwright.sync_api import Browser, Frame, Page, expect
from test_xss import ALARM, TRACES, VECTORS, hostile_rows
from visiting import Visitor

from geo.fips import STATES, counties
from map_app import record as record_room
from map_app.exports import csv_bytes
from map_app.filters import filter_mask, read_filters
from map_app.lookup import find
from map_app.map_layers import ColorBy, selection_payload
from map_app.popups import CountyAgreements, county_popup
from map_app.publish.site import publish
from map_app.record import DATA_VARIABLE, LoadedRecord, current_record
from map_app.text import text_in

pytestmark = pytest.mark.browser
AXE = "{rules: {'target-size': {enabled: true}}, resultTypes: ['violations']}"


class _Host(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def host(edition: Path) -> Iterator[str]:
    """Return the address of the edition under a path of its own on a plain web host."""
    handler = functools.partial(_Host, directory=str(edition.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{edition.name}"
        server.shutdown()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page that fails the test on an error, a warning of policy or a request to any other host."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    context.on(
        "request",
        lambda asked: (
            wrong.append(asked.url)
            if not asked.url.startswith(("http://127.0.0.1", "file:", "data:", "blob:"))
            else None
        ),
    )
    yield page
    context.close()
    assert wrong == []


def painted(page: Page) -> Frame:
    inside = page.frame_locator("iframe.county-map").locator("#map")
    revision = page.evaluate("() => document.documentElement.dataset.revision")
    expect(inside).to_have_attribute("data-revision", revision)
    return next(frame for frame in page.frames if "frame.html" in frame.url)


def explore(page: Page, address: str) -> Frame:
    page.goto(address)
    page.wait_for_function("() => window.exploring && document.documentElement.dataset.revision")
    return painted(page)


# ---- the same answers


def corpus(record: LoadedRecord) -> list[str]:
    """Return what people might type: places and agencies as they are, begun, misspelled, and nonsense."""
    chance = random.Random(287)
    data = Path(__file__).parents[1] / "data"
    with (data / "place_queries.csv").open(encoding="utf-8", newline="") as lines:
        asked = [row["query"] for row in csv.DictReader(lines)]
    with (data / "agency_queries.csv").open(encoding="utf-8", newline="") as lines:
        asked += [row["query"] for row in csv.DictReader(lines)]
    with (data.parents[1] / "map_app" / "agency_names.csv").open(encoding="utf-8", newline="") as lines:
        asked += [row["written"] for row in csv.DictReader(lines)]
    asked += chance.sample(asked, 60)

    def misspelled(name: str) -> str:
        at = chance.randrange(len(name))
        return name[:at] + chance.choice(("", name[at] * 2, chance.choice("aeiourst"))) + name[at + 1 :]

    for county in chance.sample(list(counties().values()), 40):
        asked += [county.name, f"{county.name} {county.state_abbr}", f"condado de {county.name}", county.name[:5]]
        asked += [misspelled(f"{county.name}, {county.state_abbr}"), f"{county.name} jail", f"{county.name} Sheriff"]
        asked += [f"alguacil del condado de {county.name.removesuffix(' County')}"]
    for state in chance.sample(STATES, 20):
        asked += [f"{state.name} police", f"{state.name} City Police", f"{state.name} County Sheriff"]
        asked += [
            misspelled(f"{state.name} Highway Patrol"),
            f"alguacil del condado de {state.name}",
            f"sheriff {state.abbr}",
        ]
    for agency in chance.sample(list(dict.fromkeys(record.agreements["agency_name"])), 40):
        asked += [agency, misspelled(agency), f"{agency.split()[0]} sheriff"]
        asked += ["".join(word[0] for word in agency.split() if word[0].isalpha())]
    return [*asked, *VECTORS, "", "  ", "x", "12", "99999-1234", "constructor", "__proto__", "ñ", "９４１０３"]


def test_search_finds_what_the_app_finds(page: Page, host: str) -> None:
    record = current_record()
    asked = corpus(record)
    page.goto(f"{host}/index.html")
    got = page.evaluate(
        """async (asked) => {
          const search = placeSearch(await loadPart("places"));
          const told = (m) => [m.kind, m.name, m.state, m.geoids, m.touched, m.complete, m.mail, m.why];
          return asked.map((text) => {
            const found = search.find(text, 8);
            const near = found.suggestions.map(told);
            return [found.status, found.matches.map(told), near, found.leftOff, found.unknownAgency];
          });
        }""",
        asked,
    )
    different = []
    for text, answer in zip(asked, got, strict=True):
        found = find(record, text, 8)
        expected = [str(found.status), *(
            [
                [str(m.kind), m.name, m.state_abbr, list(m.geoids), list(m.touched), m.complete, list(m.mail), m.why]
                for m in held
            ]
            for held in (found.matches, found.suggestions)
        ), found.left_off, found.unknown_agency]  # fmt: skip
        if answer != expected:
            different.append((text, answer, expected))
    assert different[:3] == []
    assert len(asked) > 1100


def selections() -> list[tuple[dict[str, list[str]], ColorBy]]:
    chance = random.Random(287)
    queries: list[dict[str, list[str]]] = [
        {},
        {"status": ["all"]},
        {"model": ["TFM"]},
        {"year": ["2007-2012"]},
        {"as_of": ["2010-08-01"]},
        {"as_of": ["2025-03-05"], "model": ["TFM"]},
    ]
    for _ in range(26):
        query = {
            "model": chance.sample(["JEM", "TFM", "WSO", "HYB"], chance.choice((1, 2))),
            "year": [chance.choice(("2025", "2002-2019", "2020-2026"))],
            "state": [chance.choice(STATES).abbr],
            "agency_type": chance.sample(["county", "municipal", "state", "campus"], 2),
            "status": [chance.choice(("all", "ended", "superseded"))],
        }
        queries.append({name: query[name] for name in chance.sample(list(query), chance.choice((1, 2, 3)))})
    return [
        (query, color) for at, query in enumerate(queries) for color in (list(ColorBy) if at < 6 else [ColorBy.LEVEL])
    ]


@pytest.mark.parametrize("language", ["en", "es"])
def test_filters_paint_and_count_what_the_app_does(page: Page, host: str, language: str) -> None:
    record, text = current_record(), text_in(language)
    asked = [(query, str(color)) for query, color in selections()]
    page.goto(f"{host}/{'' if language == 'en' else language + '/'}map.html")
    page.wait_for_function("() => window.exploring")
    got = page.evaluate(
        """(asked) => asked.map(([query, color]) => {
          const { record, told } = window.exploring, lang = document.documentElement.lang;
          const asked = Object.entries(query).flatMap(([name, values]) => values.map((v) => [name, v]));
          const filters = record.time.readFilters(new URLSearchParams(asked));
          const { counts, ...selection } = record.selection(filters, color, told.legends, query, lang);
          return [counts, selection];
        })""",
        asked,
    )
    for (query, color), (counts, selection) in zip(asked, got, strict=True):
        filters, bad = read_filters(query)
        assert bad == []
        mask = filter_mask(record.agreements, filters)
        expected = selection_payload(record.index, mask, ColorBy(color), query, text, record.version)
        for name in ("classes", "title", "legend", "local", "statewide", "counties", "within", "lang"):
            assert selection[name] == expected[name], (query, color, name)
        held = record.index.counts(mask)
        assert counts == {
            "agreements": held.agreements, "agencies": held.agencies, "counties": held.counties,
            "states": held.states, "statewide": held.statewide, "unplaced": held.unplaced,
        }, query  # fmt: skip
    assert len({selection["revision"] for _, selection in got}) == len({str(selection) for _, selection in got})


def popup_of_the_app(record: LoadedRecord, geoid: str, query: str, language: str) -> str:
    filters = replace(read_filters(parse_qs(query))[0], states=(), counties=())
    mask = filter_mask(record.agreements, filters)
    local, statewide = record.index.rows_of_county(geoid, mask)
    rows = record.agreements.iloc
    here = CountyAgreements(
        geoid, rows[local], rows[statewide], rows[record.index.unplaced_in_state(geoid, mask)],
        record.index.level(geoid, mask),
    )  # fmt: skip
    text = text_in(language)
    return county_popup(here, record.dated(filters, text), text)


def test_popups_say_what_the_app_says(page: Page, host: str) -> None:
    record = current_record()
    frame = explore(page, f"{host}/map.html")
    chance = random.Random(287)
    queries = (
        "",
        "as_of=2010-08-01",
        "as_of=2025-03-05&model=TFM",
        "status=all",
        "model=TFM&status=all",
        "year=2002-2015&status=all",
        "status=ended",
        "state=GA",
    )
    asked = [
        (geoid, queries[at % len(queries)], "es" if at % 3 else "en")
        for at, geoid in enumerate(chance.sample(list(counties()), 240))
    ]
    asked += [(geoid, query, lang) for geoid in ("66010", "69110") for query in queries for lang in ("en", "es")]
    got = frame.evaluate(
        """(asked) => Promise.all(asked.map(([code, query, lang]) =>
          askPart(`popup/${code}?${query ? query + "&" : ""}lang=${lang}`)))""",
        asked,
    )
    different = [
        (one, told, expected)
        for one, told in zip(asked, got, strict=True)
        if told != (expected := popup_of_the_app(record, *one))
    ]
    assert different[:1] == []


# ---- a visit


def test_visitor_finds_a_county_with_the_keyboard_alone(page: Page, host: str) -> None:
    page.goto(f"{host}/index.html")
    box = page.get_by_role("searchbox")
    box.fill("28036")
    expect(page.locator(".choices a")).to_have_count(3)
    assert "28036" not in page.url
    box.fill("Maricopa County")
    box.press("Enter")
    expect(page).to_have_url(f"{host}/county/{MARICOPA}.html#answer")
    expect(page.locator("section.answer h2")).to_have_text("Maricopa County, Arizona")
    page.get_by_role("link", name="Español").click()
    expect(page.locator("section.answer h2")).to_have_text("Condado de Maricopa, Arizona")


def test_filter_map_table_and_download_agree(page: Page, host: str) -> None:
    explore(page, f"{host}/map.html")
    page.get_by_label("Task Force Model").check()
    page.get_by_label("State", exact=True).select_option("NC")
    frame = painted(page)
    assert parse_qs(page.url.partition("?")[2]) == {"model": ["TFM"], "state": ["NC"]}
    filters, _ = read_filters({"model": ["TFM"], "state": ["NC"]})
    record = current_record()
    rows = record.agreements[filter_mask(record.agreements, filters)]
    expect(page.locator("#counts b").first).to_have_text(str(len(rows)))
    expect(page.locator("#rows tbody tr")).to_have_count(min(25, len(rows)))
    with page.expect_download() as waiting:
        page.locator("#download").click()
    assert Path(waiting.value.path()).read_bytes() == csv_bytes(rows)
    frame.evaluate("() => openCounty('37179')")
    expect(page.frame_locator("iframe.county-map").locator(".county-popup h2")).to_have_text(
        "Union County, North Carolina"
    )
    page.reload()
    painted(page)
    expect(page.locator("#counts b").first).to_have_text(str(len(rows)))
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator("#counts b").first).to_have_text(
        f"{filter_mask(record.agreements, read_filters({})[0]).sum():,}"
    )


def test_past_day_shows_what_was_in_force_then(page: Page, host: str) -> None:
    record, day = current_record(), dt.date(2010, 8, 1)
    frame = explore(page, f"{host}/map.html?model=TFM")
    before = page.evaluate("() => document.documentElement.dataset.revision")
    page.get_by_label("On a past day").fill(day.isoformat())
    page.get_by_label("On a past day").dispatch_event("change")
    page.wait_for_function("(before) => document.documentElement.dataset.revision !== before", arg=before)
    kept = filter_mask(record.agreements, read_filters({"as_of": [day.isoformat()], "model": ["TFM"]})[0])
    expect(page.locator("#counts b").first).to_have_text(f"{kept.sum():,}")
    expect(page.locator(".app-head b")).to_have_text("As of 1 August 2010, by documents of the time.")
    assert "as_of=2010-08-01" in page.url
    frame.evaluate("() => openCounty('37183')")
    popup = page.frame_locator("iframe.county-map").locator(".county-popup")
    expect(popup).to_contain_text("As of 1 August 2010")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator(".app-head b")).to_have_text("ICE’s list of 11 May 2026.")


def test_bad_address_is_told_and_ignored(page: Page, host: str) -> None:
    explore(page, f"{host}/map.html?{urlencode({'model': VECTORS[0], 'year': '12', 'status': 'x', 'color': 'y'})}")
    expect(page.locator("#bad")).to_contain_text("was not understood")
    expect(page.locator("#bad")).to_contain_text(VECTORS[0][:20])


BAD_PARTS = (
    ("modle=TFM", "modle=TFM"),
    ("year=2077", "year=2077"),
    ("as_of=2031-01-01", "as_of=2031-01-01"),
    ("state=NC&state=TX", "state=TX"),
    ("county=99999", "county=99999"),
    ("lang=xx", "lang=xx"),
)


def test_each_part_of_an_address_that_means_nothing_is_told_and_stays(page: Page, host: str) -> None:
    asked = "&".join(["model=TFM", *(part for part, _ in BAD_PARTS)])
    explore(page, f"{host}/map.html?{asked}")
    for _, told in BAD_PARTS:
        expect(page.locator("#bad")).to_contain_text(told)
    assert page.url.endswith(asked)
    expect(page.get_by_label("Task Force Model")).to_be_checked()
    # Once something is chosen the note has done its work, and the address says what is shown.
    page.get_by_label("Warrant Service Officer").check()
    expect(page.locator("#bad")).to_be_hidden()
    assert parse_qs(page.url.partition("?")[2]) == {"model": ["TFM", "WSO"], "state": ["NC"]}


def test_other_language_keeps_the_selection(page: Page, host: str) -> None:
    asked = {"model": ["TFM"], "state": ["NC"], "county": ["37025"], "as_of": ["2026-01-15"], "color": ["model"]}
    explore(page, f"{host}/map.html?{urlencode(asked, doseq=True)}")
    expect(page.get_by_label("County", exact=True).locator("option:checked")).to_have_text("Cabarrus County")
    counted = page.locator("#counts b").all_inner_texts()
    page.get_by_role("link", name="Español").click()
    page.wait_for_function("() => window.exploring && document.documentElement.dataset.revision")
    painted(page)
    assert parse_qs(page.url.partition("?")[2]) == asked
    expect(page.get_by_label("Condado", exact=True).locator("option:checked")).to_have_text("Condado de Cabarrus")
    assert page.locator("#counts b").all_inner_texts() == counted
    # What is changed since is carried too.
    page.get_by_label("Estado", exact=True).select_option("GA")
    page.get_by_role("link", name="English").click()
    page.wait_for_function("() => window.exploring && document.documentElement.dataset.revision")
    assert parse_qs(page.url.partition("?")[2]) == {
        **{k: v for k, v in asked.items() if k != "county"},
        "state": ["GA"],
    }


def test_selection_is_carried_to_the_other_language_from_a_disk_too(page: Page, edition: Path) -> None:
    explore(page, f"{edition.as_uri()}/map.html?state=NC")
    page.get_by_label("Warrant Service Officer").check()
    page.get_by_role("link", name="Español").click()
    page.wait_for_function("() => window.exploring && document.documentElement.dataset.revision")
    assert parse_qs(page.url.partition("?")[2]) == {"model": ["WSO"], "state": ["NC"]}
    expect(page.get_by_label("Estado", exact=True)).to_have_value("NC")


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("index.html?county=04013", "/county/04013.html#answer"),
        ("index.html?county=04013&lang=es", "/es/county/04013.html#answer"),
        ("index.html?state=NC&model=TFM", "/map.html?model=TFM&state=NC"),
        ("county/04013.html?lang=es", "/es/county/04013.html"),
    ],
)
def test_address_of_the_app_leads_to_the_same_place(page: Page, host: str, address: str, reached: str) -> None:
    page.goto(f"{host}/{address}")
    page.wait_for_url(f"**{reached}")


@pytest.mark.parametrize(
    "name", ["index.html?county=99999", "county/04013.html?as_of=2010-01-01", "es/states.html?x=1"]
)
def test_pages_without_filters_tell_what_they_do_not_understand(page: Page, host: str, name: str) -> None:
    page.goto(f"{host}/{name}")
    expect(page.locator("main > .stale").first).to_contain_text(name.partition("?")[2])


def test_edition_works_from_a_disk(page: Page, edition: Path) -> None:
    explore(page, f"{edition.as_uri()}/es/map.html")
    frame = painted(page)
    frame.evaluate("() => openCounty('12086')")
    inside = page.frame_locator("iframe.county-map")
    expect(inside.locator(".county-popup h2")).to_have_text("Condado de Miami-Dade, Florida")
    page.goto(f"{edition.as_uri()}/index.html")
    page.get_by_role("searchbox").fill("Davidson, NC")
    expect(page.locator(".choices a").first).to_be_visible()


def test_reader_without_scripts_reaches_an_answer(browser: Browser, host: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{host}/es/index.html")
    expect(page.get_by_role("searchbox")).to_be_hidden()
    page.get_by_role("link", name="Carolina del Norte").click()
    page.get_by_role("link", name="Condado de Mecklenburg", exact=True).click()
    expect(page.locator("section.answer h2")).to_have_text("Condado de Mecklenburg, Carolina del Norte")
    page.goto(f"{host}/map.html")
    expect(page.get_by_text("Without it, choose a state")).to_be_visible()
    context.close()


def test_what_is_typed_goes_nowhere_and_nothing_is_kept(page: Page, host: str) -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.goto(f"{host}/index.html")
    page.get_by_role("searchbox").focus()
    page.get_by_role("searchbox").fill("28036")
    expect(page.locator(".choices a")).to_have_count(3)
    seen = len(asked)
    page.get_by_role("searchbox").fill("Telltale 85003")
    expect(page.locator(".choices a").first).to_contain_text("85003")
    assert len(asked) == seen
    assert [url for url in asked if "28036" in url or "85003" in url] == []
    assert page.context.cookies() == []
    assert page.evaluate("() => [document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]
    page.locator(".choices a").first.click()
    expect(page).to_have_url(f"{host}/county/{MARICOPA}.html#answer")
    assert any(f"county/{MARICOPA}.html" in url for url in asked)


def test_pages_never_ask_where_the_reader_is_nor_tell_other_sites_where_they_were(
    page: Page, edition: Path, host: str
) -> None:
    own = {path.name: path.read_text(encoding="utf-8") for path in edition.glob("assets/*/*.js")}
    assert "locate" in own.pop("leaflet.js")  # Leaflet can; nobody asks it to
    assert len(own) == 10
    assert [name for name, script in own.items() if "geolocation" in script or ".locate(" in script] == []
    page.goto(f"{host}/state/TX.html")
    assert page.evaluate("() => document.querySelector('meta[name=referrer]').content") == "no-referrer"
    outside = page.locator("a[href^=http]")
    assert outside.count() > 100
    rels = outside.evaluate_all("(links) => [...new Set(links.map((link) => link.rel))]")
    assert rels == ["noopener noreferrer"]


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "map",
        "states",
        "downloads",
        "about",
        "changes",
        "status",
        "privacy",
        f"county/{MARICOPA}",
        "es/state/AZ",
    ],
)
def test_page_passes_axe_on_a_phone_and_reflows(browser: Browser, host: str, name: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark", bypass_csp=True)
    page = context.new_page()
    page.goto(f"{host}/{name}.html")
    if name == "map":
        painted(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    for frame in page.frames:
        frame.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate(f"() => axe.run(document, {AXE})")
    told = [f"{rule['id']}: {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]]
    context.close()
    assert told == []


def test_county_chosen_in_the_app_is_in_its_address(visitor: Visitor) -> None:
    """A sentence of the app's privacy page; here the static edition's counterpart stands."""
    visit = visitor().open("view=find")
    visit.page.get_by_role("searchbox").fill("Maricopa County")
    expect(visit.page.locator(".answer h2")).to_have_text("Maricopa County, Arizona")
    visit.settled()
    assert visit.query["county"] == [MARICOPA]
    assert "Maricopa" not in visit.page.url


# ---- hostile text


def test_hostile_text_is_shown_as_text_everywhere(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_rows(tmp_path / "agreements.csv", hostile_rows())
    monkeypatch.setenv(DATA_VARIABLE, str(path))
    monkeypatch.setattr(record_room, "_held", {})
    folder = tmp_path / "site"
    publish(current_record(), folder)
    handler = functools.partial(_Host, directory=str(folder))
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.add_init_script(ALARM)
    page = context.new_page()
    outside: list[str] = []
    context.on("request", lambda asked: None if "127.0.0.1" in asked.url else outside.append(asked.url))
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))

    def quiet() -> None:
        for frame in page.frames:
            assert frame.evaluate("() => window.fired || []") == [], frame.url
            assert frame.evaluate(TRACES) == [], frame.url

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        for name, where in ((f"county/{MARICOPA}", "section.answer"), ("state/AZ", ".agreements-table")):
            page.goto(f"{base}/{name}.html")
            shown = page.locator(where).text_content() or ""
            assert [vector for vector in VECTORS if vector not in shown] == []
            quiet()
        frame = explore(page, f"{base}/map.html?status=all")
        seen = ""
        while True:
            seen += page.locator("#rows").text_content() or ""
            quiet()
            if page.locator("#next").is_disabled():
                break
            before = page.locator("#rows").text_content()
            page.locator("#next").click()
            expect(page.locator("#rows")).not_to_have_text(before or "")
        assert [vector for vector in VECTORS if " ".join(vector.split()) not in " ".join(seen.split())] == []
        frame.evaluate(f"() => openCounty('{MARICOPA}')")
        popup = page.frame_locator("iframe.county-map").locator(".county-popup")
        expect(popup.locator("b.agency").first).to_be_attached()
        told = popup.text_content() or ""
        assert [vector for vector in VECTORS if vector not in told] == []
        quiet()
        for vector in VECTORS[::9]:
            page.goto(f"{base}/index.html")
            page.get_by_role("searchbox").fill(vector[:100])
            expect(page.locator("#found > *").first).to_be_attached()
            quiet()
        server.shutdown()
    context.close()
    assert (outside, dialogs) == ([], [])
