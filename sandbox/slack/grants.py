"""Short-lived grants that a delivery gives to the bot: trigger ids and response URLs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sandbox.company import TEAM_ID
from sandbox.slack.refusals import Refusal

_NOT_FOUND = 404
_GONE = 410
_TRIGGER_BYTES = 16
_URL_BYTES = 18


@dataclass(frozen=True)
class Trigger:
    """The right to open one modal for one person until `expires` (Unix seconds)."""

    user: str
    expires: float
    exchanged: bool = False


@dataclass
class Triggers:
    """Trigger ids: each can be exchanged once, within `ttl` seconds."""

    ttl: float
    clock: Callable[[], float]
    issued: dict[str, Trigger] = field(default_factory=dict)

    def issue(self, user: str) -> str:
        """Give an id to put in a payload."""
        now = self.clock()
        trigger_id = (
            f"{int(now * 1000)}.{secrets.randbelow(10**11)}.{secrets.token_hex(_TRIGGER_BYTES)}"
        )
        self.issued[trigger_id] = Trigger(user, now + self.ttl)
        return trigger_id

    def exchange(self, trigger_id: str) -> str:
        """Use up an id and give its person; raises the refusals of views.open."""
        trigger = self.issued.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.exchanged:
            raise Refusal("exchanged_trigger_id")
        if self.clock() > trigger.expires:
            raise Refusal("expired_trigger_id")
        self.issued[trigger_id] = replace(trigger, exchanged=True)
        return trigger.user


@dataclass(frozen=True)
class ResponseUrl:
    """The right to answer one interaction until `expires` (Unix seconds).

    `source` is the `ts` of the message that the person acted on, `url` the whole address.
    """

    user: str
    channel: str
    expires: float
    uses_left: int
    source: str | None = None
    url: str = ""


@dataclass
class ResponseUrls:
    """Response URLs: secrets that can be used `uses` times within `ttl` seconds."""

    base: str
    ttl: float
    uses: int
    clock: Callable[[], float]
    issued: dict[str, ResponseUrl] = field(default_factory=dict)

    def issue(self, user: str, channel: str, source: str | None = None) -> str:
        """Give an unguessable URL to put in a payload."""
        path = f"{TEAM_ID}/{secrets.token_urlsafe(_URL_BYTES)}"
        expires = self.clock() + self.ttl
        url = f"{self.base}/response/{path}"
        self.issued[path] = ResponseUrl(user, channel, expires, self.uses, source, url)
        return url

    def spend(self, path: str) -> ResponseUrl:
        """Count one use of a URL; Slack does not document the names of its errors."""
        grant = self.issued.get(path)
        if grant is None:
            raise Refusal("url_not_found", status=_NOT_FOUND)
        if self.clock() > grant.expires:
            raise Refusal("expired_url", status=_GONE)
        if grant.uses_left == 0:
            raise Refusal("used_url", status=_NOT_FOUND)
        self.issued[path] = replace(grant, uses_left=grant.uses_left - 1)
        return grant
