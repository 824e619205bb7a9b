"""Records of links that another version wrote: a clear answer, and nothing of them is lost."""

from dataclasses import replace
from typing import Final

import aiohttp
import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.live_links import RedisLiveLinks
from bot.adapters.redis.signed import one_of_many
from bot.adapters.redis.store import Store
from bot.adapters.redis.visits import RedisVisitTally
from bot.adapters.vault import decode, hash_proof, proof_of
from bot.domain.audit import AuditEvent, Entry
from bot.domain.link_visits import Visit
from bot.domain.links import Link, LinkState, Revealed
from bot.domain.outcomes.general import Fault
from bot.domain.secret import Secret
from bot.errors import KeyMissing, NotOpened, Unread
from bot.flows.links.queue import QueuedOpening
from bot.flows.links.recover import LEASE
from bot.flows.links.reveal import UNKNOWN, Revealer
from handlers.faults import failed
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import TOM, LinkSetup
from tests.contracts.test_links_tell_nothing import ASKED, KINDS, SILENT, Site, answered, site

__all__ = ["redis", "server", "site"]

NEWER: Final = "paused"
"""A word that this version does not know."""


@pytest.fixture
def setup(redis: Redis) -> LinkSetup:
    """The links over an empty store."""
    return LinkSetup(redis)


async def write(setup: LinkSetup, key: str, **fields: str) -> None:
    """Change a record as another version does: under its MAC."""
    entry = Entry(setup.clock.now(), AuditEvent.DONE, "link:end")
    change, same = await setup.signed.change(key, **fields)
    assert await setup.ledger.write(entry, (change,), same)


async def live(setup: LinkSetup) -> list[str]:
    """The links that are listed as live."""
    listed = RedisLiveLinks(Store(setup.redis), setup.ledger, setup.signed)
    return [each.link.id for each in await listed.every(setup.clock.now())]


async def second(setup: LinkSetup) -> tuple[str, str]:
    """A link to other credentials of the same owner."""
    setup.pending = replace(setup.pending, id="c2", api_key="8149")
    return await setup.made()


@pytest.mark.parametrize("asked", sorted({*ASKED} - SILENT))
async def test_a_state_of_another_version_is_an_answer_like_any_other(
    site: Site, asked: str
) -> None:
    """Without the proof its id tells nothing: the same bytes after the same commands"""
    id_, _ = await site.link()
    await write(site.setup, names.link(id_), state=NEWER)
    async with aiohttp.ClientSession() as client:
        await answered(client, site, asked, "A" * 22)
        unknown = await answered(client, site, asked, (await KINDS["unknown"](site))[0])
        assert unknown == await answered(client, site, asked, id_)


async def test_a_visit_to_it_counts_by_its_ciphertext(setup: LinkSetup) -> None:
    """It waits while that is there"""
    id_, _ = await setup.made()
    await write(setup, names.link(id_), state=NEWER)
    tally = RedisVisitTally(Store(setup.redis), setup.ledger)
    assert await tally.met(id_) is Visit.WRONG_PROOF
    await setup.redis.delete(names.sealed(id_))
    assert await tally.met(id_) is Visit.EXPIRED


@pytest.mark.parametrize("of", ["link", "credentials"])
async def test_a_person_with_the_whole_link_hears_that_this_version_cant_read_it(
    setup: LinkSetup, of: str
) -> None:
    """Nothing is revealed or lost: the version that wrote it opens it"""
    link = await setup.made()
    key = names.link(link[0]) if of == "link" else names.pending_credentials("c1")
    before = "sealed" if of == "link" else "waiting"
    await write(setup, key, state=NEWER)
    for press in (setup.look, setup.press):
        with pytest.raises(Unread) as met:
            await press(link)
        assert failed(met.value).fault is Fault.UNREAD
    assert setup.enabler.calls == []
    await write(setup, key, state=before)
    assert isinstance(await setup.press(link), Revealed)


async def test_it_holds_up_no_other_link(setup: LinkSetup) -> None:
    """In the list of live links, of what waits for a person, and of what is half open"""
    first = await setup.made()
    other = await second(setup)
    await write(setup, names.link(first[0]), state=NEWER)
    assert [other[0]] == await live(setup)
    await write(setup, names.pending_credentials("c1"), state=NEWER)
    assert [other[0]] == await live(setup)
    assert ["c2"] == [each.id for each in await setup.kept.pending_of(TOM)]


async def test_an_opening_of_another_version_is_left_to_it(setup: LinkSetup) -> None:
    """A recovery goes on with the others, and finds it once it can read it"""
    links = await setup.made(), await second(setup)
    for id_, _ in links:
        found = await setup.kept.find(id_)
        assert found
        entry = Entry(setup.clock.now(), AuditEvent.BEGUN, "link:open")
        assert await setup.kept.start(found, setup.clock.now(), entry)
    key = names.link(links[0][0])
    await write(setup, key, state=NEWER)
    setup.clock.go_on(seconds=LEASE.total_seconds() + 1)
    assert [] == await setup.recoverer.recover()
    assert [False] == setup.enabler.calls
    await write(setup, key, state=LinkState.OPENING)
    setup.clock.go_on(seconds=1)
    assert [] == await setup.recoverer.recover()
    assert [False, False] == setup.enabler.calls


@pytest.mark.parametrize("opened", [True, False])
async def test_an_end_of_another_version_is_one_without_a_reason(
    setup: LinkSetup, *, opened: bool
) -> None:
    """Workers are updated first: what a worker of a newer version ends, the page still answers"""
    link = await setup.made()
    proof, key = proof_of(decode(link[1])), names.link(link[0])

    async def ends(_: float) -> None:
        found = await setup.kept.find(link[0])
        pending = await setup.kept.pending("c1")
        assert found
        assert pending
        entry = Entry(setup.clock.now(), AuditEvent.REVEALED, "link:open")
        if opened:
            assert await setup.kept.take(found, pending, setup.clock.now(), entry)
        else:
            assert await setup.kept.release(found, entry)
        await write(setup, key, ended=NEWER)

    queued = QueuedOpening(setup.kept, setup.clock, ends)
    behind = setup.access, setup.clock, hash_proof, setup.changes
    page = Revealer(setup.kept, queued, *behind)
    if opened:
        found = await page.reveal(link[0], proof, Secret("v"), browser=UNKNOWN)
        assert isinstance(found, Revealed)
        assert not found.signs
    else:
        with pytest.raises(NotOpened):
            await page.reveal(link[0], proof, Secret("v"), browser=UNKNOWN)
    stored = await setup.redis.hget(key, "ended")
    assert NEWER == stored


async def test_a_record_with_an_opener_of_another_form_is_not_read(setup: LinkSetup) -> None:
    """Nor one without a time"""
    id_, _ = await setup.made()
    found = await setup.kept.find(id_)
    assert isinstance(found, Link)
    stored = await setup.signed.read(names.link(id_))
    for field, value in (("opener", "{"), ("since", "soon"), ("starts", "many"), ("lock", "a b")):
        await write(setup, names.link(id_), **{field: value})
        with pytest.raises(Unread):
            await setup.kept.find(id_)
        before = stored.get(field, "0" if field == "starts" else "")
        await write(setup, names.link(id_), **{field: before})
    assert found == await setup.kept.find(id_)


async def test_a_process_that_can_store_nothing_leaves_no_record_out() -> None:
    """It fails as a whole, so another process goes on"""

    async def reading() -> str:
        raise KeyMissing.of("k2")

    with pytest.raises(KeyMissing):
        await one_of_many(reading())
