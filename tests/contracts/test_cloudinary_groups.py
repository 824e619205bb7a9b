"""User groups: the fake and the client of the sandbox keep the same contract."""

from collections.abc import AsyncIterator

import pytest

from bot.errors import Conflict, NotFound, Unavailable
from sandbox import at_cloudinary
from tests.contracts.cloudinary_twin import ACCOUNT, Twin, twin
from tests.contracts.test_cloudinary_client import Either, fake, user_id

TOM = "Tom Berg"


@pytest.fixture(params=["fake", "client"])
async def account(request: pytest.FixtureRequest) -> AsyncIterator[Either]:
    """An account with the groups of the company."""
    if request.param == "fake":
        seeded = fake()
        for name in at_cloudinary.GROUPS:
            seeded.add_group(name)
        yield seeded
        return
    async with twin(permissions=True) as running:
        yield running.client


async def id_of(account: Either, name: str) -> str:
    """Find a group."""
    return next(each.id for each in await account.user_groups() if each.name == name)


async def members(account: Either, name: str) -> list[str]:
    """The names of a group's users, by both ways to read them."""
    group = next(each for each in await account.user_groups() if each.name == name)
    read = await account.group_members(group.id)
    assert tuple(read) == group.members
    return [each.name for each in read]


async def test_groups_are_listed_with_their_members(account: Either) -> None:
    """In one call"""
    listed = await account.user_groups()

    assert list(at_cloudinary.GROUPS) == [each.name for each in listed]
    assert ["Ada Okafor"] == await members(account, "Security")
    assert [] == await members(account, "Content")


async def test_a_group_is_created_renamed_and_removed(account: Either) -> None:
    """Its users stay in it under its new name, and stay users after its end"""
    await account.create_group("Zoë's <group> / ?#&%00")
    group_id = await id_of(account, "Zoë's <group> / ?#&%00")
    await account.add_member(group_id, user_id(TOM))
    for _ in range(2):
        await account.rename_group(group_id, "Design")
    assert [TOM] == await members(account, "Design")
    assert frozenset({"Design"}) == await account.groups_of(user_id(TOM))

    await account.remove_group(group_id)

    assert list(at_cloudinary.GROUPS) == [each.name for each in await account.user_groups()]
    assert frozenset() == await account.groups_of(user_id(TOM))
    assert TOM in [each.name for each in await account.all_users()]


async def test_a_taken_name_is_a_conflict(account: Either) -> None:
    """For a new group and for a new name"""
    with pytest.raises(Conflict):
        await account.create_group("Security")
    with pytest.raises(Conflict):
        await account.rename_group(await id_of(account, "Content"), "Security")


async def test_a_user_comes_and_goes_once(account: Either) -> None:
    """A repetition changes nothing"""
    group_id = await id_of(account, "Content")
    for _ in range(2):
        await account.add_member(group_id, user_id(TOM))
    assert [TOM] == await members(account, "Content")
    for _ in range(2):
        await account.drop_member(group_id, user_id(TOM))
    assert [] == await members(account, "Content")


async def test_what_is_gone_is_an_error(account: Either) -> None:
    """A group or a user"""
    with pytest.raises(NotFound):
        await account.group_members("g0")
    with pytest.raises(NotFound):
        await account.remove_group("g0")
    with pytest.raises(NotFound):
        await account.rename_group("g0", "Design")
    with pytest.raises(NotFound):
        await account.add_member("g0", user_id(TOM))
    with pytest.raises(NotFound):
        await account.drop_member(await id_of(account, "Content"), "u0")


async def test_a_group_without_roles_has_none(account: Either) -> None:
    """By the Permissions API"""
    assert () == await account.group_roles(await id_of(account, "Content"))


@pytest.fixture
async def running() -> AsyncIterator[Twin]:
    """The client alone."""
    async with twin(permissions=True) as found:
        yield found


async def test_a_groups_roles_are_read_with_their_places(running: Twin) -> None:
    """Of the account, of an environment and of a folder"""
    group_id, place = await id_of(running.client, "Content"), at_cloudinary.ENVIRONMENTS[0].id
    roles = [
        {"id": "cld::role::account::admin"},
        {"id": "cld::role::prodenv::reports", "scope_id": place},
        {
            "id": "cld::role::folder::viewer",
            "scope_id": place,
            "policy_parameters": {"folder_id": "shop"},
        },
    ]
    body = {"operation": "add", "principal": {"type": "group", "id": group_id}, "roles": roles}
    url = f"{running.url}/v2/accounts/{at_cloudinary.ACCOUNT_ID}/permissions/principal_roles"
    login = {"Authorization": ACCOUNT.basic}
    async with running.session.put(url, json=body, headers=login) as answer:
        answer.raise_for_status()

    assert [
        ("cld::role::account::admin", "", ""),
        ("cld::role::prodenv::reports", place, ""),
        ("cld::role::folder::viewer", place, "shop"),
    ] == [
        (each.role.id, each.environment_id, each.role.folder)
        for each in await running.client.group_roles(group_id)
    ]


async def test_a_new_group_is_not_created_twice(running: Twin) -> None:
    """After an unclear answer the caller looks for its name"""
    await running.plan("POST", "status_after", status=500, count=1)
    with pytest.raises(Unavailable) as unclear:
        await running.client.create_group("Design")
    assert unclear.value.maybe_done
    assert 1 == [each.name for each in await running.client.user_groups()].count("Design")
