"""Entry: `streamlit run streamlit_app.py`. Everything is in map_app."""

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.starlette import App

from map_app.server import PAGE, app_options

app = App(PAGE, **app_options())

if get_script_run_ctx(suppress_warning=True) is not None:
    # Run as a plain script (a test, an older launcher): show the page itself.
    from map_app.views.page import show_page

    show_page()
