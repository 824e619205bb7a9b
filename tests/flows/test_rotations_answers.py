"""What a person reads of a rotation: where it is, what they did, and what they can do next."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.cards.kit import Card, plain
from bot.cards.outcomes import card_of
from bot.domain.outcomes.keys import KeyShown
from bot.domain.outcomes.requests import NoSuchRequest, Requested, RequestShown
from bot.domain.outcomes.rotations import OutOfTurn, RotationsListed
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Audience, Topic
from bot.domain.rotation import Phase
from tests.flows.harness import BILLING, COLLEAGUE, TECH, Harness
from tests.flows.requested import approved, asked, carried_out, kept, looked
from tests.flows.rotated import (
    IN_PRODUCTION,
    NAME,
    ROTATE,
    opened_by_owner,
    overlapping,
    press,
    rotated,
    soaking,
    steered,
)


def pressable(card: Card) -> list[str]:
    """What the buttons of a card do."""
    return [each.command for each in card.buttons]


async def test_the_answer_to_a_rotation_has_a_collect_button(harness: Harness) -> None:
    """While the successor is created, and once it is there; not for another person's"""
    outcome = await harness.run(TECH, ROTATE)
    assert isinstance(outcome, Requested)
    assert ["claim"] == pressable(card_of(outcome))
    assert "The new key for ci-bot in Shop dev is being created" in plain(card_of(outcome))
    await carried_out(harness, outcome.request)
    there = card_of(Requested(await kept(harness, outcome.request)))
    assert ["claim"] == pressable(there)
    assert "Press Collect" in plain(there)
    assert "is created (disabled until collected)" in plain(there)


async def test_the_answer_to_a_rotation_for_another_person_has_none(harness: Harness) -> None:
    """It says who collects"""
    granted = await approved(harness, 'request shop-dev deploy --reason "x"', BILLING)
    await carried_out(harness, granted)
    await opened_by_owner(harness, await kept(harness, granted))
    outcome = await harness.run(TECH, "key rotate deploy --env shop-dev")
    assert isinstance(outcome, Requested)
    assert [] == pressable(card_of(outcome))
    assert "gets a message and collects" in plain(card_of(outcome))


async def test_an_approved_rotation_is_answered_as_it_is_then(harness: Harness) -> None:
    """With its button, by whose approval, and no more as one that waits"""
    request = await approved(harness, IN_PRODUCTION, TECH, to=COLLEAGUE)
    await carried_out(harness, request)
    card = card_of(Requested(await kept(harness, request)))
    assert ["claim"] == pressable(card)
    assert "Approved by Colleague" in plain(card)
    assert "needs approval" not in plain(card)


async def test_a_step_out_of_turn_says_where_the_rotation_is(harness: Harness) -> None:
    """What it waits for, and which steps it has now; the same for one that ended"""
    request = await opened_by_owner(harness, await rotated(harness))
    early = await press(harness, request, "deployed")
    assert isinstance(early, OutOfTurn)
    said = plain(card_of(early))
    assert "does not have the step “Deployed” now" in said
    assert "Keysmith tests the new key" in said
    assert f"Possible now: /cld rotation {request.short_id} abort" in said
    assert "abort" in pressable(card_of(early))
    await looked(harness)
    await press(harness, request, f"abort --confirm {NAME}")
    over = card_of(await press(harness, request, "deployed"))
    assert "No step of it is possible now." in plain(over)
    assert "The rotation ended" in plain(over)


@pytest.mark.parametrize("place", [overlapping, soaking])
async def test_a_deletion_before_its_time_says_what_comes_first(
    harness: Harness, place: Callable[[Harness], Awaitable[Request]]
) -> None:
    """And nothing of approvals, also to the person who asked"""
    request = await place(harness)
    outcome = await press(harness, request, "delete", TECH)
    assert isinstance(outcome, OutOfTurn)
    said = plain(card_of(outcome))
    assert "The old key can be deleted once it was disabled for 14 days." in said
    assert f"/cld rotation {request.short_id} " in said


async def test_a_step_before_the_approval_says_what_it_waits_for(harness: Harness) -> None:
    """And offers its decision"""
    request = await asked(harness, IN_PRODUCTION, TECH)
    outcome = await press(harness, request, "deployed")
    assert isinstance(outcome, OutOfTurn)
    assert "Waiting for approval." in plain(card_of(outcome))
    assert "approve" in pressable(card_of(outcome))


@pytest.mark.parametrize("by", [TECH, BILLING])
async def test_rotations_alone_lists_those_that_run(harness: Harness, by: object) -> None:
    """For who began one and for the owner: phase, end, and the next steps"""
    granted = await approved(harness, 'request shop-dev deploy --reason "x"', BILLING)
    await carried_out(harness, granted)
    await opened_by_owner(harness, await kept(harness, granted))
    request = await overlapping(harness, "key rotate deploy --env shop-dev")
    outcome = await harness.run(TECH if by is TECH else BILLING, "rotation")
    assert isinstance(outcome, RotationsListed)
    assert [request.id] == [each.id for each in outcome.requests]
    said = plain(card_of(outcome))
    assert "both keys work" in said
    assert "The old key is disabled 2 March" in said
    assert f"/cld rotation {request.short_id} deployed" in said
    assert {"deployed", "extend", "abort"} <= set(pressable(card_of(outcome)))
    assert RotationsListed(()) == await harness.run(COLLEAGUE, "rotation")


