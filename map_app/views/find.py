"""The resident's page: a place is typed or clicked, one dated sentence answers, then the evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from html import escape
from typing import Final
from urllib.parse import urlencode

import streamlit as st

from geo.fips import state_abbr
from geo.search import Kind, Match, SearchResult, Status
from map_app.answer import (
    Agreement,
    Answer,
    TimelineEntry,
    answer,
    answer_groups,
    application_words,
    read_pending,
)
from map_app.lookup import find, nothing_found, state_sentence
from map_app.record import LoadedRecord
from map_app.text import Text
from map_app.text.places import county_title, state_words
from map_app.views.address import choose_place, chosen_place
from map_app.views.parts import plain

#: Places offered at once; more are reached by typing more.
_CHOICES: Final = 8


def settle_search(record: LoadedRecord) -> None:
    """Choose the place where what is typed names just one; before anything is shown, so that all agree.

    What is typed stays in this session's memory: it is neither stored nor logged, nor in the address.
    """
    state = st.session_state
    typed = (state.get("w_typed") or "").strip()
    if typed == state.get("w_typed_before", ""):
        return
    found = find(record, typed, _CHOICES) if typed else None
    state["w_typed_before"], state["found"] = typed, found
    choose_place(_only_place(found))


def show_search(text: Text) -> None:
    """Show the search box and, where what is typed does not name one county, what can be chosen."""
    st.text_input(
        text.t("ZIP code, town, county or agency"),
        key="w_typed",
        type="search",
        live=True,
        autocomplete="off",
        max_chars=100,
        placeholder=text.t("For example: 85003, or Davidson NC, or Mecklenburg County"),
    )
    found: SearchResult | None = st.session_state.get("found")
    if found is None:
        return
    if not chosen_place():
        _show_choices(found, text)
    elif chosen_place() == _only_place(found):
        _show_reach(found, text)


def _show_reach(found: SearchResult, text: Text) -> None:
    """Say where the one place found may lie besides the county answered for, and offer those counties."""
    if any(match.kind is Kind.ZIP and not match.complete for match in found.matches):
        st.caption(text.t("Only the main county of this ZIP code is known; it may reach into others."))
    touched = dict.fromkeys(geoid for match in found.matches for geoid in match.touched)
    touched.pop(chosen_place(), None)
    if touched:
        names = text.listing([county_title(geoid, text) for geoid in touched])
        st.caption(text.t("Its ZIP codes also reach into {counties}.", counties=plain(names)))
        with st.container(horizontal=True, key="reach"):
            for geoid in touched:
                st.button(plain(county_title(geoid, text)), key=f"reach-{geoid}", on_click=choose_place, args=(geoid,))


def _only_place(found: SearchResult | None) -> str | None:
    """Return the code of the one county or state found, or None where there is none or a choice."""
    if not found or found.status is not Status.ONE:
        return None
    codes = {geoid for match in found.matches for geoid in match.geoids or (match.geoid,)}
    return codes.pop() if len(codes) == 1 else None


def _show_choices(found: SearchResult, text: Text) -> None:
    if found.status is Status.TOO_SHORT:
        return
    offered = found.matches or found.suggestions
    if not offered:
        with st.container(key="nothing"):
            st.markdown(nothing_found(text))
        return
    if not found.matches:
        lead = text.t("Nothing is called exactly so. Did you mean:")
    elif len(found.matches) == 1:
        lead = text.t("{place} touches several counties. Choose one:", place=_label(found.matches[0], text))
    else:
        lead = text.t("Several places fit. Choose one:")
    st.html(f'<p class="choose" data-announce="choices" lang="{text.language}">{escape(lead)}</p>')
    with st.container(key="choices", gap="small"):
        for number, (label, geoid) in enumerate(_choices(offered, text)):
            st.button(label, key=f"choice-{number}", on_click=choose_place, args=(geoid,))
    if found.left_off:
        st.caption(text.n("{n} more place fits. Add the state.", "{n} more places fit. Add the state.", found.left_off))


def _label(match: Match, text: Text) -> str:
    label = match.label(text.language)
    return text.t("ZIP code {label}", label=label) if match.kind is Kind.ZIP else label


def _choices(offered: Iterable[Match], text: Text) -> list[tuple[str, str]]:
    """Return what can be pressed: words and the code of a county or state, each pair once."""
    choices: list[tuple[str, str]] = []
    for match in offered:
        label = _label(match, text)
        for geoid in match.geoids or (match.geoid,):
            if len(geoid) == 2:
                choices.append((label, geoid))
            elif match.kind is Kind.COUNTY:
                choices.append((county_title(geoid, text), geoid))
            else:
                choices.append((f"{label} → {county_title(geoid, text)}", geoid))
    return [(plain(words), geoid) for words, geoid in dict.fromkeys(choices)]


def show_answer(record: LoadedRecord, as_of: dt.date | None, text: Text) -> None:
    """Show the answer for the chosen place, or nothing before one is chosen."""
    place = chosen_place()
    if not place:
        return
    if len(place) == 2:
        told = escape(state_sentence(record, state_abbr(place), as_of, text)).replace("**", "")
        state = escape(state_words(state_abbr(place), text))
        st.html(
            f'<section class="answer" lang="{text.language}"><h2 id="answer">{state}</h2>'
            f'<p class="verdict" data-announce="answer">{told}</p></section>'
        )
        return
    st.html(answer_html(answer(record, place, as_of, text, read_pending()), text))


def answer_html(told: Answer, text: Text) -> str:
    """Return an answer as escaped HTML: place, sentence, limits, agreements, history, meaning."""
    sentence = f"{escape(told.lead)}, <strong>{escape(told.verdict)}</strong>{escape(told.rest)}."
    parts = [
        f'<section class="answer answer-{told.level}" lang="{text.language}">',
        f'<h2 id="answer">{escape(told.county)}</h2><p class="verdict" data-announce="answer">{sentence}</p>',
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
    parts.append(_sheet_link(told, text))
    return "".join(parts) + "</section>"


def _sheet_link(told: Answer, text: Text) -> str:
    """Return a link to the page to print, which opens beside this one."""
    query = {"as_of": told.as_of.isoformat() if told.as_of else "", "lang": text.language}
    asked = urlencode({name: value for name, value in query.items() if value})
    label = escape(text.t("One page to print (new tab)"))
    return (
        f'<p class="print"><a href="sheet/{told.geoid}?{escape(asked)}" target="_blank" rel="noopener">{label}</a></p>'
    )


def _group(heading: str, agreements: Iterable[Agreement], text: Text) -> str:
    """Return a heading and the agencies under it, each with its agreements; long groups are folded."""
    by_agency: dict[str, list[Agreement]] = {}
    for agreement in agreements:
        by_agency.setdefault(agreement.agency_id, []).append(agreement)
    items = "".join(_agency(held, text) for held in by_agency.values())
    title = f"{escape(heading)} ({text.number(len(by_agency))})"
    if len(by_agency) > 6:
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
            parts.append(f'<span class="note" lang="en">{escape(one.note)}</span>')
        lines.append(f"<li>{' '.join(parts)}</li>")
    extent = f' <span class="extent">{escape(held[0].extent)}</span>'
    return f'<li><span class="agency">{escape(held[0].agency_name)}</span>{extent}<ul>{"".join(lines)}</ul></li>'


def _history(timeline: Iterable[TimelineEntry], text: Text) -> str:
    entries = [entry for entry in timeline if not entry.statewide]
    if not entries:
        return ""
    lines = "".join(f"<li><b>{escape(entry.day)}</b> {escape(entry.words)}</li>" for entry in entries)
    heading = escape(text.t("What happened here since 2002 ({n})", n=text.number(len(entries))))
    return f'<details class="history"><summary><h3>{heading}</h3></summary><ol>{lines}</ol></details>'
