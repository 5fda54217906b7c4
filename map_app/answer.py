"""The resident's answer: one place, one day, one dated sentence, and everything it rests on.

The sentence never says "no": what is not found may not have been listed yet, or could not be placed. Nothing here
knows of a page; `geo.search` finds the places, this module says what the record shows for one of them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from geo.county_names import find_counties
from geo.fips import counties, state_abbr, state_name
from map_app.agreements import unlisted_periods
from map_app.errors import Fault, UnreadableFileError
from map_app.filters import Filters, filter_mask, period_off_the_lists
from map_app.popups import extent_words, model_meaning, model_name, safe_link, when_words
from map_app.record import LoadedRecord, gap_words, record_path
from map_app.text import Text, text_in
from map_app.text.places import NOT_STATES, TERRITORIES, county_title, county_words, state_words
from map_app.text.record_words import record_words
from map_app.vocabulary import AgencyType, Coverage, EndedBasis, MoaStatus, Model, Participation, Status


class Level(StrEnum):
    """What the record shows for a county on a day."""

    YES = "yes"
    PARTLY = "partly"
    STATEWIDE_ONLY = "statewide_only"
    NONE_FOUND = "none_found"
    COULD_NOT_TELL = "could_not_tell"


_PARTICIPATION: Final = {
    Level.YES: Participation.COUNTY_WIDE,
    Level.PARTLY: Participation.LOCAL_ONLY,
    Level.STATEWIDE_ONLY: Participation.STATEWIDE_ONLY,
    Level.NONE_FOUND: Participation.NONE_LISTED,
    Level.COULD_NOT_TELL: Participation.NONE_LISTED,
}


class Event(StrEnum):
    """What happened to an agreement on a day of the timeline."""

    SIGNED = "signed"
    SIGNED_AGAIN = "signed_again"
    FIRST_LISTED = "first_listed"
    TASK_FORCE_ENDED = "task_force_ended"
    ENDED = "ended"
    LAST_LISTED = "last_listed"
    OFF_THE_LISTS = "off_the_lists"
    LISTED_AGAIN = "listed_again"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Agreement:
    """One agreement as the answer shows it; texts in the language asked for.

    Attributes:
        agreement_id, agency_id, agency_name: As in the record.
        model: Code (JEM, TFM, WSO, HYB).
        model_name: Name of the model.
        meaning: What the model lets officers do, in plain words.
        extent: How much ground it covers, in words.
        when: When it was signed and what became of it, in words.
        signed: Day it was signed, or None.
        memorandum: Link to the signed memorandum, or "".
        memorandum_pending: Whether ICE's list says the memorandum is still to be linked.
        note: Facts worth a line, each with its source, or "".
        note_language: The language the note is in.
        sources: The lists or documents that attest it.
    """

    agreement_id: str
    agency_id: str
    agency_name: str
    model: str
    model_name: str
    meaning: str
    extent: str
    when: str
    signed: dt.date | None
    memorandum: str
    memorandum_pending: bool
    note: str
    note_language: str
    sources: str


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened in this county.

    Attributes:
        date: Day, or the first of January where only the year is known; entries are in this order.
        day: The day (or year) in words.
        event: What happened.
        agency_name: Whose agreement.
        model: Code of its model.
        words: The entry in one line, without the day.
        alone: The same without the agency, to stand under its name.
        statewide: Whether it is an agency of the whole state.
        agreement_id: The agreement.
        nearness: 0 for a sheriff of the whole county, 1 for another agency of it, 2 for one of a part of it.
    """

    date: dt.date
    day: str
    event: Event
    agency_name: str
    model: str
    words: str
    alone: str
    statewide: bool
    agreement_id: str
    nearness: int


@dataclass(frozen=True)
class Application:
    """An agency ICE lists as pending, with no agreement signed at the time.

    Attributes:
        agency_name, state_abbr: As listed.
        model: Code of the model asked for, or "".
        first_listed, last_listed: First and last pending list that shows it, or None.
        still_listed: Whether the newest pending list shows it.
    """

    agency_name: str
    state_abbr: str
    model: str
    first_listed: dt.date | None
    last_listed: dt.date | None
    still_listed: bool


class _OneSentence:
    """What is told in one sentence, with a verdict to set off."""

    lead: str
    verdict: str
    rest: str

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        return f"{self.lead}, {self.verdict}{self.rest}."

    @property
    def sentence_html(self) -> str:
        """The same as escaped HTML, the verdict set off."""
        return f"{escape(self.lead)}, <strong>{escape(self.verdict)}</strong>{escape(self.rest)}."


