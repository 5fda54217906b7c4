"""The page Streamlit runs: reads the address, then shows the view it asks for."""

from __future__ import annotations

import streamlit as st

from map_app.filters import filter_mask
from map_app.frame import frame_address
from map_app.map_layers import selection_payload
from map_app.record import current_record
from map_app.text import text_in
from map_app.views.address import (
    color_of_widget,
    current_query,
    filters_of_widgets,
    language_of,
    take_address,
    write_address,
)
from map_app.views.map_frame import show_map
from map_app.views.parts import show_empty, show_head, show_limits, show_notices, show_table
from map_app.views.sidebar import show_sidebar


def show_page() -> None:
    """Show the whole page for the address and the widgets as they are now."""
    st.set_page_config(page_title="Map of 287(g) agreements", layout="wide")
    query = current_query()
    text = text_in(language_of(query))
    record = current_record()
    bad = take_address(query, record)
    filters, color = filters_of_widgets(record), color_of_widget()
    mask = filter_mask(record.agreements, filters)
    counts = record.index.counts(mask)
    write_address(filters, color, query)
    above, frame = st.container(), st.container()
    payload = selection_payload(record.index, mask, color, filters.to_query(), text, record.version)
    payload["focus"] = filters.counties[0] if filters.counties else ""
    with frame:  # first, so that the map repaints before the browser has drawn the rest
        show_map(frame_address(), payload, text)
    with above:
        show_head(record, filters, counts, text)
        show_notices(record, bad, filters.as_of, text)
        if not counts.agreements:
            show_empty(filters, text)
    show_sidebar(record, text)
    show_table(record, filters, mask, text)
    show_limits(record, counts, text)


if __name__ == "__main__":
    show_page()
