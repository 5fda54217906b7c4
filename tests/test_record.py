"""The record in the running app: read once, again when the file changes, never lost to a bad file."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from example_record import CLEAN_ROWS, ROWS, SHIPPED, WriteCsv, agreement, csv_text

from map_app import record as record_room
from map_app.filters import Filters
from map_app.record import DATA_VARIABLE, LoadedRecord, current_record, record_path
from map_app.text import Text


@pytest.fixture
def path(record: LoadedRecord) -> Path:
    """Return the file the app shows."""
    return record_path()


def replace_file(path: Path, content: str | bytes) -> None:
    """Put a new file in place in one step, as the rebuild does."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content if isinstance(content, bytes) else content.encode())
    fresh.replace(path)


def test_record_holds_every_usable_row_and_the_newest_list(record: LoadedRecord) -> None:
    assert len(record.agreements) == len(ROWS)
    assert record.newest_list == dt.date(2026, 5, 11)
    assert record.refused == []
    assert len(record.faults) == 3  # the hostile row's markup


def test_unchanged_file_is_read_once(path: Path) -> None:
    assert current_record() is current_record()


@pytest.mark.parametrize("lines", [1, 900])
def test_file_cut_short_at_a_line_end_leaves_the_last_good_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    path = tmp_path / "agreements.csv"
    whole = SHIPPED.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(whole), encoding="utf-8")
    monkeypatch.setenv(DATA_VARIABLE, str(path))
    before = current_record()
    path.write_text("".join(whole[:lines]), encoding="utf-8")
    after = current_record()
    assert after.version == before.version
    assert len(after.agreements) == len(before.agreements)
    assert "agreement" in str(after.refused[0])


def test_changed_file_is_picked_up(path: Path) -> None:
    before = current_record()
    replace_file(path, csv_text(CLEAN_ROWS[:3]))
    after = current_record()
    assert len(after.agreements) == 3
    assert after.version != before.version
    assert len(before.agreements) == len(ROWS)  # a page being made keeps what it began with


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"<html>gone</html>"], ids=["empty", "binary", "page"])
def test_bad_file_is_refused_with_the_reason_and_the_last_good_one_kept(path: Path, content: bytes) -> None:
    good = current_record()
    replace_file(path, content)
    kept = current_record()
    assert kept.refused
    assert kept.version == good.version
    assert len(kept.agreements) == len(ROWS)


def test_deleted_file_keeps_the_last_good_record(path: Path) -> None:
    current_record()
    path.unlink()
    kept = current_record()
    assert "does not exist" in str(kept.refused[0])
    assert len(kept.agreements) == len(ROWS)


def test_good_file_after_a_bad_one_is_shown_without_the_old_reason(path: Path) -> None:
    current_record()
    replace_file(path, b"")
    assert current_record().refused
    replace_file(path, csv_text(CLEAN_ROWS))
    again = current_record()
    assert again.refused == []
    assert len(again.agreements) == len(CLEAN_ROWS)


def test_bad_file_without_a_good_one_before_shows_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "nothing.csv"))
    monkeypatch.setattr(record_room, "_held", {})
    record = current_record()
    assert len(record.agreements) == 0
    assert record.version == ""
    assert record.newest_list is None
    assert "does not exist" in str(record.refused[0])


def test_missing_file_is_shown_as_soon_as_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "agreements.csv"
    monkeypatch.setenv(DATA_VARIABLE, str(path))
    monkeypatch.setattr(record_room, "_held", {})
    assert current_record().refused
    path.write_text(csv_text(CLEAN_ROWS), encoding="utf-8")
    assert len(current_record().agreements) == len(CLEAN_ROWS)


def test_file_rewritten_in_place_with_the_same_size_is_picked_up(path: Path) -> None:
    before = current_record()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Davidson Police", "Davidsen Police"), encoding="utf-8")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert current_record().version != before.version


def test_other_row_count_of_faults_is_told(write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(write_csv([*CLEAN_ROWS, agreement(agreement_id="x", model="wrong")])))
    monkeypatch.setattr(record_room, "_held", {})
    record = current_record()
    assert record.set_aside == 1
    assert len(record.agreements) == len(CLEAN_ROWS)


def test_selection_is_dated_by_the_newest_list_or_by_its_day(record: LoadedRecord, english: Text) -> None:
    assert record.dated(Filters(), english) == "ICE’s list of 11 May 2026"
    assert record.dated(Filters(as_of=dt.date(2010, 8, 1)), english) == "As of 1 August 2010, by documents of the time"
    assert record.dated(Filters(as_of=dt.date(2026, 6, 1)), english) == "ICE’s list of 11 May 2026"


def test_without_the_variable_the_shipped_record_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    assert record_path() == Path(__file__).parents[1] / "data" / "agreements.csv"
