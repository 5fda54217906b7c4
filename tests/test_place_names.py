"""Names of places in each language."""

from __future__ import annotations

import pytest

from geo.fips import STATES, counties
from geo.search import state_name_in
from map_app.text import LANGUAGES, text_in
from map_app.text.places import county_title, county_words, place_messages, state_words


def test_english_names_are_the_official_ones_everywhere() -> None:
    english = text_in("en")
    for geoid, county in counties().items():
        assert county_words(geoid, english) == county.name
        assert county_words(geoid, english, in_sentence=True).removeprefix("the ") == county.name
    assert all(state_words(state.abbr, english) == state.name for state in STATES)


def test_every_county_has_a_kind_its_translation_can_name() -> None:
    messages = {message for message, _ in place_messages()}
    without = {county.name for county in counties().values() if county.name in messages}
    districts = {"Eastern District", "Western District"} | {
        f"St. {saint} Island District" for saint in ("Croix", "John", "Thomas")
    }
    assert without == {"District of Columbia", "Carson City", "Guam"} | districts
    spanish = text_in("es")
    plain = {g for g in counties() if county_words(g, spanish) == counties()[g].name}
    assert {counties()[geoid].name for geoid in plain} == {"Carson City", "Guam"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_is_left_in_a_name(language: str) -> None:
    text = text_in(language)
    for geoid in counties():
        for in_sentence in (False, True):
            assert "{" not in county_title(geoid, text, in_sentence=in_sentence)


@pytest.mark.parametrize(
    ("geoid", "title", "in_sentence"),
    [
        ("04013", "Condado de Maricopa, Arizona", "el condado de Maricopa, Arizona"),
        ("37119", "Condado de Mecklenburg, Carolina del Norte", "el condado de Mecklenburg, Carolina del Norte"),
        ("22071", "Parroquia de Orleans, Luisiana", "la parroquia de Orleans, Luisiana"),
        ("51600", "Ciudad de Fairfax, Virginia", "la ciudad de Fairfax, Virginia"),
        ("02110", "Ciudad y borough de Juneau, Alaska", "la ciudad y borough de Juneau, Alaska"),
        ("02150", "Borough de Kodiak Island, Alaska", "el borough de Kodiak Island, Alaska"),
        ("72127", "Municipio de San Juan, Puerto Rico", "el municipio de San Juan, Puerto Rico"),
        ("11001", "Distrito de Columbia", "el Distrito de Columbia"),
        ("66010", "Guam", "Guam"),
    ],
)
def test_spanish_names_a_place_as_its_readers_do(geoid: str, title: str, in_sentence: str) -> None:
    spanish = text_in("es")
    assert county_title(geoid, spanish) == title
    assert county_title(geoid, spanish, in_sentence=True) == in_sentence


def test_search_and_catalogue_call_a_state_the_same() -> None:
    spanish = text_in("es")
    assert [state_words(state.abbr, spanish) for state in STATES] == [state_name_in(s.abbr, "es") for s in STATES]


def test_unknown_county_is_refused() -> None:
    with pytest.raises(KeyError):
        county_words("99999", text_in("es"))