@dataclass(frozen=True)
class Answer(_OneSentence):
    """What the record shows for one county on one day, in one language.

    Attributes:
        geoid: The county.
        county: Its name with its state.
        as_of: The day asked for, or None for the newest list.
        level: What the record shows.
        lead: "As of ICE’s list of 11 May 2026" – what the sentence is dated by.
        verdict: "yes", "partly", … – the words to set off.
        rest: What follows the verdict, up to the full stop.
        county_wide, several_counties, part_of_county, statewide: The agreements that can act here, by the ground they
            cover, agencies in alphabetical order.
        ended: Agreements of this county (not of the state) that had stopped by that day, not replaced by another of
            the same model, newest first.
        past: One sentence for each agency of this county that had agreements and has none that day: from when to when.
        timeline: What happened here since 2002, oldest first.
        pending: Agencies ICE lists as pending for this county, or for the whole state.
        unplaced: Agreements in force in this state that could not be placed and so may belong here.
        set_aside: Rows of the record that could not be read at all.
        cautions: Sentences that limit the answer.
        meaning: What the answer means and does not mean, one paragraph each.
    """

    geoid: str
    county: str
    as_of: dt.date | None
    level: Level
    lead: str
    verdict: str
    rest: str
    county_wide: tuple[Agreement, ...] = ()
    several_counties: tuple[Agreement, ...] = ()
    part_of_county: tuple[Agreement, ...] = ()
    statewide: tuple[Agreement, ...] = ()
    ended: tuple[Agreement, ...] = ()
    past: tuple[str, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    pending: tuple[Application, ...] = ()
    unplaced: int = 0
    set_aside: int = 0
    cautions: tuple[str, ...] = ()
    meaning: tuple[str, ...] = ()

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """Every agreement that can act here."""
        return self.county_wide + self.several_counties + self.part_of_county + self.statewide

    @property
    def participation(self) -> Participation:
        """The level as the map and `lookup` name it."""
        return _PARTICIPATION[self.level]


@dataclass(frozen=True)
class StateAnswer(_OneSentence):
    """What the record shows for one state or territory on one day, in one language.

    Attributes:
        abbr: Its postal abbreviation.
        state: Its name.
        as_of: The day asked for, or None for the newest list.
        lead: What the sentence is dated by.
        verdict: The words to set off.
        rest: What follows the verdict, up to the full stop.
        statewide: The agreements of agencies of the whole state, in alphabetical order.
        agreement_ids: Every agreement of its agencies.
        local: Number of its county and local agencies.
        past: From when to when agencies of the whole state had agreements that have none now, one sentence each.
        cautions: Sentences that limit the answer.
        meaning: What the answer does not mean, one paragraph each.
    """

    abbr: str
    state: str
    as_of: dt.date | None
    lead: str
    verdict: str
    rest: str
    statewide: tuple[Agreement, ...] = ()
    agreement_ids: tuple[str, ...] = ()
    local: int = 0
    past: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    meaning: tuple[str, ...] = ()


#: Where no county officer is called sheriff, or the sheriff is an officer of the state or city:
#: states and territories without county sheriffs (Alaska, Connecticut, Hawaii and Rhode Island have none by county),
#: and New York City, whose one sheriff serves five counties. There the sentence does not say "not the sheriff"; the set
#: is general knowledge of how these governments are made up, not taken from one document.
_NO_COUNTY_SHERIFF_STATES: Final = frozenset({"AK", "AS", "CT", "DC", "GU", "HI", "MP", "PR", "RI", "VI"})
_NO_COUNTY_SHERIFF: Final = frozenset({"36005", "36047", "36061", "36081", "36085"})
#: How many agencies a sentence names before it counts them.
_NAMED: Final = 3


def answer(
    record: LoadedRecord,
    geoid: str,
    as_of: dt.date | None = None,
    text: Text | None = None,
    pending: pd.DataFrame | None = None,
) -> Answer:
    """Return what the record shows for one county on one day.

    Args:
        record: The record as the app holds it.
        geoid: Five-digit code of a county.
        as_of: What was listed by ICE or in force on that day; None for the newest list.
        text: Language; English where None.
        pending: As `read_pending` returns it, or None.

    Raises:
        KeyError: No county has that GEOID.
    """
    text = text or text_in("en")
    county = counties()[geoid]
    held = _held(RecordKey(record), as_of)
    local_at, statewide_at = record.index.rows_of_county(geoid, held.mask)
    unplaced = len(record.index.unplaced_in_state(geoid, held.mask))
    local, statewide = held.at(local_at), held.at(statewide_at)
    whole = [row for row in local if row["coverage"] != Coverage.PART_OF_COUNTY]
    part = [row for row in local if row["coverage"] == Coverage.PART_OF_COUNTY]
    doubt = unplaced + record.set_aside
    readable = record.newest_list is not None
    if whole:
        level = Level.YES
    elif part:
        level = Level.PARTLY
    elif statewide:
        level = Level.STATEWIDE_ONLY
    else:
        level = Level.COULD_NOT_TELL if doubt or not readable else Level.NONE_FOUND
    past = _is_before_newest(record, as_of)
    day = as_of or record.newest_list
    shown = [*local, *statewide]
    off = _off_the_list(shown, record, as_of)
    verdict, rest = _verdict(level, geoid, whole, part, statewide, unplaced, record, past, text)
    ever_local, ever_statewide = record.index.rows_of_county(geoid, np.ones_like(held.mask))
    ever = held.at(ever_local)
    gone = _gone(ever, local, as_of)
    return Answer(
        geoid=geoid,
        county=county_title(geoid, text),
        as_of=as_of,
        level=level,
        lead=dated_by(record, as_of, text, several=_only_off(whole or part or statewide, off)),
        verdict=verdict,
        # "EE. UU." ends with a full stop; the sentence has one of its own.
        rest=rest.removesuffix(".") + _off_the_list_words(off, shown, record, as_of, text),
        county_wide=_agreements([row for row in whole if row["coverage"] == Coverage.COUNTY], text, day),
        several_counties=_agreements([row for row in whole if row["coverage"] == Coverage.MULTI_COUNTY], text, day),
        part_of_county=_agreements(part, text, day),
        statewide=_agreements(statewide, text, day),
        ended=_agreements(gone, text, alphabetical=False),
        past=_past(gone, ever, {row["agency_id"] for row in local}, text),
        timeline=_timeline(ever, held.at(ever_statewide), text),
        pending=_applications(pending, record, geoid, as_of),
        unplaced=unplaced,
        set_aside=record.set_aside,
        cautions=(
            *_still_counted(off, text),
            *_off_the_lists([*ever, *held.at(ever_statewide)], as_of, text),
            *_cautions(record, level, county.state_abbr, unplaced, as_of, past, text),
        ),
        meaning=_meaning(level, geoid, past, text),
    )


def state_answer(
    record: LoadedRecord, abbr: str, as_of: dt.date | None = None, text: Text | None = None
) -> StateAnswer:
    """Return what the record shows for one state or territory on one day: agencies of all of it, and local ones.

    Args:
        record: The record as the app holds it.
        abbr: Postal abbreviation.
        as_of: What was listed by ICE or in force on that day; None for the newest list.
        text: Language; English where None.

    Raises:
        KeyError: No state or territory has that abbreviation.
    """
    text = text or text_in("en")
    state = state_words(abbr, text, in_sentence=True)
    held = _held(RecordKey(record), as_of)
    of_state = (record.agreements["state_abbr"] == abbr).to_numpy()
    ever, rows = held.at(np.flatnonzero(of_state)), held.at(np.flatnonzero(of_state & held.mask))
    statewide = [row for row in rows if row["coverage"] == Coverage.STATEWIDE]
    across = _number_of_agencies(statewide)
    local = _number_of_agencies([row for row in rows if row["coverage"] != Coverage.STATEWIDE])
    past = _is_before_newest(record, as_of)
    day, off = as_of or record.newest_list, _off_the_list(rows, record, as_of)
    readable = not record.set_aside and record.newest_list is not None
    ever_across = [row for row in ever if row["coverage"] == Coverage.STATEWIDE]
    if rows:
        groups = [across_words(across, abbr, text)] if across else []
        if local:
            groups.append(text.n("{n} county or local agency", "{n} county and local agencies", local))
        verdict, rest = text.listing(groups), " " + _state_had(across, local, abbr, past, text)
    elif not readable:
        verdict, rest = text.t("we could not tell"), ": " + text.t("the record could not be read in full")
    else:
        verdict, rest = text.t("no agreement found"), " " + text.t("for any agency in {state}", state=state)
    return StateAnswer(
        abbr=abbr,
        state=state_words(abbr, text),
        as_of=as_of,
        lead=dated_by(record, as_of, text, several=_only_off(rows, off)),
        verdict=verdict,
        # "EE. UU." ends with a full stop; the sentence has one of its own.
        rest=rest.removesuffix(".") + _off_the_list_words(off, rows, record, as_of, text),
        statewide=_agreements(statewide, text, day),
        agreement_ids=tuple(row["agreement_id"] for row in rows),
        local=local,
        cautions=(
            *_still_counted(off, text),
            *_off_the_lists(ever, as_of, text),
            *_cautions(record, Level.YES, abbr, 0, as_of, past, text),
        ),
        past=_past(_gone(ever_across, statewide, as_of), ever_across, {row["agency_id"] for row in statewide}, text),
        meaning=(
            *([text.t("Type a town, a county or a ZIP code to see which agencies can act there.")] if local else []),
            *([_not_without_ice(text)] if readable and not rows else []),
            *_beyond(past, text),
        ),
    )


def _state_had(across: int, local: int, abbr: str, past: bool, text: Text) -> str:
    """Return what stands after the agencies of a state: that they have agreements, or had them."""
    if across and not local and abbr in NOT_STATES:  # the words for them name what they act in
        if past:
            return text.n("had a 287(g) agreement", "had 287(g) agreements", across)
        return text.n("has a 287(g) agreement", "have 287(g) agreements", across)
    state, number = state_words(abbr, text, in_sentence=True), across + local
    if past:
        return text.n("in {state} had a 287(g) agreement", "in {state} had 287(g) agreements", number, state=state)
    return text.n("in {state} has a 287(g) agreement", "in {state} have 287(g) agreements", number, state=state)


Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class RecordKey:
    """A record to remember something by: the same where its rows are the same object."""

    record: LoadedRecord

    def __hash__(self) -> int:
        return id(self.record.agreements)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordKey) and self.record.agreements is other.record.agreements


