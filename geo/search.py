"""Find the counties a resident means: ZIP code, town, county or state as people write them, in memory.

Nothing typed leaves the process, and nothing is kept of it. Names are matched whole; several readings are all
returned, none is chosen. What is only near (a beginning, a misspelling) is returned apart, as a suggestion.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from geo.fips import STATES, counties, state_abbr, state_fips, state_name
from geo.places import PLACES_DIR

NAMES_CSV: Final = PLACES_DIR / "search_names.csv"
DEFAULT_LIMIT: Final = 8
#: How alike a short name and what was typed must be to be offered; 1 is equal.
_ALIKE: Final = 0.77
#: Longest text looked at; nothing anyone means is longer, and matching time grows with length.
MAX_QUERY: Final = 200


class Kind(StrEnum):
    """What kind of thing a match is."""

    ZIP = "zip"
    TOWN = "town"
    COUNTY = "county"
    STATE = "state"
    AGENCY = "agency"
    REGION = "region"


class Why(StrEnum):
    """Why something matched. `START` and `SPELLING` are suggestions only."""

    NAME = "name"
    OTHER_NAME = "other_name"
    START = "start"
    SPELLING = "spelling"


class Status(StrEnum):
    """Outcome of a search: `ONE` place in one county (or one state), `SEVERAL` to choose from, `NONE`, `TOO_SHORT`."""

    ONE = "one"
    SEVERAL = "several"
    NONE = "none"
    TOO_SHORT = "too_short"


@dataclass(frozen=True, slots=True)
class Match:
    """One reading of what was typed.

    Attributes:
        kind: What it is.
        name: Official name: "85003", "Davidson", "Mecklenburg County", "Texas".
        state_abbr: Postal abbreviation of its state (of its main county).
        geoids: Five-digit codes of the counties it lies in, main one first. For a ZIP code every county its Census
            area touches; for a town the counties its post office serves, or those looked up by hand; empty for a state
            and for a statewide agency.
        mail: For a town: those of `geoids` besides the main one that rest on ZIP codes alone: some addresses with its
            post-office name are there.
        touched: For a town: further counties of the state that ZIP areas of its post office reach into. The town
            itself may or may not.
        complete: For a ZIP code: whether the Census Bureau has an area for it. Where it has none (post-office boxes,
            codes given out since 2010), only the main county is known and there may be others; not in Guam, which is
            one county equivalent and an island.
        why: Why it matched.
        agency_id: For an agency, its id.
    """

    kind: Kind
    name: str
    state_abbr: str
    geoids: tuple[str, ...]
    touched: tuple[str, ...] = ()
    complete: bool = True
    mail: tuple[str, ...] = ()
    why: Why = Why.NAME
    agency_id: str = ""

    @property
    def geoid(self) -> str:
        """Five-digit code of its one county, two-digit code of its state where it has none, "" where it has several."""
        if not self.geoids:
            return state_fips(self.state_abbr)
        return self.geoids[0] if len(self.geoids) == 1 else ""

    def label(self, language: str = "en") -> str:
        """Return what a list of choices shows, as "Davidson, North Carolina"; states in the language."""
        state = state_name_in(self.state_abbr, language)
        if self.kind is Kind.STATE or (self.kind is Kind.COUNTY and self.name == state_name(self.state_abbr)):
            return state
        return f"{self.name}, {state}"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes:
        query: The text as typed, trimmed.
        status: Outcome, of `matches` alone.
        matches: Readings of exactly what was typed, likeliest first.
        suggestions: Near names where nothing is called exactly so ("did you mean").
        left_off: Matches (or, without any, suggestions) beyond the limit.
        unknown_agency: Whether an agency was named that is not known: what is returned are the places in its name.
    """

    query: str
    status: Status
    matches: tuple[Match, ...] = ()
    suggestions: tuple[Match, ...] = ()
    left_off: int = 0
    unknown_agency: bool = False

    @property
    def counties(self) -> tuple[str, ...]:
        """Codes of every county the matches lie in, without repetition, likeliest first."""
        return tuple(dict.fromkeys(geoid for match in self.matches for geoid in match.geoids))


