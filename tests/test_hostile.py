"""Hostile visitors: odd addresses and parameters, other sites' pages, broken messages, prying into other files."""

from __future__ import annotations

import http.client
import json
import logging
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from example_record import ROWS, write_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running_app import RunningApp, running_app
from sessions import Session, session
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus

from map_app.frame import asset_version, frame_address
from map_app.guard import error_places, keep_values_out_of_logs, page_policy

#: What only our own files or this machine hold; none may ever be in an answer.
SECRETS = (b"Traceback (most recent call", b"root:x:", b"[build-system]", b"def _serve", b"agreement_id,agency_id",
           b"gatherUsageStats")  # fmt: skip
FUZZED = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


# ---- addresses

ROOTS = ("", "map/", f"map/{asset_version()}/", "map/popup/", "api/v1/", "api/v1/counties/", "static/", "media/",
         "_stcore/", "_stcore/bidi-components/county_map/", "component/", "app/static/", "healthz/", "sheet/",
         "list/", "status/", "privacy/")  # fmt: skip
STEPS = ("..", "%2e%2e", "..%2f", "%2e%2e%2f", "..%5c", "....//", "%252e%252e%252f", "..;", "%c0%ae%c0%ae", "\\..",
         "%00", ".%00.")  # fmt: skip
TARGETS = ("etc/passwd", "%2fetc%2fpasswd", "pyproject.toml", "streamlit_app.py", "data/agreements.csv",
           ".streamlit/config.toml", "map_app/server.py", "proc/self/environ")  # fmt: skip


def hit(app: RunningApp, path: str, method: str = "GET") -> tuple[int, bytes]:
    """Return status and body for a path sent byte for byte as given; 0 where the server closed the connection."""
    with socket.create_connection(("127.0.0.1", app.port), timeout=30) as wire:
        line = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\nConnection: close\r\n\r\n"
        wire.sendall(line.encode("utf-8", "surrogateescape"))
        answer = http.client.HTTPResponse(wire, method=method)
        try:
            answer.begin()
            return answer.status, answer.read()
        except http.client.HTTPException:
            return 0, b""


def assert_harmless(app: RunningApp, path: str, method: str = "GET") -> None:
    status, body = hit(app, path, method)
    assert status < 500, path
    for secret in SECRETS:
        assert secret not in body, path


@pytest.mark.parametrize("root", ROOTS)
def test_no_way_of_climbing_out_of_a_route_reaches_a_file(small_app: RunningApp, root: str) -> None:
    for step in STEPS:
        joint = "" if step.endswith(("/", "%2f", "%5c")) else "/"
        for target in TARGETS:
            for depth in (1, 6):
                assert_harmless(small_app, f"/{root}{(step + joint) * depth}{target}")
    assert small_app.ask("/healthz").status == 200


@FUZZED
@given(
    root=st.sampled_from(ROOTS),
    rest=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]),
)
def test_no_address_makes_the_server_fail(small_app: RunningApp, root: str, rest: str, method: str) -> None:
    assert_harmless(small_app, f"/{root}{quote(rest, safe='/%?&=;.+')}", method)


NAMES = ("model", "year", "state", "county", "agency_type", "status", "as_of", "color", "lang", "view", "lat", "lon",
         "zoom", "format", "limit", "offset", "from", "to", "nothing")  # fmt: skip
ODD = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(["JEM", "2025", "NC", "37119", "all", "2026-05-11", "-1", "1e999", "NaN", "0x10", "9" * 400, "\0",
                     "٣", "2026-02-30", "9999-12-31", "0001-01-01", "../x", "<script>", "' OR 1=1 --", "${7*7}",
                     "{{7*7}}", "%n%s", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]),
)  # fmt: skip


@FUZZED
@given(
    path=st.sampled_from([
        "map/popup/37119", "api/v1/agreements", "api/v1/counties", "api/v1/counties/37119", "api/v1/states.csv",
        "api/v1/changes", "api/v1/changes.atom", "api/v1/meta", "api/v1/agencies.geojson", "", "sheet/37119", "list",
        "status", "privacy",
    ]),
    query=st.lists(st.tuples(st.sampled_from(NAMES), ODD), max_size=5),
)  # fmt: skip
def test_no_parameter_makes_the_server_fail(small_app: RunningApp, path: str, query: list[tuple[str, str]]) -> None:
    assert_harmless(small_app, f"/{path}?{urlencode(query)}")


@pytest.fixture(scope="module")
def visitor(small_app: RunningApp) -> Iterator[Session]:
    """Return one session that sees everything in turn, as a page left open does."""
    with session(small_app.port) as opened:
        opened.run("view=find")
        yield opened


