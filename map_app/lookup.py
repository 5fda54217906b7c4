"""What `map-app lookup` and the search box find: places and agencies, and what the record shows for each."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from geo.fips import STATES, counties, county_geoids, state_abbr, state_fips, state_name
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
from map_app.vocabulary import Coverage, Participation

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
#: Words for a kind of place that people add to the name of an agency or leave out.
_ADDED: Final = frozenset({"county", "condado", "parish", "city", "ciudad"})
#: Words that say what kind of place an agency is of, or how far it acts: alone they tell no agency from another.
_OF_PLACES: Final = _ADDED | {"town", "village", "borough", "municipal", "metro", "metropolitan", "public", "safety"}
#: Words of the names of agencies of a whole state, besides its name.
_OF_STATES: Final = frozenset({"state", "states", "highway", "estatal", "estado", "public", "safety"})
#: Abbreviations and other names of agencies, each with what it stands for and how that is known.
_NAMES_CSV: Final = Path(__file__).with_name("agency_names.csv")


@dataclass(frozen=True)
class _Agencies:
    """The agencies of a record, as tokens to compare with: of their names, and told of by name and place.

    The place of an agency of one whole county is that county too: Duval County's sheriff is Jacksonville's.
    """

    matches: tuple[Match, ...]
    tokens: tuple[frozenset[str], ...]
    texts: tuple[str, ...]
    places: tuple[str, ...]
    told: tuple[frozenset[str], ...]
    initials: tuple[frozenset[str], ...]


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
    whole = set(frame.loc[frame["coverage"] == Coverage.COUNTY, "agency_id"])
    places = tuple(
        counties()[match.geoids[0]].name
        if match.agency_id in whole and len(match.geoids) == 1
        else str(named[match.agency_id])
        for match in matches
    )
    texts = tuple(" ".join(sorted(found)) for found in tokens)
    told = tuple(found.union(_agency_tokens(place)) for found, place in zip(tokens, places, strict=True))
    return _Agencies(matches, tokens, texts, places, told, tuple(_initials(match.name) for match in matches))


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
        "ofPlaces": sorted(_OF_PLACES),
        "added": sorted(_ADDED),
        "ofCounties": sorted(_OF_COUNTIES),
        "spelledOften": list(_SPELLED_OFTEN),
        "ofStates": sorted(_OF_STATES),
        "likelier": _LIKELIER,
        "written": {written: [list(one) for one in meanings] for written, meanings in _written().items()},
        "stateNames": {state.abbr: state.name for state in STATES},
    }


def find(record: LoadedRecord, query: str, limit: int | None = DEFAULT_LIMIT) -> SearchResult:
    """Return the places and agencies a text names.

    Agencies are looked for where a word such as "sheriff", "police" or "policía" stands in the text, or where no place
    is called so; abbreviations and other names are those of `agency_names.csv`. Of an agency with no agreement on
    record, the place in its name is found, with `unknown_agency`.
    """
    places = search(query, limit)
    words = _agency_words(query)
    if places.status is Status.NONE:
        words = [_agency_word_near(word) for word in words]
    elif not any(word in _AGENCY_WORDS for word in words):
        return places
    agencies = _so_called(_find_agencies(record, words), words)
    loose: list[Match] = []
    if len(agencies) == 1 and not places.matches and not _is_meant(record, agencies[0], words):
        # Nobody may be led to the answer of a place that only shares a word with what was typed.
        loose, agencies = [replace(agencies[0], why=Why.SPELLING)], []
    meant = [] if agencies else _meant(_agency_words(query))
    for one in meant:
        agencies += [found for found in _called(record, one) if found not in agencies]
    if agencies:
        if meant:  # what only begins like an abbreviation, or is near one, is not what was asked for
            return with_agencies(replace(places, suggestions=()), agencies, limit)
        if not places.matches:
            likelier = _likelier(query, words, agencies)
            others = _other_counties(query, words, [*likelier, *agencies])
            places, agencies = replace(places, matches=likelier), [*agencies, *others]
        return with_agencies(places, agencies, limit)
    if places.matches or not (meant or any(word in _AGENCY_WORDS for word in words)):
        near = loose or _with_initials(record, words)
        if not near and not places.matches and not places.suggestions:
            near = _agencies_near(record, words)
        return with_agencies(places, near, limit)
    # An agency with no agreement on record: the place it is of, as if that had been typed.
    named = next((_own_name(one) for one in meant if one.by_name), query)
    state, left = _state_named(_agency_words(named)), _without_agency_words(named)
    near = loose or _agencies_near(record, words)
    if not left:  # "sheriff" alone names none
        return with_agencies(places, near, limit)
    place = search(f"state of {state}" if state else left, limit)
    if place.matches:
        offered = (*near, *place.suggestions)[:limit]
        return replace(place, query=places.query, suggestions=offered, unknown_agency=True)
    if place.suggestions:
        return with_agencies(replace(place, query=places.query), near, limit)
    near_ones = with_agencies(places, near, limit)
    if near_ones.suggestions:
        return near_ones
    at = _state_at(tuple(words))[0]
    whole = search(f"state of {state_name(at)}", limit) if at else near_ones
    return replace(whole, query=places.query, unknown_agency=True)


#: How many places stand before the agencies found.
_LIKELIER: Final = 3


def _without_agency_words(query: str) -> str:
    left = [word for word in query.split() if not _is_agency_word(word)]
    while left and fold(left[0]).strip() in ("de", "del", "of", "the"):  # "policía de Los Ángeles"
        left = left[1:]
    return " ".join(left)


def _likelier(query: str, words: Sequence[str], agencies: Sequence[Match]) -> tuple[Match, ...]:
    """Return the places named without a state that are likelier meant than those of the agencies of that name.

    "Houston police" are those of Houston, Texas, to most people; on record are those of Houston, Missouri.
    """
    if any(not match.geoids for match in agencies):
        return ()
    if state := _state_named(words):  # "Texas sheriffs": Texas before the counties of that name
        return search(f"state of {state}", None).matches
    if _state_at(tuple(words))[0]:
        return ()
    held = {geoid for match in agencies for geoid in match.geoids}
    places = search(_without_agency_words(query), None).matches
    known = next((i for i, match in enumerate(places) if held.intersection(match.geoids)), 0)
    return places[: min(known, _LIKELIER)]


#: Words of agencies that are most often of a county.
_OF_COUNTIES: Final = frozenset({"sheriff", "jail", "corrections", "detention", "county", "condado", "parish"})


def _other_counties(query: str, words: Sequence[str], found: Sequence[Match]) -> tuple[Match, ...]:
    """Return the other counties of the name where no state is typed and a county's agency is meant.

    "Davidson County Sheriff" is on record for Tennessee; North Carolina has one too, and is not to be
    answered for by it.
    """
    if _OF_COUNTIES.isdisjoint(_AGENCY_WORDS.get(word, word) for word in words) or _state_at(tuple(words))[0]:
        return ()
    held = {geoid for match in found for geoid in match.geoids}
    places = search(_without_agency_words(query), None).matches
    return tuple(match for match in places if match.kind is Kind.COUNTY and held.isdisjoint(match.geoids))


def _so_called(agencies: list[Match], words: Sequence[str]) -> list[Match]:
    """Return the agencies found; where "state police" and the like of one state were typed, only those called so.

    Police of Florida State University are not Florida's state police.
    """
    state, rest = _state_at(tuple(words))
    written = " ".join(rest)
    if not state or written not in _written():
        return agencies
    return [match for match in agencies if written in fold(match.name)]


class _Meaning(NamedTuple):
    """What a name of `agency_names.csv` stands for: words of an agency's name, its state, whether that one agency."""

    means: str
    state: str
    by_name: bool


