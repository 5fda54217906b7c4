"""Every agency on the ground it covers: what kind of body it is, and which counties hold it.

Order of evidence: a row of `data/corrections/placements.csv` about the agency; the county ICE printed, its
spelling corrected by `data/corrections/place_county_spellings.csv`; a county named in the agency's own name;
the counties of its town. An agency that none of these places is unplaced, with the reason.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pandas as pd

from geo.county_names import find_counties, find_county
from geo.fips import counties, state_name
from geo.places import counties_of_municipality, counties_of_post_office
from map_app.errors import Fault, UnreadableFileError
from map_app.vocabulary import AgencyType, Coverage, Placement

CORRECTIONS_DIR: Final = Path(__file__).parents[2] / "data" / "corrections"
PLACEMENTS_CSV: Final = "placements.csv"
COUNTY_SPELLINGS_CSV: Final = "place_county_spellings.csv"

INPUT_COLUMNS: Final = ("agency_id", "state_abbr", "agency_name", "printed_types", "printed_counties")
OUTPUT_COLUMNS: Final = (
    "agency_type",
    "coverage",
    "county_geoids",
    "place_name",
    "placement",
    "placement_note",
    "corrections",
)
_PLACEMENT_COLUMNS: Final = (
    "correction_id",
    "state_abbr",
    "agency_name",
    "printed_value",
    "agency_type",
    "coverage",
    "county_geoids",
    "place_name",
    "evidence",
)
_SPELLING_COLUMNS: Final = ("correction_id", "state_abbr", "printed_value", "county_geoids", "evidence")

#: Words of ICE's COUNTY column that mean "none".
_NO_COUNTY: Final = frozenset({"", "#na", "#n/a", "na", "n/a", "none"})
#: Kinds of agency whose ground is a part of the county.
_LOCAL: Final = frozenset(
    {AgencyType.MUNICIPAL, AgencyType.CAMPUS, AgencyType.PORT, AgencyType.CONSTABLE, AgencyType.OTHER}
)

_CAMPUS: Final = re.compile(r"\b(university|college|(public|independent) schools?|school district|isd)\b", re.I)
#: Towns, not schools, though their names say college.
_COLLEGE_TOWN: Final = re.compile(
    r"\bcollege (station|park|place|township|city|corner)\b|^state college (borough )?police", re.I
)
_PORT: Final = re.compile(r"\b(airport|port authority|harbor police|transit)\b", re.I)
_JUDICIAL: Final = re.compile(r"\bjudicial (distric?t?|circuit)\b|\bstate attorney\b|\bdistrict attorney\b", re.I)
_CONSTABLE: Final = re.compile(r"\bconst(a|b)b?(le|al)es?\b|\bconstable|\bward \d+ (city )?marshal", re.I)
_REGIONAL: Final = re.compile(
    r"\bregional\b|\bdistrict jail\b|\bpolice (cooperative|authority)\b|\bmulti-?county\b"
    r"|\b(tri|bi)-?county\b|\bjoint\b.*\bjail\b|\btask force\b",
    re.I,
)
_COUNTY_IN_NAME: Final = re.compile(
    r"^(?:metropolitan |county of )?(?P<county>.+?) (?:county|parish|borough)\b(?! borough)", re.I
)
_SHERIFF: Final = re.compile(r"^(?P<place>.+?),? (?:parish |county |city )?sheriff\b", re.I)
_STATE_BODY: Final = re.compile(
    r"^(state|department|dept|division|bureau|office|highway|national guard|military|attorney general"
    r"|alcohol|fish|wildlife|gaming|game|marine|law enforcement|bureau|doc\b)",
    re.I,
)
_POLICE: Final = re.compile(
    r"^(?:city of |town of |village of )?(?P<town>.+?)"
    r"(?: police services?| police| city marshal'?s?| marshal'?s?| department of public safety"
    r"| public safety| dps| division of public safety)"
    r"(?: (?:dep\w*|office|bureau|services?|and security))*(?: department)?$",
    re.I,
)
_PRECINCT: Final = re.compile(r"\b(?:precinct|pct|district)\.? ?(?P<number>\d+)\b", re.I)
_CONSTABLE_PLACE: Final = re.compile(
    r"(?P<town>[A-Z][\w.' ]*? (?:Township|Twp|TWP|Borough))\b"
    r"|^(?:Office of Constable )?"
    r"(?P<ward>.+? (?:First|Second|Third|Fourth|Fifth|Sixth|\d+(?:st|nd|rd|th)) Ward)\b"
)


@dataclass(frozen=True)
class Place:
    """The place of one agency: a row of the result.

    Attributes:
        agency_type: What kind of body it is.
        coverage: How much ground it covers, or None where it is unplaced.
        geoids: Counties, sorted; empty where statewide or unplaced.
        place_name: Municipality, campus, airport or precinct; "" otherwise.
        placement: How the place was found.
        note: The evidence, or the reason it is unplaced.
        corrections: Identifiers of the correction rows used.
    """

    agency_type: AgencyType
    coverage: Coverage | None
    geoids: tuple[str, ...]
    place_name: str
    placement: Placement
    note: str
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True)
class Correction:
    """One row of placements.csv: what an agency covers, with evidence.

    Attributes:
        correction_id: Unique over data/corrections.
        printed_value: County as ICE printed it, where the row sets that right; "" where ICE printed none or
            the row adds what a county cell cannot say.
        agency_type: Kind of body, or None to leave it to the name.
        coverage: Ground covered, or None to leave it to the kind of body.
        geoids: Counties, sorted.
        place_name: Municipality, campus, airport or precinct.
        evidence: What says so.
    """

    correction_id: str
    printed_value: str
    agency_type: AgencyType | None
    coverage: Coverage | None
    geoids: tuple[str, ...]
    place_name: str
    evidence: str


def agency_key(name: str) -> str:
    """Return the comparison form of an agency name: case, punctuation, Dept and Department are all one."""
    words = re.sub(r"[^a-z0-9]+", " ", re.sub("['’‘`´]", "", name).casefold()).split()
    written_out = {"dept": "department", "pd": "police department", "twp": "township", "pct": "precinct"}
    return " ".join(written_out.get(word, word) for word in words)


def read_placements(folder: Path = CORRECTIONS_DIR) -> dict[tuple[str, str], Correction]:
    """Return the rows of placements.csv by (state, agency key).

    A cell `agency_name` may hold several spellings with `|` between.

    Raises:
        UnreadableFileError: Rows with no evidence, a repeated id or agency, an unknown type or coverage, or a
            county outside the row's state; every fault is named.
    """
    path = folder / PLACEMENTS_CSV
    found: dict[tuple[str, str], Correction] = {}
    faults: list[Fault] = []
    for line, row in _read_rows(path, _PLACEMENT_COLUMNS):
        faults += _row_faults(line, row)
        geoids = tuple(sorted(filter(None, row["county_geoids"].split(";"))))
        try:
            correction = Correction(
                row["correction_id"],
                row["printed_value"],
                AgencyType(row["agency_type"]) if row["agency_type"] else None,
                Coverage(row["coverage"]) if row["coverage"] else None,
                geoids,
                row["place_name"],
                row["evidence"],
            )
        except ValueError as error:
            faults.append(Fault(line, "agency_type or coverage", None, str(error), "Use a word of the vocabulary."))
            continue
        for name in row["agency_name"].split("|"):
            key = (row["state_abbr"], agency_key(name))
            if found.setdefault(key, correction) is not correction:
                faults.append(Fault(line, "agency_name", name, "two rows place this agency", "Keep one."))
    _raise_faults(path, faults)
    return found


def read_county_spellings(folder: Path = CORRECTIONS_DIR) -> dict[tuple[str, str], Correction]:
    """Return the rows of place_county_spellings.csv by (state, printed county in lower case).

    Raises:
        UnreadableFileError: As `read_placements`.
    """
    path = folder / COUNTY_SPELLINGS_CSV
    found: dict[tuple[str, str], Correction] = {}
    faults: list[Fault] = []
    for line, row in _read_rows(path, _SPELLING_COLUMNS):
        faults += _row_faults(line, row)
        key = (row["state_abbr"], row["printed_value"].casefold())
        if key in found:
            faults.append(Fault(line, "printed_value", row["printed_value"], "corrected twice", "Keep one row."))
        found[key] = Correction(
            row["correction_id"],
            row["printed_value"],
            None,
            None,
            tuple(sorted(row["county_geoids"].split(";"))),
            "",
            row["evidence"],
        )
    _raise_faults(path, faults)
    return found


def _read_rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        if tuple(reader.fieldnames or ()) != columns:
            fault = Fault(1, None, ",".join(reader.fieldnames or ()), "wrong columns", f"Use {','.join(columns)}.")
            raise UnreadableFileError(path, [fault])
        return [(reader.line_num, {column: row[column].strip() for column in columns}) for row in reader]


def _row_faults(line: int, row: Mapping[str, str]) -> list[Fault]:
    faults = []
    for column in ("correction_id", "evidence", "state_abbr"):
        if not row[column]:
            faults.append(Fault(line, column, None, "empty cell", "Fill it."))
    for geoid in filter(None, row["county_geoids"].split(";")):
        county = counties().get(geoid)
        if county is None or county.state_abbr != row["state_abbr"]:
            problem = f"not a county of {row['state_abbr']}"
            faults.append(Fault(line, "county_geoids", geoid, problem, "Use a GEOID of geo/shapes/counties.csv."))
    return faults


def _raise_faults(path: Path, faults: list[Fault]) -> None:
    if faults:
        raise UnreadableFileError(path, faults)


def _is_empty_county(cell: str) -> bool:
    return cell.strip().casefold() in _NO_COUNTY


@dataclass(frozen=True)
class _Printed:
    """What ICE's COUNTY cells say of an agency: the newest cell that names counties, and how it was read."""

    geoids: tuple[str, ...] = ()
    cell: str = ""
    corrections: tuple[str, ...] = ()
    unread: str = ""


