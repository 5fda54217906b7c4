"""Offline only: ICE's lists, the history before them and corrections become data/*.csv."""