@cache
def _written() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return what the names of `agency_names.csv` stand for, each with its state or ""."""
    held: dict[str, list[tuple[str, str]]] = {}
    with _NAMES_CSV.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            written = " ".join(word for word in fold(row["written"]).split() if word not in _FILLERS)
            held.setdefault(written, []).append((row["means"], row["state_abbr"]))
    return {written: tuple(meanings) for written, meanings in held.items()}


def _meant(words: Sequence[str]) -> list[_Meaning]:
    """Return what an abbreviation or another name stands for: of the state typed, and first what is only there."""
    state, rest = _state_at(tuple(words))
    written = " ".join(word for word in rest if word not in _FILLERS)
    alone = " " not in written
    own, general = [], []
    for means, of_state in _written().get(written, ()):
        if of_state and (state == of_state or (alone and not state)):
            own.append(_Meaning(means, of_state, True))
        elif not of_state and (alone or state):
            general.append(_Meaning(means, state, alone))
    return own or general


def _called(record: LoadedRecord, meaning: _Meaning) -> list[Match]:
    """Return the agencies a name stands for; where it is only said of such agencies, as suggestions."""
    words = [*_agency_words(meaning.means), *_agency_words(state_name(meaning.state) if meaning.state else "")]
    found = _find_agencies(record, words)
    named = [match for match in found if fold(meaning.means) in fold(match.name)]
    if meaning.by_name:
        return named or found
    return [replace(match, why=Why.SPELLING) for match in named]


def _own_name(meaning: _Meaning) -> str:
    """Return the name an abbreviation stands for, with its state."""
    return f"{meaning.means}, {meaning.state}" if meaning.state else meaning.means


def _state_at(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the state that folded words end or begin with (its abbreviation, or "") and the other words."""
    state, rest = split_state(words)
    if state:
        return state, rest
    state, behind = split_state((*words[1:], *words[:1]))
    if state and len(behind) == len(words) - 1:
        return state, behind
    for cut in range(2, min(len(words), 4)):  # "new hampshire state police"
        state, behind = split_state((*words[cut:], *words[:cut]))
        if state and len(behind) == len(words) - cut:
            return state, behind
    return "", words


