"""Decides about the passphrase of a link: the right one counts nothing, the last try ends it.

A try is counted before its answer leaves, and only for a press that is proven and, where people
sign in, for the link's owner. A link that changes meanwhile is read again, so that of two wrong
passphrases at once both count, and of a right one and the last wrong one at once one wins.
"""

import hmac
from dataclasses import dataclass

from bot.domain import links
from bot.domain.audit import AuditEvent
from bot.domain.link_receipts import ShutReport
from bot.domain.links import Link, LinkState, Opener
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.requests.notifications import Told, Topic, to_person
from bot.domain.secret import Secret
from bot.flows.audit import link_entry
from bot.flows.links.ports import HashProof, LinkStore
from bot.flows.ports import Clock


@dataclass(frozen=True)
class Tries:
    """Counts wrong passphrases."""

    store: LinkStore
    clock: Clock
    hash_proof: HashProof

    async def stop(
        self, link: Link | None, pending: Pending, given: Secret, opener: Opener
    ) -> links.WrongPassphrase | links.NotNow | None:
        """Say what stops the press; None for the right passphrase, or a link without one."""
        hashed = self.hash_proof(given)
        while link and link.state is LinkState.SEALED and link.lock:
            lock = link.lock
            if hmac.compare_digest(lock.proof_hash, hashed):
                return None
            missed = lock.missed(hashed) if given else lock
            if missed == lock:
                return links.WrongPassphrase(lock.left)
            now, left = self.clock.now(), missed.left
            detail = f"wrong passphrase, tries left: {left}"
            facts = opener.browser.facts
            entry = link_entry(now, AuditEvent.REFUSED, pending, detail, opener.person, **facts)
            told = () if left else _told(pending)
            if await self.store.miss(link, missed, now, entry, told):
                return links.WrongPassphrase(left) if left else links.Shut(now)
            link = await self.store.find(link.id)
        return None if link and link.state is LinkState.SEALED else links.not_now(link)


def _told(pending: Pending) -> Told:
    report = ShutReport(pending.name, pending.environment_name)
    return (to_person("", Topic.SHUT, pending.owner.user_id, text=report.write()),)
