"""Files of exactly the filtered rows, at the grain a reader needs, each saying where it comes from."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd

from geo.fips import state_fips
from map_app.agreements import COLUMN_NAMES, Column
from map_app.citation import SHAPES_SOURCE, Provenance, provenance
from map_app.errors import MapAppError, UsageError
from map_app.grains import GRAIN_COLUMNS, Grain, Selection, table
from map_app.vocabulary import Coverage

#: A cell that begins with one of these would be run as a formula by a spreadsheet (full-width signs included,
#: which East Asian versions accept).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Progress = Callable[[str], None]


class Format(StrEnum):
    """File formats; values are the words of the command line and the endings of the files."""

    CSV = "csv"
    CSV_GZ = "csv.gz"
    XLSX = "xlsx"
    JSON = "json"
    GEOJSON = "geojson"
    GPKG = "gpkg"
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        """Media type as a server names it."""
        return {
            Format.CSV: "text/csv; charset=utf-8",
            Format.CSV_GZ: "application/gzip",
            Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format.JSON: "application/json",
            Format.GEOJSON: "application/geo+json",
            Format.GPKG: "application/geopackage+sqlite3",
            Format.PARQUET: "application/vnd.apache.parquet",
        }[self]

    @property
    def is_text(self) -> bool:
        """Whether the format can be written to a terminal."""
        return self in (Format.CSV, Format.JSON, Format.GEOJSON)

    @property
    def carries_provenance(self) -> bool:
        """Whether the file itself can say where it comes from; else a text file stands beside it."""
        return self not in (Format.CSV, Format.CSV_GZ)


#: Panels have about 930,000 rows and no shape of their own.
PANEL_FORMATS: Final = (Format.PARQUET, Format.CSV, Format.CSV_GZ)


@dataclass(frozen=True)
class Exported:
    """A file ready to be handed out.

    Attributes:
        name: File name.
        media_type: Media type.
        content: The file.
        readme: Text for the formats that cannot say where they come from, else an empty text.
        rows: Number of rows at the grain asked for.
    """

    name: str
    media_type: str
    content: bytes
    readme: str
    rows: int


def export(
    selection: Selection,
    file_format: Format,
    grain: Grain | None = None,
    *,
    address: str = "",
    progress: Progress = lambda step: None,
) -> Exported:
    """Return a selection as a file.

    Args:
        selection: The record and its filters.
        file_format: Which format.
        grain: What one row is; agreements by default. A GeoPackage without a grain holds a layer for each.
        address: Public address of the map, for the link to the selection, where it is known.
        progress: Called with a few words before each step.

    Raises:
        UsageError: The format does not hold that grain.
    """
    every_layer = file_format is Format.GPKG and grain is None
    grain = grain or Grain.AGREEMENT
    check_format(file_format, grain)
    progress(f"selecting {grain.plural}")
    frame = table(selection, grain)
    told = provenance(
        selection.record,
        selection.filters,
        content=grain.content,
        rows=len(frame),
        grain="" if every_layer else grain.value,
        address=address,
    )
    progress(f"writing {len(frame):,} rows as {file_format}")
    match file_format:
        case Format.CSV:
            content = _panel_csv(frame) if grain is Grain.PANEL else csv_of(frame, GRAIN_COLUMNS[grain])
        case Format.CSV_GZ:
            plain = _panel_csv(frame) if grain is Grain.PANEL else csv_of(frame, GRAIN_COLUMNS[grain])
            content = gzip.compress(plain, 6, mtime=0)
        case Format.JSON:
            content = json_of(frame, told)
        case Format.XLSX:
            with _scratch_room():
                content = _xlsx(frame, grain, told)
        case Format.GEOJSON:
            content = geojson_of(frame, grain, told)
        case Format.PARQUET:
            content = _parquet(frame, grain, told)
        case Format.GPKG:
            grains = [g for g in Grain if g is not Grain.PANEL] if every_layer else [grain]
            frames = {g: frame if g is grain else table(selection, g) for g in grains}
            with _scratch_room():
                content = _gpkg(selection, frames, told, progress)
    return Exported(
        file_name(selection, file_format, None if every_layer else grain),
        file_format.media_type,
        content,
        "" if file_format.carries_provenance else readme(told, grain, file_format),
        len(frame),
    )


@contextmanager
def _scratch_room() -> Iterator[None]:
    """Tell of no room for the scratch files some formats need, which their libraries tell each in its own way.

    Raises:
        MapAppError: A scratch file cannot be written.
    """
    from pyogrio.errors import DataLayerError, DataSourceError
    from xlsxwriter.exceptions import XlsxFileError

    try:
        yield
    except (OSError, DataLayerError, DataSourceError, XlsxFileError) as trouble:
        why = " ".join(str(trouble).split())[:160]
        raise MapAppError(
            f"{tempfile.gettempdir()}: a scratch file cannot be written there ({why}). Make room, or name another "
            "folder in TMPDIR."
        ) from trouble


def check_format(file_format: Format, grain: Grain) -> None:
    """Say whether a format can hold a grain.

    Raises:
        UsageError: It cannot.
    """
    if grain is Grain.PANEL and file_format not in PANEL_FORMATS:
        raise UsageError(
            f"a panel of counties by month has about 930,000 rows: choose {' or '.join(PANEL_FORMATS)}, "
            f"not {file_format}"
        )


def zipped(exported: Exported) -> Exported:
    """Return a file and the text that says where it comes from, together in one ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in ((exported.name, exported.content), ("README.txt", exported.readme.encode())):
            if content:
                # A fixed date: the same selection of the same record gives the same bytes.
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 6)
    return Exported(f"{exported.name}.zip", "application/zip", out.getvalue(), "", exported.rows)


