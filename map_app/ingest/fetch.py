"""`map-app fetch`: ICE's newest list, downloaded only when asked, one page and one file."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from html import unescape
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from rich.console import Console

from map_app.errors import MapAppError, UsageError
from map_app.ingest.history import list_day
from map_app.ingest.workbooks import ListKind, WorkbookError, read_workbook

#: ICE's page about the program; it links the newest lists.
PAGE: Final = "https://www.ice.gov/identify-and-arrest/287g"
_LISTS: Final = re.compile(r"""href\s*=\s*["']([^"']*?(participating|pending)Agencies[^"']*?\.xlsx)["'#?]""", re.I)
#: What a list's name may hold: it becomes a file's name here.
_NAME: Final = re.compile(r"[\w .()-]{1,150}", re.ASCII)
_TIMEOUT_S: Final = 30
#: A server that sends a little now and then is given up after this long.
_PATIENCE_S: Final = 120
_MAX_BYTES: Final = 25_000_000
_PIECE: Final = 1 << 16
_AGENT: Final = "map-287g (public map of 287(g) agreements; one page and one list per run)"


class FetchError(MapAppError):
    """The newest list could not be downloaded; the message says why and what to do instead."""


def fetch_newest(folder: Path, kind: ListKind = ListKind.PARTICIPATING, page: str = PAGE) -> Path:
    """Return ICE's newest list, saved under its own name in a folder; one already there is not fetched again.

    The file appears whole or not at all.

    Args:
        folder: Where lists are kept.
        kind: Which of the two lists.
        page: The page that links the lists. Links and redirects count only if they stay on its site.

    Raises:
        FetchError: No network, the page has changed, what it links is no list, or it cannot be saved.
    """
    if not folder.is_dir():
        raise FetchError(f"{folder}: no such folder. Make it first, or give the one that holds ICE's lists.")
    found_at, body = _download(page, page)
    links = find_lists(body.decode("utf-8", "replace"), found_at)
    if kind not in links:
        raise FetchError(
            f"{found_at} links no list of {kind} agencies any more: the page has changed. Open it in a browser, "
            f"save the list in {folder} and run `map-app ingest`."
        )
    url = links[kind]
    name = Path(unquote(urlsplit(url).path)).name
    if not _NAME.fullmatch(name):
        raise FetchError(f"{page} links a list under a strange name ({name[:80]!r}). Save it by hand in {folder}.")
    target = folder / name
    if target.exists():
        _require_list(target, kind, f"{target} is there already, but it", f"Delete it and fetch again ({url})")
        return target
    # The name a lock file would have: a build of this folder in the meantime passes it over.
    draft = target.with_name(f"~${name}")
    body = _download(url, page)[1]
    try:
        draft.write_bytes(body)
        _require_list(draft, kind, f"What {url} sends", f"Open {page} in a browser and look")
        draft.replace(target)
    except OSError as error:
        raise FetchError(f"{target}: cannot be written ({error.strerror}). Check the folder and the disk.") from error
    finally:
        draft.unlink(missing_ok=True)
    return target


def find_lists(page: str, address: str = PAGE) -> dict[ListKind, str]:
    """Return the links to the newest lists on ICE's page, by kind; only links to the page's own site count.

    Args:
        page: The page, HTML.
        address: Where it was found; relative links start there.
    """
    found: dict[ListKind, list[str]] = {}
    for link, kind in _LISTS.findall(page):
        try:
            url = urljoin(address, quote(unescape(link).strip(), safe="%/:?#[]@!$&'()*+,;="))
            if _same_site(url, address):
                found.setdefault(ListKind(kind.lower()), []).append(url)
        except ValueError:  # an address that is none
            continue
    return {kind: max(urls, key=lambda u: (_day(u), u)) for kind, urls in found.items()}


