"""What a visit leaves behind, sentence by sentence; `tests/test_privacy.py` names the test that proves each."""

from __future__ import annotations

from enum import StrEnum
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from map_app.frame import page_font
from map_app.plain_page import language_asked, plain_page
from map_app.text import Text, text_in
from map_app.web import HTML


class Edition(StrEnum):
    """Which form of the map is told of."""

    SERVED = "served"
    STATIC = "static"


def privacy_title(text: Text) -> str:
    """Return the heading of the page."""
    return text.t("Privacy")


def promises(edition: Edition, text: Text) -> dict[str, str]:
    """Return every sentence of the page by a name of its own, in reading order."""
    if edition is Edition.STATIC:
        return {
            "one_host": text.t("These pages load everything from the site you opened them on, and ask no other site."),
            "typed_stays": text.t("What you type in the search stays in your browser."),
            "host_sees_pages": text.t(
                "The answer for each county is a page of its own, so this site’s host can see which counties you open."
            ),
            "nothing_kept": text.t("These pages set no cookie and store nothing in your browser."),
            "no_location": text.t("They never ask your browser where you are."),
            "no_referrer": text.t("A link to another site does not tell it which page you came from."),
        }
    return {
        "one_host": text.t("The map, the search and the downloads come from this server, and ask no other site."),
        "typed_stays": text.t(
            "What you type is sent to this server, is kept in memory for your visit only, and is written nowhere."
        ),
        "not_in_address": text.t("What you type does not go into the address of the page."),
        "county_in_address": text.t(
            "The county you choose does go into the address of the page, so that the address leads back to it."
        ),
        "one_cookie": text.t(
            "The page sets one cookie, a random number against forged requests, which goes when you close the browser."
        ),
        "no_location": text.t("Your browser is told not to let these pages ask where you are."),
        "no_access_log": text.t("This program writes no log of visits."),
        "errors_without_text": text.t(
            "When something fails, the log says what kind of error it was and where in the program, not what you typed."
        ),
        "only_counted": text.t("Visits and requests are counted as numbers, without who or where."),
        "no_referrer": text.t("A link to another site does not tell it which page you came from."),
        "address_seen": text.t(
            "As with every website, the server and the networks in between see the network address you come from."
        ),
    }


def privacy_html(edition: Edition, text: Text) -> str:
    """Return the sentences as HTML."""
    lines = "".join(f'<li data-promise="{name}">{escape(told)}</li>' for name, told in promises(edition, text).items())
    return f"<ul>{lines}</ul>"


async def _serve_privacy(request: Request) -> Response:
    text = text_in(language_asked(request))
    page = plain_page(privacy_title(text), privacy_html(Edition.SERVED, text), text, "privacy", page_font())
    return Response(page, media_type=HTML, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language"})


def privacy_routes() -> list[BaseRoute]:
    """Return the route of the page: `/privacy?lang=es`."""
    return [Route("/privacy", _serve_privacy)]
