"""Rules that hold for any input Hypothesis can think of."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from example_record import ROWS, agreement, csv_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.fips import STATE_ABBRS, counties, state_abbr
from map_app.agreements import COLUMN_NAMES, read_agreements
from map_app.coverage import LEVELS, CoverageIndex
from map_app.errors import UnreadableFileError
from map_app.exports import csv_bytes
from map_app.filters import FIRST_DAY, Filters, apply_filters, filter_mask, parse_day, parse_years, read_filters
from map_app.map_layers import ColorBy, selection_payload
from map_app.popups import CountyAgreements, county_popup
from map_app.tables import agreements_table
from map_app.text import text_in
from map_app.vocabulary import AgencyType, Coverage, Model, Participation

# The same examples on every run, so that a run says something of the code; HYPOTHESIS_PROFILE=search looks further.
_COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("house", max_examples=40, derandomize=True, **_COMMON)
settings.register_profile("search", max_examples=2000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))

GEOIDS = sorted(counties())
YEARS = st.integers(2002, 2100)
FILTERS = st.builds(
    Filters,
    models=st.lists(st.sampled_from(list(Model)), unique=True).map(tuple),
    years=st.none() | st.tuples(YEARS, YEARS).map(lambda pair: (min(pair), max(pair))),
    states=st.lists(st.sampled_from(STATE_ABBRS), unique=True, max_size=3).map(tuple),
    counties=st.lists(st.sampled_from(GEOIDS), unique=True, max_size=3).map(tuple),
    agency_types=st.lists(st.sampled_from(list(AgencyType)), unique=True).map(tuple),
    status=st.sampled_from(["active", "ended", "superseded", "all"]),
    as_of=st.none() | st.dates(FIRST_DAY),
)
TEXT = st.text(max_size=40)
QUERIES = st.dictionaries(
    st.sampled_from(["model", "year", "state", "county", "agency_type", "status", "as_of"]) | TEXT,
    st.lists(TEXT | st.sampled_from(["JEM", "2025", "NC", "37119", "9999-12-31", "2007-2010"]), max_size=3),
)
#: Text as a hostile record might hold it.
HOSTILE = st.text(
    st.sampled_from("<>&\"'/=()`{}%;:\\ abcSCRIPTscript") | st.characters(exclude_categories=["Cs", "Cc"]), max_size=40
)


@cache
def example() -> pd.DataFrame:
    """Return agreements spread over a few states, so that filters have something to bite on."""
    spread = [
        row | {"agreement_id": f"{row['agreement_id']}-{i}", "signed_date": date, "signed_year": date[:4]}
        for i, date in enumerate(("2003-04-05", "2012-12-31", "2026-02-01"))
        for row in ROWS
    ]
    return read_text(csv_text(spread))


def read_text(text: str) -> pd.DataFrame:
    """Return the agreements of a CSV text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agreements.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return read_agreements(path).agreements


@cache
def index() -> CoverageIndex:
    return CoverageIndex(example())


# ---- filters


@given(FILTERS)
def test_filters_never_add_rows_and_filtering_twice_is_filtering_once(filters: Filters) -> None:
    once = apply_filters(example(), filters)
    assert set(once.index) <= set(example().index)
    pd.testing.assert_frame_equal(apply_filters(once, filters), once)


@given(FILTERS, st.sampled_from(["models", "years", "states", "counties", "agency_types"]))
def test_taking_a_filter_away_never_removes_rows(filters: Filters, name: str) -> None:
    wider = Filters(**{**vars(filters), name: None if name == "years" else ()})
    assert not (filter_mask(example(), filters) & ~filter_mask(example(), wider)).any()


@given(FILTERS)
def test_filters_survive_the_address(filters: Filters) -> None:
    assert read_filters(filters.to_query()) == (filters, [])


@given(QUERIES)
def test_any_address_gives_filters_that_work_and_survive_it(query: dict[str, list[str]]) -> None:
    filters, bad = read_filters(query)
    assert read_filters(filters.to_query()) == (filters, [])
    assert len(filter_mask(example(), filters)) == len(example())
    given_words = {part.strip() for values in query.values() for text in values for part in text.split(",")}
    assert {value.text for value in bad} <= given_words


@given(TEXT)
def test_any_text_is_a_year_a_day_or_nothing(text: str) -> None:
    years, day = parse_years(text), parse_day(text)
    assert years is None or FIRST_DAY.year <= years[0] <= years[1]
    assert day is None or isinstance(day, dt.date)


# ---- coverage


@given(st.lists(st.booleans(), min_size=len(ROWS) * 3, max_size=len(ROWS) * 3))
def test_summary_agrees_with_asking_every_agreement_county_by_county(chosen: list[bool]) -> None:
    mask = np.array(chosen)
    summary = index().summarize(mask)
    rows = example()[mask].to_dict("records")
    touched = {geoid for row in ROWS for geoid in row["county_geoids"].split(";") if geoid} | {"66010", "48201"}
    bits = {str(model): 1 << i for i, model in enumerate(Model)}
    for geoid in touched:
        at = index().geoids.index(geoid)
        local = [row for row in rows if geoid in row["county_geoids"].split(";")]
        wide = [row for row in local if row["coverage"] in (Coverage.COUNTY, Coverage.MULTI_COUNTY)]
        statewide = [
            row for row in rows if row["coverage"] == Coverage.STATEWIDE and row["state_abbr"] == state_abbr(geoid)
        ]
        level = (
            Participation.COUNTY_WIDE if wide
            else Participation.LOCAL_ONLY if local
            else Participation.STATEWIDE_ONLY if statewide
            else Participation.NONE_LISTED
        )  # fmt: skip
        assert LEVELS[summary.levels[at]] is level is index().level(geoid, mask)
        assert (summary.local[at], summary.statewide[at]) == (len(local), len(statewide))
        assert summary.models[at] == int(np.bitwise_or.reduce([bits[row["model"]] for row in local] or [0]))
        assert summary.first_year[at] == min((row["signed_year"] for row in local), default=0)


