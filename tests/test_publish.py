"""The static edition: the same answers as the app, plain files that link to each other and to nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from example_record import ROWS, WriteCsv
from running_app import ROOT

from geo.fips import STATES, counties
from map_app.__main__ import main
from map_app.answer import answer, answer_groups, read_pending
from map_app.errors import MapAppError, UsageError
from map_app.exports import csv_bytes
from map_app.filters import Filters, filter_mask
from map_app.publish import site
from map_app.publish.pages import folder_of
from map_app.record import DATA_VARIABLE, LoadedRecord, current_record
from map_app.text import LANGUAGES, text_in


def plain(html: str) -> str:
    """Return what a reader sees of a piece of HTML."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def section(path: Path) -> str:
    found = re.search(r'<section class="answer.*?</section>', path.read_text(encoding="utf-8"), re.S)
    assert found, path
    return found[0]


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_county_has_a_page_with_the_answer_of_the_app(edition: Path, language: str) -> None:
    record, text, pending = current_record(), text_in(language), read_pending()
    assert len(counties()) == 3231
    wrong = []
    for geoid in counties():
        told = answer(record, geoid, None, text, pending)
        html = section(edition / f"{folder_of(language)}county/{geoid}.html")
        shown = plain(html)
        says = [told.county, told.sentence, *told.past, *told.cautions, *told.meaning]
        for one in told.agreements:
            says += [one.agency_name, one.when, one.meaning, one.note]
        says += [application.agency_name for application in told.pending]
        agencies = sum(len({one.agency_id for one in held}) for _, held in answer_groups(told, text))
        entries = sum(not entry.statewide for entry in told.timeline)
        if (
            any(words not in shown for words in says)
            or html.count('<span class="agency">') != agencies
            or html.count("<b>") != len(told.agreements) + entries
            or f"answer-{told.level}" not in html
            or set(re.findall(r'href="([^"]+)"', html)) != {a.memorandum for a in told.agreements if a.memorandum}
        ):
            wrong.append(geoid)
    assert wrong == []


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_state_pages_lead_without_a_script_to_every_county_and_hold_every_agreement(
    edition: Path, language: str
) -> None:
    base = edition / folder_of(language)
    from_start = set(re.findall(r'href="(state/[A-Z]{2}\.html)"', (base / "index.html").read_text(encoding="utf-8")))
    assert from_start == {f"state/{state.abbr}.html" for state in STATES}
    led, rows = set(), 0
    for name in from_start:
        page = (base / name).read_text(encoding="utf-8")
        led |= set(re.findall(r'href="\.\./county/(\d{5})\.html"', page))
        rows += page.count('<tr><th scope="row">')
    assert led == set(counties())
    assert rows == len(current_record().agreements)


@pytest.fixture(scope="module")
def every_page(edition: Path) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in sorted(edition.rglob("*.html"))}


def test_every_link_leads_to_a_file_of_the_edition_and_nothing_else_is_loaded(
    edition: Path, every_page: dict[Path, str]
) -> None:
    known: dict[str, bool] = {}
    broken, outside = [], []
    for path, page in every_page.items():
        folder = os.path.relpath(path.parent, edition)
        for tag, name, value in re.findall(r'<(\w+)\b[^>]*?\b(src|href|data-address)="([^"]*)"', page):
            if value.startswith(("http://", "https://")):
                if tag != "a":
                    outside.append(f"{path.name}: {value}")
            elif not value.startswith(("#", "data:")):
                place = os.path.normpath(f"{folder}/{value.split('#')[0]}")
                if place not in known:
                    known[place] = not place.startswith("..") and (edition / place).is_file()
                if not known[place]:
                    broken.append(f"{path.name}: {name} {value}")
    assert broken[:10] == []
    assert outside == []
    assert len(every_page) == (len(counties()) + len(STATES) + 8) * len(LANGUAGES) + 1


def test_every_page_forbids_what_is_not_in_the_folder_and_names_its_language(every_page: dict[Path, str]) -> None:
    for path, page in every_page.items():
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
        assert policy, path
        rules = dict(part.partition(" ")[::2] for part in unescape(policy[1]).split("; "))
        assert rules["default-src"] == rules["connect-src"] == rules["form-action"] == "'none'", path
        assert "unsafe" not in policy[1]
        assert re.search(r'<html lang="(en|es)"', page), path
        assert 'name="referrer" content="no-referrer"' in page
        if path.name != "frame.html":
            assert "<script>" not in page, path
            assert "<style" not in page, path


def test_spanish_pages_lead_to_their_english_counterparts_and_back(edition: Path) -> None:
    for name in ("index.html", "county/37119.html", "state/TX.html"):
        up = "../" * name.count("/")
        assert f'href="{up}es/{name}"' in (edition / name).read_text(encoding="utf-8")
        spanish = (edition / "es" / name).read_text(encoding="utf-8")
        assert f'href="{up}../{name}"' in spanish
        assert '<html lang="es"' in spanish


