"""The same selection at the grain a reader needs: agreements, agencies, counties, states, counties by month."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from geo.fips import STATES, counties
from map_app.agreements import COLUMNS, Column
from map_app.coverage import LEVELS, CoverageIndex
from map_app.errors import UsageError
from map_app.filters import FIRST_DAY, Filters, filter_mask, in_force
from map_app.record import LoadedRecord
from map_app.vocabulary import AgencyType, Coverage, Model, Participation, Placement, Status

#: What a month of the panel rests on.
EVIDENCE: Final = ("documents", "list", "gap")


class Grain(StrEnum):
    """What one row is."""

    AGREEMENT = "agreement"
    AGENCY = "agency"
    COUNTY = "county"
    STATE = "state"
    PANEL = "panel"

    @property
    def plural(self) -> str:
        """Name of a table or layer of such rows."""
        return {"agency": "agencies", "county": "counties", "panel": "panel"}.get(self.value, f"{self.value}s")

    @property
    def content(self) -> str:
        """What one row is, in words."""
        return {
            Grain.AGREEMENT: "one row per agreement (one model, signed by one agency, on one date)",
            Grain.AGENCY: "one row per agency",
            Grain.COUNTY: "one row per county",
            Grain.STATE: "one row per state or territory",
            Grain.PANEL: "one row per county and month since July 2002",
        }[self]


@dataclass(frozen=True)
class Selection:
    """The record narrowed by filters; every output of the desk starts from one.

    Attributes:
        record: The record as loaded.
        filters: What to keep.
    """

    record: LoadedRecord
    filters: Filters

    @cached_property
    def mask(self) -> np.ndarray:
        """One boolean per agreement of the record: whether the filters keep it."""
        return filter_mask(self.record.agreements, self.filters)

    @cached_property
    def agreements(self) -> pd.DataFrame:
        """The agreements kept, record columns, file order."""
        return self.record.agreements[self.mask]


_NEVER: Final = "never empty"
_MODEL_COLUMNS: Final[tuple[Column, ...]] = tuple(
    Column(model.code.lower(), "integer", f"Agreements of the {model}.", _NEVER, "counted") for model in Model
)


def _local(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Return the columns of model counts, said of county and local agencies."""
    return tuple(replace(c, description=c.description.rstrip(".") + " among the local agreements.") for c in columns)


_LEVEL_WORDS: Final = (
    "Level of participation: county_wide (an agency that covers the whole county), local_only (only agencies inside "
    "part of it), statewide_only (only agencies of the state), none_listed (no agreement of this selection)."
)

