"""Two web and two worker processes behind a balancer, over one Redis that is on disk."""

import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET
from sandbox.company import ACCOUNT_ID, CHANNELS, ENVIRONMENTS, PEOPLE, USERS, Person, User
from sandbox.ports import HOST, reserved, served
from sandbox.running import SLACK_EVENTS, Ports, Twins, running
from sandbox.slack.workspace import Workspace
from sandbox.variables import bot_keys, variables
from tests.faults.lasting_redis import LastingRedis, lasting_redis
from tests.scenarios.processes import ROOT
from tests.scenarios.system import PLATFORM, Bot
from tests.scenarios.two_bots import FORWARDED
from tests.soak.tally import Tally

PAGE_SIZE: Final = 100
PLACES: Final = {"staging": ENVIRONMENTS[1].id, "development": ENVIRONMENTS[2].id}
"""Where the load creates keys: environments in which that needs no approval."""
ANSWERS: Final = ("/response/", "/api/")
"""Where an answer reaches Slack."""
PARTS: Final = ("web", "web", "worker", "worker")


@dataclass
class Balancer:
    """Forwards Slack's deliveries to the web processes in turn; a dead one is passed over."""

    addresses: list[str]
    session: aiohttp.ClientSession
    seen: Callable[[bytes], None]
    turn: "count[int]" = field(default_factory=count)

    async def forward(self, request: web.Request) -> web.Response:
        """Forward one delivery; only one that was not sent yet may go to the next process."""
        headers = {name: request.headers[name] for name in FORWARDED if name in request.headers}
        body, first = await request.read(), next(self.turn)
        for step in range(len(self.addresses)):
            url = self.addresses[(first + step) % len(self.addresses)] + SLACK_EVENTS
            try:
                async with self.session.post(url, data=body, headers=headers) as answer:
                    kind = answer.headers.get("Content-Type", "").partition(";")[0] or None
                    found = await answer.read()
                    if found:  # the ack is the answer, as where Redis is away
                        self.seen(body)
                    return web.Response(status=answer.status, body=found, content_type=kind)
            except aiohttp.ClientConnectorError:
                continue
            except aiohttp.ClientError:
                break
        return web.Response(status=502)


@dataclass
class Farm:
    """The running deployment."""

    twins: Twins
    redis: LastingRedis
    session: aiohttp.ClientSession
    bots: dict[str, Bot]
    people: Sequence[Person]
    tally: Tally
    busy: set[str] = field(default_factory=set)
    killed: dict[str, int] = field(default_factory=dict)

    async def command(self, user: str, text: str) -> bool:
        """Type a command; whether Slack got its ack."""
        body = {"user": user, "channel": PLATFORM, "text": text}
        async with self.session.post(f"{self.twins.at.slack}/sandbox/command", json=body) as answer:
            answer.raise_for_status()
            return bool((await answer.json())["delivered"] == "ok")

    async def disturb(self, chance: random.Random, faults: Sequence[str]) -> None:
        """Kill (`kill`) or stop (`stop`) a process, or kill Redis, and start it again."""
        kind = chance.choice(faults)
        name = "redis" if kind == "redis" else chance.choice(sorted(self.bots))
        if name in self.busy:
            return
        self.busy.add(name)
        self.killed[f"{kind} {name}"] = self.killed.get(f"{kind} {name}", 0) + 1
        try:
            if name == "redis":
                await self.redis.kill()
                await self.redis.start()
                return
            bot = self.bots[name]
            await (bot.kill() if kind == "kill" else bot.stop())
            await bot.begin()
        finally:
            self.busy.discard(name)

    async def keys(self) -> list[tuple[str, str]]:
        """List the keys that the load may have created: name and address at Cloudinary."""
        found = list[tuple[str, str]]()
        for environment in PLACES.values():
            url = f"{self._keys(environment)}?page_size={PAGE_SIZE}&page="
            for page in count(1):
                async with self.session.get(f"{url}{page}", headers=self._signed) as answer:
                    keys = (await answer.json())["access_keys"]
                at = self._keys(environment)
                found += [(str(key["name"]), f"{at}/{key['api_key']}") for key in keys]
                if len(keys) < PAGE_SIZE:
                    break
        return found

    async def forget(self, address: str) -> None:
        """Delete a key as a person does in the Console, once it is counted."""
        async with self.session.delete(address, headers=self._signed) as answer:
            answer.raise_for_status()

    def _keys(self, environment: str) -> str:
        path = f"v1_1/provisioning/accounts/{ACCOUNT_ID}/sub_accounts/{environment}/access_keys"
        return f"{self.twins.at.cloudinary}/{path}"

    @property
    def _signed(self) -> dict[str, str]:
        return {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_KEY, ACCOUNT_SECRET)}

    async def deploy(self, name: str, root: Path) -> None:
        """Stop a process, and start the version of that checkout in its place."""
        self.busy.add(name)
        bot = self.bots[name]
        await bot.stop()
        bot.environment["PYTHONPATH"] = str(root)
        await bot.begin()
        self.busy.discard(name)

    def memory(self) -> dict[str, int]:
        """Read the resident bytes of each process; one that is just started is left out."""
        found = {}
        for name, bot in self.bots.items():
            if bot.process and bot.process.returncode is None and name not in self.busy:
                status = Path(f"/proc/{bot.process.pid}/status")
                line = re.search(r"VmRSS:\s+([0-9]+) kB", status.read_text(encoding="utf-8"))
                found[name] = int(line.group(1)) * 1024 if line else 0
        return found


