"""Charts of the program, each with the table it draws. Altair writes them; the page's own copy of Vega draws them.

Nothing in a chart points outside: data, colours and words stand in the chart itself.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from geo.fips import STATES, counties
from map_app.coverage import LEVELS
from map_app.errors import AgreementDataError, MapAppError, UsageError
from map_app.filters import Filters, filter_mask
from map_app.grains import Grain, Selection, counties_in_scope, in_force_on, models_on, months, table
from map_app.popups import level_name
from map_app.popups import model_name as full_model_name
from map_app.record import LoadedRecord
from map_app.text import Text
from map_app.text.places import county_title, state_words
from map_app.vocabulary import Coverage, Model, Participation

if TYPE_CHECKING:
    import altair as alt

POLICY_FILE: Final = Path(__file__).resolve().parents[1] / "data" / "history" / "policy_dates.csv"

#: The colours the map has for models, in the order of the vocabulary; told apart with any colour vision.
MODEL_COLORS: Final = {
    Model.JAIL_ENFORCEMENT: "#cc79a7",
    Model.TASK_FORCE: "#0b5394",
    Model.WARRANT_SERVICE: "#e69f00",
    Model.HYBRID: "#009e73",
}
#: Most places one chart compares: more lines cannot be told apart.
MOST_PLACES: Final = 4
_DASHES: Final = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
_LINES: Final = ("#0b5394", "#a85b00", "#6a2c91", "#00695c")


@dataclass(frozen=True)
class PolicyDate:
    """A day marked in the charts over time.

    Attributes:
        day: The day.
        kind: `administration` (begins that day) or `policy`.
        label: A few words, by language.
        description: What happened.
        source: Who says so.
        source_url: Where it can be read.
    """

    day: dt.date
    kind: str
    label: dict[str, str]
    description: str
    source: str
    source_url: str


@dataclass(frozen=True)
class Charted:
    """A chart and the numbers it draws.

    Attributes:
        chart: For `st.altair_chart`, or `picture`.
        table: One row per mark, columns named for readers of the file.
        title: What it shows, in a sentence.
        marked: The days marked in it, where there are any.
        levels: Names of the levels of participation in the table, where it has them.
    """

    chart: alt.LayerChart | alt.Chart
    table: pd.DataFrame
    title: str
    marked: tuple[PolicyDate, ...] = field(default=())
    levels: Mapping[str, str] = field(default_factory=dict)

    def csv(self) -> bytes:
        """Return the table as CSV, UTF-8 with a byte order mark."""
        out = io.StringIO(newline="")
        self.table.to_csv(out, index=False, lineterminator="\n", date_format="%Y-%m-%d")
        return out.getvalue().encode("utf-8-sig")


@cache
def policy_dates(path: Path = POLICY_FILE) -> tuple[PolicyDate, ...]:
    """Return the days to mark, by day.

    Raises:
        AgreementDataError: The file is missing, or a row has no source, no label or no day.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        found = [
            PolicyDate(
                dt.date.fromisoformat(row["date"]), row["kind"], {"en": row["label"], "es": row["label_es"]},
                row["description"], row["source"], row["source_url"],
            )
            for row in rows
        ]  # fmt: skip
    except (OSError, KeyError, ValueError) as wrong:
        raise AgreementDataError(f"{path}: cannot be used ({wrong}). Restore the file.") from wrong
    for number, held in enumerate(found, start=2):
        if held.kind not in ("administration", "policy") or not all(
            (held.source, held.description, *held.label.values())
        ):
            raise AgreementDataError(f"{path}, line {number}: kind, labels, description and source must all be given.")
    return tuple(sorted(found, key=lambda held: (held.day, held.kind)))


def drawing_library() -> ModuleType:
    """Return the library that draws pictures, without any request.

    Raises:
        MapAppError: It is not installed.
    """
    try:
        return import_module("vl_convert")
    except ImportError as missing:
        raise MapAppError("pictures need one more package: pip install 'map-287g[images]'") from missing


