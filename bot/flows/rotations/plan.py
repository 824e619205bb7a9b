"""Plans rotations: finds the key, what stands in the way, and what its successor gets."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.addresses import mailbox
from bot.domain.commands.grammar import Misunderstood, render
from bot.domain.commands.rotations import RotateKey
from bot.domain.jobs import Job
from bot.domain.keys import Key, Located, ProtectionReason, signer
from bot.domain.names import Looks
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.roles import RoleStop
from bot.domain.outcomes.rotations import NotRotated, RotationStop
from bot.domain.outcomes.union import Outcome
from bot.domain.passphrases import OWN_ONLY
from bot.domain.pending import PendingState
from bot.domain.people import Person, TurnedAway
from bot.domain.policy import Action
from bot.domain.requests.repeats import SUFFIX
from bot.domain.requests.rotation_terms import RotationTerms
from bot.errors import CloudinaryError, RateLimited, Unavailable
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.names import name_obstacle
from bot.flows.keys.owning import Owning
from bot.flows.keys.resolve import Resolver
from bot.flows.keys.role_book import RoleBook
from bot.flows.plan import Plan
from bot.flows.ports import AccountReader, Clock, PendingStore
from bot.flows.request_ports import Requests
from bot.flows.requests.open import request_id

HELD: Final = timedelta(hours=1)
"""How long the successor works of a key that works beyond its end."""


@dataclass(frozen=True)
class RotationPlanner:
    """Finds the key and freezes what its rotation does."""

    owning: Owning
    account: AccountReader
    resolver: Resolver
    requests: Requests
    pending: PendingStore
    deletions: Deletions
    roles: RoleBook
    looks: Looks
    grace: timedelta
    soak: timedelta
    clock: Clock

    async def plan(self, job: Job, person: Person, command: RotateKey) -> Plan | Outcome:
        """Plan one rotation."""
        found = await self.resolver.key(person, command)
        if not isinstance(found, Located):
            return found
        place, key = found.environment, found.key
        keys = await self.account.keys(place.id)
        successor = f"{key.label}-{request_id(job)[:SUFFIX]}"
        stop = await self._obstacle(found, command)
        ends = await self._ends_at(found)
        terms = await self._terms(person, command, found, keys, successor)
        if isinstance(terms, NotRotated | RoleStop):
            return terms
        owner = await self._owner(person, found)
        if command.passphrase and owner.actor != job.actor:
            if not command.compromised:
                return Misunderstood(OWN_ONLY)
            command = replace(command, passphrase=False)  # a leaked key is replaced all the same
        by_vote, kept_from = False, False
        if not await self._holds(owner, found) or command.role:
            actions = (Action.KEY_ROTATE, *((Action.KEY_ROLES,) if command.role else ()))
            needed = [self.owning.vote_needed(person, owner, it, place) for it in actions]
            by_vote = any(vote for vote, _ in needed)
            kept_from = not by_vote and any(reason for _, reason in needed)
        else:
            terms = replace(terms, held=owner != person)
        if stop is None and kept_from:
            stop = NotRotated(found, RotationStop.OWNER)
        return Plan(
            replace(
                command,
                name=key.api_key,
                env=place.cloud_name,
                role=terms.roles[0].ref if command.role and terms.roles else None,
                confirm=None,
            ),
            place,
            key.label,
            key,
            owner=owner.actor,
            owner_id=owner.cloudinary_id or "",
            owner_mailbox=mailbox(owner.email),
            reason=command.reason or "",
            lasts=_left(ends, job.accepted_at),
            emergency=command.emergency or command.compromised,
            tracked=True,
            by_vote=by_vote,
            obstacle=stop or name_obstacle(successor, place, keys, self.looks),
            rotation=terms,
        )

    async def running(self, found: Located) -> NotRotated | None:
        """The rotation of a key, or of its successor, that is not over."""
        runs = await self.requests.rotation_of(found.key.api_key)
        return NotRotated(found, RotationStop.RUNNING, runs) if runs else None

    async def _obstacle(self, found: Located, command: RotateKey) -> Outcome | None:
        """What keeps the key from being rotated, before anyone is asked."""
        key = found.key
        if key.root:
            return KeyProtected(found, ProtectionReason.ROOT, None)
        if running := await self.running(found):
            return running
        if await self.deletions.find(key):
            return NotRotated(found, RotationStop.DELETION)
        pending = await self.pending.pending_for_key(key.api_key)
        if pending and pending.state is PendingState.WAITING:
            return NotRotated(found, RotationStop.UNCLAIMED)
        ends = await self._ends_at(found)
        over = ends is not None and ends <= self.clock.now() and not key.enabled
        if over or not (key.enabled or command.compromised):
            return NotRotated(found, RotationStop.DISABLED)
        return None

    async def _terms(
        self,
        person: Person,
        command: RotateKey,
        found: Located,
        keys: list[Key],
        successor: str,
    ) -> RotationTerms | NotRotated | RoleStop:
        try:
            roles, grave = await self.roles.of_successor(found)
        except (RateLimited, Unavailable):
            raise
        except CloudinaryError:
            return NotRotated(found, RotationStop.ROLES)
        if command.role:
            decision = self.resolver.authorizer.decide(person, Action.KEY_ROTATE, found.environment)
            role = await self.roles.of_new(command, decision)
            if role is None or isinstance(role, RoleStop):
                return role or NotRotated(found, RotationStop.ROLES)
            roles, grave = (role,), role.master
        signs, enabled = signer(keys), [key for key in keys if key.enabled]
        return RotationTerms(
            successor,
            timedelta() if command.compromised else command.grace or self.grace,
            self.soak,
            roles,
            changed=bool(command.role),
            grave=grave,
            signs=signs is not None and signs.api_key == found.key.api_key,
            last=[key.api_key for key in enabled] == [found.key.api_key],
            compromised=command.compromised,
        )

    async def _owner(self, person: Person, found: Located) -> Person:
        """The person for whom the key was created, else who asks."""
        own = await self.pending.owner_of(found.key.api_key)
        if own is None or own.environment_id != found.environment.id or own.owner == person.actor:
            return person
        who = await self.owning.people.identify(own.owner, fresh=True)
        if isinstance(who, TurnedAway) or (who.mismatch and who.mismatch.stops):
            return person
        return who.person

    async def _ends_at(self, found: Located) -> datetime | None:
        """When the access by the old key ends: its successor works no longer."""
        pending = await self.pending.pending_for_key(found.key.api_key)
        granted = await self.requests.load(pending.id) if pending else None
        return granted.ends_at if granted else None

    async def _holds(self, owner: Person, found: Located) -> bool:
        """Whether the owner collected the old key: the same roles give them nothing new."""
        pending = await self.pending.pending_for_key(found.key.api_key)
        claimed = pending is not None and pending.state is PendingState.CLAIMED
        return claimed and pending is not None and pending.owner == owner.actor


def _left(ends_at: datetime | None, now: datetime) -> timedelta | None:
    """How long the access by the old key lasts; a while where a person has to end it."""
    if ends_at is None:
        return None
    return ends_at - now if ends_at > now else HELD


def retried(command: RotateKey, stop: KeyProtected) -> KeyProtected:
    """Let the confirmation of the disabling confirm the whole rotation."""
    if stop.retry is None:
        return stop
    here = stop.located
    named = here.key.typed if here.key.name else here.key.api_key
    again = replace(command, name=named, env=here.environment.cloud_name, confirm=here.key.label)
    return replace(stop, retry=render(again))
