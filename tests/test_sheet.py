"""The sheet to print: everything the answer says, on one page, with a code that leads back."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html import unescape

import pytest
import segno
from example_record import CABARRUS, GUAM, MARICOPA, MECKLENBURG, WAKE
from running_app import RunningApp

from geo.fips import counties
from map_app.answer import Answer, answer, answer_groups, state_answer
from map_app.coverage import LEVELS
from map_app.filters import Filters, filter_mask
from map_app.lettering import columns_height, line_count, words_width
from map_app.record import LoadedRecord
from map_app.sheet import SMALLEST, local_sheet, state_sheet
from map_app.text import LANGUAGES, Text, text_in
from map_app.vocabulary import Participation

ADDRESS = "https://map.example.org/?county=37119"
TODAY = dt.date(2026, 5, 20)
LOS_ANGELES = "06037"  # no agreement in the example record


def words(html: str) -> str:
    """Return what a reader reads of a page's body."""
    body = re.sub(r"<(style|svg)\b.*?</\1>", " ", html.split("<body>", 1)[1], flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split()).replace(" ,", ",").replace(" :", ":")


def sheet(record: LoadedRecord, geoid: str, text: Text, as_of: dt.date | None = None) -> str:
    return local_sheet(answer(record, geoid, as_of, text), ADDRESS, text, TODAY)


@pytest.mark.parametrize("geoid", [MARICOPA, MECKLENBURG, CABARRUS, WAKE, GUAM])
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_sheet_says_all_the_answer_says(record: LoadedRecord, geoid: str, language: str) -> None:
    text = text_in(language)
    told = answer(record, geoid, None, text)
    page = words(local_sheet(told, ADDRESS, text, TODAY))
    assert told.sentence in page
    for line in (*told.past, *told.cautions, *told.meaning):
        assert line in page
    for one in (*told.agreements, *told.ended):
        assert one.agency_name in page
        assert f"{one.model_name} · {one.when}" in page
    for heading, _ in answer_groups(told, text):
        assert heading in page
    for one in told.agreements:
        assert one.meaning in page


def test_sheet_of_an_ended_agreement_says_when_and_how_it_is_known(record: LoadedRecord, english: Text) -> None:
    page = words(sheet(record, MARICOPA, english))
    assert "Agreements that have ended" in page
    assert "ended 15 December 2011" in page


def test_sheet_where_none_is_found_says_what_that_does_not_mean(record: LoadedRecord, english: Text) -> None:
    page = words(sheet(record, LOS_ANGELES, english))
    assert "It does not mean that no one here works with ICE" in page


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_sheet_bears_its_language_its_day_and_its_address(record: LoadedRecord, language: str) -> None:
    text = text_in(language)
    page = sheet(record, CABARRUS, text)
    assert f'<html lang="{language}">' in page
    assert text.day(TODAY) in words(page)
    assert f'<a href="{ADDRESS}">{ADDRESS}</a>' in page


def test_code_on_the_sheet_holds_the_address_of_the_page(record: LoadedRecord, english: Text) -> None:
    page = sheet(record, CABARRUS, english)
    drawn = re.search(r'<path stroke="#000" d="([^"]+)"', page)
    assert drawn
    assert drawn[1] in segno.make(ADDRESS, micro=False, error="m").svg_inline(
        omitsize=True, lineclass=None, dark="#000"
    )
    assert drawn[1] not in segno.make(ADDRESS + "0", micro=False, error="m").svg_inline(lineclass=None, dark="#000")


def test_sheet_needs_no_script_and_loads_nothing(record: LoadedRecord, english: Text) -> None:
    page = sheet(record, CABARRUS, english)
    assert re.findall(r"<script.*?</script>", page) == [
        '<script>document.querySelector("button").onclick = () => print();</script>'
    ]
    assert re.findall(r"(?:src|srcset)=|<link|url\(|@import", page) == []


