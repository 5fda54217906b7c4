"""What is measured: how each app starts, what counts as painted, and how its filter is used.

This is the one place to adapt when the page changes.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILTER = "Model type"

APP = (sys.executable, "-m", "map_app", "run", "--port", "{port}")
STREAMLIT = (
    *(sys.executable, "-m", "streamlit", "run", "{script}"),
    *("--server.port", "{port}", "--server.address", "127.0.0.1"),
    *("--server.headless", "true", "--browser.gatherUsageStats", "false"),
)

#: Paths of counties in the map's frame, and what the contract asks of them.
COUNTIES = {"selector": "path.leaflet-interactive, path.county", "paths": 1000, "fills": 2}


@dataclass(frozen=True)
class Step:
    """One change of the filter.

    Attributes:
        name: What is done, for messages.
        prepare: Opens what must be open; not timed.
        click: The timed click.
    """

    name: str
    prepare: Callable[[Any], None]
    click: Callable[[Any], None]


@dataclass(frozen=True)
class App:
    """An app to measure.

    Attributes:
        name: Short name, column of the table.
        what: One line for the reader.
        command: Server command; `{port}` is replaced.
        watch: What the probe takes for painted, see probe.js.
        steps: Filter changes of one run.
        env: Variables added for the server.
        cwd: Folder the server starts in.
        outside: Chromium switches instead of blocking every outside host.
    """

    name: str
    what: str
    command: Sequence[str]
    watch: dict[str, Any]
    steps: Sequence[Step]
    env: dict[str, str] = field(default_factory=dict)
    cwd: Path = ROOT
    outside: Sequence[str] = ()


def _nothing(page: Any) -> None:
    pass


def _click_pill(page: Any, position: int) -> None:
    group = page.get_by_test_id("stButtonGroup").filter(has=page.get_by_text(FILTER, exact=True)).first
    group.locator("button").nth(position).click()


def _pills(count: int) -> list[Step]:
    steps = []
    for position in range(count):
        for verb in ("choose", "clear"):
            click = partial(_click_pill, position=position)
            steps.append(Step(f"{verb} model {position + 1}", _nothing, click))
    return steps


def _multiselect(label: str, values: Sequence[str]) -> list[Step]:
    def box(page: Any) -> Any:
        return page.get_by_test_id("stMultiSelect").filter(has=page.get_by_text(label, exact=True)).first

    def option(page: Any, value: str) -> Any:
        return page.get_by_role("option", name=value, exact=True)

    def open_list(page: Any, value: str) -> None:
        box(page).locator("input").click()
        option(page, value).wait_for(state="visible")

    def choose(page: Any, value: str) -> None:
        option(page, value).click()

    def close_list(page: Any) -> None:
        page.keyboard.press("Escape")

    def remove(page: Any, value: str) -> None:
        box(page).locator(f'[aria-label="Remove {value}"]:visible').click()

    steps = []
    for value in values:
        steps.append(Step(f"choose {value}", partial(open_list, value=value), partial(choose, value=value)))
        steps.append(Step(f"clear {value}", close_list, partial(remove, value=value)))
    return steps


def _streamlit(script: str) -> list[str]:
    return [part.replace("{script}", script) for part in STREAMLIT]


def our_app() -> App:
    """Return the app of this project."""
    return App("app", "this project", APP, {"watch": "contract", **COUNTIES}, _pills(3))


def floor() -> App:
    """Return the empty Streamlit page, under Streamlit's own settings: its folder holds none of this project's."""
    script = ROOT / "benchmarks" / "empty_page.py"
    return App(
        "F",
        "an empty Streamlit page",
        _streamlit(str(script)),
        {"watch": "text", "texts": ["#chosen", "[data-testid=stMarkdown]"]},
        _multiselect(FILTER, ["b"]) * 3,
        cwd=script.parent,
    )


def baselines(folder: Path, scratch: Path) -> tuple[list[App], list[str], list[Callable[[], None]]]:
    """Return the baseline apps A and B of a folder, why some cannot run, and what to call at the end.

    Args:
        folder: Holds `apps/a_naive.py`, `apps/b_careful.py`, and for outside files `harness/cdn.py` and
            `cdn_src` (or the folder named by PERF_CDN_SRC).
        scratch: For the certificate of the stand-in server.
    """
    missing = [name for name in ("PERF_TOPO", "PERF_XLSX") if not Path(os.environ.get(name, "")).is_file()]
    needed = ("streamlit_folium", "geopandas", "openpyxl")
    modules = [name for name in needed if not importlib.util.find_spec(name)]
    if not (folder / "apps" / "a_naive.py").is_file():
        return [], [f"baselines skipped: {folder}/apps/a_naive.py is not there"], []
    if missing or modules:
        lacking = [f"environment variable {name} naming a file" for name in missing]
        lacking += [f"package {name.replace('_', '-')}" for name in modules]
        return [], [f"baselines skipped: missing {', '.join(lacking)}"], []

    watch = {"watch": "paths", **COUNTIES}
    steps = _multiselect("Model", ["Task Force Model", "Warrant Service Officer", "Jail Enforcement Model"])
    source = Path(os.environ.get("PERF_CDN_SRC", folder / "cdn_src"))
    naive, careful = (_streamlit(str(folder / "apps" / name)) for name in ("a_naive.py", "b_careful.py"))
    if not source.is_dir():
        inside = {"B_LEAFLET": "xstatic"}
        return (
            [App("B", "careful streamlit-folium, Leaflet from the package", careful, watch, steps, inside)],
            [f"baseline A skipped: it needs the outside files of {source} (see the README of the folder)"],
            [],
        )
    spec = importlib.util.spec_from_file_location("baseline_cdn", folder / "harness" / "cdn.py")
    assert spec is not None
    assert spec.loader is not None
    cdn: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cdn)
    cdn.SRC, cdn.CERT = source, scratch
    mirror = cdn.Mirror()
    return (
        [
            App("A", "naive streamlit-folium", naive, watch, steps, outside=mirror.flags),
            App("B", "careful streamlit-folium", careful, watch, steps, outside=mirror.flags),
        ],
        [],
        [mirror.close],
    )
