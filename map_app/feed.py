"""The Atom feed (RFC 4287) of what changed: one entry for each day on which the record shows a change."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Final
from urllib.parse import urlencode
from xml.etree import ElementTree

import pandas as pd

from geo.fips import state_name
from map_app.changes import KINDS
from map_app.citation import AUTHORS, LICENCE, TITLE, filter_query
from map_app.filters import FIRST_DAY, Filters
from map_app.record import LoadedRecord
from map_app.vocabulary import Model

#: Entries in the feed, newest first.
ENTRIES: Final = 40
_ATOM: Final = "http://www.w3.org/2005/Atom"
#: Names the entries for good; made once with uuid4.
_NAMESPACE: Final = uuid.UUID("5f0f6f0e-54a4-4b6e-9d8f-0c7b8a3f2d61")
#: Characters XML 1.0 cannot hold.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def changes_feed(record: LoadedRecord, filters: Filters, events: pd.DataFrame, base: str) -> bytes:
    """Return the feed of the newest changes.

    Args:
        record: The record as loaded; a day of one of its lists is named as such.
        filters: What the feed is narrowed to.
        events: One row per change: `changed_on` (YYYY-MM-DD), `change`, `agency_name`, `state_abbr`, `model`.
        base: Address of the server with a slash at its end.

    Returns:
        Atom as XML, UTF-8, entries newest first.
    """
    query = filter_query(filters)
    here = f"{base}api/v1/changes.atom{f'?{query}' if query else ''}"
    narrowed = f" ({query.replace('&', ', ')})" if query else ""
    days = sorted(set(events["changed_on"]), reverse=True)[:ENTRIES]
    newest = record.newest_list.isoformat() if record.newest_list else ""
    feed = ElementTree.Element("feed", xmlns=_ATOM)
    _add(feed, "id", _identity(f"feed?{query}"))
    _add(feed, "title", f"Changes of 287(g) agreements{narrowed}")
    _add(feed, "updated", _moment(max([*days[:1], newest]) or FIRST_DAY.isoformat()))
    _add(_add(feed, "author"), "name", AUTHORS)
    _add(feed, "rights", LICENCE)
    _add(feed, "generator", TITLE)
    _add(feed, "link", rel="self", href=here, type="application/atom+xml")
    _add(feed, "link", rel="alternate", href=f"{base}changes{f'?{query}' if query else ''}", type="text/html")
    listed = {held.day.isoformat() for held in record.lists}
    for day in days:
        _entry(feed, events[events["changed_on"] == day], dt.date.fromisoformat(day), day in listed, query, base)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode").encode()


def _entry(feed: ElementTree.Element, rows: pd.DataFrame, day: dt.date, is_list: bool, query: str, base: str) -> None:
    """Add the entry of a day."""
    counts = rows["change"].value_counts()
    told = ", ".join(f"{counts[kind]:,} {kind}" for kind in KINDS if kind in counts)
    entry = _add(feed, "entry")
    _add(entry, "id", _identity(f"{day}?{query}"))
    _add(entry, "title", f"{'ICE’s list of ' if is_list else ''}{day:%B} {day.day}, {day.year}: {told}")
    _add(entry, "updated", _moment(day.isoformat()))
    before = day - dt.timedelta(days=1)
    period = urlencode({"from": max(before, FIRST_DAY).isoformat(), "to": day.isoformat()})
    more = f"&{query}" if query else ""
    _add(entry, "link", rel="alternate", href=f"{base}changes?{period}{more}", type="text/html")
    _add(entry, "link", rel="alternate", href=f"{base}api/v1/changes?{period}{more}", type="application/json")
    cells = [[str(value) for value in rows[name]] for name in ("change", "agency_name", "state_abbr", "model")]
    lines = [
        f"{kind.capitalize()}: {agency}, {state_name(abbr)} ({Model(model).code})"
        for kind, agency, abbr, model in sorted(zip(*cells, strict=True), key=lambda row: KINDS.index(row[0]))
    ]
    _add(entry, "content", "\n".join(lines), type="text")


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    """Add an element; ElementTree escapes its text and attributes."""
    child = ElementTree.SubElement(parent, name, {key: _NOT_XML.sub("", value) for key, value in attributes.items()})
    if text:
        child.text = _NOT_XML.sub("", text)
    return child


def _identity(name: str) -> str:
    return uuid.uuid5(_NAMESPACE, name).urn


def _moment(day: str) -> str:
    return f"{day}T00:00:00Z"