#: Words written in several ways, at any place of a name; the short form is the key's.
_SAME_WORDS: Final = {
    "saint": "st",
    "sainte": "ste",
    "fort": "ft",
    "mount": "mt",
    "twp": "township",
    "and": "",
    "y": "",
}
#: Short words of post-office names and of people, in full.
_FULL_FIRST: Final = {"n": "north", "s": "south", "e": "east", "w": "west", "no": "north", "so": "south"}
_FULL: Final = {
    "bch": "beach", "bldg": "building", "cors": "corners", "crk": "creek", "crossrds": "crossroads", "ctr": "center",
    "cty": "city", "fls": "falls", "gdns": "gardens", "grds": "grounds", "grv": "grove", "hbr": "harbor",
    "hghts": "heights", "hgts": "heights", "hls": "hills", "hts": "heights", "is": "island", "isl": "island",
    "jct": "junction", "lk": "lake", "lks": "lakes", "mdws": "meadows", "mtn": "mountain", "mtns": "mountains",
    "pk": "park", "plns": "plains", "plt": "plantation", "pt": "point", "rdg": "ridge", "riv": "river", "rvr": "river",
    "spg": "spring", "spgs": "springs", "spr": "springs", "sprgs": "springs", "sprs": "springs", "sq": "square",
    "sta": "station", "tnshp": "township", "twnshp": "township", "univ": "university", "vil": "village",
    "vlg": "village", "vly": "valley", "vw": "view",
}  # fmt: skip
_DROPPED: Final = "'’‘`´ʼ′.ʻ"
_ASCII: Final = {code: (chr(code).lower() if chr(code).isalnum() else " ") for code in range(128)} | {
    ord(char): None for char in _DROPPED
}


def fold(text: str) -> str:
    """Return text in lower case without accents, apostrophes and full stops, other punctuation as spaces."""
    plain = text.translate(_ASCII)
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold().translate(_ASCII)
        plain = "".join(char if char.isalnum() else " " for char in plain)
    return plain


def _key(words: Iterable[str]) -> str:
    """Return the comparison form of a name: its words joined, "saint" and "st" alike."""
    return "".join([_SAME_WORDS.get(word, word) for word in words])


def place_key(name: str) -> str:
    """Return the comparison form of a name: case, accents, punctuation, spaces and Saint/St make no difference."""
    return _key(fold(name).split())


def full_words(name: str) -> str:
    """Return a name folded, its short words in full: "N Charleston" as "north charleston"."""
    words = fold(name).split()
    return " ".join([*(_FULL_FIRST.get(word, _FULL.get(word, word)) for word in words[:1]),
                     *(_FULL.get(word, word) for word in words[1:])])  # fmt: skip


class _Entry(NamedTuple):
    """A named place of the index: one per name, so a place with two names has two. See `geo.build_search`."""

    kind: Kind
    state_abbr: str
    name: str
    geoids: tuple[str, ...]
    touched: tuple[str, ...]
    weight: int
    why: Why
    county_kind: str
    mail: tuple[str, ...]

    def match(self, why: Why | None = None) -> Match:
        return Match(
            self.kind, self.name, self.state_abbr, self.geoids, self.touched, mail=self.mail, why=why or self.why
        )


def _codes(listed: str) -> tuple[str, ...]:
    return tuple(listed.split(";")) if listed else ()