def test_downloads_are_the_files_the_app_gives(edition: Path) -> None:
    record = current_record()
    assert (edition / "data" / "agreements.csv").read_bytes() == csv_bytes(record.agreements)
    for name in ("agreements.json", "agreements.geojson"):
        told = json.loads((edition / "data" / name).read_bytes())
        rows = told.get("features") or next(value for value in told.values() if isinstance(value, list))
        assert len(rows) == len(record.agreements)
    listed = (edition / "downloads.html").read_text(encoding="utf-8")
    for path in (edition / "data").iterdir():
        assert f'href="data/{path.name}"' in listed


def part(edition: Path, name: str) -> object:
    (path,) = edition.glob(f"assets/*/data/{name}.js")
    told = path.read_text(encoding="utf-8")
    return json.loads(told[told.index(",") + 1 : told.rindex(")")])


def test_selection_made_in_the_browser_is_the_file_of_the_app(edition: Path) -> None:
    held = part(edition, "csv")
    assert isinstance(held, dict)
    agreements = current_record().agreements
    for filters in (Filters(), Filters(states=("NC", "TX"), status="all"), Filters(years=(2007, 2012), status="all")):
        mask = filter_mask(agreements, filters)
        made = held["head"] + "".join(row for row, keep in zip(held["rows"], mask, strict=True) if keep)
        assert made.encode() == csv_bytes(agreements[mask])


def test_about_page_holds_every_explainer_with_its_sources(edition: Path) -> None:
    from map_app.text.explained import EXPLAINERS, explainer

    for language in LANGUAGES:
        page = (edition / f"{folder_of(language)}about.html").read_text(encoding="utf-8")
        for name in EXPLAINERS:
            told = explainer(name, text_in(language))
            assert told.title in plain(page)
            for source in told.sources:
                assert source.url.replace("&", "&amp;") in page


# ---- the folder


def published(folder: Path, data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "map_app", "publish", str(folder)],
        cwd=ROOT, env={**os.environ, DATA_VARIABLE: str(data), **settings}, text=True, capture_output=True, timeout=120,
    )  # fmt: skip


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_same_record_gives_the_same_files_and_a_folder_published_before_is_replaced(
    write_csv: WriteCsv, tmp_path: Path
) -> None:
    folder, data = tmp_path / "site", write_csv(ROWS)
    done = published(folder, data, PYTHONHASHSEED="1")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(rf"{re.escape(str(folder))}: \d,\d{{3}} files, \d+\.\d MB, \d+ s\n", done.stdout)
    first = fingerprint(folder)
    (folder / "county" / "of an earlier record.html").write_text("gone next time", encoding="utf-8")
    (folder / "CNAME").write_text("map.example", encoding="utf-8")
    again = published(folder, data, PYTHONHASHSEED="2", TZ="Asia/Tokyo")
    assert again.returncode == 0, again.stderr
    second = fingerprint(folder)
    assert second.pop("CNAME")
    assert second == first
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("holds", ["a file", "another folder", "a damaged mark"])
def test_folder_that_holds_something_else_is_left_alone_in_one_line(
    tmp_path: Path, holds: str, capsys: pytest.CaptureFixture[str], record: LoadedRecord
) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    kept = folder / ("published.json" if holds == "a damaged mark" else "thesis.txt")
    if holds == "another folder":
        kept.mkdir()
    else:
        kept.write_text("{", encoding="utf-8")
    assert main(["publish", str(folder)]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len([line for line in told if str(folder) in line]) == 1
    assert "Traceback" not in "".join(told)
    assert list(folder.iterdir()) == [kept]


def test_place_that_is_a_file_or_a_link_elsewhere_is_refused(tmp_path: Path, record: LoadedRecord) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("file", "link"):
        with pytest.raises(UsageError, match=name):
            site.publish(record, tmp_path / name)
    with pytest.raises(MapAppError, match="cannot be written"):
        site.publish(record, tmp_path / "file" / "below")


def test_publishing_on_a_full_disk_leaves_the_old_edition_and_says_so_in_one_line(
    write_csv: WriteCsv, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / site.MARK).write_text('{"entries": ["index.html"]}', encoding="utf-8")
    (folder / "index.html").write_text("of an earlier day", encoding="utf-8")

    def full_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))

    done = subprocess.run(
        [sys.executable, "-m", "map_app", "publish", str(folder)], cwd=ROOT, preexec_fn=full_disk, text=True,
        env={**os.environ, DATA_VARIABLE: str(write_csv(ROWS)), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "cannot be written" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert (folder / "index.html").read_text(encoding="utf-8") == "of an earlier day"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["agreements.csv", "site"]


def test_missing_package_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("map_app.publish.command.find_spec", lambda name: None)
    assert main(["publish", "site"]) == 1
    assert ".[publish]" in capsys.readouterr().err
