"""The simulated account's rules for access keys, over HTTP."""

from typing import Any

import pytest

from tests.contracts.cloudinary_account import (
    ARCHIVE,
    DEVELOPMENT,
    KEYS,
    PRODUCTION,
    Account,
    Json,
    P,
    account,
)


async def names(it: Account, *query: tuple[str, str]) -> list[str | None]:
    """List staging's keys by name."""
    found = (await it.done("GET", KEYS, query=query))["access_keys"]
    return [key["name"] for key in found]


async def purposes(it: Account, environment_id: str) -> Json:
    """The purposes of the keys that have one."""
    path = f"{P}/sub_accounts/{environment_id}/access_keys"
    found = (await it.done("GET", path))["access_keys"]
    return {key["name"]: key["dedicated_for"] for key in found if "dedicated_for" in key}


async def test_every_key_says_whether_it_is_the_root_key() -> None:
    """In the last field"""
    async with account() as it:
        found = (await it.done("GET", KEYS))["access_keys"]

    assert [1, 4] == [sum(key["root"] is root for key in found) for root in (True, False)]
    assert {"root"} == {list(key)[-1] for key in found}


async def test_a_new_key_is_enabled_and_nameless_by_default() -> None:
    """An empty body is enough"""
    async with account() as it:
        made = await it.done("POST", KEYS, json={})

    assert (None, True, False) == (made["name"], made["enabled"], made["root"])


