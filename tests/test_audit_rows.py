"""Comparing rows of the record with the workbook rows behind them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from map_app.errors import MapAppError
from map_app.ingest.build import build_record
from map_app.ingest.command import DEFAULT_OUT
from map_app.ingest.corrections import load_corrections
from map_app.ingest.workbooks import read_workbook
from tools.audit_rows import audit, describe, draw, main

LIST = Path(__file__).parent / "data" / "participatingAgencies05112026am.xlsx"


def shipped() -> pd.DataFrame:
    return pd.read_csv(DEFAULT_OUT, dtype=str, keep_default_na=False, encoding="utf-8")


def test_same_seed_draws_the_same_rows_whatever_their_order():
    frame = shipped()
    drawn = draw(frame, 287, 100)
    assert drawn == draw(frame.iloc[::-1], 287, 100)
    assert len(set(drawn)) == 100
    assert drawn != draw(frame, 288, 100)


def test_risky_rows_needed_a_judgement():
    frame = shipped().set_index("agreement_id", drop=False)
    rows = frame.loc[draw(frame, 1, 60, risky=True)]
    judged = (rows["corrections"] != "") | (rows["status"] == "ended") | rows["county_geoids"].str.contains(";")
    assert (judged | (rows["placement"] != "printed")).all()
    assert len(rows) == 60


def test_each_row_stands_beside_what_its_workbook_prints():
    book = read_workbook(LIST)
    record = build_record([book], None, load_corrections())
    raw = {(cells.file, cells.row): cells for cells in book.rows}
    rows = record.frame.to_dict("records")
    told = {
        row["agreement_id"]: "\n".join(describe(row, agreement, record, raw, {book.file: book.rows}))
        for row, agreement in zip(rows, record.agreements, strict=True)
    }
    guam = told["gu-office-of-the-attorney-general-tfm-2025-09-22"]
    assert "record  Office of the Attorney General | GU | Task Force Model | 2025-09-22 | active" in guam
    assert "Office Of The Attorney General" in guam.splitlines()[5]
    assert all(LIST.name in text for text in told.values())


def test_record_that_these_lists_do_not_make_is_not_audited(capsys):
    with pytest.raises(MapAppError, match="is not what these lists make"):
        list(audit([LIST], 1, 5, risky=False))
    assert main([str(LIST), "--seed", "1"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
