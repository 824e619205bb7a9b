"""The sandbox's rules of access keys, in the words of the wire."""

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


async def purposes(it: Account, place_id: str) -> Json:
    """Say which keys have a purpose at all."""
    path = f"{P}/sub_accounts/{place_id}/access_keys"
    found = (await it.done("GET", path))["access_keys"]
    return {key["name"]: key["dedicated_for"] for key in found if "dedicated_for" in key}


async def test_root_is_always_said() -> None:
    """On the root key and on all others, where it is last"""
    async with account() as it:
        found = (await it.done("GET", KEYS))["access_keys"]

    assert [1, 4] == [sum(key["root"] is root for key in found) for root in (True, False)]
    assert {"root"} == {list(key)[-1] for key in found}


async def test_a_key_is_enabled_and_without_a_name_unless_told_otherwise() -> None:
    """An empty body will do"""
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
    """One for each of Cloudinary's own clients; a second time it is not there"""
    async with account() as it:
        assert {"message": "ok"} == await it.done("DELETE", KEYS, **body)
        assert "e2e-tests" not in await names(it)
        assert (404, "not found") == (await it.ask("DELETE", KEYS, **body)).reason


async def test_no_name_deletes_nothing() -> None:
    """The root key, which has none, least of all"""
    async with account() as it:
        assert (400, "name is missing") == (await it.ask("DELETE", KEYS, json={})).reason
        assert None in await names(it)


async def test_a_name_is_there_once_in_an_environment() -> None:
    """Neither a new key nor another may take it; elsewhere it is free, and its own is no clash"""
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
    """Not even the part that would have been in order"""
    async with account() as it:
        key = await it.key("load-test")
        path = f"{KEYS}/{key['api_key']}"
        await it.ask("PUT", path, json={"name": "new", "enabled": True, "dedicated_for": "mail"})
        assert key == await it.key("load-test")


async def test_a_purpose_has_one_holder() -> None:
    """Who gets it takes it from the former one, of which nothing is left to see"""
    async with account() as it:
        assert {"webhooks": ["webhooks"]} == await purposes(it, PRODUCTION)
        key = await it.key("ci-bot", PRODUCTION)
        path = f"{P}/sub_accounts/{PRODUCTION}/access_keys/{key['api_key']}"
        await it.done("PUT", path, json={"dedicated_for": "webhooks"})
        assert {"ci-bot": ["webhooks"]} == await purposes(it, PRODUCTION)


@pytest.mark.parametrize("purpose", ["mail", "", ["webhooks"], None, 1])
async def test_webhooks_is_the_only_purpose(purpose: object) -> None:
    """A word, as the document has it"""
    async with account() as it:
        key = await it.key("ci-bot", PRODUCTION)
        path = f"{P}/sub_accounts/{PRODUCTION}/access_keys/{key['api_key']}"
        assert 400 == (await it.ask("PUT", path, json={"dedicated_for": purpose})).status
        assert {"webhooks": ["webhooks"]} == await purposes(it, PRODUCTION)


async def test_the_root_key_stays_but_may_be_named() -> None:
    """Neither disabled nor deleted, by whichever name"""
    async with account() as it:
        root = await it.key(None)
        path = f"{KEYS}/{root['api_key']}"
        assert "Main" == (await it.done("PUT", path, json={"name": "Main"}))["name"]
        off = await it.ask("PUT", path, json={"enabled": "false"})
        gone = await it.ask("DELETE", path)
        by_name = await it.ask("DELETE", KEYS, query=[("name", "Main")])

    assert [403, 403, 403] == [off.status, gone.status, by_name.status]


async def test_the_root_key_of_the_archive_may_be_enabled() -> None:
    """It was disabled when it came"""
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
async def test_keys_are_sorted_as_asked(by: str, ascending: list[str | None]) -> None:
    """Downwards unless told otherwise"""
    async with account() as it:
        assert ascending == await names(it, ("sort_by", by), ("sort_order", "asc"))
        assert ascending[::-1] == await names(it, ("sort_by", by))


async def test_keys_are_sorted_by_themselves() -> None:
    """Which are digits of one length"""
    async with account() as it:
        found = (await it.done("GET", KEYS, query=[("sort_by", "api_key")]))["access_keys"]

    assert sorted((key["api_key"] for key in found), reverse=True) == [
        key["api_key"] for key in found
    ]


async def test_the_newest_key_is_first_even_within_a_second() -> None:
    """Times have no fractions"""
    async with account() as it:
        for name in ("first", "second"):
            await it.done("POST", KEYS, json={"name": name})
        assert ["second", "first"] == (await names(it))[:2]


async def test_pages_are_counted_from_one_and_end() -> None:
    """All keys are one page where no size is given; the total is of all"""
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
        ("page_size", ""),
        ("sort_by", "age"),
        ("sort_by", ""),
        ("sort_order", "up"),
    ],
)
async def test_a_list_of_keys_that_makes_no_sense_is_refused(name: str, value: str) -> None:
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
async def test_a_key_or_an_environment_that_is_not_there(method: str, path: str) -> None:
    """Whatever else the request says"""
    async with account() as it:
        assert (404, "not found") == (await it.ask(method, path, json={"name": "x"})).reason
