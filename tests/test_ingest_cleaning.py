from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from map_app.ingest.cleaning import clean_row, read_date
from map_app.ingest.corrections import CorrectionError, load_corrections
from map_app.ingest.links import clean_link
from map_app.ingest.names import agency_key, display_name, plain, slug, value
from map_app.ingest.workbooks import ListKind, RawRow
from map_app.vocabulary import MoaStatus, Model

DAY = dt.date(2026, 5, 11)
CORRECTIONS = load_corrections()
MOA = "https://www.ice.gov/doclib/287gMOA/a.pdf"


def row(**changes: str) -> RawRow:
    held = {
        "state": "TEXAS",
        "agency": "Bee County Sheriff's Office",
        "model": "Task Force Model",
        "signed": "2025-03-04",
    }
    return RawRow(file="a.xlsx", row=7, **(held | changes))


def clean(kind=ListKind.PARTICIPATING, **changes: str):
    return clean_row(row(**changes), kind, DAY, CORRECTIONS)


def test_padded_cells_and_curly_apostrophes_take_one_form():
    cleaned, problems = clean(state=" texas\xa0", agency=" Bee\xa0County  Sheriff’s Office ", model="Task Force Model ")
    assert not problems
    assert (cleaned.state_abbr, cleaned.agency_name, cleaned.model) == (
        "TX",
        "Bee County Sheriff's Office",
        Model.TASK_FORCE,
    )


@pytest.mark.parametrize("cell", ["", " ", "\xa0", "#N/A", "#NA", "N/A", "#n?A", "#n/a "])
def test_not_available_in_any_spelling_is_empty(cell):
    assert value(cell) == ""


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("2025-03-04", dt.date(2025, 3, 4)),
        ("45720", dt.date(2025, 3, 4)),
        ("3/4/2025", dt.date(2025, 3, 4)),
        ("March 4, 2025", dt.date(2025, 3, 4)),
        ("3/4/25", dt.date(2025, 3, 4)),
        ("05/082025", None),
        ("3/4/20026", None),
        ("", None),
        ("soon", None),
    ],
)
def test_date_is_read_as_day_serial_or_american_text(printed, day):
    assert read_date(printed) == day


@pytest.mark.parametrize("printed", ["5/8/20026", "2031-01-01", "1999-01-01", "20026", "tbd"])
def test_date_no_list_could_hold_is_left_empty_and_named(printed):
    cleaned, (problem,) = clean(signed=printed)
    assert cleaned.signed_date == ""
    assert (problem.file, problem.row, problem.column, problem.value) == ("a.xlsx", 7, "SIGNED", printed)
    assert not problem.sets_aside


def test_misprinted_date_is_corrected_by_a_row_with_evidence():
    cleaned, problems = clean(state="VIRGINIA", agency="Campbell County Sheriff's Office", signed="05/082025")
    assert not problems
    assert cleaned.signed_date == "2025-05-08"
    assert cleaned.corrections == ("date-va-02",)


def test_unknown_model_or_state_sets_the_row_aside_loudly():
    cleaned, problems = clean(state="TEXAZ", model="Task Farce Model")
    assert cleaned is None
    assert [(p.column, p.value, p.sets_aside) for p in problems] == [
        ("STATE", "TEXAZ", True),
        ("SUPPORT TYPE", "Task Farce Model", True),
    ]


@pytest.mark.parametrize(
    ("printed", "model"),
    [
        ("Warrant Services Officer ", Model.WARRANT_SERVICE),
        ("Task Force Officer", Model.TASK_FORCE),
        ("Jail Enforcment Model ", Model.JAIL_ENFORCEMENT),
        ("WARRANT SERVICE OFFICER", Model.WARRANT_SERVICE),
    ],
)
def test_model_misspellings_are_corrected(printed, model):
    assert clean(model=printed)[0].model is model


def test_state_slip_for_one_agency_is_corrected_for_it_alone():
    assert clean(state="MONTANA", agency="Cass County Sheriff's Office", signed="2025-02-28")[0].state_abbr == "MN"
    assert clean(state="MONTANA", agency="Mineral County Sheriff's Office")[0].state_abbr == "MT"


def test_correction_for_one_model_leaves_the_agencys_other_agreements_alone():
    jail = clean(
        state="FLORIDA",
        agency="Escambia County Sheriff's Office",
        model="Warrant Service Officer",
        signed="2025-02-26",
    )[0]
    task_force = clean(state="FLORIDA", agency="Escambia County Sheriff's Office", signed="2025-02-26")[0]
    assert jail.agency_name.startswith("Escambia County Board")
    assert task_force.agency_name == "Escambia County Sheriff's Office"


