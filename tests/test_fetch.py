"""Fetching ICE's newest list from a real server on this machine, with everything that goes wrong out there."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from openpyxl import Workbook

from map_app.__main__ import main
from map_app.ingest import fetch
from map_app.ingest.fetch import FetchError, fetch_newest, find_lists
from map_app.ingest.workbooks import ListKind, read_workbook

LIST = Path(__file__).parent / "data" / "participatingAgencies05112026am.xlsx"
NAME = LIST.name
PAGE = f"""<h1>287(g)</h1>
<a href="/doclib/{NAME}">Participating</a>
<a href='https://evil.example/participatingAgencies06112026am.xlsx'>x</a>
<a href="/doclib/participatingAgencies05082026am.xlsx?download=1">older</a>
<a href="/doclib/pendingAgencies05112026am.xlsx">Pending</a>"""


class Site(BaseHTTPRequestHandler):
    """ICE's site as one test needs it: path to (status, headers, body)."""

    answers: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        status, headers, body = self.answers.get(self.path, (404, {}, b"no such page"))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    Site.answers, Site.asked = {"/287g": (200, {}, PAGE.encode()), f"/doclib/{NAME}": (200, {}, LIST.read_bytes())}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def refusal(folder: Path, page: str) -> str:
    """Return what is said when nothing can be fetched; nothing at all may lie in the folder afterwards."""
    before = sorted(folder.iterdir())
    with pytest.raises(FetchError) as told:
        fetch_newest(folder, page=page)
    assert sorted(folder.iterdir()) == before
    assert "\n" not in str(told.value)
    return str(told.value)


def test_newest_list_is_saved_once_as_it_was_sent(site, tmp_path, capsys):
    assert main(["fetch", "--into", str(tmp_path), "--page", f"{site}/287g"]) == 0
    assert "saved" in capsys.readouterr().err
    assert (tmp_path / NAME).read_bytes() == LIST.read_bytes()
    assert main(["fetch", "--into", str(tmp_path), "--page", f"{site}/287g"]) == 0
    assert "already here" in capsys.readouterr().err
    assert Site.asked == ["/287g", f"/doclib/{NAME}", "/287g"]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_only_links_to_the_pages_own_site_count():
    links = find_lists(PAGE + '<a href="http://www.ice.gov/participatingAgencies07112026am.xlsx">not secure</a>')
    assert links[ListKind.PARTICIPATING] == f"https://www.ice.gov/doclib/{NAME}"
    assert links[ListKind.PENDING].endswith("/pendingAgencies05112026am.xlsx")


def test_link_with_blanks_is_followed(site, tmp_path):
    Site.answers["/287g"] = (200, {}, b'<a href=" /doclib/participatingAgencies 05112026am.xlsx">list</a>')
    Site.answers["/doclib/participatingAgencies%2005112026am.xlsx"] = (200, {}, LIST.read_bytes())
    assert fetch_newest(tmp_path, page=f"{site}/287g").name == "participatingAgencies 05112026am.xlsx"


def test_moved_page_and_moved_list_are_followed_on_the_same_site(site, tmp_path):
    Site.answers["/old"] = (301, {"Location": "/287g"}, b"")
    Site.answers[f"/doclib/{NAME}"] = (302, {"Location": "/elsewhere"}, b"")
    Site.answers["/elsewhere"] = (200, {}, LIST.read_bytes())
    assert read_workbook(fetch_newest(tmp_path, page=f"{site}/old")).kind is ListKind.PARTICIPATING


def test_redirect_to_another_site_is_refused(site, tmp_path):
    Site.answers[f"/doclib/{NAME}"] = (302, {"Location": "http://localhost:9/x.xlsx"}, b"")
    assert "leads away to http://localhost:9/x.xlsx" in refusal(tmp_path, f"{site}/287g")


def test_redirect_without_end_is_one_line(site, tmp_path):
    Site.answers["/287g"] = (302, {"Location": "/287g"}, b"")
    assert "answers 302" in refusal(tmp_path, f"{site}/287g")


def test_changed_page_is_said(site, tmp_path):
    Site.answers["/287g"] = (200, {}, b"<html>nothing here</html>")
    told = refusal(tmp_path, f"{site}/287g")
    assert "the page has changed" in told
    assert "map-app ingest" in told


