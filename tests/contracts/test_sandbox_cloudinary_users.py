"""The simulated account's rules for users, over HTTP."""

from typing import get_args

import pytest

from sandbox import at_cloudinary
from sandbox.cloudinary.roles import ACCOUNT_MASTER
from tests.contracts.cloudinary_account import (
    ADA,
    LEA,
    MIA,
    NOA,
    PIA,
    STAGING,
    TOM,
    Account,
    Answer,
    Json,
    P,
    Q,
    account,
)

USERS = f"{P}/users"
NEW: Json = {"name": "Jo New", "email": "jo@x.example"}
MAX = at_cloudinary.USERS[15].id


async def test_a_new_user_is_pending_and_has_never_logged_in() -> None:
    """Enabled, with the least role, and with access to every environment"""
    async with account() as it:
        made = await it.done("POST", USERS, json=NEW)

    assert ("media_library_user", True, True, "pending", True) == tuple(
        made[name] for name in ("role", "enabled", "pending", "status", "all_sub_accounts")
    )
    assert "last_login" not in made


@pytest.mark.parametrize("role", get_args(at_cloudinary.Role))
async def test_every_documented_role_is_known(role: str) -> None:
    """And no other role"""
    async with account() as it:
        assert role == (await it.done("POST", USERS, json={**NEW, "role": role}))["role"]
        assert 400 == (await it.ask("PUT", f"{USERS}/{TOM}", json={"role": f"{role}s"})).status


async def test_a_master_admins_environments_are_ignored() -> None:
    """Unknown ones too; without the role, the former environments apply again"""
    async with account() as it:
        body = {**NEW, "role": "master_admin", "sub_account_ids": ["nowhere"]}
        made = await it.done("POST", USERS, json=body)
        kept = await it.done("PUT", f"{USERS}/{TOM}", json={"sub_account_ids": [STAGING]})
        await it.done("PUT", f"{USERS}/{TOM}", json={"role": "master_admin", "sub_account_ids": []})
        back = await it.done("PUT", f"{USERS}/{TOM}", json={"role": "technical_admin"})

    assert made["all_sub_accounts"] is True
    assert len(at_cloudinary.ENVIRONMENTS) == made["sub_account_count"]
    assert (False, 1) == (kept["all_sub_accounts"], kept["sub_account_count"])
    assert (False, 1) == (back["all_sub_accounts"], back["sub_account_count"])


async def test_an_unknown_environment_is_refused() -> None:
    """With the live service's message, and nothing changes"""
    async with account() as it:
        body = {**NEW, "sub_account_ids": [STAGING, "nowhere"]}
        refused = await it.ask("POST", USERS, json=body)
        count = len((await it.done("GET", USERS))["users"])

    assert (404, "Cannot find sub account with id nowhere") == refused.reason
    assert len(at_cloudinary.USERS) == count


async def test_an_address_is_unique_ignoring_case() -> None:
    """On creation and on update; the seed's two users with one address may keep it"""
    async with account() as it:
        body = {**NEW, "email": "TOM@lumen-goods.example"}
        new = await it.ask("POST", USERS, json=body)
        other = await it.ask("PUT", f"{USERS}/{MIA}", json={"email": body["email"]})
        kept = await it.ask("PUT", f"{USERS}/{MAX}", json={"name": "Max"})

    assert [(409, "Already exists")] * 2 == [new.reason, other.reason]
    assert 200 == kept.status


@pytest.mark.parametrize(
    "email", ["nobody", "@", "a @x.example", "", "a@b*", "a@b..c", "zoë@x.example"]
)
async def test_an_invalid_address_is_refused(email: str) -> None:
    """Something without text on both sides of an @"""
    async with account() as it:
        assert 400 == (await it.ask("POST", USERS, json={**NEW, "email": email})).status


@pytest.mark.parametrize("lacking", ["name", "email"])
async def test_a_name_and_an_address_are_required(lacking: str) -> None:
    """The role is optional"""
    body = {name: value for name, value in NEW.items() if name != lacking}
    async with account() as it:
        assert (400, f"{lacking} is missing") == (await it.ask("POST", USERS, json=body)).reason


