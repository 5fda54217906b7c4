"""The HTTP interface: the same rows as the page and the command line, for programs, under /api/v1."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final
from urllib.parse import parse_qs

import anyio
import anyio.to_thread
import pandas as pd
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from geo.fips import counties, county_geoids, state_name
from geo.successors import held_geoids
from map_app.agreements import Column
from map_app.changes import KINDS, change_events, changes_between
from map_app.citation import filter_query, provenance
from map_app.exports import Format, csv_of, file_name, geojson_of, json_of, plain_rows
from map_app.feed import changes_feed
from map_app.filters import (
    FILTER_HINTS,
    FIRST_DAY,
    Filters,
    filter_mask,
    kept_whatever_status,
    parse_day,
    read_filters,
)
from map_app.grains import GRAIN_COLUMNS, Grain, Selection, table
from map_app.openapi import API_PATH, openapi_document
from map_app.record import LoadedRecord, current_record

_PROBLEM: Final = "application/problem+json"
_ATOM: Final = "application/atom+xml; charset=utf-8"
#: The record changes at most daily; five minutes spare the server without hiding a correction for long.
_CACHE: Final = "public, max-age=300"
_FORMATS: Final = (Format.JSON, Format.CSV, Format.GEOJSON)
_PAGE_LIMIT: Final = 10_000
#: Bodies kept ready, compressed; a full record is about 0.1 to 0.8 MB.
_KEPT_BYTES: Final = 16_000_000
_MOST_FIELDS: Final = 4_000
_DEFAULT_SPAN: Final = dt.timedelta(days=30)


@dataclass(frozen=True)
class Call:
    """What a client asked, taken apart.

    Attributes:
        query: Values by name.
        path: Values in the path, as `geoid`.
        base: Address of this server with a slash at its end.
    """

    query: Mapping[str, list[str]]
    path: Mapping[str, str]
    base: str


@dataclass(frozen=True)
class Plan:
    """A call understood: what makes the answer unique, and how to write it.

    Attributes:
        key: Texts the answer depends on besides the record.
        media_type: Of the answer.
        build: Writes the answer's body and further headers.
    """

    key: tuple[str, ...]
    media_type: str
    build: Callable[[], tuple[bytes, dict[str, str]]]


@dataclass(frozen=True)
class _Body:
    zipped: bytes
    headers: dict[str, str]


class Problem(Exception):
    """A call that cannot be answered; becomes a problem document (RFC 9457).

    Attributes:
        status: HTTP status.
        detail: What is wrong and what to do, in one line.
        errors: Each parameter at fault, with its value and what is expected.
    """

    def __init__(self, status: int, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        self.status, self.detail, self.errors = status, detail, list(errors)
        super().__init__(detail)


def api_routes() -> list[BaseRoute]:
    """Return the routes of the HTTP interface."""
    tables = {"agreements": Grain.AGREEMENT, "agencies": Grain.AGENCY, "counties": Grain.COUNTY, "states": Grain.STATE}
    routes: list[BaseRoute] = []
    for name, grain in tables.items():
        routes += _with_endings(f"/{name}", _table_plan(grain))
    routes += [
        Route("/counties/{geoid}", _endpoint(_county_plan)),
        Route("/changes.atom", _endpoint(_feed_plan)),
        *_with_endings("/changes", _changes_plan),
        *_with_endings("/meta", _meta_plan),
        Route("/openapi.json", _endpoint(_openapi_plan)),
        Route("/", _endpoint(_openapi_plan)),
    ]
    exposed = ["ETag", "Link", "X-Record-Version", "X-Total-Rows", "Content-Disposition"]
    inner = Starlette(
        routes=routes,
        middleware=[
            # Public data, no cookies: any page may read it.
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "HEAD"], allow_headers=["*"],
                       expose_headers=exposed, max_age=86400),
        ],
        exception_handlers={HTTPException: _refuse_http, Exception: _refuse_fault},
    )  # fmt: skip
    return [Mount(API_PATH, app=inner)]


def _with_endings(path: str, plan: Callable[[Call], Plan]) -> list[BaseRoute]:
    return [Route(path, _endpoint(plan)), Route(f"{path}.{{ending}}", _endpoint(plan))]


# ---- one call


def _endpoint(plan: Callable[[Call], Plan]) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler that writes answers in a thread, so that the page's sessions never wait for one.

    Understanding a call and finding a ready answer take less than a millisecond and stay on the loop: a change of
    threads would wait for the one that writes.
    """

    async def respond(request: Request) -> Response:
        limits = _limits(asyncio.get_running_loop())
        try:
            call = Call(
                _query(request), request.path_params, str(request.base_url).removesuffix(API_PATH.strip("/") + "/")
            )
            etag, planned, body = _look_up(plan, call)
            headers = {"ETag": etag, "Cache-Control": _CACHE, "Vary": "Accept-Encoding"}
            if _matches(request.headers.get("if-none-match", ""), etag):
                return Response(status_code=304, headers=headers)
            if body is None:
                body = await anyio.to_thread.run_sync(_write, etag, planned, limiter=limits.slow)
        except Problem as wrong:
            return _problem(wrong)
        headers = {**headers, **body.headers, "X-Content-Type-Options": "nosniff"}
        wanted = request.headers.get("range", "")
        if wanted.startswith("bytes=") and request.method == "GET":
            plain = await anyio.to_thread.run_sync(gzip.decompress, body.zipped, limiter=limits.quick)
            return _part(plain, wanted, planned.media_type, headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(body.zipped, media_type=planned.media_type, headers=headers)
        plain = await anyio.to_thread.run_sync(gzip.decompress, body.zipped, limiter=limits.quick)
        return Response(plain, media_type=planned.media_type, headers=headers)

    return respond


def _part(content: bytes, wanted: str, media_type: str, headers: dict[str, str]) -> Response:
    """Return the bytes a Range header asks for (GDAL and QGIS read an address in such parts)."""
    found = re.fullmatch(r"bytes=(\d{1,12})?-(\d{1,12})?", wanted.replace(" ", ""))
    if not found or found.group(0) == "bytes=-":
        return Response(content, media_type=media_type, headers=headers)  # several parts: the whole is allowed
    first, last = found.groups()
    start = int(first) if first else max(0, len(content) - int(last))
    end = min(int(last), len(content) - 1) if first and last else len(content) - 1
    if start > end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(content)}"})
    # Named, so that no layer above compresses a part.
    told = {**headers, "Content-Range": f"bytes {start}-{end}/{len(content)}", "Content-Encoding": "identity"}
    return Response(content[start : end + 1], 206, told, media_type)


