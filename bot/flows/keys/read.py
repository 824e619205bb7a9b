"""Access keys: listed and shown, as far as the policy lets a person see them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from bot.domain.commands.keys import ListKeys, ShowKey
from bot.domain.keys import Located, signs_webhooks
from bot.domain.outcomes.keys import KeyShown, KeysListed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.flows.keys.resolve import Resolver
from bot.flows.ports import Account, Clock, Jobs

PAGE_SIZE = 8
"""Keys on a page: what a phone shows without much scrolling, and far below Slack's 50 blocks."""


@dataclass(frozen=True)
class KeyReader:
    """Reads keys for one person, never their secrets."""

    account: Account
    resolver: Resolver
    jobs: Jobs
    clock: Clock

    async def read(self, person: Person, command: ListKeys | ShowKey, page: int) -> Outcome:
        """Answer one command; `page` counts from 0, and a page beyond the last is the last."""
        match command:
            case ListKeys():
                return await self._listed(person, command, page)
            case ShowKey():
                return await self._shown(person, command)
            case _:
                assert_never(command)

    async def _listed(self, person: Person, command: ListKeys, page: int) -> Outcome:
        found = await self.resolver.environments(person, Action.KEY_LIST, command.env)
        if not isinstance(found, list):
            return found
        keys = [k for k in await self.resolver.keys_in(found) if self._stale(k, command.stale)]
        pages = max(1, -(-len(keys) // PAGE_SIZE))
        page = min(page, pages - 1)
        shown = tuple(keys[page * PAGE_SIZE : (page + 1) * PAGE_SIZE])
        return KeysListed(shown, page, pages, len(keys), command)

    def _stale(self, here: Located, days: int | None) -> bool:
        if days is None:
            return True
        changed = here.key.updated_at or here.key.created_at
        return changed is None or self.clock.now() - changed >= timedelta(days=days)

    async def _shown(self, person: Person, command: ShowKey) -> Outcome:
        found = await self.resolver.key(person, command)
        if not isinstance(found, Located):
            return found
        siblings = await self.account.keys(found.environment.id)
        last = await self.jobs.last_change(found.key.api_key)
        return KeyShown(found, signs_webhooks(found.key, siblings), last)
