"""Forms that Cloudinary's own clients send and the live service takes, each with its source.

The sources are the test suites that Cloudinary runs against the live service.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from sandbox import at_cloudinary
from tests.contracts.cloudinary_account import (
    INSPECT,
    KEYS,
    PIA,
    STAGING,
    TOM,
    Json,
    P,
    Pairs,
    Q,
    account,
)

PLACES, USERS, GROUPS = f"{P}/sub_accounts", f"{P}/users", f"{P}/user_groups"
EVERYBODY: Final = len(at_cloudinary.USERS)
LOGINS: Final = (datetime.now(UTC) - timedelta(days=1)).strftime("%d-%m-%Y")
"""The day on which the seed's users last logged in, as the gem writes it."""
AFTER: Final = (datetime.now(UTC) + timedelta(days=2)).strftime("%d-%m-%Y")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        # cloudinary_gem spec/account_api_spec.rb: AccountApi.users sends nil.to_s for each of them
        ([("last_login", ""), ("from", ""), ("to", "")], EVERYBODY),
        ([("last_login", "true"), ("from", ""), ("to", "")], EVERYBODY - 1),
        # cloudinary_npm account_spec.js: users(null) sends `pending=`, users(true, null) `ids=`
        ([("pending", ""), ("ids", "")], EVERYBODY),
        ([("prefix", ""), ("sub_account_id", "")], EVERYBODY),
        ([("status", ""), ("union_type", ""), ("sort_by", ""), ("sort_order", "")], EVERYBODY),
        ([("page", ""), ("page_size", "")], EVERYBODY),
        ([("emails", ""), ("emails[]", "")], EVERYBODY),
    ],
)
async def test_an_empty_parameter_is_as_if_absent(query: Pairs, count: int) -> None:
    """In the list of users"""
    async with account() as it:
        assert count == len((await it.done("GET", USERS, query=query))["users"])


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (PLACES, ["enabled", "ids", "ids[]", "cloud_names", "prefix"]),
        (KEYS, ["page", "page_size", "sort_by", "sort_order"]),
        (GROUPS, ["extended_details"]),
        (f"{Q}/policies/system", ["scope_type", "permission_type"]),
        (f"{Q}/policies/effective", ["scope_type", "scope_id", "principal_type", "principal_id"]),
        (INSPECT, ["scope_id", "folder_id", "collection_id", "principal_type", "param_key"]),
    ],
)
async def test_every_list_ignores_empty_parameters(path: str, query: list[str]) -> None:
    """The answer is the one without them"""
    needed = [("scope_type", "account")] if path == INSPECT else []
    async with account(permissions=True) as it:
        plain = await it.done("GET", path, query=needed)
        empty = [*needed, *((name, "") for name in query)]
        assert plain == await it.done("GET", path, query=empty)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        # cloudinary_php ProvisioningAccountTest: http_build_query sends booleans as 1 and 0
        ("1", [PIA]),
        ("0", []),
        ("true", [PIA]),
        ("false", []),
    ],
)
async def test_one_and_zero_are_booleans_in_a_query(value: str, found: list[str]) -> None:
    """Besides `true` and `false`"""
    async with account() as it:
        query = [("pending", value), ("ids", PIA)]
        users = (await it.done("GET", USERS, query=query))["users"]
        assert found == [each["id"] for each in users]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        # cloudinary_gem spec/account_api_spec.rb: Utils.to_usage_api_date_format
        ([("last_login", "true"), ("from", LOGINS), ("to", LOGINS)], EVERYBODY - 1),
        ([("last_login", "false"), ("from", LOGINS), ("to", LOGINS)], 1),
        ([("last_login", "true"), ("from", AFTER)], 0),
    ],
)
async def test_a_day_may_begin_with_its_number(query: Pairs, count: int) -> None:
    """25-11-2026 is the day that the document writes 2026-11-25"""
    async with account() as it:
        assert count == len((await it.done("GET", USERS, query=query))["users"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        # cloudinary_php ProvisioningAccountTest::setUpBeforeClass: createSubAccount($name)
        (
            "POST",
            PLACES,
            {
                "name": "x",
                "cloud_name": None,
                "custom_attributes": None,
                "enabled": None,
                "base_sub_account_id": None,
            },
        ),
        # cloudinary_npm account_spec.js: update_sub_account(id, name)
        ("PUT", f"{PLACES}/{STAGING}", {"name": "x", "cloud_name": None, "enabled": None}),
        # cloudinary_java AbstractAccountApiTest.testUpdateUser: updateUser(id, name, null, …)
        (
            "PUT",
            f"{USERS}/{TOM}",
            {"name": "x", "email": None, "role": None, "sub_account_ids": None},
        ),
        ("POST", USERS, {"name": "x", "email": "x@x.example", "role": None, "enabled": None}),
        ("POST", KEYS, {"name": "x", "enabled": None}),
        ("POST", GROUPS, {"name": "x", "extended_details": None}),
    ],
)
async def test_null_in_a_body_is_as_if_absent(method: str, path: str, body: Json) -> None:
    """An absent value has its default, or changes nothing"""
    async with account() as it:
        changed = await it.done(method, path, json=body)

    assert "x" == changed["name"]
    assert changed.get("enabled", True) is True


@pytest.mark.parametrize("name", ["name", "email"])
async def test_null_does_not_stand_for_a_required_value(name: str) -> None:
    """It is missing"""
    async with account() as it:
        body = {"name": "x", "email": "x@x.example", name: None}
        assert (400, f"{name} is missing") == (await it.ask("POST", USERS, json=body)).reason


async def test_null_in_an_assignment_is_as_if_absent() -> None:
    """The document allows it for a scope"""
    role = {"id": "cld::role::account::admin", "scope_id": None, "policy_parameters": None}
    body = {"operation": "add", "principal": {"type": "user", "id": TOM}, "roles": [role]}
    async with account(permissions=True) as it:
        await it.done("PUT", f"{Q}/principal_roles", json=body)


@pytest.mark.parametrize("environments", [[], None])
async def test_no_environments_at_creation_mean_all(environments: list[str] | None) -> None:
    """cloudinary_npm 'Gets users by sub_account_id', and the same in the gem and in PHP"""
    body = {"name": "x", "email": "x@x.example", "sub_account_ids": environments}
    async with account() as it:
        made = await it.done("POST", USERS, json=body)
        query = [("sub_account_id", STAGING), ("prefix", "x")]
        there = (await it.done("GET", USERS, query=query))["users"]

    assert made["all_sub_accounts"] is True
    assert [made["id"]] == [each["id"] for each in there]


async def test_an_empty_list_gives_a_user_every_environment_again() -> None:
    """cloudinary_php AccountApi::updateUser says so, and sends it by default"""
    async with account() as it:
        await it.done("PUT", f"{USERS}/{TOM}", json={"sub_account_ids": [STAGING]})
        changed = await it.done("PUT", f"{USERS}/{TOM}", json={"sub_account_ids": []})
        assert changed["all_sub_accounts"] is True