@dataclass(frozen=True)
class _Limits:
    """How many threads may unpack ready answers, and how many may write new ones.

    Writing is work for the interpreter, which runs one thread at a time: a second one would only slow the page.
    """

    quick: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2))
    slow: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(1))


@lru_cache(maxsize=4)
def _limits(loop: asyncio.AbstractEventLoop) -> _Limits:
    return _Limits()


_lock: Final = threading.Lock()
_kept: Final[OrderedDict[str, _Body]] = OrderedDict()


def _look_up(plan: Callable[[Call], Plan], call: Call) -> tuple[str, Plan, _Body | None]:
    """Return an answer's tag, how to write it, and the answer itself if it is ready."""
    planned = plan(call)
    record = current_record()
    told = "\n".join((record.version, _code_version(), planned.media_type, *planned.key))
    etag = f'W/"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'
    with _lock:
        body = _kept.get(etag)
        if body:
            _kept.move_to_end(etag)
    return etag, planned, body


def _write(etag: str, planned: Plan) -> _Body:
    """Return the answer, written and kept (or kept by another call meanwhile)."""
    with _lock:
        held = _kept.get(etag)
    if held:
        return held
    content, headers = planned.build()
    body = _Body(gzip.compress(content, 6, mtime=0), headers)
    with _lock:
        _kept[etag] = body
        while sum(len(kept.zipped) for kept in _kept.values()) > _KEPT_BYTES and len(_kept) > 1:
            _kept.popitem(last=False)
    return body


