"""The simulated Permissions API: what it lists and what it refuses."""

from typing import Any

import pytest

from sandbox import at_cloudinary
from sandbox.cloudinary.app import ACCOUNT_KEY
from sandbox.cloudinary.roles import (
    ACCOUNT_MASTER,
    BILLING,
    LIBRARY,
    MASTER,
    REPORTS,
    ROLES,
    UPLOADER,
)
from tests.contracts.cloudinary_account import (
    ADA,
    DEVELOPMENT,
    KEYS,
    MIA,
    NIA,
    STAGING,
    TOM,
    Account,
    Json,
    P,
    Q,
    account,
)

ASSIGN = f"{Q}/principal_roles"
EFFECTIVE, INSPECT, ROLE_LIST = f"{Q}/policies/effective", f"{ASSIGN}/inspect", f"{Q}/roles"
POLICIES = f"{Q}/policies/system"
READS = {
    POLICIES: {},
    EFFECTIVE: {},
    ROLE_LIST: {"permission_type": "global"},
    ASSIGN: {"principal_type": "user", "principal_id": TOM, "permission_type": "global"},
    INSPECT: {"scope_type": "account"},
}
"""Every read, with its required parameters."""
GLOBAL = {MASTER, LIBRARY, REPORTS, BILLING, UPLOADER}
ACCOUNT_ROLES = {role for role in ROLES if role.startswith("cld::role::account::")}
FOLDERS = {role for role in ROLES if role.startswith("cld::role::folder::")}
COLLECTIONS = {role for role in ROLES if role.startswith("cld::role::collection::")}
WORDS = ("scope_type", "principal_type", "permission_type", "management_type")


def body(operation: str = "add", **more: Any) -> Json:
    """A request that assigns an environment's role to Tom."""
    return {
        "operation": operation,
        "principal": {"type": "user", "id": TOM},
        "roles": [{"id": LIBRARY, "scope_id": STAGING}],
        **more,
    }


async def held(it: Account, kind: str, principal_id: str, **more: str) -> list[tuple[str, str]]:
    """The roles of a principal, each with its scope."""
    query = {"principal_type": kind, "principal_id": principal_id, "permission_type": "global"}
    found = (await it.done("GET", ASSIGN, query={**query, **more}.items()))["data"]
    return [(role["id"], role.get("scope_id", "")) for role in found]


@pytest.mark.parametrize("path", READS)
async def test_an_account_without_the_api_refuses_every_call(path: str) -> None:
    """Cloudinary sells it separately"""
    async with account() as it:
        answer = await it.ask("GET", path, query=READS[path].items())
        error = {"category": "user_error", "code": "ACCOUNTS_00006", "message": "not allowed"}
        assert (403, {"error": error}) == (answer.status, answer.body)


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("word", WORDS)
async def test_an_invalid_value_is_named(path: str, word: str) -> None:
    """With its field, as in the document's sample"""
    query = {"principal_id": TOM, **READS[path], word: "galaxy"}
    async with account(permissions=True) as it:
        answer = await it.ask("GET", path, query=query.items())

    assert (400, "invalid request") == answer.reason
    assert {"fields": [{word: "galaxy"}]} == answer.body["error"]["details"]
    assert ("user_error", "ACCOUNTS_00005") == (
        answer.body["error"]["category"],
        answer.body["error"]["code"],
    )