def file_name(selection: Selection, file_format: Format, grain: Grain | None) -> str:
    """Return a name that tells date and selection, as `287g-agreements_2026-05-11_state-NC.csv`."""
    filters = selection.filters
    day = filters.as_of or selection.record.newest_list
    narrowed = "_".join(
        f"{name}-{'-'.join(values)}" for name, values in filters.to_query().items() if name not in ("as_of", "grain")
    )
    what = "agreements-all-grains" if grain is None else grain.plural
    parts = [f"287g-{what}", day.isoformat() if day else "", re.sub(r"[^A-Za-z0-9_-]", "", narrowed)[:80]]
    return "_".join(filter(None, parts)) + f".{file_format}"


def readme(told: Provenance, grain: Grain, file_format: Format) -> str:
    """Return the text that stands beside a file which cannot say where it comes from."""
    lines = [f"{name}: {value}" for name, value in told.lines()]
    if file_format in (Format.CSV, Format.CSV_GZ):
        lines.append(
            "cells: UTF-8 with a byte order mark; empty means missing; a text that a spreadsheet would run as a "
            "formula has an apostrophe put before it"
        )
    lines += ["", "Columns", ""]
    for column in GRAIN_COLUMNS[grain]:
        allowed = f" One of: {', '.join(column.allowed)}." if 0 < len(column.allowed) < 15 else ""
        lines.append(f"{column.name} ({column.kind}): {column.description}{allowed} Empty: {column.empty_means}.")
    return "\n".join(lines) + "\n"


# ---- text


def csv_bytes(agreements: pd.DataFrame) -> bytes:
    """Return agreements as CSV: the columns of the record, UTF-8 with a byte order mark, formulas made harmless.

    Args:
        agreements: Rows to write, as `read_agreements` returns them; order is kept.
    """
    frame = agreements[[name for name in agreements.columns if name in COLUMN_NAMES]]
    return csv_of(frame, GRAIN_COLUMNS[Grain.AGREEMENT])


def csv_of(frame: pd.DataFrame, columns: Sequence[Column]) -> bytes:
    """Return rows as CSV, UTF-8 with a byte order mark, dates as YYYY-MM-DD, formulas made harmless.

    Args:
        frame: Rows to write; order of rows and columns is kept.
        columns: What the columns are.
    """
    kinds = {column.name: column.kind for column in columns}
    cells = []
    for name in frame.columns:
        values = cell_values(frame[name])
        if kinds.get(str(name), "text") in ("text", "link"):
            values = [f"'{value}" if value and value.startswith(_FORMULA_STARTS) else value for value in values]
        cells.append(values)
    heads = [str(name) for name in frame.columns]
    lines = [",".join(map(_csv_cell, row)) for row in (heads, *zip(*cells, strict=True))]
    return ("\n".join(lines) + "\n").encode("utf-8-sig")


_NEEDS_QUOTES: Final = re.compile('[,"\r\n]')


