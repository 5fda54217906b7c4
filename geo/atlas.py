"""The country as an atlas draws it: equal areas, with Alaska, Hawaii and the territories as insets.

Positions are whole units of `UNIT_KM` kilometres on one sheet, x to the east and y down. The 48 states keep one
scale; each inset has its own (`Inset.enlarged`), and none is to be measured against another. Computed from the
shapes file when first asked for, which takes about a third of a second.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geo.boundaries import read_topology
from geo.fips import county_labels, state_labels
from geo.places import zip_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Kilometres of one unit of the sheet, in the 48 states.
UNIT_KM: Final = 0.05
#: Room around the drawing, in units.
_MARGIN: Final = 800
_CONIC: Final = "+proj=aea +lat_1={} +lat_2={} +lat_0={} +lon_0={} +datum=NAD83"
_AROUND: Final = "+proj=laea +lat_0={} +lon_0={} +datum=NAD83"
#: Standard parallels and middle of the 48 states, as the Census Bureau and the Geological Survey draw them.
_MAIN: Final = _CONIC.format(29.5, 45.5, 37.5, -96)
_MAIN_LON: Final = -96.0
#: How fast meridians turn with longitude on that cone.
_MAIN_TURN: Final = (np.sin(np.radians(29.5)) + np.sin(np.radians(45.5))) / 2


@dataclass(frozen=True)
class Inset:
    """A part of the country drawn away from its place.

    Attributes:
        key: Name of the part.
        codes: Beginnings of the GEOIDs in it.
        projection: Equal-area projection around it.
        enlarged: Its scale, as a multiple of the scale of the 48 states.
        corner: Where the upper left corner of its shapes is put, in kilometres of the sheet.
        without: Beginnings of GEOIDs that are not in it after all.
        frame: Corners of the line that sets it apart from its false neighbours, in kilometres of the sheet.
        name: Left and top of the place for its name, and how wide that is, in kilometres of the sheet.
        name_lines: How many lines of it have room.
    """

    key: str
    codes: tuple[str, ...]
    projection: str
    enlarged: float
    corner: tuple[float, float]
    without: tuple[str, ...] = ()
    frame: tuple[tuple[float, float], ...] = ()
    name: tuple[float, float, float] | None = None
    name_lines: int = 2


def _boxed(west: float, north: float, east: float, south: float) -> tuple[tuple[float, float], ...]:
    return ((west, north), (east, north), (east, south), (west, south), (west, north))


#: Alaska and Hawaii stand in the corner below California and Texas, behind one line each; the small islands in boxes.
INSETS: Final = (
    Inset(
        "alaska",
        ("02",),
        _CONIC.format(55, 65, 50, -154),
        0.35,
        (-2350, 690),
        frame=((-2390, 640), (-1052, 640), (-1052, 1440)),
        name=(-2350, 680, 900),
    ),
    Inset(
        "hawaii",
        ("15",),
        _CONIC.format(8, 18, 13, -157),
        1.0,
        (-1000, 1050),
        frame=((-1052, 975), (-600, 975), (-400, 1330), (-400, 1440)),
        name=(-850, 1000, 380),
    ),
    Inset(
        "puerto_rico",
        ("72", "78"),
        _AROUND.format(18.2, -66),
        1.4,
        (1750, 1225),
        frame=_boxed(1650, 935, 2350, 1395),
        name=(1680, 960, 650),
    ),
    Inset(
        "guam",
        ("66",),
        _AROUND.format(13.45, 144.8),
        3.6,
        (1726, 665),
        frame=_boxed(1650, 405, 1935, 895),
        name=(1680, 430, 240),
    ),
    Inset(
        "marianas",
        ("69",),
        _AROUND.format(14.7, 145.5),
        1.9,
        (2040, 610),
        without=("69085",),
        frame=_boxed(1975, 405, 2350, 895),
        name=(2005, 430, 330),
    ),
    Inset("northern_islands", ("69085",), _AROUND.format(18, 145.5), 0.5, (2240, 680)),
    Inset(
        "american_samoa",
        ("60",),
        _AROUND.format(-14.25, -170.2),
        1.5,
        (435, 1330),
        frame=_boxed(250, 1165, 850, 1395),
        name=(280, 1190, 550),
        name_lines=1,
    ),
)


@dataclass(frozen=True)
class Sheet:
    """The drawing.

    Attributes:
        size: Width and height in units.
        arcs: Positions of each shared border, in units.
        counties: GEOID and polygons of each county (rings of numbers of arcs; `~n` is arc n backwards).
        states: The same of each state.
        boxes: West, north, east, south of each inset by its key, in units.
        main: The same of the 48 states.
        labels: Position for a name inside each county, in the order of `counties`.
        state_labels: Position for a name inside each state, in the order of `states`.
        frames: Corners of the line around each inset by its key, in units.
        names: Left and top of the place for the name of each inset by its key, how wide that is, in units, and how
            many lines have room.
        zips: How many ZIP code areas touch each county, in the order of `counties`: of two names of which only one
            has room, the one more people look for is written.
    """

    size: tuple[int, int]
    arcs: tuple[NDArray[np.int64], ...]
    counties: tuple[tuple[str, list[list[list[int]]]], ...]
    states: tuple[tuple[str, list[list[list[int]]]], ...]
    boxes: dict[str, tuple[int, int, int, int]]
    main: tuple[int, int, int, int]
    labels: NDArray[np.int64]
    state_labels: NDArray[np.int64]
    frames: dict[str, tuple[tuple[int, int], ...]]
    names: dict[str, tuple[int, int, int, int]]
    zips: tuple[int, ...]

    def ring(self, indexes: Iterable[int]) -> NDArray[np.int64]:
        """Return the corners of a ring."""
        parts = [self.arcs[i] if i >= 0 else self.arcs[~i][::-1] for i in indexes]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


@cache
def atlas_sheet() -> Sheet:
    """Return the drawing of the whole country."""
    topology = json.loads(read_topology())
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    degrees = [np.cumsum(np.array(arc, dtype=np.int64), axis=0) * scale + translate for arc in topology["arcs"]]
    members = {
        layer: tuple(
            (held["id"], [held["arcs"]] if held["type"] == "Polygon" else held["arcs"])
            for held in topology["objects"][layer]["geometries"]
        )
        for layer in ("counties", "states")
    }
    place = np.full(len(degrees), -1)
    for geoid, polygons in members["counties"]:
        which = _inset_of(geoid)
        for arc in _arcs_of(polygons):
            place[arc] = which
    inside = county_labels()
    of_states = state_labels()
    named_codes = [geoid for layer in ("counties", "states") for geoid, _ in members[layer]]
    inset_of = np.array([_inset_of(geoid) for geoid in named_codes])
    middles = np.array([(inside.get(geoid) or of_states[geoid])[::-1] for geoid in named_codes])
    labels = np.zeros(middles.shape)
    placed: list[Any] = [None] * len(degrees)
    boxes_km = {}
    for which in range(-1, len(INSETS)):
        chosen = np.flatnonzero(place == which)
        inset = INSETS[which] if which >= 0 else None
        projection = inset.projection if inset else _MAIN
        flat = _projected(np.concatenate([degrees[i] for i in chosen]), projection)
        named = _projected(middles[inset_of == which], projection)
        if inset:
            corner = flat.min(axis=0)
            flat = (flat - corner) * inset.enlarged + inset.corner
            named = (named - corner) * inset.enlarged + inset.corner
        labels[inset_of == which] = named
        boxes_km[inset.key if inset else ""] = (*flat.min(axis=0), *flat.max(axis=0))
        ends = np.cumsum([len(degrees[i]) for i in chosen])
        for i, part in zip(chosen, np.split(flat, ends[:-1]), strict=True):
            placed[i] = part
    held = np.array(list(boxes_km.values()))
    origin = held[:, :2].min(axis=0) - _MARGIN * UNIT_KM
    corners = np.array([corner for inset in INSETS for corner in inset.frame])
    far = np.maximum(held[:, 2:].max(axis=0), corners.max(axis=0)) + _MARGIN * UNIT_KM
    arcs = tuple(np.rint((part - origin) / UNIT_KM).astype(np.int64) for part in placed)
    units = {
        key: tuple(int(v) for v in np.rint((np.array(box) - np.tile(origin, 2)) / UNIT_KM))
        for key, box in boxes_km.items()
    }
    width, height = (int(v) for v in np.rint((far - origin) / UNIT_KM))
    main: Any = units.pop("")
    boxes: Any = units
    names = np.rint((labels - origin) / UNIT_KM).astype(np.int64)
    known = len(members["counties"])

    def unit(x: float, y: float) -> tuple[int, int]:
        return round((x - origin[0]) / UNIT_KM), round((y - origin[1]) / UNIT_KM)

    frames = {inset.key: tuple(unit(*corner) for corner in inset.frame) for inset in INSETS if inset.frame}
    titles = {
        inset.key: (*unit(*inset.name[:2]), round(inset.name[2] / UNIT_KM), inset.name_lines)
        for inset in INSETS if inset.name
    }  # fmt: skip
    count = zip_counts()
    zips = tuple(count.get(geoid, 0) for geoid, _ in members["counties"])
    return Sheet((width, height), arcs, members["counties"], members["states"], boxes, main, names[:known],
                 names[known:], frames, titles, zips)  # fmt: skip


def upright(state_code: str) -> float:
    """Return by how many degrees the sheet is turned clockwise for north to be up in a state."""
    if any(state_code in inset.codes for inset in INSETS):
        return 0.0
    _, lon = state_labels()[state_code]
    return round(float(_MAIN_TURN * (lon - _MAIN_LON)), 3)


@cache
def atlas_json() -> bytes:
    """Return the drawing as sent to a browser.

    Members: `size`, `arcs` (steps in units), `counties` and `states` (pairs of GEOID and polygons), `frames` and
    `names` (of insets, by key), `main` (box of the 48 states), `labels` and `zips` (by county), `stateLabels` (by
    state), `turn` (degrees by state code).
    """
    sheet = atlas_sheet()
    told = {
        "size": sheet.size,
        "arcs": [np.diff(arc, axis=0, prepend=0).tolist() for arc in sheet.arcs],
        "counties": sheet.counties,
        "states": sheet.states,
        "frames": sheet.frames,
        "names": sheet.names,
        "main": sheet.main,
        "labels": sheet.labels.tolist(),
        "zips": sheet.zips,
        "stateLabels": sheet.state_labels.tolist(),
        "turn": {code: upright(code) for code, _ in sheet.states},
    }
    return json.dumps(told, separators=(",", ":")).encode()


def _inset_of(geoid: str) -> int:
    """Return the position of a county's inset, -1 for the 48 states."""
    for place, inset in enumerate(INSETS):
        if geoid.startswith(inset.codes) and not (inset.without and geoid.startswith(inset.without)):
            return place
    return -1


def _arcs_of(polygons: list[list[list[int]]]) -> Iterable[int]:
    return (index if index >= 0 else ~index for rings in polygons for ring in rings for index in ring)


def _projected(degrees: NDArray[np.float64], projection: str) -> NDArray[np.float64]:
    """Return kilometres to the east and down."""
    from pyproj import CRS, Transformer

    x, y = Transformer.from_crs(CRS("EPSG:4269"), CRS(projection), always_xy=True).transform(*degrees.T)
    return np.column_stack([np.asarray(x), -np.asarray(y)]) / 1000
