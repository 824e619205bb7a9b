"""With write access to Redis alone, no record that leads to an effect can be forged."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.adapters.keyring import Keyring
from bot.adapters.redis import names
from bot.adapters.redis.adopt import adopt, unsigned
from bot.adapters.redis.entries import marked
from bot.adapters.redis.macs import Macs
from bot.adapters.redis.names import AUDIT, AUDIT_HEAD, EPOCH, FORMER_KINDS, KINDS, MAC
from bot.adapters.redis.request_json import dumps
from bot.adapters.redis.steps import Step, delete, hset
from bot.adapters.redis.store import Store
from bot.domain.audit import ChainKey, chain
from bot.domain.people import Actor
from bot.domain.requests.machine import State
from bot.errors import Halted, StoreError, Unread
from tests.contracts.records_kept import AT, ENTRY, KEY, RECORDS, REQUEST, Storage, rotated
from tests.contracts.redis_server import redis, server

__all__ = ["redis", "server"]

NEWER: Final = b"n" * 32
CHANGING: Final = [kind for kind, how in RECORDS.items() if how.change]

Fields = dict[str, str]


@pytest.fixture
def storage(redis: Redis) -> Storage:
    """One process on an empty Redis."""
    return Storage(redis)


async def fields_of(storage: Storage, key: str) -> Fields:
    """Read a hash as it is."""
    return await Store(storage.redis).fields(key)


async def put(storage: Storage, key: str, fields: Fields) -> None:
    """Write a hash as anyone with access to Redis can."""
    await storage.redis.delete(key)
    await Store(storage.redis).call(*hset(key, fields))


async def append(storage: Storage, place: str, fields: Fields) -> None:
    """Append to the audit log as anyone with access to Redis can."""
    flat = [part for pair in fields.items() for part in pair]
    await Store(storage.redis).call("XADD", AUDIT, place, *flat)


def test_every_kind_of_record_with_a_mac_is_tested_here() -> None:
    """The list of kinds, in the module of names, is the list of these tests"""
    assert KINDS.keys() == RECORDS.keys()


@pytest.mark.parametrize("kind", RECORDS)
async def test_what_keysmith_wrote_is_read(kind: str, storage: Storage) -> None:
    """By another process too, before and after a change of keys; security hears nothing"""
    how = RECORDS[kind]
    await how.write(storage, "1")
    found = await how.read(storage, "1")
    assert found
    for keys in ((KEY,), (NEWER, KEY)):
        assert found == await how.read(Storage(storage.redis, keys, storage.offers), "1")
    with contextlib.suppress(Unread):  # of many, one that can't be read is left out
        assert not await how.read(Storage(storage.redis, (NEWER,), storage.offers), "1")
    if how.change:
        await how.change(storage, "1")
        assert found != await how.read(storage, "1")
    assert [] == [each for each in await storage.told() if "not believed" in each][1:]


async def forged(storage: Storage, key: str, _: str) -> Fields:
    """Write the record as the former version does, without a MAC."""
    found = await fields_of(storage, key)
    del found[MAC]
    return found


async def with_another_field(storage: Storage, key: str, _: str) -> Fields:
    """Add a field, such as one that only a later state has."""
    return await fields_of(storage, key) | {"visit": "mine"}


async def moved(storage: Storage, _: str, other: str) -> Fields:
    """Take the record of another thing."""
    return await fields_of(storage, other)


FORGERIES: Final[list[Callable[[Storage, str, str], Awaitable[Fields]]]] = [
    forged,
    with_another_field,
    moved,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda it: it.__name__)
@pytest.mark.parametrize("kind", RECORDS)
async def test_a_forged_record_is_refused_reported_and_left(
    kind: str, forge: Callable[[Storage, str, str], Awaitable[Fields]], storage: Storage
) -> None:
    """Security hears once, however often it is read; the audit log names it"""
    how = RECORDS[kind]
    key, other = await how.write(storage, "1"), await how.write(storage, "2")
    written = await forge(storage, key, other)
    await put(storage, key, written)

    assert not await how.read(storage, "1")
    assert not await how.read(storage, "1")

    (told,) = await storage.told()
    assert KINDS[kind] in told
    assert "Nothing was done with it" in told
    assert written == await fields_of(storage, key)
    assert await how.read(storage, "2")
    log = [record.body async for record in storage.stores.ledger.records()]
    assert [each for each in log if '"action":"record"' in each and f'"record":"{key}"' in each]


@pytest.mark.parametrize("kind", RECORDS)
async def test_a_record_under_an_unknown_key_is_left_and_not_called_forged(
    kind: str, storage: Storage
) -> None:
    """It is not used, and it may be another process's own; security hears once"""
    how = RECORDS[kind]
    key = await how.write(storage, "1")
    found = await fields_of(storage, key)
    written = found | {MAC: Macs(Keyring([b"a" * 32])).of(key, found)}
    await put(storage, key, written)
    for _ in range(2):
        with contextlib.suppress(Unread):
            assert not await how.read(storage, "1")
    (told,) = await storage.told()
    assert KINDS[kind] in told
    assert "can't be read" in told
    assert "not believed" not in told
    assert written == await fields_of(storage, key)