def _csv_cell(value: Any) -> str:
    """Return a cell as RFC 4180 wants it; unlike the csv module, a lone carriage return is quoted too."""
    if value is None:
        return ""
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _panel_csv(frame: pd.DataFrame) -> bytes:
    """Return a panel as CSV: codes, dates and numbers only, so no cell can be a formula; written by Arrow for speed."""
    import pyarrow.csv

    out = io.BytesIO(b"\xef\xbb\xbf")
    out.seek(0, io.SEEK_END)
    options = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")
    pyarrow.csv.write_csv(_arrow_table(frame, Grain.PANEL), out, options)
    return out.getvalue()


def cell_values(column: pd.Series) -> list[Any]:
    """Return a column as plain values: text, whole numbers, truth values, dates as YYYY-MM-DD, None for missing."""
    kind = column.dtype
    if pd.api.types.is_datetime64_any_dtype(kind):
        days = column.to_numpy(dtype="datetime64[D]").astype("str").tolist()
        return [None if day == "NaT" else day for day in days]
    if isinstance(kind, pd.Int64Dtype):
        return [None if value is pd.NA else value for value in column.astype(object).tolist()]
    if pd.api.types.is_bool_dtype(kind) or pd.api.types.is_integer_dtype(kind):
        return list(column.tolist())
    return [str(value) or None for value in column.tolist()]


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain data, as `cell_values` gives them."""
    names = [str(name) for name in frame.columns]
    cells = [cell_values(frame[name]) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def json_of(frame: pd.DataFrame, told: Provenance, **more: Any) -> bytes:
    """Return rows as JSON: an object with `meta` (where it comes from) and `data` (the rows)."""
    document = {"meta": {**told.as_dict(), **more}, "data": plain_rows(frame)}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


# ---- shapes


def geojson_of(frame: pd.DataFrame, grain: Grain, told: Provenance, **more: Any) -> bytes:
    """Return rows as a GeoJSON FeatureCollection (RFC 7946) with a member `metadata`.

    Counties and states have their own shape; agreements and agencies the ground they cover, null where they
    could not be placed. Alaska's islands beyond 180° lie west of -180, so that Alaska stays in one piece.
    """
    metadata = {**told.as_dict(), "shapes": SHAPES_SOURCE, **more}
    head = json.dumps(metadata, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    key = GRAIN_COLUMNS[grain][0].name
    features = []
    for row, covered in zip(plain_rows(frame), grounds(frame, grain), strict=True):
        shape = _ground_json(covered) if covered else "null"
        cells = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        identity = json.dumps(row[key])
        features.append(f'{{"type":"Feature","id":{identity},"properties":{cells},"geometry":{shape}}}')
    body = ",\n".join(features)
    return f'{{"type":"FeatureCollection","metadata":{head},"features":[\n{body}\n]}}\n'.encode()


def grounds(frame: pd.DataFrame, grain: Grain) -> list[tuple[str, ...]]:
    """Return the codes of the shapes each row covers: counties, or one state, or none where unplaced."""
    if grain is Grain.COUNTY:
        return [(geoid,) for geoid in frame["geoid"]]
    if grain is Grain.STATE:
        return [(code,) for code in frame["state_fips"]]
    told = zip(frame["coverage"].astype("str"), frame["state_abbr"].astype("str"), frame["county_geoids"], strict=True)
    return [
        (state_fips(abbr),) if coverage == Coverage.STATEWIDE else tuple(filter(None, geoids.split(";")))
        for coverage, abbr, geoids in told
    ]


@cache
def _shapes() -> dict[str, Any]:
    """Return every county and state shape as a shapely MultiPolygon by code, rings as RFC 7946 wants them."""
    import shapely

    from geo.boundaries import load_counties, load_states

    held: dict[str, Any] = {}
    for layer in (load_counties(), load_states()):
        wound = shapely.orient_polygons(layer.geometry.to_numpy(), exterior_cw=False)
        for code, shape in zip(layer["geoid"], wound, strict=True):
            held[str(code)] = shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
    return held


def _ground(codes: tuple[str, ...]) -> Any:
    """Return the shape of some counties or of a state as one MultiPolygon without inner borders."""
    import shapely

    shapes = _shapes()
    if len(codes) == 1:
        return shapes[codes[0]]
    joined = shapely.orient_polygons(shapely.union_all([shapes[code] for code in codes]), exterior_cw=False)
    return joined if joined.geom_type == "MultiPolygon" else shapely.MultiPolygon([joined])


@cache
def _ground_json(codes: tuple[str, ...]) -> str:
    """Return a ground as GeoJSON geometry; five decimals are about a metre, finer than the shapes."""
    import numpy as np

    def ring(line: Any) -> list[list[float]]:
        return [[x, y] for x, y in np.round(np.asarray(line.coords), 5).tolist()]

    polygons = [[ring(p.exterior), *(ring(hole) for hole in p.interiors)] for p in _ground(codes).geoms]
    return json.dumps({"type": "MultiPolygon", "coordinates": polygons}, separators=(",", ":"))


# ---- typed tables


def _arrow_table(frame: pd.DataFrame, grain: Grain) -> Any:
    """Return rows as an Arrow table: text (null for missing), int32, date32, boolean."""
    import pyarrow as pa

    kinds = {column.name: column.kind for column in GRAIN_COLUMNS[grain]}
    arrays = []
    for name in frame.columns:
        values = frame[name]
        match kinds[str(name)]:
            case "date":
                arrays.append(pa.Array.from_pandas(values).cast(pa.date32()))
            case "integer":
                arrays.append(pa.Array.from_pandas(values).cast(pa.int32()))
            case "boolean":
                arrays.append(pa.array(values.to_numpy(dtype=bool)))
            case _ if isinstance(values.dtype, pd.CategoricalDtype) and grain is Grain.PANEL:
                arrays.append(pa.Array.from_pandas(values))
            case _:
                arrays.append(pa.array([str(value) or None for value in values], type=pa.string()))
    return pa.table(arrays, names=[str(name) for name in frame.columns])


def _geo_frame(frame: pd.DataFrame, grain: Grain) -> Any:
    """Return rows with the ground they cover, dates as dates, None for missing text."""
    import geopandas

    typed = _arrow_table(frame, grain).to_pandas(types_mapper=_nullable)
    shapes = [_ground(codes) if codes else None for codes in grounds(frame, grain)]
    return geopandas.GeoDataFrame(typed, geometry=geopandas.GeoSeries(shapes, crs="EPSG:4326"))


def _nullable(kind: Any) -> Any:
    import pyarrow as pa

    return pd.ArrowDtype(kind) if kind in (pa.int32(), pa.date32(), pa.string()) else None


def _parquet(frame: pd.DataFrame, grain: Grain, told: Provenance) -> bytes:
    """Return rows as Parquet (zstd), with shapes as GeoParquet; the schema's metadata hold `provenance` as JSON."""
    import pyarrow.parquet as pq

    if grain is Grain.PANEL:
        arrow = _arrow_table(frame, grain)
    else:
        plain = io.BytesIO()
        _geo_frame(frame, grain).to_parquet(plain, index=False)
        plain.seek(0)
        # Without threads of its own: one still ending when the program does aborts it ("terminate called").
        arrow = pq.ParquetFile(plain, pre_buffer=False).read(use_threads=False)
    said = {"provenance": json.dumps(told.as_dict(), ensure_ascii=False), "columns": json.dumps(_dictionary(grain))}
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **{k: v.encode() for k, v in said.items()}})
    out = io.BytesIO()
    pq.write_table(arrow, out, compression="zstd")
    return out.getvalue()