def picture(charted: Charted, kind: str) -> bytes:
    """Return a chart as a picture, drawn without any request.

    Args:
        charted: The chart.
        kind: `svg` or `png` (twice the size of the page, for print and slides).

    Raises:
        MapAppError: The library that draws is not installed.
    """
    drawing = drawing_library()
    spec = charted.chart.to_dict()
    if kind == "svg":
        return str(drawing.vegalite_to_svg(spec, allowed_base_urls=[])).encode()
    return bytes(drawing.vegalite_to_png(spec, scale=2, allowed_base_urls=[]))


# ---- over time


def in_force_table(record: LoadedRecord, filters: Filters) -> pd.DataFrame:
    """Return the number of agreements by month and model.

    Args:
        record: The record as loaded.
        filters: What to count; status is not used, and a day ends the months.

    Returns:
        One row per month and model that the record has: `month`, `as_of`, `evidence`, `model` (code),
        `agreements`. A hybrid counts as jail enforcement once its task-force part has ended.
    """
    kept = filter_mask(record.agreements, replace(filters, status="all", as_of=None))
    present = [model for model in Model if (record.agreements["model"] == model).any()]
    rows = []
    for month in months(record, filters.as_of):
        mask = kept & in_force_on(record, month.day)
        counted = np.bincount(models_on(record.agreements, month.day)[mask], minlength=len(Model))
        for place, model in enumerate(Model):
            if model in present:
                rows.append((month.first, month.day, month.evidence, model.code, int(counted[place])))
    frame = pd.DataFrame(rows, columns=["month", "as_of", "evidence", "model", "agreements"])
    return frame.astype({"month": "datetime64[us]", "as_of": "datetime64[us]"})


def _by_model(codes: Collection[str], text: Text) -> tuple[list[str], alt.Color]:
    """Return the names of models in reading order, and how marks are coloured by them, without a legend yet.

    Args:
        codes: Codes of the models drawn.
        text: Language.
    """
    import altair as alt

    shown = [model for model in Model if model.code in codes]
    order = [model_name(model, text) for model in shown]
    scale = alt.Scale(domain=order, range=[MODEL_COLORS[model] for model in shown])
    return order, alt.Color("model:N", scale=scale, title=text.t("Model type"), sort=order)


def _marked(counted: pd.DataFrame) -> tuple[PolicyDate, ...]:
    """Return the policy dates within the months counted."""
    return tuple(held for held in policy_dates() if held.kind == "policy" and held.day <= _last_day(counted))


def in_force_over_time(record: LoadedRecord, filters: Filters, text: Text) -> Charted:
    """Return agreements in force at each month's end, by model, with administrations and policy dates marked."""
    import altair as alt

    counted = in_force_table(record, filters)
    title = text.t("Agreements in force by model, July 2002 to {day}", day=text.day(_last_day(counted)))
    named = _closed(counted).drop(columns="evidence")
    # As categories the names travel to the browser once each.
    named = named.assign(model=pd.Categorical([model_name(_of_code(code), text) for code in named["model"]]))
    order, color = _by_model(set(counted["model"]), text)
    over = alt.X("month:T", title=None, axis=_years())
    areas = (
        alt.Chart(named)
        .mark_area(interpolate="step-after", stroke="white", strokeWidth=0.6)
        .encode(
            x=over,
            y=alt.Y("agreements:Q", stack="zero", title=text.t("Agreements in force")),
            color=color.legend(_legend(_MARKS_ROOM)),
            order=alt.Order("rank:Q"),
            tooltip=[alt.Tooltip("as_of:T", title=text.t("Day"), format="%Y-%m-%d"),
                     alt.Tooltip("model:N", title=text.t("Model type")),
                     alt.Tooltip("agreements:Q", title=text.t("Agreements in force"))],
        )
        .transform_calculate(rank=f"indexof({order!r}, datum.model)")
    )  # fmt: skip
    marked = _marked(counted)
    layers = [*_administrations(_last_day(counted), text), areas, *_policies(marked, text)]
    chart = _finished(alt.layer(*layers), title)
    return Charted(chart, counted, title, marked)


