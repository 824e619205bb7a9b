"""T5 to T8: what an approval is still worth, and what a card may say of it."""

import inspect
from dataclasses import replace
from typing import Any

import pytest

from bot.cards.requests import posted
from bot.domain.decided import MayNotDecide, Voided
from bot.domain.requests import Request
from bot.domain.sayings import Topic, in_thread, redraw
from tests.flows.office import (
    BILLING,
    COLLEAGUE,
    TECH,
    Office,
)
from tests.flows.requested import (
    WISH,
    WISH_IN_PRODUCTION,
    agreed,
    asked,
    carried_out,
    kept,
)
from tests.traps.hearing import APPROVALS, FakeVoice, outbox

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
async def test_t05_no_term_changes_after_the_approval(field: str, office: Office) -> None:
    """Guard: a word carries the fingerprint of the terms; on others it counts for nothing."""
    request = await agreed(office, f"{WISH} --expires 7d")
    terms = replace(request.terms, **{field: CHANGES[field]})
    assert request.terms.fingerprint != terms.fingerprint
    tampered = replace(request, terms=terms, version=request.version + 1)
    entry = office.errands.entries[-1]
    assert await office.requests.replace(request, tampered, entry)
    assert () == tampered.agreeing
    assert isinstance(await carried_out(office, tampered), Voided)
    assert office.account.calls["create_key"] == 0


@pytest.mark.parametrize("moment", ["click", "execution"])
async def test_t06_an_approval_is_worth_nothing_once_the_world_has_moved(
    moment: str, office: Office
) -> None:
    """Guard: target and people are read again at the click, and again at the execution."""
    key = office.account.add_key("e-prod", "sleeper", enabled=False)
    wish = await asked(office, "key enable sleeper --env shop", TECH)
    if moment == "execution":
        await office.says(COLLEAGUE, f"approve {wish.id}")
    office.account.replace_key("e-prod", replace(key, name="another"))
    if moment == "click":
        assert isinstance(await office.says(COLLEAGUE, f"approve {wish.id}"), Voided)
    else:
        assert isinstance(await carried_out(office, wish), Voided)
    assert office.account.calls["set_enabled"] == 0


async def test_t07_being_in_the_channel_gives_no_authority(office: Office) -> None:
    """Guard: the policy's approvers decide who may; the request stays pending."""
    request = await asked(office, WISH_IN_PRODUCTION)
    for member in (BILLING, TECH, COLLEAGUE):
        told = await office.says(member, f"approve {request.id}")
        assert isinstance(told, MayNotDecide)
    assert request == await kept(office, request)


async def test_t08_a_card_shows_what_is_kept_and_not_what_was_pressed(office: Office) -> None:
    """Guard: the outbox draws from the stored request; a saying names a topic and no state."""
    request = await asked(office)
    voice = FakeVoice()
    says = outbox(office, voice)
    await says("1-0", redraw(request.id, Topic.ASKED), again=False)
    await says("2-0", redraw(request.id, Topic.APPROVED), again=False)  # as a wrong press would
    assert "Waiting for approval" in voice.texts(APPROVALS)[0]
    await office.says(TECH, f"approve {request.id}")
    await says("3-0", redraw(request.id, Topic.AGREED), again=False)
    assert "Approved, about to be carried out" in voice.texts(APPROVALS)[0]
    parameters = inspect.signature(posted).parameters
    assert [Request] == [each.annotation for each in parameters.values()]


@pytest.mark.parametrize("refusal", ["thread_not_found", "cannot_reply_to_message"])
async def test_nobody_waits_to_reply_under_a_card_that_was_deleted(
    refusal: str, office: Office
) -> None:
    """One try, and the place in the outbox is free for others"""
    request = await asked(office)
    voice = FakeVoice(refusal=refusal)
    says = outbox(office, voice)
    await says("1-0", redraw(request.id, Topic.ASKED), again=False)
    await says("2-0", in_thread(request.id, Topic.REMINDER), again=False)
    assert 1 == voice.tries