def test_markup_in_the_record_reaches_no_sheet(record: LoadedRecord, english: Text) -> None:
    page = sheet(record, MARICOPA, english)
    assert "&lt;script&gt;" in page
    assert page.count("<script") == 1
    assert "<img" not in page


def test_sheet_never_bears_a_text_of_the_address_unescaped(record: LoadedRecord, english: Text) -> None:
    told = answer(record, CABARRUS, None, english)
    page = local_sheet(told, 'http://a"><script>alert(1)</script>/?county=37025', english, TODAY)
    assert page.count("<script") == 1


# ---- one page


def crowded(record: LoadedRecord, text: Text, number: int) -> Answer:
    """Return the answer of a county with a great number of agencies, all of which signed on one day."""
    told = answer(record, CABARRUS, None, text)
    one = told.agreements[0]
    many = tuple(
        replace(one, agreement_id=f"x{n}", agency_id=f"a{n}", agency_name=f"Police Department Number {n:03}")
        for n in range(number)
    )
    return replace(told, part_of_county=many)


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("number", [4, 30, 90, 400])
def test_each_agency_is_named_or_counted_however_many_there_are(
    record: LoadedRecord, language: str, number: int
) -> None:
    text = text_in(language)
    page = local_sheet(crowded(record, text, number), ADDRESS, text, TODAY)
    named = page.count("Police Department Number")
    more = re.search(r"<p>(\d+) (?:more agenc|agencias? más)", page)
    assert named + int(more[1] if more else 0) == number
    assert named >= min(number, 20)
    size = re.search(r"font-size: ([\d.]+)pt; line-height", page)
    assert size
    assert float(size[1]) >= SMALLEST


def test_long_group_is_told_by_model_with_the_day_of_each(record: LoadedRecord, english: Text) -> None:
    page = words(local_sheet(crowded(record, english, 40), ADDRESS, english, TODAY))
    assert "active: 40 agencies, with the day each signed:" in page
    when = answer(record, CABARRUS, None, english).agreements[0].signed
    assert when
    assert f"Police Department Number 039 · {english.day(when)}" in page


def test_page_with_little_to_tell_is_in_large_type(record: LoadedRecord, english: Text) -> None:
    assert "font-size: 12.5pt" in sheet(record, LOS_ANGELES, english)


def test_widths_of_words_decide_how_many_lines_they_take() -> None:
    assert line_count("one two three", 100) == 1
    assert line_count("one two three", words_width("one two ") + 0.01) == 2
    assert line_count("i" * 40, words_width("i" * 10)) == 5
    assert words_width("Mississippi", bold=True) > words_width("Mississippi")


def test_columns_are_as_even_as_their_blocks_allow() -> None:
    assert columns_height([10, 10, 10, 10], 2) == pytest.approx(20, abs=0.5)
    assert columns_height([10, 10, 10], 2) == pytest.approx(20, abs=0.5)
    assert columns_height([30, 10, 10], 2) == pytest.approx(30, abs=0.5)
    assert columns_height([], 2) == 0


# ---- a state


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_sheet_of_a_state_says_what_its_page_says(shipped: LoadedRecord, language: str) -> None:
    text = text_in(language)
    page = words(state_sheet(shipped, "NC", None, "https://map.example.org/?state=NC", text, TODAY))
    assert state_answer(shipped, "NC", None, text).sentence in page
    rows = shipped.agreements
    active = rows[(rows["state_abbr"] == "NC") & (rows["status"] == "active")]
    for name in set(active["agency_name"]):
        assert name in page
    assert text.n("{n} agreement", "{n} agreements", len(active)) in page


