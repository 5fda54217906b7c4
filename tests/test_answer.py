"""The resident's answer: levels, sentences, history, cautions; and that it says what the table says."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from example_record import (
    CABARRUS,
    GUAM,
    MARICOPA,
    MECKLENBURG,
    NEWEST_LIST,
    PINAL,
    SHIPPED,
    WAKE,
    agreement,
    load_record,
    write_rows,
)

from geo.fips import STATES, counties
from geo.search import Kind, Status, state_name_in
from map_app.agreements import COLUMN_NAMES
from map_app.answer import Event, Level, answer, read_pending, state_answer
from map_app.errors import UnreadableFileError
from map_app.filters import Filters, filter_mask
from map_app.lookup import find, lookup, lookup_text
from map_app.page_html import answer_html, place_html
from map_app.popups import CountyAgreements, county_popup
from map_app.record import ListHeld, LoadedRecord
from map_app.text import LANGUAGES, text_in
from map_app.text.places import state_words
from map_app.vocabulary import Participation

Load = Callable[..., LoadedRecord]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    def build(*rows: Mapping[str, str]) -> LoadedRecord:
        return load_record(write_rows(tmp_path / "agreements.csv", rows))

    return build


def sheriff(name: str = "Maricopa County Sheriff's Office", geoid: str = MARICOPA, **cells: str) -> dict[str, str]:
    slug = re.sub(r"[^a-z]+", "-", name.casefold()).strip("-")
    state = counties()[geoid].state_abbr
    base = {
        "agreement_id": f"{state.lower()}-{slug}-wso-2025-03-01",
        "agency_id": f"{state.lower()}-{slug}",
        "agency_name": name,
        "state_abbr": state,
        "county_geoids": geoid,
    }
    return agreement(**(base | cells))


def police(town: str, geoid: str = MARICOPA, **cells: str) -> dict[str, str]:
    kind = {"agency_type": "municipal", "coverage": "part_of_county", "place_name": town, "placement": "place_name"}
    return sheriff(f"{town} Police Department", geoid, **(kind | cells))


def statewide(name: str, state: str = "AZ", **cells: str) -> dict[str, str]:
    geoid = {"AZ": MARICOPA, "NC": WAKE, "GU": GUAM}[state]
    kind = {"agency_type": "state", "coverage": "statewide", "county_geoids": ""}
    return sheriff(name, geoid, **(kind | cells))


def unplaced(state: str = "AZ") -> dict[str, str]:
    geoid = {"AZ": MARICOPA, "NC": WAKE}[state]
    return sheriff(
        "Somewhere Police Department", geoid, agency_type="municipal", coverage="", county_geoids="",
        placement="unplaced", placement_note="two towns of that name",
    )  # fmt: skip


LEAD = "As of ICE’s list of 11 May 2026, "


# Levels and sentences


def test_county_agency_answers_yes_and_is_named(loaded: Load) -> None:
    told = answer(loaded(sheriff()), MARICOPA)
    assert told.level is Level.YES
    assert told.participation is Participation.COUNTY_WIDE
    assert told.sentence == LEAD + "yes: the Maricopa County Sheriff's Office has a 287(g) agreement."
    assert told.verdict == "yes"


def test_agency_with_two_models_has_two_agreements(loaded: Load) -> None:
    other = sheriff(agreement_id="az-maricopa-tfm", model="Task Force Model")
    told = answer(loaded(sheriff(), other), MARICOPA)
    assert told.sentence == LEAD + "yes: the Maricopa County Sheriff's Office has 2 agreements under 287(g)."
    assert {one.model for one in told.county_wide} == {"WSO", "TFM"}


def test_all_levels_stand_in_one_sentence(loaded: Load) -> None:
    rows = [
        sheriff(),
        police("Mesa"),
        police("Tempe"),
        statewide("Arizona Rangers"),
        statewide("Arizona Prison Service"),
    ]
    told = answer(loaded(*rows), MARICOPA)
    assert told.sentence == (
        LEAD + "yes: the Maricopa County Sheriff's Office, the police of Mesa and Tempe inside the county, and "
        "2 statewide agencies have 287(g) agreements."
    )
    assert [len(group) for group in (told.county_wide, told.several_counties, told.part_of_county, told.statewide)] == [
        1, 0, 2, 2,
    ]  # fmt: skip
    assert len(told.agreements) == 5


def test_police_inside_the_county_answer_partly_and_not_the_sheriff(loaded: Load) -> None:
    told = answer(loaded(police("Mesa"), police("Tempe"), statewide("Arizona Rangers")), MARICOPA)
    assert told.level is Level.PARTLY
    assert told.sentence == (
        LEAD + "partly: not the sheriff, but the police of Mesa and Tempe inside the county, and 1 statewide agency."
    )


def test_jail_that_signed_is_named_and_the_sheriff_is_not(loaded: Load) -> None:
    told = answer(loaded(sheriff("Maricopa County Detention Center")), MARICOPA)
    assert told.sentence == LEAD + "yes: the Maricopa County Detention Center has a 287(g) agreement."
    assert "sheriff" not in told.sentence


def test_not_the_sheriff_is_not_said_where_there_is_none(loaded: Load) -> None:
    for geoid in ("02020", "09001", "36061", "51510"):
        told = answer(loaded(police("Harbor", geoid)), geoid)
        assert told.level is Level.PARTLY
        assert "sheriff" not in told.sentence
        assert "no agency of the whole county, but the police of Harbor inside the county" in told.sentence


def test_not_the_sheriff_is_not_said_while_an_agreement_of_the_state_is_unplaced(loaded: Load) -> None:
    told = answer(loaded(police("Mesa"), unplaced()), MARICOPA)
    assert told.sentence == LEAD + "partly: the police of Mesa inside the county."
    assert told.unplaced == 1
    assert any("could not be placed" in line for line in told.cautions)


def test_many_local_agencies_are_counted(loaded: Load) -> None:
    told = answer(loaded(*(police(town) for town in ("Mesa", "Tempe", "Avondale", "Buckeye"))), MARICOPA)
    assert told.rest == ": not the sheriff, but 4 agencies inside the county"


def test_constable_is_named_not_called_police(loaded: Load) -> None:
    one = police("Precinct 5", agency_type="constable", agency_name="Maricopa County Constable Precinct 5")
    assert "Maricopa County Constable Precinct 5 inside the county" in answer(loaded(one), MARICOPA).sentence


def test_statewide_agencies_alone_are_named_and_said_to_cover_the_state(loaded: Load) -> None:
    told = answer(loaded(statewide("Arizona Department of Corrections")), PINAL)
    assert told.level is Level.STATEWIDE_ONLY
    assert told.sentence == (
        LEAD + "statewide agencies only: no county or local agency, but the Arizona Department of Corrections, "
        "covering all of Arizona."
    )


def test_nothing_listed_reads_no_agreement_found_never_no(loaded: Load) -> None:
    told = answer(loaded(sheriff()), WAKE)
    assert told.level is Level.NONE_FOUND
    assert told.sentence == LEAD + "no agreement found for Wake County, North Carolina."
    assert any("does not mean that no one here works with ICE" in line for line in told.meaning)


def test_unplaced_agreement_of_the_state_is_its_own_answer(loaded: Load) -> None:
    told = answer(loaded(unplaced("NC")), WAKE)
    assert told.level is Level.COULD_NOT_TELL
    assert told.sentence == (
        LEAD + "we could not tell: none was matched to Wake County, North Carolina, but 1 agreement in North Carolina "
        "could not be placed and may belong here."
    )
    assert answer(loaded(unplaced("NC")), MARICOPA).level is Level.NONE_FOUND


def test_unreadable_row_keeps_every_empty_county_undecided(loaded: Load) -> None:
    record = loaded(sheriff(), sheriff("Pinal County Sheriff's Office", PINAL, model="Mystery"))
    assert record.set_aside == 1
    assert answer(record, WAKE).level is Level.COULD_NOT_TELL
    assert answer(record, MARICOPA).level is Level.YES
    assert any("could not be read" in line for line in answer(record, MARICOPA).cautions)


def test_empty_record_cannot_tell(loaded: Load) -> None:
    told = answer(loaded(), WAKE)
    assert told.level is Level.COULD_NOT_TELL
    assert told.sentence.startswith("With no ICE list at hand, we could not tell")


def test_unknown_county_is_refused(loaded: Load) -> None:
    with pytest.raises(KeyError):
        answer(loaded(sheriff()), "99999")


# Days


def ended_sheriff() -> dict[str, str]:
    return sheriff(
        agreement_id="az-maricopa-hyb-2007", model="Hybrid (Jail + Task Force)", signed_date="2007-02-07",
        status="ended", first_listed_date="", last_listed_date="", ended_date="2011-12-15", ended_basis="exact",
        task_force_ended_date="2009-10-16",
    )  # fmt: skip


def test_past_day_speaks_in_the_past(loaded: Load) -> None:
    record = loaded(ended_sheriff(), police("Mesa"))
    told = answer(record, MARICOPA, dt.date(2010, 6, 30))
    assert told.sentence == "As of 30 June 2010, yes: the Maricopa County Sheriff's Office had a 287(g) agreement."
    assert any("No ICE list of that time is held" in line for line in told.cautions)
    assert told.ended == ()
    assert answer(record, MARICOPA, dt.date(2011, 12, 15)).level is Level.NONE_FOUND


def test_day_after_the_newest_list_is_answered_from_that_list(loaded: Load) -> None:
    record = loaded(sheriff())
    later = answer(record, MARICOPA, dt.date.fromisoformat(NEWEST_LIST) + dt.timedelta(days=40))
    assert later.sentence == answer(record, MARICOPA).sentence


def test_ended_agreement_is_told_with_both_days(loaded: Load) -> None:
    told = answer(loaded(ended_sheriff(), police("Mesa")), MARICOPA)
    assert told.level is Level.PARTLY
    assert [one.agreement_id for one in told.ended] == ["az-maricopa-hyb-2007"]
    assert told.past == (
        "Maricopa County Sheriff's Office signed an agreement on 7 February 2007; it ended on 15 December 2011.",
    )


def test_several_ended_agreements_are_told_from_the_first_to_the_last(loaded: Load) -> None:
    first = ended_sheriff() | {
        "agreement_id": "az-maricopa-jem-2005", "model": "Jail Enforcement Model", "signed_date": "2005-02-01",
        "ended_date": "2010-01-01", "task_force_ended_date": "",
    }  # fmt: skip
    told = answer(loaded(first, ended_sheriff(), police("Mesa")), MARICOPA)
    assert told.past == (
        "Maricopa County Sheriff's Office first signed an agreement on 1 February 2005; the last one ended on "
        "15 December 2011.",
    )


def test_agency_with_an_active_agreement_is_not_told_as_past(loaded: Load) -> None:
    told = answer(loaded(ended_sheriff(), sheriff()), MARICOPA)
    assert told.past == ()
    assert len(told.ended) == 1


def test_last_listed_is_not_told_as_the_end(loaded: Load) -> None:
    gone = sheriff(
        status="ended", last_listed_date="2025-09-05", first_missing_date="2025-09-12", ended_date="2025-09-05",
        ended_basis="last_listed",
    )  # fmt: skip
    told = answer(loaded(gone, police("Mesa")), MARICOPA)
    assert told.past[0].endswith("; it was last listed on 5 September 2025.")
    assert [entry.event for entry in told.timeline if entry.agency_name.startswith("Maricopa")] == [
        Event.SIGNED, Event.LAST_LISTED,
    ]  # fmt: skip


def test_timeline_tells_a_renewal_once(loaded: Load) -> None:
    old = sheriff(
        agreement_id="az-old", signed_date="2020-01-10", status="superseded", first_listed_date="", last_listed_date="",
        ended_date="2025-03-01", ended_basis="superseded",
    )  # fmt: skip
    told = answer(loaded(old, sheriff()), MARICOPA)
    assert [(entry.date.isoformat(), entry.event) for entry in told.timeline] == [
        ("2020-01-10", Event.SIGNED), ("2025-03-01", Event.SIGNED_AGAIN),
    ]  # fmt: skip
    assert told.ended == ()


def test_timeline_is_in_order_and_tells_the_end_of_the_task_force_part(loaded: Load) -> None:
    told = answer(loaded(police("Mesa"), ended_sheriff(), statewide("Arizona Rangers")), MARICOPA)
    assert [(e.event, e.statewide) for e in told.timeline] == [
        (Event.SIGNED, False), (Event.TASK_FORCE_ENDED, False), (Event.ENDED, False), (Event.SIGNED, False),
        (Event.SIGNED, True),
    ]  # fmt: skip
    assert sorted(e.date for e in told.timeline) == [e.date for e in told.timeline]


def test_hybrid_without_its_task_force_part_is_jail_enforcement(loaded: Load) -> None:
    record = loaded(ended_sheriff(), police("Mesa"))
    assert answer(record, MARICOPA, dt.date(2009, 6, 30)).county_wide[0].model == "HYB"
    assert answer(record, MARICOPA, dt.date(2010, 6, 30)).county_wide[0].model == "JEM"


def test_past_day_is_dated_by_the_list_that_stood(loaded: Load) -> None:
    record = replace(loaded(sheriff()), lists=(ListHeld(dt.date(2025, 6, 20), dt.date(2025, 6, 27)),))
    told = answer(record, MARICOPA, dt.date(2025, 6, 30))
    assert told.sentence.startswith("As of ICE’s list of 20 June 2025, yes: ")


def test_day_without_lists_says_so(loaded: Load) -> None:
    lists = (ListHeld(dt.date(2025, 6, 20), dt.date(2025, 6, 27)), ListHeld(dt.date(2025, 8, 1), dt.date(2025, 8, 2)))
    record = replace(loaded(sheriff()), lists=lists)
    assert any("No list is held between 27 June 2025 and 1 August 2025" in line
               for line in answer(record, MARICOPA, dt.date(2025, 7, 10)).cautions)  # fmt: skip


def test_signing_known_by_year_only_is_told_by_year(loaded: Load) -> None:
    row = sheriff(signed_date="", signed_year="2025")
    (entry,) = answer(loaded(row), MARICOPA).timeline
    assert (entry.day, entry.event) == ("2025", Event.SIGNED)


def test_memorandum_link_other_than_http_is_not_passed_on(loaded: Load) -> None:
    good = sheriff(moa_status="linked", moa_url="https://www.ice.gov/x.pdf")
    assert answer(loaded(good), MARICOPA).county_wide[0].memorandum == "https://www.ice.gov/x.pdf"
    assert answer(loaded(sheriff(moa_status="", moa_url="")), MARICOPA).county_wide[0].memorandum == ""


# Pending applications

PENDING_HEADER = "state_abbr,agency_id,agency_name,model,first_listed_date,last_listed_date,printed_county,outcome\n"


def test_pending_agencies_of_the_county_are_told_and_signed_ones_are_not(loaded: Load, tmp_path: Path) -> None:
    path = tmp_path / "pending.csv"
    path.write_text(
        PENDING_HEADER
        + "AZ,az-gila-bend,Gila Bend Police Department,Task Force Model,2026-01-02,2026-02-27,Maricopa County,unknown\n"
        + "AZ,az-old-town,Old Town Police Department,Task Force Model,2025-04-02,2025-05-01,Maricopa County,withdrawn\n"
        + "AZ,az-mesa-police-department,Mesa Police Department,Task Force Model,2025-04-02,2025-05-01,Maricopa,signed\n"
        + "AZ,az-x,Elsewhere Police Department,Task Force Model,2025-04-02,2025-05-01,Pinal County,unknown\n",
        encoding="utf-8",
    )
    pending = read_pending(path)
    told = answer(loaded(police("Mesa")), MARICOPA, pending=pending)
    assert [(one.agency_name, one.model, one.still_listed) for one in told.pending] == [
        ("Gila Bend Police Department", "TFM", True), ("Old Town Police Department", "TFM", False),
    ]  # fmt: skip
    before = answer(loaded(police("Mesa")), MARICOPA, dt.date(2025, 6, 1), pending=pending)
    assert [one.agency_name for one in before.pending] == ["Old Town Police Department"]


def test_pending_agency_on_record_covers_what_the_record_says(loaded: Load, tmp_path: Path) -> None:
    path = tmp_path / "pending.csv"
    record = loaded(statewide("Arizona Rangers"))
    agency = record.agreements["agency_id"][0]
    row = f"AZ,{agency},Arizona Rangers,Jail Enforcement Model,2026-01-02,2026-02-27,,unknown\n"
    path.write_text(PENDING_HEADER + row, encoding="utf-8")
    for geoid, number in ((PINAL, 1), (MARICOPA, 1), (WAKE, 0)):
        assert len(answer(record, geoid, pending=read_pending(path)).pending) == number


def test_application_for_what_an_agency_already_has_is_not_told_as_one_without_agreement(
    loaded: Load, tmp_path: Path
) -> None:
    path = tmp_path / "pending.csv"
    record = loaded(statewide("Arizona Rangers"))
    agency, model = record.agreements["agency_id"][0], record.agreements["model"][0]
    path.write_text(
        f"{PENDING_HEADER}AZ,{agency},Arizona Rangers,{model},2026-01-02,2026-01-02,,unknown\n", encoding="utf-8"
    )
    assert answer(record, PINAL, pending=read_pending(path)).pending == ()


@pytest.mark.parametrize(
    ("query", "geoids"),
    [
        ("Southampton Township, PA", {"42041"}),
        ("South Middleton Twp, PA", {"42041"}),
        ("West Donegal Township, PA", {"42071"}),
        ("Mahoning Township, PA", {"42073", "42093"}),
        ("Florida Atlantic University, FL", {"12011", "12099", "12111"}),
    ],
)
def test_place_an_agency_is_of_is_found_though_no_post_office_names_it(
    shipped: LoadedRecord, query: str, geoids: set[str]
) -> None:
    assert {geoid for match in find(shipped, query).matches for geoid in match.geoids} == geoids


def test_answer_of_a_state_names_its_statewide_agencies_and_its_limits(loaded: Load) -> None:
    record = loaded(sheriff(), statewide("Arizona Rangers"))
    html = place_html(record, "04", None, text_in("en"))
    assert "Arizona Rangers" in html
    assert "without an agreement of this kind" in html
    assert "without an agreement of this kind" in place_html(record, "72", None, text_in("en"))


def test_pending_file_may_be_absent_but_not_broken(tmp_path: Path) -> None:
    assert read_pending(tmp_path / "pending.csv") is None
    (tmp_path / "pending.csv").write_text("agency,state\nx,AZ\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="agency_name"):
        read_pending(tmp_path / "pending.csv")


# Finding agencies, and the command line's answer


def test_agency_is_found_by_its_name_in_english_and_spanish(loaded: Load) -> None:
    record = loaded(sheriff(), police("Mesa"))
    for query in (
        "Maricopa County Sheriff",
        "sheriff de Maricopa",
        "alguacil del condado de Maricopa",
        "Maricopa Sherrif",
    ):
        result = find(record, query)
        assert [(m.kind, m.name) for m in result.matches][:1] == [(Kind.AGENCY, "Maricopa County Sheriff's Office")], (
            query
        )
    assert find(record, "policía de Mesa").matches[0].name == "Mesa Police Department"


def test_agency_without_agreement_leads_to_its_place_not_to_another_agency(loaded: Load) -> None:
    record = loaded(sheriff("Cooke County Sheriff's Office", "48097"))
    result = find(record, "Cook County Sheriff's Office, IL")
    assert [(m.kind, m.geoids) for m in result.matches] == [(Kind.COUNTY, ("17031",))]


def test_marshall_county_is_a_place_not_a_marshal(loaded: Load) -> None:
    result = find(loaded(sheriff()), "Marshall County, AL")
    assert [m.geoids for m in result.matches] == [("01095",)]


def test_lookup_holds_the_contract(loaded: Load) -> None:
    found = lookup(loaded(sheriff(), statewide("Arizona Rangers")), "85003")
    assert (found["query"], found["as_of"], found["status"]) == ("85003", NEWEST_LIST, "one")
    (match,) = found["matches"]
    assert (match["geoid"], match["name"], match["state_abbr"]) == (MARICOPA, "Maricopa County", "AZ")
    assert match["participates"] == "county_wide"
    assert match["agreements"] == [
        "az-maricopa-county-sheriff-s-office-wso-2025-03-01", "az-arizona-rangers-wso-2025-03-01",
    ]  # fmt: skip
    assert json.loads(json.dumps(found)) == found


def test_lookup_gives_every_county_of_a_split_zip_code(loaded: Load) -> None:
    found = lookup(loaded(sheriff("Iredell County Sheriff's Office", "37097")), "28036")
    assert [(m["geoid"], m["participates"]) for m in found["matches"]] == [
        (MECKLENBURG, "none_listed"), (CABARRUS, "none_listed"), ("37097", "county_wide"),
    ]  # fmt: skip


def test_lookup_of_several_places_guesses_none(loaded: Load) -> None:
    found = lookup(loaded(sheriff()), "Mecklenburg")
    assert {"37119", "51117"} <= {m["geoid"] for m in found["matches"]}
    assert found["status"] == "several"


def test_lookup_marks_a_misspelling_as_a_suggestion(loaded: Load) -> None:
    found = lookup(loaded(sheriff()), "Maracopa County")
    assert found["status"] == "none"
    assert found["matches"][0]["geoid"] == MARICOPA
    assert all(match["did_you_mean"] for match in found["matches"])
    assert "Did you mean" in lookup_text(loaded(sheriff()), "Maracopa County")


def test_lookup_of_a_state_counts_its_agencies(loaded: Load) -> None:
    found = lookup(loaded(sheriff(), statewide("Arizona Rangers")), "Arizona")
    match = found["matches"][0]
    assert (match["geoid"], match["participates"], len(match["agreements"])) == ("04", "statewide_only", 2)
    told = "1 statewide agency and 1 county or local agency in Arizona have 287(g) agreements."
    assert match["sentence"] == LEAD + told


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "no agreement found for any agency in Guam."),
        (["Guam Customs"], "1 agency of all of Guam has a 287(g) agreement."),
        (["Guam Customs", "Guam Police"], "2 agencies of all of Guam have 287(g) agreements."),
    ],
)
def test_territory_is_not_called_a_state(loaded: Load, rows: list[str], sentence: str) -> None:
    held = [statewide(name, "GU") for name in rows]
    assert state_answer(loaded(sheriff(), *held), "GU").sentence == LEAD + sentence


def test_state_is_answered_alike_by_the_page_and_the_command(loaded: Load) -> None:
    gone = agreement(unlisted_periods="2025-07-11/2025-08-08")
    record, day = loaded(gone, sheriff(), statewide("Arizona Rangers")), dt.date(2025, 7, 20)
    told, printed = state_answer(record, "AZ", day), lookup_text(record, "Arizona", day)
    shown = unescape(re.sub("<[^>]+>", "", place_html(record, "04", day, text_in("en"))))
    assert [line for line in told.cautions if "is not counted" in line]
    for line in (told.sentence, *told.cautions, *(one.agency_name for one in told.statewide)):
        assert line in shown
        assert line in printed
    assert "<strong>" in place_html(record, "04", day, text_in("en"))
    assert "had" in told.rest


def test_state_tells_of_its_agencies_whose_agreements_have_ended(shipped: LoadedRecord) -> None:
    ended = (
        "Virginia Department of State Police signed an agreement on 28 February 2025; it was last listed on 6 February "
        "2026."
    )
    assert ended in state_answer(shipped, "VA").past
    assert ended in lookup_text(shipped, "Virginia State Police")
    assert ended in place_html(shipped, "51", None, text_in("en"))
    then = state_answer(shipped, "VA", dt.date(2025, 6, 30))  # it had one that day
    assert not any("State Police" in line for line in then.past)
    assert any("State Police" in one.agency_name for one in then.statewide)
    for state in STATES:  # who has an agreement now is not among those who had
        told = state_answer(shipped, state.abbr)
        held = {one.agency_name for one in told.statewide}
        assert not any(line.startswith(f"{name} {word}") for line in told.past for name in held
                       for word in ("signed", "first signed", "had")), state.abbr  # fmt: skip


def test_state_without_agreements_is_not_told_as_a_no(loaded: Load) -> None:
    told = state_answer(loaded(sheriff()), "WY")
    assert told.verdict == "no agreement found"
    assert "does not mean that no one here works with ICE" in told.meaning[0]


def test_lookup_text_says_what_to_try_when_nothing_is_found(loaded: Load) -> None:
    assert "ZIP code" in lookup_text(loaded(sheriff()), "qqqqqq")
    assert "three letters" in lookup_text(loaded(sheriff()), "x")


def test_lookup_text_gives_the_sentence_of_the_answer(loaded: Load) -> None:
    record = loaded(sheriff())
    assert answer(record, MARICOPA).sentence in lookup_text(record, "85003")


@pytest.mark.parametrize(
    ("day", "counted"),
    [("2025-07-10", True), ("2025-07-11", False), ("2025-08-07", False), ("2025-08-08", True), (None, True)],
)
def test_agreement_off_the_lists_for_a_while_is_not_counted_and_the_answer_says_so(
    loaded: Load, day: str | None, counted: bool
) -> None:
    record = loaded(agreement(unlisted_periods="2025-07-11/2025-08-08"))
    as_of = dt.date.fromisoformat(day) if day else None
    told = answer(record, PINAL, as_of)
    assert (len(told.county_wide) == 1) is counted
    said = [line for line in told.cautions if "is not counted" in line]
    assert said == [] if counted else ["11 July 2025" in line and "8 August 2025" in line for line in said] == [True]
    assert [entry.event for entry in told.timeline] == [Event.SIGNED, Event.OFF_THE_LISTS, Event.LISTED_AGAIN]
    spanish = answer(record, PINAL, as_of, text_in("es"))
    assert any("No se cuenta" in line for line in spanish.cautions) is not counted


# The shipped record


def _naive_rows(day: str | None) -> list[dict[str, str]]:
    """Read the table again with nothing but comparisons of text."""
    with SHIPPED.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if day is None:
        return [row for row in rows if row["status"] == "active"]
    first_list = min(row["first_listed_date"] for row in rows if row["first_listed_date"])

    def ended(row: dict[str, str]) -> bool:
        on_its_last_day = row["ended_basis"] == "last_listed" and row["ended_date"] == day
        return bool(row["ended_date"]) and row["ended_date"] <= day and not on_its_last_day

    if day >= first_list:
        kept = []
        for row in rows:
            missing = "" if row["status"] == "active" else row["first_missing_date"]
            gone = missing <= day if missing else ended(row)
            periods = [period.split("/") for period in row["unlisted_periods"].split(";") if period]
            gone = gone or any(left <= day < back for left, back in periods)
            if row["first_listed_date"] and row["first_listed_date"] <= day and not gone:
                kept.append(row)
        return kept
    begun = ((row["signed_date"] or (row["signed_year"] and f"{row['signed_year']}-01-01"), row) for row in rows)
    return [row for since, row in begun if since and since <= day and not ended(row)]


def _naive_answers(rows: Sequence[Mapping[str, str]]) -> dict[str, tuple[set[str], set[str], set[str], int]]:
    """Return ids per county: whole county, part of it, statewide; and the number of the state's unplaced rows."""
    found: dict[str, tuple[set[str], set[str], set[str], int]] = {}
    for geoid, county in counties().items():
        of_state = [row for row in rows if row["state_abbr"] == county.state_abbr]
        here = [row for row in of_state if geoid in row["county_geoids"].split(";")]
        found[geoid] = (
            {row["agreement_id"] for row in here if row["coverage"] in ("county", "multi_county")},
            {row["agreement_id"] for row in here if row["coverage"] == "part_of_county"},
            {row["agreement_id"] for row in of_state if row["coverage"] == "statewide"},
            sum(row["placement"] == "unplaced" for row in of_state),
        )
    return found


