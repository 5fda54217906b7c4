"""The report of a build: what was read, what became of it, and checks that stop a bad record."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import pandas as pd

from geo.fips import county_geoids, state_abbr
from map_app.ingest.build import ListAccount, Record
from map_app.ingest.published import Published
from map_app.ingest.workbooks import ListKind
from map_app.vocabulary import Coverage, EndedBasis, Placement, Status

#: Share of agreements that should be placed; the rest is shown as unplaced, so a miss warns only.
PLACED: Final = 0.995
#: Share of answerable published counts that should agree within 2 %.
PUBLISHED: Final = 0.90
SOURCES_COLUMNS: Final = (
    "file",
    "kind",
    "list_date",
    "date_basis",
    "last_seen_unchanged",
    "sha256",
    "rows",
    "rows_kept",
    "set_aside_reason",
)


@dataclass(frozen=True)
class Check:
    """One check of a build.

    Attributes:
        name: What is checked.
        value: What was found.
        expected: What it should be.
        passed: Whether it is.
        stops: Whether a failure stops the build; else it only warns.
        detail: Which rows, where it failed.
    """

    name: str
    value: str
    expected: str
    passed: bool
    stops: bool = True
    detail: str = ""


def sources_frame(accounts: Sequence[ListAccount]) -> pd.DataFrame:
    """Return data/SOURCES.csv: one row per workbook, all text, participating lists first, oldest first."""
    rows = [
        (
            a.file,
            a.kind.value,
            a.day.day.isoformat(),
            a.day.basis,
            a.day.until.isoformat(),
            a.sha256,
            str(a.rows),
            str(a.kept),
            a.reason,
        )
        for a in accounts
    ]
    return pd.DataFrame(rows, columns=list(SOURCES_COLUMNS), dtype="str")


def run_checks(record: Record, published: Sequence[Published]) -> list[Check]:
    """Return every check of a built record, those that stop it first."""
    frame, newest = record.frame, record.lists[-1]
    checks = [
        _none(
            "Every row of every list is kept, merged, unreadable or set aside",
            [a.file for a in record.accounts if a.rows != a.kept + a.merged + a.unreadable + a.set_aside],
        ),
        _none(
            "Rows without a readable state, agency or model",
            [str(p) for p in record.problems if p.sets_aside],
        ),
        _none("Repeated agreement_id", frame["agreement_id"][frame["agreement_id"].duplicated()].tolist()),
        _equal(
            "Agreements last listed on the newest list",
            int((frame["last_listed_date"] == newest.day.isoformat()).sum()) - _same_day_only(record),
            len(newest.rows),
        ),
        _none(
            "Rows of the newest list that are not active",
            [
                identifier
                for identifier, agreement in zip(frame["agreement_id"], record.agreements, strict=True)
                if agreement.last_position == len(record.lists) - 1 and agreement.status is not Status.ACTIVE
            ],
        ),
        _equal(
            "Rows of the history that stand in the record",
            sum(len(a.records) for a in record.agreements),
            len(record.records),
        ),
        _none(
            "Agreements that ended before they were signed",
            frame["agreement_id"][
                (frame["ended_date"] != "")
                & (frame["ended_date"] < frame["signed_date"])
                & (frame["first_listed_date"] == "")
            ].tolist(),
        ),
        _none("Superseded without the agreement that replaced them", _orphans(frame)),
        _none("County codes that are none, or of another state", _bad_geoids(frame)),
        _none(
            "Placed without ground, or unplaced with it",
            frame["agreement_id"][(frame["coverage"] == "") != (frame["placement"] == Placement.UNPLACED)].tolist(),
        ),
        # The notes speak of the whole record: without the history most find no row.
        _none("Notes that speak of no agreement", record.notes_lost, stops=bool(record.records)),
    ]
    share = float((frame["placement"] != Placement.UNPLACED.value).mean())
    checks.append(Check("Share of agreements placed", f"{share:.2%}", f"at least {PLACED:.1%}", share >= PLACED, False))
    checks.append(_none("Dates that could not be read", [str(p) for p in record.problems if not p.sets_aside], False))
    checks.append(_none("Lists set aside", [f"{a.file}: {a.reason}" for a in record.accounts if a.reason], False))
    checks.append(_none("Same agency and model on the lists with two dates, not reviewed", undecided(record), False))
    if published and any(a.kind is ListKind.PARTICIPATING and a.day.day < dt.date(2021, 2, 1) for a in record.accounts):
        answered = [p for p in published if p.ours is not None]
        close = sum(p.agrees for p in answered)
        checks.append(
            Check(
                "Published counts within 2 %",
                f"{close} of {len(answered)}",
                f"at least {PUBLISHED:.0%}",
                close >= PUBLISHED * len(answered),
            )
        )
    return sorted(checks, key=lambda check: not check.stops)


def undecided(record: Record) -> list[str]:
    """Return pairs of dates one agency's agreement has on the lists that no correction explains."""
    seen: dict[tuple[str, str, str], list[str]] = {}
    for agreement in record.agreements:
        if agreement.rows and agreement.signed_date:
            seen.setdefault((*agreement.agency, agreement.model.value), []).append(agreement.signed_date)
    pairs = [
        (*key, one, two)
        for key, dates in sorted(seen.items())
        for one, two in zip(sorted(dates), sorted(dates)[1:], strict=False)
    ]
    for pair in pairs:
        if pair in record.corrections.resigned:
            record.corrections.use(record.corrections.resigned[pair])
    return [
        f"{record.agency_ids[pair[0], pair[1]]}, {pair[2]}: {pair[3]} and {pair[4]}; "
        "say in dates.csv or resigned.csv which"
        for pair in pairs
        if pair not in record.corrections.resigned
    ]


