"""The page with map and table: what filters, addresses and bad data do to it. Streamlit's own test runner."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_record import CABARRUS, CLEAN_ROWS, MECKLENBURG, ROWS, WriteCsv, agreement, csv_text
from running_app import ROOT
from streamlit.testing.v1 import AppTest

from map_app import record as record_room
from map_app.record import DATA_VARIABLE, LoadedRecord, record_path
from map_app.tables import PAGE_ROWS

PAGE = ROOT / "map_app" / "views" / "page.py"
Open = Callable[..., AppTest]


@pytest.fixture
def open_page(record: LoadedRecord) -> Open:
    """Return a function that opens the map's page at an address."""

    def opened(script: Path = PAGE, **query: str | list[str]) -> AppTest:
        page = AppTest.from_file(str(script), default_timeout=60)
        for name, values in {"view": "explore", **query}.items():
            page.query_params[name] = values
        return checked(page.run())

    return opened


def checked(page: AppTest) -> AppTest:
    """Return the page once no exception shows on it."""
    assert [box.message for box in page.exception] == []
    return page


def html_of(page: AppTest) -> str:
    """Return all HTML the page shows."""
    return "\n".join(element.proto.body for element in page.get("html"))


def count_of(page: AppTest) -> tuple[int, int, int, int]:
    """Return the agreements, agencies, counties and states the page counts."""
    found = re.findall(r"<b>([\d,]+)</b> (?:agreement|agenc|count|state)", html_of(page))
    return tuple(int(n.replace(",", "")) for n in found[:4])  # type: ignore[return-value]


def painted(page: AppTest) -> dict[str, Any]:
    """Return what the page tells the map to paint."""
    shown = [element.proto for element in page.get("bidi_component")]
    frames = [proto for proto in shown if proto.component_name == "county_map"]
    assert len(frames) == 1
    return dict(json.loads(frames[0].json)["selection"])


def rows_shown(page: AppTest) -> int:
    return html_of(page).count('<tr><th scope="row">')


def address(page: AppTest) -> dict[str, list[str]]:
    """Return the filters in the address."""
    return {name: list(page.query_params.get(name)) if isinstance(page.query_params.get(name), list)
            else [page.query_params.get(name)] for name in page.query_params if name != "view"}  # fmt: skip


# ---- as it opens


@pytest.mark.parametrize("script", [PAGE, ROOT / "streamlit_app.py"], ids=["page", "entry"])
def test_page_opens_with_every_active_agreement_counted_mapped_and_listed(open_page: Open, script: Path) -> None:
    page = open_page(script)
    assert count_of(page) == (9, 8, 4, 3)
    assert painted(page)["statewide"] == {"37": 1, "66": 1}
    assert rows_shown(page) == 9
    assert page.get("download_button")[0].proto.label == "Download these 9 agreements (CSV)"
    assert len(page.warning) == len(page.error) == 0


def test_page_names_the_date_of_the_newest_list_and_its_age(open_page: Open) -> None:
    html = html_of(open_page())
    assert "ICE’s list of 11 May 2026" in html
    days = (dt.date.today() - dt.date(2026, 5, 11)).days
    assert (f"{days:,} days old" in html) is (days > 14)


def test_page_says_what_the_map_does_not_show(open_page: Open) -> None:
    page = open_page()
    said = " ".join(element.value for element in page.markdown)
    assert "does not mean no cooperation" in said
    assert "1 agreement shown here could not be placed on the map; it is in the table." in said


def test_markup_in_the_record_is_shown_as_text(open_page: Open) -> None:
    page = open_page(state="AZ")
    assert "Desert College Police &lt;script&gt;" in html_of(page)
    everything = html_of(page) + " ".join(element.value for element in page.markdown)
    assert "<script" not in everything
    assert "<img" not in everything


# ---- each filter


