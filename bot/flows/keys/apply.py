"""Applies a plan, at once or as an approved request: the same steps either way.

Whatever touches a key writes its intent inside the environment's lock, right before the effect. A
link and a tier need none: each is one step, and names its job. A job that runs again is decided
again unless its own effect exists already.
"""

from dataclasses import dataclass
from typing import Protocol

from bot.domain.commands.environments import (
    CreateEnvironment,
    DisableEnvironment,
    EnableEnvironment,
    EnvironmentChange,
    PlaceChange,
    RenameEnvironment,
    SetTier,
)
from bot.domain.commands.grammar import read
from bot.domain.commands.groups import GroupChange
from bot.domain.commands.key_records import NoteKey, OwnerOfKey, TagKey
from bot.domain.commands.keys import CreateKey, KeyChange, RolesOfKey
from bot.domain.commands.requests import Renew, RequestKey
from bot.domain.commands.rotations import RotateKey
from bot.domain.commands.users import LinkUser, OffboardUser, UserChange
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.flows.keys.change import KeyChanger
from bot.flows.keys.create import KeyCreator
from bot.flows.keys.record_change import KeyRecorder
from bot.flows.keys.renew import KeyRenewer
from bot.flows.keys.role_change import RoleChanger
from bot.flows.plan import Authority, Plan

AccountChange = LinkUser | OffboardUser | EnvironmentChange | GroupChange | UserChange
"""Commands that change something else than a key."""


class PlanLinker(Protocol):
    """Applies plans that bind a Slack user to another Cloudinary user."""

    async def link(self, job: Job, plan: Plan, command: LinkUser, authority: Authority) -> Outcome:
        """Link the person, if what the plan found still holds."""

    async def done(self, job: Job, plan: Plan, command: LinkUser) -> bool:
        """Whether this job wrote the link before."""


class TierApplier(Protocol):
    """Applies plans that fix a tier."""

    async def fix(
        self, job: Job, person: Person, plan: Plan, command: SetTier, authority: Authority
    ) -> Outcome:
        """Apply one plan."""

    async def done(self, job: Job, plan: Plan) -> bool:
        """Whether this job fixed the tier before."""


class PlaceApplier(Protocol):
    """Applies plans that change environments at Cloudinary."""

    async def change(
        self, job: Job, person: Person, plan: Plan, command: PlaceChange, by: Authority
    ) -> Outcome:
        """Apply one plan."""

    async def done(self, job: Job, plan: Plan, command: PlaceChange) -> bool:
        """Whether this job changed the environment before."""


class GroupApplier(Protocol):
    """Applies plans that change a user group."""

    async def change(
        self, job: Job, person: Person, plan: Plan, command: GroupChange, authority: Authority
    ) -> Outcome:
        """Apply one plan."""

    async def done(self, job: Job, command: GroupChange) -> bool:
        """Whether this job made the change before."""


class OffboardRunner(Protocol):
    """Applies plans that end everything that a person has."""

    async def offboard(
        self, job: Job, person: Person, plan: Plan, command: OffboardUser, authority: Authority
    ) -> Outcome:
        """Run the parts of one plan that are left."""

    async def done(self, job: Job) -> bool:
        """Whether this job ran every part before."""

    async def stop(self, job: Job, kind: str) -> None:
        """Finish the message of a request that failed, with what was done and what was not."""


class UserApplier(Protocol):
    """Applies plans that change users."""

    async def change(
        self, job: Job, person: Person, plan: Plan, command: UserChange, authority: Authority
    ) -> Outcome:
        """Apply one plan."""

    async def done(self, job: Job, plan: Plan, command: UserChange) -> bool:
        """Whether this job changed the user before."""


@dataclass(frozen=True)
class KeyApplier:
    """Applies every plan; reveals, recovery and deadlines change keys in their own modules."""

    changer: KeyChanger
    creator: KeyCreator
    renewer: KeyRenewer
    linker: PlanLinker
    tiers: TierApplier
    roles: RoleChanger
    recorder: KeyRecorder
    places: PlaceApplier
    groups: GroupApplier
    users: UserApplier
    offboarder: OffboardRunner

    async def apply(self, job: Job, person: Person, plan: Plan, authority: Authority) -> Outcome:
        """Apply a plan on the given authority."""
        match plan.command:
            case CreateKey() | RequestKey() | RotateKey():
                return await self.creator.create(job, plan, authority)
            case Renew() as command:
                return await self.renewer.renew(job, plan, command, authority)
            case RolesOfKey() as command:
                return await self.roles.change(job, person, plan, command, authority)
            case OwnerOfKey() | NoteKey() | TagKey() as command:
                return await self.recorder.change(job, person, plan, command, authority)
            case command if isinstance(command, KeyChange):
                return await self.changer.change(job, person, plan, command, authority)
            case account:
                return await self._apply_to_account(job, person, plan, account, authority)

    async def _apply_to_account(
        self, job: Job, person: Person, plan: Plan, change: AccountChange, authority: Authority
    ) -> Outcome:
        match change:
            case LinkUser() as command:
                return await self.linker.link(job, plan, command, authority)
            case OffboardUser() as command:
                return await self.offboarder.offboard(job, person, plan, command, authority)
            case SetTier() as command:
                return await self.tiers.fix(job, person, plan, command, authority)
            case (
                CreateEnvironment()
                | RenameEnvironment()
                | DisableEnvironment()
                | EnableEnvironment() as command
            ):
                return await self.places.change(job, person, plan, command, authority)
            case command if isinstance(command, GroupChange):
                return await self.groups.change(job, person, plan, command, authority)
            case command:
                return await self.users.change(job, person, plan, command, authority)

    async def done(self, job: Job, plan: Plan) -> bool:
        """Whether the job had its effect before it died: what is left is only to record it."""
        match plan.command:
            case CreateKey() | RequestKey() | RotateKey():
                return await self.creator.done(job, plan)
            case Renew() as command:
                return await self.renewer.done(job, plan, command)
            case RolesOfKey() as command:
                return await self.roles.done(job, plan, command)
            case OwnerOfKey() | NoteKey() | TagKey() as command:
                return await self.recorder.done(job, command)
            case command if isinstance(command, KeyChange):
                return await self.changer.done(job, plan, command)
            case account:
                return await self._done_to_account(job, plan, account)

    async def _done_to_account(self, job: Job, plan: Plan, change: AccountChange) -> bool:
        match change:
            case LinkUser() as command:
                return await self.linker.done(job, plan, command)
            case OffboardUser():
                return await self.offboarder.done(job)
            case SetTier():
                return await self.tiers.done(job, plan)
            case (
                CreateEnvironment()
                | RenameEnvironment()
                | DisableEnvironment()
                | EnableEnvironment() as command
            ):
                return await self.places.done(job, plan, command)
            case command if isinstance(command, GroupChange):
                return await self.groups.done(job, command)
            case command:
                return await self.users.done(job, plan, command)

    async def give_up(self, job: Job, kind: str) -> None:
        """Clean up after a job whose request has failed, in what `kind` says."""
        if isinstance(command := read(job.text), Renew):
            await self.renewer.give_up(job, command)
        elif isinstance(command, OffboardUser):
            await self.offboarder.stop(job, kind)
