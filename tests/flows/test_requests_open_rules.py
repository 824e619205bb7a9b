import asyncio
from datetime import timedelta
from pathlib import Path

from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.requests import NotAskable, Requested
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Audience, Topic
from bot.domain.requests.terms import Waiver
from tests.flows.harness import BILLING, NEWCOMER, TECH, Harness
from tests.flows.requested import (
    WISH,
    asked,
    rule,
    under,
)


def refusal(outcome: object) -> NotAskableReason:
    """Return why no request was opened."""
    assert isinstance(outcome, NotAskable), outcome
    return outcome.reason


async def test_a_rule_may_require_a_certain_reason(harness: Harness, tmp_path: Path) -> None:
    """For example, it needs the number of an incident."""
    required = '@approvals("1")\n@approvers("key_roles")\n@reason("INC-[0-9]+")'
    under(harness, tmp_path, rule("key:request", required))
    assert NotAskableReason.REASON is refusal(await harness.run(NEWCOMER, WISH))
    await asked(harness, 'request shop-dev deploy --reason "INC-42: builds"')


async def test_a_rule_may_require_an_end(harness: Harness, tmp_path: Path) -> None:
    """There is no access without an end, and none with a later one."""
    required = '@approvals("1")\n@approvers("key_roles")\n@longest("7d")'
    under(harness, tmp_path, rule("key:request", required))
    for text in (WISH, f"{WISH} --expires 8d"):
        assert NotAskableReason.TOO_LONG is refusal(await harness.run(NEWCOMER, text))
    request = await asked(harness, f"{WISH} --expires 7d")
    assert timedelta(days=7) == request.terms.lasts


async def test_a_budget_is_spent_once(harness: Harness, tmp_path: Path) -> None:
    """Of two requests at the same time, the rule itself approves one."""
    required = '@approvals("1")\n@approvers("key_roles")\n@auto("1 a week until 2026-12-31")'
    under(harness, tmp_path, rule("key:request", required))
    outcomes = await asyncio.gather(*(harness.run(NEWCOMER, WISH) for _ in range(2)))
    requests = [each.request for each in outcomes if isinstance(each, Requested)]
    assert [State.APPROVED, State.PENDING] == [request.state for request in requests]
    assert [Waiver.BUDGET, None] == [request.waived for request in requests]


async def test_a_budget_comes_again_after_a_week_and_ends_with_its_rule(
    harness: Harness, tmp_path: Path
) -> None:
    """It is full again seven days later, and not after its date."""
    required = '@approvals("1")\n@approvers("key_roles")\n@auto("1 a week until 2026-03-08")'
    under(harness, tmp_path, rule("key:request", required))
    states = []
    for days in (0, 6, 1, 7):
        harness.clock.go_on(days=days)
        states.append((await asked(harness)).state)
    assert [State.APPROVED, State.PENDING, State.APPROVED, State.PENDING] == states


async def test_an_emergency_is_for_those_whom_the_rule_names(
    harness: Harness, tmp_path: Path
) -> None:
    """It runs at once, with a reason, and the security channel gets a message."""
    required = '@approvals("1")\n@approvers("admins")\n@emergency("key_roles")'
    under(harness, tmp_path, rule("key:request", required))
    breaking = f"{WISH} --emergency"
    for actor in (NEWCOMER, BILLING):
        assert NotAskableReason.EMERGENCY is refusal(await harness.run(actor, breaking))
    request = await asked(harness, breaking, TECH)
    assert (State.APPROVED, Waiver.EMERGENCY) == (request.state, request.waived)
    assert (Audience.SECURITY, Topic.EMERGENCY) in [
        (notification.audience, notification.topic)
        for notification in harness.requests.notifications
    ]
    silent = await harness.run(TECH, "key create new --env shop --emergency")
    assert isinstance(silent, Denied | NotAskable)
