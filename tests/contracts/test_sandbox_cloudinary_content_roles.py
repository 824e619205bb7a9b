"""Roles of folders and collections, the public catalog, and the principals of a role."""

from typing import Final

import pytest

from sandbox.cloudinary.app import ACCOUNT_KEY
from sandbox.cloudinary.policies import OWN, POLICIES
from sandbox.cloudinary.roles import COLLECTION_VIEWER, CONTRIBUTOR, MASTER, ROLES, UPLOADER
from tests.contracts.cloudinary_account import (
    DEVELOPMENT,
    INSPECT,
    KEYS,
    PUBLIC,
    STAGING,
    TOM,
    Account,
    Json,
    P,
    Q,
    account,
)
from tests.contracts.cloudinary_document import raw

ASSIGN: Final = f"{Q}/principal_roles"
TYPES: Final = ("user", "group", "apiKey", "provisioningKey")
SHOP: Final = {"folder_id": "shop"}


async def principal(it: Account, kind: str) -> Json:
    """Find a principal of this type."""
    if kind == "group":
        group = (await it.done("GET", f"{P}/user_groups"))["user_groups"][0]
        return {"type": kind, "id": group["id"]}
    if kind == "apiKey":
        key = await it.done("POST", KEYS, json={"name": "new"})
        return {"type": kind, "id": key["api_key"]}
    return {"type": kind, "id": TOM if kind == "user" else ACCOUNT_KEY}


async def give(it: Account, who: Json, role: str, content: Json, operation: str = "add") -> None:
    """Add a role of some content, or remove it."""
    roles = [{"id": role, "scope_id": STAGING, "policy_parameters": content}]
    body = {"operation": operation, "principal": who, "roles": roles}
    await it.done("PUT", ASSIGN, json=body)


async def content_roles(it: Account, who: Json, **more: str) -> list[tuple[str, Json]]:
    """The content roles of a principal, each with its content."""
    query = {"principal_type": who["type"], "principal_id": who["id"], **more}
    found = await it.done("GET", ASSIGN, query=({"permission_type": "content"} | query).items())
    return [(role["id"], role["policy_parameters"]) for role in found["data"]]


async def inspected(it: Account, **more: str) -> set[tuple[str, str, str]]:
    """Who holds a role of some content in staging: type, role and content."""
    query = {"scope_type": "prodenv", "scope_id": STAGING, **more}
    found = (await it.done("GET", INSPECT, query=query.items()))["data"]["principals"]
    return {
        (each["type"], role["id"], *role["policy_parameters"].values())
        for each in found
        for role in each["roles"]
        if role["permission_type"] == "content"
    }


@pytest.mark.parametrize("kind", TYPES)
async def test_every_type_of_principal_holds_roles_of_folders(kind: str) -> None:
    """Each folder by itself; the same role in two folders is two roles"""
    async with account(permissions=True) as it:
        who = await principal(it, kind)
        for folder in ("shop", "press"):
            await give(it, who, CONTRIBUTOR, {"folder_id": folder})
        await give(it, who, COLLECTION_VIEWER, {"collection_id": "c1"})
        folders = [(CONTRIBUTOR, {"folder_id": "shop"}), (CONTRIBUTOR, {"folder_id": "press"})]
        collection = (COLLECTION_VIEWER, {"collection_id": "c1"})
        assert [*folders, collection] == await content_roles(it, who)
        assert [folders[1]] == await content_roles(it, who, folder_id="press")
        assert [collection] == await content_roles(it, who, collection_id="c1")
        assert folders == await content_roles(it, who, param_key="folder_id")
        pair = {"param_key": "folder_id", "param_value": "shop"}
        assert [folders[0]] == await content_roles(it, who, **pair)
        assert [] == await content_roles(it, who, scope_id=DEVELOPMENT)
        assert {(kind, CONTRIBUTOR, "shop")} == await inspected(it, folder_id="shop")
        assert 3 == len(await inspected(it, principal_type=kind, principal_id=who["id"]))
        await give(it, who, CONTRIBUTOR, SHOP, "remove")
        assert [folders[1], collection] == await content_roles(it, who)


