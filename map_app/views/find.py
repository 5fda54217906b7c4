"""The resident's page: a place is typed or clicked, one dated sentence answers, then the evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from html import escape
from typing import Final

import streamlit as st

from geo.search import Kind, Match, SearchResult, Status
from map_app.lookup import (
    each_once,
    find,
    nothing_found,
    offered,
    reach_words,
    several_counties,
    some_here,
    too_short,
    unknown_agency,
)
from map_app.page_html import place_html, search_words
from map_app.record import LoadedRecord
from map_app.text import Text
from map_app.text.places import county_title
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
    label, example = search_words(text)
    st.text_input(
        label,
        key="w_typed",
        type="search",
        live=True,
        autocomplete="off",
        max_chars=100,
        placeholder=example,
    )
    found: SearchResult | None = st.session_state.get("found")
    if found is None:
        return
    if not chosen_place():
        if _only_place(found) is None:  # else somebody went back from its answer
            _show_choices(found, text)
    else:
        _show_reach(found, text)


def _show_reach(found: SearchResult, text: Text) -> None:
    """Say where the place answered for may lie besides that county, and offer those counties."""
    chosen = chosen_place()
    here = [match for match in found.matches if match.geoids[:1] == (chosen,)]
    if any(match.kind is Kind.ZIP and not match.complete for match in here):
        st.caption(text.t("Only the main county of this ZIP code is known; it may reach into others."))
    further: dict[str, None] = {}
    for match in here:
        for line in reach_words(match, text, chosen):
            st.caption(plain(line))
        further |= dict.fromkeys((*match.mail, *match.touched))
    further.pop(chosen or "", None)
    if further:
        with st.container(horizontal=True, key="reach"):
            for geoid in further:
                st.button(plain(county_title(geoid, text)), key=f"reach-{geoid}", on_click=choose_place, args=(geoid,))


def _only_place(found: SearchResult | None) -> str | None:
    """Return the code of the one county or state found, or None where there is none or a choice."""
    if not found or found.status is not Status.ONE or found.unknown_agency:
        return None
    codes = {geoid for match in found.matches for geoid in match.geoids or (match.geoid,)}
    return codes.pop() if len(codes) == 1 else None


def _show_choices(found: SearchResult, text: Text) -> None:
    if found.status is Status.TOO_SHORT:
        with st.container(key="nothing"):
            st.markdown(too_short(text))
        return
    shown = offered(found)
    if not shown:
        with st.container(key="nothing"):
            st.markdown(unknown_agency(text, choose=False) if found.unknown_agency else nothing_found(text))
        return
    if found.unknown_agency:
        lead = unknown_agency(text, choose=True)
    elif not found.matches:
        lead = text.t("Nothing is called exactly so. Did you mean:")
    elif len(found.matches) == 1:
        lead = several_counties(found.matches[0], text)
    else:
        lead = text.t("Several places fit. Choose one:")
    st.html(f'<p class="choose" data-announce="choices" lang="{text.language}">{escape(lead)}</p>')
    with st.container(key="choices", gap="small"):
        for number, (label, geoid) in enumerate(_choices(shown, text)):
            st.button(label, key=f"choice-{number}", on_click=choose_place, args=(geoid,))
    if found.left_off:
        st.caption(text.n("{n} more place fits. Add the state.", "{n} more places fit. Add the state.", found.left_off))


def _label(match: Match, text: Text) -> str:
    label = match.label(text.language)
    return text.t("ZIP code {label}", label=label) if match.kind is Kind.ZIP else label


def _choices(offered: Iterable[Match], text: Text) -> list[tuple[str, str]]:
    """Return what can be pressed: words and the code of a county or state, each pair once."""
    choices: list[tuple[str, str]] = []
    for match in each_once(offered):
        label = _label(match, text)
        for geoid in match.geoids or (match.geoid,):
            if len(geoid) == 2:
                choices.append((label, geoid))
            elif match.kind is Kind.COUNTY:
                choices.append((county_title(geoid, text), geoid))
            else:
                name = some_here(label, text) if geoid in match.mail else label
                choices.append((f"{name} → {county_title(geoid, text)}", geoid))
    return [(plain(words), geoid) for words, geoid in dict.fromkeys(choices)]


def show_answer(record: LoadedRecord, as_of: dt.date | None, text: Text) -> None:
    """Show the answer for the chosen place, or nothing before one is chosen."""
    place = chosen_place()
    if place:
        st.html(place_html(record, place, as_of, text))
