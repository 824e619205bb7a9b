"""Plans key commands: finds the target and freezes it, by API key and cloud name."""

from dataclasses import dataclass, replace

from bot.domain.addresses import mailbox
from bot.domain.brownouts import Brownout
from bot.domain.commands.key_fields import ADD
from bot.domain.commands.keys import (
    BrownoutKey,
    Confirmed,
    CreateKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    KeyChange,
    RestoreKey,
    RolesOfKey,
)
from bot.domain.environments import Environment
from bot.domain.key_roles import KeyRole
from bot.domain.keys import Change, Key, Located, ProtectionReason, find
from bot.domain.names import Looks
from bot.domain.outcomes.keys import KeyProtected, NothingToChange, WhichKey
from bot.domain.outcomes.requests import NotAskable
from bot.domain.outcomes.roles import RoleStop, RoleUnchanged
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person, mentioned
from bot.domain.policy import Action, Approval
from bot.flows.authorize import OWNERS_STOP
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.effects import is_reached, moves, obstacle, root_obstacle
from bot.flows.keys.names import name_obstacle
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.owning import Owning
from bot.flows.keys.reconcile import Reconciler
from bot.flows.keys.resolve import NotFoundHere, Resolver, which_key
from bot.flows.keys.role_book import RoleBook
from bot.flows.plan import Plan
from bot.flows.ports import AccountReader

NotPlanned = NotFoundHere | RoleStop
"""What a command may end in before there is a plan."""


@dataclass(frozen=True)
class KeyPlanner:
    """Finds the target of a command, and its obstacle."""

    account: AccountReader
    resolver: Resolver
    own: OwnKeys
    looks: Looks
    deletions: Deletions
    roles: RoleBook
    owning: Owning
    watch: Reconciler | None = None
    """Is shown each key that is about to be changed, unless a leak is to be stopped by that."""

    async def plan(
        self, person: Person, command: KeyChange | CreateKey | RolesOfKey, begun: str = ""
    ) -> Plan | NotPlanned:
        """Plan one command; `begun` is the intent of a job that runs again."""
        if isinstance(command, CreateKey):
            return await self._creation(person, command)
        if isinstance(command, RolesOfKey):
            return await self._role(person, command, begun)
        found = await self.resolver.key(person, command)
        if isinstance(command, OWNERS_STOP):
            seen = _seen(found)
            own = await self.own.named(person.actor, command, former=not seen)
            found = _one(command, own, seen) or found
        return await self._change(command, found)

    async def plan_own(self, person: Person, command: DisableKey) -> Plan | NotFoundHere | None:
        """Plan a command among the person's own keys; None if it names none of them."""
        own = await self.own.named(person.actor, command, former=True)
        found = _one(command, own, [])
        return await self._change(command, found) if found else None

    async def _change(
        self, command: KeyChange, found: Located | NotFoundHere
    ) -> Plan | NotFoundHere:
        if not isinstance(found, Located):
            return found
        if self.watch and not isinstance(command, DisableKey):
            await self.watch.see(found)
        stop: Outcome | None = root_obstacle(command, found)
        dark = isinstance(command, BrownoutKey)
        if stop is None and dark and not found.key.enabled:
            stop = NothingToChange(found, Change.DISABLED, None)
        # Approval takes a while, so what would stop the change then is reported now.
        deletion = None
        if stop is None and isinstance(command, DeleteKey | RestoreKey):
            deletion = await self.deletions.find(found.key)
            change = Change.DISABLED if isinstance(command, DeleteKey) else Change.RESTORED
            if (deletion is not None) is isinstance(command, DeleteKey):
                at = deletion.request.delete_at if deletion else None
                stop = NothingToChange(replace(found, deletes_at=at), change, None)
        plan = replace(plan_change(command, found), obstacle=stop)
        if dark and stop is None:
            own = await self.own.pending.owner_of(found.key.api_key)
            plan = replace(plan, brownout=Brownout(own.owner if own else None))
        if stop or (isinstance(command, Confirmed) and is_reached(command, found.key)):
            return plan
        siblings = await self.account.keys(found.environment.id)
        stop = obstacle(command, found, siblings, self.looks, deletion)
        return replace(plan, obstacle=stop, signer=moves(command, found.key, siblings, deletion))

    async def _role(self, person: Person, command: RolesOfKey, begun: str) -> Plan | NotPlanned:
        """Plan another role of a key; what would change nothing is told before any approval."""
        found = await self.resolver.key(person, command)
        if not isinstance(found, Located):
            return found
        role = await self.roles.of_change(command, found, begun)
        if not isinstance(role, KeyRole):
            return role
        stop: Outcome | None = None
        if found.key.root:
            stop = KeyProtected(found, ProtectionReason.ROOT, None)
        elif command.change == ADD:
            (marked,) = await self.roles.marked([found])
            held = any(role.same(each) for each in marked.roles or ())
            stop = RoleUnchanged(found, role, added=True) if held else None
        loss = await self.roles.loss(command, found.environment.id, found.key.api_key, role)
        return replace(plan_role(command, found, role), obstacle=stop, loss=loss)

    async def _creation(self, person: Person, command: CreateKey) -> Plan | NotPlanned:
        """Plan a new key in the one environment that the command means."""
        place = await self.resolver.environment(person, command)
        if not isinstance(place, Environment):
            return place
        decision = self.resolver.authorizer.decide(person, Action.KEY_CREATE, place)
        role = await self.roles.of_new(command, decision)
        if isinstance(role, RoleStop):
            return role
        keys = await self.account.keys(place.id)
        plan = Plan(
            replace(command, env=place.cloud_name, role=role.ref if role else None),
            place,
            command.name,
            reason=command.reason or "",
            lasts=command.expires,
            emergency=command.emergency,
            tracked=command.expires is not None,
            obstacle=name_obstacle(command.name, place, keys, self.looks),
            role=role,
        )
        return await self._owned(person, plan, command)

    async def _owned(self, person: Person, plan: Plan, command: CreateKey) -> Plan:
        """Add the owner, where it is another person: a request then waits for them."""
        owner = mentioned(person.actor, command.owner or person.actor.user_id)
        if owner == person.actor:
            return plan
        member = await self.owning.member(person, owner)
        by_vote, reason = self.owning.vote_needed(
            *(person, member, Action.KEY_CREATE, plan.environment), emergency=command.emergency
        )
        return replace(
            plan,
            owner=owner,
            owner_id=(member and member.cloudinary_id) or "",
            owner_mailbox=mailbox(member.email) if member else "",
            tracked=True,
            by_vote=by_vote,
            obstacle=NotAskable(reason, Approval(0, ())) if reason else plan.obstacle,
        )


