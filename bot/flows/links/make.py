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

    async def make(
        self, pending: Pending, credentials: Credentials, at_most: timedelta | None = None
    ) -> Made | None:
        """Replace the former link by a new one; None if the credentials are claimed already.

        It lives for the usual time, and for `at_most` where that is less.
        """
        bundle, now = self.seal(credentials, pending), self.clock.now()
        entry = link_entry(now, AuditEvent.LINKED, pending)
        if not await self.store.put(bundle, pending, now, entry, at_most):
            return None
        url = Secret(f"{self.public_url}/s/{bundle.link_id}#{bundle.key.show()}")
        return Made(now + min(self.ttl, at_most or self.ttl), pending.fingerprint, url)
