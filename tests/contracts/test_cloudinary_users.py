"""Users of the account: the fake and the client of the sandbox keep the same contract."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from bot.domain.people import Role
from bot.domain.users import ACCOUNT_MASTER, ACCOUNT_ROLE
from bot.errors import Conflict, Forbidden, NotFound
from sandbox import at_cloudinary
from tests.contracts.cloudinary_twin import twin
from tests.contracts.test_cloudinary_client import STAGING, Either, fake

MASTERS = frozenset(it.id for it in at_cloudinary.USERS if it.role == "master_admin")
OTHER = next(it for it in at_cloudinary.USERS if it.role == "technical_admin")
LONG_AGO, NEVER = date(1971, 1, 1), date(2998, 1, 1)


@pytest.fixture(params=["fake", "client"])
async def account(request: pytest.FixtureRequest) -> AsyncIterator[Either]:
    """An account with the Permissions API."""
    if request.param == "fake":
        yield fake()
        return
    async with twin(permissions=True) as running:
        yield running.client


async def invited(account: Either, email: str = "new@lumen.example") -> str:
    """Invite a user; their id."""
    return (await account.create_user("New", email, Role.REPORTS, frozenset({STAGING.id}))).id


async def test_a_new_user_is_invited(account: Either) -> None:
    """With their role and environments, and read back by id"""
    user_id = await invited(account)
    user = await account.user(user_id)
    assert ("new@lumen.example", Role.REPORTS, True) == (user.email, user.role, user.pending)
    assert not user.all_environments
    assert frozenset({STAGING.id}) == await account.environments_of(user_id)
    assert user_id in {it.id for it in await account.users_reaching(STAGING.id)}


async def test_an_address_belongs_to_one_user(account: Either) -> None:
    """Whatever its case"""
    await invited(account)
    with pytest.raises(Conflict):
        await invited(account, "NEW@lumen.example")


async def test_a_user_changes_and_goes(account: Either) -> None:
    """Role, environments, enabled; each change may be repeated, a removal not"""
    user_id = await invited(account)
    for _ in range(2):
        assert Role.BILLING is (await account.set_user_role(user_id, Role.BILLING)).role
        assert (await account.set_user_environments(user_id, None)).all_environments
        changed = await account.set_user_environments(user_id, frozenset({STAGING.id}))
        assert not changed.all_environments
        assert not (await account.set_user_enabled(user_id, enabled=False)).enabled
    await account.delete_user(user_id)
    for gone in (account.delete_user(user_id), account.user(user_id)):
        with pytest.raises(NotFound):
            await gone


async def test_who_has_not_signed_in_is_inactive(account: Either) -> None:
    """Who never did, is so by any day"""
    user_id = await invited(account)
    everyone = {it.id for it in await account.all_users()}
    assert user_id in {it.id for it in await account.inactive_users(LONG_AGO)}
    assert everyone == {it.id for it in await account.inactive_users(NEVER)}


async def test_a_role_of_the_account_is_given_once(account: Either) -> None:
    """And taken"""
    user_id, role = await invited(account), f"{ACCOUNT_ROLE}admin"
    for _ in range(2):
        await account.give_account_role(user_id, role)
    assert role in await account.account_roles_of(user_id)
    for _ in range(2):
        await account.take_account_role(user_id, role)
    assert role not in await account.account_roles_of(user_id)


async def test_the_master_admins_are_known(account: Either) -> None:
    """By their fixed role, and by a role of the account that they were given"""
    assert MASTERS == (await account.account_masters())[0]
    await account.give_account_role(OTHER.id, ACCOUNT_MASTER)
    assert MASTERS | {OTHER.id} == (await account.account_masters())[0]


async def test_the_last_master_admin_stays(account: Either) -> None:
    """Cloudinary itself refuses"""
    own = [
        it
        for it in await account.all_users()
        if it.role is Role.MASTER_ADMIN and it.enabled and not it.pending
    ]
    for other in own[1:]:
        await account.set_user_enabled(other.id, enabled=False)
    last = own[0].id
    for refused in (
        account.set_user_enabled(last, enabled=False),
        account.set_user_role(last, Role.ADMIN),
        account.delete_user(last),
    ):
        with pytest.raises(Forbidden):
            await refused


async def test_no_user_is_read_in_place_of_another(account: Either) -> None:
    """An id that is none"""
    with pytest.raises(NotFound):
        await account.user("nothing")
