"""Checks a change of a user against the whole account, read now."""

from dataclasses import dataclass, replace

from bot.domain.commands.users import DisableUser, RemoveUser, SetUserRole, UserChange
from bot.domain.environments import Environment
from bot.domain.people import CloudinaryUser, Person, Role
from bot.domain.users import AccountUser, Change, Refusal, covers, is_still, refusal
from bot.flows.accounts.still_decided import reaches_now
from bot.flows.accounts.user_gifts import Gift, UserGifts
from bot.flows.user_ports import Users


@dataclass(frozen=True)
class UserGuard:
    """Knows every user; `permissions` is whether the account has the Permissions API."""

    users: Users
    gifts: UserGifts
    permissions: bool

    async def everyone(self) -> dict[str, AccountUser]:
        """Every user by id, and who is a master admin."""
        listed = await self.users.all_users()
        if not self.permissions:
            return {it.id: AccountUser(it, it.role is Role.MASTER_ADMIN) for it in listed}
        own, by_group = await self.users.account_masters()
        return {it.id: AccountUser(it, it.id in own, it.id in by_group) for it in listed}

    async def is_master(self, user: CloudinaryUser) -> bool:
        """Whether one user is a master admin, without reading all others."""
        if not self.permissions:
            return user.role is Role.MASTER_ADMIN
        own, by_group = await self.users.account_masters()
        return user.id in own | by_group

    async def judge(
        self, person: Person, user: CloudinaryUser, command: UserChange
    ) -> Gift | Refusal:
        """What the change gives, or why the person may not make it."""
        known = await self.everyone()
        if not is_still(person, known):
            return Refusal.UNAPPROVED  # while the change waited for the lock
        gift = await self.gifts.of(user, command, known.get(user.id))
        roles = gift.roles if isinstance(gift, Gift) else ()
        more = next((each for each in roles if not covers(person.role, each)), None)
        stop = refusal(person, user, known.values(), _after(command, user, known), more)
        if stop or isinstance(gift, Refusal):
            return stop or gift
        reached = await reaches_now(person, gift.opens, self.users)
        return gift if reached else Refusal.MORE_ENVIRONMENTS


def names_of(places: list[Environment]) -> str:
    """Name environments in a canonical command."""
    return ",".join(sorted(place.cloud_name for place in places))


def _after(command: UserChange, user: CloudinaryUser, known: dict[str, AccountUser]) -> Change:
    now = known.get(user.id)
    match command:
        case RemoveUser():
            return {user.id: None}
        case DisableUser() if now:
            return {user.id: replace(now, user=replace(user, enabled=False))}
        case SetUserRole() if now:
            return {user.id: replace(now, master=command.role == Role.MASTER_ADMIN)}
        case _:
            return {}
