"""The view of data: files, charts, the table with its evidence, the counts. Streamlit's own test runner."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st
from example_record import ROWS, WriteCsv, agreement
from running_app import ROOT
from streamlit.testing.v1 import AppTest

from map_app.exports import Format, export
from map_app.filters import Filters
from map_app.grains import Grain, Selection
from map_app.record import LoadedRecord, current_record
from map_app.tables import PAGE_ROWS
from map_app.views import data_charts
from map_app.vocabulary import Model

PAGE = ROOT / "map_app" / "views" / "page.py"
Open = Callable[..., AppTest]
Written = dict[str, Callable[[], bytes]]


@pytest.fixture
def open_page(record: LoadedRecord) -> Open:
    """Return a function that opens the view of data at an address."""

    def opened(**query: str | list[str]) -> AppTest:
        page = AppTest.from_file(str(PAGE), default_timeout=60)
        for name, values in {"view": "data", **query}.items():
            page.query_params[name] = values
        return checked(page.run())

    return opened


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    """Return what each download of the page writes when it is pressed, by the button's key."""
    held: Written = {}
    real = st.download_button

    def noted(label: str, data: Any, **more: Any) -> bool:
        held[more["key"]] = data if callable(data) else lambda: data.encode()
        return real(label, data=data, **more)

    monkeypatch.setattr(st, "download_button", noted)
    return held


def checked(page: AppTest) -> AppTest:
    """Return the page once no exception shows on it."""
    assert [box.message for box in page.exception] == []
    return page


def html_of(page: AppTest) -> str:
    """Return all HTML the page shows."""
    return "\n".join(element.proto.body for element in page.get("html"))


def choose(page: AppTest, key: str, value: Any) -> AppTest:
    """Choose something in one of the page's rows of buttons."""
    page.segmented_control(key=key).set_value(value)
    return checked(page.run())


def address(page: AppTest) -> dict[str, list[str]]:
    told = {name: page.query_params[name] for name in page.query_params}
    return {name: list(value) if isinstance(value, list) else [value] for name, value in told.items()}


def labels(page: AppTest) -> list[str]:
    return [held.proto.label for held in page.get("download_button")]


# ---- the view


def test_view_opens_with_the_counts_of_the_selection_and_a_file_of_it(open_page: Open) -> None:
    page = open_page(state="NC")
    assert re.findall(r"<b>(\d+)</b>", html_of(page)) == ["6", "5", "2", "1"]
    assert labels(page) == ["Download 6 rows (CSV)", "Download where it comes from (TXT)"]
    assert address(page) == {"state": ["NC"], "view": ["data"]}


def test_part_and_chart_stand_in_the_address_and_are_taken_from_it(open_page: Open) -> None:
    page = open_page(part="charts", chart="states")
    assert page.selectbox(key="w_chart").value == "states"
    page.selectbox(key="w_chart").set_value("time")
    checked(page.run())
    assert address(page) == {"view": ["data"], "part": ["charts"]}
    choose(page, "w_part", "counts")
    assert address(page) == {"view": ["data"], "part": ["counts"]}


def test_part_that_does_not_exist_is_named_and_the_files_are_shown(open_page: Open) -> None:
    page = open_page(part="nonsense")
    assert "part\\=nonsense" in page.warning[0].value or "part=nonsense" in page.warning[0].value
    assert labels(page)[0].startswith("Download 9 rows")


@pytest.mark.parametrize("view", ["data", "about"])
def test_choices_outlast_a_visit_to_a_view_without_their_widgets(open_page: Open, view: str) -> None:
    page = open_page(view="explore", color="model", state="NC", year="2006-2025")
    before = address(page) | {"view": ["explore"]}
    for there in (view, "explore"):
        page.segmented_control(key="w_view").set_value(there)
        checked(page.run())
        checked(page.run())
    assert address(page) | {"view": ["explore"]} == before


def test_part_chosen_outlasts_a_visit_to_the_map(open_page: Open) -> None:
    page = open_page(part="table")
    page.selectbox(key="w_order").set_value("signed")
    checked(page.run())
    for there in ("explore", "data"):
        page.segmented_control(key="w_view").set_value(there)
        checked(page.run())
    assert address(page) == {"view": ["data"], "part": ["table"]}
    assert page.selectbox(key="w_order").value == "signed"


# ---- files


@pytest.mark.parametrize("form", list(Format))
def test_file_of_the_page_is_what_the_command_writes(
    open_page: Open, record: LoadedRecord, written: Written, form: Format
) -> None:
    page = open_page(state="NC", model="TFM")
    choose(page, "w_grain", Grain.COUNTY)
    choose(page, "w_format", form)
    if form is Format.GPKG:
        page.checkbox(key="w_layers").uncheck()
        checked(page.run())
    selection = Selection(record, Filters(states=("NC",), models=(Model.TASK_FORCE,)))
    assert written["export"]() == export(selection, form, Grain.COUNTY).content
    name = f"287g-counties_2026-05-11_model-TFM_state-NC.{form}"
    assert page.code[0].value == f"map-app export --model TFM --state NC --grain county --out {name}"


