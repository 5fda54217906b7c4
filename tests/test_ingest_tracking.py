from __future__ import annotations

import datetime as dt

import pytest

from map_app.ingest.cleaning import CleanRow
from map_app.ingest.links import Link
from map_app.ingest.names import agency_key
from map_app.ingest.tracking import HistoryRecord, ListedOn, day_in_name, list_order, merge_duplicates, track
from map_app.vocabulary import EndedBasis, MoaStatus, Model, Status

JAIL, TASK_FORCE = Model.JAIL_ENFORCEMENT, Model.TASK_FORCE
BEE = "Bee County Sheriff's Office"


def row(name=BEE, model=TASK_FORCE, signed="2025-03-01", number=2, url="", state="TX") -> CleanRow:
    return CleanRow(
        file="a.xlsx",
        row=number,
        state_abbr=state,
        agency_name=name,
        agency_key=agency_key(name),
        printed_name=name,
        printed_type="County",
        type_hint="County",
        printed_county="",
        model=model,
        signed_date=signed,
        printed_date=signed,
        moa_status=MoaStatus.LINKED if url else None,
        moa=Link(url),
        addendum=Link(),
        corrections=(),
    )


def lists(*contents: list[CleanRow]) -> list[ListedOn]:
    """One list a week from 3 March 2025, each standing six days."""
    first = dt.date(2025, 3, 3)
    return [
        ListedOn(f"{at}.xlsx", first + dt.timedelta(days=7 * at), first + dt.timedelta(days=7 * at + 5), rows)
        for at, rows in enumerate(contents)
    ]


def record(signed="2019-05-01", ended="", basis=None, model=JAIL, month="") -> HistoryRecord:
    return HistoryRecord(
        line=2,
        state_abbr="TX",
        agency_name=BEE,
        agency_key=agency_key(BEE),
        level="county",
        county="Bee",
        model=model,
        signed_date=signed,
        signed_month=month,
        ended_date=ended,
        ended_month="",
        ended_basis=basis,
        task_force_ended_date="",
        sources="GAO",
        moa_url="",
        archive_url="",
        note="",
        corrections=(),
    )


def test_agency_with_two_models_keeps_two_rows():
    agreements = track(lists([row(), row(model=JAIL)]))
    assert [(a.model, a.status) for a in agreements] == [(JAIL, Status.ACTIVE), (TASK_FORCE, Status.ACTIVE)]


@pytest.mark.parametrize(("absences", "status"), [(1, Status.ACTIVE), (2, Status.ACTIVE), (3, Status.ENDED)])
def test_agreement_ends_only_after_three_later_lists_lack_it(absences, status):
    (agreement,) = track(lists([row()], *([[]] * absences)))
    assert agreement.status is status
    assert agreement.first_missing == "2025-03-10"
    if status is Status.ENDED:
        assert agreement.ended_date == "2025-03-08"  # the last day the list stood
        assert agreement.ended_basis is EndedBasis.LAST_LISTED


def test_agreement_that_comes_back_has_not_ended():
    (agreement,) = track(lists([row()], [], [], [], [], [row()]))
    assert agreement.status is Status.ACTIVE
    assert agreement.gaps() == [(1, 4)]


@pytest.mark.parametrize(("absences", "told"), [(2, []), (3, [("2025-03-10", "2025-03-31")])])
def test_absence_is_told_where_it_would_have_been_an_end(absences, told):
    held = lists([row()], *([[]] * absences), [row()])
    (agreement,) = track(held)
    assert [(str(left), str(back)) for left, back in agreement.unlisted_periods(held)] == told


def test_two_absences_are_two_periods_and_the_last_one_is_no_period():
    held = lists([row()], [], [], [], [row()], [row()], [], [], [], [row()], [], [], [])
    (agreement,) = track(held)
    assert [(str(left), str(back)) for left, back in agreement.unlisted_periods(held)] == [
        ("2025-03-10", "2025-03-31"),
        ("2025-04-14", "2025-05-05"),
    ]
    assert (agreement.status, agreement.first_missing) == (Status.ENDED, "2025-05-12")


