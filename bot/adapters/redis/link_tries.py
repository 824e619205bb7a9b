"""Wrong passphrases of links in Redis."""

from collections.abc import Mapping
from datetime import datetime

from bot.adapters.redis import names, steps
from bot.adapters.redis.link_records import LOCK
from bot.adapters.redis.pending import RedisPending
from bot.adapters.redis.requests import queued
from bot.adapters.redis.steps import field_is
from bot.domain.audit import Entry
from bot.domain.links import Link, LinkState
from bot.domain.passphrases import Lock, salt_of
from bot.domain.pending import PendingCredentials
from bot.domain.requests.notifications import Told
from bot.errors import StoreError


def protecting(found: Mapping[str, str], pending: PendingCredentials) -> dict[str, str]:
    """Write the passphrase of credentials; one that they have already stays.

    Raises:
        StoreError: they got one since they were read, and are to be read again.

    """
    if salt_of(found.get("passphrase", "")) not in {"", salt_of(pending.passphrase)}:
        raise StoreError("the credentials got a passphrase meanwhile")
    return {"passphrase": pending.passphrase} if pending.passphrase else {}


class RedisTries(RedisPending):
    """Counts them, on the record of the link."""

    async def miss(
        self, link: Link, lock: Lock, at: datetime, entry: Entry, told: Told = ()
    ) -> bool:
        """Store a wrong passphrase; the last one ends the link. False where the link has changed.

        The replicas have the step first: else a failover could give the try back.
        """
        record, before = names.link(link.id), LOCK.write(link.lock)
        ends = {} if lock.left else {"state": LinkState.SHUT, "since": at.isoformat()}
        change, same = await self._signed.change(record, lock=LOCK.write(lock), **ends)
        gone = (steps.delete(names.sealed(link.id)),) if ends else ()
        guards = (field_is(record, "state", LinkState.SEALED), field_is(record, "lock", before))
        writes = (change, *gone, *map(queued, told))
        return await self._ledger.write(entry, writes, *guards, same, replicated=True)
