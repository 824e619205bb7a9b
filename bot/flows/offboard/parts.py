"""Runs the parts of an offboarding, each by its own command, on the authority of its request.

That authority covers the frozen parts of the request and nothing else: a part that is none of
them is left alone. Requester and approvers are read again while it runs: without their right no
further part ends. After a crash each part recognises its own effect, as any change does.
"""

from dataclasses import dataclass

from bot.domain.bulk import Part
from bot.domain.commands.grammar import read
from bot.domain.commands.groups import DropFromGroup
from bot.domain.commands.key_records import OwnerOfKey
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.requests import Cancel, Delegate
from bot.domain.commands.text import escape
from bot.domain.commands.users import DisableUser, OffboardUser
from bot.domain.environments import NOWHERE
from bot.domain.fingerprints import fingerprint_of
from bot.domain.jobs import Job
from bot.domain.keys import Located
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.groups import NoSuchGroup
from bot.domain.outcomes.keys import NoSuchKey
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import NoSuchUser, UserRefused
from bot.domain.people import Person, TurnedAway
from bot.domain.policy import Action, NeedsApproval, Refused
from bot.domain.users import Refusal
from bot.errors import NotFound
from bot.flows.accounts.group_change import GroupChanger
from bot.flows.accounts.still_decided import still_decided
from bot.flows.accounts.user_change import UserChanger
from bot.flows.identity import Identified, People
from bot.flows.keys.change import KeyChanger
from bot.flows.keys.plan import plan_change
from bot.flows.keys.record_change import KeyRecorder
from bot.flows.keys.record_plan import plan_record
from bot.flows.offboard.account_roles import AccountRoles
from bot.flows.offboard.ends import Ends
from bot.flows.plan import Approved, Plan


@dataclass(frozen=True)
class Steps:
    """What changes each kind of target."""

    users: UserChanger
    keys: KeyChanger
    groups: GroupChanger
    ends: Ends
    records: KeyRecorder


@dataclass(frozen=True)
class OffboardParts:
    """The parts of one approved request, run for its requester."""

    steps: Steps
    people: People
    authority: Approved

    async def take(self, job: Job, part: Part) -> Outcome | None:
        """Run one part; None if it is not approved, or its target changed."""
        terms = self.authority.request.terms
        if part.frozen not in {each.frozen for each in terms.parts}:
            return None
        who = await self.people.identify_for_part(terms.requester)
        if isinstance(who, TurnedAway):
            return who
        accounts = self.steps.groups.facts.users
        if not (self._may(who) and await still_decided(self.authority, accounts)):
            return UserRefused(terms.name, Refusal.UNAPPROVED)
        person = who.person
        job, policy = job.by(person), self.authority.policy
        match read(escape(part.command)):
            case DisableUser() as command:
                master = terms.action is Action.USER_MASTER_ADMIN
                plan = Plan(command, NOWHERE, part.name, master_admin=master)
                users = self.steps.users
                return await users.change(job, person, plan, command, self.authority)
            case DisableKey() | OwnerOfKey(remove=True) as command:
                return await self._key(job, person, part, command)
            case Cancel(id_):
                return await self.steps.ends.request(job, id_, part)
            case Delegate():
                return await self.steps.ends.delegation(job, part, policy)
            case DropFromGroup() as command:
                return await self._group(job, person, part, command)
            case OffboardUser() as command:
                roles = AccountRoles(self.steps.users)
                return await roles.take(job, person, part, command, self.authority)
            case _:
                return None

    def _may(self, who: Identified) -> bool:
        """Whether the requester is still who they were, and may offboard people."""
        request = self.authority.request
        command = read(escape(request.terms.command))
        refusal = self.steps.groups.facts.authorizer.refusal(who, command)
        return refusal is None and who.person.cloudinary_id == request.asker.cloudinary_id

    async def _key(
        self, job: Job, person: Person, part: Part, command: DisableKey | OwnerOfKey
    ) -> Outcome | None:
        """Disable a key by its API key, whatever it is named now; its link ends with it.

        Or take the person off its co-owners: no one gets or loses a right by that.
        """
        if isinstance(command, OwnerOfKey):
            return await self._co_owner(job, person, part, command)
        account = self.steps.keys.account
        places = [it for it in await account.environments() if it.cloud_name == command.env]
        for place in places:
            decide = self.steps.groups.facts.authorizer.decide
            decision = decide(person, Action.KEY_DISABLE, place)
            if isinstance(decision, Refused):
                return Denied(Action.KEY_DISABLE, person, decision, place)
            if isinstance(decision, NeedsApproval):
                return None  # by other approvers than those of the offboarding
            for key in await account.keys(place.id):
                if key.api_key == command.name:
                    plan = plan_change(command, Located(key, place))
                    keys = self.steps.keys
                    return await keys.change(job, person, plan, command, self.authority)
        return NoSuchKey(part.name, None, tuple(places))

    async def _co_owner(self, job: Job, person: Person, part: Part, command: OwnerOfKey) -> Outcome:
        """Read the key again, then change its record."""
        for here in await self._keys_of(command):
            plan = plan_record(command, here)
            return await self.steps.records.change(job, person, plan, command, self.authority)
        return NoSuchKey(part.name, None, ())

    async def _keys_of(self, command: OwnerOfKey) -> list[Located]:
        account = self.steps.keys.account
        places = [it for it in await account.environments() if it.cloud_name == command.env]
        found = [Located(key, it) for it in places for key in await account.keys(it.id)]
        return [here for here in found if here.key.api_key == command.name]

    async def _group(
        self, job: Job, person: Person, part: Part, command: DropFromGroup
    ) -> Outcome | None:
        """Take the user out of a group that still is as the list showed it."""
        facts = self.steps.groups.facts
        group = await facts.group(command.group, await facts.account.user_groups())
        if group is None:
            return NoSuchGroup(part.name)
        try:
            user = await facts.users.user(command.person)
        except NotFound:
            return NoSuchUser(command.person)
        terms = await facts.terms(command, group, user)
        if fingerprint_of(*terms.parts) != part.seen:
            return None
        plan = Plan(command, NOWHERE, group.name, group=terms)
        return await self.steps.groups.change(job, person, plan, command, self.authority)
