"""The table whose order, columns and words to find are chosen, each row with what it rests on."""

from __future__ import annotations

import math

import streamlit as st

from map_app.evidence import corrections_of
from map_app.grains import Selection
from map_app.record import record_path
from map_app.tables import (
    COLUMN_CHOICES,
    FIRST_COLUMNS,
    ORDERS,
    PAGE_ROWS,
    column_name,
    evidence_table,
    matching,
    ordered,
)
from map_app.text import Text
from map_app.views.parts import show_heading, show_pages


def show_rows(selection: Selection, text: Text) -> None:
    """Show one page of the selected agreements; only that page travels to the browser."""
    state = st.session_state
    state.setdefault("w_order", "state")
    state.setdefault("w_columns", list(FIRST_COLUMNS))
    show_heading("table", text.t("The same agreements as a table"), text)
    tools = st.container(horizontal=True, vertical_alignment="bottom", key="table-tools")
    tools.text_input(
        text.t("Find in this table"),
        key="w_words",
        type="search",
        max_chars=100,
        placeholder=text.t("Agency, county, town or state"),
        on_change=_first_page,
        live=True,
    )
    tools.selectbox(
        text.t("In order of"),
        list(ORDERS),
        format_func=lambda column: column_name(column, text),
        key="w_order",
        on_change=_first_page,
    )
    tools.toggle(text.t("Last first"), key="w_falling", on_change=_first_page)
    st.multiselect(
        text.t("Columns"),
        list(COLUMN_CHOICES),
        format_func=lambda column: column_name(column, text),
        key="w_columns",
        placeholder=text.t("The usual ones"),
    )
    found = matching(selection.agreements, str(state.get("w_words") or ""), text)
    total, all_rows = len(found), len(selection.agreements)
    if not total:
        st.info(text.t("No agreement of this selection has these words."))
        return
    rows = ordered(found, state["w_order"] or "state", falling=bool(state.get("w_falling")))
    pages = math.ceil(total / PAGE_ROWS)
    page = min(int(state.get("page", 0)), pages - 1)
    shown = rows.iloc[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
    caption = text.t(
        "Agreements {first} to {last} of {total}",
        first=text.number(page * PAGE_ROWS + 1),
        last=text.number(page * PAGE_ROWS + len(shown)),
        total=text.number(total),
    )
    known = corrections_of(record_path().with_name("corrections"), selection.record.version)
    st.html(evidence_table(shown, state["w_columns"], caption, known, text))
    show_pages(page, pages, text)
    if total < all_rows:
        st.caption(
            text.n("The words narrow this table alone; files and charts hold {n} agreement.",
                   "The words narrow this table alone; files and charts hold all {n} agreements.", all_rows)
        )  # fmt: skip


def _first_page() -> None:
    st.session_state["page"] = 0
