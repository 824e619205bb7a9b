"""Indexes only point at records: one that points at another thing's record leads nowhere."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.names import CARD_MAC, JOBS_ASIDE, LINKS_OPENING, REQUESTS_PENDING
from bot.domain.pending import PendingCredentials
from tests.contracts.records_kept import ANN, AT, BOB, ENTRY, LATER, RECORDS, REQUEST, Storage
from tests.contracts.redis_server import redis, server

__all__ = ["redis", "server"]


@pytest.fixture
async def storage(redis: Redis) -> Storage:
    """One of each kind, numbered 1 and 2."""
    found = Storage(redis)
    for kind in RECORDS.values():
        for number in "12":
            await kind.write(found, f"{number}{list(RECORDS.values()).index(kind)}")
    return found


async def test_a_key_leads_to_its_own_credentials(storage: Storage) -> None:
    """Not to those of another key; security hears"""
    links = storage.stores.links
    assert await links.pending_for_key("13")
    await storage.redis.set(names.pending_for_key("13"), "23")
    await storage.redis.set(names.pending_for_key("814"), "23")
    assert await links.pending_for_key("13") is None
    assert await links.pending_for_key("814") is None
    assert ["leads to another key" in each for each in await storage.told()] == [True]


async def test_a_key_leads_to_what_was_approved_as_long_as_its_request_is_kept(
    storage: Storage,
) -> None:
    """A rotation asks when the access by the old key ends, also after months"""
    links, redis = storage.stores.links, storage.redis
    for approved in ("", "terms"):
        id_ = f"c{approved}"
        pending = PendingCredentials(id_, BOB, "e1", "E", "e", id_, "k", AT, approved=approved)
        await links.add_pending(pending, ENTRY)
        kept = [await redis.ttl(it) for it in _kept(id_)]
        assert [approved == ""] * 2 == [ttl > 0 for ttl in kept]


def _kept(id_: str) -> tuple[str, str]:
    return names.pending_for_key(id_), names.pending_credentials(id_)


async def test_a_list_of_credentials_has_the_owners_own(storage: Storage) -> None:
    """Not those of another person"""
    links = storage.stores.links
    assert await links.pending_of(BOB)
    await storage.redis.zadd(names.pending_of(ANN), {"13": 1, "no such": 2})
    assert [] == await links.pending_of(ANN)


async def test_a_list_of_requests_has_the_requesters_own(storage: Storage) -> None:
    """Not those of another person"""
    requests = storage.stores.requests
    own = await requests.load("12")
    assert own
    assert [own] == await requests.opened_by(own.terms.requester, 9)
    await storage.redis.zadd(names.requests_by(ANN), {"12": 1, "no such": 2})
    assert [] == await requests.opened_by(ANN, 9)


async def test_a_card_leads_to_the_request_that_knows_it(storage: Storage) -> None:
    """Not to another one; a forged place in the request's own record is none"""
    requests = storage.stores.requests
    await requests.place("12", "C1:1.2")
    other = await requests.load("22")
    assert "12" == await requests.request_at_card("C1:1.2")
    await storage.redis.set(names.card("C1:1.2"), "22")
    assert await requests.request_at_card("C1:1.2") is None

    await storage.redis.hset(names.request("22"), mapping={"card": "C1:1.2", CARD_MAC: "x"})
    assert await requests.request_at_card("C1:1.2") is None
    copied = await storage.redis.hget(names.request("12"), CARD_MAC)
    assert copied
    await storage.redis.hset(names.request("22"), mapping={"card": "C1:1.2", CARD_MAC: copied})
    assert await requests.request_at_card("C1:1.2") is None
    assert other == await requests.load("22")
    assert await storage.told()


async def test_a_card_may_be_placed_and_the_request_changed(storage: Storage) -> None:
    """Each has a MAC of its own"""
    requests, before = storage.stores.requests, replace(REQUEST, id="12")
    await requests.place("12", "C1:1.2")
    after = replace(before, version=before.version + 1, escalated=True)
    assert await requests.replace(before, after, ENTRY)
    assert replace(after, card="C1:1.2") == await requests.load("12")
    assert [] == await storage.told()


async def test_other_indexes_lead_to_nothing_that_is_not_there(storage: Storage) -> None:
    """Of waiting requests, openings and delegations"""
    stores = storage.stores
    for index in (REQUESTS_PENDING, LINKS_OPENING, JOBS_ASIDE, names.DELEGATIONS):
        await storage.redis.zadd(index, {"E1:T1:U9": 4e9 if index == names.DELEGATIONS else 1})
    assert "E1:T1:U9" not in [each.id for each in await stores.requests.pending(9)]
    assert [] == await stores.links.half_open(LATER)
    assert "U9" not in [each.by.user_id for each in await stores.delegations.current(AT)]
    assert await stores.jobs.load("E1:T1:U9") is None


async def test_another_ciphertext_is_not_handed_out(storage: Storage) -> None:
    """The link's record names the hash of its own"""
    links = storage.stores.links
    await RECORDS["link"].write(storage, "7")
    await storage.redis.set(names.sealed("7"), "another")
    link = await links.find("7")
    assert link
    assert await links.start(link, AT, ENTRY)
    opening, pending = await links.find("7"), await links.pending("7")
    assert opening
    assert pending
    with pytest.raises(Exception, match="its ciphertext is another one"):
        await links.take(opening, pending, AT, ENTRY)
    assert await storage.told()
