"""T5 to T8: what an approval still counts for, and what a card shows of it."""

import inspect
from dataclasses import replace
from typing import Any

import pytest

from bot.cards.requests import posted
from bot.domain.outcomes.decisions import MayNotDecide, Voided
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic, in_thread, redraw
from tests.flows.harness import BILLING, COLLEAGUE, TECH, Harness
from tests.flows.requested import (
    WISH,
    WISH_IN_PRODUCTION,
    approved,
    asked,
    carried_out,
    kept,
)
from tests.traps.recorded_messages import APPROVALS, FakeMessenger, outbox

CHANGES: dict[str, Any] = {
    "command": 'request shop-dev other --reason "builds of the shop"',
    "environment_id": "e-stag",
    "environment_name": "Elsewhere",
    "cloud_name": "elsewhere",
    "tier": "production",
    "key": "700000000000001",
    "name": "other",
    "owner": BILLING,
    "requester": BILLING,
    "reason": "another",
    "lasts": None,
}
"""Another value for every field of the terms, but for the action."""


@pytest.mark.parametrize("field", CHANGES)
async def test_t05_no_term_changes_after_the_approval(field: str, harness: Harness) -> None:
    """Guard: a vote has the fingerprint of the terms; on other terms it does not count."""
    request = await approved(harness, f"{WISH} --expires 7d")
    terms = replace(request.terms, **{field: CHANGES[field]})
    assert request.terms.fingerprint != terms.fingerprint
    tampered = replace(request, terms=terms, version=request.version + 1)
    entry = harness.jobs.entries[-1]
    assert await harness.requests.replace(request, tampered, entry)
    assert () == tampered.approving
    assert isinstance(await carried_out(harness, tampered), Voided)
    assert harness.account.calls["create_key"] == 0


@pytest.mark.parametrize("moment", ["click", "execution"])
async def test_t06_an_approval_does_not_count_after_the_facts_changed(
    moment: str, harness: Harness
) -> None:
    """Guard: target and people are read again at the vote, and again at the execution."""
    key = harness.account.add_key("e-prod", "sleeper", enabled=False)
    wish = await asked(harness, "key enable sleeper --env shop", TECH)
    if moment == "execution":
        await harness.run(COLLEAGUE, f"approve {wish.id}")
    harness.account.replace_key("e-prod", replace(key, name="another"))
    if moment == "click":
        assert isinstance(await harness.run(COLLEAGUE, f"approve {wish.id}"), Voided)
    else:
        assert isinstance(await carried_out(harness, wish), Voided)
    assert harness.account.calls["set_enabled"] == 0


async def test_t07_being_in_the_channel_gives_no_authority(harness: Harness) -> None:
    """Guard: only the policy's approvers may vote; the request stays pending."""
    request = await asked(harness, WISH_IN_PRODUCTION)
    for member in (BILLING, TECH, COLLEAGUE):
        told = await harness.run(member, f"approve {request.id}")
        assert isinstance(told, MayNotDecide)
    assert request == await kept(harness, request)


async def test_t08_a_card_shows_what_is_stored_and_not_what_was_pressed(harness: Harness) -> None:
    """Guard: the outbox draws from the stored request; notifications name a topic, no state."""
    request = await asked(harness)
    messenger = FakeMessenger()
    deliver = outbox(harness, messenger)
    await deliver("1-0", redraw(request.id, Topic.ASKED), again=False)
    await deliver("2-0", redraw(request.id, Topic.APPROVED), again=False)  # as a wrong press would
    assert "Needs " in messenger.texts(APPROVALS)[0]
    await harness.run(TECH, f"approve {request.id}")
    await deliver("3-0", redraw(request.id, Topic.VOTED_FOR), again=False)
    assert "Starts in a moment" in messenger.texts(APPROVALS)[0]
    parameters = inspect.signature(posted).parameters
    assert [Request] == [each.annotation for each in parameters.values()]


@pytest.mark.parametrize("refusal", ["thread_not_found", "cannot_reply_to_message"])
async def test_a_reply_under_a_deleted_card_is_not_repeated(refusal: str, harness: Harness) -> None:
    """One attempt, and the outbox goes on with the others."""
    request = await asked(harness)
    messenger = FakeMessenger(refusal=refusal)
    deliver = outbox(harness, messenger)
    await deliver("1-0", redraw(request.id, Topic.ASKED), again=False)
    await deliver("2-0", in_thread(request.id, Topic.REMINDER), again=False)
    assert 1 == messenger.tries