@pytest.mark.parametrize("kind", RECORDS)
async def test_each_altered_field_is_found(kind: str, storage: Storage) -> None:
    """Any byte of any field, its name, and its absence"""
    key = await RECORDS[kind].write(storage, "1")
    found = await fields_of(storage, key)
    macs = Macs(Keyring([KEY]))
    assert macs.holds(key, found)
    for name, value in found.items():
        for place, char in enumerate(value):
            flipped = value[:place] + chr(ord(char) ^ 1) + value[place + 1 :]
            assert not macs.holds(key, found | {name: flipped}), (name, place)
        rest = {each: found[each] for each in found if each != name}
        assert not macs.holds(key, rest)
        assert not macs.holds(key, rest | {f"{name}x": value})


@given(st.dictionaries(st.text(), st.text(), min_size=1), st.data())
def test_no_other_record_has_the_same_mac(fields: Fields, data: st.DataObject) -> None:
    """Of any names and values: nothing can be moved from one field, or key, into another"""
    macs, key = Macs(Keyring([KEY])), names.job("1")
    others = st.dictionaries(st.text(), st.text()) | st.permutations(list(fields.values())).map(
        lambda values: dict(zip(fields, values, strict=True))
    )
    other = data.draw(others)
    beside = {MAC, "card", names.CARD_MAC}
    mine, theirs = ({k: v for k, v in it.items() if k not in beside} for it in (fields, other))
    mac = macs.of(key, fields)
    assert (mac == macs.of(key, other)) == (mine == theirs)
    assert mac != macs.of(names.job("11"), fields)
    assert mac != macs.of(names.request("1"), fields)


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("kind", CHANGING)
async def test_an_older_record_is_refused(kind: str, restarted: bool, storage: Storage) -> None:  # noqa: FBT001
    """Every byte of it is Keysmith's own, but the audit log knows a newer one"""
    how = RECORDS[kind]
    key = await how.write(storage, "1")
    older = await fields_of(storage, key)
    assert how.change
    await how.change(storage, "1")
    await put(storage, key, older)
    if kind == "delegation":
        await storage.redis.zadd(names.DELEGATIONS, {str(Actor("T1", "U1")): 10**10})
    reader = Storage(storage.redis) if restarted else storage

    assert not await how.read(reader, "1")

    (told,) = await storage.told()
    assert "the audit log knows a newer one" in told
    assert older == await fields_of(storage, key)


async def rewritten(redis: Redis, entries: Sequence[tuple[str, Fields]]) -> None:
    """Replace the stream of the audit log, as anyone with access to Redis can."""
    await redis.delete(AUDIT)
    for place, fields in entries:
        flat = [part for pair in fields.items() for part in pair]
        await Store(redis).call("XADD", AUDIT, place, *flat)