def compare_builds(old: pd.DataFrame | None, new: pd.DataFrame) -> dict[str, list[str]]:
    """Return the agreement_ids added, removed, ended and otherwise changed since the last build.

    Args:
        old: The record as it stood, or None where there was none.
        new: The record as built.
    """
    if old is None or "agreement_id" not in old.columns:
        return {"added": sorted(new["agreement_id"]), "removed": [], "ended": [], "changed": []}
    before = {row["agreement_id"]: row for row in old.to_dict("records")}
    after = {row["agreement_id"]: row for row in new.to_dict("records")}
    both = sorted(before.keys() & after.keys())
    ended = [i for i in both if before[i].get("status") == Status.ACTIVE and after[i]["status"] != Status.ACTIVE]
    # A newer list moves last_listed_date and sources of every active row; the agreement has not changed.
    moving = {"last_listed_date", "sources"}
    changed = [
        i
        for i in both
        if i not in set(ended)
        and any(before[i].get(column) != value for column, value in after[i].items() if column not in moving)
    ]
    return {
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "ended": ended,
        "changed": changed,
    }


def build_report(
    record: Record,
    checks: Sequence[Check],
    changes: Mapping[str, list[str]],
    pending: pd.DataFrame,
    published: Sequence[Published],
) -> dict[str, Any]:
    """Return the whole report as plain data, ready for JSON."""
    frame = record.frame
    by_kind: dict[str, dict[str, int]] = {}
    for kind in ListKind:
        some = [a for a in record.accounts if a.kind is kind]
        by_kind[kind.value] = {
            "lists": len(some),
            "rows": sum(a.rows for a in some),
            "kept": sum(a.kept for a in some),
            "merged": sum(a.merged for a in some),
            "unreadable": sum(a.unreadable for a in some),
            "set_aside": sum(a.set_aside for a in some),
        }
    every = {identifier for identifiers in record.corrections.ids.values() for identifier in identifiers}
    used = set(record.corrections.used) | {
        identifier for cell in frame["corrections"] for identifier in str(cell).split(";") if identifier
    }
    return {
        "rows": by_kind,
        "history_rows": len(record.records),
        "agreements": len(frame),
        "agencies": int(frame["agency_id"].nunique()),
        "newest_list": {
            "file": record.lists[-1].file,
            "date": record.lists[-1].day.isoformat(),
            "rows": len(record.lists[-1].rows),
        },
        "status": dict(sorted(Counter(frame["status"]).items())),
        "ended_basis": dict(sorted(Counter(b for b in frame["ended_basis"] if b).items())),
        "placement": dict(sorted(Counter(frame["placement"]).items())),
        "unplaced": [
            {"agreement_id": row.agreement_id, "reason": row.placement_note}
            for row in frame[frame["placement"] == Placement.UNPLACED.value].itertuples()
        ],
        "pending": dict(sorted(Counter(pending["outcome"]).items())),
        "corrections": {
            "used": sorted(used),
            "unused": sorted(every - used),
        },
        "changes": {name: list(ids) for name, ids in changes.items()},
        "checks": [asdict(check) for check in checks],
        "published": {
            "answerable": sum(p.ours is not None for p in published),
            "agree": sum(p.agrees for p in published),
        },
        "lists_set_aside": [{"file": a.file, "rows": a.rows, "reason": a.reason} for a in record.accounts if a.reason],
        "rows_set_aside": [{"file": f, "row": r, "reason": why} for f, r, why in record.rows_set_aside],
        "rows_merged": [{"file": m.file, "row": m.row, "into_row": m.into} for m in record.merged],
        "unreadable": [asdict(p) for p in record.problems],
        "warnings": [{"file": a.file, "warning": w} for a in record.accounts for w in a.warnings],
        "gaps": list_gaps(record),
    }


def list_gaps(record: Record, days: int = 14) -> list[dict[str, str]]:
    """Return the stretches of more than some days that no participating list is known to have stood."""
    gaps = []
    for one, two in zip(record.lists, record.lists[1:], strict=False):
        if (two.day - one.until).days > days:
            gaps.append({"from": one.until.isoformat(), "to": two.day.isoformat()})
    return gaps


def _none(name: str, found: Sequence[str], stops: bool = True) -> Check:
    shown = "; ".join(found[:10]) + (f"; and {len(found) - 10} more" if len(found) > 10 else "")
    return Check(name, str(len(found)), "0", not found, stops, shown)


def _equal(name: str, value: int, expected: int) -> Check:
    return Check(name, str(value), str(expected), value == expected)


def _same_day_only(record: Record) -> int:
    """Return how many agreements only an earlier list of the newest list's own day shows."""
    last = len(record.lists) - 1
    return sum(
        1
        for a in record.agreements
        if a.last_position is not None
        and a.last_position != last
        and record.lists[a.last_position].day == record.lists[last].day
    )


def _orphans(frame: pd.DataFrame) -> list[str]:
    signings = set(zip(frame["agency_id"], frame["signed_date"], strict=True))
    replaced = frame[frame["ended_basis"] == EndedBasis.SUPERSEDED.value]
    return [str(r.agreement_id) for r in replaced.itertuples() if (r.agency_id, r.ended_date) not in signings]


def _bad_geoids(frame: pd.DataFrame) -> list[str]:
    known = county_geoids()
    bad: list[str] = []
    for row in frame.itertuples():
        codes = [code for code in str(row.county_geoids).split(";") if code]
        wrong = any(code not in known or state_abbr(code) != row.state_abbr for code in codes)
        if wrong or bool(codes) == (row.coverage in ("", Coverage.STATEWIDE)):
            bad.append(str(row.agreement_id))
    return bad
