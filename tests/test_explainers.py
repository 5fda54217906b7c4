"""Explainers: sourced, the same in every language, short, and neutral."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from map_app.text import LANGUAGES, text_in
from map_app.text.explained import (
    CITATION,
    EXPLAINERS,
    FOLDER,
    Source,
    explainer,
    read_sources,
    source_date,
    source_line,
)

#: Most words an explainer may have in English, citations left out. Spanish needs a quarter more.
LIMITS = {"agreement": 450, "models": 300, "views": 600, "unknown": 300, "record": 420}
LONGER = {"en": 1.0, "es": 1.25}
STYLE = Path(__file__).parents[1] / "docs" / "style.md"
EVERY = [(name, language) for name in EXPLAINERS for language in LANGUAGES]


def written(name: str, language: str) -> str:
    return (FOLDER / language / f"{name}.md").read_text(encoding="utf-8")


def sections(name: str, language: str) -> list[str]:
    """Return an explainer cut before each heading."""
    return [part for part in re.split(r"^(?=#)", written(name, language), flags=re.M) if part]


def words(text: str) -> int:
    return len(CITATION.sub("", re.sub(r"[#*-]\s", "", text)).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_explainer_and_no_other(language: str) -> None:
    assert {path.stem for path in (FOLDER / language).glob("*.md")} == set(EXPLAINERS) == set(LIMITS)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_each_citation_names_a_source(name: str, language: str) -> None:
    bracketed = re.findall(r"\[([^\]]*)\]", written(name, language))
    assert set(bracketed) <= set(read_sources())
    assert CITATION.findall(written(name, language)) == bracketed


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_translation_has_the_same_headings_and_citations_section_by_section(name: str, language: str) -> None:
    def shape(part: str) -> tuple[int, int, list[str]]:
        return len(part) - len(part.lstrip("#")), len(re.findall(r"^- ", part, re.M)), CITATION.findall(part)

    assert [shape(part) for part in sections(name, language)] == [shape(part) for part in sections(name, "en")]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_translation_has_the_same_figures_line_by_line(name: str, language: str) -> None:
    def figures(line: str) -> list[str]:
        return sorted(re.findall(r"\d+(?:,\d{3})*", CITATION.sub("", line)))

    here, english = (written(name, of).splitlines() for of in (language, "en"))
    assert [figures(line) for line in here] == [figures(line) for line in english]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["agreement", "models", "views"])
def test_each_line_with_a_figure_about_the_program_cites_a_source(name: str, language: str) -> None:
    for line in written(name, language).splitlines():
        for sentence in re.split(r"(?<=[.?]) (?=[A-ZÁÉÍÓÚ¿])", line):
            if re.search(r"\d", sentence.replace("287(g)", "")) and not sentence.startswith("#"):
                assert CITATION.search(line), sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_statement_of_either_side_cites_its_source(language: str) -> None:
    bullets = [line for line in written("views", language).splitlines() if line.startswith("- ")]
    assert len(bullets) > 15
    assert [line for line in bullets if not CITATION.search(line)] == []


def test_no_source_is_kept_that_nothing_cites() -> None:
    cited = {found for name, language in EVERY for found in CITATION.findall(written(name, language))}
    assert set(read_sources()) == cited


@pytest.mark.parametrize("source", read_sources().values(), ids=lambda source: source.id)
def test_source_says_what_it_is_and_what_it_was_read_for(source: Source) -> None:
    held = vars(source)
    assert all(held[field].strip() == held[field] != "" for field in held if field != "date")
    assert re.fullmatch(r"(\d{4}(-\d\d(-\d\d)?)?)?", held["date"])
    assert re.fullmatch(r"https?://[^\s()]+", held["url"])
    if len(held["date"]) == 10:
        assert dt.date(1996, 1, 1) < dt.date.fromisoformat(held["date"])


def test_no_two_sources_are_labelled_alike() -> None:
    labels = [source.label for source in read_sources().values()]
    assert sorted(set(labels)) == sorted(labels)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_explainer_is_short(name: str, language: str) -> None:
    assert 150 < words(written(name, language)) <= LIMITS[name] * LONGER[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_supporters_and_critics_have_equal_space(language: str) -> None:
    supporters, critics = (words(part) for part in sections("views", language)[1:3])
    assert abs(supporters - critics) <= 0.12 * max(supporters, critics)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_explainer_has_no_loaded_word(name: str, language: str) -> None:
    listed = re.search(rf"^{LANGUAGES_IN_ENGLISH[language]}: (.+?)(?:\n\n|\Z)", STYLE.read_text("utf-8"), re.M | re.S)
    assert listed
    loaded = [" ".join(word.split()) for word in listed[1].split(",")]
    assert len(loaded) > 15
    text = written(name, language).casefold()
    assert [word for word in loaded if re.search(rf"\b{re.escape(word)}\b", text)] == []


LANGUAGES_IN_ENGLISH = {"en": "English", "es": "Spanish"}


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_shown_explainer_has_its_title_links_and_sources(name: str, language: str) -> None:
    shown = explainer(name, text_in(language))
    assert shown.title == written(name, language).splitlines()[0].removeprefix("# ")
    assert not shown.body.startswith("#" + " ")
    assert not CITATION.search(shown.body)
    assert [source.id for source in shown.sources] == list(dict.fromkeys(CITATION.findall(written(name, language))))
    for source in shown.sources:
        assert f"]({source.url})" in shown.body
    assert not re.search(r"(?<!\\)\$", shown.body)


def test_unknown_explainer_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        explainer("nothing", text_in("en"))


def test_source_is_dated_as_exactly_as_it_is_known() -> None:
    held = read_sources()
    spanish, english = text_in("es"), text_in("en")
    assert source_date(held["crs-2021"], english) == "12 August 2021"
    assert source_date(held["crs-2021"], spanish) == "12 de agosto de 2021"
    assert source_date(held["cis-2009"], english) == "October 2009"
    assert source_date(held["cis-2009"], spanish) == "octubre de 2009"
    assert source_date(held["ice-2008"], spanish) == "2008"
    assert source_date(held["ice-program"], english) == "no date"
    assert source_date(held["ice-program"], spanish) == "sin fecha"


def test_source_line_names_author_title_and_date() -> None:
    line = source_line(read_sources()["gao-2021"], text_in("en"))
    assert line.startswith("U.S. Government Accountability Office: [Immigration Enforcement: ICE Can")
    assert line.endswith("(https://www.gao.gov/products/gao-21-186), 27 January 2021")
