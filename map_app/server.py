"""What the server gives besides Streamlit's page: the map's frame and shapes, popups, safety headers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo.fips import county_geoids
from map_app.api import api_routes
from map_app.county_list import list_routes
from map_app.filters import filter_mask, read_filters
from map_app.frame import asset_version, assets, compressed, frame_address
from map_app.guard import OriginGuard, add_safety, keep_values_out_of_logs, page_policy
from map_app.health import MeteredMiddleware, health_routes
from map_app.popups import CountyAgreements, county_popup
from map_app.privacy import privacy_routes
from map_app.record import current_record
from map_app.sheet import sheet_routes
from map_app.status import status_routes
from map_app.text import text_in

#: The Streamlit script this server runs.
PAGE: Final = Path(__file__).parent / "views" / "page.py"

_FOREVER: Final = "public, max-age=31536000, immutable"


async def _serve_asset(request: Request) -> Response:
    version, name = request.path_params["version"], request.path_params["name"]
    if version != asset_version() or (name not in assets() and name != "frame.html"):
        return PlainTextResponse("This part of the map has moved. Reload the page.", 404)
    media, content, zipped = compressed(name)
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if name == "frame.html":
        headers["Content-Security-Policy"] = page_policy(content)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(zipped, media_type=media, headers={**headers, "Content-Encoding": "gzip"})
    return Response(content, media_type=media, headers=headers)


async def _serve_popup(request: Request) -> Response:
    geoid = request.path_params["geoid"]
    if geoid not in county_geoids():
        return PlainTextResponse("There is no county with this code.", 404)
    query = parse_qs(request.url.query)
    filters, _ = read_filters(query)
    text = text_in(query.get("lang", ["en"])[-1])
    record = current_record()
    mask = filter_mask(record.agreements, filters)
    local, statewide = record.index.rows_of_county(geoid, mask)
    # An agreement without a place may belong to any county of its state, so a county filter does not hide it.
    anywhere = filter_mask(record.agreements, replace(filters, counties=()))
    unplaced = record.index.unplaced_in_state(geoid, anywhere)
    here = CountyAgreements(
        geoid,
        record.agreements.iloc[local],
        record.agreements.iloc[statewide],
        record.agreements.iloc[unplaced],
        record.index.level(geoid, mask),
    )
    return Response(
        county_popup(here, record.dated(filters, text), text),
        media_type="text/html; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


class PageMiddleware:
    """Adds safety headers to every answer, and to the first page what it needs to start sooner.

    The page Streamlit serves is given its language, the app's title, our script around it and hints that let the
    browser fetch the map's parts while Streamlit itself starts.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        page: list[Message] = []
        is_frame = scope["path"].startswith("/map/")

        async def edit(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                add_safety(headers, scope["path"])
                if not is_frame and headers.get("content-type", "").startswith("text/html"):
                    page.append(message)
                    return
            elif page:
                page.append(message)
                if message.get("more_body"):
                    return
                await _send_page(page, scope["query_string"].decode("latin-1"), send)
                return
            await send(message)

        await self.app(scope, receive, edit)


_STREAMLITS_TITLE: Final = b"<title>Streamlit</title>"


async def _send_page(messages: list[Message], query: str, send: Send) -> None:
    """Send a buffered HTML page, Streamlit's with the hints added; one of ours or an encoded one goes as it came."""
    start, body = messages[0], b"".join(m.get("body", b"") for m in messages[1:])
    headers = MutableHeaders(raw=start["headers"])
    if "content-encoding" not in headers and _STREAMLITS_TITLE in body:
        body = body.replace(b"</head>", _head_hints() + b"</head>", 1)
        text = text_in(parse_qs(query).get("lang", ["en"])[-1])
        body = body.replace(b'<html lang="en"', f'<html lang="{text.language}"'.encode(), 1)
        body = body.replace(
            _STREAMLITS_TITLE, f"<title>{escape(text.t('Map of 287(g) agreements'))}</title>".encode(), 1
        )
        headers["Content-Security-Policy"] = page_policy(body)
        headers["Content-Length"] = str(len(body))
    await send(start)
    await send({"type": "http.response.body", "body": body})


#: What the map's frame needs first, and the parts of Streamlit's page that it fetches only when it comes to them.
_FIRST_NEEDED: Final = (
    "frame.html", "leaflet.js", "leaflet.css", "shapes.js", "map.js", "map.css", "shapes.json", "names.en.json",
)  # fmt: skip
_PAGE_PARTS: Final = ("BidiComponent", "Html", "ButtonGroup", "TextInput", "Multiselect", "Slider")

#: Starts the map's frame out of sight while Streamlit's page waits for its own parts, so that it is drawn by the
#: time Streamlit has a place for it (views/map_frame.py moves it there). Where a browser cannot move a frame without
#: loading it again, the frame is made in its place instead.
_EARLY_FRAME: Final = """<script>
// Parts of the page that are known by the time they are first drawn need no placeholder before them.
addEventListener("DOMContentLoaded", () => { for (const part of PARTS) import(part); });
if ("moveBefore" in Element.prototype && !/[?&]view=about/.test(location.search)) {
  const begin = () => {
    const frame = document.createElement("iframe");
    frame.id = "early-county-map";
    frame.src = "ADDRESS";
    frame.tabIndex = -1;
    frame.setAttribute("aria-hidden", "true");
    frame.style.cssText = "position:fixed;left:-9999px;top:0;width:1000px;height:560px";
    document.body.append(frame);
  };
  // When the first of the page's places appears, its parts still have to come: the browser has time.
  new MutationObserver((_, watch) => {
    if (!document.querySelector('[data-testid="stMain"] [data-testid="stVerticalBlock"] > *')) return;
    watch.disconnect();
    begin();
  }).observe(document, { childList: true, subtree: true });
}
</script>"""


def _page_scripts(static: Path) -> list[str]:
    """Return the scripts of `_PAGE_PARTS` and all they import that the first page does not name itself.

    Streamlit's page finds these one after another, each after the one before has come; named at once they
    come together.
    """
    folder = static / "static" / "js"
    named = set(re.findall(r"static/js/([^\"]+\.js)", (static / "index.html").read_text(encoding="utf-8")))
    waiting = [found.name for part in _PAGE_PARTS for found in sorted(folder.glob(f"{part}.*.js"))]
    found: dict[str, None] = {}
    while waiting:
        name = waiting.pop(0)
        if name not in found and name not in named and (folder / name).is_file():
            found[name] = None
            waiting += re.findall(r"(?:from|import)\s*\"\./([^\"]+\.js)\"", (folder / name).read_text(encoding="utf-8"))
    return list(found)


@cache
def _head_hints() -> bytes:
    """Return what is added to the page's head so that the map is ready when Streamlit is."""
    import streamlit

    base = f"./map/{asset_version()}/"
    parts = _page_scripts(Path(streamlit.__file__).parent / "static")
    first = [f"./static/js/{name}" for name in parts if name.split(".", 1)[0] in _PAGE_PARTS]
    return "".join(
        (
            f'<link rel="stylesheet" href="{base}page.css"><script defer src="{base}page.js"></script>',
            *(f'<link rel="prefetch" href="{base}{name}">' for name in _FIRST_NEEDED),
            *(f'<link rel="modulepreload" href="./static/js/{name}">' for name in parts),
            _EARLY_FRAME.replace("ADDRESS", frame_address()).replace("PARTS", json.dumps(first)),
        )
    ).encode()


def app_options() -> dict[str, Any]:
    """Return routes, middleware and error handling for Streamlit's server."""
    return {
        "routes": [
            Route("/map/popup/{geoid}", _serve_popup),
            Route("/map/{version}/{name}", _serve_asset),
            *api_routes(),
            *sheet_routes(),
            *list_routes(),
            *status_routes(),
            *privacy_routes(),
            *health_routes(),
        ],
        "middleware": [
            Middleware(MeteredMiddleware),
            Middleware(OriginGuard, allowed=_foreign_origins()),
            Middleware(PageMiddleware),
        ],
        "lifespan": _lifespan,
    }


def _foreign_origins() -> list[str]:
    """Return the origins of other sites whose pages may open a session here, as Streamlit is configured."""
    from streamlit import config

    return list(config.get_option("server.corsAllowedOrigins") or [])


def _lifespan(app: object) -> Any:
    """Read the record and the shapes before the first visitor comes."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def warm(_: object) -> Any:
        keep_values_out_of_logs()
        current_record()
        _head_hints()
        compressed("shapes.json")
        yield {}

    return warm(app)
