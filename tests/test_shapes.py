"""Rules of the shipped shapes, and of the script that writes them on a small drawn country."""

from __future__ import annotations

import csv
import gzip
import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geo import boundaries, build_shapes, fips, successors

SHAPES = Path(build_shapes.SHAPES)
MOST_BYTES_COMPRESSED = 230_000


def rows(name: str) -> list[dict[str, str]]:
    with (SHAPES / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def counties() -> Any:
    return boundaries.load_counties()


@pytest.fixture(scope="module")
def states() -> Any:
    return boundaries.load_states()


# What is shipped -------------------------------------------------------------------------------------------


def test_shapes_and_names_hold_the_same_counties_in_geoid_order() -> None:
    geoids = [row["geoid"] for row in rows("counties.csv")]
    assert list(boundaries.shape_order()) == geoids == sorted(set(geoids))
    assert len(geoids) == 3231
    assert all(len(geoid) == 5 and geoid.isdigit() for geoid in geoids)


def test_states_are_those_of_the_code_list(states: Any) -> None:
    assert list(states["geoid"]) == [state.fips for state in fips.STATES]
    assert [row["state_abbr"] for row in rows("states.csv")] == list(fips.STATE_ABBRS)


def test_county_belongs_to_the_state_its_code_begins_with() -> None:
    assert all(fips.state_abbr(row["geoid"]) == row["state_abbr"] for row in rows("counties.csv"))


@pytest.mark.parametrize("layer", ["counties", "states"])
def test_every_shape_is_valid_and_has_area(layer: str, request: pytest.FixtureRequest) -> None:
    shapes = request.getfixturevalue(layer).geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert (shapely.area(shapes) > 0).all()


def test_neighbours_meet_without_gap_or_overlap(counties: Any, states: Any) -> None:
    assert shapely.coverage_is_valid(counties.geometry.to_numpy())
    assert shapely.coverage_is_valid(states.geometry.to_numpy())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("04013", "04021"),
        ("37119", "37025"),
        ("51610", "51059"),
        ("51610", "51013"),
        ("36061", "36005"),
        ("11001", "24031"),
        ("22071", "22051"),
        ("72127", "72061"),
    ],
)
def test_known_neighbours_share_a_border(counties: Any, one: str, other: str) -> None:
    shape = counties.set_index("geoid").geometry
    assert shapely.relate_pattern(shape[one], shape[other], "FF2F1*212")


def test_state_is_the_union_of_its_counties(counties: Any, states: Any) -> None:
    union = counties.dissolve(counties["geoid"].str[:2])
    assert list(union.index) == list(states["geoid"])
    apart = shapely.area(shapely.symmetric_difference(union.geometry.to_numpy(), states.geometry.to_numpy()))
    assert apart.max() < 1e-9


@pytest.mark.parametrize(
    ("geoid", "name", "least_km2", "most_km2"),
    [
        ("51610", "Falls Church city", 4.5, 6),
        ("51685", "Manassas Park city", 5.5, 7.5),
        ("51600", "Fairfax city", 10, 20),
        ("11001", "District of Columbia", 160, 190),
        ("15005", "Kalawao County", 20, 60),
        ("60050", "Western District", 60, 110),
        ("66010", "Guam", 450, 620),
        ("69100", "Rota Municipality", 60, 110),
        ("78020", "St. John Island District", 30, 70),
    ],
)
def test_small_counties_keep_their_size(
    counties: Any, geoid: str, name: str, least_km2: float, most_km2: float
) -> None:
    county = counties[counties["geoid"] == geoid]
    # Equal area wherever it is: a sphere of the earth's area, about one county's own middle.
    middle = county.geometry.iloc[0].representative_point()
    equal_area = f"+proj=laea +lat_0={middle.y} +lon_0={middle.x} +R=6371007 +units=m"
    assert county["name"].item() == name
    assert least_km2 < county.to_crs(equal_area).area.item() / 1e6 < most_km2


def test_islands_are_kept(counties: Any) -> None:
    parts = counties.set_index("geoid").geometry
    assert shapely.get_num_geometries(parts["69085"]) == 5, "Northern Islands"
    assert shapely.get_num_geometries(parts["15009"]) == 4, "Maui, Molokai, Lanai, Kahoolawe"
    assert len(shapely.get_parts(counties.geometry.to_numpy())) == 3498


def test_alaska_is_drawn_in_one_piece(states: Any) -> None:
    west, south, east, north = states[states["state_abbr"] == "AK"].total_bounds
    assert (round(west, 1), round(east, 1)) == (-187.5, -130.0)
    assert (round(south), round(north)) == (51, 71)


def test_label_places_lie_inside_and_boxes_around(counties: Any) -> None:
    for row, shape in zip(rows("counties.csv"), counties.geometry, strict=True):
        assert shape.contains(shapely.Point(float(row["lon"]), float(row["lat"]))), row["geoid"]
        box = [float(row[side]) for side in ("west", "south", "east", "north")]
        assert np.allclose(box, shape.bounds, atol=6e-5), row["geoid"]


