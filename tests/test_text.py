"""Words, numbers and days as a person reads them."""

from __future__ import annotations

import datetime as dt

from map_app.text import LANGUAGES, Text, text_in


def test_unknown_language_gives_english() -> None:
    assert text_in("xx").language == "en"
    assert text_in("").t("Close") == "Close"


def test_every_offered_language_can_be_read() -> None:
    for language in LANGUAGES:
        text = text_in(language)
        assert text.language == language
        assert text.day(dt.date(2026, 5, 11))


def test_singular_and_plural_follow_the_count(english: Text) -> None:
    words = ("{n} agreement", "{n} agreements")
    assert english.n(*words, 1) == "1 agreement"
    assert english.n(*words, 0) == "0 agreements"
    assert english.n(*words, 1797) == "1,797 agreements"


def test_values_with_braces_are_not_filled_in_again(english: Text) -> None:
    assert english.t("part of the county: {place}", place="{agency}") == "part of the county: {agency}"


def test_message_without_values_is_left_as_it_is(english: Text) -> None:
    assert english.t("50 % {of}") == "50 % {of}"


def test_days_and_lists_read_as_a_sentence(english: Text) -> None:
    assert english.day(dt.date(2026, 5, 11)) == "11 May 2026"
    assert english.listing([]) == ""
    assert english.listing(["a"]) == "a"
    assert english.listing(["a", "b"]) == "a and b"
    assert english.listing(["a", "b", "c"]) == "a, b and c"
