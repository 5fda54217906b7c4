"""The description of the HTTP interface (OpenAPI 3.1), written from the same columns and filters as the answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from map_app.agreements import Column
from map_app.changes import KINDS
from map_app.citation import LICENCE, LICENCE_ID, TITLE
from map_app.filters import FILTER_HINTS
from map_app.grains import GRAIN_COLUMNS, Grain
from map_app.vocabulary import AgencyType, Model, Status

API_PATH: Final = "/api/v1"

_MANY: Final = ("model", "state", "county", "agency_type")
_ENUMS: Final[dict[str, list[str]]] = {
    "agency_type": [str(kind) for kind in AgencyType],
    "status": [*map(str, Status), "all"],
}
_PATTERNS: Final = {"state": "^[A-Za-z]{2}$", "county": "^[0-9]{5}$", "year": "^[0-9]{4}([-–][0-9]{4})?$"}
_EXAMPLES: Final[dict[str, Any]] = {
    "model": ["TFM"], "year": "2025", "state": ["NC"], "county": ["37119"], "agency_type": ["county"],
    "status": "active", "as_of": "2019-06-30",
}  # fmt: skip


def openapi_document(version: str) -> dict[str, Any]:
    """Return the description of the interface as plain data.

    Args:
        version: Version of the program.
    """
    filters = [_filter_parameter(name) for name in FILTER_HINTS]
    page = [
        _parameter("limit", "Most rows to give.", {"type": "integer", "minimum": 1, "maximum": 10_000}, 100),
        _parameter("offset", "Rows to leave out before.", {"type": "integer", "minimum": 0, "maximum": 10**9}, 0),
    ]
    shown = _parameter(
        "format", "Form of the answer; the path's ending says the same.",
        {"type": "string", "enum": ["json", "csv", "geojson"], "default": "json"}, "json",
    )  # fmt: skip
    paths: dict[str, Any] = {}
    for grain in (Grain.AGREEMENT, Grain.AGENCY, Grain.COUNTY, Grain.STATE):
        rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{grain}"}}
        answers = _answers(rows, ("json", "csv", "geojson"))
        what = f"The selection, {grain.content}."
        paths[f"/{grain.plural}"] = _get(grain.plural, what, [*filters, *page, shown], answers)
        for ending in ("json", "csv", "geojson"):
            paths[f"/{grain.plural}.{ending}"] = _get(
                f"{grain.plural}_{ending}", what, [*filters, *page], _answers(rows, (ending,))
            )
    geoid = {
        "name": "geoid", "in": "path", "required": True, "example": "37119", "schema": {"type": "string"},
        "description": "Five-digit county code, with or without an ending .json, .csv, .geojson.",
    }  # fmt: skip
    of_county = [f for f in filters if f["name"] not in ("county", "state")]
    paths["/counties/{geoid}"] = _get(
        "county",
        "One county: its level of participation and every agreement that can act there. As CSV the agreements, as "
        "GeoJSON its shape.",
        [geoid, *of_county, shown],
        {**_answers({"type": "object"}, ("json", "csv", "geojson")), "404": _problem("No county has this code.")},
    )
    narrowing = [f for f in filters if f["name"] not in ("status", "as_of")]
    period = [
        _parameter("from", "Day after which changes count (30 days before `to`).", _DAY, "2026-04-11"),
        _parameter("to", "Last day of the changes (the newest list).", _DAY, "2026-05-11"),
    ]
    change = {
        "type": "array",
        "items": {
            "allOf": [
                {"$ref": "#/components/schemas/agreement"},
                {
                    "type": "object",
                    "properties": {"change": {"type": "string", "enum": list(KINDS)}, "changed_on": _DAY},
                },
            ]
        },
    }
    two = _parameter("format", "Form of the answer.", {"type": "string", "enum": ["json", "csv"]}, "json")
    told = "Agreements added, ended and replaced between two days."
    paths["/changes"] = _get("changes", told, [*narrowing, *period, two], _answers(change, ("json", "csv")))
    for ending in ("json", "csv"):
        paths[f"/changes.{ending}"] = _get(
            f"changes_{ending}", told, [*narrowing, *period], _answers(change, (ending,))
        )
    feed = {"200": {"description": "Atom feed, newest first.", "content": {"application/atom+xml": {"schema": _TEXT}}}}
    paths["/changes.atom"] = _get("feed", "The newest changes as an Atom feed.", narrowing, {**feed, **_REFUSALS})
    meta = {"200": {"description": "The answer.", "content": {"application/json": {"schema": {"type": "object"}}}}}
    only = _parameter("format", "Form of the answer.", {"type": "string", "enum": ["json"]}, "json")
    paths["/meta"] = _get(
        "meta", "Counts of the selection, version and lists of the record, columns.", [*filters, only],
        {**meta, **_REFUSALS},
    )  # fmt: skip
    paths["/meta.json"] = _get("meta_json", "The same.", filters, {**meta, **_REFUSALS})
    paths["/openapi.json"] = _get("openapi", "This description.", [], {**meta, **_REFUSALS})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version,
            "license": {"name": LICENCE_ID, "identifier": LICENCE_ID},
            "summary": "Every 287(g) agreement ICE has listed, with the states and counties it covers.",
            "description": "Read only. Every table takes the filters of the page's address and of `map-app export`, "
            "and gives the same rows in the same order. An answer has an ETag made from the record's version and the "
            "query. " + LICENCE,
        },
        # Relative to this document, so that it holds behind any host and prefix.
        "servers": [{"url": "../v1"}],
        "paths": paths,
        "components": {
            "schemas": {
                **{str(grain): _schema(GRAIN_COLUMNS[grain]) for grain in Grain if grain is not Grain.PANEL},
                "problem": _PROBLEM,
            }
        },
    }


_TEXT: Final = {"type": "string"}
_DAY: Final = {"type": "string", "format": "date"}
_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"parameter": _TEXT, "value": _TEXT, "expected": _TEXT},
            },
        },
        "documentation": _TEXT,
    },
}


def _problem(told: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {"description": told, "content": content}


_REFUSALS: Final = {
    "304": {"description": "Not changed since the ETag in If-None-Match."},
    "400": _problem("A parameter or value is not understood; each is named."),
    "503": _problem("The server holds no record it can use."),
}


def _answers(data: dict[str, Any], endings: Iterable[str]) -> dict[str, Any]:
    bodies: dict[str, dict[str, Any]] = {
        "json": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["meta", "data"],
                    "properties": {"meta": {"type": "object"}, "data": data},
                }
            }
        },
        "csv": {"text/csv": {"schema": _TEXT}},
        "geojson": {"application/geo+json": {"schema": {"type": "object"}}},
    }
    content = {media: schema for ending in endings for media, schema in bodies[ending].items()}
    headers = {
        "ETag": {"schema": _TEXT, "description": "Changes with the record and the query."},
        "X-Record-Version": {"schema": _TEXT, "description": "Short hash of the record."},
        "X-Total-Rows": {"schema": {"type": "integer"}, "description": "Rows of the selection, before paging."},
    }
    return {"200": {"description": "The answer.", "headers": headers, "content": content}, **_REFUSALS}


def _get(name: str, summary: str, parameters: list[dict[str, Any]], responses: dict[str, Any]) -> dict[str, Any]:
    return {"get": {"operationId": name, "summary": summary, "parameters": parameters, "responses": responses}}


def _parameter(name: str, told: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": told, "schema": schema, "example": example}


def _filter_parameter(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if name in _ENUMS:
        schema["enum"] = _ENUMS[name]
    if name in _PATTERNS:
        schema["pattern"] = _PATTERNS[name]
    if name == "model":
        schema["enum"] = [*(model.code for model in Model), *map(str, Model)]
    if name == "as_of":
        schema["format"] = "date"
    if name in _MANY:
        schema = {"type": "array", "items": schema}
    return {
        **_parameter(name, f"{FILTER_HINTS[name][0].upper()}{FILTER_HINTS[name][1:]}.", schema, _EXAMPLES[name]),
        **({"style": "form", "explode": True} if name in _MANY else {}),
    }


def _schema(columns: Iterable[Column]) -> dict[str, Any]:
    """Return the JSON schema of a row."""
    kinds: dict[str, dict[str, Any]] = {
        "integer": {"type": "integer"}, "date": dict(_DAY), "boolean": {"type": "boolean"},
        "link": {"type": "string", "format": "uri"},
    }  # fmt: skip
    properties: dict[str, Any] = {}
    for column in columns:
        schema = dict(kinds.get(column.kind, _TEXT))
        if column.allowed and len(column.allowed) < 15:
            schema["enum"] = [*column.allowed, *([] if column.required else [None])]
        if not column.required:
            schema["type"] = [schema["type"], "null"]
        properties[column.name] = {**schema, "description": f"{column.description} Null: {column.empty_means}."}
    return {"type": "object", "properties": properties, "required": list(properties)}
