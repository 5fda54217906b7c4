"""A plain page around the app: words, links and tables that need no script."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

from map_app.text import LANGUAGES, Text, preferred_language
from map_app.web import font_face

STYLE: Final = """
:root { color-scheme: light dark; --line: #8a94a0; --focus: #0b4f8a; --link: #0b4f8a; --soft: #46505e; }
@media (prefers-color-scheme: dark) { :root { --line: #7a8694; --focus: #8cc4ff; --link: #8cc4ff; --soft: #b9c3cf; } }
* { box-sizing: border-box; }
html, body { background: Canvas; color: CanvasText; }
body { margin: 0 auto; padding: 16px 18px 40px; max-width: 70rem; overflow-wrap: anywhere;
  font: 17px/1.45 "Source Sans", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.6rem 0 0.3rem; }
h2 { font-size: 1.2rem; margin: 1.6rem 0 0.2rem; padding-top: 0.4rem; border-top: 1px solid var(--line); }
p { margin: 0.3rem 0; max-width: 60rem; }
a { color: var(--link); display: inline-block; min-height: 24px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
"""
#: For what these pages have besides words.
_MORE: Final = """
nav { display: flex; flex-wrap: wrap; gap: 0 1.2rem; }
ul { padding-left: 1.2rem; max-width: 60rem; }
table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.8rem 0.4rem 0;
  border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; } tbody th { font-weight: 400; min-width: 14rem; }
.result { white-space: nowrap; font-weight: 600; }
.fails { color: light-dark(#8c1d18, #ffb4ab); }
.wide { overflow-x: auto; }
.ways { display: flex; flex-wrap: wrap; gap: 0 1.2rem; padding: 0; list-style: none; }
form { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: end; margin: 0.6rem 0; }
label { display: grid; gap: 0.1rem; font-size: 0.9rem; }
input, select, button { font: inherit; min-height: 44px; padding: 0.3rem 0.6rem; border: 1px solid var(--line);
  border-radius: 6px; background: Canvas; color: CanvasText; max-width: 100%; }
button { font-weight: 600; padding: 0.3rem 1.2rem; cursor: pointer; }
summary { min-height: 44px; padding: 0.6rem 0; cursor: pointer; }
small { color: var(--soft); font-size: 0.85rem; } .day { white-space: nowrap; }
.numbers td { text-align: right; font-variant-numeric: tabular-nums; }
@media (max-width: 640px) { thead { position: absolute; clip-path: inset(50%); } tr { display: block; padding: 0.5rem 0;
  border-bottom: 1px solid var(--line); } th, td { display: block; border: 0; padding: 0.05rem 0; }
  .numbers td { text-align: left; } td[data-head]::before { content: attr(data-head) ": "; } }
"""


def plain_page(title: str, body: str, text: Text, path: str, font: str = "", query: str = "") -> str:
    """Return a whole HTML page of the app, with the ways back and to the other languages.

    Args:
        title: Heading and title.
        body: What stands under the heading, as HTML.
        text: Language.
        path: The page's own address, relative to the app's.
        font: Address of the page's font, or "" for the reader's own.
        query: What else stands in the page's own address, so that the other languages keep it.
    """
    more = f"{query}&" if query else ""
    others = other_languages(lambda language: f"{path}?{more}lang={language}", text)
    return (
        f'<!doctype html><html lang="{text.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{font_face(font)}{STYLE}{_MORE}</style></head><body>"
        f'<nav aria-label="{escape(text.t("Pages"))}">'
        f'<a href="./?lang={text.language}">{escape(text.t("To the map"))}</a>{others}</nav>'
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def other_languages(address: Callable[[str], str], text: Text) -> str:
    """Return links to a page in the other languages; its address is given for each language."""
    return "".join(
        f'<a href="{escape(address(language))}" hreflang="{language}" lang="{language}">{escape(name)}</a>'
        for language, name in LANGUAGES.items()
        if language != text.language
    )


def language_asked(request: Request) -> str:
    """Return the language a page of its own is asked for in: the address's, else the one the browser prefers.

    An address that names a language there is none of is returned as given, so that the page can say so.
    """
    named = parse_qs(request.url.query).get("lang")
    return named[-1] if named else preferred_language(request.headers.get("accept-language", ""))


def public_links(text: Text) -> str:
    """Return links to the pages on changes, the data's state and privacy, for the foot of a page of the app."""
    pages = (
        ("changes", text.t("What changed (new tab)")),
        ("status", text.t("Status of the data (new tab)")),
        ("privacy", text.t("Privacy (new tab)")),
    )
    return " ".join(
        f'<a href="{path}?lang={text.language}" target="_blank" rel="noopener">{escape(label)}</a>'
        for path, label in pages
    )
