"""What `map-app lookup` and the search box find: places and agencies, and what the record shows for each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from geo.fips import counties, county_geoids, state_abbr, state_fips, state_name
from geo.search import (
    DEFAULT_LIMIT,
    Kind,
    Match,
    SearchResult,
    Status,
    Why,
    fold,
    search,
    split_state,
    with_agencies,
)
from map_app.answer import RecordKey, answer, state_answer
from map_app.record import LoadedRecord
from map_app.text import Text, text_in
from map_app.text.places import county_title, county_words
from map_app.vocabulary import Participation

#: Words that say an agency is meant, not a place alone; Spanish ones with the English word names use.
_AGENCY_WORDS: Final[dict[str, str]] = {
    "sheriff": "sheriff", "sheriffs": "sheriff", "alguacil": "sheriff", "alguaciles": "sheriff", "police": "police",
    "policia": "police", "pd": "police", "so": "sheriff", "constable": "constable", "constables": "constable",
    "marshal": "marshal", "marshals": "marshal", "jail": "jail", "carcel": "jail", "prison": "prison",
    "corrections": "corrections", "correctional": "corrections", "correccionales": "corrections",
    "detention": "detention", "university": "university", "universidad": "university", "college": "college",
    "airport": "airport", "patrol": "patrol", "attorney": "attorney", "fiscal": "attorney", "trooper": "patrol",
    "troopers": "patrol", "prosecutor": "attorney", "guard": "guard", "wildlife": "wildlife",
    # Townships are known by their agencies alone: places are those the post office names.
    "township": "township", "townships": "township", "twp": "township",
}  # fmt: skip
#: Words of agency names that tell no agency from another.
_FILLERS: Final = frozenset(
    {"s", "office", "offices", "department", "departments", "dept", "departamento", "oficina", "of", "the", "de", "del",
     "la", "el", "los", "las", "and", "y", "en", "in"}
)  # fmt: skip


@dataclass(frozen=True)
class _Agencies:
    """The agencies of a record, as tokens to compare with: of their names, and told of by name and place."""

    matches: tuple[Match, ...]
    tokens: tuple[frozenset[str], ...]
    texts: tuple[str, ...]
    places: tuple[str, ...]
    told: tuple[frozenset[str], ...]


@lru_cache(maxsize=1)
def _agencies(record_key: RecordKey) -> _Agencies:
    """Return the agencies of a record: one each, over all its agreements."""
    frame = record_key.record.agreements.sort_values(["agency_id", "signed_date"], na_position="first")
    counties_of: dict[str, dict[str, None]] = {}
    for agency_id, listed in zip(frame["agency_id"], frame["county_geoids"], strict=True):
        counties_of.setdefault(agency_id, {}).update(dict.fromkeys(filter(None, listed.split(";"))))
    newest = frame.drop_duplicates("agency_id", keep="last")
    matches = tuple(
        Match(Kind.AGENCY, name, state, tuple(counties_of[agency_id]), agency_id=agency_id)
        for agency_id, name, state in zip(newest["agency_id"], newest["agency_name"], newest["state_abbr"], strict=True)
    )
    tokens = tuple(frozenset(_agency_tokens(match.name)) for match in matches)
    named = frame.groupby("agency_id")["place_name"].agg(lambda held: " ".join(dict.fromkeys(filter(None, held))))
    places = tuple(str(named[match.agency_id]) for match in matches)
    texts = tuple(" ".join(sorted(found)) for found in tokens)
    told = tuple(found.union(_agency_tokens(place)) for found, place in zip(tokens, places, strict=True))
    return _Agencies(matches, tokens, texts, places, told)


def _agency_tokens(name: str) -> list[str]:
    """Return the telling words of an agency's name, agency words in one form."""
    return [_AGENCY_WORDS.get(word, word) for word in _agency_words(name) if word not in _FILLERS]


def _agency_words(name: str) -> list[str]:
    # "Sheriff's" folds to "sheriffs", "Sheriff`s" too.
    return ["st" if word == "saint" else word for word in fold(name).split()]


