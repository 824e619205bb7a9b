"""The make-believe account, proven with Cloudinary's own Python packages and document."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp.test_utils import TestServer
from cloudinary import exceptions, provisioning
from cloudinary.api_client import call_account_api
from cloudinary_account_provisioning import CldProvisioning
from cloudinary_account_provisioning.models import Security

from sandbox import company
from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET, create_app
from sandbox.cloudinary.coverage import ADMIN_API, NOT_PLAYED, PLAYED

DOCUMENT = Path(__file__).parents[1] / "schemas/cloudinary/account-provisioning-openapi.yaml"
STAGING = company.ENVIRONMENTS[1].id
Json = dict[str, Any]
Official = Callable[..., Awaitable[Json]]


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """An account as it was seeded."""
    running = TestServer(create_app())
    async with running:
        yield running


@pytest.fixture
def call(server: TestServer) -> Official:
    """Call one of the official package's functions, in a thread since it blocks."""
    options = {
        "account_id": company.ACCOUNT_ID,
        "provisioning_api_key": ACCOUNT_KEY,
        "provisioning_api_secret": ACCOUNT_SECRET,
        "upload_prefix": str(server.make_url("")).rstrip("/"),
    }

    async def called(function: Callable[..., Json], *arguments: object, **more: object) -> Json:
        return await asyncio.to_thread(function, *arguments, **more, **options)

    return called


async def test_keys_are_listed_made_changed_and_deleted(call: Official) -> None:
    """Every function of access keys, with the wire's own names in their order."""
    listed = await call(provisioning.access_keys, STAGING, page_size=2, page=1, sort_by="name")
    assert list(listed) == ["access_keys", "total"]
    assert len(listed["access_keys"]) == 2
    assert listed["total"] == 5
    made = await call(provisioning.generate_access_key, STAGING, name="main key", enabled=False)
    assert list(made) == [
        "name",
        "api_key",
        "api_secret",
        "created_at",
        "updated_at",
        "enabled",
        "root",
    ]
    assert made["enabled"] is False
    changed = await call(
        provisioning.update_access_key,
        STAGING,
        made["api_key"],
        name="n2",
        enabled=True,
        dedicated_for="webhooks",
    )
    assert (changed["name"], changed["enabled"]) == ("n2", True)
    assert changed["dedicated_for"] == ["webhooks"]
    assert await call(provisioning.delete_access_key, STAGING, name="n2") == {"message": "ok"}
    other = await call(provisioning.generate_access_key, STAGING)
    deleted = await call(provisioning.delete_access_key, STAGING, api_key=other["api_key"])
    assert deleted == {"message": "ok"}


async def test_environments_are_listed_made_changed_and_deleted(call: Official) -> None:
    """A new one is born with its root key."""
    made = await call(provisioning.create_sub_account, "Fresh one", custom_attributes={"a": 1})
    assert made["cloud_name"] == "Fresh-one"
    assert len(made["api_access_keys"]) == 1
    found = await call(provisioning.sub_accounts, ids=[made["id"], STAGING])
    assert {made["id"], STAGING} == {each["id"] for each in found["sub_accounts"]}
    changed = await call(provisioning.update_sub_account, made["id"], enabled=False)
    assert changed["enabled"] is False
    assert (await call(provisioning.sub_account, made["id"]))["name"] == "Fresh one"
    assert await call(provisioning.delete_sub_account, made["id"]) == {"message": "ok"}


async def test_users_and_groups_are_listed_made_changed_and_deleted(call: Official) -> None:
    """With the answers that the live service gives, where its document differs."""
    user = await call(provisioning.create_user, "Jo New", "jo@x.example", "admin", [STAGING])
    assert user["pending"] is True
    assert (await call(provisioning.users, user_ids=[user["id"]], status="active"))["users"] == []
    assert len((await call(provisioning.users, prefix="jo"))["users"]) == 1
    assert (await call(provisioning.update_user, user["id"], name="Jo"))["name"] == "Jo"
    group = await call(provisioning.create_user_group, "Reviewers")
    added = await call(provisioning.add_user_to_group, group["id"], user["id"])
    assert [each["id"] for each in added["users"]] == [user["id"]]
    assert (await call(provisioning.user_group_users, group["id"]))["users"] == added["users"]
    groups = await call(provisioning.user_groups)
    assert "Reviewers" in {each["name"] for each in groups["user_groups"]}
    await call(provisioning.remove_user_from_group, group["id"], user["id"])
    assert await call(provisioning.delete_user_group, group["id"]) == {"ok": True}
    assert await call(provisioning.delete_user, user["id"]) == {"message": "ok"}