def test_sheet_of_a_state_with_too_many_agencies_names_every_county(shipped: LoadedRecord, english: Text) -> None:
    page = words(state_sheet(shipped, "TX", None, "https://map.example.org/?state=TX", english, TODAY))
    levels = shipped.index.summarize(filter_mask(shipped.agreements, Filters(states=("TX",)))).levels
    whole = [
        geoid
        for geoid, level in zip(shipped.index.geoids, levels, strict=True)
        if geoid.startswith("48") and LEVELS[level] == Participation.COUNTY_WIDE
    ]
    assert f"Counties with an agency covering the whole county ({len(whole)})" in page
    for geoid in whole:
        assert counties()[geoid].name.removesuffix(" County") in page
    assert "see the table at the address below" in page


# ---- over HTTP


def asked(app: RunningApp, path: str, **headers: str) -> str:
    answered = app.ask(path, **headers)
    assert answered.status == 200
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    assert answered.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in answered.headers["content-security-policy"]
    return answered.body.decode()


def test_sheet_links_to_the_page_on_the_host_it_was_asked_of(small_app: RunningApp) -> None:
    assert f'href="{small_app.url}?county={CABARRUS}"' in asked(small_app, f"/sheet/{CABARRUS}")
    page = asked(small_app, f"/sheet/{CABARRUS}?lang=es", Host="mapa.example.org", X_Forwarded_Proto="https")
    assert f'href="https://mapa.example.org/?county={CABARRUS}&amp;lang=es"' in page


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_sheet_warns_of_an_old_list_as_the_page_does_but_not_of_a_day_asked_for(
    small_app: RunningApp, record: LoadedRecord, language: str
) -> None:
    text = text_in(language)
    assert record.newest_list is not None
    warning = record.age_warning(Filters(), dt.date.today(), text)
    assert text.number((dt.date.today() - record.newest_list).days) in warning
    assert f'<p class="warning">{warning}</p>' in asked(small_app, f"/sheet/{CABARRUS}?lang={language}")
    assert warning in small_app.ask(f"/?county={CABARRUS}&lang={language}").body.decode()
    assert warning not in asked(small_app, f"/sheet/{CABARRUS}?lang={language}&as_of=2026-05-11")


@pytest.mark.parametrize(("day", "warned"), [(14, False), (15, True), (196, True)])
def test_list_is_called_old_after_two_weeks(record: LoadedRecord, english: Text, day: int, warned: bool) -> None:
    assert record.newest_list is not None
    assert bool(record.age_warning(Filters(), record.newest_list + dt.timedelta(days=day), english)) is warned


def test_sheet_of_a_past_day_leads_to_the_answer_of_that_day(small_app: RunningApp) -> None:
    page = asked(small_app, f"/sheet/{MECKLENBURG}?as_of=2010-08-01")
    assert "As of 1 August 2010" in page
    assert f"?county={MECKLENBURG}&amp;as_of=2010-08-01&amp;view=find" in page


@pytest.mark.parametrize("query", ["as_of=yesterday", "lang=xx", "as_of=9999-99-99"])
def test_bad_value_in_the_address_of_a_sheet_is_told(small_app: RunningApp, query: str) -> None:
    page = asked(small_app, f"/sheet/{CABARRUS}?{query}")
    assert f"is ignored: {query}" in page


@pytest.mark.parametrize("geoid", ["99999", "37", "abcde", "%3Cscript%3E"])
def test_place_that_does_not_exist_has_no_sheet(small_app: RunningApp, geoid: str) -> None:
    answered = small_app.ask(f"/sheet/{geoid}")
    assert (answered.status, answered.body) == (404, b"There is no county or state with this code.")


def test_sheet_is_sent_as_it_is_without_the_hints_of_the_page(small_app: RunningApp) -> None:
    page = asked(small_app, f"/sheet/{CABARRUS}")
    assert "prefetch" not in page
    assert page.endswith("</html>")


def test_state_has_a_sheet_under_its_abbreviation(small_app: RunningApp) -> None:
    page = asked(small_app, "/sheet/NC?lang=es")
    assert "Carolina del Norte" in page
    assert f'href="{small_app.url}?state=NC&amp;lang=es"' in page
