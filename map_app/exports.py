"""Files of exactly the filtered agreements."""

from __future__ import annotations

import pandas as pd

from map_app.agreements import COLUMN_NAMES, DATE_COLUMNS

#: A cell that begins with one of these would be run as a formula by a spreadsheet.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(agreements: pd.DataFrame) -> bytes:
    """Return agreements as CSV: the columns of the record, UTF-8 with a byte order mark, formulas made harmless.

    Args:
        agreements: Rows to write, as `read_agreements` returns them; order is kept.
    """
    frame = agreements[[name for name in agreements.columns if name in COLUMN_NAMES]].copy()
    for name in DATE_COLUMNS:
        frame[name] = frame[name].dt.strftime("%Y-%m-%d")
    for name in frame.columns:
        if name not in DATE_COLUMNS and name != "signed_year":
            cells = frame[name].astype("str")
            risky = cells.str.startswith(_FORMULA_STARTS)
            frame[name] = cells.where(~risky, "'" + cells) if risky.any() else cells
    # With this line end the writer also quotes cells that hold a lone carriage return.
    return frame.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")