class _Names:
    """search_names.csv as lines in the order of their keys; a line is taken apart only when it is looked up."""

    def __init__(self) -> None:
        self.lines = NAMES_CSV.read_text(encoding="utf-8").splitlines()[1:]
        self._by_state: dict[str, list[str]] = {}
        self._distinct: list[str] = []

    def _entries(self, first: int, last: int) -> list[_Entry]:
        return [
            _Entry(
                Kind(kind),
                state,
                name,
                _codes(geoids),
                _codes(touched),
                int(weight),
                Why(why),
                county_kind,
                _codes(mail),
            )
            for _, kind, state, name, geoids, touched, weight, why, county_kind, mail in csv.reader(
                self.lines[first:last]
            )
        ]

    def exact(self, key: str) -> list[_Entry]:
        """Return the entries called so."""
        # "," ends a key and "-" is the next character: no key holds either.
        return self._entries(bisect_left(self.lines, key + ","), bisect_left(self.lines, key + "-"))

    def starting(self, key: str) -> list[_Entry]:
        """Return the entries whose key begins so."""
        return self._entries(bisect_left(self.lines, key), bisect_left(self.lines, key + "~"))

    def near(self, key: str, state: str) -> list[tuple[float, _Entry]]:
        """Return the entries of a state (of all, where it is "") spelled nearly so; likeness 1 is equal."""
        if len(key) < 4:
            return []
        if not self._distinct:
            self._distinct = list(dict.fromkeys(line.split(",", 1)[0] for line in self.lines))
        if state and not self._by_state:
            for line in self.lines:
                name, _, at, _ = line.split(",", 3)
                self._by_state.setdefault(at, []).append(name)
        pool = self._by_state.get(state, []) if state else self._distinct
        floor = 0.72 if len(key) > 9 else _ALIKE
        found = process.extract(key, pool, scorer=OSA.normalized_similarity, limit=40, score_cutoff=floor)
        nearest = {name: likeness for name, likeness, _ in found}
        return [
            (likeness, entry)
            for name, likeness in nearest.items()
            for entry in self.exact(name)
            if not state or entry.state_abbr == state
        ]


@cache
def _names() -> _Names:
    return _Names()


class _Zips:
    """zips.csv and zip_counties.csv as lines in the order of their ZIP codes."""

    def __init__(self) -> None:
        self._main = (PLACES_DIR / "zips.csv").read_text(encoding="utf-8").splitlines()[1:]
        self._areas = (PLACES_DIR / "zip_counties.csv").read_text(encoding="utf-8").splitlines()[1:]

    def codes(self) -> list[str]:
        """Return every ZIP code known, in order."""
        return sorted({line.split(",", 1)[0] for line in (*self._main, *self._areas)})

    @staticmethod
    def _listed(lines: list[str], zip_code: str) -> tuple[str, ...]:
        at = bisect_left(lines, zip_code + ",")
        if at == len(lines) or not lines[at].startswith(zip_code + ","):
            return ()
        return _codes(lines[at].rsplit(",", 1)[1])

    def match(self, zip_code: str) -> Match | None:
        """Return a ZIP code with its main county first and every other county its Census area touches."""
        main, area = self._listed(self._main, zip_code), self._listed(self._areas, zip_code)
        geoids = tuple(dict.fromkeys((*main, *area)))
        if not geoids:
            return None
        state = state_abbr(geoids[0])
        # Guam is an island and one county equivalent: there is nothing else to reach into.
        complete = bool(area) or (state in _one_county_states() and int(state_fips(state)) >= _FIRST_ISLANDS)
        return Match(Kind.ZIP, zip_code, state, geoids, complete=complete)


@cache
def _zips() -> _Zips:
    return _Zips()


@cache
def _state_of() -> dict[str, str]:
    """Return postal abbreviations by the key of every way a state is written."""
    found = {place_key(spelled): state.abbr for state in STATES for spelled in (state.name, state.abbr)}
    with (PLACES_DIR / "other_names.csv").open(encoding="utf-8", newline="") as lines:
        found |= {
            place_key(row["written"]): row["state_abbr"] for row in csv.DictReader(lines) if row["kind"] == Kind.STATE
        }
    return found


#: Codes of states and territories from here on are islands.
_FIRST_ISLANDS: Final = 60


@cache
def _one_county_states() -> frozenset[str]:
    number = Counter(county.state_abbr for county in counties().values())
    return frozenset(abbr for abbr, n in number.items() if n == 1)


@cache
def _state_names(language: str) -> dict[str, str]:
    if language == "en":
        return {}
    with (PLACES_DIR / "state_names.csv").open(encoding="utf-8", newline="") as lines:
        return {row["state_abbr"]: row["name"] for row in csv.DictReader(lines) if row["language"] == language}


def state_name_in(abbr: str, language: str) -> str:
    """Return the name of a state in a language, in English where the language has none of its own.

    Raises:
        KeyError: No state or territory has that abbreviation.
    """
    return _state_names(language).get(abbr) or state_name(abbr)