def _dictionary(grain: Grain) -> list[dict[str, str]]:
    """Return the data dictionary of a grain as plain rows."""
    return [
        {
            "column": column.name,
            "type": column.kind,
            "content": column.description,
            "allowed_values": ", ".join(column.allowed) if len(column.allowed) < 15 else "postal abbreviations",
            "empty_means": column.empty_means,
            "source": column.source,
        }
        for column in GRAIN_COLUMNS[grain]
    ]


def _gpkg(selection: Selection, frames: dict[Grain, pd.DataFrame], told: Provenance, progress: Progress) -> bytes:
    """Return a GeoPackage: a layer for each grain, a table `about` and a table `data_dictionary`."""
    import pyogrio

    newest = selection.record.newest_list or dt.date(2002, 7, 2)
    # GDAL stamps a GeoPackage with the hour; a fixed one makes the same record give the same bytes.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{newest.isoformat()}T00:00:00.000Z"})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.gpkg"
        for grain, frame in frames.items():
            progress(f"writing layer {grain.plural}")
            layer_says = {"content": grain.content, "filters": told.query or "none", "record_version": told.version}
            pyogrio.write_dataframe(
                _geo_frame(frame, grain), path, layer=grain.plural, driver="GPKG", geometry_type="MultiPolygon",
                append=path.exists(), layer_metadata=layer_says, use_arrow=True,
            )  # fmt: skip
        dictionary = [{"layer": g.plural, **row} for g in frames for row in _dictionary(g)]
        about = pd.DataFrame([*told.lines(), ("shapes", SHAPES_SOURCE)], columns=["name", "value"])
        for name, rows in (("about", about), ("data_dictionary", pd.DataFrame(dictionary))):
            pyogrio.write_dataframe(rows, path, layer=name, driver="GPKG", append=True)
        return path.read_bytes()


