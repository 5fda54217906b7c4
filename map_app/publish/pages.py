"""The pages of the static edition, each plain HTML that needs no script to be read."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from geo.fips import STATES, counties
from map_app.answer import answer, read_pending, state_answer
from map_app.changes_page import changes_html, changes_title, last_year
from map_app.county_list import map_in_words
from map_app.filters import FIRST_DAY, STATUSES, Filters, filter_mask, status_name
from map_app.frame import frame_words
from map_app.map_layers import AssetLinks, ColorBy, color_name, map_page, paint
from map_app.page_html import answer_html, page_title, search_words, view_names
from map_app.popups import model_name
from map_app.privacy import Edition, privacy_html, privacy_title
from map_app.record import RECENT_DAYS, LoadedRecord, age_words
from map_app.status import status_html, status_title
from map_app.tables import agency_type_name, agreements_table
from map_app.text import LANGUAGES, Text, text_in
from map_app.text.explained import EXPLAINERS, explainer, source_line
from map_app.text.places import county_words, state_words
from map_app.vocabulary import AgencyType, Model

#: Of the pages: scripts and styles of this folder, none in the page itself, and nothing from anywhere else.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self' data:; "
    "font-src 'self'; frame-src 'self'; connect-src 'none'; base-uri 'none'; form-action 'none'"
)
_INLINE: Final = re.compile(r"<(script|style)(?![^>]*\ssrc=)[^>]*>(.*?)</\1\s*>", re.S | re.I)
#: Scripts of a page that searches, and of one that shows the map.
_FIND: Final = ("parts.js", "record.js", "search.js", "find.js")
_FRAME: Final = ("parts.js", "timeline.js", "record.js", "frame.js")
_EXPLORE: Final = ("parts.js", "timeline.js", "record.js", "explore.js")


@dataclass(frozen=True)
class Download:
    """A file of the record to take away.

    Attributes:
        name: File name under `data/`.
        told: What it holds, in the reader's language.
        size: Its bytes.
    """

    name: str
    told: str
    size: int


@dataclass(frozen=True)
class Site:
    """What every page needs to know.

    Attributes:
        record: The record.
        version: Hash in the address of scripts, styles and data, so that a browser may keep them for good.
    """

    record: LoadedRecord
    version: str


def folder_of(language: str) -> str:
    """Return where the pages of a language are: "" for English, "es/" for Spanish."""
    return "" if language == "en" else f"{language}/"


def policy(html: str) -> str:
    """Return the policy of a page that may run and style by what stands in it, and by files of this folder."""
    found: dict[str, list[str]] = {"script": [], "style": []}
    for kind, content in _INLINE.findall(html):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        found[kind.lower()].append(f" 'sha256-{digest}'")
    return _POLICY.format(scripts="".join(found["script"]), styles="".join(dict.fromkeys(found["style"])))


def frame_page(font: str) -> str:
    """Return the page of the map's frame: the app's, with the parts that stand in for the server."""
    links = AssetLinks(
        leaflet_js="leaflet.js", leaflet_css="leaflet.css", shapes_js="shapes.js", map_js="map.js", map_css="map.css",
        shapes="shapes.json", names="names.{lang}.json", popup="popup/", font=font,
    )  # fmt: skip
    page = map_page(links, "Map of 287(g) agreements")
    stand_ins = "".join(f'<script src="{name}"></script>' for name in _FRAME)
    head = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(page))}">'
    head += f'<meta name="referrer" content="no-referrer">{stand_ins}'
    return page.replace("<head>", f"<head>{head}", 1)


def page(
    site: Site, path: str, title: str, body: str, text: Text, *, scripts: Sequence[str] = (), current: str = ""
) -> str:
    """Return a whole page.

    Args:
        site: The edition.
        path: Its path within its language, as "county/37119.html".
        title: What the browser's tab says.
        body: The main part, as HTML.
        text: Language.
        scripts: Scripts it needs besides the one every page has.
        current: Which entry of the menu it is.
    """
    own = folder_of(text.language) + path
    up = "../" * own.count("/")
    within = "../" * path.count("/")
    names = view_names(text)
    entries = (
        ("index.html", names["find"]),
        ("map.html", names["explore"]),
        ("states.html", text.t("States and counties")),
        ("downloads.html", text.t("Downloads")),
        ("about.html", names["about"]),
    )
    menu = "".join(
        f'<a href="{within}{name}"{_current(name == current)}>{escape(label)}</a>' for name, label in entries
    )
    others = "".join(
        f'<a href="{up}{folder_of(language)}{path}" lang="{language}" hreflang="{language}">{escape(name)}</a>'
        for language, name in LANGUAGES.items()
        if language != text.language
    )
    more = (("changes.html", changes_title(text)), ("status.html", status_title(text)),
            ("privacy.html", privacy_title(text)))  # fmt: skip
    below = "".join(f'<a href="{within}{name}">{escape(label)}</a>' for name, label in more)
    assets = f"{up}assets/{site.version}/"
    loaded = "".join(f'<script defer src="{assets}{name}"></script>' for name in ("site.js", *scripts))
    sources = text.t("Source: ICE’s published lists of participating agencies. Shapes: U.S. Census Bureau. ")
    return (
        f'<!doctype html><html lang="{text.language}" data-assets="{assets}" data-pages="{within}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(""))}">'
        '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{assets}page.css">'
        f'<link rel="stylesheet" href="{assets}site.css">{loaded}</head><body>'
        f'<a class="skip" href="#content">{escape(text.t("Skip to the content"))}</a>'
        f'<header class="site"><nav aria-label="{escape(text.t("Pages"))}">{menu}</nav>'
        f'<nav class="languages" aria-label="Language / Idioma">{others}</nav></header>'
        f'<main id="content" data-bad="{_ignored(text)}">{body}</main><footer class="site"><p>{escape(sources)}'
        f"{escape(text.t('This is information, not legal advice.'))}</p>"
        f'<nav aria-label="{escape(text.t("More"))}">{below}</nav></footer></body></html>\n'
    )


def _ignored(text: Text) -> str:
    """Return the sentence on parts of an address that mean nothing; scripts put them in the place of `{what}`."""
    return escape(text.t("Part of the address was not understood and is ignored: {what}", what="{what}"))


def _current(is_current: bool) -> str:
    return ' aria-current="page"' if is_current else ""


def pages(site: Site, files: Mapping[str, Sequence[Download]]) -> Iterator[tuple[str, str]]:
    """Yield every page with its path in the edition.

    Args:
        site: The edition.
        files: The downloads, told in each language.
    """
    pending = read_pending()
    for language in LANGUAGES:
        text, folder = text_in(language), folder_of(language)
        yield f"{folder}index.html", _find_page(site, text)
        yield f"{folder}map.html", _map_page(site, text)
        yield f"{folder}states.html", _states_page(site, text)
        yield f"{folder}downloads.html", _downloads_page(site, files[language], text)
        yield f"{folder}about.html", _about_page(site, text)
        title = changes_title(text)
        body = _top(site, title, text) + changes_html(site.record, last_year(site.record), text, "county/{geoid}.html")
        yield f"{folder}changes.html", page(site, "changes.html", title, body, text)
        title = status_title(text)
        body = f"<h1>{escape(title)}</h1>{status_html(site.record, text)}"
        yield f"{folder}status.html", page(site, "status.html", title, body, text)
        title = privacy_title(text)
        body = f"<h1>{escape(title)}</h1>{privacy_html(Edition.STATIC, text)}"
        yield f"{folder}privacy.html", page(site, "privacy.html", title, body, text)
        labels = _county_labels(site.record, text)
        for state in STATES:
            held = [geoid for geoid in site.record.index.geoids if geoid.startswith(state.fips)]
            if held:
                yield f"{folder}state/{state.abbr}.html", _state_page(site, state.abbr, held, labels, text)
        for geoid in counties():
            told = answer(site.record, geoid, None, text, pending)
            body = f"{_top(site, page_title('find', text), text)}{answer_html(told, text, sheet=False)}"
            body += _ways(geoid, text)
            path = f"county/{geoid}.html"
            title = text.t("{county}: 287(g) agreements", county=told.county)
            yield f"{folder}{path}", page(site, path, title, body, text)


def _top(site: Site, heading: str, text: Text) -> str:
    """Return the heading, what the page is dated by, and room for how old that is on the day it is read."""
    newest = site.record.newest_list
    told = age_words("{age}", text)
    stale = (
        f'<p class="stale" hidden data-list="{newest}" data-recent="{RECENT_DAYS}" data-told="{escape(told)}" '
        f'data-group="{text.number(1111)[1:-3]}"></p>'
        if newest
        else ""
    )
    lead = text.t("Agreements that let state and local officers do immigration work for ICE.")
    return (
        f'<div class="app-head"><h1>{escape(heading)}</h1>'
        f"<p>{escape(lead)} <b>{escape(site.record.dated(Filters(), text))}.</b></p>{stale}</div>"
    )


def _ways(geoid: str, text: Text) -> str:
    abbr = counties()[geoid].state_abbr
    state = text.t("All counties of {state}", state=state_words(abbr, text))
    again = text.t("Search another place")
    return (
        f'<p class="ways"><a href="../state/{abbr}.html">{escape(state)}</a> '
        f'<a href="../index.html">{escape(again)}</a></p>'
    )


def _find_page(site: Site, text: Text) -> str:
    label, example = map(escape, search_words(text))
    body = (
        f"{_top(site, page_title('find', text), text)}"
        f'<form id="search" role="search" hidden data-failed="{_failed(text)}"><label for="typed">{label}</label>'
        '<input id="typed" type="search" autocomplete="off" spellcheck="false" maxlength="100" '
        f'placeholder="{example}">'
        f'<div id="found" aria-live="polite"></div></form>'
        f"<h2>{escape(text.t('Or choose a state'))}</h2>{_state_links(site, text)}"
    )
    return page(site, "index.html", page_title("find", text), body, text, scripts=_FIND, current="index.html")


def _failed(text: Text) -> str:
    return escape(text.t("A part of this page could not be loaded. Reload the page."))


def _state_links(site: Site, text: Text, within: str = "") -> str:
    present = {geoid[:2] for geoid in site.record.index.geoids}
    named = sorted((state_words(state.abbr, text), state.abbr) for state in STATES if state.fips in present)
    lines = "".join(f'<li><a href="{within}state/{abbr}.html">{escape(name)}</a></li>' for name, abbr in named)
    return f'<ul class="places">{lines}</ul>'


def _states_page(site: Site, text: Text) -> str:
    record = site.record
    summary = record.index.summarize(filter_mask(record.agreements, Filters()))
    painting = paint(summary, ColorBy.LEVEL, text)
    legend = [(swatch.key, swatch.label) for swatch in painting.legend]
    title = text.t("States and counties")
    body = (
        f"{_top(site, title, text)}<p>{escape(map_in_words(painting.classes, legend, painting.title, text))}</p>"
        f"{_state_links(site, text)}"
    )
    return page(site, "states.html", title, body, text, current="states.html")


def _county_labels(record: LoadedRecord, text: Text) -> dict[str, str]:
    """Return what each county's colour says and how many agreements of agencies it has, in a few words."""
    summary = record.index.summarize(filter_mask(record.agreements, Filters()))
    painting = paint(summary, ColorBy.LEVEL, text)
    labels = {swatch.key: swatch.label for swatch in painting.legend}
    told = {}
    for geoid, key, n in zip(record.index.geoids, painting.classes, summary.local, strict=True):
        number = text.n("{n} agreement of an agency here", "{n} agreements of agencies here", int(n))
        told[geoid] = f"{labels[key]}; {number}" if n else labels[key]
    return told


