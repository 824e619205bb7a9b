"""Product environments (`sub_accounts`)."""

import re

from aiohttp import web

from sandbox import at_cloudinary
from sandbox.cloudinary.fields import Fields, fields_of
from sandbox.cloudinary.queries import query_of
from sandbox.cloudinary.records import Environment
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.requests import SECRETS_ON_READ, Json, account_of
from sandbox.cloudinary.state import Account

CLOUD = re.compile(r"[A-Za-z0-9_-]+")


def shown(environment: Environment, *, secret: bool = True) -> Json:
    """An environment as the API gives it; its keys have other field names there."""
    keys = [
        {
            "key": key.api_key,
            **({"secret": key.api_secret} if secret else {}),
            "enabled": key.enabled,
        }
        for key in environment.keys
    ]
    return {
        "cloud_name": environment.cloud_name,
        "name": environment.name,
        "enabled": environment.enabled,
        "id": environment.id,
        "api_access_keys": keys,
        "created_at": environment.created_at,
        "updated_at": environment.updated_at,
        **(
            {"custom_attributes": environment.custom_attributes}
            if environment.custom_attributes
            else {}
        ),
    }


def _answer(request: web.Request, environment: Environment) -> web.Response:
    return web.json_response(shown(environment, secret=request.app[SECRETS_ON_READ]))


def _environment(request: web.Request) -> Environment:
    return account_of(request).environment(request.match_info["sub_account_id"])


async def index(request: web.Request) -> web.Response:
    """List environments; if ids are given, the other filters do not apply."""
    query = query_of(request)
    ids, clouds = query.texts("ids"), [cloud.lower() for cloud in query.texts("cloud_names")]
    enabled, prefix = query.flag("enabled"), (query.text("prefix") or "").lower()
    found = [
        environment
        for environment in account_of(request).contents.environments
        if (ids and environment.id in ids)
        or (
            not ids
            and (enabled is None or environment.enabled is enabled)
            and (not clouds or environment.cloud_name.lower() in clouds)
            and environment.name.lower().startswith(prefix)
        )
    ]
    secret = request.app[SECRETS_ON_READ]
    return web.json_response(
        {"sub_accounts": [shown(environment, secret=secret) for environment in found]}
    )


def _cloud_name(
    account: Account, fields: Fields, otherwise: str, but: Environment | None = None
) -> str:
    """The given cloud name, or `otherwise`; it is unique in all accounts, ignoring case."""
    name = fields.text("cloud_name") or otherwise
    if not CLOUD.fullmatch(name):
        raise Refusal(400, "cloud_name holds letters, digits, hyphens and underscores")
    ours = account.contents.environments
    taken = {
        *at_cloudinary.CLOUDS_ELSEWHERE,
        *(environment.cloud_name.lower() for environment in ours if environment is not but),
    }
    if name.lower() in taken:
        raise Refusal(409, "Already exists")
    return name


async def create(request: web.Request) -> web.Response:
    """Create an environment and its root key."""
    account, fields = account_of(request), await fields_of(request)
    name, enabled = fields.required("name"), fields.flag("enabled")
    attributes, base = fields.object("custom_attributes"), fields.text("base_sub_account_id")
    if base and base not in {environment.id for environment in account.contents.environments}:
        raise Refusal(400, "cannot find sub account")
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", name)
    environment = account.add_environment(name, _cloud_name(account, fields, plain))
    environment.custom_attributes = attributes or {}
    environment.enabled = enabled is not False
    return web.json_response(shown(environment))


async def get(request: web.Request) -> web.Response:
    """Give one environment."""
    return _answer(request, _environment(request))


async def update(request: web.Request) -> web.Response:
    """Change an environment."""
    account, environment, fields = (
        account_of(request),
        _environment(request),
        await fields_of(request),
    )
    name, enabled = fields.text("name"), fields.flag("enabled")
    attributes = fields.object("custom_attributes")
    environment.cloud_name = _cloud_name(account, fields, environment.cloud_name, environment)
    environment.name = name or environment.name
    environment.enabled = environment.enabled if enabled is None else enabled
    environment.custom_attributes = (
        environment.custom_attributes if attributes is None else attributes
    )
    environment.updated_at = account.stamp()
    return _answer(request, environment)


async def delete(request: web.Request) -> web.Response:
    """Delete an environment."""
    account_of(request).remove_environment(_environment(request))
    return web.json_response({"message": "ok"})
