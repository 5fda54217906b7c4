"""The presenter's page: one page of our own that holds the record and needs the server no more once it has come."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources
from typing import Any, Final
from urllib.parse import parse_qs

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from geo.atlas import atlas_json
from geo.fips import STATES
from map_app.charts import MODEL_COLORS, policy_dates
from map_app.filters import read_filters
from map_app.frame import page_font
from map_app.guard import page_policy
from map_app.map_layers import NUMBER_ENDS, YEAR_STARTS, ColorBy, color_name, legend_of, names_json, other_labels
from map_app.pictures import SHORT_INSETS
from map_app.popups import model_meaning, model_name
from map_app.record import RECENT_DAYS, LoadedRecord, age_words, current_record, gap_words
from map_app.tables import agency_type_name
from map_app.takeaway import preview_head
from map_app.text import LANGUAGES, Text, text_in
from map_app.text.places import state_words
from map_app.timeline import day_number, timeline_json
from map_app.vocabulary import AgencyType, Model
from map_app.web import FOREVER, HTML, Packed, content_version, font_face, json_in_html

_STATIC: Final = {"present.css": "text/css", "present.js": "text/javascript", "timeline.js": "text/javascript"}


@cache
def present_files() -> dict[str, Packed]:
    """Return what the page loads besides the record, by name."""
    own = resources.files("map_app") / "static"
    found = {name: (f"{media}; charset=utf-8", (own / name).read_bytes()) for name, media in _STATIC.items()}
    found["atlas.json"] = ("application/json", atlas_json())
    for language in LANGUAGES:
        found[f"names.{language}.json"] = ("application/json", names_json(language))
    return {name: Packed.of(media, held) for name, (media, held) in found.items()}


@cache
def present_version() -> str:
    """Return a short hash of everything the page loads besides the record; it stands in the addresses."""
    return content_version({name: held.content for name, held in present_files().items()})


def page_words(text: Text) -> dict[str, Any]:
    """Return every text of the page in a language."""
    return {
        "title": text.t("{county}: 287(g) agreements", county="{place}"),
        "country": text.t("United States"),
        "inForceOne": text.t("agreement in force"),
        "inForceOther": text.t("agreements in force"),
        "endedLabel": text.t("agreements that have ended"),
        "supersededLabel": text.t("agreements replaced by newer ones"),
        "allLabel": text.t("agreements, past ones included"),
        "agencyOne": text.t("agency"),
        "agencyOther": text.t("agencies"),
        "countyOne": text.t("county covered by local agencies"),
        "countyOther": text.t("counties covered by local agencies"),
        "stateOne": text.t("state or territory"),
        "stateOther": text.t("states and territories"),
        "statewideOne": text.t("statewide agreement"),
        "statewideOther": text.t("statewide agreements"),
        "unplacedOne": text.t("not placed on the map"),
        "unplacedOther": text.t("not placed on the map"),
        "signedIn": text.t("signed in {year}"),
        "signedOn": text.t("Signed {day}"),
        "signedUnknown": text.t("Signing date not known"),
        "list": text.t("ICE’s list of {day}"),
        "documents": text.t("As of {day}, by documents of the time"),
        "noList": text.t("No ICE list is held"),
        "gap": gap_words("{first}", "{second}", text),
        "aged": age_words("{age}", text),
        "source": text.t(
            "Source: ICE’s published lists; before 2021, documents of the time. Shapes: U.S. Census Bureau. Insets are "
            "not to scale. No agreement listed does not mean no cooperation."
        ),
        "stateOutline": text.t("State with statewide agreements"),
        "none": text.t("No agreement matches these filters."),
        "play": text.t("Play"),
        "pause": text.t("Pause"),
        "earlier": text.t("One step earlier"),
        "later": text.t("One step later"),
        "step": text.t("Step"),
        "month": text.t("Month"),
        "quarter": text.t("Quarter"),
        "speed": text.t("Speed"),
        "speeds": [text.t("Slow"), text.t("Normal"), text.t("Fast"), text.t("Very fast")],
        "day": text.t("Day"),
        "chart": text.t("Agreements in force by model, July 2002 to {day}"),
        "chartTitle": text.t("Agreements in force by model"),
        "keyDate": text.t("Key date"),
        "documentsOnly": text.t("No list yet"),
        "before": text.t("Before ICE’s lists held: documents of the time"),
        "noLists": text.t("No list held"),
        "fullScreen": text.t("Full screen"),
        "leaveFullScreen": text.t("Leave full screen"),
        "back": text.t("Back to the map"),
        "view": text.t("View"),
        "talk": text.t("Talk"),
        "compare": text.t("Compare"),
        "save": text.t("Save"),
        "help": text.t("Keys"),
        "close": text.t("Close"),
        "place": text.t("Place"),
        "countyChoice": text.t("County"),
        "wholeState": text.t("Whole state"),
        "modelType": text.t("Model type"),
        "anyModel": text.t("All models"),
        "colour": text.t("Colour counties by"),
        "language": "Language / Idioma",
        "theme": text.t("Background"),
        "light": text.t("Light"),
        "dark": text.t("Dark"),
        "keyDates": text.t("Key dates"),
        "addStep": text.t("Add this view to my talk"),
        "noSteps": text.t("No view added yet. Set the map as you want it, then add it here."),
        "stepOf": text.t("Step {n} of {total}"),
        "moveUp": text.t("Move up"),
        "moveDown": text.t("Move down"),
        "remove": text.t("Remove"),
        "copyTalk": text.t("Copy the link to this talk"),
        "copyView": text.t("Copy the link to this view"),
        "copied": text.t("Copied"),
        "talkNote": text.t(
            "The steps are kept in the link alone: nothing is stored on the server or in this browser. Once this page "
            "is open, it needs no network."
        ),
        "compareNothing": text.t("Nothing"),
        "compareWith": text.t("Compare with"),
        "compareDay": text.t("Another day"),
        "comparePlace": text.t("Another state"),
        "difference": text.t("What changed from {first} to {second}"),
        "differenceShort": text.t("What changed"),
        "sidesTitle": text.t("Side by side"),
        "partOf": text.t("{n} of {total}"),
        "inForceLabel": text.t("Agreements in force"),
        "agencies": text.t("Agencies"),
        "countiesCovered": text.t("Counties covered by local agencies"),
        "statewideLabel": text.t("Statewide agreements"),
        "added": text.t("Added"),
        "ended": text.t("Ended"),
        "superseded": text.t("Replaced"),
        "unlisted": text.t("Gone from ICE’s lists for a while"),
        "relisted": text.t("Back on ICE’s lists"),
        "nothingChanged": text.t("Nothing changed."),
        "corrected": text.t("{n} of those added were printed earlier with another name, date, state or model."),
        "sameScale": text.t("Both maps have one scale and move together."),
        "saveNeeds": text.t("Files are made by the server: saving needs the network."),
        "savePicture": text.t("Picture of this view"),
        "slide": text.t("slide, 1920 × 1080"),
        "print": text.t("print, Letter"),
        "handout": text.t("Handout, one page (PDF)"),
        "handoutHint": text.t("Choose a state or a county for a handout."),
        "offline": text.t("Map in one file, for use without a network (HTML)"),
        "embed": text.t("Code to show this view on another site"),
        "copyCode": text.t("Copy the code"),
        "zoomIn": text.t("Zoom in"),
        "zoomOut": text.t("Zoom out"),
        "fit": text.t("Whole view"),
        "mapLabel": text.t("Map of 287(g) agreements"),
        "cardNone": text.t("No agreement listed that day."),
        "cardNarrowed": text.t("No agreement found in this selection."),
        "statewideHeading": text.t("Agencies of the whole state or territory"),
        "localHeading": text.t("County and local agencies"),
        "keys": [
            [text.t("Right, Page Down"), text.t("next step of the talk; without a talk, one step later")],
            [text.t("Left, Page Up"), text.t("step before; without a talk, one step earlier")],
            [text.t("Shift and Right or Left"), text.t("one step later or earlier in time")],
            [text.t("Space"), text.t("play or pause")],
            [text.t("Home, End"), text.t("first or last step")],
            [text.t("Backspace"), text.t("back to the view before")],
            [text.t("Escape"), text.t("close what is open")],
        ],
        "loadFailed": text.t("The map could not be loaded. Reload the page."),
        "badAddress": text.t("Part of the address was not understood and is ignored: {what}"),
        "shortInsets": SHORT_INSETS,
        "insets": {
            "alaska": text.t("Alaska"),
            "hawaii": text.t("Hawaii"),
            "puerto_rico": text.t("Puerto Rico and U.S. Virgin Islands"),
            "guam": text.t("Guam"),
            "marianas": text.t("Northern Marianas"),
            "northern_islands": "",
            "american_samoa": text.t("American Samoa"),
        },
        "states": {state.abbr: state_words(state.abbr, text) for state in STATES},
        "models": [model_name(model, text) for model in Model],
        "meanings": [model_meaning(model, text) for model in Model],
        "types": {str(kind): agency_type_name(kind, text) for kind in AgencyType},
        "colors": {str(color): color_name(color, text) for color in ColorBy},
        "legends": {str(color): _legend_words(color, text) for color in ColorBy},
        "others": other_labels(text),
    }


def _legend_words(color: ColorBy, text: Text) -> dict[str, Any]:
    title, swatches = legend_of(color, text)
    return {"title": title, "classes": [[held.key, held.label] for held in swatches]}


def page_settings(record: LoadedRecord) -> dict[str, Any]:
    """Return what the page's script needs besides the files: words of every language, classes, days to mark."""
    return {
        "words": {language: page_words(text_in(language)) for language in LANGUAGES},
        "languages": LANGUAGES,
        "yearStarts": YEAR_STARTS,
        "numberEnds": NUMBER_ENDS,
        "modelColors": [MODEL_COLORS[model] for model in Model],
        "marks": [
            {"day": day_number(held.day), "kind": held.kind, "label": held.label, "source": held.source,
             "url": held.source_url}
            for held in policy_dates()
        ],
        "version": record.version,
        "recentDays": RECENT_DAYS,
    }  # fmt: skip


