"""A small invented record: two real states and Guam, one agreement of every kind the app must tell apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from map_app import record as record_room
from map_app.agreements import COLUMN_NAMES
from map_app.record import DATA_VARIABLE, LoadedRecord, current_record

MARICOPA, PINAL = "04013", "04021"
MECKLENBURG, CABARRUS, WAKE = "37119", "37025", "37183"
GUAM = "66010"
NEWEST_LIST = "2026-05-11"
SHIPPED = Path(__file__).resolve().parents[1] / "data" / "agreements.csv"

#: Type of the fixture `write_csv`.
WriteCsv = Callable[..., Path]

_LISTED = {"first_listed_date": "2025-03-14", "last_listed_date": NEWEST_LIST, "placement": "printed"}
_LINK = "https://www.ice.gov/doclib/287gMOA/example.pdf"


def agreement(**cells: str) -> dict[str, str]:
    """Return a row of agreements.csv: an active county agreement in Arizona, with the cells given instead."""
    row = dict.fromkeys(COLUMN_NAMES, "") | {
        "agreement_id": "az-pinal-county-sheriff-wso-2025-03-01",
        "agency_id": "az-pinal-county-sheriff",
        "agency_name": "Pinal County Sheriff's Office",
        "state_abbr": "AZ",
        "agency_type": "county",
        "model": "Warrant Service Officer",
        "signed_date": "2025-03-01",
        "status": "active",
        "coverage": "county",
        "county_geoids": PINAL,
        "moa_status": "pending",
        "sources": "list.xlsx",
        **_LISTED,
    }
    unknown = set(cells) - set(row)
    assert not unknown, f"no such column: {unknown}"
    row |= cells
    if "first_listed_date" not in cells:  # nothing is listed before it is signed
        row["first_listed_date"] = max(row["first_listed_date"], row["signed_date"][:10])
    if "signed_date" in cells or "signed_year" not in cells:
        row["signed_year"] = cells.get("signed_year", row["signed_date"][:4])
    return row


#: Rows without a fault.
CLEAN_ROWS: tuple[dict[str, str], ...] = (
    agreement(),
    agreement(
        agreement_id="az-pinal-county-sheriff-tfm-2025-02-03",
        model="Task Force Model",
        signed_date="2025-02-03",
        status="ended",
        last_listed_date="2025-09-05",
        first_missing_date="2025-09-12",
        ended_date="2025-09-05",
        ended_basis="last_listed",
    ),
    agreement(
        agreement_id="az-maricopa-county-sheriff-hyb-2007-02-07",
        agency_id="az-maricopa-county-sheriff",
        agency_name="Maricopa County Sheriff's Office",
        model="Hybrid (Jail + Task Force)",
        signed_date="2007-02-07",
        status="ended",
        first_listed_date="",
        last_listed_date="",
        ended_date="2011-12-15",
        ended_basis="exact",
        task_force_ended_date="2009-10-16",
        county_geoids=MARICOPA,
        placement="agency_name",
        placement_note="county in the name of the agency",
        moa_status="",
        note="The task-force part stopped in October 2009 (example source).",
    ),
    agreement(
        agreement_id="nc-state-patrol-tfm-2025-03-10",
        agency_id="nc-state-patrol",
        agency_name="Old North State Patrol",
        state_abbr="NC",
        agency_type="state",
        model="Task Force Model",
        signed_date="2025-03-10",
        coverage="statewide",
        county_geoids="",
        placement_note="state agency: covers the whole of North Carolina",
        moa_status="linked",
        moa_url=_LINK,
    ),
    agreement(
        agreement_id="nc-mecklenburg-county-sheriff-jem-2006-02-27",
        agency_id="nc-mecklenburg-county-sheriff",
        agency_name="Mecklenburg County Sheriff's Office",
        state_abbr="NC",
        model="Jail Enforcement Model",
        signed_date="2006-02-27",
        status="ended",
        first_listed_date="",
        last_listed_date="",
        ended_date="2018-12-05",
        ended_basis="exact",
        county_geoids=MECKLENBURG,
    ),
    agreement(
        agreement_id="nc-davidson-police-tfm-2025-06-20",
        agency_id="nc-davidson-police",
        agency_name="Davidson Police Department",
        state_abbr="NC",
        agency_type="municipal",
        model="Task Force Model",
        signed_date="2025-06-20",
        coverage="part_of_county",
        county_geoids=MECKLENBURG,
        place_name="Davidson",
        placement="place_name",
        placement_note="Davidson lies in Mecklenburg County",
    ),
    agreement(
        agreement_id="nc-cabarrus-county-sheriff-jem-2020-05-01",
        agency_id="nc-cabarrus-county-sheriff",
        agency_name="Cabarrus County Sheriff’s Office",
        state_abbr="NC",
        model="Jail Enforcement Model",
        signed_date="2020-05-01",
        status="superseded",
        last_listed_date="2025-03-14",
        ended_date="2025-04-02",
        ended_basis="superseded",
        county_geoids=CABARRUS,
    ),
    agreement(
        agreement_id="nc-cabarrus-county-sheriff-jem-2025-04-02",
        agency_id="nc-cabarrus-county-sheriff",
        agency_name="Cabarrus County Sheriff’s Office",
        state_abbr="NC",
        model="Jail Enforcement Model",
        signed_date="2025-04-02",
        first_listed_date="2025-04-11",
        county_geoids=CABARRUS,
    ),
    agreement(
        agreement_id="nc-cabarrus-county-sheriff-wso-2025-04-02",
        agency_id="nc-cabarrus-county-sheriff",
        agency_name="Cabarrus County Sheriff’s Office",
        state_abbr="NC",
        signed_date="2025-04-02",
        first_listed_date="2025-04-11",
        county_geoids=CABARRUS,
    ),
    agreement(
        agreement_id="nc-piedmont-regional-jail-jem-2026-01-15",
        agency_id="nc-piedmont-regional-jail",
        agency_name="Piedmont Regional Jail",
        state_abbr="NC",
        agency_type="regional",
        model="Jail Enforcement Model",
        signed_date="2026-01-15",
        first_listed_date="2026-01-22",
        coverage="multi_county",
        county_geoids=f"{CABARRUS};{MECKLENBURG}",
        placement="curated",
        placement_note="the jail serves both counties (example source)",
        moa_status="linked",
        moa_url=_LINK,
    ),
    agreement(
        agreement_id="nc-riverbend-constable-wso-2025-07-01",
        agency_id="nc-riverbend-constable",
        agency_name="Riverbend Constable",
        state_abbr="NC",
        agency_type="constable",
        signed_date="2025-07-01",
        coverage="",
        county_geoids="",
        placement="unplaced",
        placement_note="no place of this name is known",
    ),
    agreement(
        agreement_id="gu-attorney-general-tfm-2025-09-22",
        agency_id="gu-attorney-general",
        agency_name="Office of the Attorney General",
        state_abbr="GU",
        agency_type="state",
        model="Task Force Model",
        signed_date="2025-09-22",
        coverage="statewide",
        county_geoids="",
    ),
    agreement(
        agreement_id="nc-wake-county-sheriff-hyb-2007",
        agency_id="nc-wake-county-sheriff",
        agency_name="Wake County Sheriff's Office",
        state_abbr="NC",
        model="Hybrid (Jail + Task Force)",
        signed_date="",
        signed_year="2007",
        status="ended",
        first_listed_date="",
        last_listed_date="",
        ended_date="2018-12-07",
        ended_basis="exact",
        county_geoids=WAKE,
    ),
)

SCRIPT = "<script>document.title='owned'</script>"

#: A usable row whose texts hold markup and spreadsheet formulas.
HOSTILE_ROW: dict[str, str] = agreement(
    agreement_id="az-desert-college-police-tfm-2025-05-05",
    agency_id="az-desert-college-police",
    agency_name=f"Desert College Police {SCRIPT}",
    agency_type="campus",
    model="Task Force Model",
    signed_date="2025-05-05",
    coverage="part_of_county",
    county_geoids=MARICOPA,
    place_name='<img src=x onerror="alert(1)">',
    placement="place_name",
    placement_note="=HYPERLINK(A1)",
    note="<b>bold</b> & “quoted”",
)

ROWS: tuple[dict[str, str], ...] = (*CLEAN_ROWS, HOSTILE_ROW)


def csv_text(rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMN_NAMES) -> str:
    """Return rows as the text of an agreements.csv with these columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_rows(path: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMN_NAMES) -> Path:
    """Write rows as an agreements.csv and return its path."""
    path.write_text(csv_text(rows, columns), encoding="utf-8")
    return path


def load_record(path: Path = SHIPPED) -> LoadedRecord:
    """Return a file as the running app holds it, without a trace of any other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA_VARIABLE, str(path))
        patch.setattr(record_room, "_held", {})
        return current_record()
