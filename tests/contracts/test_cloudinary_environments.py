"""Changes of environments: the fake and the client of the sandbox keep the same contract."""

from collections.abc import AsyncIterator

import pytest

from bot.errors import Conflict, NotFound, Unavailable
from tests.contracts.cloudinary_twin import Twin, twin
from tests.contracts.test_cloudinary_client import PRODUCTION, STAGING, Either, fake


@pytest.fixture(params=["fake", "client"])
async def account(request: pytest.FixtureRequest) -> AsyncIterator[Either]:
    """An account with the Permissions API."""
    if request.param == "fake":
        yield fake()
        return
    async with twin(permissions=True) as running:
        yield running.client


async def test_a_new_environment_is_listed_with_its_root_key(account: Either) -> None:
    """And the account key has no role in it, as it has in the others"""
    made = await account.create_environment("Shop preview", "shop-preview", STAGING.id)

    assert ("Shop preview", "shop-preview", True) == (made.name, made.cloud_name, made.enabled)
    assert made in await account.environments()
    assert [True] == [key.root for key in await account.keys(made.id)]
    own = await account.own_environments()
    assert (True, False) == (PRODUCTION.id in own, made.id in own)


@pytest.mark.parametrize("cloud_name", [STAGING.cloud_name, STAGING.cloud_name.upper(), "demo"])
async def test_a_taken_cloud_name_is_a_conflict(account: Either, cloud_name: str) -> None:
    """In this account, whatever the case, or in another one"""
    before = await account.environments()
    with pytest.raises(Conflict):
        await account.create_environment("Another", cloud_name, "")
    assert before == await account.environments()


async def test_a_new_name_leaves_the_rest(account: Either) -> None:
    """Twice changes nothing more"""
    for _ in range(2):
        renamed = await account.rename_environment(STAGING.id, "Shop test")
    assert ("Shop test", STAGING.cloud_name, True) == (
        renamed.name,
        renamed.cloud_name,
        renamed.enabled,
    )
    assert renamed in await account.environments()


@pytest.mark.parametrize("enabled", [False, True])
async def test_disabling_and_enabling_may_be_repeated(account: Either, *, enabled: bool) -> None:
    """The keys stay as they are"""
    keys = await account.keys(STAGING.id)
    for each in (not enabled, enabled, enabled):
        changed = await account.switch_environment(STAGING.id, enabled=each)
    assert enabled is changed.enabled
    assert STAGING.name == changed.name
    assert keys == await account.keys(STAGING.id)


async def test_an_unknown_environment_is_not_changed(account: Either) -> None:
    """It is an error"""
    with pytest.raises(NotFound):
        await account.rename_environment("e0", "x")
    with pytest.raises(NotFound):
        await account.switch_environment("e0", enabled=False)


@pytest.fixture
async def running() -> AsyncIterator[Twin]:
    """The server, and a client of it."""
    async with twin() as it:
        yield it


async def test_a_creation_is_never_repeated(running: Twin) -> None:
    """An error after the work leaves one environment, and says that it may exist"""
    await running.plan("POST", "status_after", status=500)
    with pytest.raises(Unavailable) as raised:
        await running.client.create_environment("Shop preview", "shop-preview", "")
    assert raised.value.maybe_done
    found = [it for it in await running.client.environments() if it.name == "Shop preview"]
    assert 1 == len(found)
