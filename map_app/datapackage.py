"""data/datapackage.json: every CSV of the project described as a Frictionless data package (v1).

`python -m map_app.datapackage` writes it. Nothing in it changes when rows do, so a rebuild of the record leaves it
alone; a new file or column has to be described here first, and tests say so.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any, Final

from map_app.agreements import COLUMNS, Column
from map_app.citation import AUTHORS, LICENCE, LICENCE_ID, LICENCE_URL
from map_app.errors import AgreementDataError
from map_app.vocabulary import AgencyType, Coverage, Model

DATA: Final = Path(__file__).resolve().parents[1] / "data"
PACKAGE_FILE: Final = "datapackage.json"

_DATE: Final = {"type": "date", "format": "%Y-%m-%d"}
_MODELS: Final = [str(model) for model in Model]


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **({"constraints": more} if more else {})}


def _day(description: str, **more: Any) -> dict[str, Any]:
    return {**_DATE, "description": description, **({"constraints": more} if more else {})}


def _whole(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "integer", "description": description, **({"constraints": more} if more else {})}


_ID: Final = _text("Identifier of the correction; rows of agreements.csv name it.", required=True, unique=True)
_STATE: Final = _text("Postal abbreviation.", required=True, pattern="[A-Z]{2}")
_ANY_STATE: Final = _text("Postal abbreviation, where the correction is for one state.", pattern="[A-Z]{2}")
_AGENCY: Final = _text("Agency, as agreements.csv names it.", required=True)
_EVIDENCE: Final = _text("What shows it.", required=True)
_MODEL: Final = _text("Support type.", required=True, enum=_MODELS)
_ANY_MODEL: Final = _text("Support type, where the row is for one model.", enum=_MODELS)

#: Files besides agreements.csv: title, and their columns in order.
_FILES: Final[dict[str, tuple[str, dict[str, dict[str, Any]]]]] = {
    "SOURCES.csv": ("ICE's lists the record is built from", {
        "file": _text("File name.", required=True, unique=True),
        "kind": _text("Participating or pending agencies.", required=True, enum=["participating", "pending"]),
        "list_date": _day("Date of the list.", required=True),
        "date_basis": _text("How the date is known.", required=True),
        "last_seen_unchanged": _day("Last day the list was seen unchanged.", required=True),
        "sha256": _text("SHA-256 of the file.", required=True, pattern="[0-9a-f]{64}"),
        "rows": _whole("Rows with content.", required=True, minimum=0),
        "rows_kept": _whole("Rows that stand in the record.", required=True, minimum=0),
        "set_aside_reason": _text("Why the whole list is not believed; empty where it is."),
    }),
    "pending.csv": ("Agencies ICE listed as pending, and what became of them", {
        "state_abbr": _STATE,
        "agency_id": _text("Agency, as in agreements.csv.", required=True),
        "agency_name": _text("Display name.", required=True),
        "model": _MODEL,
        "first_listed_date": _day("First pending list that shows it.", required=True),
        "last_listed_date": _day("Last pending list that shows it.", required=True),
        "lists": _whole("Pending lists that show it.", required=True, minimum=1),
        "printed_county": _text("County as printed."),
        "outcome": _text("What became of it.", required=True),
        "signed_date": _day("Day of the agreement, where it signed."),
        "agreement_id": _text("The agreement, where it signed."),
    }),
    "corrections/agencies.csv": ("Other spellings and names of agencies", {
        "id": _ID, "state_abbr": _STATE, "printed_name": _text("Name as a list prints it.", required=True),
        "model": _ANY_MODEL,
        "signed_date": _text("Signing date, where the row is for one agreement; `pending` for pending lists.",
                             pattern=r"\d{4}-\d{2}-\d{2}|pending"),
        "agency_name": _AGENCY, "evidence": _EVIDENCE,
    }),
    "corrections/dates.csv": ("Signing dates that lists print wrong", {
        "id": _ID, "state_abbr": _STATE, "agency_name": _AGENCY, "model": _MODEL,
        "printed": _text("Date as printed; empty where the list prints none."),
        "signed_date": _day("The right date.", required=True),
        "evidence": _EVIDENCE,
    }),
    "corrections/links.csv": ("Links to memorandums that lists give wrong", {
        "id": _ID, "state_abbr": _STATE, "agency_name": _AGENCY,
        "printed_url": _text("Link as given.", required=True),
        "moa_url": _text("The right link; empty where none is known."),
        "evidence": _EVIDENCE,
    }),
    "corrections/models.csv": ("Misspelled support types", {
        "id": _ID, "printed": _text("As printed.", required=True), "model": _MODEL, "evidence": _EVIDENCE,
    }),
    "corrections/notes.csv": ("Facts shown with an agreement", {
        "id": _ID, "state_abbr": _STATE, "agency_name": _AGENCY, "model": _MODEL,
        "signed_date": _day("Signing date of the agreement.", required=True),
        "note": _text("The fact.", required=True), "source": _text("Who says so.", required=True),
    }),
    "corrections/place_county_spellings.csv": ("Misspelled counties", {
        "correction_id": _ID, "state_abbr": _STATE, "printed_value": _text("COUNTY as printed.", required=True),
        "county_geoids": _text("County codes, `;` between.", required=True, pattern=r"\d{5}(;\d{5})*"),
        "evidence": _EVIDENCE,
    }),
    "corrections/placements.csv": ("Places of single agencies", {
        "correction_id": _ID, "state_abbr": _STATE,
        "agency_name": _text("Agency as printed, several spellings with `|` between.", required=True),
        "printed_value": _text("COUNTY as printed."),
        "agency_type": _text("Kind of body, where its name tells another.", enum=[str(k) for k in AgencyType]),
        "coverage": _text("Ground covered, where not as its kind has it.", enum=[str(c) for c in Coverage]),
        "county_geoids": _text("County codes, `;` between.", pattern=r"\d{5}(;\d{5})*"),
        "place_name": _text("Municipality, campus or airport."), "evidence": _EVIDENCE,
    }),
    "corrections/resigned.csv": ("Agreements signed again, where two dates are two agreements", {
        "id": _ID, "state_abbr": _STATE, "agency_name": _AGENCY, "model": _MODEL,
        "earlier_date": _day("Date of the earlier agreement.", required=True),
        "later_date": _day("Date of the later one.", required=True), "evidence": _EVIDENCE,
    }),
    "corrections/rows.csv": ("Rows of lists that are set aside", {
        "id": _ID, "file": _text("The list.", required=True), "row": _whole("Row of its sheet.", required=True),
        "agency_name": _text("Agency as printed.", required=True), "reason": _text("Why.", required=True),
        "evidence": _EVIDENCE,
    }),
    "corrections/states.csv": ("Misspelled and wrong states", {
        "id": _ID, "printed": _text("STATE as printed.", required=True),
        "agency_name": _text("Agency as printed, where the row is for one agency."), "state_abbr": _STATE,
        "evidence": _EVIDENCE,
    }),
    "corrections/types.csv": ("Misspelled agency types", {
        "id": _ID, "printed": _text("TYPE as printed.", required=True), "type": _text("The right type.", required=True),
        "evidence": _EVIDENCE,
    }),
    "history/agreements_2002_2020.csv": ("Agreements before ICE's lists held, from documents of the time", {
        "state_abbr": _STATE, "agency_name": _AGENCY, "level": _text("State, county or municipal.", required=True),
        "county": _text("County name; empty for a state agency."), "model": _MODEL,
        "signed_date": _day("Day of signing; empty where only the month is known."),
        "signed_month": _text("Month of signing, where only that is known.", pattern=r"\d{4}-\d{2}"),
        "ended_date": _day("When it stopped."),
        "ended_month": _text("Month of the end, where only that is known.", pattern=r"\d{4}-\d{2}"),
        "ended_basis": _text("How the end is known."),
        "task_force_ended_date": _day("For a hybrid that ran on in the jail only: when the task-force part stopped."),
        "first_seen_date": _day("First day a source shows it, where the signing date is not known."),
        "sources": _text("Documents that attest it.", required=True), "moa_url": _text("The memorandum."),
        "note": _text("Remarks on the sources."),
    }),
    "history/lists.csv": ("Dates of ICE's lists, and which are believed", {
        "file": _text("File name.", required=True, unique=True), "list_date": _day("Date of the list.", required=True),
        "date_basis": _text("How the date is known.", required=True),
        "last_seen_unchanged": _day("Last day the list was seen unchanged."),
        "believed": _text("yes or no where a maintainer decided.", enum=["yes", "no"]), "note": _text("Remarks."),
    }),
    "history/policy_dates.csv": ("Administrations and policy dates marked in charts", {
        "date": _day("The day.", required=True),
        "kind": _text("What it is.", required=True, enum=["administration", "policy"]),
        "label": _text("A few words, English.", required=True),
        "label_es": _text("The same in Spanish.", required=True),
        "description": _text("What happened.", required=True), "source": _text("Who says so.", required=True),
        "source_url": _text("Where it can be read.", required=True, pattern="https://.+"),
    }),
    "history/published_counts.csv": ("Counts others published, to compare with the record", {
        "as_of": _day("Day the figure speaks of; empty where undated."),
        "quantity": _text("What is counted, as the source has it.", required=True),
        "published": _whole("The figure.", required=True), "source": _text("Who published it.", required=True),
        "note": _text("What is said of the day or the figure."),
        "answerable": _text("Whether the record holds such a thing.", required=True, enum=["yes", "no"]),
        "counted_on": _day("Day the source really counted, where it was another."),
        "counted_as": _text("Thing the source really counted, where it was another."),
        "reason": _text("Why the figures differ, where they do."),
    }),
}  # fmt: skip


def describe(data: Path = DATA) -> dict[str, Any]:
    """Return the description of every CSV file under a folder.

    Args:
        data: The folder; its layout is that of data/.

    Returns:
        The data package as plain data.

    Raises:
        AgreementDataError: A file, or a column of one, is not described in this module.
    """
    described = {"agreements.csv": ("Every 287(g) agreement attested since 2002", _agreement_fields()), **_FILES}
    found = sorted(path.relative_to(data).as_posix() for path in data.rglob("*.csv"))
    unknown = [name for name in found if name not in described]
    if unknown:
        raise AgreementDataError(
            f"{data}: {', '.join(unknown)} is not described. Describe it in map_app/datapackage.py."
        )
    resources = []
    for name, (title, fields) in described.items():
        if name not in found:
            continue
        with (data / name).open(encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader(lines), [])
        if header != list(fields):
            raise AgreementDataError(
                f"{data / name}: its columns are {', '.join(header)}; described are {', '.join(fields)}. "
                "Bring map_app/datapackage.py in step."
            )
        resources.append(_resource(name, title, fields))
    return {
        "profile": "tabular-data-package",
        "name": "agreements-287g",
        "title": "287(g) agreements since 2002",
        "description": "One row per agreement between ICE and a state or local agency ever attested, with when it was "
        "signed and listed, how it ended, and the states and counties it covers; and the corrections and sources it "
        "rests on.",
        "licenses": [{"name": LICENCE_ID, "path": LICENCE_URL, "title": LICENCE}],
        "contributors": [{"title": AUTHORS, "role": "author"}],
        "sources": [{"title": "ICE, lists of agencies that take part in the 287(g) program",
                     "path": "https://www.ice.gov/identify-and-arrest/287g"}],
        "keywords": ["287(g)", "immigration enforcement", "ICE", "sheriffs", "counties"],
        "resources": resources,
    }  # fmt: skip


def _resource(name: str, title: str, fields: dict[str, dict[str, Any]]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [{"name": column, **told} for column, told in fields.items()],
        "missingValues": [""],
    }
    if name == "agreements.csv":
        schema["primaryKey"] = ["agreement_id"]
    if name == "pending.csv":
        schema["foreignKeys"] = [
            {"fields": ["agreement_id"], "reference": {"resource": "agreements", "fields": ["agreement_id"]}}
        ]
    return {
        "profile": "tabular-data-resource",
        "name": name.removesuffix(".csv").replace("/", "-").replace("_", "-").lower(),
        "path": name,
        "title": title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _agreement_fields() -> dict[str, dict[str, Any]]:
    return {column.name: _field(column) for column in COLUMNS}


def _field(column: Column) -> dict[str, Any]:
    """Return a column of the record as a table schema field: its rules are those `map-app check` has."""
    rules: dict[str, Any] = {}
    if column.required:
        rules["required"] = True
    if column.name == "agreement_id":
        rules["unique"] = True
    if column.allowed:
        rules["enum"] = list(column.allowed)
    elif column.pattern and column.kind == "text":
        rules["pattern"] = column.pattern
    told = f"{column.description} Source: {column.source}. Empty: {column.empty_means}."
    match column.kind:
        case "date":
            return _day(told, **rules)
        case "integer":
            return _whole(told, **rules)
        case "link":
            return {**_text(told, **rules), "format": "uri"}
        case _:
            return _text(told, **rules)


def package_text(data: Path = DATA) -> str:
    """Return datapackage.json as text."""
    return json.dumps(describe(data), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write data/datapackage.json."""
    (DATA / PACKAGE_FILE).write_text(package_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
