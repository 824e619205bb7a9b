"""`check`: tries everything that the bot depends on, and prints how to fix each fault."""

import argparse
import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import aiohttp

from bot.adapters.cedar.policy import CedarPolicy
from bot.adapters.logs import configure
from bot.adapters.redis.permissions import RedisPermissions
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_ledger
from bot.app import open_cloudinary, open_linter, open_outside, open_redis, open_slack, stores_of
from bot.cards.environments import tier_line
from bot.cards.kit import plain
from bot.cards.policy_lint import sentence
from bot.cli import QUIET, Subparsers
from bot.domain.audit import AuditEvent, Entry
from bot.errors import (
    CloudinaryError,
    ConfigurationError,
    KeysmithError,
    RateLimited,
    SlackAway,
    SlackError,
    Unavailable,
)
from bot.flows.accounts.tiered import TieredAccount
from bot.settings import Settings, StoreSettings, read_settings

SCOPES: Final = frozenset(
    (
        *("channels:history", "chat:write", "commands", "groups:history", "im:history"),
        *("im:write", "usergroups:read", "users:read", "users:read.email"),
    )
)
"""The scopes of the shipped manifest."""

Check = Callable[[Settings, aiohttp.ClientSession], Awaitable[str]]


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    about = "check the configuration, and say what to do about faults"
    parser = subparsers.add_parser("check", help=about)
    confirm = "confirm that the account has lost Cloudinary's Permissions API on purpose"
    parser.add_argument("--without-permissions", action="store_true", help=confirm)
    parser.set_defaults(run=run)


async def run(arguments: argparse.Namespace) -> int:
    """Run every check and print its result; the exit code is 0 if all pass."""
    configure(QUIET)
    if arguments.without_permissions:
        await _confirm(read_settings(StoreSettings))
    try:
        settings = read_settings(Settings)
    except ConfigurationError as error:
        sys.stdout.write(f"FAULT  configuration: {error}\n")
        return 1
    sys.stdout.write("ok     configuration: every name is there and readable\n")
    async with aiohttp.ClientSession() as session:
        results = [await _one(name, check, settings, session) for name, check in CHECKS.items()]
        if all(results):
            await _look(settings, session)
    return 0 if all(results) else 1


async def _confirm(settings: StoreSettings) -> None:
    """Forget that the account had the Permissions API; the audit log keeps who may have known."""
    entry = Entry(datetime.now(UTC), AuditEvent.DONE, "permissions:off", detail=getpass.getuser())
    async with open_redis(settings, reading=True) as redis:
        forgotten = await RedisPermissions(Store(redis), open_ledger(redis, settings.keys)).forget(
            entry
        )
    text = "confirmed: the account is without it" if forgotten else "there was nothing to confirm"
    sys.stdout.write(f"ok     Permissions API: {text}\n")


async def _look(settings: Settings, session: aiohttp.ClientSession) -> None:
    """Print every environment's tier and the findings about the policy; none of it is a fault."""
    try:
        outside = await open_outside(settings, session)
        async with open_redis(settings, reading=True) as redis:
            stores = stores_of(settings, redis)
            places = await TieredAccount(outside.cloudinary, stores.tiers).environments()
            sys.stdout.writelines(f"look   tier: {plain(tier_line(it))}\n" for it in places)
            found = await open_linter(outside, stores).look()
    except KeysmithError as error:
        sys.stdout.write(f"look   rules: could not be looked at ({error})\n")
        return
    sys.stdout.writelines(f"look   rules: {sentence(finding)}\n" for finding in found)
    if not found:
        sys.stdout.write("ok     rules: each can work for the people there are\n")


async def _one(name: str, check: Check, settings: Settings, session: aiohttp.ClientSession) -> bool:
    try:
        sys.stdout.write(f"ok     {name}: {await check(settings, session)}\n")
    except KeysmithError as error:
        sys.stdout.write(f"FAULT  {name}: {error}\n")
        return False
    return True


async def _policy(settings: Settings, _: aiohttp.ClientSession) -> str:
    CedarPolicy.load(settings.policy_file)
    return f"{settings.policy_file} is valid"


async def _slack(settings: Settings, session: aiohttp.ClientSession) -> str:
    try:
        team, scopes = await open_slack(settings, session).workspace_and_scopes()
    except SlackAway as error:
        raise ConfigurationError(f"Slack does not answer: {error.reason}.") from error
    except SlackError as error:
        raise ConfigurationError(
            f"SLACK_BOT_TOKEN is refused ({error.code}). Copy the bot token of the installed app."
        ) from error
    missing = SCOPES - scopes if scopes else frozenset()  # a proxy may drop the header
    if missing:
        raise ConfigurationError(
            f"the token lacks {', '.join(sorted(missing))}. Add them, and install the app again."
        )
    return f"the token is of {team.name} and has the scopes it needs"


async def _redis(settings: Settings, _: aiohttp.ClientSession) -> str:
    async with open_redis(settings, reading=True) as redis:
        await Store(redis).call("PING")
    return "answers" if settings.redis_url else "the private server answers; it is for one machine"


async def _cloudinary(settings: Settings, session: aiohttp.ClientSession) -> str:
    account = open_cloudinary(settings, session)
    try:
        places = await account.environments()
        for place in places:
            await account.keys(place.id)
    except (RateLimited, Unavailable) as error:
        raise ConfigurationError(f"{error.message}.") from error
    except CloudinaryError as error:
        raise ConfigurationError(
            f"{error.message}. Look at CLOUDINARY_ACCOUNT_URL, and at the account key's roles."
        ) from error
    return f"{len(places)} product environments, and the account key may read their keys"


async def _permissions(settings: Settings, session: aiohttp.ClientSession) -> str:
    there = await open_cloudinary(settings, session).has_permissions_api()
    by = "Cloudinary's own policies" if there else "the fixed roles; the account has no policies"
    return f"the rights of people on keys come from {by}"


CHECKS: Final = {
    "policy": _policy,
    "slack": _slack,
    "redis": _redis,
    "cloudinary": _cloudinary,
    "permissions": _permissions,
}
