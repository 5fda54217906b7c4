"""County and state shapes: the file a browser gets, and the same shapes as tables for exports and look-ups.

Positions are WGS 84 longitude and latitude (EPSG:4326; the Census Bureau gives NAD 83, less than two metres
away). Alaska's islands beyond 180° lie west of -180 here, down to -187.6. geo/shapes/README.md says what the
shapes hold, how far they are generalized, and how to rebuild them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geo import fips

if TYPE_CHECKING:
    import geopandas
    from numpy.typing import NDArray

TOPOLOGY: Final = Path(__file__).parent / "shapes" / "us.topo.json"

# Simplification moved no border farther than 3 km; the source had left out bends of about 2 km before that.
BORDER_KM: Final = 5.0


@cache
def read_topology() -> bytes:
    """Return the TopoJSON file as it is served: objects `counties` and `states`, ids are GEOIDs."""
    return TOPOLOGY.read_bytes()


@cache
def shape_order() -> tuple[str, ...]:
    """Return the county GEOIDs in the order of the file, the order in which a browser numbers the shapes."""
    return tuple(county["id"] for county in json.loads(read_topology())["objects"]["counties"]["geometries"])


def load_counties() -> geopandas.GeoDataFrame:
    """Return every county and county equivalent: 3,231 rows in GEOID order.

    Returns:
        Columns `geoid` (five digits, text), `name`, `state_abbr`, `geometry` (EPSG:4326, valid, never empty).
        A new table at each call.
    """
    import geopandas

    geoids, shapes = _decoded("counties")
    held = fips.counties()
    return geopandas.GeoDataFrame(
        {
            "geoid": list(geoids),
            "name": [held[geoid].name for geoid in geoids],
            "state_abbr": [held[geoid].state_abbr for geoid in geoids],
        },
        geometry=shapes.copy(),
        crs="EPSG:4326",
    )


def load_states() -> geopandas.GeoDataFrame:
    """Return every state, DC and the five territories: 56 rows in code order.

    Returns:
        Columns `geoid` (two digits, text), `name`, `state_abbr`, `geometry` (EPSG:4326); each state is the
        union of its counties, corner for corner. A new table at each call.
    """
    import geopandas

    codes, shapes = _decoded("states")
    abbrs = [fips.state_abbr(code) for code in codes]
    return geopandas.GeoDataFrame(
        {"geoid": list(codes), "name": [fips.state_name(abbr) for abbr in abbrs], "state_abbr": abbrs},
        geometry=shapes.copy(),
        crs="EPSG:4326",
    )


def county_at(lon: float, lat: float) -> str | None:
    """Return the GEOID of the county whose shape holds a point, or None outside every shape.

    The shapes are generalized: within `BORDER_KM` of a border or of the sea the answer can be the neighbour
    or None. Use `counties_near` where a person relies on it.

    Args:
        lon: Degrees East; Alaska's islands may be given either side of 180°.
        lat: Degrees North.
    """
    geoids, _ = _decoded("counties")
    point = _point(lon, lat)
    inside = _tree().query(point, predicate="intersects")
    return geoids[min(inside)] if len(inside) else None


def counties_near(lon: float, lat: float, km: float = BORDER_KM) -> tuple[str, ...]:
    """Return the GEOIDs of counties whose shape comes within some kilometres of a point, nearest first.

    A county that holds the point comes first. More than one answer means that the shapes cannot tell.

    Args:
        lon: Degrees East; Alaska's islands may be given either side of 180°.
        lat: Degrees North.
        km: Distance in kilometres, measured on a plane around the point (good to 1% below 100 km).
    """
    import shapely

    geoids, shapes = _decoded("counties")
    point = _point(lon, lat)
    x_km, y_km = 111.32 * max(float(np.cos(np.radians(lat))), 0.01), 110.57
    box = shapely.box(point.x - km / x_km, point.y - km / y_km, point.x + km / x_km, point.y + km / y_km)
    around = _tree().query(box)

    def local(positions: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((positions - (point.x, point.y)) * (x_km, y_km))

    away = shapely.distance(shapely.transform(shapes[around], local), shapely.Point(0, 0))
    nearest_first = sorted(zip(away.tolist(), around.tolist(), strict=True))
    return tuple(geoids[index] for far, index in nearest_first if far <= km)


def _point(lon: float, lat: float) -> Any:
    import shapely

    return shapely.Point(lon - 360 if lon > 170 else lon, lat)


@cache
def _tree() -> Any:
    import shapely

    return shapely.STRtree(_decoded("counties")[1])


@cache
def _decoded(layer: str) -> tuple[tuple[str, ...], NDArray[np.object_]]:
    """Return ids and geometries of one object of the topology, in file order."""
    import shapely

    topology = json.loads(read_topology())
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc, dtype=np.int64), axis=0) * scale + translate for arc in topology["arcs"]]

    def ring(indexes: list[int]) -> NDArray[np.float64]:
        joined = [arcs[index] if index >= 0 else arcs[~index][::-1] for index in indexes]
        return np.concatenate([joined[0], *(arc[1:] for arc in joined[1:])])

    def polygon(rings: list[list[int]]) -> Any:
        return shapely.Polygon(ring(rings[0]), [ring(hole) for hole in rings[1:]])

    members = topology["objects"][layer]["geometries"]
    shapes = np.empty(len(members), dtype=object)
    for place, member in enumerate(members):
        if member["type"] == "Polygon":
            shapes[place] = polygon(member["arcs"])
        else:
            shapes[place] = shapely.MultiPolygon([polygon(rings) for rings in member["arcs"]])
    return tuple(member["id"] for member in members), shapes
