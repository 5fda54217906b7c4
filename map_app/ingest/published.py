"""Published counts beside ours: the test of the record against what others printed on the day."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from map_app.as_of import model_on, stood_on
from map_app.errors import AgreementDataError
from map_app.vocabulary import Model

PUBLISHED_FILE: Final = "published_counts.csv"
_COLUMNS: Final = ("as_of", "quantity", "published", "source", "note", "answerable", "reason")
_MODELS: Final = {
    "TF": Model.TASK_FORCE, "TFM": Model.TASK_FORCE, "JEM": Model.JAIL_ENFORCEMENT, "WSO": Model.WARRANT_SERVICE,
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
        ours: The record's figure, or None where the record holds no such thing (officers, arrests).
        source: Who published it.
        note: What is said of the day.
        reason: Why the two differ, where they do.
    """

    as_of: str
    quantity: str
    published: int
    ours: int | None
    source: str
    note: str
    reason: str

    @property
    def agrees(self) -> bool:
        """Whether ours is within 2 % of it (or at least it, where the source says "at least")."""
        if self.ours is None:
            return False
        if "at least" in self.quantity:
            return self.ours >= self.published
        return abs(self.ours - self.published) <= CLOSE * self.published


def compare_published(frame: pd.DataFrame, folder: Path) -> list[Published]:
    """Return every published count with the record's own.

    Args:
        frame: The record.
        folder: data/history; without published_counts.csv there is nothing to compare.

    Raises:
        AgreementDataError: The file lacks a column or a figure is none.
    """
    path = folder / PUBLISHED_FILE
    if not path.exists():
        return []
    found: list[Published] = []
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise AgreementDataError(f"{path}: its columns must be {', '.join(_COLUMNS)}.")
        for row in reader:
            try:
                figure = int(row["published"])
                ours = count_on(frame, dt.date.fromisoformat(row["as_of"]), row["quantity"]) if (
                    row["answerable"] == "yes"
                ) else None
            except ValueError as error:
                raise AgreementDataError(f"{path}, line {reader.line_num}: {error}.") from None
            found.append(Published(row["as_of"], row["quantity"], figure, ours, row["source"], row["note"],
                                   row["reason"]))
    return found


def count_on(frame: pd.DataFrame, day: dt.date, quantity: str) -> int:
    """Return how many agreements, agencies or states the record shows on a day, of one model or of all.

    Raises:
        ValueError: The quantity is none of these.
    """
    held = frame[stood_on(frame, day)]
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
    close = sum(count.agrees for count in answered)
    lines = [
        "# Published counts beside ours", "",
        "Written by `map-app ingest` from `data/history/published_counts.csv` and `data/agreements.csv`.", "",
        f"{len(answered)} published counts can be answered by the record; {close} "
        f"({close / len(answered):.0%}) agree within 2 %." if answered else "None can be answered.", "",
        "| day | what | published | ours | difference | source | why they differ |", "|---|---|---|---|---|---|---|",
    ]
    for count in answered:
        difference = (count.ours or 0) - count.published
        why = "; ".join(filter(None, (count.note, count.reason if difference else "")))
        lines.append(_row(count.as_of, count.quantity, count.published, count.ours, f"{difference:+d}" if difference
                          else "0", count.source, why))
    lines += ["", "## Not answerable", "", "The record holds agreements, not officers, arrests or applications.", "",
              "| day | what | published | source | note |", "|---|---|---|---|---|"]
    lines += [_row(c.as_of or "undated", c.quantity, c.published, c.source, c.note) for c in counts if c.ours is None]
    return "\n".join(lines) + "\n"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