@pytest.mark.parametrize("kind", CHANGING)
async def test_an_older_record_is_refused_where_the_newer_entry_was_made_unreadable(
    kind: str, storage: Storage
) -> None:
    """An entry under the id of an unknown key may have named any record: none before it counts"""
    how = RECORDS[kind]
    key = await how.write(storage, "1")
    older, since = await fields_of(storage, key), await storage.stores.ledger.head()
    assert how.change
    await how.change(storage, "1")
    await how.write(storage, "2")
    entries = await Store(storage.redis).stream(AUDIT, "-", "+", 100)
    place = entries[since.seq][0]  # the first entry of the change
    altered = [(at, it | {"key": "deadbeef"} if at == place else it) for at, it in entries]
    await rewritten(storage.redis, altered)
    await put(storage, key, older)
    if kind == "delegation":
        await storage.redis.zadd(names.DELEGATIONS, {str(Actor("T1", "U1")): 10**10})
    reader = Storage(storage.redis, offers=storage.offers)

    assert not await how.read(reader, "1")
    assert await how.read(reader, "2")


@pytest.mark.parametrize("goes_on", [False, True])
async def test_a_retired_key_names_no_record(goes_on: bool, storage: Storage) -> None:  # noqa: FBT001
    """Its holder writes a record and its entry into Redis: neither is believed, now or later"""
    how = RECORDS["request"]
    key = await how.write(storage, "1")
    assert await rotated(storage.redis, NEWER, KEY)
    running = Storage(storage.redis, (NEWER, KEY))
    assert await how.read(running, "1")
    assert how.change
    await how.change(running, "1")

    approved = {"doc": dumps(replace(REQUEST, id="1", state=State.APPROVED)), "version": "9"}
    planted = approved | {MAC: Macs(Keyring([KEY])).of(key, approved)}
    named = marked(Step((ENTRY,), (hset(key, planted),))).entries[0]
    head = await running.stores.ledger.head()
    forged = chain(head.seq + 1, head.mac, named.body(), ChainKey(KEY))
    fields = {"body": forged.body, "key": forged.key_id, "mac": forged.mac}
    await append(storage, f"{forged.seq}-0", fields)
    await storage.redis.set(AUDIT_HEAD, f"{forged.seq}:{forged.mac}")
    await put(storage, key, planted)
    if goes_on:
        await how.write(running, "2")

    for reader in (running, Storage(storage.redis, (NEWER, KEY))):
        assert not await how.read(reader, "1")
        assert not goes_on or await how.read(reader, "2")


async def test_a_record_that_a_step_deleted_does_not_come_back(storage: Storage) -> None:
    """The audit log knows that it is gone, until it is written again"""
    how = RECORDS["request"]
    key = await how.write(storage, "1")
    older = await fields_of(storage, key)
    assert await storage.stores.ledger.write(ENTRY, (delete(key),))
    await put(storage, key, older)
    assert not await how.read(storage, "1")
    await storage.redis.delete(key)
    await how.write(storage, "1")
    assert await how.read(storage, "1")


@pytest.mark.parametrize("kind", CHANGING)
async def test_a_record_of_another_history_is_refused(kind: str, storage: Storage) -> None:
    """It was signed under the same keys, by a Keysmith with another Redis"""
    how = RECORDS[kind]
    key = await how.write(storage, "1")
    other = await fields_of(storage, key)
    await storage.redis.flushall()
    await how.write(Storage(storage.redis), "2")
    await put(storage, key, other)
    if kind == "delegation":
        await storage.redis.zadd(names.DELEGATIONS, {str(Actor("T1", "U1")): 10**10})
    assert not await how.read(Storage(storage.redis), "1")


