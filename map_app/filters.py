"""One `Filters` value narrows the record for every output: answer, map, table, download."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from geo.fips import STATE_ABBRS, county_geoids, state_abbr
from map_app.agreements import unlisted_periods
from map_app.errors import UsageError
from map_app.text import Text
from map_app.vocabulary import AgencyType, Coverage, EndedBasis, Model, Status

FIRST_DAY: Final = dt.date(2002, 7, 1)
#: What can be chosen as status.
STATUSES: Final = (*map(str, Status), "all")


@dataclass(frozen=True)
class Filters:
    """What to show. An empty tuple means no narrowing.

    Attributes:
        models: Support types to keep.
        years: First and last signing year to keep, both included, or None.
        states: Postal abbreviations; keeps agreements of agencies of these states.
        counties: GEOIDs; keeps agreements that cover any of them, statewide ones included.
        agency_types: Kinds of signing body to keep.
        status: `active`, `ended`, `superseded` (as of the newest list) or `all`.
        as_of: Keep what was listed by ICE or in force on that day; `status` is then not used.
    """

    models: tuple[Model, ...] = ()
    years: tuple[int, int] | None = None
    states: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    agency_types: tuple[AgencyType, ...] = ()
    status: Literal["active", "ended", "superseded", "all"] = "active"
    as_of: dt.date | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything besides status and date is narrowed."""
        return replace(self, status="active", as_of=None) != Filters()

    def to_query(self) -> dict[str, list[str]]:
        """Return the filters as URL query values; what is not narrowed is left out."""
        query: dict[str, list[str]] = {}
        if self.models:
            query["model"] = [model.code for model in self.models]
        if self.years:
            first, last = self.years
            query["year"] = [str(first) if first == last else f"{first}-{last}"]
        if self.states:
            query["state"] = list(self.states)
        if self.counties:
            query["county"] = list(self.counties)
        if self.agency_types:
            query["agency_type"] = [str(kind) for kind in self.agency_types]
        if self.status != "active":
            query["status"] = [self.status]
        if self.as_of:
            query["as_of"] = [self.as_of.isoformat()]
        return query


@dataclass(frozen=True)
class BadValue:
    """A filter value that means nothing: its name and the text given."""

    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}={self.text}"


def not_understood(bad: Iterable[BadValue], text: Text) -> str:
    """Return in one sentence which parts of an address mean nothing."""
    told = ", ".join(map(str, bad))
    return text.t("Part of the address was not understood and is ignored: {what}", what=told)


def status_name(status: str, text: Text) -> str:
    """Return the name of a choice of status."""
    return {
        "active": text.t("Active"),
        "ended": text.t("Ended"),
        "superseded": text.t("Replaced"),
        "all": text.t("All"),
    }[status]


@dataclass
class _Reader:
    """Collects bad values while the good ones are read."""

    query: Mapping[str, Sequence[str]]
    bad: list[BadValue] = field(default_factory=list)

    def words(self, name: str) -> list[str]:
        """Return the values of a name; both `a=1&a=2` and `a=1,2` are understood."""
        given = [part.strip() for text in self.query.get(name, ()) for part in text.split(",")]
        return [text for text in given if text]

    def last(self, name: str) -> str | None:
        words = self.words(name)
        return words[-1] if words else None

    def reject(self, name: str, text: str) -> None:
        self.bad.append(BadValue(name, text))


def parse_years(text: str) -> tuple[int, int] | None:
    """Return first and last year of `2025` or `2007-2010` (either order), or None where it is neither."""
    parts = text.replace("–", "-").split("-")
    if len(parts) not in (1, 2) or not all(p.strip().isdecimal() and len(p.strip()) == 4 for p in parts):
        return None
    years = sorted(int(p) for p in parts)
    return (years[0], years[-1]) if FIRST_DAY.year <= years[0] and years[-1] <= 2100 else None


