"""What a person reads, in each language: messages, dates and numbers in the locale.

Messages stand in the code in English; another language is one gettext catalogue, `locale/<language>.po`.
Its header names the locale (`Language: es_US`) and the rule for plurals. `python -m map_app.text.catalogue`
keeps catalogues in step with the code.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

CATALOGUES: Final = Path(__file__).parent / "locale"

#: What the page offers: language code, and the language's name in itself. One per catalogue, and English.
LANGUAGES: Final[dict[str, str]] = {"en": "English"} | {
    path.stem: str(Locale.parse(path.stem).display_name).capitalize() for path in sorted(CATALOGUES.glob("*.po"))
}

#: Days are written as the record's readers write them; other languages use their own long form.
_DAY_PATTERNS: Final = {"en": "d MMMM y"}
#: Weight of a language in an Accept-Language header.
_WEIGHT: Final = re.compile(r"[01](\.\d{0,3})?")
#: "y" is "e" before a word that begins with the sound of i, though not before a diphthong (hielo, Iowa).
_SPANISH_E: Final = re.compile(r"h?[ií](?![aeiouáéó])", re.IGNORECASE)


def mark(message: str) -> str:
    """Return the message unchanged; marks it for translators where it is written before its language is known."""
    return message


class Text:
    """One language: messages, numbers and days.

    Attributes:
        language: Two-letter code, as in the URL and in `lang` attributes.
    """

    def __init__(self, language: str, catalogue: Catalog | None = None) -> None:
        self.language = language
        self._locale = (catalogue.locale if catalogue else None) or Locale.parse(language)
        self._messages = compiled(catalogue) if catalogue else NullTranslations()

    def t(self, message: str, **values: object) -> str:
        """Return the message in this language with `{name}` filled in."""
        text = self._messages.gettext(message) if message else ""
        return self._joined(text.format(**values)) if values else text

    def n(self, singular: str, plural: str, count: int, **values: object) -> str:
        """Return the form of the message that fits the count; `{n}` is the count in the locale."""
        form = self._messages.ngettext(singular, plural, int(count))
        return self._joined(form.format(n=self.number(count), **values))

    def _joined(self, told: str) -> str:
        """Return a text with what was filled in joined as Spanish does: "de el condado" is "del condado"."""
        if self.language != "es":
            return told
        return told.replace(" de el ", " del ").replace(" a el ", " al ").replace("EE. UU..", "EE. UU.")

    def forms(self, singular: str, plural: str) -> tuple[str, str]:
        """Return the message for one and for two, placeholders left in it, for a script that counts by itself."""
        return self._messages.ngettext(singular, plural, 1), self._messages.ngettext(singular, plural, 2)

    def t_in(self, context: str | None, message: str) -> str:
        """Return the message in this language as said in a context, placeholders left in it."""
        return self._messages.pgettext(context, message) if context else self._messages.gettext(message)

    def number(self, value: int) -> str:
        """Return a whole number as the locale writes it."""
        return format_decimal(value, locale=self._locale)

    def day(self, value: dt.date) -> str:
        """Return a day in words, as "11 May 2026"."""
        return _day(value, self.language, str(self._locale))

    def month(self, value: dt.date) -> str:
        """Return the month of a day in words, as "May 2026"."""
        return format_skeleton("yMMMM", value, locale=self._locale)

    def listing(self, parts: list[str]) -> str:
        """Return the parts joined as a sentence does: "a, b and c"."""
        if len(parts) < 2:
            return "".join(parts)
        first, last = ", ".join(parts[:-1]), parts[-1]
        if self.language == "es" and _SPANISH_E.match(last):
            return f"{first} e {last}"
        return self.t("{first} and {last}", first=first, last=last)


def preferred_language(accepted: str) -> str:
    """Return the language of `LANGUAGES` a reader prefers, English where none of them is wanted.

    Args:
        accepted: An Accept-Language header ("es-MX,es;q=0.9,en;q=0.8"), or a single tag ("es-US").
    """
    wanted: list[tuple[float, str]] = []
    for part in accepted.split(","):
        tag, *settings = (piece.strip() for piece in part.split(";"))
        weight = next((setting[2:] for setting in settings if setting.startswith("q=")), "1")
        language = tag.partition("-")[0].lower()
        if language in LANGUAGES and _WEIGHT.fullmatch(weight) and float(weight):
            wanted.append((float(weight), language))
    return max(wanted, key=lambda pair: pair[0], default=(0.0, "en"))[1]


def compiled(catalogue: Catalog) -> GNUTranslations:
    """Return a catalogue ready for use: plural forms by its own rule, entries marked fuzzy left out."""
    machine = BytesIO()
    write_mo(machine, catalogue)
    machine.seek(0)
    return GNUTranslations(machine)


@lru_cache(maxsize=20_000)
def _day(value: dt.date, language: str, locale: str) -> str:
    # Formatting by locale takes a tenth of a millisecond, and a page holds the same few days many times.
    return format_date(value, _DAY_PATTERNS.get(language, "long"), locale=locale)


@cache
def text_in(language: str) -> Text:
    """Return the texts of a language; an unknown one gives English."""
    if language not in LANGUAGES or language == "en":
        return Text("en")
    with (CATALOGUES / f"{language}.po").open("rb") as lines:
        return Text(language, read_po(lines))
