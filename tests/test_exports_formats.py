"""Files in every form: the same rows, read back by pandas and by an independent reader, saying where they come from."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from example_record import MECKLENBURG, ROWS, load_record, write_rows
from running_app import ROOT

from map_app import record as record_room
from map_app.__main__ import main
from map_app.errors import UsageError
from map_app.export_command import FORMATS, GRAINS
from map_app.exports import (
    PANEL_FORMATS,
    Exported,
    Format,
    cell_values,
    check_format,
    export,
    file_name,
    grounds,
    write_file,
    zipped,
)
from map_app.filters import Filters
from map_app.grains import GRAIN_COLUMNS, Grain, Selection, table
from map_app.record import DATA_VARIABLE, LoadedRecord
from map_app.vocabulary import Model

PLAIN_GRAINS = [grain for grain in Grain if grain is not Grain.PANEL]
ALL = Filters(status="all")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> LoadedRecord:
    return load_record(write_rows(tmp_path_factory.mktemp("record") / "agreements.csv", ROWS))


def expected(record: LoadedRecord, grain: Grain, filters: Filters = ALL) -> dict[str, list[Any]]:
    """Return the cells a file must hold, as plain values by column."""
    frame = table(Selection(record, filters), grain)
    return {str(name): cell_values(frame[name]) for name in frame.columns}


def plain(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return what a reader gives, as plain values by column: dates as text, None for missing."""

    def value(cell: Any) -> Any:
        if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and cell != cell):
            return None
        if isinstance(cell, pd.Timestamp | dt.datetime | dt.date):
            return str(cell)[:10]
        if isinstance(cell, float):
            return int(cell)
        return cell.item() if hasattr(cell, "item") else cell

    return {str(name): [value(cell) for cell in frame[name].tolist()] for name in frame.columns}


def texts(cells: dict[str, list[Any]], guarded: bool = False) -> dict[str, list[str]]:
    """Return cells as a CSV shows them."""
    told = {name: ["" if value is None else str(value) for value in values] for name, values in cells.items()}
    if guarded:
        told = {name: [f"'{v}" if v.startswith("=") else v for v in values] for name, values in told.items()}
    return told


# ---- each form, two readers


@pytest.mark.parametrize("grain", PLAIN_GRAINS)
def test_csv_holds_the_rows(record: LoadedRecord, grain: Grain) -> None:
    content = export(Selection(record, ALL), Format.CSV, grain).content
    back = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, encoding="utf-8-sig")
    assert plain(back) == texts(expected(record, grain), guarded=True)
    zipped_content = export(Selection(record, ALL), Format.CSV_GZ, grain).content
    assert gzip.decompress(zipped_content) == content


@pytest.mark.parametrize("grain", PLAIN_GRAINS)
def test_json_holds_the_rows(record: LoadedRecord, grain: Grain) -> None:
    exported = export(Selection(record, ALL), Format.JSON, grain)
    document = json.loads(exported.content)
    wanted = expected(record, grain)
    assert {name: [row[name] for row in document["data"]] for name in wanted} == wanted
    assert document["meta"]["rows"] == exported.rows == len(document["data"])


@pytest.mark.parametrize("grain", PLAIN_GRAINS)
def test_workbook_holds_the_rows_with_typed_dates(record: LoadedRecord, grain: Grain) -> None:
    content = export(Selection(record, ALL), Format.XLSX, grain).content
    back = pd.read_excel(
        io.BytesIO(content), sheet_name=None, dtype={"geoid": "str", "state_fips": "str"}, engine="openpyxl"
    )
    assert list(back) == [grain.plural, "Data dictionary", "About this file"]
    assert plain(back[grain.plural].astype(object)) == expected(record, grain)
    assert list(back["Data dictionary"]["column"]) == [column.name for column in GRAIN_COLUMNS[grain]]
    again = pd.read_excel(
        io.BytesIO(content), sheet_name=grain.plural, dtype={"geoid": "str", "state_fips": "str"}, engine="calamine"
    )
    assert plain(again.astype(object)) == expected(record, grain)


