"""The command line: what it prints, where, and its exit status."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from example_record import CLEAN_ROWS, HOSTILE_ROW, WriteCsv, agreement
from running_app import ROOT

from map_app.__main__ import main
from map_app.record import DATA_VARIABLE


def map_app(*words: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program as a person does and return what it said."""
    said = subprocess.run(
        [sys.executable, "-m", "map_app", *map(str, words)],
        cwd=ROOT, env=os.environ | (env or {}), capture_output=True, text=True, timeout=120, encoding="utf-8",
    )  # fmt: skip
    assert "Traceback" not in said.stderr
    return said


def test_clean_file_is_called_clean_and_exits_0(write_csv: WriteCsv) -> None:
    path = write_csv(CLEAN_ROWS)
    said = map_app("check", path)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == f"{path}: {len(CLEAN_ROWS)} agreements, no fault\n"


def test_faults_are_all_named_on_stderr_one_a_line_and_exit_1(write_csv: WriteCsv) -> None:
    rows = [
        *CLEAN_ROWS,
        HOSTILE_ROW,
        agreement(agreement_id="az-a-wso-1", model="Wrong"),
        agreement(agreement_id="az-b-wso-1", county_geoids="99999"),
    ]
    path = write_csv(rows)
    said = map_app("check", path)
    assert (said.returncode, said.stdout) == (1, "")
    *faults, last = said.stderr.splitlines()
    line = len(CLEAN_ROWS) + 2
    assert [fault.split(": ", 2)[1] for fault in faults] == [
        f"line {line}, column agency_name",
        f"line {line}, column place_name",
        f"line {line}, column note",
        f"line {line + 1}, column model",
        f"line {line + 2}, column county_geoids",
        f"line {line + 2}, column county_geoids",
    ]
    assert all(fault.startswith(f"{path}: ") for fault in faults)
    assert "'Wrong'" in faults[3]
    assert "Use one of: Jail Enforcement Model," in faults[3]
    assert last == f"{path}: 6 faults in {len(rows)} rows, 2 of them unusable"


def test_one_fault_is_told_in_the_singular(write_csv: WriteCsv) -> None:
    said = map_app("check", write_csv([agreement(model="Wrong")]))
    assert said.stderr.splitlines()[-1].endswith("1 fault in 1 row, 1 of them unusable")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        (b"", "empty"),
        (b"\xff\xfea\x00b\x00", "not UTF-8"),
        (b"PK\x03\x04\x00\x00", "a workbook or an archive"),
        (b'agreement_id,"', "not a well-formed CSV"),
        (b"<html><body>moved</body></html>", "no record of agreements"),
    ],
    ids=["missing", "empty", "utf-16", "workbook", "truncated", "web page"],
)
def test_unusable_file_is_one_line_with_what_to_do_and_exits_1(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "agreements.csv"
    if content is not None:
        path.write_bytes(content)
    said = map_app("check", path)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.count("\n") == 1
    assert said.stderr.startswith(f"map-app: {path}: ")
    assert words in said.stderr


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("check",),
        ("check", "a", "b"),
        ("run", "--port", "many"),
        ("run", "--port", "0x10"),
        ("run", "--port", "70000"),
        ("run", "--port", "-1"),
        ("run", "--speed", "9"),
    ],
    ids=" ".join,
)
def test_call_that_makes_no_sense_exits_2_with_a_reason(words: tuple[str, ...]) -> None:
    said = map_app(*words)
    assert said.returncode == 2
    assert said.stdout == ""
    assert "map-app" in said.stderr.splitlines()[-1]


def test_port_in_use_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = map_app("run", "--port", str(port))
    assert said.returncode == 2
    assert said.stderr.splitlines() == [
        f"map-app: port {port} is in use: stop what listens there, or give another --port"
    ]


def test_help_lists_the_commands() -> None:
    said = map_app("--help")
    assert said.returncode == 0
    for command in ("run", "check", "ingest"):
        assert command in said.stdout


