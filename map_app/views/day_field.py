"""A field for a day: typed in any usual form, or chosen in the browser's own calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import streamlit as st

from map_app.text import Text
from map_app.typed_day import LONGEST, read_day

# What the field does stands in static/page.js, which a browser keeps; this goes along with every run.
_SCRIPT = "export default (component) => window.dayField(component);"


@st.cache_resource
def _component() -> Any:
    return st.components.v2.component("day_field", js=_SCRIPT, isolate_styles=False)


def show_day_field(
    label: str,
    day: dt.date | None,
    span: tuple[dt.date, dt.date],
    key: str,
    on_day: Callable[[dt.date | None], None],
    text: Text,
    *,
    hint: str = "",
) -> None:
    """Show a field with a day.

    What cannot be read stays in the field, with what is wrong and which day still stands under it, and changes nothing.

    Args:
        label: What the day is for.
        day: The day it stands at.
        span: First and last day that can be chosen.
        key: Key of the widget.
        on_day: Called with a day that was typed or chosen, and with None when the field was emptied.
        text: Language.
        hint: A line under the field.
    """
    state, left = st.session_state, f"{key}-left"
    typed = str(state.get(left, ""))

    def taken() -> None:
        words = getattr(state.get(key), "day", None)
        words = words.strip()[: LONGEST + 1] if isinstance(words, str) else ""
        read = read_day(words, *span, text) if words else None
        state[left] = words if read and not read.day else ""
        if read is None or read.day:
            on_day(read.day if read else None)

    told = read_day(typed, *span, text).told if typed else ""
    if told and day:
        told = f"{told} {text.t('The page still shows {day}.', day=text.day(day))}"
    data = {
        "label": label,
        "shown": typed or (text.day(day) if day else ""),
        "day": day.isoformat() if day else "",
        "told": told,
        "hint": hint,
        "first": span[0].isoformat(),
        "last": span[1].isoformat(),
        "language": text.language,
        "example": "2019-06-30",
        "calendar": text.t("Choose the day in a calendar"),
        "clear": text.t("Clear the day"),
    }
    _component()(data=data, key=key, height="content", on_day_change=taken)


def forget_typed(key: str) -> None:
    """Empty a field of what could not be read; runs before the field is shown."""
    st.session_state.pop(f"{key}-left", None)
