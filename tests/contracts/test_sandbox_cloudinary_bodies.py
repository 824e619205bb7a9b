"""Which request bodies and values the simulated account accepts."""

import pytest

from sandbox.cloudinary.roles import MASTER
from tests.contracts.cloudinary_account import KEYS, STAGING, TOM, P, Q, account

PLACES, USERS, GROUPS = f"{P}/sub_accounts", f"{P}/users", f"{P}/user_groups"
WRITES = [
    ("POST", PLACES),
    ("PUT", f"{PLACES}/{STAGING}"),
    ("POST", KEYS),
    ("POST", USERS),
    ("PUT", f"{USERS}/{TOM}"),
    ("POST", GROUPS),
    ("DELETE", KEYS),
]
IDS = [f"{method} {path.removeprefix(P)}" for method, path in WRITES]
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(("method", "path"), [*WRITES, ("PUT", f"{Q}/principal_roles")])
@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b'"name"',
        b"null",
        b"17",
        b'{"name": "x"',
        b"name=x",
        b"\xff\xfe\xfa",
        b'{"name": NaN}',
        b'{"a":' * 9999,
    ],
    ids=["list", "word", "null", "number", "cut", "form", "bytes", "NaN", "deep"],
)
async def test_a_body_that_is_not_an_object_is_refused(method: str, path: str, data: bytes) -> None:
    """By every operation"""
    async with account(permissions=True) as it:
        assert 400 == (await it.ask(method, path, data=data, headers=JSON)).status


@pytest.mark.parametrize(("method", "path"), WRITES, ids=IDS)
@pytest.mark.parametrize("name", [5, True, ["x"], {"a": "x"}, "", " \t"])
async def test_a_name_is_a_string(method: str, path: str, name: object) -> None:
    """It must not be blank"""
    async with account() as it:
        body = {"email": "jo@x.example", "name": name}
        assert 400 == (await it.ask(method, path, json=body)).status


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", PLACES, "enabled"),
        ("PUT", f"{PLACES}/{STAGING}", "enabled"),
        ("POST", KEYS, "enabled"),
        ("POST", USERS, "enabled"),
        ("PUT", f"{USERS}/{TOM}", "enabled"),
        ("POST", GROUPS, "extended_details"),
    ],
)
@pytest.mark.parametrize("value", ["True", "no", "", 0, 1, [], {}, "1"])
async def test_a_boolean_is_true_or_false(method: str, path: str, name: str, value: object) -> None:
    """Or the word for it; nothing else is accepted"""
    async with account() as it:
        body = {"name": "x", "email": "jo@x.example", name: value}
        assert (400, f"{name} is not a boolean") == (await it.ask(method, path, json=body)).reason


@pytest.mark.parametrize("value", [False, "false"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", PLACES),
        ("PUT", f"{PLACES}/{STAGING}"),
        ("POST", KEYS),
        ("POST", USERS),
        ("PUT", f"{USERS}/{TOM}"),
    ],
)
async def test_false_and_its_word_are_false(method: str, path: str, *, value: object) -> None:
    """One of Cloudinary's own packages sends words"""
    async with account() as it:
        body = {"name": "x", "email": "jo@x.example", "enabled": value}
        assert (await it.done(method, path, json=body))["enabled"] is False


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", PLACES, {"name": "x", "custom_attributes": "a"}),
        ("PUT", f"{PLACES}/{STAGING}", {"custom_attributes": []}),
        ("POST", PLACES, {"name": "x", "cloud_name": 5}),
        ("PUT", f"{PLACES}/{STAGING}", {"cloud_name": {}}),
        ("POST", PLACES, {"name": "x", "base_sub_account_id": 5}),
        ("PUT", f"{USERS}/{TOM}", {"sub_account_ids": STAGING}),
        ("PUT", f"{USERS}/{TOM}", {"sub_account_ids": [5]}),
        ("PUT", f"{USERS}/{TOM}", {"role": 5}),
        ("PUT", f"{USERS}/{TOM}", {"email": ["tom@x.example"]}),
    ],
)
async def test_other_fields_have_the_documented_type(
    method: str, path: str, body: dict[str, object]
) -> None:
    """Anything else is refused"""
    async with account() as it:
        assert 400 == (await it.ask(method, path, json=body)).status


async def test_an_empty_body_is_an_empty_object() -> None:
    """The typed client sends no body with a deletion, the other one sends an object"""
    async with account() as it:
        key = await it.key("e2e-tests")
        assert key["name"] == (await it.done("PUT", f"{KEYS}/{key['api_key']}"))["name"]
        assert {"message": "ok"} == await it.done("DELETE", f"{KEYS}/{key['api_key']}")


async def test_invalid_utf8_in_a_form_is_replaced() -> None:
    """The request itself is accepted"""
    async with account() as it:
        made = await it.done("POST", GROUPS, data=b"name=%ff\xff&&=&", headers=FORM)
        assert "\ufffd\ufffd" == made["name"]


async def test_unknown_fields_are_ignored() -> None:
    """The document does not forbid them"""
    async with account() as it:
        made = await it.done("POST", KEYS, json={"name": "x", "colour": "blue", "root": True})
        assert made["root"] is False


async def test_roles_are_assigned_all_or_none() -> None:
    """One invalid role among valid ones stops all of them"""
    async with account(permissions=True) as it:
        made = await it.done("POST", KEYS, json={})
        roles = [{"id": MASTER, "scope_id": STAGING}, {"id": MASTER, "scope_id": 5}]
        body = {
            "operation": "add",
            "principal": {"type": "apiKey", "id": made["api_key"]},
            "roles": roles,
        }
        assert 400 == (await it.ask("PUT", f"{Q}/principal_roles", json=body)).status
        state = await it.done("GET", "/sandbox/state")
        assert made["api_key"] not in {each["principal_id"] for each in state["assignments"]}
