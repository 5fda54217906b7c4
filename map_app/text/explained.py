"""Explainers: short sourced texts for residents and local governments, one Markdown file per language.

`explainers/<language>/<name>.md` cites sources as `[gao-2009]`; `explainers/sources.csv` describes each source
once for all languages.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from babel.dates import format_skeleton

from map_app.text import Text

FOLDER: Final = Path(__file__).parent / "explainers"
#: The explainers, in the order to offer them.
EXPLAINERS: Final = ("agreement", "models", "views", "unknown", "record")
#: A citation: the id of a source in brackets that are no Markdown link.
CITATION: Final = re.compile(r"\[([a-z0-9]+(?:-[a-z0-9]+)+)\](?!\()")


@dataclass(frozen=True)
class Source:
    """One source.

    Attributes:
        id: What citations name.
        label: A few words for it, the same in every language: who and when, or its number.
        title: Title in its own language.
        author: Who published it.
        date: YYYY, YYYY-MM or YYYY-MM-DD; empty for a page without a date.
        url: Where it can be read.
        supports: What it was read to say.
    """

    id: str
    label: str
    title: str
    author: str
    date: str
    url: str
    supports: str


@dataclass(frozen=True)
class Explainer:
    """One explainer, ready to show.

    Attributes:
        title: Its heading.
        body: Markdown below the heading, citations made links.
        sources: What it cites, in order of first citation.
    """

    title: str
    body: str
    sources: tuple[Source, ...]


@cache
def read_sources() -> dict[str, Source]:
    """Return every source by id, in the order of the file."""
    with (FOLDER / "sources.csv").open(encoding="utf-8", newline="") as lines:
        return {row["id"]: Source(**row) for row in csv.DictReader(lines)}


def explainer(name: str, text: Text) -> Explainer:
    """Return an explainer in a language, or in English where that language has none.

    Args:
        name: One of `EXPLAINERS`.
        text: Language.

    Raises:
        KeyError: It cites a source that `sources.csv` does not have.
        FileNotFoundError: No explainer has that name.
    """
    path = FOLDER / text.language / f"{name}.md"
    written = (path if path.exists() else FOLDER / "en" / f"{name}.md").read_text(encoding="utf-8")
    heading, _, body = written.partition("\n")
    held = read_sources()
    cited = [held[found] for found in CITATION.findall(body)]
    # Dollar signs in pairs would be read as a formula.
    linked = CITATION.sub(lambda found: _link(held[found[1]]), body.strip()).replace("$", r"\$")
    return Explainer(heading.removeprefix("# "), linked, tuple(dict.fromkeys(cited)))


def _link(source: Source) -> str:
    return f"([{_plain(source.label)}]({source.url}))"


def source_line(source: Source, text: Text) -> str:
    """Return a source as one line of Markdown: author, title with link, date."""
    return f"{_plain(source.author)}: [{_plain(source.title)}]({source.url}), {source_date(source, text)}"


def source_date(source: Source, text: Text) -> str:
    """Return when a source was published, as exactly as it is known."""
    match source.date.count("-"):
        case 2:
            return text.day(dt.date.fromisoformat(source.date))
        case 1:
            return format_skeleton("yMMMM", dt.date.fromisoformat(f"{source.date}-01"), locale=text.language)
    return source.date or text.t("no date")


def _plain(words: str) -> str:
    """Return words in which Markdown means nothing."""
    return re.sub(r"([\\`*_\[\]<>$])", r"\\\1", words)