@pytest.mark.parametrize("day", [None, "2007-12-31", "2012-06-30", "2019-06-30", "2025-06-30", "2026-01-31"])
def test_answer_agrees_with_a_plain_reading_of_the_table_for_every_county(
    shipped: LoadedRecord, day: str | None
) -> None:
    assert shipped.set_aside == 0
    expected = _naive_answers(_naive_rows(day))
    as_of = dt.date.fromisoformat(day) if day else None
    mask = filter_mask(shipped.agreements, Filters(as_of=as_of))
    assert len(expected) == 3231
    for geoid, (whole, part, across, doubtful) in expected.items():
        told = answer(shipped, geoid, as_of)
        assert {one.agreement_id for one in told.county_wide + told.several_counties} == whole, geoid
        assert {one.agreement_id for one in told.part_of_county} == part, geoid
        assert {one.agreement_id for one in told.statewide} == across, geoid
        assert told.unplaced == doubtful, geoid
        empty = Level.COULD_NOT_TELL if doubtful else Level.NONE_FOUND
        level = Level.YES if whole else Level.PARTLY if part else Level.STATEWIDE_ONLY if across else empty
        assert told.level is level, geoid
        assert told.participation is shipped.index.level(geoid, mask), geoid
        assert f", {told.verdict}" in told.sentence
        assert not re.search(r", no[:.]", told.sentence)
        assert told.sentence.count("{") == 0


