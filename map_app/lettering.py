"""How much room words take in print, near enough to know before printing whether a page holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

#: Widths of the letters of the page's font (Source Sans, measured in Chromium), in parts of the type size.
_WIDTHS: Final = {
    sign: width
    for width, signs in (
        (0.20, " "),
        (0.25, "',.:;·|’ijlIíÍ"),
        (0.31, "!¡()[]{}-f"),
        (0.35, "rt/\\"),
        (0.43, '"*?¿zs“”'),
        (0.47, "cvyxJ–_Y"),
        (0.51, "0123456789aekLFáé#$+<=>^~"),
        (0.55, "bdghnopquñóúüEATVZS`XBCKPRÁÉ&"),
        (0.66, "DGHNOQUÑÓÚ"),
        (0.73, "Mw"),
        (0.83, "mW%@—…"),
    )
    for sign in signs
}
_OTHER: Final = 0.66
_BOLD: Final = 1.06


def words_width(words: str, *, bold: bool = False) -> float:
    """Return the width of a line of words, in parts of the type size."""
    wide = sum(_WIDTHS.get(sign, _OTHER) for sign in words)
    return wide * _BOLD if bold else wide


def line_count(words: str, ems: float, *, bold: bool = False) -> int:
    """Return how many lines words take that are no wider than some parts of the type size."""
    lines, used = 1, 0.0
    for word in words.split(" "):
        wide = words_width(word, bold=bold)
        if used and used + _WIDTHS[" "] + wide > ems:
            lines, used = lines + 1, wide
        else:
            used += (_WIDTHS[" "] if used else 0) + wide
        if used > ems:  # a word longer than the line is broken
            more = int(used // ems)
            lines, used = lines + more, used - more * ems
    return lines


def columns_height(heights: Sequence[float], columns: int) -> float:
    """Return how high columns get that hold blocks in order, as even as they can be; no block is broken."""
    if not heights:
        return 0.0
    low, high = max(max(heights), sum(heights) / columns), sum(heights)
    while high - low > 0.5:
        tried = (low + high) / 2
        low, high = (low, tried) if _columns_needed(heights, tried) <= columns else (tried, high)
    return high


def _columns_needed(heights: Sequence[float], limit: float) -> int:
    needed, filled = 1, 0.0
    for height in heights:
        if filled + height > limit:
            needed, filled = needed + 1, 0.0
        filled += height
    return needed