def present_page(record: LoadedRecord, text: Text, head: str = "") -> str:
    """Return the presenter's page.

    Args:
        record: The record.
        text: Language of what stands there before the script runs.
        head: More for the page's head.
    """
    base = f"present/{present_version()}/"
    settings = page_settings(record) | {
        "atlas": f"{base}atlas.json",
        "names": f"{base}names.{{lang}}.json",
        "record": f"present/record-{record.version}.json",
    }
    fetched = [settings["atlas"], settings["record"], settings["names"].replace("{lang}", text.language)]
    hints = "".join(f'<link rel="preload" href="{name}" as="fetch" crossorigin>' for name in fetched)
    title = escape(text.t("Map of 287(g) agreements"))
    return (
        f'<!doctype html><html lang="{text.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{title}</title>{head}{hints}'
        f'<style>{font_face(page_font())}</style><link rel="stylesheet" href="{base}present.css">'
        f'<script defer src="{base}timeline.js"></script><script defer src="{base}present.js"></script></head>'
        f'<body><script type="application/json" id="settings">{json_in_html(settings)}</script>'
        f'<main id="stage"><p class="wait">{escape(text.t("Loading…"))}</p></main>'
        f"<noscript><p>{escape(text.t('This page needs JavaScript.'))}</p></noscript></body></html>"
    )


