"""A day as a person types it, in any language of the page; one that may be two days is told, not guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Final

from babel.dates import get_day_names, get_month_names
from dateutil.parser import parse, parserinfo

from map_app.text import LANGUAGES, Text

#: Longest text that is read; what is longer is no day.
LONGEST: Final = 60
#: Year first, where nothing is left to guess.
_YEAR_FIRST: Final = re.compile(r"(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})")
#: Two days that share nothing: what one text gives with both is what the text itself says.
_BLANKS: Final = (dt.datetime(2003, 5, 5), dt.datetime(2004, 6, 6))
#: Words between the parts of a day: "30 de junio del 2019", "1º de mayo", "1er".
_BETWEEN: Final = ("de", "del", "el", "día", "dia", "º", "o", "°", "ro", "er", "the")


@dataclass(frozen=True)
class TypedDay:
    """What a typed text means.

    Attributes:
        day: The day, or None where it names none, or several.
        told: What to say where there is no day; else "".
    """

    day: dt.date | None
    told: str = ""


@cache
def _words() -> parserinfo:
    """Return the names of months and weekdays in every language of the page."""

    class Words(parserinfo):  # type: ignore[misc]
        JUMP: ClassVar = [*parserinfo.JUMP, *_BETWEEN]
        MONTHS: ClassVar = [
            tuple(dict.fromkeys([*names, *_in_all(get_month_names, number)]))
            for number, names in enumerate(parserinfo.MONTHS, start=1)
        ]
        WEEKDAYS: ClassVar = [
            tuple(dict.fromkeys([*names, *_in_all(get_day_names, number)]))
            for number, names in enumerate(parserinfo.WEEKDAYS)
        ]

    return Words()


def _in_all(names: Callable[..., Mapping[int, str]], number: int) -> Iterator[str]:
    """Return the long and the short name of one month or weekday in every language."""
    for language in LANGUAGES:
        # A short weekday may be a month's name too: "mar" is March and Tuesday.
        for width in ("wide", "abbreviated") if names is get_month_names else ("wide",):
            yield names(width, locale=language)[number].rstrip(".")


def read_day(typed: str, first: dt.date, last: dt.date, text: Text) -> TypedDay:
    """Return the day a text names, as "2019-06-30", "June 30, 2019", "30 de junio de 2019" or "6/30/2019".

    Args:
        typed: What was typed.
        first: First day that can be shown.
        last: Last day that can be shown.
        text: Language of what is told.
    """
    typed = " ".join(typed.split())
    days = _days_named(typed)
    if days is None:
        return TypedDay(None, _not_a_day(typed, text))
    if not days:
        return TypedDay(
            None,
            text.t("Type the day, the month and the year: 2019-06-30, or {day}.", day=text.day(dt.date(2019, 6, 30))),
        )
    if len(days) > 1:
        one, other = sorted(days)
        return TypedDay(
            None,
            text.t(
                "“{typed}” can be {day} or {other}. Type the month as a word.",
                typed=typed,
                day=text.day(one),
                other=text.day(other),
            ),
        )
    day = next(iter(days))
    if not first <= day <= last:
        return TypedDay(
            None,
            text.t(
                "{day} is not on record: days from {first} to {last} can be shown.",
                day=text.day(day),
                first=text.day(first),
                last=text.day(last),
            ),
        )
    return TypedDay(day)


def _not_a_day(typed: str, text: Text) -> str:
    return text.t(
        "“{typed}” was not understood as a day. Type it as 2019-06-30, or {day}.",
        typed=typed[:LONGEST],
        day=text.day(dt.date(2019, 6, 30)),
    )


def _days_named(typed: str) -> set[dt.date] | None:
    """Return every day a text can mean: none where part of it is missing; None where it is no day at all."""
    if len(typed) > LONGEST:
        return None
    found = _YEAR_FIRST.fullmatch(typed)
    try:
        if found:
            return {dt.date(int(found[1]), int(found[2]), int(found[3]))}
        read = [
            [
                parse(typed, parserinfo=_words(), dayfirst=dayfirst, default=blank, ignoretz=True).date()
                for blank in _BLANKS
            ]
            for dayfirst in (False, True)
        ]
    except (ValueError, OverflowError):
        return None
    return {one for one, other in read if one == other} if all(one == other for one, other in read) else set()