@pytest.mark.parametrize(
    ("path", "query", "lacking"),
    [
        (ROLE_LIST, {}, ["permission_type"]),
        (ASSIGN, {}, ["principal_type", "principal_id", "permission_type"]),
        (ASSIGN, {"principal_type": "user", "permission_type": "global"}, ["principal_id"]),
        (INSPECT, {}, ["scope_type"]),
        (INSPECT, {"scope_type": "prodenv"}, ["scope_id"]),
        (EFFECTIVE, {"scope_type": "prodenv"}, ["scope_id"]),
        (EFFECTIVE, {"principal_type": "user"}, ["principal_id"]),
    ],
)
async def test_missing_parameters_are_named(
    path: str, query: dict[str, str], lacking: list[str]
) -> None:
    """All of them at once"""
    async with account(permissions=True) as it:
        answer = await it.ask("GET", path, query=query.items())

    assert (400, "missing fields") == answer.reason
    assert {"fields": lacking} == answer.body["error"]["details"]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        (EFFECTIVE, {"scope_type": "prodenv", "scope_id": "nowhere"}, {"scope_id": "nowhere"}),
        (INSPECT, {"scope_type": "prodenv", "scope_id": "nowhere"}, {"scope_id": "nowhere"}),
        (ASSIGN, {**READS[ASSIGN], "scope_id": "nowhere"}, {"scope_id": "nowhere"}),
        (ASSIGN, {**READS[ASSIGN], "principal_id": "no"}, {"principal_id": "no"}),
        (ASSIGN, {**READS[ASSIGN], "principal_type": "group"}, {"principal_id": TOM}),
    ],
)
async def test_an_unknown_id_is_named(
    path: str, query: dict[str, str], field: dict[str, str]
) -> None:
    """A principal of another type counts as unknown"""
    async with account(permissions=True) as it:
        answer = await it.ask("GET", path, query=query.items())

    assert (404, "not found") == answer.reason
    assert {"fields": [field]} == answer.body["error"]["details"]
    assert ("server_error", "ACCOUNTS_00003") == (
        answer.body["error"]["category"],
        answer.body["error"]["code"],
    )


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"operation": "subtract"}, 400, {"operation": "subtract"}),
        ({"principal": "tom"}, 400, {"principal": "tom"}),
        ({"principal": {"id": TOM}}, 400, "principal_type"),
        ({"principal": {"type": "user"}}, 400, "principal_id"),
        ({"principal": {"type": "robot", "id": TOM}}, 400, {"principal_type": "robot"}),
        ({"principal": {"type": "user", "id": 5}}, 400, {"principal_id": 5}),
        ({"principal": {"type": "user", "id": "no"}}, 404, {"principal_id": "no"}),
        ({"principal": {"type": "apiKey", "id": TOM}}, 404, {"principal_id": TOM}),
        ({"roles": {}}, 400, {"roles": {}}),
        ({"roles": ["r"]}, 400, {"roles": "r"}),
        ({"roles": [{"scope_id": STAGING}]}, 400, "role_id"),
        ({"roles": [{"id": "r", "scope_id": STAGING}]}, 404, {"role_id": "r"}),
        ({"roles": [{"id": MASTER}]}, 400, "scope_id"),
        ({"roles": [{"id": MASTER, "scope_id": "no"}]}, 404, {"scope_id": "no"}),
        (
            {"roles": [{"id": MASTER, "scope_id": STAGING, "policy_parameters": "f"}]},
            400,
            {"policy_parameters": "f"},
        ),
    ],
)
async def test_an_invalid_assignment_is_refused(change: Json, status: int, field: object) -> None:
    """The answer says what is wrong"""
    async with account(permissions=True) as it:
        answer = await it.ask("PUT", ASSIGN, json=body(**change))

    assert status == answer.status
    assert {"fields": [field]} == answer.body["error"]["details"]


@pytest.mark.parametrize("lacking", ["operation", "principal", "roles"])
async def test_an_assignment_needs_all_of_its_fields(lacking: str) -> None:
    """Each of the three"""
    given = {name: value for name, value in body().items() if name != lacking}
    async with account(permissions=True) as it:
        answer = await it.ask("PUT", ASSIGN, json=given)

    assert (400, "missing fields") == answer.reason
    assert {"fields": [lacking]} == answer.body["error"]["details"]


async def test_an_assignment_has_an_empty_answer() -> None:
    """The status is 200; assigning twice changes nothing"""
    async with account(permissions=True) as it:
        before = await held(it, "user", TOM)
        for _ in range(2):
            answer = await it.ask("PUT", ASSIGN, json=body())
            assert (200, None) == (answer.status, answer.body)
        assert [*before, (LIBRARY, STAGING)] == await held(it, "user", TOM)
        await it.done("PUT", ASSIGN, json=body("remove"))
        assert before == await held(it, "user", TOM)


async def test_a_role_from_the_old_role_is_removed_like_any_other() -> None:
    """Until it is added again, or the user gets another role of the old ones"""
    own = [{"id": MASTER, "scope_id": STAGING}]
    async with account(permissions=True) as it:
        before = await held(it, "user", TOM)
        await it.done("PUT", ASSIGN, json=body("remove", roles=own))
        assert {*before} - {(MASTER, STAGING)} == {*await held(it, "user", TOM)}
        await it.done("PUT", ASSIGN, json=body("add", roles=own))
        assert {*before} == {*await held(it, "user", TOM)}
        await it.done("PUT", ASSIGN, json=body("remove", roles=own))
        await it.done("PUT", f"{P}/users/{TOM}", json={"role": "admin"})
        assert (MASTER, STAGING) in await held(it, "user", TOM)


async def test_a_role_of_the_account_has_no_environment() -> None:
    """Even if the request names one; the account key itself may have such a role"""
    admin = "cld::role::account::admin"
    async with account(permissions=True) as it:
        principal = {"type": "provisioningKey", "id": ACCOUNT_KEY}
        roles = [{"id": admin, "scope_id": STAGING}]
        await it.done("PUT", ASSIGN, json=body(principal=principal, roles=roles))
        own = await held(it, "provisioningKey", ACCOUNT_KEY, scope_type="account")
        assert [(ACCOUNT_MASTER, ""), (admin, "")] == own
        there = await held(it, "provisioningKey", ACCOUNT_KEY, scope_type="prodenv")
        assert {(MASTER, place.id) for place in at_cloudinary.ENVIRONMENTS} == {*there}


