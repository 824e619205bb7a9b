"""Marks of the changes that Keysmith is about to make at Cloudinary, so that none looks foreign.

A mark is written before the change, and removed only where Cloudinary refused it for certain.
"""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple
from datetime import datetime
from hashlib import sha256
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import delete, expire
from bot.adapters.redis.store import Store
from bot.domain.drift import Drifted, OwnAct
from bot.errors import CloudinaryError, StoreError, Unavailable
from bot.flows.ports import Clock

KEPT_FOR: Final = 7 * 86_400
"""Seconds: longer than any job waits for the end of an outage."""


class RedisOwnActs:
    """The acts of every process that shares this Redis."""

    def __init__(self, store: Store, signed: Signed, clock: Clock) -> None:
        self._store = store
        self._signed = signed
        self._clock = clock

    @asynccontextmanager
    async def doing(self, act: OwnAct) -> AsyncIterator[None]:
        """Mark an act; that Redis does not answer keeps no key from being disabled."""
        key, at = _key(act), self._clock.now().isoformat()
        before = dict[str, str]()
        try:
            before = await self._store.fields(key)
            await self._store.transact(self._signed.hset(key, {"at": at}), expire(key, KEPT_FOR))
        except StoreError:
            if act.what is not Drifted.DISABLED:
                raise
        try:
            yield
        except CloudinaryError as error:
            if not before and not (isinstance(error, Unavailable) and error.maybe_done):
                with contextlib.suppress(StoreError):
                    await self._store.transact(delete(key))
            raise

    async def begun(self, acts: Sequence[OwnAct]) -> Mapping[OwnAct, datetime]:
        """Tell when each began last."""
        found = {act: await self._signed.find(_key(act), marked=False) for act in acts}
        return {act: datetime.fromisoformat(it["at"]) for act, it in found.items() if it}


def _key(act: OwnAct) -> str:
    return names.own_act(sha256(json.dumps(astuple(act)).encode()).hexdigest())
