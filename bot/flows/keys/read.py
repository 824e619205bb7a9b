"""Lists and shows access keys that the policy allows a person to see, without their secrets."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.commands.key_fields import ENABLED
from bot.domain.commands.keys import (
    ExplainKey,
    KeyLook,
    KeyReading,
    ListKeys,
    ShowKey,
)
from bot.domain.keys import Located, signer
from bot.domain.outcomes.keys import KeyShown, KeysListed, WhichKey
from bot.domain.outcomes.roles import KeyExplained, RolesShown
from bot.domain.outcomes.union import Outcome
from bot.domain.pages import page_of
from bot.domain.people import Person
from bot.domain.policy import Action, Refused
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.filters import KeyFilter
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.reconcile import Reconciler
from bot.flows.keys.resolve import NotFoundHere, Resolver, which_key
from bot.flows.keys.role_book import NO_ROLES, RoleBook
from bot.flows.own_rights import OwnRights
from bot.flows.ports import Account, Clock, Jobs

PAGE_SIZE = 15
"""Keys on a page: one table without much scrolling, and one menu of them."""


@dataclass(frozen=True)
class KeyReader:
    """Reads keys for one person."""

    account: Account
    resolver: Resolver
    jobs: Jobs
    clock: Clock
    deletions: Deletions
    own: OwnKeys
    roles: RoleBook
    rights: OwnRights
    filters: KeyFilter
    watch: Reconciler
    """Is shown each key that is shown."""

    async def read(self, person: Person, command: KeyReading, page: int) -> Outcome:
        """Answer one command; `page` counts from 0, and a page beyond the last is the last."""
        if isinstance(command, ListKeys):
            return await self._listed(person, command, page)
        if isinstance(command, ExplainKey):
            return await self.look(person, command)
        return await self._shown(person, command)

    async def _listed(self, person: Person, command: ListKeys, page: int) -> Outcome:
        places = await self.resolver.visible(person, Action.KEY_LIST)
        found = self.resolver.among(places, person, Action.KEY_LIST, command.env)
        if not isinstance(found, list):
            return found
        own = await self.own.held(person.actor) if command.mine else None
        held = found if own is None else [it for it in found if it.id in own.values()]
        every, unread = await self.resolver.read_in(held)
        ids = await self.rights.closed(found)
        closed = tuple(it for it in found if it.id in ids or it in unread)
        matching = [here for here in every if self._matches(here, command, own)]
        keys = await self.filters.chosen(matching, command)
        cut = page_of(keys, page, PAGE_SIZE)
        described = await self.filters.described(cut.shown)
        dated = await asyncio.gather(*map(self.deletions.dated, described))
        shown = await self.roles.marked(dated)
        where = (cut.number, cut.pages, len(keys))
        return KeysListed(shown, *where, command, places=tuple(places), closed=closed)

    def _matches(self, here: Located, command: ListKeys, own: dict[str, str] | None) -> bool:
        key, place = here.key, here.environment
        if own is not None and own.get(key.api_key) != place.id:
            return False
        if command.state is not None and key.enabled != (command.state == ENABLED):
            return False
        return self._stale(here, command.stale)

    def _stale(self, here: Located, days: int | None) -> bool:
        changed = here.key.updated_at or here.key.created_at
        if days is None or changed is None:
            return True
        return self.clock.now() - changed >= timedelta(days=days)

    async def look(self, person: Person, command: KeyLook) -> Outcome:
        """Tell what a key can do that the person may see, or that is their own."""
        if not self.roles.permissions:
            return NO_ROLES
        found = await self._looked_at(person, command)
        if not isinstance(found, Located):
            return found
        if isinstance(command, ExplainKey):
            return await self._explained(person, found, command)
        return await self._with_roles(person, found)

    async def _looked_at(self, person: Person, command: KeyLook) -> Located | NotFoundHere:
        """The key that the person may see, else their own one of that name."""
        found = await self.resolver.key(person, command)
        if isinstance(found, Located | WhichKey):
            return found
        own = await self.own.named(person.actor, command, former=True)
        if len(own) > 1:
            return which_key(own, command)
        return own[0] if own else found

    async def _with_roles(self, person: Person, found: Located) -> RolesShown:
        """Show the roles of a key, each with what it allows."""
        held = await self.roles.account.roles_of_key(found.environment.id, found.key.api_key)
        may = self._may_change(person, found)
        return RolesShown(replace(found, roles=tuple(held)), may_change=may)

    def _may_change(self, person: Person, found: Located) -> bool:
        """Whether the person may change the key's roles, or request that."""
        decision = self.resolver.authorizer.decide(person, Action.KEY_ROLES, found.environment)
        return not isinstance(decision, Refused) and not found.key.root

    async def _explained(self, person: Person, found: Located, command: ExplainKey) -> KeyExplained:
        verdicts = await self.roles.explained(found)
        asked = [it for it in verdicts if command.action in {None, it.use}]
        lacking = [it.use for it in asked if not it.by and not it.forbidden]
        remedies = await self.roles.remedies(lacking)
        may = self._may_change(person, found)
        return KeyExplained(found, tuple(asked), command, remedies, may_change=may)

    async def _shown(self, person: Person, command: ShowKey) -> Outcome:
        found = await self.resolver.key(person, command)
        if not isinstance(found, Located):
            return found
        return await self.shown(found, others=True)

    async def shown(self, found: Located, *, others: bool = False) -> KeyShown:
        """Show a key that the person may see, or that is their own.

        With `others`, they may see the environment's other keys too.
        """
        await self.watch.see(found)
        signs = signer(await self.account.keys(found.environment.id))
        last = await self.jobs.last_change(found.key.api_key)
        described = await self.filters.described([found])
        dated, *_ = await self.roles.marked([await self.deletions.dated(described[0])])
        record = await self.filters.records.find(found.key.api_key)
        own = signs is not None and signs.api_key == found.key.api_key
        other = signs.label if signs and others and not own else ""
        runs = await self.own.requests.rotation_of(found.key.api_key)
        return KeyShown(dated, own, last, signer=other, record=record, rotation=runs)
