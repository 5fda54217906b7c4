"""The server beside Streamlit's page: the frame's files, popups, safety headers. The real one, over HTTP."""

from __future__ import annotations

import gzip
import json
import re
import socket
from pathlib import PurePath

import pytest
from example_record import CABARRUS, GUAM, MARICOPA, MECKLENBURG, WAKE
from running_app import RunningApp

from map_app.frame import asset_version, assets, frame_address
from map_app.server import send_at_once

FILES = ("frame.html", *assets())
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
}


@pytest.mark.parametrize("name", FILES)
def test_file_of_the_frame_may_be_kept_forever(small_app: RunningApp, name: str) -> None:
    answer = small_app.ask(f"/map/{asset_version()}/{name}")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", FILES)
def test_file_is_served_with_its_type(small_app: RunningApp, name: str) -> None:
    answer = small_app.ask(f"/map/{asset_version()}/{name}")
    assert answer.headers["content-type"] == TYPES[PurePath(name).suffix]


@pytest.mark.parametrize("name", FILES)
def test_file_is_sent_compressed_where_asked_and_is_the_same_file(small_app: RunningApp, name: str) -> None:
    path = f"/map/{asset_version()}/{name}"
    plain, zipped = small_app.ask(path), small_app.ask(path, Accept_Encoding="gzip, br")
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(zipped.body) == plain.body
    assert len(zipped.body) < len(plain.body)


def test_shapes_are_sent_as_one_document_of_every_county(small_app: RunningApp) -> None:
    topology = json.loads(small_app.ask(f"/map/{asset_version()}/shapes.json").body)
    assert len(topology["objects"]["counties"]["geometries"]) == 3231


@pytest.mark.parametrize(
    "path",
    [
        "/map/000000000000/map.js",
        "/map/VERSION/nothing.js",
        "/map/VERSION/../server.py",
        "/map/VERSION/..%2f..%2fserver.py",
        "/map/VERSION/%2e%2e/%2e%2e/map_app/server.py",
        "/map/../../../../etc/passwd",
        "/map/..%2f..%2f..%2fetc%2fpasswd/x",
        "/map/VERSION/%00",
        "/map/VERSION/map.js/",
        "/map/VERSION/",
        "/map/popup/",
        "/map/popup/../VERSION/nothing",
    ],
)
def test_address_that_is_no_file_of_the_frame_gives_none_of_ours(small_app: RunningApp, path: str) -> None:
    answer = small_app.ask(path.replace("VERSION", asset_version()))
    assert answer.status < 500
    for secret in (b"root:", b"starlette", b"def _serve", b"countyMap"):
        assert secret not in answer.body
    assert "immutable" not in answer.headers.get("cache-control", "")


@pytest.mark.parametrize("path", ["/map/000000000000/map.js", "/map/VERSION/nothing.js", "/map/VERSION/%3Cb%3E"])
def test_file_that_has_moved_says_so_and_is_not_kept(small_app: RunningApp, path: str) -> None:
    answer = small_app.ask(path.replace("VERSION", asset_version()))
    assert answer.status == 404
    assert b"Reload the page" in answer.body


# ---- popups


def popup(app: RunningApp, geoid: str, query: str = "") -> str:
    answer = app.ask(f"/map/popup/{geoid}{query}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.body.decode()


def test_popup_holds_every_agreement_of_the_county(small_app: RunningApp) -> None:
    html = popup(small_app, CABARRUS)
    for name in ("Cabarrus County Sheriff’s Office", "Piedmont Regional Jail", "Old North State Patrol"):
        assert name in html
    assert "ICE’s list of 11 May 2026" in html


def test_popup_is_never_kept_by_a_cache(small_app: RunningApp) -> None:
    assert small_app.ask(f"/map/popup/{GUAM}").headers["cache-control"] == "no-store"


def test_popup_follows_the_filters_of_its_address(small_app: RunningApp) -> None:
    assert "Piedmont Regional Jail" not in popup(small_app, CABARRUS, "?model=TFM")
    assert "5 December 2018" in popup(small_app, MECKLENBURG, "?status=ended")
    assert "As of 1 August 2010" in popup(small_app, MECKLENBURG, "?as_of=2010-08-01")


def test_popup_under_a_county_filter_still_names_unplaced_agreements(small_app: RunningApp) -> None:
    assert "could not be placed and may belong here" in popup(small_app, WAKE, f"?model=WSO&county={WAKE}")


def test_markup_in_the_record_reaches_no_popup(small_app: RunningApp) -> None:
    html = popup(small_app, MARICOPA)
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "geoid", ["99999", "0401", "040130", "abcde", "0401%33x", "04013%0a", "%C3%A9", "%3Cscript%3E"]
)
def test_county_that_does_not_exist_is_a_404_that_does_not_repeat_it(small_app: RunningApp, geoid: str) -> None:
    answer = small_app.ask(f"/map/popup/{geoid}")
    assert (answer.status, answer.body) == (404, b"There is no county with this code.")


