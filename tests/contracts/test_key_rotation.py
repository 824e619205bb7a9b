"""Which key signs: one for all processes, changed in one step, never back."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.key_survey import survey
from bot.adapters.redis.key_watch import KeyWatch
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import AUDIT, AUDIT_HEAD, NOTICES, SIGNING
from bot.adapters.redis.presence import Presence, this_process
from bot.adapters.redis.recovery import RedisKept
from bot.adapters.redis.steps import Step
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_ledger, open_stores
from bot.adapters.vault import FieldSealer
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head
from bot.domain.history import Epoch, Seen
from bot.domain.verification import GivenUp, Intact, OtherKey, Verdict, verify
from bot.errors import KeyMissing, StoreError, UnknownKey
from tests.contracts.jobs_kept import jobs_of
from tests.contracts.records_kept import AT, ENTRY, JOB, LATER, REQUEST, SPAN, Storage, rotated
from tests.contracts.redis_server import redis, server, unreachable

__all__ = ["redis", "server", "unreachable"]

OLD: Final = b"o" * 32
NEW: Final = b"n" * 32
NEWEST: Final = b"x" * 32
IDS: Final = {key: ChainKey(key).id for key in (OLD, NEW, NEWEST)}
ROLLED: Final = Entry(AT, AuditEvent.ROLLED_OVER, names.ROLLED_OVER)


async def started(redis: Redis, *keys: bytes) -> Ledger:
    """Give the ledger of a process that has looked which key signs, as each does at start."""
    ledger = open_ledger(redis, keys)
    await ledger.signing.look()
    return ledger


async def verdict(ledger: Ledger, keys: Sequence[bytes]) -> Verdict:
    """Verify the whole log."""
    records = [record async for record in ledger.records()]
    return verify(records, await ledger.head(), map(ChainKey, keys))


async def signers(ledger: Ledger) -> list[str]:
    """List the key of each entry."""
    return [record.key_id async for record in ledger.records()]


async def commit(ledger: Ledger) -> None:
    """Commit one entry."""
    await ledger.commit(Step((ENTRY,)))


async def test_a_newer_key_only_reads_until_it_is_rotated_to(redis: Redis) -> None:
    """Then it signs at once, in every process that has it; the log verifies"""
    old = await started(redis, OLD)
    await commit(old)
    both = await started(redis, NEW, OLD)
    await commit(both)
    assert {IDS[OLD]} == set(await signers(both))
    assert await rotated(redis, NEW, OLD)
    await commit(both)  # it has not looked since
    assert [IDS[OLD]] * 2 + [IDS[NEW]] * 2 == await signers(both)
    assert f"2:{IDS[NEW]}" == await redis.get(SIGNING)
    assert isinstance(await verdict(both, (NEW, OLD)), Intact)
    assert ["A new key."] == [
        fields["text"] for _, fields in await Store(redis).stream(NOTICES, "-", "+", 9)
    ]


async def test_an_older_signer_is_refused_and_learns_what_to_do(redis: Redis) -> None:
    """Whether it runs or starts; nothing of it is stored, and the log stays whole"""
    old = await started(redis, OLD)
    await commit(old)
    assert await rotated(redis, NEW, OLD)
    for _ in range(2):
        with pytest.raises(KeyMissing, match=f"lacks the key {IDS[NEW]}.*add the key"):
            await commit(old)
    assert IDS[NEW] in old.keyring.fault
    with pytest.raises(KeyMissing):
        await started(redis, OLD)
    with pytest.raises(KeyMissing):
        await jobs_of(redis, OLD).accept(JOB, "d1", ENTRY)
    both = await started(redis, NEW, OLD)
    assert 2 == len(await signers(both))
    assert isinstance(await verdict(both, (NEW, OLD)), Intact)


async def test_many_processes_are_rotated_under_load(redis: Redis) -> None:
    """Each commit happens once, under the old key or the new one, in this order"""
    ledgers = [await started(redis, NEW, OLD) for _ in range(4)]
    await redis.delete(SIGNING)  # as before the first process of this version
    old = await started(redis, OLD)
    await commit(old)
    ledgers = [await started(redis, NEW, OLD) for _ in range(4)]

    async def write(ledger: Ledger, number: int) -> None:
        await ledger.commit(Step((replace(ENTRY, job=f"{number}"),)))

    writing = [
        asyncio.create_task(write(ledger, 100 * place + number))
        for place, ledger in enumerate(ledgers)
        for number in range(50)
    ]
    assert await rotated(redis, NEW, OLD)
    await asyncio.gather(*writing)
    bodies = [json.loads(record.body)["errand"] async for record in old.records()]
    assert 202 == len(bodies)
    assert isinstance(await verdict(old, (NEW, OLD)), Intact)


async def test_of_two_rotations_one_happens(redis: Redis) -> None:
    """To the same key or to another one; the other is told that it lost"""
    await commit(await started(redis, OLD))
    first, second = await started(redis, NEW, OLD), await started(redis, NEWEST, OLD)
    done = await asyncio.gather(
        *(each.rotate(ROLLED, "told") for each in (first, first, second)), return_exceptions=True
    )
    assert 1 == sum(each is True for each in done)
    assert 1 == await redis.xlen(NOTICES)


@pytest.mark.parametrize(
    "name", [f"1:{IDS[OLD]}", f"3:{IDS[OLD]}", f"3:{IDS[NEW]}", "2:ffffffff", "x"]
)
async def test_a_forged_name_of_the_signing_key_signs_nothing(name: str, redis: Redis) -> None:
    """It was set back, set forward, or is none: the log proves another one"""
    await commit(await started(redis, OLD))
    assert await rotated(redis, NEW, OLD)
    both = await started(redis, NEW, OLD)
    await redis.set(SIGNING, name)
    with pytest.raises(StoreError):
        await commit(both)
    with pytest.raises(StoreError):
        await started(redis, NEW, OLD)
    assert 2 == len(await signers(both))
    await redis.set(SIGNING, f"2:{IDS[NEW]}")
    await commit(both)


async def test_a_name_that_is_gone_is_read_from_the_log(redis: Redis) -> None:
    """An older signer does not get in between; nor does an older version's log need a rotation"""
    old = await started(redis, OLD)
    await commit(old)
    await redis.delete(SIGNING)
    await commit(await started(redis, NEW, OLD))  # as after an upgrade, with a new key in front
    assert f"1:{IDS[OLD]}" == await redis.get(SIGNING)
    assert await rotated(redis, NEW, OLD)
    await redis.delete(SIGNING)
    with pytest.raises(KeyMissing):
        await commit(old)
    with pytest.raises(KeyMissing):
        await started(redis, OLD)
    await commit(await started(redis, NEW, OLD))
    assert f"2:{IDS[NEW]}" == await redis.get(SIGNING)