def test_shipped_record_names_the_sheriff_of_a_florida_county_and_its_statewide_agencies(shipped: LoadedRecord) -> None:
    told = answer(shipped, "12129")  # Wakulla
    assert told.level is Level.YES
    assert "the Wakulla County Sheriff's Office" in told.sentence
    assert re.search(r"\d+ statewide agencies", told.sentence)


def test_shipped_record_finds_nothing_in_cook_county_illinois(shipped: LoadedRecord) -> None:
    told = answer(shipped, "17031")
    assert told.level is Level.NONE_FOUND
    assert "no agreement found for Cook County, Illinois" in told.sentence


def test_lookup_and_answer_say_the_same(shipped: LoadedRecord) -> None:
    for query in ("33012", "Davidson, NC", "Mecklenburg", "Hialeah", "condado de Maricopa"):
        for match in lookup(shipped, query)["matches"]:
            told = answer(shipped, match["geoid"])
            assert match["sentence"] == told.sentence
            assert match["participates"] == told.participation
            assert match["agreements"] == [one.agreement_id for one in told.agreements]
            assert match["name"] == counties()[match["geoid"]].name


def test_too_short_text_gives_no_match(shipped: LoadedRecord) -> None:
    assert find(shipped, "x").status is Status.TOO_SHORT
    assert lookup(shipped, " ")["matches"] == []