def test_geopackage_holds_every_kind_of_row_unless_one_is_asked_for(
    open_page: Open, record: LoadedRecord, written: Written
) -> None:
    page = open_page()
    choose(page, "w_format", Format.GPKG)
    assert labels(page) == ["Download all layers (GeoPackage)"]
    assert written["export"]() == export(Selection(record, Filters()), Format.GPKG).content
    assert "--grain" not in page.code[0].value


def test_panel_is_offered_in_the_forms_that_hold_it_whatever_the_status(open_page: Open, written: Written) -> None:
    page = open_page(state="NC", status="ended")
    choose(page, "w_format", Format.XLSX)
    choose(page, "w_grain", Grain.PANEL)
    offered = {option.content for option in page.segmented_control(key="w_format").proto.options}
    assert offered == {"CSV", "CSV.GZ", "GeoParquet"}
    rows = int(re.findall(r"([\d,]+) rows", labels(page)[0])[0].replace(",", ""))
    choose(page, "w_format", Format.CSV)
    assert len(written["export"]().splitlines()) == rows + 1


def test_text_beside_a_csv_file_says_where_it_comes_from(open_page: Open, written: Written) -> None:
    open_page(state="NC")
    told = written["readme"]().decode()
    assert "CC0-1.0" in told
    assert "rows: 6" in told


def test_address_of_the_interface_names_the_same_selection(open_page: Open) -> None:
    page = open_page(state="NC", model="TFM")
    choose(page, "w_grain", Grain.AGENCY)
    choose(page, "w_format", Format.GEOJSON)
    assert page.code[1].value == "/api/v1/agencies.geojson?model=TFM&state=NC"


def test_citation_is_given_in_three_forms_with_the_link(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, written: Written
) -> None:
    monkeypatch.setenv("MAP_APP_URL", "https://map.example/287g")
    page = open_page(state="NC")
    page.session_state["w_cite"] = True
    checked(page.run())
    cited = [element.value for element in page.code][2:]
    assert cited[1] == "https://map.example/287g/?state=NC"
    assert all("https://map.example/287g/?state=NC" in told for told in cited)
    assert cited[2].startswith("@misc{")
    assert cited[3].startswith("TY  - DATA")
    assert written["cite-bib"]().decode().strip() == cited[2]


# ---- table


def test_markup_and_links_of_the_record_stay_text_in_the_table(open_page: Open, write_csv: WriteCsv) -> None:
    bad = {
        "sources": '<img src=x onerror=alert(1)> https://x.gov/a"onmouseover=1 https://www.ice.gov@x.example/ https://x.me/',
        "placement_note": "<b>bold</b> [a](javascript:alert(1)) javascript:alert(1)",
        "note": "<script>alert(1)</script>",
    }
    write_csv([agreement(agency_name="Desert <script>Police</script>", **bad)])
    html = html_of(open_page(part="table"))
    assert "Desert &lt;script&gt;Police" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>bold" not in html
    assert all(link.startswith(("http://", "https://", "?")) for link in re.findall(r'href="([^"]*)"', html))
    assert 'href="https://x.gov/a"' in html
    assert not re.findall(r'href="[^"]*x\.(?:example|me)', html)


def test_words_typed_narrow_the_table_alone_and_stay_out_of_the_address(open_page: Open) -> None:
    page = open_page(part="table", status="all")
    assert html_of(page).count('<tr><th scope="row">') == len(ROWS)
    page.text_input(key="w_words").set_value("CABARRUS jail")
    checked(page.run())
    shown = html_of(page).count('<tr><th scope="row">')
    assert 0 < shown < len(ROWS)
    assert address(page) == {"view": ["data"], "part": ["table"], "status": ["all"]}
    assert f"all {len(ROWS)} agreements" in " ".join(said.value for said in page.caption)
    page.text_input(key="w_words").set_value("no such thing")
    checked(page.run())
    assert "No agreement of this selection" in page.info[0].value


def test_table_is_put_in_the_order_asked_for_and_shows_the_columns_chosen(open_page: Open) -> None:
    page = open_page(part="table", status="all")
    page.selectbox(key="w_order").set_value("signed")
    page.toggle(key="w_falling").set_value(True)
    page.multiselect(key="w_columns").set_value(["signed", "id"])
    checked(page.run())
    html = html_of(page)
    assert re.findall(r'<th scope="col">([^<]*)</th>', html) == ["Signed", "Identifier"]
    shown = re.findall(r'<tr><th scope="row">[^<]*</th><td><code>([^<]*)</code>', html)
    signed = current_record().agreements.set_index("agreement_id")["signed_date"]
    days = [signed[identifier] for identifier in shown]
    known = [day for day in days if day == day]
    assert known == sorted(known, reverse=True)
    assert days[: len(known)] == known