@pytest.mark.parametrize(
    ("method", "body"),
    [("DELETE", {}), ("PUT", {"role": "admin"}), ("PUT", {"enabled": False})],
)
async def test_the_last_master_admin_stays(method: str, body: Json) -> None:
    """Until there is another one who can sign in"""
    async with account() as it:
        await it.done("PUT", f"{USERS}/{NOA}", json={"role": "admin"})
        refused = await it.ask(method, f"{USERS}/{ADA}", json=body)
        await it.done("PUT", f"{USERS}/{PIA}", json={"role": "master_admin"})
        pending = await it.ask(method, f"{USERS}/{ADA}", json=body)
        await it.done("PUT", f"{USERS}/{TOM}", json={"role": "master_admin"})
        granted = await it.ask(method, f"{USERS}/{ADA}", json=body)

    assert [(403, "At least one master admin must remain")] * 2 == [refused.reason, pending.reason]
    assert 200 == granted.status


async def test_the_last_master_admin_may_be_renamed() -> None:
    """Other changes do not matter"""
    async with account() as it:
        body = {"name": "Ada", "enabled": True, "role": "master_admin"}
        assert "Ada" == (await it.done("PUT", f"{USERS}/{ADA}", json=body))["name"]


async def test_a_user_is_pending_until_they_accept_the_invitation() -> None:
    """Which only they can do: no call of the API changes it"""
    async with account() as it:
        made = await it.done("POST", USERS, json={**NEW, "pending": False})
        path = f"{USERS}/{made['id']}"
        changed = await it.done("PUT", path, json={"pending": False, "enabled": True})
        assert (True, "pending") == (changed["pending"], changed["status"])
        await it.done("POST", f"/sandbox/users/{made['id']}", json={"pending": False})
        accepted = await it.done("GET", path)

    assert (False, "active") == (accepted["pending"], accepted["status"])


async def test_a_user_who_signs_in_elsewhere_has_a_provider() -> None:
    """Others have none; the API changes it for no user"""
    async with account() as it:
        users = (await it.done("GET", USERS))["users"]
        assert {LEA: ["saml"]} == {
            each["id"]: each["providers"] for each in users if each["providers"]
        }
        await it.done("POST", f"/sandbox/users/{TOM}", json={"providers": ["saml"]})
        changed = await it.done("PUT", f"{USERS}/{TOM}", json={"providers": []})
        assert ["saml"] == changed["providers"]


async def assign_master(it: Account, user_id: str, operation: str) -> Answer:
    """Give a user the account's master role, or take it."""
    principal = {"type": "user", "id": user_id}
    body = {"operation": operation, "principal": principal, "roles": [{"id": ACCOUNT_MASTER}]}
    return await it.ask("PUT", f"{Q}/principal_roles", json=body)


async def test_the_last_master_admin_stays_whichever_way_the_role_is_given() -> None:
    """In an account with roles, a role that was assigned counts like the one from before"""
    async with account(permissions=True) as it:
        assert 200 == (await assign_master(it, NOA, "remove")).status
        refused = [
            await assign_master(it, ADA, "remove"),
            await it.ask("PUT", f"{USERS}/{ADA}", json={"role": "admin"}),
        ]
        await assign_master(it, PIA, "add")
        refused.append(await assign_master(it, ADA, "remove"))
        await assign_master(it, TOM, "add")
        assert 200 == (await assign_master(it, ADA, "remove")).status
        refused += [
            await assign_master(it, TOM, "remove"),
            await it.ask("DELETE", f"{USERS}/{TOM}"),
            await it.ask("PUT", f"{USERS}/{TOM}", json={"enabled": False}),
        ]
        assert 200 == (await it.ask("PUT", f"{USERS}/{TOM}", json={"role": "billing"})).status

    reason = (403, "At least one master admin must remain")
    assert {reason} == {answer.reason for answer in refused}


@pytest.mark.parametrize("at", ["", "/groups", "/sub_accounts"])
async def test_an_unknown_user_is_not_found(at: str) -> None:
    """With the documented message"""
    async with account() as it:
        assert (404, "not found") == (await it.ask("GET", f"{USERS}/nobody{at}")).reason