@pytest.mark.parametrize("grain", PLAIN_GRAINS)
def test_geojson_holds_the_rows_and_the_ground_they_cover(record: LoadedRecord, grain: Grain) -> None:
    content = export(Selection(record, ALL), Format.GEOJSON, grain).content
    document, wanted = json.loads(content), expected(record, grain)
    assert {name: [f["properties"][name] for f in document["features"]] for name in wanted} == wanted
    back = geopandas.read_file(io.BytesIO(content))
    assert len(back) == len(document["features"])
    assert back.crs.to_epsg() == 4326
    _check_ground(record, grain, [None if f["geometry"] is None else shapely.geometry.shape(f["geometry"])
                                  for f in document["features"]])  # fmt: skip
    assert back.geometry.dropna().is_valid.all()
    assert back.geometry.isna().tolist() == [f["geometry"] is None for f in document["features"]]


@pytest.mark.parametrize("grain", PLAIN_GRAINS)
def test_geoparquet_holds_the_rows_and_the_ground_they_cover(
    record: LoadedRecord, grain: Grain, tmp_path: Path
) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(export(Selection(record, ALL), Format.PARQUET, grain).content)
    back = geopandas.read_parquet(path)
    assert plain(pd.DataFrame(back.drop(columns="geometry")).astype(object)) == expected(record, grain)
    assert back.crs.to_epsg() == 4326
    _check_ground(record, grain, back.geometry.tolist())
    arrow = pq.read_table(path)
    told = json.loads(arrow.schema.metadata[b"geo"])
    assert told["primary_column"] == "geometry"
    kinds = {column.name: column.kind for column in GRAIN_COLUMNS[grain]}
    assert {str(arrow.schema.field(name).type) for name, kind in kinds.items() if kind == "date"} <= {"date32[day]"}


@pytest.mark.parametrize("grain", PLAIN_GRAINS)
def test_geopackage_layer_holds_the_rows_and_the_ground_they_cover(
    record: LoadedRecord, grain: Grain, tmp_path: Path
) -> None:
    path = tmp_path / "rows.gpkg"
    path.write_bytes(export(Selection(record, ALL), Format.GPKG, grain).content)
    back = geopandas.read_file(path, layer=grain.plural)
    assert plain(pd.DataFrame(back.drop(columns="geometry")).astype(object)) == expected(record, grain)
    _check_ground(record, grain, back.geometry.tolist())
    with sqlite3.connect(path) as base:
        wanted = expected(record, grain)
        names = ", ".join(f'"{name}"' for name in wanted)
        held = base.execute(f"SELECT {names} FROM {grain.plural} ORDER BY fid").fetchall()
        assert [list(row) for row in held] == [list(row) for row in zip(*wanted.values(), strict=True)]
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    base.close()