_ZIP: Final = re.compile(r"(?<!\d)(\d{5})(?:[ -]?\d{4})?(?!\d)")
_NUMBER_ONLY: Final = re.compile(r"[\d\s-]*")
#: Words before a name that say what kind of place is meant, longest first. "city" may be a town or an independent city.
_LEADS: Final[tuple[tuple[str, str], ...]] = (
    ("el condado de", "county"), ("condado de", "county"), ("condado", "county"), ("county of", "county"),
    ("la parroquia de", "parish"), ("parroquia de", "parish"), ("parroquia", "parish"), ("parish of", "parish"),
    ("municipio de", "municipio"), ("municipality of", "municipality"), ("borough of", "borough"),
    ("la ciudad de", "city"), ("ciudad de", "city"), ("city of", "city"), ("town of", "town"), ("village of", "town"),
    ("township of", "township"), ("pueblo de", "town"), ("villa de", "town"), ("barrio de", "town"),
    ("el estado de", "state"), ("estado de", "state"), ("state of", "state"), ("commonwealth of", "state"),
)  # fmt: skip
_TRAILS: Final[tuple[tuple[str, str], ...]] = (
    ("city and borough", "city and borough"), ("planning region", "planning region"), ("census area", "census area"),
    ("county", "county"), ("counties", "county"), ("cnty", "county"), ("cty", "county"), ("co", "county"),
    ("condado", "county"), ("parish", "parish"), ("borough", "borough"), ("municipio", "municipio"),
    ("municipality", "municipality"), ("city", "city"), ("town", "town"), ("township", "township"), ("twp", "township"),
    ("village", "town"),
    ("cdp", "town"), ("state", "state"),
)  # fmt: skip
#: What people say before the name of the place they live in.
_SAID_FIRST: Final = tuple(tuple(words.split()) for words in (
    "i live in", "i live near", "i live at", "we live in", "we live near", "live in", "i am in", "im in", "i am from",
    "im from", "near", "my county is", "my town is", "my city is", "is there ice in", "is ice in", "ice in", "vivo en",
    "vivo cerca de", "yo vivo en", "vivimos en", "estoy en", "soy de", "somos de", "cerca de", "mi condado es",
    "mi ciudad es", "mi pueblo es", "hay ice en", "ice en",
))  # fmt: skip
_GENERIC: Final = frozenset({"county", "parish", "borough"})
_COUNTRY: Final = frozenset({"usa", "us", "unitedstates", "estadosunidos", "eeuu", "eua"})


class _Reading(NamedTuple):
    """One way to split what was typed: a name, the state it names (or any), the kind it names (or "")."""

    words: tuple[str, ...]
    state: str
    kind: str


