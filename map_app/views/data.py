"""The view for those who count: files of exactly the filtered rows, charts, the table with its evidence, the counts."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from html import escape
from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from map_app.citation import ADDRESS_VARIABLE, CitationStyle, cite, filter_query, provenance
from map_app.county_list import filters_in_words
from map_app.exports import PANEL_FORMATS, Format, check_format, export, file_name, readme
from map_app.grains import Grain, Selection, counties_in_scope, months
from map_app.openapi import API_PATH
from map_app.page_html import four_counts
from map_app.reconcile import newest_list, published_beside, quantity_words, ruled_counts
from map_app.record import LoadedRecord, record_path
from map_app.tables import plain_table
from map_app.text import Text
from map_app.views.address import current_part
from map_app.views.data_charts import show_charts
from map_app.views.data_table import show_rows
from map_app.views.parts import show_empty, show_heading
from map_app.visit import PARTS
from map_app.vocabulary import Status

#: Forms the HTTP interface gives too.
_API_FORMATS: Final = (Format.CSV, Format.JSON, Format.GEOJSON)


def show_data(selection: Selection, text: Text) -> None:
    """Show the counts of a selection, the choice of parts, and the part chosen."""
    counts = selection.record.index.counts(selection.mask)
    narrowed = filters_in_words(selection.filters, text)
    told = text.t("Filters: {filters}", filters=narrowed) if narrowed else text.t("Filters: none.")
    st.html(f'{four_counts(counts, text)}<p class="in-words" lang="{text.language}">{escape(told)}</p>')
    names = {
        "files": text.t("Files"),
        "charts": text.t("Charts"),
        "table": text.t("Table and evidence"),
        "counts": text.t("Counts compared"),
    }
    st.segmented_control(
        text.t("Part"), PARTS, format_func=names.__getitem__, key="w_part", required=True, label_visibility="collapsed"
    )
    part = current_part()
    if not counts.agreements and part in ("charts", "table"):
        show_empty(selection.filters, text)
        return
    if part == "files":
        _show_files(selection, text)
        _show_citation(selection, text)
    elif part == "charts":
        show_charts(selection, text)
    elif part == "table":
        show_rows(selection, text)
    else:
        _show_counts(selection, text)


def public_address() -> str:
    """Return the address of this page with a slash at its end, or "" where it is not known."""
    parts = urlsplit(os.environ.get(ADDRESS_VARIABLE) or st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/" if parts.scheme in ("http", "https") else ""


# ---- files


def _grain_name(grain: Grain, text: Text) -> str:
    return {
        Grain.AGREEMENT: text.t("Agreement"),
        Grain.AGENCY: text.t("Agency"),
        Grain.COUNTY: text.t("County"),
        Grain.STATE: text.t("State"),
        Grain.PANEL: text.t("County and month"),
    }[grain]


def _format_name(file_format: Format) -> str:
    return {Format.GEOJSON: "GeoJSON", Format.GPKG: "GeoPackage", Format.PARQUET: "GeoParquet"}.get(
        file_format, file_format.upper()
    )


def _format_words(file_format: Format, grain: Grain, text: Text) -> str:
    """Return what a form is good for."""
    if file_format is Format.PARQUET and grain is Grain.PANEL:
        return text.t("For R, Python and DuckDB: typed columns, small.")
    return {
        Format.CSV: text.t("Opens in any spreadsheet. Where it comes from is told in the text beside it."),
        Format.CSV_GZ: text.t("The same, packed. Where it comes from is told in the text beside it."),
        Format.XLSX: text.t("A workbook: typed dates, filters, a sheet with the columns explained, one on this file."),
        Format.JSON: text.t("For programs; `meta` says where it comes from."),
        Format.GEOJSON: text.t("With the shape each row covers; `metadata` says where it comes from."),
        Format.GPKG: text.t("For QGIS and ArcGIS: a layer for each kind of row, and tables that explain them."),
        Format.PARQUET: text.t("For R, Python and DuckDB: typed columns, and the shape each row covers."),
    }[file_format]


def _choose(text: Text) -> tuple[Grain, Format]:
    """Let the reader choose what a row is, and the form; only forms that hold such rows are offered."""
    state = st.session_state
    state.setdefault("w_grain", Grain.AGREEMENT)
    grain = Grain(
        st.segmented_control(
            text.t("One row per"), list(Grain), format_func=lambda g: _grain_name(g, text), key="w_grain", required=True
        )
        or Grain.AGREEMENT
    )
    forms = list(Format) if grain is not Grain.PANEL else [form for form in Format if form in PANEL_FORMATS]
    if state.get("w_format") not in forms:
        state["w_format"] = forms[0]
    form = st.segmented_control(text.t("Form"), forms, format_func=_format_name, key="w_format", required=True)
    return grain, Format(form or forms[0])


def _rows(selection: Selection, grain: Grain) -> int:
    """Return how many rows a file of a grain holds, without making it."""
    counts = selection.record.index.counts(selection.mask)
    scope = counties_in_scope(selection.filters)
    return {
        Grain.AGREEMENT: counts.agreements,
        Grain.AGENCY: counts.agencies,
        Grain.COUNTY: len(scope),
        Grain.STATE: len({geoid[:2] for geoid in scope}),
        Grain.PANEL: len(scope) * len(months(selection.record, selection.filters.as_of)),
    }[grain]


def _show_files(selection: Selection, text: Text) -> None:
    show_heading("files", text.t("Files of exactly these rows"), text)
    grain, form = _choose(text)
    if grain is Grain.PANEL and selection.filters.status not in ("active", "all"):
        # It tells every month, so a status as of the newest list has no meaning in it.
        selection = Selection(selection.record, replace(selection.filters, status="all"))
    check_format(form, grain)
    layers = form is Format.GPKG and st.checkbox(
        text.t("All kinds of rows in one file, a layer each"), value=st.session_state.get("w_layers", True),
        key="w_layers",
    )  # fmt: skip
    rows, asked = _rows(selection, grain), None if layers else grain
    name, address = file_name(selection, form, asked), public_address()
    st.caption(_format_words(form, grain, text))
    with st.container(horizontal=True, key="downloads"):
        st.download_button(
            text.n("Download {n} row ({form})", "Download {n} rows ({form})", rows, form=_format_name(form))
            if not layers
            else text.t("Download all layers (GeoPackage)"),
            data=lambda: export(selection, form, asked, address=address).content,
            file_name=name,
            mime=form.media_type,
            on_click="ignore",
            type="primary",
            key="export",
        )
        if not form.carries_provenance:
            told = provenance(
                selection.record, selection.filters, content=grain.content, rows=rows, grain=grain.value,
                address=address,
            )  # fmt: skip
            st.download_button(
                text.t("Download where it comes from (TXT)"),
                data=lambda: readme(told, grain, form).encode(),
                file_name=f"{name}.README.txt",
                mime="text/plain; charset=utf-8",
                on_click="ignore",
                key="readme",
            )
    st.caption(_notes(grain, text))
    _show_same_rows(selection, grain, form, layers, name, address, text)


def _notes(grain: Grain, text: Text) -> str:
    if grain is Grain.PANEL:
        return text.t(
            "Every county in every month since July 2002, with or without agreements, whatever status is chosen. "
            "Writing it takes a few seconds; the page stays as it is meanwhile."
        )
    if grain in (Grain.COUNTY, Grain.STATE):
        return text.t("Counties and states without an agreement are in it too, as “none_listed”.")
    return text.t("The map, this page, the command line and the interface give the same rows in the same order.")


def _show_same_rows(
    selection: Selection, grain: Grain, form: Format, layers: bool, name: str, address: str, text: Text
) -> None:
    """Show the command and the address that give the same rows."""
    told = provenance(selection.record, selection.filters, grain="" if layers else grain.value)
    st.markdown(f"**{text.t('The same rows on a command line')}**")
    st.code(f"{told.command} --out {name}", language=None, wrap_lines=True)
    st.markdown(f"**{text.t('The same rows from the interface for programs')}**")
    if grain is Grain.PANEL:
        st.caption(text.t("The interface does not hold counties by month; use the command."))
        return
    ending = form if form in _API_FORMATS else Format.CSV
    query = filter_query(selection.filters)
    base = f"{address.rstrip('/')}{API_PATH}"
    st.code(f"{base}/{grain.plural}.{ending}{f'?{query}' if query else ''}", language=None, wrap_lines=True)
    st.caption(
        text.t("Described in [openapi.json]({link}). It needs no key and counts no one.",
               link=f"{API_PATH.lstrip('/')}/openapi.json")
    )  # fmt: skip


# ---- citation


def _show_citation(selection: Selection, text: Text) -> None:
    with st.expander(text.t("Cite this view"), on_change="rerun", key="w_cite") as fold:
        if not fold.open:
            return
        view = provenance(selection.record, selection.filters, address=public_address())
        today = dt.date.today()
        st.code(cite(view, CitationStyle.APA, today), language=None, wrap_lines=True)
        if view.permalink:
            st.caption(text.t("The link leads to this selection:"))
            st.code(view.permalink, language=None, wrap_lines=True)
        for style, label in ((CitationStyle.BIBTEX, "BibTeX"), (CitationStyle.RIS, "RIS")):
            st.markdown(f"**{label}**")
            st.code(cite(view, style, today).strip().replace("\r\n", "\n"), language=None, wrap_lines=True)
        with st.container(horizontal=True):
            for style, label, ending, media in (
                (CitationStyle.BIBTEX, "BibTeX", "bib", "application/x-bibtex"),
                (CitationStyle.RIS, "RIS", "ris", "application/x-research-info-systems"),
            ):
                st.download_button(
                    text.t("Download {form}", form=label),
                    data=cite(view, style, today),
                    file_name=f"287g.{ending}",
                    mime=media,
                    on_click="ignore",
                    key=f"cite-{ending}",
                )


# ---- counts


def _show_counts(selection: Selection, text: Text) -> None:
    record = selection.record
    show_heading("ruled", text.t("Four counts of the same selection, and what each counts"), text)
    units = {
        "agreements": text.t("Agreements"),
        "agencies": text.t("Agencies"),
        "counties": text.t("Counties"),
        "states": text.t("States and territories"),
    }
    rows = [(units[held.unit], held.number, held.rule) for held in ruled_counts(selection, text)]
    heads = (text.t("Counted"), text.t("Number"), text.t("Rule"))
    st.html(plain_table(heads, rows, text.t("Counts of this selection with their rules"), text))
    _show_newest(record, text)
    _show_published(record, text)


def _show_newest(record: LoadedRecord, text: Text) -> None:
    held = newest_list(record, record_path().with_name("SOURCES.csv"))
    if held is None:
        return
    show_heading("newest", text.t("ICE’s newest list beside this record"), text)
    lines: list[tuple[str, int]] = [
        (text.t("Rows ICE printed on its list of {day}", day=text.day(held.day)), held.rows),
        (text.t("Agreements of this record on that list"), held.agreements),
        (text.t("Gone from that list, but from too few lists to count as ended"), held.waiting),
        (text.t("On that list, but replaced by a newer agreement"), held.replaced),
        (text.t("Active agreements here, without filters"), held.active),
    ]
    heads = (text.t("Counted"), text.t("Number"))
    st.html(plain_table(heads, lines, text.t("From ICE’s list to the number shown here"), text))
    agencies = record.index.counts((record.agreements["status"] == Status.ACTIVE).to_numpy()).agencies
    st.caption(
        text.t(
            "{agreements} active agreements are held by {agencies} agencies: whoever counts rows counts agreements, "
            "whoever counts names counts agencies.",
            agreements=text.number(held.active),
            agencies=text.number(agencies),
        )
    )


def _show_published(record: LoadedRecord, text: Text) -> None:
    show_heading("published", text.t("Numbers ICE and others published, beside ours"), text)
    beside = published_beside(record)
    alike = sum(not held.difference for held in beside)
    st.caption(
        text.t("{alike} of {all} agree. Where one does not, the reason follows where it is known.",
               alike=text.number(alike), all=text.number(len(beside)))
    )  # fmt: skip
    heads = (text.t("Day"), text.t("Counted"), text.t("Published"), text.t("Ours"), text.t("Difference"),
             text.t("Ours, counted their way"), text.t("Who published it"), text.t("Why they differ"))  # fmt: skip
    rows = [
        (held.as_of, quantity_words(held.quantity, text), held.published, held.ours, f"{held.difference:+d}"
         if held.difference else "0", "" if held.counted is None else held.counted, held.source, held.reason)
        for held in sorted(beside, key=lambda held: held.as_of, reverse=True)
    ]  # fmt: skip
    st.html(plain_table(heads, rows, text.t("Published numbers, newest first"), text, english=(6, 7)))
