"""Who may drive the sandbox: pages and programs of this machine, and nobody else's page."""

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus

from aiohttp import web
from yarl import URL

from sandbox.company import TEAM_ID, Channel, Person
from sandbox.slack.payload import Payload
from sandbox.slack.twin import Twin

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_GUARDED = ("/sandbox", "/page", "/openid/connect/authorize")


class Impossible(Exception):
    """Nobody could have done that in Slack; the reason goes to whoever tried."""

    def __init__(self, reason: str, status: int = HTTPStatus.NOT_FOUND) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


def bad(reason: object) -> Impossible:
    """Say that a request makes no sense."""
    return Impossible(str(reason), HTTPStatus.BAD_REQUEST)


def _from_elsewhere(request: web.Request) -> bool:
    """A name that was rebound to loopback, or a page of another origin."""
    origin = request.headers.get("Origin")
    foreign_host = URL(f"http://{request.host}").host not in _LOOPBACK
    return foreign_host or origin not in {None, f"http://{request.host}"}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep strangers out, and turn `Impossible` into JSON."""
    guarded = request.path == "/" or request.path.startswith(_GUARDED)
    if guarded and _from_elsewhere(request):
        error = "only pages and programs of this machine may drive the sandbox"
        return web.json_response({"error": error}, status=HTTPStatus.FORBIDDEN)
    try:
        return await handler(request)
    except Impossible as impossible:
        return web.json_response({"error": impossible.reason}, status=impossible.status)


async def fields(
    request: web.Request, required: Iterable[str], optional: Iterable[str] = ()
) -> Payload:
    """Read a JSON object with these fields and no others."""
    try:
        body = await request.json()
    except ValueError as error:
        raise bad("the body is not JSON") from error
    if not isinstance(body, dict):
        raise bad("the body is not a JSON object")
    missing = set(required) - body.keys()
    unknown = body.keys() - {*required, *optional}
    if missing or unknown:
        raise bad(f"missing: {sorted(missing)}, unknown: {sorted(unknown)}")
    return body


def someone(twin: Twin, user: str) -> Person:
    """The person, whatever their state."""
    person = twin.workspace.people.get(user)
    if person is None:
        raise Impossible(f"nobody has the id {user!r}")
    return person


def actor(twin: Twin, body: Payload) -> Person:
    """The person who acts; with `force`, even one whom Slack would not let in."""
    person = someone(twin, body["user"])
    shut_out = person.deleted or person.is_bot or person.is_invited_user
    if shut_out and not body.get("force"):
        raise Impossible(f"{person.name} cannot sign in to Slack", HTTPStatus.FORBIDDEN)
    return person


def place(twin: Twin, person: Person, body: Payload) -> Channel:
    """The channel where the person acts, which they are in (or are forced into)."""
    channel = twin.workspace.channels.get(body["channel"])
    if channel is None:
        raise Impossible(f"no channel has the id {body['channel']!r}")
    if person.id not in channel.members and not body.get("force"):
        raise Impossible(f"{person.name} is not in #{channel.name}")
    return channel


def refuse_foreigner(person: Person, body: Payload) -> None:
    """Commands and shortcuts are only for the workspace that installed the app."""
    if person.team_id != TEAM_ID and not body.get("force"):
        raise Impossible(f"{person.name}'s workspace has no such app", HTTPStatus.FORBIDDEN)