def share_table(record: LoadedRecord, filters: Filters) -> pd.DataFrame:
    """Return the number and share of counties at each level of participation, by month.

    Args:
        record: The record as loaded.
        filters: What to count; status is not used, and a day ends the months. Counties are those of the place filters.

    Returns:
        One row per month and level: `month`, `as_of`, `evidence`, `level`, `counties`, `of` (all counties looked at)
        and `share` (of 1).
    """
    kept = filter_mask(record.agreements, replace(filters, status="all", as_of=None))
    scope = set(counties_in_scope(filters))
    here = np.array([geoid in scope for geoid in record.index.geoids])
    total = int(here.sum())
    rows = []
    for month in months(record, filters.as_of):
        levels = record.index.summarize(kept & in_force_on(record, month.day)).levels[here]
        counted = np.bincount(levels, minlength=len(LEVELS))
        for place, level in enumerate(LEVELS):
            number = int(counted[place])
            rows.append((month.first, month.day, month.evidence, str(level), number, total, number / max(total, 1)))
    frame = pd.DataFrame(rows, columns=["month", "as_of", "evidence", "level", "counties", "of", "share"])
    return frame.astype({"month": "datetime64[us]", "as_of": "datetime64[us]"})


#: Strongest first, as they are stacked; told apart with any colour vision.
_LEVEL_COLORS: Final = {
    Participation.COUNTY_WIDE: "#0b5394",
    Participation.LOCAL_ONLY: "#e69f00",
    Participation.STATEWIDE_ONLY: "#a9b7c6",
}


def share_of_counties(record: LoadedRecord, filters: Filters, text: Text) -> Charted:
    """Return the share of counties at each level of participation at each month's end; the rest has none listed."""
    import altair as alt

    counted = share_table(record, filters)
    total = int(counted["of"].iloc[0]) if len(counted) else 0
    title = text.t("Share of {n} counties by who has an agreement", n=text.number(total))
    # A place filter chooses the counties that are counted; the others leave agreements out.
    narrowed = bool(filters.models or filters.years or filters.agency_types)
    told = {str(level): level_name(level, text, narrowed=narrowed) for level in LEVELS}
    names = {str(level): told[str(level)] for level in _LEVEL_COLORS}
    drawn = _closed(counted)[["month", "as_of", "level", "counties", "share"]]
    drawn = drawn[drawn["level"].isin(list(names))].assign(name=lambda rows: pd.Categorical(rows["level"].map(names)))
    order = list(names.values())
    areas = (
        alt.Chart(drawn.drop(columns="level"))
        .mark_area(interpolate="step-after", stroke="white", strokeWidth=0.6)
        .encode(
            x=alt.X("month:T", title=None, axis=_years()),
            y=alt.Y("share:Q", stack="zero", title=text.t("Share of counties"), axis=alt.Axis(format="%")),
            color=alt.Color("name:N", scale=alt.Scale(domain=order, range=list(_LEVEL_COLORS.values())), title=None,
                            sort=order, legend=_legend(_MARKS_ROOM)),
            order=alt.Order("rank:Q"),
            tooltip=[alt.Tooltip("as_of:T", title=text.t("Day"), format="%Y-%m-%d"),
                     alt.Tooltip("name:N", title=text.t("Who has an agreement")),
                     alt.Tooltip("counties:Q", title=text.t("Counties")),
                     alt.Tooltip("share:Q", title=text.t("Share of counties"), format=".1%")],
        )
        .transform_calculate(rank=f"indexof({order!r}, datum.name)")
    )  # fmt: skip
    marked = _marked(counted)
    layers = [*_administrations(_last_day(counted), text), areas, *_policies(marked, text)]
    return Charted(_finished(alt.layer(*layers), title), counted, title, marked, told)


