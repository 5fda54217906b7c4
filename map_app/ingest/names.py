"""Names of agencies: one plain form, a key that survives spelling, and a slug for ids."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Every stroke ICE has typed for an apostrophe, a dash or a space.
_ONE_FORM: Final = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‛": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "′": "'",
        "“": '"',
        "”": '"',
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "\xa0": " ",
        "\u200b": None,
        "\ufeff": None,
    }
)
_ABBREVIATIONS: Final = {
    "dept": "department",
    "twp": "township",
    "st": "saint",
    "cnty": "county",
    "univ": "university",
}
_OF_A_BODY: Final = ("sheriff", "police", "constable", "marshal")
_NO_VALUE: Final = frozenset({"", "#N/A", "#NA", "N/A", "NA", "#N?A", "#REF!", "#VALUE!", "NONE", "NULL", "-"})


def plain(text: str) -> str:
    """Return text with straight apostrophes, plain dashes and single spaces, trimmed."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_ONE_FORM).split())


def value(text: str) -> str:
    """Return a cell as plain text, empty where it says there is none (blank, `#N/A` and its variants)."""
    cleaned = plain(text)
    return "" if cleaned.upper() in _NO_VALUE else cleaned


def display_name(text: str) -> str:
    """Return an agency's name fit to show: plain, `Dept.` spelled out, a sheriff's possessive restored."""
    name = plain(text)
    name = re.sub(r"\bDept\b\.?", "Department", name, flags=re.I)
    name = re.sub(r"\bSheriffs'?(?= (?:Office|Department)\b)", "Sheriff's", name)
    name = re.sub(r"\bConstables(?= Office\b)", "Constable's", name)
    name = re.sub(r"\s+,", ",", name).strip(" ,")
    name = re.sub(r"(?<=\w)- (?=\w)|(?<=\w)\s+- (?=\w)", " - ", name)
    name = re.sub(r"\s*/\s*", " / ", name)
    # Only slips of the shift key: COunty, Attorney'S.
    name = re.sub(r"\bCOunty\b", "County", name)
    name = re.sub(r"(?<=[a-z])'S\b", "'s", name)
    return " ".join(name.split())


@lru_cache(maxsize=20_000)
def agency_key(name: str) -> str:
    """Return what is left of a name when spelling is set aside: two spellings of one agency share it.

    Case, apostrophes, punctuation, `&`, `Dept`/`Department`, `Sheriff's Office`/`Sheriff's Department`, and
    the order of words do not count. Words that tell agencies apart (city, county, police, sheriff) do.
    """
    text = plain(name).casefold().replace("'", "").replace(".", "").replace("&", " and ")
    words = [_ABBREVIATIONS.get(word, word) for word in re.findall(r"[a-z0-9]+", unicodedata.normalize("NFKD", text))]
    words = [word[:-1] if word[:-1] in _OF_A_BODY and word.endswith("s") else word for word in words]
    kept = [
        word
        for at, word in enumerate(words)
        if not (word in ("office", "department") and at and words[at - 1] in _OF_A_BODY)
    ]
    return " ".join(sorted(kept))


def slug(text: str) -> str:
    """Return lower-case ASCII words joined by `-`; apostrophes leave no trace."""
    ascii_text = unicodedata.normalize("NFKD", plain(text).replace("'", "").replace("&", " and "))
    words = re.findall(r"[a-z0-9]+", ascii_text.encode("ascii", "ignore").decode().casefold())
    return "-".join(words)
