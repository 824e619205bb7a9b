import pytest

from bot.domain.audit import Deed
from bot.domain.decided import TooLate
from bot.domain.outcomes import MadeToClaim
from bot.domain.requests import Request, State
from bot.domain.sayings import Topic
from bot.errors import Conflict, Forbidden, RateLimited, Unavailable
from tests.flows.fuses import Crash, Fuse, fused
from tests.flows.office import COLLEAGUE, NEWCOMER, TECH, Office
from tests.flows.requested import (
    WAKE_UP,
    WISH,
    agreed,
    carried_out,
    kept,
    topics,
    with_sleeper,
)

NOT_REACHED = Unavailable("not reached", maybe_done=False)


KINDS = {
    "wish": (WISH, NEWCOMER, TECH, State.CLAIMABLE),
    "enable": (WAKE_UP, TECH, COLLEAGUE, State.DONE),
    "rename": ("key rename sleeper awake --env shop", TECH, COLLEAGUE, State.DONE),
    "delete": ("key delete ci-bot --env shop-dev", TECH, COLLEAGUE, State.DONE),
}
"""Each kind of work: what is asked, by whom, who agrees, and where it ends."""


async def dies(office: Office, request: Request, fuse: Fuse) -> bool:
    """Carry it out; where the process dies, another takes the errand over."""
    try:
        await carried_out(office, request)
    except Crash:
        fuse.arm(0)
        await office.again(request.id)
        return True
    fuse.arm(0)
    return False


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_process_that_dies_at_any_call_leaves_work_that_is_done_once(
    kind: str, *, after: bool
) -> None:
    """Each call to Redis, Slack and Cloudinary in turn; the end is the same, told once"""
    text, asker, approver, end = KINDS[kind]
    died = True
    at = 0
    while died:
        at += 1
        fuse = Fuse()
        office = fused(fuse)
        with_sleeper(office)
        request = await agreed(office, text, asker, to=approver)
        fuse.arm(at, after=after)
        died = await dies(office, request, fuse)
        assert (end, at) == ((await kept(office, request)).state, at)
        assert (1, at) == (successes(office), at)
        said = [saying for saying in office.requests.said if saying.topic is topics(office)[-1]]
        assert (3, at) == (len(said), at)
    assert at > 10


def successes(office: Office) -> int:
    """How often the record tells that Cloudinary changed something."""
    entries = [*office.errands.entries, *office.claims.entries]
    return sum(each.deed is Deed.DONE for each in entries)


@pytest.mark.parametrize("error", [NOT_REACHED, RateLimited("busy", status=420)])
async def test_an_outage_before_the_work_leaves_it_to_be_done(
    office: Office, error: Unavailable | RateLimited
) -> None:
    """Nothing is announced; the next try does it"""
    request = await agreed(office)
    office.account.fail_next("create_key", error)
    with pytest.raises(type(error)):
        await carried_out(office, request)
    assert State.EXECUTING is (await kept(office, request)).state
    assert Topic.READY not in topics(office)
    assert isinstance(await office.again(request.id), MadeToClaim)
    assert [Topic.READY] == topics(office)[-1:]


async def test_an_answer_that_is_lost_after_the_work_makes_no_second_key(office: Office) -> None:
    """It is found again by what was written down before it was made"""
    request = await agreed(office)
    lost = Unavailable("lost", status=None, maybe_done=False)
    office.account.fail_next("create_key", lost, after=True)
    with pytest.raises(Unavailable):
        await carried_out(office, request)
    await office.again(request.id)
    assert office.account.calls["create_key"] == 1
    assert State.CLAIMABLE is (await kept(office, request)).state


@pytest.mark.parametrize("error", [Forbidden("no"), Conflict("taken", status=409)])
async def test_a_refusal_of_cloudinarys_is_told_once_nothing_more_is_tried(
    office: Office, error: Forbidden | Conflict
) -> None:
    """Failed, and no second try afterwards"""
    request = await agreed(office)
    office.account.fail_next("create_key", error)
    with pytest.raises(type(error)):
        await carried_out(office, request)
    errand = await office.errands.load(request.id)
    assert errand
    await office.flows.executor.give_up(errand)
    now = await kept(office, request)
    assert (State.FAILED, "failed") == (now.state, now.outcome)
    assert [Topic.FAILED] == topics(office)[-1:]
    assert isinstance(await office.again(request.id), TooLate)
    assert office.account.calls["create_key"] == 1


async def test_giving_up_what_was_not_begun_says_that_it_failed(office: Office) -> None:
    """Nobody waits for ever on an approved request"""
    request = await agreed(office)
    errand = await office.errands.load(request.id)
    assert errand
    await office.flows.executor.give_up(errand)
    assert State.FAILED is (await kept(office, request)).state
