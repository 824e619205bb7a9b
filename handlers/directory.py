"""Events about people: `user_change` and `team_join` make the directory forget what it keeps.

Who left Slack loses their links (`bot.flows.links.keep`), and may be proposed for offboarding
(`bot.flows.offboard.departures`).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.people import Profile
from bot.flows.directory import FreshDirectory
from handlers.origin import Body

NOT_SAID: Final[dict[str, object]] = {"deleted": False, "is_email_confirmed": True}
"""What an event that leaves it out does not say: no one loses a link by it, or is proposed."""


@dataclass(frozen=True)
class UserEvents:
    """Takes hints that a user changed: `read` reads Slack's user object, `hear` hear of it too."""

    directory: FreshDirectory
    read: Callable[[Body], Profile]
    hear: Sequence[Callable[[Profile], Awaitable[None]]]

    async def changed(self, body: Body) -> None:
        """Pass the hint on before the ack: without it, Slack delivers the event again."""
        event = body.get("event")
        user = event.get("user") if isinstance(event, dict) else None
        if isinstance(user, dict) and user.get("id"):
            profile = self.read(user)
            await self.directory.changed(profile)
            told = self.read(NOT_SAID | user)
            for heard in self.hear:
                await heard(told)
