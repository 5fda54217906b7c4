"""What a person reads, in each language: messages, dates and numbers in the locale.

Messages stand in the code in English; another language is one catalogue, `locale/<language>.po`.
"""

from __future__ import annotations

import datetime as dt
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES: Final[dict[str, str]] = {"en": "English"}
_CATALOGUES: Final = Path(__file__).parent / "locale"


class Text:
    """One language: messages, numbers and days.

    Attributes:
        language: Two-letter code, as in the URL and in `lang` attributes.
    """

    def __init__(self, language: str, catalogue: Catalog | None = None) -> None:
        self.language = language
        self._locale = Locale.parse(language)
        self._catalogue = catalogue

    def t(self, message: str, **values: object) -> str:
        """Return the message in this language with `{name}` filled in."""
        found = self._catalogue.get(message) if self._catalogue else None
        text = str(found.string) if found and found.string else message
        return text.format(**values) if values else text

    def n(self, singular: str, plural: str, count: int, **values: object) -> str:
        """Return the form of the message that fits the count; `{n}` is the count in the locale."""
        found = self._catalogue.get((singular, plural)) if self._catalogue else None
        if found and isinstance(found.string, tuple):
            text = found.string[self._locale_plural(count)]
        else:
            text = singular if count == 1 else plural
        return text.format(n=self.number(count), **values)

    def _locale_plural(self, count: int) -> int:
        assert self._catalogue is not None
        return 0 if count == 1 else min(1, self._catalogue.num_plurals - 1)

    def number(self, value: int) -> str:
        """Return a whole number as the locale writes it."""
        return format_decimal(value, locale=self._locale)

    def day(self, value: dt.date) -> str:
        """Return a day in words, as "11 May 2026"."""
        return _day(value, self.language)

    def listing(self, parts: list[str]) -> str:
        """Return the parts joined as a sentence does: "a, b and c"."""
        if len(parts) < 2:
            return "".join(parts)
        return self.t("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])


@lru_cache(maxsize=20_000)
def _day(value: dt.date, language: str) -> str:
    # Formatting by locale takes a tenth of a millisecond, and a page holds the same few days many times.
    return format_date(value, "d 'de' MMMM 'de' y" if language == "es" else "d MMMM y", locale=language)


@cache
def text_in(language: str) -> Text:
    """Return the texts of a language; an unknown one gives English."""
    if language not in LANGUAGES or language == "en":
        return Text("en")
    with (_CATALOGUES / f"{language}.po").open("rb") as lines:
        return Text(language, read_po(lines, locale=language))