def test_columns_the_answer_reads_are_in_the_contract() -> None:
    assert {"agency_id", "coverage", "ended_basis", "task_force_ended_date", "first_missing_date"} <= set(COLUMN_NAMES)


def test_answer_in_spanish_leaves_no_english_and_keeps_agency_names(loaded: Load) -> None:
    text = text_in("es")
    told = answer(loaded(sheriff(), police("Mesa"), statewide("Arizona Rangers")), MARICOPA, text=text)
    assert "Maricopa County Sheriff's Office" in told.sentence
    assert "ICE" in told.lead
    assert told.verdict == "sí"
    assert not re.search(r"\b(the|and|agency|list|yes)\b", told.sentence)


def test_states_are_named_alike_in_search_and_answer() -> None:
    for language in LANGUAGES:
        for state in STATES:
            assert state_name_in(state.abbr, language) == state_words(state.abbr, text_in(language))


# ---- how it reads where "county" and "state" are not the words, or a name stands for several places


@pytest.mark.parametrize(
    ("geoid", "language", "words"),
    [
        ("66010", "en", "only agencies that cover all of Guam: the Office"),
        ("66010", "es", "solo agencias de todo el territorio de Guam: "),
        ("69110", "en", "only agencies that cover all of the Northern Mariana Islands: "),
        ("69110", "es", "todo el territorio de las Islas Marianas del Norte: "),
        ("11001", "en", "no agreement found for the District of Columbia."),
        ("11001", "es", "para el Distrito de Columbia."),
        ("78030", "es", "Islas Vírgenes de EE. UU."),
    ],
)
def test_sentence_names_territories_and_the_capital_as_people_do(
    shipped: LoadedRecord, geoid: str, language: str, words: str
) -> None:
    told = answer(shipped, geoid, None, text_in(language))
    assert words in told.sentence
    assert not told.sentence.endswith("..")
    assert "state" not in told.meaning[0].replace("every state", "")


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_no_answer_of_any_county_joins_words_as_nobody_says_them(shipped: LoadedRecord, language: str) -> None:
    text = text_in(language)
    for geoid in counties():
        told = answer(shipped, geoid, None, text)
        for line in (told.sentence, *told.past, *told.cautions, *told.meaning):
            assert not re.search(r"\b(de|a) el |\.\.|\{|  |for District|of Northern Mariana", line), (geoid, line)


