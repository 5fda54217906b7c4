"""`python -m benchmarks.present [--runs N]`: frames and bytes of the presenter's page in Chromium.

Plays July 2002 to the newest list at the highest speed in several views at 1920 by 1080 and notes each frame the
browser drew. Blank frames are counted: a frame in which a county that is painted at the end of the step is not.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from benchmarks import measure

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from running_app import running_app

OUT = Path(__file__).parent / "out" / "present.json"
VIEWS = ("", "color=model", "state=TX", "by=quarter", "vs=2026-05-01")
#: What the page shall reach.
FRAMES, BLANK, KILOBYTES = 20.0, 0, 600.0

PLAY = """async () => {
  app.goTo(0);
  await new Promise((done) => setTimeout(done, 200));
  const map = app.maps[0], canvas = map.fills, context = canvas.getContext("2d");
  // The middle of a county far inside the country must never lack its paint.
  const i = app.state.filters.states.length ? app.time.position.get("48453") : app.time.position.get("20053");
  const [px, py] = app.atlas.labels[i], m = map.at;
  const x = Math.round(m.a * px + m.c * py + m.e), y = Math.round(m.b * px + m.d * py + m.f);
  const gaps = [], days = new Set();
  let last = performance.now(), on = true, blank = 0, n = 0;
  const frame = (now) => {
    gaps.push(now - last);
    last = now;
    days.add(app.shownDay());
    // Reading a pixel costs time of its own: every tenth frame.
    if (n++ % 10 === 0 && context.getImageData(x, y, 1, 1).data[3] === 0) blank++;
    if (on) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const began = performance.now();
  app.play();
  while (app.playing) await new Promise((done) => setTimeout(done, 40));
  on = false;
  const seconds = (performance.now() - began) / 1000;
  gaps.sort((one, other) => one - other);
  return {seconds, frames: gaps.length / seconds, slowest: gaps[gaps.length - 1],
          p95: gaps[Math.floor(gaps.length * 0.95)], steps: days.size, blank};
}"""


def _measured(browser: Browser, url: str, view: str) -> dict[str, Any]:
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    loaded: list[float] = []
    outside: list[str] = []
    wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    wire.send("Network.enable")
    here = urlsplit(url).netloc
    page.on("request", lambda request: outside.append(request.url) if urlsplit(request.url).netloc != here else None)
    page.goto(f"{url}present?speed=3&{view}")
    page.wait_for_selector("[data-ready]")
    ready = page.evaluate("performance.now()")
    page.wait_for_load_state("networkidle")
    at_load = sum(loaded)
    told: dict[str, Any] = page.evaluate(PLAY)
    told |= {"view": view, "ready": ready / 1000, "kilobytes": at_load / 1000, "while_playing": sum(loaded) - at_load,
             "outside": outside}  # fmt: skip
    context.close()
    return told


def main() -> int:
    """Measure, print a table, keep every figure; 1 where something is not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    asked = parser.parse_args()
    found: list[dict[str, Any]] = []
    with running_app() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=measure.chromium(), args=["--no-sandbox"])
        for _ in range(asked.runs):
            found += [_measured(browser, app.url, view) for view in VIEWS]
        browser.close()
    print("| view | frames/s | 95 % of frames within | slowest | steps | blank | first load | requests while playing |")
    print("|---|---|---|---|---|---|---|---|")
    missed = False
    for view in VIEWS:
        runs = [run for run in found if run["view"] == view]
        frames = median(run["frames"] for run in runs)
        blank = max(run["blank"] for run in runs)
        size = max(run["kilobytes"] for run in runs)
        other = max(run["while_playing"] + len(run["outside"]) for run in runs)
        missed |= frames < FRAMES or blank > BLANK or size > KILOBYTES or other > 0
        print(
            f"| {view or 'the country'} | {frames:.1f} | {median(run['p95'] for run in runs):.0f} ms | "
            f"{median(run['slowest'] for run in runs):.0f} ms | {runs[0]['steps']} | {blank} | {size:.0f} KB | "
            f"{other:.0f} |"
        )
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(f"to reach: {FRAMES:.0f} frames/s, no blank, {KILOBYTES:.0f} KB, no request: {'missed' if missed else 'met'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
