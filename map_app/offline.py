"""One HTML file that holds the map and its agreements, and asks nothing of any network."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace
from importlib import resources
from typing import Any, Final

import numpy as np
import pandas as pd

from geo.fips import STATES, counties, county_box, state_box, state_fips
from map_app.citation import LICENCE, CitationStyle, cite, provenance
from map_app.county_list import filters_in_words
from map_app.coverage import LEVELS
from map_app.errors import MapAppError
from map_app.filters import filter_mask
from map_app.frame import assets, frame_words
from map_app.grains import Selection
from map_app.map_layers import (
    NUMBER_ENDS,
    YEAR_STARTS,
    AssetLinks,
    ColorBy,
    legend_of,
    map_page,
    names_json,
    narrows,
    other_labels,
    shapes_json,
)  # fmt: skip
from map_app.pictures import picture_title, places_of
from map_app.popups import agreement_html, extent_words, level_sentence, model_name, safe_link, when_words, widest_first
from map_app.record import RECENT_DAYS
from map_app.tables import agency_type_name, place_words
from map_app.text import Text
from map_app.text.places import state_words
from map_app.timeline import timeline
from map_app.vocabulary import AgencyType, Model

#: The file runs its own scripts and loads nothing at all: a browser refuses every request.
_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'none'; "
    "base-uri 'none'; form-action 'none'"
)
_LINKS: Final = AssetLinks(
    leaflet_js="leaflet.js", leaflet_css="leaflet.css", shapes_js="shapes.js", map_js="map.js", map_css="map.css",
    shapes="shapes.json", names="names.{lang}.json", popup="popup/",
)  # fmt: skip


def offline_page(selection: Selection, color: ColorBy, text: Text, address: str = "") -> str:
    """Return the selection as one HTML file: the map Folium makes, popups, filters, a table and the time slider.

    Args:
        selection: The record and its filters. Past agreements of the selection are in the file too, for the slider.
        color: What the colour of a county says.
        text: Language.
        address: Public address of the view, where it is known.

    Raises:
        MapAppError: A part of the page that should be written into it was left out.
    """
    title = picture_title(selection, text)
    page = map_page(_LINKS, title).replace('<html lang="en">', f'<html lang="{text.language}">', 1)
    own = {name: (resources.files("map_app") / "static" / name).read_text("utf-8")
           for name in ("timeline.js", "offline.js", "offline.css")}  # fmt: skip
    held = {
        "shapes.json": shapes_json(),
        f"names.{text.language}.json": names_json(text.language),
        "record.json": json.dumps(_told(selection, color, text, address), ensure_ascii=False).encode(),
    }
    packed = "".join(
        f'<script type="text/plain" id="{name}">{_packed(content)}</script>' for name, content in held.items()
    )
    scripts = f"{packed}<script>{_inline(own['timeline.js'])}</script><script>{_inline(own['offline.js'])}</script>"
    head = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><meta name="robots" content="noindex">'
    page = re.sub(r"<head>", lambda found: f"{found[0]}{head}", page, count=1)
    page = page.replace("</head>", f"<style>{own['offline.css']}</style></head>", 1)
    page = re.sub(r"(<body[^>]*>)", lambda found: found[0] + scripts, page, count=1)
    page = re.sub(r'<script src="([^"]+)"></script>', lambda found: f"<script>{_script(found[1])}</script>", page)
    page = re.sub(
        r'<link rel="stylesheet" href="([^"]+)"\s*/?>', lambda found: f"<style>{_style(found[1])}</style>", page
    )
    if re.search(r'<(?:script|img|iframe)[^>]+src=|<link[^>]+href="', page):
        raise MapAppError("the file would ask for something outside itself; this is a fault of the program")
    return page


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def _script(name: str) -> str:
    return _inline(assets()[name][1].decode())


def _inline(script: str) -> str:
    return script.replace("</script", "<\\/script").replace("//# sourceMappingURL", "// map")


def _style(name: str) -> str:
    # Pictures of controls that this map does not have.
    return re.sub(r"url\((?!#)[^)]*\)", "none", assets()[name][1].decode())


def _told(selection: Selection, color: ColorBy, text: Text, address: str) -> dict[str, Any]:
    """Return the agreements of the selection and every text the page shows."""
    record, filters = selection.record, selection.filters
    kept = np.flatnonzero(filter_mask(record.agreements, replace(filters, status="all", as_of=None)))
    rows = record.agreements.iloc[kept]
    whole = timeline(record)
    agencies: dict[int, int] = {}
    for row in kept:
        agencies.setdefault(whole["rows"]["agency"][row], len(agencies))
    columns = {name: [values[row] for row in kept] for name, values in whole["rows"].items()}
    columns["agency"] = [agencies[number] for number in columns["agency"]]
    placed = widest_first(rows[rows["coverage"] != ""]).index
    rank = pd.Series(range(len(placed)), index=placed).reindex(rows.index, fill_value=len(rows))
    dicts = rows.to_dict("records")
    told = provenance(record, filters, rows=len(rows), address="")
    return {
        **whole,
        "agencies": [whole["agencies"][number] for number in agencies],
        "rows": columns,
        "rank": rank.tolist(),
        "extent": [extent_words(row, text) for row in dicts],
        "popup": [agreement_html(row, text) for row in dicts],
        "when": [when_words(row, text) for row in dicts],
        "where": [place_words(row, text) for row in dicts],
        "link": [safe_link(row["moa_url"]) for row in dicts],
        "settings": {"yearStarts": YEAR_STARTS, "numberEnds": NUMBER_ENDS, "recentDays": RECENT_DAYS},
        "day": None if filters.as_of is None else (filters.as_of - pd.Timestamp(whole["epoch"]).date()).days,
        "status": filters.status,
        "color": str(color),
        "lang": text.language,
        "bounds": _bounds(selection),
        "covered": places_of(selection) or None,
        "narrowed": narrows(filters.to_query()),
        "legend": [[held.key, held.label] for held in legend_of(color, text)[1]],
        "others": other_labels(text),
        "legendTitle": legend_of(color, text)[0],
        "mapWords": frame_words(text),
        "states_named": {state.abbr: state_words(state.abbr, text) for state in STATES},
        "models_named": [model_name(model, text) for model in Model],
        "types_named": [agency_type_name(kind, text) for kind in AgencyType],
        "levels": [level_sentence(level, 0, text) for level in LEVELS],
        "title": picture_title(selection, text),
        "told": filters_in_words(replace(filters, as_of=None, states=(), counties=()), text),
        "words": _words(text),
        "source": f"{cite(told, CitationStyle.APA)} {LICENCE}",
        "address": address,
        "version": record.version,
    }


def _words(text: Text) -> dict[str, Any]:
    return {
        "inForceOne": text.t("agreement in force"),
        "inForceOther": text.t("agreements in force"),
        "agreementOne": text.t("agreement"),
        "agreementOther": text.t("agreements"),
        "list": text.t("ICE’s list of {day}"),
        "aged": text.t("This list is {age} days old today: agreements signed or ended since are not shown."),
        "documents": text.t("As of {day}, by documents of the time"),
        "day": text.t("Day"),
        "play": text.t("Play"),
        "pause": text.t("Pause"),
        "earlier": text.t("One step earlier"),
        "later": text.t("One step later"),
        "modelType": text.t("Model type"),
        "state": text.t("State"),
        "agencyType": text.t("Agency type"),
        "all": text.t("All"),
        "agency": text.t("Agency"),
        "signed": text.t("Signed and status"),
        "covers": text.t("Covers"),
        "memorandum": text.t("Memorandum"),
        "read": text.t("Read"),
        "notLinked": text.t("Not linked"),
        "search": text.t("Agency name"),
        "table": text.t("The same agreements as a table"),
        "previous": text.t("Previous"),
        "next": text.t("Next"),
        "page": text.t("Page {page} of {pages}"),
        "localHeading": text.t("County and local agencies"),
        "stateHeading": text.t("Agencies of the whole state or territory"),
        "none": text.t("No agreement matches these filters."),
        "caution": text.t(
            "No agreement listed does not mean no cooperation with ICE: agencies can also work with it in ways that "
            "need no such agreement."
        ),
        "notHeld": text.t("Not in this file"),
        "alone": text.t("This file needs no network and asks nothing of any server."),
        "newest": text.t("The newest answer is at:"),
        "advice": text.t("This is information, not legal advice."),
    }


def _bounds(selection: Selection) -> list[list[float]] | None:
    """Return south-west and north-east of the places of a selection, or None for the whole country."""
    filters = selection.filters
    boxes = [county_box(geoid) for geoid in filters.counties if geoid in counties()]
    boxes = boxes or [state_box(state_fips(abbr)) for abbr in filters.states]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return [[min(south), min(west)], [max(north), max(east)]]
