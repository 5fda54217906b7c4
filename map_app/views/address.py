"""The address of the page and the widgets say the same."""

from __future__ import annotations

import datetime as dt
from typing import Final

import streamlit as st

from geo.fips import counties, state_abbr, state_fips
from map_app.filters import BadValue, Filters
from map_app.map_layers import ColorBy
from map_app.record import LoadedRecord
from map_app.text import preferred_language
from map_app.views.day_field import forget_typed
from map_app.visit import CHARTS, KNOWN, OURS, PARTS, Query, read_visit, view_of, year_span

_DEFAULT_STATUS: Final = "active"
#: Key of the field for a past day.
PAST_DAY: Final = "past-day"


def current_query() -> dict[str, list[str]]:
    """Return the query of the page's address, every value by name."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _ours(query: Query) -> dict[str, list[str]]:
    return {name: list(query[name]) for name in OURS if query.get(name)}


def take_address(query: Query, record: LoadedRecord) -> list[BadValue]:
    """Set the widgets from the address when it was opened, edited or gone back to; return its bad values."""
    part = _ours(query)
    state = st.session_state
    acted = _note_what_stands(record)
    # A press that comes before the address written for the one before it has reached the browser brings the address of
    # then along. Somebody who goes back changes nothing but the address.
    state["overtaken"] = acted and "address" in state and state["address"] != part
    if state["overtaken"] or state.get("address") == part:
        if state["bad"] and _wanted(filters_of_widgets(record), color_of_widget()) != state["said"]:
            state["bad"] = []  # a filter was used since: the note has done its work
        return list(state["bad"])
    visit = read_visit(query, record, preferred_by_browser())
    filters, bad = visit.filters, list(visit.bad)
    state["w_view"], state["w_lang"] = visit.view, visit.language
    state["w_part"], state["w_chart"] = visit.part, visit.chart
    state["w_models"], state["w_types"] = list(filters.models), list(filters.agency_types)
    _set_years(filters.years or year_span(record))
    state["place"] = visit.place or None
    state["w_states"] = list(filters.states)
    state["w_county"] = filters.counties[0] if filters.counties else None
    state["w_status"] = filters.status
    state["w_as_of"] = filters.as_of
    forget_typed(PAST_DAY)
    state["w_color"] = visit.color
    state["address"], state["bad"], state["said"], state["page"] = part, bad, None, 0
    _note_what_stands(record)
    return bad


def _note_what_stands(record: LoadedRecord) -> bool:
    """Note what was chosen and where; return whether that has been changed since it was last noted."""
    state = st.session_state
    stands = {str(name): state[name] for name in state if str(name).startswith("w_") or name in ("place", "page")}
    stands["years"] = _years(record)
    before = state.get("stands", {})
    state["stands"] = stands
    return any(before[name] != stands[name] for name in before.keys() & stands.keys())


def current_view() -> str:
    """Return the view to show."""
    return str(st.session_state.get("w_view") or "find")


def current_language() -> str:
    """Return the language to speak."""
    return str(st.session_state.get("w_lang") or "en")


def preferred_by_browser() -> str:
    """Return the language of an address that names none, as the server's first screen takes it too."""
    state = st.session_state
    if "preferred" not in state:
        # A browser that sends no such header with its session says its language in another way.
        accepted = st.context.headers.get("Accept-Language") or st.context.locale
        state["preferred"] = preferred_language(accepted or "")
    return str(state["preferred"])


def current_part() -> str:
    """Return the part of the view of data to show."""
    return str(st.session_state.get("w_part") or PARTS[0])


def current_chart() -> str:
    """Return the chart to show in the view of data."""
    return str(st.session_state.get("w_chart") or CHARTS[0])


#: Choices that stay although the view shown has no widget for them; Streamlit forgets what is not shown.
_FILTER_KEYS: Final = ("w_models", "w_states", "w_county", "w_types", "w_status", "w_as_of", "w_color")
_DATA_KEYS: Final = ("w_part", "w_chart", "w_grain", "w_format", "w_layers", "w_words", "w_order", "w_falling",
                     "w_columns", "w_kind", "w_place_state", "w_place_county", "w_place_agency", "w_earlier",
                     "w_later")  # fmt: skip


def keep_choices() -> None:
    """Keep what was chosen in parts of the page that this run does not show, and show it when they are back.

    What is shown is not set anew: an answer that comes late would take back what has been pressed since.
    """
    state, view = st.session_state, current_view()
    hidden = {"find": ("w_county",), "explore": (), "data": ("w_color",)}.get(view, _FILTER_KEYS)
    if state.get("w_as_of"):  # a past day leaves no status to choose
        hidden = (*hidden, "w_status")
    for key in {*hidden, *state.get("hidden", ()), *_DATA_KEYS}:
        if key in state:
            state[key] = state[key]
    state["hidden"] = hidden
    if view == "about" and years_key() in state:
        state["years"] = state[years_key()]


def chosen_place() -> str:
    """Return the code of the county (five digits) or state (two) the answer is about, or ""."""
    return st.session_state.get("place") or ""


