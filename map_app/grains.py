"""The same selection at the grain a reader needs: agreements, agencies, counties, states, counties by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from geo.fips import STATES, counties, state_name
from map_app.agreements import COLUMNS, Column
from map_app.coverage import LEVELS
from map_app.errors import UsageError
from map_app.filters import FIRST_DAY, Filters, filter_mask, in_force
from map_app.record import LoadedRecord
from map_app.vocabulary import AgencyType, Coverage, Model, Participation, Status

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
        missing, whole numbers, dates as datetime64. Agreements and agencies stand in file order, counties and
        states in the order of their codes, the panel by county, then month. Counties and states are those of
        the state and county filters, all 3,231 and 56 without such filters, with or without an agreement.

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


def _codes(models: Iterable[object]) -> str:
    """Return the codes of models in the order of the vocabulary, `;` between."""
    present = {str(model) for model in models}
    return ";".join(model.code for model in Model if model.value in present)


def _joined(texts: Iterable[str]) -> str:
    """Return distinct texts in order of first appearance, `;` between; texts that hold lists are taken apart."""
    return ";".join(dict.fromkeys(part for text in texts for part in str(text).split(";") if part))


def _model_counts(rows: pd.DataFrame, key: str, keys: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the number of rows of each model by key, as arrays in the order of the keys."""
    found = pd.crosstab(rows[key].astype("str"), rows["model"].astype("str"))
    found = found.reindex(index=pd.Index(keys), columns=[model.value for model in Model], fill_value=0)
    return {model.code.lower(): found[model.value].to_numpy(dtype=np.int64) for model in Model}


def _agencies(selection: Selection) -> pd.DataFrame:
    held = selection.agreements
    width = [str(coverage) for coverage in Coverage]
    rows: list[dict[str, Any]] = []
    for agency_id, group in _groups(held, "agency_id").items():
        newest = max(group, key=lambda row: (str(row["status"]) == Status.ACTIVE, str(row["signed_date"])))
        signed = [row["signed_date"] for row in group if not pd.isna(row["signed_date"])]
        covered = [str(row["coverage"]) for row in group if row["coverage"]]
        models = [str(row["model"]) for row in group]
        rows.append(
            {
                "agency_id": agency_id,
                "agency_name": newest["agency_name"],
                "state_abbr": str(newest["state_abbr"]),
                "agency_type": str(newest["agency_type"]),
                "agreements": len(group),
                "active_agreements": sum(str(row["status"]) == Status.ACTIVE for row in group),
                **{model.code.lower(): models.count(model.value) for model in Model},
                "models": _codes(models),
                "first_signed_date": min(signed, default=pd.NaT),
                "last_signed_date": max(signed, default=pd.NaT),
                "coverage": min(covered, key=width.index, default=""),
                "county_geoids": ";".join(sorted(set(_joined(r["county_geoids"] for r in group).split(";")) - {""})),
                "place_name": _joined(row["place_name"] for row in group),
                "agreement_ids": _joined(row["agreement_id"] for row in group),
            }
        )
    return _frame(rows, Grain.AGENCY)


def _groups(frame: pd.DataFrame, key: str) -> dict[str, list[dict[str, Any]]]:
    """Return rows as dictionaries by key, keys in order of first appearance."""
    wanted = ["agreement_id", "agency_id", "agency_name", "state_abbr", "agency_type", "model", "signed_date", "status",
              "coverage", "county_geoids", "place_name"]  # fmt: skip
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in frame[wanted].to_dict("records"):
        groups.setdefault(str(row[key]), []).append({str(name): value for name, value in row.items()})
    return groups


def _frame(rows: Sequence[dict[str, Any]], grain: Grain) -> pd.DataFrame:
    """Return rows as a table with the columns and types of a grain, also where there are no rows."""
    types = {"integer": "Int64", "date": "datetime64[us]", "boolean": "bool"}
    columns = {
        column.name: pd.Series([row[column.name] for row in rows], dtype=types.get(column.kind, "str"))
        for column in GRAIN_COLUMNS[grain]
    }
    return pd.DataFrame(columns)


def _local_pairs(held: pd.DataFrame) -> pd.DataFrame:
    """Return one row per agreement and county it covers, statewide agreements left out; adds `geoid`."""
    pairs = held.assign(geoid=held["county_geoids"].str.split(";")).explode("geoid")
    return pairs[pairs["geoid"].fillna("") != ""]


