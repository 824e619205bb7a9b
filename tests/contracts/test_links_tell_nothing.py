"""Without its proof a link tells nothing; no visit and no robot spends one."""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import aiohttp
import pytest
from redis.asyncio import Redis

from bot.adapters.languages import Languages
from bot.adapters.vault import decode, proof_of, sign_in_sealer
from bot.domain.audit import AuditEvent, Entry
from bot.domain.link_visits import PER_MINUTE
from bot.domain.links import Addressed, AlreadyOpened, Gone, Revealed
from bot.domain.people import Workspace
from bot.errors import StoreError
from bot.flows.links.sign_in import SignIns
from handlers.pages import Pages
from handlers.server import Connections, Deadlines, application
from handlers.sign_in import Door
from sandbox.ports import bind, served, url_of
from tests.contracts.link_page import VISITORS, counter_of
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import CREDENTIALS, LinkSetup
from tests.fakes.sign_in import FakeSignIn
from tests.fakes.strangers import FakeStrangers

__all__ = ["redis", "server"]

LINKS: Final = int(os.environ.get("FUZZ_EXAMPLES", "1")) * 10
"""Links that robots visit: ten, or a thousand in `make fuzz`."""
KEYS: Final = re.compile(r"\{keysmith\}:([a-z-]+)")
COUNTED: Final = ("EVALSHA", "INCRBY", "HINCRBY", "EXPIRE")
Link = tuple[str, str]


class Site:
    """Links of many kinds and the pages over them."""

    def __init__(self, redis: Redis, *, signs_in: bool = False) -> None:
        self.redis, self.setup, self.count = redis, LinkSetup(redis), 0
        setup, slack = self.setup, FakeSignIn(self.setup.clock)
        sealer = sign_in_sealer(setup.ledger.keyring)
        parts = sealer, setup.kept, FakeStrangers(), setup.clock, Workspace("T1", "Lumen")
        door = Door(SignIns(slack, *parts), "https://keysmith.example") if signs_in else None
        revealer = replace(setup.revealer, signs_in=signs_in)
        header, base = Languages().of_header, "https://keysmith.example"
        named = "Lumen", self.check, header, "https://c.example", VISITORS
        self.pages = Pages(revealer, base, *named, counter_of(setup), door)
        self.url = ""

    async def check(self) -> None:
        """Believe Redis."""

    async def link(self) -> Link:
        """Make another link, of credentials of its own."""
        self.count += 1
        pending = replace(self.setup.pending, id=f"c{self.count}", api_key=f"8148{self.count}")
        now = self.setup.clock.now()
        await self.setup.kept.add_pending(pending, Entry(now, AuditEvent.DONE, "key:create"))
        return await self._made(pending.id)

    async def _made(self, pending_id: str) -> Link:
        pending = await self.setup.kept.pending(pending_id)
        assert pending
        made = await self.setup.creator.make(pending, CREDENTIALS)
        assert made
        id_, _, key = made.url.show().removeprefix("/s/").partition("#")
        return id_, key

    async def unknown(self) -> Link:
        """An address that never was one."""
        return "A" * 22, (await self.link())[1]

    async def spent(self) -> Link:
        """A link that was opened."""
        link = await self.link()
        assert isinstance(await self.setup.press(link, "page"), Revealed)
        return link

    async def revoked(self) -> Link:
        """A link whose credentials were revoked."""
        link = await self.link()
        pending = await self.setup.kept.pending(f"c{self.count}")
        assert pending
        entry = Entry(self.setup.clock.now(), AuditEvent.DONE, "key:disable")
        await self.setup.kept.revoke(pending, entry)
        return link

    async def replaced(self) -> Link:
        """A link that a newer one took the place of."""
        link = await self.link()
        await self._made(f"c{self.count}")
        return link

    async def expired(self) -> Link:
        """A link whose time is over."""
        link = await self.link()
        await self.redis.delete("{keysmith}:sealed:" + link[0])
        return link

    async def opening(self) -> Link:
        """A link that a press opens right now."""
        link = await self.link()
        found = await self.setup.kept.find(link[0])
        assert found
        now = self.setup.clock.now()
        assert await self.setup.kept.start(found, now, Entry(now, AuditEvent.BEGUN, "key:create"))
        return link


