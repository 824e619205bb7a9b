"""Live links: those that can still be opened, or are being opened."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from bot.domain.environments import Environment
from bot.domain.keys import BY_API_KEY, BY_NAME, may_be_api_key
from bot.domain.links import Link, LinkState
from bot.domain.pending import PendingCredentials, PendingState


@dataclass(frozen=True)
class LiveLink:
    """A link, and the credentials behind it."""

    link: Link
    pending: PendingCredentials

    @property
    def opening(self) -> bool:
        """Whether it is being opened at the moment."""
        return self.link.state is LinkState.OPENING

    def lives(self, now: datetime) -> bool:
        """Whether it is live; an opening that began in time goes on after its link's end."""
        waits = self.pending.state is PendingState.WAITING and self.link.there
        return waits and (self.opening or not self.link.over(now))

    def answers_to(self, text: str, env: str | None) -> bool:
        """Whether a person means this one: by its key's API key or name, and environment.

        As with keys, a text that may be an API key is never taken for a name.
        """
        pending = self.pending
        place = Environment(pending.environment_id, pending.environment_name, pending.cloud_name)
        if env is not None and not place.answers_to(env):
            return False
        if text.startswith(BY_NAME):
            return text.removeprefix(BY_NAME) == pending.name
        if text.startswith(BY_API_KEY) or may_be_api_key(text):
            return text.removeprefix(BY_API_KEY) == pending.api_key
        return text == pending.name


@dataclass(frozen=True)
class LinkEnded:
    """What is told of a link that its owner did not end: to them, or to who requested it.

    `owner` is the Slack user whose link it was, where another person reads it.
    """

    pending_id: str
    name: str
    environment: str
    owner: str = ""

    def write(self) -> str:
        """Write it as the text of a notification."""
        others = [self.owner] if self.owner else []
        return json.dumps([self.pending_id, self.name, self.environment, *others])

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it. Raises `ValueError` where another version wrote it."""
        pending_id, name, environment, *others = map(str, json.loads(text))
        return cls(pending_id, name, environment, *others)
