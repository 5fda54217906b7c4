"""The status of the data for everyone to see: each check with its result, and what one that fails means."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from html import escape

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from map_app.filters import Filters, filter_mask
from map_app.frame import page_font
from map_app.health import record_checks
from map_app.plain_page import language_asked, plain_page
from map_app.record import RECENT_DAYS, LoadedRecord, current_record, record_path
from map_app.text import Text, text_in
from map_app.text.faults import fault_words
from map_app.web import HTML


@dataclass(frozen=True)
class Check:
    """One check as people read it.

    Attributes:
        name: As in /readyz and /metrics.
        asks: What is checked, as a sentence that is true where the check holds.
        holds: Whether it does; None where the reader's own day decides.
        means: What it means for a reader where it does not.
    """

    name: str
    asks: str
    holds: bool | None
    means: str


def status_title(text: Text) -> str:
    """Return the heading of the page."""
    return text.t("Status of the data")


def checks_told(record: LoadedRecord, today: dt.date | None, text: Text) -> list[Check]:
    """Return every check of the record in words.

    Args:
        record: The record as held.
        today: The day against which the newest list is old or not; None where the page does not know it.
        text: Language.
    """
    told = {
        "present": (
            text.t("There is a record to show."),
            text.t("The page has nothing to show, and can say nothing of any place."),
        ),
        "newest_file_usable": (
            text.t("The newest version of the data file can be read."),
            text.t("The last good version is shown instead. It may lack the newest agreements."),
        ),
        "no_row_set_aside": (
            text.t("Every row of the data file is shown."),
            text.t("Rows with a fault are left out, so their places may show too few agreements."),
        ),
        "no_fault": (
            text.t("No cell of the data file has a fault."),
            text.t("A cell that cannot be right, as a date or a link, is left empty. The agreement is still shown."),
        ),
        "list_recent": (
            text.n("The newest list is at most {n} day old.", "The newest list is at most {n} days old.", RECENT_DAYS),
            text.t("Agreements signed or ended since that list are not shown."),
        ),
    }
    results = record_checks(record, today or dt.date.min)
    return [
        Check(
            name, *_pair(told[name], None if name == "list_recent" and today is None and record.newest_list else holds)
        )
        for name, holds in results.items()
    ]


def _pair(told: tuple[str, str], holds: bool | None) -> tuple[str, bool | None, str]:
    return told[0], holds, told[1]


def status_html(record: LoadedRecord, text: Text, today: dt.date | None = None, changed: dt.date | None = None) -> str:
    """Return the status as HTML.

    Args:
        record: The record as held.
        text: Language.
        today: The day it is told on; None where the page is written once and read later, so that the reader's
            browser works the age out (elements with `data-list`).
        changed: Day the data file last changed, or None where that is not known.
    """
    facts: list[tuple[str, str]] = []
    if record.newest_list:
        facts.append((text.t("Newest ICE list held"), escape(text.day(record.newest_list))))
        facts.append((text.t("Its age"), _age(record, text, today)))
    if record.lists:
        seen = max(held.last_seen for held in record.lists)
        facts.append((text.t("Last day a list was looked at"), escape(text.day(seen))))
        facts.append(
            (text.t("ICE lists held since {day}", day=text.day(record.lists[0].day)), text.number(len(record.lists)))
        )
    if changed:
        facts.append((text.t("Last build of the data file"), escape(text.day(changed))))
    active = int(filter_mask(record.agreements, Filters()).sum())
    facts += [
        (text.t("Agreements in the record"), text.number(len(record.agreements))),
        (text.t("Of them active"), text.number(active)),
        (text.t("Rows set aside because of a fault"), text.number(record.set_aside)),
        (text.t("Version of the data file"), f"<code>{escape(record.version or '–')}</code>"),
    ]
    shown = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{value}</td></tr>' for name, value in facts)
    heads = "".join(
        f'<th scope="col">{escape(name)}</th>'
        for name in (text.t("Check"), text.t("Result"), text.t("What it means when it fails"))
    )
    rows = "".join(_row(check, record, text) for check in checks_told(record, today, text))
    return (
        f"<p>{escape(text.t('Each page and file rests on this record. The checks run whenever it is read.'))}</p>"
        f'<div class="wide"><table>{shown}</table></div>'
        f'<h2>{escape(text.t("Checks"))}</h2><div class="wide"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{_faults(record, text)}"
    )


def _age(record: LoadedRecord, text: Text, today: dt.date | None) -> str:
    assert record.newest_list is not None
    if today is None:
        group = text.number(1111)[1:-3]
        told = escape(text.t("{age} days"))
        return (
            f'<span data-list="{record.newest_list}" data-group="{group}" data-recent="-1" data-told="{told}">'
            f"{escape(text.t('Count from that day.'))}</span>"
        )
    return escape(text.n("{n} day", "{n} days", record.list_age(today) or 0))


def _row(check: Check, record: LoadedRecord, text: Text) -> str:
    if check.holds is None:
        yes, no = escape(text.t("yes")), escape(text.t("no"))
        result = (
            f'<span class="result" data-list="{record.newest_list}" data-recent="{RECENT_DAYS}" data-told="{no}" '
            f'data-otherwise="{yes}">{escape(text.t("by the age above"))}</span>'
        )
    else:
        state = "holds" if check.holds else "fails"
        result = f'<span class="result {state}">{escape(text.t("yes") if check.holds else text.t("no"))}</span>'
    return (
        f'<tr data-check="{check.name}"><th scope="row">{escape(check.asks)}</th><td>{result}</td>'
        f"<td>{escape(check.means)}</td></tr>"
    )


#: More faults than this help no reader; `map-app check` names them all.
_NAMED = 50


def _faults(record: LoadedRecord, text: Text) -> str:
    faults = [*record.refused, *record.faults]
    if not faults:
        return ""
    lines = "".join(f"<li>{escape(fault_words(fault, text))}</li>" for fault in faults[:_NAMED])
    more = len(faults) - _NAMED
    rest = f"<p>{escape(text.n('{n} more', '{n} more', more))}</p>" if more > 0 else ""
    return f"<h2>{escape(text.t('Faults found'))}</h2><ul>{lines}</ul>{rest}"


def _changed() -> dt.date | None:
    """Return the day the data file last changed, by the machine's calendar."""
    try:
        return dt.datetime.fromtimestamp(record_path().stat().st_mtime).date()
    except OSError:
        return None


async def _serve_status(request: Request) -> Response:
    text = text_in(language_asked(request))

    def made() -> str:
        body = status_html(current_record(), text, dt.date.today(), _changed())
        return plain_page(status_title(text), body, text, "status", page_font())

    return Response(
        await anyio.to_thread.run_sync(made),
        media_type=HTML,
        headers={"Cache-Control": "no-store"},
    )


def status_routes() -> list[BaseRoute]:
    """Return the route of the page: `/status?lang=es`."""
    return [Route("/status", _serve_status)]
