"""What cards say of a key beside its state: a disabled environment, and who signs instead."""

import pytest

from bot.cards.forms import Form, form_view
from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import BY_WORDS
from bot.domain.keys import signer
from bot.domain.languages import ENGLISH
from bot.domain.outcomes.keys import KeyShown
from bot.domain.policy import Action, Allowed, Explanation
from tests.flows.harness import DEV, TECH
from tests.flows.with_roles import with_roles


@pytest.mark.parametrize("command", ["key list", "key show ci-bot", "key why ci-bot"])
async def test_a_disabled_environment_is_marked(command: str) -> None:
    """Its keys are enabled, and none of them works"""
    harness = with_roles()
    before = plain(card_of(await harness.run(TECH, command)))
    assert "disabled)" not in before
    assert "is disabled: no key works there" not in before
    await harness.account.switch_environment(DEV.id, enabled=False)
    harness.rebuild()

    told = plain(card_of(await harness.run(TECH, command)))

    mark = "Shop dev (disabled)" if command == "key list" else "Shop dev is disabled: no key works"
    assert mark in told


async def test_a_key_that_does_not_sign_names_the_one_that_does() -> None:
    """The signer itself says that it signs"""
    harness = with_roles()
    shown = await harness.run(TECH, "key show ci-bot")
    assert isinstance(shown, KeyShown)
    signs = signer(await harness.account.keys(DEV.id))

    assert signs
    assert f"Webhook notifications are signed with {signs.label}, not with" in plain(card_of(shown))
    own = plain(card_of(await harness.run(TECH, f"key show {signs.api_key}")))
    assert "Webhook notifications are signed with it." in own


@pytest.mark.parametrize("command", ["key create", "request"])
@pytest.mark.parametrize(("default", "optional"), [("", False), ("Upload manager", True)])
def test_a_role_is_optional_where_the_policy_has_one(
    command: str, default: str, *, optional: bool
) -> None:
    """Before an environment is chosen, the form expects one"""
    form = Form(Incomplete(BY_WORDS[tuple(command.split())], ()))
    own = Explanation(Action.KEY_CREATE, DEV, Allowed("rule", default_role=default), ())
    drawn = form_view(form, "offer0", ENGLISH, [own])
    blocks = drawn["blocks"]
    assert isinstance(blocks, list)
    (role,) = (each for each in blocks if str(each.get("block_id")).endswith("role"))

    assert optional is role["optional"]
