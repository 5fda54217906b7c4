"""Charts of the selection, each with its table and its downloads; one is drawn at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from importlib.util import find_spec
from typing import Final, Literal

import pandas as pd
import streamlit as st

from geo.fips import STATES, counties
from map_app.charts import (
    MOST_PLACES,
    Charted,
    PolicyDate,
    by_state,
    history_of,
    in_force_over_time,
    picture,
    policy_dates,
    share_of_counties,
    signings_per_month,
    two_days,
)
from map_app.filters import FIRST_DAY, Filters
from map_app.grains import Selection, in_force_on
from map_app.popups import model_name, safe_link
from map_app.record import LoadedRecord
from map_app.tables import plain_table
from map_app.text import Text
from map_app.text.places import county_title, state_words
from map_app.views.address import chosen_place, current_chart
from map_app.views.day_field import show_day_field
from map_app.visit import CHARTS
from map_app.vocabulary import Coverage, Model

#: Rows of a chart's table sent at most; its CSV file holds all.
_TABLE_ROWS: Final = 400
#: Height of charts with marked days, which stand above the picture and take from its height.
_MARKED_HEIGHT: Final = 560


def show_charts(selection: Selection, text: Text) -> None:
    """Let the reader choose a chart; show it, the days marked in it, its table and its downloads."""
    names = {
        "time": text.t("In force over time, by model"),
        "counties": text.t("Share of counties over time"),
        "signings": text.t("Signed per month"),
        "states": text.t("By state"),
        "places": text.t("History of places or agencies, compared"),
        "days": text.t("Two days compared"),
    }
    st.selectbox(text.t("Chart"), list(CHARTS), format_func=names.__getitem__, key="w_chart")
    chosen = current_chart()
    filters, record = selection.filters, selection.record
    makers: dict[str, Callable[[], Charted | None]] = {
        "time": lambda: in_force_over_time(record, filters, text),
        "counties": lambda: share_of_counties(record, filters, text),
        "signings": lambda: signings_per_month(selection, text),
        "states": lambda: by_state(selection, text),
        "places": lambda: _places(selection, text),
        "days": lambda: _days(record, filters, text),
    }
    charted = makers[chosen]()
    if charted is None:
        return
    height: int | Literal["content"] = _MARKED_HEIGHT if charted.marked else "content"
    st.altair_chart(charted.chart, theme=None, width="stretch", height=height, key=f"chart-{chosen}")
    _show_notes(chosen, selection, charted, text)
    _show_downloads(chosen, charted, text)
    _show_table(chosen, charted, text)


# ---- choices of single charts


def _place_options(selection: Selection, kind: str) -> list[str]:
    """Return the codes of places that ever had an agreement, of the states chosen."""
    rows = selection.record.agreements
    states = set(selection.filters.states)
    if kind == "state":
        return [state.abbr for state in sorted(STATES, key=lambda state: state.name)]
    if states:
        rows = rows[rows["state_abbr"].isin(states)]
    if kind == "agency":
        return list(dict.fromkeys(rows["agency_id"]))
    local = rows.loc[rows["coverage"] != Coverage.STATEWIDE, "county_geoids"]
    return sorted({geoid for geoids in local for geoid in geoids.split(";") if geoid})


def _places(selection: Selection, text: Text) -> Charted | None:
    state, record = st.session_state, selection.record
    here = "".join(selection.filters.counties[:1]) or chosen_place()
    if "w_kind" not in state:
        state["w_kind"] = "county" if here in counties() else "state"
    kinds = {"state": text.t("States"), "county": text.t("Counties"), "agency": text.t("Agencies")}
    st.segmented_control(text.t("Compare"), list(kinds), format_func=kinds.__getitem__, key="w_kind", required=True)
    kind = str(state.get("w_kind") or "state")
    options, key = _place_options(selection, kind), f"w_place_{kind}"
    if key not in state:
        state[key] = _first_places(record, kind, here, options)
    # With other filters a place can be gone from the choice.
    state[key] = [code for code in state[key] if code in set(options)]
    names = _names(record, kind, text)
    st.multiselect(
        text.t("Up to {n} places or agencies", n=MOST_PLACES),
        options,
        format_func=names,
        max_selections=MOST_PLACES,
        key=key,
        placeholder=text.t("Type a name"),
    )
    chosen = state[key][:MOST_PLACES]
    if not chosen:
        st.info(text.t("Choose one to {n} to see their history.", n=MOST_PLACES))
        return None
    return history_of(record, chosen, text)


def _first_places(record: LoadedRecord, kind: str, here: str, options: Sequence[str]) -> list[str]:
    """Return what is compared before anything is chosen: the place at hand, or the states with most agreements."""
    if kind == "county":
        return [here] if here in options else []
    if kind == "agency" or not record.newest_list:
        return []
    held = record.agreements[in_force_on(record, record.newest_list)]
    return [str(abbr) for abbr in held["state_abbr"].value_counts(sort=True).index[:3]]


def _names(record: LoadedRecord, kind: str, text: Text) -> Callable[[str], str]:
    if kind == "state":
        return lambda abbr: state_words(abbr, text)
    if kind == "county":
        return lambda geoid: county_title(geoid, text)
    rows = record.agreements.drop_duplicates("agency_id", keep="last").set_index("agency_id")
    told = {code: f"{name}, {abbr}" for code, name, abbr in zip(rows.index, rows["agency_name"], rows["state_abbr"],
                                                               strict=True)}  # fmt: skip
    return lambda code: told.get(code, code)


def _days(record: LoadedRecord, filters: Filters, text: Text) -> Charted | None:
    newest = record.newest_list or dt.date.today()
    state = st.session_state
    state.setdefault("w_later", newest)
    state.setdefault("w_earlier", max(FIRST_DAY, newest.replace(day=1) - dt.timedelta(days=365)))
    labels = (text.t("First day"), text.t("Second day"))
    for column, label, key in zip(st.columns([1, 1, 1])[:2], labels, ("w_earlier", "w_later"), strict=True):
        with column:
            show_day_field(label, state[key], (FIRST_DAY, newest), f"{key}-day", partial(state.__setitem__, key), text)
    earlier, later = state["w_earlier"], state["w_later"]
    if not earlier or not later or earlier >= later:
        st.info(text.t("Choose a first day before the second."))
        return None
    return two_days(record, replace(filters, status="active"), earlier, later, text)


# ---- beside each chart


def _show_notes(chosen: str, selection: Selection, charted: Charted, text: Text) -> None:
    """Say what a chart counts and, folded, what the marked days are and who says so."""
    notes, record, filters = [], selection.record, selection.filters
    first = record.agreements["first_listed_date"].min()
    if chosen in ("time", "counties", "places", "days") and not pd.isna(first):
        notes.append(
            text.t(
                "In force by ICE’s lists; before {day}, by documents of the time. Status is not used here.",
                day=text.day(first.date()),
            )
        )
    if chosen == "signings" and filters.status != "all":
        notes.append(text.t("Only the agreements the filters keep; with the status “All”, every signing known."))
    if chosen == "places" and filters.narrows:
        notes.append(text.t("Only the choice of places follows the filters; every agreement of a place counts."))
    if chosen == "counties":
        notes.append(text.t("A county counts at its strongest level; counties, not residents, are counted."))
    if notes:
        st.caption(" ".join(notes))
    if charted.marked:
        with st.expander(
            text.t("What the marked days are, and who says so"), on_change="rerun", key="w_marked"
        ) as fold:
            if fold.open:
                st.html(_marked_html(charted, text))


def _marked_html(charted: Charted, text: Text) -> str:
    """Return the numbered days and the administrations with their sources; what happened is told in English."""

    def line(held: PolicyDate) -> str:
        cited, label = escape(held.source), held.label.get(text.language, held.label["en"])
        if safe_link(held.source_url):
            cited = f'<a href="{escape(held.source_url)}" target="_blank" rel="noopener noreferrer">{cited}</a>'
        told = f'<span lang="en">{escape(held.description)}. {cited}</span>'
        return f"<li><b>{escape(text.day(held.day))}</b> {escape(label)}. {told}</li>"

    def lines(held: Sequence[PolicyDate]) -> str:
        return "".join(line(date) for date in held)

    terms = [date for date in policy_dates() if date.kind == "administration"]
    return (
        f'<div class="marked" lang="{text.language}"><ol>{lines(charted.marked)}</ol>'
        f"<p>{escape(text.t('Administrations'))}</p><ul>{lines(terms)}</ul></div>"
    )


def _show_downloads(chosen: str, charted: Charted, text: Text) -> None:
    with st.container(horizontal=True, key="chart-downloads"):
        st.download_button(
            text.t("Numbers of this chart (CSV)"),
            data=charted.csv,
            file_name=f"287g-chart-{chosen}.csv",
            mime="text/csv; charset=utf-8",
            on_click="ignore",
            key="chart-csv",
        )
        if find_spec("vl_convert"):
            for kind, media in (("png", "image/png"), ("svg", "image/svg+xml")):
                st.download_button(
                    text.t("Picture ({form})", form=kind.upper()),
                    data=partial(picture, charted, kind),
                    file_name=f"287g-chart-{chosen}.{kind}",
                    mime=media,
                    on_click="ignore",
                    key=f"chart-{kind}",
                )
    if not find_spec("vl_convert"):
        st.caption(text.t("Pictures (PNG, SVG) are not installed on this server; the numbers are above."))


def _show_table(chosen: str, charted: Charted, text: Text) -> None:
    """Show the numbers of a chart, folded and sent only when opened."""
    with st.expander(text.t("The chart as a table"), on_change="rerun", key="w_numbers") as fold:
        if not fold.open:
            return
        heads, rows = chart_rows(chosen, charted, text)
        st.html(plain_table(heads, rows[:_TABLE_ROWS], charted.title, text))
        if len(rows) > _TABLE_ROWS:
            st.caption(text.t("The newest {n} rows; the CSV file holds all.", n=_TABLE_ROWS))


def chart_rows(chosen: str, charted: Charted, text: Text) -> tuple[list[str], list[list[object]]]:
    """Return the numbers of a chart as its readers look for them: one row per month or state, newest or most first."""
    table = charted.table
    if chosen in ("states", "days"):
        return _state_rows(chosen, table, text)
    by = {"counties": "level", "places": "name"}.get(chosen, "model")
    value = "counties" if chosen == "counties" else "agreements"
    day = "month" if chosen == "signings" else "as_of"
    columns = list(dict.fromkeys(table[by]))
    wide = table.pivot_table(index=day, columns=by, values=value, aggfunc="sum")[columns][::-1]

    def named(column: str) -> str:
        if by == "model":
            return model_name(Model.parse(column) or column, text)
        return charted.levels.get(column, column)

    heads = [text.t("Month") if chosen == "signings" else text.t("Day"), *map(named, columns)]
    rows: list[list[object]] = [
        [f"{when:%Y-%m}" if chosen == "signings" else when.date(), *map(int, numbers)]
        for when, numbers in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return heads, rows


def _state_rows(chosen: str, table: pd.DataFrame, text: Text) -> tuple[list[str], list[list[object]]]:
    numbers = [name for name in table.columns if name not in ("state_abbr", "state_name")]
    if chosen == "days":
        heads = [text.t("First day"), text.t("Second day"), text.t("Change")]
        ranked = table.sort_values("later", ascending=False, kind="stable")
    else:
        heads = [text.t("Agreements"), text.t("Agencies"),
                 *(model_name(Model.parse(code) or code, text) for code in numbers[2:])]  # fmt: skip
        ranked = table.sort_values("agreements", ascending=False, kind="stable")
    rows: list[list[object]] = [
        [state_words(row["state_abbr"], text), *(int(row[name]) for name in numbers)]
        for row in ranked.to_dict("records")
    ]
    return [text.t("State"), *heads], rows
