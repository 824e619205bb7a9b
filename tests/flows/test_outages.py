"""What was agreed to and cannot be done now is done later: no outage denies it."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.cards.kit import Block, Message
from bot.domain.audit import Deed
from bot.domain.errands import Reply
from bot.domain.offers import Offer
from bot.domain.requests import Event, State
from bot.errors import CloudinaryError, Forbidden, RateLimited, SlackError, Unavailable
from bot.flows.audit import Scribe
from handlers.answers import Answers
from handlers.background import Background
from handlers.errands import ASIDE, ErrandRunner
from handlers.home import Homes
from handlers.metrics import Metrics
from tests.fakes.hasty_loop import HastyLoop
from tests.flows.office import PROD, TECH, Office
from tests.flows.requested import agreed, give_role, kept

DOWN = Unavailable("not reached", maybe_done=False)


class Nobody:
    """Whoever is told: nobody waits for what an approved request comes to."""

    async def answer(self, reply: Reply, message: Message) -> None:
        """Refuse to hear it."""
        raise AssertionError(reply, message)

    async def open_view(self, trigger: str, view: Block) -> None:
        """Likewise."""
        raise AssertionError(trigger, view)

    async def publish(self, user_id: str, view: Block) -> None:
        """Likewise."""
        raise AssertionError(user_id, view)

    async def post(self, channel: str, message: Message) -> None:
        """Likewise."""
        raise AssertionError(channel, message)

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Offer nothing."""
        raise AssertionError(offers)

    async def find(self, offer_id: str) -> Offer | None:
        """Know of no offer."""
        raise AssertionError(offer_id)


def runner(office: Office) -> ErrandRunner:
    """Who carries errands out in this office."""
    nobody = Nobody()
    homes = Homes(office.flows.home, nobody, nobody, Background())
    answers = Answers(nobody, nobody, homes)
    return ErrandRunner(
        office.errands,
        office.flows.dispatcher,
        office.flows.executor,
        answers,
        Scribe(office.clock),
        Metrics(),
    )


def runs(office: Office, errand_id: str) -> None:
    """Carry one out, as a worker does, however long that takes."""
    with asyncio.Runner(loop_factory=HastyLoop) as loop:
        loop.run(runner(office)(errand_id, worn_out=False))


def taken_up(office: Office) -> list[str]:
    """What is queued again by now."""
    before = len(office.errands.queue)
    asyncio.run(runner(office).take_up())
    return office.errands.queue[before:]


def state(office: Office, request_id: str) -> State:
    """How far a request is."""
    request = asyncio.run(office.requests.load(request_id))
    assert request
    return request.state


def test_an_approved_request_outlasts_slack(office: Office) -> None:
    """It makes room for others, is tried again each minute, and is done when Slack is back"""
    request = asyncio.run(agreed(office))
    office.directory.away = True
    for _ in range(10):
        runs(office, request.id)
        assert (State.APPROVED, []) == (state(office, request.id), taken_up(office))
        office.clock.go_on(seconds=ASIDE.total_seconds())
        assert [request.id] == taken_up(office)
    office.directory.away = False
    runs(office, request.id)
    assert State.CLAIMABLE is state(office, request.id)
    office.clock.go_on(hours=1)
    assert [] == taken_up(office)
    assert office.account.calls["create_key"] == 1


def test_what_changed_during_the_outage_is_read_again_before_it_is_done(office: Office) -> None:
    """The approver is none any more: void, and nothing was made"""
    request = asyncio.run(agreed(office))
    office.directory.away = True
    runs(office, request.id)
    give_role(office, TECH, None)
    office.directory.away = False
    runs(office, request.id)
    assert State.CANCELLED is state(office, request.id)
    assert office.account.calls["create_key"] == 0


@pytest.mark.parametrize("error", [DOWN, RateLimited("busy", status=420)])
def test_an_approved_request_outlasts_cloudinary(office: Office, error: CloudinaryError) -> None:
    """As long as nothing was begun"""
    request = asyncio.run(agreed(office))
    office.account.fail_next("environments", error, times=1_000)
    runs(office, request.id)
    assert State.APPROVED is state(office, request.id)
    office.clock.go_on(seconds=ASIDE.total_seconds())
    assert [request.id] == taken_up(office)


def test_slack_is_waited_for_when_the_work_has_begun_too(office: Office) -> None:
    """Who asks is read once more before anything is made"""
    request = asyncio.run(agreed(office))
    executor, moment = office.flows.executor, asyncio.run(office.errands.load(request.id))
    assert moment
    begun = asyncio.run(executor._moved(moment, request, Event.BEGIN, ()))
    assert begun
    office.directory.away = True
    runs(office, request.id)
    assert State.EXECUTING is state(office, request.id)
    office.directory.away = False
    office.clock.go_on(minutes=2)
    assert [request.id] == taken_up(office)
    runs(office, request.id)
    assert State.CLAIMABLE is state(office, request.id)


def test_work_that_is_in_doubt_at_cloudinary_ends(office: Office) -> None:
    """After three minutes somebody has to look: it says that it did not work"""
    request = asyncio.run(agreed(office))
    office.account.fail_next("create_key", DOWN, times=1_000)
    runs(office, request.id)
    assert State.FAILED is state(office, request.id)
    office.clock.go_on(hours=1)
    assert [] == taken_up(office)


@pytest.mark.parametrize("error", [Forbidden("no"), SlackError("user_not_found")])
def test_a_refusal_is_no_outage(office: Office, error: CloudinaryError | SlackError) -> None:
    """What would be refused tomorrow too is told today"""
    request = asyncio.run(agreed(office))
    if isinstance(error, CloudinaryError):
        office.account.fail_next("environments", error, times=1_000)
    else:
        office.directory.forget(request.terms.requester)
    runs(office, request.id)
    assert State.FAILED is state(office, request.id)


def test_a_command_of_a_persons_own_is_not_kept_for_later(office: Office) -> None:
    """They are told, and can ask again"""
    errand = asyncio.run(office.errand(TECH, f"key disable shop-web --env {PROD.cloud_name}"))
    office.directory.away = True
    runs(office, errand.id)
    office.clock.go_on(hours=1)
    assert [] == taken_up(office)
    assert Deed.FAILED is office.errands.entries[-1].deed


async def test_what_is_approved_anew_is_queued_once(office: Office) -> None:
    """A word taken back and given again leaves nothing set aside"""
    request = await agreed(office)
    errand = await office.errands.load(request.id)
    assert errand
    await office.errands.set_aside(errand, office.clock.now())
    await office.says(TECH, f"withdraw {request.id}")
    await office.says(TECH, f"approve {request.id}")
    assert State.APPROVED is (await kept(office, request)).state
    assert 0 == await office.errands.take_up(office.clock.now())
