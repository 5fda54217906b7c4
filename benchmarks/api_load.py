"""How fast the HTTP interface answers under steady load: `python -m benchmarks.api_load`.

Starts the app on a free port of this machine and sends requests at a fixed rate, whether or not earlier ones
have been answered; each time runs from the moment a request was due, so waiting in a queue counts. Addresses
are drawn from a fixed set with a few favourites, as readers do; the first call of each writes the answer, later
ones find it ready. The first seconds, in which a new process meets its favourites, are told apart.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from geo.fips import STATE_ABBRS, county_geoids

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Answer:
    address: str
    status: int
    seconds: float
    size: int
    first: bool
    due: float


def addresses(seed: int, count: int) -> list[str]:
    """Return distinct addresses of every kind, in an order that makes the first ones favourites."""
    chance = random.Random(seed)
    states, geoids = list(STATE_ABBRS), sorted(county_geoids())
    found: dict[str, None] = dict.fromkeys(
        (
            "agreements.csv",
            "agreements",
            "counties.geojson",
            "states",
            "meta",
            "changes",
            "changes.atom",
            "agencies.csv",
        )
    )
    while len(found) < count:
        state, model = chance.choice(states), chance.choice(("JEM", "TFM", "WSO"))
        day = f"{chance.randint(2007, 2026)}-0{chance.randint(1, 5)}-10"
        found[
            chance.choice(
                (
                    f"agreements?state={state}",
                    f"agreements.csv?state={state}&model={model}",
                    f"agencies?state={state}&status=all",
                    f"counties/{chance.choice(geoids)}",
                    f"counties/{chance.choice(geoids)}",
                    f"counties.geojson?state={state}&as_of={day}",
                    f"counties.csv?as_of={day}",
                    f"states?as_of={day}",
                    f"changes?state={state}&from=2025-01-01",
                    f"agreements?limit=100&offset={chance.randrange(0, 1500, 100)}",
                    f"meta?state={state}&model={model}",
                )
            )
        ] = None
    return list(found)


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def start_server(port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "streamlit_app.py"), "--server.port", str(port),
               "--server.address", "127.0.0.1", "--server.headless", "true"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def processor_seconds(server: subprocess.Popen[bytes] | None) -> float:
    """Return the processor time of a server so far; unlike waiting times it does not depend on other programs."""
    if server is None:
        return 0.0
    times = psutil.Process(server.pid).cpu_times()
    return float(times.user + times.system)


def wait_until_ready(port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if fetch(port, "meta")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"the app did not answer on port {port} within {seconds:.0f} s")


_threads = threading.local()


def fetch(port: int, address: str) -> tuple[int, int]:
    """Return status and size of an answer; each thread keeps its connection."""
    for attempt in (1, 2):
        connection = getattr(_threads, "connection", None)
        if connection is None:
            connection = _threads.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", f"/api/v1/{address}", headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            return answer.status, len(answer.read())
        except (http.client.HTTPException, OSError):
            connection.close()
            _threads.connection = None
            if attempt == 2:
                raise
    raise AssertionError


def load(port: int, rate: float, seconds: float, distinct: int, seed: int = 287) -> list[Answer]:
    """Send requests at a rate for a time; return every answer in the order sent."""
    known = addresses(seed, distinct)
    chance = random.Random(seed)
    # Weights 1, 1/2, 1/3, ...: a few addresses are asked again and again, most seldom.
    drawn = chance.choices(known, [1 / (place + 1) for place in range(distinct)], k=int(rate * seconds))
    seen: set[str] = set()
    begin = time.perf_counter() + 0.5

    def one(number: int, address: str, first: bool) -> Answer:
        due = begin + number / rate
        time.sleep(max(0, due - time.perf_counter()))
        status, size = fetch(port, address)
        return Answer(address, status, time.perf_counter() - due, size, first, due - begin)

    with ThreadPoolExecutor(32) as pool:
        waiting = []
        for number, address in enumerate(drawn):
            waiting.append(pool.submit(one, number, address, address not in seen))
            seen.add(address)
        return [answer.result() for answer in waiting]


def percentile(seconds: list[float], share: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[share - 1] if len(seconds) > 1 else seconds[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=50, help="requests a second (50)")
    parser.add_argument("--seconds", type=float, default=20, help="how long (20)")
    parser.add_argument("--warm", type=float, default=5, help="seconds told apart as the start (5)")
    parser.add_argument("--distinct", type=int, default=200, help="distinct addresses (200)")
    parser.add_argument("--port", type=int, help="use the app already on this port")
    asked = parser.parse_args()
    port = asked.port or free_port()
    server = None if asked.port else start_server(port)
    try:
        wait_until_ready(port)
        used = processor_seconds(server)
        answers = load(port, asked.rate, asked.warm + asked.seconds, asked.distinct)
        used = processor_seconds(server) - used
    finally:
        if server:
            server.terminate()
            server.wait(20)
    if server:
        print(f"the server used {used:.1f} s of processor in {asked.warm + asked.seconds:g} s")
    load_now = os.getloadavg()[0]
    print(f"this machine: {os.cpu_count()} cores, load {load_now:.1f} (above the cores, times are those of the queue)")
    bad = [answer for answer in answers if answer.status != 200]
    print(f"{len(answers)} requests at {asked.rate:g}/s to one process, {len(bad)} not answered with 200")
    steady = [answer for answer in answers if answer.due >= asked.warm]
    groups = {
        f"first {asked.warm:g} s": [answer for answer in answers if answer.due < asked.warm],
        "after them": steady,
        "  first call of an address": [answer for answer in steady if answer.first],
        "  answer ready": [answer for answer in steady if not answer.first],
    }
    print(f"{'':28}{'n':>6}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'max ms':>9}")
    for name, held in groups.items():
        if held:
            times = [answer.seconds * 1000 for answer in held]
            told = (percentile(times, 50), percentile(times, 95), percentile(times, 99), max(times))
            print(f"{name:28}{len(held):>6}" + "".join(f"{value:>9.1f}" for value in told))
    slowest = sorted(steady or answers, key=lambda answer: -answer.seconds)[:3]
    print("slowest of them: " + "; ".join(f"{answer.address} {answer.seconds * 1000:.0f} ms" for answer in slowest))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