def _state_page(site: Site, abbr: str, held: Sequence[str], labels: Mapping[str, str], text: Text) -> str:
    name = state_words(abbr, text)
    rows = site.record.agreements[(site.record.agreements["state_abbr"] == abbr).to_numpy()]
    named = sorted((county_words(geoid, text), geoid) for geoid in held)
    lines = "".join(
        f'<li><a href="../county/{geoid}.html">{escape(words)}</a> '
        f'<span class="what">{escape(labels[geoid])}</span></li>'
        for words, geoid in named
    )
    told = state_answer(site.record, abbr, None, text)
    caution = text.t(
        "No agreement listed does not mean no cooperation: agencies can work with ICE in ways that "
        "need no such agreement."
    )
    table = ""
    if len(rows):
        caption = text.n(
            "{n} agreement of this state ever attested", "{n} agreements of this state ever attested", len(rows)
        )
        heading = escape(text.t("The same agreements as a table"))
        table = f'<h2 id="table">{heading}</h2>{agreements_table(rows, caption, text)}'
    body = (
        f"{_top(site, name, text)}<p>{escape(told.sentence)}</p>"
        f"{''.join(f'<p>{escape(line)}</p>' for line in told.past)}"
        f"<p>{escape(caution)}</p><h2>{escape(text.t('Counties'))}</h2>"
        f'<ul class="places wide">{lines}</ul>{table}'
    )
    return page(site, f"state/{abbr}.html", f"{name}: {page_title('explore', text)}", body, text)