def _seen(found: Located | NotFoundHere) -> list[Located]:
    """The keys that a command means among those that the person may see."""
    if isinstance(found, WhichKey):
        return [here for here, _ in found.choices]
    return [found] if isinstance(found, Located) else []


def _one(command: DisableKey, own: list[Located], seen: list[Located]) -> Located | WhichKey | None:
    """The one key that the command means, own or seen; None if it means no own one."""
    if not own:
        return None
    ids = {here.key.api_key for here in own}
    every = find(command.name, [*own, *(here for here in seen if here.key.api_key not in ids)])
    return every[0] if len(every) == 1 else which_key(every, command)


def plan_change(command: KeyChange, found: Located) -> Plan:
    """Freeze the target: by its API key, in its environment."""
    return Plan(
        replace(command, name=found.key.api_key, env=found.environment.cloud_name),
        found.environment,
        found.key.label,
        found.key,
        reason=command.reason or "",
        emergency=isinstance(command, EnableKey) and command.emergency,
        tracked=isinstance(command, DeleteKey | BrownoutKey),
    )


def plan_role(command: RolesOfKey, found: Located, role: KeyRole | None) -> Plan:
    """Likewise for a change of its roles; the role is frozen too."""
    target = replace(command, name=found.key.api_key, env=found.environment.cloud_name)
    return Plan(
        replace(target, role=role.ref if role else None),
        found.environment,
        found.key.label,
        found.key,
        reason=command.reason or "",
        emergency=command.emergency,
        role=role,
    )


async def key_named(account: AccountReader, environment: Environment, name: str) -> Key | None:
    """Find a key of the environment by its exact name."""
    keys = await account.keys(environment.id)
    return next((key for key in keys if key.name == name), None)
