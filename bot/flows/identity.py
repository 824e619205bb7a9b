"""Identifies people: at Slack, then at Cloudinary by their confirmed email address.

The first use binds the Slack user to the Cloudinary user. A person who matches another one later
is turned away and reported, until an admin links them (`bot.flows.accounts.link`).

A command that changes something reads everything again; for a command that only reads, an answer
from the last minute is enough.
"""

import asyncio
from collections import OrderedDict
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.jobs import Job
from bot.domain.people import (
    Actor,
    CloudinaryUser,
    IdentityReason,
    Mismatch,
    Person,
    Profile,
    TurnedAway,
    admit,
    find,
    usable,
)
from bot.flows.account_changes import AccountChanges
from bot.flows.binding import Binder
from bot.flows.ports import Account, Clock, Directory, Users

FRESH_FOR = timedelta(seconds=60)
"""How long a remembered identity serves commands that only read."""
FRESH_FOR_PARTS = timedelta(seconds=5)
"""How long one that was read for a change serves the parts of an act: Slack limits look-ups."""
REMEMBERED = 5_000
"""Identities in memory; far more than the people who use one bot within a minute."""


@dataclass(frozen=True)
class Identified:
    """A confirmed member; with a `mismatch`, the reason why they match no Cloudinary user."""

    person: Person
    mismatch: Mismatch | None = None


Identity = Identified | TurnedAway


@dataclass(frozen=True)
class People:
    """Identifies actors; `permissions` is whether the account has the Permissions API.

    `directory` asks Slack; `kept` answers from what is kept, for commands that only read.
    """

    directory: Directory
    kept: Directory
    users: Users
    account: Account
    binder: Binder
    clock: Clock
    _: KW_ONLY
    team_id: str
    permissions: bool
    changes: AccountChanges
    _remembered: OrderedDict[Actor, tuple[datetime, Identified, bool]] = field(
        default_factory=OrderedDict, init=False, repr=False
    )
    """When it was read, and whether it was read for a change."""

    async def recent(self, actor: Actor) -> Identified | None:
        """The same, unless Keysmith has changed a user, a group or a role since."""
        at, _, _ = self._remembered.get(actor, (None, None, False))
        known = self.remembered(actor)
        return known if at and known and not await self.changes.since(at) else None

    def remembered(self, actor: Actor) -> Identified | None:
        """An identity from the last minute; None if it must be read again."""
        at, identity, _ = self._remembered.get(actor, (None, None, False))
        if at is None or self.clock.now() - at > FRESH_FOR:
            return None
        return identity

    def name(self, job: Job) -> Job:
        """Add to a job who its actor is at Cloudinary, if they were identified a moment ago."""
        who = self.remembered(job.actor)
        return job.by(who.person) if who else job

    async def identify(self, actor: Actor, *, fresh: bool) -> Identity:
        """Identify an actor; `fresh` reads everything again."""
        known, began = None if fresh else await self.recent(actor), self.clock.now()
        if known is None:
            self._remembered.pop(actor, None)
        profile = await (self.directory if fresh else self.kept).profile(actor)
        if known and _describes(profile, known.person) and not self._refusal(actor, profile):
            return known
        identity = await self._read(actor, profile)
        if isinstance(identity, Identified):  # a refusal is not remembered: access may come back
            self._remembered[actor] = (began, identity, fresh)
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return identity

    async def identify_for_part(self, actor: Actor) -> Identity:
        """Identify the actor of an act of many parts, for one part.

        What was read for a change seconds ago counts, until Slack reports that the person changed.
        """
        at, _, fresh = self._remembered.get(actor, (None, None, False))
        recent = at is not None and self.clock.now() - at < FRESH_FOR_PARTS
        return await self.identify(actor, fresh=not (fresh and recent))

    def _refusal(self, actor: Actor, profile: Profile) -> IdentityReason | None:
        """Return why they are turned away; another team's user of the same id is another person."""
        same = actor.team_id == self.team_id or actor.team_id in profile.at_home_in
        return admit(profile, self.team_id) if same else IdentityReason.OTHER_TEAM

    async def _read(self, actor: Actor, profile: Profile) -> Identity:
        found = await self._found(actor, profile)
        if isinstance(found, IdentityReason):
            return TurnedAway(actor, found)
        problem = await self.binder.check(actor, profile, found)
        if problem:
            return TurnedAway(actor, problem)
        name, email, user = profile.name, profile.email, usable(found)
        if isinstance(user, Mismatch):
            return Identified(Person(actor, name, email), user)
        environments, groups = await asyncio.gather(
            self._environments(user), self.users.groups_of(user.id)
        )
        person = Person(actor, name, email, user.role, user.id, environments, groups)
        return Identified(await self._with_rights(person, user.id) if self.permissions else person)

    async def name_at_slack(self, actor: Actor) -> str | None:
        """Give the name of a member, without asking Cloudinary; None for one who is turned away."""
        profile = await self.kept.profile(actor)
        return None if self._refusal(actor, profile) else profile.name

    async def matched(
        self, actor: Actor
    ) -> tuple[Profile, CloudinaryUser | Mismatch | IdentityReason]:
        """Read the profile, and the Cloudinary user with its address, whatever they are bound to.

        A person who may not act in this workspace has a reason instead of a user.
        """
        profile = await self.directory.profile(actor)
        found = await self._found(actor, profile)
        return profile, found if isinstance(found, IdentityReason) else usable(found)

    async def named(
        self, actor: Actor
    ) -> tuple[Profile, CloudinaryUser | Mismatch | IdentityReason]:
        """Read the same of a person whom another one names: a user who can't act, too.

        A person who left Slack keeps the address that they confirmed there.
        """
        profile = await self.directory.profile(actor)
        return profile, await self._found(actor, replace(profile, deleted=False))

    async def _found(
        self, actor: Actor, profile: Profile
    ) -> CloudinaryUser | Mismatch | IdentityReason:
        """Find the user with the address, who may be disabled or invited."""
        reason = self._refusal(actor, profile)
        if reason:
            return reason
        return find(profile.email, await self.users.users_by_email(profile.email))

    async def _environments(self, user: CloudinaryUser) -> frozenset[str] | None:
        return None if user.all_environments else await self.users.environments_of(user.id)

    async def _with_rights(self, person: Person, user_id: str) -> Person:
        """Add the rights from Cloudinary's own policies, which replace the fixed role."""
        known = [e.id for e in await self.account.environments() if person.reaches(e.id)]
        rights = await self.users.key_rights(user_id, known)
        return replace(person, rights=tuple(zip(known, rights, strict=True)))


def _describes(profile: Profile, person: Person) -> bool:
    return (profile.name, profile.email) == (person.name, person.email)
