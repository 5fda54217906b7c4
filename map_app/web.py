"""Answers of our own server: packed once, named by what they hold, addressed as the reader sees the app."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

#: For what stands under an address that changes when its content does.
FOREVER: Final = "public, max-age=31536000, immutable"
HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Packed:
    """An answer in both forms a browser may ask for.

    Attributes:
        media: Media type.
        content: The bytes.
        zipped: The same, gzipped.
    """

    media: str
    content: bytes
    zipped: bytes

    @classmethod
    def of(cls, media: str, content: bytes, level: int = 9) -> Packed:
        """Return content with its gzipped form.

        Args:
            media: Media type.
            content: The bytes.
            level: 9 for what is kept, less for what is made for one reader.
        """
        return cls(media, content, gzip.compress(content, level, mtime=0))

    def answer(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Return the form the request accepts."""
        told = {**headers, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.zipped, media_type=self.media, headers={**told, "Content-Encoding": "gzip"})
        return Response(self.content, media_type=self.media, headers=told)


def content_version(files: Mapping[str, bytes]) -> str:
    """Return a short hash of files and their names, to stand in their addresses."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(name.encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]


def base_address(scope: Scope) -> str:
    """Return the address of the app as the reader sees it, with a slash at its end."""
    request = Request(scope)
    base = request.base_url
    # A proxy that speaks https to the reader passes the request on as http.
    if request.headers.get("x-forwarded-proto", "").split(",")[0].strip() == "https":
        base = base.replace(scheme="https")
    return f"{str(base).rstrip('/')}/"


def json_in_html(payload: object) -> str:
    """Return JSON that can stand inside a script element."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def font_face(font: str) -> str:
    """Return the style rule that gives a font file the name of Streamlit's font, or "" without a file.

    Args:
        font: Address of the file, relative to the page.
    """
    if not font:
        return ""
    return (
        '@font-face { font-family: "Source Sans"; font-weight: 200 900; font-display: swap; '
        f'src: url("{font}") format("woff2"); }}'
    )
