"""What docs/data-guide.md and docs/example.ipynb tell people to type works, on the shipped record."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from running_app import ROOT, RunningApp

from map_app.__main__ import main
from map_app.export_command import FORMATS, GRAINS
from map_app.record import DATA_VARIABLE
from map_app.vocabulary import AgencyType, Status

GUIDE = (ROOT / "docs" / "data-guide.md").read_text(encoding="utf-8")
SAID_ADDRESS = "http://localhost:8501/"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.S)


def commands(program: str) -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line.startswith(f"{program} ")]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(DATA_VARIABLE, str(ROOT / "data" / "agreements.csv"))
    return tmp_path


@pytest.mark.parametrize("command", commands("map-app"))
def test_command_of_the_guide_runs(workplace: Path, command: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    words = shlex.split(command, comments=True)
    assert main(words[1:]) == 0
    out = words[words.index("--out") + 1]
    said = capfdbinary.readouterr()
    size = len(said.out) if out == "-" else (workplace / out).stat().st_size
    assert size > 500


@pytest.mark.parametrize("command", commands("curl"))
def test_address_of_the_guide_answers(app: RunningApp, command: str) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    words = [word.replace(SAID_ADDRESS, app.url) for word in shlex.split(command)[1:]]
    said = subprocess.run([curl, "--silent", "--show-error", "--fail", *words], capture_output=True, timeout=60)
    assert said.returncode == 0, said.stderr
    assert len(said.stdout) > 200


@pytest.mark.parametrize("place", range(len(blocks("python"))))
def test_code_of_the_guide_runs(app: RunningApp, workplace: Path, place: int) -> None:
    assert main(["export", "--grain", "panel", "--out", "panel.parquet"]) == 0
    exec(compile(blocks("python")[place].replace(SAID_ADDRESS, app.url), "data-guide.md", "exec"), {})


def test_guide_has_commands_addresses_and_code() -> None:
    assert (len(commands("map-app")), len(commands("curl")), len(blocks("python"))) >= (8, 4, 2)


def test_guide_names_every_grain_form_status_and_kind_of_agency() -> None:
    for word in (*GRAINS, *FORMATS, *map(str, AgencyType), *map(str, Status)):
        assert f"`{word}`" in GUIDE or f"`{word}," in GUIDE, word


def test_guide_says_how_large_the_panel_is(workplace: Path) -> None:
    assert main(["export", "--grain", "panel", "--out", "panel.parquet"]) == 0
    rows = len(pd.read_parquet("panel.parquet", columns=["geoid"]))
    told = re.search(r"3,231 x (\d+) = ([\d,]+) rows", GUIDE)
    assert told
    assert int(told[2].replace(",", "")) == 3231 * int(told[1]) == rows
    size = re.search(r"whole grid is ([\d.]+) MB as Parquet", GUIDE)
    assert size
    assert float(size[1]) == pytest.approx((workplace / "panel.parquet").stat().st_size / 1e6, abs=0.1)


def notebook() -> dict[str, Any]:
    return json.loads((ROOT / "docs" / "example.ipynb").read_text(encoding="utf-8"))


def test_notebook_runs_from_top_to_bottom_and_writes_its_map_and_panel(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {}
    for number, cell in enumerate(notebook()["cells"]):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"example.ipynb, cell {number}", "exec"), names)
    assert "treated counties" in capsys.readouterr().out
    page = (names["folder"] / "florida.html").read_text(encoding="utf-8")
    assert page.count("Miami-Dade County") >= 2
    ready = pd.read_parquet(names["folder"] / "event_study.parquet")
    assert not ready.duplicated(["geoid", "month"]).any()
    assert ready.loc[ready["event_time"].isna(), "local_agreements"].eq(0).all()
    shutil.rmtree(names["folder"])


def test_notebook_holds_no_output_and_only_python_that_parses() -> None:
    told = notebook()
    assert told["nbformat"] == 4
    for cell in told["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
            ast.parse("".join(cell["source"]))
