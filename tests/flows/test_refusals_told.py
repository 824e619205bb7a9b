"""What a person reads who may not do something: why, who can, and what they can do."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.cedar.policy import CedarPolicy
from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.environments import Environment
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.requests import AlreadyRequested, NotAskable, Requested
from bot.domain.people import Actor, Person, Role
from bot.domain.policy import Action, Question, Refused, usually_may
from tests.flows.harness import ADMIN, BILLING, DEV, NEWCOMER, POLICY, PROD, STAGING, TECH, Harness
from tests.flows.requested import under, with_sleeper

OWN = """
@id("asks") permit (principal, action == Action::"key:request", resource);
@id("chiefs") permit (principal in Role::"master_admin", action == Action::"key:list", resource);
@id("freeze") forbid (principal, action == Action::"key:disable", resource);
@id("no-show") @why("role") forbid (principal, action == Action::"key:show", resource);
"""
SEES = """
@id("sees") permit (principal, action, resource)
unless { action == Action::"key:create" || action == Action::"key:enable" };
"""
VOTES = """
@id("votes") @approvals("1") @approvers("admins") @emergency("admins")
permit (principal, action in [Action::"key:create", Action::"key:enable"], resource);
"""
REQUEST = "Request credentials…"


@pytest.fixture
def strict(harness: Harness, tmp_path: Path) -> Harness:
    """An organisation with rules of its own."""
    (tmp_path / "own.cedar").write_text(OWN)
    harness.policy = CedarPolicy.load(tmp_path)
    harness.rebuild()
    return harness


async def told(harness: Harness, by: Actor, text: str) -> tuple[str, list[str]]:
    """The refusal's text, and its buttons."""
    outcome = await harness.run(by, text)
    assert isinstance(outcome, Denied | Unknown), outcome
    drawn = card_of(outcome)
    return plain(drawn), [str(each.label) for each in drawn.buttons]


@pytest.mark.parametrize("actor", [BILLING, NEWCOMER])
async def test_who_may_do_nothing_else_is_told_to_request(actor: Actor, harness: Harness) -> None:
    """With a button, whether their role is missing or their Cloudinary user"""
    text, buttons = await told(harness, actor, "key list")
    assert "/cld request" in text
    assert REQUEST == buttons[0]


@pytest.mark.parametrize(
    "text", ["doctor", f"link @{ADMIN.user_id}", "env tier staging production"]
)
async def test_what_gives_no_credentials_offers_no_request_for_them(
    text: str, harness: Harness
) -> None:
    """A colleague has to do it: a key would not help"""
    told_, buttons = await told(harness, BILLING, text)
    assert "Ask a colleague who can" in told_
    assert "/cld request`" not in told_
    assert ["See who can"] == buttons


@pytest.mark.parametrize("text", ["key list", "key list --mine", "key show ci-bot"])
@pytest.mark.parametrize("actor", [BILLING, NEWCOMER])
async def test_who_may_not_see_keys_is_told_where_their_own_are(
    actor: Actor, text: str, harness: Harness
) -> None:
    """An owner needs no role for that"""
    told_, _ = await told(harness, actor, text)
    assert "The keys that you own are in App Home." in told_


async def test_another_refusal_does_not_speak_of_own_keys(harness: Harness) -> None:
    """Where they would not help"""
    told_, _ = await told(harness, BILLING, "env list")
    assert "App Home" not in told_


@pytest.mark.parametrize(
    ("by", "text"),
    [
        (BILLING, 'request shop-stag x --reason "INC-1" --emergency'),
        (NEWCOMER, 'request shop x --reason "INC-1" --emergency'),
    ],
)
async def test_a_refused_emergency_offers_the_normal_request(
    by: Actor, text: str, harness: Harness
) -> None:
    """All of it was typed: one press sends it, and it waits for approval"""
    outcome = await harness.run(by, text)
    assert isinstance(outcome, NotAskable)
    (button,) = card_of(outcome).buttons
    assert "Send a normal request" == str(button.label)
    assert "--emergency" not in button.command
    sent = await harness.run(by, button.command)
    assert isinstance(sent, Requested)
    assert sent.request.waits


@pytest.mark.parametrize("text", ["key create x --env shop", "key enable sleeper --env shop"])
async def test_an_emergency_of_each_command_offers_it_as_a_normal_request(
    text: str, harness: Harness, tmp_path: Path
) -> None:
    """Two presses send one request; where the policy refuses by then, none"""
    with_sleeper(under(harness, tmp_path, SEES + VOTES))
    outcome = await harness.run(TECH, f"{text} --reason INC-1 --emergency")
    assert isinstance(outcome, NotAskable)
    (button,) = card_of(outcome).buttons
    sent = await harness.run(TECH, button.command)
    assert isinstance(sent, Requested)
    assert sent.request.waits
    assert isinstance(await harness.run(TECH, button.command), AlreadyRequested)
    under(harness, tmp_path, SEES)
    assert isinstance(await harness.run(TECH, button.command), Denied)


@pytest.mark.parametrize(
    "text",
    [
        "request shop x --reason ci --for @U0GUEST",
        "request shop x --reason INC-1 --for @U0GUEST --emergency",
    ],
)
async def test_what_a_normal_request_meets_too_offers_none(text: str, harness: Harness) -> None:
    """It would be refused for the same"""
    outcome = await harness.run(TECH, text)
    assert isinstance(outcome, NotAskable)
    assert () == card_of(outcome).buttons


async def test_an_early_refusal_says_the_same(harness: Harness) -> None:
    """From the identity of the last minute, before a job is stored"""
    first = await harness.run(BILLING, "key list")
    early = await harness.flows.intake.accept(harness.asked(BILLING, "key list"))
    assert isinstance(early, Denied)
    assert first == early


async def test_who_may_not_request_either_is_not_sent_there(harness: Harness) -> None:
    """A disabled Cloudinary user stops requests too"""
    user = harness.add_member(Actor("T1", "U0GONE"), Role.ADMIN)
    harness.account.add_user(replace(user, enabled=False), environments=[])
    text, buttons = await told(harness, Actor("T1", "U0GONE"), "key list")
    assert "/cld request" not in text
    assert not buttons


async def test_a_role_is_named_only_where_it_is_the_reason(harness: Harness) -> None:
    """Under the shipped rules"""
    text, _ = await told(harness, BILLING, "key list")
    assert "Your Cloudinary role is Billing, which doesn't allow this." in text
    assert "Ask a colleague who can: Master admin, Admin or Technical admin." in text


async def test_a_rule_of_the_organisation_is_told_as_such(strict: Harness) -> None:
    """With its id where one forbids; and only roles that it allows are named"""
    text, _ = await told(strict, ADMIN, "key list")
    assert "Your organisation's policy doesn't allow this for your role: Admin." in text
    assert "Ask a colleague who can: Master admin." in text
    text, _ = await told(strict, TECH, "key show ci-bot")
    assert "policy doesn't allow this for your role: Technical admin. Rule: no-show." in text
    assert "The policy allows this for no role." in text


def test_what_the_shipped_rules_let_a_role_do_is_known() -> None:
    """For every role and action"""
    places: list[Environment] = [DEV, STAGING, PROD]
    for role in Role:
        person = Person(TECH, "any", "", role, "u", environments=None)
        for action in Action:
            decided = [POLICY.decide(Question(person, action, place)) for place in [None, *places]]
            allowed = not isinstance(decided[0], Refused)
            assert usually_may(role, action) == allowed, (role, action)
