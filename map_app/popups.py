"""What can be said of one county: every agreement that can act there, as escaped HTML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from geo.fips import state_abbr
from map_app.text import Text
from map_app.text.places import NOT_STATES, TERRITORIES, county_title, state_words
from map_app.text.record_words import record_words
from map_app.vocabulary import Coverage, EndedBasis, MoaStatus, Model, Participation, Status


def model_name(model: str, text: Text) -> str:
    """Return the name of a model as people use it."""
    return {
        Model.JAIL_ENFORCEMENT: text.t("Jail Enforcement Model"),
        Model.TASK_FORCE: text.t("Task Force Model"),
        Model.WARRANT_SERVICE: text.t("Warrant Service Officer"),
        Model.HYBRID: text.t("Jail and task force (hybrid)"),
    }[Model(model)]


def model_meaning(model: str, text: Text) -> str:
    """Return in a few plain words what a model lets officers do.

    Source: ICE's own description of the three models on its 287(g) page; for the hybrid, DHS OIG-10-63.
    """
    return {
        Model.JAIL_ENFORCEMENT: text.t(
            "asks people in the jail about immigration status and starts deportation papers"
        ),
        Model.TASK_FORCE: text.t("immigration questioning and arrests during everyday police work"),
        Model.WARRANT_SERVICE: text.t("serves ICE warrants on people already held in the jail"),
        Model.HYBRID: text.t("immigration work both in the jail and during everyday police work"),
    }[Model(model)]


@dataclass(frozen=True)
class CountyAgreements:
    """The selected agreements that can act in one county.

    Attributes:
        geoid: The county.
        local: Agreements of county and local agencies, record columns.
        statewide: Statewide agreements of its state, record columns.
        unplaced: Agreements of the state that could not be placed and so may belong here.
        level: Level of participation under the selection.
    """

    geoid: str
    local: pd.DataFrame
    statewide: pd.DataFrame
    unplaced: pd.DataFrame
    level: Participation


def level_name(level: str, text: Text, *, narrowed: bool = False) -> str:
    """Return a level of participation as the map's legend names it.

    Args:
        level: One of `Participation`.
        text: Language.
        narrowed: Whether filters leave agreements out, so that an absence is one of the selection only.
    """
    if narrowed and level == Participation.STATEWIDE_ONLY:
        return text.t("In this selection only state agencies")
    if narrowed and level == Participation.NONE_LISTED:
        return text.t("None in this selection")
    return {
        Participation.COUNTY_WIDE: text.t("Agency covering the whole county"),
        Participation.LOCAL_ONLY: text.t("Only agencies in part of the county"),
        Participation.STATEWIDE_ONLY: text.t("State agencies only"),
        Participation.NONE_LISTED: text.t("None listed"),
    }[Participation(level)]


def level_sentence(level: Participation, unplaced: int, text: Text, past: bool = False, state: str = "") -> str:
    """Return the level of participation of a county in one sentence.

    Args:
        level: Level under the selection. Filters may leave agreements out, so an absence is one "here shown".
        unplaced: Number of agreements that may belong to the county.
        text: Language.
        past: Whether every agreement that makes the level has ended or was replaced.
        state: Abbreviation of the county's state, which matters where "state" is not the word for it.
    """
    if level is Participation.STATEWIDE_ONLY and state in NOT_STATES:
        named = state_words(state, text, in_sentence=True)
        if past:
            return text.t(
                "In this selection, only agencies of all of {state} had agreements. They are no longer in force.",
                state=named,
            )
        return text.t("In this selection, only agencies of all of {state} have agreements.", state=named)
    if level is Participation.NONE_LISTED and unplaced:
        return text.n(
            "No agreement matched to this county, but {n} agreement of this state could not be placed and "
            "may belong here.",
            "No agreement matched to this county, but {n} agreements of this state could not be placed and "
            "may belong here.",
            unplaced,
        )
    if past:
        return {
            Participation.COUNTY_WIDE: text.t(
                "An agency that covers the whole county had an agreement. It is no longer in force."
            ),
            Participation.LOCAL_ONLY: text.t(
                "In this selection, only agencies inside part of the county had agreements. They are no longer in "
                "force."
            ),
            Participation.STATEWIDE_ONLY: text.t(
                "In this selection, only agencies of the state had agreements. They are no longer in force."
            ),
        }[level]
    return {
        Participation.COUNTY_WIDE: text.t("An agency that covers the whole county has an agreement."),
        Participation.LOCAL_ONLY: text.t("In this selection, only agencies inside part of the county have agreements."),
        Participation.STATEWIDE_ONLY: text.t(
            "In this selection, no county or local agency here has an agreement. Agencies of the state do, and can "
            "act here."
        ),
        Participation.NONE_LISTED: text.t("No agreement found in this selection."),
    }[level]


def county_popup(here: CountyAgreements, as_of: str, text: Text) -> str:
    """Return the popup of a county: a heading, the level in one sentence, then each agreement.

    Args:
        here: The agreements to summarize.
        as_of: What the selection is dated by, as "ICE's list of 11 May 2026".
        text: Language.
    """
    told = level_sentence(here.level, len(here.unplaced), text, _is_past(here), state_abbr(here.geoid))
    parts = [
        f'<article class="county-popup" lang="{text.language}">',
        f"<h2>{escape(county_title(here.geoid, text))}</h2>",
        f'<p class="level level-{here.level}">{escape(told)}</p>',
        f'<p class="sums">{escape(_sums(here, text))}</p>',
        f'<p class="as-of">{escape(as_of)}</p>',
    ]
    if len(here.local):
        heading = text.n("{n} agreement of an agency here", "{n} agreements of agencies here", len(here.local))
        parts.append(_agreements_html(heading, here.local, text))
    if len(here.statewide):
        heading = _number_across(here, text)
        parts.append(_agreements_html(heading, here.statewide, text))
    if len(here.unplaced) and here.level is not Participation.NONE_LISTED:
        told = text.n(
            "{n} more agreement of this state could not be placed and may belong here.",
            "{n} more agreements of this state could not be placed and may belong here.",
            len(here.unplaced),
        )
        parts.append(f'<p class="unplaced">{escape(told)}</p>')
    if here.level is Participation.NONE_LISTED:
        told = text.t(
            "No agreement listed does not mean no cooperation with ICE: agencies can also work with it in "
            "ways that need no such agreement."
        )
        parts.append(f'<p class="caution">{escape(told)}</p>')
    parts.append("</article>")
    return "".join(parts)


def _is_past(here: CountyAgreements) -> bool:
    """Return whether every agreement that makes the county's level has ended or was replaced."""
    wide = here.local["coverage"].isin([Coverage.COUNTY, Coverage.MULTI_COUNTY])
    makers = {
        Participation.COUNTY_WIDE: here.local[wide],
        Participation.LOCAL_ONLY: here.local,
        Participation.STATEWIDE_ONLY: here.statewide,
    }.get(here.level)
    return makers is not None and not (makers["status"] == Status.ACTIVE).any()