def parse_day(text: str) -> dt.date | None:
    """Return the day of a YYYY-MM-DD text not before the program's first day, or None."""
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if day >= FIRST_DAY else None


def read_filters(query: Mapping[str, Sequence[str]]) -> tuple[Filters, list[BadValue]]:
    """Return the filters a URL query asks for, and the values in it that mean nothing.

    Args:
        query: Values by name, as `urllib.parse.parse_qs` gives them. Names that are no filter are ignored.

    Returns:
        The filters, with every bad value left out, and the bad values in the order of the names.
    """
    reader = _Reader(query)
    known_counties = county_geoids()

    def keep(name: str, parse: Callable[[str], Any]) -> tuple[Any, ...]:
        kept = []
        for text in reader.words(name):
            value = parse(text)
            if value is None:
                reader.reject(name, text)
            elif value not in kept:
                kept.append(value)
        return tuple(kept)

    def one(name: str, parse: Callable[[str], Any]) -> Any:
        text = reader.last(name)
        value = parse(text) if text is not None else None
        if text is not None and value is None:
            reader.reject(name, text)
        return value

    filters = Filters(
        models=keep("model", Model.parse),
        years=one("year", parse_years),
        states=keep("state", lambda text: text.upper() if text.upper() in STATE_ABBRS else None),
        counties=keep("county", lambda text: text if text in known_counties else None),
        agency_types=keep("agency_type", lambda text: _member(AgencyType, text)),
        status=one("status", lambda text: text.casefold() if text.casefold() in STATUSES else None) or "active",
        as_of=one("as_of", parse_day),
    )
    return filters, reader.bad


def require_filters(query: Mapping[str, Sequence[str]]) -> Filters:
    """Return the filters a query asks for.

    Raises:
        UsageError: A value means nothing; the message names every one.
    """
    filters, bad = read_filters(query)
    if bad:
        told = "; ".join(f"{value.name} {value.text!r} ({FILTER_HINTS[value.name]})" for value in bad)
        raise UsageError(f"not understood: {told}")
    return filters


#: What each filter takes, for messages and for the description of the HTTP interface.
FILTER_HINTS: Final = {
    "model": "one of " + ", ".join(model.code for model in Model),
    "year": "a year such as 2025, or a range such as 2007-2010",
    "state": "a postal abbreviation such as NC",
    "county": "a five-digit county code such as 37119",
    "agency_type": "one of " + ", ".join(AgencyType),
    "status": "one of " + ", ".join(STATUSES),
    "as_of": f"a day such as 2019-06-30, from {FIRST_DAY} on",
}


def _member(kind: type[AgencyType], text: str) -> AgencyType | None:
    try:
        return kind(text.casefold())
    except ValueError:
        return None