@dataclass(frozen=True)
class _Held:
    """The rows of a record as plain mappings, and which of them were in force on a day."""

    rows: list[Row]
    mask: np.ndarray

    def at(self, positions: np.ndarray) -> list[Row]:
        """Return the rows at some positions, in their order."""
        return [self.rows[position] for position in positions]


@lru_cache(maxsize=1)
def _rows(key: RecordKey) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in key.record.agreements.to_dict("records")]


@lru_cache(maxsize=8)
def _held(key: RecordKey, as_of: dt.date | None) -> _Held:
    return _Held(_rows(key), filter_mask(key.record.agreements, Filters(as_of=as_of)))


def _number_of_agencies(rows: Sequence[Row]) -> int:
    return len({row["agency_id"] for row in rows})


def _is_before_newest(record: LoadedRecord, as_of: dt.date | None) -> bool:
    return as_of is not None and record.newest_list is not None and as_of < record.newest_list


def _named_list(record: LoadedRecord, as_of: dt.date | None) -> dt.date | None:
    """Return the day of the list a sentence is dated by, or None where it is dated by no list."""
    if record.newest_list and (as_of is None or as_of >= record.newest_list):
        return record.newest_list
    standing = record.list_on(as_of) if as_of else None
    return standing.day if standing else None


def dated_by(record: LoadedRecord, as_of: dt.date | None, text: Text, *, several: bool = False) -> str:
    """Return what a sentence is dated by: the ICE list that stood that day, or the day itself before the first.

    Args:
        record: The record.
        as_of: The day asked for; None for the newest list.
        text: Language.
        several: Whether that list alone does not show what the sentence says, but it and those before it together.
    """
    named = _named_list(record, as_of)
    if named and several:
        return text.t("As of ICE’s lists up to {day}", day=text.day(named))
    if named:
        return text.t("As of ICE’s list of {day}", day=text.day(named))
    if as_of:
        return text.t("As of {day}", day=text.day(as_of))
    return text.t("With no ICE list at hand")


def _off_the_list(rows: Sequence[Row], record: LoadedRecord, as_of: dt.date | None) -> list[Row]:
    """Return the agreements that are not on the list a sentence is dated by, though they still count that day.

    ICE's lists drop a row now and then and show it again: one missing from too few lists to have ended counts on
    (see `map_app.filters.in_force`). None is returned where a sentence is dated by no list.
    """
    named = _named_list(record, as_of)
    if named is None:
        return []
    return [row for row in rows if not _was_on_list(row, named)]