def _sums(here: CountyAgreements, text: Text) -> str:
    """Return how many agreements of each kind apply, since a long popup shows only its beginning."""
    local = text.n("{n} agreement of an agency here", "{n} agreements of agencies here", len(here.local))
    statewide = _number_across(here, text)
    return text.listing([words for words, n in ((local, len(here.local)), (statewide, len(here.statewide))) if n])


def _number_across(here: CountyAgreements, text: Text) -> str:
    return number_across(len(here.statewide), state_abbr(here.geoid), text)


def number_across(number: int, state: str, text: Text) -> str:
    """Return how many agreements are of agencies of a whole state or territory."""
    if state not in NOT_STATES:
        return text.n("{n} agreement of a state agency", "{n} agreements of state agencies", number)
    return text.n(
        "{n} agreement of an agency of all of {state}",
        "{n} agreements of agencies of all of {state}",
        number,
        state=state_words(state, text, in_sentence=True),
    )


def _agreements_html(heading: str, agreements: pd.DataFrame, text: Text) -> str:
    """Return a list of agencies, each with its agreements."""
    items = []
    for _, group in widest_first(agreements).groupby("agency_id", sort=False):
        rows = group.to_dict("records")
        lines = "".join(f"<li>{agreement_html(row, text)}</li>" for row in rows)
        extent = escape(extent_words(rows[0], text))
        name = escape(str(rows[0]["agency_name"]))
        items.append(f'<li><b class="agency">{name}</b> <span class="extent">{extent}</span><ul>{lines}</ul></li>')
    return f'<h3>{escape(heading)}</h3><ul class="agencies">{"".join(items)}</ul>'


