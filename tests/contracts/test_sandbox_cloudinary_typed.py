"""Every operation of Cloudinary's generated package, whose typed models must accept the JSON."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from cloudinary_account_provisioning import CldProvisioning
from cloudinary_account_provisioning.models import CloudinaryError, PermissionsErrorResponse

from tests.contracts import cloudinary_typed_keys as keys
from tests.contracts import cloudinary_typed_roles as roles
from tests.contracts import cloudinary_typed_users as users
from tests.contracts.cloudinary_account import account

SCENARIOS: Mapping[str, keys.Scenario] = {
    **keys.SCENARIOS,
    **users.SCENARIOS,
    **roles.SCENARIOS,
}
_CEDAR = {"name": "n", "policy_statement": "p", "scope_type": "account", "enabled": True}
_ROLE = {"name": "n", "permission_type": "global", "scope_type": "account"}
NOT_SIMULATED: Mapping[str, dict[str, Any]] = {
    "billing_usage.get": {},
    "public.get_schema": {},
    "public.validate_policy": {"request": {"policy": "p"}},
    "custom_policies.list": {},
    "custom_policies.create": {"request": _CEDAR},
    "custom_policies.get": {"policy_id": "p"},
    "custom_policies.update": {"policy_id": "p", "update_custom_policy": _CEDAR},
    "custom_policies.delete": {"policy_id": "p"},
    "roles.create": {"request": _ROLE},
    "roles.update": {"role_id": "r", "role": _ROLE},
    "roles.delete": {"role_id": "r"},
}
"""Operations that a key bot does not call, with arguments for them."""


def offered() -> set[str]:
    """Every operation that the package has."""
    return {
        f"{resource}.{name}"
        for resource, (module, kind) in CldProvisioning._sub_sdk_map.items()
        for name, _ in inspect.getmembers(getattr(import_module(module), kind), inspect.isfunction)
        if not name.startswith(("_", "do_request"))
    }


def test_every_operation_of_the_package_has_a_scenario() -> None:
    """So a new version's operations are noticed here"""
    assert offered() == SCENARIOS.keys() | NOT_SIMULATED.keys()


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_typed_package_works(name: str) -> None:
    """Each operation on a freshly seeded account"""
    async with account(permissions=True) as it:
        await it.typed(SCENARIOS[name])


@pytest.mark.parametrize("name", NOT_SIMULATED)
async def test_an_operation_that_is_not_simulated_is_the_packages_404(name: str) -> None:
    """Whether or not the package declares that status for the operation"""
    resource, _, operation = name.partition(".")

    def used(client: CldProvisioning) -> None:
        getattr(getattr(client, resource), operation)(**NOT_SIMULATED[name])

    async with account(permissions=True, watched=False) as it:
        with pytest.raises(CloudinaryError) as caught:
            await it.typed(used)

    assert 404 == caught.value.status_code
    assert '"message": "not found"' in caught.value.body


async def test_an_account_without_the_permissions_api_refuses_it() -> None:
    """In the error format of /v2/, which the package reads"""
    async with account() as it:
        with pytest.raises(PermissionsErrorResponse) as caught:
            await it.typed(roles.policies_effective)

    error = caught.value.data.error
    assert (403, "not allowed", "ACCOUNTS_00006") == (
        caught.value.status_code,
        error and error.message,
        error and error.code,
    )
