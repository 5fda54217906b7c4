"""Parts of the page that several views share: heading and counts, notices, the table, the limits."""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache
from html import escape
from typing import Final
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from map_app.answer import RecordKey
from map_app.coverage import Counts
from map_app.exports import csv_bytes
from map_app.filters import BadValue, Filters, not_understood
from map_app.plain_page import public_links
from map_app.record import LoadedRecord, gap_words
from map_app.tables import PAGE_ROWS, agreements_table
from map_app.text import Text, text_in
from map_app.text.faults import fault_words
from map_app.views.address import clear_filters

_ADDRESS: Final = re.compile(r"https?(?=:)|www(?=\.)|\S(?=@)", re.I)


def show_notices(record: LoadedRecord, bad: list[BadValue], as_of: dt.date | None, text: Text) -> None:
    """Show what a reader must know before trusting the page: bad addresses, gaps, faults of the data."""
    if bad:
        st.warning(plain(not_understood(bad, text)))
    gap = record.gap_on(as_of) if as_of else None
    if gap:
        st.info(gap_words(text.day(gap[0]), text.day(gap[1]), text))
    if record.refused:
        st.error(
            text.t(
                "The data file cannot be used: {why}",
                why=plain(" ".join(fault_words(fault, text) for fault in record.refused)),
            )
            + " "
            + (text.t("The last good version is shown.") if record.version else text.t("There is nothing to show yet."))
        )
    if record.set_aside:
        with st.expander(
            text.n(
                "{n} row of the data has a fault and is not shown; its places may show too few agreements.",
                "{n} rows of the data have faults and are not shown; their places may show too few agreements.",
                record.set_aside,
            ),
        ):
            st.text("\n".join(fault_words(fault, text) for fault in record.faults[:50]))


def plain(told: str) -> str:
    """Return text in which Markdown, HTML and addresses mean nothing."""
    # Streamlit turns bare addresses into links after unescaping, and a text from the page's own address must not
    # become a link to anywhere: an invisible joiner keeps such a text from being read as one.
    told = _ADDRESS.sub(lambda found: f"{found[0]}\u2060", told)
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()<>#+-.!|$:~" else sign for sign in told)


def show_empty(filters: Filters, text: Text) -> None:
    """Say that nothing matches, and offer the way back."""
    st.warning(text.t("No agreement matches these filters."))
    if filters != Filters():
        st.button(text.t("Clear filters"), on_click=clear_filters, key="clear-empty", type="primary")


def show_heading(name: str, words: str, text: Text, more: str = "") -> None:
    """Show the heading of a part of the page and, where given, escaped HTML under it."""
    # Streamlit's own headings hold a link too small to hit, whose name is English in every language.
    st.html(f'<h2 class="part" id="{name}" lang="{text.language}">{escape(words)}</h2>{more}')


def show_table(record: LoadedRecord, filters: Filters, mask: np.ndarray, text: Text) -> None:
    """Show the download and one page of the table."""
    rows = np.flatnonzero(mask)
    total = len(rows)
    show_heading("table", text.t("The same agreements as a table"), text, _ways_to_data(filters, text))
    name = "agreements" + "".join(f"-{'-'.join(v)}" for v in filters.to_query().values())[:80]
    st.download_button(
        text.n("Download this {n} agreement (CSV)", "Download these {n} agreements (CSV)", total),
        data=lambda: csv_bytes(record.agreements[mask]),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        disabled=not total,
        key="download",
    )
    if not total:
        return
    pages = math.ceil(total / PAGE_ROWS)
    page = min(int(st.session_state.get("page", 0)), pages - 1)
    shown = rows[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
    caption = text.t(
        "Agreements {first} to {last} of {total}, by state and agency",
        first=text.number(page * PAGE_ROWS + 1),
        last=text.number(page * PAGE_ROWS + len(shown)),
        total=text.number(total),
    )
    st.html(_table(RecordKey(record), tuple(shown.tolist()), caption, text.language))
    show_pages(page, pages, text)


@lru_cache(maxsize=64)
def _table(key: RecordKey, rows: tuple[int, ...], caption: str, language: str) -> str:
    """Return a page of the table; many visitors see the same ones."""
    return agreements_table(key.record.agreements.iloc[list(rows)], caption, text_in(language))


def _ways_to_data(filters: Filters, text: Text) -> str:
    """Return links to the view of data with the same filters."""
    base = {**filters.to_query(), "lang": [text.language], "view": ["data"]}
    ways: tuple[tuple[dict[str, list[str]], str], ...] = (
        ({}, text.t("Other files (Excel, GeoJSON, …)")),
        ({"part": ["charts"]}, text.t("Charts")),
        ({"part": ["table"]}, text.t("Search, sort and see the evidence")),
        ({"part": ["counts"]}, text.t("Why counts differ")),
    )
    links = (
        f'<a href="?{escape(urlencode({**base, **more}, doseq=True))}" target="_self">{escape(words)}</a>'
        for more, words in ways
    )
    return f'<p class="ways" lang="{text.language}">{" ".join(links)}</p>'


def show_pages(page: int, pages: int, text: Text) -> None:
    """Show the buttons that turn the pages of a table, where there are several."""
    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(text.t("Previous"), disabled=page == 0, on_click=_turn, args=(page - 1,), key="previous")
            st.button(text.t("Next"), disabled=page == pages - 1, on_click=_turn, args=(page + 1,), key="next")
            st.caption(text.t("Page {page} of {pages}", page=page + 1, pages=pages))


def _turn(page: int) -> None:
    st.session_state["page"] = page


def show_limits(record: LoadedRecord, counts: Counts, mask: np.ndarray, text: Text) -> None:
    """Show what the map does not show, why our count can differ from ICE's, and where the data come from."""
    waiting = int((mask & record.facts.waiting).sum())
    lines = []
    if waiting:
        lines.append(
            text.n(
                "{n} agreement shown here is gone from ICE’s newest list, but from too few lists to count as ended.",
                "{n} agreements shown here are gone from ICE’s newest list, but from too few lists to count as ended.",
                waiting,
            )
        )
    if counts.unplaced:
        lines.append(
            text.n(
                "{n} agreement shown here could not be placed on the map; it is in the table.",
                "{n} agreements shown here could not be placed on the map; they are in the table.",
                counts.unplaced,
            )
        )
    show_heading("limits", text.t("What this map does not show"), text)
    st.markdown(
        "\n".join(
            "- " + line
            for line in (
                text.t(
                    "No agreement listed does not mean no cooperation: agencies can work with ICE in ways that "
                    "need no such agreement."
                ),
                text.t("An agreement says what officers may do, not how often they do it."),
                text.t("A city or campus agency colours its whole county; the popup says which part it covers."),
                *lines,
                text.t("This is information, not legal advice."),
            )
        )
    )
    st.html(
        f'<p class="fine" lang="{text.language}">'
        + text.t("Source: ICE’s published lists of participating agencies. Shapes: U.S. Census Bureau. ")
        + text.t("This page loads nothing from any other site and counts no visitors.")
        + f" {public_links(text)}</p>"
    )
