"""What a key may do in an account with roles, seen through Cloudinary's official client."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import cloudinary.api
import cloudinary.uploader
import pytest
from cedarpy import is_authorized
from cloudinary import exceptions

from sandbox.cloudinary.roles import (
    BILLING,
    COLLECTION_VIEWER,
    CONTRIBUTOR,
    FOLDER_MANAGER,
    FOLDER_VIEWER,
    LIBRARY,
    MASTER,
    REPORTS,
    UPLOADER,
)
from tests.contracts.cloudinary_account import KEYS, STAGING, Account, Json, Q, account

CLOUD: Final = "lumen-staging"
PIXEL: Final = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACADs="
ALL: Final = frozenset({"ping", "list", "read", "usage", "upload", "replace", "delete", "destroy"})
NOTHING: Final = frozenset({"ping"})
ACTIONS: Final[Mapping[str, str]] = {
    "list": "read",
    "read": "read",
    "usage": "read",
    "upload": "create",
    "replace": "update",
    "delete": "delete",
    "destroy": "delete",
}
"""The action that a refusal names."""
CALLS: Final[Mapping[str, tuple[Callable[..., Any], tuple[object, ...], dict[str, object]]]] = {
    "ping": (cloudinary.api.ping, (), {}),
    "list": (cloudinary.api.resources, (), {}),
    "read": (cloudinary.api.resource, ("kept",), {}),
    "usage": (cloudinary.api.usage, (), {}),
    "upload": (cloudinary.uploader.upload, (PIXEL,), {"asset_folder": "shop/summer & sun"}),
    "replace": (
        cloudinary.uploader.upload,
        (PIXEL,),
        {"public_id": "kept", "asset_folder": "shop"},
    ),
    "destroy": (cloudinary.uploader.destroy, ("kept",), {}),
    "delete": (cloudinary.api.delete_resources, (["kept"],), {}),
}


async def upload(it: Account, key: Json, public_id: str, folder: str) -> None:
    """Put an image there."""
    named = {"public_id": public_id, "asset_folder": folder}
    await it.customer(cloudinary.uploader.upload, key, CLOUD, PIXEL, **named)


async def attempt(it: Account, key: Json, call: str) -> str | None:
    """Make a call, and give the message of a refusal."""
    function, arguments, more = CALLS[call]
    try:
        await it.customer(function, key, CLOUD, *arguments, **more)
    except (exceptions.NotAllowed, exceptions.Error) as error:
        return str(error)
    return None


async def allowed(it: Account, key: Json) -> set[str]:
    """The calls that succeed, with an image in the folder `shop` before each of them."""
    root, found = await it.key(None), set()
    for call in CALLS:
        await upload(it, root, "kept", "shop")
        message = await attempt(it, key, call)
        if message is None:
            found.add(call)
        else:
            reason = "Request forbidden due to missing permissions"
            assert f'[prodenv:{STAGING}] {reason} (actions=["{ACTIONS[call]}"])' in message
    return found


@pytest.mark.parametrize(
    ("role", "content", "can"),
    [
        (None, {}, NOTHING),
        (LIBRARY, {}, NOTHING),
        (MASTER, {}, ALL),
        (UPLOADER, {}, {"ping", "upload"}),
        (REPORTS, {}, {"ping", "usage"}),
        (BILLING, {}, {"ping", "usage"}),
        (FOLDER_VIEWER, {"folder_id": "shop"}, {"ping", "read"}),
        (CONTRIBUTOR, {"folder_id": "shop"}, {"ping", "read", "upload"}),
        (CONTRIBUTOR, {"folder_id": "shop/summer & sun"}, {"ping", "upload"}),
        (CONTRIBUTOR, {"folder_id": "sho"}, NOTHING),
        (CONTRIBUTOR, {"folder_id": 'shop") || ("'}, NOTHING),
        (FOLDER_MANAGER, {"folder_id": "shop"}, ALL - {"list", "usage"}),
        (COLLECTION_VIEWER, {"collection_id": "shop"}, NOTHING),
    ],
)
async def test_a_key_can_do_what_its_role_says(
    role: str | None, content: dict[str, str], can: set[str]
) -> None:
    """Everything else is refused with the live service's text"""
    async with account(permissions=True) as it:
        key = await it.done("POST", KEYS, json={"name": "new"})
        if role:
            await it.assign(key, role, STAGING, **content)
        assert can == await allowed(it, key)


async def test_roles_add_up_and_a_removed_one_is_gone() -> None:
    """At once"""
    async with account(permissions=True) as it:
        key = await it.done("POST", KEYS, json={"name": "new"})
        await it.assign(key, UPLOADER, STAGING)
        await it.assign(key, CONTRIBUTOR, STAGING, folder_id="shop")
        assert {"ping", "read", "upload"} == await allowed(it, key)
        await it.assign(key, CONTRIBUTOR, STAGING, "remove", folder_id="other")
        assert {"ping", "read", "upload"} == await allowed(it, key)
        await it.assign(key, CONTRIBUTOR, STAGING, "remove", folder_id="shop")
        assert {"ping", "upload"} == await allowed(it, key)


