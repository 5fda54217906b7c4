"""Links behind the word "link": wrappers taken off, archive copies noted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

_ARCHIVED: Final = re.compile(r"^https?://web\.archive\.org/web/\d+(?:id_|if_|im_)?/(.+)$", re.I)
_EXTENSION: Final = re.compile(r"^chrome-extension://[a-z]+/", re.I)
_SLASHES: Final = re.compile(r"^(https?):/+", re.I)
_MAX_WRAPPERS: Final = 5


@dataclass(frozen=True)
class Link:
    """A link as it should be followed.

    Attributes:
        url: The document itself, http or https; empty where there is none.
        archive_url: The archived copy the list pointed to, where it did.
    """

    url: str = ""
    archive_url: str = ""


def clean_link(text: str) -> Link:
    """Return the document a link leads to.

    Lists captured by an archive point to the archive's copy; others passed through a mail scanner
    (`safelinks`) or a PDF viewer's address. Each wrapper is taken off. What is not http(s) is no link.
    """
    url, archive = text.strip(), ""
    for _ in range(_MAX_WRAPPERS):
        before = url
        url = _EXTENSION.sub("", url)
        url = _SLASHES.sub(lambda m: m[1].lower() + "://", url)
        archived = _ARCHIVED.match(url)
        if archived:
            archive, url = archive or url, archived[1]
            if not url.lower().startswith("http"):
                url = f"https://{url}"
        elif _host(url).endswith(".safelinks.protection.outlook.com"):
            url = (parse_qs(urlsplit(url).query).get("url") or [""])[0]
        if url == before:
            break
    return Link(url=_safe(url), archive_url=_safe(archive))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _safe(url: str) -> str:
    """Return an http(s) link with nothing in it that could leave an attribute or a line; else empty."""
    if not _SLASHES.match(url) or not _host(url):
        return ""
    return quote(url, safe="%/:?#[]@!$&()*+,;=-._~")