def _read_printed(cells: Iterable[str], state_abbr: str, spellings: Mapping[tuple[str, str], Correction]) -> _Printed:
    """Return the counties of the newest printed cell that can be read, with the correction it needed."""
    unread = ""
    for cell in cells:
        if _is_empty_county(cell):
            continue
        correction = spellings.get((state_abbr, cell.casefold()))
        if correction:
            return _Printed(correction.geoids, cell, (correction.correction_id,), unread)
        geoid = find_county(cell, state_abbr)
        if geoid:
            return _Printed((geoid,), cell, (), unread)
        unread = unread or cell
    return _Printed(unread=unread)


def county_in_name(agency_name: str, state_abbr: str) -> str | None:
    """Return the GEOID of the county, parish or independent city an agency's own name gives, or None.

    "Duval County Sheriff's Office", "County of Franklin / Franklin County Jail" and "Hopewell Sheriff's
    Office" name one; "Lancaster Police Department" does not, for police take their name from a town.
    """
    match = _COUNTY_IN_NAME.match(agency_name)
    if match:
        for kind in ("county", "parish", "borough"):
            geoid = find_county(f"{match['county']} {kind}", state_abbr)
            if geoid:
                return geoid
        lead = re.match(r"county of (?P<county>\w+(?: \w+)?) /", agency_name, re.I)
        return find_county(f"{lead['county']} county", state_abbr) if lead else None
    match = _SHERIFF.match(agency_name)
    return find_county(match["place"], state_abbr) if match else None


