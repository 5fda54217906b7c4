"""The HTTP interface over real HTTP: the same rows as page and command line, tags, refusals, feed, description."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas
import pandas as pd
import pytest
import uvicorn
from example_record import CABARRUS, MARICOPA, MECKLENBURG, ROWS, SCRIPT, agreement, write_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running_app import ROOT, Answer, RunningApp, free_port
from starlette.applications import Starlette

from geo.fips import STATE_ABBRS, counties
from map_app import record as record_room
from map_app.__main__ import main
from map_app.api import api_routes
from map_app.changes import KINDS
from map_app.citation import filter_query, filter_words
from map_app.filters import FILTER_HINTS, FIRST_DAY, Filters, filter_mask
from map_app.grains import GRAIN_COLUMNS, Grain
from map_app.record import DATA_VARIABLE, LoadedRecord, current_record
from map_app.vocabulary import AgencyType, Model

API = "/api/v1"
TABLES = {grain.plural: grain for grain in Grain if grain is not Grain.PANEL}


class Served(RunningApp):
    """The interface's routes on a real server in a thread of this process."""

    def json(self, path: str) -> Any:
        answer = self.ask(f"{API}{path}")
        assert answer.status == 200, answer.body[:500]
        return json.loads(answer.body)

    def refused(self, path: str, status: int) -> Any:
        answer = self.ask(f"{API}{path}")
        assert answer.status == status, answer.body[:300]
        assert answer.headers["content-type"] == "application/problem+json"
        told = json.loads(answer.body)
        assert told["status"] == status
        return told


