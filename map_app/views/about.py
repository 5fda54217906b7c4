"""The explainers: what an agreement is, the models, what is said for and against, what is not known."""

from __future__ import annotations

import streamlit as st

from map_app.plain_page import public_links
from map_app.text import Text
from map_app.text.explained import EXPLAINERS, explainer, source_line


def show_about(text: Text) -> None:
    """Show every explainer, folded, each with its sources."""
    for position, name in enumerate(EXPLAINERS):
        told = explainer(name, text)
        with st.expander(told.title, expanded=position == 0):
            st.markdown(told.body)
            if told.sources:
                st.markdown(
                    f"**{text.t('Sources')}**\n\n" + "\n".join(f"- {source_line(s, text)}" for s in told.sources)
                )
    st.html(f'<p class="fine" lang="{text.language}">{public_links(text)}</p>')
