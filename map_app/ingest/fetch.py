"""`map-app fetch`: ICE's newest list, downloaded only when asked, one page and one file."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from rich.console import Console

from map_app.errors import MapAppError
from map_app.ingest.history import list_day
from map_app.ingest.workbooks import ListKind, read_workbook

#: ICE's page about the program; it links the newest lists.
PAGE: Final = "https://www.ice.gov/identify-and-arrest/287g"
_HOST: Final = "ice.gov"
_LISTS: Final = re.compile(r"""href\s*=\s*["']([^"']*?(participating|pending)Agencies[^"']*?\.xlsx)["']""", re.I)
_TIMEOUT_S: Final = 30
_MAX_BYTES: Final = 25_000_000
_AGENT: Final = "map-287g (public map of 287(g) agreements; one page and one list per run)"

Opener = Callable[[str], bytes]


class FetchError(MapAppError):
    """The newest list could not be downloaded; the message says why and what to do instead."""


def fetch_newest(folder: Path, kind: ListKind = ListKind.PARTICIPATING, opener: Opener | None = None) -> Path:
    """Return ICE's newest list, saved under its own name in a folder; one already there is not fetched again.

    Args:
        folder: Where lists are kept.
        kind: Which of the two lists.
        opener: Returns the bytes behind a link; the network unless a test gives another.

    Raises:
        FetchError: No network, the page has changed, or what it links is no list.
    """
    if not folder.is_dir():
        raise FetchError(f"{folder}: no such folder. Make it first, or give the one that holds ICE's lists.")
    read = opener or _download
    links = find_lists(read(PAGE).decode("utf-8", "replace"))
    if kind not in links:
        raise FetchError(
            f"{PAGE} links no list of {kind} agencies any more: the page has changed. Open it in a browser, "
            f"save the list in {folder} and run `map-app ingest`."
        )
    url = links[kind]
    target = folder / Path(unquote(urlsplit(url).path)).name
    if target.exists():
        return target
    # The name a lock file would have: a build of this folder in the meantime passes it over.
    draft = target.with_name(f"~${target.name}")
    try:
        draft.write_bytes(read(url))
        if read_workbook(draft).kind is not kind:
            raise FetchError(f"{url} is not a list of {kind} agencies. Open {PAGE} in a browser and look.")
        draft.replace(target)
    except OSError as error:
        raise FetchError(f"{target}: cannot be written ({error.strerror}). Check the folder.") from error
    finally:
        draft.unlink(missing_ok=True)
    return target


def find_lists(page: str) -> dict[ListKind, str]:
    """Return the links to the newest lists on ICE's page, by kind; only links to ICE itself count."""
    found: dict[ListKind, list[str]] = {}
    for link, kind in _LISTS.findall(page):
        url = urljoin(PAGE, link.replace("&amp;", "&"))
        host = (urlsplit(url).hostname or "").lower()
        if urlsplit(url).scheme == "https" and (host == _HOST or host.endswith(f".{_HOST}")):
            found.setdefault(ListKind(kind.lower()), []).append(url)
    return {kind: max(urls, key=lambda u: (_day(u), u)) for kind, urls in found.items()}


def run_fetch(folder: Path) -> int:
    """Download ICE's newest participating list into a folder; return the exit code, errors on stderr."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        before = set(folder.iterdir()) if folder.is_dir() else set()
        path = fetch_newest(folder)
    except MapAppError as error:
        console.print(f"map-app fetch: {error}", markup=False)
        return 1
    console.print(f"{path}: {'already here' if path in before else 'saved'}.", markup=False)
    return 0


def _day(url: str) -> str:
    try:
        return list_day(unquote(urlsplit(url).path).rpartition("/")[2], {}).day.isoformat()
    except MapAppError:
        return ""


def _download(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT})  # https only: PAGE and find_lists see to it
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            body: bytes = answer.read(_MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise FetchError(
            f"{url} answers {error.code} {error.reason}. Open it in a browser; ICE may have moved it."
        ) from error
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise FetchError(
            f"{url} cannot be reached ({reason}). Is there a network? The app itself needs none."
        ) from error
    if len(body) > _MAX_BYTES:
        raise FetchError(f"{url} is larger than any list ({_MAX_BYTES:,} bytes). Open it in a browser and look.")
    return body
