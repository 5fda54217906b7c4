"""The same selection by agency, county, state and month: what is counted, what is not, and that they agree."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from example_record import CABARRUS, CLEAN_ROWS, GUAM, MARICOPA, MECKLENBURG, PINAL, WAKE, load_record, write_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.fips import STATE_ABBRS, counties
from map_app.coverage import LEVELS
from map_app.errors import UsageError
from map_app.filters import FIRST_DAY, Filters, filter_mask, in_force
from map_app.grains import GRAIN_COLUMNS, Grain, Selection, counties_in_scope, models_on, months, table
from map_app.record import LoadedRecord
from map_app.vocabulary import AgencyType, Model


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> LoadedRecord:
    return load_record(write_rows(tmp_path_factory.mktemp("small") / "agreements.csv", CLEAN_ROWS))


@cache
def shipped() -> LoadedRecord:
    return load_record()


def rows(record: LoadedRecord, grain: Grain, **filters: object) -> pd.DataFrame:
    return table(Selection(record, Filters(**filters)), grain)  # type: ignore[arg-type]


def one(frame: pd.DataFrame, column: str, value: str) -> dict[str, object]:
    """Return the only row with a value."""
    found = frame[frame[column] == value].to_dict("records")
    assert len(found) == 1
    return {str(name): cell for name, cell in found[0].items()}


# ---- columns and rows


@pytest.mark.parametrize("grain", list(Grain))
@pytest.mark.parametrize("filters", [Filters(), Filters(states=("AS",)), Filters(states=("NC",), counties=(MARICOPA,))])
def test_every_grain_has_its_columns_and_types_also_when_empty(
    small: LoadedRecord, grain: Grain, filters: Filters
) -> None:
    frame = table(Selection(small, filters), grain)
    assert list(frame.columns) == [column.name for column in GRAIN_COLUMNS[grain]]
    for column in GRAIN_COLUMNS[grain]:
        values = frame[column.name]
        if column.kind == "integer":
            assert pd.api.types.is_integer_dtype(values.dtype), column.name
        if column.kind == "date":
            assert pd.api.types.is_datetime64_dtype(values.dtype), column.name
        if column.required:
            assert values.notna().all(), column.name
            assert not (values.astype("str") == "").any(), column.name
        if column.allowed:
            assert set(values.astype("str")) <= {*column.allowed, ""}


def test_agency_with_two_models_is_one_row_that_counts_both(small: LoadedRecord) -> None:
    cabarrus = one(rows(small, Grain.AGENCY), "agency_id", "nc-cabarrus-county-sheriff")
    assert (cabarrus["agreements"], cabarrus["jem"], cabarrus["wso"], cabarrus["models"]) == (2, 1, 1, "JEM;WSO")
    every = one(rows(small, Grain.AGENCY, status="all"), "agency_id", "nc-cabarrus-county-sheriff")
    assert (every["agreements"], every["active_agreements"]) == (3, 2)
    assert (every["first_signed_date"], every["last_signed_date"]) == (
        pd.Timestamp("2020-05-01"),
        pd.Timestamp("2025-04-02"),
    )


def test_county_without_an_agreement_has_a_row_that_says_so(small: LoadedRecord) -> None:
    frame = rows(small, Grain.COUNTY)
    assert len(frame) == 3231
    assert list(frame["geoid"]) == list(counties())
    autauga = one(frame, "geoid", "01001")
    assert (autauga["level"], autauga["local_agreements"], autauga["statewide_agreements"]) == ("none_listed", 0, 0)


def test_statewide_agreement_is_in_every_county_of_its_state_and_in_no_local_count(small: LoadedRecord) -> None:
    frame = rows(small, Grain.COUNTY, states=("NC",))
    assert len(frame) == 100
    assert (frame["statewide_agreements"] == 1).all()
    assert set(frame["statewide_models"]) == {"TFM"}
    wake = one(frame, "geoid", WAKE)
    assert (wake["level"], wake["local_agreements"]) == ("statewide_only", 0)
    assert one(rows(small, Grain.COUNTY), "geoid", GUAM)["level"] == "statewide_only"


def test_part_of_a_county_is_local_only_unless_an_agency_covers_the_whole(small: LoadedRecord) -> None:
    alone = rows(small, Grain.COUNTY, agency_types=(AgencyType.MUNICIPAL,))
    assert one(alone, "geoid", MECKLENBURG)["level"] == "local_only"
    both = one(rows(small, Grain.COUNTY), "geoid", MECKLENBURG)
    assert (both["level"], both["local_agreements"], both["local_agencies"]) == ("county_wide", 2, 2)
    assert both["agreement_ids"] == "nc-davidson-police-tfm-2025-06-20;nc-piedmont-regional-jail-jem-2026-01-15"


def test_unplaced_agreement_is_counted_in_its_state_and_warned_of_in_its_counties(small: LoadedRecord) -> None:
    state = one(rows(small, Grain.STATE), "state_abbr", "NC")
    assert state["unplaced_agreements"] == 1
    assert set(rows(small, Grain.COUNTY, states=("NC",))["unplaced_in_state"]) == {1}
    assert set(rows(small, Grain.COUNTY, states=("AZ",))["unplaced_in_state"]) == {0}


def test_states_count_their_counties_by_level(small: LoadedRecord) -> None:
    frame = rows(small, Grain.STATE)
    assert len(frame) == 56
    assert frame["counties"].sum() == 3231
    levels = [f"counties_{level}" for level in ("county_wide", "local_only", "statewide_only", "none_listed")]
    assert (frame[levels].sum(axis=1) == frame["counties"]).all()
    carolina = one(frame, "state_abbr", "NC")
    assert [carolina[level] for level in levels] == [2, 0, 98, 0]
    assert (carolina["agreements"], carolina["agencies"], carolina["statewide_agreements"]) == (6, 5, 1)


def test_filters_of_place_narrow_the_rows_and_other_filters_do_not(small: LoadedRecord) -> None:
    assert counties_in_scope(Filters(counties=(MARICOPA,))) == [MARICOPA]
    assert list(rows(small, Grain.STATE, counties=(MARICOPA,))["state_abbr"]) == ["AZ"]
    assert len(rows(small, Grain.COUNTY, models=(Model.HYBRID,))) == 3231
    assert len(rows(small, Grain.STATE, status="ended")) == 56


# ---- agreement with the map, on the whole record

DAYS = st.dates(FIRST_DAY, dt.date(2026, 5, 11))
FILTERS = st.builds(
    Filters,
    models=st.lists(st.sampled_from(list(Model)), unique=True, max_size=2).map(tuple),
    states=st.lists(st.sampled_from(STATE_ABBRS), unique=True, max_size=3).map(tuple),
    agency_types=st.lists(st.sampled_from(list(AgencyType)), unique=True, max_size=2).map(tuple),
    status=st.sampled_from(["active", "ended", "superseded", "all"]),
    as_of=st.none() | DAYS,
)
FEW = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@FEW
@given(FILTERS)
def test_counts_of_every_grain_are_those_of_the_map(filters: Filters) -> None:
    record = shipped()
    selection = Selection(record, filters)
    counts = record.index.counts(filter_mask(record.agreements, filters))
    agreements, agencies = table(selection, Grain.AGREEMENT), table(selection, Grain.AGENCY)
    states, places = table(selection, Grain.STATE), table(selection, Grain.COUNTY)
    assert len(agreements) == counts.agreements == agencies["agreements"].sum() == states["agreements"].sum()
    assert len(agencies) == counts.agencies
    assert states["statewide_agreements"].sum() == counts.statewide
    assert states["unplaced_agreements"].sum() == counts.unplaced
    models = [model.code.lower() for model in Model]
    assert agencies[models].sum().sum() == states[models].sum().sum() == counts.agreements
    assert (places[models].sum(axis=1) == places["local_agreements"]).all()
    summary = record.index.summarize(selection.mask)
    at = [record.index.geoids.index(geoid) for geoid in places["geoid"]]
    assert list(places["level"]) == [str(LEVELS[level]) for level in summary.levels[at]]
    assert list(places["local_agreements"]) == summary.local[at].tolist()
    assert list(places["statewide_agreements"]) == summary.statewide[at].tolist()
    assert list(places["first_signed_year"].fillna(0)) == summary.first_year[at].tolist()
    covered = places[places["local_agreements"] > 0]
    if not filters.states:
        assert len(covered) == counts.counties


# ---- counties by month


@cache
def shipped_panel() -> pd.DataFrame:
    return table(Selection(shipped(), Filters()), Grain.PANEL)


def test_panel_has_every_county_in_every_month_since_july_2002() -> None:
    frame, told = shipped_panel(), months(shipped())
    assert len(frame) == 3231 * len(told)
    assert told[0].first == dt.date(2002, 7, 1)
    assert told[-1].day == shipped().newest_list
    assert not frame.duplicated(["geoid", "month"]).any()
    assert frame["month"].iloc[: len(told)].is_monotonic_increasing


@FEW
@given(st.data())
def test_month_of_the_panel_is_what_as_of_its_day_gives(data: st.DataObject) -> None:
    told = months(shipped())
    month = data.draw(st.sampled_from(told))
    here = shipped_panel()[shipped_panel()["month"] == pd.Timestamp(month.first)].reset_index(drop=True)
    wanted = rows(shipped(), Grain.COUNTY, as_of=month.day)
    assert (here["as_of"] == pd.Timestamp(month.day)).all()
    for column in ("geoid", "level", "local_agreements", "statewide_agreements"):
        assert here[column].astype("str").tolist() == wanted[column].astype("str").tolist(), column
    models = here[[model.code.lower() for model in Model]].sum(axis=1)
    assert models.tolist() == here["local_agreements"].tolist()


def test_first_treated_month_is_the_first_with_a_local_agreement() -> None:
    frame = shipped_panel()
    treated = frame[frame["local_agreements"] > 0].groupby("geoid", observed=True)["month"].min()
    told = frame.drop_duplicates("geoid").set_index("geoid")["first_treated_month"]
    assert told.dropna().to_dict() == treated.to_dict()
    assert frame.loc[~frame["ever_treated"], "local_agreements"].sum() == 0
    assert set(frame.loc[frame["ever_treated"], "geoid"]) == set(treated.index)
    assert told[MARICOPA] == pd.Timestamp("2007-02-01")
    assert told[MECKLENBURG] == pd.Timestamp("2006-02-01")


def test_panel_says_which_months_rest_on_lists(small: LoadedRecord) -> None:
    basis = {month.first: month.evidence for month in months(shipped())}
    assert basis[dt.date(2010, 6, 1)] == "documents"
    assert basis[dt.date(2020, 12, 1)] == "documents"
    assert basis[dt.date(2025, 6, 1)] == "list"
    assert [m.evidence for m in months(small)][-1] == "list"


def test_hybrid_counts_as_jail_enforcement_once_its_task_force_part_has_ended(small: LoadedRecord) -> None:
    frame = rows(small, Grain.PANEL, counties=(MARICOPA,))
    by_month = frame.set_index("month")[["hyb", "jem", "local_agreements"]]
    assert by_month.loc[pd.Timestamp("2009-09-01")].tolist() == [1, 0, 1]
    assert by_month.loc[pd.Timestamp("2009-10-01")].tolist() == [0, 1, 1]
    assert by_month.loc[pd.Timestamp("2011-12-01")].tolist() == [0, 0, 0]
    before, after = (models_on(small.agreements, dt.date(2009, 10, day)) for day in (15, 16))
    assert np.flatnonzero(before != after).tolist() == [
        list(small.agreements["agreement_id"]).index("az-maricopa-county-sheriff-hyb-2007-02-07")
    ]


def test_panel_takes_no_status_and_ends_with_as_of(small: LoadedRecord) -> None:
    with pytest.raises(UsageError, match="no status"):
        rows(small, Grain.PANEL, status="ended")
    frame = rows(small, Grain.PANEL, as_of=dt.date(2008, 2, 10), counties=(PINAL,))
    assert frame["as_of"].max() == pd.Timestamp("2008-02-10")
    assert frame["month"].max() == pd.Timestamp("2008-02-01")


def test_panel_of_a_model_counts_that_model_alone(small: LoadedRecord) -> None:
    frame = rows(small, Grain.PANEL, models=(Model.JAIL_ENFORCEMENT,), states=("NC",))
    assert frame["wso"].sum() == frame["tfm"].sum() == 0
    assert frame.loc[frame["geoid"] == CABARRUS, "jem"].max() >= 1


def test_selection_of_a_past_day_does_not_depend_on_what_else_is_filtered() -> None:
    """Which list is the first must be known from the whole record, not from the rows kept."""
    record, day = shipped(), dt.date(2021, 6, 30)
    whole = set(record.agreements.loc[in_force(record.agreements, day), "agreement_id"])
    for abbr in ("NC", "FL", "WY"):
        kept = Selection(record, replace(Filters(), states=(abbr,), as_of=day)).agreements
        assert set(kept["agreement_id"]) == {i for i in whole if i.startswith(f"{abbr.lower()}-")}
