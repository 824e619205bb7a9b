"""An approved request that an outage stops is executed after the outage."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from bot.cards.answers import Answer
from bot.cards.kit import Block, Message
from bot.domain.answers import Mark, Way
from bot.domain.audit import AuditEvent
from bot.domain.jobs import Reply
from bot.domain.offers import Offer
from bot.domain.requests.machine import Event, State
from bot.errors import CloudinaryError, Forbidden, RateLimited, SlackError, Unavailable
from bot.flows.audit import AuditLog
from handlers.answer_ways import Ways
from handlers.answers import Answers
from handlers.background import Background
from handlers.home import AppHome
from handlers.job_runner import ASIDE, JobRunner
from handlers.metrics import Metrics
from tests.fakes.answering import Answering, answers_over
from tests.fakes.hasty_loop import HastyLoop
from tests.flows.harness import PROD, TECH, Harness, english, goes_on
from tests.flows.requested import approved, give_role, kept

DOWN = Unavailable("not reached", maybe_done=False)


class Unreachable:
    """A Slack that must not be called: the outcome of an approved request has no reply address."""

    async def respond(self, reply: Reply, message: Message) -> None:
        """Refuse to hear it."""
        raise AssertionError(reply, message)

    async def update_view(self, view_id: str, view: Block, hash_: str = "") -> None:
        """Likewise."""
        raise AssertionError(view_id, view, hash_)

    async def direct(self, user_id: str, message: Message, *, mark: str, again: bool) -> None:
        """Likewise."""
        raise AssertionError(user_id, message, mark, again)

    async def post_ephemeral(self, reply: Reply, user_id: str, message: Message) -> None:
        """Likewise."""
        raise AssertionError(reply, user_id, message)

    async def put(self, answer: Answer, *, held: bool = False) -> None:
        """Queue nothing."""
        raise AssertionError(answer, held)

    async def mark(self, answer_mark: str) -> Mark | None:
        """Know of no answer."""
        raise AssertionError(answer_mark)

    async def record(self, marks: Mapping[str, Mark]) -> None:
        """Likewise."""
        raise AssertionError(marks)

    def open(self, sealed: str) -> Answer:
        """Open nothing."""
        raise AssertionError(sealed)

    async def open_view(self, trigger: str, view: Block) -> None:
        """Likewise."""
        raise AssertionError(trigger, view)

    async def publish(self, user_id: str, view: Block) -> None:
        """Likewise."""
        raise AssertionError(user_id, view)

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Offer nothing."""
        raise AssertionError(offers)

    async def find(self, offer_id: str) -> Offer | None:
        """Know of no offer."""
        raise AssertionError(offer_id)


def runner(harness: Harness, answers: Answers | None = None) -> JobRunner:
    """A job runner over this harness."""
    if answers is None:
        unreachable, background, metrics = Unreachable(), Background(), Metrics()
        home = AppHome(harness.flows.home, unreachable, unreachable, background, goes_on, english)
        ways = Ways(unreachable, home, harness.clock, metrics, english)
        answers = answers_over(ways, unreachable, unreachable, background)
    return JobRunner(
        harness.jobs,
        harness.flows.dispatcher,
        harness.flows.executor,
        answers,
        AuditLog(harness.clock),
        Metrics(),
        harness.locks,
        goes_on,
    )


def runs(harness: Harness, job_id: str) -> None:
    """Run one job as a worker does, without real waiting."""
    with asyncio.Runner(loop_factory=HastyLoop) as loop:
        loop.run(runner(harness)(job_id, worn_out=False))


def taken_up(harness: Harness) -> list[str]:
    """Take up jobs that were set aside, and return those that are queued again."""
    before = len(harness.jobs.queue)
    asyncio.run(runner(harness).take_up())
    return harness.jobs.queue[before:]


def state(harness: Harness, request_id: str) -> State:
    """The state of a request."""
    request = asyncio.run(harness.requests.load(request_id))
    assert request
    return request.state