def test_place_with_the_name_of_a_county_and_a_town_is_told_once(shipped: LoadedRecord) -> None:
    told = lookup_text(shipped, "St. Louis, Missouri").splitlines()
    assert [line for line in told if not line.startswith(" ")] == [
        "St. Louis city, Missouri",  # most ZIP codes of St. Louis are of the city
        "St. Louis County, Missouri",
    ]
    guam = lookup_text(shipped, "Guam").splitlines()
    assert guam[0] == "Guam"
    assert guam[1].startswith("  As of ")
    # A town that reaches into a county of another name: the county that bears its name stands first.
    fairfax = [line for line in lookup_text(shipped, "Fairfax VA").splitlines() if not line.startswith(" ")]
    assert fairfax == ["Fairfax County, Virginia", "Fairfax city, Virginia", "Fairfax, Virginia"]


@pytest.mark.parametrize(
    ("query", "heads"),
    [
        ("Florida", ["Florida"]),
        ("Houston", ["Houston, Texas", "Houston County, Alabama"]),
        ("Philadelphia", ["Philadelphia County, Pennsylvania", "Philadelphia, Pennsylvania"]),
        ("New York", ["New York", "New York County, New York", "New York, New York"]),
        ("Madison", ["Madison, Wisconsin"]),
        ("Mesa", ["Mesa, Arizona"]),
        ("Maricopa", ["Maricopa County, Arizona"]),
    ],
)
def test_likeliest_place_of_a_name_stands_first(shipped: LoadedRecord, query: str, heads: list[str]) -> None:
    told = [line for line in lookup_text(shipped, query).splitlines() if not line.startswith(" ")]
    assert told[: len(heads)] == heads
    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Some addresses with the post-office name Philadelphia, Pennsylvania are in Delaware County."),
        (
            "es",
            "Algunas direcciones con el nombre postal de Philadelphia, Pensilvania están en el condado de Delaware.",
        ),
    ],
)
def test_county_that_only_some_addresses_of_a_town_are_in_is_said_to_be_so(
    shipped: LoadedRecord, language: str, words: str
) -> None:
    told = lookup_text(shipped, "Philadelphia, PA", None, text_in(language)).splitlines()
    assert f"  {words}" in told
    entries = {entry["geoid"]: entry["some_addresses"] for entry in lookup(shipped, "Philadelphia, PA")["matches"]}
    assert entries == {"42101": False, "42045": True}


