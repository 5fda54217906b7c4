"""What a popup says of a county: every agreement that can act there, in words, escaped."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from example_record import CABARRUS, GUAM, MARICOPA, MECKLENBURG, PINAL, WAKE, WriteCsv, agreement

from map_app.agreements import Record, read_agreements
from map_app.coverage import CoverageIndex
from map_app.filters import Filters, filter_mask
from map_app.popups import (
    CountyAgreements,
    county_popup,
    county_title,
    model_meaning,
    model_name,
    safe_link,
    when_words,
)
from map_app.text import Text
from map_app.vocabulary import Model


@pytest.fixture(scope="module")
def agreements(read_record: Record) -> pd.DataFrame:
    return read_record.agreements


def popup_of(agreements: pd.DataFrame, geoid: str, text: Text, **narrowing: object) -> str:
    """Return the popup of a county under a selection."""
    index, mask = CoverageIndex(agreements), filter_mask(agreements, Filters(**narrowing))
    local, statewide = index.rows_of_county(geoid, mask)
    here = CountyAgreements(
        geoid,
        agreements.iloc[local],
        agreements.iloc[statewide],
        agreements.iloc[index.unplaced_in_state(geoid, mask)],
        index.level(geoid, mask),
    )
    return county_popup(here, "ICE’s list of 11 May 2026", text)


def words_of(html: str) -> str:
    """Return the text of a popup as a person reads it."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_popup_names_county_state_and_date(agreements: pd.DataFrame, english: Text) -> None:
    html = popup_of(agreements, MECKLENBURG, english)
    assert "<h2>Mecklenburg County, North Carolina</h2>" in html
    assert "ICE’s list of 11 May 2026" in html


def test_every_agreement_of_the_county_is_summarized(agreements: pd.DataFrame, english: Text) -> None:
    html = popup_of(agreements, CABARRUS, english)
    told = words_of(html)
    assert html.count('class="agency"') == 3  # sheriff, regional jail, state patrol
    assert html.count('class="model ') == 4
    for part in (
        "Cabarrus County Sheriff’s Office whole county",
        "Piedmont Regional Jail 2 counties",
        "Jail Enforcement Model",
        "Warrant Service Officer",
        "Signed 2 April 2025 · active",
        "Signed 15 January 2026 · active",
    ):
        assert part in told


def test_model_stands_with_its_meaning_in_plain_words(agreements: pd.DataFrame, english: Text) -> None:
    told = words_of(popup_of(agreements, PINAL, english))
    assert "Warrant Service Officer serves ICE warrants on people already held in the jail" in told


def test_every_model_has_its_own_name_and_meaning(english: Text) -> None:
    assert len({model_name(model, english) for model in Model}) == len(Model)
    assert len({model_meaning(model, english) for model in Model}) == len(Model)


def test_statewide_agency_is_named_in_every_county_of_its_state(agreements: pd.DataFrame, english: Text) -> None:
    for geoid in (MECKLENBURG, CABARRUS, WAKE, "37001"):
        assert "Old North State Patrol statewide" in words_of(popup_of(agreements, geoid, english))
    assert "Old North State Patrol" not in popup_of(agreements, PINAL, english)


def test_territory_agency_is_named_in_its_county_and_the_name_is_not_doubled(
    agreements: pd.DataFrame, english: Text
) -> None:
    html = popup_of(agreements, GUAM, english)
    assert "<h2>Guam</h2>" in html
    assert "Office of the Attorney General" in html
    assert county_title(GUAM, english) == "Guam"


def test_part_of_the_county_is_named(agreements: pd.DataFrame, english: Text) -> None:
    assert "part of the county: Davidson" in words_of(popup_of(agreements, MECKLENBURG, english))


def test_only_part_of_the_county_is_said_where_no_agency_covers_it_whole(
    agreements: pd.DataFrame, english: Text
) -> None:
    told = words_of(popup_of(agreements, MARICOPA, english))
    assert "only agencies inside part of the county have agreements" in told


def test_memorandum_is_linked_without_giving_away_where_the_reader_came_from(
    agreements: pd.DataFrame, english: Text
) -> None:
    html = popup_of(agreements, MECKLENBURG, english)
    assert '<a href="https://www.ice.gov/doclib/287gMOA/example.pdf" target="_blank" rel="noopener noreferrer">' in html


def test_memorandum_ice_has_not_linked_is_said(agreements: pd.DataFrame, english: Text) -> None:
    assert "ICE has not linked the memorandum yet" in popup_of(agreements, PINAL, english)


def test_ended_agreement_says_when_and_how_that_is_known(agreements: pd.DataFrame, english: Text) -> None:
    told = words_of(popup_of(agreements, PINAL, english, status="ended"))
    assert "Signed 3 February 2025 · last listed 5 September 2025, then gone from the lists" in told
    told = words_of(popup_of(agreements, MECKLENBURG, english, status="ended"))
    assert "Signed 27 February 2006 · ended 5 December 2018" in told


