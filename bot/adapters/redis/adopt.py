"""Signs the records of a version without MACs, once, at the upgrade, while no process runs."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.link_records import hash_of
from bot.adapters.redis.macs import kind_of
from bot.adapters.redis.names import CARD_MAC, FORMER_KINDS, LINK_BUNDLE, MAC, PREFIX
from bot.adapters.redis.steps import Write, hset
from bot.adapters.redis.stores import Stores
from bot.domain.audit import AuditEvent, Entry

COUNT: Final = "1000"  # keys that one SCAN looks at


async def unsigned(stores: Stores) -> list[str]:
    """List the records without a MAC that the audit log does not know.

    A record that the log knows has had a MAC: without one, it was altered.
    """
    found = []
    for kind in FORMER_KINDS:
        async for key in keys_like(stores, f"{PREFIX}{kind}:*"):
            fields = await stores.store.fields(key)
            if MAC not in fields and await stores.signed.marks.newest(key) is None:
                found.append(key)
    return sorted(found)


async def adopt(stores: Stores, key: str, at: datetime) -> None:
    """Sign one record as it is."""
    fields = await stores.store.fields(key)
    if kind_of(key) == kind_of(names.link("")):
        link_id = key.removeprefix(names.link(""))
        ciphertext = await stores.store.text("GET", names.sealed(link_id))
        fields[LINK_BUNDLE] = hash_of(ciphertext or "")
    writes: tuple[Write, ...] = (stores.signed.hset(key, fields),)
    if card := fields.get("card"):
        writes += (hset(key, {CARD_MAC: stores.signed.macs.of_card(key, card)}),)
    entry = Entry(at, AuditEvent.DONE, "record", target={"record": key}, detail="adopted")
    await stores.ledger.write(entry, writes)


async def keys_like(stores: Stores, pattern: str) -> AsyncIterator[str]:
    """List the keys of a pattern; one may come twice."""
    cursor = "0"
    while True:
        answer = await stores.store.call("SCAN", cursor, "MATCH", pattern, "COUNT", COUNT)
        assert isinstance(answer, list | tuple)  # noqa: S101  # what SCAN answers, for the checker
        cursor = str(answer[0])
        for key in answer[1]:
            yield str(key)
        if cursor == "0":
            return
