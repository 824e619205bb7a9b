"""A customer's rules: a reason's form, an expiry, a typed name, on-call, automatic approval."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.presses import (
    REQUEST,
    ask,
    card,
    cards,
    click,
    drained,
    fill_in,
    in_thread,
    modal,
    notified,
    pressed,
)
from tests.scenarios.system import ADA, MIA, NIA, TOM, System, running_system

SHIPPED = Path(__file__).parents[2] / "policy/keysmith.cedar"
ADDED = {
    '@id("members-request-in-production")\n': (
        '@risk("high")\n@comment("required")\n@reason("INC-[0-9]+")\n@longest("30d")\n'
    ),
    '@id("members-request")\n': '@auto("1 a week until 2099-12-31")\n',
}
DELETING = '@id("key-roles-delete")\n@approvals("1")\n@approvers("key_roles")\n'


@pytest.fixture(scope="module")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system with stricter rules in production, looser in staging, on-call for deletions."""
    directory = tmp_path_factory.mktemp("strict")
    text, policy = SHIPPED.read_text(), directory / "rules.cedar"
    for rule, more in ADDED.items():
        assert rule in text
        text = text.replace(rule, rule + more)
    assert DELETING in text
    policy.write_text(text.replace(DELETING, DELETING.replace("key_roles", "oncall:S0ONCALL01")))
    async with running_system(directory, POLICY_FILE=str(policy)) as system:
        yield system
        await drained(system)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ('--reason "a release" --expires 7d', "reason"),
        ('--reason "INC-42" --expires 90d', "at most 30 days"),
        ('--reason "INC-42"', "at most 30 days"),
    ],
)
async def test_a_request_against_its_rule_is_refused_before_it_opens(
    strict: System, more: str, reason: str
) -> None:
    """The answer names what the rule requires, and no card is posted."""
    answer = await strict.send(f"request production bad-request {more}", MIA)
    assert reason in answer["text"]
    assert "Request not sent. Nothing changed." in answer["text"]
    assert [] == await cards(strict, "bad-request")


async def test_a_risky_request_needs_the_typed_name_and_a_comment(strict: System) -> None:
    """A press opens a form, and a vote with a wrong name does not count."""
    id_ = await ask(strict, 'request production grave --reason "INC-42" --expires 7d')
    posted = await card(strict, "grave")
    assert "High risk" in posted["text"]
    await click(strict, ADA, posted, "approve")
    assert "grave" in str((await modal(strict, ADA))["blocks"])

    sent = await fill_in(strict, ADA, confirm="graze", comment="seen")
    assert ["field:confirm"] == [*sent["errors"]]
    assert "Needs " in (await card(strict, "grave"))["text"]
    right = f'approve {id_} --confirm grave --comment "seen with the team"'
    assert "Approved." in (await strict.send(right, ADA))["text"]

    await notified(strict, MIA, "The key is created")
    assert "approved" in (await in_thread(strict, "seen with the team"))["text"]


async def test_a_rule_approves_its_weekly_number_of_requests_itself(strict: System) -> None:
    """The first request needs no vote, the second one does; the card names the rule."""
    await strict.send(REQUEST.format(name="first"), MIA)
    await notified(strict, MIA, "first in Staging: The key is created")
    assert "Approved by the policy" in (await card(strict, "first"))["text"]

    await ask(strict, REQUEST.format(name="second"))
    assert "Needs " in (await card(strict, "second"))["text"]


async def test_the_person_on_call_approves(strict: System) -> None:
    """Members of the rule's Slack user group may vote; a key role alone is not enough."""
    await ask(strict, 'key delete load-test --env staging --reason "unused"', TOM)
    posted = await card(strict, "load-test")
    assert "wasn't counted" in (await pressed(strict, ADA, posted, "approve"))["text"]
    assert "Approved." in (await pressed(strict, NIA, posted, "approve"))["text"]
    await notified(strict, TOM, "Deletes on")
