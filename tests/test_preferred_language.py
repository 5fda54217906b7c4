"""The language a reader's browser asks for, where the address names none."""

from __future__ import annotations

import gzip

import pytest
from running_app import RunningApp

from map_app.text import preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("ES-us", "es"),
        ("en;q=0.5, es;q=0.7", "es"),
        ("fr-CA,fr;q=0.9,es;q=0.5", "es"),
        ("vi,zh;q=0.9", "en"),
        ("*", "en"),
        ("es;q=0, en", "en"),
        ("es;q=0", "en"),
        ("es;q=nan,en;q=0.1", "en"),
        ("es;q=9", "en"),
        ("est-EE", "en"),
        (";;,,q=1", "en"),
        ("es" * 5000, "en"),
    ],
)
def test_language_is_the_first_wanted_of_those_there_are(header: str, language: str) -> None:
    assert preferred_language(header) == language


@pytest.mark.parametrize(
    ("path", "header", "language"),
    [
        ("/", "es-US,es;q=0.9", "es"),
        ("/", "en-US", "en"),
        ("/?view=explore", "es-MX", "es"),
        ("/?lang=en", "es-MX", "en"),
        ("/?lang=es", "en-US", "es"),
        ("/?lang=xx", "es-MX", "es"),
    ],
)
def test_first_page_is_in_the_language_of_the_address_else_of_the_browser(
    app: RunningApp, path: str, header: str, language: str
) -> None:
    answered = app.ask(path, Accept_Language=header, Accept_Encoding="gzip")
    page = gzip.decompress(answered.body).decode()
    assert f'<html lang="{language}"' in page
    assert f'<div id="first-screen" lang="{language}">' in page
    kept_apart = {part.strip() for part in answered.headers["vary"].split(",")}
    assert {"Accept-Encoding", "Accept-Language"} <= kept_apart


def test_first_screen_leads_on_in_its_own_language_and_offers_the_other_by_name(app: RunningApp) -> None:
    page = app.ask("/", Accept_Language="es").body.decode()
    navigation = page[page.index('<nav class="first-navigation">') :].split("</nav>")[0]
    assert 'lang=en"' in navigation
    assert ">English</a>" in navigation
    assert navigation.count("lang=es") >= 4
