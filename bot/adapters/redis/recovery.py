"""What Redis holds, for a recovery: all of it, whatever no index names. A halt stops none of this.

A record that is not believed is left alone: no flow believes it either. One under an unknown key is
left alone only where the whole log proves that each key that it lacks was given up as lost. Else
another process may have that key, and would go on with what this recovery has not seen.
"""

from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.chain import read_chain
from bot.adapters.redis.jobs import QUEUES
from bot.adapters.redis.link_records import over
from bot.adapters.redis.names import (
    ANSWERS,
    EPOCH,
    HALT_TOLD,
    HALTED,
    HOMES,
    LINKS_OPENING,
    NOTICES,
    OUTBOX,
    OUTBOX_SECURITY,
    PERMISSIONS,
    PRESSES,
)
from bot.adapters.redis.presence import scan
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.requests import queued
from bot.adapters.redis.steps import Step, Write, delete, field_is, set_, xadd, zrem
from bot.adapters.redis.stores import Stores
from bot.domain.audit import Entry, Head
from bot.domain.history import Epoch, Halt
from bot.domain.jobs import Job
from bot.domain.links import LinkState
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.pending import PendingState
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic, to_person
from bot.domain.verification import GivenUp, verify
from bot.errors import UnknownKey

_OWNER: Final = names.owner("")
T = TypeVar("T")
MOST: Final = 100_000  # items of an outbox that are looked for at Slack


class RedisKept:
    """The contents of one Redis."""

    def __init__(self, redis: Redis, stores: Stores) -> None:
        """The ledger of the `stores` is a recovering one."""
        self._redis = redis
        self._stores = stores
        self._given_up = False  # known once: what an entry proves stays

    async def halt(self) -> Halt | None:
        """Read why Keysmith is halted."""
        return await self._stores.ledger.history.halt()

    async def epoch(self) -> str:
        """Read the epoch of this Redis."""
        return await self._stores.store.text("GET", EPOCH) or ""

    async def stop(self, reason: str) -> None:
        """Halt every process."""
        await self._stores.ledger.history.stop(reason)

    async def _ids(self, prefix: str) -> AsyncIterator[str]:
        found = {key async for key in scan(self._stores.store, f"{prefix}*")}
        for key in sorted(found):
            yield key.removeprefix(prefix)

    async def _read(self, reading: Awaitable[T]) -> T | None:
        """Read a record; None where it is under a key that was given up. May raise `UnknownKey`."""
        try:
            return await reading
        except UnknownKey:
            self._given_up = self._given_up or await self._all_given_up()
            if not self._given_up:
                raise
            return None

    async def _all_given_up(self) -> bool:
        """Whether every key that ever signed an entry is configured, or was given up as lost.

        A trimmed log can't tell: a retired key's entries may be in an archive. Records are written
        together with an entry under the same key, so no record is under any other key.
        """
        keys = list(self._stores.ledger.keyring.chain.values())
        records, head, start = await read_chain(self._stores.store, keys)
        verdict = verify(records, head, keys, start)
        return isinstance(verdict, GivenUp) and not verdict.after

    async def pending(self) -> list[Pending]:
        """List credentials that wait."""
        ids = self._ids(names.pending_credentials(""))
        found = [await self._read(self._stores.links.pending(each)) async for each in ids]
        return [each for each in found if each and each.state is PendingState.WAITING]

    async def requests(self) -> list[Request]:
        """List all requests."""
        ids = self._ids(names.request(""))
        found = [await self._read(self._stores.requests.load(each)) async for each in ids]
        return [each for each in found if each]

    async def jobs(self) -> list[Job]:
        """List jobs that are not finished."""
        ids = self._ids(names.job(""))
        found = [await self._read(self._stores.jobs.load(each)) async for each in ids]
        return [each for each in found if each and not each.finished]

    async def known_keys(self) -> Mapping[str, Actor | None]:
        """List the API keys that were created for a person, and for whom; None if not believed."""
        links = self._stores.links
        found = {each: await self._read(links.owner_of(each)) async for each in self._ids(_OWNER)}
        return {api_key: own.owner if own else None for api_key, own in found.items()}

    async def end(self, pending: Pending, entry: Entry, *, opened: bool) -> None:
        """End credentials that wait, and their link, in one step; its ciphertext is deleted."""
        signed, record = self._stores.signed, names.pending_credentials(pending.id)
        link = (await signed.read(record)).get("link", "")
        state = PendingState.CLAIMED if opened else PendingState.REVOKED
        ended, same = await signed.change(record, state=state)
        gone = (delete(names.sealed(link)), zrem(LINKS_OPENING, link))
        writes: tuple[Write, ...] = (ended, *gone, *over(pending))
        found = await self._read(self._stores.links.find(link)) if opened else None
        if found:
            at = {"state": LinkState.OPENED, "since": entry.at.isoformat()}
            writes += ((await signed.change(names.link(link), **at))[0],)
        waits = field_is(record, "state", PendingState.WAITING)
        await self._stores.ledger.write(entry, writes, waits, same)

    async def close(self, job: Job, entry: Entry) -> None:
        """Finish a job, and tell its person in the same step; closing it again changes nothing.

        The people of a request's job are told with the request.
        """
        told = to_person("", Topic.FAILED, job.actor.user_id, text=job.text)
        beside = () if job.request else (queued(told),)
        await self._stores.jobs.finish(job, entry, beside=beside)

    async def look_before_posting(self) -> None:
        """Take all notifications and notices as a worker that dies: the next one looks for each."""
        for stream in (OUTBOX, OUTBOX_SECURITY, NOTICES):
            queue = RedisQueue(self._redis, stream)
            await queue.open()
            if await self._stores.store.call("XLEN", stream):
                await queue.take(MOST)
            await queue.close()

    async def begin_epoch(self, entry: Entry, lost: Head, notice: str) -> None:
        """Empty the queues, begin the next epoch, end the halt, notify security: in one step."""
        keyring, kept = self._stores.ledger.keyring, await self._stores.ledger.head()
        halt, former = await self.halt(), [Epoch.parse(await self.epoch())]
        if halt and halt.seen.epoch.proven(keyring.chain.values()):
            former.append(halt.seen.epoch)  # of a recovery whose clock was ahead
        # The time is above the number of every other epoch, also of one that no record here knows.
        numbers = (each.number + 1 for each in former)
        epoch = Epoch.new(max(*numbers, int(entry.at.timestamp())), keyring.signer)
        target = {"epoch": epoch.name, "seen": _place(lost), "kept": _place(kept)}
        # An empty log can't tell whether the account had the Permissions API: a start asks then.
        mode = () if kept.seq else (set_(PERMISSIONS, "1"),)
        writes = (
            *mode,
            *(delete(each) for queue in QUEUES.values() for each in queue),
            delete(ANSWERS),
            *(delete(PRESSES), delete(HOMES)),
            *(set_(EPOCH, str(epoch)), delete(HALTED), delete(HALT_TOLD)),
            xadd(NOTICES, {"text": notice, "by": ""}),
        )
        await self._stores.ledger.commit(Step((replace(entry, target=target),), writes))


def _place(head: Head) -> str:
    return f"{head.seq}:{head.mac}"