def apply_filters(agreements: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """Return the agreements the filters keep, same columns, same order.

    Args:
        agreements: One row per agreement, as `read_agreements` returns them.
        filters: What to keep.
    """
    return agreements[filter_mask(agreements, filters)]


def filter_mask(agreements: pd.DataFrame, filters: Filters) -> np.ndarray:
    """Return one boolean per agreement: whether the filters keep it."""
    keep = np.ones(len(agreements), dtype=bool)
    if filters.as_of:
        keep &= in_force(agreements, filters.as_of)
    elif filters.status != "all":
        keep &= (agreements["status"] == filters.status).to_numpy()
    if filters.models:
        keep &= agreements["model"].isin(list(filters.models)).to_numpy()
    if filters.years:
        keep &= agreements["signed_year"].between(*filters.years).fillna(False).to_numpy(dtype=bool)
    if filters.states:
        keep &= agreements["state_abbr"].isin(list(filters.states)).to_numpy()
    if filters.agency_types:
        keep &= agreements["agency_type"].isin(list(filters.agency_types)).to_numpy()
    if filters.counties:
        keep &= _covers_any(agreements, filters.counties)
    return keep


def kept_whatever_status(agreements: pd.DataFrame, filters: Filters) -> pd.Series[bool]:
    """Return whether the filters keep each agreement, whatever its status, on the agreements' index."""
    return pd.Series(filter_mask(agreements, replace(filters, status="all")), index=agreements.index)


def _covers_any(agreements: pd.DataFrame, counties: Sequence[str]) -> np.ndarray:
    """Return one boolean per agreement: covers one of the counties, or the whole state of one."""
    states = {state_abbr(geoid) for geoid in counties}
    statewide = (agreements["coverage"] == Coverage.STATEWIDE) & agreements["state_abbr"].isin(states)
    named = agreements["county_geoids"].str.contains("|".join(counties), regex=True)
    return (statewide | named).to_numpy(dtype=bool)


def in_force(agreements: pd.DataFrame, day: dt.date) -> np.ndarray:
    """Return one boolean per agreement: listed by ICE that day, or in force by the record before lists exist.

    A list stands until the next one held. From the first list held on, an agreement counts from the first
    list that shows it until the first that no longer does (its end, where no such list is known), without the days
    on which it was off the lists for a while; before, from its signing until its end. One that is missing from too
    few lists to have ended still counts.
    """
    when = pd.Timestamp(day)
    first_listed = agreements["first_listed_date"]
    missing = agreements["first_missing_date"].where(agreements["status"] != Status.ACTIVE)
    if pd.isna(first_listed.min()) or when < first_listed.min():
        return _in_force_by_record(agreements, when)
    gone = (missing <= when) | (missing.isna() & _has_ended(agreements, when))
    return ((first_listed <= when) & ~gone & ~_off_the_lists(agreements, day)).to_numpy(dtype=bool)


def _off_the_lists(agreements: pd.DataFrame, day: dt.date) -> pd.Series:
    """Return whether each agreement was gone from ICE's lists on that day, and back on later ones."""
    cells = agreements["unlisted_periods"]
    return pd.Series([bool(cell) and bool(period_off_the_lists(cell, day)) for cell in cells], cells.index, dtype=bool)


def period_off_the_lists(cell: str, day: dt.date | None) -> tuple[dt.date, dt.date] | None:
    """Return the period of a cell of `unlisted_periods` that holds a day, or None."""
    return next((held for held in unlisted_periods(cell) if day and held[0] <= day < held[1]), None)


def _in_force_by_record(agreements: pd.DataFrame, when: pd.Timestamp) -> np.ndarray:
    """Return whether each agreement was signed by then and had not ended (see `EndedBasis`)."""
    begun = (agreements["signed_date"] <= when) | (signed_by(agreements) <= when)
    return (begun & ~_has_ended(agreements, when)).to_numpy(dtype=bool)


def signed_by(agreements: pd.DataFrame) -> pd.Series:
    """Return, where no source gives the day of signing, the start of the month or year it does give; else NaT."""
    ids, year = agreements["agreement_id"], agreements["signed_year"].astype("string")
    month = pd.to_datetime(ids.str.extract(r"-(\d{4}-\d{2})$", expand=False), format="%Y-%m", errors="coerce")
    return month.fillna(pd.to_datetime(year, format="%Y", errors="coerce")).where(agreements["signed_date"].isna())


def model_on(agreements: pd.DataFrame, day: dt.date) -> pd.Series:
    """Return each agreement's model on a day: a hybrid whose task force part has ended is jail enforcement."""
    gone = (agreements["model"] == Model.HYBRID) & (agreements["task_force_ended_date"] <= pd.Timestamp(day))
    return agreements["model"].astype("str").mask(gone, Model.JAIL_ENFORCEMENT.value)


def _has_ended(agreements: pd.DataFrame, when: pd.Timestamp) -> pd.Series:
    """Return whether each agreement had ended by a day; on the last day it is shown it had not."""
    ended = agreements["ended_date"]
    still_shown = (agreements["ended_basis"] == EndedBasis.LAST_LISTED) & (ended == when)
    return (ended <= when) & ~still_shown
