"""The record as a browser replays it: every day as `--as-of` gives it."""

from __future__ import annotations

import datetime as dt
import json
import random

import numpy as np
from example_record import WriteCsv, agreement

from map_app.agreements import read_agreements, unlisted_periods
from map_app.filters import in_force
from map_app.record import LoadedRecord
from map_app.timeline import EPOCH, day_number, stretches, timeline, timeline_json


def counted(spans: list[list[int]], day: dt.date) -> np.ndarray:
    number = day_number(day)
    return np.array(
        [any(s[i] <= number and (i + 1 == len(s) or number < s[i + 1]) for i in range(0, len(s), 2)) for s in spans]
    )


def periods(record: LoadedRecord) -> list[tuple[dt.date, dt.date]]:
    return [period for cell in record.agreements["unlisted_periods"] for period in unlisted_periods(cell)]


def test_every_day_counts_what_the_record_counts(shipped: LoadedRecord) -> None:
    spans, chance = stretches(shipped.agreements), random.Random(287)
    assert shipped.newest_list
    days = [EPOCH + dt.timedelta(chance.randrange(day_number(shipped.newest_list))) for _ in range(60)]
    first = shipped.lists[0].day
    days += [EPOCH, first - dt.timedelta(1), first, shipped.newest_list]
    for gap in shipped.gaps:
        days += [*gap, gap[0] + dt.timedelta(1), gap[1] - dt.timedelta(1)]
    for left, back in periods(shipped):
        days += [left - dt.timedelta(1), left, back - dt.timedelta(1), back]
    for day in days:
        assert (counted(spans, day) == in_force(shipped.agreements, day)).all(), day


def test_agreement_off_the_lists_for_a_while_counts_before_and_after(write_csv: WriteCsv) -> None:
    frame = read_agreements(write_csv([agreement(unlisted_periods="2025-03-14/2025-04-02;2025-07-18/2026-03-02")]))
    told = [dt.date(2025, 3, 1), dt.date(2025, 3, 14), dt.date(2025, 4, 2), dt.date(2025, 7, 18), dt.date(2026, 3, 2)]
    assert stretches(frame.agreements) == [[day_number(day) for day in told]]


def test_periods_off_the_lists_stand_beside_the_rows(shipped: LoadedRecord) -> None:
    away = timeline(shipped)["away"]
    assert len(away) == len(periods(shipped)) > 0
    for row, left, back in away:
        cell = shipped.agreements.loc[row, "unlisted_periods"]
        assert (EPOCH + dt.timedelta(left), EPOCH + dt.timedelta(back)) in unlisted_periods(cell)


def test_example_record_counts_the_same_every_month(record: LoadedRecord) -> None:
    spans = stretches(record.agreements)
    for month in range(0, 24 * 12, 2):
        day = dt.date(2002 + (6 + month) // 12, (6 + month) % 12 + 1, 15)
        assert (counted(spans, day) == in_force(record.agreements, day)).all(), day


def test_agreement_gone_before_the_lists_and_back_on_them_counts_twice(write_csv: WriteCsv) -> None:
    rows = [
        agreement(signed_date="2008-01-01", ended_date="2012-06-01", ended_basis="exact", status="ended",
                  first_listed_date="2025-03-14", last_listed_date="2025-04-01", first_missing_date="2025-05-01"),
        agreement(agreement_id="az-other-wso-2025-03-01", agency_id="az-other"),
    ]  # fmt: skip
    frame = read_agreements(write_csv(rows)).agreements
    first = stretches(frame)[list(frame["agreement_id"]).index("az-pinal-county-sheriff-wso-2025-03-01")]
    assert first == [day_number(dt.date(2008, 1, 1)), day_number(dt.date(2012, 6, 1)),
                     day_number(dt.date(2025, 3, 14)), day_number(dt.date(2025, 5, 1))]  # fmt: skip


def test_gaps_are_the_ones_the_page_tells_of(shipped: LoadedRecord) -> None:
    found = shipped.gaps
    assert found
    for first, second in found:
        assert shipped.gap_on(first + dt.timedelta(1)) == (first, second)
        assert shipped.gap_on(second) is None


def test_timeline_is_small(shipped: LoadedRecord) -> None:
    held = timeline_json(shipped)
    assert json.loads(held.content) == json.loads(json.dumps(timeline(shipped)))
    assert len(held.zipped) < 60_000
