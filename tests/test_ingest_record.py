"""The record as `map-app ingest` builds it: from the golden rows, and as shipped."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook as NewWorkbook

from map_app.agreements import COLUMNS, typed_agreements
from map_app.changes import changes_between
from map_app.filters import in_force
from map_app.ingest.build import as_csv, build_record
from map_app.ingest.command import run_ingest
from map_app.ingest.corrections import load_corrections
from map_app.ingest.history import HISTORY_DIR, load_list_days, load_records
from map_app.ingest.published import compare_published, published_table
from map_app.ingest.tracking import day_in_name
from map_app.ingest.workbooks import read_workbook

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[1]
GOLDEN = DATA / "participatingAgencies05112026am.xlsx"
HEADINGS = ["STATE", "LAW ENFORCEMENT AGENCY", "TYPE", "COUNTY", "SUPPORT TYPE", "SIGNED", "MOA", "ADDENDUM"]


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return pd.read_csv(ROOT / "data" / "agreements.csv", dtype=str, keep_default_na=False, encoding="utf-8")


def write_list(folder: Path, day: dt.date, rows: list[list[object]], headings=HEADINGS, kind="participating") -> Path:
    book = NewWorkbook()
    book.active.append(headings)
    for row in rows:
        book.active.append(row)
    path = folder / f"{kind}Agencies{day:%m%d%Y}am.xlsx"
    book.save(path)
    return path


def texan(county: str, signed=dt.datetime(2025, 3, 4), model="Task Force Model") -> list[object]:
    return [
        "TEXAS",
        f"{county} County Sheriff's Office",
        "County",
        f"{county} County",
        model,
        signed,
        "link pending",
        None,
    ]


# Golden rows


def test_golden_rows_become_the_golden_csv():
    record = build_record([read_workbook(GOLDEN)], None, load_corrections())
    wanted = pd.read_csv(DATA / "golden.csv", dtype=str, keep_default_na=False)
    assert record.problems == []
    # The wording of a placement's evidence is placing's own; its verdict is not.
    pd.testing.assert_frame_equal(record.frame.drop(columns="placement_note"), wanted.drop(columns="placement_note"))


def test_order_of_the_workbooks_does_not_change_a_byte(tmp_path):
    write_list(tmp_path, dt.date(2025, 3, 10), [texan("Bee"), texan("Kent")])
    write_list(tmp_path, dt.date(2025, 3, 17), [texan("Kent"), texan("Bee")])
    books = [read_workbook(path) for path in sorted(tmp_path.glob("*.xlsx"))]
    one = build_record(books, None, load_corrections())
    two = build_record(books[::-1], None, load_corrections())
    assert as_csv(one.frame) == as_csv(two.frame)


def test_id_does_not_change_with_the_spelling_of_a_newer_list(tmp_path):
    write_list(tmp_path, dt.date(2025, 3, 10), [texan("Bee")])
    newer = texan("Bee")
    newer[1] = "Bee County Sheriffs Department "
    write_list(tmp_path, dt.date(2025, 3, 17), [newer])
    frame = build_record([read_workbook(p) for p in tmp_path.glob("*.xlsx")], None, load_corrections()).frame
    assert frame["agreement_id"].tolist() == ["tx-bee-county-sheriffs-office-tfm-2025-03-04"]
    assert frame.loc[0, "agency_name"] == "Bee County Sheriff's Department"
    assert frame.loc[0, "printed_name"] == "Bee County Sheriffs Department"


def test_list_that_loses_more_than_a_tenth_is_set_aside_and_ends_nothing(tmp_path):
    counties = ["Bee", "Kent", "Hill", "Webb", "Lamb", "Polk", "Rusk", "Hays", "Ward", "Cass", "Lynn"]
    for day in (10, 24, 25, 26):
        write_list(tmp_path, dt.date(2025, 3, day), [texan(county) for county in counties])
    write_list(tmp_path, dt.date(2025, 3, 17), [texan(county) for county in counties[:5]])
    record = build_record([read_workbook(p) for p in tmp_path.glob("*.xlsx")], None, load_corrections())
    (account,) = [a for a in record.accounts if a.reason]
    assert account.file == "participatingAgencies03172025am.xlsx"
    assert (account.rows, account.kept, account.set_aside) == (5, 0, 5)
    assert set(record.frame["status"]) == {"active"}


def test_every_day_shows_what_the_last_list_of_the_day_holds(tmp_path):
    """Bee goes for three lists and is back, goes for two (a slip), and is back; Kent ends."""
    days = [dt.date(2025, 3, 10) + dt.timedelta(days=3 * at) for at in range(12)]
    others = [
        texan(county) for county in ("Hill", "Webb", "Lamb", "Polk", "Rusk", "Hays", "Ward", "Cass", "Lynn", "King")
    ]
    without_bee, slips, without_kent = {2, 3, 4}, {7, 8}, {9, 10, 11}
    for at, day in enumerate(days):
        own = [] if at in without_bee | slips else [texan("Bee")]
        own += [] if at in without_kent else [texan("Kent")]
        write_list(tmp_path, day, [*others, *own])
    record = build_record([read_workbook(p) for p in tmp_path.glob("*.xlsx")], None, load_corrections())
    frame = typed_agreements(record.frame)
    bee, kent = (frame["agency_name"].str.startswith(name).to_numpy() for name in ("Bee", "Kent"))
    assert frame.loc[bee, "unlisted_periods"].tolist() == ["2025-03-16/2025-03-25"]
    assert set(frame.loc[~bee, "unlisted_periods"]) == {""}
    for at, day in enumerate(days):
        for later in range(3):
            shown = in_force(frame, day + dt.timedelta(days=later))
            assert shown[bee].all() == (at not in without_bee), (day, later)
            assert shown[kent].all() == (at not in without_kent), (day, later)


# The command


def test_ingest_accounts_for_every_row_and_writes_its_companions(tmp_path):
    out, report = tmp_path / "agreements.csv", tmp_path / "report.json"
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    write_list(sheets, dt.date(2025, 3, 10), [texan("Bee"), texan("Bee"), texan("Kent")])
    write_list(sheets, dt.date(2025, 3, 3), [texan("Bee")[:5], texan("Hill")[:5]], HEADINGS[:5], "pending")
    assert run_ingest([sheets], None, out, report) == 0
    assert b"\r" not in out.read_bytes()
    held = json.loads(report.read_text(encoding="utf-8"))
    rows = held["rows"]["participating"]
    assert (rows["rows"], rows["kept"], rows["merged"]) == (3, 2, 1)
    assert held["rows_merged"] == [{"file": "participatingAgencies03102025am.xlsx", "row": 2, "into_row": 3}]
    assert all(check["passed"] for check in held["checks"] if check["stops"])
    pending = pd.read_csv(tmp_path / "pending.csv", dtype=str, keep_default_na=False)
    assert dict(zip(pending["agency_name"], pending["outcome"], strict=True)) == {
        "Bee County Sheriff's Office": "signed",
        "Hill County Sheriff's Office": "unknown",
    }
    sources = pd.read_csv(tmp_path / "SOURCES.csv", dtype=str, keep_default_na=False)
    assert sources["rows"].tolist() == ["3", "2"]


def test_failing_check_leaves_the_old_record_untouched(tmp_path, capsys):
    out = tmp_path / "agreements.csv"
    out.write_text("as it was\n", encoding="utf-8")
    path = write_list(tmp_path, dt.date(2025, 3, 10), [texan("Bee"), texan("Kent", model="Task Farce")])
    assert run_ingest([path], None, out, tmp_path / "report.json") == 1
    assert out.read_text(encoding="utf-8") == "as it was\n"
    message = capsys.readouterr().err
    assert "participatingAgencies03102025am.xlsx, row 3, column SUPPORT TYPE" in message
    assert "'Task Farce'" in message


def test_date_that_cannot_be_read_keeps_the_agreement_and_is_said(tmp_path, capsys):
    path = write_list(tmp_path, dt.date(2025, 3, 10), [texan("Bee", signed="3/4/20026")])
    out = tmp_path / "agreements.csv"
    assert run_ingest([path], None, out, None) == 0
    frame = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert frame["agreement_id"].tolist() == ["tx-bee-county-sheriffs-office-tfm-undated"]
    assert "'3/4/20026'" in capsys.readouterr().err


def test_second_build_of_the_same_lists_changes_nothing(tmp_path, capsys):
    path = write_list(tmp_path, dt.date(2025, 3, 10), [texan("Bee")])
    out = tmp_path / "agreements.csv"
    run_ingest([path], None, out, None)
    before = out.read_bytes()
    capsys.readouterr()
    assert run_ingest([path], None, out, None) == 0
    assert out.read_bytes() == before
    assert "0 added, 0 removed, 0 ended, 0 changed" in capsys.readouterr().err


@pytest.mark.parametrize("sheets", ["none.xlsx", "empty"])
def test_nothing_to_read_is_one_line_and_code_one(tmp_path, capsys, sheets):
    (tmp_path / "empty").mkdir()
    assert run_ingest([tmp_path / sheets], None, tmp_path / "a.csv", None) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("map-app ingest: ")


# The record before the lists, and the record as shipped


def test_every_row_of_the_history_names_its_sources():
    with (HISTORY_DIR / "agreements_2002_2020.csv").open(encoding="utf-8", newline="") as lines:
        assert all(row["sources"].strip() for row in csv.DictReader(lines))
    assert len(load_records(HISTORY_DIR, load_corrections())) == 417


def test_known_days_of_lists_are_those_of_their_names_or_explained():
    with (HISTORY_DIR / "lists.csv").open(encoding="utf-8", newline="") as lines:
        notes = {row["file"]: row["note"] for row in csv.DictReader(lines)}
    for file, known in load_list_days(HISTORY_DIR).items():
        assert known.until >= known.day
        assert day_in_name(file) == known.day or notes[file], file


def test_shipped_record_has_the_columns_of_the_schema_in_order(shipped):
    assert shipped.columns.tolist() == [column.name for column in COLUMNS]


def test_shipped_record_shows_all_1797_rows_of_the_newest_list(shipped):
    assert (shipped["last_listed_date"] == "2026-05-11").sum() == 1797


def test_the_thirteen_first_agencies_of_march_2007_are_those_ice_named(shipped):
    record = typed_agreements(shipped)
    names = set(record[in_force(record, dt.date(2007, 3, 1))]["agency_id"])
    assert names == {
        "al-alabama-department-of-public-safety",
        "az-arizona-department-of-corrections",
        "az-maricopa-county-sheriffs-office",
        "ca-los-angeles-county-sheriffs-office",
        "ca-orange-county-sheriffs-office",
        "ca-riverside-county-sheriffs-office",
        "ca-san-bernardino-county-sheriffs-office",
        "fl-florida-department-of-law-enforcement",
        "ga-cobb-county-sheriffs-office",
        "nc-alamance-county-sheriffs-office",
        "nc-gaston-county-sheriffs-office",
        "nc-mecklenburg-county-sheriffs-office",
        "tn-davidson-county-sheriffs-office",
    }


def test_nine_of_ten_published_counts_agree_and_the_table_is_the_shipped_one(shipped):
    counts = compare_published(shipped, HISTORY_DIR)
    answered = [count for count in counts if count.ours is not None]
    assert sum(count.agrees for count in answered) >= 0.9 * len(answered)
    assert all(count.reason for count in answered if not count.agrees_as_printed)
    assert (ROOT / "docs" / "published-counts.md").read_text(encoding="utf-8") == published_table(counts)


@pytest.mark.parametrize(
    ("as_of", "quantity", "published"),
    [
        ("2010-08-01", "agreements", 71),
        ("2010-08-01", "model:JEM agencies", 32),
        ("2010-08-01", "model:Hybrid agencies", 13),
        ("2009-02-28", "agencies", 67),
        ("2009-02-28", "states", 23),
        ("2022-03-05", "agencies", 142),
    ],
)
def test_named_published_count_is_met_exactly(shipped, as_of, quantity, published):
    (count,) = [c for c in compare_published(shipped, HISTORY_DIR) if (c.as_of, c.quantity) == (as_of, quantity)]
    assert count.published == published
    assert (count.counted if count.counted is not None else count.ours) == published


@pytest.mark.parametrize(
    ("agreement_id", "words"),
    [
        ("fl-florida-department-of-law-enforcement-tfm-2002-07-02", "First agency"),
        ("fl-florida-department-of-law-enforcement-tfm-2003-11-26", "62 trained"),
        ("al-alabama-department-of-public-safety-tfm-2003-09-10", "21 trained"),
        ("ca-los-angeles-county-sheriffs-office-jem-2005-02-01", "Six jail custody assistants"),
        ("az-maricopa-county-sheriffs-office-hyb-2007-02-07", "October 2009"),
        ("az-maricopa-county-sheriffs-office-jem-2009-10-15", "December 2011"),
        ("nc-mecklenburg-county-sheriffs-office-jem-2006-02-27", "2006"),
        ("nc-mecklenburg-county-sheriffs-office-jem-2017-02-28", "December 2018"),
    ],
)
def test_fact_stands_in_the_note_with_its_source(shipped, agreement_id, words):
    (note,) = shipped.loc[shipped["agreement_id"] == agreement_id, "note"]
    assert words in note
    assert "(" in note


def test_misprinted_state_leaves_no_second_agency(shipped):
    assert not shipped["agency_id"].isin(["mt-cass-county-sheriffs-office", "ny-lake-placid-police-department"]).any()


def test_changes_between_two_days_name_each_agreement_once(shipped):
    changes = changes_between(typed_agreements(shipped), dt.date(2026, 4, 30), dt.date(2026, 5, 11))
    days = set(changes.added["first_listed_date"].dt.strftime("%Y-%m-%d"))
    assert days <= {"2026-05-01", "2026-05-07", "2026-05-08", "2026-05-11"}
    assert "2026-05-11" in days
    assert not set(changes.ended["agreement_id"]) & set(changes.added["agreement_id"])
    assert sum(state["added"] for state in changes.by_state().values()) == len(changes.added) > 0


def test_changes_with_the_days_swapped_are_refused(shipped):
    with pytest.raises(ValueError, match="other way round"):
        changes_between(typed_agreements(shipped), dt.date(2026, 5, 11), dt.date(2026, 4, 30))
