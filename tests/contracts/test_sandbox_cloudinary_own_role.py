"""The account key's own roles: without one in an environment it creates no keys there."""

from http import HTTPStatus
from typing import Final

import pytest

from sandbox.cloudinary.app import ACCOUNT_KEY
from sandbox.cloudinary.roles import LIBRARY, MASTER
from tests.contracts.cloudinary_account import KEYS, PRODUCTION, STAGING, Account, P, Q, account

OWN: Final = {"type": "provisioningKey", "id": ACCOUNT_KEY}


def refusal(environment_id: str) -> tuple[int, str]:
    """The answer to an account key without a role."""
    reason = 'Request forbidden due to missing permissions (actions=["create"])'
    return 403, f"[prodenv:{environment_id}] {reason}"


async def change(it: Account, environment_id: str, role: str, operation: str = "add") -> None:
    """Add a role to the account key by the API, or remove it."""
    roles = [{"id": role, "scope_id": environment_id}]
    body = {"operation": operation, "principal": OWN, "roles": roles}
    await it.done("PUT", f"{Q}/principal_roles", json=body)


async def test_a_new_environment_refuses_keys_until_the_account_key_has_a_role() -> None:
    """It can give itself one, as the Terraform provider does; listing keys is allowed before"""
    async with account(permissions=True) as it:
        made = await it.done("POST", f"{P}/sub_accounts", json={"name": "fresh"})
        path = f"{P}/sub_accounts/{made['id']}/access_keys"
        assert refusal(made["id"]) == (await it.ask("POST", path, json={})).reason
        assert 1 == (await it.done("GET", path))["total"]
        await change(it, made["id"], LIBRARY)
        assert refusal(made["id"]) == (await it.ask("POST", path, json={})).reason
        await change(it, made["id"], MASTER)
        assert "api_key" in await it.done("POST", path, json={})
        await change(it, made["id"], MASTER, "remove")
        assert refusal(made["id"]) == (await it.ask("POST", path, json={})).reason


async def test_the_sandbox_takes_the_role_and_gives_it_back() -> None:
    """In one environment or everywhere"""
    async with account(permissions=True) as it:
        await it.done("POST", "/sandbox/own_role", json={"environment": STAGING, "taken": True})
        assert refusal(STAGING) == (await it.ask("POST", KEYS, json={})).reason
        elsewhere = f"{P}/sub_accounts/{PRODUCTION}/access_keys"
        await it.done("POST", elsewhere, json={})
        await it.done("POST", "/sandbox/own_role", json={"taken": True})
        assert refusal(PRODUCTION) == (await it.ask("POST", elsewhere, json={})).reason
        await it.done("POST", "/sandbox/own_role", json={})
        for path in (KEYS, elsewhere):
            await it.done("POST", path, json={})


async def test_an_account_without_roles_needs_none() -> None:
    """Its account key creates keys in every environment"""
    async with account() as it:
        await it.done("POST", "/sandbox/own_role", json={"taken": True})
        await it.done("POST", KEYS, json={})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("own_role", {"environment": "nowhere"}, HTTPStatus.NOT_FOUND),
        ("own_role", {"taken": "perhaps"}, HTTPStatus.BAD_REQUEST),
        ("users/nobody", {"pending": False}, HTTPStatus.NOT_FOUND),
    ],
)
async def test_a_wrong_instruction_changes_nothing(
    path: str, body: dict[str, object], status: HTTPStatus
) -> None:
    """It is told"""
    async with account(permissions=True) as it:
        before = await it.done("GET", "/sandbox/state")
        assert status == (await it.ask("POST", f"/sandbox/{path}", json=body)).status
        assert before == await it.done("GET", "/sandbox/state")
