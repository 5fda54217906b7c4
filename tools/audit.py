"""Looks every package of constraints.txt up in a public database of known weaknesses, where one can be reached.

Run by `make lint`. What is found fails it, with a line each; without a database it says so in one line and passes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"
#: Seconds a database may take to answer; the build does not wait longer for it.
PATIENCE = 120


@dataclass(frozen=True)
class Audit:
    """What a database says of the packages.

    Attributes:
        looked_up: How many packages it knows.
        unknown: How many it does not know, which are not audited.
        weaknesses: What is known against them, one line each.
    """

    looked_up: int
    unknown: int
    weaknesses: tuple[str, ...]


def read_report(report: str) -> Audit:
    """Return what pip-audit found.

    Args:
        report: Its report in JSON.

    Raises:
        ValueError: It is no such report.
    """
    told = json.loads(report)
    if not isinstance(told, dict) or "dependencies" not in told:
        raise ValueError("not a report of pip-audit")
    known = [package for package in told["dependencies"] if "skip_reason" not in package]
    found = tuple(
        f"{package['name']} {package['version']}: {weakness['id']}, "
        + (f"mended in {', '.join(weakness['fix_versions'])}" if weakness["fix_versions"] else "not mended yet")
        for package in known
        for weakness in package.get("vulns", ())
    )
    return Audit(len(known), len(told["dependencies"]) - len(known), found)


def main(constraints: Path = CONSTRAINTS) -> int:
    """Audit and print; return the exit status."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(constraints), "--no-deps", "--disable-pip",
               "--format", "json", "--progress-spinner", "off", "--timeout", "10"]  # fmt: skip
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        audit = read_report(run.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        audit = Audit(0, 0, ())
    if not audit.looked_up:
        print("dependencies not audited: no advisory database could be reached from here")
        return 0
    for line in audit.weaknesses:
        print(line)
    unknown = f", {audit.unknown} unknown to the database" if audit.unknown else ""
    print(f"{audit.looked_up} dependencies audited{unknown}, {len(audit.weaknesses)} known weaknesses")
    return 1 if audit.weaknesses else 0


if __name__ == "__main__":
    sys.exit(main())
