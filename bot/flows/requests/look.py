"""One look at the people whom votes rest on: read again for a vote, kept for a list."""

from dataclasses import dataclass, field

from bot.domain.delegations import Delegation
from bot.domain.people import Actor
from bot.flows.identity import Identity, People
from bot.flows.ports import Clock
from bot.flows.request_ports import Delegations, Locator


@dataclass(frozen=True)
class Look:
    """Reads each person, group and delegate once, however many requests it serves.

    `fresh` reads people again, as for a vote; a list takes what is kept.
    """

    people: People
    slack: Locator
    delegations: Delegations
    clock: Clock
    fresh: bool
    _people: dict[Actor, Identity] = field(default_factory=dict, init=False, repr=False)
    _members: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False)
    _delegations: list[list[Delegation]] = field(default_factory=list, init=False, repr=False)

    async def identify(self, actor: Actor) -> Identity:
        """Identify a person."""
        if actor not in self._people:
            self._people[actor] = await self.people.identify(actor, fresh=self.fresh)
        return self._people[actor]

    async def members(self, group_id: str) -> frozenset[str]:
        """Read the ids of a user group's members."""
        if group_id not in self._members:
            self._members[group_id] = await self.slack.members(group_id)
        return self._members[group_id]

    async def current(self) -> list[Delegation]:
        """Read the delegations by which anyone may vote now."""
        if not self._delegations:
            self._delegations.append(await self.delegations.current(self.clock.now()))
        return self._delegations[0]
