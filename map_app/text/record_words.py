"""What the record's own notes say, in the reader's language.

Notes and placement notes stand in data/agreements.csv in English: short remarks joined by "; ". A remark is a message
of the catalogue once its days and numbers, or the names in it, are taken out; so one translation serves every row
that says the same of another day or place. Remarks that say one thing of one row have a catalogue of their own,
`record/<language>.po`. `python -m map_app.text.catalogue` keeps both in step.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from map_app.text import Text, compiled, mark, text_in
from map_app.text.places import COUNTY_KINDS, county_name_words

RECORD_CATALOGUES: Final = Path(__file__).parent / "record"
#: Columns of the record that hold remarks.
NOTE_COLUMNS: Final = ("note", "placement_note")

#: How `map_app.ingest` writes a remark. `{town}`, `{cell}` and `{n}` stay as they are; days, counties and states are
#: said as the language says them.
_FORMS: Final = (
    mark("state agency: covers the whole of {state}"),
    mark("{town} lies in {counties} by its ZIP codes"),
    mark("{town} lies in {counties}"),
    mark("{town} is an independent city, its own county equivalent"),
    mark("not confirmed: {town} is known in {counties}"),
    mark("no town named {town} is known in the state"),
    mark("ICE prints {cell}, not a county of the state"),
    mark("ICE prints {cell}"),
    mark("misspelling of {cell}"),
    mark("county from the agency's name"),
    mark("no county of that name in the state"),
    mark("only the printed county is known"),
    mark("member counties not looked up"),
    mark("its member counties are not in data/corrections/placements.csv"),
    mark("its place is not in data/corrections/placements.csv"),
    mark("on no list held"),
    mark("gone by ICE's list of {day}, day of the end not known"),
    mark("ended in {month}, day not known"),
    mark("not on {n} lists from {first} to {last}, then listed again"),
)
_DAY: Final = r"\d{4}-\d{2}-\d{2}"
_PARTS: Final = {
    "day": _DAY, "first": _DAY, "last": _DAY, "month": r"\d{4}-\d{2}", "n": r"\d+", "town": r"[A-Z].*?",
    "counties": rf"[A-Z].*(?:{'|'.join(map(re.escape, COUNTY_KINDS))})",
}  # fmt: skip
#: Days inside a remark that no form covers.
_DATED: Final = re.compile(rf"\b{_DAY}\b(?!-)")
#: Days, and the months of one form: "2006-07" may be two years.
_DAY_OR_MONTH: Final = re.compile(rf"{_DATED.pattern}|(?<=\bended in )\d{{4}}-\d{{2}}(?=, day not known)")


@dataclass(frozen=True)
class Told:
    """A text with the language it is in, for the `lang` of the element that shows it."""

    words: str
    language: str


@lru_cache(maxsize=4096)
def record_words(note: str, text: Text) -> Told:
    """Return a note or placement note of the record in a language; in English where any remark of it is not known.

    English is the record's own, its days written out.

    Args:
        note: The cell.
        text: Language.
    """
    if not note:
        return Told(note, text.language)
    if text.language == "en":
        return Told(_DAY_OR_MONTH.sub(lambda found: _date(found[0], text), note), "en")
    told = [_remark(part, text) for part in remarks(note)]
    if not all(told):
        return record_words(note, text_in("en"))
    return Told("; ".join(filter(None, told)), text.language)


def remarks(note: str) -> list[str]:
    """Return the remarks a note joins by "; ", where that does not stand in parentheses."""
    parts, depth, begins = [], 0, 0
    for at, sign in enumerate(note):
        depth += (sign == "(") - (sign == ")" and depth > 0)
        if sign == ";" and not depth and note.startswith("; ", at):
            parts.append(note[begins:at])
            begins = at + 2
    return [part for part in (*parts, note[begins:]) if part]


def record_messages(path: Path) -> Iterator[str]:
    """Yield the messages a catalogue of the record needs: the remarks of agreements.csv that have no form.

    Args:
        path: A file with the columns of the record.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        notes = dict.fromkeys(row[column] for row in csv.DictReader(lines) for column in NOTE_COLUMNS)
    for note in notes:
        for part in remarks(note):
            if not any(pattern.fullmatch(part) for _, pattern in _patterns()):
                yield _undated(part)[0]


def _remark(part: str, text: Text) -> str:
    """Return one remark in a language, "" where its catalogue has none."""
    for form, pattern in _patterns():
        found = pattern.fullmatch(part)
        if found:
            return text.t(form, **{name: _value(name, value, text) for name, value in found.groupdict().items()})
    message, dates = _undated(part)
    told = _catalogue(text.language).gettext(message)
    if told == message:
        return ""
    for name, value in dates.items():
        told = told.replace(f"{{{name}}}", _date(value, text))
    return told


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return each form with the expression that finds its parts."""
    found = []
    for form in _FORMS:
        pieces = re.split(r"\{(\w+)\}", form)
        names = (f"(?P<{name}>{_PARTS.get(name, '.+?')})" for name in pieces[1::2])
        found.append((form, re.compile("".join(
            piece for pair in zip(map(re.escape, pieces[::2]), (*names, ""), strict=True) for piece in pair
        ))))  # fmt: skip
    return tuple(found)


def _undated(part: str) -> tuple[str, dict[str, str]]:
    """Return a remark with its days taken out, as `{day}`, `{day2}`, …, and what they are."""
    days: dict[str, str] = {}

    def taken(found: re.Match[str]) -> str:
        name = f"day{len(days) + 1 if days else ''}"
        days[name] = found[0]
        return f"{{{name}}}"

    return _DATED.sub(taken, part), days


def _value(name: str, value: str, text: Text) -> str:
    match name:
        case "day" | "first" | "last" | "month":
            return _date(value, text)
        case "n":
            return text.number(int(value))
        case "state":
            return text.t(value)
        case "counties":
            names = [part for group in value.split(" and ") for part in group.split(", ")]
            return text.listing([county_name_words(name, text, in_sentence=True) for name in names])
    return value


def _date(value: str, text: Text) -> str:
    try:
        day = dt.date.fromisoformat(value if len(value) == 10 else f"{value}-01")
    except ValueError:
        return value
    return text.day(day) if len(value) == 10 else text.month(day)


@cache
def _catalogue(language: str) -> NullTranslations:
    path = RECORD_CATALOGUES / f"{language}.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as lines:
        return compiled(read_po(lines))