@given(st.lists(st.booleans(), min_size=len(ROWS) * 3, max_size=len(ROWS) * 3), st.sampled_from(list(ColorBy)))
def test_any_selection_paints_every_county_with_a_class_of_its_legend(chosen: list[bool], color: ColorBy) -> None:
    payload = selection_payload(index(), np.array(chosen), color, {}, text_in("en"), "v")
    assert len(payload["classes"]) == len(GEOIDS)
    assert set(payload["classes"]) <= {key for key, _ in payload["legend"]}
    assert payload["counties"] == len(GEOIDS) - payload["classes"].count("0")


# ---- escaping


def unescaped(html: str, text: str) -> bool:
    """Return whether a hostile text stands in HTML as it was given, though HTML would read it as markup."""
    return bool(re.search(r"[<>&\"']", text)) and text.strip() != "" and f">{text}<" in html


ALLOWED_TAGS = {
    "article", "h2", "h3", "p", "ul", "li", "b", "span", "a", "div", "table", "caption", "thead", "tbody", "tr", "th",
    "td", "small",
}  # fmt: skip


@given(HOSTILE, HOSTILE, HOSTILE)
def test_popup_and_table_never_hold_markup_of_the_record(name: str, place: str, note: str) -> None:
    row: dict[str, Any] = example().iloc[0].to_dict()
    row |= {"agency_name": name, "place_name": place, "note": note, "placement_note": note}
    row |= {"coverage": "part_of_county", "moa_url": f"https://host/{note}"}
    frame = pd.DataFrame([row])
    nothing = frame.iloc[:0]
    here = CountyAgreements("04021", frame, nothing, nothing, Participation.LOCAL_ONLY)
    text = text_in("en")
    for html in (county_popup(here, note, text), agreements_table(frame, note, text)):
        tags = {tag.lower() for tag in re.findall(r"<\s*/?\s*([A-Za-z!?][\w-]*)", html)}
        assert tags <= ALLOWED_TAGS
        assert not any(unescaped(html, given_text) for given_text in (name, place, note))
        attributes = re.findall(r"<[a-z0-9]+((?:\s+[a-z-]+=\"[^\"]*\")*)\s*>", html)
        assert len(attributes) == len(re.findall(r"<[a-z]", html))
        assert not re.search(r"\son\w+=\"", "".join(attributes))


# ---- reading and writing


@settings(max_examples=settings().max_examples // 2)  # each reads files
@given(st.dictionaries(st.sampled_from(COLUMN_NAMES), HOSTILE, max_size=4))
def test_no_cell_can_make_a_row_vanish_or_the_page_fail(cells: dict[str, str]) -> None:
    row = agreement()
    row |= cells
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agreements.csv"
        path.write_text(csv_text([ROWS[2], row]), encoding="utf-8", newline="")
        record = read_agreements(path)
    assert len(record.agreements) + record.set_aside == 2
    assert all(fault.row == 3 for fault in record.faults)
    shown = CoverageIndex(record.agreements)
    mask = filter_mask(record.agreements, Filters(status="all"))
    assert shown.counts(mask).agreements == len(record.agreements)
    agreements_table(record.agreements, "all", text_in("en"))
    local, statewide = shown.rows_of_county("04021", mask)
    popup = CountyAgreements(
        "04021",
        record.agreements.iloc[local],
        record.agreements.iloc[statewide],
        record.agreements.iloc[shown.unplaced_in_state("04021", mask)],
        shown.level("04021", mask),
    )
    assert "Pinal County, Arizona" in county_popup(popup, "today", text_in("en"))


@settings(max_examples=settings().max_examples // 2)  # each reads files
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_file_is_read_or_refused_with_a_reason(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agreements.csv"
        for prefix in (b"", csv_text([]).encode()):
            path.write_bytes(prefix + content)
            try:
                record = read_agreements(path)
            except UnreadableFileError as refused:
                told = refused.faults
            else:
                told = record.faults
                assert len(record.agreements) == 0
                assert record.set_aside == len({fault.row for fault in told})
            assert told or prefix


@given(FILTERS)
def test_download_read_again_is_the_selection(filters: Filters) -> None:
    rows = apply_filters(example(), filters)
    back = pd.read_csv(io.BytesIO(csv_bytes(rows)), dtype="str", keep_default_na=False, encoding="utf-8-sig")
    assert list(back["agreement_id"]) == list(rows["agreement_id"])
    assert list(back["signed_year"]) == [str(year) for year in rows["signed_year"]]


@given(st.lists(HOSTILE, min_size=1, max_size=5))
def test_any_text_survives_the_download_and_runs_nothing(notes: list[str]) -> None:
    rows = example().iloc[: len(notes)].assign(note=notes)
    back = pd.read_csv(io.BytesIO(csv_bytes(rows)), dtype="str", keep_default_na=False, encoding="utf-8-sig")["note"]
    for note, held in zip(notes, back, strict=True):
        assert held.removeprefix("'") == note.removeprefix("'")
        assert not held.startswith(("=", "+", "-", "@", "\t", "\r"))
