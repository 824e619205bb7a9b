"""Takes the account's roles of a user away, as the list named them: once, and recognised later."""

from dataclasses import dataclass

from bot.domain.audit import AuditEvent
from bot.domain.bulk import Part
from bot.domain.commands.users import DisableUser, OffboardUser
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import NoSuchUser, UserChanged, UserRefused, UserUnchanged
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.domain.users import Refusal
from bot.errors import NotFound, Unavailable
from bot.flows.accounts.still_decided import still_decided
from bot.flows.accounts.user_change import LOCK, UserChanger
from bot.flows.audit import about_user
from bot.flows.plan import Approved


@dataclass(frozen=True)
class AccountRoles:
    """Each call to Cloudinary may be repeated; a role that the list did not name stays."""

    changer: UserChanger

    async def take(
        self, job: Job, person: Person, part: Part, command: OffboardUser, authority: Approved
    ) -> Outcome:
        """Take those that are left, within the lock of the account's users."""
        changer, named = self.changer, frozenset(part.seen.split())
        users, mark = changer.effects.users, f"offboard roles:{command.person}"
        async with changer.locks.hold(LOCK, job):
            try:
                user = await users.user(command.person)
            except NotFound:
                return NoSuchUser(part.name)
            about = about_user(user) | {"roles": " ".join(sorted(named))}
            left = named & await users.account_roles_of(user.id)
            if not left and job.effect != mark:
                return UserUnchanged(user, command)
            if left:
                gift = await changer.guard.judge(person, user, DisableUser(user.id))
                if isinstance(gift, Refusal):
                    return UserRefused(part.name, gift)
                unseen = gift.grave > (authority.request.terms.action is Action.USER_MASTER_ADMIN)
                if unseen or not await still_decided(authority, users):
                    return UserRefused(part.name, Refusal.UNAPPROVED)
                begun = changer.audit_log.entry(job, AuditEvent.BEGUN, about, authority.policy)
                job = await changer.jobs.begin(job, mark, begun)
                for role_id in sorted(left):
                    await users.take_account_role(user.id, role_id)
                if named & await users.account_roles_of(user.id):
                    raise Unavailable("the user still has the role", maybe_done=True)
            done = changer.audit_log.entry(job, AuditEvent.DONE, about, authority.policy)
            await changer.jobs.finish(job, done)
            return UserChanged(user, command)
