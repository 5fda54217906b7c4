"""Cleaning: raw rows become rows with a state, an agency, a model and a date, or are named as unreadable."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from geo.fips import STATES
from map_app.ingest.corrections import PENDING_ROW, Corrections
from map_app.ingest.links import Link, clean_link
from map_app.ingest.names import agency_key, display_name, plain, value
from map_app.ingest.workbooks import ListKind, RawRow
from map_app.vocabulary import MoaStatus, Model

_T = TypeVar("_T")
_STATE_ABBRS: Final = {state.name.upper(): state.abbr for state in STATES} | {s.abbr: s.abbr for s in STATES}
_MODELS: Final = {model.value.casefold(): model for model in Model}
_FORMATS: Final = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%m.%d.%Y",
    "%m/%d/%y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
)
#: Day 0 of a spreadsheet's date serials.
_SERIAL_EPOCH: Final = dt.date(1899, 12, 30)
#: The first 287(g) agreement was signed on 2 July 2002.
FIRST_SIGNING: Final = dt.date(2002, 7, 2)


@dataclass(frozen=True)
class Problem:
    """A cell nobody could read, with what to do.

    Attributes:
        file: Workbook or history file.
        row: Its row.
        column: Heading.
        value: The cell as printed.
        problem: What is wrong with it, and the remedy.
        sets_aside: Whether the row cannot be used without it (state, agency, model), or only lacks it (date).
    """

    file: str
    row: int
    column: str
    value: str
    problem: str
    sets_aside: bool

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}, column {self.column}: {self.problem} ({self.value!r})"


@dataclass(frozen=True)
class CleanRow:
    """One row of a list, cleaned.

    Attributes:
        file: Workbook.
        row: Row in it.
        state_abbr: Postal abbreviation.
        agency_name: Name to show, corrected.
        agency_key: Key that spelling does not change, see `names.agency_key`.
        printed_name: Name as printed, plain.
        printed_type: TYPE as printed, plain; empty where none.
        type_hint: TYPE in ICE's usual spelling, for placement.
        printed_county: COUNTY as printed, plain; empty where none.
        model: Support type.
        signed_date: YYYY-MM-DD, or empty where the list gives none that can be read.
        printed_date: SIGNED as printed.
        moa_status: Whether a memorandum is linked or pending, or None where the list does not say.
        moa: Link to the memorandum.
        addendum: Link to the addendum.
        corrections: Ids of the corrections that changed something in this row.
    """

    file: str
    row: int
    state_abbr: str
    agency_name: str
    agency_key: str
    printed_name: str
    printed_type: str
    type_hint: str
    printed_county: str
    model: Model
    signed_date: str
    printed_date: str
    moa_status: MoaStatus | None
    moa: Link
    addendum: Link
    corrections: tuple[str, ...]


def clean_rows(
    rows: Iterable[RawRow], kind: ListKind, list_date: dt.date, corrections: Corrections
) -> tuple[list[CleanRow], list[Problem]]:
    """Return a list's rows cleaned, and every cell that could not be read.

    Args:
        rows: Rows of one workbook.
        kind: Pending lists have no dates.
        list_date: Day of the list: nothing on it was signed later.
        corrections: What is known to be misprinted.
    """
    cleaned: list[CleanRow] = []
    problems: list[Problem] = []
    for raw in rows:
        row, found = clean_row(raw, kind, list_date, corrections)
        problems += found
        if row is not None:
            cleaned.append(row)
    return cleaned, problems


def clean_row(
    raw: RawRow, kind: ListKind, list_date: dt.date, corrections: Corrections
) -> tuple[CleanRow | None, list[Problem]]:
    """Return one row cleaned, or None with the reasons; a date alone that cannot be read is left empty."""
    used: list[str] = []
    problems: list[Problem] = []

    def problem(column: str, printed: str, text: str, sets_aside: bool = True) -> None:
        problems.append(Problem(raw.file, raw.row, column, printed, text, sets_aside))

    state = _read_state(raw, corrections, used)
    if state is None:
        problem("STATE", raw.state, "no state or territory; add a row to data/corrections/states.csv")
    model = _corrected(plain(raw.model).casefold(), _MODELS, corrections.models, corrections, used)
    if model is None:
        problem("SUPPORT TYPE", raw.model, "no known support type; add a row to data/corrections/models.csv")
    if not value(raw.agency):
        problem("LAW ENFORCEMENT AGENCY", raw.agency, "no agency named")
    if state is None or model is None or not value(raw.agency):
        return None, problems

    printed_date = plain(raw.signed)
    scope = PENDING_ROW if kind is ListKind.PENDING else _iso(printed_date)
    named = corrections.agency(state, display_name(raw.agency), model, scope)
    name, signed = named[0], ""
    used += named[1]
    if kind is ListKind.PARTICIPATING:
        fixed = corrections.dates.get((state, agency_key(name), model, _iso(printed_date)))
        if fixed:
            signed = fixed[0]
            used.append(corrections.use(fixed[1]))
        else:
            signed = _readable(printed_date, list_date)
            if not signed:
                problem(
                    "SIGNED",
                    raw.signed,
                    f"no day between {FIRST_SIGNING} and the list's own date {list_date}; add a "
                    "row to data/corrections/dates.csv",
                    sets_aside=False,
                )
    printed_type = value(raw.type)
    hint = corrections.types.get(printed_type.casefold())
    if hint:
        used.append(corrections.use(hint[1]))
    moa, addendum = clean_link(raw.moa_link or raw.moa), clean_link(raw.addendum_link or raw.addendum)
    text = plain(raw.moa).casefold()
    status = (
        MoaStatus.PENDING if "pending" in text else MoaStatus.LINKED if moa.url or text.startswith("link") else None
    )
    wrong = corrections.links.get((state, agency_key(name), moa.url))
    if wrong:
        moa = Link(url=wrong[0])
        used.append(corrections.use(wrong[1]))
    return CleanRow(
        file=raw.file,
        row=raw.row,
        state_abbr=state,
        agency_name=name,
        agency_key=agency_key(name),
        printed_name=plain(raw.agency),
        printed_type=printed_type,
        type_hint=hint[0] if hint else printed_type,
        printed_county=value(raw.county),
        model=model,
        signed_date=signed,
        printed_date=printed_date,
        moa_status=status,
        moa=moa,
        addendum=addendum,
        corrections=tuple(sorted(set(used))),
    ), problems


def read_date(text: str) -> dt.date | None:
    """Return the day a cell gives, as a date, a spreadsheet serial or text in American order; else None."""
    if re.fullmatch(r"\d{5}", text):
        return _SERIAL_EPOCH + dt.timedelta(days=int(text))
    for form in _FORMATS:
        try:
            return dt.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _iso(text: str) -> str:
    day = read_date(text)
    return day.isoformat() if day else text


def _readable(text: str, list_date: dt.date) -> str:
    """Return a printed date as YYYY-MM-DD where it is one the list could hold, else empty."""
    day = read_date(text)
    return day.isoformat() if day and FIRST_SIGNING <= day <= list_date else ""


def _read_state(raw: RawRow, corrections: Corrections, used: list[str]) -> str | None:
    """Return the state of a row; a correction for its agency wins over what is printed."""
    printed = plain(raw.state).upper()
    for key in ((printed, agency_key(raw.agency)), (printed, "")):
        if key in corrections.states:
            right, identifier = corrections.states[key]
            used.append(corrections.use(identifier))
            return right
    return _STATE_ABBRS.get(printed)


def _corrected(
    text: str,
    known: dict[str, _T],
    corrected: dict[str, tuple[_T, str]],
    corrections: Corrections,
    used: list[str],
) -> _T | None:
    if text in known:
        return known[text]
    if text not in corrected:
        return None
    right, identifier = corrected[text]
    used.append(corrections.use(identifier))
    return right