def town_in_name(agency_name: str) -> str:
    """Return the town a police department's or marshal's name gives, or ""."""
    match = _POLICE.match(agency_name.strip())
    return match["town"].strip(" ,-") if match else ""


def classify_agency(agency_name: str, state_abbr: str, printed_types: tuple[str, ...]) -> AgencyType:
    """Return what kind of body an agency is, from its name; ICE's TYPE decides only where the name is silent.

    Args:
        agency_name: Clean name.
        state_abbr: Postal abbreviation.
        printed_types: ICE's TYPE values, newest first.
    """
    name = agency_name
    newest = printed_types[0].casefold() if printed_types else ""
    names_county = county_in_name(name, state_abbr) is not None
    if _CONSTABLE.search(name):
        return AgencyType.CONSTABLE
    if _CAMPUS.search(name) and not _COLLEGE_TOWN.search(name):
        return AgencyType.CAMPUS
    if _PORT.search(name):
        return AgencyType.PORT
    if _REGIONAL.search(name) and not (names_county and re.search(r"attorney", name, re.I)):
        return AgencyType.REGIONAL
    if _JUDICIAL.search(name) and not names_county:
        return AgencyType.JUDICIAL_DISTRICT
    if names_county or re.search(r"\bsheriff|\bcounty (corrections|jail|police|prison|detention)", name, re.I):
        return AgencyType.COUNTY
    if _names_state_body(name, state_abbr):
        return AgencyType.STATE
    town = town_in_name(name)
    if town and (newest not in ("state", "state agency") or counties_of_post_office(town, state_abbr)):
        return AgencyType.MUNICIPAL
    return {
        "state": AgencyType.STATE,
        "state agency": AgencyType.STATE,
        "county": AgencyType.COUNTY,
        "municipal": AgencyType.MUNICIPAL,
        "municipality": AgencyType.MUNICIPAL,
        "regional": AgencyType.REGIONAL,
    }.get(newest, AgencyType.OTHER)


