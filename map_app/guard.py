"""What a browser may do with an answer, from whose pages a session may be opened, and what a log may hold."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import traceback
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

#: Of every answer. No page of ours needs a device of the reader's.
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: What is only data: opened on its own it may load and run nothing, and no page may frame it.
_DATA: Final = (
    "default-src 'none'; script-src 'none'; style-src 'none'; connect-src 'none'; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: Paths of what is only data.
_DATA_PATHS: Final = ("/map/popup/", "/api/", "/healthz", "/readyz", "/metrics")
#: Scripts of this server and those the page itself holds, by their hashes; no inline handler, no evaluation.
#: The map is meant to be embedded, from a web page or a file on disk, so every ancestor may frame it.
_PAGE: Final = (
    "default-src 'self' blob: data:; script-src 'self' blob:{scripts}; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self' blob: data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors http: https: file:"
)
_INLINE_SCRIPT: Final = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script\s*>", re.S | re.I)


def page_policy(html: bytes) -> str:
    """Return the Content-Security-Policy of a page of ours: its own inline scripts run, no other.

    Args:
        html: The page before anything of a person or of the record is in it.
    """
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(html))
    return _PAGE.format(scripts="".join(f" 'sha256-{base64.b64encode(d).decode()}'" for d in digests))


def add_safety(headers: MutableHeaders, path: str) -> None:
    """Set the safety headers of an answer that has no policy of its own yet."""
    for name, value in _HEADERS.items():
        headers[name] = value
    data = path.startswith(_DATA_PATHS)
    headers.setdefault("Content-Security-Policy", _DATA if data else _PAGE.format(scripts=""))


class OriginGuard:
    """Refuses sessions opened by another site's page, and tells Streamlit's own routes of no such page.

    Streamlit checks the origin too, but to do so asks a service on the internet for this machine's address,
    and every session waits meanwhile. Here the origin is the host asked for, or one that
    `server.corsAllowedOrigins` names.
    """

    def __init__(self, app: ASGIApp, allowed: Iterable[str] = ()) -> None:
        self.app = app
        self.allowed = {name for origin in allowed if (name := _host(origin))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or session."""
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None and origin.partition("://")[2] != headers.get("host"):
                if scope["type"] == "websocket" and _host(origin) not in self.allowed:
                    await receive()  # the handshake; closing before accepting it answers 403
                    await send({"type": "websocket.close", "code": 1008})
                    return
                if scope["type"] == "websocket" or not scope["path"].startswith("/api/"):
                    kept = [(name, value) for name, value in scope["headers"] if name != b"origin"]
                    scope = {**scope, "headers": kept}
        await self.app(scope, receive, send)


def _host(origin: str) -> str:
    """Return the host an origin or bare name stands for, "" for what is neither."""
    try:
        return urlsplit(origin if "//" in origin else f"//{origin}").hostname or ""
    except ValueError:
        return ""


def keep_values_out_of_logs() -> None:
    """Make every log of this process tell an error's kind and place, never its text.

    The text of an error can repeat what a person typed, as in `KeyError: '85003'`.
    """
    if getattr(logging.getLogRecordFactory(), "_keeps_values_out", False):
        return
    made = logging.getLogRecordFactory()

    def make(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = made(*args, **kwargs)
        if record.exc_info and isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            record.exc_text = error_places(record.exc_info[1])
        return record

    make._keeps_values_out = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make)


def error_places(error: BaseException) -> str:
    """Return the kind of an error and of those behind it, and the lines of code they passed, without their texts."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        kind = type(current)
        lines.append(f"{kind.__module__}.{kind.__qualname__}")
        frames = traceback.extract_tb(current.__traceback__)
        lines += [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(lines)
