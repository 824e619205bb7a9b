"""What a process can't read or sign leaves the job runner and the outbox as it came."""

import asyncio

import pytest

from bot.cards.kit import Message
from bot.domain.audit import Entry
from bot.domain.jobs import Job
from bot.domain.languages import ENGLISH
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Posted, Topic, redraw
from bot.errors import KeyMissing, Unread
from bot.flows.build import build_flows
from bot.flows.ports import Done
from handlers.bulk_messages import BulkMessages
from handlers.channels import Channels
from handlers.direct import Direct
from handlers.incident_messages import IncidentMessages
from handlers.key_messages import KeyMessages
from handlers.metrics import Metrics
from handlers.outbox import Outbox
from handlers.security import SecurityTeller
from tests.fakes.jobs import FakeJobs
from tests.fakes.locks import FakeLocks
from tests.fakes.offers import FakeOffers
from tests.flows.harness import TECH, Harness
from tests.flows.test_outages import runner


class LackingJobs(FakeJobs):
    """Jobs of a process that lacks a key: for all of them, or when one is to be finished."""

    def __init__(self) -> None:
        super().__init__()
        self.reading: Unread | None = None
        self.signing: Unread | None = None

    async def load(self, job_id: str) -> Job | None:
        """Read a job, unless its key is lacking."""
        if self.reading:
            raise self.reading
        return await super().load(job_id)

    async def finish(self, job: Job, entry: Entry, done: Done | None = None) -> bool:
        """Close a job, unless the key that signs is lacking."""
        if self.signing:
            raise self.signing
        return await super().finish(job, entry, done)


@pytest.fixture
def jobs(harness: Harness) -> LackingJobs:
    """Jobs that the harness uses from now on."""
    lacking = LackingJobs()
    harness.jobs = lacking
    harness.rebuild()
    return lacking


@pytest.mark.parametrize(
    ("reading", "signing", "ran"),
    [
        (Unread("another key"), None, False),
        (None, Unread("another key"), True),
        (None, KeyMissing.of("1f0c9a7e"), False),
    ],
)
def test_a_job_that_can_t_be_read_or_signed_is_another_process_s(
    reading: Unread | None,
    signing: Unread | None,
    *,
    ran: bool,
    jobs: LackingJobs,
    harness: Harness,
) -> None:
    """It is not finished; a try counts if it began and what failed was not this process alone"""
    job = asyncio.run(harness.job(TECH, "key list"))
    jobs.put(job)
    jobs.reading, jobs.signing = reading, signing
    with pytest.raises(Unread) as raised:
        asyncio.run(runner(harness)(job.id, worn_out=False))
    assert ran == raised.value.ran
    jobs.reading = jobs.signing = None
    found = asyncio.run(jobs.load(job.id))
    assert found
    assert not found.finished


class UnreadRequests:
    """Requests under a key that this process lacks."""

    async def load(self, request_id: str) -> Request | None:
        """Read none."""
        raise Unread(request_id)

    async def place(self, request_id: str, card: str) -> None:
        """Never get so far."""
        raise AssertionError(request_id, card)

    async def request_at_card(self, card: str) -> str | None:
        """Likewise."""
        raise AssertionError(card)


class SilentMessenger:
    """Posts nothing."""

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Never get so far."""
        raise AssertionError(channel, message, mark, thread)

    async def change(self, there: Posted, message: Message) -> None:
        """Likewise."""
        raise AssertionError(there, message)

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Likewise."""
        raise AssertionError(channel, mark, thread)

    async def every(self, channel: str, mark: str, thread: str | None = None) -> list[Posted]:
        """Likewise."""
        raise AssertionError(channel, mark, thread)


def test_a_notification_of_a_request_that_can_t_be_read_is_another_process_s() -> None:
    """It holds up no others meanwhile"""
    harness, messenger, channels = Harness(), SilentMessenger(), Channels("C1", "C2")
    security = SecurityTeller(messenger, channels, ())
    hearer = build_flows(harness.ports).hearer
    direct = Direct(messenger, channels, security, hearer, lambda _: ENGLISH)
    place = channels, FakeLocks()
    leaks = IncidentMessages(messenger, harness.incidents, *place, security, lambda _: ENGLISH)
    offers = FakeOffers()
    bulk = BulkMessages(messenger, harness.bulks, offers, lambda _: ENGLISH)
    keys = KeyMessages(harness.records, harness.pending, offers, lambda _: ENGLISH)
    outbox = Outbox(
        *(messenger, UnreadRequests(), channels, FakeLocks(), security, direct, Metrics(), bulk),
        keys,
        leaks,
    )
    with pytest.raises(Unread):
        asyncio.run(outbox("1-0", redraw("c1r", Topic.ASKED), again=False))
