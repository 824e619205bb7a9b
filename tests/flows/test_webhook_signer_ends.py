"""Access whose end would move the webhook signer, or stop the last key, waits for a person."""

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.cards.requests import posted
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Audience, Topic
from bot.flows.requests.deadlines import HELD_FOR
from tests.flows.failing_fakes import FailurePoint, failing
from tests.flows.harness import DEV, TECH, Harness, staffed
from tests.flows.requested import WISH, approved, carried_out, collected, enabled, kept, looked
from tests.flows.test_requests_deadlines_ends import crashed

TWO_DAYS: Final = f"{WISH} --expires 2d"


async def signing(harness: Harness, *, alone: bool = False) -> Request:
    """Collect a key that signs webhooks, or is the only enabled one, and let its access end."""
    request = await collected(harness, TWO_DAYS)
    key = await harness.key(DEV, "deploy")
    harness.account.replace_key(DEV.id, replace(key, dedicated_for=("webhooks",)))
    for other in await harness.account.keys(DEV.id):
        if alone and other.api_key != key.api_key:
            harness.account.replace_key(DEV.id, replace(other, enabled=False))
    harness.clock.go_on(days=2)
    await looked(harness)
    return request


def told(harness: Harness) -> list[Audience]:
    """Where it was told that the end waits."""
    return [it.audience for it in harness.requests.notifications if it.topic is Topic.HELD]


@pytest.mark.parametrize("alone", [False, True])
async def test_the_end_waits_and_tells_owner_and_security_once(
    harness: Harness, *, alone: bool
) -> None:
    """However often Keysmith looks again"""
    request = await signing(harness, alone=alone)
    assert await enabled(harness)
    assert {Audience.CARD, Audience.THREAD, Audience.PERSON, Audience.SECURITY} == {*told(harness)}
    once = len(told(harness))
    for _ in range(5):
        harness.clock.at += HELD_FOR
        await looked(harness)
    assert await enabled(harness)
    assert once == len(told(harness))
    waits = await kept(harness, request)
    assert not waits.ended
    text = plain(posted(waits))
    assert "still works" in text
    assert ("last enabled" if alone else "signs webhook notifications") in text
    listed = plain(card_of(await harness.run(request.terms.owner, "requests mine")))
    assert "access ended, the key still works" in listed


async def test_after_the_pin_the_key_is_disabled(harness: Harness) -> None:
    """By the next look, and that is told"""
    request = await signing(harness)
    await harness.run(TECH, "key webhook ci-bot --env shop-dev --confirm ci-bot")
    harness.clock.at += HELD_FOR
    await looked(harness)
    assert not await enabled(harness)
    over = await kept(harness, request)
    assert over.ended
    assert not over.held
    assert Topic.ENDED in {it.topic for it in harness.requests.notifications}


async def test_between_two_looks_nothing_is_due(harness: Harness) -> None:
    """A wait costs Cloudinary no call"""
    await signing(harness)
    before = harness.account.calls["keys"]
    await looked(harness)
    assert before == harness.account.calls["keys"]


async def test_a_renewal_of_held_access_goes_on(harness: Harness) -> None:
    """And its next end is told again"""
    request = await signing(harness)
    renewal = await approved(harness, f"renew {request.id} --reason more --expires 1d")
    await carried_out(harness, renewal)
    longer = await kept(harness, request)
    assert not longer.held
    assert await enabled(harness)
    once = len(told(harness))
    harness.clock.go_on(days=1)
    await looked(harness)
    assert await enabled(harness)
    assert 2 * once == len(told(harness))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_process_that_dies_while_an_end_waits_tells_it_once(*, after: bool) -> None:
    """At each call in turn; the key stays enabled"""
    at, died = 0, True
    while died:
        at += 1
        failure_point = FailurePoint()
        harness = failing(failure_point)
        await collected(harness, TWO_DAYS)
        key = await harness.key(DEV, "deploy")
        harness.account.replace_key(DEV.id, replace(key, dedicated_for=("webhooks",)))
        harness.clock.go_on(days=2)
        failure_point.arm(at, after=after)
        died = await crashed(harness)
        failure_point.arm(0)
        await looked(harness)
        assert await enabled(harness), at
        assert 1 == told(harness).count(Audience.SECURITY), at
    assert at > 3


@pytest.mark.parametrize("first", ["pin", "end"])
async def test_a_pin_and_an_end_at_once_never_move_the_signer_unasked(first: str) -> None:
    """In any order: the key is disabled only once another one is pinned"""
    for lag in range(20):
        harness = staffed()
        await collected(harness, TWO_DAYS)
        key = await harness.key(DEV, "deploy")
        harness.account.replace_key(DEV.id, replace(key, dedicated_for=("webhooks",)))
        harness.clock.go_on(days=2)
        pin = harness.run(TECH, "key webhook ci-bot --env shop-dev --confirm ci-bot")
        acts = [pin, harness.flows.deadline_keeper.look()]
        one, other = acts if first == "pin" else acts[::-1]
        begun = asyncio.ensure_future(one)
        for _ in range(lag):
            await asyncio.sleep(0)
        await asyncio.gather(begun, other)
        assert (await harness.key(DEV, "ci-bot")).pinned, lag
        harness.clock.at += HELD_FOR
        await looked(harness)
        assert not await enabled(harness), lag