def _check_ground(record: LoadedRecord, grain: Grain, shapes: list[Any]) -> None:
    """Compare shapes with the county and state shapes held; borders may be rounded by a metre (1e-5 degrees)."""
    from geo.boundaries import load_counties, load_states

    held = pd.concat([load_counties(), load_states()]).set_index("geoid").geometry
    told = grounds(table(Selection(record, ALL), grain), grain)
    step = max(1, len(told) // 60)
    for codes, shape in list(zip(told, shapes, strict=True))[::step]:
        if not codes:
            assert shape is None
            continue
        assert shape.is_valid
        assert shape.geom_type == "MultiPolygon"
        wanted = shapely.union_all([held[code] for code in codes])
        assert shapely.symmetric_difference(shape, wanted).area < 1e-5 * wanted.length


def test_geopackage_without_a_grain_holds_a_layer_for_each(record: LoadedRecord, tmp_path: Path) -> None:
    path = tmp_path / "all.gpkg"
    path.write_bytes(export(Selection(record, ALL), Format.GPKG).content)
    with sqlite3.connect(path) as base:
        layers = dict(base.execute("SELECT table_name, data_type FROM gpkg_contents"))
        about = dict(base.execute("SELECT name, value FROM about"))
    base.close()
    assert layers == {g.plural: "features" for g in PLAIN_GRAINS} | {
        "about": "attributes",
        "data_dictionary": "attributes",
    }
    assert about["filters"] == "status=all"


def test_rings_turn_as_rfc_7946_wants(record: LoadedRecord) -> None:
    document = json.loads(export(Selection(record, Filters(states=("NC",))), Format.GEOJSON, Grain.COUNTY).content)
    for feature in document["features"]:
        for polygon in feature["geometry"]["coordinates"]:
            assert shapely.LinearRing(polygon[0]).is_ccw


@pytest.mark.parametrize("file_format", PANEL_FORMATS)
def test_panel_is_written_with_every_row(record: LoadedRecord, file_format: Format, tmp_path: Path) -> None:
    narrowed = Filters(states=("AZ",), as_of=dt.date(2010, 3, 31))
    exported = export(Selection(record, narrowed), file_format, Grain.PANEL)
    wanted = expected(record, Grain.PANEL, narrowed)
    assert exported.rows == 15 * 93
    if file_format is Format.PARQUET:
        back = pq.read_table(io.BytesIO(exported.content)).to_pandas()
        assert plain(back.astype(object)) == wanted
        return
    content = gzip.decompress(exported.content) if file_format is Format.CSV_GZ else exported.content
    back = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, encoding="utf-8-sig")
    told = texts(wanted)
    told["ever_treated"] = [value.lower() for value in told["ever_treated"]]
    assert plain(back) == told


@pytest.mark.parametrize("file_format", [f for f in Format if f not in PANEL_FORMATS])
def test_panel_in_a_form_that_cannot_hold_it_is_refused_with_those_that_can(file_format: Format) -> None:
    with pytest.raises(UsageError, match="parquet or csv"):
        check_format(file_format, Grain.PANEL)


def test_whole_record_as_csv_is_the_record(shipped: LoadedRecord) -> None:
    back = pd.read_csv(
        io.BytesIO(export(Selection(shipped, ALL), Format.CSV).content),
        dtype="str", keep_default_na=False, encoding="utf-8-sig",
    )  # fmt: skip
    held = pd.read_csv(ROOT / "data" / "agreements.csv", dtype="str", keep_default_na=False)
    order = ["agreement_id"]
    pd.testing.assert_frame_equal(
        back.sort_values(order, ignore_index=True), held[back.columns].sort_values(order, ignore_index=True)
    )
    assert list(back["agreement_id"]) == list(shipped.agreements["agreement_id"])


# ---- where it comes from

TOLD = ("filters_in_words", "as_of", "newest_list", "record_version", "licence", "citation", "source")


def told_by(exported: Exported, file_format: Format, tmp_path: Path) -> dict[str, str]:
    """Return what a file says of itself."""
    match file_format:
        case Format.CSV | Format.CSV_GZ:
            lines = exported.readme.split("\n\n")[0].splitlines()
            return dict(line.split(": ", 1) for line in lines)
        case Format.JSON:
            return json.loads(exported.content)["meta"]
        case Format.GEOJSON:
            return json.loads(exported.content)["metadata"]
        case Format.XLSX:
            about = pd.read_excel(
                io.BytesIO(exported.content), sheet_name="About this file", dtype="str", engine="openpyxl"
            )
            return dict(zip(about["name"], about["value"], strict=True))
        case Format.PARQUET:
            return json.loads(pq.read_table(io.BytesIO(exported.content)).schema.metadata[b"provenance"])
        case Format.GPKG:
            path = tmp_path / "told.gpkg"
            path.write_bytes(exported.content)
            with sqlite3.connect(path) as base:
                told = dict(base.execute("SELECT name, value FROM about"))
            base.close()
            return told


