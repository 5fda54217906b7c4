"""What the server gives besides Streamlit's page: the map's frame and shapes, popups, safety headers."""

from __future__ import annotations

import gc
import gzip
import json
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo.fips import county_geoids
from map_app.api import api_routes
from map_app.changes_page import changes_routes
from map_app.county_list import list_routes
from map_app.filters import filter_mask, read_filters
from map_app.first_screen import first_screen
from map_app.frame import asset_version, assets, packed, page_font, streamlit_files
from map_app.guard import OriginGuard, add_safety, keep_values_out_of_logs, page_policy
from map_app.health import MeteredMiddleware, health_routes
from map_app.page_html import page_title
from map_app.popups import CountyAgreements, county_popup
from map_app.present import PresentMiddleware, present_routes
from map_app.privacy import privacy_routes
from map_app.record import current_record
from map_app.sheet import sheet_routes
from map_app.status import status_routes
from map_app.takeaway import preview_head, takeaway_routes
from map_app.text import preferred_language, text_in
from map_app.visit import read_visit
from map_app.web import FOREVER, font_face

#: The Streamlit script this server runs.
PAGE: Final = Path(__file__).parent / "views" / "page.py"


async def _serve_asset(request: Request) -> Response:
    version, name = request.path_params["version"], request.path_params["name"]
    if version != asset_version() or (name not in assets() and name != "frame.html"):
        return PlainTextResponse("This part of the map has moved. Reload the page.", 404)
    held, headers = packed(name), {"Cache-Control": FOREVER}
    if name == "frame.html":
        headers["Content-Security-Policy"] = page_policy(held.content)
    return held.answer(request, headers)


async def _serve_popup(request: Request) -> Response:
    geoid = request.path_params["geoid"]
    if geoid not in county_geoids():
        return PlainTextResponse("There is no county with this code.", 404)
    query = parse_qs(request.url.query)
    filters, _ = read_filters(query)
    # Who opens a county asks of that county: filters of place, which may leave it out, do not count here.
    filters = replace(filters, states=(), counties=())
    text = text_in(query.get("lang", ["en"])[-1])
    record = current_record()
    mask = filter_mask(record.agreements, filters)
    local, statewide = record.index.rows_of_county(geoid, mask)
    unplaced = record.index.unplaced_in_state(geoid, mask)
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
    """Adds safety headers to every answer, and to Streamlit's page the first screen and what starts Streamlit after it.

    That page is given its language, the app's title, what a shared link shows, and title, answer, counts and map of
    what its address asks for; `static/page.js` starts Streamlit once the map is painted.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] in _PAGES:
            # Streamlit's page never changes; ours, which it is a part of, does: one kept from before is not current.
            kept = (b"if-none-match", b"if-modified-since")
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in kept]}
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
                await _send_page(page, scope, send)
                return
            await send(message)

        await self.app(scope, receive, edit)


#: Addresses of Streamlit's page.
_PAGES: Final = ("", "/", "/index.html")
_STREAMLITS_TITLE: Final = b"<title>Streamlit</title>"


async def _send_page(messages: list[Message], scope: Scope, send: Send) -> None:
    """Send a buffered HTML page, Streamlit's with our parts added; one of ours or an encoded one goes as it came."""
    start, body = messages[0], b"".join(m.get("body", b"") for m in messages[1:])
    if _STREAMLITS_TITLE in body:
        start, body = await _own_page(start, body, scope)
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def _own_page(start: Message, body: bytes, scope: Scope) -> tuple[Message, bytes]:
    """Return Streamlit's page with our parts added, or that there is none under the address asked for."""
    headers = MutableHeaders(raw=start["headers"])
    for name in ("etag", "last-modified"):
        del headers[name]
    if scope["path"] not in (*_PAGES, f"{scope.get('root_path', '')}/"):
        # Streamlit gives its page under every address; there it would only half work.
        body = b"There is no such page. The map is at /."
        del headers["content-encoding"]
        headers["Content-Type"] = "text/plain; charset=utf-8"
        start = {**start, "status": 404}
    elif "content-encoding" not in headers:
        body = await run_in_threadpool(_started_page, body, scope)
        headers["Content-Security-Policy"] = page_policy(body)
        if "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            body = gzip.compress(body, 6, mtime=0)
            headers["Content-Encoding"] = "gzip"
        headers.add_vary_header("Accept-Encoding, Accept-Language")
    headers["Content-Length"] = str(len(body))
    return start, body


def _started_page(body: bytes, scope: Scope) -> bytes:
    """Return Streamlit's page with the language, title, link preview and first screen of what its address asks for."""
    # Streamlit's run of the page reads the same header (views/address.py), so both speak one language.
    preferred = preferred_language(Headers(scope=scope).get("accept-language", ""))
    visit = read_visit(parse_qs(scope["query_string"].decode("latin-1")), current_record(), preferred)
    text = text_in(visit.language)
    title = escape(page_title(visit.view, text))
    preview = preview_head(scope, visit.asked, visit.color, visit.language)
    screen = first_screen(visit)
    if screen:
        body, script = _without_start(body)
        screen += script
    for old, new in (
        ("</head>", _style() + ("" if screen else _hints(_page_scripts())) + preview + "</head>"),
        ('<html lang="en"', f'<html lang="{text.language}"'),
        (_STREAMLITS_TITLE.decode(), f"<title>{title}</title>"),
        # Not deferred: deferred scripts wait for Streamlit's, which is what this one has to do without.
        ("</body>", f'{screen}<script src="./map/{asset_version()}/page.js"></script></body>'),
    ):
        body = body.replace(old.encode(), new.encode(), 1)
    return body


