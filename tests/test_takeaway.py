"""Files from a view over HTTP and from the command line, and what a shared link shows."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from example_record import MARICOPA
from running_app import RunningApp

from map_app.__main__ import main
from map_app.changes import changes_between
from map_app.filters import Filters
from map_app.grains import Selection
from map_app.map_layers import ColorBy
from map_app.offline import offline_page
from map_app.pictures import map_svg
from map_app.record import LoadedRecord
from map_app.takeaway import Order, _Shelf, made, place_of
from map_app.text import text_in
from map_app.vocabulary import Model


@pytest.mark.parametrize(
    ("path", "media", "begins"),
    [
        ("map.png?state=NC", "image/png", b"\x89PNG"),
        ("map.svg?state=NC&lang=es", "image/svg+xml", b"<svg"),
        ("map.pdf?size=print", "application/pdf", b"%PDF"),
        ("map.html?state=NC", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        (f"handout.pdf?county={MARICOPA}", "application/pdf", b"%PDF"),
    ],
)
def test_files_of_a_view(small_app: RunningApp, path: str, media: str, begins: bytes) -> None:
    answered = small_app.ask(f"/take/{path}")
    assert answered.status == 200
    assert answered.headers["content-type"] == media
    assert answered.body.startswith(begins)
    assert "attachment" in answered.headers["content-disposition"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("map.gif", 404), ("other.png", 404), ("handout.png", 404), ("map.png?state=XX", 400),
        ("map.png?size=poster", 400), ("map.png?vs=Mars", 400), ("map.svg?vs=1999-01-01", 400),
        ("map.png?color=mood", 400), ("handout.pdf", 400), ("handout.pdf?state=NC,GA", 400),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused_in_one_line(small_app: RunningApp, path: str, status: int) -> None:
    answered = small_app.ask(f"/take/{path}")
    assert answered.status == status
    assert len(answered.body.decode().splitlines()) == 1


@pytest.mark.parametrize(
    ("query", "first", "second", "more"),
    [
        ("vs=2025-04-20", Filters(as_of=dt.date(2025, 4, 20)), Filters(), "What changed from 20 April 2025 to 11 May"),
        (
            "as_of=2026-01-01&vs=2025-04-20",
            Filters(as_of=dt.date(2025, 4, 20)),
            Filters(as_of=dt.date(2026, 1, 1)),
            "Added: ",
        ),
        ("state=NC&vs=AZ", Filters(states=("NC",)), Filters(states=("AZ",)), "North Carolina – Arizona: 287(g)"),
    ],
)
def test_picture_of_two_sides_shows_both(
    small_app: RunningApp, record: LoadedRecord, query: str, first: Filters, second: Filters, more: str
) -> None:
    answered = small_app.ask(f"/take/map.svg?{query}&size=print")
    assert answered.status == 200
    svg = answered.body.decode()
    told = " ".join(" ".join(ElementTree.fromstring(svg).itertext()).split())
    numbers = [int(Selection(record, filters).mask.sum()) for filters in (first, second)]
    assert len(set(numbers)) == 2
    assert re.search(rf"\. {numbers[0]} agreements? in force · [^;]+; {numbers[1]} agreements? in force", told)
    assert more in told
    assert svg.count("<clipPath") == 2
    assert small_app.ask(f"/take/map.png?{query}").body.startswith(b"\x89PNG")


def test_two_sides_count_what_changed_as_the_command_does(record: LoadedRecord) -> None:
    days = dt.date(2025, 4, 20), dt.date(2026, 5, 11)
    told = changes_between(record.agreements, *days)
    svg = map_svg(Selection(record, Filters()), ColorBy.LEVEL, text_in("en"),
                  beside=Selection(record, Filters(as_of=days[0])))  # fmt: skip
    assert f"Added: {len(told.added)} · Ended: {len(told.ended)} · Replaced: {len(told.superseded)}" in svg
    assert len(told.added)


def test_shared_link_shows_what_it_leads_to(small_app: RunningApp) -> None:
    page = small_app.ask("/?state=NC&lang=es", Host="mapa.example.org", X_Forwarded_Proto="https").body.decode()
    shown = dict(re.findall(r'<meta property="(og:[a-z]+)" content="([^"]*)">', page))
    assert shown["og:title"] == "Carolina del Norte: acuerdos 287(g)"
    assert re.match(r"\d+ acuerdos? vigentes? · Lista de ICE del 11 de mayo de 2026$", shown["og:description"])
    assert shown["og:image"] == "https://mapa.example.org/take/map.png?state=NC&amp;lang=es&amp;size=card"
    picture = small_app.ask("/take/map.png?state=NC&lang=es&size=card")
    assert picture.body[16:24] == (1200).to_bytes(4) + (630).to_bytes(4)
    assert "content-disposition" not in picture.headers


@pytest.mark.parametrize(
    ("query", "title", "told"),
    [
        ("vs=2010-08-01", "United States", r"\d+ agreements? in force – \d+ agreements? in force · What changed from "
         "1 August 2010 to 11 May 2026$"),
        ("state=NC&vs=AZ", "North Carolina – Arizona", r"\d+ agreements? in force – \d+ agreements? in force · "
         "ICE’s list of 11 May 2026$"),
    ],
)  # fmt: skip
def test_shared_link_of_a_comparison_shows_both_sides(small_app: RunningApp, query: str, title: str, told: str) -> None:
    page = small_app.ask(f"/present?{query}").body.decode()
    shown = dict(re.findall(r'<meta property="(og:[a-z]+)" content="([^"]*)">', page))
    assert shown["og:title"] == f"{title}: 287(g) agreements"
    assert re.match(told, shown["og:description"])
    picture = shown["og:image"].replace("&amp;", "&").removeprefix(small_app.url)
    assert f"vs={query.partition('vs=')[2]}" in picture
    assert small_app.ask(f"/{picture}").body[16:24] == (1200).to_bytes(4) + (630).to_bytes(4)


def test_shared_link_leaves_out_a_comparison_that_means_nothing(small_app: RunningApp) -> None:
    page = small_app.ask("/present?vs=%3Cscript%3E").body.decode()
    shown = dict(re.findall(r'<meta property="(og:[a-z]+)" content="([^"]*)">', page))
    assert "vs=" not in shown["og:image"]
    assert "United States" in shown["og:title"]


def test_nothing_of_an_address_enters_the_page_unread(small_app: RunningApp) -> None:
    page = small_app.ask("/?state=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&county=abc").body.decode()
    assert "alert(1)" not in page
    page = small_app.ask("/present?state=%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E").body.decode()
    assert "<script>alert" not in page


def test_view_present_leads_to_the_presenters_page(small_app: RunningApp) -> None:
    answered = small_app.ask("/?view=present&state=NC&as_of=2010-08-01")
    assert answered.status == 307
    assert answered.headers["location"] == "present?state=NC&as_of=2010-08-01"
    assert small_app.ask("/?view=explore").status == 200


def test_presenters_page_is_ours_alone(small_app: RunningApp) -> None:
    answered = small_app.ask("/present?lang=es")
    page = answered.body.decode()
    assert '<html lang="es">' in page
    assert "script-src 'self'" in answered.headers["content-security-policy"]
    for address in re.findall(r'(?:href|src)="(present/[^"]+)"', page):
        assert small_app.ask(f"/{address}").status == 200, address


def test_map_in_one_file_names_no_other_file(record: LoadedRecord) -> None:
    page = offline_page(Selection(record, Filters()), ColorBy.LEVEL, text_in("en"))
    assert not re.search(r"<(?:script|img|iframe)[^>]+src=|<link[^>]+href=", page)
    assert "connect-src 'none'" in page
    assert not re.search(r"url\((?!#)", "".join(re.findall(r"<style>(.*?)</style>", page, re.S)))


def held_in(page: str) -> dict[str, Any]:
    """What the script of a file reads."""
    packed = re.search(r'id="record.json">([^<]+)<', page)
    assert packed
    return dict(json.loads(gzip.decompress(base64.b64decode(packed[1]))))


@pytest.mark.parametrize(
    ("filters", "narrowed"),
    [(Filters(), False), (Filters(as_of=dt.date(2026, 1, 1)), False), (Filters(models=(Model.TASK_FORCE,)), True),
     (Filters(states=("NC",)), True)],
)  # fmt: skip
def test_map_in_one_file_knows_what_it_leaves_out(record: LoadedRecord, filters: Filters, narrowed: bool) -> None:
    told = held_in(offline_page(Selection(record, filters), ColorBy.LEVEL, text_in("es")))
    assert told["narrowed"] is narrowed
    assert dict(told["others"]["narrowed"])["0"] == "Ninguno en esta selección"
    assert dict(told["others"]["whole"])["0"] != dict(told["others"]["narrowed"])["0"]


def test_map_in_one_file_is_small() -> None:
    from map_app.record import current_record

    page = offline_page(Selection(current_record(), Filters()), ColorBy.LEVEL, text_in("es"))
    assert len(page.encode()) < 1_500_000


def test_a_handout_needs_one_place() -> None:
    assert place_of(Filters(states=("NC",))) == "NC"
    assert place_of(Filters(states=("AZ",), counties=(MARICOPA,))) == MARICOPA


def test_shelf_never_holds_more_than_it_may(record: LoadedRecord) -> None:
    shelf = _Shelf(most=1000)
    orders = [Order("svg", "slide", Filters(years=(year, year)), ColorBy.LEVEL, "en") for year in range(2003, 2013)]
    for order in orders:
        shelf.put("v", order, b"x" * 200)
    assert [shelf.get("v", order) is not None for order in orders] == [False] * 5 + [True] * 5
    shelf.put("v", orders[0], b"x" * 900)
    assert shelf.get("v", orders[0]) is None


def test_command_writes_what_the_server_gives(
    small_app: RunningApp, record: LoadedRecord, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "nc.svg"
    assert main(["export", "--state", "NC", "--out", str(out)]) == 0
    assert out.read_bytes() == small_app.ask("/take/map.svg?state=NC").body
    assert out.read_bytes() == made(record, Order("svg", "slide", Filters(states=("NC",)), ColorBy.LEVEL, "en"))
    assert "bytes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--format", "png", "--out", "-"], "standard output"),
        (["--out", "x.svg", "--size", "handout"], "a handout is a PDF"),
        (["--out", "x.pdf", "--size", "handout"], "one state or one county"),
        (["--out", "x.html", "--size", "print"], "--size is for"),
        (["--out", "x.csv", "--lang", "es"], "--lang is for"),
        (["--out", "x.png", "--grain", "county"], "--grain is for"),
        (["--out", "x.png", "--lang", "xx"], "no language"),
    ],
)
def test_calls_that_make_no_sense_are_told(
    record: LoadedRecord, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *words]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert len(said.splitlines()) == 1
