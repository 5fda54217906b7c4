"""Charts and their tables: the numbers are the record's, the marked days have sources, nothing is fetched."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from example_record import CLEAN_ROWS, MARICOPA, MECKLENBURG, load_record, write_rows
from running_app import ROOT

from map_app.charts import (
    Charted,
    by_state,
    history_of,
    history_table,
    in_force_over_time,
    in_force_table,
    picture,
    policy_dates,
    share_of_counties,
    share_table,
    signings_per_month,
    signings_table,
    two_days,
    two_days_table,
)
from map_app.errors import AgreementDataError, UsageError
from map_app.filters import Filters, filter_mask
from map_app.grains import Grain, Selection, months, table
from map_app.reconcile import count_on, newest_list, published_beside, quantity_words, ruled_counts
from map_app.record import LoadedRecord
from map_app.text import Text, text_in
from map_app.vocabulary import Model


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> LoadedRecord:
    return load_record(write_rows(tmp_path_factory.mktemp("small") / "agreements.csv", CLEAN_ROWS))


# ---- numbers


def test_month_of_the_chart_counts_what_as_of_its_day_shows(shipped: LoadedRecord) -> None:
    counted = in_force_table(shipped, Filters())
    for month in months(shipped)[::19]:
        drawn = counted.loc[counted["month"] == pd.Timestamp(month.first), "agreements"].sum()
        assert drawn == filter_mask(shipped.agreements, Filters(as_of=month.day)).sum()


def test_models_of_a_chart_are_those_published_on_the_day(shipped: LoadedRecord) -> None:
    counted = in_force_table(shipped, Filters()).set_index(["month", "model"])["agreements"]
    july = pd.Timestamp("2010-07-01")  # its last day is the day before the published one
    assert [counted[july, code] for code in ("TFM", "JEM", "HYB")] == [26, 32, 13]


def test_signings_of_all_months_are_all_dated_agreements(shipped: LoadedRecord) -> None:
    selection = Selection(shipped, Filters(status="all"))
    dated = selection.agreements["signed_date"].notna().sum()
    assert signings_table(selection)["agreements"].sum() == dated
    undated = len(selection.agreements) - dated
    assert undated > 0
    assert str(undated) in signings_per_month(selection, text_in("en")).title


def test_signings_of_nothing_are_an_empty_chart(small: LoadedRecord, english: Text) -> None:
    selection = Selection(small, Filters(states=("WY",)))
    assert signings_table(selection)["agreements"].sum() == 0
    assert signings_per_month(selection, english).chart.to_dict()


def test_states_of_the_chart_are_those_of_the_table(small: LoadedRecord, english: Text) -> None:
    charted = by_state(Selection(small, Filters()), english)
    assert len(charted.table) == 56
    assert charted.table["agreements"].sum() == Selection(small, Filters()).mask.sum()
    drawn = {row["state_name"] for data in charted.chart.to_dict()["datasets"].values() for row in data}
    assert drawn == {"Arizona", "Guam", "North Carolina"}


def test_history_of_a_county_leaves_statewide_agreements_out_and_of_a_state_counts_them(small: LoadedRecord) -> None:
    told = history_table(small, [MECKLENBURG, "NC", "nc-mecklenburg-county-sheriff"])
    last = told[told["month"] == told["month"].max()].set_index("place")["agreements"]
    assert last.to_dict() == {MECKLENBURG: 2, "NC": 6, "nc-mecklenburg-county-sheriff": 0}
    year = told[(told["month"] == pd.Timestamp("2010-01-01"))].set_index("place")["agreements"]
    assert year.to_dict() == {MECKLENBURG: 1, "NC": 2, "nc-mecklenburg-county-sheriff": 1}


@pytest.mark.parametrize("places", [[], ["04013", "37119", "NC", "FL", "TX"], ["99999"], ["no-such-agency"]])
def test_places_that_cannot_be_compared_are_refused(small: LoadedRecord, places: list[str]) -> None:
    with pytest.raises(UsageError):
        history_table(small, places)


def test_two_days_differ_by_the_difference_of_the_days(shipped: LoadedRecord, english: Text) -> None:
    one, two = dt.date(2024, 6, 1), dt.date(2026, 5, 11)
    told = two_days_table(shipped, Filters(), one, two)
    wanted = [filter_mask(shipped.agreements, Filters(as_of=day)).sum() for day in (one, two)]
    assert told[["earlier", "later"]].sum().tolist() == wanted
    assert told["change"].sum() == wanted[1] - wanted[0]
    with pytest.raises(UsageError, match="not before"):
        two_days(shipped, Filters(), two, one, english)


# ---- charts


def every_chart(record: LoadedRecord, text: Text) -> dict[str, Charted]:
    return {
        "time": in_force_over_time(record, Filters(), text),
        "signings": signings_per_month(Selection(record, Filters(status="all")), text),
        "states": by_state(Selection(record, Filters()), text),
        "history": history_of(record, [MARICOPA, "NC"], text),
        "days": two_days(record, Filters(), dt.date(2010, 1, 1), dt.date(2026, 1, 1), text),
    }


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_chart_points_outside(small: LoadedRecord, language: str) -> None:
    for name, charted in every_chart(small, text_in(language)).items():
        spec = charted.chart.to_dict()
        schema = spec.pop("$schema")  # an identifier that Vega reads its version from and never fetches
        assert schema.startswith("https://vega.github.io/schema/vega-lite/")
        told = json.dumps(spec)
        assert not re.search(r"https?:|//[a-z]", told), name
        assert '"url"' not in told
        assert charted.title


def test_table_of_a_chart_is_a_csv_with_its_numbers(small: LoadedRecord, english: Text) -> None:
    for charted in every_chart(small, english).values():
        back = pd.read_csv(io.BytesIO(charted.csv()), encoding="utf-8-sig")
        assert list(back.columns) == list(charted.table.columns)
        assert len(back) == len(charted.table)


def test_pictures_are_drawn_without_a_network(small: LoadedRecord, english: Text) -> None:
    pytest.importorskip("vl_convert")
    charted = in_force_over_time(small, Filters(), english)
    svg, png = picture(charted, "svg"), picture(charted, "png")
    assert svg.startswith(b"<svg")
    assert "July 2002" in svg.decode()
    assert png.startswith(b"\x89PNG")


def test_every_policy_date_is_marked_and_told_with_the_chart(small: LoadedRecord, english: Text) -> None:
    charted = in_force_over_time(small, Filters(), english)
    numbers = [
        row["number"] for data in charted.chart.to_dict()["datasets"].values() for row in data if "number" in row
    ]
    assert numbers == [str(place) for place in range(1, len(charted.marked) + 1)]
    assert len(charted.marked) >= 8


# ---- marked days


def test_every_marked_day_has_a_source_one_can_open() -> None:
    held = policy_dates()
    assert [date.day for date in held] == sorted(date.day for date in held)
    for date in held:
        assert date.source
        assert re.fullmatch(r"https://[^\s]+", date.source_url)
        assert all(date.label[language] for language in ("en", "es"))


def test_administrations_follow_each_other_on_20_january() -> None:
    days = [date.day for date in policy_dates() if date.kind == "administration"]
    assert {(day.month, day.day) for day in days} == {(1, 20)}
    assert set(np.diff([day.year for day in days])) <= {4, 8}


_HEAD = "date,kind,label,label_es,description,source,source_url"


@pytest.mark.parametrize(
    "row", ["2020-13-01,policy,a,b,c,d,e", "2020-01-01,policy,a,b,c,,e", "2020-01-01,other,a,b,c,d,e"]
)
def test_marked_day_without_a_source_or_a_day_is_refused(tmp_path: Path, row: str) -> None:
    path = tmp_path / "policy_dates.csv"
    path.write_text(f"{_HEAD}\n{row}\n")
    with pytest.raises(AgreementDataError, match="policy_dates"):
        policy_dates(path)


# ---- counts that reconcile


def test_counts_come_with_their_rules_and_are_those_of_the_map(shipped: LoadedRecord, english: Text) -> None:
    selection = Selection(shipped, Filters())
    counts = shipped.index.counts(selection.mask)
    told = ruled_counts(selection, english)
    assert {held.unit: held.number for held in told} == {
        "agreements": counts.agreements, "agencies": counts.agencies,
        "counties": counts.counties, "states": counts.states,
    }  # fmt: skip
    assert all(held.rule.endswith(".") for held in told)


def test_published_numbers_are_those_the_rebuild_compares(shipped: LoadedRecord) -> None:
    from map_app.ingest.published import compare_published

    frame = pd.read_csv(ROOT / "data" / "agreements.csv", dtype="str", keep_default_na=False)
    wanted = [p for p in compare_published(frame, ROOT / "data" / "history") if p.ours is not None]
    told = published_beside(shipped)
    assert [(t.as_of.isoformat(), t.quantity, t.published, t.ours, t.counted) for t in told] == [
        (p.as_of, p.quantity, p.published, p.ours, p.counted) for p in wanted
    ]


def test_number_that_differs_says_why_or_how_it_was_counted(shipped: LoadedRecord) -> None:
    for told in published_beside(shipped):
        if told.difference:
            assert told.reason, told
    day = dt.date(2010, 8, 1)
    here = published_beside(shipped, day)
    assert {(t.quantity, t.published, t.ours) for t in here} == {
        ("agreements", 71, 71), ("model:Hybrid agencies", 13, 13), ("model:JEM agencies", 32, 32),
    }  # fmt: skip


@pytest.mark.parametrize("quantity", ["officers", "model:XYZ agencies", ""])
def test_thing_the_record_does_not_hold_is_not_counted(small: LoadedRecord, quantity: str) -> None:
    with pytest.raises(ValueError, match=r"no model|nothing"):
        count_on(small, dt.date(2025, 1, 1), quantity)


def test_hybrid_is_drawn_as_jail_enforcement_after_its_task_force_ended(small: LoadedRecord) -> None:
    counted = in_force_table(small, Filters(states=("AZ",))).set_index(["month", "model"])["agreements"]
    assert counted[pd.Timestamp("2009-09-01"), Model.HYBRID.code] == 1
    assert counted[pd.Timestamp("2009-11-01"), Model.HYBRID.code] == 0
    assert counted[pd.Timestamp("2009-11-01"), Model.JAIL_ENFORCEMENT.code] == 1


# ---- share of counties


def test_share_of_counties_is_what_the_panel_says_of_the_same_month(shipped: LoadedRecord) -> None:
    filters = Filters(states=("GA",))
    shares, panel = share_table(shipped, filters), table(Selection(shipped, filters), Grain.PANEL)
    assert (shares.groupby("month")["counties"].sum() == 159).all()
    assert (shares["of"] == 159).all()
    for month in list(shares["month"].unique())[::31]:
        told = shares[shares["month"] == month].set_index("level")["counties"]
        counted = panel[panel["month"] == month]["level"].astype("str").value_counts()
        assert {level: n for level, n in told.items() if n} == {level: n for level, n in counted.items() if n}
    assert (shares["share"] - shares["counties"] / 159).abs().max() < 1e-12


def test_share_chart_names_how_many_counties_it_looks_at(shipped: LoadedRecord) -> None:
    assert "159" in share_of_counties(shipped, Filters(states=("GA",)), text_in("en")).title
    assert "3,231" in share_of_counties(shipped, Filters(), text_in("es")).title


def test_share_chart_calls_no_county_without_agreement_whose_agreements_are_filtered_out(shipped: LoadedRecord) -> None:
    english = text_in("en")
    whole = share_of_counties(shipped, Filters(states=("GA",)), english).levels
    assert whole["none_listed"] == "None listed"
    for filters in (Filters(models=(Model.TASK_FORCE,)), Filters(years=(2007, 2010))):
        told = share_of_counties(shipped, filters, english).levels
        assert told["none_listed"] == "None in this selection"
        assert told["statewide_only"] == "In this selection only state agencies"


# ---- the newest list beside the record


def test_rows_of_the_newest_list_lead_to_the_number_shown(shipped: LoadedRecord) -> None:
    held = newest_list(shipped, ROOT / "data" / "SOURCES.csv")
    assert held is not None
    assert held.day == shipped.newest_list
    assert held.rows == held.agreements
    assert held.agreements + held.waiting - held.replaced == held.active


def test_list_that_no_file_describes_is_left_out(shipped: LoadedRecord, tmp_path: Path) -> None:
    assert newest_list(shipped, tmp_path / "none.csv") is None
    (tmp_path / "SOURCES.csv").write_text("file,kind\nx.xlsx,participating\n")
    assert newest_list(shipped, tmp_path / "SOURCES.csv") is None


def test_published_quantity_is_said_in_the_language_of_the_page() -> None:
    assert quantity_words("signed model:TFM agencies", text_in("en")) == "agencies, Task Force Model"
    assert quantity_words("agencies (at least)", text_in("es")) == "agencias"
    assert quantity_words("officers", text_in("es")) == "officers"
