"""Two web and two worker processes behind a balancer, over one Redis that is on disk."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from sandbox.at_cloudinary import ACCOUNT_ID, ENVIRONMENTS, USERS, User
from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET
from sandbox.company import CHANNELS, PEOPLE, Person
from sandbox.large import COMPANY
from sandbox.ports import HOST, reserved, served
from sandbox.running import SLACK_EVENTS, Ports, running
from sandbox.slack.workspace import Message, Workspace
from sandbox.variables import bot_keys, variables
from tests.faults.lasting_redis import LastingRedis, lasting_redis
from tests.scenarios.api_watch import ApiWatch
from tests.scenarios.presses import APPROVALS
from tests.scenarios.processes import ROOT
from tests.scenarios.system import PLATFORM, Bot, System
from tests.soak.balancer import Balancer
from tests.soak.tally import NAME, Tally

PAGE_SIZE: Final = 100
PLACES: Final = {"staging": ENVIRONMENTS[1].id, "development": ENVIRONMENTS[2].id}
"""Where the load creates keys: environments in which that needs no approval."""
ANSWERS: Final = "/response/"
"""Where an answer reaches Slack."""
PARTS: Final = ("web", "web", "worker", "worker")


@dataclass
class Board(Workspace):
    """A workspace that finds the messages about a key by its number."""

    about: defaultdict[int, dict[tuple[str, str], Message]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def keep(self, message: Message) -> None:
        """Note which key a message names."""
        super().keep(message)
        if match := NAME.search(message.text):
            self.about[int(match.group(1))][message.channel, message.ts] = message


@dataclass
class Farm:
    """The running deployment; `board` is Slack's state."""

    system: System
    redis: LastingRedis
    board: Board
    bots: dict[str, Bot]
    people: Sequence[Person]
    tally: Tally
    busy: set[str] = field(default_factory=set)
    killed: dict[str, int] = field(default_factory=dict)

    async def command(self, user: str, text: str) -> bool:
        """Type a command; whether Slack got its ack."""
        sent = await self.system.act("command", user=user, channel=PLATFORM, text=text)
        return bool(sent["delivered"] == "ok")

    async def click(self, user: str, message: Message, action_id: str) -> bool:
        """Press a button; whether Slack got its ack. The bot may have drawn it away meanwhile."""
        at = {"channel": message.channel, "message_ts": message.ts}
        try:
            sent = await self.system.act("click", user=user, action_id=action_id, **at)
        except AssertionError as error:
            if "no element" not in str(error):
                raise
            return False
        return bool(sent["delivered"] == "ok")

    async def disturb(
        self, chance: random.Random, faults: Sequence[str], spared: Sequence[str] = ()
    ) -> None:
        """Kill (`kill`) or stop (`stop`) a process, or kill Redis, and start it again."""
        kind = chance.choice(faults)
        mortal = sorted(self.bots.keys() - set(spared))
        name = "redis" if kind == "redis" else chance.choice(mortal)
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

    async def keys(self) -> list[tuple[str, str, bool]]:
        """List the keys that the load may have created: name, address, and whether enabled."""
        found = list[tuple[str, str, bool]]()
        for environment in PLACES.values():
            url = f"{self._keys(environment)}?page_size={PAGE_SIZE}&page="
            for page in count(1):
                async with self.system.session.get(f"{url}{page}", headers=self._signed) as answer:
                    keys = (await answer.json())["access_keys"]
                at = self._keys(environment)
                found += [
                    (str(key["name"]), f"{at}/{key['api_key']}", bool(key["enabled"]))
                    for key in keys
                ]
                if len(keys) < PAGE_SIZE:
                    break
        return found

    async def forget(self, address: str) -> None:
        """Delete a key as a person does in the Console, once it is counted."""
        async with self.system.session.delete(address, headers=self._signed) as answer:
            answer.raise_for_status()

    def _keys(self, environment: str) -> str:
        path = f"v1_1/provisioning/accounts/{ACCOUNT_ID}/sub_accounts/{environment}/access_keys"
        return f"{self.system.twins.at.cloudinary}/{path}"

    @property
    def _signed(self) -> dict[str, str]:
        return {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_KEY, ACCOUNT_SECRET)}

    def cards_doubled(self) -> list[int]:
        """List the keys whose request has more than one card."""
        cards = Counter(
            number
            for number, messages in self.board.about.items()
            for message in messages.values()
            if message.channel == APPROVALS and not (message.thread_ts or message.ephemeral)
        )
        return [number for number, posted in cards.items() if posted > 1]

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


def _board(people: int) -> tuple[Board, list[Person]]:
    team = [
        Person(f"U0SOAK{n:03d}", f"soak{n}", f"Soak {n}", f"soak{n}@lumen-goods.example")
        for n in range(people)
    ]
    ids = tuple(person.id for person in team)
    channels = tuple(
        replace(each, members=(*each.members, *ids)) if each.id in {PLATFORM, APPROVALS} else each
        for each in CHANNELS
    )
    return Board((*PEOPLE, *team), channels), team


def _users(team: Sequence[Person]) -> tuple[User, ...]:
    own = (
        User(f"{n:032x}", person.name, person.email, "technical_admin")
        for n, person in enumerate(team, start=1)
    )
    return (*USERS, *own)


def _watching(seen: Callable[[str, bytes], None]) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def middleware(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        body = await request.read() if request.method == "POST" else b""
        answer = await handler(request)
        if answer.status == web.HTTPOk.status_code and request.path.startswith(ANSWERS):
            seen(request.path, body)
        return answer

    return middleware


@asynccontextmanager
async def farm(
    directory: Path, people: int, parts: Sequence[str] = PARTS, roots: Sequence[Path] = ()
) -> AsyncIterator[Farm]:
    """Run the deployment; `roots` are the checkouts that the processes run, by place."""
    tally = Tally()
    board, team = _board(people)
    async with AsyncExitStack() as stack:
        data = directory / "redis"
        data.mkdir(parents=True)
        redis = await stack.enter_async_context(lasting_redis(data))
        twins = await stack.enter_async_context(
            running(
                Ports(),
                middlewares=[_watching(tally.see)],
                workspace=board,
                seed=replace(COMPANY, users=_users(team)),
            )
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        balancer = Balancer(session, tally.deliver, tally.answer)
        url = await stack.enter_async_context(served(balancer.application()))
        shared = variables(twins.at, twins.slack, bot_keys(directory)) | {"PUBLIC_URL": url}
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
        balancer.addresses += [
            f"http://{HOST}:{bot.environment['PORT']}"
            for name, bot in bots.items()
            if name.startswith("web")
        ]
        for path, body in (
            ("bot", {"request_url": url + SLACK_EVENTS}),
            ("tiers", {"burst": None}),
        ):
            async with session.post(f"{twins.at.slack}/sandbox/{path}", json=body) as answer:
                answer.raise_for_status()
        for bot in bots.values():
            await bot.begin()
        system = System(twins, next(iter(bots.values())), session, directory, ApiWatch())
        yield Farm(system, redis, board, bots, team, tally)
