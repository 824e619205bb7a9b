"""Creates one-time links.

The server stores the ciphertext. The key to it leaves in the link's fragment, which browsers send
to no server, and is stored nowhere.
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.audit import AuditEvent
from bot.domain.keys import Credentials
from bot.domain.links import Made
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.secret import Secret
from bot.flows.audit import link_entry
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

    async def make(self, pending: Pending, credentials: Credentials) -> Made | None:
        """Replace the former link by a new one; None if the credentials are claimed already."""
        bundle, now = self.seal(credentials, pending), self.clock.now()
        entry = link_entry(now, AuditEvent.LINKED, pending)
        if not await self.store.put(bundle, pending, now, entry):
            return None
        url = Secret(f"{self.public_url}/s/{bundle.link_id}#{bundle.key.show()}")
        return Made(now + self.ttl, pending.fingerprint, url)
