"""The address of the page and the widgets say the same."""

from __future__ import annotations

from typing import Final

import streamlit as st

from geo.fips import counties
from map_app.filters import BadValue, Filters
from map_app.map_layers import ColorBy
from map_app.record import LoadedRecord
from map_app.text import preferred_language
from map_app.visit import CHARTS, KNOWN, OURS, PARTS, Query, read_visit, view_of, year_span

_DEFAULT_STATUS: Final = "active"


def current_query() -> dict[str, list[str]]:
    """Return the query of the page's address, every value by name."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _ours(query: Query) -> dict[str, list[str]]:
    return {name: list(query[name]) for name in OURS if query.get(name)}


def take_address(query: Query, record: LoadedRecord) -> list[BadValue]:
    """Set the widgets from the address when it was opened, edited or gone back to; return its bad values."""
    part = _ours(query)
    state = st.session_state
    if state.get("address") == part:
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
    state["w_color"] = visit.color
    state["address"], state["bad"], state["said"], state["page"] = part, bad, None, 0
    return bad


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
    """Keep what was chosen in parts of the page that this run does not show."""
    state, has_map = st.session_state, current_view() in ("find", "explore")
    for key in _DATA_KEYS if has_map else (*_FILTER_KEYS, *_DATA_KEYS):
        if key in state:
            state[key] = state[key]
    if not has_map and years_key() in state:
        state["years"] = state[years_key()]


def chosen_place() -> str:
    """Return the code of the county (five digits) or state (two) the answer is about, or ""."""
    return st.session_state.get("place") or ""


def choose_place(geoid: str | None) -> None:
    """Make the answer about a county or state; None for none."""
    st.session_state["place"] = geoid


def filters_of_widgets(record: LoadedRecord) -> Filters:
    """Return the filters the widgets stand at."""
    state = st.session_state
    span = year_span(record)
    years = state.get(years_key(), state.get("years", span))
    states = tuple(state.get("w_states") or ())
    county = state.get("w_county")
    if county and states != (counties()[county].state_abbr,):
        county = None
    return Filters(
        models=tuple(state.get("w_models") or ()),
        years=None if years == span else (years[0], years[1]),
        states=states,
        counties=(county,) if county else (),
        agency_types=tuple(state.get("w_types") or ()),
        status=state.get("w_status") or _DEFAULT_STATUS,
        as_of=state.get("w_as_of"),
    )


def color_of_widget() -> ColorBy:
    """Return what the colour of a county is to say."""
    return ColorBy(st.session_state.get("w_color") or ColorBy.LEVEL)


def write_address(filters: Filters, color: ColorBy, query: Query) -> None:
    """Put the selection into the address; names that are not ours to change stay as they are."""
    state = st.session_state
    part = _wanted(filters, color)
    if part == state.get("said"):
        return
    changed = state.get("said") is not None
    state["said"] = part
    if changed:
        state["bad"], state["page"] = [], 0
    # An address with values that mean nothing stays as it was given until something is changed.
    if part != _ours(query) and not state["bad"]:
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