def agency_tables(record: LoadedRecord) -> dict[str, Any]:
    """Return the agencies of a record and the words that tell one is meant, JSON-ready (see `geo.search_tables`)."""
    known = _agencies(RecordKey(record))
    return {
        "agencies": [
            [match.name, match.state_abbr, list(match.geoids), place]
            for match, place in zip(known.matches, known.places, strict=True)
        ],
        "agencyWords": _AGENCY_WORDS,
        "fillers": sorted(_FILLERS),
        "spelledOften": list(_SPELLED_OFTEN),
    }


def find(record: LoadedRecord, query: str, limit: int | None = DEFAULT_LIMIT) -> SearchResult:
    """Return the places and agencies a text names.

    Agencies are looked for where a word such as "sheriff", "police" or "policía" stands in the text, or where no place
    is called so. An agency with no agreement on record is not known here: the place in its name is found instead.
    """
    places = search(query, limit)
    words = _agency_words(query)
    if places.status is Status.NONE:
        words = [_agency_word_near(word) for word in words]
    elif not any(word in _AGENCY_WORDS for word in words):
        return places
    agencies = _find_agencies(record, words)
    if agencies:
        return with_agencies(places, agencies, limit)
    if places.matches or not any(word in _AGENCY_WORDS for word in words):
        return places
    # An agency with no agreement on record: the place it is of, as if that had been typed.
    place = search(" ".join(word for word in re.split(r"\s+", query) if not _is_agency_word(word)), limit)
    if place.matches or place.suggestions:
        return replace(place, query=places.query)
    return with_agencies(places, _agencies_near(record, words), limit)


def _agency_word_near(word: str) -> str:
    """Return the agency word a word misspells ("sherrif"), or the word itself."""
    if len(word) < 5 or word in _AGENCY_WORDS:
        return word
    near = process.extractOne(word, _SPELLED_OFTEN, scorer=OSA.normalized_similarity, score_cutoff=0.7)
    return near[0] if near else word


#: Not "marshal": Marshall is a name of many places.
_SPELLED_OFTEN: Final = (
    "sheriff",
    "sheriffs",
    "police",
    "policia",
    "constable",
    "corrections",
    "detention",
    "alguacil",
)


def _is_agency_word(word: str) -> bool:
    folded = fold(word).strip()
    folded = _agency_word_near(folded)
    return folded in _AGENCY_WORDS or folded in ("office", "department", "dept", "departamento", "oficina")


def _wanted(words: Sequence[str]) -> tuple[str, list[str]]:
    """Return the state at the end of folded words, and the telling words before it; none where all name no agency."""
    state, rest = split_state(tuple(words))
    wanted = [_AGENCY_WORDS.get(word, word) for word in rest if word not in _FILLERS and word != "condado"]
    telling = any(word not in _AGENCY_WORDS.values() and word != "county" for word in wanted)
    return state, wanted if telling else []


def _find_agencies(record: LoadedRecord, words: Sequence[str]) -> list[Match]:
    """Return the agencies whose name, state and place hold every telling word, the shortest name first."""
    known = _agencies(RecordKey(record))
    # "Florida Highway Patrol": the state is part of the name as often as it says where.
    for state, wanted in (_wanted(words), ("", [_AGENCY_WORDS.get(w, w) for w in words if w not in _FILLERS])):
        if len(wanted) < 2 and not state:
            continue
        found = [
            i
            for i, match in enumerate(known.matches)
            if wanted and (not state or match.state_abbr == state) and known.told[i].issuperset(wanted)
        ]
        if found:
            found.sort(key=lambda i: (len(known.tokens[i]), known.matches[i].state_abbr, known.matches[i].name))
            return [known.matches[i] for i in found]
    return []


