"""The map in words and as a list: the same counties, the same classes, the same numbers."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import numpy as np
import pytest
from example_record import MECKLENBURG, WAKE
from running_app import RunningApp

from geo.fips import state_fips
from map_app.county_list import county_list, filters_in_words, list_address, map_in_words
from map_app.filters import Filters, filter_mask, read_filters
from map_app.map_layers import ColorBy, other_labels, paint
from map_app.record import LoadedRecord
from map_app.text import LANGUAGES, Text, text_in
from map_app.text.places import county_words
from map_app.vocabulary import Model


def linked(page: str) -> list[str]:
    return re.findall(r'<a href="\./\?county=(\d{5})', page)


QUERIES = [{}, {"model": ["TFM"]}, {"state": ["TX", "FL"]}, {"status": ["ended"]}, {"as_of": ["2010-08-01"]},
           {"county": ["37119"]}, {"year": ["2007-2010"], "status": ["all"]}]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_every_county_the_map_fills_is_in_the_list_once(shipped: LoadedRecord, english: Text, query: dict) -> None:  # type: ignore[type-arg]
    filters, bad = read_filters(query)
    assert bad == []
    summary = shipped.index.summarize(filter_mask(shipped.agreements, filters))
    page = county_list(shipped, filters, ColorBy.LEVEL, english)
    filled = [geoid for geoid, n in zip(shipped.index.geoids, summary.local, strict=True) if n]
    assert sorted(linked(page)) == sorted(filled)
    # The rest is named too: counties only statewide agencies act in, and those with none listed.
    named = unescape(page)
    states = {state_fips(abbr) for abbr in filters.states} | {geoid[:2] for geoid in filters.counties}
    for geoid in np.array(shipped.index.geoids)[summary.local == 0][::17]:
        if not states or geoid[:2] in states:
            assert county_words(str(geoid), english) in named


@pytest.mark.parametrize("color", list(ColorBy))
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_words_count_every_county_once(shipped: LoadedRecord, color: ColorBy, language: str) -> None:
    text = text_in(language)
    painting = paint(shipped.index.summarize(filter_mask(shipped.agreements, Filters())), color, text)
    told = map_in_words(painting.classes, [(s.key, s.label) for s in painting.legend], painting.title, text)
    counted = [int(n.replace(",", "")) for n in re.findall(r"\((\d[\d,]*) (?:county|counties|condados?)\)", told)]
    assert sum(counted) == len(shipped.index.geoids)
    assert painting.title in told


def test_list_says_of_each_county_what_its_colour_says(shipped: LoadedRecord, english: Text) -> None:
    page = unescape(county_list(shipped, Filters(), ColorBy.LEVEL, english))
    broward = re.search(r'county=12011&lang=en">Broward County</a> <span class="what">([^<]+)', page)
    assert broward
    summary = shipped.index.summarize(filter_mask(shipped.agreements, Filters()))
    number = int(summary.local[list(shipped.index.geoids).index("12011")])
    assert broward[1] == f"Agency covering the whole county; {number} agreements of agencies here"


def test_state_with_unplaced_agreements_says_so_before_any_none_listed(record: LoadedRecord, english: Text) -> None:
    page = county_list(record, Filters(counties=(WAKE,)), ColorBy.LEVEL, english)
    north_carolina = page.split('id="s37"', 1)[1].split("</section>", 1)[0]
    assert "could not be placed and may belong to any county" in north_carolina


def test_filtered_list_neither_lists_other_states_nor_says_none_listed(shipped: LoadedRecord, english: Text) -> None:
    page = county_list(shipped, Filters(states=("TX",), models=(Model.TASK_FORCE,)), ColorBy.LEVEL, english)
    sections = page.split("<section", 1)[1]
    assert 'id="s48"' in sections
    assert 'id="s01"' not in sections
    assert "None listed" not in sections


@pytest.mark.parametrize(("language", "said"), [("en", "None in this selection"), ("es", "Ninguno en esta selección")])
def test_filtered_list_says_in_words_only_what_the_selection_holds(
    shipped: LoadedRecord, language: str, said: str
) -> None:
    text = text_in(language)
    page = unescape(county_list(shipped, Filters(models=(Model.TASK_FORCE,)), ColorBy.LEVEL, text))
    plain = dict(other_labels(text)["whole"])
    assert said in page.split("<nav aria-label", 1)[0]  # the map in one sentence
    assert f'<p class="rest">{said} (' in page
    for label in plain.values():
        assert label not in page
    whole = unescape(county_list(shipped, Filters(as_of=dt.date(2026, 1, 31)), ColorBy.LEVEL, text))
    assert plain["0"] in whole
    assert said not in whole


def test_filters_are_told_in_words(english: Text) -> None:
    filters = Filters(models=(Model.TASK_FORCE,), years=(2007, 2010), states=("NC",), status="all")
    assert filters_in_words(filters, english) == "Task Force Model; signed in 2007–2010; North Carolina; status: All"
    assert filters_in_words(Filters(), english) == ""


def test_address_of_the_list_gives_the_same_selection(english: Text) -> None:
    filters = Filters(models=(Model.TASK_FORCE,), states=("NC", "SC"))
    address = list_address(filters, ColorBy.MODEL, text_in("es"))
    assert address == "list?model=TFM&state=NC&state=SC&color=model&lang=es"
    assert list_address(Filters(), ColorBy.LEVEL, english) == "list?lang=en"


def test_list_is_served_in_its_language_and_ignores_bad_values_visibly(small_app: RunningApp) -> None:
    answered = small_app.ask("/list?lang=es&color=model&model=TFM")
    page = answered.body.decode()
    assert answered.status == 200
    assert '<html lang="es">' in page
    assert "Filtros: " in page
    asked = "model=XYZ&color=pink&lang=xx&state=ZZ&county=99999&year=2099&as_of=2099-01-01&modle=TFM"
    page = small_app.ask(f"/list?{asked}").body.decode()
    note = re.search(r"<b>Part of the address was not understood and is ignored: ([^<]*)</b>", page)
    assert note
    assert sorted(note[1].split(", ")) == sorted(asked.split("&"))
    assert "not understood" not in small_app.ask("/list?state=NC&as_of=2010-08-01&utm_source=x").body.decode()


def test_county_of_the_list_leads_to_its_answer_of_the_same_day(small_app: RunningApp) -> None:
    page = small_app.ask("/list?as_of=2010-08-01&lang=es").body.decode()
    assert f'href="./?county={MECKLENBURG}&amp;as_of=2010-08-01&amp;view=find&amp;lang=es"' in page


def test_markup_in_the_record_or_address_reaches_no_list(small_app: RunningApp) -> None:
    page = small_app.ask("/list?color=%3Cscript%3E").body.decode()
    assert "<script" not in page


def test_list_leads_back_to_its_map_and_to_the_other_language(small_app: RunningApp) -> None:
    page = small_app.ask("/list?state=NC&model=TFM&lang=en").body.decode()
    ways = re.search(r'<nav class="ways".*?</nav>', page)
    assert ways
    led = [unescape(address) for address in re.findall(r'href="([^"]+)"', ways[0])]
    assert led == ["./?view=explore&model=TFM&state=NC&lang=en", "list?model=TFM&state=NC&lang=es"]
    for address in led:
        assert small_app.ask(f"/{address.removeprefix('./')}").status == 200
