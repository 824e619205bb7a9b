"""Finds the person who leaves, and says when no one may offboard them."""

from dataclasses import dataclass, replace

from bot.domain.commands.users import DisableUser
from bot.domain.jobs import Job
from bot.domain.offboarding import Subject
from bot.domain.outcomes.users import NoSuchUser, UserRefused, UserSearchOutcome
from bot.domain.people import Actor, Person
from bot.domain.users import Refusal
from bot.errors import NotFound
from bot.flows.accounts.find_user import FoundUser, UserSearch
from bot.flows.accounts.user_change import LOCK
from bot.flows.accounts.user_gifts import Gift
from bot.flows.accounts.user_guard import UserGuard
from bot.flows.ports import Locks


@dataclass(frozen=True)
class Subjects:
    """Finds people, also those at Slack whom Cloudinary does not know."""

    search: UserSearch
    guard: UserGuard
    locks: Locks

    async def find(self, asker: Actor, typed: str) -> Subject | UserSearchOutcome:
        """Find the one person whom a text means."""
        found = await self.search.find(asker, typed)
        if isinstance(found, FoundUser):
            return Subject(found.user, found.slack)
        if isinstance(found, NoSuchUser) and found.slack:
            return Subject(None, replace(asker, user_id=found.slack))
        return found

    async def refused(self, person: Person, subject: Subject) -> UserRefused | None:
        """Refuse oneself, and the last master admin, whatever the parts are."""
        if subject.slack == person.actor:
            return UserRefused(subject.name, Refusal.OWN_USER)
        gift = await self._judged(person, subject)
        return UserRefused(subject.name, gift) if isinstance(gift, Refusal) else None

    async def ends_master(self, person: Person, subject: Subject) -> bool:
        """Whether the person who leaves is a master admin, which needs what giving that needs."""
        gift = await self._judged(person, subject)
        return isinstance(gift, Gift) and gift.grave

    async def _judged(self, person: Person, subject: Subject) -> Gift | Refusal | None:
        user = subject.user
        return await self.guard.judge(person, user, DisableUser(user.id)) if user else None

    async def refused_now(self, job: Job, person: Person, subject: str) -> UserRefused | None:
        """Refuse again, inside the lock of the account's users; `subject` is an id."""
        async with self.locks.hold(LOCK, job):
            if subject.startswith("@"):
                slack = replace(person.actor, user_id=subject.removeprefix("@"))
                return await self.refused(person, Subject(None, slack))
            try:
                user = await self.search.users.user(subject)
            except NotFound:
                return None
            return await self.refused(person, Subject(user, None))