def _only_off(rows: Sequence[Row], off: Sequence[Row]) -> bool:
    """Return whether all of some agreements are among those off a list."""
    gone = {row["agreement_id"] for row in off}
    return bool(rows) and all(row["agreement_id"] in gone for row in rows)


def _was_on_list(row: Row, named: dt.date) -> bool:
    first, last, missing = (_day(row[name]) for name in ("first_listed_date", "last_listed_date", "first_missing_date"))
    return bool(first and last and first <= named <= last and not (missing and missing <= named))


def _off_the_list_words(
    off: Sequence[Row], shown: Sequence[Row], record: LoadedRecord, as_of: dt.date | None, text: Text
) -> str:
    """Return, to follow a sentence, which agreements it counts that the list it is dated by does not show; or ""."""
    named = _named_list(record, as_of)
    if not off or named is None:
        return ""
    day = text.day(named)
    if len(off) == len(shown) == 1 and (last := _day(off[0]["last_listed_date"])):
        words = text.t("last listed on {last}, not on the list of {day}", last=text.day(last), day=day)
    else:
        gone = {row["agreement_id"] for row in off}
        on_it = {row["agency_id"] for row in shown if row["agreement_id"] not in gone}
        agencies = [_off_name(row, row["agency_id"] in on_it, text) for row in off]
        told = text.listing(list(dict.fromkeys(agencies)))
        words = text.t("not on the list of {day}: {agencies}", day=day, agencies=told)
    return f" ({words})"


def _off_name(row: Row, also_listed: bool, text: Text) -> str:
    """Return an agreement missing from a list: its agency and, where that has others on the list, its model."""
    agency, last = row["agency_name"], _day(row["last_listed_date"])
    if also_listed:
        agency = f"{agency} – {model_name(row['model'], text)}"
    return text.t("{agency}, last listed on {day}", agency=agency, day=text.day(last)) if last else agency


def _still_counted(off: Sequence[Row], text: Text) -> tuple[str, ...]:
    """Return why agreements that the newest list does not show are counted all the same."""
    if not off:
        return ()
    return (
        text.t(
            "ICE’s lists leave out an agreement now and then and show it again. Here one counts as ended when three "
            "lists no longer show it, or when a document says so."
        ),
    )


def _verdict(
    level: Level,
    geoid: str,
    whole: Sequence[Row],
    part: Sequence[Row],
    statewide: Sequence[Row],
    unplaced: int,
    record: LoadedRecord,
    past: bool,
    text: Text,
) -> tuple[str, str]:
    """Return the verdict and the rest of the sentence."""
    abbr = state_abbr(geoid)
    state = state_words(abbr, text, in_sentence=True)
    county = county_title(geoid, text, in_sentence=True)
    across = _number_of_agencies(statewide)
    of_state = [_Group(across_words(across, abbr, text))] if across else []
    match level:
        case Level.YES:
            groups = [_named(whole, text), *_local_groups(part, text), *of_state]
            who = _groups(groups, text)
            number = _number_of_agencies(whole) + _number_of_agencies(part) + across
            many = len(whole) + len(part) + len(statewide)
            if number == 1 and many > 1:
                had = (
                    text.n(
                        "{who} had {n} agreement under 287(g)", "{who} had {n} agreements under 287(g)", many, who=who
                    )
                    if past
                    else text.n(
                        "{who} has {n} agreement under 287(g)", "{who} has {n} agreements under 287(g)", many, who=who
                    )
                )
            elif past:
                had = text.n("{who} had a 287(g) agreement", "{who} had 287(g) agreements", number, who=who)
            else:
                had = text.n("{who} has a 287(g) agreement", "{who} have 287(g) agreements", number, who=who)
            return text.t("yes"), f": {had}"
        case Level.PARTLY:
            who = _groups([*_local_groups(part, text), *of_state], text)
            if unplaced or record.set_aside:
                # One of the agreements that could not be placed may be the sheriff's.
                return text.t("partly"), ": " + who
            if _has_sheriff(geoid) and not any("Sheriff" in row["agency_name"] for row in part):
                return text.t("partly"), ": " + text.t("not the sheriff, but {who}", who=who)
            return text.t("partly"), ": " + text.t("no agency of the whole county, but {who}", who=who)
        case Level.STATEWIDE_ONLY:
            who = (_named(statewide, text) if across <= _NAMED else of_state[0]).words
            if unplaced or record.set_aside:
                rest = text.t("{who} of {state}; no county or local agency could be matched", who=who, state=state)
            elif abbr in NOT_STATES:
                return text.t("only agencies that cover all of {state}", state=state), f": {who}"
            else:
                rest = text.t("no county or local agency, but {who}, covering all of {state}", who=who, state=state)
            return text.t("statewide agencies only"), f": {rest}"
        case Level.NONE_FOUND:
            return text.t("no agreement found"), " " + text.t("for {county}", county=county)
        case Level.COULD_NOT_TELL:
            if unplaced:
                rest = text.n(
                    "none was matched to {county}, but {n} agreement in {state} could not be placed and may belong "
                    "here",
                    "none was matched to {county}, but {n} agreements in {state} could not be placed and may belong "
                    "here",
                    unplaced,
                    county=county,
                    state=state,
                )
            else:
                rest = text.t("the record could not be read in full, so nothing can be said of {county}", county=county)
            return text.t("we could not tell"), f": {rest}"


def across_words(number: int, abbr: str, text: Text) -> str:
    """Return how many agencies act in a whole state or territory."""
    if abbr in NOT_STATES:
        state = state_words(abbr, text, in_sentence=True)
        return text.n("{n} agency of all of {state}", "{n} agencies of all of {state}", number, state=state)
    return text.n("{n} statewide agency", "{n} statewide agencies", number)