def test_lookup_in_spanish_names_counties_in_spanish(shipped: LoadedRecord) -> None:
    assert (
        lookup_text(shipped, "Maricopa County", None, text_in("es")).splitlines()[0] == "Condado de Maricopa, Arizona"
    )
    assert "abarcan partes del condado de Nye." in lookup_text(shipped, "Las Vegas NV", None, text_in("es"))


def test_sheriff_comes_first_and_each_agency_tells_its_story_in_order(shipped: LoadedRecord) -> None:
    told = answer(shipped, "04013", None, text_in("en"))
    assert [line.split(" first ")[0] for line in told.past] == [
        "Maricopa County Sheriff's Office",
        "Phoenix Police Department",
    ]
    history = answer_html(told, text_in("en")).split('class="history"')[1]
    stories = re.findall(r"<ol>(.*?)</ol>", history)
    for story in stories:
        days = [dt.datetime.strptime(day, "%d %B %Y") for day in re.findall(r"<b>(\d+ \w+ \d{4})</b>", story)]
        assert days == sorted(days)
    assert len(stories) == len({entry.agency_name for entry in told.timeline if not entry.statewide})
    headings = re.findall(r"<h4>(.*?)</h4>", history)
    assert headings[0] == "Maricopa County Sheriff&#x27;s Office"
    assert len(headings) == len(set(headings)) == len(stories)
    assert "the sheriff first" in history
    assert "Office signed" not in history  # the agency is said once, above


