"""Plans changes of a key's record, and shows whose key it is."""

from dataclasses import dataclass, replace

from bot.domain.addresses import mailbox
from bot.domain.commands.grammar import Misunderstood
from bot.domain.commands.key_fields import ADD
from bot.domain.commands.key_records import NoteKey, OwnerOfKey, RecordChange, TagKey
from bot.domain.key_records import MOST_TAGS, KeyRecord, first_seen
from bot.domain.keys import Located, ProtectionReason
from bot.domain.outcomes.key_records import (
    CoOwnerRefused,
    CoOwnerStop,
    OwnerShown,
    RecordUnchanged,
    TooManyTags,
)
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.requests import NotAskable
from bot.domain.outcomes.union import Outcome
from bot.domain.pending import MOST_CO_OWNERS, PendingState
from bot.domain.people import Actor, Person, mentioned
from bot.domain.phrases import msg
from bot.domain.policy import Action, Approval, Refused
from bot.domain.requests.limits import NotAskableReason
from bot.flows.keys.owning import Owning
from bot.flows.keys.resolve import Resolver
from bot.flows.plan import Plan
from bot.flows.ports import PendingStore
from bot.flows.record_ports import KeyRecords


@dataclass(frozen=True)
class RecordPlanner:
    """Finds the key of a command, and what stands in the way."""

    resolver: Resolver
    owning: Owning
    pending: PendingStore
    records: KeyRecords

    async def plan(self, person: Person, command: RecordChange) -> Plan | Outcome:
        """Freeze the key, and the new owner."""
        found = await self.resolver.key(person, command)
        if not isinstance(found, Located):
            return found
        plan = plan_record(command, found)
        if isinstance(command, TagKey):
            return replace(plan, obstacle=tag_obstacle(found, await self.record(found), command))
        if isinstance(command, NoteKey):
            note = (await self.record(found)).purpose
            same = RecordUnchanged(found, note=note) if note == command.note else None
            return replace(plan, obstacle=same)
        if wrong := _unclear(command):
            return wrong
        if command.owner is None:
            return await self._shown(person, found)
        owner = mentioned(person.actor, command.owner)
        if command.remove:  # also one who has left
            return replace(plan, obstacle=await self.co_obstacle(found, owner, command))
        member = await self.owning.member(person, owner)
        if member is None:
            return NotAskable(NotAskableReason.TEAMMATE, Approval(0, ()))
        return replace(
            plan,
            owner=owner,
            owner_id=member.cloudinary_id or "",
            owner_mailbox=mailbox(member.email),
            obstacle=await self.co_obstacle(found, owner, command)
            if command.also
            else await self.obstacle(found, owner),
        )

    async def obstacle(self, here: Located, owner: Actor) -> Outcome | None:
        """Say what keeps a key from getting that owner."""
        if here.key.root:
            return KeyProtected(here, ProtectionReason.ROOT, None)
        pending = await self.pending.pending_for_key(here.key.api_key)
        if pending and pending.state is PendingState.WAITING:
            return KeyProtected(here, ProtectionReason.UNCLAIMED, None)
        same = await self._owner(here) == owner
        return RecordUnchanged(here, owner) if same else None

    async def co_obstacle(
        self, here: Located, person: Actor, command: OwnerOfKey
    ) -> Outcome | None:
        """Say what keeps a person from becoming a co-owner, or from being none any more."""
        own = await self.pending.owner_of(here.key.api_key)
        if here.key.root:
            return KeyProtected(here, ProtectionReason.ROOT, None)
        if own is None or own.environment_id != here.environment.id:
            return CoOwnerRefused(here, person, CoOwnerStop.NO_OWNER)
        if person == own.owner:
            return CoOwnerRefused(here, person, CoOwnerStop.OWNER)
        if (person in own.also) is command.also:
            return RecordUnchanged(here, person=person, there=command.also)
        if command.also and len(own.also) >= MOST_CO_OWNERS:
            return CoOwnerRefused(here, person, CoOwnerStop.TOO_MANY)
        return None

    async def record(self, here: Located) -> KeyRecord:
        """Read the key's record, or begin one of a key that has none."""
        record = await self.records.find(here.key.api_key)
        return record or first_seen(here, self.owning.people.clock.now())

    async def _owner(self, here: Located) -> Actor | None:
        own = await self.pending.owner_of(here.key.api_key)
        return own.owner if own else None

    async def _shown(self, person: Person, here: Located) -> OwnerShown:
        decision = self.owning.authorizer.decide(person, Action.KEY_OWNER, here.environment)
        may = not isinstance(decision, Refused) and not here.key.root
        own = await self.pending.owner_of(here.key.api_key)
        owner, also = (own.owner, own.also) if own else (None, ())
        return OwnerShown(here, owner, may_change=may, also=also)


def tag_obstacle(here: Located, record: KeyRecord, command: TagKey) -> Outcome | None:
    """Say what keeps a tag from being added or removed."""
    adds = command.change == ADD
    if (command.tag in record.tags) is adds:
        return RecordUnchanged(here, tag=command.tag, there=adds)
    return TooManyTags(here) if adds and len(record.tags) >= MOST_TAGS else None


def _unclear(command: OwnerOfKey) -> Misunderstood | None:
    """Say what is wrong with options that don't fit together."""
    usage = f"/cld key owner {command.name} @person"
    if command.also and command.remove:
        return Misunderstood(msg("Use `--also` or `--remove`, not both."), usage=usage)
    if command.of_co_owner and command.owner is None:
        return Misunderstood(msg("Add the person after the key."), usage=usage)
    return None


def plan_record(command: RecordChange, found: Located, owner: Actor | None = None) -> Plan:
    """Freeze the target: by its API key, in its environment."""
    return Plan(
        replace(command, name=found.key.api_key, env=found.environment.cloud_name),
        found.environment,
        found.key.label,
        found.key,
        owner=owner,
        reason=command.reason or "",
    )
