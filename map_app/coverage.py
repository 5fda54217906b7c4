"""Which agreements cover which county and state, and the level of participation that follows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.fips import STATES, counties
from map_app.vocabulary import Coverage, Model, Participation

#: Levels of participation, weakest first, so that the strongest wins with a maximum.
LEVELS = (
    Participation.NONE_LISTED,
    Participation.STATEWIDE_ONLY,
    Participation.LOCAL_ONLY,
    Participation.COUNTY_WIDE,
)
#: Position in `LEVELS` that an agreement gives the counties it covers.
LEVEL_OF: Final = {
    Coverage.STATEWIDE: LEVELS.index(Participation.STATEWIDE_ONLY),
    Coverage.PART_OF_COUNTY: LEVELS.index(Participation.LOCAL_ONLY),
    Coverage.COUNTY: LEVELS.index(Participation.COUNTY_WIDE),
    Coverage.MULTI_COUNTY: LEVELS.index(Participation.COUNTY_WIDE),
}


@dataclass(frozen=True)
class Counts:
    """The numbers shown beside every selection.

    Attributes:
        agreements: Rows selected.
        agencies: Distinct agencies among them.
        counties: Counties covered by at least one selected agreement of a county or local agency.
        states: States and territories with at least one selected agreement.
        statewide: Selected agreements that cover a whole state.
        unplaced: Selected agreements that could not be placed.
    """

    agreements: int
    agencies: int
    counties: int
    states: int
    statewide: int
    unplaced: int


@dataclass(frozen=True)
class CountySummary:
    """What a selection means for each county, arrays in the order of `CoverageIndex.geoids`.

    Attributes:
        levels: Position in `LEVELS` (0 none listed, 1 statewide only, 2 local only, 3 county-wide).
        local: Number of agreements of county and local agencies that cover it.
        statewide: Number of statewide agreements of its state.
        models: Bit set of the models of its local agreements (bit i is the i-th `Model`).
        first_year: Earliest signing year of its local agreements, 0 where there is none.
    """

    levels: np.ndarray
    local: np.ndarray
    statewide: np.ndarray
    models: np.ndarray
    first_year: np.ndarray


class CoverageIndex:
    """The record joined once to counties and states; each selection is then a few array operations.

    Attributes:
        geoids: County GEOIDs in the order of every array and of the shapes file.
    """

    def __init__(self, agreements: pd.DataFrame) -> None:
        """Join the agreements to counties.

        Args:
            agreements: One row per agreement as `read_agreements` returns them; its row order is the
                order of every mask given later.
        """
        self.geoids: tuple[str, ...] = tuple(counties())
        self._position = {geoid: i for i, geoid in enumerate(self.geoids)}
        state_position = {state.fips: i for i, state in enumerate(STATES)}
        by_abbr = {state.abbr: i for i, state in enumerate(STATES)}
        self._state_of_county = np.array([state_position[geoid[:2]] for geoid in self.geoids])
        self._state = agreements["state_abbr"].map(by_abbr).to_numpy(dtype=np.int64)
        self._statewide = (agreements["coverage"] == Coverage.STATEWIDE).to_numpy()
        self._unplaced = (agreements["placement"] == "unplaced").to_numpy()
        self._agency = pd.factorize(agreements["agency_id"])[0]
        model_bit = {str(model): 1 << i for i, model in enumerate(Model)}
        self._model = agreements["model"].map(model_bit).to_numpy(dtype=np.int64)
        hybrid = agreements["task_force_ended_date"].where(agreements["model"] == Model.HYBRID)
        self._switched = hybrid.to_numpy(dtype="datetime64[D]")
        self._year = agreements["signed_year"].fillna(0).to_numpy(dtype=np.int64)
        rows, places, levels = [], [], []
        pairs = zip(agreements["county_geoids"], agreements["coverage"], strict=True)
        for row, (geoids, coverage) in enumerate(pairs):
            for geoid in filter(None, geoids.split(";")):
                rows.append(row)
                places.append(self._position[geoid])
                levels.append(LEVEL_OF[coverage])
        self._pair_row = np.array(rows, dtype=np.int64)
        self._pair_county = np.array(places, dtype=np.int64)
        self._pair_level = np.array(levels, dtype=np.int64)

    def counts(self, mask: np.ndarray) -> Counts:
        """Return the numbers of a selection (one boolean per agreement)."""
        return Counts(
            agreements=int(mask.sum()),
            agencies=len(np.unique(self._agency[mask])),
            counties=len(np.unique(self._pair_county[mask[self._pair_row]])),
            states=len(np.unique(self._state[mask])),
            statewide=int((mask & self._statewide).sum()),
            unplaced=int((mask & self._unplaced).sum()),
        )

    def statewide_by_state(self, mask: np.ndarray) -> dict[str, int]:
        """Return the number of selected statewide agreements by two-digit state code, zeros left out."""
        per_state = np.bincount(self._state[mask & self._statewide], minlength=len(STATES))
        return {state.fips: int(n) for state, n in zip(STATES, per_state, strict=True) if n}

    def summarize(self, mask: np.ndarray, day: dt.date | None = None) -> CountySummary:
        """Return what a selection means for each county.

        Args:
            mask: One boolean per agreement.
            day: The day it speaks of: a hybrid whose task force had ended by then counts as jail enforcement.
                None for agreements as they were signed.
        """
        n = len(self.geoids)
        model = self._model
        if day:
            jail = 1 << list(Model).index(Model.JAIL_ENFORCEMENT)
            model = np.where(self._switched <= np.datetime64(day), jail, model)
        chosen = mask[self._pair_row]
        county, row = self._pair_county[chosen], self._pair_row[chosen]
        per_state = np.bincount(self._state[mask & self._statewide], minlength=len(STATES))
        statewide = per_state[self._state_of_county]
        levels = np.where(statewide > 0, 1, 0)
        np.maximum.at(levels, county, self._pair_level[chosen])
        models = np.zeros(n, dtype=np.int64)
        np.bitwise_or.at(models, county, model[row])
        year = np.full(n, 9999)
        known = self._year[row] > 0
        np.minimum.at(year, county[known], self._year[row][known])
        return CountySummary(
            levels, np.bincount(county, minlength=n), statewide, models, np.where(year == 9999, 0, year)
        )

    def rows_of_county(self, geoid: str, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return positions of the selected agreements that can act in a county: local ones, statewide ones.

        Raises:
            KeyError: No county has that GEOID.
        """
        county = self._position[geoid]
        local = np.unique(self._pair_row[self._pair_county == county])
        same_state = self._state == self._state_of_county[county]
        return local[mask[local]], np.flatnonzero(mask & self._statewide & same_state)

    def unplaced_in_state(self, geoid: str, mask: np.ndarray) -> np.ndarray:
        """Return positions of selected agreements of the county's state that could not be placed."""
        same_state = self._state == self._state_of_county[self._position[geoid]]
        return np.flatnonzero(mask & self._unplaced & same_state)

    def level(self, geoid: str, mask: np.ndarray) -> Participation:
        """Return the level of participation of one county under a selection.

        Raises:
            KeyError: No county has that GEOID.
        """
        local, statewide = self.rows_of_county(geoid, mask)
        if len(local):
            county = self._position[geoid]
            pairs = (self._pair_county == county) & np.isin(self._pair_row, local)
            return LEVELS[self._pair_level[pairs].max()]
        return Participation.STATEWIDE_ONLY if len(statewide) else Participation.NONE_LISTED