def _administrations(last: dt.date, text: Text) -> list[Any]:
    """Return the layers that shade every second administration and name each."""
    import altair as alt

    first = pd.Timestamp("2002-07-01")
    held = [date for date in policy_dates() if date.kind == "administration" and date.day < last]
    ends = [*(following.day for following in held[1:]), last]
    spans = pd.DataFrame(
        {
            "begins": [max(first, pd.Timestamp(date.day)) for date in held],
            "ends": [pd.Timestamp(end) for end in ends],
            "name": [date.label.get(text.language, date.label["en"]) for date in held],
            "shade": [0.09 if place % 2 else 0.0 for place in range(len(held))],
        }
    )
    base = alt.Chart(spans).encode(x=alt.X("begins:T", title=None))
    shade = base.mark_rect(color="#46505e").encode(
        x2="ends:T", opacity=alt.Opacity("shade:Q", scale=None, legend=None),
        tooltip=[alt.Tooltip("name:N", title=text.t("Administration"))],
    )  # fmt: skip
    # Above the numbers of the marked days, where no bar and no line crosses them.
    names = base.mark_text(align="left", dx=2, dy=-36, fontSize=12, color="#46505e").encode(
        y=alt.value(0), text="name:N"
    )
    return [shade, names]


def _policies(marked: Sequence[PolicyDate], text: Text) -> list[Any]:
    """Return the layers that mark policy dates by a numbered line; what each number means stands in a tooltip."""
    import altair as alt

    rows = pd.DataFrame(
        {
            "day": [pd.Timestamp(held.day) for held in marked],
            "number": [str(place) for place in range(1, len(marked) + 1)],
            "label": [held.label.get(text.language, held.label["en"]) for held in marked],
            "source": [held.source for held in marked],
            # Neighbouring numbers stand on two heights, so that they do not cover each other.
            "height": [-6 - 13 * (place % 2) for place in range(len(marked))],
        }
    ).astype({"day": "datetime64[us]"})
    hints = [
        alt.Tooltip("label:N", title=text.t("What happened")),
        alt.Tooltip("day:T", title=text.t("Day"), format="%Y-%m-%d"),
        alt.Tooltip("source:N", title=text.t("Source")),
    ]
    base = alt.Chart(rows).encode(x=alt.X("day:T", title=None), tooltip=hints)
    lines = base.mark_rule(color="#1c2430", strokeDash=[3, 3], strokeWidth=1)
    numbers = base.mark_text(fontSize=12, fontWeight="bold", color="#1c2430").encode(
        y=alt.Y("height:Q", scale=None, axis=None), text="number:N"
    )
    return [lines, numbers]


def signings_table(selection: Selection) -> pd.DataFrame:
    """Return the number of agreements signed by month and model.

    Returns:
        One row per month since July 2002 and model with any: `month`, `model` (code), `agreements`, zeros
        included. Agreements without a known day are not in it.
    """
    held = selection.agreements
    held = held[held["signed_date"].notna()]
    codes = {str(model): model.code for model in Model}
    signed = held["signed_date"].dt.to_period("M").dt.start_time
    counted = held.groupby([signed, held["model"].astype("str").map(codes)]).size()
    present = [model.code for model in Model if model.code in set(counted.index.get_level_values(1))]
    last = signed.max() if len(signed) else pd.Timestamp("2002-07-01")
    index = pd.MultiIndex.from_product(
        [pd.date_range("2002-07-01", last, freq="MS"), present], names=["month", "model"]
    )
    return counted.reindex(index, fill_value=0).rename("agreements").reset_index()