#: Parts of Streamlit's page that it fetches only when it comes to them.
_PAGE_PARTS: Final = ("BidiComponent", "Html", "ButtonGroup", "TextInput", "Multiselect", "Slider")


@cache
def _page_scripts() -> tuple[str, ...]:
    """Return addresses of the scripts of `_PAGE_PARTS` and all they import that the first page does not name itself.

    Streamlit's page finds these one after another, each after the one before has come; named at once they
    come together.
    """
    static = streamlit_files()
    folder = static / "static" / "js"
    named = set(re.findall(r"static/js/([^\"]+\.js)", (static / "index.html").read_text(encoding="utf-8")))
    waiting = [found.name for part in _PAGE_PARTS for found in sorted(folder.glob(f"{part}.*.js"))]
    found: dict[str, None] = {}
    while waiting:
        name = waiting.pop(0)
        if name not in found and name not in named and (folder / name).is_file():
            found[name] = None
            waiting += re.findall(r"(?:from|import)\s*\"\./([^\"]+\.js)\"", (folder / name).read_text(encoding="utf-8"))
    return tuple(f"./static/js/{name}" for name in found)


_START: Final = re.compile(rb'<script type="module" crossorigin src="([^"]+)"></script>')
_HINT: Final = re.compile(rb'<link rel="modulepreload" crossorigin href="([^"]+)">\s*')


def _without_start(body: bytes) -> tuple[bytes, str]:
    """Return Streamlit's page without what starts it, and a list from which static/page.js starts it.

    A browser that is given Streamlit's hundred files at once asks for the map's behind them and runs Streamlit before
    it draws the map, which then comes half a second later.
    """
    found = _START.search(body)
    if found is None:
        return body, ""
    main = found[1].decode()
    fetched = [main, *(hint.decode() for hint in _HINT.findall(body)), *_page_scripts()]
    run = [main, *(name for name in _page_scripts() if Path(name).name.split(".", 1)[0] in _PAGE_PARTS)]
    listed = json.dumps({"fetch": fetched, "run": run})
    body = _HINT.sub(b"", body).replace(found[0], b"", 1)
    return body, f'<script type="application/json" id="start">{listed}</script>'


def _style() -> str:
    """Return the style of our parts of the page, and Streamlit's font under its name before Streamlit says so."""
    return f'<style>{font_face(page_font())}</style><link rel="stylesheet" href="./map/{asset_version()}/page.css">'


def _hints(scripts: Iterable[str]) -> str:
    return "".join(f'<link rel="modulepreload" crossorigin href="{name}">' for name in scripts)


def app_options() -> dict[str, Any]:
    """Return routes, middleware and error handling for Streamlit's server."""
    return {
        "routes": [
            Route("/map/popup/{geoid}", _serve_popup),
            Route("/map/{version}/{name}", _serve_asset),
            *api_routes(),
            *sheet_routes(),
            *list_routes(),
            *present_routes(),
            *takeaway_routes(),
            *changes_routes(),
            *status_routes(),
            *privacy_routes(),
            *health_routes(),
        ],
        "middleware": [
            Middleware(MeteredMiddleware),
            Middleware(OriginGuard, allowed=_foreign_origins()),
            Middleware(PageMiddleware),
            Middleware(PresentMiddleware),
        ],
        "lifespan": _lifespan,
    }


def _foreign_origins() -> list[str]:
    """Return the origins of other sites whose pages may open a session here, as Streamlit is configured."""
    from streamlit import config

    return list(config.get_option("server.corsAllowedOrigins") or [])


def send_at_once() -> None:
    """Have every answer sent without waiting for the one before it to be acknowledged.

    Streamlit opens its listening socket in a way that keeps asyncio from setting TCP_NODELAY; a browser then waits
    40 ms for the second half of every small answer, and a first page is a hundred of them. Connections take the option
    over from the socket they are accepted by.
    """
    for found in gc.get_objects():
        if (
            isinstance(found, socket.socket)
            and found.fileno() >= 0
            and found.family != getattr(socket, "AF_UNIX", None)
        ):
            with suppress(OSError):
                if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _prepare() -> None:
    for name in (*assets(), "frame.html"):
        packed(name)
    _page_scripts()
    first_screen(read_visit({}, current_record()))
    # All this stays: the collector need not look through it again and again while it looks for what visitors left.
    gc.collect()
    gc.freeze()


def _lifespan(app: object) -> Any:
    """Read the record and the shapes before the first visitor comes."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def warm(_: object) -> Any:
        keep_values_out_of_logs()
        send_at_once()
        current_record()
        # What the first visitor needs is made while the server is already answering: start-up stays short.
        Thread(target=_prepare, daemon=True).start()
        yield {}

    return warm(app)