async def test_users_have_roles_that_match_their_old_ones() -> None:
    """In the environments that they have access to, and in the account"""
    async with account(permissions=True) as it:
        assert [(MASTER, STAGING), (MASTER, DEVELOPMENT)] == await held(it, "user", NIA)
        assert [(LIBRARY, STAGING)] == await held(it, "user", MIA, scope_id=STAGING)
        assert [(ACCOUNT_MASTER, "")] == await held(it, "user", ADA, scope_type="account")


@pytest.mark.parametrize(
    "narrowed",
    [
        {"permission_type": "content"},
        {"management_type": "custom"},
        {"folder_id": "f"},
        {"collection_id": "c"},
        {"param_key": "folder_id", "param_value": "f"},
    ],
)
async def test_there_are_no_content_or_custom_assignments_at_first(
    narrowed: dict[str, str],
) -> None:
    """A list that is filtered to them is empty"""
    async with account(permissions=True) as it:
        assert [] == await held(it, "user", TOM, **narrowed)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"permission_type": "global"}, ACCOUNT_ROLES | GLOBAL),
        ({"permission_type": "global", "scope_type": "prodenv"}, GLOBAL),
        ({"permission_type": "global", "scope_type": "account"}, ACCOUNT_ROLES),
        ({"permission_type": "global", "policy_parameters": ""}, ACCOUNT_ROLES | GLOBAL),
        ({"permission_type": "global", "policy_parameters": '["folder_id"]'}, set()),
        ({"permission_type": "content"}, FOLDERS | COLLECTIONS),
        ({"permission_type": "content", "policy_parameters": '["folder_id"]'}, FOLDERS),
        ({"permission_type": "content", "policy_parameters": '["collection_id"]'}, COLLECTIONS),
        ({"permission_type": "global", "management_type": "custom"}, {UPLOADER}),
    ],
)
async def test_roles_are_filtered(query: dict[str, str], ids: set[str]) -> None:
    """By what they are about, where they are held and who made them"""
    async with account(permissions=True) as it:
        found = (await it.done("GET", ROLE_LIST, query=query.items()))["data"]
        assert ids == {role["id"] for role in found}


@pytest.mark.parametrize("text", ["folder_id", "{}", "[1]", "[" * 2000])
async def test_policy_parameters_are_a_list_in_json(text: str) -> None:
    """In the query, unlike any other parameter"""
    query = [("permission_type", "global"), ("policy_parameters", text)]
    async with account(permissions=True) as it:
        assert (400, "invalid request") == (await it.ask("GET", ROLE_LIST, query=query)).reason


async def test_system_policies_have_no_principal() -> None:
    """Effective policies name theirs"""
    async with account(permissions=True) as it:
        system = await it.done("GET", POLICIES, query=[("scope_type", "prodenv")])
        query = {
            "scope_type": "prodenv",
            "scope_id": STAGING,
            "principal_type": "user",
            "principal_id": TOM,
        }
        effective = await it.done("GET", EFFECTIVE, query=query.items())

    [principal] = effective["data"]["principals"]
    statement = principal["roles"][0]["system_policies"][0]["policy_statement"]
    assert f'permit(principal == Cloudinary::user::"{TOM}", action,' in statement
    assert {"permit(principal"} == {
        policy["policy_statement"].partition(",")[0] for policy in system["data"]
    }


async def test_a_deleted_principal_has_no_roles() -> None:
    """A key, an environment with its keys, a group, a user"""
    async with account(permissions=True) as it:
        group = await it.done("POST", f"{P}/user_groups", json={"name": "G"})
        principal = {"type": "group", "id": group["id"]}
        await it.done("PUT", ASSIGN, json=body(principal=principal))
        await it.done("PUT", ASSIGN, json=body())
        key = await it.key("e2e-tests")
        environment = await it.done("POST", f"{P}/sub_accounts", json={"name": "Short"})
        for path in (
            f"{KEYS}/{key['api_key']}",
            f"{P}/user_groups/{group['id']}",
            f"{P}/users/{TOM}",
            f"{P}/sub_accounts/{environment['id']}",
        ):
            await it.done("DELETE", path)
        left = (await it.done("GET", "/sandbox/state"))["assignments"]

    gone = {key["api_key"], group["id"], TOM, environment["api_access_keys"][0]["key"]}
    assert set() == gone & {each["principal_id"] for each in left}
