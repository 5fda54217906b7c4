"""What `map-app lookup` prints: every place found, and what the record shows for each of its counties."""

from __future__ import annotations

import datetime as dt
from typing import Any

from geo.fips import counties, county_geoids, state_abbr, state_fips, state_name
from geo.search import Kind, Match, Status, Why
from map_app.answer import answer, nothing_found, state_sentence
from map_app.filters import Filters, filter_mask
from map_app.finding import find
from map_app.record import LoadedRecord
from map_app.text import Text, text_in
from map_app.text.places import county_title
from map_app.vocabulary import Coverage, Participation


def lookup(record: LoadedRecord, query: str, as_of: dt.date | None = None) -> dict[str, Any]:
    """Return what `map-app lookup --json` prints.

    Returns:
        `query`; `status` (one, several, none, too_short); `as_of` (the day asked for, else the day of the newest list,
        YYYY-MM-DD, or None); `matches`, one per county (or state) of what was found, each with `geoid`, `name`,
        `state_abbr`, `kind` and `place` (what was found, as "ZIP code 28036"), `participates` (county_wide, local_only,
        statewide_only, none_listed), `level` (which also tells could_not_tell), `sentence`, `agreements` (ids of those
        that can act there that day), `may_reach` (further counties the place may lie in) and `did_you_mean` (whether
        it is a suggestion, since nothing is called exactly so).
    """
    result = find(record, query, limit=None)
    text = text_in("en")
    entries: list[dict[str, Any]] = []
    for match, suggested in (
        *((m, m.why is Why.SPELLING) for m in result.matches),
        *((m, True) for m in result.suggestions),
    ):
        for geoid in match.geoids or (match.geoid or "",):
            if any(e["geoid"] == geoid and e["kind"] == match.kind and e["place"] == _place(match) for e in entries):
                continue
            entries.append(_lookup_entry(record, match, geoid, as_of, suggested, text))
    day = as_of or record.newest_list
    return {
        "query": result.query,
        "status": str(result.status),
        "as_of": day.isoformat() if day else None,
        "matches": entries,
    }


def _place(match: Match) -> str:
    return f"ZIP code {match.name}" if match.kind is Kind.ZIP else match.label()


def _lookup_entry(
    record: LoadedRecord, match: Match, geoid: str, as_of: dt.date | None, suggested: bool, text: Text
) -> dict[str, Any]:
    if geoid in county_geoids():
        told = answer(record, geoid, as_of, text)
        name, level, participates = counties()[geoid].name, told.level.value, told.participation
        agreements, sentence = [one.agreement_id for one in told.agreements], told.sentence
    else:
        name = state_name(match.state_abbr)
        geoid = state_fips(match.state_abbr)
        rows = record.agreements[filter_mask(record.agreements, Filters(states=(match.state_abbr,), as_of=as_of))]
        agreements = rows["agreement_id"].tolist()
        kinds = set(rows["coverage"])
        across = Coverage.STATEWIDE in kinds
        participates = (
            Participation.STATEWIDE_ONLY
            if across
            else Participation.LOCAL_ONLY
            if len(rows)
            else Participation.NONE_LISTED
        )
        level = "statewide" if across else "some_places" if len(rows) else "none_found"
        sentence = state_sentence(record, match.state_abbr, as_of, text)
    return {
        "geoid": geoid,
        "name": name,
        "state_abbr": state_abbr(geoid),
        "kind": str(match.kind),
        "place": _place(match),
        "participates": str(participates),
        "level": level,
        "sentence": sentence,
        "agreements": agreements,
        "may_reach": list(match.touched),
        "did_you_mean": suggested,
    }


def lookup_text(record: LoadedRecord, query: str, as_of: dt.date | None = None, text: Text | None = None) -> str:
    """Return what `map-app lookup` prints for people: each place found, its sentence and the agencies behind it."""
    text = text or text_in("en")
    result = find(record, query, limit=None)
    if result.status is Status.TOO_SHORT:
        return text.t("Type at least three letters, or a five-digit ZIP code.")
    shown = result.matches or result.suggestions
    if not shown:
        return nothing_found(text)
    lines: list[str] = []
    if not result.matches or all(match.why is Why.SPELLING for match in result.matches):
        lines.append(text.t("Nothing is called exactly so. Did you mean:"))
    for match in shown:
        title = text.t("ZIP code {code}", code=match.name) if match.kind is Kind.ZIP else match.label(text.language)
        lines.append(title)
        if not match.geoids:
            lines.append("  " + state_sentence(record, match.state_abbr, as_of, text))
        for geoid in match.geoids:
            told = answer(record, geoid, as_of, text)
            lines += [f"  {told.county}: {told.sentence}", *(f"    {line}" for line in (*told.past, *told.cautions))]
            lines += [f"    - {one.agency_name}: {one.model_name}. {one.when}" for one in told.agreements]
        if match.kind is Kind.ZIP and not match.complete:
            lines.append("  " + text.t("Only the main county of this ZIP code is known; it may reach into others."))
        if match.touched:
            names = text.listing([county_title(geoid, text) for geoid in match.touched])
            lines.append("  " + text.t("Its ZIP codes also reach into {counties}.", counties=names))
    return "\n".join(lines)
