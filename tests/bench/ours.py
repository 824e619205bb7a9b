"""Keysmith's side of the benchmark: the real ack and the real pages, in a process of their own.

`acks`: the web part as `python -m bot web` runs it; the requester's identity stays cached, and no
worker runs, so that only the ack is measured. `links PORT SOCKET`: the real page over the real
store, without Cloudinary, plus a route that makes a link.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aiohttp import web
from redis.asyncio import Redis

from bot.adapters.clock import SystemClock
from bot.adapters.keyring import Keyring
from bot.adapters.logs import configure
from bot.adapters.redis.connection import client
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.links import RedisLinks
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.names import PREFIX
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.adapters.redis.visits import RedisVisitLimits, RedisVisitTally
from bot.adapters.subkeys import address_marks
from bot.adapters.vault import hash_proof, seal_bundle
from bot.cli.serve import Part, serving
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.keys import Credentials, Key, LastChange
from bot.domain.languages import ENGLISH
from bot.domain.links import Link
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.redis_url import RedisAddress
from bot.domain.secret import Secret
from bot.flows.links.make import LinkCreator
from bot.flows.links.open import LinkOpener
from bot.flows.links.reveal import Revealer
from bot.flows.links.visits import VisitCounter
from bot.settings import Settings, read_settings
from handlers.pages import Pages
from handlers.visitors import Visitors
from tests.scenarios.system import TOM

TEAM = "T0LUMEN01"
TTL = timedelta(minutes=10)
PLANTED = "planted"  # begins ids that the store looks up with one more round trip
ENVIRONMENTS = 16  # openings of one environment take turns
KEEP_FRESH = 20.0  # seconds; an identity stays cached for sixty


class AlwaysAllowed:
    """Takes the place of Cloudinary and the policy; answers immediately."""

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Give a key without changing one."""
        return Key(api_key, environment_id, enabled, root=False, created_at=None, updated_at=None)

    async def keys(self, environment_id: str) -> list[Key]:
        """Know of no key."""
        del environment_id
        return []

    async def name_of(self, actor: Actor) -> str | None:
        """Give the user id as the name."""
        return actor.user_id

    async def last_change(self, api_key: str) -> LastChange | None:
        """Know of no change."""
        del api_key
        return None

    async def may_still_claim(self, pending: PendingCredentials) -> bool:
        """Allow every claim."""
        return bool(pending.id)


async def acks() -> None:
    """Serve deliveries from Slack."""
    configure("warning")
    async with serving(read_settings(Settings), Part.WEB) as keysmith:
        while True:
            await keysmith.people.identify(Actor(TEAM, TOM), fresh=True)
            await asyncio.sleep(KEEP_FRESH)


class Links(RedisLinks):
    """The real store; an id that says so costs one more round trip."""

    async def proven(
        self, link_id: str, proof_hash: str
    ) -> tuple[Link, PendingCredentials | None] | None:
        """Look a link up."""
        if link_id.startswith(PLANTED):
            await self._store.call("EXISTS", PREFIX + PLANTED)
        return await super().proven(link_id, proof_hash)


class Unlimited(RedisVisitLimits):
    """The real limits, at their real cost, above which all is served."""

    async def serves(self, place: str) -> bool:
        """Count a visit."""
        await super().serves(place)
        return True


class Maker:
    """Stores pending credentials and makes a link to them, once per HTTP request."""

    def __init__(self, redis: Redis) -> None:
        store = Store(redis)
        ledger = Ledger(redis, store, ChainKey(bytes(32)))
        signed = open_signed(store, ledger)
        self.store = Links(store, ledger, signed, link_ttl=TTL, claim_ttl=TTL)
        self.links = LinkCreator(self.store, SystemClock(), seal_bundle, "", TTL)
        outside = AlwaysAllowed(), AlwaysAllowed(), SystemClock(), AlwaysAllowed()
        opener = LinkOpener(self.store, *outside, RedisLocks(store))
        self.revealer = Revealer(self.store, opener, *outside[1:3], hash_proof, AlwaysAllowed())
        tally = RedisVisitTally(store, ledger)
        self.visits = VisitCounter(Unlimited(redis), tally, SystemClock(), lambda _: None)
        self._made = 0

    async def check(self) -> None:
        """Look at nothing: history is not measured here."""

    async def make(self, _: web.Request) -> web.Response:
        """Make one link."""
        self._made += 1
        now = datetime.now(UTC)
        place = f"e{self._made % ENVIRONMENTS}"
        pending = PendingCredentials(
            str(self._made), Actor(TEAM, TOM), place, "Staging", "cloud", "1" * 15, "deploy", now
        )
        await self.store.add_pending(pending, Entry(now, AuditEvent.DONE, "key:create"))
        link = await self.links.make(pending, Credentials("cloud", "1" * 15, Secret("s" * 27)))
        return web.Response(text=link.url.show() if link else "")


@asynccontextmanager
async def pages(socket: str) -> AsyncIterator[web.Application]:
    """Build the real page and the route that makes links."""
    async with client(RedisAddress(path=socket)) as redis:
        maker = Maker(redis)
        application = web.Application()
        application.add_routes(
            [
                web.post("/links", maker.make),
                *Pages(
                    *(maker.revealer, "http://127.0.0.1", "Bench", maker.check),
                    lambda _: ENGLISH,
                    "https://api.cloudinary.com",
                    Visitors(address_marks(Keyring([b"k" * 32]))),
                    maker.visits,
                ).routes(),
            ]
        )
        yield application


async def links(port: int, socket: str) -> None:
    """Serve links."""
    async with pages(socket) as application:
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    asyncio.run(acks() if kind == "acks" else links(int(rest[0]), rest[1]))
