"""`map-app export`: the filtered rows as a file, by the same code as the app's downloads and the HTTP interface."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from map_app.errors import UnreadableFileError, UsageError

if TYPE_CHECKING:
    import datetime as dt

    from map_app.exports import Format
    from map_app.filters import Filters
    from map_app.record import LoadedRecord

# Spelled out, so that building the parser of every command does not import pandas; a test compares them.
GRAINS: Final = ("agreement", "agency", "county", "state", "panel")
FORMATS: Final = ("csv", "csv.gz", "xlsx", "json", "geojson", "gpkg", "parquet")
#: Files that show the selection instead of listing its rows.
PICTURES: Final = ("html", "png", "svg", "pdf")
SIZES: Final = ("slide", "print", "handout", "card")
COLORS: Final = ("level", "model", "year", "number")

#: Filters as the command line names them; several values by repeating, or with commas.
_FILTERS: Final[tuple[tuple[str, str, str], ...]] = (
    ("model", "CODE", "support type: JEM, TFM, WSO, HYB, or its full name"),
    ("year", "YEARS", "signing year, or years as 2007-2010"),
    ("state", "STATE", "postal abbreviation"),
    ("county", "GEOID", "five-digit county code; keeps statewide agreements of its state as well"),
    ("agency-type", "TYPE", "kind of signing body: state, county, municipal, ..."),
    ("status", "STATUS", "active (unless said), ended, superseded, all"),
    ("as-of", "DAY", "what ICE listed, or was in force by documents of the time, on that day (YYYY-MM-DD)"),
)


def add_filter_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a command the filters every output understands."""
    group = parser.add_argument_group("filters", "each can be repeated, or take values with commas")
    for name, metavar, told in _FILTERS:
        group.add_argument(f"--{name}", action="append", default=[], metavar=metavar, help=told)


def filters_of(args: argparse.Namespace) -> Filters:
    """Return the filters a command was given.

    Raises:
        UsageError: A value means nothing.
    """
    from map_app.filters import require_filters

    names = [name.replace("-", "_") for name, *_ in _FILTERS]
    return require_filters({name: getattr(args, name) for name in names})


def add_export_command(commands: Any) -> None:
    """Add `export` to the commands of the program (the result of `add_subparsers`)."""
    parser = commands.add_parser(
        "export",
        help="write the filtered rows as a file",
        description="Write exactly the rows the app shows for the same filters, or their map.",
        epilog="--out - writes csv, json or geojson to standard output. A name that ends in .zip packs the file "
        "with a text that says where it comes from; else that text stands beside a csv file.",
    )
    add_filter_arguments(parser)
    parser.add_argument(
        "--grain", choices=GRAINS,
        help="what one row is (agreement; a GeoPackage without it holds a layer for each)",
    )  # fmt: skip
    parser.add_argument(
        "--format", choices=(*FORMATS, *PICTURES), metavar="FORMAT",
        help=f"file format (by the ending of --out unless said): {', '.join(FORMATS)}; as a picture png, svg or pdf; "
        "html for the map in one file that needs no network",
    )  # fmt: skip
    group = parser.add_argument_group("pictures and the map in one file")
    group.add_argument(
        "--size", choices=SIZES,
        help="slide (1920 x 1080, unless said), print (Letter), card (1200 x 630), or handout: one page of text and "
        "map for one state or county, as pdf",
    )  # fmt: skip
    group.add_argument(
        "--vs", dest="beside", metavar="DAY|STATE",
        help="a picture of two maps side by side: the same selection on another day, or of another state",
    )  # fmt: skip
    group.add_argument("--color", choices=COLORS, help="what the colour of a county says (level)")
    group.add_argument("--lang", metavar="CODE", help="language: en (unless said) or es")
    parser.add_argument("--out", required=True, metavar="FILE", help="file to write, or - for standard output")
    parser.set_defaults(run=run_export)


def run_export(args: argparse.Namespace) -> int:
    """Write the file; return the exit status.

    Raises:
        UsageError: The call asks for something that does not exist.
        UnreadableFileError: The record cannot be used.
        MapAppError: The file cannot be written.
    """
    from map_app.citation import ADDRESS_VARIABLE
    from map_app.exports import check_format, export, write_file, zipped
    from map_app.grains import Grain, Selection

    filters = filters_of(args)
    grain = Grain(args.grain) if args.grain else None
    asked = _picture_of(args.format, args.out)
    if asked:
        return _write_picture(args, asked, filters)
    for name, given in (("size", args.size), ("vs", args.beside), ("color", args.color), ("lang", args.lang)):
        if given:
            raise UsageError(f"--{name} is for {', '.join(PICTURES)}")
    file_format = _format_of(args.format, args.out)
    check_format(file_format, grain or Grain.AGREEMENT)
    if args.out == "-" and not file_format.is_text:
        raise UsageError(f"{file_format} cannot go to standard output: name a file with --out")
    record = usable_record()
    selection = Selection(record, _of_known_day(filters, record))
    progress = _tell if sys.stderr.isatty() else _keep_quiet
    exported = export(selection, file_format, grain, address=os.environ.get(ADDRESS_VARIABLE, ""), progress=progress)
    of = "county and month" if grain is Grain.PANEL else grain or Grain.AGREEMENT
    unit = f"{'row' if exported.rows == 1 else 'rows'} (one per {of})"
    if args.out == "-":
        sys.stdout.buffer.write(exported.content)
        sys.stdout.buffer.flush()
        print(f"map-app: {exported.rows:,} {unit}", file=sys.stderr)
        return 0
    path = Path(args.out)
    if path.suffix.lower() == ".zip":
        exported = zipped(exported)
    written = write_file(exported, path)
    print(f"{path}: {exported.rows:,} {unit}, {path.stat().st_size:,} bytes")
    for beside in written[1:]:
        print(f"{beside}: where it comes from")
    return 0


