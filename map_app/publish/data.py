"""Data files of the static edition: what a browser needs to filter, to open a popup and to search by itself.

Each is a script that hands one value over (`part(name, value)`): a page opened from a disk may load scripts, but not
fetch files. Every text of the record that is shown as HTML is escaped here, by the renderers the app uses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from geo.fips import STATES, counties, state_fips
from geo.search import search_tables, state_name_in
from map_app.coverage import LEVELS, CountySummary
from map_app.exports import csv_bytes
from map_app.filters import FIRST_DAY
from map_app.frame import assets, frame_words
from map_app.lookup import agency_tables, main_and_others, nothing_found, some_here, unknown_agency
from map_app.map_layers import NUMBER_ENDS, YEAR_STARTS, ColorBy, other_labels, paint
from map_app.popups import agreement_html, extent_words, level_sentence, number_across, widest_first
from map_app.record import RECENT_DAYS, LoadedRecord, gap_words
from map_app.tables import PAGE_ROWS, agreements_rows
from map_app.text import LANGUAGES, Text, text_in
from map_app.text.places import NOT_STATES
from map_app.timeline import timeline
from map_app.vocabulary import Model, Participation


def data_files(record: LoadedRecord) -> Iterator[tuple[str, bytes]]:
    """Yield the data files, each with its name (without ending) and content."""
    yield "record", script("record", _columns(record))
    yield "places", script("places", {**search_tables(), **agency_tables(record)})
    yield "csv", script("csv", _csv_lines(record))
    yield "shapes", _wrapped("shapes", assets()["shapes.json"][1])
    for language in LANGUAGES:
        text = text_in(language)
        names = assets()[f"names.{language}.json"][1]
        yield f"names.{language}", _wrapped(f"names.{language}", names)
        yield f"words.{language}", script(f"words.{language}", _words(record, text))
        rows = agreements_rows(record.agreements, text)
        yield f"rows.{language}", script(f"rows.{language}", rows)
        for fips, held in _popups(record, text):
            yield f"popups/{fips}.{language}", script(f"popups/{fips}.{language}", held)


def script(name: str, value: Any) -> bytes:
    """Return the data file that hands over a value."""
    return _wrapped(name, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _wrapped(name: str, told: bytes) -> bytes:
    # A string the browser parses as JSON is read faster than an object written out.
    return b"part(" + json.dumps(name).encode() + b"," + told + b");\n"


def _columns(record: LoadedRecord) -> dict[str, Any]:
    """Return what filters and paintings need of each agreement, for any day, and the vocabularies they name."""
    return {
        **timeline(record),
        "codes": list(record.index.geoids),
        "span": list(record.facts.years or (FIRST_DAY.year, FIRST_DAY.year)),
        "colors": [str(by) for by in ColorBy],
        "settings": {"yearStarts": YEAR_STARTS, "numberEnds": NUMBER_ENDS, "recentDays": RECENT_DAYS},
    }


def _csv_lines(record: LoadedRecord) -> dict[str, Any]:
    """Return the record's CSV as its heading and one text per agreement, so that a selection is a file too."""
    told = csv_bytes(record.agreements).decode("utf-8")
    lines: list[str] = []
    begun = ""
    for line in re.split(r"(?<=\n)", told):
        begun += line
        if begun and begun.count('"') % 2 == 0:  # a cell with a line end in it goes on
            lines.append(begun)
            begun = ""
    return {"head": lines[0], "rows": lines[1:]}


def _words(record: LoadedRecord, text: Text) -> dict[str, Any]:
    """Return the words the browser puts together itself, each from the app's own messages."""
    return {
        "frame": frame_words(text),
        "legends": _legends(text),
        "popup": _popup_words(text),
        "page": _page_words(text),
        "search": _search_words(text),
    }


def _search_words(text: Text) -> dict[str, Any]:
    return {
        **_counting(text),
        "state": {state.abbr: state_name_in(state.abbr, text.language) for state in STATES},
        "ownName": {state.abbr: state.name for state in STATES},
        "zip": text.t("ZIP code {label}"),
        "onlyMain": text.t("Only the main county of this ZIP code is known; it may reach into others."),
        "reach": text.t("The ZIP codes of {place} also reach into {counties}."),
        "nothing": nothing_found(text),
        "unknownAgency": unknown_agency(text, choose=True),
        "unknownPlace": unknown_agency(text, choose=False),
        "didYouMean": text.t("Nothing is called exactly so. Did you mean:"),
        "touches": text.t("{place} touches several counties. Choose one:"),
        "mainAndOthers": main_and_others("{place}", "{county}", text),
        "someHere": some_here("{place}", text),
        "several": text.t("Several places fit. Choose one:"),
        "more": text.forms("{n} more place fits. Add the state.", "{n} more places fit. Add the state."),
        "found": text.t("Found:"),
        "loading": text.t("Loading…"),
    }


def _counting(text: Text) -> dict[str, str]:
    return {
        "lang": text.language,
        "group": text.number(1111)[1:-3],
        "pair": text.listing(["{first}", "{last}"]),
    }


