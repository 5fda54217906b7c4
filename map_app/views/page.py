"""The page Streamlit runs: reads the address, shows the filters, the counts, the map and the table."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final

import numpy as np
import streamlit as st

from geo.fips import STATES, counties, state_fips, state_name
from map_app.coverage import Counts
from map_app.exports import csv_bytes
from map_app.filters import BadValue, Filters, filter_mask, read_filters
from map_app.map_layers import ColorBy, selection_payload
from map_app.popups import model_name
from map_app.record import LoadedRecord, current_record
from map_app.server import frame_address
from map_app.tables import PAGE_ROWS, agency_type_name, agreements_table
from map_app.text import LANGUAGES, Text, text_in
from map_app.views.map_frame import show_map
from map_app.vocabulary import AgencyType, Model, Status

#: Names in the address that are filters; the frame owns lat, lon and zoom.
_FILTER_NAMES: Final = ("model", "year", "state", "county", "agency_type", "status", "as_of")
_VIEWS: Final = ("find", "explore", "present", "data", "about")
#: Names other sites add to links; saying that they mean nothing here would only confuse.
_TRACKERS: Final = ("utm_", "fbclid", "gclid", "embed")
_STALE_DAYS: Final = 14

_STYLE: Final = """<style>
.stApp .block-container, .stMainBlockContainer { padding: 3.4rem 1.6rem 3rem; max-width: 1500px; }
[data-testid="stSidebarUserContent"] { padding-top: 0.4rem; }
.app-head h1 { font-size: 1.7rem; padding: 0; margin: 0; line-height: 1.2; }
.app-head p { margin: 0.15rem 0 0.3rem; }
.counts { display: flex; flex-wrap: wrap; gap: 0.2rem 1.6rem; margin: 0.1rem 0 0.2rem; }
.counts b { font-size: 1.3rem; }
.app-head .stale { display: inline-block; padding: 0.1rem 0.6rem; border-left: 4px solid #e69f00; background: rgba(230,159,0,.14); }
.fine { font-size: 0.9rem; opacity: 0.85; }
.agreements-table { overflow-x: auto; }
.agreements-table table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
.agreements-table caption { text-align: left; font-weight: 600; padding: 0.2rem 0; }
.agreements-table th, .agreements-table td { text-align: left; vertical-align: top; padding: 0.4rem 0.6rem;
  border-bottom: 1px solid rgba(128,128,128,.35); font-weight: 400; }
.agreements-table thead th { font-weight: 600; border-bottom-width: 2px; }
.agreements-table small { display: block; opacity: 0.8; }
.agreements-table a { display: inline-block; min-height: 24px; min-width: 24px; }
@media (max-width: 640px) { .stApp .block-container, .stMainBlockContainer { padding: 3.6rem 0.7rem 2rem; }
  .app-head h1 { font-size: 1.35rem; } .counts { gap: 0 1rem; } }
</style>"""


def show_page() -> None:
    """Show the whole page for the address and the widgets as they are now."""
    st.set_page_config(page_title="Map of 287(g) agreements", layout="wide")
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    text = text_in(_first(query, "lang", LANGUAGES) or "en")
    record = current_record()
    bad = _take_address(query, record, text)
    st.html(_STYLE)
    color = _sidebar(record, text)
    filters = _filters_of_widgets(record)
    mask = filter_mask(record.agreements, filters)
    counts = record.index.counts(mask)
    _write_address(filters, color, query)
    _head(record, filters, counts, text)
    _notices(record, bad, text)
    if not counts.agreements:
        _empty(filters, text)
    payload = selection_payload(record.index, mask, color, filters.to_query(), text, record.version)
    payload["focus"] = filters.counties[0] if filters.counties else ""
    show_map(frame_address(), payload, text)
    _table(record, filters, mask, text)
    _limits(record, counts, text)


# ---- the address and the widgets say the same


def _first(query: dict[str, list[str]], name: str, allowed: Any) -> str | None:
    values = query.get(name, [])
    return values[-1] if values and values[-1] in allowed else None


def _filter_part(query: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: query[name] for name in (*_FILTER_NAMES, "color") if query.get(name)}


def _take_address(query: dict[str, list[str]], record: LoadedRecord, text: Text) -> list[BadValue]:
    """Set the widgets from the address when it was opened, edited or gone back to; return its bad values."""
    part = _filter_part(query)
    state = st.session_state
    if state.get("address") == part:
        return list(state.get("bad", []))
    filters, bad = read_filters(query)
    color = _first(query, "color", tuple(ColorBy))
    if query.get("color") and not color:
        bad.append(BadValue("color", query["color"][-1]))
    for name, allowed in (("lang", LANGUAGES), ("view", _VIEWS)):
        if query.get(name) and not _first(query, name, allowed):
            bad.append(BadValue(name, query[name][-1]))
    known = {*_FILTER_NAMES, "color", "lang", "view", "lat", "lon", "zoom"}
    bad += [BadValue(name, query[name][-1]) for name in query if name not in known and not name.startswith(_TRACKERS)]
    first, last = _year_span(record)
    state["w_models"] = list(filters.models)
    years = filters.years or (first, last)
    state["w_years"] = (min(max(years[0], first), last), min(max(years[1], first), last))
    state["w_states"] = list(filters.states)
    state["w_county"] = filters.counties[0] if filters.counties else None
    if filters.counties and filters.states != (counties()[filters.counties[0]].state_abbr,):
        state["w_states"] = [counties()[filters.counties[0]].state_abbr]
    state["w_types"] = list(filters.agency_types)
    state["w_status"] = filters.status
    state["w_as_of"] = filters.as_of
    state["w_color"] = color or ColorBy.LEVEL
    state["address"], state["bad"] = part, bad
    return bad


def _filters_of_widgets(record: LoadedRecord) -> Filters:
    state = st.session_state
    span = _year_span(record)
    years = tuple(state.get("w_years") or span)
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
        status=state.get("w_status") or "active",
        as_of=state.get("w_as_of"),
    )


def _write_address(filters: Filters, color: ColorBy, query: dict[str, list[str]]) -> None:
    """Put the selection into the address; names that are not ours to change stay as they are."""
    wanted = filters.to_query()
    if color != ColorBy.LEVEL:
        wanted["color"] = [str(color)]
    part = _filter_part(wanted)
    state = st.session_state
    if part != state.get("address"):
        state["bad"] = []
        state["page"] = 0
    if part != _filter_part(query) and not (state.get("bad") and part == {}):
        rest = {name: values for name, values in query.items() if name not in (*_FILTER_NAMES, "color")}
        st.query_params.from_dict({**rest, **part})
        state["address"] = part


def _clear() -> None:
    """Widgets back to no narrowing; runs before the page, as a callback."""
    state = st.session_state
    for name in ("w_models", "w_states", "w_types"):
        state[name] = []
    state["w_county"] = state["w_as_of"] = None
    state["w_status"] = "active"
    state.pop("w_years", None)
    state["bad"] = []


# ---- parts of the page


def _year_span(record: LoadedRecord) -> tuple[int, int]:
    years = record.agreements["signed_year"].dropna()
    return (int(years.min()), int(years.max())) if len(years) else (2002, 2002)


def _sidebar(record: LoadedRecord, text: Text) -> ColorBy:
    """Show the filters; return what the colour says."""
    first, last = _year_span(record)
    present = set(record.agreements["model"].unique())
    with st.sidebar:
        st.pills(
            text.t("Model type"),
            [model for model in Model if model in present] or list(Model),
            selection_mode="multi",
            format_func=lambda model: model_name(model, text),
            key="w_models",
        )
        if first < last:
            st.select_slider(text.t("Signing year"), range(first, last + 1), key="w_years")
        chosen = st.multiselect(
            text.t("State"),
            [state.abbr for state in sorted(STATES, key=lambda state: state.name)],
            format_func=state_name,
            key="w_states",
            placeholder=text.t("All states"),
        )
        if len(chosen) == 1:
            here = [geoid for geoid in counties() if geoid.startswith(state_fips(chosen[0]))]
            st.selectbox(
                text.t("County"),
                here,
                format_func=lambda geoid: counties()[geoid].name,
                key="w_county",
                index=None,
                placeholder=text.t("All counties"),
            )
        st.pills(
            text.t("Agency type"),
            [kind for kind in AgencyType if (record.agreements["agency_type"] == kind).any()],
            selection_mode="multi",
            format_func=lambda kind: agency_type_name(kind, text),
            key="w_types",
        )
        if (record.agreements["status"] != Status.ACTIVE).any():
            st.segmented_control(
                text.t("Status"),
                ["active", "ended", "superseded", "all"],
                format_func=lambda status: {
                    "active": text.t("Active"),
                    "ended": text.t("Ended"),
                    "superseded": text.t("Replaced"),
                    "all": text.t("All"),
                }[status],
                key="w_status",
                required=True,
            )
        color = st.pills(
            text.t("Colour counties by"),
            list(ColorBy),
            format_func=lambda by: {
                ColorBy.LEVEL: text.t("Level"),
                ColorBy.MODEL: text.t("Model"),
                ColorBy.YEAR: text.t("Year"),
                ColorBy.NUMBER: text.t("Number"),
            }[by],
            key="w_color",
            required=True,
        )
        st.button(text.t("Clear filters"), on_click=_clear, key="clear")
    return ColorBy(color or ColorBy.LEVEL)


def _head(record: LoadedRecord, filters: Filters, counts: Counts, text: Text) -> None:
    cells = (
        text.n("<b>{n}</b> agreement", "<b>{n}</b> agreements", counts.agreements),
        text.n("<b>{n}</b> agency", "<b>{n}</b> agencies", counts.agencies),
        text.n("<b>{n}</b> county", "<b>{n}</b> counties", counts.counties),
        text.n("<b>{n}</b> state or territory", "<b>{n}</b> states and territories", counts.states),
    )
    age = (dt.date.today() - record.newest_list).days if record.newest_list else 0
    stale = ""
    if record.newest_list and age > _STALE_DAYS and not filters.as_of:
        told = text.t(
            "This is the newest list held, {age} days old: agreements signed or ended since are not shown.",
            age=text.number(age),
        )
        stale = f'<p class="stale">{told}</p>'
    st.html(
        f'<header class="app-head" lang="{text.language}"><h1>{text.t("Map of 287(g) agreements")}</h1>'
        f"<p>{text.t('Agreements that let state and local officers do immigration work for ICE.')} "
        f"<b>{record.dated(filters, text)}.</b></p>{stale}"
        f'<div class="counts" role="status">{"".join(f"<span>{cell}</span>" for cell in cells)}</div></header>'
    )


def _notices(record: LoadedRecord, bad: list[BadValue], text: Text) -> None:
    if bad:
        told = ", ".join(f"{value.name}={value.text}" for value in bad)
        st.warning(text.t("Part of the address was not understood and is ignored: {what}", what=_plain(told)))
    if record.refused:
        st.error(
            text.t("The data file cannot be used: {why}", why=_plain(" ".join(map(str, record.refused))))
            + " "
            + (text.t("The last good version is shown.") if record.version else text.t("There is nothing to show yet."))
        )
    if record.set_aside:
        with st.expander(
            text.n(
                "{n} row of the data has a fault and is not shown; the places it covers may show too few agreements.",
                "{n} rows of the data have faults and are not shown; the places they cover may show too few agreements.",
                record.set_aside,
            ),
        ):
            st.text("\n".join(str(fault) for fault in record.faults[:50]))


def _plain(told: str) -> str:
    """Return text in which Markdown and HTML mean nothing."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()<>#+-.!|$:~" else sign for sign in told)


