"""Two processes of the app behind nginx, as deploy/nginx.conf puts them there, on loopback."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from running_app import ROOT, RunningApp, free_port, running_app

NGINX_CONF = ROOT / "deploy" / "nginx.conf"


@dataclass(frozen=True)
class Proxied:
    """nginx under test, and the processes behind it."""

    front: RunningApp
    apps: tuple[RunningApp, RunningApp]

    def sessions(self) -> list[int]:
        """Return how many sessions each process holds; -1 where it is not there."""
        counts = []
        for app in self.apps:
            try:
                text = app.ask("/metrics").body.decode()
            except (OSError, http.client.HTTPException):
                counts.append(-1)
                continue
            found = re.search(r"^map_app_sessions (\d+)", text, re.M)
            assert found is not None
            counts.append(int(found[1]))
        return counts


def find_nginx() -> str:
    """Return the nginx program; skip the test, or fail it where nginx is required, if there is none."""
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found:
        return found
    told = "no nginx found: install it (Debian: apt install nginx-light) to test deploy/nginx.conf"
    if os.environ.get("MAP_APP_REQUIRE_NGINX") == "1":
        pytest.fail(told, pytrace=False)
    pytest.skip(told)


@contextmanager
def proxied(folder: Path, data: Path) -> Iterator[Proxied]:
    """Run nginx with the shipped configuration, its addresses and scratch folder alone replaced.

    Args:
        folder: For everything nginx writes.
        data: The agreements file of both processes.
    """
    nginx, port = find_nginx(), free_port()
    with ExitStack() as stack:
        apps = [stack.enter_context(running_app(data)) for _ in range(2)]
        conf = NGINX_CONF.read_text(encoding="utf-8").replace("/tmp/nginx-", f"{folder}/nginx-")
        for number, app in enumerate(apps, start=1):
            assert conf.count(f"server app-{number}:8501") == 1
            conf = conf.replace(f"app-{number}:8501", f"127.0.0.1:{app.port}")
        conf = conf.replace("listen 8080;", f"listen 127.0.0.1:{port};")
        path = folder / "nginx.conf"
        path.write_text(conf, encoding="utf-8")
        # A root user's scratch folders are closed to the account nginx would change to.
        directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        with (folder / "nginx.log").open("wb") as log:
            process = subprocess.Popen(
                [nginx, "-p", str(folder), "-e", "stderr", "-c", str(path), "-g", directives],
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        front = RunningApp(port, process, folder / "nginx.log")
        try:
            _wait(front)
            yield Proxied(front, (apps[0], apps[1]))
        finally:
            process.terminate()
            process.wait(10)


def _wait(front: RunningApp) -> None:
    until = time.monotonic() + 20
    assert front.process is not None
    while time.monotonic() < until and front.process.poll() is None:
        try:
            if front.ask("/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nginx did not start:\n{front.said()}")
