"""Files to take away from a view, and what a link to it shows: one maker for the routes and the command line."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from html import escape
from importlib.util import find_spec
from typing import Final
from urllib.parse import parse_qs, urlencode

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from geo.fips import STATES
from map_app.citation import filter_query
from map_app.errors import MapAppError, UsageError
from map_app.filters import Filters, parse_day, read_filters
from map_app.grains import Selection
from map_app.handout import handout_pdf
from map_app.map_layers import ColorBy
from map_app.offline import offline_page
from map_app.pictures import SIZES, count_label, map_picture, map_svg, pair_words, picture_title, told_of
from map_app.record import LoadedRecord, current_record
from map_app.text import LANGUAGES, text_in
from map_app.web import HTML, base_address

#: Endings of the files and what a server calls them.
MEDIA: Final = {
    "html": HTML,
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
}


@dataclass(frozen=True)
class Order:
    """What file is wanted.

    Attributes:
        ending: `html`, `svg`, `png` or `pdf`.
        size: `slide`, `print`, `card` or `handout`; not used for HTML.
        filters: The selection.
        color: What the colour of a county says.
        language: Two-letter code.
        address: Public address of the view, where it is known.
        beside: Another day or place drawn beside the first, in a picture.
    """

    ending: str
    size: str
    filters: Filters
    color: ColorBy
    language: str
    address: str = ""
    beside: Filters | None = None

    @property
    def name(self) -> str:
        """Name of the file, as `287g-state-NC-slide.png`."""
        said = [f"{name}-{'-'.join(values)}" for name, values in self.filters.to_query().items()]
        if self.beside:
            day, places = self.beside.as_of, self.beside.states
            said.append(f"vs-{day if day and day != self.filters.as_of else '-'.join(places)}")
        kept = "-".join(["287g", *said, *([] if self.ending == "html" else [self.size])])
        return f"{kept[:100]}.{self.ending}"


def made(record: LoadedRecord, order: Order) -> bytes:
    """Return the file.

    Raises:
        UsageError: The order asks for something that does not exist.
        MapAppError: The library that draws is not installed.
    """
    text, selection = text_in(order.language), Selection(record, order.filters)
    if order.ending == "html":
        return offline_page(selection, order.color, text, order.address).encode()
    if order.size == "handout":
        if order.ending != "pdf":
            raise UsageError("a handout is a PDF")
        return handout_pdf(record, place_of(order.filters), order.filters.as_of, text, order.address)
    other = Selection(record, order.beside) if order.beside else None
    svg = map_svg(selection, order.color, text, order.size, order.address, beside=other)
    return map_picture(svg, order.ending, order.size)


def beside_of(filters: Filters, asked: str, newest: dt.date | None) -> Filters:
    """Return the other side of a comparison: the same selection on another day, or of another state.

    Args:
        filters: The first side.
        asked: A day as YYYY-MM-DD, or the postal abbreviation of a state.
        newest: Day of the newest list.

    Raises:
        UsageError: It is neither.
    """
    day = parse_day(asked)
    if day:
        return replace(filters, as_of=min(day, newest) if newest else day, status="active")
    if asked.upper() in {state.abbr for state in STATES}:
        return replace(filters, states=(asked.upper(),), counties=())
    raise UsageError(f"vs={asked} is neither a day nor a state")


def place_of(filters: Filters) -> str:
    """Return the one county or state a selection is about.

    Raises:
        UsageError: There is none, or more than one.
    """
    places = filters.counties or filters.states
    if len(places) != 1:
        raise UsageError("a handout is of one state or one county: choose one")
    return places[0]


class _Shelf:
    """The files made last, so that a link seen by many is drawn once; never more than some megabytes."""

    def __init__(self, most: int = 48_000_000) -> None:
        self._held: OrderedDict[tuple[str, Order], bytes] = OrderedDict()
        self._most, self._bytes = most, 0
        self._lock = threading.Lock()

    def get(self, version: str, order: Order) -> bytes | None:
        with self._lock:
            found = self._held.get((version, order))
            if found is not None:
                self._held.move_to_end((version, order))
            return found

    def put(self, version: str, order: Order, content: bytes) -> None:
        with self._lock:
            if (version, order) in self._held or len(content) > self._most // 4:
                return
            self._held[version, order] = content
            self._bytes += len(content)
            while self._bytes > self._most:
                self._bytes -= len(self._held.popitem(last=False)[1])


_shelf: Final = _Shelf()
#: More than this many waiting are told to come back: one drawing takes about a second of the machine.
_MOST_WAITING: Final = 12


@cache
def _easel() -> anyio.CapacityLimiter:
    """Return the limit of one drawing at a time."""
    return anyio.CapacityLimiter(1)


async def _serve_file(request: Request) -> Response:
    path = request.path_params["name"]
    name, _, ending = path.rpartition(".")
    if name not in ("map", "handout") or ending not in MEDIA or (name == "handout" and ending != "pdf"):
        return PlainTextResponse("There is no such file.", 404)
    query = parse_qs(request.url.query)
    filters, bad = read_filters(query)
    size = "handout" if name == "handout" else query.get("size", ["slide"])[-1]
    color, language = query.get("color", ["level"])[-1], query.get("lang", ["en"])[-1]
    if bad or color not in tuple(ColorBy) or language not in LANGUAGES or size not in SIZES:
        wrong = [str(value) for value in bad] or ["color, lang or size"]
        return PlainTextResponse(f"Not understood: {', '.join(wrong)}", 400)
    record, vs = current_record(), query.get("vs", [""])[-1]
    try:
        beside = beside_of(filters, vs, record.newest_list) if vs and name == "map" and ending != "html" else None
    except UsageError as wrong_side:
        return PlainTextResponse(f"Not understood: {wrong_side}", 400)
    address = view_address(request.scope, filters, color, language) if name == "handout" or ending == "html" else ""
    order = Order(ending, size, filters, ColorBy(color), language, address, beside)
    version = f"{record.version} {dt.date.today()}"  # a file says how old the list is on the day it is made
    content = _shelf.get(version, order)
    if content is None:
        if _easel().statistics().tasks_waiting >= _MOST_WAITING:
            return PlainTextResponse("Too many files are being made. Try again in a moment.", 503, {"Retry-After": "5"})
        try:
            content = await anyio.to_thread.run_sync(made, record, order, limiter=_easel())
        except UsageError as wrong_order:
            return PlainTextResponse(str(wrong_order), 400)
        except MapAppError as trouble:
            return PlainTextResponse(str(trouble), 501)
        _shelf.put(version, order, content)
    headers = {"Cache-Control": "public, max-age=3600"}
    if size != "card":
        headers["Content-Disposition"] = f'attachment; filename="{order.name}"'
    if ending in ("html", "svg"):
        # From here it is only a file to keep: opened in place it may run nothing.
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return Response(content, media_type=MEDIA[ending], headers=headers)


def view_address(scope: Scope, filters: Filters, color: str = "level", language: str = "en") -> str:
    """Return the address of a view."""
    query = _asked(filters, color, language)
    return base_address(scope) + (f"?{query}" if query else "")


def _asked(filters: Filters, color: str, language: str, **more: str) -> str:
    """Return the query of a view; what goes without saying is left out."""
    said = {"color": color if color != ColorBy.LEVEL else "", "lang": language if language != "en" else "", **more}
    rest = urlencode({name: value for name, value in said.items() if value})
    return "&".join(part for part in (filter_query(filters), rest) if part)


def preview_head(scope: Scope, filters: Filters, color: ColorBy, language: str, vs: str = "") -> str:
    """Return what a link to a view shows where it is shared: title, description and, where it can be drawn, a picture.

    Args:
        scope: The request for the page.
        filters: The selection its address asks for.
        color: What the colour of a county says.
        language: Code of a language.
        vs: The day or state it is compared with, as the address names it; one that means nothing is left out.

    Returns:
        Tags for the page's head.
    """
    record, beside = current_record(), None
    if vs:
        with suppress(UsageError):
            beside = beside_of(filters, vs, record.newest_list)
    title, told = _preview_words(record.version, filters, language, beside)
    tags = [("og:type", "website"), ("og:title", title), ("og:description", told)]
    if find_spec("vl_convert"):
        asked = _asked(filters, color, language, size="card", vs=vs if beside else "")
        tags += [("og:image", f"{base_address(scope)}take/map.png?{asked}"), ("og:image:alt", title)]
        tags += [("og:image:width", "1200"), ("og:image:height", "630"), ("twitter:card", "summary_large_image")]
    lines = [f'<meta property="{name}" content="{escape(value)}">' for name, value in tags]
    return "".join([*lines, f'<meta name="description" content="{escape(told)}">'])


@lru_cache(maxsize=256)
def _preview_words(version: str, filters: Filters, language: str, beside: Filters | None) -> tuple[str, str]:
    """Return title and description of a view; the version is there to make them anew when it changes."""
    record, text = current_record(), text_in(language)
    newest = record.newest_list or dt.date.max
    sides = [Selection(record, one) for one in (filters, beside) if one]
    # The earlier day stands first, as in the picture.
    sides.sort(key=lambda one: one.filters.as_of or newest)
    counted = [f"{text.number(int(one.mask.sum()))} {count_label(one, text)}" for one in sides]
    if not beside:
        return picture_title(sides[0], text), f"{counted[0]} · {told_of(sides[0], text)}"
    title, told = pair_words(sides[0], sides[1], text)
    return title, f"{' – '.join(counted)} · {told}"


def takeaway_routes() -> list[BaseRoute]:
    """Return the routes of the files: `/take/map.png?state=NC&size=print`, `/take/handout.pdf?county=37119`."""
    return [Route("/take/{name}", _serve_file)]
