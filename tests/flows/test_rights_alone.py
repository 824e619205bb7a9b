"""A person who acts alone, in an emergency or at once, needs the right itself: then, and later."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.outcomes.access import Unknown
from bot.domain.outcomes.decisions import Voided
from bot.domain.outcomes.links import ClaimRefused, LinkReady
from bot.domain.outcomes.requests import NotAskable, Requested
from bot.domain.people import KeyRight, Role
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Cause, Event, Request, State, move
from tests.flows.harness import COLLEAGUE, DEV, NEWCOMER, PROD, STAGING, TECH, Harness, staffed
from tests.flows.requested import (
    asked,
    carried_out,
    collected,
    give_role,
    kept,
    rule,
    under,
    with_sleeper,
)

REQUEST = 'request shop deploy --reason "pager 812" --emergency'
REQUEST_IN_DEV = 'request shop-dev deploy --reason "builds"'
EMERGENCIES = [
    REQUEST,
    'key create deploy --env shop --reason "pager 812" --emergency',
    'key enable sleeper --env shop --reason "pager 812" --emergency',
]


AUTO = '@approvals("1")\n@approvers("key_roles")\n@auto("9 a week until 2026-12-31")'


def without_access(harness: Harness) -> Harness:
    """Take the technical admin's access to production away."""
    give_role(harness, TECH, Role.TECHNICAL_ADMIN, reaches=STAGING)
    return harness


def with_right(right: KeyRight) -> Callable[[Harness], Harness]:
    """Give the technical admin this right on keys in production, by Cloudinary's own policies."""

    def give(_: Harness) -> Harness:
        harness = staffed(permissions=True)
        user = harness.add_member(TECH, Role.TECHNICAL_ADMIN)
        rights = {PROD.id: right, DEV.id: KeyRight.MANAGE}
        harness.account.add_user(user, rights=rights)
        return harness

    return give


@pytest.mark.parametrize("text", EMERGENCIES)
@pytest.mark.parametrize(
    "without",
    [without_access, with_right(KeyRight.NONE), with_right(KeyRight.VIEW)],
    ids=["access", "right", "more than view"],
)
async def test_an_emergency_gives_nothing_that_cloudinary_does_not(
    harness: Harness, without: Callable[[Harness], Harness], text: str
) -> None:
    """Neither access to the environment, nor a right on its keys; nothing is opened"""
    harness = without(harness)
    with_sleeper(harness)
    before = await harness.account.keys(PROD.id)
    assert not isinstance(await harness.run(TECH, text), Requested)
    assert before == await harness.account.keys(PROD.id)
    assert not harness.requests.notifications


async def test_a_refused_emergency_says_what_is_missing(harness: Harness) -> None:
    """Access at Cloudinary, not a rule of Keysmith's"""
    outcome = await without_access(harness).run(TECH, REQUEST)
    assert isinstance(outcome, NotAskable)
    assert NotAskableReason.NO_ACCESS is outcome.reason


async def in_emergency(harness: Harness) -> Request:
    """Open a request in an emergency, and create its key."""
    request = await asked(harness, REQUEST, TECH)
    await carried_out(harness, request)
    return await kept(harness, request)


def disable(harness: Harness) -> None:
    """Disable the Cloudinary user."""
    user = harness.add_member(TECH, Role.TECHNICAL_ADMIN)
    harness.account.add_user(replace(user, enabled=False))


def demote(harness: Harness) -> None:
    """Take the role away."""
    give_role(harness, TECH, Role.BILLING)


def move_away(harness: Harness) -> None:
    """Take the access to production away."""
    without_access(harness)


ENDS = pytest.mark.parametrize("end", [disable, demote, move_away])


@ENDS
async def test_rights_that_end_after_an_emergency_end_its_claim_and_its_reveal(
    harness: Harness, end: Callable[[Harness], None]
) -> None:
    """Both ask again"""
    request = await in_emergency(harness)
    assert State.CLAIMABLE is request.state
    (waiting,) = await harness.pending.pending_of(TECH)
    assert await harness.flows.access.may_still_claim(waiting)
    end(harness)
    assert not await harness.flows.access.may_still_claim(waiting)
    assert ClaimRefused(waiting) == await harness.run(TECH, "claim")


@ENDS
async def test_rights_that_end_before_the_execution_void_an_emergency(
    harness: Harness, end: Callable[[Harness], None]
) -> None:
    """No key is created"""
    request = await asked(harness, REQUEST, TECH)
    before = await harness.account.keys(PROD.id)
    end(harness)
    assert isinstance(await carried_out(harness, request), Voided)
    assert before == await harness.account.keys(PROD.id)


