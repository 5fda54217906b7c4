"""Every sentence of the privacy page is proved by the tests named here; a sentence without one fails."""

from __future__ import annotations

import ast
import http.client
import re
import socket
from html import unescape
from pathlib import Path

import psutil
import pytest
from running_app import ROOT, RunningApp
from sessions import session

from map_app.privacy import Edition, privacy_html, promises
from map_app.text import LANGUAGES, text_in

#: Sentence by its name: the tests that would fail were it not true.
PROOF: dict[Edition, dict[str, tuple[str, ...]]] = {
    Edition.SERVED: {
        "one_host": ("browser/test_map.py::test_whole_walk_asks_nothing_of_any_other_host_and_logs_no_error",),
        "typed_stays": (
            "test_hostile.py::test_output_of_the_server_holds_no_place_typed_or_looked_at",
            "browser/test_xss.py::test_what_a_person_types_is_in_no_address_and_no_output",
            "test_privacy.py::test_server_writes_no_file_while_places_are_typed",
        ),
        "not_in_address": ("browser/test_xss.py::test_what_a_person_types_is_in_no_address_and_no_output",),
        "county_in_address": (
            "browser/test_static_edition.py::test_county_chosen_in_the_app_is_in_its_address",
            "test_privacy.py::test_county_in_the_address_is_answered_again",
        ),
        "one_cookie": (
            "test_hostile.py::test_no_cookie_but_the_one_streamlit_needs_against_forged_requests",
            "test_privacy.py::test_cookie_is_random_and_ends_with_the_browser",
        ),
        "no_location": ("test_privacy.py::test_every_answer_forbids_asking_for_the_place",),
        "no_access_log": ("test_hostile.py::test_output_of_the_server_holds_no_place_typed_or_looked_at",),
        "errors_without_text": ("test_hostile.py::test_logged_error_tells_kind_and_line_but_not_its_text",),
        "only_counted": ("test_health.py::test_metrics_hold_no_place_no_address_and_no_sender",),
        "no_referrer": ("test_privacy.py::test_every_answer_forbids_telling_where_the_reader_came_from",),
        "address_seen": ("test_privacy.py::test_server_sees_the_address_a_visitor_comes_from",),
    },
    Edition.STATIC: {
        "one_host": (
            "test_publish.py::test_every_link_leads_to_a_file_of_the_edition_and_nothing_else_is_loaded",
            "browser/test_static_edition.py::test_filter_map_table_and_download_agree",
        ),
        "typed_stays": ("browser/test_static_edition.py::test_what_is_typed_goes_nowhere_and_nothing_is_kept",),
        "host_sees_pages": ("browser/test_static_edition.py::test_what_is_typed_goes_nowhere_and_nothing_is_kept",),
        "nothing_kept": ("browser/test_static_edition.py::test_what_is_typed_goes_nowhere_and_nothing_is_kept",),
        "no_location": (
            "browser/test_static_edition.py::"
            "test_pages_never_ask_where_the_reader_is_nor_tell_other_sites_where_they_were",
        ),
        "no_referrer": (
            "browser/test_static_edition.py::"
            "test_pages_never_ask_where_the_reader_is_nor_tell_other_sites_where_they_were",
        ),
    },
}


def sentences(html: str) -> list[str]:
    """Return the sentences of a page."""
    shown = unescape(re.sub(r"<[^>]+>", "\n", html))
    return [part.strip() for line in shown.split("\n") for part in re.split(r"(?<=[.!?])\s+", line) if part.strip()]


@pytest.mark.parametrize("edition", list(Edition))
def test_every_sentence_has_a_test_and_every_test_is_there(edition: Edition) -> None:
    told = promises(edition, text_in("en"))
    assert set(told) == set(PROOF[edition])
    assert sentences(privacy_html(edition, text_in("en"))) == list(told.values())  # one sentence each, and no other
    for name, tests in PROOF[edition].items():
        assert tests, name
        for test in tests:
            file, _, function = test.partition("::")
            tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
            assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, test


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_page_says_the_same_in_every_language(small_app: RunningApp, language: str) -> None:
    html = small_app.ask(f"/privacy?lang={language}").body.decode()
    assert f'<html lang="{language}"' in html
    shown = unescape(html)
    for sentence in promises(Edition.SERVED, text_in(language)).values():
        assert sentence in shown
    assert "<script" not in html


@pytest.mark.parametrize("edition", list(Edition))
def test_document_says_what_the_page_says(edition: Edition) -> None:
    document = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    part = document.split("## ")[1 + list(Edition).index(edition)]
    assert re.findall(r"^- (.+)$", part, re.M) == list(promises(edition, text_in("en")).values())


# ---- proofs that are nowhere else


def test_server_writes_no_file_while_places_are_typed(small_app: RunningApp) -> None:
    assert small_app.process is not None
    process = psutil.Process(small_app.process.pid)
    with session(small_app.port) as visitor:
        visitor.run("view=find")
        before = process.io_counters().write_bytes
        for typed in ("28202", "Cabarrus", "Telltale"):
            visitor.type("w_typed", typed)
            visitor.run("view=find")
        opened = [held.path for held in process.open_files() if "w" in held.mode or "a" in held.mode]
        assert process.io_counters().write_bytes == before
    assert [path for path in opened if Path(path) != small_app.log] == []


def test_county_in_the_address_is_answered_again(small_app: RunningApp) -> None:
    with session(small_app.port) as visitor:
        visitor.run("view=find&county=37025")
        assert any("Cabarrus County" in html for html in visitor.html)


def test_cookie_is_random_and_ends_with_the_browser(small_app: RunningApp) -> None:
    def cookie() -> str:
        connection = http.client.HTTPConnection("127.0.0.1", small_app.port, timeout=30)
        connection.request("GET", "/_stcore/host-config")
        answer = connection.getresponse()
        answer.read()
        found = answer.getheader("set-cookie") or ""
        connection.close()
        return found

    first, second = cookie(), cookie()
    for told in (first, second):
        assert "expires" not in told.lower()
        assert "max-age" not in told.lower()
    assert first == "" or first.split(";")[0] != second.split(";")[0]


PATHS = ("/", "/status", "/privacy", "/list", "/sheet/37119", "/map/popup/37119", "/api/v1/meta", "/nowhere")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_forbids_asking_for_the_place(small_app: RunningApp, path: str) -> None:
    assert "geolocation=()" in small_app.ask(path).headers["permissions-policy"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_forbids_telling_where_the_reader_came_from(small_app: RunningApp, path: str) -> None:
    assert small_app.ask(path).headers["referrer-policy"] == "no-referrer"


def test_server_sees_the_address_a_visitor_comes_from(small_app: RunningApp) -> None:
    assert small_app.process is not None
    with socket.create_connection(("127.0.0.1", small_app.port), timeout=10) as wire:
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        wire.recv(100)
        own = wire.getsockname()
        seen = {held.raddr for held in psutil.Process(small_app.process.pid).net_connections() if held.raddr}
    assert own in {tuple(address) for address in seen}
