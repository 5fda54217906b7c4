"""The map as words: one sentence for what it shows, and a page that lists every county it paints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from geo.fips import STATES, state_abbr, state_fips
from map_app.filters import BadValue, Filters, filter_mask, not_understood, status_name
from map_app.frame import page_font
from map_app.map_layers import ColorBy, in_selection, paint
from map_app.plain_page import STYLE, language_asked, other_languages
from map_app.popups import model_name, number_across
from map_app.record import LoadedRecord, current_record
from map_app.tables import agency_type_name
from map_app.text import Text, text_in
from map_app.text.places import NOT_STATES, county_title, county_words, state_words
from map_app.visit import read_visit
from map_app.web import HTML, Packed, font_face

_STYLE: Final = (
    STYLE
    + """
ul { margin: 0.3rem 0; padding: 0; list-style: none; columns: 19rem; column-gap: 2rem; }
li { break-inside: avoid; padding: 0.15rem 0; }
.what, .rest { color: var(--soft); }
.ways { display: flex; flex-wrap: wrap; gap: 0 1.2rem; }
nav ul { columns: auto; display: flex; flex-wrap: wrap; gap: 0 1rem; }
"""
)


def map_in_words(classes: str, legend: Sequence[Sequence[str]], title: str, text: Text) -> str:
    """Return what the map shows in one sentence: how many counties each colour has.

    Args:
        classes: One swatch key per county, as the map is painted.
        legend: Swatch keys and labels, in reading order.
        title: What the colour says.
        text: Language.
    """
    number = Counter(classes)
    parts = [
        text.n("{label} ({n} county)", "{label} ({n} counties)", number[key], label=label)
        for key, label in legend
        if number[key]
    ]
    return text.t("The map in words. {title}: {parts}.", title=title, parts="; ".join(parts))


def filters_in_words(filters: Filters, text: Text) -> str:
    """Return what a selection is narrowed to, as "Task Force Model; 2025; Texas", or "" where it is not."""
    parts = [model_name(model, text) for model in filters.models]
    if filters.years:
        first, last = filters.years
        signed = str(first) if first == last else f"{first}–{last}"
        parts.append(text.t("signed in {year}", year=signed))
    parts += [state_words(abbr, text) for abbr in filters.states]
    parts += [county_title(geoid, text) for geoid in filters.counties]
    parts += [agency_type_name(kind, text) for kind in filters.agency_types]
    if filters.as_of:
        parts.append(text.t("on {day}", day=text.day(filters.as_of)))
    elif filters.status != "active":
        parts.append(text.t("status: {status}", status=status_name(filters.status, text)))
    return "; ".join(parts)


def list_address(filters: Filters, color: ColorBy, text: Text) -> str:
    """Return the address of the list of a selection, relative to the page."""
    query: dict[str, Any] = dict(filters.to_query())
    if color is not ColorBy.LEVEL:
        query["color"] = [str(color)]
    query["lang"] = [text.language]
    return f"list?{urlencode(query, doseq=True)}"


def county_list(
    record: LoadedRecord, filters: Filters, color: ColorBy, text: Text, bad: Sequence[BadValue] = (), font: str = ""
) -> str:
    """Return every county the map paints as one HTML page, by state: what its colour says, and how many agreements.

    Args:
        record: The record.
        filters: The selection.
        color: What the colour says.
        text: Language.
        bad: Parts of the address that mean nothing.
        font: Address of the page's font, or "" for the reader's own.
    """
    index, mask = record.index, filter_mask(record.agreements, filters)
    summary, across = index.summarize(mask, filters.as_of), index.statewide_by_state(mask)
    painting = paint(summary, color, text)
    told_legend = in_selection(painting.legend, filters.to_query(), text)
    labels = {swatch.key: swatch.label for swatch in told_legend}
    of_state: dict[str, list[int]] = {}
    for position, geoid in enumerate(index.geoids):
        of_state.setdefault(geoid[:2], []).append(position)
    names = {state.fips: state_words(state.abbr, text) for state in STATES if state.fips in of_state}
    # A state left out by the filters is not listed: "none" would be read as an answer.
    asked = {state_fips(abbr) for abbr in filters.states} | {geoid[:2] for geoid in filters.counties}
    shown = sorted((fips for fips in names if not asked or fips in asked), key=names.__getitem__)
    title = text.t("The map as a list of counties")
    narrowed = filters_in_words(filters, text)
    legend = [(swatch.key, swatch.label) for swatch in told_legend]
    listed = "".join(painting.classes[position] for fips in shown for position in of_state[fips])
    words = map_in_words(listed, legend, painting.title, text)
    parts = [
        f'<!doctype html><html lang="{text.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{font_face(font)}{_STYLE}</style></head><body>",
        f"{_ways(filters, color, text)}<main><h1>{escape(title)}</h1>",
        f"<p><b>{escape(record.dated(filters, text))}.</b> {escape(words)}</p>",
    ]
    if narrowed:
        parts.append(f"<p>{escape(text.t('Filters: {filters}', filters=narrowed))}</p>")
    if bad:
        parts.append(f"<p><b>{escape(not_understood(bad, text))}</b></p>")
    parts.append(
        "<p>"
        + escape(
            text.t(
                "No agreement listed does not mean no cooperation: agencies can work with ICE in ways that "
                "need no such agreement."
            )
        )
        + "</p>"
    )
    ways = "".join(f'<li><a href="#s{fips}">{escape(names[fips])}</a></li>' for fips in shown)
    parts.append(f'<nav aria-label="{escape(text.t("States"))}"><ul>{ways}</ul></nav>')
    more = {"as_of": filters.as_of.isoformat(), "view": "find"} if filters.as_of else {}
    more |= {"lang": text.language}
    # An agreement without a place may belong to any county, so a county filter does not hide it.
    anywhere = filter_mask(record.agreements, replace(filters, counties=()))
    for fips in shown:
        here = [(position, painting.classes[position]) for position in of_state[fips]]
        parts.append(f'<section aria-labelledby="s{fips}"><h2 id="s{fips}">{escape(names[fips])}</h2>')
        unplaced = len(index.unplaced_in_state(index.geoids[here[0][0]], anywhere))
        parts += [f"<p>{escape(line)}</p>" for line in _state_lines(fips, across.get(fips, 0), unplaced, text)]
        local = [(position, key) for position, key in here if summary.local[position]]
        if local:
            rows = (_county(index.geoids[at], labels[key], int(summary.local[at]), more, text) for at, key in local)
            parts.append(f"<ul>{''.join(rows)}</ul>")
        rest = [county_words(index.geoids[at], text) for at, _ in here if not summary.local[at]]
        if rest:
            label = labels["1"] if across.get(fips) else labels["0"]
            told = f"{label} ({text.number(len(rest))}): {', '.join(rest)}"
            parts.append(f'<p class="rest">{escape(told)}</p>')
        parts.append("</section>")
    return "".join(parts) + "</main></body></html>"


def _ways(filters: Filters, color: ColorBy, text: Text) -> str:
    """Return the ways to the map of the same selection and to this list in the other languages."""
    address = list_address(filters, color, text)
    back = f"./?view=explore&{address.partition('?')[2]}"
    others = other_languages(lambda language: list_address(filters, color, text_in(language)), text)
    label, way = escape(text.t("Pages")), f'<a href="{escape(back)}">{escape(text.t("To the map"))}</a>'
    return f'<nav class="ways" aria-label="{label}">{way}{others}</nav>'


def _state_lines(fips: str, across: int, unplaced: int, text: Text) -> list[str]:
    """Return what holds for a whole state."""
    lines = []
    if across and state_abbr(fips) in NOT_STATES:
        lines.append(f"{number_across(across, state_abbr(fips), text)}.")
    elif across:
        lines.append(
            text.n(
                "{n} agreement of a state agency, which can act in every county.",
                "{n} agreements of state agencies, which can act in every county.",
                across,
            )
        )
    if unplaced:
        lines.append(
            text.n(
                "{n} agreement of this state could not be placed and may belong to any county.",
                "{n} agreements of this state could not be placed and may belong to any county.",
                unplaced,
            )
        )
    return lines


def _county(geoid: str, label: str, local: int, more: Mapping[str, str], text: Text) -> str:
    """Return a county as one line: its name, which leads to its answer, what its colour says, and its agreements."""
    query = escape(urlencode({"county": geoid, **more}))
    number = text.n("{n} agreement of an agency here", "{n} agreements of agencies here", local)
    name = escape(county_words(geoid, text))
    return f'<li><a href="./?{query}">{name}</a> <span class="what">{escape(label)}; {escape(number)}</span></li>'


async def _serve_list(request: Request) -> Response:
    query = parse_qs(request.url.query)
    language = language_asked(request)

    def made() -> Packed:
        record, text = current_record(), text_in(language)
        # What means nothing on the page this list belongs to means nothing here either.
        visit = read_visit(query, record)
        filters = replace(visit.asked, years=visit.filters.years, as_of=visit.filters.as_of)
        page = county_list(record, filters, visit.color, text, visit.bad, page_font())
        return Packed.of(HTML, page.encode(), 5)

    return (await anyio.to_thread.run_sync(made)).answer(request, {"Cache-Control": "no-store"})


def list_routes() -> list[BaseRoute]:
    """Return the route of the list: `/list` with the filters of the page's address."""
    return [Route("/list", _serve_list)]
