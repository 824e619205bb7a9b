"""Which roles there are, and which one a command means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.commands.grammar import read
from bot.domain.commands.key_fields import ADD
from bot.domain.commands.keys import CreateKey, RolesOfKey
from bot.domain.commands.requests import RequestKey
from bot.domain.commands.rotations import RotateKey
from bot.domain.commands.text import escape
from bot.domain.key_roles import (
    KeyRole,
    Loss,
    Use,
    Verdict,
    least_first,
    loss_of,
    mark_of,
    meant,
)
from bot.domain.keys import Located
from bot.domain.outcomes.roles import NoRoles, NoSuchRole, RoleStop, WhichRole
from bot.domain.policy import Action, Decision, Refused
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.requests.terms import Terms
from bot.errors import CloudinaryError
from bot.flows import reads
from bot.flows.ports import Clock
from bot.flows.role_ports import KeyRoleReader

KEPT_FOR: Final = timedelta(minutes=5)
"""How long the list of roles is used; a name that it lacks is looked for again."""
NO_ROLES: Final = NoRoles()


@dataclass
class RoleBook:
    """Reads roles; `permissions` is whether the account has the Permissions API."""

    account: KeyRoleReader
    permissions: bool
    clock: Clock
    _kept: tuple[datetime, tuple[KeyRole, ...]] | None = field(default=None, init=False)

    async def known(self, *, fresh: bool = False) -> tuple[KeyRole, ...]:
        """Every role that a key may be given, the least first."""
        now = self.clock.now()
        if fresh or self._kept is None or now - self._kept[0] > KEPT_FOR:
            self._kept = (now, tuple(least_first(await self.account.assignable_roles())))
        return self._kept[1]

    async def offered(self) -> tuple[KeyRole, ...]:
        """The same for a menu; none without the Permissions API."""
        return await self.known() if self.permissions else ()

    async def of_new(
        self, command: CreateKey | RequestKey | RotateKey, decision: Decision
    ) -> KeyRole | RoleStop | None:
        """The role of a new key: the one that is named, else the default of the policy."""
        if not self.permissions:
            return NO_ROLES if command.role else None
        default = "" if isinstance(decision, Refused) else decision.default_role
        return await self._given(command, command.role or default)

    async def of_change(
        self, command: RolesOfKey, here: Located, begun: str = ""
    ) -> KeyRole | RoleStop:
        """The role that a key is to get, or is to lose; `begun` is the job's intent, if any."""
        if not self.permissions:
            return NO_ROLES
        held = await self.account.roles_of_key(here.environment.id, here.key.api_key)
        if command.change == ADD:
            return await self._given(command, command.role or "", held)
        taken = begun.removeprefix(mark_of(command.change or "", here.key.api_key))
        if begun == taken or any(role.ref == taken for role in held):
            return _chosen(command, command.role or "", held)
        id_, _, part = taken.partition("@")  # this job took it before it was stopped
        known = (role for role in await self.known() if role.id == id_)
        return replace(next(known, KeyRole(id_, id_)), folder=part)

    async def _given(
        self,
        command: CreateKey | RequestKey | RotateKey | RolesOfKey,
        text: str,
        held: Sequence[KeyRole] = (),
    ) -> KeyRole | RoleStop:
        known = await self.known()
        if text and not meant(text, known):
            known = await self.known(fresh=True)
        free = [role for role in known if text or not any(role.same(each) for each in held)]
        return _chosen(command, text, free)

    async def still(self, terms: Terms) -> bool:
        """Whether a role still allows no more, or its key loses no more, than approvers saw."""
        role, command = terms.role, read(escape(terms.command))
        if terms.rotation:
            return await self._inherited(terms, terms.rotation)
        if role is None:
            return True
        if not self.permissions:
            return False
        if isinstance(command, RolesOfKey) and command.change != ADD:
            loss = await self.loss(command, terms.environment_id, terms.key, role)
            return loss is None or terms.loss is None or loss.within(terms.loss)
        return await self._allows_no_more(role)

    async def _allows_no_more(self, role: KeyRole) -> bool:
        now = next((it for it in await self.known(fresh=True) if it.same(role)), None)
        return now is not None and set(now.uses) <= set(role.uses)

    async def _inherited(self, terms: Terms, rotation: RotationTerms) -> bool:
        """Whether the old key still has the roles of its successor, or a new one is still so.

        A role that changed meanwhile has changed for the old key too.
        """
        if rotation.roles is None or not rotation.roles:
            return True
        if rotation.changed:
            return await self._allows_no_more(rotation.roles[0])
        held = await self.account.roles_of_key(terms.environment_id, terms.key)
        return all(any(role.same(each) for each in held) for role in rotation.roles)

    async def of_successor(self, here: Located) -> tuple[tuple[KeyRole, ...] | None, bool]:
        """The roles that a key's successor gets, and whether one needs those of Master Admin.

        Raises `CloudinaryError` where they can't be read. A role that is not known counts as grave:
        what it allows can't be told.
        """
        if not self.permissions:
            return None, False
        held = await self.account.roles_of_key(here.environment.id, here.key.api_key)
        known = {role.id: role for role in await self.known()}
        full = [replace(it, uses=known[it.id].uses) if it.id in known else it for it in held]
        return tuple(full), any(it.master or it.id not in known for it in full)

    async def loss(
        self, command: RolesOfKey, place: str, api_key: str, role: KeyRole
    ) -> Loss | None:
        """What a key can't do once it loses the role; None if the command takes none from it.

        A role is taken although what it permits can't be read.
        """
        if command.change == ADD:
            return None
        held = await self.account.roles_of_key(place, api_key)
        if not any(map(role.same, held)):
            return None
        try:
            verdicts = await self.account.verdicts(place, api_key)
        except CloudinaryError:
            verdicts = ()
        return loss_of(role, held, verdicts)

    async def action(self, usual: Action, given: Mapping[str, str]) -> Action:
        """The gravest action of a form, as far as it is filled in."""
        gives = self.permissions and given.get("change") in {None, ADD} and given.get("role")
        found = meant(given["role"], await self.known()) if gives else []
        return Action.KEY_MASTER_ADMIN if any(role.master for role in found) else usual

    async def marked(self, keys: Sequence[Located]) -> tuple[Located, ...]:
        """Add the roles to keys: one call for each of their environments.

        Where they can't be read they are not told; a list of keys does not fail for that.
        """
        if not self.permissions:
            return tuple(keys)
        places = list(dict.fromkeys(here.environment.id for here in keys))
        found = await reads.each(self._in, places)
        roles = dict(zip(places, found, strict=True))
        return tuple(_marked(here, roles[here.environment.id]) for here in keys)

    async def _in(self, environment_id: str) -> dict[str, tuple[KeyRole, ...]] | None:
        try:
            return dict(await self.account.roles_by_key(environment_id))
        except CloudinaryError:
            return None

    async def explained(self, here: Located) -> tuple[Verdict, ...]:
        """What the effective policies let a key do."""
        return await self.account.verdicts(here.environment.id, here.key.api_key)

    async def remedies(self, lacking: Iterable[Use]) -> tuple[tuple[Use, KeyRole], ...]:
        """The least role that allows each of these uses, where one does."""
        known = await self.known()
        found = {use: next((it for it in known if use in it.uses), None) for use in lacking}
        return tuple((use, role) for use, role in found.items() if role)


def _marked(here: Located, roles: dict[str, tuple[KeyRole, ...]] | None) -> Located:
    return here if roles is None else replace(here, roles=roles.get(here.key.api_key, ()))


def _chosen(
    command: CreateKey | RequestKey | RotateKey | RolesOfKey, text: str, known: Sequence[KeyRole]
) -> KeyRole | RoleStop:
    found = meant(text, known) if text else list(known)
    if text and len(found) == 1:
        return found[0]
    choices = tuple((role, replace(command, role=role.ref)) for role in found or known)
    takes = isinstance(command, RolesOfKey) and command.change != ADD
    return WhichRole(choices, takes) if found else NoSuchRole(text, choices, takes)
