"""A delegate's vote counts if the principal's own would now: at the press and at the execution."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import pytest

from bot.domain.commands.grammar import write
from bot.domain.outcomes.decisions import MayNotDecide, Voided
from bot.domain.outcomes.delegations import DelegateInPlace
from bot.domain.outcomes.keys import KeyCreated
from bot.domain.people import Actor, Profile, Role, TurnedAway
from bot.domain.requests.machine import Event, Request
from bot.domain.requests.votes import IneligibleReason
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    DEV,
    TEAM,
    TECH,
    Harness,
)
from tests.flows.requested import (
    DELETE,
    WISH_IN_PRODUCTION,
    approved,
    asked,
    carried_out,
    event_of,
    give_role,
    ineligible_reason,
    kept,
    leave,
)

Case = Callable[[Harness], Awaitable[Request]]
"""Appoints BILLING, whose own vote counts nowhere, and opens the request that they press on."""
Change = Callable[[Harness], Awaitable[object]]


async def appoint(harness: Harness, by: Actor = ADMIN, to: Actor = BILLING) -> None:
    """Appoint a delegate for an hour, in place of the present one."""
    asks = await harness.run(by, f"delegate @{to.user_id} --expires 1h")
    if isinstance(asks, DelegateInPlace):
        await harness.run(by, write(asks.command))


async def disable(harness: Harness, actor: Actor, role: Role) -> None:
    """Disable a Cloudinary user."""
    harness.account.add_user(replace(harness.add_member(actor, role), enabled=False))


async def write_as(harness: Harness, actor: Actor, role: Role, email: str) -> None:
    """Give a person another address, at Slack and at Cloudinary."""
    user = harness.add_member(actor, role)
    harness.account.add_user(replace(user, email=email))
    harness.directory.add(Profile(actor.user_id, TEAM, user.name, email))


async def demoted(harness: Harness) -> None:
    """Take the principal's role away."""
    give_role(harness, ADMIN, Role.BILLING)


async def without_access(harness: Harness) -> None:
    """Take the principal's access to production away."""
    give_role(harness, ADMIN, Role.ADMIN, reaches=DEV)


async def expired(harness: Harness) -> None:
    """Wait until the delegation is over."""
    harness.clock.go_on(hours=1)


PRINCIPAL: Final[dict[str, Change]] = {
    "demoted": demoted,
    "disabled at Cloudinary": lambda it: disable(it, ADMIN, Role.ADMIN),
    "deactivated at Slack": lambda it: leave(it, ADMIN),
    "without access": without_access,
    "expired": expired,
    "ended": lambda it: it.run(ADMIN, "delegate --end"),
    "another delegate": lambda it: appoint(it, to=COLLEAGUE),
}
"""What ends a delegate's vote, on the side of the person who appointed them."""


async def delegate_without_access(harness: Harness) -> None:
    """Take the delegate's access to production away."""
    give_role(harness, BILLING, Role.BILLING, reaches=DEV)


DELEGATE: Final[dict[str, Change]] = {
    "delegate disabled": lambda it: disable(it, BILLING, Role.BILLING),
    "delegate deactivated": lambda it: leave(it, BILLING),
    "delegate without access": delegate_without_access,
}
"""And on the delegate's own side."""
CHANGES: Final = PRINCIPAL | DELEGATE


async def principal_asks(harness: Harness) -> Request:
    """The principal is the requester."""
    await appoint(harness)
    return await asked(harness, WISH_IN_PRODUCTION, ADMIN)


async def principal_owns(harness: Harness) -> Request:
    """The credentials are for the principal."""
    await appoint(harness)
    return await asked(harness, f"{WISH_IN_PRODUCTION} --for @{ADMIN.user_id}")


async def delegate_asks(harness: Harness) -> Request:
    """The delegate is the requester."""
    await appoint(harness)
    return await asked(harness, WISH_IN_PRODUCTION, BILLING)


async def delegate_owns(harness: Harness) -> Request:
    """The credentials are for the delegate."""
    await appoint(harness)
    return await asked(harness, f"{WISH_IN_PRODUCTION} --for @{BILLING.user_id}")


async def no_approver(harness: Harness) -> Request:
    """The principal has a role, and not the one that the rule names."""
    await appoint(harness, TECH)
    return await asked(harness, WISH_IN_PRODUCTION)


async def delegate_of_a_delegate(harness: Harness) -> Request:
    """CHIEF, who may decide, appointed COLLEAGUE, who appoints BILLING."""
    await appoint(harness, CHIEF, COLLEAGUE)
    await appoint(harness, COLLEAGUE)
    return await asked(harness, WISH_IN_PRODUCTION)


async def voted_already(harness: Harness) -> Request:
    """The principal objects; the delegate can't turn that round."""
    await appoint(harness)
    request = await asked(harness, DELETE, TECH)
    await harness.run(ADMIN, f"approve {request.id}")
    return await kept(harness, request)


async def principal_with_the_mailbox(harness: Harness) -> Request:
    """The principal is the requester by another address of one mailbox."""
    await write_as(harness, ADMIN, Role.ADMIN, "tech+admin@lumen.example")
    await appoint(harness)
    return await asked(harness, WISH_IN_PRODUCTION, TECH)


