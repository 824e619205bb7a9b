"""The HTML pages of the sign-in, without scripts."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from http import HTTPStatus
from typing import Final

from aiohttp import web
from yarl import URL

from sandbox.company import COMPANY, Person

_STYLE: Final = """
body { margin: 10vh auto; max-width: 24rem; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.4rem }
button { display: block; width: 100%; margin: .25rem 0; padding: .6rem .8rem; font: inherit;
  text-align: left; color: inherit; background: none; border: 1px solid; border-radius: .4rem }
button:hover, button:focus-visible { outline: 2px solid }
small { opacity: .75 }
:root { color-scheme: light dark }
"""
_STYLE_HASH: Final = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def _html(
    title: str, body: str, redirects_to: str = "", status: int = HTTPStatus.OK
) -> web.Response:
    # Browsers apply form-action to a form's redirects as well.
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self' {redirects_to};"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style><main><h1>{escape(title)}</h1>{body}</main></html>"
    )
    return web.Response(
        text=page,
        status=status,
        content_type="text/html",
        headers={
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
        },
    )


def choice(app: str, people: Iterable[Person], ticket: str, redirect_uri: str) -> web.Response:
    """AuthorizationRequest who is there; the form's `ticket` is good once."""
    buttons = "".join(map(_button, people))
    form = (
        '<form method="post"><input type="hidden" name="ticket" '
        f'value="{escape(ticket)}">{buttons}'
        '<button name="deny" value="1">Cancel</button></form>'
    )
    lead = (
        f"<p>{escape(app)} asks who you are. This is a sandbox, so choose any person. "
        "You don't need a password.</p>"
    )
    origin = str(URL(redirect_uri).origin())
    return _html(f"Sign in to {COMPANY} as…", lead + form, origin)


def _button(person: Person) -> str:
    return (
        f'<button name="user" value="{escape(person.id)}">{escape(person.name)} '
        f"<small>{escape(person.title)}</small></button>"
    )


def failure(reason: str) -> web.Response:
    """The error page for a request without a safe redirect."""
    title = "Something went wrong when authorizing this app"
    text = "You aren't signed in. Go back and try again. If that fails, contact the app's admins."
    body = f"<p>{escape(reason)}</p><p>{text}</p>"
    return _html(title, body, status=HTTPStatus.BAD_REQUEST)
