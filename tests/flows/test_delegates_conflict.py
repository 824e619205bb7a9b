"""A delegate of the requester or of the owner approves nothing of theirs, not even by right."""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from bot.domain.home import Home
from bot.domain.outcomes.decisions import MayNotDecide, QuestionSent, Voided
from bot.domain.outcomes.requests import RequestShown, RequestsListed
from bot.domain.people import Actor, Role
from bot.domain.requests.machine import Event, Request, State
from bot.domain.requests.votes import IneligibleReason
from tests.flows.harness import ADMIN, BILLING, CHIEF, COLLEAGUE, TEAM, TECH, Harness
from tests.flows.requested import (
    DELETE,
    WISH,
    WISH_IN_PRODUCTION,
    approved,
    asked,
    carried_out,
    event_of,
    ineligible_reason,
    kept,
)
from tests.flows.test_delegates_votes import appoint, write_as

Case = Callable[[Harness], Awaitable[Request]]


async def theirs(harness: Harness) -> Request:
    """The principal is the requester."""
    return await asked(harness, WISH, TECH)


async def for_them(harness: Harness) -> Request:
    """The principal is the owner."""
    return await asked(harness, f"{WISH} --for @{TECH.user_id}")


async def second_account(harness: Harness) -> Request:
    """The principal is the requester by another address of one mailbox."""
    await write_as(harness, BILLING, Role.BILLING, "tech+bills@lumen.example")
    return await asked(harness, WISH, BILLING)


