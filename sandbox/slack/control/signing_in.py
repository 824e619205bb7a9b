"""Signing in by way of the app, and the tokens that it should not believe."""

from http import HTTPStatus

from aiohttp import web
from yarl import URL

from sandbox.slack.control.guard import Impossible, actor, bad, fields, refuse_foreigner
from sandbox.slack.openid.asking import Declined, Unanswerable
from sandbox.slack.openid.authorizing import agreed, asked, denied
from sandbox.slack.openid.discovery import AUTHORIZE
from sandbox.slack.openid.forging import Forgery
from sandbox.slack.twin import TWIN


async def sign_in(request: web.Request) -> web.Response:
    """Follow an authorize URL as a person, and agree (or `deny`); tells where that leads."""
    twin = request.app[TWIN]
    body = await fields(request, ("user", "url"), ("deny", "force"))
    person = actor(twin, body)
    refuse_foreigner(person, body)
    url = URL(body["url"])
    if str(url.origin()) != twin.config.public_url or url.path != AUTHORIZE:
        raise bad(f"not an address to sign in at: {url.with_query(None)}")
    try:
        ask = asked(twin, url.query)
    except Unanswerable as error:
        raise Impossible(str(error), HTTPStatus.FORBIDDEN) from error
    except Declined as error:
        return web.json_response({"location": error.location})
    location = denied(ask) if body.get("deny") else agreed(twin.sign_ins, ask, person.id)
    return web.json_response({"location": location})


async def openid(request: web.Request) -> web.Response:
    """Forge the next id_tokens, or sign with a new key."""
    sign_ins = request.app[TWIN].sign_ins
    body = await fields(request, (), ("forge", "count", "rotate"))
    if "forge" in body:
        try:
            forgery = Forgery(body["forge"])
        except ValueError as error:
            raise bad(error) from error
        sign_ins.forgeries += [forgery] * body.get("count", 1)
    kid = sign_ins.keys.rotate().kid if body.get("rotate") else sign_ins.keys.current.kid
    return web.json_response({"kid": kid, "forged": len(sign_ins.forgeries)})