async def test_an_account_without_roles_refuses_no_key() -> None:
    """Each key can do everything"""
    async with account() as it:
        assert ALL == await allowed(it, await it.done("POST", KEYS, json={"name": "new"}))


@pytest.mark.parametrize("folder", ["a\nb", "a\x00b", "Zoë's 🗂 \\", "\u2028", "a\tb"])
async def test_an_odd_folder_takes_no_other_role_away(folder: str) -> None:
    """Whatever its name is; nor does it give anything"""
    async with account(permissions=True) as it:
        key = await it.done("POST", KEYS, json={"name": "new"})
        await it.assign(key, UPLOADER, STAGING)
        await it.assign(key, CONTRIBUTOR, STAGING, folder_id=folder)
        assert {"ping", "upload"} == await allowed(it, key)


@pytest.mark.parametrize("method", ["upload", "destroy"])
@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=a", b"--b\r\n"),
        ("multipart/form-data; boundary=a", b"--a\r\nx"),
        ("application/x-www-form-urlencoded", b"%ff&=&\xff"),
        ("application/json", b"{"),
        ("text/plain; charset=nothing", b"a"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(
    method: str, content_type: str, data: bytes
) -> None:
    """With an answer in Cloudinary's format"""
    async with account(permissions=True) as it:
        path, headers = f"/v1_1/{CLOUD}/image/{method}", {"Content-Type": content_type}
        answer = await it.ask("POST", path, data=data, headers=headers)
        assert answer.reason[0] in {400, 401}


@pytest.mark.parametrize("role", [LIBRARY, UPLOADER, MASTER])
async def test_the_effective_policies_say_the_same_as_the_admin_api(role: str) -> None:
    """Evaluated elsewhere, they have the same result"""
    async with account(permissions=True) as it:
        key = await it.done("POST", KEYS, json={"name": "new"})
        await it.assign(key, role, STAGING)
        query = {
            "scope_type": "prodenv",
            "scope_id": STAGING,
            "principal_type": "apiKey",
            "principal_id": key["api_key"],
        }
        data = (await it.done("GET", f"{Q}/policies/effective", query=query.items()))["data"]
        can = await allowed(it, key)

    [principal] = data["principals"]
    policies = [each for held in principal["roles"] for each in held["system_policies"]]
    text = "\n".join(each["policy_statement"] for each in policies)
    for call in ("upload", "delete"):
        request = {
            "principal": f'Cloudinary::APIKey::"{key["api_key"]}"',
            "action": f'Cloudinary::Action::"{ACTIONS[call]}"',
            "resource": 'Cloudinary::Asset::"kept"',
        }
        entities = [
            {
                "uid": {"type": "Cloudinary::Asset", "id": "kept"},
                "attrs": {"ancestor_ids": ["shop"], "collection_ids": []},
                "parents": [],
            }
        ]
        assert (call in can) is is_authorized(request, text, entities).allowed


async def test_a_wrong_signature_is_refused() -> None:
    """And a key that is unknown, disabled or of another environment"""
    async with account(permissions=True) as it:
        key, off = await it.key("e2e-tests"), await it.key("load-test")
        with pytest.raises(exceptions.AuthorizationRequired, match="Invalid Signature"):
            await upload(it, {**key, "api_secret": "wrong"}, "a", "")
        for unknown in ({**key, "api_key": "1"}, off):
            with pytest.raises(exceptions.AuthorizationRequired, match="Unknown API key"):
                await upload(it, unknown, "a", "")
        with pytest.raises(exceptions.AuthorizationRequired, match="Unknown API key"):
            await it.customer(cloudinary.uploader.upload, key, "lumen-dev", PIXEL)


@pytest.mark.parametrize("options", [{"signature_algorithm": "sha256"}, {"signature_version": 1}])
async def test_every_form_of_signature_is_accepted(options: dict[str, object]) -> None:
    """Of either algorithm and either version"""
    async with account(permissions=True) as it:
        root = await it.key(None)
        await it.customer(
            cloudinary.uploader.upload, root, CLOUD, PIXEL, asset_folder="a&b", **options
        )


async def test_an_uploaded_image_is_listed_until_it_is_deleted() -> None:
    """By its public id, once"""
    async with account(permissions=True) as it:
        root = await it.key(None)
        await upload(it, root, "a", "shop")
        await upload(it, root, "a", "shop")
        found = (await it.customer(cloudinary.api.resources, root, CLOUD))["resources"]
        assert [("a", "shop")] == [(each["public_id"], each["asset_folder"]) for each in found]
        ids = ["a", "b"]
        gone = await it.customer(cloudinary.api.delete_resources, root, CLOUD, ids)
        assert {"a": "deleted", "b": "not_found"} == gone["deleted"]
        assert {"result": "not found"} == await it.customer(
            cloudinary.uploader.destroy, root, CLOUD, "a"
        )
        with pytest.raises(exceptions.NotFound, match="Resource not found - a"):
            await it.customer(cloudinary.api.resource, root, CLOUD, "a")
