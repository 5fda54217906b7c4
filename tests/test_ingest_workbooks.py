from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook as NewWorkbook

from map_app.errors import AgreementDataError
from map_app.ingest.workbooks import ListKind, WorkbookError, find_workbooks, read_workbook

GOLDEN = Path(__file__).parent / "data" / "participatingAgencies05112026am.xlsx"
HEADINGS = ["STATE", "LAW ENFORCEMENT AGENCY", "TYPE", "COUNTY", "SUPPORT TYPE", "SIGNED", "MOA", "ADDENDUM"]
ROW = [
    "TEXAS",
    "Bee County Sheriff's Office",
    "County",
    "Bee County",
    "Task Force Model",
    dt.datetime(2025, 3, 4),
    "link",
]


def save(path: Path, *rows: list[object]) -> Path:
    book = NewWorkbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def rezip(source: Path, target: Path, part: str, change) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == part else data)
    return target


def test_every_cell_is_text_with_dates_as_days_and_links_from_behind_the_text():
    book = read_workbook(GOLDEN)
    assert book.kind is ListKind.PARTICIPATING
    assert book.headings == tuple(HEADINGS)
    row = next(r for r in book.rows if r.agency.startswith("Calhoun"))
    assert (row.state, row.model, row.signed) == ("TEXAS", "Jail Enforcement Model", "2020-03-13")
    assert row.agency == "Calhoun County Sheriff’s Office"
    assert row.moa == "link"
    assert row.moa_link == "https://www.ice.gov/doclib/287gMOA/287gJEM_CalhounCoTX_03-13-2020.pdf"


def test_blank_rows_are_dropped_and_counted():
    book = read_workbook(GOLDEN)
    assert len(book.rows) == 14
    assert book.blank_rows == 3
    assert [row.row for row in book.rows] == list(range(2, 16))


def test_layout_of_2021_without_type_county_and_addendum_is_read(tmp_path):
    link = "https://web.archive.org/web/20210113002027/https://www.ice.gov/doclib/287gMOA/a.pdf"
    path = save(
        tmp_path / "ParticipatingEntities-20210113002027.xlsx",
        ["STATE", "LAW ENFORCEMENT AGENCY", "SUPPORT TYPE", "SIGNED", "MOA"],
        ["ALASKA", "Kodiak Police Department", "Warrant Service Officer", "2020-07-20", link],
    )
    (row,) = read_workbook(path).rows
    assert (row.county, row.type, row.addendum) == ("", "", "")
    assert row.moa == link


def test_unknown_heading_is_reported_and_the_rest_read(tmp_path):
    path = save(tmp_path / "a.xlsx", [*HEADINGS, "REGION"], [*ROW, None, "South"])
    book = read_workbook(path)
    assert len(book.rows) == 1
    assert any("unknown heading 'REGION' in column 9" in warning for warning in book.warnings)


def test_headings_are_found_padded_below_a_title_and_in_any_order(tmp_path):
    path = save(
        tmp_path / "a.xlsx",
        ["Participating agencies"],
        ["SIGNED", " Support\xa0Type ", "law enforcement agency", "State"],
        [dt.datetime(2025, 3, 4), "Task Force Model", "Bee County Sheriff's Office", "TEXAS"],
    )
    (row,) = read_workbook(path).rows
    assert (row.state, row.model, row.signed, row.row) == ("TEXAS", "Task Force Model", "2025-03-04", 3)


def test_hyperlink_formula_gives_text_and_target(tmp_path):
    path = save(tmp_path / "a.xlsx", HEADINGS, [*ROW[:6], '=HYPERLINK("https://www.ice.gov/a.pdf","link")'])
    (row,) = read_workbook(path).rows
    assert (row.moa, row.moa_link) == ("link", "https://www.ice.gov/a.pdf")


def test_list_is_pending_or_participating_by_its_headings_not_its_name(tmp_path):
    path = save(tmp_path / "participatingAgencies09222025pm.xlsx", HEADINGS[:5], ROW[:5])
    book = read_workbook(path)
    assert book.kind is ListKind.PENDING
    assert any("named participating" in warning for warning in book.warnings)


def test_second_sheet_without_a_list_is_left_out_with_a_warning(tmp_path):
    book = NewWorkbook()
    book.active.append(HEADINGS)
    book.active.append(ROW)
    book.create_sheet("Sheet2").append(["Total", 12])
    book.save(tmp_path / "a.xlsx")
    read = read_workbook(tmp_path / "a.xlsx")
    assert len(read.rows) == 1
    assert read.warnings == ("sheet 'Sheet2' has no list of agreements; left out",)


@pytest.mark.parametrize("content", [b"", b"STATE,AGENCY\nTEXAS,x\n", b"PK\x03\x04broken"])
def test_file_that_is_no_workbook_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(WorkbookError, match=r"a\.xlsx: ") as error:
        read_workbook(path)
    assert "\n" not in str(error.value)


def test_missing_file_and_empty_folder_are_named(tmp_path):
    with pytest.raises(AgreementDataError, match="no such file or folder"):
        find_workbooks([tmp_path / "none.xlsx"])
    with pytest.raises(AgreementDataError, match=r"no \.xlsx file found"):
        find_workbooks([tmp_path])


def test_workbook_without_the_headings_is_refused(tmp_path):
    with pytest.raises(WorkbookError, match="no sheet has the headings STATE"):
        read_workbook(save(tmp_path / "a.xlsx", ["NAME"], ["x"]))


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "a.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w") as out,
    ):
        out.write(b"<worksheet>")
        for _ in range(160):
            out.write(b" " * 1_000_000)
        out.write(b"</worksheet>")
    with pytest.raises(WorkbookError, match="unpacks to more than"):
        read_workbook(path)


def test_xml_entities_are_refused(tmp_path):
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    path = rezip(GOLDEN, tmp_path / "a.xlsx", "xl/workbook.xml", lambda data: bomb + data[data.index(b"<workbook") :])
    with pytest.raises(WorkbookError, match="declares XML entities"):
        read_workbook(path)


@pytest.mark.parametrize(
    "trap",
    [
        b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
        b'<hyperlinks><hyperlink ref="A1:ZZ50000" location="x"/></hyperlinks>',
    ],
)
def test_range_that_would_fill_memory_is_refused(tmp_path, trap):
    path = rezip(
        GOLDEN,
        tmp_path / "a.xlsx",
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b"</sheetData>", b"</sheetData>" + trap),
    )
    with pytest.raises(WorkbookError, match="spreads one cell or link over"):
        read_workbook(path)


def test_cell_far_below_any_list_is_refused(tmp_path):
    path = rezip(
        GOLDEN,
        tmp_path / "a.xlsx",
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b"</sheetData>", b'<row r="1048576"><c r="A1048576"/></row></sheetData>'),
    )
    with pytest.raises(WorkbookError, match="has cells below row 50,000"):
        read_workbook(path)
