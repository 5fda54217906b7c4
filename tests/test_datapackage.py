"""The data package describes every CSV as it is, and the official validator agrees."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from running_app import ROOT

from map_app.agreements import COLUMN_NAMES, read_agreements
from map_app.citation import AUTHORS, LICENCE, LICENCE_ID, LICENCE_URL, TITLE, CitationStyle, Provenance, cite
from map_app.datapackage import DATA, PACKAGE_FILE, describe, package_text
from map_app.errors import AgreementDataError
from map_app.filters import Filters
from map_app.vocabulary import Model


def validate(package: Path) -> tuple[bool, str]:
    """Return whether the official validator finds a package valid, and what it says.

    It runs in a process of its own: it changes settings of the libraries it loads.
    """
    pytest.importorskip("frictionless")
    code = (
        "import sys; from frictionless import Package\n"
        "report = Package(sys.argv[1]).validate()\n"
        "print(report.flatten(['name', 'rowNumber', 'fieldName', 'message']))\n"
        "sys.exit(not report.valid)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, package.name], cwd=package.parent, capture_output=True, text=True, timeout=300
    )
    assert "Traceback" not in said.stderr, said.stderr
    return said.returncode == 0, said.stdout


def test_description_is_the_one_written_from_the_code() -> None:
    assert (DATA / PACKAGE_FILE).read_text(encoding="utf-8") == package_text()


def test_every_csv_is_described_and_every_description_has_its_csv() -> None:
    told = {resource["path"] for resource in describe()["resources"]}
    assert told == {path.relative_to(DATA).as_posix() for path in DATA.rglob("*.csv")}
    agreements = next(r for r in describe()["resources"] if r["name"] == "agreements")
    assert tuple(field["name"] for field in agreements["schema"]["fields"]) == COLUMN_NAMES
    for resource in describe()["resources"]:
        assert all(field["description"] for field in resource["schema"]["fields"])


def test_official_validator_finds_nothing() -> None:
    valid, said = validate(DATA / PACKAGE_FILE)
    assert valid, said


def test_official_validator_finds_what_is_wrong(tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    path = copy / "agreements.csv"
    text = path.read_text(encoding="utf-8").replace(",Task Force Model,", ",Task Farce Model,", 1)
    path.write_text(text, encoding="utf-8")
    valid, said = validate(copy / PACKAGE_FILE)
    assert not valid
    assert "Task Farce Model" in said


def test_file_or_column_that_is_not_described_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    (copy / "new.csv").write_text("a,b\n")
    with pytest.raises(AgreementDataError, match=r"new\.csv is not described"):
        describe(copy)
    (copy / "new.csv").unlink()
    (copy / "pending.csv").write_text("a,b\n")
    with pytest.raises(AgreementDataError, match=r"pending\.csv: its columns are a, b"):
        describe(copy)


# ---- citations


def test_citation_file_has_what_the_format_wants_and_agrees_with_the_project() -> None:
    yaml = pytest.importorskip("yaml")
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(told)
    assert (told["title"], told["authors"]) == (TITLE, [{"name": AUTHORS}])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert told["version"] == project["version"]
    newest = read_agreements(DATA / "agreements.csv").agreements["last_listed_date"].max()
    assert told["date-released"] == f"{newest:%Y-%m-%d}"


def test_licence_of_the_record_is_the_same_wherever_it_is_told() -> None:
    yaml = pytest.importorskip("yaml")
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["license"] == LICENCE_ID
    (held,) = json.loads((DATA / PACKAGE_FILE).read_text(encoding="utf-8"))["licenses"]
    assert held == {"name": LICENCE_ID, "path": LICENCE_URL, "title": LICENCE}
    assert LICENCE.startswith(LICENCE_ID)
    for name in ("README.md", "data/README.md", "docs/decisions/0005-licence-of-the-record.md"):
        assert LICENCE_ID in (ROOT / name).read_text(encoding="utf-8"), name


VIEW = Provenance(
    content="one row per county",
    filters=Filters(states=("NC",), models=(Model.TASK_FORCE,)),
    as_of=dt.date(2026, 5, 11),
    newest_list=dt.date(2026, 5, 11),
    version="abc123",
    address="https://map.example/",
)


def test_citation_in_apa_names_author_year_version_and_address() -> None:
    assert cite(VIEW, CitationStyle.APA, dt.date(2026, 11, 3)) == (
        "Map of 287(g) agreements contributors. (2026). Map of 287(g) agreements: one row per county; agreements "
        "active as of the newest list; model TFM; state NC (Version: record abc123, ICE's list of May 11, 2026) "
        "[Data set]. Retrieved November 3, 2026, from https://map.example/?model=TFM&state=NC"
    )


def test_citation_in_bibtex_is_one_entry_with_its_signs_escaped() -> None:
    view = Provenance(
        "50% & more_rows #1", Filters(), None, dt.date(2026, 5, 11), "abc123", address="https://m.example/"
    )
    told = cite(view, CitationStyle.BIBTEX, dt.date(2026, 11, 3))
    assert told.startswith("@misc{map287g_2026_abc123,\n")
    assert told.count("{") - told.count(r"\{") == told.count("}") - told.count(r"\}")
    fields = dict(line.strip().rstrip(",").split(" = ", 1) for line in told.splitlines()[1:-1])
    assert set(fields) == {"author", "title", "year", "version", "url", "urldate", "note"}
    assert r"50\% \& more\_rows \#1" in fields["title"]
    assert fields["url"] == "{https://m.example/}"
    assert fields["urldate"] == "{2026-11-03}"


def test_citation_in_ris_has_its_tags_in_form() -> None:
    lines = cite(VIEW, CitationStyle.RIS, dt.date(2026, 11, 3)).split("\r\n")
    assert lines[0] == "TY  - DATA"
    assert lines[-2:] == ["ER  - ", ""]
    told = dict(line.split("  - ", 1) for line in lines[:-1])
    assert told["UR"] == "https://map.example/?model=TFM&state=NC"
    assert told["DA"] == "2026/05/11/"


@pytest.mark.parametrize("style", list(CitationStyle))
def test_view_without_a_list_or_an_address_is_cited_without_them(style: CitationStyle) -> None:
    told = cite(Provenance("one row per agreement", Filters(), None, None, ""), style)
    assert "None" not in told
    assert "http" not in told


def test_data_package_opens_in_pandas_by_its_own_types() -> None:
    package = json.loads((DATA / PACKAGE_FILE).read_text(encoding="utf-8"))
    for resource in package["resources"]:
        fields = resource["schema"]["fields"]
        frame = pd.read_csv(
            DATA / resource["path"],
            dtype={f["name"]: "str" for f in fields if f["type"] == "string"},
            parse_dates=[f["name"] for f in fields if f["type"] == "date"],
        )
        assert list(frame.columns) == [f["name"] for f in fields]
        for field in fields:
            if field["type"] == "date":
                assert pd.api.types.is_datetime64_any_dtype(frame[field["name"]].dtype), field["name"]
