"""What changed in the record between two days: added, ended, superseded, corrected, by state."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from map_app.as_of import first_list_day
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


def changes_between(frame: pd.DataFrame, start: dt.date, end: dt.date) -> Changes:
    """Return what changed after `start`, up to and including `end`.

    An agreement changes on the day the record shows it: from the first list held on, the day a list first
    shows it or first lacks it; before that, the day it was signed or ended.

    Args:
        frame: The record, text columns.
        start: The earlier day.
        end: The later day.

    Raises:
        ValueError: `start` is after `end`.
    """
    if start > end:
        raise ValueError(f"The first day ({start}) is after the second ({end}). Give them the other way round.")

    def text(column: str) -> pd.Series[str]:
        return frame[column].fillna("").astype(str)

    lists_from = first_list_day(frame)
    signed, listed, ended = text("signed_date"), text("first_listed_date"), text("ended_date")
    missing, status, basis = text("first_missing_date"), text("status"), text("ended_basis")
    # What the first list shows was signed earlier: it is no news of that day.
    began = listed.where((listed != "") & (listed != lists_from), signed) if lists_from else signed
    stopped = ended.where((missing == "") | (ended < lists_from) | (basis == EndedBasis.EXACT), missing)

    def within(days: pd.Series[str]) -> pd.Series[bool]:
        return (days > start.isoformat()) & (days <= end.isoformat())

    added = within(began)
    gone = within(stopped) & (ended != "")
    order = ["state_abbr", "agency_name", "model", "signed_date"]
    return Changes(
        start=start,
        end=end,
        added=frame[added].sort_values(order),
        ended=frame[gone & (status == Status.ENDED)].sort_values(order),
        superseded=frame[gone & (status == Status.SUPERSEDED)].sort_values(order),
        corrected=frame[
            added & text("corrections").str.contains(r"(?:^|;)(?:date|agency|state|model)-", regex=True)
        ].sort_values(order),
    )
