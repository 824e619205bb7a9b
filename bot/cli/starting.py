"""Reaches the services at the start: waits for one that is away, and ends at a wrong setting.

What waits: no answer, an answer that says "later", a certificate or a proxy that fails. What ends
the start: a refusal of a token, a key or a password, which no waiting heals. The Permissions API is
no exception: only Cloudinary's own answer says whether the account has it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import aiohttp
import structlog
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError

from bot.adapters.cedar.policy import CedarPolicy
from bot.adapters.clock import SystemClock
from bot.adapters.redis.faults import UNUSABLE, in_words
from bot.adapters.redis.permissions import known_mode
from bot.adapters.redis.store import Store
from bot.domain.checks.slack_rules import Slack
from bot.errors import (
    CloudinaryError,
    ConfigurationError,
    Forbidden,
    Halted,
    KeysmithError,
    NotFound,
    RateLimited,
    SlackAway,
    SlackError,
    StoreError,
    Unauthorized,
    Unavailable,
)
from bot.flows.ports import Clock
from bot.outside import Outside, open_cloudinary, open_slack
from bot.settings import Settings

_log = structlog.get_logger("keysmith.starting")

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]

BOT_TOKEN: Final = "SLACK_BOT_TOKEN"  # noqa: S105  # the name of a variable
FIRST_PAUSE: Final = 1.0
"""Seconds until a service that is away is asked again; doubled each time."""
LONGEST_PAUSE: Final = 30.0
"""Seconds between two tries at most."""

_REFUSED: Final = {
    "account_inactive": "belongs to a deactivated user or an uninstalled app",
    "invalid_auth": "is no valid token",
    "not_allowed_token_type": "is of the wrong kind",
    "not_authed": "is no valid token",
    "token_expired": "has expired",
    "token_revoked": "is revoked",
}
"""What Slack's codes say about a token."""


@dataclass(frozen=True)
class Reaching:
    """Calls services until they answer. Raises `ConfigurationError` where waiting heals nothing."""

    awaited: dict[str, str]
    """By service, why it is waited for; `/readyz` tells it."""
    first_pause: float = FIRST_PAUSE
    serves: bool = False
    """Whether the process serves already: a refusal is a reason then, and does not end it."""
    sleep: Sleep = asyncio.sleep

    async def until_answered(
        self, name: str, call: Callable[[], Awaitable[T]], token: str = BOT_TOKEN
    ) -> T:
        """Repeat a call while its service is away; the log has each new reason once.

        `token` is the variable whose token Slack may refuse.
        """
        pause = self.first_pause
        while True:
            try:
                found = await call()
            except (SlackError, CloudinaryError, StoreError) as error:
                reason = self._reason(error, token)
                asked = error.retry_after if isinstance(error, SlackAway) else 0.0
            else:
                if self.awaited.pop(name, ""):
                    _log.info("reached", service=name)
                return found
            if self.awaited.get(name) != reason:
                self.awaited[name] = reason
                _log.warning("waiting", service=name, reason=reason)
            await self.sleep(max(pause, asked))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _reason(self, error: KeysmithError, token: str) -> str:
        try:
            return wait_for(error, token)
        except ConfigurationError as refused:
            if self.serves:
                return f"{refused} Restart after a change"
            raise

    async def outside(
        self, settings: Settings, session: aiohttp.ClientSession, redis: Redis, clock: Clock | None
    ) -> Outside:
        """Reach Redis, Slack and Cloudinary side by side."""
        policy = CedarPolicy.load(settings.policy_file, signs_in=settings.signs_in)
        slack, cloudinary = open_slack(settings, session), open_cloudinary(settings, session)
        store, calls = Store(redis), settings.has_account
        permissions_api = cloudinary.has_permissions_api if calls else partial(known_mode, store)
        service = "Cloudinary" if calls else "Redis: mode"
        try:
            async with asyncio.TaskGroup() as group:
                until = self.until_answered
                group.create_task(until("Redis", lambda: store.call("PING")))
                team = group.create_task(until("Slack", slack.workspace))
                permissions = group.create_task(until(service, permissions_api))
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from None
        team_id = team.result().id
        if settings.slack_team_id not in {None, team_id}:
            raise ConfigurationError(f"SLACK_BOT_TOKEN belongs to {team_id}, not to SLACK_TEAM_ID.")
        return Outside(
            *(settings, session, slack, cloudinary, policy),
            *(team.result(), permissions.result(), clock or SystemClock()),
        )


def wait_for(error: KeysmithError, token: str = BOT_TOKEN) -> str:
    """Say why a service is away; raises `ConfigurationError` where it refuses a setting."""
    match error:
        case SlackAway():
            return error.reason
        case Unavailable() | RateLimited():
            return error.message
        case Halted():
            return f"halted: {error}; run `keysmith recover`"
        case StoreError() if not isinstance(
            error.__cause__, AuthenticationError | NoPermissionError
        ):
            return in_words(error)
    raise refusal(error, token) from error


def refusal(error: KeysmithError, token: str = BOT_TOKEN) -> ConfigurationError:
    """Name the setting that a service refuses, and what to do."""
    match error:
        case SlackError():
            return _slack_refusal(error, token)
        case Unauthorized():
            text = "Cloudinary refuses the key or the secret in CLOUDINARY_ACCOUNT_URL"
            more = "Copy them again: Console, Settings, Account API keys."
            return ConfigurationError(f"{text}: {error.message}. {more}")
        case Forbidden() | NotFound():
            text = "Cloudinary knows the account key, but refuses to list its environments"
            more = "Look at the account id in CLOUDINARY_ACCOUNT_URL, and at the key's roles."
            return ConfigurationError(f"{text}: {error.message}. {more}")
        case CloudinaryError():
            return ConfigurationError(f"Cloudinary refuses Keysmith's call: {error.message}.")
        case StoreError():
            return ConfigurationError(f"{UNUSABLE}{in_words(error)}.")
        case _:
            return ConfigurationError(str(error))


def _slack_refusal(error: SlackError, name: str) -> ConfigurationError:
    """Say what is wrong with the token in this variable."""
    what = _REFUSED.get(error.code)
    if what is None:
        return ConfigurationError(f"Slack refuses Keysmith's call with {name}: {error.code}.")
    rule = Slack.TOKEN_REFUSED if name == BOT_TOKEN else Slack.APP_TOKEN_REFUSED
    return ConfigurationError(f"Slack refuses {name} ({error.code}): it {what}. {rule.remedy}")