def widest_first(agreements: pd.DataFrame) -> pd.DataFrame:
    """Return agreements with those that cover the most of a county first, then by agency and date."""
    width = agreements["coverage"].astype("str").map(list(Coverage).index)
    return agreements.assign(width=width).sort_values(["width", "agency_name", "signed_date"])


def agreement_html(row: Mapping[Any, Any], text: Text) -> str:
    """Return one agreement: model, meaning, date, status, memorandum, note."""
    parts = [
        f'<span class="model model-{Model(row["model"]).code}">{escape(model_name(row["model"], text))}</span>',
        f'<span class="meaning">{escape(model_meaning(row["model"], text))}</span>',
        f'<span class="when">{escape(when_words(row, text))}</span>',
    ]
    link = safe_link(row["moa_url"])
    if link:
        label = escape(text.t("Read the memorandum"))
        parts.append(f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{label}</a>')
    elif row["moa_status"] == MoaStatus.PENDING:
        parts.append(f'<span class="moa">{escape(text.t("ICE has not linked the memorandum yet"))}</span>')
    if row["note"]:
        told = record_words(str(row["note"]), text)
        parts.append(f'<span class="note" lang="{told.language}">{escape(told.words)}</span>')
    return " ".join(parts)


def safe_link(url: object) -> str:
    """Return the link if it is http or https, else an empty text."""
    link = str(url or "").strip()
    return link if link.lower().startswith(("http://", "https://")) else ""


def extent_words(row: Mapping[Any, Any], text: Text) -> str:
    """Return whether an agreement covers the whole county, several, part of one, or the state."""
    place = str(row["place_name"])
    match row["coverage"]:
        case Coverage.STATEWIDE:
            if row["state_abbr"] in TERRITORIES:
                return text.t("whole territory")
            return text.t("whole district") if row["state_abbr"] in NOT_STATES else text.t("statewide")
        case Coverage.COUNTY:
            return text.t("whole county")
        case Coverage.MULTI_COUNTY:
            count = len(str(row["county_geoids"]).split(";"))
            return text.n("{n} county", "{n} counties", count)
        case Coverage.PART_OF_COUNTY:
            return text.t("part of the county: {place}", place=place) if place else text.t("part of the county")
    return text.t("place not known")


def when_words(row: Mapping[Any, Any], text: Text) -> str:
    """Return when an agreement was signed and, if it stopped, when and how that is known."""
    signed = _day(row["signed_date"])
    year = row["signed_year"]
    if signed:
        told = text.t("Signed {day}", day=text.day(signed))
    elif not pd.isna(year):
        told = text.t("Signed in {year}", year=int(year))
    else:
        told = text.t("Signing date not known")
    ended = _day(row["ended_date"])
    missing = _day(row.get("first_missing_date"))
    if row["status"] == Status.ACTIVE and missing:
        return text.t("{signed} · active, but not on ICE’s lists since {day}", signed=told, day=text.day(missing))
    if row["status"] == Status.ACTIVE or not ended or not row["ended_basis"]:
        return f"{told} · {status_word(row['status'], text)}"
    day = text.day(ended)
    stopped = {
        EndedBasis.EXACT: text.t("ended {day}", day=day),
        EndedBasis.LAST_LISTED: text.t("last listed {day}, then gone from the lists", day=day),
        EndedBasis.SUPERSEDED: text.t("replaced by a newer agreement on {day}", day=day),
    }.get(EndedBasis(row["ended_basis"]), "")
    return f"{told} · {stopped}"


def status_word(status: str, text: Text) -> str:
    """Return the status of an agreement in one word or two."""
    return {
        Status.ACTIVE: text.t("active"),
        Status.ENDED: text.t("ended"),
        Status.SUPERSEDED: text.t("replaced"),
    }[Status(status)]


def _day(value: Any) -> dt.date | None:
    return None if pd.isna(value) else value.date()
