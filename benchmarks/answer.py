"""How soon a resident reads the answer on a phone: `python -m benchmarks.answer [--runs N] [--keep]`.

Chromium at 390 by 844 with its processor slowed four times, over a relay that holds back every byte as slow 4G does
(1.6 Mbit/s down, 0.75 up, 150 ms there and back, the same again for each connection opened). The relay is our own since
Chromium's throttling leaves WebSockets alone, and the answer comes over one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from statistics import median
from threading import Thread
from typing import Any, Final

from benchmarks.apps import our_app
from benchmarks.history import Figure, keep
from benchmarks.measure import Server, browser

SLOWER: Final = 4
ONE_WAY: Final = 0.075
DOWN, UP = 1_600_000 / 8, 750_000 / 8
#: Seconds within which the answer is to be readable.
LIMIT: Final = 2.0
#: What is typed, and which of the places offered is chosen.
TYPED, CHOSEN = "springfield", "Springfield, Missouri → Greene County"
CHOOSING, LINK = "answer readable after choosing a place, phone", "answer readable after opening its link, phone"

#: Seconds from `window.begun` to the first frame in which the answer's sentence can be read.
WATCH: Final = """() => new Promise((resolve) => {
  const look = () => {
    const said = document.querySelector('.answer .verdict'), box = said && said.getBoundingClientRect();
    if (box && box.height && box.top < innerHeight) resolve((performance.now() - (window.begun || 0)) / 1000);
    else requestAnimationFrame(look);
  };
  look();
})"""


class _Line:
    """One direction of the slow line: bytes come out in order, not before their time, and not faster than its rate."""

    def __init__(self, rate: float) -> None:
        self.rate, self.free = rate, 0.0

    async def carry(self, source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(due - loop.time())
                if not data:
                    drain.close()
                    return
                drain.write(data)
                await drain.drain()

        delivering = asyncio.create_task(deliver())
        with suppress(OSError):
            while data := await source.read(4096):
                self.free = max(self.free, loop.time()) + len(data) / self.rate
                waiting.put_nowait((self.free + ONE_WAY, data))
        waiting.put_nowait((loop.time() + ONE_WAY, b""))
        with suppress(OSError):
            await delivering


@contextmanager
def slow_line(port: int) -> Iterator[int]:
    """Give a port that leads to another one as a phone on slow 4G sees it."""
    loop = asyncio.new_event_loop()
    down, up = _Line(DOWN), _Line(UP)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * ONE_WAY)  # the handshake of the connection itself
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(up.carry(reader, far_writer), down.carry(far_reader, writer))
        finally:
            writer.close()
            far_writer.close()

    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(relay, "127.0.0.1", 0), loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_hang_up(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _hang_up(server: asyncio.Server) -> None:
    server.close()
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # of connections cut off: nobody waits for them
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await server.wait_closed()
    await asyncio.sleep(0.05)  # closed connections let go of their sockets at the loop's next turn


def _phone(running: Any) -> Any:
    context = running.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2
    )
    context.set_default_timeout(120_000)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page


def choosing(running: Any, address: str) -> float:
    """Return the seconds from a tap on one of the places offered to its answer, as a new visitor."""
    page = _phone(running)
    page.goto(address)
    page.locator("#first-screen").wait_for(state="detached")
    page.get_by_role("searchbox").fill(TYPED)
    choice = page.get_by_role("button", name=CHOSEN)
    choice.wait_for()
    page.wait_for_timeout(1500)  # a person reads what is offered
    page.evaluate("() => addEventListener('pointerdown', () => { window.begun = performance.now(); }, true)")
    choice.tap()
    took = float(page.evaluate(WATCH))
    page.context.close()
    return took


def opening(running: Any, address: str) -> float:
    """Return the seconds from the start of navigation to the answer of a shared link, with an empty cache."""
    page = _phone(running)
    page.goto(f"{address}?view=find&county=04013", wait_until="commit")
    took = float(page.evaluate(WATCH))
    page.context.close()
    return took


def measured(runs: int) -> list[Figure]:
    """Print and return the medians."""
    server = Server(our_app())
    figures: list[Figure] = []
    try:
        with browser(()) as running, slow_line(server.port) as port:
            address = f"http://127.0.0.1:{port}/"
            opening(running, address)  # the server's first visitor is not everyone's
            for name, once in ((CHOOSING, choosing), (LINK, opening)):
                times = [once(running, address) for _ in range(runs)]
                took = median(times)
                all_times = " ".join(f"{time:.2f}" for time in times)
                print(f"{name:52}{took:6.2f} s  ({all_times})  {'met' if took <= LIMIT else 'NOT MET'}", flush=True)
                figures.append((name, took, "s"))
    finally:
        server.stop()
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; exit with 1 where the answer is not readable in time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answer", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each (5)")
    parser.add_argument("--keep", action="store_true", help="add the figures to benchmarks/history.csv")
    asked = parser.parse_args(arguments)
    figures = measured(asked.runs)
    if asked.keep:
        keep(figures)
    return int(any(took > LIMIT for _, took, _ in figures))


if __name__ == "__main__":
    sys.exit(main())