def _has_sheriff(geoid: str) -> bool:
    county = counties()[geoid]
    return (
        county.state_abbr not in _NO_COUNTY_SHERIFF_STATES
        and geoid not in _NO_COUNTY_SHERIFF
        and county.name.endswith((" County", " Parish"))
    )


@dataclass(frozen=True)
class _Group:
    """Some agencies as a sentence names them, and whether the words hold an "and"."""

    words: str
    nested: bool = False


def _groups(groups: Sequence[_Group], text: Text) -> str:
    """Return groups of agencies joined, with a comma before the last "and" where one of them holds an "and"."""
    words = [group.words for group in groups]
    if len(words) < 2 or not any(group.nested for group in groups):
        return text.listing(words)
    return text.t("{first}, and {last}", first=", ".join(words[:-1]), last=words[-1])


def _named(rows: Sequence[Row], text: Text) -> _Group:
    """Return the agencies of some rows by name, or how many there are where they are many."""
    names = _agency_names(rows)
    if len(names) > _NAMED:
        return _Group(text.n("{n} agency of the whole county", "{n} agencies of the whole county", len(names)))
    return _Group(text.listing([_with_article(name, text) for name in names]), nested=len(names) > 1)


_TAKES_THE: Final = re.compile(r"(Office|Department|Bureau|Division|Agency|Center|Jail|Prison|Patrol|Guard|Police)s?\b")


def _with_article(name: str, text: Text) -> str:
    """Return an agency's name with the article a sentence gives it: "the Wake County Sheriff's Office"."""
    return text.t("the {agency}", agency=name) if _TAKES_THE.search(name) else name


def _agency_names(rows: Sequence[Row]) -> list[str]:
    # Sheriffs first: they are whom people ask for.
    return sorted({row["agency_name"] for row in rows}, key=lambda name: ("sheriff" not in name.casefold(), name))


def _local_groups(part: Sequence[Row], text: Text) -> list[_Group]:
    """Return agencies inside part of the county: "the police of A and B inside the county", or how many there are."""
    agencies = sorted({row["agency_id"]: row for row in part}.values(), key=lambda row: str(row["agency_name"]))
    if not agencies:
        return []
    all_police = all(_is_town_police(row) for row in agencies)
    if len(agencies) > (_NAMED if all_police else 1):
        return [_Group(text.n("{n} agency inside the county", "{n} agencies inside the county", len(agencies)))]
    if all_police:
        towns = text.listing(list(dict.fromkeys(row["place_name"] for row in agencies)))
        named = text.t("the police of {towns}", towns=towns)
    else:
        named = _with_article(agencies[0]["agency_name"], text)
    return [_Group(text.t("{agencies} inside the county", agencies=named), nested=len(agencies) > 1)]


def _is_town_police(row: Row) -> bool:
    named_after_town = row["agency_name"].endswith("Police Department") and row["place_name"]
    return bool(row["agency_type"] == AgencyType.MUNICIPAL and named_after_town)


def _agreements(
    rows: Sequence[Row], text: Text, day: dt.date | None = None, *, alphabetical: bool = True
) -> tuple[Agreement, ...]:
    if alphabetical:
        rows = sorted(rows, key=lambda row: (row["agency_name"], _day(row["signed_date"]) or dt.date.min))
    return tuple(_agreement(row, text, day) for row in rows)


def _agreement(row: Row, text: Text, day: dt.date | None) -> Agreement:
    """Return an agreement as the answer shows it: in force on a day, or stopped where None."""
    model = Model(row["model"])
    task_force_ended = _day(row["task_force_ended_date"])
    if model is Model.HYBRID and day and task_force_ended and task_force_ended <= day:
        model = Model.JAIL_ENFORCEMENT  # what was left of it
    note = record_words(row["note"], text)
    return Agreement(
        agreement_id=row["agreement_id"],
        agency_id=row["agency_id"],
        agency_name=row["agency_name"],
        model=model.code,
        model_name=model_name(model, text),
        meaning=model_meaning(model, text),
        extent=extent_words(row, text),
        when=when_words(row, text),
        signed=_day(row["signed_date"]),
        memorandum=safe_link(row["moa_url"]),
        memorandum_pending=row["moa_status"] == MoaStatus.PENDING,
        note=note.words,
        note_language=note.language,
        sources=row["sources"],
    )


def _gone(ever: Sequence[Row], in_force: Sequence[Row], as_of: dt.date | None) -> list[Row]:
    """Return the agreements that had stopped by a day without being replaced, newest first."""
    held = {row["agreement_id"] for row in in_force}
    stopped = [
        row
        for row in ever
        if row["agreement_id"] not in held
        and not pd.isna(row["ended_date"])
        and row["ended_basis"] != EndedBasis.SUPERSEDED
        and (as_of is None or row["ended_date"].date() <= as_of)
    ]
    return sorted(stopped, key=lambda row: _day(row["signed_date"]) or dt.date.min, reverse=True)