@pytest.mark.parametrize(
    ("narrow", "counts", "query"),
    [
        (lambda p: p.pills(key="w_models").set_value(["Task Force Model"]), 4, {"model": ["TFM"]}),
        (lambda p: p.pills(key="w_models").set_value(["Task Force Model", "Warrant Service Officer"]), 7,
         {"model": ["TFM", "WSO"]}),
        (lambda p: p.multiselect(key="w_states").set_value(["NC"]), 6, {"state": ["NC"]}),
        (lambda p: p.multiselect(key="w_states").set_value(["NC", "GU"]), 7, {"state": ["NC", "GU"]}),
        (lambda p: p.pills(key="w_types").set_value(["regional"]), 1, {"agency_type": ["regional"]}),
        (lambda p: p.select_slider[0].set_value((2026, 2026)), 1, {"year": ["2026"]}),
        (lambda p: p.select_slider[0].set_value((2006, 2025)), 8, {"year": ["2006-2025"]}),
        (lambda p: p.pills(key="w_status").set_value("ended"), 4, {"status": ["ended"]}),
        (lambda p: p.pills(key="w_status").set_value("all"), len(ROWS), {"status": ["all"]}),
        (lambda p: p.session_state.__setitem__("w_as_of", dt.date(2010, 8, 1)), 3, {"as_of": ["2010-08-01"]}),
    ],
    ids=["model", "two models", "state", "two states", "agency type", "year", "years", "status", "all", "day"],
)  # fmt: skip
def test_filter_narrows_counts_map_table_and_address_alike(
    open_page: Open, narrow: Callable[[AppTest], Any], counts: int, query: dict[str, list[str]]
) -> None:
    page = open_page()
    before = painted(page)["revision"]
    narrow(page)
    checked(page.run())
    assert count_of(page)[0] == rows_shown(page) == counts
    assert address(page) == query
    assert painted(page)["query"] == query
    assert painted(page)["revision"] != before


def test_same_address_opens_on_the_same_selection(open_page: Open) -> None:
    page = open_page()
    page.pills(key="w_models").set_value(["Jail Enforcement Model"])
    page.multiselect(key="w_states").set_value(["NC"])
    page.pills(key="w_color").set_value("model")
    checked(page.run())
    again = open_page(**address(page))
    assert painted(again)["revision"] == painted(page)["revision"]
    assert again.pills(key="w_models").value == ["Jail Enforcement Model"]
    assert again.multiselect(key="w_states").value == ["NC"]
    assert again.pills(key="w_color").value == "model"


def test_every_filter_is_restored_from_the_address(open_page: Open) -> None:
    page = open_page(
        model=["TFM", "WSO"], year="2025", state="NC", agency_type=["municipal", "constable"], color="number"
    )
    assert page.pills(key="w_models").value == ["Task Force Model", "Warrant Service Officer"]
    assert page.select_slider[0].value == (2025, 2025)
    assert page.pills(key="w_types").value == ["municipal", "constable"]
    assert page.pills(key="w_color").value == "number"
    assert count_of(page)[0] == 2
    assert len(page.warning) == 0


@pytest.mark.parametrize("color", ["level", "model", "year", "number"])
def test_colour_changes_the_map_and_no_count(open_page: Open, color: str) -> None:
    page = open_page(color=color)
    titles = {"level": "Who has", "model": "Model type", "year": "Year of", "number": "Number of"}
    assert painted(page)["title"].startswith(titles[color])
    assert count_of(page) == (9, 8, 4, 3)


def test_county_can_be_chosen_once_one_state_is(open_page: Open) -> None:
    page = open_page()
    assert len(page.selectbox) == 0
    page.multiselect(key="w_states").set_value(["NC"])
    checked(page.run())
    page.selectbox(key="w_county").set_value(MECKLENBURG)
    checked(page.run())
    assert count_of(page)[0] == 3
    assert address(page) == {"state": ["NC"], "county": [MECKLENBURG]}
    assert painted(page)["focus"] == MECKLENBURG


def test_county_goes_when_its_state_does(open_page: Open) -> None:
    page = open_page(state="NC", county=CABARRUS)
    assert count_of(page)[0] == 4
    page.multiselect(key="w_states").set_value(["NC", "AZ"])
    checked(page.run())
    assert address(page) == {"state": ["NC", "AZ"]}
    assert len(page.selectbox) == 0
    page.multiselect(key="w_states").set_value(["AZ"])
    checked(page.run())
    assert count_of(page)[0] == 2


def test_county_alone_in_the_address_chooses_its_state(open_page: Open) -> None:
    page = open_page(county=MECKLENBURG)
    assert page.multiselect(key="w_states").value == ["NC"]
    assert page.selectbox(key="w_county").value == MECKLENBURG
    assert count_of(page)[0] == 3