def _workspace(people: int) -> tuple[Workspace, list[Person]]:
    team = [
        Person(f"U0SOAK{n:03d}", f"soak{n}", f"Soak {n}", f"soak{n}@lumen-goods.example")
        for n in range(people)
    ]
    ids = tuple(person.id for person in team)
    channels = tuple(
        replace(each, members=(*each.members, *ids)) if each.id == PLATFORM else each
        for each in CHANNELS
    )
    return Workspace((*PEOPLE, *team), channels), team


def _users(team: Sequence[Person]) -> Sequence[User]:
    own = (
        User(f"{n:032x}", person.name, person.email, "technical_admin")
        for n, person in enumerate(team, start=1)
    )
    return (*USERS, *own)


def _watching(seen: Callable[[bytes], None]) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def middleware(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        body = await request.read() if request.method == "POST" else b""
        answer = await handler(request)
        if answer.status == web.HTTPOk.status_code and request.path.startswith(ANSWERS):
            seen(body)
        return answer

    return middleware


@asynccontextmanager
async def farm(
    directory: Path, people: int, parts: Sequence[str] = PARTS, roots: Sequence[Path] = ()
) -> AsyncIterator[Farm]:
    """Run the deployment; `roots` are the checkouts that the processes run, by place."""
    tally = Tally()

    workspace, team = _workspace(people)
    async with AsyncExitStack() as stack:
        data = directory / "redis"
        data.mkdir(parents=True)
        redis = await stack.enter_async_context(lasting_redis(data))
        twins = await stack.enter_async_context(
            running(
                Ports(), middlewares=[_watching(tally.see)], workspace=workspace, users=_users(team)
            )
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        shared = variables(twins.at, twins.slack, bot_keys(directory))
        bots = {}
        for place, part in enumerate(parts):
            port, admin = stack.enter_context(reserved()), stack.enter_context(reserved())
            root = roots[place] if roots else ROOT
            own = {
                "PORT": str(port),
                "ADMIN_PORT": str(admin),
                "REDIS_URL": f"unix://{redis.socket}",
                "PYTHONPATH": str(root),
                "LOG_LEVEL": "warning",
            }
            home = directory / f"{part}-{place}"
            home.mkdir()
            bots[f"{part}-{place}"] = Bot(shared | own, home, (part,))
            stack.push_async_callback(bots[f"{part}-{place}"].kill)
        addresses = [
            f"http://{HOST}:{bot.environment['PORT']}"
            for name, bot in bots.items()
            if name.startswith("web")
        ]
        application = web.Application()
        application.router.add_post(SLACK_EVENTS, Balancer(addresses, session, tally.see).forward)
        url = await stack.enter_async_context(served(application)) + SLACK_EVENTS
        for path, body in (("bot", {"request_url": url}), ("tiers", {"burst": None})):
            async with session.post(f"{twins.at.slack}/sandbox/{path}", json=body) as answer:
                answer.raise_for_status()
        for bot in bots.values():
            await bot.begin()
        yield Farm(twins, redis, session, bots, team, tally)
