"""What changed in the record between two days: added, ended, replaced, off the lists and back, corrected, by state."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from map_app.agreements import unlisted_periods
from map_app.vocabulary import EndedBasis, Status

#: Kinds of change, in the order they are told. What is in force on a day of the lists is what was on an earlier one
#: plus those added and relisted, less those ended, superseded and unlisted in between.
KINDS: Final = ("added", "ended", "superseded", "unlisted", "relisted")


@dataclass(frozen=True)
class Changes:
    """The changes after one day, up to and including another.

    The agreements of each kind have the day it happened on in `changed_on`, besides the record's columns.

    Attributes:
        start: The earlier day.
        end: The later day.
        added: Agreements that ICE's lists began to show, or, before the first list, that were signed.
        ended: Agreements that stopped.
        superseded: Agreements that the same agency replaced by signing again.
        unlisted: Agreements that were gone from ICE's lists for a while, at least three of them, and came back.
        relisted: Those that came back: neither an end nor an agreement more.
        corrected: Added agreements that ICE printed with another name, date, state or model.
    """

    start: dt.date
    end: dt.date
    added: pd.DataFrame
    ended: pd.DataFrame
    superseded: pd.DataFrame
    unlisted: pd.DataFrame
    relisted: pd.DataFrame
    corrected: pd.DataFrame

    def by_kind(self) -> dict[str, pd.DataFrame]:
        """Return the agreements of each kind of change, and those corrected."""
        return {kind: getattr(self, kind) for kind in (*KINDS, "corrected")}

    def by_state(self) -> dict[str, dict[str, int]]:
        """Return the number of agreements of each kind of change, by postal abbreviation, sorted."""
        kinds = self.by_kind()
        states = sorted({state for held in kinds.values() for state in held["state_abbr"]})
        return {
            state: {kind: int((held["state_abbr"] == state).sum()) for kind, held in kinds.items()} for state in states
        }

    def of(self, keep: pd.Series[bool]) -> Changes:
        """Return the changes of some agreements only.

        They are found on the whole record first: which list is the first must not depend on a filter.

        Args:
            keep: Whether to keep each agreement, on the record's index.
        """
        kept: dict[str, Any] = {kind: held[keep.loc[held.index].to_numpy()] for kind, held in self.by_kind().items()}
        return replace(self, **kept)

    def as_dict(self) -> dict[str, object]:
        """Return the changes as plain data: agreement_ids by kind, and counts by state."""
        return {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            **{kind: held["agreement_id"].tolist() for kind, held in self.by_kind().items()},
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
    # One replaced before the first list may still stand on it: then it stopped when the lists let it go.
    before_lists = (ended < first_list) & listed.isna()
    stopped = ended.where(missing.isna() | before_lists | exact, missing)
    return pd.DataFrame({"began": began, "stopped": stopped})


def absence_days(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the days on which agreements were gone from ICE's lists for a while, and those on which they were back.

    Args:
        frame: The record, as `read_agreements` returns it.

    Returns:
        Two series of days with the agreement's index, one entry per period off the lists.
    """
    held = [
        (index, left, back)
        for index, cell in frame["unlisted_periods"].items()
        if cell
        for left, back in unlisted_periods(cell)
    ]
    index = pd.Index([row for row, _, _ in held], dtype=frame.index.dtype)
    return (
        pd.Series(pd.to_datetime([left for _, left, _ in held]), index=index),
        pd.Series(pd.to_datetime([back for _, _, back in held]), index=index),
    )


def change_events(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every change the record shows, one row each.

    Args:
        frame: The whole record, as `read_agreements` returns it.

    Returns:
        Columns `change` (one of `KINDS`) and `changed_on` (day) on the agreements' index, which repeats.
    """
    days, status = change_days(frame), frame["status"].astype("str")
    stopped = days["stopped"].where(frame["ended_date"].notna())
    left, back = absence_days(frame)
    happened = {
        "added": days["began"],
        "ended": stopped.where(status == Status.ENDED),
        "superseded": stopped.where(status == Status.SUPERSEDED),
        "unlisted": left,
        "relisted": back,
    }
    return pd.concat([pd.DataFrame({"change": kind, "changed_on": on.dropna()}) for kind, on in happened.items()])


def changes_between(frame: pd.DataFrame, start: dt.date, end: dt.date) -> Changes:
    """Return what changed after `start`, up to and including `end`.

    An agreement changes on the day the record shows it: from the first list held on, the day a list first
    shows it or first lacks it; before that, the day it was signed or ended. One that was off the lists for a while
    is added once and ended once: going and coming back are told apart from that (see `KINDS`).

    Args:
        frame: The record, as `read_agreements` returns it.
        start: The earlier day.
        end: The later day.

    Raises:
        ValueError: `start` is after `end`.
    """
    if start > end:
        raise ValueError(f"The first day ({start}) is after the second ({end}). Give them the other way round.")

    events = change_events(frame)
    events = events[(events["changed_on"] > pd.Timestamp(start)) & (events["changed_on"] <= pd.Timestamp(end))]

    def of_kind(kind: str) -> pd.DataFrame:
        days = events.loc[events["change"] == kind, "changed_on"]
        rows = frame.loc[days.index].assign(changed_on=days.to_numpy())
        return rows.sort_values(["state_abbr", "agency_name", "model", "signed_date"])

    kinds: dict[str, Any] = {kind: of_kind(kind) for kind in KINDS}
    corrections = kinds["added"]["corrections"].fillna("").astype(str)
    reprinted = corrections.str.contains(r"(?:^|;)(?:date|agency|state|model)-", regex=True)
    return Changes(start=start, end=end, **kinds, corrected=kinds["added"][reprinted])
