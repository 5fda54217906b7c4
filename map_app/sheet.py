"""One place on one printed page: the answer, its agreements and sources, and a code that leads to the page.

A page holds as much as there is room for: what is written shrinks a little, then long lists are set by model, then what
is past is summed up in a line that says where all of it stands. Agencies stay longest. How high a page gets is
estimated here (`lettering`); `tests/browser/test_sheet_pages.py` prints the longest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import Final
from urllib.parse import parse_qs, urlencode

import anyio.to_thread
import numpy as np
import segno
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from geo.fips import STATE_ABBRS, counties, county_geoids, state_abbr, state_fips
from map_app.answer import (
    Agreement,
    Answer,
    across_heading,
    answer,
    answer_groups,
    application_words,
    by_agency,
    read_pending,
    state_answer,
)
from map_app.coverage import LEVELS
from map_app.filters import BadValue, Filters, filter_mask, not_understood, read_filters
from map_app.frame import page_font
from map_app.guard import page_policy
from map_app.lettering import columns_height, line_count
from map_app.plain_page import language_asked
from map_app.popups import model_meaning, model_name
from map_app.record import LoadedRecord, current_record
from map_app.text import LANGUAGES, Text, text_in
from map_app.text.places import state_words
from map_app.vocabulary import Coverage, Model, Participation
from map_app.web import HTML, base_address, font_face

#: What is printed on: as narrow as A4 and as short as Letter, within the margins; in points. A little is left over, and
#: the estimate is a little high.
_WIDE: Final = 515.0
_HIGH: Final = 735.0 * 0.98
#: Agencies of one group set in two columns where they are more.
_MANY: Final = 3
#: More files than this would take the room of the answer.
_SOURCES_NAMED: Final = 3
#: No smaller type than this, in points.
SMALLEST: Final = 8.6


@dataclass(frozen=True)
class _Fit:
    """How a page is written so that it fits.

    Attributes:
        size: Of the type, in points.
        brief: Whether long groups are set by model, each agency with its day.
        notes: Whether ended agreements have their notes.
        past: Whether agreements that have ended are told one by one.
        applied: Whether applications are.
        named: How many agencies of a group are named; None for all.
        local: Whether the page of a state names its local agencies, not only counties.
    """

    size: float
    brief: bool = False
    notes: bool = True
    past: bool = True
    applied: bool = True
    named: int | None = None
    local: bool = True


_BRIEF: Final = _Fit(9.6, brief=True)
_FITS: Final = (
    *(_Fit(size) for size in (12.5, 11.7, 11.0, 10.4)),
    *(replace(_BRIEF, size=size) for size in (11.0, 10.3, 9.6)),
    replace(_BRIEF, notes=False),
    replace(_BRIEF, notes=False, size=9.1),
    replace(_BRIEF, notes=False, size=SMALLEST),
    replace(_BRIEF, notes=False, past=False),
    replace(_BRIEF, notes=False, past=False, applied=False),
    replace(_BRIEF, notes=False, past=False, applied=False, size=9.1),
    *(
        _Fit(SMALLEST, brief=True, notes=False, past=False, applied=False, named=named)
        for named in (None, 40, 30, *range(24, -1, -1))
    ),
)
_STATE_FITS: Final = (
    *(_Fit(size, brief=True) for size in (12.0, 11.0, 10.3, 9.6, 9.1)),
    *(_Fit(size, brief=True, local=False) for size in (12.0, 11.0, 10.3, 9.6, 9.1, SMALLEST)),
    *(_Fit(SMALLEST, brief=True, local=False, named=named) for named in (150, 100, 60, 40, 30, 20, 10, 5, 2, 0)),
)

#: Black on white whatever the reader's theme; A4 and Letter both, since neither is named. Sizes in parts of the type,
#: which is smaller on full pages of paper, never on the screen.
_STYLE: Final = """
:root { color-scheme: light only; }
@page { margin: 10mm 14mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 18px; max-width: 188mm; background: #fff; color: #000;
  font: 11pt/1.3 "Source Sans", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.9em; line-height: 1.15; margin: 0 0 .19em; }