@pytest.mark.parametrize(
    "body",
    [
        {"query": [("name", "e2e-tests")]},
        {"json": {"name": "e2e-tests"}},
        {
            "data": b"name=e2e%2Dtests",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
    ],
    ids=["query", "JSON", "form"],
)
async def test_a_key_is_deleted_by_name_in_three_ways(body: dict[str, Any]) -> None:
    """Each of Cloudinary's own clients sends another one; a second deletion finds nothing"""
    async with account() as it:
        assert {"message": "ok"} == await it.done("DELETE", KEYS, **body)
        assert "e2e-tests" not in await names(it)
        assert (404, "not found") == (await it.ask("DELETE", KEYS, **body)).reason


async def test_deleting_by_name_needs_a_name() -> None:
    """The nameless root key in particular stays"""
    async with account() as it:
        assert (400, "name is missing") == (await it.ask("DELETE", KEYS, json={})).reason
        assert None in await names(it)


async def test_a_name_is_unique_in_its_environment() -> None:
    """On creation and on update; a key may keep its own, and other environments may use it"""
    async with account() as it:
        key = await it.key("load-test")
        path = f"{KEYS}/{key['api_key']}"
        for method, at in (("POST", KEYS), ("PUT", path)):
            taken = await it.ask(method, at, json={"name": "e2e-tests"})
            assert (409, "Already exists") == taken.reason
        await it.done("PUT", path, json={"name": "load-test"})
        await it.done(
            "POST", f"{P}/sub_accounts/{DEVELOPMENT}/access_keys", json={"name": "e2e-tests"}
        )


async def test_a_refused_change_changes_nothing() -> None:
    """Not even with its valid fields"""
    async with account() as it:
        key = await it.key("load-test")
        path = f"{KEYS}/{key['api_key']}"
        await it.ask("PUT", path, json={"name": "new", "enabled": True, "dedicated_for": "mail"})
        assert key == await it.key("load-test")


async def test_a_purpose_has_one_holder() -> None:
    """A new holder takes it from the former one"""
    async with account() as it:
        assert {"webhooks": ["webhooks"]} == await purposes(it, PRODUCTION)
        key = await it.key("ci-bot", PRODUCTION)
        path = f"{P}/sub_accounts/{PRODUCTION}/access_keys/{key['api_key']}"
        await it.done("PUT", path, json={"dedicated_for": "webhooks"})
        assert {"ci-bot": ["webhooks"]} == await purposes(it, PRODUCTION)


@pytest.mark.parametrize("purpose", ["mail", "", ["webhooks"], 1])
async def test_webhooks_is_the_only_purpose(purpose: object) -> None:
    """It is a string, as documented"""
    async with account() as it:
        key = await it.key("ci-bot", PRODUCTION)
        path = f"{P}/sub_accounts/{PRODUCTION}/access_keys/{key['api_key']}"
        assert 400 == (await it.ask("PUT", path, json={"dedicated_for": purpose})).status
        assert {"webhooks": ["webhooks"]} == await purposes(it, PRODUCTION)


async def test_the_root_key_can_only_be_renamed() -> None:
    """It cannot be disabled or deleted"""
    async with account() as it:
        root = await it.key(None)
        path = f"{KEYS}/{root['api_key']}"
        assert "Main" == (await it.done("PUT", path, json={"name": "Main"}))["name"]
        off = await it.ask("PUT", path, json={"enabled": "false"})
        gone = await it.ask("DELETE", path)
        by_name = await it.ask("DELETE", KEYS, query=[("name", "Main")])

    assert [403, 403, 403] == [off.status, gone.status, by_name.status]


async def test_the_root_key_of_the_archive_may_be_enabled() -> None:
    """The seed has it disabled"""
    async with account() as it:
        root = await it.key(None, ARCHIVE)
        path = f"{P}/sub_accounts/{ARCHIVE}/access_keys/{root['api_key']}"
        assert (await it.done("PUT", path, json={"enabled": True}))["enabled"] is True


@pytest.mark.parametrize(
    ("by", "ascending"),
    [
        ("name", [None, "e2e-tests", "load-test", "preview-builds", "storefront-web"]),
        ("created_at", [None, "storefront-web", "e2e-tests", "load-test", "preview-builds"]),
        ("enabled", ["load-test", None, "storefront-web", "e2e-tests", "preview-builds"]),
    ],
)
async def test_keys_are_sorted_as_requested(by: str, ascending: list[str | None]) -> None:
    """Descending by default"""
    async with account() as it:
        assert ascending == await names(it, ("sort_by", by), ("sort_order", "asc"))
        assert ascending[::-1] == await names(it, ("sort_by", by))


async def test_keys_are_sorted_by_api_key() -> None:
    """All API keys have the same number of digits"""
    async with account() as it:
        found = (await it.done("GET", KEYS, query=[("sort_by", "api_key")]))["access_keys"]

    assert sorted((key["api_key"] for key in found), reverse=True) == [
        key["api_key"] for key in found
    ]


async def test_the_newest_key_is_first_even_within_a_second() -> None:
    """Although times have no fractions of a second"""
    async with account() as it:
        for name in ("first", "second"):
            await it.done("POST", KEYS, json={"name": name})
        assert ["second", "first"] == (await names(it))[:2]


async def test_pages_are_counted_from_one() -> None:
    """Without a size all keys are one page; the total counts all of them"""
    async with account() as it:
        by = (("sort_by", "name"), ("sort_order", "asc"), ("page_size", "2"))
        pages = [await names(it, *by, ("page", str(page))) for page in (1, 2, 3, 4)]
        whole = await it.done("GET", KEYS)
        second = await it.done("GET", KEYS, query=[("page", "2")])

    assert [2, 2, 1, 0] == [len(page) for page in pages]
    assert (5, 5) == (len(whole["access_keys"]), whole["total"])
    assert (0, 5) == (len(second["access_keys"]), second["total"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "101"),
        ("page", "-1"),
        ("page", "1_0"),
        ("page", "9" * 5000),
        ("page_size", "0"),
        ("page_size", "many"),
        ("sort_by", "age"),
        ("sort_order", "up"),
    ],
)
async def test_an_invalid_query_for_keys_is_refused(name: str, value: str) -> None:
    """The hundredth page is the last"""
    async with account() as it:
        assert 400 == (await it.ask("GET", KEYS, query=[(name, value)])).status
        assert 200 == (await it.ask("GET", KEYS, query=[("page", "100")])).status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{P}/sub_accounts/nowhere/access_keys"),
        ("POST", f"{P}/sub_accounts/nowhere/access_keys"),
        ("DELETE", f"{P}/sub_accounts/nowhere/access_keys"),
        ("PUT", f"{KEYS}/814"),
        ("DELETE", f"{KEYS}/814"),
    ],
)
async def test_an_unknown_key_or_environment_is_not_found(method: str, path: str) -> None:
    """By every operation"""
    async with account() as it:
        assert (404, "not found") == (await it.ask(method, path, json={"name": "x"})).reason
