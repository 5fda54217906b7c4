"""Pictures and handouts: they say what they show, and look as they did.

Where the look changes on purpose, `MAP_APP_DRAW_REFERENCES=1 pytest tests/test_pictures.py` draws the references anew.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from example_record import MARICOPA, MECKLENBURG
from PIL import Image

from map_app.answer import answer, by_agency
from map_app.errors import UsageError
from map_app.filters import Filters
from map_app.grains import Selection
from map_app.handout import handout_pdf, handout_svg, neighbours
from map_app.map_layers import ColorBy
from map_app.pictures import SIZES, aged_words, map_picture, map_svg, wrapped
from map_app.record import LoadedRecord
from map_app.text import text_in
from map_app.vocabulary import Model

REFERENCES = Path(__file__).parent / "data" / "pictures"
LOOKS = {
    "country": (Filters(), ColorBy.LEVEL, "slide", "en"),
    "models-es": (Filters(status="all"), ColorBy.MODEL, "print", "es"),
    "state": (Filters(states=("NC",), as_of=dt.date(2010, 8, 1)), ColorBy.LEVEL, "slide", "en"),
    "county": (Filters(counties=(MARICOPA,)), ColorBy.LEVEL, "card", "en"),
}


TODAY = dt.date(2026, 11, 23)


def drawn(record: LoadedRecord, name: str) -> str:
    filters, color, size, language = LOOKS[name]
    return map_svg(Selection(record, filters), color, text_in(language), size, today=TODAY)


def words(svg: str) -> str:
    return " ".join(" ".join(ElementTree.fromstring(svg).itertext()).split())


def small(png: bytes) -> np.ndarray:
    """A picture as small as a thumbnail, so that letters drawn a little differently elsewhere do not count."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    return np.asarray(picture.resize((320, 200), Image.Resampling.BOX), int)


