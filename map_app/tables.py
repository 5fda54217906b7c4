"""The table under the map: the same agreements, a page at a time, as plain accessible HTML."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

import pandas as pd

from map_app.evidence import Correction
from map_app.popups import extent_words, model_name, safe_link, status_word, when_words
from map_app.text import Text
from map_app.text.places import county_words, state_words
from map_app.text.record_words import Told, record_words
from map_app.vocabulary import AgencyType, Coverage, EndedBasis, Placement, Status

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
        return text.t("Could not be placed: {reason}", reason=record_words(str(row["placement_note"]), text).words)
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
    return _table(heads, agreements_rows(agreements, text), caption, text)


def _table(heads: Iterable[str], rows: Iterable[str], caption: str, text: Text) -> str:
    """Return a table that can be scrolled by keyboard, its rows given as HTML."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return (
        f'<div class="agreements-table" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table lang="{text.language}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def agreements_rows(agreements: pd.DataFrame, text: Text) -> list[str]:
    """Return the rows of that table, each as HTML."""
    return [_row(row, text) for row in agreements.to_dict("records")]


def _row(row: Mapping[Any, Any], text: Text) -> str:
    agency = escape(str(row["agency_name"]))
    cells = (
        escape(state_words(str(row["state_abbr"]), text)),
        f"{agency}<small>{escape(agency_type_name(str(row['agency_type']), text))}</small>",
        escape(model_name(str(row["model"]), text)),
        escape(when_words(row, text)),
        escape(place_words(row, text)),
        _memo_cell(row, text),
    )
    head, *rest = cells
    return f'<tr><th scope="row">{head}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"


# ---- the table whose columns and order are chosen

Row = Mapping[Any, Any]
#: Columns of the table in their order; the first ones are shown unless others are chosen.
COLUMN_CHOICES: Final = (
    "state", "agency", "model", "signed", "status", "covers", "memo",
    "type", "first_listed", "last_listed", "ended", "placed", "county_codes", "id",
)  # fmt: skip
FIRST_COLUMNS: Final = COLUMN_CHOICES[:7]
#: What the table can be put in order by, with the columns of the record that make that order.
ORDERS: Final[dict[str, tuple[str, ...]]] = {
    "state": ("state_abbr", "agency_name", "signed_date"),
    "agency": ("agency_name", "state_abbr", "signed_date"),
    "model": ("model", "state_abbr", "agency_name"),
    "signed": ("signed_date", "state_abbr", "agency_name"),
    "first_listed": ("first_listed_date", "state_abbr", "agency_name"),
    "last_listed": ("last_listed_date", "state_abbr", "agency_name"),
    "ended": ("ended_date", "state_abbr", "agency_name"),
}


def column_name(column: str, text: Text) -> str:
    """Return the heading of a column of the table."""
    return {
        "state": text.t("State"),
        "agency": text.t("Agency"),
        "model": text.t("Model"),
        "signed": text.t("Signed"),
        "status": text.t("Status"),
        "covers": text.t("Covers"),
        "memo": text.t("Memorandum"),
        "type": text.t("Agency type"),
        "first_listed": text.t("First listed"),
        "last_listed": text.t("Last listed"),
        "ended": text.t("Ended"),
        "placed": text.t("How it was placed"),
        "county_codes": text.t("County codes"),
        "id": text.t("Identifier"),
    }[column]


def ordered(agreements: pd.DataFrame, order: str, *, falling: bool = False) -> pd.DataFrame:
    """Return agreements in one of `ORDERS`; rows without a date stand last either way."""
    first, *rest = ORDERS[order]
    return agreements.sort_values(
        [first, *rest], ascending=[not falling, *(True for _ in rest)], kind="stable", na_position="last"
    )


def matching(agreements: pd.DataFrame, words: str, text: Text) -> pd.DataFrame:
    """Return the agreements in which every word occurs: in agency, place, counties, state, model or identifier."""
    wanted = _folded(words).split()
    if not wanted:
        return agreements
    told = (
        _folded(" ".join((
            row["agency_name"], row["printed_name"], row["place_name"], row["agreement_id"], row["agency_id"],
            state_words(row["state_abbr"], text), row["state_abbr"], model_name(row["model"], text),
            *(county_words(geoid, text) for geoid in row["county_geoids"].split(";") if geoid), row["county_geoids"],
        )))
        for row in agreements[list(_SEARCHED)].astype("str").to_dict("records")
    )  # fmt: skip
    return agreements[[all(word in line for word in wanted) for line in told]]


_SEARCHED: Final = ("agency_name", "printed_name", "place_name", "agreement_id", "agency_id", "state_abbr", "model",
                    "county_geoids")  # fmt: skip


