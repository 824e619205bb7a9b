"""Events about people: `user_change` and `team_join` make the directory forget what it keeps.

Who left Slack may be proposed for offboarding (`bot.flows.offboard.departures`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.people import Profile
from bot.flows.directory import FreshDirectory
from handlers.origin import Body


@dataclass(frozen=True)
class UserEvents:
    """Takes hints that a user changed: `read` reads Slack's user object, `left` hears of it too."""

    directory: FreshDirectory
    read: Callable[[Body], Profile]
    left: Callable[[Profile], Awaitable[None]]

    async def changed(self, body: Body) -> None:
        """Pass the hint on before the ack: without it, Slack delivers the event again."""
        event = body.get("event")
        user = event.get("user") if isinstance(event, dict) else None
        if isinstance(user, dict) and user.get("id"):
            profile = self.read(user)
            await self.directory.changed(profile)
            await self.left(profile)