def test_replaced_agreement_says_by_when(agreements: pd.DataFrame, english: Text) -> None:
    told = words_of(popup_of(agreements, CABARRUS, english, status="superseded"))
    assert "Signed 1 May 2020 · replaced by a newer agreement on 2 April 2025" in told


def test_year_alone_is_said_where_the_day_is_not_known(agreements: pd.DataFrame, english: Text) -> None:
    assert "Signed in 2007 · ended 7 December 2018" in words_of(popup_of(agreements, WAKE, english, status="ended"))


def test_signing_date_nobody_knows_is_said(english: Text) -> None:
    row = {"signed_date": pd.NaT, "signed_year": pd.NA, "ended_date": pd.NaT, "status": "active", "ended_basis": ""}
    assert when_words(row, english) == "Signing date not known · active"


def test_end_known_in_no_known_way_is_still_an_end(write_csv: WriteCsv, english: Text) -> None:
    row = agreement(status="ended", ended_date="2025-12-01", ended_basis="rumour")
    agreements = read_agreements(write_csv([row])).agreements
    assert "Signed 1 March 2025 · ended" in words_of(popup_of(agreements, PINAL, english, status="ended"))


def test_note_is_shown(agreements: pd.DataFrame, english: Text) -> None:
    told = words_of(popup_of(agreements, MARICOPA, english, status="ended"))
    assert "The task-force part stopped in October 2009 (example source)." in told


# ---- a wrong "none" is the worst that can be printed


@pytest.mark.parametrize(
    ("geoid", "words"),
    [
        (MECKLENBURG, "An agency that covers the whole county had an agreement."),
        (WAKE, "An agency that covers the whole county had an agreement."),
    ],
)
def test_agreements_that_all_ended_are_told_in_the_past(
    agreements: pd.DataFrame, english: Text, geoid: str, words: str
) -> None:
    assert words in words_of(popup_of(agreements, geoid, english, status="ended"))


def test_one_active_agreement_among_ended_ones_is_told_in_the_present(agreements: pd.DataFrame, english: Text) -> None:
    told = words_of(popup_of(agreements, CABARRUS, english, status="all"))
    assert "An agency that covers the whole county has an agreement." in told


def test_active_local_agency_does_not_make_an_ended_county_agreement_present(
    write_csv: WriteCsv, english: Text
) -> None:
    rows = [
        agreement(status="ended", ended_date="2025-12-01", ended_basis="exact"),
        agreement(agreement_id="az-town-police-wso-2025-03-01", agency_id="az-town-police", agency_type="municipal",
                  agency_name="Town Police", coverage="part_of_county", place_name="Town"),
    ]  # fmt: skip
    agreements = read_agreements(write_csv(rows)).agreements
    told = words_of(popup_of(agreements, PINAL, english, status="all"))
    assert "An agency that covers the whole county had an agreement." in told


def test_absence_of_local_agencies_is_said_of_the_selection_only(agreements: pd.DataFrame, english: Text) -> None:
    """A filter may hide the sheriff's agreement; the popup must not deny that it exists."""
    told = words_of(popup_of(agreements, CABARRUS, english, models=(Model.TASK_FORCE,)))
    assert "In this selection, no county or local agency here has an agreement." in told


def test_nothing_listed_is_not_called_no_cooperation(agreements: pd.DataFrame, english: Text) -> None:
    told = words_of(popup_of(agreements, "48201", english))
    assert "No agreement found in this selection." in told
    assert "does not mean no cooperation with ICE" in told


def test_unplaced_agreements_of_the_state_are_said_where_nothing_else_is(
    agreements: pd.DataFrame, english: Text
) -> None:
    told = words_of(popup_of(agreements, WAKE, english, models=(Model.WARRANT_SERVICE,)))
    assert "1 agreement of this state could not be placed and may belong here" in told
    assert "No agreement found" not in told


def test_unplaced_agreements_of_the_state_are_said_beside_others_once(agreements: pd.DataFrame, english: Text) -> None:
    told = words_of(popup_of(agreements, MECKLENBURG, english))
    assert told.count("could not be placed and may belong here") == 1


# ---- escaping


def test_markup_in_any_text_of_the_record_is_shown_as_text(agreements: pd.DataFrame, english: Text) -> None:
    html = popup_of(agreements, MARICOPA, english, status="all")
    assert "Desert College Police &lt;script&gt;document.title=&#x27;owned&#x27;&lt;/script&gt;" in html
    assert "&lt;img src=x onerror=" in html
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; “quoted”" in html
    for raw in ("<script", "<img", "<b>bold"):
        assert raw not in html


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", " JavaScript:alert(1)", "//host/x", "", None, "file:///x"]
)
def test_link_that_is_not_http_is_no_link(url: str | None) -> None:
    assert safe_link(url) == ""


@pytest.mark.parametrize("url", ["https://www.ice.gov/x.pdf", "HTTP://www.ice.gov/x.pdf"])
def test_http_link_is_kept(url: str) -> None:
    assert safe_link(url) == url
