"""Every function of Cloudinary's package `cloudinary.provisioning`, against the sandbox."""

import inspect
from collections.abc import Awaitable, Callable, Mapping

import pytest
from cloudinary import exceptions, provisioning

from sandbox import at_cloudinary
from tests.contracts.cloudinary_account import ADA, MIA, STAGING, TOM, Account, account

Scenario = Callable[[Account], Awaitable[None]]
KEY = ["name", "api_key", "api_secret", "created_at", "updated_at", "enabled", "root"]


async def sub_accounts(it: Account) -> None:
    """By id, in the form that the package sends."""
    found = await it.official(provisioning.sub_accounts, ids=[STAGING, "nobody"])
    assert [STAGING] == [each["id"] for each in found["sub_accounts"]]


async def create_sub_account(it: Account) -> None:
    """Every argument has its effect."""
    made = await it.official(
        provisioning.create_sub_account,
        "Fresh_one",
        custom_attributes={"team": "web"},
        enabled=False,
        base_account=STAGING,
    )
    assert ("Fresh-one", False) == (made["cloud_name"], made["enabled"])
    assert {"team": "web"} == made["custom_attributes"]
    assert ["key", "secret", "enabled"] == list(made["api_access_keys"][0])


async def sub_account(it: Account) -> None:
    """By its id."""
    assert "Staging" == (await it.official(provisioning.sub_account, STAGING))["name"]


async def update_sub_account(it: Account) -> None:
    """Rename and disable, which the package sends as a word."""
    changed = await it.official(
        provisioning.update_sub_account, STAGING, "Stage", "stage-2", {"a": 1}, enabled=False
    )
    assert ("Stage", "stage-2", False) == tuple(
        changed[name] for name in ("name", "cloud_name", "enabled")
    )


async def delete_sub_account(it: Account) -> None:
    """The environment is deleted."""
    assert {"message": "ok"} == await it.official(provisioning.delete_sub_account, STAGING)
    with pytest.raises(exceptions.NotFound, match="Error 404 - not found"):
        await it.official(provisioning.sub_account, STAGING)


async def users(it: Account) -> None:
    """Ids in one string with commas, with the status as a second filter."""
    found = await it.official(provisioning.users, [TOM, MIA], STAGING, "active", "tom")
    assert [TOM] == [each["id"] for each in found["users"]]


async def create_user(it: Account) -> None:
    """Invite a new user."""
    made = await it.official(
        provisioning.create_user, "Jo New", "jo@x.example", provisioning.Role.REPORTS, [STAGING]
    )
    assert (True, True, "reports") == (made["pending"], made["enabled"], made["role"])


async def user(it: Account) -> None:
    """By their id."""
    assert "tom@lumen-goods.example" == (await it.official(provisioning.user, TOM))["email"]


async def update_user(it: Account) -> None:
    """Change name, address, role and environments."""
    changed = await it.official(
        provisioning.update_user, TOM, "Tim", "tim@x.example", "reports", [STAGING]
    )
    assert ("Tim", "tim@x.example", "reports", False) == tuple(
        changed[name] for name in ("name", "email", "role", "all_sub_accounts")
    )


async def delete_user(it: Account) -> None:
    """The user is deleted."""
    assert {"message": "ok"} == await it.official(provisioning.delete_user, TOM)
    assert [] == (await it.official(provisioning.users, [TOM]))["users"]


async def user_groups(it: Account) -> None:
    """All of them."""
    found = (await it.official(provisioning.user_groups))["user_groups"]
    assert list(at_cloudinary.GROUPS) == [each["name"] for each in found]


async def create_user_group(it: Account) -> None:
    """The answer has only an id and a name."""
    assert ["id", "name"] == list(await it.official(provisioning.create_user_group, "Reviewers"))


async def group(it: Account) -> str:
    """Create a group with Tom in it."""
    made = await it.official(provisioning.create_user_group, "Reviewers")
    await it.official(provisioning.add_user_to_group, made["id"], TOM)
    return str(made["id"])


async def update_user_group(it: Account) -> None:
    """Rename it."""
    changed = await it.official(provisioning.update_user_group, await group(it), "Readers")
    assert "Readers" == changed["name"]


async def delete_user_group(it: Account) -> None:
    """The one deletion that the live service answers with `ok`."""
    assert {"ok": True} == await it.official(provisioning.delete_user_group, await group(it))


async def user_group(it: Account) -> None:
    """By its id."""
    assert "Reviewers" == (await it.official(provisioning.user_group, await group(it)))["name"]


async def add_user_to_group(it: Account) -> None:
    """The answer lists all members, as the live service's does."""
    added = await it.official(provisioning.add_user_to_group, await group(it), ADA)
    assert [TOM, ADA] == [each["id"] for each in added["users"]]


