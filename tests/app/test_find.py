"""The resident's page and the explainers: a place is typed, one dated sentence answers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from example_record import CABARRUS, MARICOPA, MECKLENBURG, WAKE, WriteCsv
from running_app import ROOT
from streamlit.testing.v1 import AppTest

from map_app import record as record_room
from map_app.record import DATA_VARIABLE, LoadedRecord
from map_app.text import LANGUAGES

PAGE = str(ROOT / "map_app" / "views" / "page.py")
Open = Callable[..., AppTest]


@pytest.fixture
def open_page(record: LoadedRecord) -> Open:
    """Return a function that opens the app at an address."""

    def opened(**query: str | list[str]) -> AppTest:
        page = AppTest.from_file(PAGE, default_timeout=60)
        for name, values in query.items():
            page.query_params[name] = values
        return checked(page.run())

    return opened


def checked(page: AppTest) -> AppTest:
    assert [box.message for box in page.exception] == []
    return page


def html_of(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def answer_of(page: AppTest) -> str:
    """Return the answer's words, or "" where there is none."""
    found = re.search(r'<section class="answer.*?</section>', html_of(page), re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def typed(page: AppTest, words: str) -> AppTest:
    page.text_input(key="w_typed").set_value(words)
    return checked(page.run())


def test_bare_address_opens_on_the_search_without_an_answer(open_page: Open) -> None:
    page = open_page()
    assert page.text_input(key="w_typed").value in (None, "")
    assert answer_of(page) == ""
    assert len(page.warning) == len(page.error) == 0


@pytest.mark.parametrize("words", ["Mecklenburg County, NC", "davidson nc", "28036"])
def test_place_that_names_one_county_is_answered_at_once(open_page: Open, words: str) -> None:
    page = typed(open_page(), words)
    choices = [button for button in page.button if str(button.key).startswith("choice-")]
    if choices:  # a ZIP area or town over a border
        next(button for button in choices if "Mecklenburg" in button.label).click()
        checked(page.run())
    told = answer_of(page)
    assert "Mecklenburg County, North Carolina" in told
    for agency in ("Piedmont Regional Jail", "Davidson Police Department", "Old North State Patrol"):
        assert agency in told
    assert "11 May 2026" in told


def test_what_a_person_typed_never_enters_the_address(open_page: Open) -> None:
    page = typed(open_page(), "28036")
    assert "28036" not in str(dict(page.query_params))
    page = typed(page, "123 Main Street")
    assert "Main" not in str(dict(page.query_params))


def test_words_that_name_no_place_are_answered_without_a_no(open_page: Open) -> None:
    page = typed(open_page(), "zzzzqqqq")
    assert answer_of(page) == ""
    first = page.markdown[0].value
    assert first.startswith("No place was recognized")
    assert "agreement" not in first.lower()


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "**a**", "'; --", "\\", "a" * 100, "🙂", "%00"])
def test_any_words_are_taken_as_words(open_page: Open, words: str) -> None:
    page = typed(open_page(), words)
    assert "<script" not in html_of(page)
    assert "<script" not in " ".join(element.value for element in page.markdown).replace("\\<", "")


@pytest.mark.parametrize(
    ("geoid", "words"),
    [
        (MECKLENBURG, "Piedmont Regional Jail"),
        (CABARRUS, "Cabarrus County Sheriff’s Office"),
        (MARICOPA, "Desert College Police &lt;script&gt;"),
        (WAKE, "Old North State Patrol"),
    ],
)
def test_county_in_the_address_is_answered(open_page: Open, geoid: str, words: str) -> None:
    page = open_page(county=geoid)
    assert words in html_of(page)
    assert "<script" not in html_of(page)
    assert answer_of(page)


def test_county_without_local_agreement_is_never_told_a_bare_no(open_page: Open) -> None:
    told = answer_of(open_page(county=WAKE))
    assert "Old North State Patrol" in told
    assert "could not be placed" in told


def test_ended_agreement_is_told_as_past(open_page: Open) -> None:
    told = answer_of(open_page(county=WAKE))
    assert "Wake County Sheriff's Office" in told.replace("&#x27;", "'")
    assert "2018" in told