def _picture_of(asked: str | None, out: str) -> str | None:
    """Return the kind of picture asked for, or the one the file's name ends in; None for a file of rows."""
    ending = asked or out.lower().rpartition(".")[2]
    return ending if ending in PICTURES else None


def _write_picture(args: argparse.Namespace, ending: str, filters: Filters) -> int:
    """Write a picture, a handout or the map in one file."""
    from map_app.citation import ADDRESS_VARIABLE, filter_query
    from map_app.exports import Exported, write_file
    from map_app.map_layers import ColorBy
    from map_app.takeaway import MEDIA, Order, beside_of, made
    from map_app.text import LANGUAGES

    if args.grain:
        raise UsageError(f"--grain is for {', '.join(FORMATS)}")
    if args.out == "-":
        raise UsageError(f"{ending} cannot go to standard output: name a file with --out")
    if args.size and ending == "html":
        raise UsageError("--size is for png, svg and pdf")
    language = args.lang or "en"
    if language not in LANGUAGES:
        raise UsageError(f"there is no language {language!r}: give one of {', '.join(LANGUAGES)}")
    record = usable_record()
    filters = _of_known_day(filters, record)
    address = os.environ.get(ADDRESS_VARIABLE, "").rstrip("/")
    if address:
        query = filter_query(filters)
        address = f"{address}/?{query}" if query else f"{address}/"
    if args.beside and (ending == "html" or args.size == "handout"):
        raise UsageError("--vs is for pictures: png, svg and pdf")
    beside = beside_of(filters, args.beside, record.newest_list) if args.beside else None
    order = Order(ending, args.size or "slide", filters, ColorBy(args.color or "level"), language, address, beside)
    content = made(record, order)
    path = Path(args.out)
    write_file(Exported(path.name, MEDIA[ending], content, "", 0), path)
    print(f"{path}: {len(content):,} bytes")
    return 0


def _format_of(asked: str | None, out: str) -> Format:
    """Return the format asked for, or the one the file's name ends in."""
    from map_app.exports import Format

    if asked:
        return Format(asked)
    name = out.lower().removesuffix(".zip")
    for held in sorted(Format, key=len, reverse=True):
        if name.endswith(f".{held}"):
            return held
    endings = ", ".join(f".{held}" for held in (*Format, *PICTURES))
    raise UsageError(f"--format is needed: {out!r} does not end in one of {endings}")


def _of_known_day(filters: Filters, record: LoadedRecord) -> Filters:
    """Return filters whose day, where they have one, is one the record can answer for (see `require_known_day`)."""
    return replace(filters, as_of=require_known_day(filters.as_of, record)) if filters.as_of else filters


def require_known_day(day: dt.date, record: LoadedRecord, option: str = "--as-of") -> dt.date:
    """Return the day to answer for: the day asked for, or that of the newest list where it is later.

    That the newest list is shown is said on stderr.

    Raises:
        UsageError: The day is before the program; the message says which days can be asked for.
    """
    from map_app.filters import FIRST_DAY

    if day < FIRST_DAY:
        raise UsageError(f"{option} {day} is before the first agreement of the program; give a day from {FIRST_DAY} on")
    if record.newest_list and day > record.newest_list:
        print(
            f"map-app: the newest list held is of {record.newest_list}; nothing later is known, that list is shown",
            file=sys.stderr,
        )
        return record.newest_list
    return day


def usable_record() -> LoadedRecord:
    """Return the record; say on stderr how many of its rows are not in it.

    Raises:
        UnreadableFileError: It cannot be read at all.
    """
    from map_app.record import current_record, record_path

    record = current_record()
    if record.refused:
        raise UnreadableFileError(record_path(), record.refused)
    if record.set_aside:
        print(
            f"map-app: {record.set_aside:,} rows of {record_path()} have faults and are left out; "
            f"`map-app check {record_path()}` names them",
            file=sys.stderr,
        )
    return record


def _tell(step: str) -> None:
    print(f"map-app: {step} …", file=sys.stderr, flush=True)


def _keep_quiet(step: str) -> None:
    pass
