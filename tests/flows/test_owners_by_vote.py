"""An owner who needs a vote gets a key by a vote, although its requester needs none."""

from pathlib import Path

import pytest

from bot.domain.outcomes.requests import NotAskable, Requested
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import State
from bot.domain.requests.terms import Waiver
from tests.flows.harness import COLLEAGUE, NEWCOMER, TECH, Harness
from tests.flows.requested import asked, carried_out, looked, rule, under
from tests.flows.test_rights_alone import AUTO, REQUEST_IN_DEV

BUDGETS = {"whole": AUTO, "over": AUTO.replace("2026", "2025"), "spent": AUTO.replace("9 a", "1 a")}


@pytest.mark.parametrize("conditions", BUDGETS.values(), ids=BUDGETS)
async def test_a_budget_approves_nothing_for_those_who_need_a_vote_so_approvers_are_asked(
    harness: Harness, tmp_path: Path, conditions: str
) -> None:
    """Whatever is left of it: nothing is spent, and who is asked for collects after a vote"""
    under(harness, tmp_path, rule("key:request", conditions, 'principal in Role::"key_roles"'))
    if conditions == BUDGETS["spent"]:
        await asked(harness, REQUEST_IN_DEV, TECH)
    request = await asked(harness, f"{REQUEST_IN_DEV} --for @{NEWCOMER.user_id}", TECH)
    assert (State.PENDING, None) == (request.state, request.waived)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    await carried_out(harness, request)
    (waiting,) = await harness.pending.pending_of(NEWCOMER)
    assert await harness.flows.access.may_still_claim(waiting)
    mine = await asked(harness, REQUEST_IN_DEV, TECH)
    assert (conditions == BUDGETS["whole"]) is (mine.waived is Waiver.BUDGET)


@pytest.mark.parametrize(("conditions", "opens"), [(AUTO, True), ("", False)])
async def test_a_renewal_for_those_who_need_a_vote_asks_approvers_too(
    harness: Harness, tmp_path: Path, conditions: str, *, opens: bool
) -> None:
    """It is not approved within the budget, to be void later; at once, it is refused"""
    text = f"{REQUEST_IN_DEV} --for @{NEWCOMER.user_id} --expires 1d"
    request = await asked(harness, text, TECH)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    await carried_out(harness, request)
    harness.pending.collect(request.id)
    harness.requests.wake(request.id)
    await looked(harness)
    under(harness, tmp_path, rule("key:request", conditions, 'principal in Role::"key_roles"'))
    told = await harness.run(TECH, f"renew {request.id} --reason more --expires 2d")
    if opens:
        assert isinstance(told, Requested)
        assert (State.PENDING, None) == (told.request.state, told.request.waived)
    else:
        assert isinstance(told, NotAskable)
        assert NotAskableReason.OWNER is told.reason