def unlike(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the pixels that a person would call different."""
    return float((np.abs(one - other).max(axis=2) > 48).mean())


@pytest.mark.parametrize("name", list(LOOKS))
def test_pictures_look_as_their_references(record: LoadedRecord, name: str) -> None:
    picture = map_picture(drawn(record, name), "png", LOOKS[name][2])
    if os.environ.get("MAP_APP_DRAW_REFERENCES") == "1":
        Image.fromarray(small(picture).astype(np.uint8)).save(REFERENCES / f"{name}.png", optimize=True)
        pytest.skip("drawn anew: look at it before it is committed")
    made = small(picture)
    assert unlike(made, small((REFERENCES / f"{name}.png").read_bytes())) < 0.004


def test_another_selection_looks_different(record: LoadedRecord) -> None:
    filters = Filters(models=(Model.TASK_FORCE,), states=("NC",))
    other = map_svg(Selection(record, filters), ColorBy.LEVEL, text_in("en"), "slide")
    assert unlike(small(map_picture(other, "png", "slide")), small((REFERENCES / "state.png").read_bytes())) > 0.004


@pytest.mark.parametrize("size", ["slide", "print", "card"])
def test_picture_has_the_size_asked_for(record: LoadedRecord, size: str) -> None:
    svg = map_svg(Selection(record, Filters(states=("NC",))), ColorBy.LEVEL, text_in("en"), size)
    picture = Image.open(io.BytesIO(map_picture(svg, "png", size)))
    made = SIZES[size]
    assert picture.size == pytest.approx((made.width * made.png_scale, made.height * made.png_scale), abs=1)
    pdf = map_picture(svg, "pdf", size)
    assert pdf.startswith(b"%PDF")
    assert f"/MediaBox [0 0 {made.points[0]:g} {made.points[1]:g}]".encode() in pdf
    assert b"/FontFile" in pdf  # text stays text


def test_picture_says_what_it_shows(record: LoadedRecord) -> None:
    filters = Filters(models=(Model.WARRANT_SERVICE,), as_of=dt.date(2026, 1, 1))
    selection = Selection(record, filters)
    told = words(map_svg(selection, ColorBy.LEVEL, text_in("en"), "slide"))
    assert "United States: 287(g) agreements" in told
    assert "Warrant Service Officer" in told
    assert str(int(selection.mask.sum())) in told
    assert "1 January 2026" in told or "ICE’s list of" in told
    assert "Source: ICE’s published lists" in told
    assert "Free to use" in told
    assert f"Record {record.version}." in told
    assert "Agency covering the whole county" in told


@pytest.mark.parametrize(
    ("narrowed", "language", "said", "never"),
    [
        (Filters(models=(Model.TASK_FORCE,)), "en", "None in this selection", "None listed"),
        (Filters(models=(Model.TASK_FORCE,)), "es", "Ninguno en esta selección", "Ninguno en la lista"),
        (Filters(status="ended"), "en", "In this selection only state agencies", "State agencies only"),
        (Filters(as_of=dt.date(2026, 1, 1)), "en", "None listed", "in this selection"),
        (Filters(), "es", "Ninguno", "en esta selección"),
    ],
)
def test_legend_never_says_none_of_what_is_only_filtered_out(
    record: LoadedRecord, narrowed: Filters, language: str, said: str, never: str
) -> None:
    for size in ("slide", "print", "card"):
        told = words(map_svg(Selection(record, narrowed), ColorBy.MODEL, text_in(language), size))
        assert said in told
        assert never not in told


@pytest.mark.parametrize(
    ("today", "as_of", "said"),
    [
        (dt.date(2026, 5, 25), None, False),  # 14 days
        (dt.date(2026, 5, 26), None, True),
        (TODAY, None, True),
        (TODAY, dt.date(2026, 5, 1), False),
    ],
)
def test_files_say_how_old_the_list_was_when_they_were_made(
    record: LoadedRecord, today: dt.date, as_of: dt.date | None, said: bool
) -> None:
    age = f"{(today - dt.date(2026, 5, 11)).days} days old"
    picture = map_svg(Selection(record, Filters(as_of=as_of)), ColorBy.LEVEL, text_in("en"), "slide", today=today)
    pages = [picture, *(handout_svg(record, place, as_of, text_in("en"), today=today) for place in ("NC", MARICOPA))]
    for page in pages:
        assert (age in words(page)) is said
    spanish = words(handout_svg(record, "NC", as_of, text_in("es"), today=today))
    assert (f"{(today - dt.date(2026, 5, 11)).days} días" in spanish) is said


def test_picture_of_a_state_paints_no_other_state(record: LoadedRecord) -> None:
    svg = map_svg(Selection(record, Filters(states=("NC",))), ColorBy.LEVEL, text_in("en"), "slide")
    assert 'class="cout"' in svg
    assert "Hawaii" not in words(svg)


def test_picture_asks_for_nothing(record: LoadedRecord) -> None:
    svg = drawn(record, "country")
    assert not re.search(r"(?:href|src)=", svg)
    assert set(re.findall(r"https?://[^\"' ]+", svg)) == {"http://www.w3.org/2000/svg"}


def test_unknown_size_is_refused(record: LoadedRecord) -> None:
    with pytest.raises(UsageError, match="poster"):
        map_svg(Selection(record, Filters()), ColorBy.LEVEL, text_in("en"), "poster")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("place", [MECKLENBURG, MARICOPA, "NC", "GU"])
def test_handout_is_one_page(record: LoadedRecord, place: str, language: str) -> None:
    pdf = handout_pdf(record, place, None, text_in(language), "https://map.example.org/?county=37119")
    assert len(re.findall(rb"/Type */Page\b(?!s)", pdf)) == 1


def test_handout_says_what_the_answer_says(record: LoadedRecord) -> None:
    told = answer(record, MARICOPA, None, text_in("en"))
    page = words(handout_svg(record, MARICOPA, None, text_in("en"), "https://map.example.org/"))
    assert told.sentence in page
    for one in told.agreements:
        assert one.agency_name in page
    assert "https://map.example.org/" in page


def test_handout_of_a_state_counts_its_agreements(record: LoadedRecord) -> None:
    page = words(handout_svg(record, "NC", None, text_in("en")))
    counts = record.index.counts(Selection(record, Filters(states=("NC",))).mask)
    assert f"{counts.agreements} agreement" in page
    assert "North Carolina: 287(g) agreements" in page


def type_sizes(svg: str) -> list[float]:
    """Return the sizes of the type of a handout's lines in points; what stands on its map is left out."""
    return [float(size) / 2 for size in re.findall(r'<text x="76\.0" [^>]*font-size="([\d.]+)"', svg)]


@pytest.mark.parametrize(("place", "language"), [("TX", "es"), ("FL", "en"), ("12103", "es"), ("12099", "en")])
def test_handout_with_much_to_tell_sums_up_rather_than_shrinks(
    shipped: LoadedRecord, place: str, language: str
) -> None:
    text = text_in(language)
    svg = handout_svg(shipped, place, None, text, "https://map.example.org/?county=1", today=TODAY)
    page = words(svg)
    assert max(float(y) for y in re.findall(r'<text [^>]*y="([\d.]+)"', svg)) < 1584 - 60
    assert min(type_sizes(svg)) >= 8.5
    assert text.t("What this does and does not mean") in page
    assert aged_words(Selection(shipped, Filters()), text, TODAY) in page
    if len(place) == 5:
        named = [held[0].agency_name in page for held in by_agency(answer(shipped, place, None, text).agreements)]
        left = re.findall(r"(\d+) (?:more agenc|agencias? más)", page)
        assert sum(named) + sum(map(int, left)) >= len(named)


def test_handout_without_agreements_tells_of_the_places_around(shipped: LoadedRecord) -> None:
    page = words(handout_svg(shipped, "17031", None, text_in("en"), today=TODAY))
    assert "Counties around it" in page
    assert "Lake County, Indiana" in page
    assert "no agreement found for any agency in Illinois" in page
    assert "What agreements of each model let officers do" in page


def test_neighbours_share_a_border() -> None:
    assert neighbours("17031") == ["17043", "17089", "17097", "17111", "17197", "18089"]
    assert all("17031" in neighbours(geoid) for geoid in neighbours("17031"))
    assert neighbours("15001") == []


def test_handout_of_no_place_is_refused(record: LoadedRecord) -> None:
    with pytest.raises(UsageError, match="neither"):
        handout_pdf(record, "XX", None, text_in("en"))


def test_lines_are_not_wider_than_asked() -> None:
    assert wrapped("one two three four five", 6) == ["one two", "three four", "five"]
