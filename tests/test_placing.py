"""Placing agencies: each rule on small inputs, and the shipped corrections."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from geo.fips import counties
from map_app.errors import UnreadableFileError
from map_app.ingest import placing
from map_app.ingest.placing import (
    CORRECTIONS_DIR,
    COUNTY_SPELLINGS_CSV,
    OUTPUT_COLUMNS,
    PLACEMENTS_CSV,
    agency_key,
    classify_agency,
    county_in_name,
    place_agencies,
    read_county_spellings,
    read_placements,
    town_in_name,
)
from map_app.vocabulary import AgencyType, Coverage, Placement

Agency = tuple[str, str, tuple[str, ...], tuple[str, ...]]


def frame(*agencies: Agency) -> pd.DataFrame:
    rows = [
        {
            "agency_id": f"a{number}",
            "state_abbr": state,
            "agency_name": name,
            "printed_types": types,
            "printed_counties": printed,
        }
        for number, (state, name, types, printed) in enumerate(agencies)
    ]
    return pd.DataFrame(rows, index=[10 * number for number in range(len(rows))])


def place(state: str, name: str, *printed: str, types: tuple[str, ...] = ("Municipality",)) -> dict[str, str]:
    """Return the row of one agency under the shipped corrections."""
    row: dict[str, str] = place_agencies(frame((state, name, types, printed))).iloc[0].to_dict()
    return row


@pytest.fixture
def no_corrections(tmp_path: Path) -> Path:
    for file_name in (PLACEMENTS_CSV, COUNTY_SPELLINGS_CSV):
        header = (CORRECTIONS_DIR / file_name).read_text(encoding="utf-8").splitlines()[0]
        (tmp_path / file_name).write_text(header + "\n", encoding="utf-8")
    return tmp_path


def test_result_has_same_index_and_order_and_the_agreed_columns() -> None:
    agencies = frame(
        ("TX", "Alice Police Department", ("Municipality",), ("Jim Wells County",)),
        ("AZ", "Pinal County Sheriff's Office", ("County",), ("Pinal County",)),
    )
    placed = place_agencies(agencies)
    assert placed.index.tolist() == agencies.index.tolist()
    assert tuple(placed.columns) == OUTPUT_COLUMNS
    assert placed["county_geoids"].tolist() == ["48249", "04021"]


def test_state_agency_covers_the_state_whatever_county_is_printed_for_its_headquarters() -> None:
    row = place("ID", "Idaho State Police Department", "Jerome County", types=("State Agency",))
    assert (row["agency_type"], row["coverage"], row["county_geoids"]) == ("state", "statewide", "")
    assert row["placement"] == "printed"
    assert row["placement_note"] == "state agency: covers the whole of Idaho"


@pytest.mark.parametrize(
    ("state", "name", "types"),
    [
        ("IN", "Indiana State Police Department", ("Municipality",)),
        ("WV", "West Virginia State Police Department", ("Municipality",)),
        ("AL", "Alabama Department of Public Safety", ()),
        ("MP", "CNMI Department of Corrections", ()),
        ("TX", "Texas National Guard", ()),
        ("VA", "Department of Corrections", ("State Agency",)),
        ("GU", "Office Of The Attorney General", ("State Agency",)),
    ],
)
def test_state_bodies_are_state_whatever_type_is_printed(state: str, name: str, types: tuple[str, ...]) -> None:
    assert classify_agency(name, state, types) is AgencyType.STATE


def test_a_university_with_the_states_name_is_a_campus_not_statewide() -> None:
    row = place("FL", "Florida State University Police Department", "Leon County")
    assert (row["agency_type"], row["coverage"]) == ("campus", "part_of_county")
    assert "12073" in row["county_geoids"].split(";")
    assert row["place_name"] == "Florida State University"


@pytest.mark.parametrize(
    ("state", "name", "types", "expected"),
    [
        ("FL", "Northwest Florida State College Police Department", ("State Agency",), AgencyType.CAMPUS),
        ("PA", "State College Police Department", ("Municipality",), AgencyType.MUNICIPAL),
        ("TX", "College Station Police Department", ("Municipality",), AgencyType.MUNICIPAL),
        ("FL", "City of Miami Police Department", ("State Agency",), AgencyType.MUNICIPAL),
        ("IN", "Shirley Police Department", ("County",), AgencyType.MUNICIPAL),
        ("MO", "Washington County Sheriff's Office", ("Municipality",), AgencyType.COUNTY),
        ("MO", "Saint Charles County Police Department", ("Municipality",), AgencyType.COUNTY),
        ("MD", "Wicomico County Corrections Center", ("State",), AgencyType.COUNTY),
        ("OK", "Oklahoma County Sheriff's Office", ("County",), AgencyType.COUNTY),
        ("PA", "Lancaster County District Attorney's Office", ("County",), AgencyType.COUNTY),
        (
            "FL",
            "Office of the State Attorney Sixth Judicial Circuit",
            ("State Agency",),
            AgencyType.JUDICIAL_DISTRICT,
        ),
        ("TX", "Bexar County Constable Precinct 3", ("Municipality",), AgencyType.CONSTABLE),
        ("PA", "Coolspring Township Constbales Office", ("County",), AgencyType.CONSTABLE),
        ("FL", "Sanford Airport Police Department", ("Municipality",), AgencyType.PORT),
        ("FL", "Lee County Port Authority Police", ("County",), AgencyType.PORT),
        ("PA", "Northern York County Regional Police Department", ("Municipality",), AgencyType.REGIONAL),
        ("TX", "Saint Hedwig Marshal's Office", ("Municipality",), AgencyType.MUNICIPAL),
        ("KS", "Kansas City Police Department", ("Municipality",), AgencyType.MUNICIPAL),
        ("XX", "Something Else", (), AgencyType.OTHER),
    ],
)
def test_the_name_says_what_kind_of_body_it_is_before_the_printed_type(
    state: str, name: str, types: tuple[str, ...], expected: AgencyType
) -> None:
    assert classify_agency(name, "FL" if state == "XX" else state, types) is expected


def test_county_agency_covers_its_printed_county() -> None:
    row = place("NY", "Nassau County Police Department", "Nassau County", types=("County",))
    assert (row["agency_type"], row["coverage"], row["county_geoids"]) == ("county", "county", "36059")
    assert (row["placement"], row["placement_note"], row["corrections"]) == ("printed", "", "")


def test_county_agency_without_printed_county_is_placed_by_its_name() -> None:
    row = place("FL", "Gulf County BOCC", types=("County",))
    assert (row["county_geoids"], row["placement"]) == ("12045", "agency_name")


def test_the_county_in_a_sheriffs_name_goes_before_another_printed_one_and_the_note_says_so() -> None:
    row = place("PA", "Bradford County Sheriff's Office", "Bedford County", types=("County",))
    assert (row["county_geoids"], row["placement"]) == ("42015", "agency_name")
    assert "ICE prints Bedford County" in row["placement_note"]


def test_the_newest_printed_county_that_can_be_read_is_used() -> None:
    row = place("SC", "Scranton Police Department", "Florence County", "Lackawanna County")
    assert (row["county_geoids"], row["placement"]) == ("45041", "printed")
    row = place("MO", "Wheaton Police Department", "#N/A", "Barry County", "Montgomery County")
    assert row["county_geoids"] == "29009"


def test_consolidated_city_county_sheriff_covers_the_county() -> None:
    row = place("FL", "Jacksonville Sheriff's Office", "Duval County", types=("County",))
    assert (row["agency_type"], row["coverage"], row["county_geoids"]) == ("county", "county", "12031")


def test_sheriff_of_an_independent_city_covers_that_city_as_a_county() -> None:
    row = place("VA", "Hopewell County Sheriff's Office", "Hopewell County", types=("County",))
    assert (row["agency_type"], row["coverage"], row["county_geoids"]) == ("county", "county", "51670")
    assert row["placement"] == "corrected"


def test_police_of_an_independent_city_cover_it_as_a_county() -> None:
    row = place("VA", "Manassas Police Department", "Manassas city")
    assert (row["agency_type"], row["coverage"], row["county_geoids"]) == ("municipal", "county", "51683")
    assert "independent city" in row["placement_note"]


def test_municipal_agency_covers_part_of_its_printed_county() -> None:
    row = place("TX", "Alice Police Department", "Jim Wells County")
    assert (row["coverage"], row["county_geoids"], row["place_name"]) == ("part_of_county", "48249", "Alice")
    assert row["placement"] == "printed"


def test_municipal_agency_without_printed_county_is_placed_by_its_town() -> None:
    row = place("FL", "Cape Coral Police Department")
    assert (row["county_geoids"], row["placement"], row["place_name"]) == (
        "12071",
        "place_name",
        "Cape Coral",
    )
    assert row["placement_note"] == "Cape Coral lies in Lee County by its ZIP codes"


def test_municipality_over_county_lines_gets_all_its_counties_and_the_note_names_the_printed_one() -> None:
    row = place("TX", "Azle Police Department", "Tarrant County")
    assert row["county_geoids"] == "48367;48439"
    assert (row["coverage"], row["placement"]) == ("part_of_county", "place_name")
    assert row["placement_note"].endswith("ICE prints Tarrant County")


def test_a_town_named_like_a_county_is_not_placed_on_that_county() -> None:
    assert place("AL", "Cherokee Police Department", "Cherokee County")["county_geoids"] == "01033"
    assert place("GA", "Monroe Police Department", "Monroe County")["county_geoids"] == "13297"
    assert place("NH", "Carroll Police Department")["county_geoids"] == "33007"


def test_a_county_of_a_neighbouring_state_is_set_right() -> None:
    row = place("AR", "Texarkana Police Department", "Bowie County")
    assert (row["county_geoids"], row["placement"]) == ("05091", "corrected")


def test_a_printed_county_that_the_towns_zip_codes_contradict_is_used_but_marked(
    no_corrections: Path,
) -> None:
    agencies = frame(("TX", "Tye Police Department", ("Municipality",), ("Galveston County",)))
    row = place_agencies(agencies, no_corrections).iloc[0]
    assert (row["county_geoids"], row["placement"]) == ("48167", "printed")
    assert row["placement_note"] == "not confirmed: Tye is known in Taylor County"


def test_a_misspelled_county_is_set_right_by_a_row_with_evidence() -> None:
    row = place("AR", "Pope County Sheriff's Office", "Pop County", types=("County",))
    assert (row["county_geoids"], row["placement"]) == ("05115", "corrected")
    assert row["corrections"] == "county-ar-pop-county"
    assert row["placement_note"] == "ICE prints Pop County; misspelling of Pope County"


def test_a_misspelled_county_is_never_matched_by_likeness(no_corrections: Path) -> None:
    agencies = frame(("KY", "Corbin Jailers", ("County",), ("Whitely County",)))
    row = place_agencies(agencies, no_corrections).iloc[0]
    assert (row["placement"], row["coverage"], row["county_geoids"]) == ("unplaced", "", "")
    assert row["placement_note"].startswith("ICE prints Whitely County, not a county of the state")


@pytest.mark.parametrize(
    ("state", "name", "printed", "geoids"),
    [
        (
            "AR",
            "16th Judicial Distric Drug Task Force",
            "Independence County",
            "05023;05049;05063;05065;05137",
        ),
        ("FL", "Office of the State Attorney Sixth Judicial Circuit", "#NA", "12101;12103"),
        ("OK", "Office of The District Attorney - Eighth District", "Kay County", "40071;40103"),
        ("NC", "Albemarle District Jail", "Albemarle County", "37029;37139;37143"),
        ("VA", "Rappahannock, Shenandoah, Warren Regional Jail Authority", "#NA", "51157;51171;51187"),
    ],
)
def test_agency_over_several_counties_is_on_all_of_them(state: str, name: str, printed: str, geoids: str) -> None:
    row = place(state, name, printed)
    assert (row["coverage"], row["county_geoids"]) == ("multi_county", geoids)


def test_regional_agency_nobody_looked_up_shows_its_printed_county_and_says_so(no_corrections: Path) -> None:
    agencies = frame(
        ("VA", "Middle River Regional Jail", ("County",), ("Augusta County",)),
        ("VA", "Blue Ridge Regional Jail", ("County",), ()),
    )
    shown, hidden = place_agencies(agencies, no_corrections).to_dict("records")
    assert (shown["county_geoids"], shown["coverage"]) == ("51015", "part_of_county")
    assert "member counties not looked up" in shown["placement_note"]
    assert hidden["placement"] == "unplaced"


def test_constable_of_a_county_is_in_part_of_it_and_its_precinct_is_named() -> None:
    row = place("TX", "Galveston County Constable's Office Pct.1", "Galveston County")
    assert (row["agency_type"], row["coverage"], row["county_geoids"]) == (
        "constable",
        "part_of_county",
        "48167",
    )
    assert row["place_name"] == "Precinct 1"
    assert place("PA", "Constable Unity Township", "Westmoreland County")["place_name"] == "Unity Township"
    assert place("TN", "Polk County Constable District 4", "Polk County")["place_name"] == "District 4"


def test_constable_without_printed_county_is_placed_by_the_county_in_its_name() -> None:
    row = place("TX", "Lamar County Constable Precinct 5")
    assert (row["county_geoids"], row["placement"]) == ("48277", "agency_name")


def test_parishes_and_territories_are_right() -> None:
    assert place("LA", "Morse Police Department", "Arcadia County")["county_geoids"] == "22001"
    assert place("LA", "Arnaudville Police Department", "Saint Landry County")["county_geoids"] == "22097;22099"
    guam = place("GU", "Office Of The Attorney General", "Kattan District", types=("State Agency",))
    assert (guam["coverage"], guam["county_geoids"]) == ("statewide", "")


def test_an_unknown_town_without_printed_county_is_unplaced_with_its_reason() -> None:
    row = place("FL", "Nowhereville Police Department")
    assert (row["placement"], row["coverage"], row["county_geoids"]) == ("unplaced", "", "")
    assert row["placement_note"] == "no town named Nowhereville is known in the state"


@pytest.mark.parametrize(
    ("name", "town"),
    [
        ("City of St. Cloud Police Department", "St. Cloud"),
        ("Boca Raton Police Services Department", "Boca Raton"),
        ("Indian River Shores Department of Public Safety", "Indian River Shores"),
        ("Indian River Shores DPS", "Indian River Shores"),
        ("Daytona Beach Shores Public Safety", "Daytona Beach Shores"),
        ("Big Sandy Police Departement", "Big Sandy"),
        ("New Berlin Marshal's Office", "New Berlin"),
        ("Haines City Police Department", "Haines City"),
        ("Texas National Guard", ""),
    ],
)
def test_the_town_is_read_from_the_name(name: str, town: str) -> None:
    assert town_in_name(name) == town


@pytest.mark.parametrize(
    ("name", "state", "geoid"),
    [
        ("County of Franklin / Franklin County Jail", "PA", "42055"),
        ("Metropolitan Moore County Sheriff's Office", "TN", "47127"),
        ("St. Bernard Parish Sheriff's Office", "LA", "22087"),
        ("Prince William County Police Department", "VA", "51153"),
        ("Lancaster Police Department", "PA", None),
        ("Addison Borough Constable's Office", "PA", None),
    ],
)
def test_the_county_is_read_from_the_name_of_county_bodies_only(name: str, state: str, geoid: str | None) -> None:
    assert county_in_name(name, state) == geoid


def test_agency_key_ignores_apostrophes_case_and_abbreviations() -> None:
    assert agency_key("LYON’S COUNTY SHERIFF'S DEPT.") == agency_key("Lyons County Sheriffs Department")
    assert agency_key("Hopewell Sheriff's Office") != agency_key("Hopewell County Sheriff's Office")


def shipped_rows(file_name: str) -> Iterator[dict[str, str]]:
    with (CORRECTIONS_DIR / file_name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def test_shipped_corrections_have_unique_ids_and_evidence() -> None:
    rows = [*shipped_rows(PLACEMENTS_CSV), *shipped_rows(COUNTY_SPELLINGS_CSV)]
    ids = [row["correction_id"] for row in rows]
    assert len(ids) == len(set(ids)) > 80
    assert [row["correction_id"] for row in rows if len(row["evidence"]) < 15] == []


def test_shipped_corrections_name_counties_of_their_state() -> None:
    for correction in [*read_placements().values(), *read_county_spellings().values()]:
        assert correction.geoids, correction.correction_id
        states = {counties()[geoid].state_abbr.lower() for geoid in correction.geoids}
        assert states == {correction.correction_id.split("-")[1]}


def test_each_shipped_placement_places_the_agencies_it_names() -> None:
    rows = [(row, name) for row in shipped_rows(PLACEMENTS_CSV) for name in row["agency_name"].split("|")]
    agencies = frame(*((row["state_abbr"], name, (), ()) for row, name in rows))
    placed = place_agencies(agencies)
    assert placed["corrections"].tolist() == [row["correction_id"] for row, _ in rows]
    assert placed["county_geoids"].tolist() == [row["county_geoids"] for row, _ in rows]


def test_each_shipped_spelling_reads_a_cell_that_is_no_county_name() -> None:
    for (state, cell), correction in read_county_spellings().items():
        assert placing.find_county(cell, state) is None, correction.correction_id
        row = place(state, "Examplevilles Police Department", correction.printed_value)
        assert (row["corrections"], row["placement"]) == (correction.correction_id, "corrected")


def test_several_counties_are_never_called_one_county() -> None:
    for correction in read_placements().values():
        if correction.coverage is Coverage.COUNTY:
            assert len(correction.geoids) == 1
        if correction.coverage is Coverage.MULTI_COUNTY:
            assert len(correction.geoids) > 1


def test_faults_of_a_corrections_file_are_all_named(no_corrections: Path) -> None:
    path = no_corrections / PLACEMENTS_CSV
    lines = [
        path.read_text(encoding="utf-8").strip(),
        "one,TX,Alice Police Department,,,,99999,,evidence enough here",
        "two,TX,Alice Police Department,,,,48249,,",
        "three,TX,Arp Police Department,,village,,48423,,evidence enough here",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError) as caught:
        read_placements(no_corrections)
    message = str(caught.value)
    for part in (
        "line 2",
        "'99999'",
        "line 3",
        "empty cell",
        "two rows place this agency",
        "line 4",
        "village",
    ):
        assert part in message


def test_a_corrections_file_with_wrong_columns_says_which_to_use(no_corrections: Path) -> None:
    (no_corrections / COUNTY_SPELLINGS_CSV).write_text("a,b\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="wrong columns"):
        read_county_spellings(no_corrections)


def test_every_agency_with_an_active_agreement_is_placed_in_its_own_state() -> None:
    record = pd.read_csv(CORRECTIONS_DIR.parent / "agreements.csv", dtype="str", keep_default_na=False)
    record = record[record["status"] == "active"]
    agencies = record.drop_duplicates("agency_id")[["agency_id", "state_abbr", "agency_name"]].copy()
    agencies["printed_types"] = [(t,) if t else () for t in record.loc[agencies.index, "printed_type"]]
    agencies["printed_counties"] = [(c,) if c else () for c in record.loc[agencies.index, "printed_county"]]
    placed = place_agencies(agencies)
    unplaced = agencies[placed["placement"] == Placement.UNPLACED]
    assert unplaced["agency_name"].tolist() == []
    named = placed[placed["coverage"] != Coverage.STATEWIDE]
    for geoids, state in zip(named["county_geoids"], agencies.loc[named.index, "state_abbr"], strict=True):
        assert {counties()[geoid].state_abbr for geoid in geoids.split(";")} == {state}
    assert placed.loc[placed["placement"] != Placement.PRINTED, "placement_note"].str.len().gt(0).all()
