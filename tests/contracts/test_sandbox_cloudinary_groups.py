"""The simulated account's rules for user groups, over HTTP."""

import pytest

from tests.contracts.cloudinary_account import ADA, TOM, Account, P, account

GROUPS = f"{P}/user_groups"
EXTENDED = ["id", "name", "users", "created_at", "updated_at"]


async def group(it: Account) -> str:
    """Create a group with Tom in it."""
    made = (await it.done("POST", GROUPS, json={"name": "Reviewers"}))["id"]
    await it.done("POST", f"{GROUPS}/{made}/users/{TOM}", json={})
    return str(made)


async def test_details_are_given_on_request() -> None:
    """The flag stands in the query of a read and in the body of a change"""
    async with account() as it:
        made = await group(it)
        path, required = f"{GROUPS}/{made}", {"extended_details": "true"}
        listed = await it.done("GET", GROUPS, query=required.items())
        read = await it.done("GET", path, query=required.items())
        changed = await it.done("PUT", path, json={"name": "Readers", **required})
        plain = await it.done("GET", path)

    assert {tuple(EXTENDED)} == {tuple(each) for each in listed["user_groups"]}
    assert EXTENDED == list(read) == list(changed)
    assert {"id": made, "name": "Readers"} == plain


async def test_adding_or_removing_a_user_answers_with_all_members() -> None:
    """As the live service does; doing it twice changes nothing"""
    async with account() as it:
        path = f"{GROUPS}/{await group(it)}/users"
        for _ in range(2):
            added = await it.done("POST", f"{path}/{ADA}")
            assert [TOM, ADA] == [user["id"] for user in added["users"]]
        removed = await it.done("DELETE", f"{path}/{TOM}")
        assert [ADA] == [user["id"] for user in removed["users"]]
        assert removed == await it.done("GET", path)


async def test_a_deleted_group_has_no_members() -> None:
    """And the deletion has an answer of its own"""
    async with account() as it:
        made = await group(it)
        assert {"ok": True} == await it.done("DELETE", f"{GROUPS}/{made}")
        assert {"groups": []} == await it.done("GET", f"{P}/users/{TOM}/groups")
        assert (404, "not found") == (await it.ask("GET", f"{GROUPS}/{made}/users")).reason


async def test_a_deleted_user_is_in_no_group() -> None:
    """The group stays"""
    async with account() as it:
        made = await group(it)
        await it.done("DELETE", f"{P}/users/{TOM}")
        assert {"users": []} == await it.done("GET", f"{GROUPS}/{made}/users")


async def test_a_group_is_created_and_renamed_with_a_form() -> None:
    """As Cloudinary's Node client sends it"""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with account() as it:
        made = await it.done("POST", GROUPS, data=b"name=Zo%C3%AB+%26+co", headers=headers)
        path = f"{GROUPS}/{made['id']}"
        changed = await it.done("PUT", path, data=b"name=Readers", headers=headers)

    assert ("Zoë & co", "Readers") == (made["name"], changed["name"])


async def test_a_group_name_is_unique() -> None:
    """On creation and on update; a group may keep its own"""
    async with account() as it:
        made = await group(it)
        new = await it.ask("POST", GROUPS, json={"name": "Security"})
        other = await it.ask("PUT", f"{GROUPS}/{made}", json={"name": "Security"})
        own = await it.ask("PUT", f"{GROUPS}/{made}", json={"name": "Reviewers"})

    assert [(409, "Already exists")] * 2 == [new.reason, other.reason]
    assert 200 == own.status


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_an_unknown_user_or_group_is_refused(method: str) -> None:
    """On adding to a group and on removing from it"""
    async with account() as it:
        made = await group(it)
        for path in (f"{GROUPS}/{made}/users/nobody", f"{GROUPS}/nowhere/users/{TOM}"):
            assert (404, "not found") == (await it.ask(method, path)).reason


async def test_an_invalid_query_is_refused() -> None:
    """The flag is not a boolean"""
    async with account() as it:
        answer = await it.ask("GET", GROUPS, query=[("extended_details", "maybe")])
        assert (400, "extended_details is not a boolean") == answer.reason