@lru_cache(maxsize=1)
def _code_version() -> str:
    """Return the version of the program: an answer can change with the code as with the record."""
    try:
        return version("map-287g")
    except PackageNotFoundError:
        return "unpackaged"


def _matches(asked: str, etag: str) -> bool:
    """Return whether If-None-Match names the tag (weak comparison, RFC 9110)."""
    bare = etag.removeprefix("W/")
    return any(part.strip().removeprefix("W/") in (bare, "*") for part in asked.split(","))


def _query(request: Request) -> dict[str, list[str]]:
    """Return the query's values by name.

    Raises:
        Problem: It has too many fields, or a name without a value.
    """
    try:
        found = parse_qs(request.url.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Problem(400, f"The query has more than {_MOST_FIELDS} fields.") from None
    empty = [name for name, values in found.items() if not all(value.strip() for value in values)]
    if empty:
        raise Problem(
            400,
            "A parameter without a value means nothing: give one or leave the parameter out.",
            [{"parameter": name, "value": "", "expected": FILTER_HINTS.get(name, "a value")} for name in empty],
        )
    return found


def _problem(wrong: Problem) -> Response:
    titles = {400: "Bad request", 404: "Not found", 405: "Method not allowed", 503: "No record"}
    document = {
        "type": "about:blank",
        "title": titles.get(wrong.status, "Error"),
        "status": wrong.status,
        "detail": wrong.detail,
        **({"errors": wrong.errors} if wrong.errors else {}),
        "documentation": f"{API_PATH}/openapi.json",
    }
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if wrong.status == 405:
        headers["Allow"] = "GET, HEAD"
    return Response(json.dumps(document, ensure_ascii=False).encode(), wrong.status, headers, _PROBLEM)


async def _refuse_http(_: Request, wrong: Exception) -> Response:
    status = wrong.status_code if isinstance(wrong, HTTPException) else 500
    details = {
        404: f"Nothing is at this address. {API_PATH}/openapi.json describes what there is.",
        405: "Only GET and HEAD are understood: the interface reads, it changes nothing.",
    }
    return _problem(Problem(status, details.get(status, "The request cannot be answered.")))


async def _refuse_fault(_: Request, wrong: Exception) -> Response:
    return _problem(Problem(500, "The server failed to answer. The fault is in its log."))


# ---- parameters

_FILTERS: Final = tuple(FILTER_HINTS)
_PAGING: Final = ("limit", "offset")


def _expect(call: Call, known: Sequence[str]) -> None:
    """Refuse parameters that are not known here: a typo must not silently widen the rows.

    Raises:
        Problem: There is one.
    """
    unknown = [name for name in call.query if name not in known]
    if unknown:
        expected = f"one of {', '.join(known)}" if known else "no parameter"
        raise Problem(
            400,
            f"Not a parameter here: {', '.join(unknown)}.",
            [{"parameter": name, "value": call.query[name][-1], "expected": expected} for name in unknown],
        )


def _filters(call: Call, names: Sequence[str] = _FILTERS) -> Filters:
    """Return the filters of a call.

    Raises:
        Problem: A value means nothing; every one is named.
    """
    filters, bad = read_filters({name: values for name, values in call.query.items() if name in names})
    if bad:
        raise Problem(
            400,
            "A filter value is not understood.",
            [{"parameter": b.name, "value": b.text, "expected": FILTER_HINTS[b.name]} for b in bad],
        )
    return filters


def _format(call: Call, known: Sequence[Format]) -> Format:
    """Return the format of the path's ending or of `format`, JSON without either.

    Raises:
        Problem: It is not one of those known, or the two differ.
    """
    names = ", ".join(known)
    ending, asked = call.path.get("ending"), call.query.get("format", [])
    if ending is not None and ending not in known:
        raise Problem(404, f"There is no .{ending} here. Choose one of {names}.")
    wanted = {text.casefold() for text in asked} | ({ending} if ending else set())
    if len(wanted) > 1 or not wanted <= set(known):
        told = ", ".join(asked)
        raise Problem(
            400, "The format is not understood, or differs from the ending of the path.",
            [{"parameter": "format", "value": told, "expected": f"one of {names}"}],
        )  # fmt: skip
    return Format(wanted.pop()) if wanted else Format.JSON


def _number(call: Call, name: str, least: int, most: int) -> int | None:
    values = call.query.get(name)
    if not values:
        return None
    text = values[-1].strip()
    if len(values) > 1 or not (text.isascii() and text.isdecimal() and least <= int(text[:12]) <= most):
        raise Problem(
            400, f"{name} is not understood.",
            [{"parameter": name, "value": ", ".join(values), "expected": f"a whole number from {least} to {most}"}],
        )  # fmt: skip
    return int(text)


def _day(call: Call, name: str, default: dt.date) -> dt.date:
    values = call.query.get(name)
    if not values:
        return default
    day = parse_day(values[-1]) if len(values) == 1 else None
    if day is None:
        raise Problem(
            400, f"{name} is not understood.",
            [{"parameter": name, "value": ", ".join(values), "expected": FILTER_HINTS["as_of"]}],
        )  # fmt: skip
    return day


def _usable() -> LoadedRecord:
    """Return the record.

    Raises:
        Problem: There is none.
    """
    record = current_record()
    if record.version in ("", "none"):
        raise Problem(503, "The data file cannot be used: " + " ".join(map(str, record.refused)))
    return record


# ---- tables


def _table_plan(grain: Grain) -> Callable[[Call], Plan]:
    def plan(call: Call) -> Plan:
        _expect(call, (*_FILTERS, "format", *_PAGING))
        file_format, filters = _format(call, _FORMATS), _filters(call)
        limit, offset = _number(call, "limit", 1, _PAGE_LIMIT), _number(call, "offset", 0, 10**9) or 0
        record = _usable()

        def build() -> tuple[bytes, dict[str, str]]:
            frame = table(Selection(record, filters), grain)
            return _table_body(record, filters, grain, frame, file_format, limit, offset)

        key = (grain, file_format, filter_query(filters), str(limit), str(offset))
        return Plan(key, file_format.media_type, build)

    return plan


def _table_body(
    record: LoadedRecord, filters: Filters, grain: Grain, frame: pd.DataFrame, file_format: Format,
    limit: int | None, offset: int,
) -> tuple[bytes, dict[str, str]]:  # fmt: skip
    """Return rows, or one page of them, in a format, and the headers that tell of them."""
    total, query = len(frame), filter_query(filters)
    page = frame.iloc[offset : offset + limit if limit else None]
    paged: dict[str, Any] = {}
    links = [
        "<openapi.json>; rel=service-desc",
        f"<meta?{query}>; rel=describedby" if query else "<meta>; rel=describedby",
    ]
    if limit or offset:
        paged = {"offset": offset, "limit": limit, "returned": len(page)}
        if limit and offset + limit < total:
            following = f"{query}&" if query else ""
            paged["next"] = f"?{following}limit={limit}&offset={offset + limit}"
            shown = "" if file_format is Format.JSON else f"&format={file_format}"
            links.append(f"<{grain.plural}{paged['next']}{shown}>; rel=next")
    told = provenance(record, filters, content=grain.content, rows=total, grain=grain.value)
    match file_format:
        case Format.CSV:
            body = csv_of(page, GRAIN_COLUMNS[grain])
        case Format.GEOJSON:
            body = geojson_of(page, grain, told, **paged)
        case _:
            body = json_of(page, told, **paged)
    name = file_name(Selection(record, filters), file_format, grain)
    return body, _headers(record, total, links, name)


def _headers(record: LoadedRecord, total: int, links: Sequence[str], name: str) -> dict[str, str]:
    return {
        "X-Record-Version": record.version,
        "X-Total-Rows": str(total),
        "Link": ", ".join(links),
        "Content-Disposition": f'inline; filename="{name}"',
    }


# ---- one county


def _county_plan(call: Call) -> Plan:
    names = tuple(name for name in _FILTERS if name not in ("county", "state"))
    _expect(call, (*names, "format"))
    geoid, _, ending = call.path["geoid"].partition(".")
    path = {"ending": ending} if "." in call.path["geoid"] else {}
    file_format = _format(Call(call.query, path, call.base), _FORMATS)
    if geoid not in county_geoids():
        raise Problem(404, _no_county(geoid))
    filters, record = _filters(call, names), _usable()

    def build() -> tuple[bytes, dict[str, str]]:
        here = replace(filters, counties=(geoid,))
        selection = Selection(record, here)
        headers = _headers(
            record, 1, ["<../openapi.json>; rel=service-desc"], file_name(selection, file_format, Grain.COUNTY)
        )
        county = table(selection, Grain.COUNTY)
        told = provenance(record, here, content="one county", rows=1, grain=Grain.COUNTY)
        if file_format is Format.GEOJSON:
            return geojson_of(county, Grain.COUNTY, told), headers
        mask = filter_mask(record.agreements, filters)
        local, statewide = record.index.rows_of_county(geoid, mask)
        unplaced = record.index.unplaced_in_state(geoid, mask)
        acting = [*local.tolist(), *statewide.tolist()]
        if file_format is Format.CSV:
            rows = Selection(record, filters).record.agreements.iloc[acting]
            frame = rows[[c.name for c in GRAIN_COLUMNS[Grain.AGREEMENT] if c.name in rows.columns]]
            headers["X-Total-Rows"] = str(len(frame))
            return csv_of(frame, GRAIN_COLUMNS[Grain.AGREEMENT]), headers
        document = {
            "meta": told.as_dict(),
            "data": {
                **plain_rows(county)[0],
                "agreements": {
                    "local": _agreement_rows(record, local.tolist()),
                    "statewide": _agreement_rows(record, statewide.tolist()),
                    "unplaced_in_state": _agreement_rows(record, unplaced.tolist()),
                },
            },
        }
        return _json(document), headers

    return Plan((geoid, file_format, filter_query(filters)), file_format.media_type, build)


def _no_county(geoid: str) -> str:
    held = held_geoids(geoid)
    if held:
        names = ", ".join(f"{code} ({counties()[code].name})" for code in held)
        return f"The code {geoid} belongs to another year's counties; here it is {names}."
    return "No county has this code. Codes have five digits, as 37119; /api/v1/counties lists them."


def _agreement_rows(record: LoadedRecord, positions: Sequence[int]) -> list[dict[str, Any]]:
    rows = record.agreements.iloc[list(positions)]
    return plain_rows(rows[[c.name for c in GRAIN_COLUMNS[Grain.AGREEMENT] if c.name in rows.columns]])


# ---- changes

_CHANGE_FILTERS: Final = tuple(name for name in _FILTERS if name not in ("status", "as_of"))
#: Columns that stand before those of the agreement in a table of changes.
CHANGE_COLUMNS: Final = (
    Column("change", "text", "What happened.", "never empty", "compared", allowed=KINDS),
    Column("changed_on", "text", "Day on which the record shows it (YYYY-MM-DD).", "never empty", "compared"),
)


def _changes_plan(call: Call) -> Plan:
    _expect(call, (*_CHANGE_FILTERS, "from", "to", "format"))
    file_format, filters, record = _format(call, (Format.JSON, Format.CSV)), _filters(call, _CHANGE_FILTERS), _usable()
    end = _day(call, "to", record.newest_list or FIRST_DAY)
    start = _day(call, "from", max(FIRST_DAY, end - _DEFAULT_SPAN))
    if start > end:
        raise Problem(
            400, "from is after to.", [{"parameter": "from", "value": str(start), "expected": f"a day up to {end}"}]
        )

    def build() -> tuple[bytes, dict[str, str]]:
        found = changes_between(record.agreements, start, end).of(kept_whatever_status(record.agreements, filters))
        kept = {kind: getattr(found, kind) for kind in KINDS}
        events = _events(record)
        events = events[(events["changed_on"] > str(start)) & (events["changed_on"] <= str(end))]
        rows = pd.concat([events[events["change"] == kind].loc[held.index.unique()] for kind, held in kept.items()])
        name = f"287g-changes_{start}_{end}.{file_format}"
        headers = _headers(record, len(rows), ["<openapi.json>; rel=service-desc"], name)
        if file_format is Format.CSV:
            return csv_of(rows, (*CHANGE_COLUMNS, *GRAIN_COLUMNS[Grain.AGREEMENT])), headers
        told = provenance(
            record, replace(filters, status="all"), content="one row per change", rows=len(rows)
        ).as_dict()
        told.pop("command", None)
        document = {
            "meta": {
                **told,
                "from": str(start),
                "to": str(end),
                "counts": {kind: len(held) for kind, held in kept.items()},
                "corrected": found.corrected["agreement_id"].tolist(),
                "by_state": found.by_state(),
            },
            "data": plain_rows(rows),
        }
        return _json(document), headers

    key = ("changes", file_format, filter_query(filters), str(start), str(end))
    return Plan(key, file_format.media_type, build)


_compared: Final[dict[str, pd.DataFrame]] = {}


def _events(record: LoadedRecord) -> pd.DataFrame:
    """Return one row per beginning and end of an agreement: `CHANGE_COLUMNS`, then its columns; kept per version."""
    held = _compared.get(record.version)
    if held is not None:
        return held
    columns = [c for c in GRAIN_COLUMNS[Grain.AGREEMENT] if c.name in record.agreements.columns]
    typed = record.agreements[[column.name for column in columns]]
    events = change_events(record.agreements)
    found = typed.loc[events.index].copy()
    found.insert(0, "change", events["change"].to_numpy())
    found.insert(1, "changed_on", events["changed_on"].dt.strftime("%Y-%m-%d").to_numpy())
    _compared.clear()
    _compared[record.version] = found
    return found


def _feed_plan(call: Call) -> Plan:
    _expect(call, _CHANGE_FILTERS)
    filters, record = _filters(call, _CHANGE_FILTERS), _usable()

    def build() -> tuple[bytes, dict[str, str]]:
        events, keep = _events(record), kept_whatever_status(record.agreements, filters)
        return changes_feed(record, filters, events[keep.loc[events.index].to_numpy()], call.base), {
            "X-Record-Version": record.version
        }

    return Plan(("feed", filter_query(filters), call.base), _ATOM, build)


# ---- what there is


def _meta_plan(call: Call) -> Plan:
    _expect(call, (*_FILTERS, "format"))
    _format(call, (Format.JSON,))
    filters, record = _filters(call), _usable()

    def build() -> tuple[bytes, dict[str, str]]:
        counted = record.index.counts(filter_mask(record.agreements, filters))
        told = provenance(record, filters).as_dict()
        document = {
            **told,
            "counts": {
                "agreements": counted.agreements, "agencies": counted.agencies, "counties": counted.counties,
                "states": counted.states, "statewide": counted.statewide, "unplaced": counted.unplaced,
            },
            "record": {
                "agreements": len(record.agreements), "set_aside": record.set_aside, "faults": len(record.faults),
                "lists": len(record.lists), "first_list": _iso(record.lists[0].day if record.lists else None),
                "newest_list": _iso(record.newest_list),
            },
            "columns": {
                grain.plural: [
                    {"name": c.name, "type": c.kind, "description": c.description, "empty_means": c.empty_means}
                    for c in columns
                ]
                for grain, columns in GRAIN_COLUMNS.items() if grain is not Grain.PANEL
            },
            "states": {abbr: state_name(abbr) for abbr in sorted(set(record.agreements["state_abbr"].astype("str")))},
        }  # fmt: skip
        return _json(document), {"X-Record-Version": record.version, "Link": "<openapi.json>; rel=service-desc"}

    return Plan(("meta", filter_query(filters)), Format.JSON.media_type, build)


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _openapi_plan(call: Call) -> Plan:
    _expect(call, ())

    def build() -> tuple[bytes, dict[str, str]]:
        return _json(openapi_document(_code_version())), {}

    return Plan(("openapi",), "application/json", build)


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
