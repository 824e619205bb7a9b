import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.audit import Deed
from bot.domain.outcomes import MadeToClaim, NameTaken, Renewed, TooLate, Voided
from bot.domain.people import Actor, Role
from bot.domain.policy import Action
from bot.domain.requests import Request, State
from bot.domain.sayings import Topic
from bot.errors import Conflict, Forbidden, RateLimited, Unavailable
from bot.flows.executing import SOAK
from tests.flows.fuses import Crash, Fuse, fused
from tests.flows.office import ADMIN, CHIEF, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Office
from tests.flows.requested import (
    DELETE,
    WAKE_UP,
    WISH,
    WISH_IN_PRODUCTION,
    agreed,
    asked,
    carried_out,
    collected,
    give_role,
    granted,
    kept,
    leave,
    rule,
    topics,
    under,
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


def effects(office: Office) -> int:
    """How often Cloudinary was asked to change something."""
    calls = office.account.calls
    return sum(calls[verb] for verb in ("create_key", "set_enabled", "rename", "delete"))


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


Move = Callable[[Office], object]


async def left(office: Office) -> None:
    """The approver has left the company."""
    await leave(office, COLLEAGUE)


async def lost_role(office: Office) -> None:
    """The approver has another role."""
    give_role(office, COLLEAGUE, Role.BILLING)


async def lost_access(office: Office) -> None:
    """The approver does not reach the environment any more."""
    give_role(office, COLLEAGUE, Role.TECHNICAL_ADMIN, reaches=DEV)


async def requester_left(office: Office) -> None:
    """Who asked has left."""
    await leave(office, TECH)


async def requester_lost_role(office: Office) -> None:
    """Who asked could not even ask today."""
    give_role(office, TECH, Role.BILLING)


async def key_renamed(office: Office) -> None:
    """The key has another name than the one on the card."""
    key = await office.key(PROD, "sleeper")
    office.account.replace_key(PROD.id, replace(key, name="other"))


async def key_deleted(office: Office) -> None:
    """The key is gone, and another has its name."""
    key = await office.key(PROD, "sleeper")
    office.account.remove_key(PROD.id, key.api_key)
    with_sleeper(office)


async def place_moved(office: Office) -> None:
    """The environment is of another tier by its name."""
    keys = await office.account.keys(PROD.id)
    office.account.add_environment(replace(PROD, name="Shop staging", cloud_name="shop-staging"))
    for key in keys:
        office.account.replace_key(PROD.id, key)


@pytest.mark.parametrize(
    "move",
    [
        left,
        lost_role,
        lost_access,
        requester_left,
        requester_lost_role,
        key_renamed,
        key_deleted,
        place_moved,
    ],
)
async def test_an_approval_is_void_once_the_world_has_moved(
    office: Office, move: Callable[[Office], object]
) -> None:
    """Between the press and the work; nothing is done, and it is said so"""
    with_sleeper(office)
    request = await agreed(office, WAKE_UP, TECH, to=COLLEAGUE)
    moving = move(office)
    assert asyncio.iscoroutine(moving)
    await moving
    before = effects(office)
    assert isinstance(await carried_out(office, request), Voided)
    assert before == effects(office)
    assert State.CANCELLED is (await kept(office, request)).state
    assert [Topic.VOID] == topics(office)[-1:]


@pytest.mark.parametrize(
    "conditions",
    [
        '@approvals("2")\n@approvers("key_roles")',
        '@approvals("1")\n@approvers("admins")',
        '@approvals("1")\n@approvers("key_roles")\n@comment("required")',
    ],
)
async def test_a_harder_rule_voids_what_was_agreed_to_under_the_former(
    office: Office, tmp_path: Path, conditions: str
) -> None:
    """More people, others, or more of their words"""
    with_sleeper(office)
    request = await agreed(office, WAKE_UP, TECH, to=COLLEAGUE)
    under(office, tmp_path, rule("key:enable", conditions))
    assert isinstance(await carried_out(office, request), Voided)


async def test_a_rule_that_wants_nobody_any_more_lets_it_happen(
    office: Office, tmp_path: Path
) -> None:
    """What may be done at once may be done with approval"""
    with_sleeper(office)
    request = await agreed(office, WAKE_UP, TECH, to=COLLEAGUE)
    under(office, tmp_path, rule("key:enable", ""))
    await carried_out(office, request)
    assert State.DONE is (await kept(office, request)).state


async def test_one_of_two_approvers_who_left_is_one_too_few(office: Office) -> None:
    """And the admin among them has to be one still"""
    request = await asked(office, DELETE, TECH)
    for actor in (COLLEAGUE, ADMIN):
        await office.says(actor, f"approve {request.id}")
    give_role(office, ADMIN, Role.TECHNICAL_ADMIN)
    assert isinstance(await carried_out(office, request), Voided)
    assert (await office.key(PROD, "shop-web")).enabled


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
    assert (State.FAILED, "NameTaken") == (now.state, now.outcome)
    assert (await office.key(DEV, "deploy")).enabled
    assert [Topic.FAILED] == topics(office)[-1:]


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
    await office.clerk.give_up(errand)
    assert State.FAILED is (await kept(office, request)).state
    assert [Topic.FAILED] == topics(office)[-1:]
    assert isinstance(await office.again(request.id), TooLate)
    assert office.account.calls["create_key"] == 1


async def test_giving_up_what_was_not_begun_says_that_it_failed(office: Office) -> None:
    """Nobody waits for ever on an approved request"""
    request = await agreed(office)
    errand = await office.errands.load(request.id)
    assert errand
    await office.clerk.give_up(errand)
    assert State.FAILED is (await kept(office, request)).state


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


async def test_a_leak_that_was_stopped_meanwhile_stays_stopped(office: Office) -> None:
    """Whoever disables the key after it was asked for is not overruled by an older approval"""
    key = with_sleeper(office)
    office.account.replace_key(PROD.id, replace(key, enabled=True))
    other = await asked(office, "key enable shared --env shop", TECH)
    shared = await office.key(PROD, "shared")
    await office.says(COLLEAGUE, f"approve {other.id}")
    office.clock.go_on(minutes=1)
    await office.says(ADMIN, "key disable shared --env shop --confirm shared")
    await carried_out(office, other)
    assert not (await office.key(PROD, shared.name)).enabled
    assert State.FAILED is (await kept(office, other)).state


async def test_the_clock_of_granted_access_starts_at_the_approval(office: Office) -> None:
    """And is kept in the same step, before any key is made"""
    office_clock = office.clock
    request = await asked(office, f"{WISH} --expires 2d")
    office_clock.go_on(hours=3)
    await office.says(TECH, f"approve {request.id}")
    now = await kept(office, request)
    assert (State.APPROVED, office_clock.now() + timedelta(days=2)) == (now.state, now.ends_at)


async def test_a_renewal_is_a_request_of_its_own_for_the_same_key(office: Office) -> None:
    """Others agree anew; then access ends later, and no second key is made"""
    former = await collected(office, f"{WISH} --expires 2d")
    office.clock.go_on(days=1)
    renewal = await agreed(office, f"renew {former.id} --reason more --expires 7d")
    assert isinstance(await carried_out(office, renewal), Renewed)
    now = await kept(office, former)
    assert office.clock.now() + timedelta(days=7) == now.ends_at
    assert office.account.calls["create_key"] == 1
    assert Action.KEY_REQUEST is renewal.terms.action


async def test_a_renewal_after_the_end_makes_the_key_work_again(office: Office) -> None:
    """Even where the process dies right behind it"""
    former = await collected(office, f"{WISH} --expires 2d")
    office.clock.go_on(days=3)
    assert [] == await office.ticker.look()
    assert not (await office.key(DEV, "deploy")).enabled
    renewal = await agreed(office, f"renew {former.id} --reason more --expires 7d")
    await carried_out(office, renewal)
    assert (await office.key(DEV, "deploy")).enabled
    assert not (await kept(office, former)).ended


@pytest.mark.parametrize("actor", [TECH, COLLEAGUE])
async def test_nobody_renews_what_is_not_theirs(office: Office, actor: Actor) -> None:
    """Nor what was never collected"""
    former = await granted(office, f"{WISH} --expires 2d")
    for each in (actor, NEWCOMER):
        told = await office.says(each, f"renew {former.id} --reason more")
        assert "NotAskable" == type(told).__name__


async def test_production_credentials_want_an_admin_to_the_end(office: Office) -> None:
    """An admin who became a technical admin since the press is none"""
    request = await agreed(office, WISH_IN_PRODUCTION, to=ADMIN)
    give_role(office, ADMIN, Role.TECHNICAL_ADMIN)
    assert isinstance(await carried_out(office, request), Voided)
    assert office.account.calls["create_key"] == 0
