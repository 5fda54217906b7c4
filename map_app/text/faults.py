"""Faults of a data file in the reader's language."""

from __future__ import annotations

from map_app.errors import Fault, Said
from map_app.text import Text


def fault_words(fault: Fault, text: Text) -> str:
    """Return a fault in one line: where it is, what is wrong with which value, what to do."""
    where = [text.t("line {number}", number=fault.row)] if fault.row is not None else []
    where += [text.t("column {name}", name=fault.column)] if fault.column else []
    shown = f" ({fault.value!r})" if fault.value is not None else ""
    place = ", ".join(where) or text.t("file")
    return f"{place}: {said(fault.problem, text)}{shown}. {said(fault.remedy, text)}"


def said(words: str, text: Text) -> str:
    """Return a text in a language where it keeps the message it was made of; any other text stays as it is."""
    if not isinstance(words, Said):
        return words
    values = {name: said(value, text) if isinstance(value, str) else value for name, value in words.values.items()}
    return text.t(words.message, **values)
