"""The filters, and what the colour of a county says."""

from __future__ import annotations

import streamlit as st

from geo.fips import STATES, counties, state_fips
from map_app.filters import FIRST_DAY, STATUSES, status_name
from map_app.map_layers import ColorBy, color_name
from map_app.popups import model_name
from map_app.record import LoadedRecord
from map_app.tables import agency_type_name
from map_app.text import Text
from map_app.text.places import county_words, state_words
from map_app.views.address import PAST_DAY, choose_day, clear_filters, current_view, years_key
from map_app.views.day_field import show_day_field
from map_app.visit import year_span
from map_app.vocabulary import AgencyType, Model


def show_sidebar(record: LoadedRecord, text: Text, *, colors: bool = True) -> None:
    """Show the filters and, with a map, what its colours say; `filters_of_widgets` reads what they stand at."""
    first, last = year_span(record)
    present = record.facts
    with st.sidebar:
        st.pills(
            text.t("Model type"),
            [model for model in Model if model in present.models] or list(Model),
            selection_mode="multi",
            format_func=lambda model: model_name(model, text),
            key="w_models",
        )
        if first < last:
            value = st.session_state.get("years", (first, last))
            st.select_slider(text.t("Signing year"), range(first, last + 1), value=value, key=years_key())
        chosen = st.multiselect(
            text.t("State"),
            [state.abbr for state in sorted(STATES, key=lambda state: state.name)],
            format_func=lambda abbr: state_words(abbr, text),
            key="w_states",
            placeholder=text.t("All states"),
        )
        # In the search a county is asked about in the box above the answer.
        if len(chosen) == 1 and current_view() != "find":
            here = [geoid for geoid in counties() if geoid.startswith(state_fips(chosen[0]))]
            st.selectbox(
                text.t("County"),
                here,
                format_func=lambda geoid: county_words(geoid, text),
                key="w_county",
                index=None,
                placeholder=text.t("All counties"),
            )
        st.pills(
            text.t("Agency type"),
            [kind for kind in AgencyType if kind in present.agency_types],
            selection_mode="multi",
            format_func=lambda kind: agency_type_name(kind, text),
            key="w_types",
        )
        if not present.all_active and not st.session_state.get("w_as_of"):
            st.pills(
                text.t("Status"),
                STATUSES,
                format_func=lambda status: status_name(status, text),
                key="w_status",
                required=True,
            )
        newest = record.newest_list
        if newest:
            show_day_field(
                text.t("On a past day"),
                st.session_state.get("w_as_of"),
                (FIRST_DAY, newest),
                PAST_DAY,
                choose_day,
                text,
                hint=text.t(
                    "Shows what ICE listed that day or, before its lists of 2021, what documents say was in force."
                ),
            )
        if colors:
            st.pills(
                text.t("Colour counties by"),
                list(ColorBy),
                format_func=lambda by: color_name(by, text),
                key="w_color",
                required=True,
            )
        st.button(text.t("Clear filters"), on_click=clear_filters, key="clear")
