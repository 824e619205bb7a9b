"""A list of keys: a table, filters that keep each other, and a menu that leads to each key."""

from dataclasses import replace

import pytest

from bot.cards.answers import Answer
from bot.cards.kit import Button, Card, Menu, offering, plain, render
from bot.cards.outcomes import card_of
from bot.domain.answers import Sending, Way
from bot.domain.commands.grammar import Incomplete, Misunderstood, read
from bot.domain.commands.keys import ListKeys
from bot.domain.jobs import Reply
from bot.domain.languages import ENGLISH
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.keys import KeyShown, KeysListed
from bot.domain.people import Actor
from bot.domain.phrases import worded
from bot.domain.policy import Action
from bot.flows.keys.read import PAGE_SIZE
from tests.flows.harness import CREATE, DEV, NARROW, NEWCOMER, PROD, TECH, Harness


async def listed(harness: Harness, text: str = "key list", actor: Actor = TECH) -> KeysListed:
    """What a list answers."""
    outcome = await harness.run(actor, text)
    assert isinstance(outcome, KeysListed)
    return outcome


def names(outcome: KeysListed) -> set[str]:
    """The keys' names."""
    return {here.key.name for here in outcome.keys}


def label(button: Button) -> str:
    """What people read on a button."""
    return worded(button.label)


def choices(menu: Menu) -> dict[str, str]:
    """The commands of a menu, by what people read."""
    return {label(each): each.command for each in menu.choices}


async def test_a_page_has_fifteen_keys(harness: Harness) -> None:
    """As many as a table shows without much scrolling"""
    for number in range(20):
        harness.account.add_key(DEV.id, f"extra-{number}")
    assert 15 == PAGE_SIZE == len((await listed(harness)).keys)


@pytest.mark.parametrize("state", ["enabled", "disabled", "DISABLED"])
async def test_keys_are_filtered_by_their_state(state: str, harness: Harness) -> None:
    """Typed in any case"""
    await harness.run(TECH, f"key disable ci-bot --env {DEV.cloud_name}")
    found = await listed(harness, f"key list --state {state}")
    assert found.keys
    assert {state.casefold() == "enabled"} == {here.key.enabled for here in found.keys}


@pytest.mark.parametrize("text", ["key list --state off"])
def test_another_state_is_refused(text: str) -> None:
    """With the two that there are"""
    refused = read(text)
    assert isinstance(refused, Misunderstood)
    assert "--state is enabled or disabled." == str(refused.problem)


async def test_own_keys_are_those_that_were_created_for_the_person(harness: Harness) -> None:
    """And another person's are not"""
    await harness.run(TECH, CREATE)
    assert {"new"} == names(await listed(harness, "key list --mine"))
    assert not names(await listed(harness, "key list --mine", NARROW))


async def test_own_keys_are_listed_only_where_the_person_may_look(harness: Harness) -> None:
    """Ownership is no right to look: App Home shows an owner their keys"""
    assert isinstance(await harness.run(NEWCOMER, "key list --mine"), Denied | Unknown)


async def test_own_keys_cost_one_look_up(harness: Harness) -> None:
    """However many keys there are; another list costs none"""
    await listed(harness)
    before = harness.pending.calls["keys_of"]
    await listed(harness, "key list --mine")
    await listed(harness)
    assert 1 == harness.pending.calls["keys_of"] - before


async def test_the_filters_keep_each_other(harness: Harness) -> None:
    """A choice of one leaves the other as it is, begins at page one and replaces the list"""
    card = card_of(await listed(harness, f"key list --env {DEV.cloud_name} --state disabled"))
    place, which = card.filters
    assert f"key list --env {PROD.cloud_name} --state disabled" == choices(place)[PROD.name]
    assert "key list --state disabled" == choices(place)["All environments"]
    assert {
        "All keys": "key list --env shop-dev",
        "Enabled": "key list --env shop-dev --state enabled",
        "Disabled": "key list --env shop-dev --state disabled",
        "Unchanged for 90 days": "key list --env shop-dev --stale 90d",
        "Yours": "key list --env shop-dev --mine",
        "Ends within 14 days": "key list --env shop-dev --expiring 14d",
        "Without an owner": "key list --env shop-dev --orphaned",
        "Not collected": "key list --env shop-dev --unclaimed",
    } == choices(which)
    assert {0} == {each.page for menu in card.filters for each in menu.choices}
    chosen = [label(menu.chosen) for menu in card.filters if menu.chosen]
    assert [DEV.name, "Disabled"] == chosen


