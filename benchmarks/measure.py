"""One run of one app: its server, a browser, and what both did."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from benchmarks.apps import App, Step

PROBE = Path(__file__).with_name("probe.js")
LOCAL = ("127.0.0.1", "localhost")
BLOCK = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",)
TIMEOUT = 60.0
#: A state counts as final when nothing changes for this long.
QUIET = 0.8
#: Rest before a visitor arrives: starting a server and taking down the last page keep the machine busy.
REST = 1.5
SESSIONS = 10


class BenchmarkError(RuntimeError):
    """A step did not happen. The message names app and step."""


# The server ------------------------------------------------------------------------------------------------


class Server:
    """A running server. Attribute `start`: seconds from its start to its first healthy answer."""

    def __init__(self, app: App) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.app = app
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        command = [part.replace("{port}", str(self.port)) for part in app.command]
        began = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            cwd=app.cwd,
            env={**os.environ, **app.env},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        self.start = time.perf_counter() - began

    def _wait(self) -> None:
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            if self.process.poll() is not None:
                code = self.process.returncode
                raise BenchmarkError(f"{self.app.name}: server ended with {code}: {self.said()}")
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            try:
                connection.request("GET", "/_stcore/health")
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.01)
        raise BenchmarkError(f"{self.app.name}: server was not healthy after {TIMEOUT:.0f} s: {self.said()}")

    def said(self) -> str:
        """Return the last lines the server printed, on one line."""
        self.log.seek(0)
        return " / ".join(self.log.read().decode(errors="replace").strip().splitlines()[-4:])

    def memory(self) -> float:
        """Return resident megabytes of the server and its children."""
        return resident(psutil.Process(self.process.pid))

    def stop(self) -> None:
        """End the server and wait for it."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)  # the group this class started, nothing else
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.log.close()


def resident(process: psutil.Process) -> float:
    """Return resident megabytes of a process and its children; a child that has just ended counts for nothing."""
    used = process.memory_info().rss
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            used += child.memory_info().rss
    return float(used / 1e6)


def memory_per_session(server: Server, count: int) -> float:
    """Return what one more visitor costs the server, in megabytes: mean of some sessions open at once.

    The sessions have no browser: a WebSocket that asks for one run of the page and stays open.
    """
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets import Origin, Subprotocol
    from websockets.sync.client import connect

    rerun = BackMsg()
    rerun.rerun_script.query_string = ""
    before = server.memory()
    with ExitStack() as opened:
        for _ in range(count):
            session = opened.enter_context(
                connect(
                    f"ws://127.0.0.1:{server.port}/_stcore/stream",
                    subprotocols=[Subprotocol("streamlit")],
                    origin=Origin(f"http://127.0.0.1:{server.port}"),
                    max_size=None,
                )
            )
            session.send(rerun.SerializeToString())
            message = ForwardMsg()
            while message.WhichOneof("type") != "script_finished":
                message.ParseFromString(bytes(session.recv(TIMEOUT)))  # type: ignore[arg-type]
        time.sleep(0.5)
        return (server.memory() - before) / count


# The browser -----------------------------------------------------------------------------------------------


def chromium() -> str:
    """Return the path of Chromium: CHROMIUM, or the one on the PATH.

    Raises:
        BenchmarkError: There is none.
    """
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise BenchmarkError("no Chromium found. Install chromium, or name its program in CHROMIUM.")


@contextmanager
def browser(switches: tuple[str, ...]) -> Iterator[Any]:
    """Give a warm Chromium that can reach this machine only."""
    flags = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=[*flags, *switches])
        page = running.new_page()
        page.goto("data:text/html,<svg><path d='M0 0L9 9L0 9Z'/></svg>")
        page.wait_for_timeout(2000)  # the browser's own start must not be part of the first measurement
        page.close()
        yield running
        running.close()


def is_own(path: str) -> bool:
    """Return whether a request path is the app's own data or map code; the first page holds some of it."""
    if path.startswith("/_stcore/bidi-components/"):
        return True
    streamlit = path in ("/favicon.png", "/favicon.ico") or path.startswith(("/static/", "/_stcore/"))
    return not streamlit