@pytest.mark.parametrize("geoid", ["..", "%2e%2e", "%00", "..%2f..%2fagreements.csv", "04013/x"])
def test_popup_address_leads_nowhere_else(small_app: RunningApp, geoid: str) -> None:
    answer = small_app.ask(f"/map/popup/{geoid}")
    assert answer.status < 500
    assert b"county-popup" not in answer.body
    assert b"agreement_id" not in answer.body


@pytest.mark.parametrize(
    "query",
    [
        "?model=ABC",
        "?model=",
        "?year=20026",
        "?year=9999-0001",
        "?as_of=0000-00-00",
        "?as_of=9999-12-31",
        "?county=%27%3B--",
        "?county=.*",
        "?lang=xx",
        "?lang=../../etc",
        "?lang=",
        "?status=all&status=gone",
        "?" + "model=JEM&" * 500,
        "?%",
        "?%FF%FE=%FF",
        "?state=%00",
        "?a;b&&=&==",
    ],
)
def test_bad_parameter_of_a_popup_is_ignored_and_never_an_error(small_app: RunningApp, query: str) -> None:
    assert "Maricopa County, Arizona" in popup(small_app, MARICOPA, query)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/map/popup/04013", f"/{frame_address()}"])
def test_only_reading_is_allowed(small_app: RunningApp, method: str, path: str) -> None:
    assert small_app.ask(path, method).status == 405


# ---- headers of every answer


@pytest.mark.parametrize(
    "path", ["/", f"/{frame_address()}", "/map/popup/04013", "/map/popup/99999", "/_stcore/health"]
)
def test_every_answer_carries_the_safety_headers(small_app: RunningApp, path: str) -> None:
    headers = small_app.ask(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "geolocation=()" in headers["permissions-policy"]
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["object-src"] == "'none'"
    for kind in ("default-src", "script-src", "style-src", "connect-src"):
        assert not re.search(r"https?:|\*", policy[kind]), f"{kind} allows other hosts"


TITLE = "<title>Does my county have a 287(g) agreement?</title>"


def test_page_bears_its_name_and_style(small_app: RunningApp) -> None:
    answer = small_app.ask("/")
    page = answer.body.decode()
    assert TITLE in page
    assert re.search(r'<link rel="stylesheet" href="\./map/[0-9a-f]{12}/page\.css">', page)
    assert int(answer.headers["content-length"]) == len(answer.body)


def test_first_page_starts_streamlit_from_a_list_of_files_that_are_there(small_app: RunningApp) -> None:
    page = small_app.ask("/").body.decode()
    found = re.search(r'<script type="application/json" id="start">(.*?)</script>', page)
    assert found is not None, "Streamlit's page has changed: its start is no longer found"
    listed = json.loads(found[1])
    assert 'type="module"' not in page
    assert 'rel="modulepreload"' not in page
    assert set(listed["run"]) <= set(listed["fetch"])
    assert len(listed["fetch"]) > 20
    for name in listed["fetch"]:
        assert small_app.ask(f"/{name.removeprefix('./')}", "HEAD").status == 200, name


@pytest.mark.parametrize("path", ["/nosuch", "/api", "/nosuch/deeper"])
def test_address_of_no_page_is_not_found(small_app: RunningApp, path: str) -> None:
    answer = small_app.ask(path)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_page_is_never_taken_from_before(small_app: RunningApp) -> None:
    """One kept from an older record would go on giving its answer, under a policy that is not its own."""
    asked = small_app.ask("/?county=37119")
    assert "etag" not in asked.headers
    assert "last-modified" not in asked.headers
    assert asked.headers["cache-control"] == "no-cache"
    again = small_app.ask("/?county=37119", If_None_Match="*", If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT")
    assert again.status == 200
    assert again.body


def test_page_without_a_map_starts_streamlit_by_itself(small_app: RunningApp) -> None:
    page = small_app.ask("/?view=about").body.decode()
    assert 'type="module"' in page
    assert "first-screen" not in page


def test_answers_are_sent_at_once() -> None:
    """A connection that waits for acknowledgements holds the second half of an answer back for 40 ms."""
    # Opened as Streamlit opens its own: without naming the protocol, which asyncio asks for.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        send_at_once()
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_page_sent_compressed_is_whole(small_app: RunningApp) -> None:
    answer = small_app.ask("/", Accept_Encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    body = gzip.decompress(answer.body).decode()
    assert TITLE in body
    assert body.rstrip().endswith("</html>")


def test_head_request_of_the_page_is_answered(small_app: RunningApp) -> None:
    answer = small_app.ask("/", "HEAD")
    assert answer.status in (200, 405)
    assert answer.body == b""


def test_page_names_no_other_host(small_app: RunningApp) -> None:
    page = small_app.ask("/").body.decode()
    assert re.findall(r"(?:src|href)=\"((?:https?:)?//[^\"]+)", page) == []