#: Columns of each grain: the files, the data dictionary and the interface's description all come from here.
GRAIN_COLUMNS: Final[dict[Grain, tuple[Column, ...]]] = {
    Grain.AGREEMENT: COLUMNS,
    Grain.AGENCY: (
        Column("agency_id", "text", "One id per agency over all years and spellings.", _NEVER, "record"),
        Column("agency_name", "text", "Display name.", _NEVER, "record"),
        Column("state_abbr", "text", "Postal abbreviation.", _NEVER, "record"),
        Column("agency_type", "text", "What kind of body.", _NEVER, "record", allowed=tuple(AgencyType)),
        Column("agreements", "integer", "Selected agreements.", _NEVER, "counted"),
        Column("active_agreements", "integer", "Those active as of the newest list.", _NEVER, "counted"),
        *_MODEL_COLUMNS,
        Column("models", "text", "Codes of the models, `;` between.", _NEVER, "record"),
        Column("first_signed_date", "date", "Earliest known day of signing.", "no source gives a day", "record"),
        Column("last_signed_date", "date", "Latest known day of signing.", "no source gives a day", "record"),
        Column("coverage", "text", "Widest ground an agreement covers.", "unplaced", "record", allowed=tuple(Coverage)),
        Column("county_geoids", "text", "County codes of all its agreements, `;` between.", "statewide or unplaced",
               "record"),
        Column("place_name", "text", "Municipality, campus, airport or precinct.", "none", "record"),
        Column("agreement_ids", "text", "Its selected agreements, `;` between.", _NEVER, "record"),
    ),
    Grain.COUNTY: (
        Column("geoid", "text", "Five-digit county code.", _NEVER, "geo/shapes"),
        Column("county_name", "text", "Name with its kind.", _NEVER, "geo/shapes"),
        Column("state_abbr", "text", "Postal abbreviation.", _NEVER, "geo/shapes"),
        Column("state_name", "text", "Name of the state or territory.", _NEVER, "geo/shapes"),
        Column("level", "text", _LEVEL_WORDS, _NEVER, "joined", allowed=tuple(Participation)),
        Column("local_agreements", "integer", "Agreements of county and local agencies that cover it.", _NEVER,
               "counted"),
        Column("local_agencies", "integer", "Agencies that hold them.", _NEVER, "counted"),
        *_local(_MODEL_COLUMNS),
        Column("first_signed_year", "integer", "Earliest signing year of the local agreements.",
               "no local agreement, or year unknown", "record"),
        Column("statewide_agreements", "integer", "Agreements that cover the whole state.", _NEVER, "counted"),
        Column("statewide_models", "text", "Codes of their models, `;` between.", "no statewide agreement", "record"),
        Column("unplaced_in_state", "integer", "Agreements of the state that could not be placed and may belong here.",
               _NEVER, "counted"),
        Column("agreement_ids", "text", "The local agreements, `;` between.", "no local agreement", "record"),
    ),
    Grain.STATE: (
        Column("state_fips", "text", "Two-digit state code.", _NEVER, "geo/fips"),
        Column("state_abbr", "text", "Postal abbreviation.", _NEVER, "geo/fips"),
        Column("state_name", "text", "Name of the state or territory.", _NEVER, "geo/fips"),
        Column("agreements", "integer", "Selected agreements of its agencies.", _NEVER, "counted"),
        Column("agencies", "integer", "Agencies that hold them.", _NEVER, "counted"),
        *_MODEL_COLUMNS,
        Column("statewide_agreements", "integer", "Agreements that cover the whole state.", _NEVER, "counted"),
        Column("unplaced_agreements", "integer", "Agreements that could not be placed.", _NEVER, "counted"),
        Column("first_signed_year", "integer", "Earliest signing year.", "no agreement, or year unknown", "record"),
        Column("counties", "integer", "Counties looked at (all of the state, or those of the filter).", _NEVER,
               "geo/shapes"),
        Column("counties_county_wide", "integer", "Counties of level county_wide.", _NEVER, "counted"),
        Column("counties_local_only", "integer", "Counties of level local_only.", _NEVER, "counted"),
        Column("counties_statewide_only", "integer", "Counties of level statewide_only.", _NEVER, "counted"),
        Column("counties_none_listed", "integer", "Counties of level none_listed.", _NEVER, "counted"),
    ),
    Grain.PANEL: (
        Column("geoid", "text", "Five-digit county code.", _NEVER, "geo/shapes"),
        Column("state_abbr", "text", "Postal abbreviation.", _NEVER, "geo/shapes"),
        Column("month", "date", "First day of the month.", _NEVER, "calendar"),
        Column("as_of", "date", "Day the row speaks of: the month's last, in the last month the newest list's.", _NEVER,
               "calendar"),
        Column("evidence", "text", "What the day rests on: documents (before the first list held), list, or gap (more "
               "than 14 days from the last sight of a list to the next list).", _NEVER, "data/SOURCES.csv",
               allowed=EVIDENCE),
        Column("level", "text", _LEVEL_WORDS, _NEVER, "joined", allowed=tuple(Participation)),
        Column("local_agreements", "integer", "Agreements of county and local agencies that cover it.", _NEVER,
               "counted"),
        *(replace(c, description=c.description[:-1] + "; a hybrid counts as jail enforcement once its task-force part "
                  "has ended.") for c in _local(_MODEL_COLUMNS)),
        Column("statewide_agreements", "integer", "Agreements that cover the whole state.", _NEVER, "counted"),
        Column("first_treated_month", "date", "First month with a local agreement.", "never", "counted"),
        Column("first_covered_month", "date", "First month with a local or a statewide agreement.", "never",
               "counted"),
        Column("ever_treated", "boolean", "Whether a local agreement covers it in any month of the panel.", _NEVER,
               "counted"),
    ),
}  # fmt: skip


