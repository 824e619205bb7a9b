"""Reads the audit log as it is stored: its head, its records, and where a trimmed one starts."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from bot.adapters.redis.base import read_base
from bot.adapters.redis.entries import named_base
from bot.adapters.redis.names import AUDIT, AUDIT_HEAD
from bot.adapters.redis.store import Store
from bot.domain.audit import ChainKey, Head, Record
from bot.domain.verification import WHOLE, Start

PAGE: Final = 500  # records read at a time


def read_head(text: str) -> Head:
    """Read a stored head: where the chain ends."""
    seq, _, mac = text.partition(":")
    return Head(int(seq), mac) if text else Head()


async def read_records(store: Store, after: int = 0) -> AsyncIterator[Record]:
    """Read every record that is there behind the one with that number."""
    start = f"({after}-0" if after else "-"
    while found := await store.stream(AUDIT, start, "+", PAGE):
        for place, fields in found:
            seq = int(place.split("-")[0])
            yield Record(seq, fields["body"], fields["key"], fields["mac"])
        start = f"({found[-1][0]}"


async def read_chain(store: Store, keys: Sequence[ChainKey]) -> tuple[list[Record], Head, Start]:
    """Read the records up to the head, without those that are appended meanwhile.

    The base is read last too: a log that is trimmed meanwhile is read once more. It counts where
    the newest entry of a trim names it; who proves the records proves that entry. May raise
    `StoreError`.
    """
    while True:
        base, head = await read_base(store, keys), read_head(await _text(store))
        records = [record async for record in read_records(store) if record.seq <= head.seq]
        if (await read_base(store, keys)).proof == base.proof:
            follows = bool(records) and records[0].seq == base.seq + 1
            own = follows and _named(records, keys) == base.proof
            return records, head, base.start if own else WHOLE


def _named(records: Sequence[Record], keys: Sequence[ChainKey]) -> str:
    """Return the proof of the base that the records name; one under a lost key names nothing."""
    ids = {key.id for key in keys}
    bodies = (record.body for record in reversed(records) if record.key_id in ids)
    return next((proof for body in bodies if (proof := named_base(body)) is not None), "")


async def _text(store: Store) -> str:
    return await store.text("GET", AUDIT_HEAD) or ""
