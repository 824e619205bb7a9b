from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.offers import OFFER_TTL, SUSPECT_TTL, RedisOffers
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.adapters.vault import FieldSealer
from bot.domain.audit import ChainKey
from bot.domain.offers import Offer
from bot.domain.people import Actor
from bot.errors import StoreError
from tests.contracts.cutting_proxy import Cut, cutting
from tests.contracts.jobs_kept import KEY
from tests.contracts.redis_server import SOCKET, connected, redis, server, unreachable

__all__ = ["redis", "server", "unreachable"]

TOM = Actor("T1", "U1")
OFFERS = [
    Offer(TOM, "key list"),
    Offer(TOM, "key list", 0),
    Offer(Actor("T1", "U2", "E1"), 'key show "a &#60;b&#62; \u6771\n"', 3),
]


def offers_of(redis: Redis) -> RedisOffers:
    """Offers, as each process has them."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    return RedisOffers(store, open_signed(store, ledger), FieldSealer(ledger.keyring))


async def test_an_offer_is_found_by_its_id(redis: Redis) -> None:
    """In the order in which they were given, each as it was"""
    offers = offers_of(redis)
    ids = await offers.make(OFFERS)
    assert OFFERS == [await offers.find(offer_id) for offer_id in ids]


async def test_what_may_be_a_secret_is_sealed_and_ends_soon(redis: Redis) -> None:
    """Redis never has it in the clear; the press of the button has it again"""
    offers, suspect = offers_of(redis), Offer(TOM, "key show s3cr3t", None, suspect=True)
    (offer_id,) = await offers.make([suspect])
    assert suspect == await offers.find(offer_id)
    (key,) = await redis.keys("*")
    assert 0 < await redis.ttl(key) <= SUSPECT_TTL
    kept = await redis.hgetall(key)
    assert "s3cr3t" not in repr(kept)
    assert "s3cr3t" not in repr(suspect)


async def test_an_id_is_opaque_and_never_given_twice(redis: Redis) -> None:
    """128 bits, though the offers are alike"""
    ids = await offers_of(redis).make([OFFERS[0]] * 50)
    assert len(set(ids)) == 50
    assert {22} == {len(offer_id) for offer_id in ids}


@pytest.mark.parametrize("offer_id", ["", "nothing", "*", "x" * 5_000, "a\nb", "\u6771"])
async def test_an_id_that_was_never_given_finds_nothing(offer_id: str, redis: Redis) -> None:
    """For any id in a forged press"""
    assert await offers_of(redis).find(offer_id) is None


async def test_an_offer_ends_by_itself(redis: Redis) -> None:
    """And is gone for good"""
    offers = offers_of(redis)
    (offer_id,) = await offers.make(OFFERS[:1])
    (key,) = await redis.keys("*")
    assert 0 < await redis.ttl(key) <= OFFER_TTL
    await redis.delete(key)
    assert await offers.find(offer_id) is None


@pytest.mark.parametrize("cut", [Cut.REQUEST, Cut.ANSWER])
async def test_an_offer_without_an_end_is_never_kept(
    cut: Cut, redis: Redis, server: Path, tmp_path: Path
) -> None:
    """A connection that breaks leaves an offer that ends, or none"""
    async with cutting(server, tmp_path / SOCKET) as proxy, connected(proxy.socket) as through:
        await through.ping()
        proxy.cuts = [cut]
        with pytest.raises(StoreError):
            await offers_of(through).make(OFFERS[:1])
    ends = [await redis.ttl(key) > 0 for key in await redis.keys("*")]
    assert ends == ([True] if cut is Cut.ANSWER else [])


async def test_a_server_that_is_away_is_an_error(unreachable: Redis) -> None:
    """Not the same as no offer"""
    offers = offers_of(unreachable)
    with pytest.raises(StoreError):
        await offers.make(OFFERS)
    with pytest.raises(StoreError):
        await offers.find("x")