def test_file_fits_its_size_budget() -> None:
    assert len(gzip.compress(boundaries.read_topology(), 9)) <= MOST_BYTES_COMPRESSED


def test_every_border_is_stored_once() -> None:
    topology = json.loads(boundaries.read_topology())
    arcs = [tuple(map(tuple, np.cumsum(np.array(arc), axis=0).tolist())) for arc in topology["arcs"]]
    edges = [tuple(sorted(pair)) for arc in arcs for pair in pairwise(arc)]
    assert len(edges) == len(set(edges))


def test_names_say_the_kind_of_county() -> None:
    names = {row["geoid"]: row["name"] for row in rows("counties.csv")}
    assert names["01001"] == "Autauga County"
    assert names["22071"] == "Orleans Parish"
    assert names["51600"] == "Fairfax city"
    assert names["72021"] == "Bayamón Municipio"
    assert names["36047"] == "Kings County"
    assert [geoid for geoid in names if geoid.startswith("09")] == [f"090{n:02}" for n in range(1, 17, 2)]


def test_retired_and_newer_codes_lead_to_counties_held() -> None:
    assert successors.held_geoids("37119") == ("37119",)
    assert successors.held_geoids("46113") == ("46102",)
    assert successors.held_geoids("02063") == successors.held_geoids("02066") == ("02261",)
    assert successors.held_geoids("09140") == ("09001", "09003", "09005", "09009")
    assert successors.held_geoids("99999") == ()


def test_every_row_of_successors_has_a_held_side_and_its_name() -> None:
    held = fips.counties()
    table = rows("successors.csv")
    for row in table:
        assert (row["old_geoid"] in held) != (row["new_geoid"] in held), row
        assert row["new_geoid"] not in held or held[row["new_geoid"]].name == row["new_name"]
    regions = {row["new_geoid"] for row in table if row["new_geoid"].startswith("091")}
    assert regions == {f"09{n}" for n in range(110, 200, 10)}
    assert {row["old_geoid"] for row in table if row["new_geoid"] in regions} == {
        geoid for geoid in held if geoid.startswith("09")
    }


def test_rebuild_from_the_source_gives_the_committed_bytes() -> None:
    place = os.environ.get("MAP_APP_US_ATLAS")
    if not place:
        pytest.skip("MAP_APP_US_ATLAS names no us-atlas 3.0.1 folder or .tgz")
    for name, content in build_shapes.build(build_shapes.read_source(Path(place))).items():
        assert content == (SHAPES / name).read_bytes(), name


# The script, on a drawn country ----------------------------------------------------------------------------
#
# Grid of 0.01°, origin 100° West 40° North. Two counties of Kansas (20) side by side with a bent border, one
# of Nebraska (31) above them, an enclave that the source flattened to a line, and an island.

GRID = {"scale": [0.01, 0.01], "translate": [-100.0, 40.0]}
ARCS = [
    [[100, 0], [0, 30], [1, 10], [-1, 10], [0, 50]],  # 0 bent border between 20001 and 20003, going up
    [[100, 0], [-100, 0], [0, 100]],  # 1 south and west of 20001
    [[0, 100], [100, 0]],  # 2 20001 below 31001
    [[100, 100], [100, 0]],  # 3 20003 below 31001
    [[200, 100], [0, -100], [-100, 0]],  # 4 east and south of 20003
    [[200, 100], [0, 100], [-200, 0], [0, -100]],  # 5 rest of 31001
    [[150, 50], [10, 10], [-10, -10]],  # 6 enclave in 20003, flattened
    [[300, 0], [20, 0], [0, 20], [-20, 0], [0, -20]],  # 7 island of 20003
]


def drawn_country() -> dict[str, Any]:
    def county(geoid: str, name: str, polygons: list[list[list[int]]]) -> dict[str, Any]:
        one = len(polygons) == 1
        return {
            "type": "Polygon" if one else "MultiPolygon",
            "id": geoid,
            "properties": {"name": name},
            "arcs": polygons[0] if one else polygons,
        }

    return {
        "type": "Topology",
        "transform": GRID,
        "objects": {
            "counties": {
                "type": "GeometryCollection",
                "geometries": [
                    county("31001", "Adams", [[[2, 3, 5]]]),
                    county("20003", "Anderson", [[[0, 3, 4], [6]], [[7]]]),
                    county("20001", "Allen", [[[1, 2, ~0]]]),
                    county("20005", "Atchison", [[[6]]]),
                ],
            }
        },
        "arcs": ARCS,
    }


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    (tmp_path / "drawn.csv").write_text(
        'geoid,wkt,evidence\n20005,"POLYGON ((-98.5 40.5, -98.4 40.6, -98.3 40.5, -98.4 40.4, -98.5 40.5))",drawn\n'
    )
    (tmp_path / "name_fixes.csv").write_text("geoid,listed_name,name,evidence\n")
    return tmp_path