async def test_an_emptied_redis_begins_again(redis: Redis) -> None:
    """With the key that is the newest one of the first process"""
    await commit(await started(redis, OLD))
    assert await rotated(redis, NEW, OLD)
    both = await started(redis, NEW, OLD)
    await redis.flushall()
    await commit(both)
    assert f"1:{IDS[NEW]}" == await redis.get(SIGNING)
    assert await redis.exists(AUDIT, AUDIT_HEAD) == 2


async def test_a_lost_key_is_left_behind(redis: Redis) -> None:
    """The log goes on under a new one, and what the lost key signed proves nothing"""
    await commit(await started(redis, OLD))
    ledger = open_ledger(redis, (NEW,))
    with pytest.raises(KeyMissing):
        await ledger.signing.look()
    assert await ledger.rotate(ROLLED, "told")
    await commit(await started(redis, NEW))
    assert [IDS[OLD], IDS[NEW], IDS[NEW]] == await signers(ledger)


@pytest.mark.parametrize("given_up", [False, True])
async def test_what_no_entry_names_under_an_unknown_key_may_have_been_removed(
    given_up: bool,  # noqa: FBT001
    redis: Redis,
) -> None:
    """Security is told once; a key that an operator gave up as lost hides nothing new"""
    await commit(await started(redis, OLD))
    ledger = open_ledger(redis, (NEW,))
    with pytest.raises(KeyMissing):
        await ledger.signing.look()
    target = {names.ROLLED_LOST: IDS[OLD]} if given_up else {}
    assert await ledger.rotate(replace(ROLLED, target=target), "told")
    storage = Storage(redis, (NEW,))
    await storage.stores.ledger.signing.look()
    proven = await verdict(storage.stores.ledger, (NEW,))
    assert isinstance(proven, GivenUp if given_up else OtherKey)
    assert given_up is not await storage.stores.signed.is_gone(names.tier("e1"))
    for _ in range(2):
        await storage.stores.signed.report_cut(AT)
    told = [each for each in await storage.told() if "proves nothing before entry 2" in each]
    assert len(told) == (not given_up)


@pytest.mark.parametrize("given_up", [False, True])
async def test_a_recovery_leaves_only_records_alone_whose_key_was_given_up(
    given_up: bool,  # noqa: FBT001
    redis: Redis,
) -> None:
    """Another process may have any other key that is lacking here, and go on with its records"""
    old = Storage(redis, (OLD,))
    await old.stores.ledger.signing.look()
    await old.stores.jobs.accept(JOB, "d1", ENTRY)
    await old.stores.requests.open(REQUEST, ENTRY, ())
    if given_up:
        lost = replace(ROLLED, target={names.ROLLED_LOST: IDS[OLD]})
        ledger = open_ledger(redis, (NEW,))
        with pytest.raises(KeyMissing):
            await ledger.signing.look()
        assert await ledger.rotate(lost, "told")
    else:
        assert await rotated(redis, NEW, OLD)
    stores = open_stores(redis, (NEW,), link_ttl=SPAN, claim_ttl=SPAN, recovering=True)
    await stores.ledger.signing.look()
    kept = RedisKept(redis, stores)
    for reading in (kept.jobs, kept.requests):
        if given_up:
            assert not await reading()
        else:
            with pytest.raises(UnknownKey):
                await reading()


