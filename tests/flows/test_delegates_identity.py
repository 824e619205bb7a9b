"""Delegations, votes and requests are a Cloudinary user's, and end with the person's binding."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.delegations import Delegation
from bot.domain.outcomes.access import UserLinked
from bot.domain.outcomes.decisions import MayNotDecide, Voided
from bot.domain.people import Actor, Profile, Role, TurnedAway
from bot.domain.requests.machine import Event, Request, State
from tests.flows.harness import ADMIN, BILLING, CHIEF, COLLEAGUE, NEWCOMER, TEAM, TECH, Harness
from tests.flows.requested import (
    DELETE,
    WAKE_UP,
    WISH,
    WISH_IN_PRODUCTION,
    approved,
    asked,
    carried_out,
    event_of,
    give_role,
    kept,
    with_sleeper,
)
from tests.flows.test_delegates_votes import appoint

BOSS = Actor(TEAM, "U0BOSS")


async def linked(harness: Harness, actor: Actor, role: Role = Role.ADMIN) -> None:
    """Link a Slack user, who was bound before, to another Cloudinary user."""
    await harness.who(actor)
    user = harness.add_member(BOSS, role)
    harness.directory.add(Profile(actor.user_id, TEAM, user.name, user.email))
    harness.directory.forget(BOSS)
    by, to = [each for each in (ADMIN, CHIEF, TECH) if each != actor][:2]
    if TECH in {by, to}:
        give_role(harness, TECH, Role.ADMIN)
    link = await approved(harness, f"link @{actor.user_id} --reason moved", by, to=to)
    assert isinstance(await carried_out(harness, link), UserLinked)


@pytest.mark.parametrize("who", [ADMIN, BILLING], ids=["principal", "delegate"])
async def test_a_delegation_is_of_two_cloudinary_users(harness: Harness, who: Actor) -> None:
    """It does not pass to the next one who has the Slack user; they appoint again"""
    await appoint(harness)
    request = await asked(harness, WISH_IN_PRODUCTION)
    await linked(harness, who, Role.ADMIN if who == ADMIN else Role.BILLING)
    assert isinstance(await harness.run(BILLING, f"approve {request.id}"), MayNotDecide)
    assert State.PENDING is (await kept(harness, request)).state
    await appoint(harness)
    assert Event.APPROVE is event_of(await harness.run(BILLING, f"approve {request.id}"))


@pytest.mark.parametrize("who", [ADMIN, BILLING], ids=["principal", "delegate"])
async def test_a_delegates_vote_ends_with_either_binding(harness: Harness, who: Actor) -> None:
    """Before the execution"""
    await appoint(harness)
    request = await approved(harness, WISH_IN_PRODUCTION, to=BILLING)
    await linked(harness, who, Role.ADMIN)
    assert isinstance(await carried_out(harness, request), Voided)


async def test_a_delegation_of_the_former_version_gives_no_vote(harness: Harness) -> None:
    """It names no Cloudinary users, so no one knows whether they are still the same"""
    until = harness.clock.now() + timedelta(days=1)
    former = Delegation(ADMIN, BILLING, until, "Billing", "j1", harness.clock.now())
    harness.delegations.kept[ADMIN] = former
    request = await asked(harness, WISH_IN_PRODUCTION)
    assert isinstance(await harness.run(BILLING, f"approve {request.id}"), MayNotDecide)


async def test_a_vote_ends_with_the_voters_binding(harness: Harness) -> None:
    """Who has the Slack user now, votes again"""
    request = await asked(harness, DELETE, TECH)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    await linked(harness, COLLEAGUE)
    assert Event.APPROVE is event_of(await harness.run(ADMIN, f"approve {request.id}"))
    assert isinstance(await carried_out(harness, request), Voided)


async def own_key(harness: Harness) -> Request:
    """A request for oneself."""
    return await asked(harness, WISH, TECH)


async def wake(harness: Harness) -> Request:
    """A request that has no owner's Cloudinary user."""
    with_sleeper(harness)
    return await asked(harness, WAKE_UP, TECH)


async def for_them(harness: Harness) -> Request:
    """A request for credentials of a person who is linked later."""
    return await asked(harness, f"{WISH} --for @{TECH.user_id}", BILLING)


ASKED: dict[str, Callable[[Harness], Awaitable[Request]]] = {
    "own": own_key,
    "enable": wake,
    "for them": for_them,
}


@pytest.mark.parametrize("case", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("late", [False, True], ids=["vote", "execution"])
async def test_a_request_ends_with_its_persons_binding(
    harness: Harness, case: Callable[[Harness], Awaitable[Request]], *, late: bool
) -> None:
    """At the next vote, and at the execution"""
    request = await case(harness)
    if late:
        assert Event.APPROVE is event_of(await harness.run(COLLEAGUE, f"approve {request.id}"))
    await linked(harness, TECH)
    vote = f"approve {request.id}"
    told = await (carried_out(harness, request) if late else harness.run(COLLEAGUE, vote))
    assert isinstance(told, Voided)
    assert State.CANCELLED is (await kept(harness, request)).state


async def test_a_newcomers_request_outlasts_their_first_binding(harness: Harness) -> None:
    """There was no Cloudinary user that another one could replace"""
    request = await asked(harness)
    profile = await harness.directory.profile(NEWCOMER)
    user = harness.add_member(NEWCOMER, Role.REPORTS)
    harness.account.add_user(replace(user, email=profile.email))
    harness.directory.add(profile)
    assert not isinstance(await harness.who(NEWCOMER), TurnedAway)
    assert Event.APPROVE is event_of(await harness.run(TECH, f"approve {request.id}"))


async def test_a_link_is_no_reason_against_itself(harness: Harness) -> None:
    """The owner of a link is the person whose binding it replaces"""
    await linked(harness, BILLING, Role.BILLING)
    assert "u-U0BOSS" == (await harness.who(BILLING)).person.cloudinary_id
