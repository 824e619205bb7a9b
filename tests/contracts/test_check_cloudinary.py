"""`check` gathers its facts about Cloudinary by reading alone."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.adapters.checks.cloudinary import CloudinaryProbe
from bot.domain.operators import Operator
from bot.domain.secret import Secret
from bot.errors import StoreError
from sandbox.at_cloudinary import ENVIRONMENTS, USERS
from tests.contracts.cloudinary_twin import ACCOUNT, Twin, twin

V1, V2 = "/v1_1/provisioning/accounts/*", "/v2/*"
FITS = {"cloudinary.read", "cloudinary.rights", "cloudinary.creation_unproven"}


async def never() -> bool:
    """Say that the account never had the Permissions API."""
    return False


async def before() -> bool:
    """Say that it had the API."""
    return True


async def away() -> bool:
    """Fail to reach Redis."""
    raise StoreError("Redis does not answer")


async def codes(it: Twin, had: Callable[[], Awaitable[bool]] = never) -> set[str]:
    """Return the codes of what the probe finds."""
    return {each.code for each in await CloudinaryProbe(it.client, had=had).look()}


async def test_a_good_account_has_no_fault_and_is_not_changed() -> None:
    """Every call is a GET"""
    async with twin() as it:
        assert await codes(it) == FITS
        async with it.session.get(f"{it.url}/sandbox/requests") as answer:
            calls = (await answer.json())["requests"]
    assert {call["method"] for call in calls} == {"GET"}


@pytest.mark.parametrize(
    "account",
    [
        replace(ACCOUNT, api_secret=Secret("wrong")),
        replace(ACCOUNT, api_key="1"),
        replace(ACCOUNT, account_id="another"),
    ],
)
async def test_credentials_that_cloudinary_refuses(account: object) -> None:
    """Key, secret or account id"""
    assert isinstance(account, type(ACCOUNT))
    async with twin(account) as it:
        assert await codes(it) == {"cloudinary.refused"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{V1}/sub_accounts", 403, "cloudinary.no_environments"),
        (f"{V1}/sub_accounts", 404, "cloudinary.no_account"),
        (f"{V1}/sub_accounts", 503, "cloudinary.away"),
        (f"{V1}/{ENVIRONMENTS[0].id}/access_keys", 403, "cloudinary.no_keys"),
        (f"{V1}/users", 403, "cloudinary.no_users"),
        (f"{V1}/users", 503, "cloudinary.away"),
        (V2, 503, "cloudinary.away"),
    ],
)
async def test_what_the_account_key_may_not_read(path: str, status: int, code: str) -> None:
    """Each by its own fault, and the rest is still examined"""
    async with twin() as it:
        await it.plan("GET", "status", path=path, status=status, count=99)
        assert code in await codes(it)


async def test_an_account_that_had_the_permissions_api_is_told_apart() -> None:
    """By what Redis says; where it does not, nothing is claimed"""
    async with twin() as it:
        assert "cloudinary.downgraded" in await codes(it, before)
        assert await codes(it, away) == FITS - {"cloudinary.rights"}
    async with twin(permissions=True) as it:
        assert "cloudinary.rights" in await codes(it, before)


async def test_an_account_key_without_a_role() -> None:
    """Only the Permissions API knows; where it does not show roles, nothing is claimed"""
    async with twin(permissions=True) as it:
        await it.session.post(f"{it.url}/sandbox/own_role", json={"taken": True})
        assert "cloudinary.no_role" in await codes(it)
        await it.plan("GET", "status", path="*/principal_roles", status=403, count=99)
        assert "cloudinary.creation_unproven" in await codes(it)


async def test_operators() -> None:
    """One without a Cloudinary user, one whose user is disabled, and one who is right"""
    disabled = next(user for user in USERS if not user.enabled or user.pending)
    right = next(user for user in USERS if user.enabled and not user.pending)
    known = [
        Operator("zed", "U0ZED", "zed@lumen-goods.example"),
        Operator("old", "U0OLD", disabled.email),
        Operator("ada", "U0ADA", right.email),
    ]
    async with twin() as it:
        found = await CloudinaryProbe(it.client, known).look()
    told = {each.code: each.text for each in found}
    assert " zed " in told["cloudinary.operator_unknown"]
    assert " old " in told["cloudinary.operator_unusable"]
    assert not any(" ada " in text for text in told.values())
