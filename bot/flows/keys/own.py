"""A person's own keys: the ones that were created for them, which they may always disable.

Ownership is read from the stored pending credentials and requests, by API key; never from a name.
"""

import asyncio
from dataclasses import dataclass

from bot.domain.commands.keys import DisableKey
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import Change, Located, find
from bot.domain.outcomes.keys import KeyChanged
from bot.domain.outcomes.union import Outcome
from bot.domain.pending import owned
from bot.domain.people import Actor, Person
from bot.domain.policy import Allowed
from bot.flows.keys.apply import KeyApplier
from bot.flows.keys.plan import plan_change
from bot.flows.keys.resolve import which_key
from bot.flows.ports import Account, PendingStore
from bot.flows.request_ports import Requests

LOOKED_AT = 100
"""Requests that are read for keys of a former version, which stored no owner."""
OWNER = Allowed("owner", notify=True)
"""By what right an owner stops their key; security is told."""


@dataclass(frozen=True)
class OwnKeys:
    """Finds and disables keys for their owner, whatever the policy lets the owner see."""

    account: Account
    pending: PendingStore
    requests: Requests
    applier: KeyApplier

    async def of(self, actor: Actor) -> list[Located]:
        """The person's own keys as they are at Cloudinary now."""
        stored = await self.pending.keys_of(actor)
        asked = await self.requests.opened_by(actor, LOOKED_AT)
        ids = owned(actor, stored, asked)
        if not ids:
            return []
        places = [e for e in await self.account.environments() if e.id in ids.values()]
        found = await asyncio.gather(*(self.account.keys(place.id) for place in places))
        return [
            Located(key, place)
            for place, keys in zip(places, found, strict=True)
            for key in keys
            if ids.get(key.api_key) == place.id
        ]

    async def stop(
        self, job: Job, person: Person, command: DisableKey, others: list[Located] | None = None
    ) -> Outcome | None:
        """Disable the one own key that the command names; None if it names none of them.

        `others` are keys of this name that the person may see: together they are ambiguous.
        """
        named = find(command.name, await self.of(person.actor))
        own = [here for here in named if _in(here.environment, command.env)]
        if not own:
            return None
        ids = {here.key.api_key for here in own}
        every = [*own, *(it for it in others or [] if it.key.api_key not in ids)]
        if len(every) > 1:
            return which_key(every, command)
        if job.finished:  # only its answer is repeated: the key may have been enabled since
            return KeyChanged(own[0], Change.DISABLED)
        return await self.applier.apply(job, person, plan_change(command, own[0]), OWNER)


def _in(place: Environment, name: str | None) -> bool:
    return name is None or place.answers_to(name)
