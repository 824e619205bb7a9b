"""The page of a link, served with catalogues that mark each message with a word of a language."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from redis.asyncio import Redis

from bot.adapters.languages import Languages
from bot.adapters.redis.store import Store
from bot.adapters.redis.visits import RedisVisitLimits, RedisVisitTally
from bot.adapters.vault import sign_in_sealer
from bot.cards.faults import happened
from bot.domain.link_visits import Visit
from bot.domain.outcomes.general import Failed, Fault
from bot.domain.people import Workspace
from bot.errors import StoreError
from bot.flows.links.visits import VisitCounter
from bot.flows.requests.sign_in import ApproverSignIns
from bot.flows.round_trips import APPROVAL, RoundTrips
from handlers.approver_pages import ApproverPages
from handlers.page_words import PAGE, SCRIPT, STOPPED
from handlers.pages import Pages
from handlers.server import Connections, Deadlines, application
from handlers.visitors import Visitors
from sandbox.ports import bind, served, url_of
from tests.contracts.test_links_opened import LinkSetup
from tests.fakes.jobs import FakeJobs
from tests.fakes.requests import FakeRequests
from tests.fakes.sign_in import FakeSignIn
from tests.fakes.strangers import FakeStrangers

CLOUDINARY = "https://api.cloudinary.com"
VISITORS = Visitors(lambda address: f"hash of {address}")
SIGNS = {"de": "Deutsch", "he": "עברית"}
"""What each message of a language begins with."""


def counter_of(setup: LinkSetup, seen: Callable[[Visit], None] = lambda _: None) -> VisitCounter:
    """Count visits as the bot does."""
    tally = RedisVisitTally(Store(setup.redis), setup.ledger)
    return VisitCounter(RedisVisitLimits(setup.redis), tally, setup.clock, seen)


def said() -> Iterator[str]:
    """Every message of the page."""
    yield from (each.one for each in (*PAGE.values(), *SCRIPT.values(), STOPPED))
    yield from (happened(Failed(fault, "")).one for fault in Fault)


def languages(directory: Path) -> Languages:
    """English, German and Hebrew."""
    for code, sign in SIGNS.items():
        catalogue = Catalog(locale=code)
        for message in said():
            catalogue.add(message, f"{sign} {message}")
        with (directory / f"{code}.po").open("wb") as file:
            write_po(file, catalogue)
    return Languages(directory)


@dataclass
class LinkPages:
    """A site with one link."""

    setup: LinkSetup
    link_id: str
    key: str = field(repr=False)
    url: str = ""
    away: bool = False
    resources: dict[str, list[str]] = field(default_factory=dict)
    pages: Pages = field(init=False)

    async def check(self) -> None:
        """Raise while Redis is away."""
        if self.away:
            raise StoreError("away")


async def pages_of(redis: Redis, directory: Path, root: str) -> LinkPages:
    """Make a link, and the pages that show it."""
    setup = LinkSetup(redis)
    site = LinkPages(setup, *await setup.made())
    of_header = languages(directory).of_header
    named = "Lumen", site.check, of_header, CLOUDINARY, VISITORS
    slack, sealer = FakeSignIn(setup.clock), sign_in_sealer(setup.ledger.keyring)
    parts = slack, sealer, setup.clock, Workspace("T1", "Lumen")
    trips, kept = RoundTrips(*parts, APPROVAL, APPROVAL), FakeRequests(FakeJobs())
    flow = ApproverSignIns(trips, kept, kept.sign_ins, FakeStrangers(), setup.clock)
    approvers = ApproverPages(flow, root, site.check, of_header)
    site.pages = Pages(setup.revealer, root, *named, counter_of(setup), approvers=approvers)
    site.url = f"{root}/s/{site.link_id}#{site.key}"
    return site


@asynccontextmanager
async def link_pages(redis: Redis, directory: Path) -> AsyncIterator[LinkPages]:
    """Serve the page as the bot does."""
    bound = bind()
    site = await pages_of(redis, directory, url_of(bound))
    app = application(site.pages.routes(), Connections(32, Deadlines()), https=False)
    async with served(app, bound):
        yield site
