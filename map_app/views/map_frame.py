"""The map inside the page: one frame that stays mounted while selections change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from geo.fips import county_geoids
from map_app.map_layers import map_words
from map_app.text import Text

_SCRIPT = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let frame = parentElement.querySelector("iframe");
  if (!frame) {
    // The page may have begun a frame out of sight while it was starting (see map_app/server.py).
    const early = document.getElementById("early-county-map");
    if (early && early.getAttribute("src") === data.address) {
      frame = early;
      for (const name of ["id", "style", "tabindex", "aria-hidden"]) frame.removeAttribute(name);
      parentElement.moveBefore(frame, null);
    } else {
      frame = document.createElement("iframe");
      frame.src = data.address;
      parentElement.append(frame);
    }
    frame.className = "county-map";
    frame.setAttribute("allow", "fullscreen");
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

_STYLE = """
iframe.county-map { display: block; width: 100%; height: clamp(380px, 66vh, 860px); border: 1px solid #8a94a0;
  border-radius: 8px; box-sizing: border-box; }
@media (max-width: 640px) { iframe.county-map { height: 56vh; } }
"""


@st.cache_resource
def _component() -> Any:
    return st.components.v2.component("county_map", js=_SCRIPT, css=_STYLE, isolate_styles=False)


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
        "selection": {**selection, "words": map_words(text)},
    }

    def picked() -> None:
        geoid = getattr(st.session_state.get("county-map"), "picked", None)
        # What a browser sends is checked: only a county that exists is passed on.
        if on_pick and isinstance(geoid, str) and geoid in county_geoids():
            on_pick(geoid)

    _component()(data=data, key="county-map", height="content", on_picked_change=picked)
