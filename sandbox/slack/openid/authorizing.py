"""`/openid/connect/authorize`: who may sign in, and what they are sent back with."""

from aiohttp import web
from multidict import MultiMapping

from sandbox.company import BOT_USER_ID, TEAM_ID, Person
from sandbox.slack.openid import pages
from sandbox.slack.openid.asking import Ask, Declined, Unanswerable, read
from sandbox.slack.openid.grants import SignIns
from sandbox.slack.twin import TWIN, Twin

_VIA = "openid.connect.authorize"


def may_sign_in(person: Person) -> bool:
    """Is it somebody of this workspace, a guest perhaps, whose account is open."""
    shut_out = person.deleted or person.is_bot or person.is_invited_user
    return person.team_id == TEAM_ID and not shut_out


def asked(twin: Twin, query: MultiMapping[str]) -> Ask:
    """Read a request, and note what it goes without; raises `Unanswerable` or `Declined`."""
    ask = read(query, twin.config)
    for name, given in (("state", ask.state), ("nonce", ask.nonce)):
        if not given:
            advice = f"a sign-in without a {name} can be forged"
            twin.journal.violated(_VIA, f"missing_{name}", [advice], dict(query))
    return ask


def agreed(sign_ins: SignIns, ask: Ask, user: str) -> str:
    """Sign somebody in; gives where they are sent."""
    return ask.answer(code=sign_ins.agree(ask, user))


def denied(ask: Ask) -> str:
    """Where somebody is sent who does not agree."""
    return ask.answer(error="access_denied")


async def show(request: web.Request) -> web.StreamResponse:
    """Show the page, or send the person back with what is wrong."""
    twin = request.app[TWIN]
    try:
        ask = asked(twin, request.query)
    except Unanswerable as error:
        return pages.failure(str(error))
    except Declined as error:
        raise web.HTTPFound(error.location) from error
    people = [person for person in twin.workspace.people.values() if may_sign_in(person)]
    app = twin.workspace.people[BOT_USER_ID].name
    return pages.choice(app, people, twin.sign_ins.show(ask), ask.redirect_uri)


async def choose(request: web.Request) -> web.StreamResponse:
    """Take what was chosen on the page, once."""
    twin = request.app[TWIN]
    form = await request.post()
    ask = twin.sign_ins.pending.pop(str(form.get("ticket")), None)
    if ask is None:
        return pages.failure("This page was answered already, or is not from here.")
    if form.get("deny"):
        raise web.HTTPFound(denied(ask))
    person = twin.workspace.people.get(str(form.get("user")))
    if person is None or not may_sign_in(person):
        return pages.failure("This person cannot sign in.")
    raise web.HTTPFound(agreed(twin.sign_ins, ask, person.id))
