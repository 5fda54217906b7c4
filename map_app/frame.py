"""Everything the map's frame loads, under addresses that change when its content does."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib import resources
from pathlib import Path

from map_app.map_layers import AssetLinks, map_page, names_json, shapes_json
from map_app.text import LANGUAGES


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
    digest = hashlib.sha256()
    for name, (_, content) in sorted(assets().items()):
        digest.update(name.encode() + content)
    digest.update(map_page(_links(""), "").encode())
    return digest.hexdigest()[:12]


@cache
def page_font() -> str:
    """Return the address of the font Streamlit's page has already loaded, relative to the page, or ""."""
    import streamlit

    static = Path(streamlit.__file__).parent / "static"
    fonts = sorted((static / "static" / "media").glob("SourceSansVF-Upright*.woff2"))
    return fonts[0].relative_to(static).as_posix() if fonts else ""


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
def compressed(name: str) -> tuple[str, bytes, bytes]:
    """Return media type, content and gzipped content of one file of the frame."""
    if name == "frame.html":
        media, content = "text/html; charset=utf-8", map_page(_links(""), "Map of 287(g) agreements").encode()
    else:
        media, content = assets()[name]
    return media, content, gzip.compress(content, 9, mtime=0)


def frame_address() -> str:
    """Return the address of the map's frame, relative to the page."""
    return f"map/{asset_version()}/frame.html"
