"""The simulated account's rules for product environments, over HTTP."""

import pytest

from sandbox import at_cloudinary
from tests.contracts.cloudinary_account import (
    DEVELOPMENT,
    NIA,
    PRODUCTION,
    STAGING,
    Account,
    P,
    account,
)

PLACES = f"{P}/sub_accounts"


async def names(it: Account, *query: tuple[str, str]) -> list[str]:
    """List environments by name."""
    found = (await it.done("GET", PLACES, query=query))["sub_accounts"]
    return [environment["name"] for environment in found]


async def test_a_new_environment_has_one_key_the_root_key() -> None:
    """Its field names differ from those in the list of keys"""
    async with account() as it:
        made = await it.done("POST", PLACES, json={"name": "Fresh"})
        root = await it.key(None, made["id"])

    assert root["root"] is True
    assert [{"key": root["api_key"], "secret": root["api_secret"], "enabled": True}] == made[
        "api_access_keys"
    ]


@pytest.mark.parametrize(
    "query",
    [
        [("ids[]", STAGING), ("ids[]", PRODUCTION)],
        [("ids", STAGING), ("ids", PRODUCTION)],
        [("ids", f"{STAGING},{PRODUCTION}")],
    ],
    ids=["brackets", "repeated", "commas"],
)
async def test_a_list_is_read_in_three_forms(query: list[tuple[str, str]]) -> None:
    """Each of Cloudinary's own clients sends another form"""
    async with account() as it:
        assert ["Production", "Staging"] == await names(it, *query)


async def test_ids_override_the_other_filters() -> None:
    """As the document says"""
    async with account() as it:
        found = await names(it, ("ids", STAGING), ("enabled", "false"), ("prefix", "x"))
        assert ["Staging"] == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (("prefix", "PRO"), ["Production"]),
        (("prefix", "rod"), []),
        (("cloud_names", "lumen-dev,LUMEN-Archive"), ["Development", "Brand archive"]),
        (("enabled", "false"), ["Staging"]),
        (("enabled", "true"), ["Production", "Development", "Brand archive"]),
    ],
)
async def test_environments_are_filtered(query: tuple[str, str], found: list[str]) -> None:
    """By the start of the name (ignoring case), by cloud name and by state"""
    async with account() as it:
        await it.done("PUT", f"{PLACES}/{STAGING}", json={"enabled": "false"})
        assert found == await names(it, query)


@pytest.mark.parametrize("name", ["ids", "cloud_names"])
async def test_a_list_has_at_most_a_hundred_entries(name: str) -> None:
    """One more is refused"""
    async with account() as it:
        for count, status in ((100, 200), (101, 400)):
            query = [(name, ",".join(["x"] * count))]
            assert status == (await it.ask("GET", PLACES, query=query)).status


@pytest.mark.parametrize("cloud_name", ["lumen-dev", "LUMEN-Dev"])
async def test_a_cloud_name_is_unique_ignoring_case(cloud_name: str) -> None:
    """On creation and on update; an environment may keep its own"""
    async with account() as it:
        new = await it.ask("POST", PLACES, json={"name": "x", "cloud_name": cloud_name})
        other = await it.ask("PUT", f"{PLACES}/{STAGING}", json={"cloud_name": cloud_name})
        own = await it.ask("PUT", f"{PLACES}/{DEVELOPMENT}", json={"cloud_name": cloud_name})

    assert [(409, "Already exists")] * 2 == [new.reason, other.reason]
    assert 200 == own.status


@pytest.mark.parametrize("cloud_name", [*at_cloudinary.CLOUDS_ELSEWHERE, "DEMO"])
async def test_a_cloud_name_is_unique_across_all_accounts(cloud_name: str) -> None:
    """Given on creation or on update, or derived from the name; nothing is created"""
    async with account() as it:
        refused = [
            await it.ask("POST", PLACES, json={"name": "x", "cloud_name": cloud_name}),
            await it.ask("POST", PLACES, json={"name": cloud_name}),
            await it.ask("PUT", f"{PLACES}/{STAGING}", json={"cloud_name": cloud_name}),
        ]
        assert [(409, "Already exists")] * 3 == [answer.reason for answer in refused]
        assert len(at_cloudinary.ENVIRONMENTS) == len(await names(it))


@pytest.mark.parametrize("cloud_name", ["with space", "a/b", "straße", ""])
async def test_a_cloud_name_can_stand_in_a_url(cloud_name: str) -> None:
    """Letters, digits, hyphens, underscores"""
    async with account() as it:
        answer = await it.ask("POST", PLACES, json={"name": "x", "cloud_name": cloud_name})
        assert 400 == answer.status


async def test_a_cloud_name_is_derived_from_the_name() -> None:
    """An underscore turns into a hyphen"""
    async with account() as it:
        assert "a-b" == (await it.done("POST", PLACES, json={"name": "a_b"}))["cloud_name"]


async def test_custom_attributes_are_given_if_they_are_set() -> None:
    """The field is absent otherwise"""
    async with account() as it:
        made = await it.done("POST", PLACES, json={"name": "x", "custom_attributes": {"a": [1]}})
        read = await it.done("GET", f"{PLACES}/{made['id']}")
        cleared = await it.done("PUT", f"{PLACES}/{made['id']}", json={"custom_attributes": {}})

    assert {"a": [1]} == made["custom_attributes"] == read["custom_attributes"]
    assert "custom_attributes" not in cleared


async def test_an_unknown_base_environment_is_refused() -> None:
    """With the live service's message"""
    async with account() as it:
        body = {"name": "x", "base_sub_account_id": "nowhere"}
        assert (400, "cannot find sub account") == (await it.ask("POST", PLACES, json=body)).reason
        assert len(at_cloudinary.ENVIRONMENTS) == len(await names(it))


async def test_a_deleted_environment_leaves_nothing_behind() -> None:
    """Neither its keys nor users' access to it"""
    async with account() as it:
        assert {"message": "ok"} == await it.done("DELETE", f"{PLACES}/{STAGING}")
        keys = await it.ask("GET", f"{PLACES}/{STAGING}/access_keys")
        reached = await it.done("GET", f"{P}/users/{NIA}/sub_accounts")

    assert (404, "not found") == keys.reason
    assert [DEVELOPMENT] == [environment["id"] for environment in reached["sub_accounts"]]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_environment_is_not_found(method: str) -> None:
    """With the documented message"""
    async with account() as it:
        assert (404, "not found") == (await it.ask(method, f"{PLACES}/nowhere", json={})).reason
