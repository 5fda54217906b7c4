"""A day is read as people write it; one that may be two, or is none, is told in one line and never guessed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from map_app.filters import FIRST_DAY
from map_app.text import LANGUAGES, text_in
from map_app.typed_day import LONGEST, read_day

LAST = dt.date(2026, 5, 11)
JUNE_30 = dt.date(2019, 6, 30)
ENGLISH = text_in("en")


def told(typed: str, language: str = "en") -> str:
    read = read_day(typed, FIRST_DAY, LAST, text_in(language))
    assert read.day is None
    return read.told


@pytest.mark.parametrize(
    "typed",
    ["2019-06-30", "2019-6-30", "2019/06/30", "20190630", "30 June 2019", "June 30, 2019", "jun 30 2019", "30-Jun-2019",
     "30th of June 2019", "Sunday, 30 June 2019", "6/30/2019", "30/6/2019", "30.06.2019", "6/30/19",
     "30 de junio de 2019", "30 de junio del 2019", "domingo 30 de junio de 2019", "30 JUNIO 2019", "  30  jun  2019 "],
)  # fmt: skip
def test_day_is_read_in_every_usual_form(typed: str) -> None:
    assert read_day(typed, FIRST_DAY, LAST, ENGLISH).day == JUNE_30


@pytest.mark.parametrize("typed", ["1º de mayo de 2020", "1 may 2020", "1 mayo 2020", "may 1st, 2020"])
def test_first_of_a_month_is_read_as_each_language_writes_it(typed: str) -> None:
    assert read_day(typed, FIRST_DAY, LAST, ENGLISH).day == dt.date(2020, 5, 1)


@pytest.mark.parametrize(
    ("typed", "one", "other"),
    [("3/4/2019", "4 March 2019", "3 April 2019"), ("10-11-12", "11 October 2012", "10 November 2012"),
     ("01.02.2020", "2 January 2020", "1 February 2020")],
)  # fmt: skip
def test_day_that_may_be_two_is_told_not_guessed(typed: str, one: str, other: str) -> None:
    words = told(typed)
    assert typed in words
    assert one in words
    assert other in words
    assert "Type the month as a word" in words


def test_same_number_for_day_and_month_is_one_day() -> None:
    assert read_day("4/4/2019", FIRST_DAY, LAST, ENGLISH).day == dt.date(2019, 4, 4)


@pytest.mark.parametrize("typed", ["2019", "June 2019", "junio de 2019", "30 June", "12"])
def test_part_of_a_day_is_asked_for_whole(typed: str) -> None:
    assert told(typed).startswith("Type the day, the month and the year")


@pytest.mark.parametrize("typed", ["hello", "2020-02-31", "31 de febrero de 2020", "99/99/2020", "today", "9" * 30])
def test_what_is_no_day_is_repeated_with_what_to_type(typed: str) -> None:
    assert told(typed) == f"“{typed}” was not understood as a day. Type it as 2019-06-30, or 30 June 2019."
    assert "30 de junio de 2019" in told(typed, "es")


def test_long_text_is_cut_in_what_is_told() -> None:
    assert len(told("a" * 5000)) < LONGEST + 100


@pytest.mark.parametrize(("typed", "named"), [("2002-06-30", "30 June 2002"), ("12 May 2026", "12 May 2026")])
def test_day_outside_the_record_is_told_with_the_first_and_the_last(typed: str, named: str) -> None:
    assert told(typed) == f"{named} is not on record: days from 1 July 2002 to 11 May 2026 can be shown."


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("month", range(1, 13))
def test_day_is_read_as_the_page_writes_it(language: str, month: int) -> None:
    text, day = text_in(language), dt.date(2019, month, 3)
    assert read_day(text.day(day), FIRST_DAY, LAST, text).day == day


@given(some.text(max_size=LONGEST + 10) | some.from_regex(r"[0-9a-z/. -]{1,20}", fullmatch=True))
@example("1e999 2019")
@example("30 June 2019 EST")
@example("0/0/0")
def test_any_text_gets_a_day_on_record_or_a_line(typed: str) -> None:
    read = read_day(typed, FIRST_DAY, LAST, ENGLISH)
    assert bool(read.told) == (read.day is None)
    assert read.day is None or FIRST_DAY <= read.day <= LAST
