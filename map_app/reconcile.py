"""The four counts side by side with the rule of each, and others' published numbers beside ours."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from map_app.errors import AgreementDataError
from map_app.grains import Selection, in_force_on, models_on
from map_app.popups import model_name
from map_app.record import LoadedRecord
from map_app.text import Text
from map_app.vocabulary import Model, Status

PUBLISHED_FILE: Final = Path(__file__).resolve().parents[1] / "data" / "history" / "published_counts.csv"
_MODELS: Final = {"TF": Model.TASK_FORCE, "TFM": Model.TASK_FORCE, "JEM": Model.JAIL_ENFORCEMENT,
                  "WSO": Model.WARRANT_SERVICE, "Hybrid": Model.HYBRID}  # fmt: skip


@dataclass(frozen=True)
class RuledCount:
    """A count and what it counts.

    Attributes:
        unit: `agreements`, `agencies`, `counties` or `states`.
        number: The count.
        rule: What is counted, in one sentence.
    """

    unit: str
    number: int
    rule: str


@dataclass(frozen=True)
class PublishedBeside:
    """A number someone published, with ours for the same thing.

    Attributes:
        as_of: Day the number speaks of.
        quantity: What it counts, as the source has it.
        published: The number.
        ours: The record's number for that day and thing.
        counted: The record's number counted the way the source did, where `reason` says that it counted otherwise.
        source: Who published it.
        reason: Why the two differ, where they do and it is known.
    """

    as_of: dt.date
    quantity: str
    published: int
    ours: int
    counted: int | None
    source: str
    reason: str

    @property
    def difference(self) -> int:
        """Ours less theirs."""
        return self.ours - self.published


def ruled_counts(selection: Selection, text: Text) -> tuple[RuledCount, ...]:
    """Return agreements, agencies, counties and states of a selection, each with its rule."""
    counts = selection.record.index.counts(selection.mask)
    return (
        RuledCount("agreements", counts.agreements, text.t(
            "One model, signed by one agency, on one date. An agency with two models has two; one that signed the same "
            "model again has one more, and the older counts as replaced."
        )),
        RuledCount("agencies", counts.agencies, text.t(
            "Agencies with at least one of these agreements, each once whatever its spelling over the years."
        )),
        RuledCount("counties", counts.counties, text.t(
            "Counties with at least one of these agreements held by a county or local agency, also where it covers "
            "only a part. Statewide agreements are not counted here, though their officers can act in every county."
        )),
        RuledCount("states", counts.states, text.t(
            "States and territories whose agencies hold at least one of these agreements."
        )),
    )  # fmt: skip


@dataclass(frozen=True)
class NewestList:
    """ICE's newest list beside what the record shows as active.

    Attributes:
        day: Day of the list.
        file: Its name.
        rows: Rows ICE printed.
        agreements: Agreements of the record the list shows.
        waiting: Active agreements the list no longer shows, missing from too few lists to count as ended.
        replaced: Agreements the list still shows though the same agency has signed the same model again.
        active: Active agreements of the record.
    """

    day: dt.date
    file: str
    rows: int
    agreements: int
    waiting: int
    replaced: int
    active: int


def newest_list(record: LoadedRecord, sources: Path) -> NewestList | None:
    """Return ICE's newest list beside the record, or None where its file is not described.

    Args:
        record: The record as loaded.
        sources: SOURCES.csv beside the record.
    """
    if not record.newest_list:
        return None
    try:
        with sources.open(encoding="utf-8", newline="") as lines:
            rows = [
                (row["file"], int(row["rows"]))
                for row in csv.DictReader(lines)
                if row["kind"] == "participating" and row["list_date"] == record.newest_list.isoformat()
            ]
        file, printed = rows[-1]
    except (OSError, KeyError, ValueError, IndexError):
        return None
    held = record.agreements
    shown = (held["last_listed_date"] == np.datetime64(record.newest_list)).to_numpy()
    active = (held["status"] == Status.ACTIVE).to_numpy()
    return NewestList(
        record.newest_list, file, printed, int(shown.sum()), int((active & ~shown).sum()),
        int((shown & ~active).sum()), int(active.sum()),
    )  # fmt: skip


def quantity_words(quantity: str, text: Text) -> str:
    """Return what a published number counts: `model:TFM agencies` as "agencies, Task Force Model"."""
    model, rest = "", quantity.removeprefix("signed ")
    if rest.startswith("model:"):
        code, _, rest = rest.removeprefix("model:").partition(" ")
        model = f", {model_name(_MODELS[code], text)}" if code in _MODELS else ""
    units = {"agreements": text.t("agreements"), "agencies": text.t("agencies"), "states": text.t("states")}
    return f"{units.get(rest.split(' ')[0], rest)}{model}"


def published_beside(record: LoadedRecord, day: dt.date | None = None) -> tuple[PublishedBeside, ...]:
    """Return the published numbers the record can answer, by day, with ours.

    Args:
        record: The record as loaded.
        day: Only numbers that speak of this day, or None for all.

    Raises:
        AgreementDataError: data/history/published_counts.csv is not as it should be.
    """
    found = []
    for number, row in enumerate(_published_rows(PUBLISHED_FILE), start=2):
        if row["answerable"] != "yes" or (day and row["as_of"] != day.isoformat()):
            continue
        try:
            on = dt.date.fromisoformat(row["as_of"])
            when = dt.date.fromisoformat(row["counted_on"] or row["as_of"])
            what = row["counted_as"] or row["quantity"]
            ours = count_on(record, on, row["quantity"])
            otherwise = (when, what) != (on, row["quantity"])
            found.append(
                PublishedBeside(
                    on, row["quantity"], int(row["published"]), ours,
                    count_on(record, when, what) if otherwise else None, row["source"],
                    "; ".join(filter(None, (row["note"], row["reason"]))) if ours != int(row["published"]) else "",
                )
            )  # fmt: skip
        except ValueError as wrong:
            raise AgreementDataError(f"{PUBLISHED_FILE}, line {number}: {wrong}") from wrong
    return tuple(found)


@lru_cache(maxsize=4)
def _published_rows(path: Path) -> tuple[dict[str, str], ...]:
    """Return the rows of the file; none where there is no such file."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return tuple(csv.DictReader(lines))
    except FileNotFoundError:
        return ()