def test_evidence_of_a_row_names_lists_corrections_with_reasons_and_how_it_was_placed() -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in {"view": "data", "part": "table", "state": "AK"}.items():
        page.query_params[name] = value
    html = html_of(checked(page.run()))
    assert "First on the list of 13 January 2021, last on the list of 11 May 2026." in html
    assert "“Department of Corrections” became “Alaska Department of Corrections”" in html
    assert "the same model and date stand under Alaska Department of Corrections" in html
    assert "<code>agency-ak-01</code>" in html
    assert "The list prints its county" in html
    assert "(176 lists)" in html


def test_words_found_start_at_the_first_page(open_page: Open, write_csv: WriteCsv) -> None:
    write_csv([
        agreement(agreement_id=f"az-agency-{i:03}-wso-2025-03-01", agency_id=f"az-agency-{i:03}",
                  agency_name=f"{'Odd' if i % 2 else 'Even'} {i:03}")
        for i in range(80)
    ])  # fmt: skip
    page = open_page(part="table")
    page.button(key="next").click()
    checked(page.run())
    assert f"Agreements {PAGE_ROWS + 1} to {2 * PAGE_ROWS} of 80" in html_of(page)
    page.text_input(key="w_words").set_value("odd")
    checked(page.run())
    assert f"Agreements 1 to {PAGE_ROWS} of 40" in html_of(page)


# ---- charts


@pytest.mark.parametrize("chart", ["time", "counties", "signings", "states", "places", "days"])
def test_each_chart_has_its_table_and_downloads_of_the_same_numbers(
    open_page: Open, written: Written, chart: str
) -> None:
    page = open_page(part="charts", chart=chart)
    assert len(page.get("vega_lite_chart")) == 1
    assert labels(page) == ["Numbers of this chart (CSV)", "Picture (PNG)", "Picture (SVG)"]
    rows = list(csv.reader(io.StringIO(written["chart-csv"]().decode("utf-8-sig"))))
    assert len(rows) > 1
    assert written["chart-svg"]().startswith(b"<svg")
    page.session_state["w_numbers"] = True
    checked(page.run())
    assert '<th scope="col">' in html_of(page)


def test_server_without_the_library_of_pictures_says_so_and_gives_the_numbers(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_charts, "find_spec", lambda name: None)
    page = open_page(part="charts")
    assert labels(page) == ["Numbers of this chart (CSV)"]
    assert "not installed on this server" in " ".join(said.value for said in page.caption)


def test_marked_days_are_told_with_their_sources(open_page: Open) -> None:
    page = open_page(part="charts", lang="es")
    page.session_state["w_marked"] = True
    checked(page.run())
    html = html_of(page)
    assert html.count('rel="noopener noreferrer"') >= 10
    assert '<span lang="en">' in html


def test_places_compared_are_those_at_hand_and_no_more_than_four(open_page: Open) -> None:
    page = open_page(part="charts", chart="places", county="37119")
    assert page.segmented_control(key="w_kind").value == "county"
    assert page.multiselect(key="w_place_county").value == ["37119"]
    assert page.multiselect(key="w_place_county").proto.max_selections == 4
    page.multiselect(key="w_place_county").set_value([])
    checked(page.run())
    assert "Choose one to 4" in page.info[0].value
    choose(page, "w_kind", "agency")
    assert all("North Carolina" not in option for option in page.multiselect(key="w_place_agency").options)


def test_days_in_the_wrong_order_are_told_in_one_line(open_page: Open) -> None:
    page = open_page(part="charts", chart="days")
    page.session_state["w_earlier"] = page.session_state["w_later"]
    checked(page.run())
    assert "first day before the second" in page.info[0].value


@pytest.mark.parametrize("part", ["files", "charts", "table", "counts"])
def test_nothing_selected_is_said_and_breaks_nothing(open_page: Open, part: str) -> None:
    page = open_page(part=part, model="HYB", agency_type="port")
    if part in ("charts", "table"):
        assert "No agreement matches" in page.warning[0].value


# ---- counts


def test_counts_stand_side_by_side_with_their_rules_and_the_list(open_page: Open) -> None:
    html = html_of(open_page(part="counts", state="NC"))
    assert re.findall(r'<th scope="row">(\w+)[^<]*</th><td class=number>(\d+)</td>', html)[:4] == [
        ("Agreements", "6"), ("Agencies", "5"), ("Counties", "2"), ("States", "1"),
    ]  # fmt: skip
    assert "Numbers ICE and others published" in html


def test_newest_list_is_reconciled_with_what_is_shown() -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in {"view": "data", "part": "counts", "lang": "es"}.items():
        page.query_params[name] = value
    html = html_of(checked(page.run()))
    table = html[html.index("La lista más reciente de ICE") :]
    numbers = [int(n.replace(",", "")) for n in re.findall(r"<td class=number>([\d,]+)</td>", table)[:5]]
    printed, on_list, waiting, replaced, active = numbers
    assert (printed, active) == (1797, 1798)
    assert on_list + waiting - replaced == active