@pytest.mark.parametrize("file_format", list(Format))
def test_every_file_says_its_filters_its_dates_its_version_and_how_to_cite_it(
    record: LoadedRecord, file_format: Format, tmp_path: Path
) -> None:
    filters = Filters(states=("NC",), models=(Model.TASK_FORCE,), as_of=dt.date(2025, 7, 1))
    exported = export(Selection(record, filters), file_format, Grain.AGREEMENT, address="https://map.example/app")
    told = told_by(exported, file_format, tmp_path)
    assert set(TOLD) <= set(told)
    assert (told["as_of"], told["newest_list"], told["record_version"]) == ("2025-07-01", "2026-05-11", record.version)
    assert str(told["rows"]) == str(exported.rows)
    assert told["filters"] in ("model=TFM&state=NC&as_of=2025-07-01", filters.to_query())
    assert told["permalink"] == "https://map.example/app/?model=TFM&state=NC&as_of=2025-07-01"
    assert told["permalink"] in told["citation"]
    assert told["command"] == "map-app export --model TFM --state NC --as-of 2025-07-01 --grain agreement"


@pytest.mark.parametrize("file_format", list(Format))
def test_same_selection_of_the_same_record_gives_the_same_bytes(record: LoadedRecord, file_format: Format) -> None:
    one, two = (export(Selection(record, ALL), file_format, Grain.AGREEMENT).content for _ in range(2))
    assert one == two


def test_archive_holds_the_file_and_its_text(record: LoadedRecord) -> None:
    exported = export(Selection(record, ALL), Format.CSV)
    packed = zipped(exported)
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.namelist() == [exported.name, "README.txt"]
        assert archive.read(exported.name) == exported.content
        assert archive.read("README.txt").decode() == exported.readme
    assert zipped(exported).content == packed.content


def test_text_beside_a_file_describes_every_column(record: LoadedRecord) -> None:
    for grain in PLAIN_GRAINS:
        readme = export(Selection(record, ALL), Format.CSV, grain).readme
        for column in GRAIN_COLUMNS[grain]:
            assert f"\n{column.name} ({column.kind}): " in readme


def test_file_name_says_date_and_selection_and_nothing_a_file_system_minds(record: LoadedRecord) -> None:
    filters = Filters(states=("NC",), models=(Model.JAIL_ENFORCEMENT,))
    assert file_name(Selection(record, filters), Format.CSV, Grain.COUNTY) == (
        "287g-counties_2026-05-11_model-JEM_state-NC.csv"
    )
    many = Filters(counties=tuple(sorted(record.index.geoids)[:200]))
    assert len(file_name(Selection(record, many), Format.XLSX, Grain.AGREEMENT)) < 130


# ---- spreadsheets run nothing


def test_no_cell_of_a_workbook_is_a_formula_or_a_link_to_run(record: LoadedRecord) -> None:
    content = export(Selection(record, ALL), Format.XLSX).content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in book.namelist():
            assert "externalLink" not in name
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                sheet = ElementTree.fromstring(book.read(name))
                assert not [e for e in sheet.iter() if e.tag.endswith(("}f", "}hyperlink"))]
    cells = pd.read_excel(io.BytesIO(content), sheet_name="agreements", engine="openpyxl")
    assert "=HYPERLINK(A1)" in set(cells["placement_note"])


