"""What an environment's key can do, seen through the official Admin API client."""

import cloudinary.api
import pytest
from cloudinary import exceptions

from sandbox.cloudinary.roles import LIBRARY, MASTER
from tests.contracts.cloudinary_account import (
    DEVELOPMENT,
    KEYS,
    STAGING,
    Account,
    Json,
    P,
    account,
)

CLOUD = "lumen-staging"
FORBIDDEN = f'[prodenv:{STAGING}] Request forbidden due to missing permissions (actions=["read"])'


async def made(it: Account) -> Json:
    """Generate a key."""
    found: Json = await it.done("POST", KEYS, json={})
    return found


async def test_a_new_key_passes_ping_but_has_no_permissions() -> None:
    """A ping is no proof that a key works"""
    async with account(permissions=True) as it:
        key = await made(it)
        assert {"status": "ok"} == await it.customer(cloudinary.api.ping, key, CLOUD)
        with pytest.raises(exceptions.NotAllowed) as caught:
            await it.customer(cloudinary.api.resources, key, CLOUD)

    assert f"Error 403 - {FORBIDDEN}" == str(caught.value)


async def test_a_role_gives_permissions() -> None:
    """For as long as the key has it"""
    async with account(permissions=True) as it:
        key = await made(it)
        await it.assign(key, MASTER, STAGING)
        assert {"resources": []} == await it.customer(cloudinary.api.resources, key, CLOUD)
        await it.assign(key, MASTER, STAGING, "remove")
        with pytest.raises(exceptions.NotAllowed):
            await it.customer(cloudinary.api.resources, key, CLOUD)


@pytest.mark.parametrize(("role", "scope"), [(LIBRARY, STAGING), (MASTER, DEVELOPMENT)])
async def test_another_role_or_another_environment_is_not_enough(role: str, scope: str) -> None:
    """The key belongs to staging, and a library user has no folder by default"""
    async with account(permissions=True) as it:
        key = await made(it)
        await it.assign(key, role, scope)
        with pytest.raises(exceptions.NotAllowed):
            await it.customer(cloudinary.api.resources, key, CLOUD)


@pytest.mark.parametrize("name", ["e2e-tests", None])
async def test_keys_from_before_roles_are_master_admins(name: str | None) -> None:
    """Also after they were disabled for a while"""
    async with account(permissions=True) as it:
        key = await it.key(name)
        assert {"resources": []} == await it.customer(cloudinary.api.resources, key, CLOUD)


async def test_the_root_key_of_a_new_environment_has_every_permission() -> None:
    """Any other key of the environment needs a role"""
    async with account(permissions=True) as it:
        environment = await it.done("POST", f"{P}/sub_accounts", json={"name": "fresh"})
        root = await it.key(None, environment["id"])
        assert {"resources": []} == await it.customer(cloudinary.api.resources, root, "fresh")


async def test_in_an_account_without_roles_every_key_has_every_permission() -> None:
    """Such an account has no Permissions API"""
    async with account() as it:
        key = await made(it)
        assert {"resources": []} == await it.customer(cloudinary.api.resources, key, CLOUD)


async def test_a_key_works_only_while_it_and_its_environment_are_enabled() -> None:
    """In its own environment, with its own secret"""
    async with account() as it:
        key, off = await it.key("e2e-tests"), await it.key("load-test")
        await it.customer(cloudinary.api.ping, key, CLOUD)
        for pair, cloud in (
            (off, CLOUD),
            ({**key, "api_secret": "wrong"}, CLOUD),
            (key, "lumen-dev"),
            (key, "nowhere"),
        ):
            with pytest.raises(exceptions.AuthorizationRequired, match="Invalid credentials"):
                await it.customer(cloudinary.api.ping, pair, cloud)
        await it.done("PUT", f"{P}/sub_accounts/{STAGING}", json={"enabled": False})
        with pytest.raises(exceptions.AuthorizationRequired):
            await it.customer(cloudinary.api.ping, key, CLOUD)


@pytest.mark.parametrize("header", ["", "Basic", "Basic ?", "Basic /w==", "Bearer eDp5"])
async def test_an_invalid_authorization_header_is_refused(header: str) -> None:
    """Whatever is wrong with it"""
    async with account() as it:
        answer = await it.ask("GET", f"/v1_1/{CLOUD}/ping", headers={"Authorization": header})
        assert (401, "Invalid credentials") == answer.reason
