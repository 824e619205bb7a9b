import asyncio
from datetime import timedelta
from pathlib import Path

from bot.domain.decided import NotAskable, Requested, Unaskable
from bot.domain.outcomes import Denied
from bot.domain.requests import State
from bot.domain.sayings import Audience, Topic
from bot.domain.terms import Waiver
from tests.flows.office import (
    NEWCOMER,
    TECH,
    Office,
)
from tests.flows.requested import (
    WISH,
    asked,
    rule,
    under,
)


def refusal(outcome: object) -> Unaskable:
    """Why nobody was asked."""
    assert isinstance(outcome, NotAskable), outcome
    return outcome.why


async def test_a_rule_may_want_a_reason_of_a_kind(office: Office, tmp_path: Path) -> None:
    """An incident's number, say"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@reason("INC-[0-9]+")'
    under(office, tmp_path, rule("key:request", wanted))
    assert Unaskable.REASON is refusal(await office.says(NEWCOMER, WISH))
    await asked(office, 'request shop-dev deploy --reason "INC-42: builds"')


async def test_a_rule_may_want_an_end(office: Office, tmp_path: Path) -> None:
    """No access without one, and none that is longer"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@longest("7d")'
    under(office, tmp_path, rule("key:request", wanted))
    for text in (WISH, f"{WISH} --expires 8d"):
        assert Unaskable.TOO_LONG is refusal(await office.says(NEWCOMER, text))
    request = await asked(office, f"{WISH} --expires 7d")
    assert timedelta(days=7) == request.terms.lasts


async def test_a_budget_is_spent_once(office: Office, tmp_path: Path) -> None:
    """Of two wishes at once, the rule itself approves one"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@auto("1 a week until 2026-12-31")'
    under(office, tmp_path, rule("key:request", wanted))
    outcomes = await asyncio.gather(*(office.says(NEWCOMER, WISH) for _ in range(2)))
    requests = [each.request for each in outcomes if isinstance(each, Requested)]
    assert [State.APPROVED, State.PENDING] == [request.state for request in requests]
    assert [Waiver.BUDGET, None] == [request.waived for request in requests]


async def test_a_budget_comes_again_after_a_week_and_ends_with_its_rule(
    office: Office, tmp_path: Path
) -> None:
    """Seven days later, and not after the date"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@auto("1 a week until 2026-03-08")'
    under(office, tmp_path, rule("key:request", wanted))
    states = []
    for days in (0, 6, 1, 7):
        office.clock.go_on(days=days)
        states.append((await asked(office)).state)
    assert [State.APPROVED, State.PENDING, State.APPROVED, State.PENDING] == states


async def test_an_emergency_is_for_those_whom_the_rule_names(
    office: Office, tmp_path: Path
) -> None:
    """They act at once, with a reason, and security hears of it"""
    wanted = '@approvals("1")\n@approvers("admins")\n@emergency("key_roles")'
    under(office, tmp_path, rule("key:request", wanted))
    breaking = f"{WISH} --emergency"
    assert Unaskable.EMERGENCY is refusal(await office.says(NEWCOMER, breaking))
    request = await asked(office, breaking, TECH)
    assert (State.APPROVED, Waiver.EMERGENCY) == (request.state, request.waived)
    assert (Audience.SECURITY, Topic.EMERGENCY) in [
        (saying.audience, saying.topic) for saying in office.requests.said
    ]
    silent = await office.says(TECH, "key create new --env shop --emergency")
    assert isinstance(silent, Denied | NotAskable)
