"""Answers that change nothing: lists, one key, one environment, who am I, who may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.commands import CreateKey, Explain, KeyCommand, ListKeys, ShowKey
from bot.domain.environments import Environment, Tier
from bot.domain.forms import action_of
from bot.domain.keys import Located, find, signs_webhooks
from bot.domain.outcomes import (
    EnvironmentShown,
    EnvironmentsListed,
    Explained,
    Introduced,
    KeyShown,
    KeysListed,
    Outcome,
)
from bot.domain.people import Person
from bot.domain.policy import EVERYWHERE, Action, Question
from bot.domain.writing import render
from bot.flows.finding import Finder
from bot.flows.people import Identified
from bot.flows.ports import Account, Clock, Errands, Policy

PAGE_SIZE = 8
"""Keys on a page: what a phone shows without much scrolling, and far below Slack's 50 blocks."""


@dataclass(frozen=True)
class Reader:
    """Reads for one person, never beyond what the policy lets them see."""

    account: Account
    policy: Policy
    finder: Finder
    errands: Errands
    clock: Clock

    async def whoami(self, who: Identified) -> Introduced:
        """Tell who the asker is."""
        if who.mismatch:
            return Introduced(who.person, (), who.mismatch)
        known = await self.account.environments()
        reached = tuple(e for e in known if who.person.reaches(e.id))
        return Introduced(who.person, reached, None)

    async def environments(self, person: Person) -> Outcome:
        """List the environments that the asker may see."""
        found = await self.finder.environments(person, Action.ENV_LIST, None)
        return EnvironmentsListed(tuple(found)) if isinstance(found, list) else found

    async def environment(self, person: Person, word: str) -> Outcome:
        """Show one environment with its keys."""
        found = await self.finder.environments(person, Action.ENV_SHOW, word)
        if not isinstance(found, list):
            return found
        return EnvironmentShown(found[0], tuple(await self.finder.keys_in(found[:1])))

    async def keys(self, person: Person, command: ListKeys, page: int) -> Outcome:
        """List one page of keys; a page beyond the last is the last."""
        found = await self.finder.environments(person, Action.KEY_LIST, command.env)
        if not isinstance(found, list):
            return found
        keys = [k for k in await self.finder.keys_in(found) if self._stale(k, command.stale)]
        pages = max(1, -(-len(keys) // PAGE_SIZE))
        page = min(page, pages - 1)
        shown = tuple(keys[page * PAGE_SIZE : (page + 1) * PAGE_SIZE])
        return KeysListed(shown, page, pages, len(keys), command)

    def _stale(self, here: Located, days: int | None) -> bool:
        if days is None:
            return True
        changed = here.key.updated_at or here.key.created_at
        return changed is None or self.clock.now() - changed >= timedelta(days=days)

    async def key(self, person: Person, command: ShowKey) -> Outcome:
        """Show one key."""
        found = await self.finder.key(person, command)
        if not isinstance(found, Located):
            return found
        siblings = await self.account.keys(found.environment.id)
        last = await self.errands.last_change(found.key.api_key)
        return KeyShown(found, signs_webhooks(found.key, siblings), last)

    async def explain(self, person: Person, command: Explain) -> Outcome:
        """Tell who could run a command: there, or in every environment that it could mean."""
        action = action_of(command.command)
        places = [None] if action in EVERYWHERE else await self._places(person, command)
        questions = [Question(person, action, place) for place in places]
        explained = tuple(self.policy.explain(question) for question in questions)
        return Explained(render(command.command), explained, person)

    async def _places(self, person: Person, command: Explain) -> Sequence[Environment]:
        """Where the command could act, as far as the asker may look; else one of each tier."""
        inner = command.command
        seen = await self.finder.visible(person, Action.ENV_LIST)
        places = seen or [Environment(tier, tier.capitalize(), tier) for tier in Tier]
        word = getattr(inner, "env", None) or getattr(inner, "name", None)
        meant = [place for place in places if word and place.answers_to(word)]
        if meant or not seen or not isinstance(inner, KeyCommand) or isinstance(inner, CreateKey):
            return meant or places
        found = find(inner.name, await self.finder.keys_in(seen)) if inner.name else []
        return list(dict.fromkeys(here.environment for here in found)) or seen
