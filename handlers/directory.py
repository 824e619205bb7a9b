"""Events about people: `user_change` and `team_join` make the directory forget what it keeps."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.people import Profile
from bot.flows.directory import FreshDirectory
from handlers.origin import Body


@dataclass(frozen=True)
class UserEvents:
    """Takes hints that a user changed; `read` reads Slack's user object."""

    directory: FreshDirectory
    read: Callable[[Body], Profile]

    async def changed(self, body: Body) -> None:
        """Pass the hint on before the ack: without it, Slack delivers the event again."""
        event = body.get("event")
        user = event.get("user") if isinstance(event, dict) else None
        if isinstance(user, dict) and user.get("id"):
            await self.directory.changed(self.read(user))