# ---- what the list a sentence is dated by does not show


def off_the_list(name: str = "Maricopa County Sheriff's Office", **cells: str) -> dict[str, str]:
    return sheriff(name, **({"last_listed_date": "2026-05-07", "first_missing_date": "2026-05-08"} | cells))


def test_agreement_the_named_list_does_not_show_is_not_said_to_be_on_it(loaded: Load) -> None:
    # The police keep the record's newest list at 11 May 2026.
    elsewhere = police("Coolidge", PINAL)
    told = answer(loaded(off_the_list(), elsewhere), MARICOPA)
    assert told.sentence == (
        "As of ICE’s lists up to 11 May 2026, yes: the Maricopa County Sheriff's Office has a 287(g) agreement "
        "(last listed on 7 May 2026, not on the list of 11 May 2026)."
    )
    assert any("three lists no longer show it" in line for line in told.cautions)
    spanish = answer(loaded(off_the_list(), elsewhere), MARICOPA, None, text_in("es"))
    assert "7 de mayo de 2026" in spanish.sentence


def test_agreement_off_the_list_is_named_beside_those_on_it(loaded: Load) -> None:
    other = sheriff(agreement_id="az-maricopa-tfm", model="Task Force Model")
    told = answer(loaded(off_the_list(), other), MARICOPA)
    assert told.sentence == (
        LEAD + "yes: the Maricopa County Sheriff's Office has 2 agreements under 287(g) (not on the list of "
        "11 May 2026: Maricopa County Sheriff's Office – Warrant Service Officer, last listed on 7 May 2026)."
    )
    county_alone = answer(loaded(off_the_list(), police("Mesa")), MARICOPA)
    assert county_alone.sentence.startswith("As of ICE’s lists up to 11 May 2026, yes: ")
    assert "(not on the list of 11 May 2026: Maricopa County Sheriff's Office, last listed" in county_alone.sentence