def signings_per_month(selection: Selection, text: Text) -> Charted:
    """Return the agreements signed in each month, by model."""
    import altair as alt

    counted = signings_table(selection)
    undated = int(selection.agreements["signed_date"].isna().sum())
    title = text.t("Agreements signed per month")
    if undated:
        title += " · " + text.n("{n} without a known day left out", "{n} without a known day left out", undated)
    order, color = _by_model(set(counted["model"]), text)
    named = counted[counted["agreements"] > 0]
    named = named.assign(model=[model_name(_of_code(code), text) for code in named["model"]])
    chart = (
        alt.Chart(named)
        .mark_bar(stroke="white", strokeWidth=0.4)
        .encode(
            x=alt.X("yearmonth(month):T", title=None, axis=_years()),
            y=alt.Y("sum(agreements):Q", title=text.t("Agreements signed")),
            color=color.legend(_legend()),
            order=alt.Order("rank:Q"),
            tooltip=[alt.Tooltip("yearmonth(month):T", title=text.t("Month"), format="%Y-%m"),
                     alt.Tooltip("model:N", title=text.t("Model type")),
                     alt.Tooltip("sum(agreements):Q", title=text.t("Agreements signed"))],
        )
        .transform_calculate(rank=f"indexof({order!r}, datum.model)")
    )  # fmt: skip
    return Charted(_finished(chart, title), counted, title)


def by_state(selection: Selection, text: Text) -> Charted:
    """Return the selected agreements by state and model, most first; states without any are in the table alone."""
    import altair as alt

    counted = table(selection, Grain.STATE)
    states = counted.assign(state_name=[state_words(abbr, text) for abbr in counted["state_abbr"]])
    title = text.t("Agreements by state and model")
    codes = [model.code.lower() for model in Model]
    long = states.melt(["state_abbr", "state_name", "agreements"], codes, "code", "of_model")
    long = long[long["of_model"] > 0].assign(model=lambda rows: [model_name(_of_code(c), text) for c in rows["code"]])
    _, color = _by_model(set(long["code"].str.upper()), text)
    ranked = states[states["agreements"] > 0].sort_values(["agreements", "state_name"], ascending=[False, True])
    chart = (
        alt.Chart(long)
        .mark_bar(stroke="white", strokeWidth=0.4)
        .encode(
            y=alt.Y("state_name:N", sort=list(ranked["state_name"]), title=None,
                    axis=alt.Axis(labelLimit=220, labelOverlap=False)),
            x=alt.X("of_model:Q", title=text.t("Agreements"), stack="zero"),
            color=color.legend(_legend()),
            tooltip=[alt.Tooltip("state_name:N", title=text.t("State")),
                     alt.Tooltip("model:N", title=text.t("Model type")),
                     alt.Tooltip("of_model:Q", title=text.t("Agreements"))],
        )
    )  # fmt: skip
    totals = alt.Chart(ranked).mark_text(align="left", dx=4).encode(
        y=alt.Y("state_name:N", sort=list(ranked["state_name"])), x="agreements:Q", text="agreements:Q"
    )  # fmt: skip
    shown = ["state_abbr", "state_name", "agreements", "agencies", *codes]
    return Charted(_finished(chart + totals, title, height=120 + 21 * len(ranked)), counted[shown], title)


# ---- places


@dataclass(frozen=True)
class _Place:
    code: str
    name: str
    covers: np.ndarray


def history_table(record: LoadedRecord, places: Sequence[str]) -> pd.DataFrame:
    """Return the number of agreements in force by month for up to four places.

    Args:
        record: The record as loaded.
        places: County GEOIDs, state abbreviations or agency ids. Of a county, agreements of county and local
            agencies count; of a state, all of its agencies'.

    Returns:
        One row per month and place: `month`, `as_of`, `evidence`, `place`, `name`, `agreements`.

    Raises:
        UsageError: There are none, too many, or one that is unknown.
    """
    from map_app.text import text_in

    held = _places(record, places, text_in("en"))
    rows = [
        (month.first, month.day, month.evidence, place.code, place.name,
         int((place.covers & force).sum()))
        for month in months(record)
        for force in [in_force_on(record, month.day)]
        for place in held
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["month", "as_of", "evidence", "place", "name", "agreements"])
    return frame.astype({"month": "datetime64[us]", "as_of": "datetime64[us]"})