def _agencies_near(record: LoadedRecord, words: Sequence[str]) -> list[Match]:
    """Return the agencies spelled nearly so, nearest first."""
    known = _agencies(RecordKey(record))
    state, wanted = _wanted(words)
    if not wanted:
        return []
    pool = {i: known.texts[i] for i, match in enumerate(known.matches) if not state or match.state_abbr == state}
    near = process.extract(" ".join(sorted(wanted)), pool, scorer=fuzz.ratio, limit=5, score_cutoff=85)
    return [replace(known.matches[i], why=Why.SPELLING) for _, _, i in near]


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
        whole = state_answer(record, match.state_abbr, as_of, text)
        agreements, sentence, across = list(whole.agreement_ids), whole.sentence, bool(whole.statewide)
        participates = (
            Participation.STATEWIDE_ONLY
            if across
            else Participation.LOCAL_ONLY
            if agreements
            else Participation.NONE_LISTED
        )
        level = "statewide" if across else "some_places" if agreements else "none_found"
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


def each_once(matches: Iterable[Match]) -> list[Match]:
    """Return matches without the places a town shares with a county of the same name, which stands before the town.

    "St. Louis" is a town, a city that is its own county, and a county: each place is told of once.
    """
    listed = list(matches)
    named = {geoid for match in listed if match.kind is Kind.COUNTY for geoid in match.geoids}
    shared = named & {geoid for match in listed if match.kind is Kind.TOWN for geoid in match.geoids}
    alone = [
        replace(match, geoids=tuple(geoid for geoid in match.geoids if geoid not in shared))
        if match.kind is Kind.TOWN
        else match
        for match in listed
    ]
    left = [match for old, match in zip(listed, alone, strict=True) if match.geoids or not old.geoids]
    return sorted(left, key=lambda match: not (match.kind is Kind.COUNTY and shared.intersection(match.geoids)))


def touched_words(geoids: Iterable[str], text: Text) -> str:
    """Return the counties a place reaches into, with their state where that is not all the same."""
    listed = list(geoids)
    name = county_words if len({geoid[:2] for geoid in listed}) == 1 else county_title
    return text.listing([name(geoid, text, in_sentence=True) for geoid in listed])


def too_short(text: Text) -> str:
    """Return what to do when too little was typed to search for."""
    return text.t("Type at least three letters, or a five-digit ZIP code.")


def nothing_found(text: Text) -> str:
    """Return what to try when nothing was found."""
    return text.t(
        "Nothing was found. Try a five-digit ZIP code, a town with its state (Davidson, NC) or a county "
        "(Maricopa County)."
    )


def lookup_text(record: LoadedRecord, query: str, as_of: dt.date | None = None, text: Text | None = None) -> str:
    """Return what `map-app lookup` prints for people: each place found, its sentence and the agencies behind it."""
    text = text or text_in("en")
    result = find(record, query, limit=None)
    if result.status is Status.TOO_SHORT:
        return too_short(text)
    shown = result.matches or result.suggestions
    if not shown:
        return nothing_found(text)
    lines: list[str] = []
    if not result.matches or all(match.why is Why.SPELLING for match in result.matches):
        lines.append(text.t("Nothing is called exactly so. Did you mean:"))
    for match in each_once(shown):
        title = text.t("ZIP code {code}", code=match.name) if match.kind is Kind.ZIP else match.label(text.language)
        if match.kind is Kind.COUNTY:
            title = county_title(match.geoids[0], text)
        lines.append(title)
        if not match.geoids:
            whole = state_answer(record, match.state_abbr, as_of, text)
            lines += [f"  {whole.sentence}", *(f"    {line}" for line in whole.cautions)]
            lines += [f"    - {one.agency_name}: {one.model_name}. {one.when}" for one in whole.statewide]
        for geoid in match.geoids:
            told = answer(record, geoid, as_of, text)
            of_place = "" if told.county == title else f"{told.county}: "
            lines += [f"  {of_place}{told.sentence}", *(f"    {line}" for line in (*told.past, *told.cautions))]
            lines += [f"    - {one.agency_name}: {one.model_name}. {one.when}" for one in told.agreements]
        if match.kind is Kind.ZIP and not match.complete:
            lines.append("  " + text.t("Only the main county of this ZIP code is known; it may reach into others."))
        if match.touched:
            names = touched_words(match.touched, text)
            lines.append("  " + text.t("Its ZIP codes also reach into {counties}.", counties=names))
    return "\n".join(lines)
