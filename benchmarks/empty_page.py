"""The floor: a Streamlit page with one filter and nothing else. No Streamlit app can be faster."""

import streamlit as st

chosen = st.sidebar.multiselect("Model type", ["a", "b"], default=["a"])
st.html(f"<div id='chosen'>{','.join(chosen)}</div>")
st.write("ready")
