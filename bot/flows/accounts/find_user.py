"""Finds the one Cloudinary user that a mention, an address or a Cloudinary id means.

A mention leads to the user that the Slack member is bound to, or else to the one with the address
that they confirmed. An address that only looks the same leads to no one.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.bindings import Binding, slack_name
from bot.domain.outcomes.users import NoSuchUser, UserSearchOutcome, UserUnclear, WhichUser
from bot.domain.people import Actor, CloudinaryUser, IdentityReason, Mismatch, find
from bot.errors import NotFound
from bot.flows.identity import People
from bot.flows.ports import Bindings
from bot.flows.user_ports import UserReader

MENTION: Final = re.compile("@?([UW][A-Z0-9]{2,})")


@dataclass(frozen=True)
class FoundUser:
    """One user, and the Slack member who they are, as far as that is known."""

    user: CloudinaryUser
    slack: Actor | None = None


@dataclass(frozen=True)
class UserSearch:
    """Reads everything now: what is found is about to be changed."""

    users: UserReader
    people: People
    bindings: Bindings

    async def find(self, asker: Actor, typed: str) -> FoundUser | UserSearchOutcome:
        """Find the user that a text of this person means."""
        text = typed.strip()
        if mention := MENTION.fullmatch(text):
            return await self._mentioned(replace(asker, user_id=mention[1]), text)
        if "@" in text:
            return await self._addressed(asker, text)
        try:
            return await self.with_member(asker, await self.users.user(text))
        except NotFound:
            return NoSuchUser(text)

    async def _mentioned(self, member: Actor, typed: str) -> FoundUser | UserSearchOutcome:
        bound = await self.bindings.bound(member, "")
        if bound.unreadable:
            return UserUnclear(typed, IdentityReason.UNREADABLE_BINDING)
        profile, found = await self.people.named(member)
        if isinstance(found, IdentityReason):
            return await self._former(member, typed, bound.own, found)
        if isinstance(found, CloudinaryUser):
            held = await self.bindings.bound(member, found.id)
            taken = held.holder is not None and held.holder.slack != slack_name(member)
            if held.unreadable or taken:
                return UserUnclear(typed, IdentityReason.OTHER_ACCOUNT)
            if bound.own and bound.own.cloudinary_id != found.id:
                return UserUnclear(typed, IdentityReason.OTHER_USER)
            return FoundUser(found, member)
        if found is Mismatch.NEAR:
            return UserUnclear(typed, IdentityReason.NEAR_ADDRESS)
        if found is Mismatch.SEVERAL and bound.own is None:
            return await self._addressed(member, profile.email)
        return await self._former(member, typed, bound.own, None)

    async def _former(
        self, member: Actor, typed: str, own: Binding | None, reason: IdentityReason | None
    ) -> FoundUser | UserSearchOutcome:
        """The user of a member whose address leads to none, by their binding."""
        if own:
            try:
                return FoundUser(await self.users.user(own.cloudinary_id), member)
            except NotFound:
                return NoSuchUser(typed, member.user_id)
        return UserUnclear(typed, reason) if reason else NoSuchUser(typed, member.user_id)

    async def _addressed(self, asker: Actor, typed: str) -> FoundUser | UserSearchOutcome:
        listed = await self.users.users_by_email(typed)
        found = find(typed, listed)
        if isinstance(found, CloudinaryUser):
            return await self.with_member(asker, found)
        if found is Mismatch.NEAR:
            return UserUnclear(typed, IdentityReason.NEAR_ADDRESS)
        if found is Mismatch.SEVERAL:
            same = [each for each in listed if isinstance(find(typed, [each]), CloudinaryUser)]
            return WhichUser(typed, tuple((each, None) for each in same))
        return NoSuchUser(typed)

    async def with_member(self, asker: Actor, user: CloudinaryUser) -> FoundUser:
        """Add the Slack member who is bound to the user."""
        holder = (await self.bindings.bound(asker, user.id)).holder
        member = holder.slack.partition(":")[2] if holder else ""
        return FoundUser(user, replace(asker, user_id=member) if member else None)
