"""What a customer's rules can want: a reason, an end, a typed name, who is on call; or nobody."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.presses import (
    WISH,
    ask,
    card,
    cards,
    click,
    drained,
    fill_in,
    modal,
    pressed,
    shown,
    told,
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
    """Stricter rules in production, looser ones in staging, and on-call decides on deletions."""
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
        ('--reason "INC-42" --expires 90d', "30d"),
        ('--reason "INC-42"', "30d"),
    ],
)
async def test_a_wish_that_the_rule_does_not_take_is_refused_at_the_start(
    strict: System, more: str, reason: str
) -> None:
    """The answer says what the rule wants; nobody is asked"""
    answer = await strict.send(f"request production bad-wish {more}", MIA)
    assert reason in answer["text"]
    assert "nobody was asked" in answer["text"].casefold()
    assert [] == await cards(strict, "bad-wish")


async def test_what_is_risky_is_approved_by_no_tap(strict: System) -> None:
    """The name has to be typed, and a word given; a wrong name counts for nothing"""
    id_ = await ask(strict, 'request production grave --reason "INC-42" --expires 7d')
    posted = await card(strict, "grave")
    assert "Risk: high" in posted["text"]
    await click(strict, ADA, posted, "approve")
    assert "grave" in str((await modal(strict, ADA))["blocks"])

    await fill_in(strict, ADA, confirm="graze", comment="seen")
    await shown(strict, ADA, "Not counted so far")
    assert "Waiting for approval." in (await card(strict, "grave"))["text"]
    right = f'approve {id_} --confirm grave --comment "seen with the team"'
    assert "Approved." in (await strict.send(right, ADA))["text"]

    await told(strict, MIA, "The key is made")
    assert "seen with the team" in (await card(strict, "grave", "agreed"))["text"]


async def test_so_many_a_week_are_approved_by_the_rule_itself(strict: System) -> None:
    """The first needs nobody, the second does; the card says which"""
    await strict.send(WISH.format(name="first"), MIA)
    await told(strict, MIA, "first in Staging: The key is made")
    assert "rule" in (await card(strict, "first"))["text"]

    await ask(strict, WISH.format(name="second"))
    assert "Waiting for approval." in (await card(strict, "second"))["text"]


async def test_who_is_on_call_now_decides(strict: System) -> None:
    """A Slack user group says who that is; a key role alone is not enough"""
    await ask(strict, 'key delete load-test --env staging --reason "unused"', TOM)
    posted = await card(strict, "load-test")
    assert "Not counted" in (await pressed(strict, ADA, posted, "approve"))["text"]
    assert "Approved." in (await pressed(strict, NIA, posted, "approve"))["text"]
    await told(strict, TOM, "deleted for good")