def table(selection: Selection, grain: Grain) -> pd.DataFrame:
    """Return a selection at a grain.

    Args:
        selection: The record and its filters.
        grain: What one row is.

    Returns:
        The columns of `GRAIN_COLUMNS[grain]` (for agreements, those the file has): text as str with "" for
        missing, whole numbers, dates as datetime64. Agreements and agencies stand in the order of the record,
        counties and states in the order of their codes, the panel by county, then month. Counties and states are
        those of the state and county filters, all 3,231 and 56 without such filters, with or without an agreement.

    Raises:
        UsageError: A panel was asked for with a status; it holds every month, so a status has no meaning in it.
    """
    return {
        Grain.AGREEMENT: _agreements,
        Grain.AGENCY: _agencies,
        Grain.COUNTY: _counties,
        Grain.STATE: _states,
        Grain.PANEL: panel,
    }[grain](selection)


def counties_in_scope(filters: Filters) -> list[str]:
    """Return the GEOIDs a selection speaks of: those of its county and state filters, else every county."""
    wanted_states, wanted = set(filters.states), set(filters.counties)
    return [
        geoid
        for geoid, county in counties().items()
        if (not wanted or geoid in wanted) and (not wanted_states or county.state_abbr in wanted_states)
    ]


def _agreements(selection: Selection) -> pd.DataFrame:
    held = selection.agreements
    return held[[column.name for column in COLUMNS if column.name in held.columns]].reset_index(drop=True)


def _joined(texts: Iterable[str]) -> str:
    """Return distinct texts in order of first appearance, `;` between; texts that hold lists are taken apart."""
    return ";".join(dict.fromkeys(part for text in texts for part in text.split(";") if part))


_MODELS: Final = tuple(str(model) for model in Model)
_CODES: Final = tuple(model.code for model in Model)


@dataclass(frozen=True)
class _Lists:
    """The columns counting needs, as plain lists: many times faster to walk than a data frame's rows.

    Attributes:
        model: Place in `Model`.
        geoids: Counties covered; empty where statewide or unplaced.
        year: Signing year, 0 where unknown.
        signed: Signing day, NaT where unknown.
    """

    agreement_id: list[str]
    agency_id: list[str]
    agency_name: list[str]
    state_abbr: list[str]
    agency_type: list[str]
    model: list[int]
    status: list[str]
    signed: list[Any]
    year: list[int]
    coverage: list[str]
    geoids: list[tuple[str, ...]]
    place_name: list[str]
    unplaced: list[bool]


_lists: Final[WeakKeyDictionary[CoverageIndex, _Lists]] = WeakKeyDictionary()


def _lists_of(record: LoadedRecord) -> _Lists:
    """Return the record's columns as lists; kept as long as the record is."""
    held = _lists.get(record.index)
    if held is None:
        rows = record.agreements
        places = {model: place for place, model in enumerate(_MODELS)}

        def texts(name: str) -> list[str]:
            return [str(value) for value in rows[name]]

        held = _Lists(
            agreement_id=texts("agreement_id"),
            agency_id=texts("agency_id"),
            agency_name=texts("agency_name"),
            state_abbr=texts("state_abbr"),
            agency_type=texts("agency_type"),
            model=[places[model] for model in texts("model")],
            status=texts("status"),
            signed=list(rows["signed_date"]),
            year=[int(year) for year in rows["signed_year"].fillna(0)],
            coverage=texts("coverage"),
            geoids=[tuple(filter(None, geoids.split(";"))) for geoids in texts("county_geoids")],
            place_name=texts("place_name"),
            unplaced=[placement == Placement.UNPLACED for placement in texts("placement")],
        )
        _lists[record.index] = held
    return held


def _rows_of(selection: Selection) -> list[int]:
    """Return the positions of the agreements kept."""
    return [int(row) for row in np.flatnonzero(selection.mask)]


def _grouped(rows: Iterable[int], keys: Callable[[int], Iterable[str]]) -> dict[str, list[int]]:
    """Return rows by key, keys and rows in order of first appearance; a row may have several keys, or none."""
    groups: dict[str, list[int]] = {}
    for row in rows:
        for key in keys(row):
            groups.setdefault(key, []).append(row)
    return groups


def _counts(held: _Lists, rows: Sequence[int]) -> dict[str, int]:
    """Return the number of rows of each model, by the columns' names."""
    models = [held.model[row] for row in rows]
    return {code.lower(): models.count(place) for place, code in enumerate(_CODES)}