def _split_kind(words: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    """Return the name as it stands and, where words say a kind, the name without them."""
    found = [(words, "")]
    text = " ".join(words)
    for lead, kind in _LEADS:
        if text.startswith(lead + " "):
            rest = words[len(lead.split()) :]
            # "city of Fairfax City", "condado de Orange County": once more, from behind.
            return [*found, (rest, kind), *((more, again) for more, again in _split_kind(rest)[1:] if again == kind)]
    for trail, kind in _TRAILS:
        if text.endswith(" " + trail):
            if trail == "co" and words[-2] in ("county", "parish"):
                break  # "Adams County CO": Colorado
            found.append((words[: -len(trail.split())], kind))
            break
    return found


def _readings(segments: list[tuple[str, ...]]) -> list[_Reading]:
    """Return every way to read what was typed, given its comma-separated parts."""
    state_of = _state_of()
    found: list[_Reading] = []

    def add(words: tuple[str, ...], state: str) -> None:
        for name, kind in _split_kind(words):
            if name:
                found.append(_Reading(name, state, kind))

    if len(segments) > 1:
        last = segments[-1]
        state = state_of.get(_key(last)) or next(
            (state_of[_key(rest)] for rest, kind in _split_kind(last) if kind == "state" and _key(rest) in state_of), ""
        )
        if state:
            for words in segments[:-1]:
                add(words, state)
            return found
    words = tuple(word for segment in segments for word in segment)
    add(words, "")
    for cut in range(1, len(words)):
        behind, before = state_of.get(_key(words[cut:])), state_of.get(_key(words[:cut]))
        if behind:
            rest = words[:cut]
            while len(rest) > 1 and rest[-1] in ("en", "in", "de"):  # "Hialeah en Florida", "Davidson in NC"
                rest = rest[:-1]
            add(rest, behind)
        if before and len(_key(words[:cut])) > 2:
            add(words[cut:], before)
    return found


def _fits(entry: _Entry, kind: str) -> bool:
    """Return whether an entry is of the kind that was written."""
    if not kind:
        return True
    if kind == "state":
        return entry.kind is Kind.STATE or (entry.kind is Kind.COUNTY and entry.state_abbr in _one_county_states())
    if kind in ("town", "township"):
        return entry.kind is Kind.TOWN
    if kind == "city":
        return entry.kind is Kind.TOWN or entry.county_kind == "city"
    if entry.kind not in (Kind.COUNTY, Kind.REGION):
        return False
    # "Parish" and "borough" are said of any county equivalent where the state has none so called; a written
    # county is never an independent city (see `geo.county_names.find_counties`).
    return entry.county_kind == kind or (kind in _GENERIC and entry.county_kind not in ("city", "county"))


def _looked_up(reading: _Reading) -> list[_Entry]:
    """Return the entries called exactly as read."""
    for key in dict.fromkeys((_key(reading.words), place_key(full_words(" ".join(reading.words))))):
        called = _names().exact(key)
        found = [e for e in called if (not reading.state or e.state_abbr == reading.state) and _fits(e, reading.kind)]
        if found and reading.kind in _GENERIC:
            # "St. Charles County" is the county, though Louisiana has a parish of that name.
            return [e for e in found if e.county_kind == reading.kind] or found
        if found:
            return found
    return []


def _found(readings: list[_Reading]) -> list[_Entry]:
    """Return the entries called exactly as one of the readings says, likeliest first."""
    whole: list[_Entry] = []
    stripped: list[_Entry] = []
    for reading in readings:
        if reading.kind == "township":
            # Townships share names, have mostly no post office, and are not held: a town of that name is only near.
            continue
        (stripped if reading.kind in ("city", "town", "state") else whole).extend(_looked_up(reading))
    # "Kansas City" is not a town called Kansas; "Fairfax City" is an independent city called so.
    found = _same_place([*whole, *(e for e in stripped if not whole or e.kind is not Kind.TOWN)])
    if any(reading.state and not reading.kind for reading in readings):
        # "Davidson, NC" is how a town is written; a county is written with its kind.
        found.sort(key=lambda entry: entry.kind is Kind.COUNTY)
    return found


def _same_place(entries: Iterable[_Entry]) -> list[_Entry]:
    """Return the entries, each place once, likeliest first; a town that is its county's namesake gives way to it."""
    ranked = sorted(
        entries, key=lambda e: (-e.weight, e.why is not Why.NAME, e.kind is not Kind.COUNTY, e.state_abbr, e.name)
    )
    kept: dict[tuple[Kind, str, str, tuple[str, ...]], _Entry] = {}
    for entry in ranked:
        kept.setdefault((entry.kind, entry.state_abbr, entry.name, entry.geoids), entry)
    county_of = {entry.geoids for entry in kept.values() if entry.kind is Kind.COUNTY}
    return [
        entry
        for entry in kept.values()
        if not (entry.kind is Kind.TOWN and entry.geoids in county_of and not entry.touched)
    ]


def _segments(query: str) -> list[tuple[str, ...]]:
    parts = [tuple(fold(part).split()) for part in re.split(r"[,;()\n]", query)]
    parts = [part for part in parts if part]
    while len(parts) > 1 and _key(parts[-1]) in _COUNTRY:
        parts.pop()
    for said in _SAID_FIRST:
        if parts and len(parts[0]) > len(said) and parts[0][: len(said)] == said:
            parts[0] = parts[0][len(said) :]
            break
    for length in (1, 2):
        if parts and len(parts[-1]) > length and _key(parts[-1][-length:]) in _COUNTRY:
            parts[-1] = parts[-1][:-length]
    return parts


def search(query: str, limit: int | None = DEFAULT_LIMIT) -> SearchResult:
    """Return the places a text names: a ZIP code, town, county or state, as people write them.

    Understood are ZIP codes (alone, with four more digits, or in an address), "Davidson, NC", "davidson nc",
    "Davidson North Carolina", towns alone, counties with or without their kind ("Orleans Parish", "Orange Co."),
    states and abbreviations, Spanish forms ("condado de Maricopa", "Nueva York", "Carolina del Norte").

    Args:
        query: What was typed.
        limit: Most matches (or suggestions) to return; None for all.
    """
    shown = " ".join(query[:MAX_QUERY].split())
    plain = unicodedata.normalize("NFKC", shown)
    zips = list(dict.fromkeys(found.group(1) for found in _ZIP.finditer(plain)))
    if zips:
        # The last one: a house number of five digits comes before the ZIP code of an address.
        match = _zips().match(zips[-1])
        if match:
            return _result(shown, [match], limit)
    if _NUMBER_ONLY.fullmatch(plain):
        digits = sum(char.isdigit() for char in plain)
        return SearchResult(shown, Status.TOO_SHORT if digits < 5 else Status.NONE)
    segments = _segments(re.sub(r"\d+(-\d+)?", " ", plain) if zips else plain)
    readings = _readings(segments)
    if not readings or max(len(_key(r.words)) for r in readings) < 2:
        return SearchResult(shown, Status.TOO_SHORT)
    found = _narrowed(_found(readings), segments)
    if found:
        return _result(shown, [entry.match() for entry in found], limit)
    near = [match for match, _ in _suggested(segments, readings)]
    kept = near[:limit] if limit is not None else near
    status = Status.TOO_SHORT if not near and max(len(_key(r.words)) for r in readings) < 3 else Status.NONE
    return SearchResult(shown, status, (), tuple(kept), len(near) - len(kept))


def suggest(query: str, limit: int = DEFAULT_LIMIT) -> tuple[Match, ...]:
    """Return what a text being typed may become: what is called so, then what begins so, likeliest first.

    Misspellings are left to `search`. The state may follow: "dav, n" gives nothing, "dav, nc" does.
    """
    exact = search(query, limit)
    if exact.matches and exact.matches[0].kind is Kind.ZIP:
        return exact.matches
    begun = [match for match in _begun(_segments(query[:MAX_QUERY]), limit) if match not in exact.matches]
    return (*exact.matches, *begun)[:limit]


def _begun(segments: list[tuple[str, ...]], limit: int) -> list[Match]:
    """Return the places whose name begins as typed, likeliest first."""
    if not segments:
        return []
    found: list[_Entry] = []
    for reading in _readings(segments):
        key = _key(reading.words)
        if len(key) < 2 or reading.kind == "state":
            continue
        found += [
            e
            for e in _names().starting(key)
            if (not reading.state or e.state_abbr == reading.state) and _fits(e, reading.kind)
        ]
    ranked = sorted(_same_place(found), key=lambda entry: entry.why is not Why.NAME)  # other names last
    return [entry.match(Why.START) for entry in ranked[:limit]]


def _narrowed(found: list[_Entry], segments: list[tuple[str, ...]]) -> list[_Entry]:
    """Return the entries in the county another part of the text names, or all where none names one of theirs."""
    if len(segments) < 2:
        return found
    named: set[str] = set()
    for words in segments[1:]:
        for name, kind in _split_kind(words):
            if kind in ("county", "parish", "borough"):
                named.update(g for e in _names().exact(_key(name)) if e.kind is Kind.COUNTY for g in e.geoids)
    inside = [e for e in found if e.kind is Kind.TOWN and named.intersection((*e.geoids, *e.touched))]
    return inside or found


def _suggested(segments: list[tuple[str, ...]], readings: list[_Reading]) -> list[tuple[Match, float]]:
    """Return near names: first those that begin as typed, then those spelled nearly so, nearest first."""
    townships = [entry for r in readings if r.kind == "township" for entry in _looked_up(r)]
    begun = [(entry.match(Why.START), 1.0) for entry in _same_place(townships)]
    begun += [(match, 1.0) for match in _begun(segments, 50) if match not in {found for found, _ in begun}]
    tried: dict[tuple[str, str], str] = {(_key(r.words), r.state): r.kind for r in readings if r.words}
    if len(segments) > 1:  # "Davidson, North Carolna": the state itself may be misspelled
        for state in _states_near(_key(segments[-1])):
            for name, kind in _split_kind(segments[0]):
                tried.setdefault((_key(name), state), kind)
    else:
        words = segments[0] if segments else ()
        for cut in range(1, len(words)):
            for state in _states_near(_key(words[cut:])):
                for name, kind in _split_kind(words[:cut]):
                    tried.setdefault((_key(name), state), kind)
    best: dict[_Entry, float] = {}
    for (key, state), kind in tried.items():
        for likeness, entry in _names().near(key, state):
            if _fits(entry, kind):
                best[entry] = max(best.get(entry, 0.0), likeness)
    if not best:
        return begun
    top = max(best.values())
    close = [entry for entry in _same_place(best) if best[entry] >= top - 0.08]
    close.sort(key=lambda entry: -best[entry])
    near = [(entry.match(Why.SPELLING), best[entry]) for entry in close]
    shown = {(match.kind, match.name, match.state_abbr) for match, _ in begun}
    return begun + [pair for pair in near if (pair[0].kind, pair[0].name, pair[0].state_abbr) not in shown]


def _states_near(key: str) -> list[str]:
    """Return the states whose name is spelled nearly so."""
    if len(key) < 4:
        return []
    names = [name for name in _state_of() if len(name) > 3]
    found = process.extract(key, names, scorer=OSA.normalized_similarity, limit=3, score_cutoff=_ALIKE)
    return list(dict.fromkeys(_state_of()[name] for name, *_ in found))


def _result(query: str, matches: list[Match], limit: int | None) -> SearchResult:
    """Return the result of exact matches: `ONE` only where all of them are one county, or one state."""
    places = {match.geoids or (match.kind, match.state_abbr) for match in matches}
    alone = len(places) == 1 and all(len(match.geoids) < 2 for match in matches)
    kept = matches[:limit] if limit is not None else matches
    return SearchResult(query, Status.ONE if alone else Status.SEVERAL, tuple(kept), (), len(matches) - len(kept))


def with_agencies(places: SearchResult, agencies: Sequence[Match], limit: int | None = DEFAULT_LIMIT) -> SearchResult:
    """Return a result with the agencies that match the same text after the places; near ones only as suggestions."""
    exact = [match for match in agencies if match.why is not Why.SPELLING]
    near = tuple(match for match in agencies if match.why is Why.SPELLING)
    if not exact:
        offered = (*near, *places.suggestions)
        left_off = len(offered) - limit if near and limit is not None else 0
        return replace(places, suggestions=offered[:limit], left_off=max(left_off, places.left_off))
    return replace(_result(places.query, [*places.matches, *exact], limit), suggestions=places.suggestions)


def split_state(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the state that folded words end with (its abbreviation, or "") and the words before it."""
    for cut in range(1, len(words)):
        state = _state_of().get(_key(words[cut:]))
        if state:
            return state, words[:cut]
    return "", words


def search_tables() -> dict[str, object]:
    """Return the words and names this search rests on, JSON-ready, for a search written in another language.

    Returns:
        `names` and `zips` as lines of cells with tabs between, in the order of their keys (names: key, kind, state,
        name, counties, touched counties, weight, why, kind of county, counties by mail; ZIP codes: code, counties,
        1 where its area is known), and the tables of words under names of their own.
    """
    zips = []
    for line in _zips().codes():
        match = _zips().match(line)
        if match:
            zips.append("\t".join((line, ";".join(match.geoids), "1" if match.complete else "")))
    return {
        "names": "\n".join("\t".join(row) for row in csv.reader(_names().lines)),
        "zips": "\n".join(zips),
        "sameWords": _SAME_WORDS,
        "fullFirst": _FULL_FIRST,
        "full": _FULL,
        "dropped": _DROPPED,
        "leads": [list(pair) for pair in _LEADS],
        "trails": [list(pair) for pair in _TRAILS],
        "generic": sorted(_GENERIC),
        "country": sorted(_COUNTRY),
        "alike": _ALIKE,
        "saidFirst": [list(said) for said in _SAID_FIRST],
        "stateOf": _state_of(),
        "oneCounty": sorted(_one_county_states()),
        "stateOfFips": {state.fips: state.abbr for state in STATES},
        "maxQuery": MAX_QUERY,
    }
