"""The download holds exactly the filtered agreements and does no harm in a spreadsheet."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
from example_record import CLEAN_ROWS, ROWS, WriteCsv

from map_app.agreements import COLUMN_NAMES, Record, empty_agreements, read_agreements
from map_app.exports import csv_bytes
from map_app.filters import Filters, apply_filters
from map_app.vocabulary import Model


@pytest.fixture(scope="module")
def agreements(read_record: Record) -> pd.DataFrame:
    return read_record.agreements


def cells(content: bytes) -> pd.DataFrame:
    """Return a downloaded CSV as text."""
    return pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, encoding="utf-8-sig")


def test_download_begins_with_the_mark_spreadsheets_know_utf8_by(agreements: pd.DataFrame) -> None:
    content = csv_bytes(agreements)
    assert content.startswith(b"\xef\xbb\xbf")
    assert "Cabarrus County Sheriff’s Office" in content.decode("utf-8-sig")


def test_download_holds_the_columns_of_the_record_in_their_order(agreements: pd.DataFrame) -> None:
    assert tuple(cells(csv_bytes(agreements)).columns) == COLUMN_NAMES


def test_download_holds_exactly_the_filtered_rows_in_their_order(agreements: pd.DataFrame) -> None:
    rows = apply_filters(agreements, Filters(models=(Model.TASK_FORCE,), states=("NC",)))
    assert list(cells(csv_bytes(rows))["agreement_id"]) == [
        "nc-state-patrol-tfm-2025-03-10",
        "nc-davidson-police-tfm-2025-06-20",
    ]


def test_every_cell_survives_the_round_trip(agreements: pd.DataFrame) -> None:
    back = cells(csv_bytes(agreements))
    wanted = pd.DataFrame([dict(row) for row in ROWS], dtype="str")[list(COLUMN_NAMES)]
    wanted.loc[wanted["placement_note"] == "=HYPERLINK(A1)", "placement_note"] = "'=HYPERLINK(A1)"
    pd.testing.assert_frame_equal(back, wanted)


def test_download_of_a_clean_record_is_a_clean_record(write_csv: WriteCsv, tmp_path: Path) -> None:
    agreements = read_agreements(write_csv(CLEAN_ROWS)).agreements
    copy = tmp_path / "copy.csv"
    copy.write_bytes(csv_bytes(agreements))
    again = read_agreements(copy)
    assert again.faults == []
    pd.testing.assert_frame_equal(again.agreements, agreements)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_a_spreadsheet_would_run_is_made_harmless(agreements: pd.DataFrame, start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    rows = agreements.assign(note=text, agency_name=text)
    held = cells(csv_bytes(rows))
    assert set(held["note"]) == set(held["agency_name"]) == {f"'{text}"}
    assert len(held) == len(rows)


@pytest.mark.parametrize("inside", ["\r", "\n", '"', ",", "a\rb\nc"])
def test_signs_csv_itself_uses_survive_in_a_cell(agreements: pd.DataFrame, inside: str) -> None:
    held = cells(csv_bytes(agreements.assign(note=f"one{inside}two")))
    assert [" ".join(note.split()) for note in held["note"]] == [" ".join(f"one{inside}two".split())] * len(agreements)


def test_signed_year_is_a_whole_number_or_empty(agreements: pd.DataFrame) -> None:
    rows = agreements.copy()
    rows.loc[0, "signed_year"] = pd.NA
    assert list(cells(csv_bytes(rows))["signed_year"])[:2] == ["", "2025"]


def test_columns_that_are_not_of_the_record_stay_home(agreements: pd.DataFrame) -> None:
    assert "line" not in cells(csv_bytes(agreements)).columns


def test_nothing_selected_gives_the_header_alone() -> None:
    assert csv_bytes(empty_agreements()).decode("utf-8-sig").strip() == ",".join(COLUMN_NAMES)


def test_making_a_download_changes_nothing_in_the_record(agreements: pd.DataFrame) -> None:
    before = agreements.copy(deep=True)
    csv_bytes(agreements)
    pd.testing.assert_frame_equal(agreements, before)
