"""The real server in a process of its own on a free loopback port."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from map_app.record import DATA_VARIABLE

ROOT = Path(__file__).parents[1]
_START_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What the server said: status, headers in lower case, body as sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class RunningApp:
    """A server under test.

    Attributes:
        port: Where it listens.
        process: The server itself.
        log: File that holds everything it wrote to its output.
    """

    port: int
    process: subprocess.Popen[bytes] | None = None
    log: Path = Path(os.devnull)

    def said(self) -> str:
        """Return everything the server wrote to its output so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return f"http://127.0.0.1:{self.port}/"

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Return the answer to one request, the path sent exactly as given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=sent)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read())
        finally:
            connection.close()


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(
    data: Path | None = None, port: int | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[RunningApp]:
    """Run the app as the command line does and stop it afterwards.

    Args:
        data: Another agreements.csv, or None for the shipped one.
        port: Where to listen; a free port unless given.
        settings: Further environment variables.
    """
    env = {name: value for name, value in os.environ.items() if name != DATA_VARIABLE} | dict(settings or {})
    if data is not None:
        env[DATA_VARIABLE] = str(data)
    port = port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "output.txt"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "map_app", "run", "--port", str(port)],
                cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        app = RunningApp(port, process, log)
        try:
            _wait_until_healthy(app, process)
            yield app
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(app: RunningApp, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        try:
            process.wait(timeout=0.1)  # a pause that ends at once if the server dies
        except subprocess.TimeoutExpired:
            pass
        else:
            break
        try:
            if app.ask("/_stcore/health").status == 200:
                return
        except OSError:
            continue
    raise AssertionError(f"the server did not start within {_START_SECONDS} s:\n{app.said()}")
