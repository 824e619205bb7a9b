"""Collects pending credentials by a one-time link; each new link replaces the former one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.commands.general import Claim
from bot.domain.commands.requests import WHICH
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import Credentials, may_be_handed_over
from bot.domain.links import in_language
from bot.domain.outcomes.links import (
    ClaimRefused,
    LinkReady,
    NothingToClaim,
    NotReady,
    PassphraseKept,
    PassphraseNeeded,
    SecretWithheld,
    WhichPending,
)
from bot.domain.outcomes.requests import RequestShown
from bot.domain.outcomes.union import Outcome
from bot.domain.passphrases import salt_of
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Person
from bot.domain.request_ids import begins, plain_id
from bot.domain.requests.machine import Request, State
from bot.errors import NotFound
from bot.flows.links.ports import LinkMaker, LinkRules, ShownRequests, Underway
from bot.flows.ports import Account, PendingStore

MINE: Final = WHICH[0]
TOLD: Final = (State.PENDING, State.APPROVED, State.EXECUTING, State.LAPSED, State.CLAIMED)
"""States of a person's requests that an empty claim tells, the first of them first."""


async def handed_over(account: Account, pending: Pending) -> bool:
    """Whether the key may be handed over, as Cloudinary has it now.

    That the key was created for these credentials is what their record says: its MAC, and the audit
    entry of the creation, which names it.
    """
    try:
        keys = await account.keys(pending.environment_id)
    except NotFound:
        return False  # with its environment
    return may_be_handed_over(next((k for k in keys if k.api_key == pending.api_key), None))


@dataclass(frozen=True)
class Collector:
    """Gives pending credentials to their owner."""

    account: Account
    pending: PendingStore
    links: LinkMaker
    access: Underway
    shown: ShownRequests
    rules: LinkRules
    locale: Callable[[str], str] = lambda _: ""
    """Gives a person's language and region, as Slack knows it."""

    async def collect(self, job: Job, person: Person, command: Claim) -> Outcome:
        """Create a link to the credentials that the actor means, among their own."""
        pending = await self.pending.pending_of(job.actor)
        meant = [each for each in pending if command.id in {None, each.id, each.name}]
        if not meant and command.id and (typed := plain_id(command.id)):
            meant = [each for each in pending if begins(each.id, typed)]
        if not meant:
            begun = command.id and await self.access.underway(job.actor, command.id)
            return NotReady(begun) if begun else await self._nothing(person, command)
        if len(meant) > 1:
            return WhichPending(tuple(meant), command.passphrase)
        if command.passphrase and not job.passphrase:
            return (PassphraseKept if meant[0].passphrase else PassphraseNeeded)(meant[0])
        if not await self.access.may_still_claim(meant[0]):
            return ClaimRefused(meant[0])
        if not command.passphrase:
            return await self.hand_over(meant[0], None)
        if salt_of(meant[0].passphrase) not in {"", salt_of(job.passphrase)}:
            return PassphraseKept(meant[0])
        return await self.hand_over(replace(meant[0], passphrase=job.passphrase), None)

    async def _nothing(self, person: Person, command: Claim) -> NothingToClaim:
        """Say what became of the request that the person probably means, if they may see it."""
        found: Request | None
        if command.id:
            shown = await self.shown.listed(person, command.id)
            found = shown.request if isinstance(shown, RequestShown) else None
        else:
            own = (await self.shown.some(person, MINE)).requests
            mine = [it for it in own if it.state in TOLD and it.terms.owner == person.actor]
            found = min(mine, key=lambda it: TOLD.index(it.state), default=None)
        if found is None or found.terms.owner == person.actor:
            return NothingToClaim(request=found)
        ready = found.state is State.CLAIMABLE
        return NothingToClaim(request=found, owner=found.terms.owner if ready else None)

    async def hand_over(self, pending: Pending, credentials: Credentials | None) -> Outcome:
        """Create a link; without the credentials, read them from Cloudinary again."""
        place = Environment(pending.environment_id, pending.environment_name, pending.cloud_name)
        if credentials is None and not await handed_over(self.account, pending):
            return NothingToClaim()
        found = credentials or await self.account.credentials(place, pending.api_key)
        if found is None:
            return SecretWithheld(pending)
        link = await self.links.make(pending, found, await self._at_most(place))
        if link is None:
            return NothingToClaim()
        url = in_language(link.url, self.locale(pending.owner.user_id))
        return LinkReady(pending, link.expires_at, url)

    async def _at_most(self, place: Environment) -> timedelta | None:
        """How long the link may live by the policy, which knows the environment's fixed tier."""
        if not self.rules.says_link_ttl:
            return None
        places = await self.account.environments()
        return self.rules.link_ttl(next((each for each in places if each.id == place.id), place))
