"""How many calls to Cloudinary each command takes in an account of 200 environments.

The real flows and the real client against the sandbox's Cloudinary; Slack and Redis are fakes. A
count is the same in each run. The baseline is the same command in a tenth of the account: what does
not grow is flat. Times are ratios to `env list` of the same run.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.adapters.cedar.rights import key_right
from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.client import Cloudinary
from bot.adapters.cloudinary.transport import Transport
from bot.domain.commands.completing import completing
from bot.domain.languages import ENGLISH
from bot.domain.pending import OwnKey
from bot.domain.people import Actor, Profile
from bot.domain.secret import Secret
from bot.flows.build import build_flows
from bot.flows.policy_lint import Linter
from sandbox.at_cloudinary import ACCOUNT_ID, User
from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET, create_app
from sandbox.large import Seed, Size, large
from tests.fakes.requests import CLAIM_TTL
from tests.flows.harness import TEAM, Harness

WHOLE: Final = Size()
TENTH: Final = Size(20, 500, 200, 20)
ALL: Final = Actor(TEAM, "U0ALL")
"""An admin who reaches every environment."""
FEW: Final = Actor(TEAM, "U0FEW")
"""An admin who reaches three of them."""
REACHED_BY_FEW: Final = 3
COMMANDS: Final = (
    "whoami",
    "env list",
    "env show lumen-staging",
    "key list",
    "key list --env lumen-staging",
    "key list --mine",
    "key list --orphaned",
    "key list --expiring 14d",
    "key show storefront-web",
    "key show storefront-web --env lumen-staging",
    "user list",
    "user list --role reports",
    "user list --env lumen-staging",
    "user list --inactive 90d",
    "user show person.7@lumen-goods.example",
    "group list",
    "group show Content",
    "report",
    "audit",
)
MENUS: Final = (
    ("key create", "env"),
    ("request", "env"),
    ("key disable", "name"),
    ("key create", "role"),
    ("user add", "env"),
    ("env disable", "env"),
    ("group add", "group"),
    ("approve", "id"),
)
"""Commands and the fields whose options are searched."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Seen:
    """A middleware that counts the calls of a server, and how many run at once."""

    latency: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    running: int = 0
    most: int = 0

    @web.middleware
    async def watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note a call by the last word of its path."""
        self.calls[request.path.rpartition("/")[2]] += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self.latency)
            return await handler(request)
        finally:
            self.running -= 1


@dataclass(frozen=True)
class Spent:
    """What one thing took: calls, the most of them at once, and seconds."""

    calls: int
    at_once: int
    seconds: float
    of: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Stage:
    """The flows over one account."""

    harness: Harness
    client: Cloudinary
    seen: Seen

    def restart(self) -> None:
        """Wire the flows again, like a process that remembers nothing."""
        ports = replace(self.harness.ports, cloudinary=self.client)
        self.harness.flows = build_flows(ports)

    async def spent(self, do: Callable[[], Awaitable[object]]) -> Spent:
        """Do something, and tell what it took."""
        self.seen.calls.clear()
        self.seen.most = 0
        started = time.perf_counter()
        await do()
        seconds = time.perf_counter() - started
        return Spent(self.seen.calls.total(), self.seen.most, seconds, dict(self.seen.calls))

    async def command(self, actor: Actor, text: str) -> Spent:
        """Run a command in a fresh process."""
        self.restart()
        return await self.spent(lambda: self.harness.run(actor, text))

    async def menu(self, actor: Actor, text: str, name: str, typed: str = "") -> Spent:
        """Search the options of a field."""
        form = completing(text)
        assert form
        chooser, field_ = self.harness.flows.forms.choices, form.spec.fields[name]
        return await self.spent(lambda: chooser.choices(actor, form, field_, typed, ENGLISH))

    async def home(self, actor: Actor) -> Spent:
        """Open App Home."""
        self.restart()
        return await self.spent(lambda: self.harness.flows.home.of(actor))

    async def lint(self) -> Spent:
        """Compare the policy with the people, as at a start."""
        it = self.harness
        linter = Linter(
            *(it.policy, self.client, self.client, it.directory, it.bindings, it.clock),
            *(TEAM, CLAIM_TTL),
            permissions=it.permissions,
        )
        return await self.spent(linter.look)


def _seed(size: Size) -> Seed:
    seed = large(size)
    few = tuple(each.id for each in seed.environments[1 : 1 + REACHED_BY_FEW])
    mine = (
        User("a" * 30, "All", "all@lumen.example", "admin"),
        User("b" * 30, "Few", "few@lumen.example", "admin", few),
    )
    return replace(seed, users=(*seed.users, *mine))


@asynccontextmanager
async def stage(
    size: Size, *, permissions: bool = False, latency: float = 0.0
) -> AsyncIterator[Stage]:
    """Run the account, and the flows over it."""
    seen = Seen(latency)
    app = create_app(permissions=permissions, seed=_seed(size))
    app.middlewares.append(seen.watch)
    account = AccountCredentials(ACCOUNT_KEY, Secret(ACCOUNT_SECRET), ACCOUNT_ID)
    harness = Harness(permissions=permissions)
    for actor, name in ((ALL, "All"), (FEW, "Few")):
        harness.directory.add(Profile(actor.user_id, TEAM, name, f"{name.lower()}@lumen.example"))
    async with TestServer(app) as server, ClientSession() as session:
        transport = Transport(session, account, str(server.make_url("")))
        it = Stage(harness, Cloudinary(transport, rights=key_right), seen)
        it.restart()
        await _give(it)
        yield it


async def _give(it: Stage) -> None:
    """Let the keys of one environment belong to someone: then owners are looked at."""
    place = (await it.client.environments())[1]
    for key in await it.client.keys(place.id):
        it.harness.records.owners[key.api_key] = OwnKey(ALL, place.id, key.api_key)


async def counted(it: Stage) -> dict[tuple[str, str], Spent]:
    """Do everything once for both people, by what and by whom."""
    found = {}
    for actor in (ALL, FEW):
        who = actor.user_id.removeprefix("U0").lower()
        for text in COMMANDS:
            found[text, who] = await it.command(actor, text)
        for text, name in MENUS:
            it.restart()
            await it.harness.flows.people.identify(actor, fresh=True)
            found[f"menu of {text} {name}", who] = await it.menu(actor, text, name)
        found["App Home", who] = await it.home(actor)
    return found


async def lines(small: Size = TENTH, whole: Size = WHOLE) -> AsyncIterator[str]:
    """Draw a table for each kind of account: calls, and how they grow with the account."""
    for permissions in (False, True):
        found = []
        for size in (small, whole):
            async with stage(size, permissions=permissions) as it:
                found.append(await counted(it))
        yield "with the Permissions API" if permissions else "without the Permissions API"
        base = found[1]["env list", "all"].seconds
        for (what, who), taken in found[1].items():
            less = found[0][what, who].calls
            growth = f"{taken.calls / less:.1f}x" if less else "-"
            took = f"{taken.seconds / base:.1f} times env list"
            yield f"{what:<44} {who:<4} {taken.calls:>4} calls ({growth}), {took}"
