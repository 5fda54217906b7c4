"""The map inside the page: one frame that stays mounted while selections change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from geo.fips import county_geoids
from map_app.frame import frame_words
from map_app.text import Text

_SCRIPT = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let frame = parentElement.countyMap;
  if (!frame) {
    // A frame that the first screen has painted already goes on living here (see static/page.js).
    frame = window.firstScreen && window.firstScreen.take(parentElement, data.address);
    if (!frame) {
      frame = document.createElement("iframe");
      frame.className = "county-map";
      frame.setAttribute("allow", "fullscreen");
      frame.src = data.address;
      parentElement.append(frame);
    }
    parentElement.countyMap = frame;
  }
  frame.title = data.title;
  frame.pick = data.picks ? (geoid) => setTriggerValue("picked", geoid) : null;
  const css = getComputedStyle(parentElement);
  const background = css.getPropertyValue("--st-background-color").trim();
  const channel = background.match(/[0-9a-f]{2}/gi) || ["ff", "ff", "ff"];
  const light = channel.slice(0, 3).reduce((sum, hex) => sum + parseInt(hex, 16), 0) > 380;
  frame.selection = { ...data.selection, theme: light ? "light" : "dark" };
  if (frame.contentWindow && frame.contentWindow.showSelection) frame.contentWindow.showSelection(frame.selection);
}
"""


@st.cache_resource
def _component() -> Any:
    return st.components.v2.component("county_map", js=_SCRIPT, isolate_styles=False)


def show_map(
    address: str, selection: Mapping[str, Any], text: Text, on_pick: Callable[[str], None] | None = None
) -> None:
    """Show the map with a selection painted.

    Args:
        address: Where the frame's page is, relative to this page.
        selection: What `map_layers.selection_payload` gives.
        text: Language.
        on_pick: Called with a county's GEOID when one is clicked; None where a click only opens its popup.
    """
    data = {
        "address": address,
        "title": text.t("Map of 287(g) agreements"),
        "picks": on_pick is not None,
        "selection": {**selection, "words": frame_words(text)},
    }

    def picked() -> None:
        geoid = getattr(st.session_state.get("county-map"), "picked", None)
        # What a browser sends is checked: only a county that exists is passed on.
        if on_pick and isinstance(geoid, str) and geoid in county_geoids():
            on_pick(geoid)

    _component()(data=data, key="county-map", height="content", on_picked_change=picked)
