"""`/openid/connect/authorize`, where people agree to sign in to the app."""

from aiohttp import web
from multidict import MultiMapping

from sandbox.company import BOT_USER_ID, TEAM_ID, Person
from sandbox.slack.openid import pages
from sandbox.slack.openid.grants import SignIns
from sandbox.slack.openid.requests import AuthorizationRequest, ErrorRedirect, NotRedirectable, read
from sandbox.slack.twin import TWIN, Twin

_VIA = "openid.connect.authorize"


def may_sign_in(person: Person) -> bool:
    """Whether the person is a member or guest of this workspace with an active account."""
    inactive = person.deleted or person.is_bot or person.is_invited_user
    return person.team_id == TEAM_ID and not inactive


def read_request(twin: Twin, query: MultiMapping[str]) -> AuthorizationRequest:
    """Read a request, and log a missing state or nonce.

    Raises `NotRedirectable` or `ErrorRedirect`.
    """
    authorization = read(query, twin.config)
    for name, given in (("state", authorization.state), ("nonce", authorization.nonce)):
        if not given:
            advice = f"a sign-in without a {name} can be forged"
            twin.journal.violated(_VIA, f"missing_{name}", [advice], dict(query))
    return authorization


def approve(sign_ins: SignIns, authorization: AuthorizationRequest, user: str) -> str:
    """Sign a person in; gives the URL to redirect them to."""
    return authorization.redirect(code=sign_ins.issue_code(authorization, user))


def deny_url(authorization: AuthorizationRequest) -> str:
    """The URL to redirect a person to who does not agree."""
    return authorization.redirect(error="access_denied")


async def show(request: web.Request) -> web.StreamResponse:
    """Show the page, or redirect the person back with the request's error."""
    twin = request.app[TWIN]
    try:
        authorization = read_request(twin, request.query)
    except NotRedirectable as error:
        return pages.failure(str(error))
    except ErrorRedirect as error:
        raise web.HTTPFound(error.location) from error
    people = [person for person in twin.workspace.people.values() if may_sign_in(person)]
    app = twin.workspace.people[BOT_USER_ID].name
    return pages.choice(
        app, people, twin.sign_ins.remember(authorization), authorization.redirect_uri
    )


async def choose(request: web.Request) -> web.StreamResponse:
    """Handle the choice on the page, once."""
    twin = request.app[TWIN]
    form = await request.post()
    authorization = twin.sign_ins.pending.pop(str(form.get("ticket")), None)
    if authorization is None:
        return pages.failure("This page was answered already, or is not from here.")
    if form.get("deny"):
        raise web.HTTPFound(deny_url(authorization))
    person = twin.workspace.people.get(str(form.get("user")))
    if person is None or not may_sign_in(person):
        return pages.failure("This person cannot sign in.")
    raise web.HTTPFound(approve(twin.sign_ins, authorization, person.id))