CASES: dict[str, Case] = {
    "requester": theirs,
    "owner": for_them,
    "requester's mailbox": second_account,
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_delegate_approves_no_request_of_the_principal(
    harness: Harness, case: Case
) -> None:
    """Although they may approve others in their own right; without the delegation they may again"""
    await appoint(harness, TECH, COLLEAGUE)
    request = await case(harness)
    refused = await harness.run(COLLEAGUE, f"approve {request.id}")
    assert IneligibleReason.STANDS_IN is ineligible_reason(refused)
    await harness.run(TECH, "delegate --end")
    assert Event.APPROVE is event_of(await harness.run(COLLEAGUE, f"approve {request.id}"))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_vote_ends_where_the_voter_becomes_the_requesters_delegate(
    harness: Harness, case: Case
) -> None:
    """Before the execution"""
    request = await case(harness)
    assert Event.APPROVE is event_of(await harness.run(COLLEAGUE, f"approve {request.id}"))
    await appoint(harness, TECH, COLLEAGUE)
    assert isinstance(await carried_out(harness, request), Voided)


async def test_nor_in_the_name_of_another_principal(harness: Harness) -> None:
    """Who is the delegate of the requester and of an approver"""
    await appoint(harness, TECH)
    await appoint(harness)
    request = await asked(harness, WISH_IN_PRODUCTION, TECH)
    assert isinstance(await harness.run(BILLING, f"approve {request.id}"), MayNotDecide)
    await harness.run(TECH, "delegate --end")
    await harness.run(TECH, f"cancel {request.id}")
    request = await approved(harness, WISH_IN_PRODUCTION, TECH, to=BILLING)
    await appoint(harness, TECH)
    assert isinstance(await carried_out(harness, request), Voided)


async def test_a_delegate_approves_no_request_that_their_principal_may_not(
    harness: Harness,
) -> None:
    """The principal is the requester's delegate themself: at the press, and at the execution"""
    await appoint(harness)
    await appoint(harness, TECH, ADMIN)
    request = await asked(harness, WISH_IN_PRODUCTION, TECH)
    refused = await harness.run(BILLING, f"approve {request.id}")
    assert IneligibleReason.STANDS_IN is ineligible_reason(refused)
    await appoint(harness, CHIEF)
    assert Event.APPROVE is event_of(await harness.run(BILLING, f"approve {request.id}"))
    (vote,) = (await kept(harness, request)).votes
    assert CHIEF == vote.principal
    await appoint(harness, TECH, CHIEF)
    assert isinstance(await carried_out(harness, request), Voided)


@pytest.mark.parametrize(
    "theirs", [BILLING, ADMIN], ids=["who appoints the delegate", "who appoints the principal"]
)
async def test_an_appointment_silences_no_delegate_of_an_approver(
    harness: Harness, theirs: Actor
) -> None:
    """They find, ask and deny in the principal's name what the requester would keep from them"""
    await appoint(harness)
    request = await asked(harness, WISH_IN_PRODUCTION, TECH)
    await appoint(harness, TECH, theirs)
    assert RequestShown(request) == await shown(harness, BILLING, request)
    asked_about = await harness.run(BILLING, f"ask {request.id} --question why")
    assert isinstance(asked_about, QuestionSent)
    refused = await harness.run(BILLING, f"approve {request.id}")
    assert IneligibleReason.STANDS_IN is ineligible_reason(refused)
    assert Event.DENY is event_of(await harness.run(BILLING, f"deny {request.id} --reason no"))
    (vote,) = (await kept(harness, request)).votes
    assert ADMIN == vote.principal


async def test_a_delegate_reviews_no_emergency_of_the_principal(harness: Harness) -> None:
    """Another person does"""
    await appoint(harness, TECH, COLLEAGUE)
    request = await asked(harness, "request shop-dev x --reason p --emergency", TECH)
    await carried_out(harness, request)
    review = f"review {request.id} --comment ok"
    assert IneligibleReason.STANDS_IN is ineligible_reason(await harness.run(COLLEAGUE, review))
    assert (await kept(harness, request)).review is None
    await harness.run(ADMIN, review)
    assert (await kept(harness, request)).review


@pytest.mark.parametrize("by", [COLLEAGUE, CHIEF], ids=["delegate", "other"])
async def test_an_appointment_silences_no_approver(harness: Harness, by: Actor) -> None:
    """Who is against the request still denies it: a delegate is not asked before"""
    await appoint(harness, TECH, COLLEAGUE)
    request = await theirs(harness)
    await harness.run(by, f"deny {request.id} --reason no")
    assert State.DENIED is (await kept(harness, request)).state


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_an_appointment_hides_nothing_from_an_approver(harness: Harness, case: Case) -> None:
    """They find what they may deny in each list, by its id and in App Home, and may ask about it"""
    await appoint(harness, TECH, COLLEAGUE)
    request = await case(harness)
    for which in ("pending", "all"):
        listed = await harness.run(COLLEAGUE, f"requests {which}")
        assert isinstance(listed, RequestsListed)
        assert (request,) == listed.requests
    assert RequestShown(request) == await shown(harness, COLLEAGUE, request)
    home = await harness.flows.home.of(COLLEAGUE)
    assert isinstance(home, Home)
    assert (request,) == home.waiting
    asked_about = await harness.run(COLLEAGUE, f"ask {request.id} --question why")
    assert isinstance(asked_about, QuestionSent)


async def test_an_appointment_hides_no_emergency_from_its_reviewer(harness: Harness) -> None:
    """They can't review it, and tell a person who can"""
    request = await asked(harness, "request shop-dev x --reason p --emergency", TECH)
    await carried_out(harness, request)
    await appoint(harness, TECH, COLLEAGUE)
    assert isinstance(await shown(harness, COLLEAGUE, request), RequestShown)


SECOND: Final = Actor(TEAM, "U0SECOND")
MAILBOXES: Final = [
    ("colleague@lumen.example", "colleague+2@lumen.example"),
    ("col.league@gmail.com", "colleague+2@googlemail.com"),
]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize(("first", "second"), MAILBOXES, ids=["tag", "dots"])
async def test_a_delegates_second_account_is_the_delegate(
    harness: Harness, case: Case, first: str, second: str
) -> None:
    """Of the same mailbox: it denies, and approves neither at the press nor at the execution"""
    await write_as(harness, COLLEAGUE, Role.ADMIN, first)
    await write_as(harness, SECOND, Role.ADMIN, second)
    request = await case(harness)
    await appoint(harness, TECH, COLLEAGUE)
    refused = await harness.run(SECOND, f"approve {request.id}")
    assert IneligibleReason.STANDS_IN is ineligible_reason(refused)
    await harness.run(TECH, "delegate --end")
    assert Event.APPROVE is event_of(await harness.run(SECOND, f"approve {request.id}"))
    await appoint(harness, TECH, COLLEAGUE)
    assert isinstance(await carried_out(harness, request), Voided)


async def test_nor_does_a_second_account_in_another_persons_name(harness: Harness) -> None:
    """As the delegate of an approver, whom the requester did not appoint"""
    await write_as(harness, SECOND, Role.BILLING, "colleague+2@lumen.example")
    await appoint(harness, ADMIN, SECOND)
    await appoint(harness, TECH, COLLEAGUE)
    request = await asked(harness, WISH_IN_PRODUCTION, TECH)
    refused = await harness.run(SECOND, f"approve {request.id}")
    assert IneligibleReason.STANDS_IN is ineligible_reason(refused)


async def test_nor_a_delegate_after_the_second_account_of_the_principal(harness: Harness) -> None:
    """One person has one vote, and theirs is cast; the list says so, too"""
    await write_as(harness, SECOND, Role.ADMIN, "admin+2@lumen.example")
    await appoint(harness)
    request = await asked(harness, DELETE, TECH)
    await harness.run(SECOND, f"approve {request.id}")
    refused = await harness.run(BILLING, f"approve {request.id}")
    assert IneligibleReason.PRINCIPAL_VOTED is ineligible_reason(refused)
    for actor in (ADMIN, BILLING):
        listed = await harness.run(actor, "requests pending")
        assert isinstance(listed, RequestsListed)
        assert () == listed.requests


@pytest.mark.parametrize("first", [ADMIN, CHIEF], ids=["conflict first", "vote first"])
async def test_one_principals_vote_silences_no_delegate_of_another(
    harness: Harness, first: Actor
) -> None:
    """The one has voted; the other may only deny, and so may their delegate"""
    for principal in (first, *({ADMIN, CHIEF} - {first})):
        await appoint(harness, principal)
    await appoint(harness, TECH, ADMIN)
    request = await asked(harness, DELETE, TECH)
    assert Event.VOTE_FOR is event_of(await harness.run(CHIEF, f"approve {request.id}"))
    refused = await harness.run(BILLING, f"approve {request.id}")
    assert IneligibleReason.STANDS_IN is ineligible_reason(refused)
    assert Event.DENY is event_of(await harness.run(BILLING, f"deny {request.id} --reason no"))


async def shown(harness: Harness, actor: Actor, request: Request) -> object:
    """What a person reads about a request by its id."""
    person = (await harness.who(actor)).person
    return await harness.flows.lister.listed(person, request.id)
