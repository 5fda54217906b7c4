"""Writes the static edition: all of it beside its place, then moved there, so that a reader never meets half of one."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from map_app.errors import MapAppError, UsageError
from map_app.exports import Format, export
from map_app.filters import Filters
from map_app.frame import assets, page_font_file
from map_app.grains import Grain, Selection
from map_app.present import present_files
from map_app.publish.data import data_files
from map_app.publish.pages import Download, Site, frame_page, pages
from map_app.record import LoadedRecord, record_path
from map_app.text import LANGUAGES, Text, text_in
from map_app.web import content_version

#: Says that a folder was written by us, and which of its entries are ours.
MARK: Final = "published.json"
#: Files of the app the edition holds as they are.
_FROM_APP: Final = ("leaflet.js", "leaflet.css", "shapes.js", "map.js", "map.css", "page.css")
#: Files of the presenter's page it holds as they are.
_FROM_PRESENTER: Final = ("timeline.js",)
_OWN: Final = ("parts.js", "record.js", "search.js", "find.js", "explore.js", "frame.js", "site.js", "site.css")
_DOWNLOADS: Final[tuple[tuple[str, Format, Grain | None], ...]] = (
    ("agreements.csv", Format.CSV, Grain.AGREEMENT),
    ("agreements.xlsx", Format.XLSX, Grain.AGREEMENT),
    ("agreements.json", Format.JSON, Grain.AGREEMENT),
    ("agreements.geojson", Format.GEOJSON, Grain.AGREEMENT),
    ("agreements.parquet", Format.PARQUET, Grain.AGREEMENT),
    ("agencies.csv", Format.CSV, Grain.AGENCY),
    ("counties.csv", Format.CSV, Grain.COUNTY),
    ("states.csv", Format.CSV, Grain.STATE),
)

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Published:
    """What was written.

    Attributes:
        folder: Where.
        files: How many files.
        size: Their bytes.
    """

    folder: Path
    files: int
    size: int


def publish(record: LoadedRecord, folder: Path, tell: Tell = lambda step: None) -> Published:
    """Write the edition of a record into a folder that is new, empty, or was written by this before.

    What else stands beside our files at the top of the folder (a `.git`, a `CNAME`) stays there.

    Args:
        record: The record.
        folder: Where to.
        tell: Called with a few words before each step.

    Raises:
        UsageError: Something else is in the folder.
        MapAppError: The place cannot be written to.
    """
    folder = folder.absolute()
    before = _ours(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
            fresh = Path(scratch) / "new"
            count = size = 0
            made: set[Path] = set()
            for path, content in _contents(record, tell):
                place = fresh / path
                if place.parent not in made:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    made.add(place.parent)
                place.write_bytes(content)
                count, size = count + 1, size + len(content)
            tell("putting it in place")
            _swap(fresh, folder, Path(scratch) / "old", before)
    except OSError as trouble:
        why = trouble.strerror or str(trouble)
        raise MapAppError(f"{folder}: cannot be written ({why}); what was there is unchanged") from trouble
    return Published(folder, count, size)


def _ours(folder: Path) -> set[str]:
    """Return the names in a folder that an earlier edition put there.

    Raises:
        UsageError: It is no folder, or holds something and no edition of ours.
    """
    if not folder.exists() and not folder.is_symlink():
        return set()
    if not folder.is_dir() or folder.is_symlink():
        raise UsageError(f"{folder} is not a folder: name one that is new, empty or was published before")
    mark = folder / MARK
    if mark.is_file():
        try:
            told = json.loads(mark.read_text(encoding="utf-8"))
            return {str(name) for name in told["entries"]} | {MARK}
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise UsageError(f"{mark} is damaged: empty the folder, or name another") from wrong
    if any(folder.iterdir()):
        raise UsageError(f"{folder} holds other files: name a folder that is new, empty or was published before")
    return set()


def _swap(fresh: Path, folder: Path, old: Path, before: Iterable[str]) -> None:
    """Put a folder in the place of another; on failure leave the other where it was."""
    if not folder.exists():
        fresh.replace(folder)
        return
    shutil.copystat(folder, fresh)
    folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    known = set(before)
    for entry in sorted(old.iterdir()):
        if entry.name not in known and not (folder / entry.name).exists():
            entry.rename(folder / entry.name)


def _contents(record: LoadedRecord, tell: Tell) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the edition with its path; the same record gives the same files."""
    tell("data for the browser")
    shared = dict(_assets(record))
    version = content_version(shared)
    entries: dict[str, None] = {}

    def note(path: str) -> str:
        entries.setdefault(path.partition("/")[0])
        return path

    for name, content in shared.items():
        yield note(f"assets/{version}/{name}"), content
    tell("downloads")
    files = dict(_downloads(record))
    for name, content in files.items():
        yield note(f"data/{name}"), content
    tell("pages")
    site = Site(record, version)
    for path, page in pages(site, {language: _told(files, text_in(language)) for language in LANGUAGES}):
        yield note(path), page.encode()
    yield MARK, _mark(record, entries)


def _assets(record: LoadedRecord) -> Iterator[tuple[str, bytes]]:
    own = resources.files("map_app.publish") / "static"
    for name in _FROM_APP:
        yield name, assets()[name][1]
    for name in _FROM_PRESENTER:
        yield name, present_files()[name].content
    for name in _OWN:
        yield name, (own / name).read_bytes()
    font = page_font_file()
    if font:
        yield "font.woff2", font.read_bytes()
    yield "frame.html", frame_page("font.woff2" if font else "").encode()
    for name, content in data_files(record):
        yield f"data/{name}.js", content


def _downloads(record: LoadedRecord) -> Iterator[tuple[str, bytes]]:
    selection = Selection(record, Filters(status="all"))
    for name, file_format, grain in _DOWNLOADS:
        made = export(selection, file_format, grain)
        yield name, made.content
        if made.readme and name == "agreements.csv":
            yield "README.txt", made.readme.encode()
    for name in ("datapackage.json", "SOURCES.csv", "pending.csv"):
        beside = record_path().with_name(name)
        if beside.is_file():
            yield name, beside.read_bytes()


def _told(files: Mapping[str, bytes], text: Text) -> list[Download]:
    words = {
        "agreements.csv": text.t("one row per agreement, for spreadsheets and scripts"),
        "agreements.xlsx": text.t("one row per agreement, for Excel"),
        "agreements.json": text.t("one object per agreement, with where it comes from"),
        "agreements.geojson": text.t("one shape per agreement, for maps"),
        "agreements.parquet": text.t("one row per agreement, for data tools"),
        "agencies.csv": text.t("one row per agency"),
        "counties.csv": text.t("one row per county"),
        "states.csv": text.t("one row per state"),
        "pending.csv": text.t("agencies ICE listed as pending; an application is not an agreement"),
        "SOURCES.csv": text.t("the lists the record rests on"),
        "datapackage.json": text.t("the dictionary: what each column means"),
        "README.txt": text.t("where the files come from"),
    }
    return [Download(name, words[name], len(files[name])) for name in words if name in files]


def _mark(record: LoadedRecord, entries: Iterable[str]) -> bytes:
    newest: dt.date | None = record.newest_list
    told: dict[str, Any] = {
        "program": "map-app publish",
        "record": record.version,
        "newest_list": newest.isoformat() if newest else None,
        "entries": sorted(entries),
    }
    return (json.dumps(told, indent=1) + "\n").encode()
