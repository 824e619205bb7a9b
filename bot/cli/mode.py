"""Keeps the record of whether the account has the Permissions API."""

import contextlib
from collections.abc import Sequence

from bot.adapters.redis.permissions import RedisPermissions
from bot.domain.audit import AuditEvent, Entry
from bot.errors import Halted
from bot.outside import Outside


async def keep_mode(
    permissions: RedisPermissions, outside: Outside, *, again: bool = False
) -> Sequence[Exception]:
    """Record that the account has the Permissions API; without it, it must never have had it.

    A start records what Cloudinary has just said. Where the record is gone `again`, only Cloudinary
    says whether Redis lost it or a person confirmed that. Raises as `prove_absent`, and waits then.
    A process without the account key has read the record, and leaves it to those that ask.
    """
    if not outside.settings.has_account:
        return ()
    if not outside.permissions:
        await permissions.prove_absent()
    elif not await permissions.known() and (
        not again or await outside.cloudinary.has_permissions_api()
    ):
        entry = Entry(outside.clock.now(), AuditEvent.DONE, "permissions:on")
        with contextlib.suppress(Halted):  # it is recorded after the recovery
            await permissions.remember(entry)
    return ()