def _page_words(text: Text) -> dict[str, Any]:
    return {
        **_counting(text),
        "counts": [
            text.forms("<b>{n}</b> agreement", "<b>{n}</b> agreements"),
            text.forms("<b>{n}</b> agency", "<b>{n}</b> agencies"),
            text.forms("<b>{n}</b> county", "<b>{n}</b> counties"),
            text.forms("<b>{n}</b> state or territory", "<b>{n}</b> states and territories"),
        ],
        "inWords": text.t("The map in words. {title}: {parts}."),
        "part": text.forms("{label} ({n} county)", "{label} ({n} counties)"),
        "download": text.forms("Download this {n} agreement (CSV)", "Download these {n} agreements (CSV)"),
        "caption": text.t("Agreements {first} to {last} of {total}, by state and agency"),
        "page": text.t("Page {page} of {pages}"),
        "empty": text.t("No agreement matches these filters."),
        "bad": text.t("Part of the address was not understood and is ignored: {what}"),
        "rows": PAGE_ROWS,
        **_dating(text),
        "gap": gap_words("{first}", "{second}", text),
    }


def _dating(text: Text) -> dict[str, str]:
    """Return what a selection is dated by, as `LoadedRecord.dated` says it."""
    return {"list": text.t("ICE’s list of {day}"), "documents": text.t("As of {day}, by documents of the time")}


def _popup_words(text: Text) -> dict[str, Any]:
    levels = list(LEVELS)
    here = text.forms("{n} agreement of an agency here", "{n} agreements of agencies here")
    return {
        **_counting(text),
        "levels": [str(level) for level in levels],
        "now": [level_sentence(level, 0, text) for level in levels],
        "past": ["", *(level_sentence(level, 0, text, past=True) for level in levels[1:])],
        "unplacedOnly": [_for_any_number(level_sentence(Participation.NONE_LISTED, n, text), n) for n in (1, 2)],
        "unplacedToo": text.forms(
            "{n} more agreement of this state could not be placed and may belong here.",
            "{n} more agreements of this state could not be placed and may belong here.",
        ),
        "local": here,
        "statewide": text.forms("{n} agreement of a state agency", "{n} agreements of state agencies"),
        "across": {
            state.fips: {
                "statewide": [_for_any_number(number_across(n, state.abbr, text), n) for n in (1, 2)],
                "now": level_sentence(Participation.STATEWIDE_ONLY, 0, text, state=state.abbr),
                "past": level_sentence(Participation.STATEWIDE_ONLY, 0, text, past=True, state=state.abbr),
            }
            for state in STATES
            if state.abbr in NOT_STATES
        },
        **_dating(text),
        "noList": text.t("No ICE list is held"),
        "caution": text.t(
            "No agreement listed does not mean no cooperation with ICE: agencies can also work with it in "
            "ways that need no such agreement."
        ),
    }


def _for_any_number(told: str, n: int) -> str:
    return told.replace(f"{n} ", "{n} ", 1)


def _legends(text: Text) -> dict[str, Any]:
    """Return title and swatches of each colouring, as `paint` gives them where every class is there."""
    years = [0, *YEAR_STARTS]
    numbers = [1, *(end + 1 for end in NUMBER_ENDS)]
    several = len(Model)
    summary = CountySummary(
        levels=np.arange(24) % 4,
        local=np.array([numbers[i % len(numbers)] for i in range(24)]),
        statewide=np.zeros(24, dtype=int),
        models=np.array([1 << (i % (several + 1)) if i % (several + 1) < several else 3 for i in range(24)]),
        first_year=np.array([years[i % len(years)] for i in range(24)]),
    )
    legends = {}
    for color in ColorBy:
        painting = paint(summary, color, text)
        swatches = [[swatch.key, swatch.label] for swatch in painting.legend]
        legends[str(color)] = {"title": painting.title, "swatches": swatches[:-2], "base": swatches[-2:]}
        legends[str(color)]["narrowed"] = other_labels(text)["narrowed"]
    return legends


def _popups(record: LoadedRecord, text: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield, per state, the agreements its counties' popups can hold, in the popup's order and already as HTML."""
    rows = record.agreements
    numbered = rows.assign(at=range(len(rows)))
    has_place = rows["coverage"].astype("str") != ""
    ordered = [
        *widest_first(numbered[has_place]).to_dict("records"),
        *numbered[~has_place].to_dict("records"),  # counted only, never shown
    ]
    agency_of = pd.factorize(rows["agency_id"])[0]
    written = {}
    for row in ordered:
        at = int(row["at"])
        written[at] = [at, int(agency_of[at]), escape(extent_words(row, text)), agreement_html(row, text)]
    for fips in sorted({geoid[:2] for geoid in counties()}):
        held = [
            row
            for row in ordered
            if state_fips(str(row["state_abbr"])) == fips or _covers_state(row["county_geoids"], fips)
        ]
        agencies = {int(agency_of[row["at"]]): escape(str(row["agency_name"])) for row in reversed(held)}
        yield fips, {"rows": [written[int(row["at"])] for row in held], "agencies": agencies}


def _covers_state(listed: str, fips: str) -> bool:
    return any(geoid.startswith(fips) for geoid in listed.split(";"))
