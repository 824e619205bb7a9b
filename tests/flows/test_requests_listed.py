from bot.domain.outcomes.requests import NoSuchRequest, RequestShown, RequestsListed
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from tests.flows.harness import ADMIN, BILLING, COLLEAGUE, NEWCOMER, TECH, Harness
from tests.flows.requested import (
    DELETE,
    approved,
    asked,
)


async def test_everybody_sees_what_concerns_them(harness: Harness) -> None:
    """One's own, what waits for one's word, and all that one may know of"""
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


async def test_what_somebody_has_said_their_word_on_waits_for_them_no_more(
    harness: Harness,
) -> None:
    """It is still open for the others"""
    request = await asked(harness, DELETE, TECH)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    for actor, waiting in ((COLLEAGUE, 0), (ADMIN, 1)):
        outcome = await harness.run(actor, "requests pending")
        assert isinstance(outcome, RequestsListed)
        assert waiting == len(outcome.requests)


async def test_one_request_is_shown_by_its_id(harness: Harness) -> None:
    """Whoever was told it; another id shows nothing"""
    request = await asked(harness)
    shown = await harness.flows.lister.listed((await harness.who(TECH)).person, request.id)
    assert RequestShown(request) == shown
    assert isinstance(await harness.run(TECH, "requests 0123456789abcdefr"), NoSuchRequest)


async def test_evidence_tells_of_the_past(harness: Harness) -> None:
    """How often they asked before, how often others agreed, and who could now"""
    await approved(harness)
    await asked(harness, "request shop-dev other --reason builds")
    found: Request = await asked(harness, "request shop-dev third --reason builds")
    assert (2, 1, 4) == (found.evidence.before, found.evidence.granted, found.evidence.siblings)
    assert "Tech" in found.evidence.approvers
    assert "New" not in found.evidence.approvers
