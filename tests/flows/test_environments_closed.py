"""An environment in which Keysmith has no rights is marked, and hides no other one."""

import re

import pytest

from bot.cards.kit import plain
from bot.cards.requests import posted
from bot.domain.keys import Located
from bot.domain.outcomes.environments import EnvironmentShown, EnvironmentsListed
from bot.domain.outcomes.keys import KeyShown, KeysListed
from bot.errors import Forbidden
from tests.flows.harness import ADMIN, DEV, PROD, STAGING, TECH, Harness
from tests.flows.requested import asked
from tests.flows.with_roles import with_roles

NO: Forbidden = Forbidden("no", status=403)


async def test_one_without_a_role_of_keysmiths_is_marked() -> None:
    """In the lists of environments and keys, and when it is shown; one call for all"""
    harness = with_roles()
    harness.account.closed.add(DEV.id)

    listed = await harness.run(TECH, "env list")
    assert isinstance(listed, EnvironmentsListed)
    assert {DEV.id} == listed.closed
    assert 1 == harness.account.calls["own_environments"]
    keys = await harness.run(TECH, "key list")
    assert isinstance(keys, KeysListed)
    assert [DEV.id] == [it.id for it in keys.closed]
    shown = await harness.run(TECH, "env show shop-dev")
    assert isinstance(shown, EnvironmentShown)
    assert (True, True, 4) == (shown.closed, shown.readable, len(shown.keys))
    other = await harness.run(TECH, "env show shop")
    assert isinstance(other, EnvironmentShown)
    assert not other.closed


async def test_an_account_without_roles_is_not_asked(harness: Harness) -> None:
    """Nothing is marked there"""
    harness.account.closed.add(DEV.id)
    listed = await harness.run(TECH, "env list")
    assert isinstance(listed, EnvironmentsListed)
    assert not listed.closed
    assert not harness.account.calls["own_environments"]


async def test_a_refused_environment_hides_no_other(harness: Harness) -> None:
    """It is named in the list of keys, and a key elsewhere is found"""
    harness.account.fail_next("keys", NO)
    listed = await harness.run(TECH, "key list")
    assert isinstance(listed, KeysListed)
    assert [DEV.id] == [it.id for it in listed.closed]
    assert {STAGING.id, PROD.id} == {it.environment.id for it in listed.keys}

    harness.account.fail_next("keys", NO)
    shown = await harness.run(TECH, "key show shop-web")
    assert isinstance(shown, KeyShown)
    assert isinstance(shown.located, Located)


async def test_a_refused_environment_is_not_shown_as_empty(harness: Harness) -> None:
    """Its card says that the keys can't be read; a key there is no missing key"""
    harness.account.fail_next("keys", NO)
    shown = await harness.run(TECH, "env show shop-dev")
    assert isinstance(shown, EnvironmentShown)
    assert (True, False, ()) == (shown.closed, shown.readable, shown.keys)

    harness.account.fail_next("keys", NO)
    with pytest.raises(Forbidden):
        await harness.run(TECH, "key show ci-bot --env shop-dev")


async def test_roles_that_cannot_be_read_mark_nothing() -> None:
    """The lists are answered all the same"""
    harness = with_roles()
    harness.account.fail_next("own_environments", NO)
    listed = await harness.run(TECH, "env list")
    assert isinstance(listed, EnvironmentsListed)
    assert not listed.closed


async def test_one_out_of_reach_can_be_disabled_by_request(harness: Harness) -> None:
    """The card says that its keys can't be counted, and counts none"""
    for _ in range(2):
        harness.account.fail_next("keys", NO)
    request = await asked(harness, "env disable shop --confirm Shop", ADMIN)
    shown = plain(posted(request))
    assert "Keysmith can't read how many keys are enabled there." in shown
    assert "0 enabled keys" not in shown


async def test_the_card_of_a_disabling_says_what_stops(harness: Harness) -> None:
    """The enabled keys, and when one of them last changed"""
    shown = plain(posted(await asked(harness, "env disable shop --confirm Shop", ADMIN)))
    assert re.search(r"Everything in it stops, with \d+ enabled keys\.", shown)
    assert "A key there last changed" in shown


async def test_the_card_of_a_tier_is_a_whole_sentence(harness: Harness) -> None:
    """With the tier before and after"""
    shown = plain(posted(await asked(harness, "env tier shop staging", ADMIN)))
    assert "asks to set the tier of an environment" in shown
    assert "Shop (shop), tier production → staging" in shown
