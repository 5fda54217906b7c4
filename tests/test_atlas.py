"""The atlas: equal areas, nothing lost, insets apart from the 48 states."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.atlas import INSETS, UNIT_KM, atlas_json, atlas_sheet, upright
from geo.boundaries import load_states
from geo.fips import county_labels


def area(code: str) -> float:
    """Square kilometres of a state on the sheet."""
    sheet = atlas_sheet()
    polygons = dict(sheet.states)[code]
    shapes = [shapely.Polygon(sheet.ring(rings[0]), [sheet.ring(hole) for hole in rings[1:]]) for rings in polygons]
    return float(sum(shape.area for shape in shapes)) * UNIT_KM**2


@pytest.mark.parametrize(
    ("code", "scale"), [("48", 1), ("12", 1), ("53", 1), ("23", 1), ("06", 1), ("02", 0.35), ("15", 1), ("72", 1.4)]
)
def test_areas_are_equal_within_each_scale(code: str, scale: float) -> None:
    states = load_states().set_index("geoid")
    true = abs(Geod(ellps="GRS80").geometry_area_perimeter(states.loc[code, "geometry"])[0]) / 1e6
    assert area(code) / scale**2 == pytest.approx(true, rel=0.005)


def test_everything_is_on_the_sheet() -> None:
    sheet = atlas_sheet()
    corners = np.concatenate(sheet.arcs)
    assert (corners >= 0).all()
    assert (corners <= sheet.size).all()
    assert [geoid for geoid, _ in sheet.counties] == list(county_labels())
    told = json.loads(atlas_json())
    assert len(told["counties"]) == len(told["labels"]) == 3231


def test_insets_do_not_touch_each_other() -> None:
    boxes = {key: shapely.box(*box) for key, box in atlas_sheet().boxes.items()}
    assert set(boxes) == {inset.key for inset in INSETS}
    for one in boxes:
        for other in boxes:
            assert one == other or not boxes[one].intersects(boxes[other]), (one, other)


def test_names_stand_inside_their_counties() -> None:
    sheet = atlas_sheet()
    outside = 0
    for place, (_, polygons) in enumerate(sheet.counties):
        shapes = [shapely.Polygon(sheet.ring(rings[0])).buffer(3) for rings in polygons]
        outside += not any(shape.contains(shapely.Point(sheet.labels[place])) for shape in shapes)
    assert outside <= 5


def test_states_stand_upright() -> None:
    """Turned by its angle, a state's western border (a meridian) is vertical."""
    sheet, turn = atlas_sheet(), np.radians(upright("49"))  # Utah
    ring = np.concatenate([sheet.ring(rings[0]) for rings in dict(sheet.states)["49"]])
    turned = ring @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    west = turned[turned[:, 0] < turned[:, 0].min() + 0.05 * np.ptp(turned[:, 0])]
    assert np.ptp(west[:, 0]) < 0.05 * np.ptp(west[:, 1])
    assert upright("02") == 0
