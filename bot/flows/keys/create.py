"""Creates a key, disabled, and keeps its credentials pending for their owner.

The order is lock, look for the name, intent, create, disable, pending credentials. What a crash
leaves:
- before the intent: nothing happened;
- after the intent, before Cloudinary answered: the key may exist, enabled or not. The job runs
  again, finds the key by its name and adopts it only if this job created it;
- after the key exists, before its credentials are pending: a disabled key that the job adopts;
- after that: the owner collects with `claim`, which creates a new link each time.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.audit import Deed
from bot.domain.claims import Claim
from bot.domain.environments import Environment
from bot.domain.errands import Errand
from bot.domain.keys import Credentials, Generated, Key, Located
from bot.domain.outcomes import MadeToClaim, NameTaken, Outcome
from bot.errors import Unavailable
from bot.flows.audit import Scribe, about_environment, about_key
from bot.flows.keys.plan import key_named
from bot.flows.links.collect import Collector
from bot.flows.plan import Approved, Authority, Plan
from bot.flows.ports import Account, Claims, Errands, Locks

CLOCK_SKEW = timedelta(seconds=30)
"""How far Cloudinary's clock, which has whole seconds, may differ from ours."""
RECONCILE_AFTER = (0.5, 2.0, 5.0)
"""Seconds before each look for a key whose creation got no clear answer."""


@dataclass(frozen=True)
class KeyCreator:
    """Carries out plans that create a key."""

    account: Account
    errands: Errands
    locks: Locks
    claims: Claims
    collector: Collector
    scribe: Scribe

    async def create(self, job: Errand, plan: Plan, authority: Authority) -> Outcome:
        """Create the key; without an approval the requester gets the link at once."""
        async with self.locks.hold(f"environment:{plan.environment.id}"):
            created = await self._create(job, plan, authority)
        if isinstance(created, NameTaken):
            return await self._created_before(job, authority) or created
        pending, credentials = created
        if isinstance(authority, Approved):
            return MadeToClaim(pending)
        return await self.collector.hand_over(pending, credentials)

    async def _created_before(self, job: Errand, authority: Authority) -> MadeToClaim | None:
        """A second worker on the same approved job finds the name taken by the first."""
        if not isinstance(authority, Approved):
            return None
        pending = await self.claims.find_claim(job.id)
        return MadeToClaim(pending) if pending else None

    async def _create(
        self, job: Errand, plan: Plan, authority: Authority
    ) -> NameTaken | tuple[Claim, Credentials | None]:
        """Create the key once: a key that this job created before is found by its name."""
        place, name = plan.environment, plan.name
        mark = f"created:{place.id}:{name}"
        there = await key_named(self.account, place, name)
        if there and not (job.effect == mark and await self._is_ours(job, there)):
            return NameTaken(Located(there, place))
        target = about_environment(place) | {"name": name}
        begun = self.scribe.entry(job, Deed.BEGUN, target, authority.policy)
        job = await self.errands.begin(job, mark, begun)
        made = Generated(there, None) if there else await self._generate(job, place, name)
        return await self._keep(job, plan, made.key, authority), made.credentials

    async def _is_ours(self, job: Errand, key: Key) -> bool:
        """Whether this job created the key: it is no older, and nothing else claims it."""
        claim = await self.claims.claim_on(key.api_key)
        if claim and claim.id != job.id:
            return False
        return key.created_at is None or key.created_at >= job.accepted_at - CLOCK_SKEW

    async def _generate(self, job: Errand, place: Environment, name: str) -> Generated:
        try:
            return await self.account.create_key(place, name)
        except Unavailable as error:
            if not error.maybe_done:
                raise
            found = await self._look_for(place, name)
            if found is None or not await self._is_ours(job, found):
                raise
            return Generated(found, None)

    async def _look_for(self, place: Environment, name: str) -> Key | None:
        """Find the key of a call that got no clear answer; the call is never repeated."""
        for delay in RECONCILE_AFTER:
            await asyncio.sleep(delay)
            found = await key_named(self.account, place, name)
            if found:
                return found
        return None

    async def _keep(self, job: Errand, plan: Plan, key: Key, authority: Authority) -> Claim:
        """Disable the key where Cloudinary created it enabled, and keep its credentials pending."""
        place = plan.environment
        if key.enabled:
            key = await self.account.set_enabled(place.id, key.api_key, enabled=False)
        claim = Claim(
            job.id,
            plan.owner or job.actor,
            place.id,
            place.name,
            place.cloud_name,
            key.api_key,
            key.name,
            self.scribe.clock.now(),
            agreed=authority.request.terms.fingerprint if isinstance(authority, Approved) else "",
        )
        target = about_key(Located(key, place)) | {"fingerprint": claim.fingerprint}
        entry = self.scribe.entry(job, Deed.DONE, target, authority.policy)
        await self.claims.add_claim(claim, entry)
        return claim
