"""What the menus of forms offer, and to whom."""

from pathlib import Path

import pytest

from bot.domain.choices import LATER
from bot.domain.commands.completing import completing
from bot.domain.commands.grammar import Incomplete
from bot.domain.environments import Environment
from bot.domain.outcomes.access import Denied
from bot.domain.people import Actor
from bot.errors import Unavailable
from bot.flows.intake import Accepted
from tests.flows.harness import (
    ADMIN,
    BILLING,
    COLLEAGUE,
    DEV,
    GUEST,
    NARROW,
    NEWCOMER,
    TECH,
    Harness,
)
from tests.flows.menus import Menus
from tests.flows.requested import BUT_NOT_IN_PRODUCTION, asked, collected, under
from tests.flows.with_roles import with_roles


@pytest.fixture
def menus(harness: Harness) -> Menus:
    """Menus over the flows."""
    return Menus(harness)


async def test_an_environment_is_searched_by_its_name(menus: Menus) -> None:
    """An empty text offers all of them"""
    every = {"Shop dev · development", "Shop staging · staging", "Shop · production"}
    assert every == await menus.labels(TECH, "key create", "env")
    assert {"Shop staging · staging"} == await menus.labels(TECH, "key create", "env", "STAG")
    assert set() == await menus.labels(TECH, "key create", "env", "nowhere")


async def test_an_environment_named_like_its_tier_is_named_once(menus: Menus) -> None:
    """A difference in case alone says nothing"""
    menus.harness.account.add_environment(Environment("e-same", "Staging", "staging-cloud"))
    assert {"Staging", "Shop staging · staging"} == await menus.labels(
        TECH, "key create", "env", "stag"
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [("key create", "env"), ("key disable", "name"), ("env show", "name"), ("key rename", "name")],
)
async def test_a_menu_offers_only_what_the_person_may_see(
    text: str, name: str, menus: Menus
) -> None:
    """By the rule of the lists"""
    narrow = await menus.labels(NARROW, text, name)
    assert narrow
    assert all("Shop dev" in label for label in narrow)
    assert set() == await menus.labels(BILLING, text, name)
    assert set() == await menus.labels(GUEST, text, name)


@pytest.mark.parametrize(("text", "name"), [("key create", "env"), ("key disable", "name")])
async def test_a_menu_offers_nothing_that_the_policy_refuses(
    text: str, name: str, harness: Harness, tmp_path: Path
) -> None:
    """Also to people who may see it: the choice would lead to a refusal"""
    menus = Menus(under(harness, tmp_path, BUT_NOT_IN_PRODUCTION))
    offered = await menus.labels(TECH, text, name)
    assert any("Shop staging" in label for label in offered)
    assert not any(label.endswith(("Shop", "Shop · production")) for label in offered)


async def test_every_member_may_request_credentials_anywhere(menus: Menus) -> None:
    """As by typing"""
    assert 3 == len(await menus.labels(NEWCOMER, "request", "env"))
    assert set() == await menus.labels(GUEST, "request", "env")


async def test_a_key_is_offered_with_its_environment(menus: Menus) -> None:
    """Once for each key of a name; a root key is not offered to be disabled"""
    shared = await menus.labels(TECH, "key disable", "name", "shared")
    assert {"shared · Shop dev", "shared · Shop staging", "shared · Shop"} == shared
    assert 6 == len(await menus.labels(TECH, "key disable", "name"))
    assert {"preview-bot · Shop staging · disabled"} == await menus.labels(
        TECH, "key enable", "name"
    )
    named = await menus.labels(TECH, "key rename --env shop-dev", "name")
    assert {"ci-bot · Shop dev", "uploader · Shop dev", "shared · Shop dev"} == named


async def test_a_chosen_key_is_the_one_that_is_changed(menus: Menus) -> None:
    """Its value means this key, whatever others are called"""
    (option,) = await menus.options(TECH, "key disable", "name", "shared staging")
    await menus.harness.run(TECH, f"key disable {option['value']} --confirm shared")
    assert not (await menus.harness.key(Environment("e-stag", "", ""), "shared")).enabled
    assert (await menus.harness.key(DEV, "shared")).enabled


async def test_an_owner_finds_their_own_key_to_disable(menus: Menus) -> None:
    """Without any role, and no other key"""
    request = await collected(menus.harness)
    assert {f"{request.terms.name} · Shop dev"} == await menus.labels(
        NEWCOMER, "key disable", "name"
    )
    assert set() == await menus.labels(NEWCOMER, "key delete", "name")
    assert isinstance(await menus.harness.run(NEWCOMER, "key disable"), Incomplete)
    assert isinstance(await menus.harness.run(BILLING, "key disable"), Denied)
    asked_ = menus.harness.asked(NEWCOMER, "key disable", "d2")
    assert Accepted() == await menus.harness.flows.intake.accept(asked_)


@pytest.mark.parametrize(
    ("verb", "who"),
    [
        ("approve", {TECH, COLLEAGUE, ADMIN}),
        ("deny", {TECH, COLLEAGUE, ADMIN}),
        ("ask", {TECH, COLLEAGUE, ADMIN}),
        ("cancel", {NEWCOMER}),
        ("withdraw", set[Actor]()),
        ("renew", set[Actor]()),
        ("review", set[Actor]()),
    ],
)
async def test_a_request_is_offered_to_those_who_can_act_on_it(
    verb: str, who: set[Actor], menus: Menus
) -> None:
    """In the way of the command, and to no one else"""
    await asked(menus.harness)
    people = [TECH, COLLEAGUE, ADMIN, NARROW, NEWCOMER, BILLING, GUEST]
    found = {by for by in people if await menus.options(by, verb, "id")}
    assert who == found - {NARROW}


