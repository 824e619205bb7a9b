"""What a key can do: advice, and the owner who asks about their own key."""

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import COMMANDS
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.roles import KeyExplained, RolesShown
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Role
from tests.fakes.key_roles import UPLOADER
from tests.flows.harness import ADMIN, BILLING, DEV, NEWCOMER, TECH, Harness
from tests.flows.requested import approved, carried_out, give_role, kept
from tests.flows.with_roles import with_roles

WISH = f"request shop-dev deploy --reason builds --role {UPLOADER.id}"


@pytest.fixture
def roles() -> Harness:
    """An account with roles."""
    return with_roles()


def text(outcome: Outcome) -> str:
    """The card as text."""
    return plain(card_of(outcome))


async def test_each_missing_action_has_its_own_advice(roles: Harness) -> None:
    """It names the action, the role and a command with the role's name; a button starts it"""
    key = await roles.key(DEV, "ci-bot")
    every = await roles.run(TECH, "key why ci-bot")

    assert isinstance(every, KeyExplained)
    lines = text(every).splitlines()
    for use in ("Upload new assets", "Change upload settings"):
        advice = f"{use}: the least role that allows this is Upload manager. To add it:"
        assert any(advice in each for each in lines)
    assert '/cld key roles ci-bot add "Upload manager" --env shop-dev' in text(every)
    assert UPLOADER.id not in text(every)
    buttons = {str(each.label): each.command for each in card_of(every).buttons}
    assert ["Add Billing", "Add Upload manager"] == [*buttons]
    assert f"key roles {key.api_key} add {UPLOADER.id} --env shop-dev" in buttons.values()


@pytest.mark.parametrize("role", [None, Role.BILLING])
async def test_an_owner_asks_what_their_key_can_do(roles: Harness, role: Role | None) -> None:
    """Without a right of their own: they read its roles, and whom to ask for another one"""
    request = await approved(roles, WISH, NEWCOMER, to=ADMIN)
    await carried_out(roles, request)
    request = await kept(roles, request)
    if role:
        give_role(roles, NEWCOMER, role)

    told = await roles.run(NEWCOMER, f"key why {request.made} delete")
    shown = await roles.run(NEWCOMER, "key roles deploy")

    assert isinstance(told, KeyExplained)
    assert "Delete assets: only Master Admin allows this" in text(told)
    assert "Ask a colleague who manages keys" in text(told)
    assert "/cld key roles" not in text(told)
    assert not card_of(told).buttons
    assert isinstance(shown, RolesShown)
    assert not shown.may_change


@pytest.mark.parametrize("command", ["key why", "key roles"])
async def test_a_person_asks_nothing_about_the_keys_of_others(roles: Harness, command: str) -> None:
    """The refusal is the same for one that exists, and names the command that was typed"""
    for name in ("ci-bot", "no-such-key"):
        outcome = await roles.run(BILLING, f"{command} {name}")
        assert isinstance(outcome, Denied)
        assert f"You can't use /cld {command}." in text(outcome)


async def test_a_refusal_names_the_command_that_was_typed(roles: Harness) -> None:
    """Every command, whatever action the policy decides about"""
    who = await roles.flows.dispatcher.people.identify(BILLING, fresh=True)
    refusal = roles.flows.dispatcher.authorizer.refusal
    refused = {each.name: refusal(who, Incomplete(each, ())) for each in COMMANDS}
    cards = {name: card_of(outcome) for name, outcome in refused.items() if outcome}

    assert len(cards) > len(COMMANDS) / 2
    for name, drawn in cards.items():
        assert f"You can't use /cld {name}" in plain(drawn)
        assert f"explain {name}" in [each.command for each in drawn.buttons]


async def test_a_grave_role_does_not_change_the_name_in_a_refusal(roles: Harness) -> None:
    """The action is another one; the command is the one that was typed"""
    outcome = await roles.run(BILLING, "key create new --env shop-dev --role master-admin")

    assert "You can't use /cld key create" in text(outcome)