@ENDS
async def test_rights_that_end_after_a_creation_at_once_end_its_claim(
    harness: Harness, end: Callable[[Harness], None]
) -> None:
    """No other person approved it either"""
    made = await harness.run(TECH, "key create new --env shop-dev")
    assert isinstance(made, LinkReady)
    end(harness)
    assert ClaimRefused(made.pending) == await harness.run(TECH, "claim")


async def test_an_approved_claim_needs_no_right_but_no_disabled_user(harness: Harness) -> None:
    """Another person took the responsibility for the access, not for a person who was disabled"""
    request = await granted_request(harness)
    (waiting,) = await harness.pending.pending_of(NEWCOMER)
    assert await harness.flows.access.may_still_claim(waiting)
    assert request.waived is None
    user = harness.add_member(NEWCOMER, Role.BILLING)  # known, and bound to no user yet
    harness.account.add_user(replace(user, enabled=False))
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_a_disabled_owner_collects_nothing_that_a_teammate_asked_for(
    harness: Harness,
) -> None:
    """The requester is not disabled; the person who would hold the key is"""
    request = await asked(harness, f"{REQUEST_IN_DEV} --for @{NEWCOMER.user_id}", TECH)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    await carried_out(harness, request)
    (waiting,) = await harness.pending.pending_of(NEWCOMER)
    assert await harness.flows.access.may_still_claim(waiting)
    user = harness.add_member(NEWCOMER, Role.BILLING)
    harness.account.add_user(replace(user, enabled=False))
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_an_owner_who_was_linked_to_another_user_collects_nothing(harness: Harness) -> None:
    """Approvers saw the Cloudinary user that they were then"""
    request = await granted_request(harness)
    (waiting,) = await harness.pending.pending_of(NEWCOMER)
    assert await harness.flows.access.may_still_claim(waiting)
    before = replace(request.asker, owner_id="u-before")
    harness.requests._kept[request.id] = replace(request, asker=before)
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_a_restart_before_the_intent_asks_again(harness: Harness) -> None:
    """Nothing was done yet, so nothing is done in the name of a person who lost the right"""
    request = await asked(harness, REQUEST, TECH)
    job = await harness.jobs.load(request.id)
    assert job
    begun = move(request, Event.BEGIN, Cause.ENGINE, harness.clock.now()).request
    assert await harness.requests.replace(request, begun, harness.jobs.entries[-1])
    before = await harness.account.keys(PROD.id)
    disable(harness)
    assert isinstance(await harness.flows.dispatcher.run(job), Voided)
    assert before == await harness.account.keys(PROD.id)
    assert State.FAILED is (await kept(harness, request)).state


async def test_a_person_disabled_at_cloudinary_requests_nothing(harness: Harness) -> None:
    """Though any confirmed member may, also one whom Cloudinary does not know"""
    user = harness.add_member(NEWCOMER, Role.BILLING)
    harness.account.add_user(replace(user, enabled=False))
    assert isinstance(await harness.run(NEWCOMER, REQUEST_IN_DEV), Unknown)


async def test_a_person_with_two_users_at_cloudinary_requests_nothing(harness: Harness) -> None:
    """Which of them asks is unknown, and so is whose vote would be a conflict"""
    user = harness.add_member(NEWCOMER, Role.BILLING)
    harness.account.add_user(replace(user, id="u-twin"))
    assert isinstance(await harness.run(NEWCOMER, REQUEST_IN_DEV), Unknown)


async def test_a_requester_disabled_after_the_approval_gets_no_key(harness: Harness) -> None:
    """The request is void at its execution"""
    user = harness.add_member(NEWCOMER, Role.BILLING)
    request = await asked(harness)
    await harness.run(TECH, f"approve {request.id}")
    harness.account.add_user(replace(user, enabled=False))
    before = await harness.account.keys(DEV.id)
    assert isinstance(await carried_out(harness, request), Voided)
    assert before == await harness.account.keys(DEV.id)


async def test_a_teammate_disabled_after_the_approval_gets_no_key(harness: Harness) -> None:
    """The requester still may ask; the person who would hold the key may not"""
    request = await asked(harness, f"{REQUEST_IN_DEV} --for @{NEWCOMER.user_id}", TECH)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    user = harness.add_member(NEWCOMER, Role.BILLING)
    harness.account.add_user(replace(user, enabled=False))
    before = await harness.account.keys(DEV.id)
    assert isinstance(await carried_out(harness, request), Voided)
    assert before == await harness.account.keys(DEV.id)


