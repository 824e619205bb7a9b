"""Delegations, votes and requests are a Cloudinary user's, and end with the person's binding."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.delegations import Delegation
from bot.domain.outcomes.access import UserLinked
from bot.domain.outcomes.decisions import MayNotDecide, Voided
from bot.domain.outcomes.links import ClaimRefused, LinkReady
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
    looked,
    rule,
    under,
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


WAYS: dict[str, tuple[str, Actor | None]] = {
    "creation": ("key create deploy --env shop --reason demo", ADMIN),
    "own": (WISH, COLLEAGUE),
    "for another": (f"{WISH} --for @{COLLEAGUE.user_id}", ADMIN),
    "emergency": (f"{WISH_IN_PRODUCTION} --emergency", None),
}
"""How TECH gets a key for a person: what they ask, and who approves, if anyone does."""


async def made(harness: Harness, way: str) -> Request:
    """A key that waits for its owner."""
    text, to = WAYS[way]
    request = await asked(harness, text, TECH)
    if to:
        await harness.run(to, f"approve {request.id}")
    await carried_out(harness, request)
    return await kept(harness, request)


@pytest.mark.parametrize("way", WAYS)
async def test_approved_credentials_end_with_the_requesters_binding(
    harness: Harness, way: str
) -> None:
    """Typed or by the card's button, and at the reveal, whatever the new user may do themself"""
    request = await made(harness, way)
    (waiting,) = await harness.pending.pending_of(request.terms.owner)
    assert await harness.flows.access.may_still_claim(waiting)
    assert isinstance(await harness.run(waiting.owner, f"claim {request.id}"), LinkReady)
    await linked(harness, TECH)
    assert not await harness.flows.access.may_still_claim(waiting)
    assert ClaimRefused(waiting) == await harness.run(waiting.owner, f"claim {request.id}")


@pytest.mark.parametrize("way", ["creation", "own"])
@pytest.mark.parametrize("alone", [False, True], ids=["vote", "no vote"])
async def test_a_key_is_renewed_for_the_cloudinary_user_who_got_it(
    harness: Harness, tmp_path: Path, way: str, *, alone: bool
) -> None:
    """Not for the next one who has the Slack user: at the vote, or at the execution without one"""
    request = await made(harness, way)
    harness.pending.collect(request.id)
    harness.requests.wake(request.id)
    await looked(harness)
    renew = f"renew {request.id} --reason more --expires 2d"
    mine = await asked(harness, renew, TECH)
    assert Event.APPROVE is event_of(await harness.run(ADMIN, f"approve {mine.id}"))
    await linked(harness, TECH)
    if alone:
        under(harness, tmp_path, rule("key:request", ""))
    theirs = await asked(harness, renew, TECH)
    vote = f"approve {theirs.id}"
    told = await (carried_out(harness, theirs) if alone else harness.run(ADMIN, vote))
    assert isinstance(told, Voided)
    assert (await kept(harness, request)).ends_at is None
