"""The page Streamlit runs: reads the address, then shows the view it asks for."""

from __future__ import annotations

import time
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from map_app.filters import Filters, filter_mask
from map_app.frame import frame_address
from map_app.grains import Selection
from map_app.health import measured_run
from map_app.map_layers import selection_payload
from map_app.page_html import counts_html, page_title, title_html, view_names
from map_app.record import current_record
from map_app.text import LANGUAGES, Text, text_in
from map_app.views.about import show_about
from map_app.views.address import (
    choose_place,
    chosen_place,
    color_of_widget,
    current_language,
    current_query,
    current_view,
    filters_of_widgets,
    keep_choices,
    settle_place,
    take_address,
    write_address,
)
from map_app.views.data import show_data
from map_app.views.find import settle_search, show_answer, show_search
from map_app.views.map_frame import show_map
from map_app.views.parts import (
    show_empty,
    show_limits,
    show_notices,
    show_table,
)
from map_app.views.reconnect import run_again_after_loss
from map_app.views.sidebar import show_sidebar
from map_app.visit import VIEWS

#: Seconds the map is ahead of the rest of the page: enough for the browser to take it up, too short to be seen.
#: Without it the browser draws the whole page first, and the map is repainted half as late again (`make bench`).
_HEAD_START: Final = 0.06


def show_page() -> None:
    """Show the whole page for the address and the widgets as they are now."""
    query = current_query()
    record = current_record()
    bad = take_address(query, record)
    text, view = text_in(current_language()), current_view()
    st.set_page_config(page_title=page_title(view, text), layout="wide")
    if view == "find":
        settle_search(record)
    settle_place(record)
    filters = filters_of_widgets(record)
    keep_choices()
    # The same slots in every view, so that the map's frame keeps its place and is not mounted again.
    above, frame, below, last = st.container(), st.container(), st.container(), st.container()
    if view in ("data", "about"):
        with above:
            _show_navigation(text)
            st.html(title_html(record, filters, view, text))
            show_notices(record, bad, filters.as_of, text)
            if view == "data":
                show_data(Selection(record, filters), text)
            else:
                show_about(text)
        write_address(filters, color_of_widget(), query)
        if view == "data":
            show_sidebar(record, text, colors=False)
        with last:
            run_again_after_loss()
        return
    mask = filter_mask(record.agreements, filters)
    counts = record.index.counts(mask)
    payload = selection_payload(record.index, mask, color_of_widget(), filters.to_query(), text, record.version)
    _show_frame(frame, payload, filters, view, text)  # first, so that the map repaints before the rest is drawn
    arriving = "arrived" not in st.session_state
    st.session_state["arrived"] = True
    if not arriving:
        # The browser draws what has come; with the map alone at hand it repaints that before it turns to the rest.
        time.sleep(_HEAD_START)
    with above:
        _show_navigation(text)
        st.html(title_html(record, filters, view, text, answered=view == "find" and bool(chosen_place())))
        # In the search the answer itself tells of a stretch without lists.
        show_notices(record, bad, None if view == "find" and chosen_place() else filters.as_of, text)
        if view == "find":
            show_search(text)
            show_answer(record, filters.as_of, text)
        st.html(counts_html(counts, payload, filters, color_of_widget(), text))
        if not counts.agreements:
            show_empty(filters, text)
    write_address(filters, color_of_widget(), query)
    show_sidebar(record, text)
    with below:
        show_table(record, filters, mask, text)
        show_limits(record, counts, mask, text)
    with last:
        run_again_after_loss()


def _show_frame(frame: DeltaGenerator, payload: dict[str, Any], filters: Filters, view: str, text: Text) -> None:
    """Show the map with the selection painted and, in the search, the place in view."""
    place = chosen_place() if view == "find" else "".join(filters.counties)
    payload["focus"] = place
    with frame:
        show_map(frame_address(), payload, text, on_pick=choose_place if view == "find" else None)


def _show_navigation(text: Text) -> None:
    """Show the choice of view and of language."""
    names = view_names(text)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="navigation"):
        st.segmented_control(
            text.t("View"),
            VIEWS,
            format_func=names.__getitem__,
            key="w_view",
            required=True,
            label_visibility="collapsed",
        )
        st.segmented_control(
            "Language / Idioma",
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            key="w_lang",
            required=True,
            label_visibility="collapsed",
        )


if __name__ == "__main__":
    with measured_run():
        show_page()
