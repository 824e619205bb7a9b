"""Who somebody is: Slack's word, then Cloudinary's, fresh whenever something is to be changed."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.people import (
    Actor,
    CloudinaryUser,
    Mismatch,
    Person,
    Profile,
    TurnedAway,
    admit,
    match,
)
from bot.flows.ports import Account, Clock, Directory, Users

FRESH_FOR = timedelta(seconds=60)
"""How long a reading command may go by what was read before."""
REMEMBERED = 5_000
"""People kept in memory; far above the number who use one bot within a minute."""


@dataclass(frozen=True)
class Identified:
    """A confirmed member; `mismatch` says why no Cloudinary user stands behind them."""

    person: Person
    mismatch: Mismatch | None = None


Identity = Identified | TurnedAway


class People:
    """Identifies actors. `permissions` says that the account has the Permissions API."""

    def __init__(
        self,
        directory: Directory,
        users: Users,
        account: Account,
        clock: Clock,
        *,
        team_id: str,
        permissions: bool,
    ) -> None:
        self._directory = directory
        self._users = users
        self._account = account
        self._clock = clock
        self._team_id = team_id
        self._permissions = permissions
        self._remembered: OrderedDict[Actor, tuple[datetime, Identified]] = OrderedDict()

    def remembered(self, actor: Actor) -> Identified | None:
        """What was read within the last minute; None where it must be read again."""
        at, identity = self._remembered.get(actor, (None, None))
        if at is None or self._clock.now() - at > FRESH_FOR:
            return None
        return identity

    async def identify(self, actor: Actor, *, fresh: bool) -> Identity:
        """Find out who this is; `fresh` reads everything again."""
        known = None if fresh else self.remembered(actor)
        return known or await self._read(actor)

    async def _read(self, actor: Actor) -> Identity:
        self._remembered.pop(actor, None)
        identity = await self._ask(actor)
        if isinstance(identity, TurnedAway):  # whoever is let in again need not wait
            return identity
        self._remembered[actor] = (self._clock.now(), identity)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return identity

    async def _ask(self, actor: Actor) -> Identity:
        profile = await self._directory.profile(actor)
        reason = admit(profile, self._team_id)
        if reason:
            return TurnedAway(actor, reason)
        found = match(profile.email, await self._users.users_by_email(profile.email))
        stranger = Person(actor, profile.name, profile.email)
        if isinstance(found, Mismatch):
            return Identified(stranger, found)
        return Identified(await self._person(actor, profile, found))

    async def _person(self, actor: Actor, profile: Profile, user: CloudinaryUser) -> Person:
        environments, groups = await asyncio.gather(
            self._environments(user), self._users.groups_of(user.id)
        )
        person = Person(
            actor, profile.name, profile.email, user.role, user.id, environments, groups
        )
        return await self._with_rights(person, user.id) if self._permissions else person

    async def _environments(self, user: CloudinaryUser) -> frozenset[str] | None:
        return None if user.all_environments else await self._users.environments_of(user.id)

    async def _with_rights(self, person: Person, user_id: str) -> Person:
        """Let Cloudinary's own policies speak in place of the fixed role."""
        known = [e.id for e in await self._account.environments() if person.reaches(e.id)]
        rights = await asyncio.gather(*(self._users.key_right(user_id, id_) for id_ in known))
        return replace(person, rights=tuple(zip(known, rights, strict=True)))