def _model_codes(held: _Lists, rows: Sequence[int]) -> str:
    """Return the codes of the rows' models in the order of the vocabulary, `;` between."""
    return ";".join(_CODES[place] for place in sorted({held.model[row] for row in rows}))


def _first_year(held: _Lists, rows: Sequence[int]) -> int | None:
    return min((held.year[row] for row in rows if held.year[row]), default=None)


def _frame(rows: Sequence[Mapping[str, Any]], grain: Grain) -> pd.DataFrame:
    """Return rows as a table with the columns and types of a grain, also where there are no rows."""
    types: dict[str, Any] = {"integer": "int64", "date": "datetime64[us]", "boolean": "bool"}
    cells = {}
    for column in GRAIN_COLUMNS[grain]:
        kind = "Int64" if column.kind == "integer" and not column.required else types.get(column.kind, "str")
        cells[column.name] = pd.Series([row[column.name] for row in rows], dtype=kind)
    return pd.DataFrame(cells)


def _agencies(selection: Selection) -> pd.DataFrame:
    held = _lists_of(selection.record)
    width = [str(coverage) for coverage in Coverage]
    told: list[dict[str, Any]] = []
    for agency_id, rows in _grouped(_rows_of(selection), lambda row: (held.agency_id[row],)).items():
        # An agency is named as its newest agreement names it.
        newest = max(rows, key=lambda row: (held.status[row] == Status.ACTIVE, str(held.signed[row])))
        signed = [held.signed[row] for row in rows if not pd.isna(held.signed[row])]
        covered = [held.coverage[row] for row in rows if held.coverage[row]]
        told.append(
            {
                "agency_id": agency_id,
                "agency_name": held.agency_name[newest],
                "state_abbr": held.state_abbr[newest],
                "agency_type": held.agency_type[newest],
                "agreements": len(rows),
                "active_agreements": sum(held.status[row] == Status.ACTIVE for row in rows),
                **_counts(held, rows),
                "models": _model_codes(held, rows),
                "first_signed_date": min(signed, default=pd.NaT),
                "last_signed_date": max(signed, default=pd.NaT),
                "coverage": min(covered, key=width.index, default=""),
                "county_geoids": ";".join(sorted({geoid for row in rows for geoid in held.geoids[row]})),
                "place_name": _joined(held.place_name[row] for row in rows),
                "agreement_ids": ";".join(held.agreement_id[row] for row in rows),
            }
        )
    return _frame(told, Grain.AGENCY)


def _levels(selection: Selection, geoids: Sequence[str]) -> list[Participation]:
    """Return the level of participation of each county under the selection."""
    index = selection.record.index
    levels = index.summarize(selection.mask).levels
    place = _places(index)
    return [LEVELS[levels[place[geoid]]] for geoid in geoids]


def _places(index: CoverageIndex) -> dict[str, int]:
    """Return the place of each county in the arrays of an index."""
    return {geoid: place for place, geoid in enumerate(index.geoids)}


def _counties(selection: Selection) -> pd.DataFrame:
    held, rows = _lists_of(selection.record), _rows_of(selection)
    geoids, known = counties_in_scope(selection.filters), counties()
    names = {state.abbr: state.name for state in STATES}
    local = _grouped(rows, lambda row: held.geoids[row])
    statewide = _grouped(
        (row for row in rows if held.coverage[row] == Coverage.STATEWIDE), lambda row: (held.state_abbr[row],)
    )
    statewide_models = {abbr: _model_codes(held, group) for abbr, group in statewide.items()}
    unplaced = Counter(held.state_abbr[row] for row in rows if held.unplaced[row])
    none: list[int] = []
    nothing = _counts(held, none)
    told: list[dict[str, Any]] = []
    for geoid, level in zip(geoids, _levels(selection, geoids), strict=True):
        county, here = known[geoid], local.get(geoid, none)
        abbr = county.state_abbr
        told.append(
            {
                "geoid": geoid,
                "county_name": county.name,
                "state_abbr": abbr,
                "state_name": names[abbr],
                "level": str(level),
                "local_agreements": len(here),
                "local_agencies": len({held.agency_id[row] for row in here}),
                **(_counts(held, here) if here else nothing),
                "first_signed_year": _first_year(held, here),
                "statewide_agreements": len(statewide.get(abbr, none)),
                "statewide_models": statewide_models.get(abbr, ""),
                "unplaced_in_state": unplaced[abbr],
                "agreement_ids": ";".join(held.agreement_id[row] for row in here),
            }
        )
    return _frame(told, Grain.COUNTY)


