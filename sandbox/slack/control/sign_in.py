"""Sign in with Slack as a person, and forge the id_tokens that the app gets."""

from http import HTTPStatus

from aiohttp import web
from yarl import URL

from sandbox.slack.control.guard import Impossible, actor, bad, fields, refuse_foreigner
from sandbox.slack.openid.forgeries import Forgery
from sandbox.slack.openid.requests import ErrorRedirect, NotRedirectable
from sandbox.slack.twin import TWIN
from sandbox.slack.web.authorize import approve, deny_url, read_request
from sandbox.slack.web.discovery import AUTHORIZE


async def sign_in(request: web.Request) -> web.Response:
    """Open an authorize URL as a person and agree (or `deny`); gives where that redirects to."""
    twin = request.app[TWIN]
    body = await fields(request, ("user", "url"), ("deny", "force"))
    person = actor(twin, body)
    refuse_foreigner(person, body)
    url = URL(body["url"])
    if str(url.origin()) != twin.config.public_url or url.path != AUTHORIZE:
        raise bad(f"not an address to sign in at: {url.with_query(None)}")
    try:
        authorization = read_request(twin, url.query)
    except NotRedirectable as error:
        raise Impossible(str(error), HTTPStatus.FORBIDDEN) from error
    except ErrorRedirect as error:
        return web.json_response({"location": error.location})
    location = (
        deny_url(authorization)
        if body.get("deny")
        else approve(twin.sign_ins, authorization, person.id)
    )
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