def run_fetch(folder: Path, page: str = PAGE) -> int:
    """Download ICE's newest participating list into a folder; return the exit code, errors on stderr.

    Args:
        folder: Where lists are kept.
        page: As for `fetch_newest`.

    Raises:
        UsageError: The page is no address of the web.
    """
    if urlsplit(page).scheme not in ("http", "https") or not urlsplit(page).hostname:
        raise UsageError(f"{page!r} is no address of a page; it starts with https://")
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        before = set(folder.iterdir()) if folder.is_dir() else set()
        path = fetch_newest(folder, page=page)
    except MapAppError as error:
        console.print(f"map-app fetch: {error}", markup=False)
        return 1
    except OSError as error:
        console.print(f"map-app fetch: {folder}: cannot be read ({error.strerror}). Check the folder.", markup=False)
        return 1
    console.print(f"{path}: {'already here' if path in before else 'saved'}.", markup=False)
    return 0


def _require_list(path: Path, kind: ListKind, what: str, remedy: str) -> None:
    """Refuse a file that is no list of that kind, and say what it looks like."""
    try:
        held = read_workbook(path).kind
    except WorkbookError as error:
        start = path.read_bytes()[:512].lstrip().lower()
        if start.startswith(b"<") or b"<html" in start:
            raise FetchError(f"{what} is a web page, not a workbook. {remedy}.") from error
        why = str(error).removeprefix(f"{path}: ").partition(". ")[0]
        raise FetchError(f"{what} is no list that can be read: {why}. {remedy}.") from error
    if held is not kind:
        raise FetchError(f"{what} is not a list of {kind} agencies. {remedy}.")


def _same_site(url: str, page: str) -> bool:
    """Whether an address is on the site of the page (or below it), and no less secure than the page."""
    asked, own = urlsplit(url), urlsplit(page)
    site = (own.hostname or "").lower().removeprefix("www.")
    host = (asked.hostname or "").lower()
    return asked.scheme in (own.scheme, "https") and (host == site or host.endswith(f".{site}"))


def _day(url: str) -> str:
    try:
        return list_day(unquote(urlsplit(url).path).rpartition("/")[2], {}).day.isoformat()
    except MapAppError:
        return ""


class _OnSite(urllib.request.HTTPRedirectHandler):
    """Follows redirects that stay on the page's site; says where the others would lead."""

    def __init__(self, page: str) -> None:
        self._page = page

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not _same_site(newurl, self._page):
            fp.close()
            raise FetchError(
                f"{req.full_url} leads away to {newurl[:200]}, which is not ICE's site; nothing was taken from there. "
                "Open it in a browser and look."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(url: str, page: str) -> tuple[str, bytes]:
    """Return where an address led and the bytes there, all of them.

    Raises:
        FetchError: It cannot be reached, answers with an error, leads to another site, breaks off or never ends.
    """
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT})  # http(s) only: callers see to it
    give_up = time.monotonic() + _PATIENCE_S
    body = bytearray()
    try:
        with urllib.request.build_opener(_OnSite(page)).open(request, timeout=_TIMEOUT_S) as answer:
            promised = answer.headers.get("Content-Length", "")
            while piece := answer.read1(_PIECE):
                body += piece
                if len(body) > _MAX_BYTES:
                    raise FetchError(
                        f"{url} is larger than any list ({_MAX_BYTES:,} bytes). Open it in a browser and look."
                    )
                if time.monotonic() > give_up:
                    raise FetchError(f"{url} takes longer than {_PATIENCE_S} seconds. Try again later.")
            led_to = str(answer.geturl())
    except urllib.error.HTTPError as error:
        error.close()
        raise FetchError(
            f"{url} answers {error.code} {_reason(error)}. Open it in a browser; ICE may have moved it."
        ) from error
    except http.client.IncompleteRead as error:
        raise FetchError(f"{url} broke off after {len(body):,} bytes. Try again.") from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        if body:
            raise FetchError(f"{url} broke off after {len(body):,} bytes ({_reason(error)}). Try again.") from error
        raise FetchError(
            f"{url} cannot be reached ({_reason(error)}). Is there a network? The app itself needs none."
        ) from error
    if promised.isdigit() and len(body) < int(promised):
        raise FetchError(f"{url} broke off after {len(body):,} of {int(promised):,} bytes. Try again.")
    return led_to, bytes(body)


def _reason(error: BaseException) -> str:
    return " ".join(str(getattr(error, "reason", None) or error or type(error).__name__).split())[:200]