h2 { font-size: 1.09em; margin: .6em 0 .18em; padding-top: .27em; border-top: 1pt solid #000; break-after: avoid; }
p { margin: 0 0 .32em; }
.kind { font-weight: 600; margin: 0 0 .18em; }
.verdict { font-size: 1.36em; margin-bottom: .33em; padding-left: .6em; border-left: 4pt solid #000; }
.counted { font-weight: 700; }
ul { margin: 0; padding: 0; list-style: none; }
li { margin: 0 0 .23em; break-inside: avoid; }
.agency { font-weight: 700; }
.warning { border: 1.5pt solid #000; padding: .27em .64em; margin-bottom: .45em; font-weight: 600; }
.many { columns: 2; column-gap: 7mm; margin-bottom: .2em; }
.model { margin: .2em 0 .1em; break-after: avoid; }
.note { font-style: italic; }
dl { margin: 0; } dt { display: inline; font-weight: 700; } dd { display: inline; margin: 0; }
dl div { margin: 0 0 .23em; }
a { color: #000; }
footer { display: flex; gap: 6mm; align-items: flex-start; margin-top: .64em; padding-top: .45em;
  border-top: 2pt solid #000; break-inside: avoid; }
footer div { flex: 1; min-width: 0; }
.qr { flex: none; width: 7.2em; height: 7.2em; min-width: 25mm; min-height: 25mm; }
.screen { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; margin: 0 0 14px; }
.screen a, .screen button { font: inherit; min-height: 32px; display: inline-flex; align-items: center; }
.screen button { padding: 2px 14px; color: #fff; background: #000; border: 1px solid #000; border-radius: 6px;
  cursor: pointer; }
:focus-visible { outline: 3px solid #0b5394; outline-offset: 2px; }
@media (scripting: none) { .screen button { display: none; } }
@media (max-width: 520px) { .many { columns: 1; } footer { flex-direction: column; } }
@media print { .screen { display: none; } body { padding: 0; max-width: none; } a { text-decoration: none; }
  .many { columns: 2; } footer { flex-direction: row; } }
"""
_GAP: Final = 20.0

#: The one script, of the button alone: without it the browser's own command prints the sheet.
_PRINT: Final = '<script>document.querySelector("button").onclick = () => print();</script>'


class _Paper:
    """A page being written: its HTML, and how high that gets on paper, in parts of the type size."""

    def __init__(self, fit: _Fit, text: Text) -> None:
        self.fit, self.text = fit, text
        self.parts: list[str] = []
        self.high = 0.0
        self.wide = _WIDE / fit.size

    @property
    def leading(self) -> float:
        """How high a line is, in parts of the type size: less on full pages."""
        return 1.24 if self.fit.brief else 1.3

    @property
    def fits(self) -> bool:
        """Whether all of it stands on one page."""
        return self.high * self.fit.size <= _HIGH

    def put(self, html: str, words: str, *, size: float = 1.0, bold: bool = False, indent: float = 0,
            around: float = 0.32, line: float = 0) -> None:  # fmt: skip
        """Write words over the whole width; `around` is what stays empty above and below them."""
        self.parts.append(html)
        self.high += line_count(words, (self.wide - indent) / size, bold=bold) * size * (line or self.leading) + around

    def line(self, words: str, kind: str = "", **how: float) -> None:
        """Write a paragraph."""
        mark = f' class="{kind}"' if kind else ""
        self.put(f"<p{mark}>{escape(words)}</p>", words, **how)  # type: ignore[arg-type]

    def heading(self, words: str) -> None:
        """Write the heading of a part."""
        self.put(f"<h2>{escape(words)}</h2>", words, size=1.09, bold=True, around=1.09 * 1.05 + 0.15)

    def entries(self, entries: Sequence[tuple[str, str]]) -> None:
        """Write a list, in two columns where it is long; each entry as HTML and as words."""
        many = len(entries) > _MANY
        ems = (self.wide - _GAP / self.fit.size) / 2 if many else self.wide
        heights = [line_count(words, ems) * self.leading + 0.23 for _, words in entries]
        self.high += columns_height(heights, 2) + 0.2 if many else sum(heights)
        mark = ' class="many"' if many else ""
        self.parts.append(f"<ul{mark}>{''.join(f'<li>{html}</li>' for html, _ in entries)}</ul>")

    # ---- what pages have in common

    def agencies(self, heading: str, agreements: Sequence[Agreement], *, ended: bool = False) -> None:
        """Write a heading and its agencies, each with its agreements on one line."""
        held = by_agency(agreements)
        self.heading(f"{heading} ({self.text.number(len(held))})")
        left = 0
        if self.fit.named is not None and not ended and len(held) > self.fit.named:
            left, held = len(held) - self.fit.named, held[: self.fit.named]
        if self.fit.brief and not ended and len(held) > _MANY:
            held = self._by_model(held)
        self.entries([self._agency(one, ended=ended) for one in held])
        if left:
            self.line(
                self.text.n(
                    "{n} more agency: see the address below.", "{n} more agencies: see the address below.", left
                )
            )

    def _agency(self, held: Sequence[Agreement], *, ended: bool) -> tuple[str, str]:
        """Return an agency with its agreements as HTML and as words."""
        text = self.text
        told = "; ".join(f"{one.model_name} · {one.when}" for one in held)
        plain = not ended and held[0].extent in (  # the heading says it
            text.t("statewide"), text.t("whole territory"), text.t("whole district"), text.t("whole county"),
        )  # fmt: skip
        extent = "" if plain else f" ({held[0].extent})"
        html, words = f"{escape(extent)}: {escape(told)}", f"{held[0].agency_name}{extent}: {told}"
        notes = dict.fromkeys((one.note, one.note_language) for one in held if one.note and ended and self.fit.notes)
        for note, language in notes:
            html += f'. <span class="note" lang="{language}">{escape(note.rstrip("."))}</span>'
            words += f". {note}"
        name = escape(held[0].agency_name)
        # Bold letters are a little wider.
        return f'<span class="agency">{name}</span>{html}.', words + "." * (1 + len(held[0].agency_name) // 8)

    def _by_model(self, agencies: Sequence[list[Agreement]]) -> list[list[Agreement]]:
        """Write agencies under their models, where several have the same, each with its day; return the others."""
        groups, others = alike(agencies, self.text)
        for lead, members in groups:
            self.line(f"{lead}:", "model", around=0.3)
            self.entries([self._dated(held) for held in members])
        if groups and others:
            self.line(self.text.t("Others:"), "model", around=0.3)
        return others

    def _dated(self, held: Sequence[Agreement]) -> tuple[str, str]:
        """Return an agency with the days it signed."""
        name, words = dated_agency(held, self.text)
        wide = "." * (1 + len(name) // 8)
        return f'<span class="agency">{escape(name)}</span>{escape(words)}', f"{name}{words}{wide}"

    def models(self, meanings: Iterable[tuple[str, str]]) -> None:
        """Write what each model on the page lets officers do, once."""
        told = sorted(dict.fromkeys(meanings))
        if told:
            self.heading(self.text.t("What the models let officers do"))
            self.parts.append("<dl>")
            for name, meaning in told:
                html = f"<div><dt>{escape(name)}:</dt> <dd>{escape(meaning)}.</dd></div>"
                self.put(html, f"{name}: {meaning}.....", around=0.23)
            self.parts.append("</dl>")

    def meaning(self, paragraphs: Iterable[str]) -> None:
        """Write what the answer means and does not mean."""
        self.heading(self.text.t("What this does and does not mean"))
        for paragraph in paragraphs:
            self.line(paragraph)

    def foot(self, sources: str, address: str, printed: dt.date) -> None:
        """Write where the page comes from, the link of its page and the code that leads there."""
        text = self.text
        code = segno.make(address, micro=False, error="m")
        drawing = code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, dark="#000")
        label = escape(text.t("QR code of the address of this page"))
        drawing = drawing.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
        lines = (
            f"{sources} {text.t('This is information, not legal advice.')}",
            text.t("Printed on {day}. The newest answer, with the memorandums, is at:", day=text.day(printed)),
        )
        code_wide = max(7.2, 71 / self.fit.size)
        ems = self.wide - code_wide - _GAP / self.fit.size
        told = sum(line_count(line, ems) * self.leading + 0.32 for line in (*lines, address))
        self.high += max(told, code_wide) + 1.09 + 2 / self.fit.size
        link = f'<p><a href="{escape(address)}">{escape(address)}</a></p>'
        shown = "".join(f"<p>{escape(line)}</p>" for line in lines)
        self.parts.append(f"<footer><div>{shown}{link}</div>{drawing}</footer>")

    def head(self, kind: str, title: str, verdict: str, words: str, warning: str, bad: Sequence[BadValue]) -> None:
        """Write what the page is of, the answer as HTML and as words, how old that is and what was not understood."""
        self.line(kind, "kind", around=0.18)
        self.put(f"<h1>{escape(title)}</h1>", title, size=1.9, bold=True, around=0.36, line=1.15)
        self.put(f'<p class="verdict">{verdict}</p>', words, size=1.36, indent=2, around=0.45)
        if warning:
            self.put(f'<p class="warning">{escape(warning)}</p>', warning, bold=True, indent=2, around=1.4)
        if bad:
            told = not_understood(bad, self.text)
            self.put(f"<p><strong>{escape(told)}</strong></p>", told, bold=True)

    def page(self, title: str, address: str, font: str) -> str:
        """Return the whole HTML page."""
        text = self.text
        # The printed address is short, and opens in the language of the browser that opens it.
        size = f"font-size: {self.fit.size}pt; line-height: {self.leading};"
        back = address if "lang=" in address else f"{address}{'&' if '?' in address else '?'}lang={text.language}"
        return (
            f'<!doctype html><html lang="{text.language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="robots" content="noindex"><title>{escape(title)}</title>'
            f"<style>{font_face(font)}{_STYLE}@media print {{ body {{ {size} }} }}</style>"
            f'</head><body><nav class="screen" aria-label="{escape(text.t("This sheet"))}">'
            f'<button type="button">{escape(text.t("Print"))}</button>'
            f'<a href="{escape(back)}">{escape(text.t("Back to the map and the full answer"))}</a></nav><main>'
            f"{''.join(self.parts[:-1])}</main>{self.parts[-1]}{_PRINT}</body></html>"
        )


def alike(
    agencies: Sequence[list[Agreement]], text: Text
) -> tuple[list[tuple[str, list[list[Agreement]]]], list[list[Agreement]]]:
    """Return agencies by their models, where several have the same and all are active, and the others.

    Each group has the words that lead it; what they say is not said again of each agency.
    """
    found: dict[tuple[str, ...], list[list[Agreement]]] = {}
    others: list[list[Agreement]] = []
    for held in agencies:
        active = all(
            one.signed and one.when == f"{text.t('Signed {day}', day=text.day(one.signed))} · {text.t('active')}"
            for one in held
        )
        if active:
            found.setdefault(tuple(dict.fromkeys(one.model_name for one in held)), []).append(held)
        else:
            others.append(held)
    groups = []
    for names, members in sorted(found.items(), key=lambda pair: -len(pair[1])):
        if len(members) == 1:
            others += members
            continue
        lead = text.n(
            "{models}, active: {n} agency, with the day it signed",
            "{models}, active: {n} agencies, with the day each signed",
            len(members), models=text.listing(list(names)),
        )  # fmt: skip
        groups.append((lead, members))
    return groups, others


def dated_agency(held: Sequence[Agreement], text: Text) -> tuple[str, str]:
    """Return an agency's name, and where it is and the days it signed."""
    name = held[0].agency_name
    place = held[0].extent.partition(": ")[2]
    where = f" ({place})" if place and place not in name else ""
    days = text.listing(list(dict.fromkeys(text.day(one.signed) for one in held if one.signed)))
    return name, f"{where} · {days}"


def _fitted(write: Callable[[_Paper], None], fits: Sequence[_Fit], text: Text) -> _Paper:
    """Return the first page that fits, the roomiest way first."""
    for fit in fits:
        paper = _Paper(fit, text)
        write(paper)
        if paper.fits:
            break
    return paper


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
    paper = _fitted(partial(_county, told, address, printed, bad, warning), _FITS, text)
    return paper.page(text.t("{county}: 287(g) agreements", county=told.county), address, font)


def _county(
    told: Answer, address: str, printed: dt.date, bad: Sequence[BadValue], warning: str, paper: _Paper
) -> None:  # fmt: skip
    text, fit = paper.text, paper.fit
    paper.head(
        text.t("Does my county have a 287(g) agreement?"), told.county, told.sentence_html, told.sentence, warning, bad
    )
    for line in (*(told.past if fit.past else ()), *told.cautions):
        paper.line(line)
    for heading, agreements in answer_groups(told, text):
        paper.agencies(heading, agreements)
    paper.models((one.model_name, one.meaning) for one in told.agreements)
    paper.meaning(told.meaning)
    if told.ended and fit.past:
        paper.agencies(text.t("Agreements that have ended"), told.ended, ended=True)
        if not fit.notes and any(one.note for one in told.ended):
            paper.line(text.t("Notes on these, with their sources: see the address below."))
    elif told.ended:
        paper.heading(text.t("Agreements that have ended"))
        paper.line(
            text.n(
                "{n} agreement of this place has ended. When, and how that is known: see the address below.",
                "{n} agreements of this place have ended. When, and how that is known: see the address below.",
                len(told.ended),
            )
        )
    if told.pending:
        paper.heading(text.t("Applications on ICE’s pending lists (an application is not an agreement)"))
        if fit.applied:
            words = [application_words(one, text) for one in told.pending]
            paper.entries([(escape(line), line) for line in words])
        else:
            paper.line(
                text.n(
                    "{n} application: see the address below.", "{n} applications: see the address below.",
                    len(told.pending),
                )
            )  # fmt: skip
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
    paper.foot(sources, address, printed)


def state_sheet(
    record: LoadedRecord,
    abbr: str,
    as_of: dt.date | None,
    address: str,
    text: Text,
    printed: dt.date,
    bad: Sequence[BadValue] = (),
    font: str = "",
) -> str:
    """Return the sheet of one state or territory as a whole HTML page (see `local_sheet`).

    Args:
        record: The record.
        abbr: Postal abbreviation.
        as_of: The day it speaks of; None for the newest list.
        address: Where the map and table of the state are.
        text: Language.
        printed: The day the sheet is made.
        bad: Parts of the sheet's own address that mean nothing.
        font: Address of the page's font, or "".
    """
    paper = _fitted(partial(_state, record, abbr, as_of, address, printed, bad), _STATE_FITS, text)
    return paper.page(text.t("{county}: 287(g) agreements", county=state_words(abbr, text)), address, font)


def _state(
    record: LoadedRecord, abbr: str, as_of: dt.date | None, address: str, printed: dt.date, bad: Sequence[BadValue],
    paper: _Paper,
) -> None:  # fmt: skip
    text, fit = paper.text, paper.fit
    filters = Filters(states=(abbr,), as_of=as_of)
    mask = filter_mask(record.agreements, filters)
    told = state_answer(record, abbr, as_of, text)
    warning = record.age_warning(filters, printed, text)
    paper.head(text.t("Map of 287(g) agreements"), told.state, told.sentence_html, told.sentence, warning, bad)
    counts = record.index.counts(mask)
    facts = [
        text.n("{n} agreement", "{n} agreements", counts.agreements),
        text.n("{n} agency", "{n} agencies", counts.agencies),
        text.n("{n} county", "{n} counties", counts.counties),
    ]
    paper.put(f'<p class="counted">{escape(" · ".join(facts))}</p>', " · ".join(facts), bold=True)
    for line in (*(told.past if fit.past else ()), *told.cautions):
        paper.line(line)
    if told.statewide:
        paper.agencies(across_heading(state_fips(abbr), text), told.statewide)
    rows = record.agreements[mask]
    levels = record.index.summarize(mask, as_of).levels
    geoids = np.array(record.index.geoids)
    for level, parts in (
        (Participation.COUNTY_WIDE, (Coverage.COUNTY, Coverage.MULTI_COUNTY)),
        (Participation.LOCAL_ONLY, (Coverage.PART_OF_COUNTY,)),
    ):
        if fit.local:
            heading = {
                Participation.COUNTY_WIDE: text.t("Agencies of a whole county or several"),
                Participation.LOCAL_ONLY: text.t("Agencies in part of a county"),
            }[level]
            names = sorted(set(rows.loc[rows["coverage"].isin(parts), "agency_name"]))
        else:
            heading = {
                Participation.COUNTY_WIDE: text.t("Counties with an agency covering the whole county"),
                Participation.LOCAL_ONLY: text.t("Counties with only agencies in part of the county"),
            }[level]
            found = geoids[levels == LEVELS.index(level)]
            names = sorted(_short(geoid) for geoid in found if state_abbr(geoid) == abbr)
        if not names:
            continue
        paper.heading(f"{heading} ({text.number(len(names))})")
        shown = names if fit.named is None else names[: fit.named]
        if shown:
            paper.line("; ".join(shown))
        if len(shown) < len(names):
            left = len(names) - len(shown)
            paper.line(text.n("{n} more: see the address below.", "{n} more: see the address below.", left))
    if counts.agreements:
        paper.line(
            text.t("Each agency with its county, model, day and memorandum: see the table at the address below.")
        )
    held = [model for model in Model if (rows["model"] == model).any()]
    paper.models((model_name(model, text), model_meaning(model, text)) for model in held)
    paper.meaning(told.meaning[1:] if told.local else told.meaning)  # on paper nothing can be typed
    paper.foot(text.t("Source: ICE’s published lists of participating agencies."), address, printed)


def _short(geoid: str) -> str:
    """Return a county's name without its kind."""
    name = counties()[geoid].name
    for kind in (" County", " Parish", " Municipio"):
        name = name.removesuffix(kind)
    return name


def page_address(request: Request, place: str, as_of: dt.date | None, text: Text) -> str:
    """Return the address of the page with a place's answer, on the host the request was sent to."""
    county = place in county_geoids()
    query = {
        "county" if county else "state": place,
        "as_of": as_of.isoformat() if as_of else "",
        "lang": text.language,
    }
    said = {name: value for name, value in query.items() if value and (name, value) != ("lang", "en")}
    # An address with a day but no view would lead to the map.
    asked = {**said, "view": "find"} if as_of and county else said
    return f"{base_address(request.scope)}?{urlencode(asked)}"


async def _serve_sheet(request: Request) -> Response:
    place = request.path_params["place"]
    if place not in county_geoids() and place not in STATE_ABBRS:
        return PlainTextResponse("There is no county or state with this code.", 404)
    query = parse_qs(request.url.query)
    language = language_asked(request)
    text = text_in(language)
    filters, bad = read_filters({"as_of": query["as_of"]} if query.get("as_of") else {})
    if language not in LANGUAGES:
        bad.append(BadValue("lang", language))

    def made() -> str:
        record, today = current_record(), dt.date.today()
        address, font = page_address(request, place, filters.as_of, text), page_font()
        font = font and f"../{font}"
        if place in STATE_ABBRS:
            return state_sheet(record, place, filters.as_of, address, text, today, bad, font)
        told = answer(record, place, filters.as_of, text, read_pending())
        return local_sheet(told, address, text, today, bad, font, record.age_warning(filters, today, text))

    return Response(
        await anyio.to_thread.run_sync(made),
        media_type=HTML,
        headers={"Cache-Control": "no-store", "Content-Security-Policy": page_policy(_PRINT.encode())},
    )


def sheet_routes() -> list[BaseRoute]:
    """Return the route of the sheet: `/sheet/37119?lang=es&as_of=2015-01-01`, `/sheet/NC`."""
    return [Route("/sheet/{place}", _serve_sheet)]