def _names_state_body(name: str, state_abbr: str) -> bool:
    """Return whether a name is the state's and a body's of the state ("Iowa Department of Public Safety")."""
    own = {"MP": "CNMI"}.get(state_abbr, state_name(state_abbr))
    for lead in (state_name(state_abbr), own):
        if name.casefold().startswith(lead.casefold() + " "):
            return bool(_STATE_BODY.match(name[len(lead) + 1 :]))
    return False


def place_agency(
    agency_name: str,
    state_abbr: str,
    printed_types: tuple[str, ...],
    printed_counties: tuple[str, ...],
    placements: Mapping[tuple[str, str], Correction],
    spellings: Mapping[tuple[str, str], Correction],
) -> Place:
    """Return the place of one agency.

    Args:
        agency_name: Clean name.
        state_abbr: Postal abbreviation.
        printed_types: ICE's TYPE values, newest first.
        printed_counties: ICE's COUNTY cells that are not blank, newest first.
        placements: As returned by `read_placements`.
        spellings: As returned by `read_county_spellings`.
    """
    agency_type = classify_agency(agency_name, state_abbr, printed_types)
    correction = placements.get((state_abbr, agency_key(agency_name)))
    if correction:
        return _place_by_correction(agency_name, correction, agency_type)
    if agency_type is AgencyType.STATE:
        note = f"state agency: covers the whole of {state_name(state_abbr)}"
        return Place(agency_type, Coverage.STATEWIDE, (), "", Placement.PRINTED, note)
    printed = _read_printed(printed_counties, state_abbr, spellings)
    if agency_type is AgencyType.COUNTY:
        return _place_county_agency(agency_name, state_abbr, printed, spellings)
    if agency_type is AgencyType.MUNICIPAL:
        return _place_municipal_agency(agency_name, state_abbr, printed, spellings)
    return _place_other_agency(agency_name, state_abbr, agency_type, printed, spellings)


def _default_coverage(agency_type: AgencyType, geoids: tuple[str, ...]) -> Coverage:
    if agency_type is AgencyType.STATE:
        return Coverage.STATEWIDE
    if agency_type in _LOCAL:
        return Coverage.PART_OF_COUNTY
    return Coverage.COUNTY if len(geoids) == 1 else Coverage.MULTI_COUNTY


def _place_by_correction(agency_name: str, correction: Correction, named_type: AgencyType) -> Place:
    agency_type = correction.agency_type or named_type
    coverage = correction.coverage or _default_coverage(agency_type, correction.geoids)
    place_name = correction.place_name or _local_place_name(agency_name, agency_type)
    if correction.printed_value:
        note = f"ICE prints {correction.printed_value}; {correction.evidence}"
        placement = Placement.CORRECTED
    else:
        note, placement = correction.evidence, Placement.CURATED
    ids = (correction.correction_id,)
    return Place(agency_type, coverage, correction.geoids, place_name, placement, note, ids)


def _from_printed(
    place: Place, printed: _Printed, spellings: Mapping[tuple[str, str], Correction], state: str
) -> Place:
    """Return a place read from ICE's COUNTY cell, marked as corrected where the cell was."""
    if not printed.corrections:
        return place
    evidence = spellings[(state, printed.cell.casefold())].evidence
    note = "; ".join(filter(None, (f"ICE prints {printed.cell}; {evidence}", place.note)))
    return replace(place, placement=Placement.CORRECTED, note=note, corrections=printed.corrections)


