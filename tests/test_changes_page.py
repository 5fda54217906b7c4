"""The public page of what changed: its numbers are the command's, its words plain in each language."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from running_app import RunningApp

from map_app.changes import KINDS, changes_between
from map_app.changes_page import MOST_ROWS, changes_html, kind_name, last_year, read_period
from map_app.filters import Filters, filter_mask
from map_app.record import LoadedRecord, current_record
from map_app.text import LANGUAGES, Text, text_in


def sections(html: str, text: Text) -> dict[str, tuple[int, int]]:
    """Return for each kind of change told the number in its heading and its rows."""
    found = {}
    for kind in KINDS:
        part = re.search(rf'<section data-kind="{kind}">.*?</section>', html, re.S)
        if part:
            told = re.search(rf"{re.escape(kind_name(kind, text))} \(([\d,]+)\)", unescape(part.group()))
            assert told
            found[kind] = (int(told.group(1).replace(",", "")), part.group().count('<tr><th scope="row">'))
    return found


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize(
    "query",
    [{}, {"from": ["2021-12-31"], "to": ["2025-01-01"]}, {"from": ["2025-01-20"], "state": ["TX"]},
     {"from": ["2002-07-01"], "model": ["WSO"]}],
)  # fmt: skip
def test_page_holds_what_the_command_tells(query: dict[str, list[str]], language: str) -> None:
    record, text = current_record(), text_in(language)
    period = read_period(query, record)
    shown = sections(changes_html(record, period, text), text)
    found = changes_between(record.agreements, period.start, period.end).by_kind()
    keep = filter_mask(record.agreements, replace(period.filters, status="all"))
    kept = set(record.agreements["agreement_id"][keep])
    expected = {kind: int(found[kind]["agreement_id"].isin(kept).sum()) for kind in KINDS}
    assert shown == {kind: (n, min(n, MOST_ROWS)) for kind, n in expected.items() if n}
    assert not period.bad


def test_page_without_a_period_tells_the_month_up_to_the_newest_list() -> None:
    record = current_record()
    period = read_period({}, record)
    assert (period.start, period.end) == (dt.date(2026, 4, 11), record.newest_list)


def test_changes_lead_from_what_stood_on_one_day_to_what_stood_on_the_other() -> None:
    record = current_record()
    days = [held.day for held in record.lists]
    standing = {day: int(filter_mask(record.agreements, Filters(as_of=day)).sum()) for day in days}
    pairs = [*pairwise(days[::12]), (days[0], days[-1])]
    for first, last in pairs:
        counts = {kind: len(held) for kind, held in changes_between(record.agreements, first, last).by_kind().items()}
        gained = counts["added"] + counts["relisted"]
        lost = counts["ended"] + counts["superseded"] + counts["unlisted"]
        assert standing[last] - standing[first] == gained - lost, f"{first} to {last}"


def test_days_backwards_unknown_and_after_the_newest_list_are_told(english: Text) -> None:
    record = current_record()
    query = {"from": ["2026-12-31"], "to": ["2026-01-01"], "state": ["ZZ"], "model": ["<b>"]}
    period = read_period(query, record)
    assert (period.start, period.end) == (dt.date(2026, 1, 1), record.newest_list)
    html = changes_html(record, period, english)
    assert "The first day given was after the second." in html
    assert "Nothing after ICE’s list of 11 May 2026 is known" in html
    assert "model=&lt;b&gt;, state=ZZ" in html
    period = read_period({"from": ["1999-01-01"], "to": ["soon"]}, record)
    assert [str(bad) for bad in period.bad] == ["from=1999-01-01", "to=soon"]


def test_stretches_without_lists_are_told_where_they_matter(english: Text) -> None:
    record = current_record()
    held = changes_html(record, read_period({"from": ["2025-03-01"], "to": ["2025-05-01"]}, record), english)
    assert "No list is held between 10 April 2025 and 29 April 2025." in held
    assert "No list is held" not in changes_html(record, read_period({}, record), english)


def test_corrected_rows_say_so(english: Text) -> None:
    record = current_record()
    period = read_period({"from": ["2025-01-20"]}, record)
    found = changes_between(record.agreements, period.start, period.end)
    newest = found.added.assign(day=found.added["first_listed_date"]).sort_values("day").tail(MOST_ROWS)
    assert newest["agreement_id"].isin(found.corrected["agreement_id"]).any()
    assert "ICE’s list prints it otherwise" in changes_html(record, period, english)


def test_record_without_rows_has_a_page(record: LoadedRecord, english: Text) -> None:
    empty = replace(record, newest_list=None, lists=(), agreements=record.agreements.iloc[:0])
    html = changes_html(empty, read_period({}, empty), english)
    assert "0 agreements added, 0 ended and 0 replaced." in html


def test_page_is_served_with_its_files_and_keeps_its_period_in_the_other_language(app: RunningApp) -> None:
    page = app.ask("/changes?from=2026-03-31&to=2026-05-11&state=TX&lang=en")
    assert page.status == 200
    html = page.body.decode()
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert 'href="changes?from=2026-03-31&amp;to=2026-05-11&amp;state=TX&amp;lang=es"' in html
    links = re.findall(r'href="(api/v1/[^"]+)"', html)
    assert [re.sub(r"\?.*", "", link) for link in links] == [
        f"api/v1/changes.{ending}" for ending in ("csv", "json", "atom")
    ]
    for link in links:
        assert app.ask("/" + unescape(link)).status == 200
    rows = app.ask("/" + unescape(links[0])).body.decode("utf-8-sig").splitlines()
    assert sum(int(n) for n in re.findall(r"</?h2[^>]*>[^<]*\((\d+)\)", html)) == len(rows) - 1


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_static_edition_tells_the_last_year_and_leads_to_its_own_pages(edition: Path, language: str) -> None:
    record, text = current_record(), text_in(language)
    folder = edition / ("" if language == "en" else language)
    html = (folder / "changes.html").read_text(encoding="utf-8")
    period = last_year(record)
    found = changes_between(record.agreements, period.start, period.end)
    assert sections(html, text)["added"] == (len(found.added), MOST_ROWS)
    assert f'data-list="{record.newest_list}"' in html
    targets = re.findall(r'<tr><th scope="row"><a href="([^"]+)"', html)
    assert len(targets) > MOST_ROWS / 2
    assert all((folder / target).exists() for target in targets)
    assert 'href="changes.html"' in (folder / "index.html").read_text(encoding="utf-8")