async def test_granted_access_can_be_renewed_and_a_vote_withdrawn(menus: Menus) -> None:
    """By who has it"""
    granted_ = await collected(menus.harness)
    assert [granted_.id] == [each["value"] for each in await menus.options(NEWCOMER, "renew", "id")]
    risky = await asked(menus.harness, "key delete shop-web --env shop --reason old", TECH)
    await menus.harness.run(COLLEAGUE, f"deny {risky.id} --reason no")
    assert [] == await menus.options(ADMIN, "withdraw", "id")


async def test_another_persons_form_offers_nothing(menus: Menus) -> None:
    """Nor does a form that is too old, nor a field that is typed"""
    assert [] == await menus.options(TECH, "key disable", "name", offered=COLLEAGUE)
    assert [] == await menus.options(TECH, "key list", "env")
    assert [] == await menus.options(TECH, "key create", "name")
    assert [] == await menus.options(TECH, "key create", "no such field")


@pytest.mark.parametrize("text", ["key disable", "request"])
async def test_a_fault_leaves_the_typed_text_to_choose(text: str, menus: Menus) -> None:
    """The submission looks it up"""
    name = "name" if text == "key disable" else "env"
    menus.slack.gone = True
    (only,) = await menus.options(TECH, text, name, "ci-bot")
    assert ("Use “ci-bot”", "ci-bot") == (only["text"]["text"], only["value"])
    assert {LATER} == {each["value"] for each in await menus.options(TECH, text, name)}


async def test_an_environment_that_fails_hides_no_other(menus: Menus) -> None:
    """The menu offers what it has"""
    menus.harness.account.fail_next("keys", Unavailable("down", maybe_done=False))
    found = await menus.labels(TECH, "key disable", "name")
    assert {"shared · Shop staging", "shared · Shop", "shop-web · Shop"} == found


async def test_typing_costs_cloudinary_one_reading(menus: Menus) -> None:
    """However many letters, and however many people"""
    for typed in ("", "c", "ci", "ci-", "ci-b"):
        await menus.options(TECH, "key disable", "name", typed)
        await menus.options(COLLEAGUE, "key disable", "name", typed)
    assert {"keys": 3, "environments": 1} == {
        name: menus.harness.account.calls[name] for name in ("keys", "environments")
    }


async def test_a_menu_has_a_hundred_options_at_most(menus: Menus) -> None:
    """Slack takes no more"""
    for number in range(120):
        menus.harness.account.add_key(DEV.id, f"many-{number}")
    assert 100 == len(await menus.options(TECH, "key disable", "name", "many"))
    assert "First 100 of 120. Type to search." == menus.heading
    assert 1 == len(await menus.options(TECH, "key disable", "name", "many-119"))
    assert not menus.heading


def test_a_form_reads_its_command_from_its_offer() -> None:
    """A command that lacks nothing but a confirmation has a form; one without fields has none"""
    assert completing("key disable ci-bot")
    assert completing("key list") is None
    assert completing("nonsense") is None
    assert completing("") is None
    assert completing("explain key disable") is None


@pytest.mark.parametrize("text", ["key create", "request", "key roles"])
async def test_roles_are_offered_the_least_first(text: str, harness: Harness) -> None:
    """Each with what it allows; as many as there are"""
    menus = Menus(with_roles(harness))
    options = await menus.options(TECH, text, "role")
    names = [each["text"]["text"] for each in options]
    assert ("Billing", "Media Library User") == (names[0], names[-1])
    assert all(each["description"]["text"] for each in options)
    assert ["Upload manager"] == [
        each["text"]["text"] for each in await menus.options(TECH, text, "role", "upload")
    ]


async def test_an_account_without_roles_offers_none(menus: Menus) -> None:
    """Its forms do not ask for one"""
    assert [] == await menus.options(TECH, "key create", "role")
    assert 0 == menus.harness.account.calls["assignable_roles"]


async def test_environments_are_offered_for_what_can_be_done_with_them(menus: Menus) -> None:
    """An enabled one to disable, a disabled one to enable; any to copy settings from"""
    await menus.harness.account.switch_environment("e-dev", enabled=False)
    every = {"Shop dev · development", "Shop staging · staging", "Shop · production"}
    assert every == await menus.labels(ADMIN, "env create", "copy-from")
    assert every == await menus.labels(ADMIN, "env rename", "env")
    assert every - {"Shop dev · development"} == await menus.labels(ADMIN, "env disable", "env")
    assert {"Shop dev · development"} == await menus.labels(ADMIN, "env enable", "env")
    assert set() == await menus.labels(TECH, "env disable", "env")


async def test_groups_are_offered_to_who_may_see_them(harness: Harness) -> None:
    """To admins, by name; to no one else"""
    for name in ("Content", "Security"):
        harness.account.add_group(name)
    menus = Menus(harness)
    assert ["Content", "Security"] == [
        each["text"]["text"] for each in await menus.options(ADMIN, "group add", "group")
    ]
    assert [] == await menus.options(TECH, "group add", "group")
