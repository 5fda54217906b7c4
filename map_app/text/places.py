"""Names of states and counties as each language says them; official English names stay as they are.

Names of agencies are not places: they stay as they signed.
"""

from __future__ import annotations

from typing import Final

from geo.fips import STATES, counties, state_name
from map_app.text import Text

#: Kinds of county by the end of the name, longest first.
COUNTY_KINDS: Final = (
    " City and Borough",
    " Census Area",
    " Municipality",
    " Municipio",
    " District",
    " Borough",
    " County",
    " Parish",
    " city",
)
#: Context of a name that stands inside a sentence, where Spanish needs an article: "el condado de Maricopa".
IN_SENTENCE: Final = "in a sentence"
#: States and territories a sentence puts an article before.
_WITH_ARTICLE: Final = ("District of Columbia", "Northern Mariana Islands", "U.S. Virgin Islands")
#: Territories: what acts in all of one is not called statewide.
TERRITORIES: Final = frozenset({"AS", "GU", "MP", "PR", "VI"})
#: Where "state" is not the word for what there is.
NOT_STATES: Final = TERRITORIES | {"DC"}
#: Counties whose name ends in no kind, or is translated as a whole.
_WITHOUT_KIND: Final = (
    "District of Columbia", "Carson City", "Guam", "Eastern District", "Western District", "St. Croix Island District",
    "St. John Island District", "St. Thomas Island District",
)  # fmt: skip


def place_messages() -> list[tuple[str, str | None]]:
    """Return the messages this module needs of a catalogue, each with its context, if it has one."""
    names = [*(f"{{name}}{kind}" for kind in COUNTY_KINDS), *_WITHOUT_KIND, *_WITH_ARTICLE[1:]]
    in_sentence: list[tuple[str, str | None]] = [(name, IN_SENTENCE) for name in names]
    return [*((name, None) for name in names), *((state.name, None) for state in STATES), *in_sentence]


def state_words(abbr: str, text: Text, *, in_sentence: bool = False) -> str:
    """Return a state as a language names it, as "North Carolina", "Carolina del Norte".

    Args:
        abbr: Postal abbreviation.
        text: Language.
        in_sentence: Whether the name stands inside a sentence: "the District of Columbia".

    Raises:
        KeyError: No state has that postal abbreviation.
    """
    name = state_name(abbr)
    return _with_article(name, text) if in_sentence and name in _WITH_ARTICLE else text.t(name)


def _with_article(name: str, text: Text) -> str:
    return f"the {name}" if text.language == "en" else text.t_in(IN_SENTENCE, name)


def county_words(geoid: str, text: Text, *, in_sentence: bool = False) -> str:
    """Return a county as a language names it, as "Maricopa County", "Condado de Maricopa".

    Args:
        geoid: The county.
        text: Language.
        in_sentence: Whether the name stands inside a sentence: "el condado de Maricopa".

    Raises:
        KeyError: No county has that GEOID.
    """
    return county_name_words(counties()[geoid].name, text, in_sentence=in_sentence)


def county_name_words(name: str, text: Text, *, in_sentence: bool = False) -> str:
    """Return a county's full name ("Maricopa County") as a language says it; a name of no known kind stays as it is."""
    kind = next((kind for kind in COUNTY_KINDS if name.endswith(kind) and name not in _WITHOUT_KIND), None)
    if kind is None and name not in _WITHOUT_KIND:
        return name
    if in_sentence and name in _WITH_ARTICLE:
        return _with_article(name, text)
    message = name if kind is None else f"{{name}}{kind}"
    return text.t_in(IN_SENTENCE if in_sentence else None, message).format(name=name.removesuffix(kind or ""))


def county_title(geoid: str, text: Text, *, in_sentence: bool = False) -> str:
    """Return a county with its state, as "Maricopa County, Arizona", "Condado de Maricopa, Arizona".

    Args:
        geoid: The county.
        text: Language.
        in_sentence: Whether the name stands inside a sentence.

    Raises:
        KeyError: No county has that GEOID.
    """
    county = counties()[geoid]
    here = county_words(geoid, text, in_sentence=in_sentence)
    return here if county.name == state_name(county.state_abbr) else f"{here}, {state_words(county.state_abbr, text)}"
