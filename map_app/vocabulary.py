"""The closed vocabularies of the record. Values are what agreements.csv holds."""

from __future__ import annotations

from enum import StrEnum


class Model(StrEnum):
    """Support type of an agreement, as ICE names it."""

    JAIL_ENFORCEMENT = "Jail Enforcement Model"
    TASK_FORCE = "Task Force Model"
    WARRANT_SERVICE = "Warrant Service Officer"
    HYBRID = "Hybrid (Jail + Task Force)"

    @property
    def code(self) -> str:
        """Three letters used in ids, URLs and on the command line."""
        return _MODEL_CODES[self]

    @classmethod
    def parse(cls, text: str) -> Model | None:
        """Return the model named by a code or a full name in any case, or None."""
        wanted = text.strip().casefold()
        for model in cls:
            if wanted in (model.code.casefold(), model.value.casefold()):
                return model
        return None


_MODEL_CODES = {
    Model.JAIL_ENFORCEMENT: "JEM",
    Model.TASK_FORCE: "TFM",
    Model.WARRANT_SERVICE: "WSO",
    Model.HYBRID: "HYB",
}


class AgencyType(StrEnum):
    """What kind of body signed. ICE's own TYPE column is only a hint."""

    STATE = "state"
    COUNTY = "county"
    MUNICIPAL = "municipal"
    CAMPUS = "campus"
    REGIONAL = "regional"
    JUDICIAL_DISTRICT = "judicial_district"
    PORT = "port"
    CONSTABLE = "constable"
    OTHER = "other"


class Coverage(StrEnum):
    """How much ground an agreement covers. Empty where the agreement could not be placed."""

    STATEWIDE = "statewide"
    COUNTY = "county"
    MULTI_COUNTY = "multi_county"
    PART_OF_COUNTY = "part_of_county"


class Placement(StrEnum):
    """How an agreement got its place."""

    PRINTED = "printed"
    CORRECTED = "corrected"
    AGENCY_NAME = "agency_name"
    PLACE_NAME = "place_name"
    CURATED = "curated"
    UNPLACED = "unplaced"


class Status(StrEnum):
    """State of an agreement as of the newest list."""

    ACTIVE = "active"
    ENDED = "ended"
    SUPERSEDED = "superseded"


class EndedBasis(StrEnum):
    """How the end of an agreement is known.

    `exact`: a document gives the day. `last_listed`: `ended_date` is the last day a list or another
    source still shows it (it stopped later, before the next list). `superseded`: the same agency
    signed the same model again, on `ended_date`.
    """

    EXACT = "exact"
    LAST_LISTED = "last_listed"
    SUPERSEDED = "superseded"


class MoaStatus(StrEnum):
    """Whether the list links the signed memorandum."""

    LINKED = "linked"
    PENDING = "pending"


class Participation(StrEnum):
    """Level of participation of a county, strongest first."""

    COUNTY_WIDE = "county_wide"
    LOCAL_ONLY = "local_only"
    STATEWIDE_ONLY = "statewide_only"
    NONE_LISTED = "none_listed"