async def delegate_with_the_mailbox(harness: Harness) -> Request:
    """The delegate is."""
    await write_as(harness, BILLING, Role.BILLING, "tech+bills@lumen.example")
    await appoint(harness)
    return await asked(harness, WISH_IN_PRODUCTION, TECH)


async def one_mailbox(harness: Harness) -> Request:
    """The two are one person, since the delegate's address has changed."""
    await appoint(harness)
    await write_as(harness, BILLING, Role.BILLING, "admin+bills@lumen.example")
    return await asked(harness, WISH_IN_PRODUCTION)


def after(change: Change) -> Case:
    """Open a request, then change what the delegation rests on."""

    async def case(harness: Harness) -> Request:
        await appoint(harness)
        request = await asked(harness, WISH_IN_PRODUCTION)
        await change(harness)
        return request

    return case


CASES: Final[dict[str, Case]] = {
    "principal asks": principal_asks,
    "principal owns": principal_owns,
    "delegate asks": delegate_asks,
    "delegate owns": delegate_owns,
    "no approver": no_approver,
    "delegate of a delegate": delegate_of_a_delegate,
    "voted already": voted_already,
    "principal with the requester's mailbox": principal_with_the_mailbox,
    "delegate with the requester's mailbox": delegate_with_the_mailbox,
    "one mailbox": one_mailbox,
} | {name: after(change) for name, change in CHANGES.items()}


async def press(harness: Harness, request: Request, by: Actor = BILLING) -> object:
    """Approve."""
    return await harness.run(by, f"approve {request.id}")


async def test_a_delegate_may_decide_what_the_principal_may(harness: Harness) -> None:
    """The guard of the tests below: without any of their reasons the vote counts"""
    await appoint(harness)
    request = await approved(harness, WISH_IN_PRODUCTION, to=BILLING)
    (vote,) = request.votes
    assert (BILLING, f"u-{ADMIN.user_id}") == (vote.by, vote.on_behalf_of)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_delegate_never_exceeds_the_principal(harness: Harness, case: Case) -> None:
    """Nor themself: the press is refused, and the request stays as it was"""
    request = await case(harness)
    assert isinstance(await press(harness, request), MayNotDecide | TurnedAway)
    assert request == await kept(harness, request)


async def test_a_delegate_does_not_replace_the_principals_own_vote(harness: Harness) -> None:
    """The answer says so; the other way round, the principal's vote replaces the delegate's"""
    request = await voted_already(harness)
    refused = await harness.run(BILLING, f"deny {request.id} --reason no")
    assert IneligibleReason.PRINCIPAL_VOTED is ineligible_reason(refused)
    await harness.run(ADMIN, f"withdraw {request.id}")
    assert Event.VOTE_FOR is event_of(await harness.run(BILLING, f"approve {request.id}"))
    assert Event.VOTE_FOR is event_of(await harness.run(ADMIN, f"approve {request.id}"))
    (vote,) = (await kept(harness, request)).votes
    assert ADMIN == vote.by


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_vote_that_counts_no_more_is_not_executed(harness: Harness, change: Change) -> None:
    """Read again with the same principal"""
    await appoint(harness)
    request = await approved(harness, WISH_IN_PRODUCTION, to=BILLING)
    await change(harness)
    assert isinstance(await carried_out(harness, request), Voided)


async def another_principal(harness: Harness) -> Request:
    """The delegate voted for ADMIN, who was demoted; they are CHIEF's delegate too."""
    await appoint(harness)
    request = await approved(harness, WISH_IN_PRODUCTION, to=BILLING)
    await appoint(harness, CHIEF)
    await demoted(harness)
    return request


async def own_right(harness: Harness) -> Request:
    """The delegation ended; the delegate became an admin themself."""
    await appoint(harness)
    request = await approved(harness, WISH_IN_PRODUCTION, to=BILLING)
    await harness.run(ADMIN, "delegate --end")
    give_role(harness, BILLING, Role.ADMIN)
    return request


async def own_vote(harness: Harness) -> Request:
    """An admin voted, was demoted, and is another admin's delegate."""
    request = await approved(harness, WISH_IN_PRODUCTION, to=ADMIN)
    await demoted(harness)
    await appoint(harness, CHIEF, ADMIN)
    return request


@pytest.mark.parametrize("case", [another_principal, own_right, own_vote])
async def test_a_vote_counts_at_the_execution_for_whom_it_was_given(
    harness: Harness, case: Case
) -> None:
    """A right in another name does not replace it: the person votes again"""
    assert isinstance(await carried_out(harness, await case(harness)), Voided)


async def test_a_delegate_who_became_an_approver_still_votes_for_the_principal(
    harness: Harness,
) -> None:
    """The delegation counts on"""
    await appoint(harness)
    request = await approved(harness, WISH_IN_PRODUCTION, to=BILLING)
    give_role(harness, BILLING, Role.ADMIN)
    assert isinstance(await carried_out(harness, request), KeyCreated)