def _state_named(words: Sequence[str]) -> str:
    """Return the state at either end of folded words, where the others are words of a whole state's agency."""
    state, rest = _state_at(tuple(words))
    left = [word for word in rest if word not in _AGENCY_WORDS and word not in _FILLERS and word not in _OF_STATES]
    return state_name(state) if state and not left and " ".join(rest) else ""


def _with_initials(record: LoadedRecord, words: Sequence[str]) -> list[Match]:
    """Return the agencies whose initials are typed ("MCSO"), as suggestions: many have the same."""
    state, rest = _state_at(tuple(words))
    if len(rest) != 1 or not 3 <= len(rest[0]) <= 6:
        return []
    known = _agencies(RecordKey(record))
    found = [
        replace(match, why=Why.SPELLING)
        for match, initials in zip(known.matches, known.initials, strict=True)
        if rest[0] in initials and (not state or match.state_abbr == state)
    ]
    return sorted(found, key=lambda match: (match.state_abbr, match.name))


def _initials(name: str) -> frozenset[str]:
    """Return the initials of an agency's name, with and without those of its county: "pbcso", "pbso"."""
    words = [word for word in fold(name).split() if word not in ("of", "the", "and")]
    return frozenset("".join(word[0] for word in held) for held in (words, [w for w in words if w != "county"]))


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
    return state, wanted if _telling(wanted) else []


def _find_agencies(record: LoadedRecord, words: Sequence[str]) -> list[Match]:
    """Return the agencies whose name, state and place hold every telling word, the shortest name first."""
    known = _agencies(RecordKey(record))
    # "Florida Highway Patrol": the state is part of the name as often as it says where.
    before, rest = _state_at(tuple(words))
    plainly = [[_AGENCY_WORDS.get(word, word) for word in held if word not in _FILLERS] for held in (words, rest)]
    readings = [_wanted(words), ("", plainly[0]), (before, plainly[1])]
    # "Miami-Dade County Sheriff", "alguacil del condado de Washington": the name may lack what kind of place it is.
    readings += [(state, [word for word in wanted if word not in _ADDED]) for state, wanted in readings]
    alone = not any(word in _AGENCY_WORDS for word in words)
    for state, wanted in readings:
        if (len(wanted) < 2 and not state) or not _telling(wanted):
            continue
        found = [
            i
            for i, match in enumerate(known.matches)
            if (not state or match.state_abbr == state) and known.told[i].issuperset(wanted)
        ]
        if alone and len(wanted) == 1:  # "Stowe PA" is a township; "East LA" is not the parish of East Baton Rouge
            found = [i for i in found if _is_named(known, i, words)]
        if found:
            found.sort(key=lambda i: (len(known.tokens[i]), known.matches[i].state_abbr, known.matches[i].name))
            return [known.matches[i] for i in found]
    return []


def _telling(wanted: Sequence[str]) -> bool:
    """Return whether words tell one agency from another, not only its kind and that of its place."""
    return any(word not in _KINDS and word not in _OF_PLACES for word in wanted)


_KINDS: Final = frozenset(_AGENCY_WORDS.values())


def _is_meant(record: LoadedRecord, match: Match, words: Sequence[str]) -> bool:
    """Return whether words name an agency whole, or one of the whole of a state that they name."""
    across = not match.geoids and _state_at(tuple(words))[0] == match.state_abbr
    # "Arkansas City police" are not those of Arkansas.
    if across and _ADDED.isdisjoint(words):
        return True
    known = _agencies(RecordKey(record))
    return _is_named(known, known.matches.index(match), words)


