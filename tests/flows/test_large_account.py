"""What commands read in a large account: only where the person looks, and a few things at once."""

import asyncio

import pytest

from bot.domain.environments import Environment
from bot.domain.outcomes.keys import KeysListed
from bot.domain.outcomes.users import UserShown, UsersListed
from bot.errors import Unavailable
from bot.flows import reads
from bot.flows.brief import BriefAccount
from tests.flows.harness import ADMIN, CREATE, DEV, NARROW, TECH, Harness

MANY = 60


@pytest.fixture
def crowded(harness: Harness) -> Harness:
    """Sixty more environments, each with a key."""
    for number in range(MANY):
        place = Environment(f"e-{number}", f"Brand {number} dev", f"brand-{number}-dev")
        harness.account.add_environment(place)
        harness.account.add_key(place.id, f"web-{number}")
    return harness


@pytest.mark.parametrize("text", ["key list", "key show ci-bot", "key list --stale 1d"])
async def test_a_command_reads_only_where_the_person_may_look(text: str, crowded: Harness) -> None:
    """However many environments there are"""
    await crowded.run(NARROW, text)
    assert crowded.account.calls["keys"] <= 1 + ("show" in text)
    assert 1 == crowded.account.calls["environments"]


async def test_own_keys_are_read_where_they_are(crowded: Harness) -> None:
    """One environment, for a person who reaches all of them"""
    await crowded.run(TECH, CREATE)
    crowded.account.calls.clear()
    listed = await crowded.run(TECH, "key list --mine")
    assert isinstance(listed, KeysListed)
    assert ["new"] == [here.key.name for here in listed.keys]
    assert 1 == crowded.account.calls["keys"]


async def test_a_list_reads_a_few_environments_at_once() -> None:
    """And in their order"""
    running, most = 0, 0

    async def read(number: int) -> int:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        await asyncio.sleep(0)
        running -= 1
        return number

    assert [*range(MANY)] == await reads.each(read, range(MANY))
    assert reads.AT_ONCE == most


async def test_a_list_that_fails_reads_no_further() -> None:
    """The account is left alone"""
    asked = []

    async def read(number: int) -> None:
        asked.append(number)
        await asyncio.sleep(0)
        raise Unavailable("down", maybe_done=False)

    with pytest.raises(Unavailable):
        await reads.each(read, range(MANY))
    assert len(asked) <= 2 * reads.AT_ONCE


async def test_menus_keep_many_environments_longer(crowded: Harness) -> None:
    """A call a second at most, however much people type"""
    brief = BriefAccount(crowded.account, crowded.clock)
    ids = [place.id for place in await brief.environments()]
    for _ in range(4):
        await asyncio.gather(*map(brief.keys, ids))
        crowded.clock.go_on(seconds=len(ids) // 2)
    assert 2 * len(ids) == crowded.account.calls["keys"]


async def test_a_menu_offers_earlier_keys_where_the_account_fails(crowded: Harness) -> None:
    """For ten minutes"""
    brief = BriefAccount(crowded.account, crowded.clock)
    before = await brief.keys_soon([DEV.id], 1)
    crowded.account.fail_next("keys", Unavailable("down", maybe_done=False), times=2)
    crowded.clock.go_on(seconds=300)
    assert before == await brief.keys_soon([DEV.id], 1)
    crowded.clock.go_on(seconds=400)
    assert {DEV.id: None} == await brief.keys_soon([DEV.id], 1)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("user list", 1),
        ("user list --role reports", 1),
        ("user list --env shop-dev", 1),
        ("user list --inactive 90d", 1),
        (f"user show @{TECH.user_id}", 0),
    ],
)
async def test_a_list_of_users_reads_them_once(text: str, most: int, harness: Harness) -> None:
    """Thousands of users are dozens of calls; one of them is a single call"""
    assert isinstance(await harness.run(ADMIN, text), UsersListed | UserShown)
    assert most == harness.account.calls["all_users"]