@pytest.fixture(scope="module")
def serve() -> Iterator[Served]:
    config = uvicorn.Config(Starlette(routes=api_routes()), port=free_port(), log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        threading.Event().wait(0.02)
    yield Served(config.port)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def small(serve: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    """Return the interface with the example record."""
    monkeypatch.setenv(DATA_VARIABLE, str(write_rows(tmp_path / "agreements.csv", ROWS)))
    monkeypatch.setattr(record_room, "_held", {})
    return serve


@pytest.fixture(scope="module")
def whole(serve: Served) -> Iterator[Served]:
    """Return the interface with the shipped record."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA_VARIABLE, str(ROOT / "data" / "agreements.csv"))
        patch.setattr(record_room, "_held", {})
        yield serve


def csv_cells(answer: Answer) -> pd.DataFrame:
    assert answer.status == 200, answer.body[:300]
    return pd.read_csv(io.BytesIO(answer.body), dtype="str", keep_default_na=False, encoding="utf-8-sig")


# ---- one selection, three ways

FILTERS = st.builds(
    Filters,
    models=st.lists(st.sampled_from(list(Model)), unique=True, max_size=2).map(tuple),
    years=st.none() | st.tuples(st.integers(2002, 2026), st.integers(2002, 2026)).map(lambda p: (min(p), max(p))),
    states=st.lists(st.sampled_from(STATE_ABBRS), unique=True, max_size=4).map(tuple),
    counties=st.lists(st.sampled_from(sorted(counties())), unique=True, max_size=3).map(tuple),
    agency_types=st.lists(st.sampled_from(list(AgencyType)), unique=True, max_size=2).map(tuple),
    status=st.sampled_from(["active", "ended", "superseded", "all"]),
    as_of=st.none() | st.dates(FIRST_DAY, dt.date(2026, 12, 31)),
)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(filters=FILTERS)
def test_app_command_and_interface_give_the_same_rows_in_the_same_order(
    whole: Served, tmp_path_factory: pytest.TempPathFactory, filters: Filters
) -> None:
    record: LoadedRecord = current_record()
    wanted = list(record.agreements.loc[filter_mask(record.agreements, filters), "agreement_id"])
    out = tmp_path_factory.mktemp("export") / "rows.csv"
    assert main(["export", *filter_words(filters), "--out", str(out)]) == 0
    answer = whole.ask(f"{API}/agreements.csv?{filter_query(filters)}")
    assert answer.body == out.read_bytes()
    assert list(csv_cells(answer)["agreement_id"]) == wanted
    document = whole.json(f"/agreements?{filter_query(filters)}")
    assert [row["agreement_id"] for row in document["data"]] == wanted
    assert document["meta"]["rows"] == len(wanted) == int(answer.headers["x-total-rows"])
    assert document["meta"]["filters"] == filters.to_query()


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("file_format", ["csv", "json", "geojson"])
def test_table_is_what_the_command_writes(small: Served, tmp_path: Path, name: str, file_format: str) -> None:
    out = tmp_path / f"rows.{file_format}"
    grain = TABLES[name]
    assert main(["export", "--state", "NC", "--grain", grain, "--out", str(out)]) == 0
    by_ending = small.ask(f"{API}/{name}.{file_format}?state=NC")
    by_word = small.ask(f"{API}/{name}?state=NC&format={file_format}")
    assert by_ending.body == by_word.body == out.read_bytes()
    kinds = {"csv": "text/csv; charset=utf-8", "json": "application/json", "geojson": "application/geo+json"}
    assert by_ending.headers["content-type"] == by_word.headers["content-type"] == kinds[file_format]


def test_pandas_and_geopandas_read_the_addresses_themselves(small: Served) -> None:
    base = f"{small.url.rstrip('/')}{API}"
    frame = pd.read_csv(f"{base}/counties.csv?state=NC", dtype={"geoid": "str"})
    assert set(frame.loc[frame["level"] == "county_wide", "geoid"]) == {CABARRUS, MECKLENBURG}
    shapes = geopandas.read_file(f"{base}/counties.geojson?state=NC")
    assert len(shapes) == 100
    assert shapes.crs.to_epsg() == 4326


def test_gdal_reads_an_address_part_by_part_as_qgis_does(small: Served) -> None:
    import pyogrio

    frame = pyogrio.read_dataframe(f"/vsicurl/{small.url.rstrip('/')}{API}/counties.geojson?state=NC")
    assert len(frame) == 100


def test_range_gives_those_bytes_of_the_whole(small: Served) -> None:
    path = f"{API}/agreements.csv"
    body = small.ask(path).body
    for asked, wanted in (("bytes=0-9", body[:10]), ("bytes=100-", body[100:]), ("bytes=-7", body[-7:])):
        part = small.ask(path, Range=asked, Accept_Encoding="gzip")
        assert (part.status, part.body) == (206, wanted)
        assert part.headers["content-range"].endswith(f"/{len(body)}")
    assert small.ask(path, Range=f"bytes={len(body)}-").status == 416
    assert small.ask(path, Range="bytes=0-1,4-5").body == body


# ---- one county


def test_county_names_everyone_who_can_act_there(small: Served) -> None:
    county = small.json(f"/counties/{MECKLENBURG}")["data"]
    assert (county["geoid"], county["county_name"], county["level"]) == (
        MECKLENBURG,
        "Mecklenburg County",
        "county_wide",
    )
    held = {kind: [row["agreement_id"] for row in rows] for kind, rows in county["agreements"].items()}
    assert held == {
        "local": ["nc-davidson-police-tfm-2025-06-20", "nc-piedmont-regional-jail-jem-2026-01-15"],
        "statewide": ["nc-state-patrol-tfm-2025-03-10"],
        "unplaced_in_state": ["nc-riverbend-constable-wso-2025-07-01"],
    }


def test_county_without_agreement_of_its_own_is_found_and_says_statewide(small: Served) -> None:
    county = small.json("/counties/37001?as_of=2025-12-01")["data"]
    assert county["level"] == "statewide_only"
    assert county["agreements"]["local"] == []


def test_county_as_csv_holds_its_agreements_and_as_geojson_its_shape(small: Served) -> None:
    rows = csv_cells(small.ask(f"{API}/counties/{MECKLENBURG}.csv"))
    assert list(rows["state_abbr"]) == ["NC"] * 3
    shape = json.loads(small.ask(f"{API}/counties/{MECKLENBURG}.geojson").body)
    assert [feature["id"] for feature in shape["features"]] == [MECKLENBURG]


@pytest.mark.parametrize(
    ("geoid", "told"),
    [
        ("09110", "09003 (Hartford County)"),
        ("99999", "No county has this code"),
        ("..%2f..%2fdata", "Nothing is at this address"),
        ("3711", "five digits"),
    ],
)
def test_code_that_is_no_county_is_not_found_and_says_why(small: Served, geoid: str, told: str) -> None:
    assert told in small.refused(f"/counties/{geoid}", 404)["detail"]


# ---- tags and caches


def test_unchanged_answer_is_not_sent_again(small: Served) -> None:
    first = small.ask(f"{API}/agreements?state=NC")
    tag = first.headers["etag"]
    for sent in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = small.ask(f"{API}/agreements?state=NC", If_None_Match=sent)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert small.ask(f"{API}/agreements?state=NC", If_None_Match='"other"').status == 200
    assert first.headers["cache-control"] == "public, max-age=300"


def test_tag_differs_by_query_form_and_record(small: Served, tmp_path: Path) -> None:
    paths = [
        "agreements",
        "agreements?state=NC",
        "agreements?state=AZ",
        "agreements.csv",
        "agreements?limit=2",
        "agencies",
    ]
    tags = [small.ask(f"{API}/{path}").headers["etag"] for path in paths]
    assert len(set(tags)) == len(tags)
    write_rows(tmp_path / "agreements.csv", ROWS[:3])
    assert small.ask(f"{API}/agreements").headers["etag"] not in tags
    assert len(small.json("/agreements?status=all")["data"]) == 3


def test_same_selection_written_in_another_order_has_the_same_tag(small: Served) -> None:
    one, two = (
        small.ask(f"{API}/agreements?{q}").headers["etag"] for q in ("state=NC&model=JEM", "model=jem&state=nc")
    )
    assert one == two


def test_answer_is_compressed_where_asked(small: Served) -> None:
    path = f"{API}/agreements"
    plain, zipped_answer = small.ask(path), small.ask(path, Accept_Encoding="gzip")
    assert zipped_answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped_answer.body) == plain.body
    assert "Accept-Encoding" in plain.headers["vary"]


def test_head_tells_the_size_without_the_rows(small: Served) -> None:
    head, get = small.ask(f"{API}/agreements.csv", "HEAD"), small.ask(f"{API}/agreements.csv")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(get.body))
    assert head.headers["etag"] == get.headers["etag"]


def test_any_page_may_read_without_credentials(small: Served) -> None:
    answer = small.ask(f"{API}/meta", Origin="https://elsewhere.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    asked = small.ask(f"{API}/meta", "OPTIONS", Origin="https://elsewhere.example",
                      Access_Control_Request_Method="GET", Access_Control_Request_Headers="If-None-Match")  # fmt: skip
    assert asked.status == 200
    assert "POST" not in asked.headers["access-control-allow-methods"]


def test_answer_says_where_it_comes_from(small: Served) -> None:
    answer = small.ask(f"{API}/agreements.csv?state=NC")
    assert answer.headers["x-record-version"] == current_record().version
    assert "<meta?state=NC>; rel=describedby" in answer.headers["link"]
    meta = small.json("/meta?state=NC")
    assert meta["counts"]["agreements"] == int(answer.headers["x-total-rows"]) == 6
    assert meta["record_version"] == answer.headers["x-record-version"]
    assert "licence" in meta
    assert "citation" in meta


# ---- pages


def test_pages_joined_are_the_whole(small: Served) -> None:
    whole_rows = small.json("/agreements?status=all")["data"]
    joined, query = [], "?status=all&limit=4"
    while query:
        page = small.json(f"/agreements{query}")
        assert page["meta"]["rows"] == len(whole_rows)
        assert page["meta"]["returned"] == len(page["data"]) <= 4
        joined += page["data"]
        query = page["meta"].get("next", "")
    assert joined == whole_rows
    assert small.json("/agreements?offset=1000")["data"] == []


# ---- refusals


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("stat=NC", "stat"), ("state=ZZ", "state"), ("state=", "state"), ("year=20026", "year"),
        ("county=1001", "county"),
        ("model=XYZ", "model"), ("status=gone", "status"), ("as_of=2001-01-01", "as_of"), ("as_of=today", "as_of"),
        ("agency_type=army", "agency_type"), ("format=xml", "format"), ("limit=0", "limit"), ("limit=x", "limit"),
        ("limit=10001", "limit"), ("offset=-1", "offset"), ("limit=1&limit=2", "limit"), ("limit=%C2%B2", "limit"),
        ("state=NC%00", "state"), ("state=%FF", "state"), ("as_of=2025-02-30", "as_of"), ("lang=es", "lang"),
    ],
)  # fmt: skip
def test_parameter_that_means_nothing_is_refused_and_named(small: Served, query: str, parameter: str) -> None:
    told = small.refused(f"/agreements?{query}", 400)
    assert [error["parameter"] for error in told["errors"]] == [parameter]
    assert all(error["expected"] for error in told["errors"])


def test_every_bad_filter_is_named_at_once(small: Served) -> None:
    told = small.refused("/counties.csv?state=ZZ&year=x&state=QQ", 400)
    assert [(e["parameter"], e["value"]) for e in told["errors"]] == [("year", "x"), ("state", "ZZ"), ("state", "QQ")]


@pytest.mark.parametrize(
    "path", ["/nothing", "/agreements.xml", "/agreements/1", "/changes.geojson", "/../../etc/passwd"]
)
def test_address_that_is_none_is_not_found(small: Served, path: str) -> None:
    small.refused(path, 404)


def test_path_and_word_that_name_two_forms_are_refused(small: Served) -> None:
    small.refused("/agreements.csv?format=json", 400)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_interface_changes_nothing(small: Served, method: str) -> None:
    answer = small.ask(f"{API}/agreements", method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_too_many_fields_are_refused(small: Served) -> None:
    assert "fields" in small.refused("/agreements?" + "&".join(["state=NC"] * 4_001), 400)["detail"]


def test_refusals_are_not_kept_and_repeat_nothing_as_markup(small: Served) -> None:
    answer = small.ask(f"{API}/agreements?state=%3Cscript%3E")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/problem+json"


def test_server_without_a_usable_record_says_so(serve: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "none.csv"))
    monkeypatch.setattr(record_room, "_held", {})
    assert "does not exist" in serve.refused("/agreements", 503)["detail"]


WORDS = st.text(max_size=12) | st.sampled_from(["NC", "JEM", "2025", "37119", "all", "2019-06-30", "csv", "5"])
NAMES = st.sampled_from([*FILTER_HINTS, "format", "limit", "offset", "from", "to"]) | st.text(max_size=6)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    path=st.sampled_from([*TABLES, *(f"{name}.csv" for name in TABLES), f"counties/{MARICOPA}", "changes",
                          "changes.atom", "meta", "openapi.json"]),
    query=st.lists(st.tuples(NAMES, WORDS), max_size=4),
)  # fmt: skip
def test_no_query_makes_the_server_fail(whole: Served, path: str, query: list[tuple[str, str]]) -> None:
    from urllib.parse import urlencode

    encoded = urlencode(query, errors="surrogatepass")
    answer = whole.ask(f"{API}/{path}?{encoded}")
    assert answer.status in (200, 400)
    if answer.status == 400:
        assert json.loads(answer.body)["detail"]


# ---- changes


def test_changes_are_those_between_the_days(small: Served) -> None:
    document = small.json("/changes?from=2025-03-31&to=2025-12-31")
    told = [(row["change"], row["changed_on"], row["agreement_id"]) for row in document["data"]]
    assert ("added", "2025-04-11", "nc-cabarrus-county-sheriff-wso-2025-04-02") in told
    assert ("ended", "2025-09-12", "az-pinal-county-sheriff-tfm-2025-02-03") in told
    assert ("superseded", "2025-04-02", "nc-cabarrus-county-sheriff-jem-2020-05-01") in told
    assert document["meta"]["counts"] == {kind: sum(row[0] == kind for row in told) for kind in KINDS}
    assert all("2025-03-31" < day <= "2025-12-31" for _, day, _ in told)


def test_changes_tell_who_left_the_lists_and_came_back(whole: Served) -> None:
    southside = "tx-southside-place-police-department-tfm-2025-06-13"

    def told(period: str) -> list[tuple[str, str]]:
        rows = whole.json(f"/changes?county=48201&{period}")["data"]
        return [(row["change"], row["changed_on"]) for row in rows if row["agreement_id"] == southside]

    assert told("from=2025-07-17&to=2025-07-18") == [("unlisted", "2025-07-18")]
    assert told("from=2025-07-18&to=2026-03-02") == [("relisted", "2026-03-02")]
    assert told("from=2025-07-01&to=2026-05-11") == [("unlisted", "2025-07-18"), ("relisted", "2026-03-02")]


def test_changes_joined_over_time_are_the_changes_of_the_whole_time(whole: Served) -> None:
    days = ["2002-07-01", "2009-10-15", "2020-12-31", "2025-03-01", "2026-05-11"]
    keys = ("change", "changed_on", "agreement_id")

    def told(start: str, end: str) -> list[tuple[str, ...]]:
        rows = csv_cells(whole.ask(f"{API}/changes.csv?from={start}&to={end}"))
        return list(rows[list(keys)].itertuples(index=False, name=None))

    parts = [row for start, end in pairwise(days) for row in told(start, end)]
    assert sorted(parts) == sorted(told(days[0], days[-1]))
    assert len(parts) == len(set(parts)) > 2_000


def test_changes_of_a_state_are_those_of_the_whole_that_lie_in_it(whole: Served) -> None:
    period = "from=2021-01-01&to=2026-05-11"
    every = csv_cells(whole.ask(f"{API}/changes.csv?{period}"))
    here = csv_cells(whole.ask(f"{API}/changes.csv?{period}&state=NC"))
    pd.testing.assert_frame_equal(here, every[every["state_abbr"] == "NC"].reset_index(drop=True))


def test_changes_take_no_status_and_no_period_backwards(small: Served) -> None:
    assert small.refused("/changes?status=all", 400)["errors"][0]["parameter"] == "status"
    assert small.refused("/changes?from=2025-05-02&to=2025-05-01", 400)["errors"][0]["parameter"] == "from"


ATOM = "{http://www.w3.org/2005/Atom}"


def test_feed_is_atom_with_the_newest_changes_first(small: Served) -> None:
    answer = small.ask(f"{API}/changes.atom?state=NC")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.body)
    entries = feed.findall(f"{ATOM}entry")
    assert [e.findtext(f"{ATOM}updated") for e in entries] == sorted(
        (e.findtext(f"{ATOM}updated") or "" for e in entries), reverse=True
    )
    ids = [feed.findtext(f"{ATOM}id"), *(e.findtext(f"{ATOM}id") for e in entries)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", text or "") for text in ids)
    for element in (feed, *entries):
        assert element.findtext(f"{ATOM}title")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", element.findtext(f"{ATOM}updated") or "")
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    own = feed.find(f"{ATOM}link[@rel='self']")
    assert own is not None
    assert own.get("href") == f"{small.url}api/v1/changes.atom?state=NC"
    link = entries[0].find(f"{ATOM}link[@type='application/json']")
    page = entries[0].find(f"{ATOM}link[@type='text/html']")
    assert link is not None
    assert page is not None
    assert (page.get("href") or "").removeprefix(small.url).startswith("changes?from=")
    day = (entries[0].findtext(f"{ATOM}updated") or "")[:10]
    with urllib.request.urlopen(link.get("href") or "") as said:
        rows = json.load(said)["data"]
    assert {row["changed_on"] for row in rows} == {day}
    assert all(row["agency_name"] in (entries[0].findtext(f"{ATOM}content") or "") for row in rows)


def test_text_of_the_record_is_text_in_the_feed(small: Served) -> None:
    body = small.ask(f"{API}/changes.atom?state=AZ").body
    assert b"<script" not in body
    contents = [e.text or "" for e in ElementTree.fromstring(body).iter(f"{ATOM}content")]
    assert any(SCRIPT in text for text in contents)


def test_feed_keeps_its_ids_when_a_list_is_added(small: Served, tmp_path: Path) -> None:
    def ids() -> list[str]:
        feed = ElementTree.fromstring(small.ask(f"{API}/changes.atom").body)
        return [e.findtext(f"{ATOM}id") or "" for e in feed.findall(f"{ATOM}entry")]

    before = ids()
    newer = agreement(
        agreement_id="az-new-sheriff-wso-2026-05-12", signed_date="2026-05-12",
        first_listed_date="2026-05-18", last_listed_date="2026-05-18",
    )  # fmt: skip
    write_rows(tmp_path / "agreements.csv", [*ROWS, newer])
    after = ids()
    assert len(after) == len(before) + 1
    assert after[1:] == before


# ---- the description


def test_description_is_valid_openapi(small: Served) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(small.json("/openapi.json"))


def test_description_names_every_route_and_every_parameter(small: Served) -> None:
    document = small.json("/openapi.json")
    for path, item in document["paths"].items():
        address = path.replace("{geoid}", MECKLENBURG)
        known = {p["name"] for p in item["get"]["parameters"] if p["in"] == "query"}
        answer = small.ask(f"{API}{address}")
        assert answer.status == 200, path
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in item["get"]["responses"]["200"]["content"], path
        refused = small.ask(f"{API}{address}?nothing=1")
        expected = json.loads(refused.body)["errors"][0]["expected"]
        assert set(expected.removeprefix("one of ").split(", ")) - {"no parameter"} == known | (
            {"format"} if "format" in expected else set()
        )


def test_rows_are_as_the_description_says(whole: Served) -> None:
    import jsonschema

    document = whole.json("/openapi.json")
    for name, grain in TABLES.items():
        schema = document["components"]["schemas"][grain]
        assert list(schema["properties"]) == [column.name for column in GRAIN_COLUMNS[grain]]
        validator = jsonschema.Draft202012Validator(schema)
        for row in whole.json(f"/{name}?status=all&limit=400&offset=100" if grain != "state" else f"/{name}")["data"]:
            validator.validate(row)


# ---- beside the page


def test_interface_answers_on_the_port_of_the_page(small_app: RunningApp) -> None:
    answer = small_app.ask(f"{API}/agreements.csv?state=NC", Accept_Encoding="gzip")
    assert answer.status == 200
    assert len(gzip.decompress(answer.body).decode("utf-8-sig").splitlines()) == 7
    assert answer.headers["content-security-policy"]
    assert small_app.ask(f"{API}/agreements.csv?state=NC", If_None_Match=answer.headers["etag"]).status == 304
    assert small_app.ask(f"{API}/agreements.csv", Range="bytes=0-2", Accept_Encoding="gzip").body == b"\xef\xbb\xbf"
    feed = small_app.ask(f"{API}/changes.atom").body.decode()
    assert f'href="{small_app.url}api/v1/changes.atom"' in feed


def test_page_is_healthy_while_the_interface_writes_its_largest_answers(small_app: RunningApp) -> None:
    paths = [f"{API}/counties.geojson?as_of=20{year}-01-01" for year in range(10, 20)]
    done: list[int] = []

    def ask(path: str) -> None:
        done.append(small_app.ask(path).status)

    threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert small_app.ask("/_stcore/health").status == 200
    assert done == [200] * len(paths)