def test_an_approved_request_outlasts_slack(harness: Harness) -> None:
    """It is set aside, tried again each minute, and executed when Slack answers again"""
    request = asyncio.run(approved(harness))
    harness.directory.away = True
    for _ in range(10):
        runs(harness, request.id)
        assert (State.APPROVED, []) == (state(harness, request.id), taken_up(harness))
        harness.clock.go_on(seconds=ASIDE.total_seconds())
        assert [request.id] == taken_up(harness)
    harness.directory.away = False
    runs(harness, request.id)
    assert State.CLAIMABLE is state(harness, request.id)
    harness.clock.go_on(hours=1)
    assert [] == taken_up(harness)
    assert harness.account.calls["create_key"] == 1


def test_what_changed_during_the_outage_is_read_again_before_it_is_done(harness: Harness) -> None:
    """The approver is no longer eligible: the request is void, and no key is created"""
    request = asyncio.run(approved(harness))
    harness.directory.away = True
    runs(harness, request.id)
    give_role(harness, TECH, None)
    harness.directory.away = False
    runs(harness, request.id)
    assert State.CANCELLED is state(harness, request.id)
    assert harness.account.calls["create_key"] == 0


@pytest.mark.parametrize("error", [DOWN, RateLimited("busy", status=420)])
def test_an_approved_request_outlasts_cloudinary(harness: Harness, error: CloudinaryError) -> None:
    """As long as execution has not begun"""
    request = asyncio.run(approved(harness))
    harness.account.fail_next("environments", error, times=1_000)
    runs(harness, request.id)
    assert State.APPROVED is state(harness, request.id)
    harness.clock.go_on(seconds=ASIDE.total_seconds())
    assert [request.id] == taken_up(harness)


def test_slack_is_waited_for_when_the_work_has_begun_too(harness: Harness) -> None:
    """The requester is read again before the effect"""
    request = asyncio.run(approved(harness))
    executor, moment = harness.flows.executor, asyncio.run(harness.jobs.load(request.id))
    assert moment
    begun = asyncio.run(executor._move(moment, request, Event.BEGIN))
    assert begun
    harness.directory.away = True
    runs(harness, request.id)
    assert State.EXECUTING is state(harness, request.id)
    harness.directory.away = False
    harness.clock.go_on(minutes=2)
    assert [request.id] == taken_up(harness)
    runs(harness, request.id)
    assert State.CLAIMABLE is state(harness, request.id)


def test_work_that_is_with_unknown_result_at_cloudinary_ends(harness: Harness) -> None:
    """After three minutes it is reported as failed, for a person to check"""
    request = asyncio.run(approved(harness))
    harness.account.fail_next("create_key", DOWN, times=1_000)
    runs(harness, request.id)
    assert State.FAILED is state(harness, request.id)
    harness.clock.go_on(hours=1)
    assert [] == taken_up(harness)


@pytest.mark.parametrize("error", [Forbidden("no"), SlackError("user_not_found")])
def test_a_refusal_is_no_outage(harness: Harness, error: CloudinaryError | SlackError) -> None:
    """A refusal would be the same later, so it is reported now"""
    request = asyncio.run(approved(harness))
    if isinstance(error, CloudinaryError):
        harness.account.fail_next("environments", error, times=1_000)
    else:
        harness.directory.forget(request.terms.requester)
    runs(harness, request.id)
    assert State.FAILED is state(harness, request.id)


def test_a_command_of_a_persons_own_is_not_kept_for_later(harness: Harness) -> None:
    """The person gets the answer, and can run it again"""
    job = asyncio.run(harness.job(TECH, f"key disable shop-web --env {PROD.cloud_name}"))
    harness.directory.away = True
    answering = Answering(harness)
    asyncio.run(runner(harness, answering.answers)(job.id, worn_out=False))
    harness.clock.go_on(hours=1)
    assert [] == taken_up(harness)
    assert [Way.DIRECT] == [way for way, _ in answering.slack.seen]
    assert AuditEvent.FAILED is harness.jobs.entries[-1].event


async def test_a_second_approval_is_queued_once(harness: Harness) -> None:
    """A vote that is withdrawn and cast again leaves nothing set aside"""
    request = await approved(harness)
    job = await harness.jobs.load(request.id)
    assert job
    await harness.jobs.set_aside(job, harness.clock.now())
    await harness.run(TECH, f"withdraw {request.id}")
    await harness.run(TECH, f"approve {request.id}")
    assert State.APPROVED is (await kept(harness, request)).state
    assert 0 == await harness.jobs.take_up(harness.clock.now())