@pytest.mark.parametrize(
    ("printed", "url"),
    [
        (MOA, MOA),
        (f"https://web.archive.org/web/20210113002027/{MOA}", MOA),
        (
            "https://gcc02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.ice.gov%2Fdoclib%2F287gMOA%2Fa.pdf&data=05",
            MOA,
        ),
        ("chrome-extension://efaidnbmnnnibpcajpcglclefindmkaj/https:/www.ice.gov/doclib/287gMOA/a.pdf", MOA),
        ("https:/www.ice.gov/doclib/287gMOA/a.pdf", MOA),
        ("javascript:alert(1)", ""),
        ("link", ""),
        ("", ""),
        ("ftp://x.org/a", ""),
        ("https://", ""),
        ('https://www.ice.gov/a"><script>', "https://www.ice.gov/a%22%3E%3Cscript%3E"),
    ],
)
def test_link_wrappers_are_taken_off_and_only_web_links_stay(printed, url):
    assert clean_link(printed).url == url


def test_archived_copy_is_kept_beside_the_document():
    archived = f"https://web.archive.org/web/20210113002027/{MOA}"
    assert clean_link(archived).archive_url == archived
    assert clean_link(MOA).archive_url == ""


def test_memorandum_is_linked_pending_or_not_said():
    assert clean(moa="link", moa_link=MOA)[0].moa_status is MoaStatus.LINKED
    assert clean(moa="Link Pending ")[0].moa_status is MoaStatus.PENDING
    assert clean(moa="\xa0")[0].moa_status is None


def test_another_agencys_memorandum_is_not_shown():
    wrong = "https://www.ice.gov/doclib/287gMOA/EdgewaterPoliceDeptFL_TFM_MOA_07022025.pdf"
    assert clean(state="FLORIDA", agency="Edgewood Police Department", moa="link", moa_link=wrong)[0].moa.url == ""
    assert clean(state="FLORIDA", agency="Edgewater Police Department", moa="link", moa_link=wrong)[0].moa.url == wrong


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Jackson’s Gap Police Department", "Jacksons Gap Police Dept."),
        ("St. Johns County Sheriff's Office", "Saint Johns County Sheriffs Department"),
        (
            "Florida Fish & Wildlife Conservation Commission",
            "Florida Fish and Wildlife Conservation Commission",
        ),
        ("Wyoming Highway State Patrol", "Wyoming State Highway Patrol"),
        ("DeKalb County Sheriff's Office", "Dekalb County Sheriff's Office"),
        ("Miami-Dade Sheriff's Office", "Miami Dade Sheriff's Office"),
    ],
)
def test_spelling_and_order_do_not_make_another_agency(one, two):
    assert agency_key(one) == agency_key(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Franklin Police Department", "Franklin County Sheriff's Office"),
        ("Franklin Police Department", "Franklin County Police Department"),
        ("Hopewell Police Department", "Hopewell Sheriff's Office"),
        ("Melbourne Police Department", "Melbourne Beach Police Department"),
        ("Nueces County Constable Precinct 3", "Nueces County Constable Precinct 4"),
        ("Somerset County Sheriff's Office", "Somerset County District Attorney's Office"),
    ],
)
def test_agencies_of_like_name_stay_apart(one, two):
    assert agency_key(one) != agency_key(two)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    assert plain(plain(text)) == plain(text)
    assert value(value(text)) == value(text)
    assert display_name(display_name(text)) == display_name(text)
    assert clean_link(clean_link(text).url).url == clean_link(text).url


@given(st.text())
def test_slug_is_ascii_words(text):
    assert slug(text) == "" or all(part.isascii() and part.isalnum() for part in slug(text).split("-"))


def test_shipped_corrections_load_and_every_alias_ends():
    for (state, key, model, date), (name, _) in CORRECTIONS.agencies.items():
        assert CORRECTIONS.agency(state, name, model, date)[0] == name, (state, key)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,printed,model\n", "its columns are"),
        ("id,printed,model,evidence\nm1,Jail,Jail Enforcement Model,\n", "no evidence"),
        ("id,printed,model,evidence\nm1,Jail,Jail Model,seen\n", "is no model"),
        ("id,printed,model,evidence\nm1,a,TFM,seen\nm1,b,TFM,seen\n", "used twice"),
        ("id,printed,model,evidence\nm1,a,TFM,seen\nm2,A ,TFM,seen\n", "a second time"),
    ],
)
def test_correction_without_evidence_or_sense_is_refused(tmp_path, text, message):
    (tmp_path / "models.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CorrectionError, match=message):
        load_corrections(tmp_path)


def test_aliases_that_lead_in_a_circle_are_refused(tmp_path):
    (tmp_path / "agencies.csv").write_text(
        "id,state_abbr,printed_name,model,signed_date,agency_name,evidence\n"
        "a1,TX,A Police Department,,,B Police Department,seen\n"
        "a2,TX,B Police Department,,,A Police Department,seen\n",
        encoding="utf-8",
    )
    with pytest.raises(CorrectionError, match="circle"):
        load_corrections(tmp_path).agency("TX", "A Police Department")