async def _serve_page(request: Request) -> Response:
    query = parse_qs(request.url.query)
    filters, _ = read_filters(query)
    text = text_in(query.get("lang", ["en"])[-1])
    color = next((known for known in ColorBy if known == query.get("color", [""])[-1]), ColorBy.LEVEL)
    head = preview_head(request.scope, filters, color, text.language, query.get("vs", [""])[-1])
    page = (await anyio.to_thread.run_sync(present_page, current_record(), text, head)).encode()
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": page_policy(page)}
    return Packed.of(HTML, page, 6).answer(request, headers)


async def _serve_record(request: Request) -> Response:
    record = current_record()
    if request.path_params["version"] != record.version:
        return PlainTextResponse("The record has changed. Reload the page.", 404)
    held = await anyio.to_thread.run_sync(timeline_json, record)
    return held.answer(request, {"Cache-Control": FOREVER})


async def _serve_file(request: Request) -> Response:
    held = present_files().get(request.path_params["name"])
    if held is None or request.path_params["version"] != present_version():
        return PlainTextResponse("This part of the page has moved. Reload the page.", 404)
    return held.answer(request, {"Cache-Control": FOREVER})


class PresentMiddleware:
    """Leads `?view=present` of the app's page to the presenter's page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and scope["path"].endswith("/"):
            query = scope["query_string"].decode("latin-1")
            if "view=present" in query and parse_qs(query).get("view", [""])[-1] == "present":
                kept = "&".join(part for part in query.split("&") if not part.startswith("view="))
                await RedirectResponse(f"present?{kept}" if kept else "present", 307)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def present_routes() -> list[BaseRoute]:
    """Return the presenter's page and what it loads."""
    return [
        Route("/present", _serve_page),
        Route("/present/record-{version}.json", _serve_record),
        Route("/present/{version}/{name}", _serve_file),
    ]
