"""Measures the app in a real browser, beside an empty Streamlit page: `python -m benchmarks`."""