@pytest.mark.parametrize("kind", CHANGING)
async def test_an_older_record_with_an_older_log_is_refused(kind: str, storage: Storage) -> None:
    """By a process that saw the newer one; it writes nothing more, since history went back"""
    how = RECORDS[kind]
    key = await how.write(storage, "1")
    older, head = await fields_of(storage, key), await storage.redis.get(AUDIT_HEAD)
    entries = await Store(storage.redis).stream(AUDIT, "-", "+", 100)
    assert head
    assert how.change
    await how.change(storage, "1")
    await how.write(storage, "2")
    assert await how.read(storage, "2")
    await put(storage, key, older)
    await storage.redis.set(AUDIT_HEAD, head)
    await storage.redis.delete(AUDIT)
    for place, fields in entries:
        await append(storage, place, fields)
    if kind == "delegation":
        await storage.redis.zadd(names.DELEGATIONS, {str(Actor("T1", "U1")): 10**10})

    assert not await how.read(storage, "1")
    assert not await how.read(storage, "1")
    with pytest.raises(Halted):
        await how.write(storage, "3")


@pytest.mark.parametrize("kind", CHANGING)
async def test_without_the_audit_log_no_record_is_believed(kind: str, storage: Storage) -> None:
    """An emptied log names none; a log with an altered entry stops everything"""
    how = RECORDS[kind]
    await how.write(storage, "1")
    entries = await Store(storage.redis).stream(AUDIT, "-", "+", 100)
    await storage.redis.delete(AUDIT, AUDIT_HEAD)
    assert not await how.read(Storage(storage.redis), "1")
    await storage.redis.delete(AUDIT, AUDIT_HEAD)
    for place, fields in entries:
        await append(storage, place, {**fields, "body": fields["body"] + " "})
    with pytest.raises(StoreError):
        await how.read(Storage(storage.redis), "1")


async def test_old_keys_of_the_log_prove_nothing(storage: Storage) -> None:
    """After a key is retired, the log goes on, and what only its entries name is refused"""
    await RECORDS["request"].write(storage, "1")
    assert await rotated(storage.redis, NEWER, KEY)
    newer = Storage(storage.redis, (NEWER,))
    await newer.stores.ledger.signing.look()
    await RECORDS["claim"].write(newer, "2")
    assert await RECORDS["claim"].read(newer, "2")
    with pytest.raises(Unread):
        await RECORDS["request"].read(newer, "1")


@pytest.mark.parametrize("kind", FORMER_KINDS)
async def test_records_of_the_former_version_are_adopted_once(kind: str, storage: Storage) -> None:
    """As they are; a record that the audit log knows with a MAC is not"""
    how = RECORDS[kind]
    keys = [await how.write(storage, number) for number in "12"]
    expected = await how.read(storage, "1")
    for key in await unsigned_copies(storage):
        assert MAC not in await fields_of(storage, key)
    await storage.redis.delete(AUDIT, AUDIT_HEAD, EPOCH)
    reader = Storage(storage.redis, offers=storage.offers)
    assert not await how.read(reader, "1")
    assert set(keys) <= set(await unsigned(reader.stores))

    for key in await unsigned(reader.stores):
        await adopt(reader.stores, key, AT)

    assert expected == await how.read(reader, "1")
    await unsigned_copies(storage)
    assert [] == await unsigned(reader.stores)
    assert not await how.read(reader, "1")


@pytest.mark.parametrize("kind", sorted(RECORDS.keys() - set(FORMER_KINDS)))
async def test_a_record_that_the_former_version_never_wrote_is_not_adopted(
    kind: str, storage: Storage
) -> None:
    """It was planted: a tier or an owner without a MAC is nothing that an upgrade finds"""
    await RECORDS[kind].write(storage, "1")
    await unsigned_copies(storage)
    await storage.redis.delete(AUDIT, AUDIT_HEAD)
    reader = Storage(storage.redis, offers=storage.offers)
    assert not [key for key in await unsigned(reader.stores) if f"}}:{kind}:" in key]


async def unsigned_copies(storage: Storage) -> list[str]:
    """Take the MACs away, as if the former version had written the records."""
    keys = [
        str(key) for kind in KINDS for key in await storage.redis.keys(f"*{{keysmith}}:{kind}:*")
    ]
    for key in keys:
        await storage.redis.hdel(key, MAC)
    return keys