def _states(selection: Selection) -> pd.DataFrame:
    held, filters = _lists_of(selection.record), selection.filters
    geoids, known = counties_in_scope(filters), counties()
    levels: dict[str, Counter[Participation]] = {}
    for geoid, level in zip(geoids, _levels(selection, geoids), strict=True):
        levels.setdefault(known[geoid].state_abbr, Counter())[level] += 1
    by_state = _grouped(_rows_of(selection), lambda row: (held.state_abbr[row],))
    told: list[dict[str, Any]] = []
    for state in STATES:
        if state.abbr not in levels:
            continue
        rows, counted = by_state.get(state.abbr, []), levels[state.abbr]
        told.append(
            {
                "state_fips": state.fips,
                "state_abbr": state.abbr,
                "state_name": state.name,
                "agreements": len(rows),
                "agencies": len({held.agency_id[row] for row in rows}),
                **_counts(held, rows),
                "statewide_agreements": sum(held.coverage[row] == Coverage.STATEWIDE for row in rows),
                "unplaced_agreements": sum(held.unplaced[row] for row in rows),
                "first_signed_year": _first_year(held, rows),
                "counties": counted.total(),
                **{f"counties_{level}": counted[level] for level in Participation},
            }
        )
    return _frame(told, Grain.STATE)


# ---- counties by month


@dataclass(frozen=True)
class Month:
    """One month of the panel.

    Attributes:
        first: Its first day.
        day: The day it is told as of: its last, in the last month the newest list's.
        evidence: `documents`, `list` or `gap`.
    """

    first: dt.date
    day: dt.date
    evidence: str


def months(record: LoadedRecord, until: dt.date | None = None) -> list[Month]:
    """Return the months from July 2002 to the newest list (or an earlier day), with what each rests on.

    Args:
        record: The record as loaded.
        until: Last day to tell; never after the newest list. A record without lists ends with the last day known.
    """
    last = record.newest_list or _last_day(record.agreements)
    last = min(last, until) if until else last
    held_from = record.agreements["first_listed_date"].min()
    told: list[Month] = []
    first = FIRST_DAY.replace(day=1)
    while first <= last:
        following = (first + dt.timedelta(days=32)).replace(day=1)
        day = min(following - dt.timedelta(days=1), last)
        if pd.isna(held_from) or pd.Timestamp(day) < held_from:
            evidence = "documents"
        else:
            evidence = "gap" if record.gap_on(day) else "list"
        told.append(Month(first, day, evidence))
        first = following
    return told


def _last_day(agreements: pd.DataFrame) -> dt.date:
    days = pd.concat([agreements["signed_date"], agreements["ended_date"]]).max()
    return FIRST_DAY if pd.isna(days) else pd.Timestamp(days).date()


_in_force: Final[WeakKeyDictionary[CoverageIndex, dict[dt.date, np.ndarray]]] = WeakKeyDictionary()
#: Days kept in memory: the months since 2002 and room for some others; 2 KB each.
_MOST_DAYS: Final = 500


def in_force_on(record: LoadedRecord, day: dt.date) -> np.ndarray:
    """Return what `in_force` returns for the whole record, kept: panels and charts ask for the same days again."""
    held = _in_force.setdefault(record.index, {})
    mask = held.get(day)
    if mask is None:
        mask = in_force(record.agreements, day)
        if len(held) >= _MOST_DAYS:
            held.clear()
        held[day] = mask
    return mask


def models_on(agreements: pd.DataFrame, day: dt.date) -> np.ndarray:
    """Return each agreement's model on a day, as its place in `Model`.

    A hybrid whose task-force part has ended counts as jail enforcement from that day on.
    """
    places = {str(model): i for i, model in enumerate(Model)}
    held = agreements["model"].map(places).to_numpy(dtype=np.int64)
    gone = agreements["task_force_ended_date"].to_numpy() <= np.datetime64(day)
    hybrid = held == places[Model.HYBRID]
    return np.where(hybrid & gone, places[Model.JAIL_ENFORCEMENT], held)


