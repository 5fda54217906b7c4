"""The audit of the packages: what a database knows is told, and that none could be reached is told too."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest
from running_app import ROOT

sys.path.insert(0, str(ROOT))

from tools.audit import read_report


def test_known_weakness_is_one_line_with_the_version_that_mends_it() -> None:
    report = {
        "dependencies": [
            {"name": "good", "version": "1.0", "vulns": []},
            {"name": "bad", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": []}]},
            {"name": "worse", "version": "3.0", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]},
            {"name": "own", "skip_reason": "not found"},
        ],
        "fixes": [],
    }
    audit = read_report(json.dumps(report))
    assert (audit.looked_up, audit.unknown) == (3, 1)
    assert audit.weaknesses == ("bad 2.0: PYSEC-1, mended in 2.1", "worse 3.0: PYSEC-2, not mended yet")


@pytest.mark.parametrize("report", ["", "[]", "{}", "Traceback"])
def test_text_that_is_no_report_is_not_taken_for_a_clean_one(report: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_report(report)


def test_without_a_database_one_line_says_so() -> None:
    if importlib.util.find_spec("pip_audit") is None:
        pytest.skip("pip-audit is not installed (make lint installs it)")
    nowhere = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    run = subprocess.run(
        [sys.executable, "-m", "tools.audit"], cwd=ROOT, capture_output=True, text=True, timeout=150,
        env={**os.environ, **nowhere, "NO_PROXY": "", "no_proxy": ""},
    )  # fmt: skip
    assert run.stdout == "dependencies not audited: no advisory database could be reached from here\n"
    assert run.returncode == 0