def _past(gone: Sequence[Row], ever: Sequence[Row], active: set[str], text: Text) -> tuple[str, ...]:
    """Return from when to when agencies had agreements that have none now: the sheriff first, then the latest end."""
    ends: list[tuple[int, pd.Timestamp, str]] = []
    for agency_id in dict.fromkeys(row["agency_id"] for row in gone):
        if agency_id in active:
            continue
        last = max((row for row in gone if row["agency_id"] == agency_id), key=lambda row: row["ended_date"])
        agency = str(last["agency_name"])
        day = text.day(last["ended_date"].date())
        begun = [row["signed_date"] for row in ever if row["agency_id"] == agency_id]
        since = min((day for day in begun if not pd.isna(day) and day <= last["ended_date"]), default=None)
        exact = last["ended_basis"] == EndedBasis.EXACT
        if since is None:
            if exact:
                words = text.t("{agency} had an agreement until {day}.", agency=agency, day=day)
            else:
                words = text.t("{agency} had an agreement; it was last listed on {day}.", agency=agency, day=day)
        else:
            first = text.day(since.date())
            if len(begun) == 1 and exact:
                words = text.t("{agency} signed an agreement on {first}; it ended on {day}.",
                               agency=agency, first=first, day=day)  # fmt: skip
            elif len(begun) == 1:
                words = text.t("{agency} signed an agreement on {first}; it was last listed on {day}.",
                               agency=agency, first=first, day=day)  # fmt: skip
            elif exact:
                words = text.t(
                    "{agency} first signed an agreement on {first}; the last one ended on {day}.",
                    agency=agency, first=first, day=day,
                )  # fmt: skip
            else:
                words = text.t(
                    "{agency} first signed an agreement on {first}; the last one was last listed on {day}.",
                    agency=agency, first=first, day=day,
                )  # fmt: skip
        ends.append((_nearness(last), last["ended_date"], words))
    return tuple(words for *_, words in sorted(ends, key=lambda end: (end[0], -end[1].value, end[2])))


def _nearness(row: Row) -> int:
    """Return 0 for a sheriff of the whole county, 1 for its other agencies, 2 for those of a part of it."""
    if row["coverage"] == Coverage.PART_OF_COUNTY:
        return 2
    return int("sheriff" not in row["agency_name"].casefold())


def _day(value: Any) -> dt.date | None:
    return None if pd.isna(value) else value.date()


def _timeline(local: Sequence[Row], statewide: Sequence[Row], text: Text) -> tuple[TimelineEntry, ...]:
    """Return what happened to the agreements of a county and of its state, oldest first."""
    entries: list[TimelineEntry] = []
    for records, of_state in ((local, False), (statewide, True)):
        renewed = {
            (row["agency_id"], row["model"], row["ended_date"])
            for row in records
            if row["ended_basis"] == EndedBasis.SUPERSEDED
        }
        signed_on = {(row["agency_id"], row["model"], row["signed_date"]) for row in records}
        for row in records:
            for event, value in _events(row, renewed, signed_on):
                entries.append(_entry(row, event, value, of_state, text))
        for row in records:
            if pd.isna(row["signed_date"]) and not pd.isna(row["signed_year"]):
                entries.append(_entry(row, Event.SIGNED, int(row["signed_year"]), of_state, text))
    return tuple(
        sorted(entries, key=lambda e: (e.date, e.event is not Event.SIGNED, e.statewide, e.agency_name, e.model))
    )


def _events(
    row: Row, renewed: set[tuple[Any, ...]], signed_on: set[tuple[Any, ...]]
) -> Iterable[tuple[Event, dt.date]]:
    """Return the dated events of one agreement."""
    agency, model = row["agency_id"], row["model"]
    signed, ended = _day(row["signed_date"]), _day(row["ended_date"])
    if signed:
        yield (Event.SIGNED_AGAIN if (agency, model, row["signed_date"]) in renewed else Event.SIGNED), signed
    elif pd.isna(row["signed_year"]) and not pd.isna(row["first_listed_date"]):
        yield Event.FIRST_LISTED, row["first_listed_date"].date()
    for left, back in unlisted_periods(row["unlisted_periods"]):
        yield Event.OFF_THE_LISTS, left
        yield Event.LISTED_AGAIN, back
    task_force = _day(row["task_force_ended_date"])
    if task_force:
        yield Event.TASK_FORCE_ENDED, task_force
    if ended and row["ended_basis"] == EndedBasis.EXACT:
        yield Event.ENDED, ended
    elif ended and row["ended_basis"] == EndedBasis.LAST_LISTED:
        yield Event.LAST_LISTED, ended
    elif ended and (agency, model, row["ended_date"]) not in signed_on:
        yield Event.REPLACED, ended


def _entry(row: Row, event: Event, when: dt.date | int, of_state: bool, text: Text) -> TimelineEntry:
    date, day = (when, text.day(when)) if isinstance(when, dt.date) else (dt.date(when, 1, 1), str(when))
    agency, model = row["agency_name"], model_name(row["model"], text)
    words = {
        Event.SIGNED: text.t("{agency} signed an agreement ({model})", agency=agency, model=model),
        Event.SIGNED_AGAIN: text.t("{agency} signed a new agreement ({model})", agency=agency, model=model),
        Event.FIRST_LISTED: text.t("ICE first listed {agency} ({model})", agency=agency, model=model),
        Event.TASK_FORCE_ENDED: text.t("The task force part of the agreement of {agency} ended", agency=agency),
        Event.ENDED: text.t("The agreement of {agency} ended ({model})", agency=agency, model=model),
        Event.LAST_LISTED: text.t("{agency} was last listed ({model})", agency=agency, model=model),
        Event.OFF_THE_LISTS: text.t("{agency} was gone from ICE’s list ({model})", agency=agency, model=model),
        Event.LISTED_AGAIN: text.t("{agency} was back on ICE’s list ({model})", agency=agency, model=model),
        Event.REPLACED: text.t("The agreement of {agency} was replaced ({model})", agency=agency, model=model),
    }[event]
    alone = {
        Event.SIGNED: text.t("signed an agreement ({model})", model=model),
        Event.SIGNED_AGAIN: text.t("signed a new agreement ({model})", model=model),
        Event.FIRST_LISTED: text.t("first listed by ICE ({model})", model=model),
        Event.TASK_FORCE_ENDED: text.t("the task force part of the agreement ended"),
        Event.ENDED: text.t("the agreement ended ({model})", model=model),
        Event.LAST_LISTED: text.t("last listed ({model})", model=model),
        Event.OFF_THE_LISTS: text.t("gone from ICE’s list ({model})", model=model),
        Event.LISTED_AGAIN: text.t("back on ICE’s list ({model})", model=model),
        Event.REPLACED: text.t("the agreement was replaced ({model})", model=model),
    }[event]
    code, near = Model(row["model"]).code, _nearness(row)
    return TimelineEntry(date, day, event, agency, code, words, alone, of_state, row["agreement_id"], near)


