"""Scenarios for Cloudinary's generated package: environments and their keys."""

from collections.abc import Callable, Mapping
from typing import Final

import pytest
from cloudinary_account_provisioning import CldProvisioning
from cloudinary_account_provisioning.models import (
    AccessKeyUpdateRequest,
    DedicatedFor,
    ErrorResponse,
    GetAccessKeysRequest,
    SortBy,
    SortOrder,
)

from tests.contracts.cloudinary_account import STAGING

Client = CldProvisioning
Scenario = Callable[[Client], None]


def environments_list(client: Client) -> None:
    """The client repeats a list's parameter, `ids=a&ids=b`."""
    found = client.product_environments.list(ids=[STAGING, "nobody"]).sub_accounts or []
    assert [STAGING] == [each.id for each in found]
    clouds = client.product_environments.list(cloud_names=["lumen-dev"], enabled=True)
    assert ["Development"] == [each.name for each in clouds.sub_accounts or []]


def environments_create(client: Client) -> None:
    """The new environment has one key."""
    made = client.product_environments.create(request={"name": "Fresh"})
    assert ("Fresh", 1) == (made.cloud_name, len(made.api_access_keys or []))


def environments_get(client: Client) -> None:
    """By its id."""
    assert "Staging" == client.product_environments.get(sub_account_id=STAGING).name


def environments_update(client: Client) -> None:
    """The client sends a JSON boolean."""
    changed = client.product_environments.update(
        sub_account_id=STAGING, product_environment_update_request={"enabled": False}
    )
    assert changed.enabled is False


def environments_delete(client: Client) -> None:
    """The environment is deleted."""
    assert "ok" == client.product_environments.delete(sub_account_id=STAGING).message
    with pytest.raises(ErrorResponse) as caught:
        client.product_environments.get(sub_account_id=STAGING)
    assert (404, "not found") == (caught.value.status_code, _message(caught.value))


def _message(error: ErrorResponse) -> str | None:
    return error.data.error.message if error.data.error else None


def keys_list(client: Client) -> None:
    """Sorted and in pages."""
    found = client.access_keys.list(
        request=GetAccessKeysRequest(
            sub_account_id=STAGING,
            page_size=2,
            page=2,
            sort_by=SortBy.NAME,
            sort_order=SortOrder.ASC,
        )
    )
    assert (["load-test", "preview-builds"], 5) == (
        [key.name for key in found.access_keys or []],
        found.total,
    )


def keys_generate(client: Client) -> None:
    """The answer has the secret."""
    made = client.access_keys.generate(
        sub_account_id=STAGING, access_key_request={"name": "typed", "enabled": False}
    )
    assert ("typed", False, 27) == (made.name, made.enabled, len(made.api_secret or ""))


def key(client: Client, name: str) -> str:
    """Find an API key by its name."""
    found = client.access_keys.list(request={"sub_account_id": STAGING}).access_keys or []
    return next(str(each.api_key) for each in found if each.name == name)


def keys_update(client: Client) -> None:
    """Rename and disable in one call."""
    changed = client.access_keys.update(
        sub_account_id=STAGING,
        key=key(client, "e2e-tests"),
        access_key_update_request=AccessKeyUpdateRequest(
            name="n2", enabled=False, dedicated_for=DedicatedFor.WEBHOOKS
        ),
    )
    assert ("n2", False) == (changed.name, changed.enabled)


def keys_delete(client: Client) -> None:
    """By the API key; a second deletion finds nothing."""
    api_key = key(client, "e2e-tests")
    assert "ok" == client.access_keys.delete(sub_account_id=STAGING, key=api_key).message
    with pytest.raises(ErrorResponse):
        client.access_keys.delete(sub_account_id=STAGING, key=api_key)


def keys_delete_by_name(client: Client) -> None:
    """The name is in the query."""
    done = client.access_keys.delete_by_name(sub_account_id=STAGING, name="e2e-tests")
    assert "ok" == done.message


SCENARIOS: Final[Mapping[str, Scenario]] = {
    "product_environments.list": environments_list,
    "product_environments.create": environments_create,
    "product_environments.get": environments_get,
    "product_environments.update": environments_update,
    "product_environments.delete": environments_delete,
    "access_keys.list": keys_list,
    "access_keys.generate": keys_generate,
    "access_keys.update": keys_update,
    "access_keys.delete": keys_delete,
    "access_keys.delete_by_name": keys_delete_by_name,
}