async def test_an_emergency_for_a_teammate_needs_the_teammates_right_too(harness: Harness) -> None:
    """They hold the key, and no other person approved it: at the opening, and at the claim"""
    text = f"{REQUEST} --for @{COLLEAGUE.user_id}"
    give_role(harness, COLLEAGUE, Role.BILLING)
    give_role(harness, COLLEAGUE, Role.TECHNICAL_ADMIN, reaches=STAGING)
    refused = await harness.run(TECH, text)
    assert isinstance(refused, NotAskable)
    assert NotAskableReason.NO_ACCESS is refused.reason
    give_role(harness, COLLEAGUE, Role.TECHNICAL_ADMIN)
    request = await asked(harness, text, TECH)
    await carried_out(harness, request)
    (waiting,) = await harness.pending.pending_of(COLLEAGUE)
    assert await harness.flows.access.may_still_claim(waiting)
    give_role(harness, COLLEAGUE, Role.BILLING)
    assert not await harness.flows.access.may_still_claim(waiting)


OWN_ALONE = {"at once": "", "within a budget": AUTO}


@pytest.mark.parametrize("conditions", OWN_ALONE.values(), ids=OWN_ALONE)
async def test_what_no_person_approves_goes_only_to_those_who_need_no_vote_either(
    harness: Harness, tmp_path: Path, conditions: str
) -> None:
    """Asked for a teammate: void at the execution, and refused at the claim"""
    under(harness, tmp_path, rule("key:request", conditions, 'principal in Role::"key_roles"'))
    text = f"{REQUEST_IN_DEV} --for @{COLLEAGUE.user_id}"
    granted, void = await asked(harness, text, TECH), await asked(harness, text, TECH)
    await carried_out(harness, granted)
    (waiting,) = await harness.pending.pending_of(COLLEAGUE)
    assert await harness.flows.access.may_still_claim(waiting)
    give_role(harness, COLLEAGUE, Role.BILLING)
    assert not await harness.flows.access.may_still_claim(waiting)
    assert isinstance(await carried_out(harness, void), Voided)


async def test_what_no_approver_is_asked_about_is_refused_for_those_who_need_one(
    harness: Harness, tmp_path: Path
) -> None:
    """The rules that let it happen at once name no one who could approve it"""
    under(harness, tmp_path, rule("key:request", "", 'principal in Role::"key_roles"'))
    refused = await harness.run(TECH, f"{REQUEST_IN_DEV} --for @{NEWCOMER.user_id}")
    assert isinstance(refused, NotAskable)
    assert NotAskableReason.OWNER is refused.reason


async def test_what_was_at_once_and_now_needs_approval_is_not_collected(
    harness: Harness, tmp_path: Path
) -> None:
    """No one ever approved it"""
    under(harness, tmp_path, rule("key:request", ""))
    request = await asked(harness)
    await carried_out(harness, request)
    (waiting,) = await harness.pending.pending_of(NEWCOMER)
    assert await harness.flows.access.may_still_claim(waiting)
    under(harness, tmp_path, rule("key:request"))
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_another_cloudinary_user_than_the_approved_one_collects_nothing(
    harness: Harness,
) -> None:
    """Nor a person who is no longer found there"""
    user = harness.add_member(NEWCOMER, Role.BILLING)
    await granted_request(harness)
    (waiting,) = await harness.pending.pending_of(NEWCOMER)
    assert await harness.flows.access.may_still_claim(waiting)
    harness.account.add_user(replace(user, email="gone@lumen.example"))
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_an_owner_disabled_at_cloudinary_gets_no_renewal(harness: Harness) -> None:
    """Though it was approved before"""
    user = harness.add_member(NEWCOMER, Role.BILLING)
    request = await collected(harness, f"{REQUEST_IN_DEV} --expires 1d")
    renewal = await asked(harness, f"renew {request.id} --reason more --expires 2d")
    await harness.run(TECH, f"approve {renewal.id}")
    harness.account.add_user(replace(user, enabled=False))
    assert isinstance(await carried_out(harness, renewal), Voided)


async def granted_request(harness: Harness) -> Request:
    """Request credentials, have them approved, and create the key."""
    request = await asked(harness)
    await harness.run(TECH, f"approve {request.id}")
    await carried_out(harness, request)
    return await kept(harness, request)