def count_on(record: LoadedRecord, day: dt.date, quantity: str) -> int:
    """Return how many agreements, agencies or states the record shows on a day.

    Args:
        record: The record as loaded.
        day: The day.
        quantity: `agreements`, `agencies` or `states` (further words are read as remarks), with `model:JEM` before
            it for one model, and with `signed` before that to count signatures up to the day that are not yet gone,
            listed by then or not.

    Raises:
        ValueError: It is none of these.
    """
    rows = record.agreements
    if quantity.startswith("signed "):
        quantity = quantity.removeprefix("signed ")
        when = np.datetime64(day)
        missing = rows["first_missing_date"].to_numpy()
        mask = rows["first_listed_date"].notna().to_numpy() & (rows["signed_date"].to_numpy() <= when)
        mask &= np.isnat(missing) | (missing > when)
    else:
        mask = in_force_on(record, day).copy()
    if quantity.startswith("model:"):
        name, _, quantity = quantity.removeprefix("model:").partition(" ")
        if name not in _MODELS:
            raise ValueError(f"{name!r} is no model")
        mask &= models_on(rows, day) == list(Model).index(_MODELS[name])
    counts = record.index.counts(mask)
    numbers = {"agreements": counts.agreements, "agencies": counts.agencies, "states": counts.states}
    what = quantity.split(" ")[0]
    if what not in numbers:
        raise ValueError(f"{quantity!r} is nothing the record counts")
    return numbers[what]