def test_address_changed_from_outside_resets_the_widgets(open_page: Open) -> None:
    page = open_page(model="TFM")
    page.query_params["model"] = "WSO"
    page.query_params["state"] = "NC"
    checked(page.run())
    assert page.pills(key="w_models").value == ["Warrant Service Officer"]
    assert count_of(page)[0] == 2
    del page.query_params["model"]
    del page.query_params["state"]
    checked(page.run())
    assert page.pills(key="w_models").value == []
    assert count_of(page)[0] == 9


def test_place_on_the_map_stays_in_the_address(open_page: Open) -> None:
    page = open_page(lat="35.5", lon="-80", zoom="7", utm_source="x")
    page.pills(key="w_models").set_value(["Task Force Model"])
    checked(page.run())
    assert address(page) == {"lat": ["35.5"], "lon": ["-80"], "zoom": ["7"], "model": ["TFM"]}
    assert len(page.warning) == 0


# ---- nothing matches


@pytest.mark.parametrize(
    "query",
    [
        {"state": "WY"},
        {"model": "HYB"},
        {"year": "2006"},
        {"as_of": "2002-07-01"},
        {"status": "superseded", "state": "AZ"},
    ],
    ids=lambda query: "&".join(query),
)
def test_empty_result_says_so_and_the_way_back_leads_back(open_page: Open, query: dict[str, str]) -> None:
    page = open_page(**query)
    assert [box.value for box in page.warning] == ["No agreement matches these filters."]
    assert count_of(page) == (0, 0, 0, 0)
    assert painted(page)["counties"] == 0
    assert rows_shown(page) == 0
    assert page.get("download_button")[0].proto.disabled
    page.button(key="clear-empty").click()
    checked(page.run())
    assert len(page.warning) == 0
    assert count_of(page)[0] == 9
    assert address(page) == {}


def test_filters_can_be_cleared_at_any_time(open_page: Open) -> None:
    page = open_page(model="TFM", state="NC", year="2025", agency_type="municipal", status="all")
    page.button(key="clear").click()
    checked(page.run())
    assert count_of(page)[0] == 9
    assert address(page) == {}
    assert page.select_slider[0].value == (2006, 2026)


# ---- bad addresses


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"model": "ABC"}, "model=ABC"),
        ({"year": "soon"}, "year=soon"),
        ({"year": "1999"}, "year=1999"),
        ({"state": "ZZ"}, "state=ZZ"),
        ({"county": "99999"}, "county=99999"),
        ({"agency_type": "sheriff"}, "agency_type=sheriff"),
        ({"status": "gone"}, "status=gone"),
        ({"as_of": "2019-02-30"}, "as_of=2019-02-30"),
        ({"color": "pink"}, "color=pink"),
        ({"lang": "xx"}, "lang=xx"),
        ({"modle": "TFM"}, "modle=TFM"),
        ({"model": "<script>alert(1)</script>"}, "script"),
        ({"model": "**bold** [x](http://host)"}, "bold"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_value_in_the_address_is_named_and_everything_is_shown(
    open_page: Open, query: dict[str, str], told: str
) -> None:
    page = open_page(**query)
    notes = [box.value.replace("\\", "") for box in page.warning]
    assert len(notes) == 1
    assert "not understood and is ignored" in notes[0]
    assert told in notes[0]
    assert count_of(page)[0] == 9
    raw = page.warning[0].value
    assert "<script" not in raw.replace("\\<", "")
    assert "](" not in raw


def test_good_values_beside_bad_ones_are_kept(open_page: Open) -> None:
    page = open_page(model=["TFM", "ABC"], state="ZZ")
    assert page.pills(key="w_models").value == ["Task Force Model"]
    assert count_of(page)[0] == 4
    assert len(page.warning) == 1


def test_note_of_a_bad_address_goes_once_a_filter_is_used(open_page: Open) -> None:
    page = open_page(state="ZZ")
    page.pills(key="w_models").set_value(["Task Force Model"])
    checked(page.run())
    assert len(page.warning) == 0
    assert address(page) == {"model": ["TFM"]}


@pytest.mark.parametrize("year", ["2003", "2003-2005", "2060"])
def test_year_outside_the_record_is_told_and_never_read_as_another_year(open_page: Open, year: str) -> None:
    page = open_page(year=year, status="all")
    assert f"year={year}" in page.warning[0].value.replace("\\", "")
    assert count_of(page)[0] == len(ROWS)


def test_years_partly_outside_the_record_keep_the_part_inside(open_page: Open) -> None:
    page = open_page(year="2003-2007", status="all")
    assert count_of(page)[0] == 3
    assert len(page.warning) == 0


def test_model_the_record_does_not_hold_is_understood(open_page: Open, write_csv: WriteCsv) -> None:
    write_csv([row for row in CLEAN_ROWS if row["model"] != "Hybrid (Jail + Task Force)"])
    page = open_page(model="HYB", agency_type="port")
    assert count_of(page)[0] == 0


# ---- bad data


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "does not exist"), (b"", "is empty"), (b"\x00\x01\x02PK", "binary"), (b"\xff\xfe\x00", "UTF"),
     (b"<html>moved</html>", "is no record of agreements"), (b'agreement_id,"', "not a well")],
    ids=["missing", "empty", "binary", "encoding", "page", "truncated"],
)  # fmt: skip
def test_unusable_data_is_a_clear_notice_on_an_empty_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, told: str
) -> None:
    path = tmp_path / "agreements.csv"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(DATA_VARIABLE, str(path))
    monkeypatch.setattr(record_room, "_held", {})
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.query_params["view"] = "explore"
    checked(page.run())
    notice = page.error[0].value.replace("\\", "")
    assert "The data file cannot be used" in notice
    assert told in notice
    assert "There is nothing to show yet." in notice
    assert count_of(page)[0] == 0
    assert painted(page)["counties"] == 0