KINDS: Final[dict[str, Callable[[Site], Awaitable[Link]]]] = {
    "waiting": Site.link,
    "unknown": Site.unknown,
    "spent": Site.spent,
    "revoked": Site.revoked,
    "replaced": Site.replaced,
    "expired": Site.expired,
    "opening": Site.opening,
}
ASKED: Final[dict[str, tuple[str, dict[str, object] | None]]] = {
    "GET": ("GET", None),
    "HEAD": ("HEAD", None),
    "a press": ("POST", {"proof": "A" * 43, "visit": "v"}),
    "whose it is": ("POST", {"proof": "A" * 43, "whose": True}),
    "a sign-in": ("POST", {"proof": "A" * 43, "sign_in": True}),
    "no proof": ("POST", {"whose": True}),
    "a way back": ("POST", {"unwrap": True}),
    "an odd proof": ("POST", {"proof": "\ud800é", "visit": "v"}),
}
SILENT: Final = {"GET", "HEAD", "no proof", "a way back"}
"""What asks nothing of Redis."""


@pytest.fixture(params=[False, True], ids=["bearer", "signed in"])
async def site(redis: Redis, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """Serve the pages as the bot does."""
    made, bound = Site(redis, signs_in=request.param), bind()
    made.url = url_of(bound)
    app = application(made.pages.routes(), Connections(32, Deadlines()), https=False)
    async with served(app, bound):
        yield made


@dataclass(frozen=True)
class Answered:
    """Everything that a visitor sees, and what Redis did for it."""

    status: int
    body: bytes
    headers: dict[str, str]
    commands: tuple[str, ...]


async def answered(client: aiohttp.ClientSession, site: Site, asked: str, id_: str) -> Answered:
    """Ask; a command of Redis counts by its name and the kinds of its keys, in scripts too."""
    method, body = ASKED[asked]
    commands: list[str] = []
    async with site.redis.monitor() as monitor:
        async with client.request(method, f"{site.url}/s/{id_}", json=body) as answer:
            seen = answer.status, await answer.read(), {**answer.headers} | {"Date": ""}
        await site.redis.echo("over")
        while not (command := (await monitor.next_command())["command"]).startswith("ECHO"):
            commands.append(" ".join([command.split()[0].upper(), *KEYS.findall(command)]))
    return Answered(*seen, tuple(commands))


@pytest.mark.parametrize("asked", ASKED)
async def test_every_id_gets_the_same_answer_without_its_proof(site: Site, asked: str) -> None:
    """Status, bytes and headers; Redis does the same for it: commands, kinds of keys, order"""
    found = {}
    async with aiohttp.ClientSession() as client:
        await answered(client, site, asked, "A" * 22)  # the first visit of a minute sets its end
        for kind, make in KINDS.items():
            link = await make(site)
            found[kind] = await answered(client, site, asked, link[0])
    assert {kind for kind, each in found.items() if each != found["unknown"]} == set()
    spoken = {each.split()[0] for each in found["unknown"].commands}
    silent = asked in SILENT
    assert spoken == (set() if silent else {"HMGET", "HGET", "EXISTS", *COUNTED})


@pytest.mark.parametrize("asked", sorted({*ASKED} - SILENT))
async def test_every_id_is_limited_alike(site: Site, asked: str) -> None:
    """By one status, one body and one wait, and after the same commands; a page is always shown"""
    found = {}
    async with aiohttp.ClientSession() as client:
        for _ in range(PER_MINUTE):
            await answered(client, site, asked, "A" * 22)
        for kind, make in KINDS.items():
            link = await make(site)
            found[kind] = await answered(client, site, asked, link[0])
        page = await answered(client, site, "GET", link[0])
    assert {kind for kind, each in found.items() if each != found["unknown"]} == set()
    limited = found["unknown"]
    assert (limited.status, limited.headers["Retry-After"]) == (429, "60")
    assert limited.body == b'{"error": "limited"}'
    assert page.status == 200


async def test_who_has_the_whole_link_opens_it_above_the_limit(site: Site) -> None:
    """What others at the same address do locks no owner out"""
    id_, key = await site.link()
    body: dict[str, object] = {"proof": proof_of(decode(key)).show(), "whose": True}
    async with aiohttp.ClientSession() as client:
        for _ in range(PER_MINUTE + 1):
            limited = await answered(client, site, "a press", id_)
        assert limited.status == 429
        async with client.post(f"{site.url}/s/{id_}", json=body) as answer:
            assert answer.status == 200


@pytest.mark.parametrize("asked", ["whose it is", "a press", "a sign-in"])
async def test_a_flood_silences_no_one_who_has_the_whole_link(site: Site, asked: str) -> None:
    """Of a link that was opened, or has expired; by one address, and by all together"""
    over = {"spent": (410, "opened"), "expired": (404, "gone")}
    links = {kind: await KINDS[kind](site) for kind in over}
    async with aiohttp.ClientSession() as client:
        for _ in range(PER_MINUTE + 1):
            limited = await answered(client, site, asked, "A" * 22)
        assert limited.status == 429
        for kind, (id_, key) in links.items():
            body = (ASKED[asked][1] or {}) | {"proof": proof_of(decode(key)).show()}
            async with client.post(f"{site.url}/s/{id_}", json=body) as answer:
                assert over[kind] == (answer.status, (await answer.json())["error"])
        limited = await answered(client, site, asked, links["spent"][0])
        assert limited.status == 429


async def test_who_has_the_whole_link_is_told_the_truth(site: Site) -> None:
    """That of another link proves nothing"""
    found = {kind: await site.setup.look(await make(site)) for kind, make in KINDS.items()}
    assert isinstance(found["waiting"], Addressed)
    assert isinstance(found["spent"], AlreadyOpened)
    assert {type(found[kind]) for kind in ("unknown", "replaced", "expired")} == {Gone}
    foreign = (await site.link())[0], (await site.link())[1]
    assert isinstance(await site.setup.look(foreign), Gone)


async def test_robots_spend_no_link(site: Site) -> None:
    """By visits, by the page's script without a press, by a press that is not signed in"""
    links = [await site.link() for _ in range(LINKS)]
    async with aiohttp.ClientSession() as client:
        for id_, key in links:
            url, proof = f"{site.url}/s/{id_}", proof_of(decode(key)).show()
            for method in ("GET", "HEAD", "OPTIONS", "PUT"):
                async with client.request(method, url) as answer:
                    assert answer.status in {200, 405}
            pressed = {"proof": proof, "visit": "v"} if site.pages.door else {"visit": "v"}
            for body in ({"proof": proof, "whose": True}, {"proof": ""}, pressed):
                async with client.post(url, json=body) as answer:
                    assert answer.status == (200 if "whose" in body else answer.status)
                    assert "sealed" not in await answer.json()
    assert site.setup.enabler.calls == []
    for link in links:
        assert isinstance(await site.setup.press(link), Revealed)


async def test_without_limits_no_visit_is_answered(site: Site) -> None:
    """Redis fails in the middle: it says so, the same for every id, and no link is spent"""
    counter, bound = replace(site.pages.visits, limits=Away()), bind()
    app = application(replace(site.pages, visits=counter).routes(), Connections(8), https=False)
    waiting = await site.link()
    async with served(app, bound), aiohttp.ClientSession() as client:
        for id_ in (waiting[0], (await site.spent())[0], "A" * 22):
            url, body = f"{url_of(bound)}/s/{id_}", ASKED["a press"][1]
            async with client.post(url, json=body) as answer:
                assert (answer.status, (await answer.json())["error"]) == (503, "not_enabled")
    assert isinstance(await site.setup.press(waiting), Revealed)


class Away:
    """Limits of a Redis that does not answer."""

    async def serves(self, place: str) -> bool:
        """Raise."""
        raise StoreError(f"away from {place}")
