"""`key show` and `key list` by what Keysmith keeps: owner, end, whether it was collected."""

from datetime import timedelta

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.environments import Environment
from bot.domain.key_records import first_seen
from bot.domain.keys import Located
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.keys import KeyShown, KeysListed
from bot.domain.people import Actor, Profile, Role
from tests.flows.harness import (
    ADMIN,
    BILLING,
    COLLEAGUE,
    CREATE,
    NARROW,
    TEAM,
    TECH,
    Harness,
    staffed,
)
from tests.flows.test_keys_owned_and_dated import collected, created

LEAVER = Actor(TEAM, "U0LEAVER")


@pytest.fixture
def harness() -> Harness:
    """Environments, keys and people, one of whom leaves."""
    harness = staffed()
    harness.add_member(LEAVER, Role.TECHNICAL_ADMIN)
    return harness


async def listed(harness: Harness, options: str, by: Actor = TECH) -> list[str]:
    """Names of the keys of a list."""
    outcome = await harness.run(by, f"key list {options}")
    assert isinstance(outcome, KeysListed), outcome
    return [here.key.label for here in outcome.keys]


async def give(harness: Harness, name: str, to: Actor) -> None:
    """Make a person the owner of a key in DEV."""
    await harness.run(ADMIN, f"key owner {name} @{to.user_id} --env shop-dev")


async def test_a_card_says_whose_the_key_is_and_what_happened_to_it(harness: Harness) -> None:
    """Purpose, end, request, and the last changes"""
    text = f'{CREATE} --expires 30d --reason "nightly uploads"'
    request = await collected(harness, await created(harness, text))
    await harness.run(TECH, "key disable new --env shop-dev --confirm new")
    shown = await harness.run(ADMIN, "key show new --env shop-dev")
    assert isinstance(shown, KeyShown)
    drawn = plain(card_of(shown))
    for said in (
        f"Owner: @{TECH.user_id}",
        "Purpose: nightly uploads",
        "Ends 31 March 2026",
        f"/cld requests {request.id}",
        f"disabled by @{TECH.user_id}",
        f"collected by @{TECH.user_id}",
        f"created by @{TECH.user_id}",
    ):
        assert said in drawn, drawn
    assert "Not collected" not in drawn


async def test_a_card_of_a_key_of_before_says_what_is_known(harness: Harness) -> None:
    """Nothing is kept of it"""
    shown = await harness.run(TECH, "key show ci-bot")
    assert isinstance(shown, KeyShown)
    assert shown.record is None
    assert "Last changes" not in plain(card_of(shown))
    await harness.run(TECH, "key note ci-bot builds")
    shown = await harness.run(TECH, "key show ci-bot")
    assert "Purpose: builds" in plain(card_of(shown))


async def test_a_list_of_what_ends_soon_is_in_that_order(harness: Harness) -> None:
    """With the date and the owner of each"""
    for name, days in (("late", 20), ("soon", 3), ("next", 10)):
        text = f"key create {name} --env shop-dev --expires {days}d"
        await collected(harness, await created(harness, text))
    assert ["soon", "next"] == await listed(harness, "--expiring 14d")
    assert ["soon", "next", "late"] == await listed(harness, "--expiring 20d")
    outcome = await harness.run(TECH, "key list --expiring 14d")
    assert isinstance(outcome, KeysListed)
    assert [TECH, TECH] == [here.owner for here in outcome.keys]
    assert harness.clock.now() + timedelta(days=3) == outcome.keys[0].ends_at


async def test_a_key_without_an_owner_who_is_here_is_an_orphan(harness: Harness) -> None:
    """Never had one, left Slack, left Cloudinary; a root key is none"""
    await give(harness, "ci-bot", BILLING)
    await give(harness, "uploader", LEAVER)
    assert ["shared"] == await listed(harness, "--orphaned --env shop-dev")
    harness.directory.add(Profile(LEAVER.user_id, TEAM, "L", "leaver@lumen.example", deleted=True))
    harness.rebuild()
    assert ["shared", "uploader"] == sorted(await listed(harness, "--orphaned --env shop-dev"))


async def test_an_owner_whose_cloudinary_user_is_gone_has_left(harness: Harness) -> None:
    """They were known there; who never was a user of it is here"""
    await harness.run(LEAVER, "whoami")
    await give(harness, "uploader", LEAVER)
    await harness.account.set_user_enabled(f"u-{LEAVER.user_id}", enabled=False)
    assert "uploader" in await listed(harness, "--orphaned --env shop-dev")


async def test_a_key_that_no_one_collected_is_listed(harness: Harness) -> None:
    """Until its owner does; a key of before counts as collected"""
    request = await created(harness, f"{CREATE} --owner @{COLLEAGUE.user_id}")
    assert ["new"] == await listed(harness, "--unclaimed")
    await collected(harness, request)
    assert [] == await listed(harness, "--unclaimed")


async def test_filters_add_up(harness: Harness) -> None:
    """And show nothing that the person may not see"""
    await created(harness, f"{CREATE} --owner @{COLLEAGUE.user_id} --expires 2d")
    assert ["new"] == await listed(harness, "--unclaimed --expiring 3d --mine", COLLEAGUE)
    assert [] == await listed(harness, "--unclaimed --expiring 3d --mine", TECH)
    assert [] == await listed(harness, "--unclaimed --orphaned")
    assert isinstance(await harness.run(BILLING, "key list --orphaned"), Denied)
    assert ["ci-bot", "shared", "uploader"] == sorted(await listed(harness, "--orphaned", NARROW))


async def test_a_large_list_costs_one_reading_of_each_environment(harness: Harness) -> None:
    """However many keys and owners there are: the users are one list more"""
    for number in range(20):
        place = Environment(f"e{number}", f"Place {number} dev", f"place-{number}")
        harness.account.add_environment(place)
        for key in range(10):
            made = harness.account.add_key(place.id, f"key-{number}-{key}")
            record = first_seen(Located(made, place), harness.clock.now())
            harness.records.kept[made.api_key] = record
    places = len(await harness.account.environments())
    for number in range(5):
        await harness.run(ADMIN, f"key owner key-{number}-1 @{LEAVER.user_id}")
    for options, users in (("--orphaned", 1), ("--expiring 14d", 0), ("--unclaimed", 0)):
        harness.account.calls.clear()
        await listed(harness, options)
        assert places == harness.account.calls["keys"]
        assert users == harness.account.calls["all_users"]