def _map_page(site: Site, text: Text) -> str:
    facts = site.record.facts
    models = [(model.code, model_name(model, text)) for model in Model if model in facts.models]
    kinds = [kind for kind in AgencyType if kind in facts.agency_types]
    states = sorted((state_words(state.abbr, text), state.abbr) for state in STATES)
    statuses = [(status, status_name(status, text)) for status in STATUSES]
    colors = [(str(color), color_name(color, text)) for color in ColorBy]
    filters = "".join(
        (
            _boxes("model", text.t("Model type"), models),
            f"<fieldset><legend>{escape(text.t('Signing year'))}</legend>"
            f'<label for="by-first">{escape(text.t("From"))}</label> <select id="by-first" name="first"></select> '
            f'<label for="by-last">{escape(text.t("To"))}</label> <select id="by-last" name="last"></select>',
            "</fieldset>",
            _choice("state", text.t("State"), [("", text.t("All states")), *((abbr, name) for name, abbr in states)]),
            _choice("county", text.t("County"), [("", text.t("All counties"))]),
            _boxes("agency_type", text.t("Agency type"), [(str(kind), agency_type_name(kind, text)) for kind in kinds]),
            _choice("status", text.t("Status"), statuses),
            _day(site.record, text),
            _choice("color", text.t("Colour counties by"), colors),
        )
    )
    title = page_title("explore", text)
    limits = (
        text.t(
            "No agreement listed does not mean no cooperation: agencies can work with ICE in ways that "
            "need no such agreement."
        ),
        text.t("An agreement says what officers may do, not how often they do it."),
        text.t("A city or campus agency colours its whole county; the popup says which part it covers."),
    )
    without = text.t("The map and its filters need a script. Without it, choose a state:")
    frame_title = escape(frame_words(text)["title"])
    source = f"{'../' if folder_of(text.language) else ''}assets/{site.version}/frame.html"
    body = (
        f'{_top(site, title, text)}<div id="without"><p>{escape(without)}</p>{_state_links(site, text)}</div>'
        f'<div id="explorer" hidden data-failed="{_failed(text)}"><details id="fold" open>'
        f'<summary>{escape(text.t("Filters"))}</summary><form id="filters">{filters}'
        f'<button type="reset">{escape(text.t("Clear filters"))}</button></form></details>'
        f'<div class="shown"><p id="bad" class="stale" hidden></p><p id="gap" class="stale" hidden></p>'
        f'<div id="counts" class="counts" aria-live="polite"></div><p id="words" class="in-words"></p>'
        f'<iframe id="map" class="county-map" title="{frame_title}" data-address="{source}"></iframe>'
        f'<h2 id="table">{escape(text.t("The same agreements as a table"))}</h2>'
        f'<p><a id="download" download></a></p><div id="rows"></div>'
        f'<p class="turn"><button type="button" id="previous">{escape(text.t("Previous"))}</button>'
        f'<button type="button" id="next">{escape(text.t("Next"))}</button> <span id="page"></span></p></div></div>'
        f"<h2>{escape(text.t('What this map does not show'))}</h2>"
        f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in limits)}</ul>"
        f'<template id="table-head">{agreements_table(site.record.agreements.iloc[:0], "", text)}</template>'
    )
    return page(site, "map.html", title, body, text, scripts=_EXPLORE, current="map.html")