async def test_a_process_that_lacks_the_signing_key_believes_no_record(redis: Redis) -> None:
    """It can't know whether a record was written again, or removed, under that key"""
    await jobs_of(redis, OLD).accept(JOB, "d1", ENTRY)
    assert await jobs_of(redis, OLD).load(JOB.id)
    assert await rotated(redis, NEW, OLD)
    with pytest.raises(KeyMissing):
        await jobs_of(redis, OLD).load(JOB.id)
    assert await jobs_of(redis, NEW, OLD).load(JOB.id)


async def test_a_process_that_starts_without_redis_signs_nothing_until_it_knows(
    unreachable: Redis, redis: Redis
) -> None:
    """It would seal what others can't read; once Redis answers, it signs with the key that does"""
    stores = open_stores(unreachable, (NEW, OLD), link_ttl=SPAN, claim_ttl=SPAN)
    watch = KeyWatch(
        stores.ledger.signing,
        Presence(stores.store, this_process("worker", (IDS[NEW],), AT), works=True),
    )
    await watch.start()
    assert "which key signs" in str(await watch.reason())
    with pytest.raises(StoreError):
        stores.jobs.queueing(JOB)
    assert 1 == len(await watch.look())
    await commit(await started(redis, OLD))
    ledger = open_ledger(redis, (NEW, OLD))
    ledger.keyring.set(None)
    await commit(ledger)
    assert [IDS[OLD]] * 2 == await signers(ledger)


async def test_a_process_that_lacks_the_signing_key_postpones_no_request(redis: Redis) -> None:
    """The others find it due as before"""
    storage = Storage(redis, (OLD,))
    await storage.stores.requests.open(REQUEST, ENTRY, ())
    before = await redis.zrange(names.REQUESTS_DUE, 0, -1, withscores=True)
    assert await rotated(redis, NEW, OLD)
    with pytest.raises(KeyMissing):
        await storage.stores.requests.due(LATER, 10)
    assert before == await redis.zrange(names.REQUESTS_DUE, 0, -1, withscores=True)
    both = Storage(redis, (NEW, OLD))
    assert [REQUEST.id] == [each.id for each in await both.stores.requests.due(LATER, 10)]


async def test_the_survey_counts_what_is_under_each_key(redis: Redis) -> None:
    """Records, sealed fields, the place of a card; a key is needed until all of it is gone"""
    old = Storage(redis, (OLD,))
    await old.stores.ledger.signing.look()
    await old.stores.jobs.accept(JOB, "d1", ENTRY)
    sealed = FieldSealer(old.stores.ledger.keyring).seal("x")
    await old.stores.requests.open(replace(REQUEST, passphrase=f"salt:{sealed}"), ENTRY, ())
    await old.stores.requests.place(REQUEST.id, "C1:1.2")
    assert await rotated(redis, NEW, OLD)
    ledger = await started(redis, NEW, OLD)
    found = await survey(redis, ledger)
    assert (2, True, False) == (found.uses[IDS[OLD]].entries, found.whole, bool(found.foreign))
    of_request = {"request": 1, "place of a card": 1, "passphrase of credentials to collect": 1}
    assert {"job": 1, "sealed field of a job": 2} | of_request == {
        what: n for what, n in found.uses[IDS[OLD]].records.items() if "count" not in what
    }
    assert (1, {}) == (found.uses[IDS[NEW]].entries, found.uses[IDS[NEW]].records)
    assert found.retired(IDS[OLD])
    without = await survey(redis, open_ledger(redis, (NEW,)))
    assert without.foreign


async def test_the_survey_says_why_redis_may_lack_what_it_had(redis: Redis) -> None:
    """Halted, emptied, or set back behind what this machine saw; it halts nothing itself"""
    await commit(await started(redis, OLD))
    assert await rotated(redis, NEW, OLD)
    ledger = await started(redis, NEW, OLD)
    assert not (await survey(redis, ledger)).loss
    ledger.history.remember(Seen(Head(99, "m"), Epoch.new(1, ChainKey(NEW))))
    assert "entry 99 was seen" in (await survey(redis, ledger)).loss
    assert not await redis.exists(names.HALTED)
    ledger.history.remember(None)
    await ledger.history.stop("tried")
    assert (await survey(redis, ledger)).loss == "tried"
    await redis.flushall()
    assert "empty" in (await survey(redis, await started(redis, NEW, OLD))).loss


async def test_a_card_whose_place_is_under_an_unknown_key_is_not_posted_again(
    redis: Redis,
) -> None:
    """The request is unread here, not without a card"""
    both = Storage(redis, (NEW, OLD))
    await Storage(redis, (OLD,)).stores.requests.open(REQUEST, ENTRY, ())
    await both.stores.ledger.signing.look()
    await both.stores.requests.place(REQUEST.id, "C1:1.2")
    assert await rotated(redis, NEW, OLD)
    after = replace(REQUEST, version=REQUEST.version + 1)
    await both.stores.ledger.signing.look()
    assert await both.stores.requests.replace(REQUEST, after, ENTRY)
    new = Storage(redis, (NEW,))
    await new.stores.ledger.signing.look()
    with pytest.raises(UnknownKey):
        await new.stores.requests.load(REQUEST.id)
