"""A page whose server was gone asks for itself anew as soon as there is a server again."""

from __future__ import annotations

from typing import Any

import streamlit as st

# A new server knows nothing of the widgets until the page has run once. Streamlit's page, connected again, waits for
# a click, and that click would be taken back by the address, which the new server reads first. So the page runs once
# by itself: the address still says what the widgets stand at.
_SCRIPT = """
export default function ({ setTriggerValue }) {
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app) return;
  app.cameBack = () => setTriggerValue("back", Date.now());
  if (app.returnWatcher) return;
  let lost = false;
  app.returnWatcher = new MutationObserver(() => {
    const state = app.getAttribute("data-test-connection-state");
    if (state !== "CONNECTED") lost = true;
    else if (lost) { lost = false; app.cameBack(); }
  });
  app.returnWatcher.observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] });
}
"""


@st.cache_resource
def _component() -> Any:
    return st.components.v2.component("come_back", js=_SCRIPT)


def run_again_after_loss() -> None:
    """Have the page run once by itself when it is connected again; shows nothing."""
    _component()(key="come-back", height=0, on_back_change=lambda: None)
