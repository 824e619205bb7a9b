"""Creates one-time links: the ciphertext is kept, its key leaves in the link's fragment."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.audit import AuditEvent
from bot.domain.keys import Credentials
from bot.domain.links import Made
from bot.domain.pending import PendingCredentials
from bot.flows.audit import about_claim, link_entry
from bot.flows.links.ports import LinkStore, Seal
from bot.flows.ports import Clock


@dataclass(frozen=True)
class LinkCreator:
    """Seals credentials behind links."""

    store: LinkStore
    clock: Clock
    seal: Seal
    public_url: str
    ttl: timedelta

    async def make(self, pending: PendingCredentials, credentials: Credentials) -> Made | None:
        """Seal the credentials behind a new link; the claim's former link dies.

        None where they were claimed a moment ago.
        """
        bundle, now = self.seal(credentials, pending), self.clock.now()
        entry = link_entry(now, AuditEvent.LINKED, pending.id, about_claim(pending))
        if not await self.store.put(bundle, pending, now, entry):
            return None
        url = f"{self.public_url}/s/{bundle.link_id}#{bundle.key}"
        return Made(now + self.ttl, pending.fingerprint, url)
