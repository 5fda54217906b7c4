"""The public page on the status of the data: each check with its result, here and in the static edition."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from running_app import RunningApp

from map_app.errors import Fault
from map_app.health import record_checks
from map_app.record import LoadedRecord, current_record
from map_app.status import checks_told, status_html
from map_app.text import LANGUAGES, Text, text_in

TODAY = dt.date(2026, 5, 20)


def results(html: str) -> dict[str, str]:
    """Return the result of each check as the page shows it."""
    rows = re.findall(r'<tr data-check="(\w+)">.*?<td>(.*?)</td>', html, re.S)
    return {name: re.sub(r"<[^>]+>", "", told) for name, told in rows}


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_page_tells_every_check_the_metrics_tell(language: str) -> None:
    record = current_record()
    text = text_in(language)
    shown = results(status_html(record, text, TODAY))
    yes = {"en": "yes", "es": "sí"}[language]
    assert {name: told == yes for name, told in shown.items()} == record_checks(record, TODAY)
    assert all(check.means and check.asks for check in checks_told(record, TODAY, text))


def test_page_names_newest_list_its_age_the_last_build_and_rows_set_aside(record: LoadedRecord, english: Text) -> None:
    shown = unescape(re.sub(r"<[^>]+>", " ", status_html(record, english, TODAY, dt.date(2026, 5, 12))))
    for told in ("11 May 2026", "9 days", "12 May 2026", record.version):
        assert told in shown
    assert re.search(rf"Rows set aside because of a fault\s+{record.set_aside}\b", shown)


def test_failing_checks_are_told_with_the_faults_escaped(record: LoadedRecord, english: Text) -> None:
    fault = Fault(3, "signed_date", "<script>alert(1)</script>", "is not a day", "Write it as 2025-01-31.")
    broken = replace(record, faults=[fault], set_aside=1, refused=[fault])
    html = status_html(broken, english, dt.date(2027, 1, 1))
    shown = results(html)
    assert [name for name, told in shown.items() if told == "no"] == [
        "newest_file_usable", "no_row_set_aside", "no_fault", "list_recent",
    ]  # fmt: skip
    assert "<script>" not in html
    assert "line 3, column signed_date" in html


def test_nothing_to_show_is_told_too(record: LoadedRecord, english: Text) -> None:
    empty = replace(record, version="", newest_list=None, lists=(), agreements=record.agreements.iloc[:0])
    assert results(status_html(empty, english, TODAY))["present"] == "no"


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_page_is_served_and_linked_from_the_page(small_app: RunningApp, language: str) -> None:
    answer = small_app.ask(f"/status?lang={language}")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    html = answer.body.decode()
    assert f'<html lang="{language}"' in html
    assert results(html)["present"] in ("yes", "sí")
    assert "<script" not in html


def test_static_edition_leaves_the_age_to_the_day_it_is_read(edition: Path) -> None:
    html = (edition / "status.html").read_text(encoding="utf-8")
    assert results(html)["present"] == "yes"
    assert f'data-list="{current_record().newest_list}"' in html
    assert not re.search(r"\d+ days<", html)
