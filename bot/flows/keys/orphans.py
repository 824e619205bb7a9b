"""Which owners of keys have left: deactivated at Slack, or no longer an enabled Cloudinary user."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from bot.domain.people import Actor, CloudinaryUser
from bot.errors import NO_MEMBER, SlackError
from bot.flows import reads
from bot.flows.ports import Bindings, Directory


class Roster(Protocol):
    """All users of the Cloudinary account. May raise `CloudinaryError`."""

    async def all_users(self) -> list[CloudinaryUser]:
        """Every user of the account."""


@dataclass(frozen=True)
class Departed:
    """Looks at many owners at once: one list of users, and what is kept of Slack's members."""

    directory: Directory
    roster: Roster
    bindings: Bindings

    async def among(self, owners: Iterable[Actor]) -> frozenset[Actor]:
        """Those who have left. A member who never had a Cloudinary user has not."""
        people = list(dict.fromkeys(owners))
        if not people:
            return frozenset()
        users = {user.id for user in await self.roster.all_users() if user.enabled}

        async def left(owner: Actor) -> bool:
            return await self._left(owner, users)

        found = await reads.each(left, people)
        return frozenset(it for it, gone in zip(people, found, strict=True) if gone)

    async def _left(self, owner: Actor, users: set[str]) -> bool:
        try:
            profile = await self.directory.profile(owner)
        except SlackError as error:
            if error.code in NO_MEMBER:
                return True
            raise
        own = (await self.bindings.bound(owner, "")).own
        return profile.deleted or (own is not None and own.cloudinary_id not in users)