def _place_county_agency(
    agency_name: str, state_abbr: str, printed: _Printed, spellings: Mapping[tuple[str, str], Correction]
) -> Place:
    named = county_in_name(agency_name, state_abbr)
    if named and (not printed.geoids or printed.geoids != (named,)):
        note = "county from the agency's name"
        seen = printed.cell or printed.unread
        if seen:
            note += f"; ICE prints {seen}"
        return Place(AgencyType.COUNTY, Coverage.COUNTY, (named,), "", Placement.AGENCY_NAME, note)
    if printed.geoids:
        coverage = Coverage.COUNTY if len(printed.geoids) == 1 else Coverage.MULTI_COUNTY
        place = Place(AgencyType.COUNTY, coverage, printed.geoids, "", Placement.PRINTED, "")
        return _from_printed(place, printed, spellings, state_abbr)
    return _unplaced(AgencyType.COUNTY, printed, "no county of that name in the state")


def _place_municipal_agency(
    agency_name: str, state_abbr: str, printed: _Printed, spellings: Mapping[tuple[str, str], Correction]
) -> Place:
    town = _town_name(town_in_name(agency_name), state_abbr)
    curated = counties_of_municipality(town, state_abbr) if town else ()
    known = curated or (counties_of_post_office(_bare_town(town, state_abbr), state_abbr) if town else ())
    coverage = Coverage.PART_OF_COUNTY
    seen = printed.cell or printed.unread
    if known and (not printed.geoids or (curated and set(printed.geoids) < set(curated))):
        note = f"{town} lies in {_county_list(known)}" + ("" if curated else " by its ZIP codes")
        if _is_independent_city(known, town):
            coverage, note = Coverage.COUNTY, f"{town} is an independent city, its own county equivalent"
        note += f"; ICE prints {seen}" if seen else ""
        return Place(AgencyType.MUNICIPAL, coverage, known, town, Placement.PLACE_NAME, note, printed.corrections)
    if printed.geoids:
        note = ""
        if _is_independent_city(printed.geoids, town):
            coverage, note = Coverage.COUNTY, f"{town} is an independent city, its own county equivalent"
        elif known and not set(printed.geoids) & set(known):
            note = f"not confirmed: {town} is known in {_county_list(known)}"
        place = Place(AgencyType.MUNICIPAL, coverage, printed.geoids, town, Placement.PRINTED, note)
        return _from_printed(place, printed, spellings, state_abbr)
    return _unplaced(AgencyType.MUNICIPAL, printed, f"no town named {town or agency_name} is known in the state", town)


def _place_other_agency(
    agency_name: str,
    state_abbr: str,
    agency_type: AgencyType,
    printed: _Printed,
    spellings: Mapping[tuple[str, str], Correction],
) -> Place:
    if agency_type in (AgencyType.REGIONAL, AgencyType.JUDICIAL_DISTRICT):
        # A county cell holds only the seat; without the official composition the ground is unknown, and the
        # seat is shown rather than nothing.
        if not printed.geoids:
            return _unplaced(agency_type, printed, "its member counties are not in data/corrections/placements.csv")
        note = "only the printed county is known; member counties not looked up"
        place = Place(agency_type, Coverage.PART_OF_COUNTY, printed.geoids, "", Placement.PRINTED, note)
        return _from_printed(place, printed, spellings, state_abbr)
    place_name = _local_place_name(agency_name, agency_type)
    named = county_in_name(agency_name, state_abbr) if agency_type is AgencyType.CONSTABLE else None
    if named and printed.geoids != (named,):
        note = "county from the agency's name"
        return Place(agency_type, Coverage.PART_OF_COUNTY, (named,), place_name, Placement.AGENCY_NAME, note)
    if printed.geoids:
        place = Place(agency_type, Coverage.PART_OF_COUNTY, printed.geoids, place_name, Placement.PRINTED, "")
        return _from_printed(place, printed, spellings, state_abbr)
    return _unplaced(agency_type, printed, "its place is not in data/corrections/placements.csv", place_name)


