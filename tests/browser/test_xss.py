"""Hostile text in every text column, in a real browser: it is shown as text, nothing runs, nothing is asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from example_record import CLEAN_ROWS, MARICOPA, agreement, write_rows
from playwright.sync_api import Page, expect
from running_app import RunningApp, running_app
from visiting import Visit, Visitor

from map_app.agreements import COLUMNS, read_agreements
from map_app.tables import PAGE_ROWS

pytestmark = pytest.mark.browser

#: Published ways of smuggling a script or a request into a page, one per line.
VECTORS = tuple(
    line
    for line in (Path(__file__).parents[1] / "data" / "xss_vectors.txt").read_text(encoding="utf-8").splitlines()
    if line
)
#: Columns that hold free text, all of which a person could fill with anything.
FREE = ("agency_name", "place_name", "placement_note", "sources", "note", "printed_name", "printed_county",
        "printed_type", "corrections")  # fmt: skip

#: Notes every call a vector makes, in every frame, before anything else runs.
ALARM = """
window.fired = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  window[name] = function () { window.fired.push(name); window.top.fired && window.top.fired.push(name); };
"""
#: What only a vector could have put into a page: handlers in attributes, scripts in text, links that are none.
TRACES = """() => [...document.querySelectorAll('*')].flatMap((e) => [...e.attributes].filter((a) =>
    /^on/i.test(a.name) || (/^(href|src|action|formaction|xlink:href|data|srcdoc)$/i.test(a.name)
      && /^\\s*(javascript|vbscript|data:text)/i.test(a.value)) || /attacker/.test(a.value) && a.name !== 'aria-label'
      && a.name !== 'value' && a.name !== 'title'
  ).map((a) => e.tagName + ' ' + a.name + '=' + a.value))
  .concat([...document.scripts].filter((e) => /alert/.test(e.textContent)).map((e) => e.outerHTML))"""


def hostile_rows() -> list[dict[str, str]]:
    rows = [
        agreement(
            agreement_id=f"az-hostile-{number}-tfm-2025-05-05",
            agency_id=f"az-hostile-{number}",
            agency_type="municipal",
            model="Task Force Model",
            signed_date="2025-05-05",
            coverage="part_of_county",
            county_geoids=MARICOPA,
            placement="place_name",
            **dict.fromkeys(FREE, " ".join(vector.split())) | {"agency_name": vector},
        )
        for number, vector in enumerate(VECTORS)
    ]
    unplaced = {"coverage": "", "county_geoids": "", "placement": "unplaced"}
    return [*CLEAN_ROWS, *rows, {**rows[7], **unplaced, "agreement_id": "az-hostile-nowhere-tfm-2025-05-05"}]


def test_corpus_fills_every_free_text_column_of_the_schema() -> None:
    kinds = {column.name for column in COLUMNS if column.kind == "text" and not column.allowed}
    assert kinds - {"agreement_id", "agency_id", "county_geoids", "unlisted_periods"} == set(FREE)
    assert len(VECTORS) >= 60


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    path = write_rows(tmp_path_factory.mktemp("hostile") / "agreements.csv", hostile_rows())
    assert len(read_agreements(path).agreements) == len(hostile_rows()), "the rows must reach the page to be tested"
    (path.parent / "SOURCES.csv").write_text("kind,list_date,last_seen_unchanged,set_aside_reason\n", encoding="utf-8")
    with running_app(path) as running:
        yield running


@pytest.fixture
def watched(visitor: Visitor, hostile: RunningApp) -> Iterator[Visit]:
    """Return a visitor whose every alarm, request and violation is noted, and judge them at the end."""
    visit = visitor(hostile.url)
    dialogs: list[str] = []
    visit.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    visit.page.context.add_init_script(ALARM)
    yield visit
    assert_nothing_ran(visit)
    assert dialogs == []


def assert_nothing_ran(visit: Visit) -> None:
    for page in visit.page.context.pages:
        for frame in page.frames:
            assert frame.evaluate("() => window.fired || []") == [], frame.url
            assert frame.evaluate(TRACES) == [], frame.url
    assert visit.outside == []
    assert [error for error in visit.errors if "Content Security Policy" in error] == []


def shown_names(page: Page, selector: str) -> str:
    return " ".join(page.locator(selector).all_inner_texts())


def test_table_with_evidence_and_charts_of_agencies_show_the_text_as_text(watched: Visit) -> None:
    page = watched.page
    page.goto(f"{watched.address}?view=data&part=table&status=all&state=AZ")
    expect(page.locator("tr.evidence").first).to_be_visible()
    page.evaluate("() => document.querySelectorAll('tr.evidence details').forEach((fold) => { fold.open = true; })")
    assert_nothing_ran(watched)
    page.goto(f"{watched.address}?view=data&part=charts&chart=places&state=AZ")
    page.get_by_role("radio", name="Agencies", exact=True).click()
    watched.settled()
    for chosen in range(2):
        page.get_by_role("combobox").last.click()
        page.get_by_role("option").nth(3).click()
        page.keyboard.press("Escape")
        expect(page.locator('[data-testid="stMain"] .stMultiSelect span[title]')).to_have_count(chosen + 1)
        watched.settled()
    expect(page.locator(".vega-embed").first).to_be_visible()
    page.get_by_text("The chart as a table").click()
    expect(page.locator(".agreements-table")).to_be_visible()
    watched.settled()


def test_every_page_of_the_table_shows_the_text_as_text(watched: Visit) -> None:
    watched.open("view=explore&status=all")
    seen = ""
    pages = -(-len(hostile_rows()) // PAGE_ROWS)
    for number in range(pages):
        if number:
            watched.page.get_by_role("button", name="Next", exact=True).click()
            expect(watched.page.get_by_text(f"Page {number + 1} of {pages}")).to_be_visible()
            watched.settled()
        seen += watched.page.locator(".agreements-table").text_content() or ""
        watched.page.locator(".agreements-table td").first.hover()
        assert_nothing_ran(watched)
    assert [vector for vector in VECTORS if " ".join(vector.split()) not in " ".join(seen.split())] == []


def test_popup_and_tooltip_show_the_text_as_text(watched: Visit) -> None:
    watched.open("view=explore")
    place = "() => { const p = map.latLngToContainerPoint([32.9, -111.3]); return [p.x, p.y]; }"
    at = watched.frame.evaluate(place)
    watched.map.hover(position={"x": at[0], "y": at[1]})
    expect(watched.inside.locator(".name-tip")).to_contain_text("Pinal County")
    watched.click_county(33.3, -112.5)
    expect(watched.popup).to_contain_text("Maricopa County")
    expect(watched.popup.locator("b.agency").first).to_be_attached()
    told = watched.popup.text_content() or ""
    assert [vector for vector in VECTORS if vector not in told] == []


def test_answer_shows_the_text_as_text(watched: Visit) -> None:
    watched.open(f"view=find&county={MARICOPA}")
    told = watched.page.locator("section.answer").text_content() or ""
    assert [vector for vector in VECTORS if vector not in told] == []


def test_agency_found_by_its_hostile_name_is_offered_as_text(watched: Visit) -> None:
    watched.open("view=find")
    box = watched.page.get_by_role("searchbox")
    for vector in VECTORS[::9]:
        box.fill(vector[:100])
        box.press("Enter")
        watched.settled()
        assert_nothing_ran(watched)


@pytest.mark.parametrize("start", range(6))
def test_hostile_address_is_told_as_text(watched: Visit, start: int) -> None:
    """Every name of the address gets six of the texts, one in each of these pages."""
    names = ("state", "county", "model", "as_of", "color", "lang", "view", "nonsense")
    stride = len(VECTORS) // 6
    query = {name: VECTORS[(start * stride + number) % len(VECTORS)] for number, name in enumerate(names)}
    watched.page.goto(f"{watched.address}?{urlencode(query)}")
    watched.settled()
    told = watched.page.get_by_text("Part of the address was not understood")
    expect(told).to_be_visible()
    words = " ".join((told.text_content() or "").split())
    assert [name for name in names if f"{name}=" not in words] == []
    assert_nothing_ran(watched)


def test_hostile_name_of_a_parameter_is_told_as_text(watched: Visit) -> None:
    watched.page.goto(f"{watched.address}?{urlencode([(vector, vector) for vector in VECTORS])}")
    watched.settled()
    expect(watched.page.get_by_text("Part of the address was not understood")).to_be_visible()


@pytest.mark.parametrize(
    "path",
    [
        f"map/popup/{MARICOPA}",
        "api/v1/agreements",
        "api/v1/agreements.csv",
        "api/v1/agreements.geojson",
        f"api/v1/counties/{MARICOPA}",
        "api/v1/changes.atom",
        f"api/v1/meta?{urlencode({VECTORS[0]: VECTORS[7]})}",
        f"api/v1/{VECTORS[0]}",
    ],
)
def test_answer_to_a_program_opened_in_a_browser_runs_nothing(watched: Visit, path: str) -> None:
    """Opened on their own, popups and data files are still only data."""
    page = watched.page
    page.on("download", lambda download: download.cancel())
    try:
        page.goto(f"{watched.address}{path}")
    except Exception as error:  # a file the browser saves instead of showing is no page at all
        if "Download is starting" not in str(error) and "ERR_ABORTED" not in str(error):
            raise


def test_file_downloaded_holds_no_cell_a_spreadsheet_would_run(watched: Visit) -> None:
    watched.open("view=explore&status=all")
    with watched.page.expect_download() as waiting:
        watched.page.get_by_role("button", name="Download these").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(hostile_rows())
    cells = [cell for row in rows for cell in row.values()]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert any(cell.startswith("'-->") for cell in cells)


def test_policy_alone_would_stop_a_script_that_got_into_the_page(watched: Visit) -> None:
    """The second wall: were a text ever shown unescaped, the browser would still not run it."""
    watched.open("view=explore")
    tries = """() => {
      const box = document.createElement('div');
      box.innerHTML = '<img src="data:," onerror="window.fired.push(1)"><svg onload="window.fired.push(2)"></svg>';
      document.body.append(box);
      const script = document.createElement('script');
      script.textContent = 'window.fired.push(3)';
      document.body.append(script);
      return new Promise((done) => setTimeout(() => { box.remove(); script.remove(); done(window.fired); }, 300));
    }"""
    for frame in (watched.page.main_frame, watched.frame):
        assert frame.evaluate(tries) == []
    assert len([error for error in watched.errors if "Content Security Policy" in error]) >= 4
    watched.errors.clear()


def test_what_a_person_types_is_in_no_address_and_no_output(watched: Visit, hostile: RunningApp) -> None:
    asked: list[str] = []
    watched.page.context.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    watched.open("view=find")
    box = watched.page.get_by_role("searchbox")
    for typed in ("28202", "Telltale Avenue 16", "Cabarrus"):
        box.fill(typed)
        box.press("Enter")
        watched.settled()
        assert typed not in watched.page.url
        assert typed not in watched.page.title()
    kept = watched.page.evaluate("() => JSON.stringify([history.state, {...localStorage}, {...sessionStorage}])")
    said = hostile.said() + kept + " ".join(asked)
    assert [typed for typed in ("28202", "Telltale", "Cabarrus") if typed in said] == []