@pytest.mark.parametrize("kind", TYPES)
async def test_effective_policies_name_the_principal_and_the_folder(kind: str) -> None:
    """Without a placeholder that is left"""
    names = {"user": "user", "group": "group"}
    async with account(permissions=True) as it:
        who = await principal(it, kind)
        await give(it, who, CONTRIBUTOR, {"folder_id": 'sh"op'})
        query = {"principal_type": kind, "principal_id": who["id"]}
        query |= {"scope_type": "prodenv", "scope_id": STAGING}
        data = (await it.done("GET", f"{Q}/policies/effective", query=query.items()))["data"]

    [found] = data["principals"]
    assert (kind, who["id"]) == (found["principal_type"], found["principal_id"])
    [role] = [each for each in found["roles"] if each["id"] == CONTRIBUTOR]
    add = next(each for each in role["system_policies"] if each["id"].endswith("add_assets"))
    named = f'Cloudinary::{names.get(kind, "APIKey")}::"{who["id"]}"'
    assert add["policy_statement"] == (
        f'permit(principal == {named}, action == Cloudinary::Action::"create", resource is'
        ' Cloudinary::Asset) when { resource.ancestor_ids.contains("sh\\"op") };'
    )


@pytest.mark.parametrize(
    "content", [{}, {"folder_id": ""}, {"folder_id": 5}, {"collection_id": "c"}]
)
async def test_a_role_of_a_folder_needs_a_folder(content: Json) -> None:
    """The answer says which field lacks"""
    roles = [{"id": CONTRIBUTOR, "scope_id": STAGING, "policy_parameters": content}]
    body = {"operation": "add", "principal": {"type": "user", "id": TOM}, "roles": roles}
    async with account(permissions=True) as it:
        answer = await it.ask("PUT", ASSIGN, json=body)

    assert (400, "missing fields") == answer.reason
    assert {"fields": ["policy_parameters.folder_id"]} == answer.body["error"]["details"]


async def test_a_folder_is_text() -> None:
    """Half of a character is none"""
    roles = [{"id": CONTRIBUTOR, "scope_id": STAGING, "policy_parameters": {"folder_id": "\ud800"}}]
    body = {"operation": "add", "principal": {"type": "user", "id": TOM}, "roles": roles}
    async with account(permissions=True) as it:
        answer = await it.ask("PUT", ASSIGN, json=body)
        assert (400, "invalid request") == answer.reason


async def test_a_role_of_everything_ignores_a_folder() -> None:
    """It has no content to be about"""
    async with account(permissions=True) as it:
        who = await principal(it, "apiKey")
        await give(it, who, UPLOADER, SHOP)
        assert [] == await content_roles(it, who)


async def test_one_call_tells_the_roles_of_every_key() -> None:
    """Of everything and of folders; a key without a role is not in it"""
    async with account(permissions=True) as it:
        who = await principal(it, "apiKey")
        query = {"scope_type": "prodenv", "scope_id": STAGING, "principal_type": "apiKey"}
        before = (await it.done("GET", INSPECT, query=query.items()))["data"]["principals"]
        await give(it, who, CONTRIBUTOR, SHOP)
        await give(it, who, UPLOADER, {})
        after = (await it.done("GET", INSPECT, query=query.items()))["data"]["principals"]

    assert who["id"] not in {each["id"] for each in before}
    assert {MASTER} == {role["id"] for each in before for role in each["roles"]}
    [ours] = [each for each in after if each["id"] == who["id"]]
    assert [(CONTRIBUTOR, SHOP), (UPLOADER, None)] == [
        (role["id"], role.get("policy_parameters")) for role in ours["roles"]
    ]


async def test_the_catalog_is_public_and_like_its_sample() -> None:
    """Without a key, also of an account without the Permissions API"""
    schema = raw()["components"]["schemas"]["SystemRolesAndPoliciesCatalogResponse"]
    sample = schema["properties"]["catalog"]["example"]
    async with account() as it, it.session.get(f"{it.url}{PUBLIC}/catalog") as answer:
        assert 200 == answer.status
        found = (await answer.json())["catalog"]

    assert sample.keys() == found.keys()
    for name, entries in found.items():
        assert all(each.keys() == sample[name][0].keys() for each in entries)
    listed = {each["id"]: each for each in found["system_roles"]}
    assert ROLES.keys() - listed.keys() == {UPLOADER}
    for role in sample["system_roles"]:
        known = listed[role["id"]]
        assert (role["name"], role["description"]) == (known["name"], known["description"])
        assert {*role["system_policy_ids"]} <= {*known["system_policy_ids"]}
    policies = {each["id"] for each in found["system_policies"]}
    assert {each for role in listed.values() for each in role["system_policy_ids"]} <= policies