def _folded(words: str) -> str:
    """Return text for comparison: without capitals, accents and curly apostrophes."""
    plain = unicodedata.normalize("NFKD", words.replace("’", "'")).casefold()
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def evidence_table(
    agreements: pd.DataFrame,
    columns: Sequence[str],
    caption: str,
    corrections: Mapping[str, Correction],
    text: Text,
) -> str:
    """Return agreements as an HTML table with chosen columns; under each row, folded, what it rests on.

    Args:
        agreements: Rows to show, record columns, in the order to show them.
        columns: Columns of `COLUMN_CHOICES`.
        caption: What the table holds, read out before it.
        corrections: Corrections by identifier, as `corrections_of` gives them.
        text: Language.
    """
    shown = [column for column in COLUMN_CHOICES if column in columns] or list(FIRST_COLUMNS)
    body = []
    for row in agreements.to_dict("records"):
        first, *rest = (_CELLS[column](row, text) for column in shown)
        body.append(f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>")
        body.append(
            f'<tr class="evidence"><td colspan="{len(shown)}"><details><summary>{escape(text.t("Evidence"))}'
            f'<span class="said-aloud"> {escape(str(row["agency_name"]))}, {escape(model_name(row["model"], text))}'
            f"</span></summary>{_evidence(row, corrections, text)}</details></td></tr>"
        )
    return _table((column_name(column, text) for column in shown), body, caption, text)


def _signed_cell(row: Row, text: Text) -> str:
    if not pd.isna(row["signed_date"]):
        return text.day(row["signed_date"].date())
    return str(int(row["signed_year"])) if not pd.isna(row["signed_year"]) else text.t("not known")


def _date_cell(name: str) -> Callable[[Row, Text], str]:
    return lambda row, text: "" if pd.isna(row[name]) else escape(text.day(row[name].date()))


def _memo_cell(row: Row, text: Text) -> str:
    link = safe_link(row["moa_url"])
    if not link:
        return escape(text.t("Not linked"))
    return _link(link, text.t("Read"), text.t("Read the memorandum of {agency}", agency=row["agency_name"]))


_CELLS: Final[dict[str, Callable[[Row, Text], str]]] = {
    "state": lambda row, text: escape(state_words(str(row["state_abbr"]), text)),
    "agency": lambda row, text: escape(str(row["agency_name"])),
    "model": lambda row, text: escape(model_name(str(row["model"]), text)),
    "signed": lambda row, text: escape(_signed_cell(row, text)),
    "status": lambda row, text: escape(status_word(row["status"], text)),
    "covers": lambda row, text: escape(place_words(row, text)),
    "memo": _memo_cell,
    "type": lambda row, text: escape(agency_type_name(str(row["agency_type"]), text)),
    "first_listed": _date_cell("first_listed_date"),
    "last_listed": _date_cell("last_listed_date"),
    "ended": _date_cell("ended_date"),
    "placed": lambda row, text: escape(placement_words(str(row["placement"]), text)),
    "county_codes": lambda row, text: escape(str(row["county_geoids"]).replace(";", " ")),
    "id": lambda row, text: f"<code>{escape(str(row['agreement_id']))}</code>",
}


def placement_words(placement: str, text: Text) -> str:
    """Return how an agreement got its place."""
    return {
        Placement.PRINTED: text.t("The list prints its county"),
        Placement.CORRECTED: text.t("The list prints a county that was corrected"),
        Placement.AGENCY_NAME: text.t("The name of the agency says it"),
        Placement.PLACE_NAME: text.t("The name of its town or place says it"),
        Placement.CURATED: text.t("Looked up, with evidence"),
        Placement.UNPLACED: text.t("Could not be placed"),
    }[Placement(placement)]


def _correction_words(kind: str, text: Text) -> str:
    return {
        "agency": text.t("Name of the agency"),
        "date": text.t("Day of signing"),
        "link": text.t("Link to the memorandum"),
        "model": text.t("Model type"),
        "note": text.t("Note added"),
        "county": text.t("County"),
        "place": text.t("Place"),
        "state": text.t("State"),
        "type": text.t("Agency type"),
    }[kind]


def _evidence(row: Row, corrections: Mapping[str, Correction], text: Text) -> str:
    """Return what a row rests on as an HTML list of terms; names of files and what lists print stand in English."""
    told: list[tuple[str, str]] = [(text.t("On ICE’s lists"), _listed(row, text))]
    told.append((text.t("Sources"), _record_says(row["sources"])))
    ended = _how_it_ended(row, text)
    if ended:
        told.append((text.t("How its end is known"), ended))
    placed = escape(placement_words(str(row["placement"]), text))
    note = str(row["placement_note"])
    told.append((text.t("How it was placed"), f"{placed}: {_told_html(record_words(note, text))}" if note else placed))
    made = [identifier for identifier in str(row["corrections"]).split(";") if identifier]
    lines = "".join(f"<li>{_correction(identifier, corrections.get(identifier), text)}</li>" for identifier in made)
    told.append((text.t("Corrections made, and why"), f"<ul>{lines}</ul>" if made else escape(text.t("None"))))
    printed = " · ".join(str(row[name]) for name in ("printed_name", "printed_county", "printed_type") if row[name])
    if printed:
        told.append((text.t("As the list prints it"), _record_says(printed)))
    if row["note"]:
        told.append((text.t("Note"), _told_html(record_words(str(row["note"]), text))))
    links = [(row["moa_url"], text.t("Memorandum")), (row["addendum_url"], text.t("Addendum"))]
    read = " · ".join(
        _link(safe_link(url), words, f"{words}, {row['agency_name']}") for url, words in links if safe_link(url)
    )
    if read:
        told.append((text.t("Documents"), read))
    told.append((text.t("Identifier"), f"<code>{escape(str(row['agreement_id']))}</code>"))
    return f"<dl>{''.join(f'<dt>{escape(term)}</dt><dd>{what}</dd>' for term, what in told)}</dl>"


def _listed(row: Row, text: Text) -> str:
    first, last = row["first_listed_date"], row["last_listed_date"]
    if pd.isna(first) or pd.isna(last):
        return escape(text.t("On no list held; it rests on documents."))
    told = text.t("First on the list of {first}, last on the list of {last}.",
                  first=text.day(first.date()), last=text.day(last.date()))  # fmt: skip
    missing = row["first_missing_date"]
    if not pd.isna(missing):
        told += " " + text.t("Missing since the list of {day}.", day=text.day(missing.date()))
    return escape(told)


def _how_it_ended(row: Row, text: Text) -> str:
    if row["status"] == Status.ACTIVE or not row["ended_basis"]:
        return ""
    return escape(
        {
            EndedBasis.EXACT: text.t("A document gives the day."),
            EndedBasis.LAST_LISTED: text.t("The last day a list or another source still shows it."),
            EndedBasis.SUPERSEDED: text.t("The same agency signed the same model again that day."),
        }[EndedBasis(row["ended_basis"])]
    )


def _correction(identifier: str, made: Correction | None, text: Text) -> str:
    code = f"<code>{escape(identifier)}</code>"
    if made is None:
        return code
    what = escape(_correction_words(made.kind, text))
    change = escape(made.right) if not made.wrong else (
        escape(text.t("“{wrong}” became “{right}”", wrong=made.wrong, right=made.right)) if made.right
        else escape(text.t("“{wrong}” was left out", wrong=made.wrong))
    )  # fmt: skip
    return f"{what}: {change}. {_record_says(made.evidence)} ({code})"


#: Addresses in texts of the record that become links: of governments, and of the archive that keeps their pages.
#: A text is typed by people; any other address in it stays text.
_ADDRESS: Final = re.compile(r"https?://(?:[a-z0-9-]+\.)*(?:gov|archive\.org)/[^\s<>\"']*", re.IGNORECASE)


def _record_says(words: object) -> str:
    """Return a text of the record that stands in English in every language: a name, a file, what a list prints."""
    return _told_html(Told(str(words), "en"))


def _told_html(what: Told) -> str:
    """Return a text of the record escaped, in its language, with official addresses as links."""
    told, at, parts = what.words, 0, []
    for found in _ADDRESS.finditer(told):
        address = found[0].rstrip(".,;:)")
        parts += [escape(told[at : found.start()]), _link(address, address, address)]
        at = found.start() + len(address)
    return f'<span lang="{what.language}">{"".join(parts)}{escape(told[at:])}</span>'


def _link(address: str, words: str, label: str) -> str:
    return (
        f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer" aria-label="{escape(label)}">'
        f"{escape(words)}</a>"
    )


# ---- any other table


def plain_table(
    heads: Sequence[str], rows: Iterable[Sequence[object]], caption: str, text: Text, *, english: Sequence[int] = ()
) -> str:
    """Return rows as an accessible HTML table, every text escaped; numbers and days as the language writes them.

    Args:
        heads: Headings.
        rows: Rows; the first cell of each names it.
        caption: What the table holds, read out before it.
        text: Language.
        english: Places of the columns whose texts stand in English in every language.
    """
    body = []
    for row in rows:
        first, *rest = (_cell(value, text) for value in row)
        cells = "".join(
            f"<td{' class=number' * number}{' lang=en' * (place in english)}>{told}</td>"
            for place, (number, told) in enumerate(rest, start=1)
        )
        body.append(f'<tr><th scope="row">{first[1]}</th>{cells}</tr>')
    return _table(heads, body, caption, text)


def _cell(value: object, text: Text) -> tuple[bool, str]:
    """Return whether a cell is a number, and what it shows."""
    if isinstance(value, dt.date):
        return False, escape(text.day(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return True, escape(text.number(value))
    return False, escape(str(value))