async def test_an_empty_list_can_be_filtered_otherwise(harness: Harness) -> None:
    """No dead end"""
    card = card_of(await listed(harness, "key list --mine"))
    assert card.table is None
    assert 2 == len(card.filters)


async def test_a_filter_offers_only_what_the_person_may_see(harness: Harness) -> None:
    """Its environments are those of the list"""
    place, _ = card_of(await listed(harness, actor=NARROW)).filters
    assert {"All environments", DEV.name} == {*choices(place)}


async def test_each_key_of_a_page_is_in_the_menu(harness: Harness) -> None:
    """By its API key, since a name may be that of several keys"""
    outcome = await listed(harness)
    (menu,) = card_of(outcome).menus
    for here, choice in zip(outcome.keys, menu.choices, strict=True):
        shown = await harness.run(TECH, choice.command)
        assert isinstance(shown, KeyShown)
        assert here == shown.located
        assert choice.page is None, "the list stays"


def texts(card: Card) -> dict[str, str]:
    """What a key's card offers."""
    menu = [each for menu in card.menus for each in menu.choices]
    return {str(each.label): each.command for each in (*card.buttons, *menu)}


async def test_a_keys_card_offers_what_can_be_done_with_it(harness: Harness) -> None:
    """Forms where something is to be typed or said"""
    offered = texts(card_of(await harness.run(TECH, "key show ci-bot --env shop-dev")))
    assert [
        *("Disable", "Disable for a time…", "Rename…", "Change owner…", "Change note…"),
        *("Sign webhooks…", "Delete…"),
    ] == [*offered]
    assert all(isinstance(read(offered[each]), Incomplete) for each in ("Rename…", "Change owner…"))
    off = await harness.run(TECH, offered["Disable"])
    assert off.kind == "key_changed"
    offered = texts(card_of(await harness.run(TECH, "key show ci-bot --env shop-dev")))
    assert ["Enable", "Rename…", "Change owner…", "Change note…", "Delete…"] == [*offered]


async def test_what_others_approve_is_offered_as_a_request(harness: Harness) -> None:
    """Enabling in production"""
    await harness.run(TECH, "key disable shared --env shop")
    offered = texts(card_of(await harness.run(TECH, "key show shared --env shop")))
    assert "Request enabling" in offered


async def test_a_root_key_offers_its_pin_alone(harness: Harness) -> None:
    """Keysmith never disables, renames or deletes one"""
    root = next(key for key in await harness.account.keys(DEV.id) if key.root)
    offered = texts(card_of(await harness.run(TECH, f"key show {root.api_key}")))
    assert ["Sign webhooks…"] == [*offered]


async def test_only_what_the_policy_lets_a_person_do_is_offered(harness: Harness) -> None:
    """The answer itself says what that is"""
    shown = await harness.run(TECH, "key show ci-bot --env shop-dev")
    assert isinstance(shown, KeyShown)
    pin = Action.KEY_WEBHOOK
    kept = {Action.KEY_OWNER, Action.KEY_NOTE}
    switch = {Action.KEY_DISABLE, Action.KEY_BROWNOUT}
    changes = {*switch, Action.KEY_RENAME, pin, Action.KEY_DELETE}
    assert kept | changes == {*shown.may}
    assert not texts(card_of(replace(shown, may=())))


async def test_the_fallback_has_every_row_of_the_table(harness: Harness) -> None:
    """Notifications and screen readers have nothing else"""
    outcome = await listed(harness)
    card = card_of(outcome)
    assert card.table
    assert len(outcome.keys) == len(card.table.rows) == len(card.table.lines)
    assert all(here.key.label in plain(card) for here in outcome.keys)


def test_a_list_is_written_as_it_is_read() -> None:
    """Its offers and its stored text"""
    command = ListKeys("shop", 90, "disabled", mine=True)
    assert command == read("key list --env shop --stale 90d --state disabled --mine")


async def test_where_slack_takes_no_table_its_lines_are_sent(harness: Harness) -> None:
    """The keys in full, and all that can be pressed; after that the shortest answer"""
    drawn = card_of(await listed(harness))
    message = render(drawn, [str(number) for number in range(len(offering([drawn])))])
    sending = Sending(harness.clock.now(), Way.URL, harness.clock.now(), short=1)
    answer = Answer(TECH, Reply(url="u"), message, sending)
    shown = answer.shown(ENGLISH)
    assert message.text == shown.text
    assert ["rich_text", "actions", "actions"] == [block["type"] for block in shown.blocks]
    assert message.blocks[-1] == shown.blocks[-1]
    assert "ci-bot" in str(shown.blocks[0])
    assert "ci-bot" not in str(answer.at(replace(sending, short=2)).shown(ENGLISH).blocks)
