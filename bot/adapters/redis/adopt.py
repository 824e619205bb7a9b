"""Signs the records of a version without MACs, once, at the upgrade, while no process runs."""

from datetime import datetime

from bot.adapters.redis import names
from bot.adapters.redis.link_records import hash_of
from bot.adapters.redis.macs import kind_of
from bot.adapters.redis.names import CARD_MAC, FORMER_KINDS, LINK_BUNDLE, MAC, PREFIX
from bot.adapters.redis.presence import scan
from bot.adapters.redis.steps import Write, hset
from bot.adapters.redis.stores import Stores
from bot.domain.audit import AuditEvent, Entry


async def unsigned(stores: Stores) -> list[str]:
    """List the records without a MAC that the audit log does not know.

    A record that the log knows has had a MAC: without one, it was altered.
    """
    found = []
    for kind in FORMER_KINDS:
        async for key in scan(stores.store, f"{PREFIX}{kind}:*"):
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