def panel(selection: Selection) -> pd.DataFrame:
    """Return one row per county and month: the level of participation and the agreements in force.

    Every county in scope has every month, with or without an agreement, because those never covered are the
    comparison group of most designs. `in_force` decides what counts on the day of each month, so a row equals
    what `--as-of` that day gives.

    Args:
        selection: The record and its filters; `as_of` ends the panel, model, year, state, county and agency
            type narrow it.

    Raises:
        UsageError: The filters name a status.
    """
    filters, record = selection.filters, selection.record
    if filters.status not in (Status.ACTIVE, "all"):
        raise UsageError("a panel holds every month, so it takes no status; leave --status out")
    agreements, index = record.agreements, record.index
    kept = filter_mask(agreements, replace(filters, status="all", as_of=None))
    geoids = counties_in_scope(filters)
    place = _places(index)
    at = np.array([place[geoid] for geoid in geoids], dtype=np.int64)
    told = months(record, filters.as_of)
    covered = _lists_of(record).geoids
    pair_row = np.array([row for row, here in enumerate(covered) for _ in here], dtype=np.int64)
    pair_county = np.array([place[geoid] for here in covered for geoid in here], dtype=np.int64)
    size = (len(told), len(geoids))
    level = np.zeros(size, dtype=np.int8)
    statewide = np.zeros(size, dtype=np.int16)
    by_model = np.zeros((len(Model), *size), dtype=np.int16)
    for i, month in enumerate(told):
        mask = kept & in_force_on(record, month.day)
        summary = index.summarize(mask)
        level[i], statewide[i] = summary.levels[at], summary.statewide[at]
        chosen = mask[pair_row]
        model = models_on(agreements, month.day)[pair_row[chosen]]
        counted = np.bincount(model * len(index.geoids) + pair_county[chosen], minlength=len(Model) * len(index.geoids))
        by_model[:, i, :] = counted.reshape(len(Model), -1)[:, at]
    local = by_model.sum(axis=0, dtype=np.int16)
    firsts = pd.Series([pd.Timestamp(month.first) for month in told], dtype="datetime64[us]")

    def by_county(values: np.ndarray) -> np.ndarray:
        return values.T.ravel()

    def first_month(hit: np.ndarray) -> pd.Series:
        known = firsts.reindex(hit.argmax(axis=0)) if len(told) else firsts.reindex(range(len(geoids)))
        known = known.where(pd.Series(hit.any(axis=0), index=known.index))
        return known.repeat(len(told)).reset_index(drop=True)

    def category(codes: np.ndarray, names: Sequence[str]) -> Any:
        return pd.Categorical.from_codes(codes, categories=pd.Index(list(names)))

    def coded(values: Sequence[str], names: Sequence[str]) -> np.ndarray:
        place_of = {name: i for i, name in enumerate(names)}
        return np.array([place_of[value] for value in values], dtype=np.int16)

    def every_month(values: Sequence[str]) -> Any:
        """Return one value per county, for each of its months."""
        names = list(dict.fromkeys(values))
        return category(np.repeat(coded(values, names), len(told)), names)

    known = counties()
    days = pd.Series([pd.Timestamp(month.day) for month in told], dtype="datetime64[us]")
    tiled = np.tile(np.arange(len(told)), len(geoids))
    return pd.DataFrame(
        {
            "geoid": every_month(geoids),
            "state_abbr": every_month([known[geoid].state_abbr for geoid in geoids]),
            "month": firsts.reindex(tiled).reset_index(drop=True),
            "as_of": days.reindex(tiled).reset_index(drop=True),
            "evidence": category(np.tile(coded([m.evidence for m in told], EVIDENCE), len(geoids)), EVIDENCE),
            "level": category(by_county(level), [str(name) for name in LEVELS]),
            "local_agreements": by_county(local),
            **{model.code.lower(): by_county(by_model[i]) for i, model in enumerate(Model)},
            "statewide_agreements": by_county(statewide),
            "first_treated_month": first_month(local > 0),
            "first_covered_month": first_month((local > 0) | (statewide > 0)),
            "ever_treated": np.repeat((local > 0).any(axis=0), len(told)),
        }
    )