def _places(record: LoadedRecord, places: Sequence[str], text: Text) -> list[_Place]:
    wanted = list(dict.fromkeys(places))
    if not 1 <= len(wanted) <= MOST_PLACES:
        raise UsageError(f"choose one to {MOST_PLACES} places")
    rows, names = record.agreements, {state.abbr for state in STATES}
    found = []
    for code in wanted:
        if code in counties():
            covers = rows["county_geoids"].str.contains(code, regex=False) & (rows["coverage"] != Coverage.STATEWIDE)
            name = county_title(code, text)
        elif code in names:
            covers, name = rows["state_abbr"] == code, state_words(code, text)
        else:
            covers = rows["agency_id"] == code
            if not covers.any():
                raise UsageError(f"no county, state or agency has the code {code!r}")
            name = str(rows.loc[covers, "agency_name"].iloc[-1])
        found.append(_Place(code, name, covers.to_numpy(dtype=bool)))
    return found


def history_of(record: LoadedRecord, places: Sequence[str], text: Text) -> Charted:
    """Return the history of up to four counties, states or agencies as lines told apart by colour and dashes.

    Raises:
        UsageError: There are none, too many, or one that is unknown.
    """
    import altair as alt

    counted = history_table(record, places)
    told = {place.code: place.name for place in _places(record, places, text)}
    counted["name"] = counted["place"].map(told)
    names = list(dict.fromkeys(counted["name"]))
    title = text.t("Agreements in force: {places}", places=text.listing(names))
    marked = _marked(counted)
    lines = (
        alt.Chart(_closed(counted).drop(columns=["evidence", "place"]))
        .mark_line(interpolate="step-after", strokeWidth=2.5)
        .encode(
            x=alt.X("month:T", title=None, axis=_years()),
            y=alt.Y("agreements:Q", title=text.t("Agreements in force"), axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("name:N", sort=names, scale=alt.Scale(domain=names, range=list(_LINES[: len(names)])),
                            title=None, legend=_legend(_MARKS_ROOM)),
            strokeDash=alt.StrokeDash("name:N", sort=names, title=None, legend=_legend(_MARKS_ROOM),
                                      scale=alt.Scale(domain=names, range=[list(d) for d in _DASHES[: len(names)]])),
            tooltip=[alt.Tooltip("as_of:T", title=text.t("Day"), format="%Y-%m-%d"),
                     alt.Tooltip("name:N", title=text.t("Place")),
                     alt.Tooltip("agreements:Q", title=text.t("Agreements in force"))],
        )
    )  # fmt: skip
    layers = [*_administrations(_last_day(counted), text), lines, *_policies(marked, text)]
    return Charted(_finished(alt.layer(*layers), title), counted, title, marked)


def two_days_table(record: LoadedRecord, filters: Filters, earlier: dt.date, later: dt.date) -> pd.DataFrame:
    """Return the agreements of each state on two days: `state_abbr`, `state_name`, `earlier`, `later`, `change`."""
    one, two = (
        table(Selection(record, replace(filters, as_of=day)), Grain.STATE).set_index("state_abbr")
        for day in (earlier, later)
    )
    frame = pd.DataFrame(
        {"state_name": one["state_name"], "earlier": one["agreements"], "later": two["agreements"]}
    ).reset_index()
    return frame.assign(change=frame["later"] - frame["earlier"])


def two_days(record: LoadedRecord, filters: Filters, earlier: dt.date, later: dt.date, text: Text) -> Charted:
    """Return the agreements of each state on two days, joined by a line.

    Raises:
        UsageError: The first day is not before the second.
    """
    import altair as alt

    if earlier >= later:
        raise UsageError(f"the first day ({earlier}) is not before the second ({later})")
    counted = two_days_table(record, filters, earlier, later)
    title = text.t("Agreements by state on {first} and {second}", first=text.day(earlier), second=text.day(later))
    some = counted[(counted["earlier"] > 0) | (counted["later"] > 0)]
    some = some.assign(state_name=[state_words(abbr, text) for abbr in some["state_abbr"]])
    order = list(some.sort_values(["later", "state_name"], ascending=[False, True])["state_name"])
    days = [text.day(earlier), text.day(later)]
    long = some.melt(["state_name", "change"], ["earlier", "later"], "when", "agreements")
    long = long.assign(when=long["when"].map({"earlier": days[0], "later": days[1]}))
    at = alt.Y("state_name:N", sort=order, title=None, axis=alt.Axis(labelLimit=220, labelOverlap=False))
    span = alt.Chart(some).mark_rule(color="#7d8fa3", strokeWidth=2).encode(y=at, x="earlier:Q", x2="later:Q")
    dots = (
        alt.Chart(long)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            y=at,
            x=alt.X("agreements:Q", title=text.t("Agreements")),
            color=alt.Color("when:N", scale=alt.Scale(domain=days, range=["#a85b00", "#0b5394"]), title=None,
                            legend=_legend()),
            shape=alt.Shape("when:N", scale=alt.Scale(domain=days, range=["diamond", "circle"]), title=None),
            tooltip=[alt.Tooltip("state_name:N", title=text.t("State")), alt.Tooltip("when:N", title=text.t("Day")),
                     alt.Tooltip("agreements:Q", title=text.t("Agreements"))],
        )
    )  # fmt: skip
    return Charted(_finished(span + dots, title, height=120 + 21 * len(order)), counted, title)


