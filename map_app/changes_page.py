"""What changed between two days, as a public page: how many, by state, and each agreement with what is known of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import anyio.to_thread
import pandas as pd
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from geo.fips import STATES
from map_app.changes import KINDS, changes_between
from map_app.citation import filter_query
from map_app.filters import (
    FIRST_DAY,
    BadValue,
    Filters,
    filter_mask,
    kept_whatever_status,
    not_understood,
    parse_day,
    read_filters,
)
from map_app.frame import page_font
from map_app.openapi import API_PATH
from map_app.plain_page import language_asked, plain_page
from map_app.popups import model_name, when_words
from map_app.record import LoadedRecord, current_record, gap_words
from map_app.tables import agency_type_name, place_words
from map_app.text import LANGUAGES, Text, text_in
from map_app.text.places import state_words
from map_app.web import HTML, Packed

#: More rows of a kind than this make a page too long to read; the files hold them all.
MOST_ROWS: Final = 500
#: Periods offered, in days before the newest list.
_MONTH: Final = 30
_YEAR: Final = 365
#: The year in which the number of agreements began to grow as never before.
_GROWTH: Final = dt.date(2025, 1, 20)


@dataclass(frozen=True)
class Period:
    """What is compared.

    Attributes:
        start: The earlier day: what stood on it is what the changes are counted from.
        end: The later day.
        filters: States and models shown.
        bad: Parts of the address that mean nothing.
        turned: Whether the days were given the other way round.
        later: Whether a day after the newest list was asked for.
    """

    start: dt.date
    end: dt.date
    filters: Filters
    bad: tuple[BadValue, ...] = ()
    turned: bool = False
    later: bool = False


def changes_title(text: Text) -> str:
    """Return the heading of the page."""
    return text.t("What changed")


def read_period(query: Mapping[str, Sequence[str]], record: LoadedRecord) -> Period:
    """Return what an address asks to compare: by default the month up to the newest list.

    A day after the newest list means that list: nothing later is known.
    """
    filters, bad = read_filters({name: query[name] for name in ("state", "model") if name in query})
    newest = record.newest_list or FIRST_DAY
    days: dict[str, dt.date] = {}
    later = False
    for name in ("from", "to"):
        for asked in query.get(name, ())[-1:]:
            day = parse_day(asked) if asked.strip() else None
            if day:
                days[name] = min(day, newest)
                later = later or day > newest
            elif asked.strip():
                bad.append(BadValue(name, asked))
    end = days.get("to", newest)
    start = days.get("from", max(FIRST_DAY, end - dt.timedelta(days=_MONTH)))
    return Period(min(start, end), max(start, end), filters, tuple(bad), start > end, later)


def last_year(record: LoadedRecord) -> Period:
    """Return the year up to the newest list."""
    newest = record.newest_list or FIRST_DAY
    return Period(max(FIRST_DAY, newest - dt.timedelta(days=_YEAR)), newest, Filters())


def changes_html(record: LoadedRecord, period: Period, text: Text, county_page: str = "") -> str:
    """Return the changes of a period as HTML.

    Args:
        record: The record.
        period: What is compared.
        text: Language.
        county_page: Address of a county's answer with `{geoid}` in it, where pages are written once for any web host:
            they offer no other period and no file. "" where the server stands behind the page.
    """
    served = not county_page
    keep = kept_whatever_status(record.agreements, period.filters)
    found = changes_between(record.agreements, period.start, period.end).of(keep)
    kept = found.by_kind()
    days_told = [text.day(day) for day in (period.start, period.end)]
    dated = dict.fromkeys(record.dated(Filters(as_of=day), text) for day in (period.start, period.end))
    span = text.t("After {first}, up to {last}", first=days_told[0], last=days_told[1])
    parts = [f"<p><b>{escape(span)}</b> ({escape('; '.join(dated))})</p>"]
    if period.bad:
        parts.append(f"<p><b>{escape(not_understood(period.bad, text))}</b></p>")
    if period.turned:
        told = text.t("The first day given was after the second. They are compared the other way round.")
        parts.append(f"<p><b>{escape(told)}</b></p>")
    if period.later and record.newest_list:
        told = text.t(
            "Nothing after ICE’s list of {day} is known: that list is shown.", day=text.day(record.newest_list)
        )
        parts.append(f"<p><b>{escape(told)}</b></p>")
    parts.append(_sums(record, period, {kind: len(kept[kind]) for kind in KINDS}, text))
    aged = record.age_warning(Filters(), dt.date.today(), text) if served and period.end == record.newest_list else ""
    if aged:
        parts.append(f"<p>{escape(aged)}</p>")
    if served:
        parts.append(_choices(record, period, text))
    parts += [
        f"<p>{escape(gap_words(text.day(before), text.day(after), text))}</p>"
        for before, after in record.gaps
        if before < period.end and after > period.start
    ]
    if any(len(kept[kind]) for kind in KINDS):
        parts.append(_by_state(found.by_state(), text))
    reprinted = frozenset(found.corrected["agreement_id"])
    for kind in KINDS:
        if len(kept[kind]):
            parts.append(_kind(kind, kept[kind], reprinted if kind == "added" else frozenset(), text, county_page))
    return "".join(parts)


def kind_name(kind: str, text: Text) -> str:
    """Return a kind of change as a heading."""
    return {
        "added": text.t("Added"),
        "ended": text.t("Ended"),
        "superseded": text.t("Replaced by a newer agreement of the same agency"),
        "unlisted": text.t("Gone from ICE’s lists for a while"),
        "relisted": text.t("Back on ICE’s lists"),
    }[kind]


def _sums(record: LoadedRecord, period: Period, counts: Mapping[str, int], text: Text) -> str:
    """Return how many agreements changed, and how many were in force on either day."""
    told = [
        text.n("{n} agreement added", "{n} agreements added", counts["added"]),
        text.n("{n} ended", "{n} ended", counts["ended"]),
        text.n("{n} replaced", "{n} replaced", counts["superseded"]),
    ]
    if counts["unlisted"] or counts["relisted"]:
        told.append(text.n("{n} gone from the lists for a while", "{n} gone from the lists for a while",
                           counts["unlisted"]))  # fmt: skip
        told.append(text.n("{n} back on them", "{n} back on them", counts["relisted"]))
    stood = [
        text.n(
            "{n} agreement in force on {day}",
            "{n} agreements in force on {day}",
            int(filter_mask(record.agreements, replace(period.filters, as_of=day)).sum()),
            day=text.day(day),
        )
        for day in (period.start, period.end)
    ]
    return f"<p><b>{escape(text.listing(told))}.</b> {escape('; '.join(stood))}.</p>"


def _by_state(counts: Mapping[str, Mapping[str, int]], text: Text) -> str:
    """Return the changes by state, as a table that is folded away."""
    kinds = [kind for kind in KINDS if any(held[kind] for held in counts.values())]
    short = {
        "added": text.t("Added"),
        "ended": text.t("Ended"),
        "superseded": text.t("Replaced"),
        "unlisted": text.t("Gone for a while"),
        "relisted": text.t("Back"),
    }
    heads = "".join(f'<th scope="col">{escape(told)}</th>' for told in (text.t("State"), *(short[k] for k in kinds)))
    named = {state_words(abbr, text): held for abbr, held in counts.items() if any(held[kind] for kind in kinds)}
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f'<td data-head="{escape(short[kind])}">{text.number(named[name][kind])}</td>' for kind in kinds)
        + "</tr>"
        for name in sorted(named)
    )
    told = text.n("By state: {n} state with changes", "By state: {n} states with changes", len(named))
    return (
        f'<details><summary>{escape(told)}</summary><div class="wide"><table class="numbers"><thead><tr>{heads}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div></details>"
    )


def _kind(kind: str, rows: pd.DataFrame, reprinted: frozenset[str], text: Text, county_page: str) -> str:
    """Return the agreements of one kind of change as a table, newest first."""
    rows = rows.assign(minus=-rows["changed_on"].astype("int64")).sort_values(
        ["minus", "state_abbr", "agency_name", "model"]
    )
    heads = "".join(
        f'<th scope="col">{escape(name)}</th>'
        for name in (text.t("Agency"), text.t("State"), text.t("Model"), text.t("What is known"), text.t("Shown on"))
    )
    body = "".join(_row(row, reprinted, text, county_page) for row in rows.head(MOST_ROWS).to_dict("records"))
    left = len(rows) - MOST_ROWS
    more = ""
    if left > 0 and county_page:
        more = text.n("{n} more is in the downloads.", "{n} more are in the downloads.", left)
    elif left > 0:
        more = text.n("{n} more is in the file.", "{n} more are in the file.", left)
    return (
        f'<section data-kind="{kind}"><h2 id="{kind}">{escape(kind_name(kind, text))} '
        f"({text.number(len(rows))})</h2>"
        f'<div class="wide" role="region" tabindex="0" aria-labelledby="{kind}"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{f'<p>{escape(more)}</p>' if more else ''}</section>"
    )


def _row(row: Mapping[Any, Any], reprinted: frozenset[str], text: Text, county_page: str) -> str:
    """Return one agreement: its agency, which leads to the answer of its county, and what is known of it."""
    codes = [code for code in str(row["county_geoids"]).split(";") if code]
    name = escape(str(row["agency_name"]))
    if len(codes) == 1:
        address = f"./?{urlencode({'county': codes[0], 'lang': text.language})}"
        address = county_page.format(geoid=codes[0]) if county_page else address
        name = f'<a href="{escape(address)}">{name}</a>'
    known = escape(when_words(row, text))
    if row["agreement_id"] in reprinted:
        known += f"<br>{escape(text.t('ICE’s list prints it otherwise: corrected here, see the evidence of its row.'))}"
    day, shown_on = escape(text.day(row["changed_on"].date())), escape(text.t("Shown on"))
    where = f"{agency_type_name(str(row['agency_type']), text)} · {place_words(row, text)}"
    return (
        f'<tr><th scope="row">{name}<br><small>{escape(where)}</small></th>'
        f"<td>{escape(state_words(str(row['state_abbr']), text))}</td>"
        f"<td>{escape(model_name(str(row['model']), text))}</td><td>{known}</td>"
        f'<td class="day" data-head="{shown_on}">{day}</td></tr>'
    )


def _choices(record: LoadedRecord, period: Period, text: Text) -> str:
    """Return the ways to other periods and to the files, none of which needs a script."""
    newest = record.newest_list or FIRST_DAY
    before = [held.day for held in record.lists if held.day < newest]
    narrowed, feed = period.filters.to_query(), filter_query(period.filters)
    starts = [
        *((text.t("since the list before ({day})", day=text.day(day)), day) for day in before[-1:]),
        (text.n("{n} day", "{n} days", _MONTH), newest - dt.timedelta(days=_MONTH)),
        (text.n("{n} day", "{n} days", _YEAR), newest - dt.timedelta(days=_YEAR)),
        (text.t("since {day}", day=text.day(_GROWTH)), _GROWTH),
        (text.t("all since {day}", day=text.day(FIRST_DAY)), FIRST_DAY),
    ]
    ways = ""
    for told, start in starts:
        if FIRST_DAY <= start < newest:
            address = f"changes?{_asked(start, newest, period.filters)}&lang={text.language}"
            way = escape(told)
            if (start, newest) != (period.start, period.end):
                way = f'<a href="{escape(address)}">{way}</a>'
            ways += f"<li>{way}</li>"
    chosen = period.filters.states[0] if len(period.filters.states) == 1 else ""
    states = "".join(
        f'<option value="{state.abbr}"{" selected" if state.abbr == chosen else ""}>{escape(name)}</option>'
        for name, state in sorted((state_words(state.abbr, text), state) for state in STATES)
    )
    bounds = f'min="{FIRST_DAY}" max="{newest}"'
    models = "".join(f'<input type="hidden" name="model" value="{code}">' for code in narrowed.get("model", ()))
    file = _asked(period.start, period.end, period.filters)
    all_states = escape(text.t("All states"))
    return (
        f'<ul class="ways">{ways}</ul>'
        f'<form action="changes" method="get"><label>{escape(text.t("After"))} '
        f'<input type="date" name="from" value="{period.start}" {bounds}></label> '
        f'<label>{escape(text.t("Up to"))} <input type="date" name="to" value="{period.end}" {bounds}></label> '
        f'<label>{escape(text.t("State"))} <select name="state"><option value="">{all_states}</option>'
        f'{states}</select></label> <input type="hidden" name="lang" value="{text.language}">{models}'
        f'<button type="submit">{escape(text.t("Show"))}</button></form>'
        f'<p>{escape(text.t("As files:"))} <a href="{API_PATH[1:]}/changes.csv?{escape(file)}">CSV</a> · '
        f'<a href="{API_PATH[1:]}/changes.json?{escape(file)}">JSON</a> · '
        f'<a href="{API_PATH[1:]}/changes.atom{"?" + escape(feed) if feed else ""}">'
        f"{escape(text.t('Atom feed of changes'))}</a></p>"
    )


def _asked(start: dt.date, end: dt.date, filters: Filters) -> str:
    """Return a period as part of an address, as this page and the HTTP interface read it."""
    return "&".join(part for part in (urlencode({"from": start, "to": end}), filter_query(filters)) if part)


async def _serve_changes(request: Request) -> Response:
    query, language = parse_qs(request.url.query), language_asked(request)

    def made() -> Packed:
        record, text = current_record(), text_in(language)
        period = read_period(query, record)
        if language not in LANGUAGES:
            period = replace(period, bad=(*period.bad, BadValue("lang", language)))
        same = _asked(period.start, period.end, period.filters)
        page = plain_page(
            changes_title(text), changes_html(record, period, text), text, "changes", page_font(), query=same
        )
        return Packed.of(HTML, page.encode(), 5)

    return (await anyio.to_thread.run_sync(made)).answer(request, {"Cache-Control": "no-store"})


def changes_routes() -> list[BaseRoute]:
    """Return the route of the page: `/changes?from=2026-01-01&to=2026-05-11&state=TX&lang=es`."""
    return [Route("/changes", _serve_changes)]