@settings(FUZZED, max_examples=60)
@given(query=st.lists(st.tuples(st.sampled_from(NAMES), ODD), max_size=5))
def test_no_address_of_the_page_makes_it_fail(visitor: Session, query: list[tuple[str, str]]) -> None:
    visitor.run(urlencode(query))
    assert visitor.failures == 0, query


@settings(FUZZED, max_examples=60)
@given(typed=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_nothing_typed_makes_the_page_fail(visitor: Session, typed: str) -> None:
    visitor.type("w_typed", typed)
    visitor.run("view=find")
    assert visitor.failures == 0, typed


def test_interface_withstands_calls_made_up_from_its_own_description(small_app: RunningApp, tmp_path: Path) -> None:
    """Schemathesis runs as its own process: it brings its own settings for warnings and for Hypothesis."""
    base = f"{small_app.url}api/v1"
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    run = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{base}/openapi.json", "--url", base, "--no-color",
         "--phases", "examples,fuzzing", "--max-examples", "4", "--seed", "287", "--checks", checks],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    tested = re.search(r"Tested:\s+(\d+)", run.stdout)
    assert tested is not None, run.stdout
    assert int(tested[1]) >= 20


# ---- other sites' pages


@pytest.mark.parametrize(
    "origin", ["https://attacker.example", "http://127.0.0.1:1", "http://localhost", "null", "http://[", "file://"]
)
def test_session_opened_by_another_sites_page_is_refused(small_app: RunningApp, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused, session(small_app.port, origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_session_of_the_servers_own_page_is_opened(small_app: RunningApp) -> None:
    with session(small_app.port) as visitor:
        visitor.run("view=explore")
        assert visitor.failures == 0


@pytest.mark.parametrize("path", ["/_stcore/health", "/_stcore/host-config", "/_stcore/script-health-check", "/"])
def test_other_sites_page_may_not_read_streamlits_answers(small_app: RunningApp, path: str) -> None:
    assert "access-control-allow-origin" not in small_app.ask(path, Origin="https://attacker.example").headers


def test_other_sites_page_may_read_the_public_interface(small_app: RunningApp) -> None:
    answer = small_app.ask("/api/v1/meta", Origin="https://newspaper.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_refusing_another_sites_page_takes_no_look_at_the_network(small_app: RunningApp) -> None:
    """Streamlit alone would ask an outside service for its own address, and every session would wait."""
    with pytest.raises(InvalidStatus), session(small_app.port, origin="https://attacker.example"):
        pass
    assert "external IP" not in small_app.said()


def test_site_named_in_the_settings_may_open_a_session(tmp_path: Path) -> None:
    data = write_rows(tmp_path / "agreements.csv", ROWS)
    with running_app(data, settings={"STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS": "https://partner.example"}) as app:
        with session(app.port, origin="https://partner.example") as visitor:
            visitor.run("view=explore")
            assert visitor.failures == 0
        with pytest.raises(InvalidStatus), session(app.port, origin="https://attacker.example"):
            pass


# ---- broken messages


@pytest.mark.parametrize("message", [b"\xff" * 64, b"\x00", "text"], ids=["garbage", "zero", "text"])
def test_message_that_is_none_ends_that_session_and_no_other(small_app: RunningApp, message: bytes | str) -> None:
    with session(small_app.port) as bystander:
        bystander.run("view=explore")
        with session(small_app.port) as broken:
            broken.send(message)
            with pytest.raises(ConnectionClosed):
                broken.until_done()
        bystander.run("view=explore")
        assert bystander.failures == 0


def test_widget_that_does_not_exist_and_values_out_of_range_change_nothing(small_app: RunningApp) -> None:
    with session(small_app.port) as visitor:
        visitor.run("view=explore")
        before = list(visitor.html)
        asked = BackMsg()
        asked.rerun_script.query_string = "view=explore"
        asked.rerun_script.widget_states.widgets.add(id="$$ID-0-w_nothing", string_value="x" * 1000)
        state = asked.rerun_script.widget_states.widgets.add(id=visitor.widgets["county-map"])
        state.json_value = json.dumps({"picked": "99999'; --"})
        visitor.send(asked.SerializeToString())
        visitor.until_done()
        assert visitor.failures == 0
        assert len(visitor.html) <= len(before)


@pytest.mark.parametrize("message_type", ["debug_shutdown_runtime", "debug_disconnect_websocket"])
def test_visitor_cannot_stop_the_server(small_app: RunningApp, message_type: str) -> None:
    with session(small_app.port) as visitor:
        order = BackMsg()
        setattr(order, message_type, True)
        visitor.send(order.SerializeToString())
        visitor.run("view=explore")
        assert visitor.failures == 0
    assert small_app.ask("/healthz").status == 200


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_nobody_can_upload_a_file(small_app: RunningApp, method: str) -> None:
    assert small_app.ask("/_stcore/upload_file/session/file", method).status in (400, 403, 404, 405)


def test_agents_interface_of_streamlit_is_off(small_app: RunningApp) -> None:
    assert small_app.ask("/_stcore/agent/interact", "POST").status in (403, 404, 405)


# ---- headers


def policy_of(app: RunningApp, path: str) -> dict[str, str]:
    text = app.ask(path).headers["content-security-policy"]
    return {part.split()[0]: part.strip().partition(" ")[2] for part in text.split("; ")}


@pytest.mark.parametrize("path", ["/", "/?view=about", f"/{frame_address()}"])
def test_page_runs_only_scripts_of_this_server_and_its_own(small_app: RunningApp, path: str) -> None:
    scripts = policy_of(small_app, path)["script-src"].split()
    assert "'self'" in scripts
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
    assert any(source.startswith("'sha256-") for source in scripts)


def test_hash_of_an_inline_script_is_that_of_its_text() -> None:
    policy = page_policy(b"<script src='x.js'></script><script>alert(1)</script>")
    assert policy.count("'sha256-") == 1
    assert "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='" in policy


@pytest.mark.parametrize("path", ["/", f"/{frame_address()}"])
def test_map_may_be_embedded_by_any_page(small_app: RunningApp, path: str) -> None:
    assert policy_of(small_app, path)["frame-ancestors"] == "http: https: file:"
    assert "x-frame-options" not in small_app.ask(path).headers


@pytest.mark.parametrize("path", ["/map/popup/37119", "/api/v1/agreements", "/api/v1/changes.atom", "/metrics"])
def test_plain_data_runs_nothing_and_is_framed_by_nobody(small_app: RunningApp, path: str) -> None:
    policy = policy_of(small_app, path)
    assert policy["default-src"] == policy["script-src"] == policy["frame-ancestors"] == "'none'"
    assert small_app.ask(path).headers["x-content-type-options"] == "nosniff"


# ---- what stays behind


def cookies(app: RunningApp, path: str) -> Iterator[str]:
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
    connection.request("GET", path)
    for name, value in connection.getresponse().getheaders():
        if name.lower() == "set-cookie":
            yield value.partition("=")[0]
    connection.close()


def test_no_cookie_but_the_one_streamlit_needs_against_forged_requests(small_app: RunningApp) -> None:
    paths = ["/", f"/{frame_address()}", "/map/popup/37119", "/api/v1/meta", "/healthz", "/_stcore/health",
             "/_stcore/host-config"]  # fmt: skip
    assert {name for path in paths for name in cookies(small_app, path)} <= {"_streamlit_xsrf"}


def test_output_of_the_server_holds_no_place_typed_or_looked_at(tmp_path: Path) -> None:
    with running_app(write_rows(tmp_path / "agreements.csv", ROWS)) as app:
        with session(app.port, headers={"User-Agent": "Telltale/7"}) as visitor:
            visitor.run("view=find")
            for typed in ("28202", "Cabarrus", "Davidson NC", "1600 Telltale Avenue"):
                visitor.type("w_typed", typed)
                visitor.run("view=find")
            assert visitor.failures == 0
        for path in ("/map/popup/37025", "/?view=find&county=37025", "/api/v1/counties/37025", "/map/popup/99999"):
            app.ask(path)
        said = app.said()
    assert said.strip()
    for telltale in ("28202", "Cabarrus", "37025", "Davidson", "Telltale", "99999", "GET "):
        assert telltale not in said


def test_logged_error_tells_kind_and_line_but_not_its_text(caplog: pytest.LogCaptureFixture) -> None:
    keep_values_out_of_logs()
    with caplog.at_level(logging.ERROR):
        try:
            try:
                raise KeyError("85003")
            except KeyError as first:
                raise ValueError("no such place: 85003") from first
        except ValueError:
            logging.getLogger("map_app.test").exception("Uncaught app execution")
    assert "85003" not in caplog.text
    assert "builtins.ValueError" in caplog.text
    assert "builtins.KeyError" in caplog.text
    assert "test_hostile.py" in caplog.text


def test_error_that_leads_round_in_a_circle_is_told_once() -> None:
    one, two = ValueError("a"), KeyError("b")
    one.__cause__, two.__cause__ = two, one
    assert error_places(one).splitlines() == ["builtins.ValueError", "builtins.KeyError"]