async def test_several_rotations_each_have_their_next_step(harness: Harness) -> None:
    """Named by their key; one that waits says until when, and none that ended is there"""
    await overlapping(harness)
    other = await rotated(harness, "key rotate uploader --env shop-dev")
    await asked(harness, IN_PRODUCTION, TECH)
    outcome = await harness.run(TECH, "rotation")
    assert isinstance(outcome, RotationsListed)
    card = card_of(outcome)
    assert 3 == len(outcome.requests)
    assert {"deployed", "claim"} <= set(pressable(card))
    assert "abort" not in pressable(card)
    assert "It expires" in plain(card)
    await press(harness, other, "abort")
    await looked(harness)
    left = await harness.run(TECH, "rotation")
    assert isinstance(left, RotationsListed)
    assert other.id not in {each.id for each in left.requests}


async def test_without_a_rotation_a_person_reads_so(harness: Harness) -> None:
    """And how to begin one"""
    said = plain(card_of(await harness.run(TECH, "rotation")))
    assert "No rotation of yours is running." in said
    assert "/cld key rotate" in said


async def test_a_rotation_without_a_step_is_shown(harness: Harness) -> None:
    """To those who may see it, with its buttons; no other request is one"""
    request = await overlapping(harness)
    shown = await harness.run(TECH, f"rotation {request.id}")
    assert isinstance(shown, RequestShown)
    assert "deployed" in pressable(card_of(shown))
    assert isinstance(await harness.run(BILLING, f"rotation {request.id}"), NoSuchRequest)
    other = await asked(harness)
    assert isinstance(await harness.run(TECH, f"rotation {other.id}"), NoSuchRequest)


async def test_each_step_is_answered_with_what_the_person_did(harness: Harness) -> None:
    """In the first line; where that led to follows"""
    request = await overlapping(harness)
    more = plain(card_of(await press(harness, request, "extend --grace 2d")))
    assert more.startswith("You gave the rotation of ci-bot in Shop dev more time.")
    assert "The old key is disabled 3 March" in more
    await steered(harness, request, "deployed", Phase.SOAKING)
    back = plain(card_of(await press(harness, request, "rollback")))
    assert back.startswith("You rolled back the rotation of ci-bot in Shop dev.")
    assert "Both keys work" in back
    off = plain(card_of(await press(harness, request, f"abort --confirm {NAME}")))
    assert off.startswith("You aborted the rotation of ci-bot in Shop dev.")


async def test_more_time_sends_no_message_for_each_press(harness: Harness) -> None:
    """The card and its thread have it; the reminders of the new end follow"""
    request = await overlapping(harness)

    def messages() -> int:
        sent = [it for it in harness.requests.notifications if it.topic is Topic.ROTATION]
        return sum(it.audience is Audience.PERSON for it in sent)

    before, drawn = messages(), len(harness.requests.notifications)
    for _ in range(3):
        await steered(harness, request, "extend --grace 2d", Phase.OVERLAP)
    assert before == messages()
    assert drawn + 6 == len(harness.requests.notifications)
    harness.clock.at += timedelta(days=1)
    await looked(harness)
    assert before + 1 == messages()


async def test_a_key_says_that_it_is_being_rotated(harness: Harness) -> None:
    """The old one and the new one: how far, and where the next step is"""
    request = await overlapping(harness)
    for name in (NAME, request.made):
        shown = await harness.run(TECH, f"key show {name} --env shop-dev")
        assert isinstance(shown, KeyShown)
        said = plain(card_of(shown))
        assert "Its rotation is running: both keys work." in said
        assert f"/cld rotation {request.short_id}" in said
    other = await harness.run(TECH, "key show uploader --env shop-dev")
    assert "rotation" not in plain(card_of(other))


async def test_a_deletion_says_that_the_key_is_being_rotated(harness: Harness) -> None:
    """To who asks and to who approves; other requests do not say so"""
    request = await overlapping(harness)
    outcome = await harness.run(TECH, f"key delete {NAME} --env shop-dev --reason old")
    assert isinstance(outcome, Requested)
    shown = RequestShown(await kept(harness, outcome.request))
    for card in (card_of(outcome), card_of(shown)):
        assert "A rotation of the key is running: both keys work." in plain(card)
        assert f"/cld rotation {request.short_id}" in plain(card)
    dark = await harness.run(TECH, f"key brownout {NAME} --for 10m --env shop-dev")
    assert "A rotation of the key" not in plain(card_of(dark))