def test_workbook_heading_stays_in_sight_and_has_filters(record: LoadedRecord) -> None:
    with zipfile.ZipFile(io.BytesIO(export(Selection(record, ALL), Format.XLSX).content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in sheet
    assert f'<autoFilter ref="A1:AD{len(ROWS) + 1}"' in sheet


def test_text_longer_than_a_cell_is_cut_and_says_so(record: LoadedRecord) -> None:
    from map_app.citation import provenance
    from map_app.exports import _xlsx

    frame = table(Selection(record, ALL), Grain.AGREEMENT)
    frame.loc[0, "sources"] = "x" * 40_000
    content = _xlsx(frame, Grain.AGREEMENT, provenance(record, ALL))
    cell = pd.read_excel(io.BytesIO(content), sheet_name="agreements", engine="openpyxl")["sources"][0]
    assert len(cell) == 32_767
    assert cell.endswith("the CSV file has all of it)")


# ---- the command


@pytest.fixture
def small(record: LoadedRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the command use the example record; return a folder to write to."""
    monkeypatch.setenv(DATA_VARIABLE, str(write_rows(tmp_path / "agreements.csv", ROWS)))
    monkeypatch.setattr(record_room, "_held", {})
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_words_of_the_command_are_the_forms_and_grains_there_are() -> None:
    assert tuple(map(str, Format)) == FORMATS
    assert tuple(map(str, Grain)) == GRAINS


@pytest.mark.parametrize("file_format", FORMATS)
def test_command_writes_what_the_app_downloads(record: LoadedRecord, small: Path, file_format: str) -> None:
    out = small / f"rows.{file_format}"
    assert main(["export", "--state", "NC", "--model", "tfm", "--grain", "agreement", "--out", str(out)]) == 0
    filters = Filters(states=("NC",), models=(Model.TASK_FORCE,))
    assert out.read_bytes() == export(Selection(record, filters), Format(file_format), Grain.AGREEMENT).content
    beside = {"csv", "csv.gz"} & {file_format}
    assert {path.name for path in small.iterdir()} == {out.name, *(f"{out.name}.README.txt" for _ in beside)}


def test_standard_output_holds_the_file_and_nothing_else(record: LoadedRecord, small: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "map_app", "export", "--county", MECKLENBURG, "--format", "csv", "--out", "-"],
        cwd=ROOT, capture_output=True, timeout=120, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert said.stdout == export(Selection(record, Filters(counties=(MECKLENBURG,))), Format.CSV).content
    assert said.stderr.decode() == "map-app: 3 rows (one per agreement)\n"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--state", "ZZ", "--out", "x.csv"], 2, "state 'ZZ' (a postal abbreviation such as NC)"),
        (["--out", "x.txt"], 2, "--format is needed"),
        (["--format", "xlsx", "--out", "-"], 2, "cannot go to standard output"),
        (["--grain", "panel", "--out", "x.xlsx"], 2, "choose parquet or csv"),
        (["--grain", "panel", "--status", "ended", "--out", "x.csv"], 2, "takes no status"),
        (["--out", "no/such/folder/x.csv"], 1, "cannot be written"),
    ],
)
def test_call_that_cannot_be_done_is_told_in_one_line_and_leaves_nothing(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    words: list[str], status: int, told: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(small)
    assert main(["export", *words]) == status
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert told in said.err
    assert list(small.iterdir()) == []


def test_record_that_cannot_be_read_exits_1(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small.parent / "agreements.csv").write_text("nothing of use\n")
    assert main(["export", "--out", str(small / "x.csv")]) == 1
    assert "the file is no record of agreements" in capsys.readouterr().err
    assert list(small.iterdir()) == []


def test_failed_write_leaves_the_old_file(
    record: LoadedRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "x.json"
    out.write_text("old")
    monkeypatch.setattr(Path, "replace", _no_space)
    from map_app.errors import MapAppError

    with pytest.raises(MapAppError, match="No space left"):
        write_file(export(Selection(record, ALL), Format.JSON), out)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_archive_by_the_name_of_the_file(small: Path) -> None:
    assert main(["export", "--grain", "county", "--out", str(small / "counties.csv.zip")]) == 0
    with zipfile.ZipFile(small / "counties.csv.zip") as archive:
        assert archive.namelist() == ["287g-counties_2026-05-11.csv", "README.txt"]