def test_file_that_goes_bad_leaves_the_last_good_one_shown_and_says_so(open_page: Open) -> None:
    page = open_page()
    record_path().write_bytes(b"")
    checked(page.run())
    assert "The last good version is shown." in page.error[0].value
    assert count_of(page)[0] == 9


def test_new_file_is_shown_on_the_next_use(open_page: Open) -> None:
    page = open_page()
    before = painted(page)["revision"]
    record_path().write_text(csv_text(CLEAN_ROWS[:1]), encoding="utf-8")
    checked(page.run())
    assert count_of(page) == (1, 1, 1, 1)
    assert painted(page)["revision"] != before


def test_rows_set_aside_are_counted_and_named_beside_the_good_ones(open_page: Open, write_csv: WriteCsv) -> None:
    write_csv([*CLEAN_ROWS, agreement(agreement_id="az-x-wso-1", model="<b>Wrong</b>")])
    page = open_page()
    assert count_of(page)[0] == 8
    notice = page.expander[0]
    assert notice.label.startswith("1 row of the data has a fault and is not shown")
    assert f"line {len(CLEAN_ROWS) + 2}, column model" in notice.text[0].value


# ---- pages of the table


@pytest.fixture
def long_page(open_page: Open, write_csv: WriteCsv) -> AppTest:
    rows = [
        agreement(agreement_id=f"az-agency-{i:03}-wso-2025-03-01", agency_id=f"az-agency-{i:03}",
                  agency_name=f"Agency {i:03}", signed_date="2025-03-01" if i % 2 else "2024-03-01")
        for i in reversed(range(60))
    ]  # fmt: skip
    write_csv(rows)
    return open_page()


def names_shown(page: AppTest) -> list[str]:
    return re.findall(r"Agency \d{3}(?=<small>)", html_of(page))


def test_table_is_turned_page_by_page_and_shows_every_agreement_once(long_page: AppTest) -> None:
    seen = names_shown(long_page)
    assert len(seen) == PAGE_ROWS
    assert long_page.button(key="previous").disabled
    while not long_page.button(key="next").disabled:
        long_page.button(key="next").click()
        checked(long_page.run())
        seen += names_shown(long_page)
    assert seen == [f"Agency {i:03}" for i in range(60)]
    assert "Agreements 51 to 60 of 60" in html_of(long_page)
    long_page.button(key="previous").click()
    checked(long_page.run())
    assert "Agreements 26 to 50 of 60" in html_of(long_page)


def test_new_filter_goes_back_to_the_first_page(long_page: AppTest) -> None:
    long_page.button(key="next").click()
    checked(long_page.run())
    long_page.select_slider[0].set_value((2024, 2024))
    checked(long_page.run())
    assert "Agreements 1 to 25 of 30" in html_of(long_page)