def _off_the_lists(rows: Sequence[Row], as_of: dt.date | None, text: Text) -> tuple[str, ...]:
    """Return which agreements ICE's lists lacked on a day though earlier and later ones show them."""
    found = [(row, period) for row in rows if (period := period_off_the_lists(row["unlisted_periods"], as_of))]
    return tuple(
        text.t(
            "{agency} ({model}) is not counted: it is missing from ICE’s list of {first} and those after it, until "
            "that of {second} shows it again.",
            agency=row["agency_name"], model=model_name(row["model"], text),
            first=text.day(left), second=text.day(back),
        )
        for row, (left, back) in found
    )  # fmt: skip


def _cautions(
    record: LoadedRecord, level: Level, state: str, unplaced: int, as_of: dt.date | None, past: bool, text: Text
) -> tuple[str, ...]:
    """Return what limits the answer."""
    lines = []
    if unplaced and level is not Level.COULD_NOT_TELL:
        lines.append(
            text.n(
                "{n} more agreement in {state} could not be placed and may belong here.",
                "{n} more agreements in {state} could not be placed and may belong here.",
                unplaced,
                state=state_words(state, text, in_sentence=True),
            )
        )
    if record.set_aside:
        lines.append(
            text.n(
                "{n} row of the record could not be read and is not in this answer.",
                "{n} rows of the record could not be read and are not in this answer.",
                record.set_aside,
            )
        )
    if record.refused:
        lines.append(text.t("The newest version of the record could not be used; this answer rests on the one before."))
    gap = record.gap_on(as_of) if as_of else None
    if gap:
        lines.append(gap_words(text.day(gap[0]), text.day(gap[1]), text))
    if past and as_of is not None:
        first = record.agreements["first_listed_date"].min()
        if pd.isna(first) or pd.Timestamp(as_of) < first:
            lines.append(
                text.t(
                    "No ICE list of that time is held. This rests on the signing and end dates that documents give, "
                    "and may miss agreements."
                )
            )
    return tuple(lines)


def _meaning(level: Level, geoid: str, past: bool, text: Text) -> tuple[str, ...]:
    """Return what the answer means and does not mean."""
    match level:
        case Level.YES | Level.PARTLY:
            first = text.t(
                "An agreement lets trained officers of these agencies do certain work of immigration officers under "
                "ICE’s supervision. What exactly depends on the model. It does not show how often they do it."
            )
        case Level.STATEWIDE_ONLY if state_abbr(geoid) in NOT_STATES:
            state = state_words(state_abbr(geoid), text, in_sentence=True)
            first = text.t("Officers of these agencies can act here as anywhere in {state}.", state=state)
        case Level.STATEWIDE_ONLY:
            first = " ".join(
                (
                    text.t("No agency of {places} is on the list.", places=_places_here(geoid, text)),
                    text.t("Officers of the statewide agencies can act here as anywhere in the state."),
                )
            )
        case Level.NONE_FOUND:
            first = " ".join(
                (
                    text.t(
                        "“No agreement found” means that the list shows no agency of {places}.",
                        places=_places_here(geoid, text, widely=True),
                    ),
                    _not_without_ice(text),
                )
            )
        case Level.COULD_NOT_TELL:
            first = text.t(
                "This is not a “no”. Part of the record could not be read or could not be matched to a county, and it "
                "may be about this one."
            )
    return (first, *_beyond(past, text))


def _not_without_ice(text: Text) -> str:
    """Return what finding no agreement does not mean."""
    return text.t(
        "It does not mean that no one here works with ICE, and ICE’s own officers work throughout the country."
    )


def _beyond(past: bool, text: Text) -> tuple[str, ...]:
    """Return what no answer can show."""
    newer = text.t("Agreements signed after this list came out are not in it.")
    also_without = text.t(
        "Police, sheriffs and jails can also work with ICE without an agreement of this kind, for example by sharing "
        "information or by holding a person when ICE asks. This page does not show that."
    )
    return (also_without,) if past else (also_without, newer)


def _places_here(geoid: str, text: Text, *, widely: bool = False) -> str:
    """Return the places whose agencies an answer speaks of: a county and its towns and, if asked, what they lie in."""
    county, abbr = county_words(geoid, text, in_sentence=True), state_abbr(geoid)
    if counties()[geoid].name == state_name(abbr):
        return county
    state = state_words(abbr, text, in_sentence=True)
    if abbr in TERRITORIES or counties()[geoid].name.endswith((" city", "City", " Municipality", " City and Borough")):
        # No towns with agencies of their own lie in these.
        return text.t("{county} or of {state}", county=county, state=state) if widely else county
    if widely:
        return text.t("{county}, of a town in it, or of {state}", county=county, state=state)
    return text.t("{county} or of a town in it", county=county)


def across_heading(place: str, text: Text) -> str:
    """Return the heading of the agencies of a whole state; `place` is the code of a county or of the state itself."""
    abbr = state_abbr(place)
    if abbr not in NOT_STATES:
        return (
            text.t("Agencies of the whole state")
            if len(place) == 2
            else text.t("Agencies of the whole state, which can act here too")
        )
    if len(place) == 2 or counties()[place].name == state_name(abbr):
        return text.t("Agencies of all of {state}", state=state_words(abbr, text, in_sentence=True))
    return text.t("Agencies of the whole territory, which can act here too")