def on_days(*contents):
    """Lists of these days, in order."""
    days = [(dt.date(2025, 3, day), rows) for day, rows in contents]
    return [ListedOn(f"{at}.xlsx", day, day, rows) for at, (day, rows) in enumerate(days)]


def test_absence_within_one_day_is_no_period():
    held = on_days((3, [row()]), (4, []), (4, []), (4, []), (4, [row()]))
    assert track(held)[0].unlisted_periods(held) == []


def test_return_that_does_not_outlast_its_day_does_not_end_the_period():
    held = on_days((3, [row()]), (4, []), (5, []), (6, []), (7, [row()]), (7, []), (8, []), (9, []), (10, [row()]))
    assert track(held)[0].unlisted_periods(held) == [(dt.date(2025, 3, 4), dt.date(2025, 3, 10))]


def test_same_model_signed_later_supersedes():
    old, new = track(lists([row()], [row(signed="2025-03-09")]))
    assert (old.status, old.ended_date, old.ended_basis) == (
        Status.SUPERSEDED,
        "2025-03-09",
        EndedBasis.SUPERSEDED,
    )
    assert new.status is Status.ACTIVE


def test_other_model_signed_later_does_not_supersede():
    held = track(lists([row()], [row(), row(model=JAIL, signed="2025-03-09")]))
    assert {a.status for a in held} == {Status.ACTIVE}


def test_signing_long_after_the_end_does_not_supersede():
    old, new = track(lists([row()], [], [], [], [row(signed="2025-03-30")]))
    assert (old.status, old.ended_basis) == (Status.ENDED, EndedBasis.LAST_LISTED)
    assert new.status is Status.ACTIVE


def test_same_agency_name_in_two_states_is_two_agencies():
    held = track(lists([row(), row(state="KS")]))
    assert len({a.agency for a in held}) == 2


def test_record_and_list_row_of_one_signing_are_one_agreement():
    (agreement,) = track(lists([row(model=JAIL, signed="2019-05-01")]), [record()])
    assert len(agreement.rows) == len(agreement.records) == 1
    assert agreement.status is Status.ACTIVE


def test_record_that_no_list_shows_has_ended_before_the_lists():
    (agreement,) = track(lists([], [], []), [record()])
    assert (agreement.status, agreement.ended_date, agreement.first_missing) == (
        Status.ENDED,
        "2020-12-31",
        "2025-03-03",
    )


def test_end_in_a_document_stands():
    (agreement,) = track(lists([]), [record(ended="2019-09-30", basis=EndedBasis.EXACT)])
    assert (agreement.status, agreement.ended_date, agreement.ended_basis) == (
        Status.ENDED,
        "2019-09-30",
        EndedBasis.EXACT,
    )


def test_row_printed_twice_is_merged_into_the_one_with_a_memorandum():
    kept, (merged,) = merge_duplicates([row(number=5, url="https://www.ice.gov/a.pdf"), row(number=9)])
    assert [r.row for r in kept] == [5]
    assert (merged.row, merged.into) == (9, 5)


def test_lists_of_one_day_are_in_the_order_ice_published_them():
    day = dt.date(2025, 7, 24)
    files = [
        "participatingAgencies07242025pm_b.xlsx",
        "participatingAgencies07242025am.xlsx",
        "participatingAgencies07242025pm.xlsx",
        "participatingAgencies07242025mid.xlsx",
    ]
    assert sorted(files, key=lambda f: list_order(f, day)) == [
        "participatingAgencies07242025am.xlsx",
        "participatingAgencies07242025mid.xlsx",
        "participatingAgencies07242025pm.xlsx",
        "participatingAgencies07242025pm_b.xlsx",
    ]


@pytest.mark.parametrize(
    ("file", "day"),
    [
        ("participatingAgencies05112026am.xlsx", dt.date(2026, 5, 11)),
        ("participatingAgencies-20250318231034.xlsx", dt.date(2025, 3, 18)),
        ("participatingAgencies04232026.xlsx", dt.date(2026, 4, 23)),
        ("participatingAgencies090022025am.xlsx", None),
        ("agencies.xlsx", None),
    ],
)
def test_file_name_gives_the_day_or_nothing(file, day):
    assert day_in_name(file) == day