def _boxes(name: str, legend: str, options: Sequence[tuple[str, str]]) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="{name}" value="{escape(value)}"> {escape(label)}</label>'
        for value, label in options
    )
    return f"<fieldset><legend>{escape(legend)}</legend>{boxes}</fieldset>"


def _day(record: LoadedRecord, text: Text) -> str:
    """Return the field of a past day, where there is a list to begin from."""
    last = record.newest_list
    hidden = "" if last else " hidden"
    return (
        f'<div class="field"{hidden}><label for="by-as_of">{escape(text.t("On a past day"))}</label>'
        f'<input type="date" id="by-as_of" name="as_of" min="{FIRST_DAY}" max="{last or FIRST_DAY}"></div>'
    )


def _choice(name: str, legend: str, options: Sequence[tuple[str, str]]) -> str:
    shown = "".join(f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in options)
    return (
        f'<div class="field"><label for="by-{name}">{escape(legend)}</label>'
        f'<select id="by-{name}" name="{name}">{shown}</select></div>'
    )


def _downloads_page(site: Site, files: Sequence[Download], text: Text) -> str:
    title = text.t("Downloads")
    up = "../" if folder_of(text.language) else ""
    lines = "".join(
        f'<li><a href="{up}data/{file.name}" download>{escape(file.name)}</a> '
        f'<span class="what">{escape(file.told)} · {_size(file.size, text)}</span></li>'
        for file in files
    )
    told = text.t("Every agreement ever attested, active or not. The columns are described in the dictionary.")
    body = f'{_top(site, title, text)}<p>{escape(told)}</p><ul class="files">{lines}</ul>'
    return page(site, "downloads.html", title, body, text, current="downloads.html")


def _size(size: int, text: Text) -> str:
    return f"{text.number(round(size / 1000))} kB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"


def _about_page(site: Site, text: Text) -> str:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    parts = []
    for name in EXPLAINERS:
        told = explainer(name, text)
        sources = "".join(
            reader.renderInline(source_line(source, text)).join(("<li>", "</li>")) for source in told.sources
        )
        listed = f"<h3>{escape(text.t('Sources'))}</h3><ul>{sources}</ul>" if sources else ""
        parts.append(
            f'<section class="explainer"><h2>{escape(told.title)}</h2>{reader.render(told.body)}{listed}</section>'
        )
    title = page_title("about", text)
    body = f"{_top(site, title, text)}{''.join(parts)}"
    return page(site, "about.html", title, body, text, current="about.html")
