"""What the shape tables and look-ups by position promise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from geo import boundaries, fips


def test_tables_carry_text_codes_names_and_positions_in_degrees() -> None:
    counties = boundaries.load_counties()
    assert list(counties.columns) == ["geoid", "name", "state_abbr", "geometry"]
    assert counties.crs.to_epsg() == 4326
    first = counties.iloc[0]
    assert (first["geoid"], first["name"], first["state_abbr"]) == ("01001", "Autauga County", "AL")
    states = boundaries.load_states()
    assert list(states.columns) == ["geoid", "name", "state_abbr", "geometry"]
    assert states.set_index("geoid")["name"]["78"] == "U.S. Virgin Islands"


def test_changing_a_table_leaves_the_next_one_as_it_was() -> None:
    counties = boundaries.load_counties()
    counties.loc[0, "name"] = "changed"
    counties.loc[0, "geometry"] = None
    again = boundaries.load_counties()
    assert again.loc[0, "name"] == "Autauga County"
    assert again.geometry.notna().all()


@pytest.mark.parametrize(
    ("lon", "lat", "geoid"),
    [
        (-112.07, 33.45, "04013"),  # Phoenix
        (-80.84, 35.23, "37119"),  # Charlotte
        (-77.176, 38.8845, "51610"),  # Falls Church
        (144.80, 13.50, "66010"),  # Guam
        (172.90, 52.90, "02016"),  # Attu, east of 180°
        (-187.10, 52.90, "02016"),  # Attu, as the map draws it
        (-66.06, 18.39, "72127"),  # San Juan
    ],
)
def test_point_lies_in_its_county(lon: float, lat: float, geoid: str) -> None:
    assert boundaries.county_at(lon, lat) == geoid


def test_point_at_sea_lies_in_no_county() -> None:
    assert boundaries.county_at(-40, 30) is None
    assert boundaries.counties_near(-40, 30) == ()


def test_near_a_border_both_counties_are_named_nearest_first() -> None:
    near = boundaries.counties_near(-77.176, 38.8845)
    assert near[0] == "51610"
    assert {"51059", "51013"} <= set(near)


def test_far_from_borders_one_county_is_named() -> None:
    assert boundaries.counties_near(-112.6, 33.3) == ("04013",)


def test_label_of_every_county_is_found_in_that_county() -> None:
    for geoid, shape in zip(boundaries.shape_order(), boundaries.load_counties().geometry, strict=True):
        point = shape.representative_point()
        assert boundaries.county_at(point.x, point.y) == geoid
    assert boundaries.shape_order() == tuple(fips.counties())


def test_codes_and_names_need_no_geometry_library() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, geo.fips, geo.successors; geo.fips.counties(); "
            "print([name for name in ('shapely', 'geopandas', 'numpy', 'pandas') if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "[]"
