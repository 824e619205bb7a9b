import asyncio

from bot.domain.audit import Deed
from bot.domain.decided import TooLate
from bot.domain.outcomes import NameTaken
from bot.domain.requests import State
from bot.domain.sayings import Topic
from bot.flows.requests.execute import SOAK
from tests.flows.office import CHIEF, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Office
from tests.flows.requested import (
    DELETE,
    WAKE_UP,
    agreed,
    asked,
    carried_out,
    granted,
    kept,
    topics,
    with_sleeper,
)


def effects(office: Office) -> int:
    """How often Cloudinary was asked to change something."""
    calls = office.account.calls
    return sum(calls[verb] for verb in ("create_key", "set_enabled", "rename", "delete"))


async def test_what_was_agreed_to_is_done_once_and_told_when_it_is_done(office: Office) -> None:
    """Approved, executing, done: each is kept before the next begins"""
    with_sleeper(office)
    request = await agreed(office, WAKE_UP, TECH, to=COLLEAGUE)
    await carried_out(office, request)
    assert (await office.key(PROD, "sleeper")).enabled
    assert State.DONE is (await kept(office, request)).state
    assert [Topic.ASKED, Topic.APPROVED, Topic.DONE] == topics(office)
    moves = [detail for deed, detail in office.told() if deed == Deed.MOVED]
    assert ["begin", "finish"] == [each.strip() for each in moves]


async def test_a_key_that_was_asked_for_is_disabled_until_its_owner_collects_it(
    office: Office,
) -> None:
    """Its claim carries the fingerprint of what was agreed to, and it is the request's own"""
    request = await granted(office)
    assert not (await office.key(DEV, "deploy")).enabled
    claim = await office.claims.find_claim(request.id)
    assert claim
    assert (request.terms.fingerprint, request.made) == (claim.fingerprint, claim.api_key)
    assert NEWCOMER == claim.owner


async def test_carrying_out_again_what_is_over_does_nothing(office: Office) -> None:
    """Whoever takes it up is told how it stands"""
    request = await granted(office)
    before = effects(office)
    assert isinstance(await office.again(request.id), TooLate)
    assert before == effects(office)


async def test_two_of_whom_one_is_an_admin_delete_a_production_key(office: Office) -> None:
    """Disabled now, deleted after its soak"""
    request = await asked(office, DELETE, TECH)
    for actor in (CHIEF, COLLEAGUE):
        await office.says(actor, f"approve {request.id}")
    await carried_out(office, request)
    now = await kept(office, request)
    assert (State.DONE, office.clock.now() + SOAK) == (now.state, now.delete_at)
    assert not (await office.key(PROD, "shop-web")).enabled
    assert office.account.calls["delete"] == 0


async def test_a_name_that_was_taken_meanwhile_is_told_and_makes_no_second_key(
    office: Office,
) -> None:
    """Failed, with the reason; whoever has the name keeps their key as it is"""
    request = await agreed(office)
    office.account.add_key(DEV.id, "deploy")
    assert isinstance(await carried_out(office, request), NameTaken)
    now = await kept(office, request)
    assert (State.FAILED, "name_taken") == (now.state, now.outcome)
    assert (await office.key(DEV, "deploy")).enabled
    assert [Topic.FAILED] == topics(office)[-1:]


async def test_two_workers_with_one_errand_make_one_key(office: Office) -> None:
    """One that was taken for dead lives on beside its heir"""
    request = await agreed(office)
    await asyncio.gather(carried_out(office, request), carried_out(office, request))
    assert office.account.calls["create_key"] == 1
    assert State.CLAIMABLE is (await kept(office, request)).state


async def test_cancelling_while_it_is_carried_out_comes_first_or_too_late(
    office: Office,
) -> None:
    """Never both: a key and a request that was taken back"""
    request = await agreed(office)
    cancelled, _ = await asyncio.gather(
        office.says(NEWCOMER, f"cancel {request.id}"), carried_out(office, request)
    )
    end = (await kept(office, request)).state
    made = office.account.calls["create_key"]
    assert (end, made) in {(State.CANCELLED, 0), (State.CLAIMABLE, 1)}
    assert isinstance(cancelled, TooLate) is (end is State.CLAIMABLE)