async def test_refusals_are_the_official_packages_own_errors(call: Official) -> None:
    """401, 403, 404, 409 and 420 arrive as what a customer catches."""
    with pytest.raises(exceptions.NotFound, match="Cannot find sub account with id nowhere"):
        await call(provisioning.users, sub_account_id="nowhere")
    with pytest.raises(exceptions.NotFound):
        await call(provisioning.access_keys, "nowhere")
    with pytest.raises(exceptions.AlreadyExists):
        await call(provisioning.generate_access_key, STAGING, name="e2e-tests")
    root = (await call(provisioning.access_keys, STAGING, sort_order="asc"))["access_keys"][0]
    with pytest.raises(exceptions.NotAllowed):
        await call(provisioning.update_access_key, STAGING, root["api_key"], enabled=False)


async def test_a_wrong_secret_is_turned_away(server: TestServer) -> None:
    """As the live service words it."""
    with pytest.raises(exceptions.AuthorizationRequired, match="Invalid credentials"):
        await asyncio.to_thread(
            provisioning.sub_accounts,
            account_id=company.ACCOUNT_ID,
            provisioning_api_key=ACCOUNT_KEY,
            provisioning_api_secret="wrong",
            upload_prefix=str(server.make_url("")).rstrip("/"),
        )


async def test_the_typed_package_reads_our_json(server: TestServer) -> None:
    """The generated client's models take the keys and the users."""

    def used() -> tuple[int, str, int]:
        security = Security(
            provisioning_api_key=ACCOUNT_KEY, provisioning_api_secret=ACCOUNT_SECRET
        )
        with CldProvisioning(
            account_id=company.ACCOUNT_ID,
            security=security,
            server_url=str(server.make_url("")).rstrip("/"),
        ) as client:
            keys = client.access_keys.list(request={"sub_account_id": STAGING})
            made = client.access_keys.generate(
                sub_account_id=STAGING, access_key_request={"name": "typed", "enabled": False}
            )
            users = client.users.list(request={"emails": ["tom@lumen-goods.example"]})
            return len(keys.access_keys or []), str(made.name), len(users.users or [])

    assert await asyncio.to_thread(used) == (5, "typed", 1)


async def test_a_pair_works_only_while_both_it_and_its_environment_are_enabled(
    server: TestServer,
) -> None:
    """Asked the way a customer's program does."""
    async with aiohttp.ClientSession() as session:
        async with session.get(server.make_url("/sandbox/state")) as answer:
            state = await answer.json()
        keys = {key["name"]: key for key in state["environments"][1]["keys"]}

        async def ping(key: Json, secret: str | None = None) -> int:
            pair = aiohttp.encode_basic_auth(key["api_key"], secret or key["api_secret"])
            url = server.make_url("/v1_1/lumen-staging/ping")
            async with session.get(url, headers={"Authorization": pair}) as answer:
                return answer.status

        assert await ping(keys["e2e-tests"]) == 200
        assert await ping(keys["e2e-tests"], "wrong") == 401
        assert await ping(keys["load-test"]) == 401


async def test_state_outlives_a_restart_where_it_is_asked_to(tmp_path: Path) -> None:
    """The file holds what was changed."""
    file = tmp_path / "account.json"
    path = f"/v1_1/provisioning/accounts/{company.ACCOUNT_ID}/sub_accounts/{STAGING}/access_keys"
    signed = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_KEY, ACCOUNT_SECRET)}
    async with TestServer(create_app(file)) as first, aiohttp.ClientSession() as session:
        url = first.make_url(path)
        async with session.post(url, json={"name": "kept"}, headers=signed) as answer:
            made = await answer.json()
    async with TestServer(create_app(file)) as second, aiohttp.ClientSession() as session:
        url = second.make_url(path)
        async with session.get(url, headers=signed) as answer:
            assert made in (await answer.json())["access_keys"]
        async with session.post(url, json={"name": "next"}, headers=signed) as answer:
            assert (await answer.json())["api_key"] != made["api_key"]


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.1", "169.254.1.1"])
async def test_another_name_of_this_machine_can_not_drive_it(server: TestServer, host: str) -> None:
    """A page of somewhere else must not reach the control surface."""
    async with aiohttp.ClientSession() as session:
        url = server.make_url("/sandbox/state")
        async with session.get(url, headers={"Host": host}) as answer:
            assert answer.status == 403


def test_the_table_is_the_documents_and_the_routers() -> None:
    """Every operation is played or said not to be, and what is played is routed."""
    paths = yaml.safe_load(DOCUMENT.read_text())["paths"]
    verbs = {"get", "post", "put", "delete"}
    documented = {(v.upper(), p) for p, found in paths.items() for v in found if v in verbs}
    routed = {
        (route.method, route.resource.canonical)
        for route in create_app().router.routes()
        if route.resource and route.method != "HEAD" and "/v" in route.resource.canonical
    }

    assert documented == PLAYED.keys() | NOT_PLAYED
    assert PLAYED.keys() & NOT_PLAYED == set()
    assert routed == PLAYED.keys() | ADMIN_API.keys()


@pytest.fixture(autouse=True)
def closed_pool() -> Iterator[None]:
    """The official package keeps its connections in a pool of the process's own."""
    yield
    call_account_api._http.clear()
