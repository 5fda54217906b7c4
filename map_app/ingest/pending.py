"""Agencies ICE listed as pending, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import pandas as pd

from map_app.ingest.build import Record
from map_app.ingest.tracking import ABSENCES_THAT_END, Agreement, ListedOn
from map_app.vocabulary import Model

PENDING_COLUMNS: Final = (
    "state_abbr",
    "agency_id",
    "agency_name",
    "model",
    "first_listed_date",
    "last_listed_date",
    "lists",
    "printed_county",
    "outcome",
    "signed_date",
    "agreement_id",
)


class Outcome(StrEnum):
    """What became of a pending agreement.

    `signed`: an agreement of that agency and model appeared. `withdrawn`: at least three later pending lists
    lack it and no such agreement ever appeared. `unknown`: still pending, or gone too lately to say.
    """

    SIGNED = "signed"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


@dataclass
class _Application:
    positions: list[int] = field(default_factory=list)
    name: str = ""
    county: str = ""


def pending_frame(record: Record) -> pd.DataFrame:
    """Return one row per agency and model ever pending, sorted by state, agency and model; all text.

    Args:
        record: The built record: its pending lists and its agreements.
    """
    held: dict[tuple[str, str, Model], _Application] = {}
    for position, listed in enumerate(record.pending):
        for row in listed.rows:
            one = held.setdefault((row.state_abbr, row.agency_key, row.model), _Application())
            one.positions.append(position)
            one.name, one.county = row.agency_name, row.printed_county or one.county
    names: dict[tuple[str, str], str] = {}
    signings: dict[tuple[str, str, Model], list[tuple[Agreement, str]]] = {}
    for agreement, identifier, name in zip(
        record.agreements, record.frame["agreement_id"], record.frame["agency_name"], strict=True
    ):
        names[agreement.agency] = name
        signings.setdefault((*agreement.agency, agreement.model), []).append((agreement, identifier))
    rows = []
    for (state, agency, model), one in held.items():
        first, last = record.pending[one.positions[0]], record.pending[one.positions[-1]]
        outcome, agreement_id, signed = _outcome(
            one, signings.get((state, agency, model), []), record.pending, record.lists
        )
        rows.append(
            (
                state,
                record.agency_ids[state, agency],
                names.get((state, agency), one.name),
                model.value,
                first.day.isoformat(),
                last.day.isoformat(),
                str(len(set(one.positions))),
                one.county,
                outcome.value,
                signed,
                agreement_id,
            )
        )
    frame = pd.DataFrame(rows, columns=list(PENDING_COLUMNS), dtype="str")
    return frame.sort_values(["state_abbr", "agency_id", "model"], ignore_index=True)


def _outcome(
    one: _Application,
    signings: Sequence[tuple[Agreement, str]],
    pending: Sequence[ListedOn],
    lists: Sequence[ListedOn],
) -> tuple[Outcome, str, str]:
    """Return what became of it, with the agreement's id and date where it was signed."""
    first = pending[one.positions[0]].day
    for agreement, identifier in sorted(signings, key=lambda pair: pair[0].first_position or 0):
        # Pending and participating lists overlap by some days; an agreement older than that is another one, unless
        # ICE dated it anew after it had been pending.
        listed_since = (
            agreement.first_position is not None and (lists[agreement.first_position].day - first).days >= -14
        )
        if listed_since or agreement.signed_date >= first.isoformat():
            return Outcome.SIGNED, identifier, agreement.signed_date
    gone = len(pending) - 1 - one.positions[-1] >= ABSENCES_THAT_END
    return (Outcome.WITHDRAWN if gone and not signings else Outcome.UNKNOWN), "", ""
