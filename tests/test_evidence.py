"""The table whose order, columns and words are chosen, and what stands behind each of its rows."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from running_app import ROOT

from map_app.evidence import corrections_of
from map_app.record import LoadedRecord
from map_app.tables import COLUMN_CHOICES, ORDERS, evidence_table, matching, ordered, plain_table
from map_app.text import text_in


def test_words_are_found_without_regard_to_capitals_accents_and_their_order(record: LoadedRecord) -> None:
    rows, spanish = record.agreements, text_in("es")
    assert list(matching(rows, "SHERIFF'S cabarrus", text_in("en"))["agency_name"].unique()) == [
        "Cabarrus County Sheriff’s Office"
    ]
    assert len(matching(rows, "cárcel", spanish)) == len(matching(rows, "CARCEL", spanish)) > 0
    assert len(matching(rows, "  ", spanish)) == len(rows)
    assert len(matching(rows, "[", spanish)) == 0


@pytest.mark.parametrize("order", list(ORDERS))
@pytest.mark.parametrize("falling", [False, True])
def test_order_keeps_every_row_and_puts_missing_days_last(record: LoadedRecord, order: str, falling: bool) -> None:
    rows = record.agreements
    put = ordered(rows, order, falling=falling)
    assert sorted(put["agreement_id"]) == sorted(rows["agreement_id"])
    first = put[ORDERS[order][0]]
    known = list(first.dropna())
    assert known == sorted(known, reverse=falling)
    assert first.isna().to_numpy().tolist() == sorted(first.isna().to_numpy().tolist())


def test_every_column_has_a_heading_and_a_cell(record: LoadedRecord) -> None:
    html = evidence_table(record.agreements, COLUMN_CHOICES, "All", {}, text_in("es"))
    assert html.count('<th scope="col">') == len(COLUMN_CHOICES)
    first = html[html.index("<tbody>") :].split("</tr>")[0]
    assert first.count("<td>") == len(COLUMN_CHOICES) - 1


def test_correction_no_file_describes_is_named_by_its_identifier(record: LoadedRecord) -> None:
    rows = record.agreements.head(1).assign(corrections="agency-zz-99")
    assert "<li><code>agency-zz-99</code></li>" in evidence_table(rows, ("agency",), "One", {}, text_in("en"))


def test_plain_table_writes_days_and_numbers_as_the_language_does_and_escapes_the_rest() -> None:
    rows = [[dt.date(2026, 5, 11), 1797, "<b>", ""]]
    html = plain_table(["Day", "N", "T", "E"], rows, "A & B", text_in("es"), english=(2,))
    assert '<th scope="row">11 de mayo de 2026</th><td class=number>1,797</td><td lang=en>&lt;b&gt;</td>' in html
    assert "A &amp; B" in html


# ---- corrections


def test_every_correction_the_record_names_is_described_with_its_evidence() -> None:
    data = ROOT / "data"
    known = corrections_of(data / "corrections", "a")
    with (data / "agreements.csv").open(encoding="utf-8", newline="") as lines:
        named = {part for row in csv.DictReader(lines) for part in row["corrections"].split(";") if part}
    assert named <= set(known)
    assert all(known[name].evidence and (known[name].wrong or known[name].right) for name in named)


def test_folder_without_corrections_or_with_others_gives_none(tmp_path: Path) -> None:
    (tmp_path / "dates.csv").write_text("a,b\n1,2\n")
    assert corrections_of(tmp_path, "b") == {}
    assert corrections_of(tmp_path / "gone", "b") == {}
