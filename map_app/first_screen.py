"""What a visitor reads and sees while Streamlit is still starting: title, answer, counts and the painted map.

The first HTML page holds it whole. `static/page.js` hands the map's frame over to Streamlit's page, once that stands,
without loading it again, and takes the rest away.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from html import escape
from typing import Final
from urllib.parse import urlencode

from map_app.filters import filter_mask
from map_app.frame import frame_address, frame_words
from map_app.map_layers import selection_payload
from map_app.page_html import counts_html, place_html, search_words, title_html, view_names
from map_app.record import current_record
from map_app.text import LANGUAGES, Text, text_in
from map_app.visit import Visit
from map_app.web import json_in_html

#: Gives the map its selection and the theme a visitor chose before. The frame reads it when its shapes are there.
_SCRIPT: Final = """
const screen = document.getElementById("first-screen"), frame = screen.querySelector("iframe");
let chosen = "";
try {
  const key = Object.keys(localStorage).find((name) => name.startsWith("stActiveTheme"));
  chosen = (key && JSON.parse(localStorage.getItem(key)).name) || "";
} catch {}
const dark = /^(dark|light)$/i.test(chosen) ? /dark/i.test(chosen) : matchMedia("(prefers-color-scheme: dark)").matches;
screen.style.colorScheme = dark ? "dark" : "light";
frame.selection = JSON.parse(document.getElementById("first-selection").textContent);
frame.selection.theme = dark ? "dark" : "light";
// A frame that was quicker than this script is waiting for it.
const inside = frame.contentWindow;
if (inside && inside.showSelection) inside.showSelection(frame.selection);
"""


def first_screen(visit: Visit) -> str:
    """Return the first screen of a visit as HTML; "" where there is none to show."""
    record = current_record()
    if visit.view in ("about", "data") or record.refused or not record.version:
        return ""
    return _first_screen(record.version, visit, dt.date.today())


@lru_cache(maxsize=64)
def _first_screen(version: str, visit: Visit, today: dt.date) -> str:
    """Return the first screen; the version and the day are there to make it anew when they change."""
    record, text, filters = current_record(), text_in(visit.language), visit.filters
    mask = filter_mask(record.agreements, filters)
    payload = selection_payload(record.index, mask, visit.color, filters.to_query(), text, version)
    counts = counts_html(record.index.counts(mask), payload, filters, visit.color, text)
    payload |= {"focus": visit.place, "words": frame_words(text)}
    finding = visit.view == "find"
    answered = finding and bool(visit.place)
    parts = [
        f'<div id="first-screen" lang="{text.language}"><div class="first-side"></div><main>',
        _navigation(visit, text),
        f"<div>{title_html(record, filters, visit.view, text, answered=answered)}</div>",
        _search_box(text) if finding else "",
        place_html(record, visit.place, filters.as_of, text) if answered else "",
        f"<div>{counts}</div>",
        f'<iframe class="county-map" title="{escape(text.t("Map of 287(g) agreements"))}" allow="fullscreen" '
        f'src="{frame_address()}"></iframe>',
        f'<p class="late" hidden>{escape(_late(text))}</p></main></div>',
        f'<script type="application/json" id="first-selection">{json_in_html(payload)}</script>',
        f"<script>(() => {{{_SCRIPT}}})();</script>",
    ]
    return "".join(parts)


def _late(text: Text) -> str:
    return text.t("The filters and the search are not there yet. What is shown here is complete; reload to try again.")


def _navigation(visit: Visit, text: Text) -> str:
    """Return the choice of view and language as plain links, which work before any script has come."""

    def link(label: str, here: bool, **changed: str) -> str:
        query = {"view": visit.view, "lang": visit.language, **visit.filters.to_query(), **changed}
        if len(visit.place) == 5:  # a state is among the filters
            query["county"] = visit.place
        current = ' aria-current="true"' if here else ""
        return f'<a href="./?{escape(urlencode(query, doseq=True))}"{current}>{escape(label)}</a>'

    to_views = "".join(link(label, view == visit.view, view=view) for view, label in view_names(text).items())
    to_languages = "".join(link(name, code == visit.language, lang=code) for code, name in LANGUAGES.items())
    return f'<nav class="first-navigation"><div>{to_views}</div><div>{to_languages}</div></nav>'


def _search_box(text: Text) -> str:
    """Return a box to type into; what is typed goes on into Streamlit's box and nowhere else."""
    label, example = map(escape, search_words(text))
    return (
        f'<label class="first-search"><span>{label}</span>'
        f'<input type="search" autocomplete="off" maxlength="100" placeholder="{example}"></label>'
    )