def test_faults_with_signs_the_terminal_cannot_show_are_still_told(write_csv: WriteCsv) -> None:
    path = write_csv([agreement(agency_name="Sheriff’s <b>Office</b>")])
    said = map_app("check", path, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"})
    assert said.returncode == 1
    assert "column agency_name" in said.stderr


def test_main_returns_the_exit_status(write_csv: WriteCsv, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(write_csv(CLEAN_ROWS))]) == 0
    assert main(["check", str(write_csv([agreement(model="x")]))]) == 1
    assert "no fault" in capsys.readouterr().out


def test_reader_that_stops_reading_is_no_error(write_csv: WriteCsv) -> None:
    path = write_csv(CLEAN_ROWS)
    code = f"{sys.executable} -m map_app check {path} | true; exit ${{PIPESTATUS[0]}}"
    said = subprocess.run(["bash", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in said.stderr
    assert "BrokenPipe" not in said.stderr


# ---- questions to the record


@pytest.fixture
def small(write_csv: WriteCsv) -> dict[str, str]:
    """Return the environment in which the program reads the example record."""
    return {DATA_VARIABLE: str(write_csv(CLEAN_ROWS))}


def test_lookup_prints_what_scripts_rely_on(small: dict[str, str]) -> None:
    said = map_app("lookup", "Mecklenburg County, NC", "--json", env=small)
    assert (said.returncode, said.stderr) == (0, "")
    told = json.loads(said.stdout)
    assert {"query", "matches", "as_of"} <= set(told)
    assert told["query"] == "Mecklenburg County, NC"
    assert told["as_of"] == "2026-05-11"
    (match,) = told["matches"]
    assert (match["geoid"], match["state_abbr"]) == ("37119", "NC")
    assert match["participates"] == "county_wide"
    assert set(match["agreements"]) == {
        "nc-davidson-police-tfm-2025-06-20",
        "nc-piedmont-regional-jail-jem-2026-01-15",
        "nc-state-patrol-tfm-2025-03-10",
    }


@pytest.mark.parametrize(
    ("query", "participates"),
    [
        ("Wake County, NC", "statewide_only"),
        ("Maricopa County, AZ", "none_listed"),
        ("Pinal County, AZ", "county_wide"),
    ],
)
def test_lookup_names_the_level_of_participation(small: dict[str, str], query: str, participates: str) -> None:
    told = json.loads(map_app("lookup", query, "--json", env=small).stdout)
    assert [match["participates"] for match in told["matches"]] == [participates]


def test_lookup_answers_for_a_past_day(small: dict[str, str]) -> None:
    said = map_app("lookup", "Maricopa County, AZ", "--as-of", "2010-08-01", "--json", env=small)
    (match,) = json.loads(said.stdout)["matches"]
    assert match["agreements"] == ["az-maricopa-county-sheriff-hyb-2007-02-07"]


def test_lookup_in_words_never_prints_a_bare_no(small: dict[str, str]) -> None:
    said = map_app("lookup", "Maricopa County, AZ", env=small)
    assert said.returncode == 0
    assert "Maricopa County, Arizona" in said.stdout
    assert not said.stdout.lower().startswith("no")


def test_changes_prints_what_began_and_stopped_by_state(small: dict[str, str]) -> None:
    said = map_app("changes", "--from", "2025-08-31", "--to", "2026-05-11", "--json", env=small)
    assert (said.returncode, said.stderr) == (0, "")
    told = json.loads(said.stdout)
    assert told["added"] == ["gu-attorney-general-tfm-2025-09-22", "nc-piedmont-regional-jail-jem-2026-01-15"]
    assert told["ended"] == ["az-pinal-county-sheriff-tfm-2025-02-03"]
    assert told["by_state"]["NC"]["added"] == 1
    table = map_app("changes", "--from", "2025-08-31", "--to", "2026-05-11", env=small).stdout
    assert table.splitlines()[-1].split() == ["all", "2", "1", "0", "0", "0", "0"]


@pytest.mark.parametrize(
    "words",
    [
        ("lookup",),
        ("lookup", "x", "--as-of", "soon"),
        ("changes", "--from", "2025-01-01"),
        ("changes", "--from", "2025-02-30", "--to", "2025-03-01"),
        ("changes", "--from", "2026-01-01", "--to", "2025-01-01"),
    ],
    ids=" ".join,
)
def test_question_that_makes_no_sense_exits_2_with_a_reason(words: tuple[str, ...]) -> None:
    said = map_app(*words)
    assert (said.returncode, said.stdout) == (2, "")
    assert "map-app" in said.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("day", "said"),
    [("1800-01-01", "from 2002-07-01 on"), ("2002-06-30", "from 2002-07-01 on")],
)
def test_day_before_the_program_exits_2_in_one_line(small: dict[str, str], day: str, said: str) -> None:
    told = map_app("lookup", "Maricopa County, AZ", "--as-of", day, env=small)
    assert (told.returncode, told.stdout) == (2, "")
    assert said in told.stderr
    assert told.stderr.count("\n") == 1
    exported = map_app("export", "--as-of", day, "--format", "csv", "--out", "-", env=small)
    assert (exported.returncode, exported.stdout) == (2, "")
    assert said in exported.stderr
    assert exported.stderr.count("\n") == 1


def test_day_after_the_newest_list_is_answered_by_that_list_and_says_so(small: dict[str, str]) -> None:
    said = "map-app: the newest list held is of 2026-05-11; nothing later is known, that list is shown\n"
    for words in (
        ("lookup", "Maricopa County, AZ", "--json"),
        ("export", "--format", "json", "--out", "-"),
    ):
        later = map_app(*words, "--as-of", "2099-01-01", env=small)
        newest = map_app(*words, "--as-of", "2026-05-11", env=small)
        assert later.returncode == newest.returncode == 0
        assert later.stderr == said + newest.stderr
        untimed = [re.sub(r'"(retrieved|created|made)[a-z_]*": "[^"]*"', "", told.stdout) for told in (later, newest)]
        assert untimed[0] == untimed[1]
        assert "2099" not in later.stdout
    assert json.loads(map_app("lookup", "85003", "--json", "--as-of", "2099-01-01", env=small).stdout)["as_of"] == (
        "2026-05-11"
    )


def test_day_of_the_newest_list_and_the_first_day_are_answered(small: dict[str, str]) -> None:
    for day in ("2002-07-01", "2026-05-11"):
        assert map_app("lookup", "Maricopa County, AZ", "--as-of", day, env=small).returncode == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04" + bytes(900), "a workbook or an archive"),
        (b"\x89PNG\r\n\x1a\n\0\0" + bytes(900), "not UTF-8 text"),
        (b"word " * 1_000_000, "not a well-formed CSV"),
        (b",".join(b"column%d" % at for at in range(20_000)) + b"\n1,2\n", "no record of agreements"),
        (b'{"a": ' + b"1" * 90_000 + b"}", "no record of agreements"),
    ],
    ids=["workbook", "picture", "text without line breaks", "another table", "json"],
)
def test_check_of_something_else_is_one_short_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "given"
    path.write_bytes(content)
    told = map_app("check", str(path))
    assert (told.returncode, told.stdout) == (1, "")
    assert said in told.stderr
    assert told.stderr.count("\n") == 1
    assert len(told.stderr) < 400


def test_check_shortens_long_values_and_names_every_missing_column(tmp_path: Path) -> None:
    lines = (Path(__file__).parents[1] / "data" / "agreements.csv").read_text(encoding="utf-8").splitlines()[:2]
    long = tmp_path / "long.csv"
    long.write_text("\n".join([lines[0], lines[1].replace("Warrant Service Officer", "Z" * 99_999)]), encoding="utf-8")
    told = map_app("check", str(long))
    assert told.returncode == 1
    assert max(len(line) for line in told.stderr.splitlines()) < 400
    short = tmp_path / "short.csv"
    short.write_text("\n".join(",".join(line.split(",")[5:]) for line in lines), encoding="utf-8")
    told = map_app("check", str(short))
    assert told.returncode == 1
    assert [line.partition("column ")[2].partition(":")[0] for line in told.stderr.splitlines()] == lines[0].split(",")[
        :5
    ]


@pytest.mark.parametrize("words", [("lookup", "85003"), ("changes", "--from", "2025-01-01", "--to", "2025-02-01")])
def test_question_to_a_record_that_cannot_be_read_exits_1(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = map_app(*words, env={DATA_VARIABLE: str(tmp_path / "nothing.csv")})
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.count("\n") == 1
    assert "does not exist" in said.stderr
