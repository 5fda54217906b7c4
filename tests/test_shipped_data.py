"""Invariants of data/agreements.csv as shipped."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from running_app import ROOT

from geo.fips import county_geoids, state_fips
from map_app.agreements import FIRST_SIGNING, Record, read_agreements
from map_app.changes import changes_between
from map_app.coverage import CoverageIndex
from map_app.filters import Filters, apply_filters, filter_mask, in_force
from map_app.popups import CountyAgreements, county_popup
from map_app.text import Text
from map_app.vocabulary import Model

#: Unplaced agreements may only become fewer: lower this when they do. Half a percent is the standard.
UNPLACED_CEILING = 38
MARICOPA, MECKLENBURG, MIAMI_DADE, GUAM = "04013", "37119", "12086", "66010"


@pytest.fixture(scope="module")
def shipped() -> Record:
    return read_agreements(ROOT / "data" / "agreements.csv")


@pytest.fixture(scope="module")
def agreements(shipped: Record) -> pd.DataFrame:
    return shipped.agreements


def test_shipped_record_has_no_fault(shipped: Record) -> None:
    assert [str(fault) for fault in shipped.faults] == []
    assert shipped.set_aside == 0


def test_ids_are_unique(agreements: pd.DataFrame) -> None:
    assert not agreements["agreement_id"].duplicated().any()


def test_id_is_built_from_state_agency_model_and_date(agreements: pd.DataFrame) -> None:
    for row in agreements.to_dict("records"):
        code = Model(row["model"]).code.lower()
        head, date = row["agreement_id"].rsplit(f"-{code}-", 1)
        assert head == row["agency_id"]
        assert head.startswith(f"{row['state_abbr'].lower()}-")
        if pd.isna(row["signed_date"]):
            assert re.fullmatch(r"undated|(19|20)\d{2}(-\d{2})?", date)
        else:
            assert date == f"{row['signed_date']:%Y-%m-%d}"


def test_one_agency_has_one_name_one_state_and_one_type(agreements: pd.DataFrame) -> None:
    per_agency = agreements.groupby("agency_id")[["agency_name", "state_abbr", "agency_type"]].nunique()
    assert per_agency[(per_agency != 1).any(axis=1)].to_dict("index") == {}


def test_every_geoid_exists_and_lies_in_the_state_of_its_agency(agreements: pd.DataFrame) -> None:
    known = county_geoids()
    for state, geoids in zip(agreements["state_abbr"], agreements["county_geoids"], strict=True):
        for geoid in filter(None, geoids.split(";")):
            assert geoid in known
            assert geoid.startswith(state_fips(state))


def test_no_agreement_names_a_county_twice(agreements: pd.DataFrame) -> None:
    lists = agreements["county_geoids"].str.split(";")
    assert [geoids for geoids in lists if len(geoids) != len(set(geoids))] == []


def test_every_agreement_is_placed_or_gives_its_reason(agreements: pd.DataFrame) -> None:
    unplaced = agreements[agreements["placement"] == "unplaced"]
    assert (unplaced["placement_note"] != "").all()
    placed = agreements[agreements["placement"] != "unplaced"]
    assert ((placed["county_geoids"] != "") | (placed["coverage"] == "statewide")).all()


def test_unplaced_agreements_stay_at_or_below_the_ceiling(agreements: pd.DataFrame) -> None:
    assert (agreements["placement"] == "unplaced").sum() <= UNPLACED_CEILING


def test_state_agencies_are_never_pinned_to_the_county_of_their_headquarters(agreements: pd.DataFrame) -> None:
    state = agreements[(agreements["agency_type"] == "state") & (agreements["placement"] != "curated")]
    assert set(state["coverage"].astype(str)) <= {"statewide", ""}


def test_every_active_agreement_is_on_the_newest_list_or_says_since_when_it_is_not(agreements: pd.DataFrame) -> None:
    """An agreement counts as ended only after three lists without it."""
    newest = agreements["last_listed_date"].max()
    active = agreements[agreements["status"] == "active"]
    missing = active[active["last_listed_date"] != newest]
    assert missing["first_missing_date"].notna().all()
    assert len(missing) <= len(active) / 100
    listed = active[active["last_listed_date"] == newest]
    assert listed["first_missing_date"].isna().all()


def test_no_ended_agreement_is_on_the_newest_list(agreements: pd.DataFrame) -> None:
    on_newest = agreements[agreements["last_listed_date"] == agreements["last_listed_date"].max()]
    assert set(on_newest["status"].astype(str)) <= {"active", "superseded"}


def test_dates_lie_between_the_first_signing_and_the_newest_list(agreements: pd.DataFrame) -> None:
    newest = agreements["last_listed_date"].max()
    assert newest.date() <= dt.date.today()
    for name in ("signed_date", "first_listed_date", "last_listed_date", "ended_date"):
        days = agreements[name].dropna()
        assert ((days >= FIRST_SIGNING) & (days <= newest)).all(), name


def test_nothing_ends_before_it_was_signed(agreements: pd.DataFrame) -> None:
    both = agreements.dropna(subset=["signed_date", "ended_date"])
    assert list(both.loc[both["ended_date"] < both["signed_date"], "agreement_id"]) == []


def test_nothing_is_listed_before_it_was_signed_but_where_its_date_was_corrected(agreements: pd.DataFrame) -> None:
    """ICE lists some agreements under one date and later under another; the correction says so with evidence."""
    both = agreements.dropna(subset=["signed_date", "first_listed_date"])
    early = both[(both["first_listed_date"] < both["signed_date"]) & ~both["corrections"].str.contains("date-")]
    assert list(early["agreement_id"]) == []


def test_year_of_signing_is_known_for_every_agreement(agreements: pd.DataFrame) -> None:
    assert agreements["signed_year"].notna().all()


def test_links_lead_to_ice_itself_or_an_archive_over_http(agreements: pd.DataFrame) -> None:
    for name in ("moa_url", "addendum_url"):
        links = agreements.loc[agreements[name] != "", name]
        assert links.str.fullmatch(r"https?://[^\s<>\"']+").all()
    linked = agreements["moa_status"] == "linked"
    assert (agreements.loc[linked, "moa_url"] != "").all()


#: Days on which `--as-of` shows one agreement that the last list of the day lacks: gone for one list or two and back
#: (Fort Walton Beach, Rooks County, Garrett County), or gone from the two newest (Grafton County).
SLIPS = {"2025-08-01", "2025-09-08", "2026-03-03", "2026-05-08", "2026-05-11"}


def test_every_day_of_a_list_shows_as_many_agreements_as_the_last_list_of_that_day(agreements: pd.DataFrame) -> None:
    sources = pd.read_csv(ROOT / "data" / "SOURCES.csv", dtype=str, keep_default_na=False)
    believed = sources[(sources["kind"] == "participating") & (sources["set_aside_reason"] == "")]
    assert len(believed) > 170
    last = {day: int(rows) for day, rows in zip(believed["list_date"], believed["rows_kept"], strict=True)}
    off = {day: int(in_force(agreements, dt.date.fromisoformat(day)).sum()) - rows for day, rows in last.items()}
    assert {day: number for day, number in off.items() if number} == dict.fromkeys(SLIPS, 1)


@pytest.mark.parametrize(
    ("agreement_id", "left", "back"),
    [
        ("fl-florida-fish-and-wildlife-conservation-commission-tfm-2025-02-14", "2025-07-15", "2025-07-23"),
        ("pa-east-donegal-township-constables-office-tfm-2025-07-15", "2025-07-24", "2025-07-29"),
        ("pa-stowe-township-police-department-tfm-2025-12-11", "2025-12-04", "2025-12-12"),
        ("tx-southside-place-police-department-tfm-2025-06-13", "2025-07-18", "2026-03-02"),
        ("wy-wyoming-state-highway-patrol-tfm-2025-07-24", "2025-07-24", "2025-07-30"),
    ],
)
def test_agreement_off_the_lists_is_not_shown_on_the_days_between(
    agreements: pd.DataFrame, agreement_id: str, left: str, back: str
) -> None:
    (at,) = np.flatnonzero(agreements["agreement_id"] == agreement_id)
    first, second = dt.date.fromisoformat(left), dt.date.fromisoformat(back)
    for day in (first, first + (second - first) / 2, second - dt.timedelta(days=1)):
        assert not in_force(agreements, day)[at], day
    assert in_force(agreements, second)[at]
    if agreements.loc[at, "first_listed_date"].date() < first:
        assert in_force(agreements, first - dt.timedelta(days=1))[at]


def test_no_other_agreement_was_off_the_lists(agreements: pd.DataFrame) -> None:
    assert (agreements["unlisted_periods"] != "").sum() == 5


def test_changes_from_list_to_list_account_for_what_each_shows(agreements: pd.DataFrame) -> None:
    """Shown now = shown before, with those added and relisted, without those ended, superseded and unlisted."""
    days = sorted({day.date() for day in agreements["first_listed_date"].dropna()})
    shown = [set(agreements.loc[in_force(agreements, day), "agreement_id"]) for day in days]
    not_told: set[str] = set()
    for (start, before), (end, after) in pairwise(zip(days, shown, strict=True)):
        told = {
            kind: set(held["agreement_id"]) for kind, held in changes_between(agreements, start, end).by_kind().items()
        }
        came, went = told["added"] | told["relisted"], told["ended"] | told["superseded"] | told["unlisted"]
        assert not before & came, end
        not_told |= ((before | came) - went) ^ after
    assert not_told == set()


def test_changes_over_years_tell_every_absence_and_return(agreements: pd.DataFrame) -> None:
    told = changes_between(agreements, dt.date(2021, 1, 1), dt.date(2026, 5, 11))
    assert len(told.unlisted) == len(told.relisted) == 5
    assert not set(told.unlisted["agreement_id"]) & set(told.ended["agreement_id"])


def test_agreements_in_force_today_are_the_active_ones(agreements: pd.DataFrame) -> None:
    newest = agreements["last_listed_date"].max().date()
    today = apply_filters(agreements, Filters(as_of=newest))
    active = apply_filters(agreements, Filters())
    assert set(today["agreement_id"]) == set(active["agreement_id"])


@pytest.mark.parametrize(
    ("geoid", "names"),
    [
        (MARICOPA, ["Mesa Police Department"]),
        (MIAMI_DADE, ["Florida Department of Law Enforcement", "Division of Highway Patrol"]),
        (GUAM, ["Attorney General"]),
    ],
)
def test_popup_of_a_known_county_names_its_agencies(
    agreements: pd.DataFrame, english: Text, geoid: str, names: list[str]
) -> None:
    index, mask = CoverageIndex(agreements), filter_mask(agreements, Filters())
    local, statewide = index.rows_of_county(geoid, mask)
    unplaced = agreements.iloc[index.unplaced_in_state(geoid, mask)]
    here = CountyAgreements(
        geoid, agreements.iloc[local], agreements.iloc[statewide], unplaced, index.level(geoid, mask)
    )
    html = county_popup(here, "today", english)
    assert [name for name in names if name not in html] == []
    assert html.count('class="model ') == len(local) + len(statewide)


def test_every_active_placed_agreement_is_painted_somewhere(agreements: pd.DataFrame) -> None:
    index, mask = CoverageIndex(agreements), filter_mask(agreements, Filters())
    painted: set[int] = set()
    for geoid in index.geoids:
        local, statewide = index.rows_of_county(geoid, mask)
        painted |= set(local) | set(statewide)
    active = agreements[mask]
    missing = set(agreements.index[mask]) - painted
    assert set(agreements.loc[sorted(missing), "placement"].astype(str)) <= {"unplaced"}
    assert len(painted) + len(missing) == len(active)
