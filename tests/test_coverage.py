"""The record joined to counties: levels, counts, and which agreements can act where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from example_record import CABARRUS, GUAM, MARICOPA, MECKLENBURG, PINAL, ROWS, WAKE

from map_app.agreements import Record, empty_agreements
from map_app.coverage import LEVELS, CoverageIndex
from map_app.filters import Filters, filter_mask
from map_app.vocabulary import Model, Participation


@pytest.fixture(scope="module")
def agreements(read_record: Record) -> pd.DataFrame:
    return read_record.agreements


@pytest.fixture(scope="module")
def index(agreements: pd.DataFrame) -> CoverageIndex:
    return CoverageIndex(agreements)


def mask_of(agreements: pd.DataFrame, **narrowing: object) -> np.ndarray:
    return filter_mask(agreements, Filters(**narrowing))


@pytest.mark.parametrize(
    ("geoid", "level"),
    [
        (PINAL, Participation.COUNTY_WIDE),
        (MARICOPA, Participation.LOCAL_ONLY),
        (MECKLENBURG, Participation.COUNTY_WIDE),  # the regional jail covers it
        (CABARRUS, Participation.COUNTY_WIDE),
        (WAKE, Participation.STATEWIDE_ONLY),
        (GUAM, Participation.STATEWIDE_ONLY),
        ("04001", Participation.NONE_LISTED),
        ("48201", Participation.NONE_LISTED),
    ],
)
def test_level_is_the_strongest_of_what_covers_the_county(
    agreements: pd.DataFrame, index: CoverageIndex, geoid: str, level: Participation
) -> None:
    mask = mask_of(agreements)
    assert index.level(geoid, mask) is level
    assert LEVELS[index.summarize(mask).levels[index.geoids.index(geoid)]] is level


def test_part_of_county_alone_is_not_county_wide(agreements: pd.DataFrame, index: CoverageIndex) -> None:
    mask = mask_of(agreements, models=(Model.TASK_FORCE,))
    assert index.level(MECKLENBURG, mask) is Participation.LOCAL_ONLY


def test_statewide_agreement_reaches_every_county_of_its_state_and_no_other(
    agreements: pd.DataFrame, index: CoverageIndex
) -> None:
    summary = index.summarize(mask_of(agreements))
    reached = {geoid for geoid, n in zip(index.geoids, summary.statewide, strict=True) if n}
    assert reached == {geoid for geoid in index.geoids if geoid[:2] in ("37", "66")}


def test_agreement_over_two_counties_counts_in_both_and_once_in_the_total(
    agreements: pd.DataFrame, index: CoverageIndex
) -> None:
    mask = mask_of(agreements, models=(Model.JAIL_ENFORCEMENT,), agency_types=())
    summary = index.summarize(mask)
    assert summary.local[index.geoids.index(MECKLENBURG)] == 1
    assert summary.local[index.geoids.index(CABARRUS)] == 2
    assert index.counts(mask).agreements == 2


def test_counts_name_each_unit(agreements: pd.DataFrame, index: CoverageIndex) -> None:
    counts = index.counts(mask_of(agreements))
    active = [row for row in ROWS if row["status"] == "active"]
    assert counts.agreements == len(active) == 9
    assert counts.agencies == len({row["agency_id"] for row in active}) == 8
    assert counts.counties == 4  # Pinal, Maricopa, Mecklenburg, Cabarrus
    assert counts.states == 3
    assert counts.statewide == 2
    assert counts.unplaced == 1


def test_nothing_selected_counts_nothing(agreements: pd.DataFrame, index: CoverageIndex) -> None:
    nothing = np.zeros(len(agreements), dtype=bool)
    assert set(vars(index.counts(nothing)).values()) == {0}
    summary = index.summarize(nothing)
    assert not summary.levels.any()
    assert not summary.local.any()
    assert not summary.first_year.any()


def test_empty_record_joins_to_every_county_with_nothing() -> None:
    index = CoverageIndex(empty_agreements())
    nothing = np.zeros(0, dtype=bool)
    assert len(index.geoids) > 3000
    assert not index.summarize(nothing).levels.any()
    assert index.level(MARICOPA, nothing) is Participation.NONE_LISTED


def test_models_of_a_county_are_those_of_its_local_agreements_only(
    agreements: pd.DataFrame, index: CoverageIndex
) -> None:
    summary = index.summarize(mask_of(agreements))
    bits = {model: 1 << i for i, model in enumerate(Model)}
    cabarrus = summary.models[index.geoids.index(CABARRUS)]
    assert cabarrus == bits[Model.JAIL_ENFORCEMENT] | bits[Model.WARRANT_SERVICE]
    assert summary.models[index.geoids.index(WAKE)] == 0


def test_first_year_is_the_earliest_of_the_selection_and_zero_without_any(
    agreements: pd.DataFrame, index: CoverageIndex
) -> None:
    every = index.summarize(mask_of(agreements, status="all")).first_year
    active = index.summarize(mask_of(agreements)).first_year
    at = index.geoids.index
    assert (every[at(MECKLENBURG)], active[at(MECKLENBURG)]) == (2006, 2025)
    assert (every[at(WAKE)], active[at(WAKE)]) == (2007, 0)


def test_rows_of_a_county_are_split_into_local_and_statewide(agreements: pd.DataFrame, index: CoverageIndex) -> None:
    local, statewide = index.rows_of_county(MECKLENBURG, mask_of(agreements))
    assert set(agreements.iloc[local]["agency_id"]) == {"nc-davidson-police", "nc-piedmont-regional-jail"}
    assert set(agreements.iloc[statewide]["agency_id"]) == {"nc-state-patrol"}


def test_unplaced_agreements_are_those_of_the_state(agreements: pd.DataFrame, index: CoverageIndex) -> None:
    mask = mask_of(agreements)
    assert set(agreements.iloc[index.unplaced_in_state(WAKE, mask)]["agency_id"]) == {"nc-riverbend-constable"}
    assert len(index.unplaced_in_state(PINAL, mask)) == 0


def test_statewide_agreements_are_counted_per_state(agreements: pd.DataFrame, index: CoverageIndex) -> None:
    assert index.statewide_by_state(mask_of(agreements)) == {"37": 1, "66": 1}


def test_county_that_does_not_exist_is_refused(agreements: pd.DataFrame, index: CoverageIndex) -> None:
    with pytest.raises(KeyError):
        index.rows_of_county("99999", mask_of(agreements))
