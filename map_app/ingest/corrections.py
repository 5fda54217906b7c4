"""The corrections of data/corrections/*.csv: wrong value, right value, evidence; and which were used."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from geo.fips import STATE_ABBRS
from map_app.errors import AgreementDataError
from map_app.ingest.names import agency_key, plain
from map_app.vocabulary import Model

CORRECTIONS_DIR: Final = Path(__file__).parents[2] / "data" / "corrections"

#: In signed_date of agencies.csv: the correction holds for rows of the pending lists, which have no date.
PENDING_ROW: Final = "pending"
#: Columns of each file, in order. Every file has an id and its evidence.
FILES: Final = {
    "states": ("id", "printed", "agency_name", "state_abbr", "evidence"),
    "models": ("id", "printed", "model", "evidence"),
    "types": ("id", "printed", "type", "evidence"),
    "agencies": ("id", "state_abbr", "printed_name", "model", "signed_date", "agency_name", "evidence"),
    "distinct": ("id", "state_abbr", "agency_name", "other_name", "evidence"),
    "dates": ("id", "state_abbr", "agency_name", "model", "printed", "signed_date", "evidence"),
    "resigned": ("id", "state_abbr", "agency_name", "model", "earlier_date", "later_date", "evidence"),
    "links": ("id", "state_abbr", "agency_name", "printed_url", "moa_url", "evidence"),
    "rows": ("id", "file", "row", "agency_name", "reason", "evidence"),
    "notes": ("id", "state_abbr", "agency_name", "model", "signed_date", "note", "source"),
}


_K = TypeVar("_K")
_V = TypeVar("_V")


class CorrectionError(AgreementDataError):
    """A correction is not usable: the message names file, line, column and remedy."""


@dataclass
class Corrections:
    """Every correction held, and which were used in this build.

    Attributes:
        states: (printed state, plain and upper case; key of one agency or "" for all) to (abbreviation, id).
        models: Printed support type, plain and casefolded, to (model, id).
        types: Printed TYPE, plain and casefolded, to (TYPE as ICE usually prints it, id).
        agencies: (state, key of the printed name, model or "", date, "pending" or "") to (name, id).
        distinct: Pairs of agencies of like name that stay apart, as (state, key, key).
        dates: (state, key of the name, model, printed date) to (date, id).
        resigned: Two dates reviewed as two signings, as (state, key, model, earlier, later).
        links: (state, key of the name, wrong link) to (right link or "", id).
        rows: (file, row) set aside, to (reason, id).
        notes: Every row of notes.csv.
        ids: All ids, by file.
        used: Ids used.
    """

    states: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    models: dict[str, tuple[Model, str]] = field(default_factory=dict)
    types: dict[str, tuple[str, str]] = field(default_factory=dict)
    agencies: dict[tuple[str, str, str, str], tuple[str, str]] = field(default_factory=dict)
    distinct: dict[tuple[str, str, str], str] = field(default_factory=dict)
    dates: dict[tuple[str, str, str, str], tuple[str, str]] = field(default_factory=dict)
    resigned: dict[tuple[str, str, str, str, str], str] = field(default_factory=dict)
    links: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    rows: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    notes: list[dict[str, str]] = field(default_factory=list)
    ids: dict[str, list[str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def use(self, identifier: str) -> str:
        """Record that a correction was used, and return its id."""
        self.used.add(identifier)
        return identifier

    def agency(self, state_abbr: str, name: str, model: str = "", date: str = "") -> tuple[str, tuple[str, ...]]:
        """Return the name an agency goes by here, and the ids of the corrections that say so.

        A correction for one model and date wins over one for the model, and that over one for the name.
        """
        used: tuple[str, ...] = ()
        for _ in range(5):  # a correction may lead to a name that is itself corrected
            key = agency_key(name)
            scopes = ((model, date), (model, ""), ("", ""))
            found = next(
                (self.agencies[s] for scope in scopes if (s := (state_abbr, key, *scope)) in self.agencies),
                None,
            )
            if found is None or found[0] == name:
                return name, used
            name, used = found[0], (*used, self.use(found[1]))
        raise CorrectionError(
            f"data/corrections/agencies.csv: {name!r} ({state_abbr}) leads round in a circle. Remove one of its rows."
        )


def load_corrections(folder: Path = CORRECTIONS_DIR) -> Corrections:
    """Return every correction in a folder.

    Args:
        folder: Holds the files of `FILES`; a file that is missing holds no corrections.

    Raises:
        CorrectionError: A file lacks a column, or a row lacks its evidence, repeats an id or a key, or
            names a state or model that does not exist.
    """
    held = Corrections()
    for state, line, row in _rows(folder, "states"):
        _put(
            held.states,
            (plain(row["printed"]).upper(), agency_key(row["agency_name"])),
            (_state(row["state_abbr"], state, line), row["id"]),
            state,
            line,
        )
    for name, line, row in _rows(folder, "models"):
        _put(
            held.models,
            plain(row["printed"]).casefold(),
            (_model(row["model"], name, line), row["id"]),
            name,
            line,
        )
    for name, line, row in _rows(folder, "types"):
        _put(held.types, plain(row["printed"]).casefold(), (row["type"], row["id"]), name, line)
    for name, line, row in _rows(folder, "agencies"):
        scope = (_model(row["model"], name, line) if row["model"] else "", row["signed_date"])
        key = (_state(row["state_abbr"], name, line), agency_key(row["printed_name"]), *scope)
        _put(held.agencies, key, (row["agency_name"], row["id"]), name, line)
    for name, line, row in _rows(folder, "distinct"):
        one, two = sorted((agency_key(row["agency_name"]), agency_key(row["other_name"])))
        _put(held.distinct, (_state(row["state_abbr"], name, line), one, two), row["id"], name, line)
    for name, line, row in _rows(folder, "dates"):
        _put(
            held.dates,
            (
                _state(row["state_abbr"], name, line),
                agency_key(row["agency_name"]),
                str(_model(row["model"], name, line)),
                row["printed"],
            ),
            (row["signed_date"], row["id"]),
            name,
            line,
        )
    for name, line, row in _rows(folder, "resigned"):
        _put(
            held.resigned,
            (
                _state(row["state_abbr"], name, line),
                agency_key(row["agency_name"]),
                str(_model(row["model"], name, line)),
                row["earlier_date"],
                row["later_date"],
            ),
            row["id"],
            name,
            line,
        )
    for name, line, row in _rows(folder, "links"):
        _put(
            held.links,
            (_state(row["state_abbr"], name, line), agency_key(row["agency_name"]), row["printed_url"]),
            (row["moa_url"], row["id"]),
            name,
            line,
        )
    for name, line, row in _rows(folder, "rows"):
        if not row["row"].isdigit():
            raise CorrectionError(f"{name}, line {line}, column row: {row['row']!r} is no row number.")
        _put(held.rows, (row["file"], int(row["row"])), (row["reason"], row["id"]), name, line)
    held.notes = [row for _, _, row in _rows(folder, "notes")]
    # Every file's ids, also of those that placing reads itself: what no build uses is reported.
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            held.ids[path.stem] = [row["id"] for row in csv.DictReader(lines) if row.get("id")]
    return held


def _rows(folder: Path, name: str) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Yield a file's rows as (file name for messages, line, row), checking columns, ids and evidence."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return
    shown, seen = f"{path.parent.name}/{path.name}", set()
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != FILES[name]:
            raise CorrectionError(
                f"{shown}: its columns are {reader.fieldnames}; they must be {', '.join(FILES[name])}."
            )
        for row in reader:
            line = reader.line_num
            if None in row or None in row.values():
                raise CorrectionError(f"{shown}, line {line}: too many or too few cells. Quote cells that hold commas.")
            if not row["id"] or row["id"] in seen:
                raise CorrectionError(f"{shown}, line {line}, column id: {row['id']!r} is empty or used twice.")
            if not row[FILES[name][-1]].strip():
                raise CorrectionError(
                    f"{shown}, line {line}: no {FILES[name][-1]}. Every correction says what shows it."
                )
            seen.add(row["id"])
            yield shown, line, row


def _put(table: dict[_K, _V], key: _K, value: _V, name: str, line: int) -> None:
    if key in table:
        raise CorrectionError(f"{name}, line {line}: corrects {key!r} a second time. Keep one of the rows.")
    table[key] = value


def _state(text: str, name: str, line: int) -> str:
    if text not in STATE_ABBRS:
        raise CorrectionError(f"{name}, line {line}: {text!r} is no postal abbreviation of a state or territory.")
    return text


def _model(text: str, name: str, line: int) -> Model:
    model = Model.parse(text)
    if model is None:
        raise CorrectionError(f"{name}, line {line}: {text!r} is no model. Use one of {', '.join(Model)}.")
    return model
