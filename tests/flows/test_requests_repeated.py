"""The same command again, while its request waits: it shows that request."""

import asyncio

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.outcomes.requests import AlreadyRequested, Requested
from bot.domain.people import Actor, Role
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, NEWCOMER, PROD, TEAM, TECH, Harness
from tests.flows.requested import (
    DELETE,
    WAKE_UP,
    approved,
    asked,
    carried_out,
    collected,
    with_sleeper,
)

UNNAMED = "request shop-dev --reason builds"
OTHER = Actor(TEAM, "U0OTHER")


async def again(harness: Harness, text: str, by: Actor) -> AlreadyRequested:
    """Ask for what is asked already."""
    outcome = await harness.run(by, text)
    assert isinstance(outcome, AlreadyRequested), outcome
    return outcome


@pytest.mark.parametrize(
    ("first", "second", "by"),
    [
        (UNNAMED, UNNAMED, NEWCOMER),
        (UNNAMED, 'request "Shop dev" --reason builds', NEWCOMER),
        ("request shop-dev deploy --reason a", "request shop-dev deploy --reason a", NEWCOMER),
        (DELETE, DELETE, TECH),
        (DELETE, "key delete shop-web", TECH),
        (WAKE_UP, 'key enable sleeper --env "Shop"', TECH),
        ("key create new --env shop", "key create new --env Shop", TECH),
        ("key rename shop-web web --env shop", "key rename shop-web web --env shop", TECH),
        ("env tier shop-dev staging", 'env tier "Shop dev" staging', ADMIN),
    ],
)
async def test_a_repeated_command_shows_the_open_request(
    harness: Harness, first: str, second: str, by: Actor
) -> None:
    """However the target is spelled; it opens no second one"""
    with_sleeper(harness)
    request = await asked(harness, first, by)
    found = await again(harness, second, by)
    assert request == found.request
    assert [request] == await harness.requests.pending(9)
    assert "You already have this request open." in plain(card_of(found))


@pytest.mark.parametrize(
    "options", ["--reason builds", "--reason other", "--reason builds --expires 3d"]
)
async def test_it_can_be_cancelled_and_asked_again(harness: Harness, options: str) -> None:
    """The card has both steps as buttons"""
    request = await asked(harness, UNNAMED)
    text = f"request shop-dev {options}"
    found = await again(harness, text, NEWCOMER)
    cancel, once_more, _ = card_of(found).buttons
    assert (request.id, "Request again") == (cancel.request_id, str(once_more.label))
    await again(harness, once_more.command, NEWCOMER)
    await harness.run(NEWCOMER, f"cancel {request.id}")
    assert isinstance(await harness.run(NEWCOMER, once_more.command), Requested)


@pytest.mark.parametrize(
    ("first", "second", "by"),
    [
        (UNNAMED, "request shop-stag --reason builds", NEWCOMER),
        (UNNAMED, "request shop-dev deploy --reason builds", NEWCOMER),
        (UNNAMED, f"request shop-dev --reason builds --for @{TECH.user_id}", NEWCOMER),
        (DELETE, "key rename shop-web web --env shop", TECH),
        ("key rename shop-web web --env shop", "key rename shop-web www --env shop", TECH),
        (WAKE_UP, "key enable sleeper --env shop --reason leak --emergency", TECH),
        ("env tier shop-dev staging", "env tier shop-dev production", ADMIN),
    ],
)
async def test_another_target_is_another_request(
    harness: Harness, first: str, second: str, by: Actor
) -> None:
    """Another environment, key, name, person or action; an emergency waits for none"""
    with_sleeper(harness)
    await asked(harness, first, by)
    assert isinstance(await harness.run(by, second), Requested)


async def test_a_restore_is_not_the_enabling_of_the_same_key(harness: Harness) -> None:
    """Both have one action; a restore brings back the state before, which may be disabled"""
    await harness.run(TECH, "key disable shop-web --env shop")
    deletion = await approved(harness, DELETE, TECH, to=CHIEF)
    await harness.run(COLLEAGUE, f"approve {deletion.id}")
    harness.clock.go_on(minutes=1)
    await carried_out(harness, deletion)
    harness.clock.go_on(minutes=1)
    restore, enable = (f"key {verb} shop-web --env shop" for verb in ("restore", "enable"))
    for command in (restore, enable):
        request = await asked(harness, command, TECH)
        assert request == (await again(harness, command, TECH)).request


async def test_each_person_has_a_request_of_their_own(harness: Harness) -> None:
    """A colleague's open request is not theirs"""
    harness.add_member(OTHER, Role.REPORTS)
    await asked(harness, UNNAMED)
    assert isinstance(await harness.run(OTHER, UNNAMED), Requested)


async def test_two_at_once_open_one_request(harness: Harness) -> None:
    """The other one is shown it"""
    both = await asyncio.gather(*(harness.run(NEWCOMER, UNNAMED) for _ in range(2)))
    assert {AlreadyRequested, Requested} == {type(each) for each in both}
    assert 1 == len(await harness.requests.pending(9))


async def test_a_request_that_is_over_is_asked_again(harness: Harness) -> None:
    """Denied, cancelled, or past its time although nothing has expired it yet"""
    for end in ("deny {} --reason no", "cancel {}"):
        request = await asked(harness, UNNAMED)
        await harness.run(TECH if "deny" in end else NEWCOMER, end.format(request.id))
    request = await asked(harness, UNNAMED)
    harness.clock.go_on(hours=9)
    assert isinstance(await harness.run(NEWCOMER, UNNAMED), Requested)


async def test_a_renewal_is_asked_once(harness: Harness) -> None:
    """Of one key; another request for the environment stays possible"""
    held = await collected(harness, f"{UNNAMED} --expires 7d")
    renew = f"renew {held.id} --reason builds"
    request = await asked(harness, renew)
    assert request == (await again(harness, renew, NEWCOMER)).request
    assert isinstance(await harness.run(NEWCOMER, UNNAMED), Requested)
    assert PROD.id not in {each.terms.environment_id for each in await harness.requests.pending(9)}
