"""The program on a given day: listed by ICE where lists exist, in force by the record before."""

from __future__ import annotations

import datetime as dt
from typing import Final

import pandas as pd

from map_app.vocabulary import EndedBasis, Model

#: An id ends in the signing date; in YYYY-MM where no source gives the day.
_MONTH_IN_ID: Final = r"-(\d{4}-\d{2})$"


def first_list_day(frame: pd.DataFrame) -> str:
    """Return the day of the first list held as YYYY-MM-DD, or an empty text where no row is listed.

    Args:
        frame: The record; `first_listed_date` as text.
    """
    listed = frame["first_listed_date"].fillna("")
    listed = listed[listed != ""]
    return "" if listed.empty else str(listed.min())


def stood_on(frame: pd.DataFrame, day: dt.date) -> pd.Series[bool]:
    """Return, for each agreement, whether the record shows it on a day.

    From the first list held: the agreement is on the list that stood that day, that is from
    `first_listed_date` until the first later list without it (`first_missing_date`). A list stands until the
    next one, so a day between two lists is answered by the earlier. Before the first list: signed by then and
    not yet ended; an end known as `last_listed` counts that day, any other end does not.

    Args:
        frame: The record with agreement_id, signed_date, first_listed_date, first_missing_date, ended_date
            and ended_basis as text, empty or missing where unknown.
        day: The day asked for.

    Returns:
        Booleans on the frame's index.
    """
    on = day.isoformat()

    def text(column: str) -> pd.Series[str]:
        return frame[column].fillna("").astype(str)

    lists_from = first_list_day(frame)
    if lists_from and on >= lists_from:
        first, missing = text("first_listed_date"), text("first_missing_date")
        return (first != "") & (first <= on) & ((missing == "") | (on < missing))
    signed, ended = text("signed_date"), text("ended_date")
    # Where only the month is known, count from its end: the agreement was signed by then.
    month = text("agreement_id").str.extract(_MONTH_IN_ID, expand=False).fillna("")
    signed = signed.where(signed != "", (month + "-31").where(month != "", ""))
    shown = text("ended_basis") == EndedBasis.LAST_LISTED
    return (signed != "") & (signed <= on) & ((ended == "") | (on < ended) | (shown & (on == ended)))


def model_on(frame: pd.DataFrame, day: dt.date) -> pd.Series[str]:
    """Return each agreement's model on a day: a hybrid whose task force part has ended is jail enforcement.

    Args:
        frame: The record with `model` and `task_force_ended_date` as text.
        day: The day asked for.
    """
    ended = frame["task_force_ended_date"].fillna("").astype(str)
    gone = (frame["model"] == Model.HYBRID.value) & (ended != "") & (ended <= day.isoformat())
    return frame["model"].astype(str).mask(gone, Model.JAIL_ENFORCEMENT.value)