def test_every_published_policy_is_known() -> None:
    """And no other one passes for published"""
    published = str(raw())
    ids = POLICIES.keys()
    assert OWN == {id_ for id_ in ids if id_ not in published}


async def test_a_role_shows_its_policies_with_a_placeholder_or_the_folder() -> None:
    """As the document says"""
    async with account(permissions=True) as it:
        path = f"{Q}/roles/{CONTRIBUTOR}"
        plain = (await it.done("GET", path))["data"]
        about = (await it.done("GET", path, query=SHOP.items()))["data"]
        unknown = await it.ask("GET", f"{Q}/roles/nothing")

    for data, folder in ((plain, "<folder_id>"), (about, "shop")):
        for policy in data["policies"]:
            assert f'.contains("{folder}")' in policy["policy_statement"]
            assert ["folder_id"] == policy["policy_parameters"]
    assert (404, "not found") == unknown.reason


async def test_the_principals_of_a_role_are_told_and_changed() -> None:
    """All of them or none; only a verbose answer says where"""
    path = f"{Q}/roles/{CONTRIBUTOR}/principals"
    async with account(permissions=True) as it:
        who = await principal(it, "apiKey")
        named = {
            "principal_type": "apiKey",
            "principal_id": who["id"],
            "scope_id": STAGING,
            "policy_parameters": SHOP,
        }
        wrong = {**named, "principal_id": "nobody"}
        body: Json = {"operation": "add", "principals": [named, wrong]}
        assert 404 == (await it.ask("PUT", path, json=body)).status
        assert [] == (await it.done("GET", path))["data"]
        await it.done("PUT", path, json={**body, "principals": [named]})
        assert [who] == (await it.done("GET", path))["data"]
        [verbose] = (await it.done("GET", path, query=[("verbose", "true")]))["data"]
        assert (SHOP, STAGING) == (verbose["policy_parameters"], verbose["scope_id"])
        assert [] == (await it.done("GET", path, query=[("folder_id", "press")]))["data"]
        await it.done("PUT", path, json={"operation": "remove", "principals": [named]})
        assert [] == (await it.done("GET", path))["data"]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"scope_type": None}, 400, "scope_type"),
        ({"principals": None}, 400, "principals"),
        ({"principals": {}}, 400, {"principals": {}}),
        ({"principals": ["tom"]}, 400, {"principals": "tom"}),
        ({"principals": [{"type": "user"}]}, 400, {"principals": {"type": "user"}}),
        ({"principals": [{"type": {}, "id": "0"}]}, 400, {"principals": {"type": {}, "id": "0"}}),
        ({"scope_type": "galaxy"}, 400, {"scope_type": "galaxy"}),
        ({"scope_id": None}, 400, "scope_id"),
        ({"scope_id": "nowhere"}, 404, {"scope_id": "nowhere"}),
        ({"policy_parameters": []}, 400, {"policy_parameters": []}),
    ],
)
async def test_an_invalid_inspection_is_refused(change: Json, status: int, field: object) -> None:
    """The answer says what is wrong"""
    who = {"type": "user", "id": TOM}
    body = {"scope_type": "prodenv", "scope_id": STAGING, "principals": [who], **change}
    async with account(permissions=True) as it:
        answer = await it.ask("POST", INSPECT, json=body)

    assert status == answer.status
    assert {"fields": [field]} == answer.body["error"]["details"]


async def test_an_inspection_of_several_is_narrowed_to_a_folder() -> None:
    """Each principal is in the answer, in the order of the request"""
    async with account(permissions=True) as it:
        key, user = await principal(it, "apiKey"), {"type": "user", "id": TOM}
        await give(it, key, CONTRIBUTOR, SHOP)
        body = {
            "scope_type": "prodenv",
            "scope_id": STAGING,
            "principals": [user, key],
            "policy_parameters": SHOP,
        }
        found = (await it.done("POST", INSPECT, json=body))["data"]["principals"]

    assert [(user["id"], []), (key["id"], [CONTRIBUTOR])] == [
        (each["id"], [role["id"] for role in each["roles"]]) for each in found
    ]
