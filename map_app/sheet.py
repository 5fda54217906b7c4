"""One place on one printed page: the answer, its agreements and sources, and a code that leads to the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final
from urllib.parse import parse_qs, urlencode

import anyio.to_thread
import segno
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from geo.fips import county_geoids
from map_app.answer import Agreement, Answer, answer, answer_groups, application_words, by_agency, read_pending
from map_app.filters import BadValue, not_understood, read_filters
from map_app.frame import page_font
from map_app.guard import page_policy
from map_app.plain_page import language_asked
from map_app.record import current_record
from map_app.text import LANGUAGES, Text, text_in
from map_app.web import HTML, base_address, font_face

#: Black on white whatever the reader's theme; A4 and Letter both, since neither is named. Sizes in points, so that
#: print and screen agree.
_STYLE: Final = """
:root { color-scheme: light only; }
@page { margin: 12mm 15mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 18px; max-width: 180mm; background: #fff; color: #000;
  font: 11pt/1.3 "Source Sans", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 21pt; line-height: 1.15; margin: 0 0 4pt; }
h2 { font-size: 12pt; margin: 7pt 0 2pt; padding-top: 3pt; border-top: 1pt solid #000; break-after: avoid; }
p { margin: 0 0 3.5pt; }
.kind { font-size: 11pt; font-weight: 600; margin: 0 0 2pt; }
.verdict { font-size: 15pt; line-height: 1.3; margin-bottom: 5pt; padding-left: 9pt; border-left: 4pt solid #000; }
ul { margin: 0; padding: 0; list-style: none; }
li { margin: 0 0 2.5pt; break-inside: avoid; }
.agency { font-weight: 700; }
.warning { border: 1.5pt solid #000; padding: 3pt 7pt; margin-bottom: 5pt; font-weight: 600; }
.many { columns: 2; column-gap: 7mm; font-size: 10.5pt; }
.note { font-style: italic; }
dl { margin: 0; } dt { display: inline; font-weight: 700; } dd { display: inline; margin: 0; }
dl div { margin: 0 0 2.5pt; }
a { color: #000; }
footer { display: flex; gap: 6mm; align-items: flex-start; margin-top: 7pt; padding-top: 5pt;
  border-top: 2pt solid #000; font-size: 10.5pt; break-inside: avoid; }
footer div { flex: 1; min-width: 0; }
.qr { flex: none; width: 32mm; height: 32mm; }
.screen { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; margin: 0 0 14px; }
.screen a, .screen button { font: inherit; min-height: 32px; display: inline-flex; align-items: center; }
.screen button { padding: 2px 14px; color: #fff; background: #000; border: 1px solid #000; border-radius: 6px;
  cursor: pointer; }
:focus-visible { outline: 3px solid #0b5394; outline-offset: 2px; }
@media (scripting: none) { .screen button { display: none; } }
@media (max-width: 520px) { .many { columns: 1; } footer { flex-direction: column; } }
@media print { .screen { display: none; } body { padding: 0; max-width: none; } a { text-decoration: none; } }
"""
#: The one script, of the button alone: without it the browser's own command prints the sheet.
_PRINT: Final = '<script>document.querySelector("button").onclick = () => print();</script>'
#: Agencies of one group set in two columns, so that a county with many still fits a page or two.
_MANY: Final = 3


def local_sheet(
    told: Answer,
    address: str,
    text: Text,
    printed: dt.date,
    bad: Sequence[BadValue] = (),
    font: str = "",
    warning: str = "",
) -> str:
    """Return the sheet of one county as a whole HTML page that needs no script.

    Args:
        told: The answer.
        address: Where the page with this answer is; printed and drawn as a QR code.
        text: Language.
        printed: The day the sheet is made.
        bad: Parts of the sheet's own address that mean nothing.
        font: Address of the page's font, or "" for the reader's own; the only thing loaded.
        warning: That the list the answer rests on is no longer recent, or "".
    """
    title = text.t("{county}: 287(g) agreements", county=told.county)
    sentence = f"{escape(told.lead)}, <strong>{escape(told.verdict)}</strong>{escape(told.rest)}."
    # The printed address is short, and opens in the language of the browser that opens it.
    back = address if "lang=" in address else f"{address}{'&' if '?' in address else '?'}lang={text.language}"
    parts = [
        f'<!doctype html><html lang="{text.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title>'
        f"<style>{font_face(font)}{_STYLE}</style></head><body>"
        f'<nav class="screen" aria-label="{escape(text.t("This sheet"))}">'
        f'<button type="button">{escape(text.t("Print"))}</button>'
        f'<a href="{escape(back)}">{escape(text.t("Back to the map and the full answer"))}</a></nav><main>',
        f'<p class="kind">{escape(text.t("Does my county have a 287(g) agreement?"))}</p>',
        f"<h1>{escape(told.county)}</h1>",
        f'<p class="verdict">{sentence}</p>',
    ]
    if warning:
        parts.append(f'<p class="warning">{escape(warning)}</p>')
    if bad:
        parts.append(f"<p><strong>{escape(not_understood(bad, text))}</strong></p>")
    parts += [f"<p>{escape(line)}</p>" for line in (*told.past, *told.cautions)]
    parts += [_group(heading, agreements, text) for heading, agreements in answer_groups(told, text)]
    if told.ended:
        parts.append(_group(text.t("Agreements that have ended"), told.ended, text, ended=True))
    if told.pending:
        lines = "".join(f"<li>{escape(application_words(one, text))}</li>" for one in told.pending)
        heading = text.t("Applications on ICE’s pending lists (an application is not an agreement)")
        parts.append(f"<section><h2>{escape(heading)}</h2><ul>{lines}</ul></section>")
    parts.append(_models(told.agreements, text))
    meaning = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in told.meaning)
    heading = text.t("What this does and does not mean")
    parts.append(f"<section><h2>{escape(heading)}</h2>{meaning}</section></main>")
    parts.append(_footer(told, address, text, printed))
    return "".join(parts) + _PRINT + "</body></html>"


def _group(heading: str, agreements: Sequence[Agreement], text: Text, *, ended: bool = False) -> str:
    """Return a heading and its agencies, each with its agreements on one line."""
    lines = []
    for held in by_agency(agreements):
        told = "; ".join(f"{escape(one.model_name)} · {escape(one.when)}" for one in held)
        notes = dict.fromkeys((one.note, one.note_language) for one in held if one.note and ended)
        told += "".join(
            f'. <span class="note" lang="{language}">{escape(note.rstrip("."))}</span>' for note, language in notes
        )
        plain = not ended and held[0].extent in (  # the heading says it
            text.t("statewide"), text.t("whole territory"), text.t("whole district"), text.t("whole county"),
        )  # fmt: skip
        extent = "" if plain else f" ({escape(held[0].extent)})"
        lines.append(f'<li><span class="agency">{escape(held[0].agency_name)}</span>{extent}: {told}.</li>')
    many = ' class="many"' if len(lines) > _MANY else ""
    title = f"{escape(heading)} ({text.number(len(lines))})"
    return f"<section><h2>{title}</h2><ul{many}>{''.join(lines)}</ul></section>"


def _models(agreements: Iterable[Agreement], text: Text) -> str:
    """Return what each model on the sheet lets officers do, once."""
    meanings = dict.fromkeys((one.model_name, one.meaning) for one in agreements)
    if not meanings:
        return ""
    lines = "".join(f"<div><dt>{escape(name)}:</dt> <dd>{escape(told)}.</dd></div>" for name, told in sorted(meanings))
    return f"<section><h2>{escape(text.t('What the models let officers do'))}</h2><dl>{lines}</dl></section>"


def _footer(told: Answer, address: str, text: Text, printed: dt.date) -> str:
    """Return where the sheet comes from, the link of its page and the code that leads there."""
    code = segno.make(address, micro=False, error="m")
    drawing = code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, dark="#000")
    label = escape(text.t("QR code of the address of this page"))
    drawing = drawing.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    attesting = dict.fromkeys(one.sources for one in (*told.agreements, *told.ended) if one.sources)
    sources = text.t("Source: ICE’s published lists of participating agencies.")
    if 0 < len(attesting) <= _SOURCES_NAMED:
        sources = text.t(
            "Sources: ICE’s published lists of participating agencies; {files}.", files="; ".join(attesting)
        )
    elif attesting:
        sources = text.t(
            "Sources: ICE’s published lists of participating agencies and the documents named with each agreement at "
            "the address below."
        )
    lines = (
        escape(sources),
        escape(text.t("This is information, not legal advice.")),
        escape(text.t("Printed on {day}. The newest answer, with the memorandums, is at:", day=text.day(printed))),
        f'<a href="{escape(address)}">{escape(address)}</a>',
    )
    return f"<footer><div>{''.join(f'<p>{line}</p>' for line in lines)}</div>{drawing}</footer>"


#: More files than this would take the room of the answer.
_SOURCES_NAMED: Final = 3


def page_address(request: Request, geoid: str, as_of: dt.date | None, text: Text) -> str:
    """Return the address of the page with a county's answer, on the host the request was sent to."""
    query = {"county": geoid, "as_of": as_of.isoformat() if as_of else "", "lang": text.language}
    said = {name: value for name, value in query.items() if value and (name, value) != ("lang", "en")}
    # An address with a day but no view would lead to the map.
    return f"{base_address(request.scope)}?{urlencode({**said, 'view': 'find'} if as_of else said)}"


async def _serve_sheet(request: Request) -> Response:
    geoid = request.path_params["geoid"]
    if geoid not in county_geoids():
        return PlainTextResponse("There is no county with this code.", 404)
    query = parse_qs(request.url.query)
    language = language_asked(request)
    text = text_in(language)
    filters, bad = read_filters({"as_of": query["as_of"]} if query.get("as_of") else {})
    if language not in LANGUAGES:
        bad.append(BadValue("lang", language))

    def made() -> str:
        record, today = current_record(), dt.date.today()
        told = answer(record, geoid, filters.as_of, text, read_pending())
        address = page_address(request, geoid, filters.as_of, text)
        font = page_font()
        warning = record.age_warning(filters, today, text)
        return local_sheet(told, address, text, today, bad, font and f"../{font}", warning)

    return Response(
        await anyio.to_thread.run_sync(made),
        media_type=HTML,
        headers={"Cache-Control": "no-store", "Content-Security-Policy": page_policy(_PRINT.encode())},
    )


def sheet_routes() -> list[BaseRoute]:
    """Return the route of the sheet: `/sheet/37119?lang=es&as_of=2015-01-01`."""
    return [Route("/sheet/{geoid}", _serve_sheet)]
