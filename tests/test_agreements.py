"""Reading agreements.csv: what is good is kept, what is wrong is named, nothing is lost."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from example_record import CLEAN_ROWS, HOSTILE_ROW, MARICOPA, MECKLENBURG, PINAL, ROWS, WriteCsv, agreement, csv_text

from map_app.agreements import COLUMN_NAMES, CONTRACT_COLUMN_NAMES, empty_agreements, read_agreements, unlisted_periods
from map_app.errors import Fault, UnreadableFileError
from map_app.text import LANGUAGES, text_in
from map_app.text.faults import fault_words, said


def refusal_of(path: Path) -> Fault:
    """Return the first fault of a file that cannot be used at all."""
    with pytest.raises(UnreadableFileError) as refused:
        read_agreements(path)
    assert str(path) in str(refused.value)
    fault = refused.value.faults[0]
    assert fault.problem
    assert fault.remedy
    assert_told_in_every_language(fault)
    return fault


def assert_told_in_every_language(fault: Fault) -> None:
    """What is wrong and what to do are told in other words in every language but English, and nothing else differs."""
    assert fault_words(fault, text_in("en")) == str(fault)
    for language in set(LANGUAGES) - {"en"}:
        text = text_in(language)
        assert said(fault.problem, text) != fault.problem
        assert said(fault.remedy, text) != fault.remedy
        told = fault_words(fault, text)
        assert all(part in told for part in (said(fault.problem, text), said(fault.remedy, text)))
        assert fault.value is None or repr(fault.value) in told
        assert fault.column is None or fault.column in told


# ---- good files


def test_clean_file_has_no_fault_and_keeps_every_row_in_file_order(write_csv: WriteCsv) -> None:
    record = read_agreements(write_csv(CLEAN_ROWS))
    assert record.faults == []
    assert record.set_aside == 0
    assert list(record.agreements["agreement_id"]) == [row["agreement_id"] for row in CLEAN_ROWS]


def test_line_is_the_line_of_the_file_as_an_editor_counts(write_csv: WriteCsv) -> None:
    record = read_agreements(write_csv(CLEAN_ROWS))
    assert list(record.agreements["line"]) == list(range(2, len(CLEAN_ROWS) + 2))


def test_dates_are_dates_and_missing_text_is_empty_text(write_csv: WriteCsv) -> None:
    agreements = read_agreements(write_csv(CLEAN_ROWS)).agreements
    assert agreements.loc[0, "signed_date"] == pd.Timestamp("2025-03-01")
    assert pd.isna(agreements.loc[0, "ended_date"])
    assert agreements.loc[0, "moa_url"] == ""
    assert agreements.loc[0, "county_geoids"] == PINAL


def test_year_is_known_where_the_day_is_not(write_csv: WriteCsv) -> None:
    agreements = read_agreements(write_csv(CLEAN_ROWS)).agreements.set_index("agreement_id")
    wake = agreements.loc["nc-wake-county-sheriff-hyb-2007"]
    assert pd.isna(wake["signed_date"])
    assert wake["signed_year"] == 2007


def test_year_column_may_be_left_out_and_comes_from_the_date(write_csv: WriteCsv) -> None:
    agreements = read_agreements(write_csv(CLEAN_ROWS[:3], CONTRACT_COLUMN_NAMES)).agreements
    assert list(agreements["signed_year"]) == [2025, 2025, 2007]


def test_agency_with_two_models_keeps_two_rows(write_csv: WriteCsv) -> None:
    agreements = read_agreements(write_csv(CLEAN_ROWS)).agreements
    pinal = agreements[agreements["agency_id"] == "az-pinal-county-sheriff"]
    assert sorted(pinal["model"]) == ["Task Force Model", "Warrant Service Officer"]


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "agreements.csv"
    path.write_bytes(csv_text(CLEAN_ROWS).encode("utf-8-sig"))
    record = read_agreements(path)
    assert record.faults == []
    assert len(record.agreements) == len(CLEAN_ROWS)


def test_windows_line_ends_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "agreements.csv"
    path.write_bytes(csv_text(CLEAN_ROWS).replace("\n", "\r\n").encode())
    record = read_agreements(path)
    assert record.faults == []
    assert len(record.agreements) == len(CLEAN_ROWS)


def test_curly_apostrophe_survives(write_csv: WriteCsv) -> None:
    names = set(read_agreements(write_csv(CLEAN_ROWS)).agreements["agency_name"])
    assert "Cabarrus County Sheriff’s Office" in names


def test_word_na_is_text_not_a_missing_value(write_csv: WriteCsv) -> None:
    record = read_agreements(write_csv([agreement(place_name="NA")]))
    assert record.agreements.loc[0, "place_name"] == "NA"


def test_header_alone_is_a_record_without_agreements(write_csv: WriteCsv) -> None:
    record = read_agreements(write_csv([]))
    assert len(record.agreements) == 0
    assert record.faults == []
    assert list(record.agreements.dtypes) == list(empty_agreements().dtypes)


# ---- files that cannot be used at all


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert "does not exist" in refusal_of(tmp_path / "nothing.csv").problem


def test_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal_of(tmp_path).problem


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"], ids=["nothing", "blanks", "mark-only"])
def test_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "agreements.csv"
    path.write_bytes(content)
    assert "empty" in refusal_of(path).problem


def test_unclosed_quote_of_a_truncated_file_is_refused(tmp_path: Path) -> None:
    whole = csv_text(CLEAN_ROWS).replace("Davidson Police Department", '"Davidson Police Department')
    path = tmp_path / "agreements.csv"
    path.write_text(whole[: whole.index("Davidson Police") + 12], encoding="utf-8")
    assert "not a well-formed CSV" in refusal_of(path).problem


def test_row_cut_in_the_middle_is_a_fault_of_that_row_and_the_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "agreements.csv"
    whole = csv_text(CLEAN_ROWS)
    path.write_text(whole[: whole.rindex("Hybrid (Jail")], encoding="utf-8")
    record = read_agreements(path)
    assert len(record.agreements) == len(CLEAN_ROWS) - 1
    assert record.set_aside == 1
    assert {fault.row for fault in record.faults} == {len(CLEAN_ROWS) + 1}


def test_row_with_too_many_cells_is_named_with_its_line_and_the_rest_kept(tmp_path: Path) -> None:
    lines = csv_text(CLEAN_ROWS).splitlines()
    lines[3] += ",one,more"
    path = tmp_path / "agreements.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    record = read_agreements(path)
    assert [fault.row for fault in record.faults] == [4]
    assert len(record.agreements) + record.set_aside == len(CLEAN_ROWS)
    assert set(record.agreements["agreement_id"]) <= {row["agreement_id"] for row in CLEAN_ROWS}


def test_every_row_with_too_many_cells_shifts_nothing(tmp_path: Path) -> None:
    head, *lines = csv_text(CLEAN_ROWS).splitlines()
    path = tmp_path / "agreements.csv"
    path.write_text("\n".join([head, *(f"{line},surplus" for line in lines)]) + "\n", encoding="utf-8")
    record = read_agreements(path)
    assert {fault.row for fault in record.faults} == set(range(2, len(CLEAN_ROWS) + 2))
    assert record.set_aside == len(CLEAN_ROWS)


def test_workbook_saved_under_the_name_of_a_csv_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(COLUMN_NAMES))
    content = io.BytesIO()
    book.save(content)
    path = tmp_path / "agreements.csv"
    path.write_bytes(content.getvalue())
    refusal_of(path)


def test_prose_is_refused_as_no_record(tmp_path: Path) -> None:
    path = tmp_path / "agreements.csv"
    path.write_text("This page has moved.\nTry again later.\n", encoding="utf-8")
    fault = refusal_of(path)
    assert "no record of agreements" in fault.problem
    assert fault.value == "This page has moved."


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "cp1252"])
def test_other_encoding_is_refused_with_what_to_do(tmp_path: Path, encoding: str) -> None:
    text = csv_text(CLEAN_ROWS).replace("’", "'").replace("Davidson", "Dávidson")
    path = tmp_path / "agreements.csv"
    path.write_bytes(text.encode(encoding))
    fault = refusal_of(path)
    assert "UTF-8" in fault.problem
    assert "UTF-8" in fault.remedy


def test_utf16_without_a_mark_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agreements.csv"
    path.write_bytes(csv_text([agreement()]).encode("utf-16-le"))
    refusal_of(path)


@pytest.mark.parametrize("column", ["agreement_id", "state_abbr", "model", "coverage", "county_geoids"])
def test_missing_key_column_refuses_the_file_and_is_named(write_csv: WriteCsv, column: str) -> None:
    fault = refusal_of(write_csv(CLEAN_ROWS, [name for name in COLUMN_NAMES if name != column]))
    assert (fault.row, fault.column) == (1, column)


# ---- columns


@pytest.mark.parametrize("column", ["place_name", "moa_url", "note", "sources", "placement", "last_listed_date"])
def test_missing_other_column_is_one_fault_and_every_row_is_kept(write_csv: WriteCsv, column: str) -> None:
    record = read_agreements(write_csv(CLEAN_ROWS, [name for name in COLUMN_NAMES if name != column]))
    told = [(fault.row, fault.column) for fault in record.faults]
    assert told.count((1, column)) == 1
    assert len(record.agreements) == len(CLEAN_ROWS)
    assert column in record.agreements.columns


def test_extra_column_is_welcome(write_csv: WriteCsv) -> None:
    rows = [row | {"population": "1000"} for row in CLEAN_ROWS]
    record = read_agreements(write_csv(rows, [*COLUMN_NAMES, "population"]))
    assert record.faults == []
    assert set(record.agreements["population"]) == {"1000"}


def test_extra_column_may_bear_any_name(write_csv: WriteCsv) -> None:
    rows = [row | {"line": "x", "note.1": "y"} for row in CLEAN_ROWS]
    record = read_agreements(write_csv(rows, ["line", *COLUMN_NAMES, "note.1"]))
    assert [fault.row for fault in record.faults] == [1]  # only that contract columns come first
    assert list(record.agreements["line"]) == list(range(2, len(CLEAN_ROWS) + 2))


def test_reordered_columns_are_one_fault_and_every_cell_is_read_by_its_heading(write_csv: WriteCsv) -> None:
    record = read_agreements(write_csv(CLEAN_ROWS, list(reversed(COLUMN_NAMES))))
    assert [(fault.row, "order" in fault.problem) for fault in record.faults] == [(1, True)]
    straight = read_agreements(write_csv(CLEAN_ROWS))
    pd.testing.assert_frame_equal(record.agreements, straight.agreements)


def test_doubled_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "agreements.csv"
    head, *lines = csv_text(CLEAN_ROWS).splitlines()
    path.write_text("\n".join([f"{head},note", *(f"{line}," for line in lines)]) + "\n", encoding="utf-8")
    record = read_agreements(path)
    assert [(fault.row, fault.column) for fault in record.faults] == [(1, "note")]


# ---- cells

UNUSABLE = {
    "no id": {"agreement_id": ""},
    "id with capitals": {"agreement_id": "AZ Pinal"},
    "no agency": {"agency_name": "  "},
    "unknown state": {"state_abbr": "XX"},
    "state in lower case": {"state_abbr": "az"},
    "unknown agency type": {"agency_type": "sheriff"},
    "unknown model": {"model": "Jail Enforcment Model"},
    "model code": {"model": "JEM"},
    "date of another form": {"signed_date": "3/14/2025", "signed_year": "2025"},
    "day that does not exist": {"signed_date": "2025-02-30"},
    "signed before the program": {"signed_date": "1999-01-01"},
    "signed in the far future": {"signed_date": "2925-01-01", "signed_year": ""},
    "typed year": {"signed_date": "20026-01-01", "signed_year": ""},
    "unknown status": {"status": "expired"},
    "unknown coverage": {"coverage": "region"},
    "no such county": {"county_geoids": "04999"},
    "county of another state": {"county_geoids": MECKLENBURG},
    "one county of another state": {"coverage": "multi_county", "county_geoids": f"{MARICOPA};{MECKLENBURG}"},
    "four digits": {"county_geoids": "4021"},
    "number": {"county_geoids": "4021.0"},
    "county without code": {"county_geoids": ""},
    "statewide with code": {"coverage": "statewide"},
    "several with one code": {"coverage": "multi_county"},
    "placed without coverage": {"coverage": ""},
}
HARMLESS = {
    "list date of another form": {"last_listed_date": "May 11"},
    "list dates out of order": {"first_listed_date": "2026-05-12", "last_listed_date": "2026-05-11"},
    "period off the lists of another form": {"unlisted_periods": "2025-07-18 to 2026-03-02"},
    "half a period off the lists": {"unlisted_periods": "2025-07-18"},
    "period of a day that does not exist": {"unlisted_periods": "2025-06-31/2025-07-18"},
    "period backwards": {"unlisted_periods": "2026-03-02/2025-07-18"},
    "period without a day": {"unlisted_periods": "2025-07-18/2025-07-18"},
    "periods out of order": {"unlisted_periods": "2025-09-01/2025-09-09;2025-07-18/2025-07-28"},
    "periods that overlap": {"unlisted_periods": "2025-07-18/2025-09-02;2025-09-01/2025-09-09"},
    "period before the first list": {"unlisted_periods": "2025-03-13/2025-04-02"},
    "period after the last list": {"unlisted_periods": "2026-05-01/2026-05-12"},
    "period of an agreement never listed": {
        "unlisted_periods": "2025-07-18/2026-03-02",
        "first_listed_date": "",
        "last_listed_date": "",
    },
    "unknown placement": {"placement": "guessed"},
    "link to a script": {"moa_url": "javascript:alert(1)"},
    "link to a file": {"moa_url": "file:///etc/passwd"},
    "link without scheme": {"moa_url": "www.ice.gov/x.pdf"},
    "addendum over ftp": {"addendum_url": "ftp://ice.gov/x.pdf"},
    "linked without link": {"moa_status": "linked"},
    "unknown memorandum status": {"moa_status": "soon"},
    "active with an end": {"ended_date": "2025-12-01", "ended_basis": "exact"},
    "ended without an end": {"status": "ended"},
    "no source": {"sources": ""},
    "year of another date": {"signed_year": "2024"},
    "HTML in the agency": {"agency_name": "<b>Pinal</b>"},
    "HTML in the place": {"place_name": "<img src=x onerror=alert(1)>"},
    "HTML in the note": {"note": "see <a href='http://x.example'>this</a>"},
    "HTML in the placement note": {"placement_note": "<script>1</script>"},
    "HTML in the source": {"sources": "</td>"},
    "HTML comment": {"note": "<!-- hidden -->"},
    "padded name": {"agency_name": " Pinal  County "},
}


@pytest.mark.parametrize("cells", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_row_nothing_can_be_said_of_is_set_aside_and_told(write_csv: WriteCsv, cells: dict[str, str]) -> None:
    bad = agreement(**cells)
    record = read_agreements(write_csv([CLEAN_ROWS[2], bad, CLEAN_ROWS[3]]))
    assert record.set_aside == 1
    assert list(record.agreements["agreement_id"]) == [CLEAN_ROWS[i]["agreement_id"] for i in (2, 3)]
    assert_told(record.faults, bad, cells)


@pytest.mark.parametrize("cells", HARMLESS.values(), ids=HARMLESS.keys())
def test_row_with_a_lesser_fault_is_kept_and_told(write_csv: WriteCsv, cells: dict[str, str]) -> None:
    bad = agreement(**cells)
    record = read_agreements(write_csv([CLEAN_ROWS[2], bad, CLEAN_ROWS[3]]))
    assert record.set_aside == 0
    assert len(record.agreements) == 3
    assert_told(record.faults, bad, cells)


def assert_told(faults: list[Fault], row: dict[str, str], cells: dict[str, str]) -> None:
    """Every fault names line 3, a column, its value as read, a problem and a remedy; one is of a changed cell."""
    assert faults
    for fault in faults:
        assert fault.row == 3
        assert fault.column in COLUMN_NAMES
        assert fault.value == row[fault.column]
        assert fault.problem
        assert fault.remedy.endswith(".")
        assert_told_in_every_language(fault)
        assert f"line 3, column {fault.column}: {fault.problem}" in str(fault)
    related = {*cells, "county_geoids", "ended_date", "moa_url", "signed_year", "first_listed_date"}
    assert {fault.column for fault in faults} <= related
    assert {fault.column for fault in faults} & {*cells, "county_geoids", "ended_date", "moa_url"}


def test_bad_link_is_left_out_of_the_kept_row(write_csv: WriteCsv) -> None:
    record = read_agreements(write_csv([agreement(moa_url="javascript:alert(1)", moa_status="linked")]))
    assert record.agreements.loc[0, "moa_url"] == ""


def test_bad_list_date_is_left_out_of_the_kept_row(write_csv: WriteCsv) -> None:
    record = read_agreements(write_csv([agreement(last_listed_date="2026-13-45")]))
    assert pd.isna(record.agreements.loc[0, "last_listed_date"])


@pytest.mark.parametrize("column", ["first_listed_date", "last_listed_date", "ended_date", "first_missing_date"])
def test_list_date_that_does_not_exist_is_a_fault(write_csv: WriteCsv, column: str) -> None:
    cells = {column: "2026-02-30"}
    if column == "ended_date":
        cells |= {"status": "ended", "ended_basis": "exact"}
    record = read_agreements(write_csv([agreement(**cells)]))
    assert (2, column) in [(fault.row, fault.column) for fault in record.faults]


def test_bad_period_off_the_lists_is_left_out_of_the_kept_row(write_csv: WriteCsv) -> None:
    for cell in ("2025-06-31/2025-07-18", "2026-03-02/2025-07-18", "soon"):
        record = read_agreements(write_csv([agreement(unlisted_periods=cell)]))
        assert record.agreements.loc[0, "unlisted_periods"] == ""


def test_several_periods_off_the_lists_are_no_fault(write_csv: WriteCsv) -> None:
    cell = "2025-03-14/2025-04-02;2025-07-18/2026-05-11"
    record = read_agreements(write_csv([agreement(unlisted_periods=cell)]))
    assert record.faults == []
    assert unlisted_periods(record.agreements.loc[0, "unlisted_periods"]) == (
        (dt.date(2025, 3, 14), dt.date(2025, 4, 2)),
        (dt.date(2025, 7, 18), dt.date(2026, 5, 11)),
    )


def test_file_from_before_the_column_of_periods_has_no_fault(write_csv: WriteCsv) -> None:
    columns = [name for name in COLUMN_NAMES if name != "unlisted_periods"]
    record = read_agreements(write_csv(CLEAN_ROWS, columns))
    assert (record.faults, len(record.agreements)) == ([], len(CLEAN_ROWS))
    assert (record.agreements["unlisted_periods"] == "").all()


def test_same_id_on_two_lines_keeps_the_first_and_names_the_second(write_csv: WriteCsv) -> None:
    record = read_agreements(write_csv([agreement(), agreement(agency_name="Another")]))
    assert list(record.agreements["agency_name"]) == ["Pinal County Sheriff's Office"]
    assert [(fault.row, fault.column) for fault in record.faults] == [(3, "agreement_id")]


def test_row_whose_first_line_is_unusable_still_stands_on_its_second(write_csv: WriteCsv) -> None:
    """A doubled id must not take both rows away: one of them can be shown."""
    record = read_agreements(write_csv([agreement(model="wrong"), agreement()]))
    assert len(record.agreements) + record.set_aside == 2
    assert len(record.faults) >= 2


def test_every_fault_of_a_file_is_told_at_once_in_file_order(write_csv: WriteCsv) -> None:
    bad = [agreement(agreement_id=f"az-row-{i}", **cells) for i, cells in enumerate(ALL_WITH_ID)]
    record = read_agreements(write_csv(bad))
    lines = [fault.row for fault in record.faults]
    assert set(lines) == set(range(2, len(bad) + 2))
    assert lines == sorted(lines)


ALL_WITH_ID = [cells for cells in (*UNUSABLE.values(), *HARMLESS.values()) if "agreement_id" not in cells]


def test_usable_and_set_aside_make_up_every_row(write_csv: WriteCsv) -> None:
    bad = [agreement(agreement_id=f"az-row-{i}", **cells) for i, cells in enumerate(ALL_WITH_ID)]
    rows = [*ROWS, *bad, *ROWS]
    record = read_agreements(write_csv(rows))
    assert len(record.agreements) + record.set_aside == len(rows)
    told = {fault.row for fault in record.faults}
    assert set(range(2, len(rows) + 2)) - set(record.agreements["line"]) <= told


def test_markup_is_told_for_every_cell_that_holds_it_and_its_row_kept(write_csv: WriteCsv) -> None:
    record = read_agreements(write_csv([HOSTILE_ROW]))
    assert [fault.column for fault in record.faults] == ["agency_name", "place_name", "note"]
    assert record.agreements.loc[0, "agency_name"] == HOSTILE_ROW["agency_name"]


def test_less_than_sign_before_a_number_is_no_markup(write_csv: WriteCsv) -> None:
    assert read_agreements(write_csv([agreement(note="counties < 100 people & more")])).faults == []


def test_line_of_a_fault_counts_lines_of_the_file_also_after_a_blank_line(tmp_path: Path) -> None:
    head, *lines = csv_text([CLEAN_ROWS[2], agreement(model="wrong")]).splitlines()
    path = tmp_path / "agreements.csv"
    path.write_text("\n".join([head, lines[0], "", lines[1]]) + "\n", encoding="utf-8")
    assert {fault.row for fault in read_agreements(path).faults if fault.column == "model"} == {4}


def test_line_of_a_fault_counts_lines_inside_a_quoted_cell(write_csv: WriteCsv) -> None:
    record = read_agreements(write_csv([CLEAN_ROWS[2] | {"note": "two\nlines"}, agreement(model="wrong")]))
    assert {fault.row for fault in record.faults if fault.column == "model"} == {4}
