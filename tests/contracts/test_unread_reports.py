"""Reports of what can't be read: each lack once a day, also from a process that can't sign."""

from dataclasses import dataclass, field
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.names import HALTED, NOTICES, unread_told
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_ledger
from bot.adapters.redis.unread import MOST, TELL_WITHIN, UnreadReports
from bot.errors import KeyMissing, SlackError
from tests.contracts.records_kept import ENTRY
from tests.contracts.redis_server import redis, server

__all__ = ["redis", "server"]

KEY: Final = b"k" * 32
OTHER: Final = b"o" * 32
WHY: Final = "a reason"


@dataclass
class Direct:
    """A way to security that may be refused."""

    told: list[str] = field(default_factory=list)
    refused: bool = False

    async def __call__(self, text: str) -> None:
        """Hear a text."""
        if self.refused:
            raise SlackError("token_revoked")
        self.told.append(text)


def reports_of(redis: Redis, key: bytes = KEY) -> UnreadReports:
    """The reports of a process with this key."""
    return UnreadReports(Store(redis), open_ledger(redis, [key]))


async def test_each_lack_is_told_once(redis: Redis) -> None:
    """Another key, or the items of another queue, are told for themselves"""
    reports = reports_of(redis)
    lacks = ["1f0c9a7e", "1f0c9a7e", "2b0c9a7e", "errands", "outbox", "errands"]
    told = [await reports.tell("job", each, WHY) for each in lacks]
    assert ([True, False, True, True, True, False], 4) == (told, await redis.xlen(NOTICES))


@pytest.mark.parametrize("halted", [True, False])
async def test_a_process_that_can_t_sign_tells_directly(redis: Redis, *, halted: bool) -> None:
    """It lacks the key that signs, or Keysmith is halted: once a day too, over all processes"""
    ledger = open_ledger(redis, [KEY])
    await ledger.signing.look()
    await ledger.write(ENTRY, ())
    if halted:
        await redis.set(HALTED, "stopped")
    key = KEY if halted else OTHER
    first, second = Direct(), Direct()
    for direct in (first, second):
        reports = reports_of(redis, key)
        reports.directly = direct
        for _ in range(2):
            await reports.tell("job", "1f0c9a7e", WHY)
    assert (1, 0, 0) == (len(first.told), len(second.told), await redis.xlen(NOTICES))
    assert await redis.ttl(unread_told("1f0c9a7e")) > TELL_WITHIN


async def test_one_that_slack_refuses_is_told_by_the_next_look(redis: Redis) -> None:
    """A minute later, by whatever process"""
    ledger = open_ledger(redis, [KEY])
    await ledger.signing.look()
    await ledger.write(ENTRY, ())
    reports, direct = reports_of(redis, OTHER), Direct(refused=True)
    reports.directly = direct
    assert not await reports.tell("job", "1f0c9a7e", WHY)
    assert 0 < await redis.ttl(unread_told("1f0c9a7e")) <= TELL_WITHIN
    await redis.delete(unread_told("1f0c9a7e"))
    direct.refused = False
    assert await reports.tell("job", "1f0c9a7e", WHY)
    with pytest.raises(KeyMissing) as raised:  # without another way
        await reports_of(redis, OTHER).tell("job", "other", WHY)
    assert raised.value.lacks


async def test_invented_keys_do_not_flood_security(redis: Redis) -> None:
    """A writer to Redis can name any number of them"""
    reports = reports_of(redis)
    for number in range(MOST + 5):
        await reports.tell("job", f"{number:08}", WHY)
    assert MOST == await redis.xlen(NOTICES)
