"""Fixtures every test may use: the small invented record, as a file and as the app holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from example_record import ROWS, WriteCsv, load_record, write_rows
from filelock import FileLock
from running_app import RunningApp, running_app

from map_app import record as record_room
from map_app.agreements import COLUMN_NAMES, Record, read_agreements
from map_app.record import DATA_VARIABLE, LoadedRecord, current_record
from map_app.text import Text, text_in


@pytest.fixture
def write_csv(tmp_path: Path) -> WriteCsv:
    """Return a function that writes rows as a CSV file and returns its path."""

    def write(rows: Sequence[Mapping[str, str]] = ROWS, columns: Sequence[str] = COLUMN_NAMES) -> Path:
        return write_rows(tmp_path / "agreements.csv", rows, columns)

    return write


@pytest.fixture(scope="session")
def read_record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Return the example record as `read_agreements` gives it."""
    return read_agreements(write_rows(tmp_path_factory.mktemp("record") / "agreements.csv", ROWS))


@pytest.fixture(scope="session")
def shipped() -> LoadedRecord:
    """Return the shipped record as the running app holds it."""
    return load_record()


@pytest.fixture
def record(write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch) -> LoadedRecord:
    """Return the example record as the running app holds it."""
    monkeypatch.setenv(DATA_VARIABLE, str(write_csv()))
    monkeypatch.setattr(record_room, "_held", {})
    return current_record()


@pytest.fixture(scope="session")
def english() -> Text:
    """Return the English texts."""
    return text_in("en")


@pytest.fixture(scope="session")
def app() -> Iterator[RunningApp]:
    """Return the real server with the shipped record."""
    with running_app() as running:
        yield running


@pytest.fixture(scope="session")
def small_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """Return the real server with the example record."""
    with running_app(write_rows(tmp_path_factory.mktemp("small") / "agreements.csv", ROWS)) as running:
        yield running


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the static edition of the shipped record, written once for all processes of a run; only to be read."""
    from map_app.publish.site import publish

    # Under xdist each process has a folder of its own below one that all share.
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "edition" / "site"
    with FileLock(shared / "edition.lock"):
        if not folder.exists():
            publish(current_record(), folder)
    return folder
