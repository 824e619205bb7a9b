"""What a test or the page does behind the API's back."""

from dataclasses import asdict
from http import HTTPStatus
from ipaddress import ip_address

from aiohttp import web

from sandbox.cloudinary.asking import account_of, as_list, body_of
from sandbox.cloudinary.certificates import DISGUISES
from sandbox.cloudinary.faults import SURROUNDINGS, Fault, Kind
from sandbox.cloudinary.refusals import Handler


@web.middleware
async def local(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page of somewhere else must not drive the sandbox by another name of this machine."""
    host = request.url.host or ""
    if host != "localhost" and not _is_loopback(host):
        return web.Response(status=HTTPStatus.FORBIDDEN, text="The sandbox is for this machine.")
    return await handler(request)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def state(request: web.Request) -> web.Response:
    """Everything, secrets included."""
    contents = account_of(request).contents
    return web.json_response(
        {
            "environments": [asdict(place) for place in contents.places],
            "users": [asdict(member) for member in contents.members],
            "groups": [asdict(group) for group in contents.groups],
            "assignments": [asdict(assignment) for assignment in contents.assignments],
        }
    )


async def reset(request: web.Request) -> web.Response:
    """Bring the seed back, and forget faults and calls."""
    account_of(request).reset()
    request.app[SURROUNDINGS].planned.clear()
    request.app[SURROUNDINGS].calls.clear()
    return web.json_response({"ok": True})


async def add_fault(request: web.Request) -> web.Response:
    """Plan a fault."""
    body = await body_of(request)
    try:
        fault = Fault(**{**body, "kind": Kind(str(body.get("kind")))})
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=HTTPStatus.BAD_REQUEST)
    request.app[SURROUNDINGS].planned.append(fault)
    return web.json_response({"ok": True})


async def clear_faults(request: web.Request) -> web.Response:
    """Forget every plan."""
    request.app[SURROUNDINGS].planned.clear()
    return web.json_response({"ok": True})


async def certificate(request: web.Request) -> web.Response:
    """Open a door with a certificate for the given names; whoever trusts `authority` may come."""
    names = as_list((await body_of(request)).get("names")) or ["elsewhere.example"]
    disguises = request.app[DISGUISES]
    url = await disguises.open(names, request.url.port or 0)
    return web.json_response({"url": url, "authority": disguises.certificate})


async def calls(request: web.Request) -> web.Response:
    """Every call of the API so far."""
    found = request.app[SURROUNDINGS].calls
    changes = [
        call for call in found if call["method"] != "GET" and call["status"] == HTTPStatus.OK
    ]
    return web.json_response({"requests": found, "changes": len(changes)})


async def clear_calls(request: web.Request) -> web.Response:
    """Forget them."""
    request.app[SURROUNDINGS].calls.clear()
    return web.json_response({"ok": True})
