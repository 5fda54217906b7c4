"""Who imports whom, and what the running app leaves alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running_app import ROOT


def loaded_after(code: str) -> set[str]:
    """Return the modules a fresh Python has loaded after some code."""
    said = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(' '.join(sys.modules))"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return set(said.stdout.splitlines()[-1].split())


@pytest.fixture(scope="module")
def serving() -> set[str]:
    """Return the modules loaded once the record is read and everything the frame loads is made."""
    return loaded_after(
        "from map_app.server import app_options\n"
        "from map_app.record import current_record\n"
        "from map_app.frame import packed, assets\n"
        "app_options(); current_record(); [packed(name) for name in ('frame.html', *assets())]"
    )


@pytest.mark.parametrize(
    "name", ["openpyxl", "python_calamine", "addfips", "zipcodes", "topojson", "rich", "map_app.ingest"]
)
def test_running_app_needs_nothing_of_the_rebuild(serving: set[str], name: str) -> None:
    assert "map_app.record" in serving
    assert name not in serving


@pytest.mark.parametrize("name", ["geopandas", "shapely", "matplotlib", "pyproj"])
def test_serving_needs_no_geometry_library(serving: set[str], name: str) -> None:
    assert name not in serving


def test_reading_the_record_needs_neither_streamlit_nor_folium() -> None:
    loaded = loaded_after("from map_app.agreements import read_agreements; read_agreements('data/agreements.csv')")
    assert "pandas" in loaded
    assert not {"streamlit", "folium", "branca"} & loaded


def test_import_rules_of_the_house_hold() -> None:
    found = Path(sys.executable).with_name("lint-imports")
    linter = str(found) if found.exists() else shutil.which("lint-imports")
    if linter is None:
        pytest.skip("import-linter is not installed (make lint installs it)")
    said = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "0 broken" in said.stdout
