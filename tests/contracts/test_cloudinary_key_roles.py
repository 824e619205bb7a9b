"""The roles of keys: the fake and the client of the sandbox keep the same contract."""

from collections.abc import AsyncIterator

import pytest

from bot.adapters.cloudinary.client import Cloudinary
from bot.domain.key_roles import MASTER, KeyRole, Use, least_first
from bot.errors import Forbidden, NotFound
from tests.contracts.cloudinary_twin import Twin, twin
from tests.contracts.test_cloudinary_client import STAGING, Either, fake
from tests.fakes.key_roles import UPLOADER

FOLDER = KeyRole("cld::role::folder::contributor", "Contributor", folder="shop")


@pytest.fixture(params=["fake", "client"])
async def account(request: pytest.FixtureRequest) -> AsyncIterator[Either]:
    """An account with the Permissions API."""
    if request.param == "fake":
        yield fake()
        return
    async with twin(permissions=True) as running:
        yield running.client


async def created(account: Either, name: str = "new") -> str:
    """Create a key; its API key."""
    return (await account.create_key(STAGING, name)).key.api_key


async def test_a_role_tells_what_it_allows(account: Either) -> None:
    """The least first; one that allows a key nothing is last"""
    roles = least_first(await account.assignable_roles())

    assert [
        ("Billing", (Use.REPORT,)),
        ("Reports", (Use.REPORT,)),
        ("Upload manager", (Use.UPLOAD, Use.SETTINGS)),
        ("Master Admin", tuple(Use)),
        ("Media Library User", ()),
    ] == [(role.name, role.uses) for role in roles]
    assert all(role.allows for role in roles)
    assert [MASTER] == [role.id for role in roles if role.master]


async def test_a_new_key_has_no_role(account: Either) -> None:
    """Alone or among all keys of its environment"""
    api_key = await created(account)

    assert () == await account.roles_of_key(STAGING.id, api_key)
    assert api_key not in await account.roles_by_key(STAGING.id)
    assert not any(each.allowed for each in await account.verdicts(STAGING.id, api_key))


async def test_a_role_is_given_once(account: Either) -> None:
    """A repetition changes nothing; one call answers for all keys"""
    first, second = await created(account), await created(account, "other")
    for api_key in (first, first, second):
        await account.give_role(STAGING.id, api_key, UPLOADER)

    roles = await account.roles_of_key(STAGING.id, first)
    assert [(UPLOADER.id, UPLOADER.allows)] == [(role.id, role.allows) for role in roles]
    every = await account.roles_by_key(STAGING.id)
    assert {first: (UPLOADER.id,), second: (UPLOADER.id,)} == {
        api_key: tuple(role.id for role in every[api_key]) for api_key in (first, second)
    }


async def test_the_verdicts_name_the_role(account: Either) -> None:
    """What no role permits is not allowed"""
    api_key = await created(account)
    await account.give_role(STAGING.id, api_key, UPLOADER)

    found = {each.use: each for each in await account.verdicts(STAGING.id, api_key)}
    assert [UPLOADER.id] == [role.id for role in found[Use.UPLOAD].by]
    assert not found[Use.DELETE].allowed


async def test_a_role_is_taken_away(account: Either) -> None:
    """Twice changes nothing more"""
    api_key = await created(account)
    await account.give_role(STAGING.id, api_key, UPLOADER)
    for _ in range(2):
        await account.take_role(STAGING.id, api_key, UPLOADER)

    assert () == await account.roles_of_key(STAGING.id, api_key)


async def test_a_role_of_a_folder_is_told_with_it(account: Either) -> None:
    """And is taken away in that folder alone"""
    api_key = await created(account)
    other = KeyRole(FOLDER.id, FOLDER.name, folder="other")
    for role in (FOLDER, other):
        await account.give_role(STAGING.id, api_key, role)
    await account.take_role(STAGING.id, api_key, other)

    roles = await account.roles_of_key(STAGING.id, api_key)
    assert [(FOLDER.id, "shop", "")] == [(it.id, it.folder, it.collection) for it in roles]
    assert f"{FOLDER.id}@shop" == roles[0].ref


async def test_an_unknown_role_is_refused(account: Either) -> None:
    """Nothing changes"""
    api_key = await created(account)
    with pytest.raises(NotFound):
        await account.give_role(STAGING.id, api_key, KeyRole("cld::role::prodenv::none", "None"))


@pytest.fixture
async def running() -> AsyncIterator[Twin]:
    """The client alone."""
    async with twin(permissions=True) as found:
        yield found


async def test_the_catalog_serves_where_roles_may_not_be_listed(running: Twin) -> None:
    """It has the system roles, with what they allow"""
    await running.plan("GET", "status", status=403, count=1)

    roles = least_first(await running.client.assignable_roles())

    assert ["Billing", "Reports", "Master Admin", "Media Library User"] == [it.name for it in roles]
    assert tuple(Use) == roles[-2].uses
    assert [roles[-1]] == [role for role in roles if role.useless]


async def test_a_verdict_counts_in_the_folder_of_its_role(running: Twin) -> None:
    """The role that permits it is told with its folder"""
    client: Cloudinary = running.client
    api_key = await created(client)
    await client.give_role(STAGING.id, api_key, FOLDER)

    found = {each.use: each for each in await client.verdicts(STAGING.id, api_key)}
    assert ["shop"] == [role.folder for role in found[Use.UPLOAD].by]
    assert not found[Use.DELETE].allowed


async def test_a_refused_account_key_is_told(running: Twin) -> None:
    """As `Forbidden`, which the flows explain"""
    api_key = await created(running.client)
    await running.plan("PUT", "status", status=403, count=1)
    with pytest.raises(Forbidden):
        await running.client.give_role(STAGING.id, api_key, UPLOADER)