def choose_place(geoid: str | None) -> None:
    """Make the answer about a county or state; None for none. A state narrows the map to itself while it is chosen."""
    state, held = st.session_state, chosen_place()
    if len(held) == 2 and state.get("w_states") == [state_abbr(held)]:
        state["w_states"] = []
    if geoid and len(geoid) == 2:
        state["w_states"] = [state_abbr(geoid)]
    state["place"] = geoid


def choose_day(day: dt.date | None) -> None:
    """Show what stood on a day; None for the newest list."""
    st.session_state["w_as_of"] = day


def settle_place(record: LoadedRecord) -> None:
    """Make the one state or county the filters name the place of the answer, as an address that says so does.

    It happens when the filter is used or the search is come back to, and not while places are offered to choose from.
    """
    state, view, states = st.session_state, current_view(), list(st.session_state.get("w_states") or ())
    came, place = state.get("view_before") != "find", chosen_place()
    offered = bool(state.get("w_typed")) and not place
    if view == "find" and len(place) != 5 and not offered and (came or states != state.get("states_before")):
        county = _county_of_widget() if came else None
        state["place"] = county or (state_fips(states[0]) if len(states) == 1 else None)
    state["view_before"], state["states_before"] = view, states
    _note_what_stands(record)


def filters_of_widgets(record: LoadedRecord) -> Filters:
    """Return the filters the widgets stand at."""
    state = st.session_state
    span, years = year_span(record), _years(record)
    # In the search a county is what is asked about, not what the map is narrowed to.
    county = None if current_view() == "find" else _county_of_widget()
    return Filters(
        models=tuple(state.get("w_models") or ()),
        years=None if years == span else years,
        states=tuple(state.get("w_states") or ()),
        counties=(county,) if county else (),
        agency_types=tuple(state.get("w_types") or ()),
        status=state.get("w_status") or _DEFAULT_STATUS,
        as_of=state.get("w_as_of"),
    )


def _county_of_widget() -> str | None:
    """Return the county the filters name, which counts only beside its own state."""
    county = st.session_state.get("w_county")
    fits = county and list(st.session_state.get("w_states") or ()) == [counties()[county].state_abbr]
    return str(county) if fits else None


def _years(record: LoadedRecord) -> tuple[int, int]:
    """Return the first and last signing year the slider stands at."""
    first, last = st.session_state.get(years_key(), st.session_state.get("years", year_span(record)))
    return first, last


def color_of_widget() -> ColorBy:
    """Return what the colour of a county is to say."""
    return ColorBy(st.session_state.get("w_color") or ColorBy.LEVEL)


def write_address(filters: Filters, color: ColorBy, query: Query) -> None:
    """Put the selection into the address; names that are not ours to change stay as they are."""
    state = st.session_state
    part, overtaken = _wanted(filters, color), state.get("overtaken", False)
    if part == state.get("said") and not overtaken:
        return
    changed = state.get("said") is not None
    state["said"] = part
    if changed:
        state["bad"], state["page"] = [], 0
    # An address with values that mean nothing stays as it was given until something is changed.
    if (part != _ours(query) or overtaken) and not state["bad"]:
        rest = {name: values for name, values in query.items() if name not in OURS and (name in KNOWN or not changed)}
        st.query_params.from_dict({**rest, **part})
        state["address"] = part


def _wanted(filters: Filters, color: ColorBy) -> dict[str, list[str]]:
    """Return what the address is to say of the selection, the view and the language."""
    wanted = filters.to_query()
    place = chosen_place()
    if current_view() == "find" and len(place) == 5:
        wanted["county"] = [place]
    if color != ColorBy.LEVEL:
        wanted["color"] = [str(color)]
    # An address without a language means the reader's own; one that names a language goes on naming one.
    if current_language() != preferred_by_browser() or "lang" in st.session_state.get("address", {}):
        wanted["lang"] = [current_language()]
    if current_view() != view_of(wanted):
        wanted["view"] = [current_view()]
    if current_view() == "data":
        part, chart = current_part(), current_chart()
        if part != PARTS[0]:
            wanted["part"] = [part]
        if part == "charts" and chart != CHARTS[0]:
            wanted["chart"] = [chart]
    return _ours(wanted)


def clear_filters() -> None:
    """Widgets back to no narrowing; runs before the page, as a callback."""
    state = st.session_state
    for name in ("w_models", "w_states", "w_types"):
        state[name] = []
    state["w_county"] = state["w_as_of"] = None
    state["w_status"] = _DEFAULT_STATUS
    forget_typed(PAST_DAY)
    _set_years(None)
    state["bad"] = []


def years_key() -> str:
    """Return the key of the year slider."""
    return f"w_years_{st.session_state.get('years_turn', 0)}"


def _set_years(years: tuple[int, int] | None) -> None:
    """Give the year slider a value; it takes one only when new, so it gets a new key."""
    state = st.session_state
    state.pop("years", None)
    if years:
        state["years"] = years
    state["years_turn"] = state.get("years_turn", 0) + 1
