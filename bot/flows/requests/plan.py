"""Plans what only a request can do: credentials for oneself or a teammate, and renewals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.addresses import mailbox
from bot.domain.commands.grammar import render
from bot.domain.commands.registry import base_action_of
from bot.domain.commands.requests import Renew, RequestKey
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import Key, Located, ProtectionReason
from bot.domain.names import Looks
from bot.domain.outcomes.keys import KeyProtected, NameRefused
from bot.domain.outcomes.requests import NoSuchRequest, NotAskable
from bot.domain.outcomes.roles import RoleStop
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person, mentioned
from bot.domain.policy import Approval
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Request, State
from bot.domain.requests.repeats import SUFFIX
from bot.domain.signing import Act, Planned, move_of
from bot.flows.authorize import Authorizer
from bot.flows.keys.names import name_obstacle
from bot.flows.keys.owning import Owning
from bot.flows.keys.resolve import Resolver
from bot.flows.keys.role_book import RoleBook
from bot.flows.plan import Plan
from bot.flows.ports import AccountReader, PendingStore
from bot.flows.request_ports import Requests
from bot.flows.requests.open import request_id


@dataclass(frozen=True)
class RequestPlanner:
    """Finds the environment, the owner and the name of the key."""

    owning: Owning
    account: AccountReader
    authorizer: Authorizer
    resolver: Resolver
    requests: Requests
    pending: PendingStore
    looks: Looks
    roles: RoleBook

    async def credentials(
        self, job: Job, person: Person, command: RequestKey, number: int
    ) -> Plan | Outcome:
        """Plan a new key for its owner, in one environment."""
        found = await self.resolver.askable(person, base_action_of(command), command.env)
        if not isinstance(found, list):
            return found
        place = found[0]
        mention = command.for_
        owner = mentioned(job.actor, mention) if mention else job.actor
        member = await self.owning.member(person, owner)
        keys = await self.account.keys(place.id)
        name = _free_name(request_id(job, number), keys, command.key)
        stop: Outcome | None = name_obstacle(name, place, keys, self.looks)
        if isinstance(stop, NameRefused):
            stop = replace(stop, key=None)  # the requester may not see the keys there
        decision = self.authorizer.decide(person, base_action_of(command), place)
        role = await self.roles.of_new(command, decision)
        if isinstance(role, RoleStop):
            return role
        by_vote, reason = self._owning(person, member, command, place)
        stop = NotAskable(reason, Approval(0, ())) if reason else stop
        return Plan(
            replace(command, env=place.cloud_name, key=name, role=role.ref if role else None),
            place,
            name,
            owner=owner,
            owner_id=(member and member.cloudinary_id) or "",
            owner_mailbox=mailbox(member.email) if member else "",
            reason=command.reason,
            lasts=command.expires,
            emergency=command.emergency,
            tracked=True,
            by_vote=by_vote,
            obstacle=stop,
            role=role,
        )

    def _owning(
        self, person: Person, owner: Person | None, command: RequestKey | Renew, place: Environment
    ) -> tuple[bool, NotAskableReason | None]:
        """Tell whether only a vote lets them own the key, and why not even that would."""
        emergency = isinstance(command, RequestKey) and command.emergency
        action = base_action_of(command)
        return self.owning.vote_needed(person, owner, action, place, emergency=emergency)

    async def renewal(self, job: Job, person: Person, command: Renew) -> Plan | Outcome:
        """Plan a later end of granted access: the same key, a new request."""
        old = await self.requests.load(command.id)
        if old is None:
            return NoSuchRequest(command.id)
        terms = old.terms
        keys = await self.account.keys(terms.environment_id)
        key = next((each for each in keys if each.api_key == old.made), None)
        own = await self.pending.owner_of(old.made)
        holder = own.owner if own else terms.owner  # it may be another person's by now
        mine = job.actor in {holder, terms.requester}
        place = await self._environment(terms.environment_id)
        if key is None or place is None or not mine or not _renewable(old):
            return NotAskable(NotAskableReason.NOT_RENEWABLE, old.approval)
        owner, same = await self.owning.member(person, holder), holder == terms.owner
        by_vote, reason = self._owning(person, owner, command, place)
        here, move = Located(key, place), move_of(keys, Planned(Act.ENABLE, key))
        move = self.authorizer.offers.seen(person, move, here) if move else None
        stop: Outcome | None = NotAskable(reason, Approval(0, ())) if reason else None
        if stop is None and move and move.breaks and command.confirm != key.label:
            retry = render(replace(command, confirm=key.label))
            signs = ProtectionReason.WEBHOOK_SIGNER
            stop = KeyProtected(here, signs, retry, move)
        return Plan(
            command,
            place,
            key.label,
            key,
            owner=holder,
            owner_id=old.owner_id if same else (owner and owner.cloudinary_id) or "",
            owner_mailbox=old.asker.owner_mailbox
            if same
            else mailbox(owner.email if owner else ""),
            reason=command.reason,
            lasts=command.expires or terms.lasts,
            tracked=True,
            by_vote=by_vote,
            obstacle=stop,
            signer=move,
            role=terms.role,
        )

    async def _environment(self, id_: str) -> Environment | None:
        """Read the environment again: its tier decides who approves the renewal."""
        return next((it for it in await self.account.environments() if it.id == id_), None)


def _renewable(old: Request) -> bool:
    return old.state is State.CLAIMED and (old.rotation is None or old.ends_at is not None)


def _free_name(id_: str, keys: Sequence[Key], name: str | None) -> str:
    """Name the new key: each request has its own key, so that each access ends separately."""
    taken = {key.name for key in keys}
    return name if name and name not in taken else f"{name or 'requested'}-{id_[:SUFFIX]}"
