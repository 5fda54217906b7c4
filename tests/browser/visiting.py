"""A visitor's page, and everything it asked for and was told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import CDPSession, Frame, FrameLocator, Locator, Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

#: Milliseconds a browser on a busy machine may take for one step.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@dataclass
class Visit:
    """One visitor's page and everything it asked for and was told.

    Attributes:
        page: The page.
        address: Where the app is.
        outside: Addresses asked for on any other host.
        errors: Errors the browser wrote to its console.
        sent: Messages the server sent over the WebSocket.
        loaded: Bytes over the wire by path, for every request that ended.
    """

    page: Page
    address: str
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    loaded: dict[str, float] = field(default_factory=dict)

    def watch(self, wire: CDPSession) -> None:
        """Note requests, errors and bytes from now on."""
        paths: dict[str, str] = {}
        self.page.context.on("request", lambda request: self._note_request(request.url))
        self.page.on("websocket", self._note_socket)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

        def ended(event: dict[str, Any]) -> None:
            path = paths.get(event["requestId"], "")
            self.loaded[path] = self.loaded.get(path, 0) + event["encodedDataLength"]

        wire.on(
            "Network.requestWillBeSent", lambda e: paths.update({e["requestId"]: urlsplit(e["request"]["url"]).path})
        )
        wire.on("Network.loadingFinished", ended)
        wire.send("Network.enable")

    def _note_request(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.address).netloc:
            self.outside.append(address)

    def _note_socket(self, socket: Any) -> None:
        self._note_request(socket.url)
        socket.on(
            "framereceived", lambda data: self.sent.append(data if isinstance(data, bytes) else str(data).encode())
        )

    # ---- the page

    def open(self, query: str = "view=explore") -> Visit:
        """Open the app at an address and wait until the map is painted and the page is done."""
        self.page.goto(f"{self.address}?{query}")
        expect(self.map).to_have_attribute("data-revision", re.compile("^[0-9a-f]{12}$"))
        return self.settled()

    def settled(self) -> Visit:
        """Wait until the server has nothing more to say and the first screen has handed over."""
        expect(self.page.locator("#first-screen")).to_have_count(0)
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        return self

    def repainted(self, act: Callable[[], object]) -> Visit:
        """Do something and wait until the map has been painted anew."""
        before = self.revision
        act()
        expect(self.map).not_to_have_attribute("data-revision", before)
        return self.settled()

    @property
    def inside(self) -> FrameLocator:
        """The map's frame."""
        return self.page.frame_locator("iframe.county-map")

    @property
    def map(self) -> Locator:
        """The map's container."""
        return self.inside.locator("#map")

    @property
    def popup(self) -> Locator:
        """What an open popup holds."""
        return self.inside.locator(".leaflet-popup .county-popup")

    @property
    def frame(self) -> Frame:
        """The map's frame, to run code in."""
        found = self.page.frame(url=re.compile(r"/map/[0-9a-f]{12}/frame\.html"))
        assert found is not None
        return found

    @property
    def revision(self) -> str:
        """Hash of the selection painted."""
        return self.map.get_attribute("data-revision") or ""

    @property
    def filled(self) -> int:
        """Number of counties filled."""
        return int(self.map.get_attribute("data-counties") or -1)

    @property
    def query(self) -> dict[str, list[str]]:
        """The query of the page's address."""
        return parse_qs(urlsplit(self.page.url).query)

    def view(self) -> dict[str, float]:
        """Return centre and zoom of the map."""
        return dict(
            self.frame.evaluate("() => ({lat: map.getCenter().lat, lon: map.getCenter().lng, zoom: map.getZoom()})")
        )

    def pill(self, name: str) -> Locator:
        """Return a filter button of the sidebar."""
        return self.page.get_by_test_id("stSidebar").get_by_role("button", name=name, exact=True)

    def choice(self, name: str) -> Locator:
        """Return one of the sidebar's buttons of which exactly one is on."""
        return self.page.get_by_test_id("stSidebar").get_by_role("radio", name=name, exact=True)

    def count(self) -> int:
        """Return the number of agreements the page counts."""
        told = self.page.locator(".counts b").first.inner_text()
        return int(told.replace(",", ""))

    def click_county(self, lat: float, lon: float) -> None:
        """Click the map with the mouse at a place."""
        place = "([lat, lon]) => { const p = map.latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }"
        at = self.frame.evaluate(place, [lat, lon])
        self.map.click(position={"x": at[0], "y": at[1]})

    def kilobytes(self, messages: list[bytes]) -> tuple[float, float]:
        """Return the size of server messages without the table, and of the table's page."""
        table = 0
        for data in messages:
            message = ForwardMsg()
            message.ParseFromString(data)
            if "agreements-table" in message.delta.new_element.html.body:
                table += len(data)
        return (sum(map(len, messages)) - table) / 1000, table / 1000


Visitor = Callable[..., Visit]
