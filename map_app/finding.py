"""What the search box finds: places, and the agencies of the record by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from geo.search import DEFAULT_LIMIT, Kind, Match, SearchResult, Status, Why, fold, search, split_state, with_agencies
from map_app.record import LoadedRecord


@dataclass(frozen=True, eq=False)
class RecordKey:
    """A record to remember something by: the same where its rows are the same object."""

    record: LoadedRecord

    def __hash__(self) -> int:
        return id(self.record.agreements)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordKey) and self.record.agreements is other.record.agreements


#: Words that say an agency is meant, not a place alone; Spanish ones with the English word names use.
_AGENCY_WORDS: Final[dict[str, str]] = {
    "sheriff": "sheriff", "sheriffs": "sheriff", "alguacil": "sheriff", "alguaciles": "sheriff", "police": "police",
    "policia": "police", "pd": "police", "so": "sheriff", "constable": "constable", "constables": "constable",
    "marshal": "marshal", "marshals": "marshal", "jail": "jail", "carcel": "jail", "prison": "prison",
    "corrections": "corrections", "correctional": "corrections", "correccionales": "corrections",
    "detention": "detention", "university": "university", "universidad": "university", "college": "college",
    "airport": "airport", "patrol": "patrol", "attorney": "attorney", "fiscal": "attorney", "trooper": "patrol",
    "troopers": "patrol", "prosecutor": "attorney", "guard": "guard", "wildlife": "wildlife",
}  # fmt: skip
#: Words of agency names that tell no agency from another.
_FILLERS: Final = frozenset(
    {"s", "office", "offices", "department", "departments", "dept", "departamento", "oficina", "of", "the", "de", "del",
     "la", "el", "los", "las", "and", "y", "en", "in"}
)  # fmt: skip


@dataclass(frozen=True)
class _Agencies:
    """The agencies of a record, as tokens to compare with."""

    matches: tuple[Match, ...]
    tokens: tuple[frozenset[str], ...]
    texts: tuple[str, ...]


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
    return _Agencies(matches, tokens, tuple(" ".join(sorted(found)) for found in tokens))


def _agency_tokens(name: str) -> list[str]:
    """Return the telling words of an agency's name, agency words in one form."""
    return [_AGENCY_WORDS.get(word, word) for word in _agency_words(name) if word not in _FILLERS]


def _agency_words(name: str) -> list[str]:
    # "Sheriff's" folds to "sheriffs", "Sheriff`s" too.
    return ["st" if word == "saint" else word for word in fold(name).split()]


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
    """Return the agencies whose name (with its state) holds every telling word, the shortest name first."""
    known = _agencies(RecordKey(record))
    # "Florida Highway Patrol": the state is part of the name as often as it says where.
    for state, wanted in (_wanted(words), ("", [_AGENCY_WORDS.get(w, w) for w in words if w not in _FILLERS])):
        if len(wanted) < 2 and not state:
            continue
        found = [
            i
            for i, match in enumerate(known.matches)
            if wanted and (not state or match.state_abbr == state) and known.tokens[i].issuperset(wanted)
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
