"""Parts of the page as HTML: the same before and after Streamlit has started."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

from geo.fips import state_abbr, state_fips
from map_app.answer import (
    Agreement,
    Answer,
    StateAnswer,
    TimelineEntry,
    across_heading,
    answer,
    answer_groups,
    application_words,
    by_agency,
    read_pending,
    state_answer,
)
from map_app.county_list import filters_in_words, list_address, map_in_words
from map_app.coverage import Counts
from map_app.filters import Filters
from map_app.map_layers import ColorBy
from map_app.record import LoadedRecord
from map_app.text import Text


def page_title(view: str, text: Text) -> str:
    """Return the heading of a view, which is its title too."""
    return {
        "find": text.t("Does my county have a 287(g) agreement?"),
        "explore": text.t("Map of 287(g) agreements"),
        "data": text.t("Data and charts of 287(g) agreements"),
        "about": text.t("About 287(g) agreements"),
    }[view]


def view_names(text: Text) -> dict[str, str]:
    """Return the name of each view, as the ways between them have it."""
    return {
        "find": text.t("My county"),
        "explore": text.t("Explore the map"),
        "data": text.t("Data and charts"),
        "about": text.t("About 287(g)"),
    }


def search_words(text: Text) -> tuple[str, str]:
    """Return the label of the search box and the example in it."""
    return (
        text.t("ZIP code, town, county or agency"),
        text.t("For example: 85003, or Davidson NC"),
    )


def title_html(record: LoadedRecord, filters: Filters, view: str, text: Text, *, answered: bool = False) -> str:
    """Return the title, what the selection is dated by, and how old that is.

    Args:
        record: The record.
        filters: The selection.
        view: The view shown.
        text: Language.
        answered: Whether an answer stands on the page, so that the ways past the filters lead to it.
    """
    skips = [("content", text.t("Skip to the content"))]
    if answered:
        skips.append(("answer", text.t("Skip to the answer")))
    if view not in ("about", "data"):
        skips.append(("table", text.t("Skip to the table")))
    ways = escape(json.dumps({"label": text.t("On this page"), "links": skips}, ensure_ascii=False))
    told = record.age_warning(filters, dt.date.today(), text)
    stale = f'<p class="stale">{told}</p>' if told else ""
    return (
        f'<header class="app-head" lang="{text.language}" data-skips="{ways}">'
        f'<h1 id="content">{page_title(view, text)}</h1>'
        f"<p>{text.t('Agreements that let state and local officers do immigration work for ICE.')} "
        f"<b>{record.dated(filters, text)}.</b></p>{stale}</header>"
    )


def counts_html(counts: Counts, payload: Mapping[str, Any], filters: Filters, color: ColorBy, text: Text) -> str:
    """Return the four counts of the selection and, before the map, what it shows in words and the way to its list."""
    told = map_in_words(payload["classes"], payload["legend"], payload["title"], text)
    narrowed = filters_in_words(filters, text)
    if narrowed:
        told = f"{told} {text.t('Filters: {filters}', filters=narrowed)}."
    address = list_address(filters, color, text)
    link, shown = escape(address), escape(f"present{address.removeprefix('list')}")
    also = f"{escape(text.t('Present, compare, save'))} {escape(text.t('(new tab)'))}"
    label = f"{escape(text.t('The map as a list of counties'))} {escape(text.t('(new tab)'))}"
    return (
        f'{four_counts(counts, text)}<p class="in-words" lang="{text.language}">{escape(told)} '
        f'<span class="ways"><a href="{link}" target="_blank" rel="noopener">{label}</a> '
        f'<a href="{shown}" target="_blank" rel="noopener">{also}</a></span></p>'
    )


def four_counts(counts: Counts, text: Text) -> str:
    """Return the four counts of a selection, said aloud when they change."""
    cells = (
        text.n("<b>{n}</b> agreement", "<b>{n}</b> agreements", counts.agreements),
        text.n("<b>{n}</b> agency", "<b>{n}</b> agencies", counts.agencies),
        text.n("<b>{n}</b> county", "<b>{n}</b> counties", counts.counties),
        text.n("<b>{n}</b> state or territory", "<b>{n}</b> states and territories", counts.states),
    )
    spans = " ".join(f"<span>{cell}</span>" for cell in cells)
    return f'<div class="counts" data-announce="counts" lang="{text.language}">{spans}</div>'


def place_html(record: LoadedRecord, place: str, as_of: dt.date | None, text: Text) -> str:
    """Return the answer for a place.

    Args:
        record: The record.
        place: Code of a county (five digits) or a state (two).
        as_of: A past day, or None for the newest list.
        text: Language.
    """
    if len(place) == 2:
        return state_html(state_answer(record, state_abbr(place), as_of, text), text)
    return answer_html(answer(record, place, as_of, text, read_pending()), text)


def state_html(told: StateAnswer, text: Text) -> str:
    """Return the answer for a state as escaped HTML: its name, sentence, what ended, limits, agencies of all of it."""
    parts = [
        f'<section class="answer" lang="{text.language}"><h2 id="answer">{escape(told.state)}</h2>',
        f'<p class="verdict" data-announce="answer">{told.sentence_html}</p>',
        *(f'<p class="past">{escape(line)}</p>' for line in told.past),
        *(f'<p class="caution">{escape(line)}</p>' for line in told.cautions),
    ]
    if told.statewide:
        parts.append(_group(across_heading(state_fips(told.abbr), text), told.statewide, text, fold=False))
    parts += [f'<p class="meaning">{escape(paragraph)}</p>' for paragraph in told.meaning]
    return "".join(parts) + f"{_sheet_link(told.abbr, told.as_of, text)}</section>"


def answer_html(told: Answer, text: Text, *, sheet: bool = True) -> str:
    """Return an answer as escaped HTML: place, sentence, limits, agreements, history, meaning.

    Args:
        told: The answer.
        text: Language.
        sheet: Whether to lead to the page to print.
    """
    parts = [
        f'<section class="answer answer-{told.level}" lang="{text.language}">',
        f'<h2 id="answer">{escape(told.county)}</h2><p class="verdict" data-announce="answer">{told.sentence_html}</p>',
        *(f'<p class="past">{escape(line)}</p>' for line in told.past),
        *(f'<p class="caution">{escape(line)}</p>' for line in told.cautions),
    ]
    parts += [_group(heading, agreements, text) for heading, agreements in answer_groups(told, text)]
    if told.pending:
        lines = "".join(f"<li>{escape(application_words(one, text))}</li>" for one in told.pending)
        heading = escape(text.t("Applications on ICE’s pending lists (an application is not an agreement)"))
        parts.append(f"<h3>{heading}</h3><ul>{lines}</ul>")
    if told.timeline:
        parts.append(_history(told.timeline, text))
    parts += [f'<p class="meaning">{escape(paragraph)}</p>' for paragraph in told.meaning]
    if sheet:
        parts.append(_sheet_link(told.geoid, told.as_of, text))
    return "".join(parts) + "</section>"


def _sheet_link(place: str, as_of: dt.date | None, text: Text) -> str:
    """Return a link to the page to print, which opens beside this one."""
    query = {"as_of": as_of.isoformat() if as_of else "", "lang": text.language}
    asked = urlencode({name: value for name, value in query.items() if value})
    label = escape(text.t("One page to print (new tab)"))
    return f'<p class="print"><a href="sheet/{place}?{escape(asked)}" target="_blank" rel="noopener">{label}</a></p>'


def _group(heading: str, agreements: Iterable[Agreement], text: Text, *, fold: bool = True) -> str:
    """Return a heading and the agencies under it, each with its agreements; long groups can be folded."""
    agencies = by_agency(agreements)
    items = "".join(_agency(held, text) for held in agencies)
    title = f"{escape(heading)} ({text.number(len(agencies))})"
    if fold and len(agencies) > 6:
        return f'<details><summary><h3>{title}</h3></summary><ul class="agencies">{items}</ul></details>'
    return f'<h3>{title}</h3><ul class="agencies">{items}</ul>'


def _agency(held: list[Agreement], text: Text) -> str:
    lines = []
    for one in held:
        parts = [
            f"<b>{escape(one.model_name)}</b>: {escape(one.meaning)}.",
            f'<span class="when">{escape(one.when)}.</span>',
        ]
        if one.memorandum:
            label = escape(text.t("Read the memorandum"))
            link = escape(one.memorandum)
            parts.append(f'<a href="{link}" target="_blank" rel="noopener noreferrer">{label}</a>')
        if one.note:
            parts.append(f'<span class="note" lang="{one.note_language}">{escape(one.note)}</span>')
        lines.append(f"<li>{' '.join(parts)}</li>")
    extent = f' <span class="extent">{escape(held[0].extent)}</span>'
    return f'<li><span class="agency">{escape(held[0].agency_name)}</span>{extent}<ul>{"".join(lines)}</ul></li>'


def _history(timeline: Iterable[TimelineEntry], text: Text) -> str:
    """Return what happened, folded; where several agencies signed, each one's story by itself, the sheriff's first."""
    entries = [entry for entry in timeline if not entry.statewide]
    if not entries:
        return ""
    stories: dict[str, list[TimelineEntry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.nearness, entry.agency_name)):
        stories.setdefault(entry.agency_name, []).append(entry)
    told = "".join(
        f"<h4>{escape(agency)}</h4>"
        f"<ol>{''.join(f'<li><b>{escape(entry.day)}</b> {escape(entry.alone)}</li>' for entry in story)}</ol>"
        for agency, story in stories.items()
    )
    if len(stories) > 1:
        order = text.t(
            "Agency by agency: the sheriff first, then agencies of the whole county, then those of a part of it."
        )
        told = f"<p>{escape(order)}</p>{told}"
    heading = escape(text.t("What happened here since 2002 ({n})", n=text.number(len(entries))))
    return f'<details class="history"><summary><h3>{heading}</h3></summary>{told}</details>'
