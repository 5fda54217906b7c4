"""What the documents promise is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from running_app import ROOT

from map_app.agreements import COLUMN_NAMES, COLUMNS

DICTIONARY = ROOT / "data" / "README.md"


def tracked_files() -> list[Path]:
    """Return the files of the project; skip where it is not a git checkout."""
    said = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if said.returncode:
        pytest.skip("not a git checkout")
    return [path for name in said.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_readme_opens_with_one_sentence_a_picture_and_the_two_commands() -> None:
    title, rest = read("README.md").split("\n\n", 1)
    assert title.startswith("# ")
    sentence = rest.split("\n\n", 1)[0]
    assert len(re.findall(r"\.(?=\s+[A-Z]|$)", sentence.replace("U.S.", "US"))) == 1
    picture = re.search(r"!\[[^\]]+\]\(([^)]+)\)", rest)
    assert picture
    assert (ROOT / picture[1]).is_file()
    assert rest.index("make run") < rest.index("make test") < rest.index("does not show")


def test_commands_the_readme_names_exist() -> None:
    makefile, readme = read("Makefile"), read("README.md")
    for target in set(re.findall(r"\bmake (\w+)", readme)) - {"and"}:
        assert re.search(rf"^{target}:", makefile, re.M), f"no target {target}"
    program = "".join(map(read, ("map_app/__main__.py", "map_app/export_command.py", "map_app/publish/command.py")))
    for command in set(re.findall(r"map-app (\w+)", readme)):
        assert f'add_parser("{command}"' in program or f'"{command}"' in program


def test_readme_names_the_date_of_the_newest_list(newest_list_words: str) -> None:
    assert newest_list_words in read("README.md")


@pytest.fixture(scope="module")
def newest_list_words() -> str:
    import csv
    import datetime as dt

    with (ROOT / "data" / "agreements.csv").open(encoding="utf-8", newline="") as lines:
        newest = dt.date.fromisoformat(max(row["last_listed_date"] for row in csv.DictReader(lines)))
    return f"{newest.day} {newest:%B %Y}"


def test_links_to_files_of_the_project_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in tracked_files()
        if path.suffix == ".md"
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
        if not link.startswith(("http://", "https://", "mailto:")) and not (path.parent / link).exists()
    ]
    assert broken == []


def test_data_dictionary_lists_exactly_the_columns_of_the_record() -> None:
    rows = re.findall(r"^\|\s*`([a-z_]+)`\s*\|(.*)\|\s*$", DICTIONARY.read_text(encoding="utf-8"), re.M)
    listed = [name for name, _ in rows if name in COLUMN_NAMES]
    assert listed == list(COLUMN_NAMES)
    told = dict(rows)
    for column in COLUMNS:
        assert column.description.split(";")[0].rstrip(".") in told[column.name].replace("\\|", "|")
        assert column.empty_means in told[column.name]


def test_shipped_record_has_exactly_the_columns_of_the_dictionary() -> None:
    with (ROOT / "data" / "agreements.csv").open(encoding="utf-8") as lines:
        assert lines.readline().rstrip("\n").split(",") == list(COLUMN_NAMES)


def test_changelog_has_its_headings() -> None:
    changelog = read("CHANGELOG.md")
    for heading in ("# Changelog", "## Unreleased", "### Data"):
        assert re.search(rf"^{heading}$", changelog, re.M)


#: Index hosts and machine paths, put together here so that this file does not hold them.
FORBIDDEN = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry.npmjs" + ".org",
    "deb." + "debian.org",
    "--index" + "-url",
    "--extra-index" + "-url",
    "/work" + "/",
    "/root" + "/",
    "/home" + "/",
    "/tmp" + "/wt",
)
BINARY = (".png", ".jpg", ".xlsx", ".ico", ".parquet", ".gz", ".woff2")


def test_no_tracked_file_names_a_package_index_or_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked_files()
        if path.suffix not in BINARY
        for word in FORBIDDEN
        if re.search(rf"(?<![\w.-]){re.escape(word)}", path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_tracked_text_file_is_utf8_with_unix_line_ends() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in tracked_files()
        if path.suffix not in BINARY and b"\r\n" in path.read_bytes()
    ]
    assert wrong == []
