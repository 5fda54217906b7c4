"""A visitor without a browser: one WebSocket session that speaks to the server as the page's script does."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets import Origin, Subprotocol
from websockets.sync.client import ClientConnection, connect


class Session:
    """One open session.

    Attributes:
        widgets: Id of every widget shown, by its key.
        html: Every HTML text the page holds, in the order sent by the last run.
        failures: Runs that ended with an error of the page.
    """

    def __init__(self, wire: ClientConnection) -> None:
        self._wire = wire
        self._states: dict[str, WidgetState] = {}
        self.widgets: dict[str, str] = {}
        self.html: list[str] = []
        self.failures = 0
        self._alerts: list[str] = []

    def run(self, query: str = "", seconds: float = 60) -> float:
        """Ask for the page as the widgets stand; return the seconds until its last message."""
        begun = time.perf_counter()
        self.ask(query)
        self.until_done(seconds)
        return time.perf_counter() - begun

    def ask(self, query: str = "") -> None:
        """Ask for the page as the widgets stand, without waiting for it."""
        asked = BackMsg()
        asked.rerun_script.query_string = query
        asked.rerun_script.widget_states.CopyFrom(WidgetStates(widgets=self._states.values()))
        self.send(asked.SerializeToString())

    def send(self, message: bytes | str) -> None:
        """Send anything at all."""
        self.html, self._alerts = [], []
        self._wire.send(message)

    def alerts(self) -> list[str]:
        """Return the notices of the last run."""
        return list(self._alerts)

    def receive(self, seconds: float = 60) -> ForwardMsg:
        """Return the server's next message."""
        message = ForwardMsg()
        message.ParseFromString(bytes(self._wire.recv(timeout=seconds)))  # type: ignore[arg-type]  # never text
        self._note(message)
        return message

    def until_done(self, seconds: float = 60) -> None:
        """Wait for the last message of a run."""
        while self.receive(seconds).WhichOneof("type") != "script_finished":
            pass

    def _note(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") != "delta":
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.failures += 1
        elif kind == "html":
            self.html.append(element.html.body)
        elif kind == "alert":
            self._alerts.append(element.alert.body)
        shown: Any = getattr(element, kind) if kind else None
        named = getattr(shown, "id", "")
        if isinstance(named, str) and named.startswith("$$ID-"):
            self.widgets[named.split("-", 2)[2]] = named

    def choose(self, key: str, *options: str) -> None:
        """Press these of a group of buttons, by the words on them; takes effect with the next run."""
        state = WidgetState(id=self.widgets[key])
        state.string_array_value.data.extend(options)
        self._states[key] = state

    def type(self, key: str, text: str) -> None:
        """Type into a box; takes effect with the next run."""
        self._states[key] = WidgetState(id=self.widgets[key], string_value=text)


@contextmanager
def session(port: int, headers: Mapping[str, str] | None = None, origin: str | None = None) -> Iterator[Session]:
    """Open a session and close it afterwards.

    Args:
        port: Where the server listens on this machine.
        headers: Further headers of the handshake.
        origin: Origin of the page that opens it; the server's own unless given.
    """
    own = f"http://127.0.0.1:{port}"
    with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        origin=Origin(origin or own),
        subprotocols=[Subprotocol("streamlit")],
        additional_headers=dict(headers or {}),
        max_size=None,
        open_timeout=30,
        compression=None,
        proxy=None,
    ) as wire:
        yield Session(wire)
