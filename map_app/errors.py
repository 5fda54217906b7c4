"""Errors a person can meet. Each message says what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: Longest value and most faults that a message of one line repeats.
_SHOWN_CHARACTERS: Final = 60
_SHOWN_FAULTS: Final = 10


class MapAppError(Exception):
    """Any error whose message is meant to be read by a person, without a traceback."""


class UsageError(MapAppError):
    """The command line or URL asked for something that does not exist."""


class AgreementDataError(MapAppError):
    """A data file cannot be used as it is."""


class Said(str):
    """An English text that keeps the message it was made of, so that it can be told in another language.

    Attributes:
        message: The message, `{name}` left in it; catalogues know it.
        values: What is filled in; a `Said` among them is told in the other language too.
    """

    message: str
    values: dict[str, object]

    def __new__(cls, message: str, **values: object) -> Said:
        """Return the message with its values filled in."""
        said = super().__new__(cls, message.format(**values) if values else message)
        said.message, said.values = message, values
        return said


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a data file.

    Attributes:
        row: Line of the file as an editor counts it (the header is line 1), or None for the whole file.
        column: Column heading, or None for the whole row.
        value: The offending value as read, or None.
        problem: What is wrong, in plain words.
        remedy: What to do about it.
    """

    row: int | None
    column: str | None
    value: str | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        where = [f"line {self.row}"] if self.row is not None else []
        where += [f"column {self.column}"] if self.column else []
        shown = f" ({shortened(self.value)!r})" if self.value is not None else ""
        return f"{', '.join(where) or 'file'}: {self.problem}{shown}. {self.remedy}"


def shortened(value: str) -> str:
    """Return a value short enough for a message of one line."""
    return value if len(value) <= _SHOWN_CHARACTERS else f"{value[: _SHOWN_CHARACTERS - 1]}…"


class UnreadableFileError(AgreementDataError):
    """The file is missing, empty, not text, or not a table with the columns of the contract.

    Its message repeats the first faults; `faults` holds them all.
    """

    def __init__(self, path: object, faults: Sequence[Fault]) -> None:
        self.path = path
        self.faults = list(faults)
        more = len(self.faults) - _SHOWN_FAULTS
        told = [str(f) for f in self.faults[:_SHOWN_FAULTS]] + [f"And {more:,} more."] * (more > 0)
        super().__init__(f"{path}: " + " ".join(told))
