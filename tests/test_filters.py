"""One filter value narrows the record for every output."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from example_record import CABARRUS, CLEAN_ROWS, GUAM, MARICOPA, MECKLENBURG, PINAL, ROWS, WAKE, WriteCsv, agreement

from map_app.agreements import CONTRACT_COLUMN_NAMES, Record, empty_agreements, read_agreements
from map_app.errors import UsageError
from map_app.filters import Filters, apply_filters, filter_mask, parse_day, parse_years, read_filters, require_filters
from map_app.vocabulary import AgencyType, Model


@pytest.fixture(scope="module")
def agreements(read_record: Record) -> pd.DataFrame:
    return read_record.agreements


def kept(agreements: pd.DataFrame, **narrowing: object) -> set[str]:
    """Return the ids a filter keeps."""
    return set(apply_filters(agreements, Filters(**narrowing))["agreement_id"])


# ---- narrowing


def test_without_narrowing_every_active_agreement_is_kept(agreements: pd.DataFrame) -> None:
    assert kept(agreements) == {row["agreement_id"] for row in ROWS if row["status"] == "active"}


def test_status_all_keeps_every_row(agreements: pd.DataFrame) -> None:
    assert kept(agreements, status="all") == {row["agreement_id"] for row in ROWS}


@pytest.mark.parametrize("status", ["active", "ended", "superseded"])
def test_status_keeps_exactly_that_status(agreements: pd.DataFrame, status: str) -> None:
    assert kept(agreements, status=status) == {row["agreement_id"] for row in ROWS if row["status"] == status}


@pytest.mark.parametrize("model", list(Model))
def test_model_keeps_exactly_that_model(agreements: pd.DataFrame, model: Model) -> None:
    wanted = {row["agreement_id"] for row in ROWS if row["model"] == model}
    assert wanted
    assert kept(agreements, models=(model,), status="all") == wanted


def test_two_models_keep_either(agreements: pd.DataFrame) -> None:
    both = kept(agreements, models=(Model.HYBRID, Model.WARRANT_SERVICE), status="all")
    assert both == kept(agreements, models=(Model.HYBRID,), status="all") | kept(
        agreements, models=(Model.WARRANT_SERVICE,), status="all"
    )


def test_year_range_includes_both_ends(agreements: pd.DataFrame) -> None:
    assert kept(agreements, years=(2006, 2007), status="all") == {
        "nc-mecklenburg-county-sheriff-jem-2006-02-27",
        "az-maricopa-county-sheriff-hyb-2007-02-07",
        "nc-wake-county-sheriff-hyb-2007",
    }


def test_single_year_keeps_an_agreement_known_by_year_alone(agreements: pd.DataFrame) -> None:
    assert "nc-wake-county-sheriff-hyb-2007" in kept(agreements, years=(2007, 2007), status="all")


def test_state_keeps_its_agencies_unplaced_ones_included(agreements: pd.DataFrame) -> None:
    north = kept(agreements, states=("NC",))
    assert "nc-riverbend-constable-wso-2025-07-01" in north
    assert north == {r["agreement_id"] for r in ROWS if r["state_abbr"] == "NC" and r["status"] == "active"}


def test_agency_type_keeps_exactly_that_kind(agreements: pd.DataFrame) -> None:
    assert kept(agreements, agency_types=(AgencyType.REGIONAL,)) == {"nc-piedmont-regional-jail-jem-2026-01-15"}


def test_county_keeps_what_covers_it_whole_part_several_and_statewide(agreements: pd.DataFrame) -> None:
    assert kept(agreements, counties=(MECKLENBURG,)) == {
        "nc-state-patrol-tfm-2025-03-10",
        "nc-davidson-police-tfm-2025-06-20",
        "nc-piedmont-regional-jail-jem-2026-01-15",
    }


def test_county_of_a_territory_keeps_its_territorywide_agreement(agreements: pd.DataFrame) -> None:
    assert kept(agreements, counties=(GUAM,)) == {"gu-attorney-general-tfm-2025-09-22"}


def test_two_counties_keep_either(agreements: pd.DataFrame) -> None:
    assert kept(agreements, counties=(MARICOPA, PINAL), status="all") == {
        row["agreement_id"] for row in ROWS if row["state_abbr"] == "AZ"
    }


def test_filters_of_different_kinds_all_apply(agreements: pd.DataFrame) -> None:
    assert kept(agreements, models=(Model.TASK_FORCE,), states=("NC",), agency_types=(AgencyType.MUNICIPAL,)) == {
        "nc-davidson-police-tfm-2025-06-20"
    }


def test_kept_rows_stay_in_file_order_with_every_column(agreements: pd.DataFrame) -> None:
    rows = apply_filters(agreements, Filters(states=("NC",)))
    assert list(rows["line"]) == sorted(rows["line"])
    assert list(rows.columns) == list(agreements.columns)


def test_nothing_narrows_an_empty_record() -> None:
    mask = filter_mask(empty_agreements(), Filters(counties=(WAKE,), as_of=dt.date(2010, 1, 1), years=(2002, 2025)))
    assert len(mask) == 0


# ---- any day


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        ("2006-02-26", set()),
        ("2006-02-27", {"nc-mecklenburg-county-sheriff-jem-2006-02-27"}),
        ("2010-08-01", {"mecklenburg", "maricopa", "wake"}),
        ("2011-12-14", {"mecklenburg", "maricopa", "wake"}),
        ("2011-12-15", {"mecklenburg", "wake"}),
        ("2018-12-06", {"wake"}),
        ("2020-05-01", {"cabarrus-county-sheriff-jem-2020"}),
    ],
)
def test_before_the_first_list_an_agreement_counts_from_signing_until_its_end(
    agreements: pd.DataFrame, day: str, wanted: set[str]
) -> None:
    held = kept(agreements, as_of=dt.date.fromisoformat(day))
    assert len(held) == len(wanted)
    assert all(any(name in one for one in held) for name in wanted)


def test_year_alone_counts_from_the_first_of_january(agreements: pd.DataFrame) -> None:
    wake = "nc-wake-county-sheriff-hyb-2007"
    assert wake not in kept(agreements, as_of=dt.date(2006, 12, 31))
    assert wake in kept(agreements, as_of=dt.date(2007, 1, 1))


@pytest.mark.parametrize(
    ("day", "listed"), [("2025-03-13", True), ("2025-09-05", True), ("2025-09-11", True), ("2025-09-12", False)]
)
def test_list_stands_until_the_next_one_held(agreements: pd.DataFrame, day: str, listed: bool) -> None:
    # 13 March 2025 lies before the first list of the example: there, signing counts.
    held = kept(agreements, as_of=dt.date.fromisoformat(day))
    assert ("az-pinal-county-sheriff-tfm-2025-02-03" in held) is listed


def test_signed_but_not_yet_listed_is_not_on_the_list_of_that_day(agreements: pd.DataFrame) -> None:
    davidson = "nc-piedmont-regional-jail-jem-2026-01-15"
    assert davidson not in kept(agreements, as_of=dt.date(2026, 1, 20))
    assert davidson in kept(agreements, as_of=dt.date(2026, 1, 22))


def test_replaced_agreement_without_a_missing_date_stops_on_the_day_it_was_replaced(agreements: pd.DataFrame) -> None:
    old = "nc-cabarrus-county-sheriff-jem-2020-05-01"
    assert old in kept(agreements, as_of=dt.date(2025, 4, 1))
    assert old not in kept(agreements, as_of=dt.date(2025, 4, 2))


def test_file_with_the_contract_columns_alone_still_ends_what_ended(write_csv: WriteCsv) -> None:
    agreements = read_agreements(write_csv(CLEAN_ROWS, CONTRACT_COLUMN_NAMES)).agreements
    ended = "az-pinal-county-sheriff-tfm-2025-02-03"
    assert ended in kept(agreements, as_of=dt.date(2025, 9, 5))
    assert ended not in kept(agreements, as_of=dt.date(2026, 1, 1))


def test_agreement_is_left_out_on_the_days_it_was_off_the_lists(write_csv: WriteCsv) -> None:
    rows = [agreement(unlisted_periods="2025-03-14/2025-04-02;2025-07-18/2026-03-02"), CLEAN_ROWS[5]]
    agreements = read_agreements(write_csv(rows)).agreements
    out = [("2025-03-14", "2025-04-01"), ("2025-07-18", "2026-03-01")]
    shown = [("2025-04-02", "2025-07-17"), ("2026-03-02", "2026-05-11")]
    for days, counted in ((out, False), (shown, True)):
        for day in (dt.date.fromisoformat(text) for pair in days for text in pair):
            assert (rows[0]["agreement_id"] in kept(agreements, as_of=day)) is counted, day
    assert rows[0]["agreement_id"] in kept(agreements)


def test_on_the_day_of_the_newest_list_and_later_exactly_the_active_agreements_are_in_force(
    agreements: pd.DataFrame,
) -> None:
    for day in (dt.date(2026, 5, 11), dt.date(2030, 1, 1), dt.date(9999, 12, 31)):
        assert kept(agreements, as_of=day) == kept(agreements)


def test_day_takes_the_place_of_status(agreements: pd.DataFrame) -> None:
    day = dt.date(2010, 8, 1)
    assert kept(agreements, as_of=day, status="active") == kept(agreements, as_of=day, status="superseded")


# ---- text to filters and back


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2025", (2025, 2025)),
        ("2007-2010", (2007, 2010)),
        ("2010-2007", (2007, 2010)),
        ("2007–2010", (2007, 2010)),
        (" 2007 - 2010 ", (2007, 2010)),
        ("1999", None),
        ("2007-2010-2012", None),
        ("25", None),
        ("20025", None),
        ("-2025", None),
        ("", None),
        ("2²25", None),
        ("all", None),
    ],
)
def test_years_are_one_year_or_a_range(text: str, years: tuple[int, int] | None) -> None:
    assert parse_years(text) == years


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-06-30", dt.date(2019, 6, 30)),
        ("2002-07-01", dt.date(2002, 7, 1)),
        ("2002-06-30", None),
        ("2019-02-30", None),
        ("30 June 2019", None),
        ("", None),
    ],
)
def test_day_is_a_real_day_of_the_program(text: str, day: dt.date | None) -> None:
    assert parse_day(text) == day


def test_codes_and_full_names_in_any_case_and_commas_are_understood() -> None:
    filters, bad = read_filters(
        {
            "model": ["jem,Task Force Model", "JEM"],
            "state": ["nc", "AZ"],
            "agency_type": ["County"],
            "status": ["ALL"],
            "county": ["37119,04013"],
            "year": ["2024", "2025"],
        }
    )
    assert bad == []
    assert filters == Filters(
        models=(Model.JAIL_ENFORCEMENT, Model.TASK_FORCE),
        years=(2025, 2025),
        states=("NC", "AZ"),
        counties=("37119", "04013"),
        agency_types=(AgencyType.COUNTY,),
        status="all",
    )


def test_bad_values_are_named_and_good_ones_kept() -> None:
    filters, bad = read_filters(
        {
            "model": ["JEM", "ABC"],
            "year": ["soon"],
            "state": ["XX", "NC"],
            "county": ["99999"],
            "agency_type": ["sheriff"],
            "status": ["gone"],
            "as_of": ["2019-02-30"],
        }
    )
    assert filters == Filters(models=(Model.JAIL_ENFORCEMENT,), states=("NC",))
    assert [(value.name, value.text) for value in bad] == [
        ("model", "ABC"),
        ("year", "soon"),
        ("state", "XX"),
        ("county", "99999"),
        ("agency_type", "sheriff"),
        ("status", "gone"),
        ("as_of", "2019-02-30"),
    ]


def test_names_that_are_no_filter_are_left_alone() -> None:
    assert read_filters({"lat": ["x"], "utm_source": ["y"], "model": ["", " "]}) == (Filters(), [])


def test_what_is_not_narrowed_is_not_in_the_address() -> None:
    assert Filters().to_query() == {}


def test_single_year_is_written_as_one_year() -> None:
    assert Filters(years=(2025, 2025)).to_query() == {"year": ["2025"]}
    assert Filters(years=(2007, 2010)).to_query() == {"year": ["2007-2010"]}


def test_command_line_names_every_value_it_does_not_understand_with_what_it_expects() -> None:
    with pytest.raises(UsageError) as refused:
        require_filters({"model": ["ABC"], "year": ["soon"]})
    told = str(refused.value)
    for part in ("'ABC'", "JEM, TFM, WSO, HYB", "'soon'", "2007-2010"):
        assert part in told


@pytest.mark.parametrize(
    ("filters", "narrows"),
    [
        (Filters(), False),
        (Filters(status="all"), False),
        (Filters(as_of=dt.date(2010, 1, 1)), False),
        (Filters(states=("NC",)), True),
        (Filters(counties=(CABARRUS,)), True),
    ],
)
def test_status_and_day_alone_do_not_count_as_narrowing(filters: Filters, narrows: bool) -> None:
    assert filters.narrows is narrows
