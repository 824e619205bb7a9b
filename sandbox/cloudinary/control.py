"""The control surface under /sandbox/, with which tests and the page drive the account."""

from dataclasses import asdict
from http import HTTPStatus
from ipaddress import ip_address

from aiohttp import web

from sandbox.cloudinary.certificates import TLS_SERVERS
from sandbox.cloudinary.faults import TRAFFIC, Fault, Kind
from sandbox.cloudinary.fields import Fields
from sandbox.cloudinary.holders import held
from sandbox.cloudinary.records import Assignment
from sandbox.cloudinary.refusals import Handler
from sandbox.cloudinary.requests import ENABLED, account_of, as_list, body_of
from sandbox.cloudinary.roles import ROLES


@web.middleware
async def local(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests under a foreign host name, so that DNS rebinding cannot drive the sandbox."""
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
    """Give the whole account, secrets included; with `?held`, who holds which role, too."""
    account, enabled = account_of(request), request.app[ENABLED]
    contents, wanted = account.contents, enabled and "held" in request.query
    return web.json_response(
        {
            "permissions": enabled,
            "own_key": account.own_key,
            "environments": [asdict(environment) for environment in contents.environments],
            "users": [asdict(member) for member in contents.members],
            "groups": [asdict(group) for group in contents.groups],
            "assignments": [asdict(assignment) for assignment in contents.assignments],
            **({"held": [_held(each) for each in held(contents)]} if wanted else {}),
        }
    )


def _held(each: Assignment) -> dict[str, object]:
    return {**asdict(each), "role": ROLES[each.role_id].name}


async def own_role(request: web.Request) -> web.Response:
    """Give the account key the master role of an environment, or take it; without one, all."""
    account, fields = account_of(request), Fields(await body_of(request))
    wanted, taken = fields.text("environment"), fields.flag("taken")
    everywhere = [None, *(each.id for each in account.contents.environments)]
    scopes = [account.environment(wanted).id] if wanted else everywhere
    account.change_own_roles(scopes, taken=bool(taken))
    return web.json_response({"ok": True})


async def user(request: web.Request) -> web.Response:
    """Change what only the user can: whether the invitation is pending, and how they sign in."""
    account, fields = account_of(request), Fields(await body_of(request))
    member = account.member(request.match_info["user_id"])
    pending, providers = fields.flag("pending"), fields.texts("providers")
    member.pending = member.pending if pending is None else pending
    member.providers = member.providers if providers is None else providers
    account.save()
    return web.json_response({"ok": True})


async def reset(request: web.Request) -> web.Response:
    """Restore the seed, and forget faults and calls."""
    account_of(request).reset()
    request.app[TRAFFIC].planned.clear()
    request.app[TRAFFIC].calls.clear()
    return web.json_response({"ok": True})


async def add_fault(request: web.Request) -> web.Response:
    """Plan a fault."""
    body = await body_of(request)
    try:
        fault = Fault(**{**body, "kind": Kind(str(body.get("kind")))})
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=HTTPStatus.BAD_REQUEST)
    request.app[TRAFFIC].planned.append(fault)
    return web.json_response({"ok": True})


async def clear_faults(request: web.Request) -> web.Response:
    """Forget every planned fault."""
    request.app[TRAFFIC].planned.clear()
    return web.json_response({"ok": True})


async def certificate(request: web.Request) -> web.Response:
    """Start a TLS server with a certificate for the given names; `authority` issued it."""
    body, servers = await body_of(request), request.app[TLS_SERVERS]
    names = as_list(body.get("names")) or ["elsewhere.example"]
    url = await servers.start(names, request.url.port or 0, expired=bool(body.get("expired")))
    return web.json_response({"url": url, "authority": servers.certificate})


async def calls(request: web.Request) -> web.Response:
    """Give every call of the API since the last reset."""
    found = request.app[TRAFFIC].calls
    changes = [
        call for call in found if call["method"] != "GET" and call["status"] == HTTPStatus.OK
    ]
    return web.json_response({"requests": found, "changes": len(changes)})


async def clear_calls(request: web.Request) -> web.Response:
    """Forget the calls."""
    request.app[TRAFFIC].calls.clear()
    return web.json_response({"ok": True})