def _empty(filters: Filters, text: Text) -> None:
    st.warning(text.t("No agreement matches these filters."))
    if filters.narrows:
        st.button(text.t("Clear filters"), on_click=_clear, key="clear-empty", type="primary")


def _table(record: LoadedRecord, filters: Filters, mask: np.ndarray, text: Text) -> None:
    rows = record.agreements[mask]
    total = len(rows)
    st.subheader(text.t("The same agreements as a table"), anchor="table")
    name = "agreements" + "".join(f"-{'-'.join(v)}" for v in filters.to_query().values())[:80]
    st.download_button(
        text.n("Download this {n} agreement (CSV)", "Download these {n} agreements (CSV)", total),
        data=lambda: csv_bytes(rows),
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
    ordered = rows.sort_values(["state_abbr", "agency_name", "signed_date"], kind="stable")
    shown = ordered.iloc[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
    caption = text.t(
        "Agreements {first} to {last} of {total}, by state and agency",
        first=text.number(page * PAGE_ROWS + 1),
        last=text.number(page * PAGE_ROWS + len(shown)),
        total=text.number(total),
    )
    st.html(agreements_table(shown, caption, text))
    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(text.t("Previous"), disabled=page == 0, on_click=_turn, args=(page - 1,), key="previous")
            st.button(text.t("Next"), disabled=page == pages - 1, on_click=_turn, args=(page + 1,), key="next")
            st.caption(text.t("Page {page} of {pages}", page=page + 1, pages=pages))


def _turn(page: int) -> None:
    st.session_state["page"] = page


def _limits(record: LoadedRecord, counts: Counts, text: Text) -> None:
    st.subheader(text.t("What this map does not show"), anchor="limits")
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
                text.n(
                    "{n} agreement shown here could not be placed on the map; it is in the table.",
                    "{n} agreements shown here could not be placed on the map; they are in the table.",
                    counts.unplaced,
                ),
                text.t("This is information, not legal advice."),
            )
        )
    )
    st.html(
        f'<p class="fine" lang="{text.language}">'
        + text.t("Source: ICE’s published lists of participating agencies. Shapes: U.S. Census Bureau. ")
        + text.t("This page loads nothing from any other site and counts no visitors.")
        + "</p>"
    )


if __name__ == "__main__":
    show_page()
