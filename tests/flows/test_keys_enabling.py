"""A key that a person disabled stays disabled, whatever was asked before."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import bot.flows
from bot.domain.keys import LastChange, ProtectionReason, overtaken
from bot.domain.outcomes.keys import KeyChanged, KeyProtected
from bot.domain.outcomes.requests import Renewed
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.machine import State
from bot.errors import Unavailable
from tests.flows.harness import ADMIN, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Harness
from tests.flows.requested import (
    WAKE_UP,
    WISH,
    approved,
    asked,
    carried_out,
    collected,
    enabled,
    kept,
    looked,
    with_sleeper,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def was_overtaken(outcome: Outcome) -> bool:
    """Whether a change was refused for a later disabling."""
    return isinstance(outcome, KeyProtected) and outcome.reason is ProtectionReason.OVERTAKEN


@pytest.mark.parametrize("change", ["disabled", "renamed", "enabled"])
@pytest.mark.parametrize("late", [-1, 0, 1])
def test_only_a_disabling_after_the_asking_overtakes(change: str, late: int) -> None:
    """A rename or another enabling after it hides no disabling."""
    at = START + timedelta(seconds=late)
    by_change = LastChange(change, "Ada", at, "j1")
    by_time = LastChange(change, "Ada", START + timedelta(days=1), "j1", disabled_at=at)
    assert overtaken(by_change, START) is (late > 0 and change == "disabled")
    assert overtaken(by_time, START) is (late > 0)
    assert not overtaken(None, START)


async def ended_with_renewal(harness: Harness) -> tuple[str, str]:
    """Let access end, and ask for its renewal; return the ids of both requests."""
    former = await collected(harness, f"{WISH} --expires 2d")
    harness.clock.go_on(days=3)
    await looked(harness)
    renewal = await asked(harness, f"renew {former.id} --reason more --expires 7d")
    harness.clock.go_on(minutes=1)
    return former.id, renewal.id


@pytest.mark.parametrize("then", [(), ("key rename deploy other --env shop-dev",)])
async def test_a_renewal_does_not_undo_a_later_disable(
    harness: Harness, then: tuple[str, ...]
) -> None:
    """Not even if the key was disabled already, or is renamed after that and back."""
    former, renewal = await ended_with_renewal(harness)
    for text in ("key disable deploy --env shop-dev", *then):
        await harness.run(ADMIN, text)
    if then:
        await harness.run(ADMIN, "key rename other deploy --env shop-dev")
    harness.clock.go_on(minutes=1)
    await harness.run(TECH, f"approve {renewal}")
    request = await harness.requests.load(renewal)
    assert request
    assert was_overtaken(await carried_out(harness, request))
    assert not await enabled(harness)
    assert State.FAILED is (await kept(harness, request)).state
    old = await harness.requests.load(former)
    assert old
    assert old.ended


async def test_a_renewal_that_is_asked_after_the_disable_enables(harness: Harness) -> None:
    """Its approvers know of the disabling."""
    former, before = await ended_with_renewal(harness)
    await harness.run(NEWCOMER, f"cancel {before}")
    await harness.run(ADMIN, "key disable deploy --env shop-dev")
    harness.clock.go_on(minutes=1)
    renewal = await approved(harness, f"renew {former} --reason more --expires 7d")
    assert isinstance(await carried_out(harness, renewal), Renewed)
    assert await enabled(harness)


@pytest.mark.parametrize("then", ["disabled", "renamed"])
async def test_an_approved_enabling_does_not_undo_a_later_disable(
    harness: Harness, then: str
) -> None:
    """The time of the request counts, not that of its approval."""
    with_sleeper(harness)
    request = await asked(harness, WAKE_UP, TECH)
    harness.clock.go_on(minutes=1)
    await harness.run(ADMIN, "key disable sleeper --env shop")
    if then == "renamed":
        await harness.run(ADMIN, "key rename sleeper other --env shop")
        await harness.run(ADMIN, "key rename other sleeper --env shop")
    harness.clock.go_on(minutes=1)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    assert was_overtaken(await carried_out(harness, request))
    assert not (await harness.key(PROD, "sleeper")).enabled


@pytest.mark.parametrize("then", ["disabled", "renamed"])
async def test_an_accepted_enabling_does_not_undo_a_later_disable(
    harness: Harness, then: str
) -> None:
    """A job that waits in the queue is as old as its command."""
    await harness.run(ADMIN, "key disable ci-bot --env shop-dev")
    name = (await harness.key(DEV, "ci-bot")).api_key
    job = await harness.job(TECH, f"key enable {name} --env shop-dev")
    harness.clock.go_on(minutes=1)
    await harness.run(ADMIN, "key disable ci-bot --env shop-dev")
    if then == "renamed":
        await harness.run(ADMIN, "key rename ci-bot other --env shop-dev")
    assert was_overtaken(await harness.flows.dispatcher.run(job))
    harness.clock.go_on(minutes=1)
    later = await harness.run(TECH, f"key enable {name} --env shop-dev")
    assert isinstance(later, KeyChanged)


def enabling_modules() -> list[str]:
    """Modules of the flows that enable keys, directly or by `partial`."""
    found = []
    for path in sorted(Path(bot.flows.__file__).parent.rglob("*.py")):
        calls = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
        ]
        enabling = [
            word
            for call in calls
            if "set_enabled" in ast.unparse(call)
            for word in call.keywords
            if word.arg == "enabled" and ast.unparse(word.value) != "False"
        ]
        if enabling and "def set_enabled" not in path.read_text():  # it passes another's call on
            found.append(path.read_text())
    return found


def test_every_flow_that_enables_a_key_uses_the_one_check() -> None:
    """A new caller of `set_enabled(…, enabled=True)` has to ask `overtaken` first."""
    found = enabling_modules()
    assert len(found) >= 3
    assert all("overtaken(" in text for text in found)


@pytest.mark.parametrize("maybe_done", [False, True])
@pytest.mark.parametrize("applied", [False, True])
async def test_a_disabling_without_an_answer_counts_as_one(
    harness: Harness, *, maybe_done: bool, applied: bool
) -> None:
    """It may have happened, and the person wanted the key stopped: no older enabling follows"""
    key = with_sleeper(harness)
    request = await asked(harness, WAKE_UP, TECH)
    harness.clock.go_on(minutes=1)
    await harness.account.set_enabled(PROD.id, key.api_key, enabled=True)
    lost = Unavailable("away", maybe_done=maybe_done)
    harness.account.fail_next("set_enabled", lost, after=applied)
    with pytest.raises(Unavailable):
        await harness.run(ADMIN, "key disable sleeper --env shop")
    last = await harness.jobs.last_change(key.api_key)
    assert last
    assert ("begun to be disabled", harness.clock.now()) == (last.change, last.disabled)
    await harness.account.set_enabled(PROD.id, key.api_key, enabled=False)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    assert was_overtaken(await carried_out(harness, request))
    assert not (await harness.key(PROD, "sleeper")).enabled