class Visitor:
    """A new visitor: own cache, own page, counters of what goes over the wire."""

    def __init__(self, running: Any, server: Server) -> None:
        self.app, self.server = server.app, server
        self.context = running.new_context(viewport={"width": 1400, "height": 900})
        self.context.add_init_script(PROBE.read_text().replace("__CONFIG__", json.dumps(server.app.watch)))
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.outside: list[str] = []
        self.errors: list[str] = []
        self._paths: dict[str, str] = {}
        self.received: list[tuple[str, float]] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)[:200]))
        self.context.on("request", self._note_outside)
        wire = self.context.new_cdp_session(self.page)
        wire.on("Network.requestWillBeSent", self._note_request)
        wire.on("Network.loadingFinished", self._note_bytes)
        wire.send("Network.enable")

    def _note_outside(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in LOCAL:
            self.outside.append(request.url[:120])

    def _note_request(self, event: dict[str, Any]) -> None:
        address = urlsplit(event["request"]["url"])
        if address.hostname in LOCAL:
            self._paths[event["requestId"]] = address.path

    def _note_bytes(self, event: dict[str, Any]) -> None:
        path = self._paths.get(event["requestId"])
        if path is not None:
            self.received.append((path, event["encodedDataLength"]))

    def _settled(self, step: str, after_click: bool) -> dict[str, Any]:
        end = time.monotonic() + TIMEOUT
        seen: dict[str, Any] = {}
        while time.monotonic() < end:
            self.page.wait_for_timeout(100)
            seen = self.page.evaluate("() => window.__bench ? __bench.read() : {log: []}")
            log = seen["log"]
            if not log or not log[-1]["painted"] or seen["running"]:
                continue
            if after_click and seen["click"] is None:
                continue
            if seen["now"] - log[-1]["t"] >= QUIET * 1000:
                return seen
        picture = Path(tempfile.gettempdir()) / f"benchmark-{self.app.name}.png"
        self.page.screenshot(path=picture)
        raise BenchmarkError(
            f"{self.app.name}: {step} was not painted after {TIMEOUT:.0f} s (log {seen.get('log')}, "
            f"page errors {self.errors[:3]}, picture {picture}, server: {self.server.said()})"
        )

    def arrive(self) -> dict[str, float]:
        """Rest, open the page; return seconds to the first paint and the bytes it took."""
        time.sleep(REST)
        self.page.goto(f"http://127.0.0.1:{self.server.port}/", wait_until="commit")
        seen = self._settled("the first page", after_click=False)
        first = next(entry for entry in seen["log"] if entry["painted"])
        own = [size for path, size in self.received if is_own(path)]
        return {
            "paint": (first["t"] - seen["start"]) / 1000,
            "own_http": sum(own),
            "all_http": sum(size for _, size in self.received),
            "ws": seen["ws"],
        }

    def change(self, step: Step) -> dict[str, float]:
        """Do one filter change; return seconds to the final paint, blank seconds, and bytes received."""
        try:
            step.prepare(self.page)
            self.page.wait_for_timeout(300)
            self.received.clear()
            self.page.evaluate("() => __bench.arm()")
            step.click(self.page)
        except PlaywrightError as error:
            raise BenchmarkError(f"{self.app.name}: {step.name}: {error.message.splitlines()[0]}") from error
        seen = self._settled(step.name, after_click=True)
        log, blank = seen["log"], 0.0
        for entry, following in pairwise(log):
            blank += 0 if entry["painted"] else following["t"] - entry["t"]
        return {
            "paint": (log[-1]["t"] - seen["click"]) / 1000,
            "blank": blank / 1000,
            "ws": seen["ws"],
            "http": sum(size for _, size in self.received),
        }

    def mark(self) -> None:
        """Mark every document shown now."""
        for frame in self.page.frames:
            frame.evaluate("() => { window.__benchMark = true; }")

    def unmarked(self) -> int:
        """Return how many documents replaced a marked one."""
        return sum(not frame.evaluate("() => window.__benchMark === true") for frame in self.page.frames)

    def leave(self) -> None:
        """Close the page."""
        self.context.close()


def run(running: Any, app: App) -> dict[str, Any]:
    """Return everything measured in one run of an app: one fresh server for time, one for memory.

    Raises:
        BenchmarkError: A step did not happen.
    """
    server = Server(app)
    try:
        result: dict[str, Any] = {"start": server.start}
        visitor = Visitor(running, server)
        result["first_visitor"] = visitor.arrive()
        visitor.mark()
        result["changes"] = [visitor.change(step) for step in app.steps]
        result["remounts"] = visitor.unmarked()
        outside, errors = visitor.outside, visitor.errors
        visitor.leave()

        visitor = Visitor(running, server)
        result["new_visitor"] = visitor.arrive()
        result["outside"] = outside + visitor.outside
        result["errors"] = errors + visitor.errors
        visitor.leave()
    finally:
        server.stop()

    server = Server(app)
    try:
        visitor = Visitor(running, server)
        visitor.arrive()
        result["memory"] = server.memory()
        result["memory_per_session"] = memory_per_session(server, SESSIONS)
        visitor.leave()
    finally:
        server.stop()
    return result