# ---- workbook

_CELL_LIMIT: Final = 32_767
_CUT: Final = " … (cut at the length a cell can hold; the CSV file has all of it)"


def _xlsx(frame: pd.DataFrame, grain: Grain, told: Provenance) -> bytes:
    """Return a workbook: the rows with typed dates, a frozen heading and filters; the dictionary; the selection."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                     "strings_to_numbers": False})  # fmt: skip
    newest = told.newest_list or dt.date(2002, 7, 2)
    created = dt.datetime(newest.year, newest.month, newest.day)  # not the hour: the same rows give the same bytes
    book.set_properties({"title": told.content, "comments": told.query, "created": created})
    bold, day = book.add_format({"bold": True, "bg_color": "#E6ECF2"}), book.add_format({"num_format": "yyyy-mm-dd"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    columns = {column.name: column for column in GRAIN_COLUMNS[grain]}
    names = [str(name) for name in frame.columns]

    def write_text(sheet: Any, row: int, place: int, text: str, cell_format: Any = None) -> None:
        if len(text) > _CELL_LIMIT:
            text = text[: _CELL_LIMIT - len(_CUT)] + _CUT
        sheet.write_string(row, place, text, cell_format)  # a string cell is never run as a formula

    sheet = book.add_worksheet(grain.plural)
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(names):
        sheet.set_column(place, place, {"date": 12, "integer": 10}.get(columns[name].kind, 24))
    for place, name in enumerate(names):
        write_text(sheet, 0, place, name, bold)
    dates = {name for name in names if columns[name].kind == "date"}
    whole = {name for name in names if columns[name].kind in ("integer", "boolean")}
    for number, values in enumerate(frame.itertuples(index=False, name=None), start=1):
        for place, (name, value) in enumerate(zip(names, values, strict=True)):
            if name in dates:
                if not pd.isna(value):
                    sheet.write_datetime(number, place, value.to_pydatetime(), day)
            elif name in whole:
                if not pd.isna(value):
                    sheet.write_number(number, place, int(value))
            elif value:
                write_text(sheet, number, place, str(value))
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(names) - 1)

    dictionary = book.add_worksheet("Data dictionary")
    rows: Iterable[Iterable[str]] = [list(_dictionary(grain)[0]), *(row.values() for row in _dictionary(grain))]
    _write_sheet(dictionary, rows, (24, 10, 60, 40, 30, 30), bold, wrap, write_text)
    about = book.add_worksheet("About this file")
    _write_sheet(about, [("name", "value"), *told.lines()], (20, 100), bold, wrap, write_text)
    book.close()
    return out.getvalue()


def _write_sheet(
    sheet: Any, rows: Iterable[Iterable[str]], widths: Sequence[int], head: Any, body: Any, write: Callable[..., None]
) -> None:
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    for number, cells in enumerate(rows):
        for place, text in enumerate(cells):
            write(sheet, number, place, text, body if number else head)


# ---- writing to disk


def write_file(exported: Exported, path: Path) -> list[Path]:
    """Write a file whole or not at all, with its text beside it where it has one; return what was written.

    Raises:
        MapAppError: The place cannot be written to.
    """
    wanted = [(path, exported.content)]
    if exported.readme:
        wanted.append((path.with_name(f"{path.name}.README.txt"), exported.readme.encode()))
    try:
        for place, content in wanted:
            handle, part = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
            try:
                with os.fdopen(handle, "wb") as out:
                    out.write(content)
                Path(part).chmod(0o666 & ~_umask())
                Path(part).replace(place)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise
    except OSError as trouble:
        why = trouble.strerror or str(trouble)
        raise MapAppError(f"{path}: cannot be written ({why}). Choose another place with --out.") from trouble
    return [place for place, _ in wanted]


def _umask() -> int:
    held = os.umask(0)
    os.umask(held)
    return held