def _local_place_name(agency_name: str, agency_type: AgencyType) -> str:
    """Return the precinct, campus, airport or town an agency's name gives, or ""."""
    if agency_type is AgencyType.MUNICIPAL:
        return town_in_name(agency_name)
    if agency_type is AgencyType.CONSTABLE:
        match = _PRECINCT.search(agency_name)
        if match:
            kind = "District" if "district" in match[0].casefold() else "Precinct"
            return f"{kind} {match['number']}"
        match = _CONSTABLE_PLACE.search(agency_name)
        if not match:
            return ""
        town = (match["town"] or match["ward"]).strip()
        town = re.sub(r"^(constables? |pennsylvania state constables? office,? )", "", town, flags=re.I)
        return re.sub(r"\b(twp|TWP|Twp)$", "Township", town)
    if agency_type in (AgencyType.CAMPUS, AgencyType.PORT):
        return re.sub(
            r"(,? (board of trustees|police department|department of public safety|police|public safety)$)"
            r"|^(district board of trustees of )",
            "",
            agency_name,
            flags=re.I,
        ).strip()
    return ""


def _bare_town(town: str, state_abbr: str) -> str:
    """Return the name the post office knows a town by: without "Borough", "City", … where need be."""
    bare = re.sub(r" (borough|city|village|town)$", "", town, flags=re.I)
    return town if counties_of_post_office(town, state_abbr) else bare


def _town_name(town: str, state_abbr: str) -> str:
    """Return a town's name without a "City" that only says what it is (Ashdown City, but not Haines City)."""
    return _bare_town(town, state_abbr) if town.endswith(" City") else town


def _is_independent_city(geoids: tuple[str, ...], town: str) -> bool:
    """Return whether the one county equivalent is the town itself (Hopewell city, Baltimore city)."""
    if len(geoids) != 1:
        return False
    county = counties()[geoids[0]]
    return county.name.casefold().endswith(" city") and geoids[0] in find_counties(f"{town} city", county.state_abbr)


def _county_list(geoids: Iterable[str]) -> str:
    """Return county names in words: "Dallas County, Denton County and Collin County"."""
    names = [counties()[geoid].name for geoid in geoids]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _unplaced(agency_type: AgencyType, printed: _Printed, reason: str, place_name: str = "") -> Place:
    if printed.unread:
        reason = f"ICE prints {printed.unread}, not a county of the state; {reason}"
    return Place(agency_type, None, (), place_name, Placement.UNPLACED, reason)


def place_agencies(agencies: pd.DataFrame, corrections_dir: Path = CORRECTIONS_DIR) -> pd.DataFrame:
    """Return the place each agency covers.

    Args:
        agencies: One row per agency, with `agency_id`, `state_abbr`, `agency_name`, `printed_types` (tuple of
            ICE's TYPE values, newest first) and `printed_counties` (tuple of ICE's COUNTY cells that are not
            blank, newest first).
        corrections_dir: Folder with placements.csv and place_county_spellings.csv.

    Returns:
        Same index and order, one row per agency: `agency_type`, `coverage` ("" where unplaced),
        `county_geoids` (sorted, `;` between; "" where statewide or unplaced), `place_name`, `placement`,
        `placement_note`, `corrections` (identifiers of the rows used, `;` between). All text.

    Raises:
        UnreadableFileError: A corrections file has faults; each is named.
    """
    placements = read_placements(corrections_dir)
    spellings = read_county_spellings(corrections_dir)
    rows: dict[Hashable, tuple[str, ...]] = {}
    columns = (agencies[name].tolist() for name in INPUT_COLUMNS[1:])
    for index, state_abbr, name, types, printed in zip(agencies.index, *columns, strict=True):
        place = place_agency(name, state_abbr, tuple(types), tuple(printed), placements, spellings)
        rows[index] = (
            place.agency_type.value,
            place.coverage.value if place.coverage else "",
            ";".join(place.geoids),
            place.place_name,
            place.placement.value,
            place.note,
            ";".join(place.corrections),
        )
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(OUTPUT_COLUMNS), dtype="str").reindex(
        agencies.index
    )
