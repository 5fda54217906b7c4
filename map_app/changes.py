"""What changed in the record between two days: added, ended, superseded, corrected, by state."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from map_app.vocabulary import EndedBasis, Status


@dataclass(frozen=True)
class Changes:
    """The changes after one day, up to and including another.

    Attributes:
        start: The earlier day.
        end: The later day.
        added: Agreements that ICE's lists began to show, or, before the first list, that were signed.
        ended: Agreements that stopped.
        superseded: Agreements that the same agency replaced by signing again.
        corrected: Added agreements that ICE printed with another name, date, state or model.
    """

    start: dt.date
    end: dt.date
    added: pd.DataFrame
    ended: pd.DataFrame
    superseded: pd.DataFrame
    corrected: pd.DataFrame

    def by_state(self) -> dict[str, dict[str, int]]:
        """Return the number of agreements of each kind of change, by postal abbreviation, sorted."""
        kinds = {
            "added": self.added,
            "ended": self.ended,
            "superseded": self.superseded,
            "corrected": self.corrected,
        }
        states = sorted({state for held in kinds.values() for state in held["state_abbr"]})
        return {
            state: {kind: int((held["state_abbr"] == state).sum()) for kind, held in kinds.items()} for state in states
        }

    def as_dict(self) -> dict[str, object]:
        """Return the changes as plain data: agreement_ids by kind, and counts by state."""
        return {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            **{
                kind: held["agreement_id"].tolist()
                for kind, held in (
                    ("added", self.added),
                    ("ended", self.ended),
                    ("superseded", self.superseded),
                    ("corrected", self.corrected),
                )
            },
            "by_state": self.by_state(),
        }


def change_days(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the days on which the record shows each agreement's beginning and end.

    From the first list held on, that is the day a list first shows it or first lacks it; before that, the day
    it was signed or ended.

    Args:
        frame: The whole record, as `read_agreements` returns it: its first list decides.

    Returns:
        Columns `began` and `stopped`, days on the frame's index, NaT where unknown. `stopped` means
        nothing where `ended_date` is empty.
    """
    signed, listed, ended = frame["signed_date"], frame["first_listed_date"], frame["ended_date"]
    missing, first_list = frame["first_missing_date"], listed.min()
    # What the first list shows was signed earlier: it is no news of that day.
    began = listed.where(listed.notna() & (listed != first_list), signed)
    exact = frame["ended_basis"] == EndedBasis.EXACT
    stopped = ended.where(missing.isna() | (ended < first_list) | exact, missing)
    return pd.DataFrame({"began": began, "stopped": stopped})


def changes_between(frame: pd.DataFrame, start: dt.date, end: dt.date) -> Changes:
    """Return what changed after `start`, up to and including `end`.

    An agreement changes on the day the record shows it: from the first list held on, the day a list first
    shows it or first lacks it; before that, the day it was signed or ended.

    Args:
        frame: The record, as `read_agreements` returns it.
        start: The earlier day.
        end: The later day.

    Raises:
        ValueError: `start` is after `end`.
    """
    if start > end:
        raise ValueError(f"The first day ({start}) is after the second ({end}). Give them the other way round.")

    days, status = change_days(frame), frame["status"].astype(str)

    def within(day: pd.Series) -> pd.Series:
        return (day > pd.Timestamp(start)) & (day <= pd.Timestamp(end))

    corrections = frame["corrections"].fillna("").astype(str)
    reprinted = corrections.str.contains(r"(?:^|;)(?:date|agency|state|model)-", regex=True)
    added = within(days["began"])
    gone = within(days["stopped"]) & frame["ended_date"].notna()
    order = ["state_abbr", "agency_name", "model", "signed_date"]
    return Changes(
        start=start,
        end=end,
        added=frame[added].sort_values(order),
        ended=frame[gone & (status == Status.ENDED)].sort_values(order),
        superseded=frame[gone & (status == Status.SUPERSEDED)].sort_values(order),
        corrected=frame[added & reprinted].sort_values(order),
    )
