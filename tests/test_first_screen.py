"""The first screen is safe HTML that says what the address asks for."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs

import pytest

from map_app.filters import filter_mask
from map_app.first_screen import first_screen
from map_app.page_html import place_html
from map_app.record import current_record
from map_app.text import text_in
from map_app.visit import Query, read_visit


def selection(html: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="first-selection">(.*?)</script>', html, re.S)
    assert found is not None
    return dict(json.loads(found[1]))


def screen_of(query: Query) -> str:
    return first_screen(read_visit(query, current_record()))


@pytest.mark.parametrize("query", ["", "model=TFM&year=2025", "state=TX&color=model&lang=es", "as_of=2010-08-01"])
def test_counts_and_selection_are_those_of_the_address(query: str) -> None:
    asked = parse_qs(query)
    record = current_record()
    visit = read_visit(asked, record)
    mask = filter_mask(record.agreements, visit.filters)
    html = first_screen(visit)
    told = re.search(r"<b>([\d,.]+)</b>", html)
    assert told is not None
    assert re.sub(r"\D", "", told[1]) == str(int(mask.sum()))
    assert selection(html)["lang"] == visit.language


@pytest.mark.parametrize("language", ["en", "es"])
def test_state_of_the_search_is_answered_as_on_the_page(language: str) -> None:
    visit = read_visit({"view": ["find"], "state": ["TX"], "lang": [language]}, current_record())
    html = first_screen(visit)
    assert place_html(current_record(), "48", None, text_in(language)) in html
    assert selection(html)["focus"] == "48"
    links = re.findall(r'<a href="([^"]+)"', html.split("</nav>", 1)[0])
    assert links
    assert all("state=TX" in link and "county=" not in link for link in links)


@pytest.mark.parametrize("query", [{"state": ["TX"]}, {"view": ["find"], "state": ["TX", "FL"]},
                                   {"view": ["find"], "state": ["ZZ"]}])  # fmt: skip
def test_other_states_in_an_address_are_no_place(query: Query) -> None:
    assert read_visit(query, current_record()).place == ""


def test_county_beside_a_state_is_the_place() -> None:
    visit = read_visit({"view": ["find"], "state": ["TX"], "county": ["37119"]}, current_record())
    assert visit.place == "37119"


def test_explainers_have_no_first_screen() -> None:
    assert screen_of({"view": ["about"]}) == ""


@pytest.mark.parametrize("name", ["model", "year", "state", "county", "as_of", "color", "lang", "view", "anything"])
def test_nothing_of_a_hostile_address_is_repeated(name: str) -> None:
    html = screen_of({name: ["</script><script>alert(1)</script>", '"onload=alert(1)']})
    assert "alert(1)" not in html


def test_words_inside_the_data_cannot_end_their_script() -> None:
    html = screen_of({})
    data = html.split('id="first-selection">', 1)[1].split("</script>", 1)[0]
    assert "<" not in data