def _is_named(known: _Agencies, at: int, words: Sequence[str]) -> bool:
    """Return whether words name an agency whole: all that tells it from others in its name, or its place."""
    typed, placed = {_AGENCY_WORDS.get(word, word) for word in words}, frozenset(_agency_tokens(known.places[at]))
    of_state = set(_agency_words(state_name(known.matches[at].state_abbr)))
    for held in (known.tokens[at], placed):
        own = held - _KINDS - _OF_PLACES
        if own and (own - of_state or own) <= typed:
            return True
    # "West Donegal Township" is one of several places of its police.
    said = {_AGENCY_WORDS.get(word, word) for word in _state_at(tuple(words))[1]} - _FILLERS - _KINDS - _OF_PLACES
    one_of_places = len(said) > 1 and said <= placed
    return one_of_places or not known.tokens[at] - _KINDS - _OF_PLACES


def _agencies_near(record: LoadedRecord, words: Sequence[str]) -> list[Match]:
    """Return the agencies spelled nearly so, nearest first."""
    known = _agencies(RecordKey(record))
    state, wanted = _wanted(words)
    if not wanted:
        return []
    pool = {i: known.texts[i] for i, match in enumerate(known.matches) if not state or match.state_abbr == state}
    near = process.extract(" ".join(sorted(wanted)), pool, scorer=fuzz.ratio, limit=20, score_cutoff=85)
    # Most of two names may be "County Sheriff": what tells them apart must be near too.
    own = _own_words(wanted)
    alike = [i for _, _, i in near if fuzz.ratio(own, _own_words(known.tokens[i])) >= _OWN_ALIKE]
    return [replace(known.matches[i], why=Why.SPELLING) for i in alike[:5]]


#: How near the telling words of two names must be, in hundredths.
_OWN_ALIKE: Final = 88


def _own_words(tokens: Iterable[str]) -> str:
    return " ".join(sorted(word for word in tokens if word not in _KINDS and word not in _OF_PLACES))


