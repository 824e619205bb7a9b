"""Access to the control surface, for this machine's own pages and programs, and its arguments."""

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
    """The action is not possible in Slack; the reason is the error of the answer."""

    def __init__(self, reason: str, status: int = HTTPStatus.NOT_FOUND) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


def bad(reason: object) -> Impossible:
    """The error for an invalid request (400)."""
    return Impossible(str(reason), HTTPStatus.BAD_REQUEST)


def _from_elsewhere(request: web.Request) -> bool:
    """Whether the request has a foreign host name (DNS rebinding) or comes from a foreign page."""
    origin = request.headers.get("Origin")
    foreign_host = URL(f"http://{request.host}").host not in _LOOPBACK
    return foreign_host or origin not in {None, f"http://{request.host}"}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign requests, and turn `Impossible` into JSON."""
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
    """Read a JSON object with these fields and no others; raises `Impossible` (400)."""
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


def find_person(twin: Twin, user: str) -> Person:
    """The person with this id, even if deactivated; raises `Impossible`."""
    person = twin.workspace.people.get(user)
    if person is None:
        raise Impossible(f"no person has the id {user!r}")
    return person


def actor(twin: Twin, body: Payload) -> Person:
    """The person who acts; with `force`, even one who cannot sign in."""
    person = find_person(twin, body["user"])
    shut_out = person.deleted or person.is_bot or person.is_invited_user
    if shut_out and not body.get("force"):
        raise Impossible(f"{person.name} cannot sign in to Slack", HTTPStatus.FORBIDDEN)
    return person


def find_channel(twin: Twin, person: Person, body: Payload) -> Channel:
    """The channel where the person acts; only `force` lets them act where they are no member."""
    channel = twin.workspace.channels.get(body["channel"])
    if channel is None:
        raise Impossible(f"no channel has the id {body['channel']!r}")
    if person.id not in channel.members and not body.get("force"):
        raise Impossible(f"{person.name} is not in #{channel.name}")
    return channel


def refuse_foreigner(person: Person, body: Payload) -> None:
    """Refuse people of other workspaces, which do not have the app's commands and shortcuts."""
    if person.team_id != TEAM_ID and not body.get("force"):
        raise Impossible(f"{person.name}'s workspace has no such app", HTTPStatus.FORBIDDEN)