def _counties(selection: Selection) -> pd.DataFrame:
    held, index = selection.agreements, selection.record.index
    summary = index.summarize(selection.mask)
    place = {geoid: i for i, geoid in enumerate(index.geoids)}
    geoids = counties_in_scope(selection.filters)
    at = np.array([place[geoid] for geoid in geoids], dtype=np.int64)
    known = counties()
    names = {state.abbr: state.name for state in STATES}
    pairs = _local_pairs(held)
    by_model = _model_counts(pairs, "geoid", geoids)
    agencies = pairs.groupby("geoid")["agency_id"].nunique()
    ids = pairs.groupby("geoid")["agreement_id"].agg(";".join)
    unplaced = held.loc[held["placement"] == "unplaced", "state_abbr"].astype("str").value_counts()
    statewide = held[held["coverage"] == Coverage.STATEWIDE]
    statewide_models = {
        str(abbr): _codes(models) for abbr, models in statewide.groupby("state_abbr", observed=True)["model"]
    }
    years = summary.first_year[at]
    abbrs = [known[geoid].state_abbr for geoid in geoids]
    return pd.DataFrame(
        {
            "geoid": pd.Series(geoids, dtype="str"),
            "county_name": pd.Series([known[geoid].name for geoid in geoids], dtype="str"),
            "state_abbr": pd.Series(abbrs, dtype="str"),
            "state_name": pd.Series([names[abbr] for abbr in abbrs], dtype="str"),
            "level": pd.Series([str(LEVELS[level]) for level in summary.levels[at]], dtype="str"),
            "local_agreements": summary.local[at],
            "local_agencies": agencies.reindex(geoids, fill_value=0).to_numpy(dtype=np.int64),
            **by_model,
            "first_signed_year": pd.Series(years, dtype="Int64").mask(years == 0),
            "statewide_agreements": summary.statewide[at],
            "statewide_models": pd.Series([statewide_models.get(abbr, "") for abbr in abbrs], dtype="str"),
            "unplaced_in_state": unplaced.reindex(abbrs, fill_value=0).to_numpy(dtype=np.int64),
            "agreement_ids": ids.reindex(geoids, fill_value="").astype("str").to_numpy(),
        }
    )


def _states(selection: Selection) -> pd.DataFrame:
    held = selection.agreements
    looked_at = _counties(selection)
    filters = selection.filters
    named = {known.state_abbr for geoid, known in counties().items() if geoid in set(filters.counties)}
    wanted = [
        state
        for state in STATES
        if (not filters.states or state.abbr in filters.states) and (not named or state.abbr in named)
    ]
    abbrs = [state.abbr for state in wanted]
    of_state = held["state_abbr"].astype("str")
    levels = pd.crosstab(looked_at["state_abbr"], looked_at["level"])
    levels = levels.reindex(index=pd.Index(abbrs), columns=[str(level) for level in Participation], fill_value=0)

    def count(rows: pd.Series) -> np.ndarray:
        return rows.reindex(abbrs, fill_value=0).to_numpy(dtype=np.int64)

    first = held.groupby(of_state)["signed_year"].min()
    return pd.DataFrame(
        {
            "state_fips": pd.Series([state.fips for state in wanted], dtype="str"),
            "state_abbr": pd.Series(abbrs, dtype="str"),
            "state_name": pd.Series([state_name(abbr) for abbr in abbrs], dtype="str"),
            "agreements": count(of_state.value_counts()),
            "agencies": count(held.groupby(of_state)["agency_id"].nunique()),
            **_model_counts(held, "state_abbr", abbrs),
            "statewide_agreements": count(of_state[held["coverage"] == Coverage.STATEWIDE].value_counts()),
            "unplaced_agreements": count(of_state[held["placement"] == "unplaced"].value_counts()),
            "first_signed_year": pd.Series(first.reindex(abbrs).array, dtype="Int64"),
            "counties": levels.sum(axis=1).to_numpy(dtype=np.int64),
            **{f"counties_{level}": levels[str(level)].to_numpy(dtype=np.int64) for level in Participation},
        }
    )


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


def models_on(agreements: pd.DataFrame, day: dt.date) -> np.ndarray:
    """Return each agreement's model on a day, as its place in `Model`.

    A hybrid whose task-force part has ended counts as jail enforcement from that day on.
    """
    places = {str(model): i for i, model in enumerate(Model)}
    held = agreements["model"].astype("str").map(places).to_numpy(dtype=np.int64)
    gone = (agreements["task_force_ended_date"] <= pd.Timestamp(day)).to_numpy(dtype=bool)
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
    place = {geoid: i for i, geoid in enumerate(index.geoids)}
    at = np.array([place[geoid] for geoid in geoids], dtype=np.int64)
    told = months(record, filters.as_of)
    pairs = _local_pairs(agreements.reset_index(drop=True))
    pair_row = pairs.index.to_numpy()
    pair_county = pairs["geoid"].map(place).to_numpy(dtype=np.int64)
    size = (len(told), len(geoids))
    level = np.zeros(size, dtype=np.int8)
    statewide = np.zeros(size, dtype=np.int16)
    by_model = np.zeros((len(Model), *size), dtype=np.int16)
    for i, month in enumerate(told):
        mask = kept & in_force(agreements, month.day)
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
