"""A newspaper's page embeds the map: the app and the static edition work inside another site's frame."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from running_app import RunningApp

pytestmark = pytest.mark.browser


@pytest.fixture
def newspaper(tmp_path: Path, edition: Path, app: RunningApp) -> Iterator[str]:
    """Return the address of another site with a page for each; its own name is another than the app's."""
    (tmp_path / "app.html").write_text(
        f'<!doctype html><iframe src="{app.url}?view=explore&model=TFM" width="900" height="900"></iframe>',
        encoding="utf-8",
    )
    (tmp_path / "edition").symlink_to(edition)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path))) as server:
        port = server.server_address[1]
        (tmp_path / "static.html").write_text(
            f'<!doctype html><iframe src="http://127.0.0.1:{port}/edition/map.html?model=TFM" width="900" height="900">'
            "</iframe>",
            encoding="utf-8",
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{port}"
        server.shutdown()


@pytest.mark.parametrize("name", ["app", "static"])
def test_map_is_painted_inside_another_sites_page(browser: Browser, newspaper: str, name: str) -> None:
    context = browser.new_context(viewport={"width": 1000, "height": 1000})
    page = context.new_page()
    page.goto(f"{newspaper}/{name}.html")
    inside = page.frame_locator("iframe").frame_locator("iframe.county-map").locator("#map")
    expect(inside).to_have_attribute("data-revision", re.compile("^[0-9a-f]{12}$"))
    expect(inside).to_have_attribute("data-counties", re.compile("^[1-9]"))
    context.close()
