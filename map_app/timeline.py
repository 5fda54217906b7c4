"""The record as a browser can replay it: for each agreement the days it counted, its places and what it is.

Any day's selection, counts and colours follow from it without the server, and are the same as `filters` and
`coverage` give. Days are numbered from `EPOCH`.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import Any, Final

import numpy as np
import pandas as pd

from geo.fips import STATES, counties
from map_app.agreements import unlisted_periods
from map_app.changes import absence_days, change_days
from map_app.coverage import LEVEL_OF
from map_app.filters import FIRST_DAY, signed_by
from map_app.record import LoadedRecord
from map_app.vocabulary import AgencyType, EndedBasis, Model, Status
from map_app.web import Packed

EPOCH: Final = FIRST_DAY
#: Marks a day that is not known.
_NO_DAY: Final = -99_999
_OPEN: Final = 10**6


def day_number(day: dt.date) -> int:
    """Return how many days after `EPOCH` a day is."""
    return (day - EPOCH).days


def stretches(agreements: pd.DataFrame) -> list[list[int]]:
    """Return for each agreement the days on which `filters.in_force` counts it.

    Args:
        agreements: The whole record, as `read_agreements` returns it: its first list decides.

    Returns:
        Per row: first day and the day after the last, again for every time it came back, and no last number where
        it still counts.
    """
    signed = _days(agreements["signed_date"])
    by_year = _days(signed_by(agreements))
    known = [np.where(days == _NO_DAY, _OPEN, days) for days in (signed, by_year)]
    begun = np.minimum(*known)
    ended = _days(agreements["ended_date"])
    last_listed = (agreements["ended_basis"] == EndedBasis.LAST_LISTED).to_numpy(dtype=bool)
    stopped = np.where(ended == _NO_DAY, _OPEN, ended + last_listed)
    listed = _days(agreements["first_listed_date"])
    listed = np.where(listed == _NO_DAY, _OPEN, listed)
    missing = _days(agreements["first_missing_date"].where(agreements["status"] != Status.ACTIVE))
    gone = np.where(missing == _NO_DAY, stopped, missing)
    first_list = int(listed.min(initial=_OPEN))
    away = agreements["unlisted_periods"].to_list()
    found = []
    for row in range(len(agreements)):
        before = (int(begun[row]), int(min(stopped[row], first_list)))
        since = int(listed[row])
        spans = [before]
        for left, back in unlisted_periods(away[row]):
            spans.append((since, min(day_number(left), int(gone[row]))))
            since = max(since, day_number(back))
        spans.append((since, int(gone[row])))
        flat: list[int] = []
        for first, after_last in spans:
            if first >= after_last:
                continue
            if flat and flat[-1] == first:
                flat.pop()
                flat.append(after_last)
            else:
                flat += [first, after_last]
        found.append(flat[:-1] if flat and flat[-1] == _OPEN else flat)
    return found


def timeline(record: LoadedRecord) -> dict[str, Any]:
    """Return the record as plain data, one entry per agreement in the order of the record.

    Returns:
        `states` (code and abbreviation) and `agencies` (names) that the rows point into; `rows`: columns
        `agency`, `state`, `model`, `type`, `level` (1 statewide, 2 part of a county, 3 whole counties, 0 unplaced),
        `counties` (positions), `spans` (see `stretches`), `year`, `status`, `switched` (day a hybrid became jail
        enforcement), `signed`, `began`, `stopped`, `changed` (1 ended, 2 replaced, 4 reprinted; added up); `away`: per
        period off the lists the row, the day it was gone and the day it was back; `newest` and `first` (days of the
        newest and first list in the rows); `lists` (days of the lists held); `gaps` (days of the lists around each
        stretch without one).
    """
    rows = record.agreements
    agency, names = pd.factorize(rows["agency_id"])
    shown = rows.drop_duplicates("agency_id").set_index("agency_id")["agency_name"]
    place = {geoid: i for i, geoid in enumerate(counties())}
    by_abbr = {state.abbr: i for i, state in enumerate(STATES)}
    days = change_days(rows)
    left, back = absence_days(rows)
    at = {index: row for row, index in enumerate(rows.index)}
    stopped = days["stopped"].where(rows["ended_date"].notna())
    reprinted = rows["corrections"].fillna("").str.contains(r"(?:^|;)(?:date|agency|state|model)-", regex=True)
    changed = (
        (rows["status"] == Status.ENDED).astype(int)
        + 2 * (rows["status"] == Status.SUPERSEDED).astype(int)
        + 4 * reprinted.astype(int)
    )
    hybrid = rows["task_force_ended_date"].where(rows["model"] == Model.HYBRID)
    listed = rows["first_listed_date"].min()
    return {
        "version": record.version,
        "epoch": EPOCH.isoformat(),
        "first": None if pd.isna(listed) else day_number(listed.date()),
        "newest": day_number(record.newest_list) if record.newest_list else None,
        "lists": [day_number(held.day) for held in record.lists],
        "gaps": [list(map(day_number, gap)) for gap in record.gaps],
        "states": [[state.fips, state.abbr] for state in STATES],
        "agencies": [str(shown[held]) for held in names],
        "models": [model.code for model in Model],
        "types": list(AgencyType),
        "away": [
            [at[index], day_number(gone.date()), day_number(again.date())]
            for index, gone, again in zip(left.index, left, back, strict=True)
        ],
        "rows": {
            "agency": agency.tolist(),
            "state": [by_abbr[abbr] for abbr in rows["state_abbr"]],
            "model": [list(Model).index(Model(model)) for model in rows["model"]],
            "type": [list(AgencyType).index(AgencyType(kind)) for kind in rows["agency_type"]],
            "level": [LEVEL_OF.get(coverage, 0) for coverage in rows["coverage"]],
            "counties": [[place[geoid] for geoid in held.split(";") if geoid] for held in rows["county_geoids"]],
            "spans": stretches(rows),
            "year": rows["signed_year"].fillna(0).astype(int).tolist(),
            "status": [list(Status).index(Status(status)) for status in rows["status"]],
            "switched": _known(hybrid),
            "signed": _known(rows["signed_date"]),
            "began": _known(days["began"]),
            "stopped": _known(stopped),
            "changed": changed.tolist(),
        },
    }


_lock: Final = threading.Lock()
_made: dict[str, Packed] = {}


def timeline_json(record: LoadedRecord) -> Packed:
    """Return the timeline as JSON; kept for the newest record only."""
    with _lock:
        if record.version not in _made:
            content = json.dumps(timeline(record), ensure_ascii=False, separators=(",", ":")).encode()
            _made.clear()
            _made[record.version] = Packed.of("application/json", content)
        return _made[record.version]


def _days(held: pd.Series) -> np.ndarray:
    """Return day numbers, `_NO_DAY` where there is none."""
    days = (pd.to_datetime(held) - pd.Timestamp(EPOCH)).dt.days
    return np.asarray(days.fillna(_NO_DAY).to_numpy(dtype=np.int64))


def _known(held: pd.Series) -> list[int | None]:
    return [None if day == _NO_DAY else int(day) for day in _days(held)]