@pytest.mark.parametrize("day", [None, "2026-05-07"])
def test_every_agreement_named_as_of_a_list_is_on_it_or_said_not_to_be(shipped: LoadedRecord, day: str | None) -> None:
    as_of = dt.date.fromisoformat(day) if day else None
    standing = max(held.day for held in shipped.lists if held.day <= (as_of or held.day)).isoformat()
    with SHIPPED.open(encoding="utf-8", newline="") as lines:
        rows = {row["agreement_id"]: row for row in csv.DictReader(lines)}
    on_list = {
        agreement_id
        for agreement_id, row in rows.items()
        if row["first_listed_date"] and row["first_listed_date"] <= standing <= row["last_listed_date"]
        and not (row["first_missing_date"] and row["first_missing_date"] <= standing)
    }  # fmt: skip
    said = set()
    for geoid in counties():
        told = answer(shipped, geoid, as_of)
        off = {one.agency_name for one in told.agreements if one.agreement_id not in on_list}
        assert bool(off) == ("not on the list of" in told.sentence), (geoid, told.sentence)
        assert all(name in told.sentence for name in off), (geoid, told.sentence)
        said |= off
    for state in STATES:
        sentence = state_answer(shipped, state.abbr, as_of).sentence
        here = {row["agency_name"] for row in rows.values() if row["state_abbr"] == state.abbr}
        assert bool(said & here) == ("not on the list of" in sentence), sentence
    # Grafton County, New Hampshire: missing since the list of 8 May 2026.
    assert ("Grafton County Sheriff's Office" in said) == (standing >= "2026-05-08")


# ---- territories and the capital are not called states


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("place", ["66010", "66", "69110", "69"])
def test_territories_are_not_called_states(shipped: LoadedRecord, place: str, language: str) -> None:
    text = text_in(language)
    told = re.sub(r"<[^>]+>", " ", place_html(shipped, place, None, text))
    told = told.replace("every state", "").replace("todos los estados", "").replace("Estados Unidos", "")
    assert not re.search(r"\bstatewide\b|whole state|estatal|todo el estado", told), told
    if place == "66010":  # one county equivalent: there is nothing else to act "here too"
        heading = {"en": "Agencies of all of Guam (1)", "es": "Agencias de todo el territorio de Guam (1)"}[language]
        assert heading in told
        assert "whole territory" in told or "todo el territorio" in told


def test_popups_of_territories_do_not_speak_of_a_state(shipped: LoadedRecord) -> None:
    mask = filter_mask(shipped.agreements, Filters())
    for geoid in ("66010", "69110"):
        local, across = shipped.index.rows_of_county(geoid, mask)
        rows = shipped.agreements.iloc
        here = CountyAgreements(geoid, rows[local], rows[across], rows[:0], shipped.index.level(geoid, mask))
        told = re.sub(r"<[^>]+>", " ", county_popup(here, "", text_in("en")))
        assert "of all of" in told
        assert "state agenc" not in told
        assert "statewide" not in told