async def remove_user_from_group(it: Account) -> None:
    """The answer lists the remaining members."""
    assert {"users": []} == await it.official(
        provisioning.remove_user_from_group, await group(it), TOM
    )


async def user_group_users(it: Account) -> None:
    """Each with an id, a name and an address."""
    found = await it.official(provisioning.user_group_users, await group(it))
    assert [{"id": TOM, "name": "Tom Berg", "email": "tom@lumen-goods.example"}] == found["users"]


async def user_in_user_groups(it: Account) -> None:
    """Each with an id and a name."""
    made = await group(it)
    found = await it.official(provisioning.user_in_user_groups, TOM)
    assert {"groups": [{"id": made, "name": "Reviewers"}]} == found


async def access_keys(it: Account) -> None:
    """One page, and the total number."""
    found = await it.official(provisioning.access_keys, STAGING, 2, 1, "name", "asc")
    assert ["access_keys", "total"] == list(found)
    assert [None, "e2e-tests"] == [key["name"] for key in found["access_keys"]]
    assert 5 == found["total"]


async def generate_access_key(it: Account) -> None:
    """A boolean is sent as a word; the answer has the API's field names in their order."""
    made = await it.official(provisioning.generate_access_key, STAGING, "main key", enabled=False)
    assert KEY == list(made)
    assert made["enabled"] is False


async def update_access_key(it: Account) -> None:
    """The purpose is sent as a string and comes back as a list, before `root`."""
    key = await it.key("e2e-tests")
    changed = await it.official(
        provisioning.update_access_key, STAGING, key["api_key"], "n2", None, "webhooks"
    )
    assert [*KEY[:-1], "dedicated_for", "root"] == list(changed)
    assert ("n2", True, ["webhooks"]) == tuple(
        changed[name] for name in ("name", "enabled", "dedicated_for")
    )


async def delete_access_key(it: Account) -> None:
    """By its API key, and by its name in a JSON body."""
    key = await it.key("e2e-tests")
    by_key = await it.official(provisioning.delete_access_key, STAGING, key["api_key"])
    by_name = await it.official(provisioning.delete_access_key, STAGING, name="load-test")
    assert [{"message": "ok"}] * 2 == [by_key, by_name]
    assert 3 == (await it.official(provisioning.access_keys, STAGING))["total"]


SCENARIOS: Mapping[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        sub_accounts,
        create_sub_account,
        sub_account,
        update_sub_account,
        delete_sub_account,
        users,
        create_user,
        user,
        update_user,
        delete_user,
        user_groups,
        create_user_group,
        update_user_group,
        delete_user_group,
        user_group,
        add_user_to_group,
        remove_user_from_group,
        user_group_users,
        user_in_user_groups,
        access_keys,
        generate_access_key,
        update_access_key,
        delete_access_key,
    )
}
NOT_SIMULATED: Mapping[str, tuple[str, ...]] = {
    "create_agent_account": ("a@x.example", "framework", "model", "goal"),
    "create_cloud": (),
}
"""Functions that an agent calls without an account, with arguments for them."""


def test_every_function_of_the_package_has_a_scenario() -> None:
    """So a new version's functions are noticed here"""
    offered = {
        name
        for name, value in inspect.getmembers(provisioning, inspect.isfunction)
        if value.__module__ == "cloudinary.provisioning.account"
    }

    assert offered == SCENARIOS.keys() | NOT_SIMULATED.keys()


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_package_works(name: str) -> None:
    """Each function on a freshly seeded account"""
    async with account() as it:
        await SCENARIOS[name](it)


@pytest.mark.parametrize("name", NOT_SIMULATED)
async def test_a_function_that_is_not_simulated_is_not_found(name: str) -> None:
    """The package reads the error as one of its own"""
    async with account() as it:
        with pytest.raises(exceptions.NotFound, match="Error 404 - not found"):
            await it.official(getattr(provisioning, name), *NOT_SIMULATED[name])


async def test_refusals_are_the_packages_own_errors() -> None:
    """401, 403, 404 and 409 become the exceptions that a customer catches"""
    async with account() as it:
        root = await it.key(None)
        with pytest.raises(exceptions.AuthorizationRequired, match="Invalid credentials"):
            await it.official(provisioning.sub_accounts, provisioning_api_secret="wrong")
        with pytest.raises(exceptions.NotAllowed):
            await it.official(
                provisioning.update_access_key, STAGING, root["api_key"], enabled=False
            )
        with pytest.raises(exceptions.NotFound, match="Cannot find sub account with id nowhere"):
            await it.official(provisioning.users, sub_account_id="nowhere")
        with pytest.raises(exceptions.AlreadyExists):
            await it.official(provisioning.generate_access_key, STAGING, name="e2e-tests")
        with pytest.raises(exceptions.BadRequest):
            await it.official(provisioning.access_keys, STAGING, page=101)
