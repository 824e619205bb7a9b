"""Turns the settings into the probes of `check` and `/cld doctor`."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr
from redis.asyncio import Redis

from bot.adapters.checks.cloudinary import CloudinaryProbe
from bot.adapters.checks.policy import PolicyProbe, RulesProbe
from bot.adapters.checks.redis import Connect, RedisProbe
from bot.adapters.checks.slack import SlackProbe
from bot.adapters.checks.web import Port, WebProbe
from bot.adapters.redis.connection import Use
from bot.app import open_linter, open_redis, stores_of
from bot.domain.checks.findings import Finding
from bot.domain.checks.rules import Check
from bot.domain.checks.settings import (
    SIGNING_SECRET,
    Values,
    examine_settings,
    guessable,
    token_kind,
)
from bot.domain.environments import Environment
from bot.domain.policy_lint import Finding as LintFinding
from bot.domain.redis_url import Topology
from bot.flows.accounts.tiered import TieredAccount
from bot.flows.examine import Examination, Probe, Skipped
from bot.outside import open_cloudinary, open_outside, open_sign_in, open_slack
from bot.setting_values import is_loopback
from bot.settings import Settings

NEEDED: Final = {
    "policy": ("POLICY_FILE",),
    "slack": ("SLACK_BOT_TOKEN", "SLACK_API_URL"),
    "redis": ("REDIS_URL",),
    "cloudinary": ("CLOUDINARY_ACCOUNT_URL", "CLOUDINARY_API_URL"),
    "web": ("PUBLIC_URL", "PORT", "ADMIN_PORT"),
}
"""The variables without which there is nothing to ask."""
LOOPBACK: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"  # as `serve` binds a public bot


@dataclass(frozen=True)
class SettingsProbe:
    """Looks at the variables."""

    values: Values

    async def look(self) -> list[Finding]:
        """Examine them."""
        return examine_settings(self.values)


def open_examination(
    settings: Settings,
    session: aiohttp.ClientSession,
    wrong: Mapping[str, str],
    *,
    listens: bool = False,
) -> Examination:
    """Build every probe; one that lacks a variable, which is `wrong`, only says so.

    With `listens`, a port that is free is listened on for as long as the probe runs.
    """
    connect = _in_turn(settings)
    cloudinary = open_cloudinary(settings, session)
    untold = any(_is_of(each, "redis") or each == "KEYSMITH_KEYS" for each in wrong)
    had = None if untold else partial(_had, settings, connect)
    probes: dict[str, Probe] = {
        "policy": PolicyProbe(settings.policy_file, signs_in=settings.signs_in),
        "slack": _slack(settings, session),
        "redis": RedisProbe(
            connect,
            private=not settings.redis_url,
            public=_is_public(settings),
            clustered=_is_clustered(settings),
        ),
        "cloudinary": CloudinaryProbe(cloudinary, settings.operators, had),
        "web": WebProbe(session, settings.public_url, _ports(settings) if listens else ()),
    }
    for name, needed in NEEDED.items():
        if lacking := tuple(each for each in wrong if each in needed or _is_of(each, name)):
            probes[name] = Skipped(name, lacking)
    every = {name for names in NEEDED.values() for name in names} | {"KEYSMITH_KEYS"}
    lacking = tuple(each for each in wrong if each in every or _is_of(each, "redis"))
    probes["rules"] = Skipped("rules", lacking) if lacking else _rules(settings, session, connect)
    if not settings.has_account:
        of_workers = ("CLOUDINARY_ACCOUNT_URL",), Check.BY_WORKERS
        probes |= {name: Skipped(name, *of_workers) for name in ("cloudinary", "rules")}
    return Examination({"settings": SettingsProbe(values_of(settings, wrong)), **probes})


def _is_of(variable: str, probe: str) -> bool:
    """Whether a variable is one of Redis's, all of which together say where it is."""
    return probe == "redis" and variable.startswith("REDIS_")


def _in_turn(settings: Settings) -> Connect:
    """Open Redis for one probe at a time: a private server is started for each, and stopped."""
    turn = asyncio.Lock()

    @asynccontextmanager
    async def connect() -> AsyncIterator[Redis]:
        async with turn, open_redis(settings, Use.TRY) as redis:
            yield redis

    return connect


def _rules(settings: Settings, session: aiohttp.ClientSession, connect: Connect) -> RulesProbe:
    async def read() -> tuple[Sequence[Environment], Sequence[LintFinding]]:
        outside = await open_outside(settings, session)
        async with connect() as redis:
            stores = stores_of(settings, redis)
            places = await TieredAccount(outside.cloudinary, stores.tiers).environments()
            return places, await open_linter(outside, stores).look()

    return RulesProbe(read)


async def _had(settings: Settings, connect: Connect) -> bool:
    async with connect() as redis:
        return await stores_of(settings, redis).permissions.had()


def _slack(settings: Settings, session: aiohttp.ClientSession) -> SlackProbe:
    return SlackProbe(
        open_slack(settings, session),
        session,
        _revealed(settings.slack_app_token),
        _revealed(settings.slack_config_token),
        settings.slack_team_id,
        _channels(settings),
        settings.operators,
        f"{settings.public_url}/slack/events",
        open_sign_in(settings, session, ""),
        public=_is_public(settings),
    )


def _ports(settings: Settings) -> list[Port]:
    host = EVERYWHERE if _is_public(settings) else LOOPBACK
    admin_host, admin_port = settings.admin_address
    ports = (
        Port("PORT", host, settings.port),
        Port("ADMIN_PORT", admin_host, admin_port, "/healthz"),
    )
    return [port for port in ports if port.number]


def _is_clustered(settings: Settings) -> bool:
    address = settings.redis
    return address is not None and address.topology is Topology.CLUSTER


def _is_public(settings: Settings) -> bool:
    return not is_loopback(settings.public_url)


def _channels(settings: Settings) -> dict[str, str]:
    named = {"APPROVALS_CHANNEL": settings.approvals_channel}
    named["SECURITY_CHANNEL"] = settings.security_channel or ""
    return {name: channel for name, channel in named.items() if channel}


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def values_of(settings: Settings, wrong: Mapping[str, str]) -> Values:
    """Sum the variables up without their secrets; what is wrong is judged by its own finding."""
    tokens = {
        "SLACK_BOT_TOKEN": _revealed(settings.slack_bot_token) or "",
        "SLACK_APP_TOKEN": _revealed(settings.slack_app_token) or "",
    }
    secret = _revealed(settings.slack_signing_secret)
    keys = () if "KEYSMITH_KEYS" in wrong else settings.keys
    judged = {name for name in ("SLACK_SIGNING_SECRET",) if name in wrong}
    shaped = None if secret is None or judged else bool(SIGNING_SECRET.fullmatch(secret))
    channels = {name: it for name, it in _channels(settings).items() if name not in wrong}
    return Values(
        wrong=wrong,
        names=frozenset(name.upper() for name in os.environ),
        known=frozenset(name.upper() for name in Settings.model_fields),
        tokens={name: token_kind(token) for name, token in tokens.items() if name not in wrong},
        signing_secret=shaped,
        keys_twice=len(set(keys)) < len(keys),
        keys_guessable=any(map(guessable, keys)),
        channels=channels,
        link_ttl=settings.link_ttl,
        request_ttl=settings.request_ttl,
        ports=(settings.port, settings.admin_address[1]),
        path=urlsplit(settings.public_url).path,
    )
