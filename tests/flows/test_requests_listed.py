import pytest

from bot.domain.outcomes.decisions import Voted
from bot.domain.outcomes.requests import NoSuchRequest, RequestShown, RequestsListed
from bot.domain.people import Actor, Role
from bot.domain.requests.machine import Request
from tests.flows.harness import ADMIN, BILLING, COLLEAGUE, NARROW, NEWCOMER, TECH, Harness
from tests.flows.requested import (
    DELETE,
    WISH,
    approved,
    asked,
    carried_out,
    give_role,
    kept,
)


async def test_people_see_the_requests_that_concern_them(harness: Harness) -> None:
    """A person's own requests, those that wait for their vote, and all that they may see."""
    request = await asked(harness)

    async def seen(actor: Actor, which: str) -> list[str]:
        outcome = await harness.run(actor, f"requests {which}".rstrip())
        assert isinstance(outcome, RequestsListed), outcome
        return [each.id for each in outcome.requests]

    assert [request.id] == await seen(NEWCOMER, "")
    assert [request.id] == await seen(TECH, "pending")
    assert [request.id] == await seen(NEWCOMER, "all")
    assert [] == await seen(NEWCOMER, "pending")
    assert [] == await seen(BILLING, "all")


async def test_a_request_no_longer_waits_for_a_person_who_voted(
    harness: Harness,
) -> None:
    """It still waits for the others."""
    request = await asked(harness, DELETE, TECH)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    for actor, waiting in ((COLLEAGUE, 0), (ADMIN, 1)):
        outcome = await harness.run(actor, "requests pending")
        assert isinstance(outcome, RequestsListed)
        assert waiting == len(outcome.requests)


async def test_one_request_is_shown_by_its_id(harness: Harness) -> None:
    """To those whom it concerns; to others it is as if there was none"""
    request = await asked(harness)
    shown = await harness.flows.lister.listed((await harness.who(TECH)).person, request.id)
    assert RequestShown(request) == shown
    assert isinstance(await harness.run(TECH, "requests 0123456789abcdefr"), NoSuchRequest)
    billing = (await harness.who(BILLING)).person
    assert NoSuchRequest(request.id) == await harness.flows.lister.listed(billing, request.id)


@pytest.mark.parametrize(
    "text", ["approve {id}", "deny {id} --reason no", "review {id} --comment ok"]
)
async def test_who_decided_still_reads_it_without_the_role(harness: Harness, text: str) -> None:
    """A vote for or against, and a review: they answer for what they decided"""
    emergency = text.startswith("review")
    request = await asked(harness, f"{WISH} --emergency" if emergency else WISH, TECH)
    if emergency:
        await carried_out(harness, request)
    decided = await harness.run(COLLEAGUE, text.format(id=request.id))
    assert isinstance(decided, Voted)
    give_role(harness, COLLEAGUE, Role.REPORTS)
    give_role(harness, NARROW, Role.REPORTS)
    seen = [await harness.who(actor) for actor in (COLLEAGUE, NARROW)]
    shown = [await harness.flows.lister.listed(each.person, request.id) for each in seen]
    assert [RequestShown(await kept(harness, request)), NoSuchRequest(request.id)] == shown


async def test_evidence_has_the_past(harness: Harness) -> None:
    """It has the former requests, the approvals of those, and the approvers of this one."""
    await approved(harness)
    await asked(harness, "request shop-dev other --reason builds")
    found: Request = await asked(harness, "request shop-dev third --reason builds")
    assert (2, 1, 4) == (found.evidence.before, found.evidence.granted, found.evidence.siblings)
    assert "Tech" in found.evidence.approvers
    assert "New" not in found.evidence.approvers
