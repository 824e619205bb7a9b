"""A workspace's members in memory: the port `Directory`."""

from collections import Counter

from bot.domain.people import Actor, Profile
from bot.errors import SlackAway, SlackError


class FakeDirectory:
    """Has the profiles that were added; `calls` counts lookups by user or address.

    While `away` is set, looking up a profile fails.
    """

    def __init__(self) -> None:
        self.away = False
        self.calls: Counter[str] = Counter()
        self.group_calls: Counter[str] = Counter()
        self.groups: dict[str, frozenset[str]] = {}
        self._profiles: dict[str, Profile] = {}

    def add(self, profile: Profile) -> Profile:
        """Seed a member, or replace the one with the same id."""
        self._profiles[profile.user_id] = profile
        return profile

    def forget(self, actor: Actor) -> None:
        """Remove a member."""
        del self._profiles[actor.user_id]

    async def profile(self, actor: Actor) -> Profile:
        """Read a profile; an unknown user is an error, as at Slack."""
        self.calls[actor.user_id] += 1
        if self.away:
            raise SlackAway("away")
        if actor.user_id not in self._profiles:
            raise SlackError("user_not_found")
        return self._profiles[actor.user_id]

    async def by_email(self, email: str) -> Profile | None:
        """Find the member with this address."""
        self.calls[email] += 1
        found = (each for each in self._profiles.values() if each.email == email)
        return next(found, None)

    async def everyone(self) -> list[Profile]:
        """List all members."""
        self.calls["everyone"] += 1
        if self.away:
            raise SlackAway("away")
        return list(self._profiles.values())

    async def members(self, group_id: str) -> frozenset[str]:
        """List the user ids of a user group."""
        self.group_calls[group_id] += 1
        return self.groups.get(group_id, frozenset())
