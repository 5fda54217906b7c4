"""Everything the map's frame loads, under addresses that change when its content does."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from map_app.map_layers import AssetLinks, map_page, names_json, shapes_json
from map_app.text import LANGUAGES, Text
from map_app.web import HTML, Packed, content_version


@cache
def assets() -> dict[str, tuple[str, bytes]]:
    """Return what the frame loads: media type and content by file name."""
    import xstatic.pkg.leaflet as leaflet

    leaflet_files, own_files = Path(leaflet.BASE_DIR), resources.files("map_app") / "static"
    script, style = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
    return {
        "leaflet.js": (script, (leaflet_files / "leaflet.js").read_bytes()),
        "leaflet.css": (style, (leaflet_files / "leaflet.css").read_bytes()),
        "shapes.js": (script, (own_files / "shapes.js").read_bytes()),
        "map.js": (script, (own_files / "map.js").read_bytes()),
        "map.css": (style, (own_files / "map.css").read_bytes()),
        "page.css": (style, (own_files / "page.css").read_bytes()),
        "page.js": (script, (own_files / "page.js").read_bytes()),
        "shapes.json": ("application/json", shapes_json()),
        **{f"names.{language}.json": ("application/json", names_json(language)) for language in LANGUAGES},
    }


@cache
def asset_version() -> str:
    """Return a short hash of everything the frame loads; it stands in the addresses, so they never go stale."""
    held = {name: content for name, (_, content) in assets().items()}
    return content_version(held | {"frame.html": map_page(_links(""), "").encode()})


@cache
def streamlit_files() -> Path:
    """Return the folder of Streamlit's own page."""
    import streamlit

    return Path(streamlit.__file__).parent / "static"


@cache
def page_font_file() -> Path | None:
    """Return the font Streamlit's page uses, or None where it has none of that name."""
    media = streamlit_files() / "static" / "media"
    return next(iter(sorted(media.glob("SourceSansVF-Upright*.woff2"))), None)


@cache
def page_font() -> str:
    """Return the address of the font Streamlit's page has already loaded, relative to the page, or ""."""
    font = page_font_file()
    return f"static/media/{font.name}" if font else ""


def _links(base: str) -> AssetLinks:
    return AssetLinks(
        leaflet_js=f"{base}leaflet.js",
        leaflet_css=f"{base}leaflet.css",
        shapes_js=f"{base}shapes.js",
        map_js=f"{base}map.js",
        map_css=f"{base}map.css",
        shapes=f"{base}shapes.json",
        names=f"{base}names.{{lang}}.json",
        popup="../popup/",
        font=page_font() and f"../../{page_font()}",
    )


@cache
def packed(name: str) -> Packed:
    """Return one file of the frame."""
    if name == "frame.html":
        return Packed.of(HTML, map_page(_links(""), "Map of 287(g) agreements").encode())
    return Packed.of(*assets()[name])


def frame_address() -> str:
    """Return the address of the map's frame, relative to the page."""
    return f"map/{asset_version()}/frame.html"


def frame_words(text: Text) -> dict[str, str]:
    """Return every word the frame shows or says, by the name its script gives it."""
    return {
        "lang": text.language,
        "mapLabel": text.t("Map of counties. The same agreements are in the table below the map."),
        "mapKeys": text.t("The arrow keys move the map. Enter opens the county in its middle, Escape closes it."),
        "localOne": text.t("{n} local agreement"),
        "localOther": text.t("{n} local agreements"),
        "stateOne": text.t("{n} statewide"),
        "stateOther": text.t("{n} statewide"),
        "stateOutline": text.t("State with statewide agreements (number)"),
        "loading": text.t("Loading…"),
        "popupFailed": text.t("The agreements of this county could not be loaded. Try again."),
        "shapesFailed": text.t("The map could not be loaded. Reload the page."),
        "twoFingers": text.t("Use two fingers to move the map"),
        "anyState": text.t("Go to a state"),
        "anyCounty": text.t("Open a county"),
        "readCounty": text.t("Read its agreements"),
        "viewsLabel": text.t("What the map shows"),
        "close": text.t("Close"),
        "title": text.t("Map of 287(g) agreements"),
        "lower48": text.t("48 states"),
        "alaska": text.t("Alaska"),
        "hawaii": text.t("Hawaii"),
        "puertoRico": text.t("Puerto Rico"),
        "guam": text.t("Guam and Marianas"),
        "panUp": text.t("Move up"),
        "panDown": text.t("Move down"),
        "panLeft": text.t("Move left"),
        "panRight": text.t("Move right"),
        "zoomIn": text.t("Zoom in"),
        "zoomOut": text.t("Zoom out"),
    }