@pytest.mark.parametrize("status", [403, 404, 503])
def test_error_of_the_server_is_said(site, tmp_path, status):
    Site.answers["/287g"] = (status, {}, b"")
    assert f"answers {status}" in refusal(tmp_path, f"{site}/287g")


def test_download_cut_short_leaves_nothing(site, tmp_path):
    whole = LIST.read_bytes()
    Site.answers[f"/doclib/{NAME}"] = (200, {"Content-Length": str(len(whole))}, whole[: len(whole) // 2])
    told = refusal(tmp_path, f"{site}/287g")
    assert f"broke off after {len(whole) // 2:,} of {len(whole):,} bytes" in told


def test_chunks_cut_short_leave_nothing(site, tmp_path):
    Site.protocol_version, before = "HTTP/1.1", Site.protocol_version
    Site.answers[f"/doclib/{NAME}"] = (200, {"Transfer-Encoding": "chunked", "Connection": "close"}, b"400\r\nabc")
    try:
        assert "broke off after" in refusal(tmp_path, f"{site}/287g")
    finally:
        Site.protocol_version = before


def test_list_damaged_without_a_length_leaves_nothing(site, tmp_path):
    Site.answers[f"/doclib/{NAME}"] = (200, {}, LIST.read_bytes()[:-400])
    assert "is no list that can be read: not an .xlsx workbook, or damaged" in refusal(tmp_path, f"{site}/287g")


def test_web_page_under_the_name_of_a_workbook_is_called_one(site, tmp_path):
    Site.answers[f"/doclib/{NAME}"] = (200, {}, b"\n<!doctype html><html>Checking your browser</html>")
    assert "is a web page, not a workbook" in refusal(tmp_path, f"{site}/287g")


def test_list_of_another_kind_is_refused(site, tmp_path):
    book = Workbook()
    book.active.append(["STATE", "LAW ENFORCEMENT AGENCY", "TYPE", "COUNTY", "SUPPORT TYPE"])
    book.active.append(["TEXAS", "Bee County Sheriff's Office", "County", "Bee County", "Task Force Model"])
    book.save(tmp_path / "pending.xlsx")
    Site.answers[f"/doclib/{NAME}"] = (200, {}, (tmp_path / "pending.xlsx").read_bytes())
    assert "is not a list of participating agencies" in refusal(tmp_path, f"{site}/287g")


def test_file_that_never_ends_is_given_up(site, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "_MAX_BYTES", 1_000)
    assert "larger than any list" in refusal(tmp_path, f"{site}/287g")
    monkeypatch.undo()
    monkeypatch.setattr(fetch, "_PATIENCE_S", -1)
    assert "takes longer than" in refusal(tmp_path, f"{site}/287g")


def test_damaged_file_of_that_name_is_not_taken_for_the_list(site, tmp_path):
    (tmp_path / NAME).write_bytes(b"PK half a list")
    told = refusal(tmp_path, f"{site}/287g")
    assert "is there already, but it is no list that can be read" in told
    assert "Delete it" in told


def test_no_network_is_one_line_and_status_1(tmp_path, capsys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert main(["fetch", "--into", str(tmp_path), "--page", f"http://127.0.0.1:{port}/287g"]) == 1
    told = capsys.readouterr().err
    assert "cannot be reached" in told
    assert "Is there a network?" in told
    assert told.count("\n") == 1


def test_what_no_server_is_for_is_said(tmp_path, capsys):
    assert main(["fetch", "--into", str(tmp_path), "--page", "ice.gov/287g"]) == 2
    assert "is no address of a page" in capsys.readouterr().err
    assert main(["fetch", "--into", str(tmp_path / "none"), "--page", "http://127.0.0.1:1/"]) == 1
    assert "no such folder" in capsys.readouterr().err


def test_name_of_a_newer_list_wins_by_its_day():
    days = [dt.date(2026, 5, 8), dt.date(2026, 12, 1), dt.date(2026, 5, 11)]
    page = "".join(f'<a href="/x/participatingAgencies{day:%m%d%Y}am.xlsx">l</a>' for day in days)
    assert "12012026" in find_lists(page)[ListKind.PARTICIPATING]