# ---- parts


def _years() -> Any:
    """Return an axis of years, as many named as there is room for."""
    import altair as alt

    return alt.Axis(format="%Y", tickCount="year", labelOverlap=True, labelSeparation=6)


#: Room over a chart for the numbers of the marked days and the names of administrations.
_MARKS_ROOM: Final = 46


def _legend(room: int = 10) -> Any:
    """Return a legend above a chart, one name a line so that it fits a phone."""
    import altair as alt

    return alt.Legend(orient="top", labelLimit=400, offset=room, columns=1)


def model_name(model: str, text: Text) -> str:
    """Return the name of a model without what stands in brackets, so that a legend fits a phone."""
    name = full_model_name(model, text)
    return name if text.language == "en" else name.split(" (")[0]


def _closed(counted: pd.DataFrame) -> pd.DataFrame:
    """Return counts by month with the last day repeated at its own place, so that the last month has a width."""
    last = counted.loc[counted["month"] == counted["month"].max()]
    closed: pd.DataFrame = pd.concat([counted, last.assign(month=last["as_of"])], ignore_index=True)
    return closed


def _of_code(code: str) -> Model:
    model = Model.parse(code)
    assert model is not None, code
    return model


def _last_day(counted: pd.DataFrame) -> dt.date:
    return pd.Timestamp(counted["as_of"].max()).date()


_INK: Final = "#1c2430"


def _finished(chart: Any, title: str, height: int = 420) -> Any:
    """Return a chart with its title and look; the font is the reader's own, so nothing is fetched."""
    import altair as alt

    return (
        chart.properties(
            title=alt.TitleParams(textwrap.wrap(title, 34), anchor="start", fontSize=15),
            width=820,
            height=height,
            description=title,  # read out in place of the picture
        )
        .configure(font="sans-serif", background="white")
        .configure_title(color=_INK)  # the page's dark theme must not write light on this white
        .configure_axis(labelFontSize=12, titleFontSize=12, gridColor="#d5dbe1", labelColor=_INK, titleColor=_INK,
                        domainColor=_INK, tickColor=_INK)
        .configure_legend(labelFontSize=12, titleFontSize=12, labelColor=_INK, titleColor=_INK)
        .configure_text(color=_INK)
        .configure_view(stroke=None)
    )  # fmt: skip
