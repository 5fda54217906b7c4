"""Things go wrong: killed in the middle, disk full, files vanish or come broken. The old data stays good."""

from __future__ import annotations

import http.client
import os
import random
import resource
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from example_record import CLEAN_ROWS, ROWS, csv_text, write_rows
from running_app import ROOT, RunningApp, free_port, running_app
from sessions import Session, session

from map_app.agreements import read_agreements
from map_app.errors import AgreementDataError
from map_app.ingest.workbooks import read_workbook
from map_app.record import DATA_VARIABLE

LIST = ROOT / "tests" / "data" / "participatingAgencies05112026am.xlsx"


def command(*words: object, file_limit: int | None = None, **settings: str) -> subprocess.Popen[str]:
    """Start a command of the program, if asked where no file may grow beyond some bytes, as on a full disk."""

    def full_disk() -> None:
        if file_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    return subprocess.Popen(
        [sys.executable, "-m", "map_app", *map(str, words)],
        cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **settings}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=full_disk,
    )  # fmt: skip


def outcome(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, told = process.communicate(timeout=120)
    return process.returncode, told


def holdings(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# ---- the disk is full


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a folder with a record, its companions and an export of an earlier day."""
    folder = tmp_path / "data"
    folder.mkdir()
    write_rows(folder / "agreements.csv", ROWS)
    for name in ("pending.csv", "SOURCES.csv", "export.csv", "export.xlsx", "export.gpkg", "export.parquet"):
        (folder / name).write_bytes(b"of an earlier day\n")
    return folder


def test_rebuild_on_a_full_disk_leaves_the_old_record_and_says_so_in_one_line(old: Path) -> None:
    before = holdings(old)
    code, told = outcome(command("ingest", LIST, "--out", old / "agreements.csv", file_limit=0))
    assert code == 1
    assert holdings(old) == before
    assert told.splitlines()[-1].startswith("map-app ingest:")
    assert "cannot be written" in told.splitlines()[-1]
    assert "Traceback" not in told
    code, _ = outcome(command("ingest", LIST, "--out", old / "agreements.csv"))  # the fault is gone
    assert code == 0
    assert len(read_agreements(old / "agreements.csv").agreements) == 14


@pytest.mark.parametrize("ending", ["csv", "xlsx", "gpkg", "parquet", "geojson", "json", "csv.gz"])
def test_export_on_a_full_disk_leaves_no_part_of_a_file_and_says_so_in_one_line(old: Path, ending: str) -> None:
    before = holdings(old)
    settings = {DATA_VARIABLE: str(old / "agreements.csv")}
    code, told = outcome(command("export", "--out", old / f"export.{ending}", file_limit=300, **settings))
    assert code == 1, told
    assert holdings(old) == before
    assert len(told.strip().splitlines()) <= 2, told  # the example record's set-aside note, then the fault
    assert "cannot be written" in told
    code, told = outcome(command("export", "--out", old / f"export.{ending}", **settings))
    assert code == 0, told


# ---- killed in the middle


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8, 0.9, 0.95, 1.0])
def test_rebuild_killed_at_any_moment_leaves_the_old_record_or_the_new_one(old: Path, share: float) -> None:
    out = old / "agreements.csv"
    before = out.read_bytes()
    process = command("ingest", LIST, "--out", out)
    # The program tells its summary at the end of its work, just before it writes.
    lines = iter(process.stderr or ())
    told = [next(lines) for _ in range(max(1, int(share * 12)))]
    process.kill()
    process.communicate()
    assert told
    now = out.read_bytes()
    assert now == before or len(read_agreements(out).agreements) == 14
    code, _ = outcome(command("ingest", LIST, "--out", out))
    assert code == 0
    assert len(read_agreements(out).agreements) == 14


def test_export_killed_in_the_middle_leaves_the_old_file(old: Path) -> None:
    place = old / "export.gpkg"
    process = command("export", "--state", "NC", "--out", place)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    process.kill()
    process.communicate()
    assert place.read_bytes() == b"of an earlier day\n"


# ---- the file under the running app


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "agreements.csv", ROWS)


@pytest.fixture
def served(data: Path) -> Iterator[RunningApp]:
    with running_app(data) as running:
        yield running


def counted(visitor: Session) -> str:
    visitor.run("view=explore&status=all")
    assert visitor.failures == 0
    return next((html for html in visitor.html if 'class="counts"' in html), "")


BREAKAGES: dict[str, Callable[[Path], None]] = {
    "vanished": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "binary": lambda path: path.write_bytes(os.urandom(4096)),
    "half copied": lambda path: path.write_bytes(csv_text(ROWS).encode()[:2000]),
    "a folder": lambda path: (path.unlink(), path.mkdir())[0],
    "another table": lambda path: path.write_text("a,b\n1,2\n"),
    "a page of the web": lambda path: path.write_text("<!doctype html><title>Not found</title>"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_broken_file_leaves_the_last_good_record_with_a_notice_until_it_is_mended(
    served: RunningApp, data: Path, breakage: str
) -> None:
    with session(served.port) as visitor:
        good = counted(visitor)
        assert f"<b>{len(ROWS)}</b>" in good
        BREAKAGES[breakage](data)
        assert counted(visitor) == good
        assert any("cannot be used" in words and "last good version" in words for words in visitor.alerts())
        assert b'"newest_file_usable": false' in served.ask("/readyz").body
        assert served.ask("/readyz").status == 200
        answer = served.ask("/api/v1/agreements?status=all")
        assert (answer.status, answer.headers["x-total-rows"]) == (200, str(len(ROWS)))
        if data.is_dir():
            data.rmdir()
        fresh = write_rows(data.with_suffix(".new"), CLEAN_ROWS)
        fresh.replace(data)
        assert f"<b>{len(CLEAN_ROWS)}</b>" in counted(visitor)
        assert not any("cannot be used" in words for words in visitor.alerts())
    assert "Traceback" not in served.said()


def test_file_replaced_again_and_again_is_always_read_whole(served: RunningApp, data: Path) -> None:
    """Each answer is of one version or of the other, whatever moment it falls on."""
    versions = [csv_text(ROWS).encode(), csv_text(CLEAN_ROWS[:5]).encode()]
    stop = threading.Event()

    def replace_often() -> None:
        turn = 0
        while not stop.wait(0.01):
            fresh = data.with_suffix(".new")
            fresh.write_bytes(versions[turn % 2])
            fresh.replace(data)
            turn += 1

    writer = threading.Thread(target=replace_often)
    writer.start()
    try:
        seen = {served.ask("/api/v1/agreements?status=all").headers["x-total-rows"] for _ in range(30)}
    finally:
        stop.set()
        writer.join()
    assert seen <= {str(len(ROWS)), "5"}
    assert "Traceback" not in served.said()


def test_server_killed_while_it_filters_and_exports_loses_nothing_and_starts_again(data: Path) -> None:
    port, before = free_port(), data.read_bytes()
    with running_app(data, port) as first, session(port) as visitor:
        visitor.run("view=explore")
        visitor.choose("w_models", "Task Force Model")
        visitor.ask("view=explore")
        export = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        export.request("GET", "/api/v1/counties.geojson")
        assert first.process is not None
        first.process.kill()
        with pytest.raises((OSError, http.client.HTTPException)):
            export.getresponse().read()
    assert data.read_bytes() == before
    assert [path.name for path in data.parent.iterdir()] == [data.name]
    with running_app(data, port) as second, session(port) as visitor:
        visitor.run("view=explore")
        assert visitor.failures == 0
        assert second.ask("/api/v1/counties.geojson").status == 200


# ---- a workbook that is broken


def test_workbook_damaged_anywhere_is_read_or_refused_in_one_line(tmp_path: Path) -> None:
    whole = LIST.read_bytes()
    chance = random.Random(287)
    path = tmp_path / "damaged.xlsx"
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        kind = chance.randrange(3)
        if kind == 0:
            damaged = damaged[: chance.randrange(len(damaged))]
        else:
            for _ in range(chance.choice((1, 20, 400))):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(bytes(damaged))
        refused += is_refused(path)
    assert refused > 50


def test_workbook_whose_parts_are_damaged_is_read_or_refused_in_one_line(tmp_path: Path) -> None:
    """Damage inside the compressed parts, which the archive's own checksums would otherwise catch."""
    chance = random.Random(287)
    path = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(LIST) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    swaps = (
        (b'r="', b'r="-'), (b"<v>", b"<v>9e999"), (b't="s"', b't="d"'), (b't="s"', b't="x"'), (b"</c>", b""),
        (b'count="', b'count="-'), (b"<row", b"<row><row"), (b'r:id="rId', b'r:id="rId9'), (b'Id="rId1"', b'Id=""'),
        (b"numFmtId=", b"numFmtId='x' y="), (b"sheet1", b"../../../../etc/passwd"), (b"UTF-8", b"UTF-7"),
        (b"<sheets>", b"<sheets><sheet/>"), (b"UTF-8", b"nonsense"), (b'ref="A1', b'ref="'),
    )  # fmt: skip
    tried = 0
    for name, content in parts.items():
        for wrong, with_ in swaps:
            if wrong in content:
                changed = {**parts, name: content.replace(wrong, with_, chance.choice((1, -1)))}
                write_parts(path, changed)
                is_refused(path)
                tried += 1
        write_parts(path, {other: kept for other, kept in parts.items() if other != name})
        is_refused(path)
    assert tried >= 15


def write_parts(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)


def is_refused(path: Path) -> bool:
    """Return whether a workbook is refused; any other failure than one clear line fails the test."""
    try:
        read_workbook(path)
    except AgreementDataError as refusal:
        told = str(refusal)
    else:
        return False
    assert "\n" not in told
    assert told.startswith(str(path))
    return True
