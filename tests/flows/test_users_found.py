"""Which Cloudinary user a mention, an address or an id means."""

from dataclasses import replace
from typing import Final

import pytest

from bot.domain.bindings import slack_name
from bot.domain.outcomes.users import NoSuchUser, UserUnclear, WhichUser
from bot.domain.people import IdentityReason, Profile, Role
from bot.flows.accounts.find_user import FoundUser, UserSearch
from bot.flows.identity import People
from tests.flows.harness import ADMIN, CHIEF, GUEST, NEWCOMER, TEAM, TECH, Harness

ID: Final = f"u-{TECH.user_id}"


def searching(harness: Harness) -> UserSearch:
    """The searching over the harness's fakes."""
    people: People = harness.flows.people
    return UserSearch(harness.account, people, harness.bindings)


@pytest.mark.parametrize("typed", ["@U0TECH", "U0TECH", "tech@lumen.example", "TECH@Lumen.example"])
@pytest.mark.parametrize("bound", [True, False])
async def test_a_mention_and_an_address_lead_to_one_user(
    harness: Harness, typed: str, *, bound: bool
) -> None:
    """Whether the member used Keysmith before or not"""
    if bound:
        await harness.who(TECH)
    found = await searching(harness).find(ADMIN, typed)
    assert isinstance(found, FoundUser), found
    assert ID == found.user.id
    assert (TECH if bound or "@l" not in typed.lower() else None) == found.slack


async def test_an_id_leads_to_its_user(harness: Harness) -> None:
    """With the member who is bound to it"""
    await harness.who(TECH)
    assert FoundUser(harness.account.user_now(ID), TECH) == await searching(harness).find(ADMIN, ID)
    assert NoSuchUser("nothing") == await searching(harness).find(ADMIN, "nothing")


async def test_a_binding_outlives_the_address_and_the_membership(harness: Harness) -> None:
    """The member who left is still the user who they were"""
    await harness.who(TECH)
    gone = replace(harness.account.user_now(ID), email="elsewhere@lumen.example")
    harness.account.add_user(gone)
    profile = Profile(TECH.user_id, TEAM, "Tech", "tech@lumen.example", deleted=True)
    harness.directory.add(profile)
    found = await searching(harness).find(ADMIN, "@U0TECH")
    assert FoundUser(gone, TECH) == found


async def test_a_member_who_left_unbound_is_found_by_the_confirmed_address(
    harness: Harness,
) -> None:
    """As long as Slack confirmed it"""
    left = Profile(TECH.user_id, TEAM, "Tech", "tech@lumen.example", deleted=True)
    harness.directory.add(left)
    assert isinstance(await searching(harness).find(ADMIN, "@U0TECH"), FoundUser)
    harness.directory.add(replace(left, email_confirmed=False))
    refused = UserUnclear("@U0TECH", IdentityReason.EMAIL_UNCONFIRMED)
    assert refused == await searching(harness).find(ADMIN, "@U0TECH")


async def test_an_address_that_only_looks_the_same_leads_to_no_one(harness: Harness) -> None:
    """Neither typed nor as that of a member"""
    refused = await searching(harness).find(ADMIN, "te\u017fh@lumen.example")
    assert isinstance(refused, NoSuchUser)
    user = harness.account.user_now("u-U0BILLING")
    harness.account.add_user(replace(user, email="billing@\u017fhop.example"))
    near = await searching(harness).find(ADMIN, "billing@shop.example")
    assert UserUnclear("billing@shop.example", IdentityReason.NEAR_ADDRESS) == near


async def test_another_users_address_is_no_proof(harness: Harness) -> None:
    """Neither of a member who was another user before, nor of one whose user another one holds"""
    await harness.who(TECH)
    await harness.who(CHIEF)
    harness.directory.add(Profile(TECH.user_id, TEAM, "Tech", "chief@lumen.example"))
    other = await searching(harness).find(ADMIN, "@U0TECH")
    assert UserUnclear("@U0TECH", IdentityReason.OTHER_ACCOUNT) == other
    harness.directory.add(Profile(TECH.user_id, TEAM, "Tech", "billing@lumen.example"))
    before = await searching(harness).find(ADMIN, "@U0TECH")
    assert UserUnclear("@U0TECH", IdentityReason.OTHER_USER) == before


async def test_a_damaged_binding_leads_to_no_one(harness: Harness) -> None:
    """Its record was altered, and not by Keysmith"""
    await harness.who(TECH)
    harness.bindings.lose(slack_name(TECH), ID)
    refused = UserUnclear("@U0TECH", IdentityReason.UNREADABLE_BINDING)
    assert refused == await searching(harness).find(ADMIN, "@U0TECH")


async def test_who_has_no_user_or_is_a_guest_is_told(harness: Harness) -> None:
    """Each as what they are"""
    none = NoSuchUser("@U0NEW", NEWCOMER.user_id)
    assert none == await searching(harness).find(ADMIN, "@U0NEW")
    guest = await searching(harness).find(ADMIN, f"@{GUEST.user_id}")
    assert UserUnclear("@U0GUEST", IdentityReason.GUEST) == guest


async def test_several_users_with_one_address_are_told_apart(harness: Harness) -> None:
    """By their ids"""
    twin = replace(harness.account.user_now(ID), id="twin", email="Tech@lumen.example")
    harness.account.add_user(replace(twin, role=Role.BILLING))
    found = await searching(harness).find(ADMIN, "tech@lumen.example")
    assert isinstance(found, WhichUser)
    assert {ID, "twin"} == {each.id for each, _ in found.choices}


async def test_a_disabled_or_invited_user_is_found(harness: Harness) -> None:
    """To enable them, or to take the invitation back"""
    user = harness.account.user_now(ID)
    for state in (replace(user, enabled=False), replace(user, pending=True)):
        harness.account.add_user(state)
        for typed in ("@U0TECH", "tech@lumen.example", ID):
            found = await searching(harness).find(ADMIN, typed)
            assert isinstance(found, FoundUser)
            assert state == found.user


async def test_a_member_whose_address_several_users_have_is_told_as_by_the_address(
    harness: Harness,
) -> None:
    """Each with their id; no one is said not to exist"""
    user = harness.account.user_now(ID)
    harness.account.add_user(replace(user, id="twin"))
    by_mention = await harness.run(ADMIN, f"user show @{TECH.user_id}")
    assert isinstance(by_mention, WhichUser), by_mention
    assert await harness.run(ADMIN, f"user show {user.email}") == by_mention