def address(page: AppTest) -> dict[str, list[str]]:
    given = {name: page.query_params[name] for name in page.query_params}
    return {name: [values] if isinstance(values, str) else values for name, values in given.items()}


def test_state_chosen_as_a_place_stands_in_the_address_and_is_found_there_again(open_page: Open) -> None:
    page = typed(open_page(), "North Carolina")
    told = answer_of(page)
    assert told.startswith("North Carolina As of")
    assert address(page) == {"state": ["NC"], "view": ["find"]}
    again = open_page(**address(page))
    assert answer_of(again) == told
    assert again.multiselect(key="w_states").value == page.multiselect(key="w_states").value == ["NC"]
    again.segmented_control(key="w_lang").set_value("es")
    assert answer_of(checked(again.run())).startswith("Carolina del Norte Según")
    assert address(again)["state"] == ["NC"]


def test_another_place_takes_the_state_and_its_narrowing_away(open_page: Open) -> None:
    page = typed(open_page(), "North Carolina")
    typed(page, "Maricopa County, Arizona")
    assert answer_of(page).startswith("Maricopa County, Arizona")
    assert page.multiselect(key="w_states").value == []
    assert address(page) == {"county": [MARICOPA]}


def test_state_of_the_filter_is_answered_as_its_address_is(open_page: Open) -> None:
    page = open_page(state="NC")
    assert answer_of(page) == ""  # the map
    page.segmented_control(key="w_view").set_value("find")
    assert answer_of(checked(page.run())).startswith("North Carolina As of")
    page.multiselect(key="w_states").set_value(["NC", "AZ"])
    assert answer_of(checked(page.run())) == ""
    page.multiselect(key="w_states").set_value(["AZ"])
    assert answer_of(checked(page.run())).startswith("Arizona As of")
    assert address(page) == {"state": ["AZ"], "view": ["find"]}


def test_county_asked_about_stays_when_the_map_is_narrowed_to_a_state(open_page: Open) -> None:
    page = open_page(county=MARICOPA)
    page.multiselect(key="w_states").set_value(["NC"])
    assert answer_of(checked(page.run())).startswith("Maricopa County")
    assert address(page) == {"county": [MARICOPA], "state": ["NC"], "view": ["find"]}


def test_county_the_map_is_narrowed_to_is_the_place_of_the_search(open_page: Open) -> None:
    page = open_page(view="explore", county=MECKLENBURG)
    page.segmented_control(key="w_view").set_value("find")
    assert answer_of(checked(page.run())).startswith("Mecklenburg County")
    page.segmented_control(key="w_view").set_value("explore")
    checked(page.run())
    assert page.selectbox(key="w_county").value == MECKLENBURG


@pytest.mark.parametrize("view", ["find", "explore", "about", "present", "data"])
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_view_opens_in_every_language(open_page: Open, view: str, language: str) -> None:
    page = open_page(view=view, lang=language)
    assert f'lang="{language}"' in html_of(page)
    assert len(page.warning) == len(page.error) == 0
    assert html_of(page).count("<h1") == 1


def test_language_changes_the_words_and_no_number(open_page: Open) -> None:
    english, spanish = (html_of(open_page(view="explore", lang=language)) for language in ("en", "es"))
    assert re.findall(r"<b>(\d+)</b>", english)[:4] == re.findall(r"<b>(\d+)</b>", spanish)[:4]
    assert "11 de mayo de 2026" in spanish
    assert "11 May 2026" in english


def test_view_and_language_are_kept_in_the_address(open_page: Open) -> None:
    page = open_page()
    page.segmented_control(key="w_view").set_value("about")
    page.segmented_control(key="w_lang").set_value("es")
    checked(page.run())
    query = {name: page.query_params.get(name) for name in page.query_params}
    assert "about" in str(query["view"])
    assert "es" in str(query["lang"])


def test_missing_data_is_told_on_the_search_too(write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv()
    path.unlink()
    monkeypatch.setenv(DATA_VARIABLE, str(path))
    monkeypatch.setattr(record_room, "_held", {})
    page = AppTest.from_file(PAGE, default_timeout=60)
    page.query_params["county"] = MECKLENBURG
    checked(page.run())
    assert "cannot be used" in page.error[0].value
    told = answer_of(page).lower()
    assert "no agreement" not in told
