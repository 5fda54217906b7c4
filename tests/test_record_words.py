"""Notes of the record in the reader's language: all of the shipped record, and what becomes of one not known."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from map_app.text import LANGUAGES, text_in
from map_app.text.catalogue import faults, messages_in_record
from map_app.text.record_words import NOTE_COLUMNS, RECORD_CATALOGUES, record_words, remarks

SHIPPED = Path(__file__).parents[1] / "data" / "agreements.csv"
OTHERS = [language for language in LANGUAGES if language != "en"]
ES = text_in("es")


def shipped_notes() -> list[str]:
    with SHIPPED.open(encoding="utf-8", newline="") as lines:
        return sorted({row[column] for row in csv.DictReader(lines) for column in NOTE_COLUMNS} - {""})


@pytest.mark.parametrize("language", OTHERS)
def test_every_note_and_placement_note_of_the_shipped_record_is_told_in_every_language(language: str) -> None:
    notes = shipped_notes()
    assert len(notes) > 300
    lacking = [note for note in notes if record_words(note, text_in(language)).language != language]
    assert lacking == [], "run `python -m map_app.text.catalogue update` and translate them in map_app/text/record/"


@pytest.mark.parametrize("language", OTHERS)
def test_catalogue_of_the_record_is_in_form_and_in_step(language: str) -> None:
    assert faults(RECORD_CATALOGUES / f"{language}.po", messages_in_record()) == []


def test_no_english_remark_is_left_in_spanish() -> None:
    english = re.compile(r"\b(the|of|and|is|lies in|prints|campus(es)? in|County,|not)\b")
    quoted = re.compile(r"“[^”]*”|«[^»]*»|\([^)]*\)")
    names = ("College of", "University of", "Department of Detention", "Institute")
    left = []
    for note in shipped_notes():
        told = quoted.sub("", record_words(note, ES).words)
        if english.search(told) and not any(name in told for name in names):
            left.append(told)
    assert left == []


def test_what_every_note_says_of_days_and_figures_it_says_in_spanish_too() -> None:
    for note in shipped_notes():
        told = record_words(note, ES).words
        for figure in re.findall(r"\d{3,}", re.sub(r"\d{4}-\d{2}-\d{2}", "", note)):
            assert figure in told, (note, told)
        for year, _, day in re.findall(r"\b(\d{4})-(\d{2})-(\d{2})\b", note):
            assert year in told, (note, told)
            assert str(int(day)) in told, (note, told)


@pytest.mark.parametrize(
    ("note", "spanish"),
    [
        (
            "Springdale lies in Benton County and Washington County; ICE prints Washington",
            "Springdale está en el condado de Benton y el condado de Washington; la lista de ICE dice “Washington”",
        ),
        ("state agency: covers the whole of New Mexico", "agencia estatal: abarca todo el territorio de Nuevo México"),
        ("gone from the list as of 2012-10-16", "ya no está en la lista del 16 de octubre de 2012"),
        (
            "not on 90 lists from 2025-07-18 to 2026-02-27, then listed again",
            "faltó en 90 listas, del 18 de julio de 2025 al 27 de febrero de 2026, y luego volvió a aparecer",
        ),
        ("ended in 2019-03, day not known", "terminó en marzo de 2019; no se sabe qué día"),
        # A day no row of the record has: the same remark is known of any day.
        ("archive index dates the MOA 2031-02-03", "el índice del archivo fecha el memorando el 3 de febrero de 2031"),
    ],
)
def test_remark_is_told_with_its_days_places_and_figures(note: str, spanish: str) -> None:
    assert record_words(note, ES).words == spanish
    assert record_words(note, ES).language == "es"


def test_note_with_a_remark_no_catalogue_knows_stays_english_whole_and_says_so() -> None:
    note = "gone from the list as of 2012-10-16; the moon stood high"
    assert record_words(note, ES).words == "gone from the list as of 16 October 2012; the moon stood high"
    assert record_words(note, ES).language == "en"


def test_english_notes_stay_as_the_record_has_them_but_for_their_days() -> None:
    dated = re.compile(r"\d{4}-\d{2}-\d{2}|(?<=ended in )\d{4}-\d{2}")
    written = r"(\d{1,2} )?[A-Z][a-z]+ \d{4}"
    for note in shipped_notes():
        told = record_words(note, text_in("en"))
        assert told.language == "en"
        assert not dated.search(told.words), told.words
        said = re.escape(dated.sub("#", note)).replace(r"\#", written)
        assert re.fullmatch(said, told.words), (note, told.words)


@pytest.mark.parametrize(
    ("note", "english"),
    [
        ("ended in 2019-03, day not known", "ended in March 2019, day not known"),
        ("file name says 2021-05-21", "file name says 21 May 2021"),
        ("ICE 2006-07 fact sheets say November", "ICE 2006-07 fact sheets say November"),  # two years
        ("file name says 2009-13-45", "file name says 2009-13-45"),
    ],
)
def test_days_of_english_notes_are_written_out(note: str, english: str) -> None:
    assert record_words(note, text_in("en")).words == english


def test_semicolon_in_parentheses_joins_no_remarks() -> None:
    assert remarks("one (two; three); four") == ["one (two; three)", "four"]
    assert remarks("") == []
