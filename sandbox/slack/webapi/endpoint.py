"""`/api/<method>`: checks token, scopes and arguments, and runs the method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from aiohttp import web

from sandbox.company import APP_ID, BOT_ID, BOT_USER_ID, COMPANY, TEAM_DOMAIN, TEAM_ID
from sandbox.slack.faults import inject_after, inject_before
from sandbox.slack.grid import ENTERPRISE_ID
from sandbox.slack.manifest import export
from sandbox.slack.messages import note
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import TWIN, Twin
from sandbox.slack.webapi import arguments as args
from sandbox.slack.webapi import (
    chat,
    directory,
    files,
    history,
    lists,
    openid,
    reactions,
    team,
    usergroups,
    views,
)
from sandbox.slack.webapi.reference import document
from sandbox.slack.webapi.scopes import require


class Bearer(Enum):
    """Whose token a method accepts."""

    NONE = auto()
    BOT = auto()
    PERSON = auto()
    APP = auto()
    CONFIGURATION = auto()


@dataclass(frozen=True)
class Method:
    """One method: what it does with checked arguments, and the token that it needs."""

    run: Callable[[Twin, Payload], Payload]
    bearer: Bearer = Bearer.BOT


def _api_test(twin: Twin, arguments: Payload) -> Payload:
    del twin
    if "error" in arguments:
        raise Refusal(arguments["error"], extra={"args": arguments})
    return {"args": arguments}


def _auth_test(twin: Twin, arguments: Payload) -> Payload:
    del arguments
    bot = twin.workspace.people[BOT_USER_ID]
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": COMPANY,
        "user": bot.handle,
        "team_id": TEAM_ID,
        "user_id": bot.id,
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "is_enterprise_install": False,
        **({"enterprise_id": ENTERPRISE_ID} if twin.config.grid else {}),
    }


def _apps_connections_open(twin: Twin, arguments: Payload) -> Payload:
    del arguments
    base = twin.config.public_url.replace("http", "ws", 1)
    return {"url": f"{base}/socket/{twin.sockets.ticket()}"}


def _apps_manifest_export(twin: Twin, arguments: Payload) -> Payload:
    if arguments["app_id"] != APP_ID:
        raise Refusal("app_not_found")
    config = twin.config
    return {"manifest": export(config.manifest, twin.delivery.request_url, config.redirect_urls)}


_DEPRECATED = frozenset({"files.upload"})

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "api.test": Method(_api_test, Bearer.NONE),
        "apps.connections.open": Method(_apps_connections_open, Bearer.APP),
        "apps.manifest.export": Method(_apps_manifest_export, Bearer.CONFIGURATION),
        "auth.revoke": Method(openid.revoke, Bearer.PERSON),
        "auth.test": Method(_auth_test),
        "bots.info": Method(team.bots_info),
        "chat.delete": Method(chat.delete),
        "chat.getPermalink": Method(chat.get_permalink),
        "chat.postEphemeral": Method(chat.post_ephemeral),
        "chat.postMessage": Method(chat.post_message),
        "chat.update": Method(chat.update),
        "conversations.history": Method(history.conversations_history),
        "conversations.info": Method(directory.conversations_info),
        "conversations.list": Method(lists.conversations_list),
        "conversations.members": Method(directory.conversations_members),
        "conversations.open": Method(directory.conversations_open),
        "conversations.replies": Method(history.conversations_replies),
        "files.completeUploadExternal": Method(files.complete_upload),
        "files.getUploadURLExternal": Method(files.get_upload_url),
        "files.info": Method(files.info),
        "openid.connect.token": Method(openid.token, Bearer.NONE),
        "openid.connect.userInfo": Method(openid.user_info, Bearer.PERSON),
        "reactions.add": Method(reactions.add),
        "reactions.get": Method(reactions.get),
        "reactions.remove": Method(reactions.remove),
        "team.info": Method(team.team_info),
        "usergroups.list": Method(usergroups.groups_list),
        "usergroups.users.list": Method(usergroups.users_list),
        "users.conversations": Method(lists.users_conversations),
        "users.info": Method(directory.users_info),
        "users.list": Method(lists.users_list),
        "users.lookupByEmail": Method(directory.users_lookup_by_email),
        "views.open": Method(views.views_open),
        "views.publish": Method(views.views_publish),
        "views.push": Method(views.views_push),
        "views.update": Method(views.views_update),
    }
)


async def serve(request: web.Request) -> web.StreamResponse:
    """Answer one call; a refusal is HTTP 200 with `ok: false`, except for rate limits."""
    twin, name = request.app[TWIN], request.match_info["method"]
    fault = twin.faults.take(name)
    try:
        if fault is not None and (answer := await inject_before(request, fault)) is not None:
            return answer
        body = {"ok": True, **await _call(twin, name, request)}
    except Refusal as refusal:
        return web.json_response(refusal.as_json(), status=refusal.status, headers=refusal.headers)
    inject_after(request, fault)
    scopes = {"X-OAuth-Scopes": ",".join(sorted(twin.config.scopes))}
    return web.json_response(body, headers=scopes)


async def _call(twin: Twin, name: str, request: web.Request) -> Payload:
    arguments = await args.read(request)
    token = args.token_of(request, arguments)
    arguments |= args.client_of(request)
    logged = {name: value for name, value in arguments.items() if name != "client_secret"}
    twin.journal.sent(name, logged, user=logged.get("user"), channel=logged.get("channel"))
    try:
        return _run(twin, name, token, arguments)
    except Refusal as refusal:
        note(twin, name, refusal, logged)
        raise


def _run(twin: Twin, name: str, token: str | None, arguments: Payload) -> Payload:
    method = METHODS.get(name)
    if name in _DEPRECATED:
        raise Refusal("method_deprecated")
    if method is None:
        raise Refusal("unknown_method", extra={"req_method": name})
    _admit(twin, method.bearer, token)
    page = document(name)
    twin.quotas.admit(name, page.per_minute)
    if method.bearer is Bearer.BOT:
        require(twin, *page.scopes)
    checked = args.check(arguments, page)
    return method.run(
        twin, {**checked, "token": token} if method.bearer is Bearer.PERSON else checked
    )


def _admit(twin: Twin, bearer: Bearer, token: str | None) -> None:
    known = {twin.config.bot_token: Bearer.BOT, twin.config.app_token: Bearer.APP}
    known |= {twin.config.config_token: Bearer.CONFIGURATION}
    known |= dict.fromkeys(twin.sign_ins.tokens, Bearer.PERSON)
    if bearer is Bearer.NONE or known.get(token or "") is bearer:
        return
    if not token:
        raise Refusal("not_authed")
    raise Refusal("not_allowed_token_type" if token in known else "invalid_auth")