def decoded(content: bytes, layer: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(boundaries, "read_topology", lambda: content)
    ids, shapes = boundaries._decoded.__wrapped__(layer)
    return dict(zip(ids, shapes, strict=True))


def test_drawn_country_is_written_in_geoid_order_with_its_states(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = build_shapes.build(drawn_country(), inputs)
    counties = decoded(files["us.topo.json"], "counties", monkeypatch)
    states = decoded(files["us.topo.json"], "states", monkeypatch)
    assert list(counties) == ["20001", "20003", "20005", "31001"]
    assert list(states) == ["20", "31"]
    assert shapely.coverage_is_valid(list(counties.values()))
    assert states["20"].area == pytest.approx(2 + 0.04)
    assert states["31"].area == pytest.approx(2)
    assert states["20"].equals(shapely.union_all([counties[g] for g in ("20001", "20003", "20005")]))


def test_county_flattened_by_the_source_is_cut_out_of_its_neighbour(
    inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counties = decoded(build_shapes.build(drawn_country(), inputs)["us.topo.json"], "counties", monkeypatch)
    assert counties["20005"].area == pytest.approx(0.02)
    assert counties["20003"].area == pytest.approx(1 + 0.04 - 0.02, abs=2e-3)
    assert shapely.get_num_geometries(counties["20003"]) == 2, "the island stays"


def test_county_without_ground_is_refused_by_name(inputs: Path) -> None:
    (inputs / "drawn.csv").write_text("geoid,wkt,evidence\n")
    with pytest.raises(build_shapes.ShapesError, match=r"20005.*drawn\.csv"):
        build_shapes.build(drawn_country(), inputs)


def test_small_bend_goes_on_both_sides_of_a_border(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fine = build_shapes.build(drawn_country(), inputs, (1e-6, 1e-6))
    coarse = build_shapes.build(drawn_country(), inputs, (0.1, 0.1))
    kept = decoded(fine["us.topo.json"], "counties", monkeypatch)
    gone = decoded(coarse["us.topo.json"], "counties", monkeypatch)
    bend = shapely.Point(-98.99, 40.4)
    assert shapely.get_num_coordinates(kept["20001"]) > shapely.get_num_coordinates(gone["20001"])
    assert kept["20001"].touches(bend)
    assert kept["20003"].touches(bend)
    assert not gone["20001"].intersects(bend)
    assert gone["20003"].contains(bend)


def test_crossing_borders_are_cut_and_each_piece_has_one_owner() -> None:
    rings: dict[str, build_shapes.Rings] = {
        "20001": [[[(0, 0), (10, 0), (12, 5), (10, 10), (0, 10), (0, 0)]]],
        "20003": [[[(10, 0), (20, 0), (20, 10), (10, 10), (10, 0)]]],
    }
    clean = build_shapes.clean_coverage(rings)
    assert shapely.coverage_is_valid(clean)
    assert shapely.area(clean).sum() == 200
    assert not shapely.intersection(*clean).area


def test_alaska_beyond_180_degrees_is_moved_one_turn_west() -> None:
    square = [[0, 0], [10, 0], [0, 10], [-10, 0], [0, -10]]
    source = {
        "transform": {"scale": [0.01, 0.01], "translate": [172.0, 52.0]},
        "objects": {
            "counties": {
                "geometries": [
                    {"type": "Polygon", "id": "02016", "properties": {"name": "Aleutians West"}, "arcs": [[0]]},
                    {"type": "Polygon", "id": "66010", "properties": {"name": "Guam"}, "arcs": [[0]]},
                ]
            }
        },
        "arcs": [square],
    }
    grid, rings, _ = build_shapes.decode_counties(source)
    west = {geoid: grid.degrees(np.array(rings[geoid][0][0], dtype=float))[:, 0].min() for geoid in rings}
    assert west["02016"] == pytest.approx(-188)
    assert west["66010"] == pytest.approx(172)


@pytest.mark.parametrize("bad", ["1001", "0100A"])
def test_county_id_that_is_not_five_digits_is_refused(bad: str) -> None:
    source = drawn_country()
    source["objects"]["counties"]["geometries"][0]["id"] = bad
    with pytest.raises(build_shapes.ShapesError, match=bad):
        build_shapes.decode_counties(source)


def test_county_without_a_name_of_its_kind_is_refused(inputs: Path) -> None:
    source = drawn_country()
    source["objects"]["counties"]["geometries"][0]["properties"]["name"] = "Nowhere"
    with pytest.raises(build_shapes.ShapesError, match=r"31001.*Nowhere.*name_fixes"):
        build_shapes.build(source, inputs)


def test_same_source_gives_same_bytes_from_file_and_folder(inputs: Path) -> None:
    (inputs / "counties-10m.json").write_text(json.dumps(drawn_country()))
    one = build_shapes.build(build_shapes.read_source(inputs), inputs)
    two = build_shapes.build(build_shapes.read_source(inputs / "counties-10m.json"), inputs)
    assert one == two


@pytest.mark.parametrize("content", [None, "", "{}", "not json"])
def test_unusable_source_is_one_clear_line(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "counties-10m.json").write_text(content)
    assert build_shapes.main(["--from", str(tmp_path), "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0
    assert str(tmp_path) in said
    assert "us-atlas" in said
    assert not (tmp_path / "us.topo.json").exists()
