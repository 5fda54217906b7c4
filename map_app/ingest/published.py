"""Published counts beside ours: the test of the record against what others printed on the day."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from map_app.agreements import typed_agreements
from map_app.errors import AgreementDataError
from map_app.filters import in_force, model_on
from map_app.vocabulary import Model

PUBLISHED_FILE: Final = "published_counts.csv"
_COLUMNS: Final = (
    "as_of",
    "quantity",
    "published",
    "source",
    "note",
    "answerable",
    "counted_on",
    "counted_as",
    "reason",
)
_MODELS: Final = {
    "TF": Model.TASK_FORCE,
    "TFM": Model.TASK_FORCE,
    "JEM": Model.JAIL_ENFORCEMENT,
    "WSO": Model.WARRANT_SERVICE,
    "Hybrid": Model.HYBRID,
}
#: Share by which ours may differ and still agree.
CLOSE: Final = 0.02


@dataclass(frozen=True)
class Published:
    """A count someone published, and ours.

    Attributes:
        as_of: Day it speaks of, or empty.
        quantity: What is counted, as `agreements`, `agencies`, `states`, `model:JEM agencies`.
        published: The figure.
        ours: The record's figure for that day, or None where it holds no such thing (officers, arrests).
        counted: The record's figure for the day and the thing the source really counted, where `reason` says
            that they were others.
        counted_as: That day and thing, in words; empty where they are as printed.
        source: Who published it.
        note: What is said of the day.
        reason: Why the two differ, where they do.
    """

    as_of: str
    quantity: str
    published: int
    ours: int | None
    counted: int | None
    counted_as: str
    source: str
    note: str
    reason: str

    @property
    def agrees(self) -> bool:
        """Whether ours is within 2 % of it (or at least it, where the source says "at least")."""
        ours = self.counted if self.counted is not None else self.ours
        return ours is not None and self._near(ours)

    @property
    def agrees_as_printed(self) -> bool:
        """Whether the record's figure for the printed day and thing is within 2 % of it."""
        return self.ours is not None and self._near(self.ours)

    def _near(self, ours: int) -> bool:
        if "at least" in self.quantity:
            return ours >= self.published
        return abs(ours - self.published) <= CLOSE * self.published


def compare_published(frame: pd.DataFrame, folder: Path) -> list[Published]:
    """Return every published count with the record's own.

    Args:
        frame: The record as text.
        folder: data/history; without published_counts.csv there is nothing to compare.

    Raises:
        AgreementDataError: The file lacks a column or a figure is none.
    """
    path = folder / PUBLISHED_FILE
    if not path.exists():
        return []
    frame = typed_agreements(frame)
    found: list[Published] = []
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise AgreementDataError(f"{path}: its columns must be {', '.join(_COLUMNS)}.")
        for row in reader:
            answerable = row["answerable"] == "yes"
            on, what = row["counted_on"] or row["as_of"], row["counted_as"] or row["quantity"]
            otherwise = answerable and (on, what) != (row["as_of"], row["quantity"])
            try:
                found.append(
                    Published(
                        as_of=row["as_of"],
                        quantity=row["quantity"],
                        published=int(row["published"]),
                        ours=count_on(frame, dt.date.fromisoformat(row["as_of"]), row["quantity"])
                        if answerable
                        else None,
                        counted=count_on(frame, dt.date.fromisoformat(on), what) if otherwise else None,
                        counted_as=f"{what} on {on}" if otherwise else "",
                        source=row["source"],
                        note=row["note"],
                        reason=row["reason"],
                    )
                )
            except ValueError as error:
                raise AgreementDataError(f"{path}, line {reader.line_num}: {error}.") from None
    return found


def count_on(frame: pd.DataFrame, day: dt.date, quantity: str) -> int:
    """Return how many agreements, agencies or states the (typed) record shows on a day, of one model or of all.

    `signed` before the quantity counts signatures: signed by that day, not yet gone, listed by then or not.

    Raises:
        ValueError: The quantity is none of these.
    """
    if quantity.startswith("signed "):
        when, missing = pd.Timestamp(day), frame["first_missing_date"]
        listed = frame["first_listed_date"].notna() & (missing.isna() | (missing > when))
        held = frame[listed & (frame["signed_date"] <= when)]
        quantity = quantity.removeprefix("signed ")
    else:
        held = frame[in_force(frame, day)]
    model, _, what = quantity.rpartition(" ") if quantity.startswith("model:") else ("", "", quantity.split(" ")[0])
    if model:
        held = held[model_on(held, day) == _MODELS[model.removeprefix("model:")].value]
    if what == "agreements":
        return len(held)
    if what in ("agencies", "states"):
        return int(held["agency_id" if what == "agencies" else "state_abbr"].nunique())
    raise ValueError(f"{quantity!r} is nothing the record counts")


def published_table(counts: Iterable[Published]) -> str:
    """Return docs/published-counts.md: published, ours, difference and the reason for it."""
    counts = list(counts)
    answered = [count for count in counts if count.ours is not None]
    close, printed = sum(c.agrees for c in answered), sum(c.agrees_as_printed for c in answered)
    lines = [
        "# Published counts beside ours",
        "",
        "Written by `map-app ingest` from `data/history/published_counts.csv` and `data/agreements.csv`.",
        "",
        f"The record can answer {len(answered)} published counts. {printed} agree within 2 % on the day and "
        f"for the thing printed, {close} ({close / len(answered):.1%}) once counted as the source counted; "
        "the last column says how that differs."
        if answered
        else "The record can answer none.",
        "",
        "| day | what | published | ours | difference | counted as they did | source | why they differ |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for count in answered:
        difference = (count.ours or 0) - count.published
        why = "; ".join(filter(None, (count.note, count.reason if difference else "")))
        lines.append(
            _row(
                count.as_of,
                count.quantity,
                count.published,
                count.ours,
                f"{difference:+d}" if difference else "0",
                f"{count.counted} ({count.counted_as})" if count.counted is not None else "",
                count.source,
                why,
            )
        )
    lines += [
        "",
        "## Not answerable",
        "",
        "The record holds agreements, not officers, arrests or applications.",
        "",
        "| day | what | published | source | note |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(c.as_of or "undated", c.quantity, c.published, c.source, c.note) for c in counts if c.ours is None]
    return "\n".join(lines) + "\n"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