def answer_groups(told: Answer, text: Text) -> list[tuple[str, tuple[Agreement, ...]]]:
    """Return the agreements of an answer under the headings it shows them by, the nearest first; no empty group."""
    groups = (
        (text.t("Agencies of the whole county"), told.county_wide),
        (text.t("Agencies of several counties"), told.several_counties),
        (text.t("Agencies in part of the county"), told.part_of_county),
        (across_heading(told.geoid, text), told.statewide),
    )
    return [(heading, agreements) for heading, agreements in groups if agreements]


def by_agency(agreements: Iterable[Agreement]) -> list[list[Agreement]]:
    """Return agreements by agency, in the order each agency comes first."""
    held: dict[str, list[Agreement]] = {}
    for one in agreements:
        held.setdefault(one.agency_id, []).append(one)
    return list(held.values())


def application_words(one: Application, text: Text) -> str:
    """Return an application in one line: agency, model, and how long ICE listed it as pending."""
    model = next((model_name(model, text) for model in Model if model.code == one.model), "")
    name = f"{one.agency_name}, {model}" if model else one.agency_name
    if not (one.first_listed and one.last_listed):
        return name
    told = {"agency": name, "first": text.day(one.first_listed), "last": text.day(one.last_listed)}
    if one.still_listed:
        return text.t("{agency}: listed from {first}, still on the newest list ({last})", **told)
    if one.first_listed == one.last_listed:
        return text.t("{agency}: listed on {first} only; the record knows of no such agreement since", **told)
    return text.t("{agency}: listed from {first} to {last}; the record knows of no such agreement since", **told)


_PENDING_NEEDED: Final = ("agency_id", "agency_name", "state_abbr", "outcome")
_PENDING_MORE: Final = ("model", "first_listed_date", "last_listed_date", "printed_county")


def read_pending(path: Path | None = None) -> pd.DataFrame | None:
    """Return the agencies ICE listed as pending, every cell as text, or None where no such file is held.

    Args:
        path: CSV file; pending.csv beside the record where None.

    Raises:
        UnreadableFileError: The file is there but is not a table of agencies.
    """
    path = path or record_path().with_name("pending.csv")
    try:
        info = path.stat()
    except OSError:
        return None
    return _read_pending(path, info.st_mtime_ns, info.st_size)


@lru_cache(maxsize=2)
def _read_pending(path: Path, changed: int, size: int) -> pd.DataFrame:
    """Return the file as it was at a time of change; read once, since every answer rests on it."""
    remedy = "Rebuild it with `map-app ingest`."
    try:
        rows = pd.read_csv(path, dtype="str", keep_default_na=False, na_filter=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as wrong:
        raise UnreadableFileError(path, [Fault(None, None, None, "it is not a well-formed CSV", remedy)]) from wrong
    missing = [name for name in _PENDING_NEEDED if name not in rows.columns]
    if missing:
        raise UnreadableFileError(path, [Fault(1, name, None, "the column is missing", remedy) for name in missing])
    for name in _PENDING_MORE:
        if name not in rows.columns:
            rows[name] = ""
    return rows


def _applications(
    pending: pd.DataFrame | None, record: LoadedRecord, geoid: str, as_of: dt.date | None
) -> tuple[Application, ...]:
    """Return the applications of agencies of a county or of its whole state that led to no agreement (yet)."""
    if pending is None:
        return ()
    return tuple(
        application
        for ground, application in _waiting(_PendingKey(pending), RecordKey(record)).get(state_abbr(geoid), ())
        if (ground is None or geoid in ground)
        and not (as_of and application.first_listed and application.first_listed > as_of)
    )


@dataclass(frozen=True, eq=False)
class _PendingKey:
    """A table of applications to remember something by: the same where it is the same object."""

    rows: pd.DataFrame

    def __hash__(self) -> int:
        return id(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _PendingKey) and self.rows is other.rows


@lru_cache(maxsize=1)
def _waiting(
    pending_key: _PendingKey, record_key: RecordKey
) -> dict[str, list[tuple[frozenset[str] | None, Application]]]:
    """Return the applications that led to no agreement (yet) by state, each with its counties, None for all of them.

    An agency that has signed before covers what the record says; another one the county its list prints, where that
    names one county of the state.
    """
    pending = pending_key.rows
    newest = pending["last_listed_date"].max()
    rows = pending[pending["outcome"] != "signed"].sort_values(["agency_name", "last_listed_date"])
    wanted = set(rows["agency_id"])
    covers = {
        str(row["agency_id"]): None if row["coverage"] == Coverage.STATEWIDE else frozenset(_codes(row))
        for row in _rows(record_key)
        if row["agency_id"] in wanted
    }
    has = {(row["agency_id"], row["model"]) for row in _rows(record_key) if row["status"] == Status.ACTIVE}
    found: dict[str, list[tuple[frozenset[str] | None, Application]]] = {}
    for row in rows.to_dict("records"):
        if (row["agency_id"], Model.parse(row["model"])) in has:
            continue  # it has what it applied for, by an agreement signed before
        printed = find_counties(row["printed_county"], row["state_abbr"]) if row["printed_county"] else ()
        ground = covers.get(row["agency_id"], frozenset(printed) if len(printed) == 1 else frozenset())
        first, last = (dt.date.fromisoformat(row[name]) if row[name] else None for name in _LISTED_DATES)
        model = Model.parse(row["model"])
        application = Application(
            agency_name=row["agency_name"],
            state_abbr=row["state_abbr"],
            model=model.code if model else "",
            first_listed=first,
            last_listed=last,
            still_listed=row["last_listed_date"] == newest and row["outcome"] == "unknown",
        )
        found.setdefault(row["state_abbr"], []).append((ground, application))
    return found


def _codes(row: Row) -> Iterable[str]:
    return filter(None, row["county_geoids"].split(";"))


_LISTED_DATES: Final = ("first_listed_date", "last_listed_date")
