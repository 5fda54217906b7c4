"""The table under the map: the same agreements, escaped, readable by a screen reader."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from example_record import ROWS

from map_app.agreements import Record
from map_app.tables import agency_type_name, agreements_table, place_words
from map_app.text import Text
from map_app.vocabulary import AgencyType


@pytest.fixture(scope="module")
def agreements(read_record: Record) -> pd.DataFrame:
    return read_record.agreements


@pytest.fixture(scope="module")
def html(agreements: pd.DataFrame, english: Text) -> str:
    return agreements_table(agreements, "All <rows>", english)


def place_of(agreements: pd.DataFrame, agreement_id: str, text: Text) -> str:
    row = agreements[agreements["agreement_id"] == agreement_id].to_dict("records")[0]
    return place_words(row, text)


def test_one_row_per_agreement_in_the_order_given(agreements: pd.DataFrame, english: Text) -> None:
    shown = agreements.iloc[::-1]
    html = agreements_table(shown, "reversed", english)
    first = re.findall(r"<tr><th scope=\"row\">([^<]+)</th><td>([^<]+)<small>", html)
    assert len(first) == len(ROWS)
    assert first[0][0] == "Arizona"
    assert first[-1] == ("Arizona", "Pinal County Sheriff&#x27;s Office")


def test_caption_and_headings_are_marked_for_screen_readers(html: str) -> None:
    assert "<caption>All &lt;rows&gt;</caption>" in html
    assert html.count('<th scope="col">') == 6
    assert 'role="region" tabindex="0" aria-label="All &lt;rows&gt;"' in html


def test_markup_of_the_record_is_shown_as_text(html: str) -> None:
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<img" not in html


def test_memorandum_link_names_its_agency_and_a_missing_one_is_said(html: str) -> None:
    assert 'aria-label="Read the memorandum of Old North State Patrol">Read</a>' in html
    assert html.count("Not linked") == len([row for row in ROWS if not row["moa_url"]])


def test_unplaced_agreement_gives_its_reason(agreements: pd.DataFrame, english: Text) -> None:
    told = place_of(agreements, "nc-riverbend-constable-wso-2025-07-01", english)
    assert told == "Could not be placed: no place of this name is known"


def test_place_is_the_state_the_counties_or_the_part(agreements: pd.DataFrame, english: Text) -> None:
    assert place_of(agreements, "nc-state-patrol-tfm-2025-03-10", english) == "Whole state"
    assert (
        place_of(agreements, "nc-piedmont-regional-jail-jem-2026-01-15", english)
        == "Cabarrus County and Mecklenburg County"
    )
    assert (
        place_of(agreements, "nc-davidson-police-tfm-2025-06-20", english)
        == "Mecklenburg County (part of the county: Davidson)"
    )


def test_many_counties_are_counted_after_the_first_three(agreements: pd.DataFrame, english: Text) -> None:
    row = agreements.iloc[0].to_dict() | {"coverage": "multi_county", "county_geoids": "04001;04003;04005;04007;04009"}
    assert place_words(row, english) == "Apache County, Cochise County, Coconino County and 2 more"


def test_every_kind_of_agency_has_a_name(english: Text) -> None:
    assert len({agency_type_name(kind, english) for kind in AgencyType}) == len(AgencyType)


def test_no_rows_give_an_empty_body(agreements: pd.DataFrame, english: Text) -> None:
    assert "<tbody></tbody>" in agreements_table(agreements.iloc[:0], "none", english)
