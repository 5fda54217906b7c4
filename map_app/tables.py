"""The table under the map: the same agreements, a page at a time, as plain accessible HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from map_app.popups import extent_words, model_name, safe_link, when_words
from map_app.text import Text
from map_app.text.places import county_words, state_words
from map_app.vocabulary import AgencyType, Coverage

PAGE_ROWS = 25


def agency_type_name(kind: str, text: Text) -> str:
    """Return a kind of signing body as people call it."""
    return {
        AgencyType.STATE: text.t("State agency"),
        AgencyType.COUNTY: text.t("County agency"),
        AgencyType.MUNICIPAL: text.t("City or town police"),
        AgencyType.CAMPUS: text.t("Campus police"),
        AgencyType.REGIONAL: text.t("Regional agency"),
        AgencyType.JUDICIAL_DISTRICT: text.t("Judicial district"),
        AgencyType.PORT: text.t("Port or airport"),
        AgencyType.CONSTABLE: text.t("Constable"),
        AgencyType.OTHER: text.t("Other"),
    }[AgencyType(kind)]


def place_words(row: Mapping[Any, Any], text: Text) -> str:
    """Return where an agreement acts: the state, or its counties by name and how much of them."""
    if row["coverage"] == Coverage.STATEWIDE:
        return text.t("Whole state")
    names = [county_words(geoid, text) for geoid in str(row["county_geoids"]).split(";") if geoid]
    if not names:
        return text.t("Could not be placed: {reason}", reason=row["placement_note"])
    shown = names if len(names) <= 4 else [*names[:3], text.n("{n} more", "{n} more", len(names) - 3)]
    where = text.listing(shown)
    return f"{where} ({extent_words(row, text)})" if row["coverage"] == Coverage.PART_OF_COUNTY else where


def agreements_table(agreements: pd.DataFrame, caption: str, text: Text) -> str:
    """Return agreements as one HTML table with every text escaped.

    Args:
        agreements: Rows to show, record columns, in the order to show them.
        caption: What the table holds, read out before it.
        text: Language.
    """
    heads = (text.t("State"), text.t("Agency"), text.t("Model"), text.t("Signed and status"), text.t("Covers"),
             text.t("Memorandum"))  # fmt: skip
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(agreements_rows(agreements, text))
    return (
        f'<div class="agreements-table" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table lang="{text.language}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def agreements_rows(agreements: pd.DataFrame, text: Text) -> list[str]:
    """Return the rows of that table, each as HTML."""
    return [_row(row, text) for row in agreements.to_dict("records")]


def _row(row: Mapping[Any, Any], text: Text) -> str:
    link = safe_link(row["moa_url"])
    agency = escape(str(row["agency_name"]))
    if link:
        read = escape(text.t("Read"))
        label = escape(text.t("Read the memorandum of {agency}", agency=row["agency_name"]))
        memo = f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer" aria-label="{label}">{read}</a>'
    else:
        memo = escape(text.t("Not linked"))
    cells = (
        escape(state_words(str(row["state_abbr"]), text)),
        f"{agency}<small>{escape(agency_type_name(str(row['agency_type']), text))}</small>",
        escape(model_name(str(row["model"]), text)),
        escape(when_words(row, text)),
        escape(place_words(row, text)),
        memo,
    )
    head, *rest = cells
    return f'<tr><th scope="row">{head}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