def lookup(record: LoadedRecord, query: str, as_of: dt.date | None = None) -> dict[str, Any]:
    """Return what `map-app lookup --json` prints.

    Returns:
        `query`; `status` (one, several, none, too_short); `unknown_agency` (whether an agency was named that is not in
        the record, so that the matches are the places in its name); `as_of` (the day asked for, else the day of the
        newest list, YYYY-MM-DD, or None); `matches`, one per county (or state) of what was found, each with `geoid`,
        `name`, `state_abbr`, `kind` and `place` (what was found, as "ZIP code 28036"), `participates` (county_wide,
        local_only, statewide_only, none_listed), `level` (which also tells could_not_tell), `sentence`, `agreements`
        (ids of those that can act there that day), `some_addresses` (whether only some addresses with the town's
        post-office name are in that county), `may_reach` (further counties the place may lie in) and `did_you_mean`
        (whether it is a suggestion, since nothing is called exactly so).
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
        "unknown_agency": result.unknown_agency,
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
        "some_addresses": geoid in match.mail,
        "may_reach": list(match.touched),
        "did_you_mean": suggested,
    }


def each_once(matches: Iterable[Match]) -> list[Match]:
    """Return matches without the places a town shares with a county of the same name, which stands before the town.

    "St. Louis" is a town, a city that is its own county, and a county: each place is told of once. Counties come in the
    order of the town's, its main one first; what the town has nothing to do with keeps its place.
    """
    listed = list(matches)
    told: list[Match] = []
    for match in listed:
        if match in told:
            continue
        if match.kind is not Kind.TOWN:
            told.append(match)
            continue
        of_county = {one.geoids: one for one in listed if one.kind is Kind.COUNTY}
        shared = [geoid for geoid in match.geoids if (geoid,) in of_county]
        told += [county for geoid in shared if (county := of_county[geoid,]) not in told]
        left = tuple(geoid for geoid in match.geoids if geoid not in shared)
        if left or not match.geoids:
            told.append(replace(match, geoids=left, mail=tuple(geoid for geoid in match.mail if geoid in left)))
    return told


def some_addresses(match: Match, geoids: Iterable[str], text: Text) -> str:
    """Return that only some addresses of a town are in some counties."""
    return text.t(
        "Some addresses with the post-office name {place} are in {counties}.",
        place=match.label(text.language), counties=touched_words(geoids, text),
    )  # fmt: skip


def reach_words(match: Match, text: Text, besides: str | None = None) -> list[str]:
    """Return in sentences where else than in its main county a place's mail goes and its ZIP areas reach.

    Args:
        match: A town, or anything else, which has nothing to be said of.
        text: Language.
        besides: A county already told of.
    """
    mail, touched = ([geoid for geoid in held if geoid != besides] for held in (match.mail, match.touched))
    told = []
    if mail:
        told.append(some_addresses(match, mail, text))
    if touched:
        told.append(
            text.t(
                "The ZIP codes of {place} also reach into {counties}.",
                place=match.label(text.language), counties=touched_words(touched, text),
            )
        )  # fmt: skip
    return told


def touched_words(geoids: Iterable[str], text: Text) -> str:
    """Return the counties a place reaches into, with their state where that is not all the same."""
    listed = list(geoids)
    name = county_words if len({geoid[:2] for geoid in listed}) == 1 else county_title
    return text.listing([name(geoid, text, in_sentence=True) for geoid in listed])


def several_counties(match: Match, text: Text) -> str:
    """Return the line above the counties of one place, to choose from."""
    place = match.label(text.language)
    if match.kind is Kind.ZIP:
        place = text.t("ZIP code {label}", label=place)
    if match.mail:
        return main_and_others(place, county_title(match.geoids[0], text), text)
    return text.t("{place} touches several counties. Choose one:", place=place)


def main_and_others(place: str, county: str, text: Text) -> str:
    """Return that a place is in one county mostly, above the counties to choose from."""
    return text.t(
        "{place}: its main county is {county}, but some addresses with this post-office name are elsewhere. Choose the "
        "county you live in:",
        place=place, county=county,
    )  # fmt: skip


def some_here(place: str, text: Text) -> str:
    """Return how a choice names a town where only some of its addresses are in the county offered."""
    return text.t("{place} (some addresses)", place=place)


def too_short(text: Text) -> str:
    """Return what to do when too little was typed to search for."""
    return text.t("Type at least three letters, or a five-digit ZIP code.")


def nothing_found(text: Text) -> str:
    """Return what to try when nothing was found."""
    return text.t(
        "No place was recognized in these words, so this is no answer yet. Try a five-digit ZIP code, a town with its "
        "state (Davidson, NC) or a county (Maricopa County)."
    )


def offered(found: SearchResult) -> tuple[Match, ...]:
    """Return what to offer: what was found, else what is near; both where an agency was named that is not on record."""
    if found.unknown_agency:
        return (*found.matches, *found.suggestions)
    return found.matches or found.suggestions


def unknown_agency(text: Text, *, choose: bool) -> str:
    """Return that an agency that was named is not in the record, and what to do; it is never said to have none."""
    if choose:
        return text.t(
            "No agency of exactly this name is in the record. Choose your place to see every agency with an "
            "agreement there:"
        )
    return text.t(
        "No agency of exactly this name is in the record. Type your county, your town with its state, or your ZIP code."
    )


def lookup_text(record: LoadedRecord, query: str, as_of: dt.date | None = None, text: Text | None = None) -> str:
    """Return what `map-app lookup` prints for people: each place found, its sentence and the agencies behind it."""
    text = text or text_in("en")
    result = find(record, query, limit=None)
    if result.status is Status.TOO_SHORT:
        return too_short(text)
    shown = offered(result)
    if not shown:
        return unknown_agency(text, choose=False) if result.unknown_agency else nothing_found(text)
    lines: list[str] = [unknown_agency(text, choose=True)] if result.unknown_agency else []
    if not result.matches or all(match.why is Why.SPELLING for match in result.matches):
        lines.append(text.t("Nothing is called exactly so. Did you mean:"))
    for match in each_once(shown):
        title = text.t("ZIP code {code}", code=match.name) if match.kind is Kind.ZIP else match.label(text.language)
        if match.kind is Kind.COUNTY:
            title = county_title(match.geoids[0], text)
        lines.append(title)
        if not match.geoids:
            whole = state_answer(record, match.state_abbr, as_of, text)
            lines += [f"  {whole.sentence}", *(f"    {line}" for line in (*whole.past, *whole.cautions))]
            lines += [f"    - {one.agency_name}: {one.model_name}. {one.when}" for one in whole.statewide]
        for geoid in match.geoids:
            told = answer(record, geoid, as_of, text)
            if geoid in match.mail:
                lines.append(f"  {some_addresses(match, [geoid], text)}")
            of_place = "" if told.county == title else f"{told.county}: "
            lines += [f"  {of_place}{told.sentence}", *(f"    {line}" for line in (*told.past, *told.cautions))]
            lines += [f"    - {one.agency_name}: {one.model_name}. {one.when}" for one in told.agreements]
        if match.kind is Kind.ZIP and not match.complete:
            lines.append("  " + text.t("Only the main county of this ZIP code is known; it may reach into others."))
        lines += [f"  {line}" for line in reach_words(replace(match, mail=()), text)]
    return "\n".join(lines)
