"""Wherever a process dies, an environment is changed once, and the next process records it."""

from typing import Final

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.outcomes.environment_changes import EnvironmentChanged, EnvironmentCreated
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import ADMIN, CHIEF, DEV, Harness
from tests.flows.requested import approved

CALLS: Final = 60
"""More calls than any of these commands makes."""
AT_ONCE: Final = (
    'env create "Shop preview"',
    'env rename "Shop dev" "Shop test"',
    'env disable "Shop dev" --confirm "Shop dev"',
    'env enable "Shop dev"',
)
BY_VOTE: Final = (
    "env create Archive",
    "env rename Shop Web",
    "env disable Shop --confirm Shop",
)


async def prepared(harness: Harness, text: str) -> str:
    """The job of a command, or of its approved request."""
    if text in BY_VOTE:
        return (await approved(harness, text, ADMIN, to=CHIEF)).id
    if "enable" in text:
        await harness.account.switch_environment(DEV.id, enabled=False)
    return (await harness.job(ADMIN, text)).id


async def run(harness: Harness, id_: str) -> object:
    """Run a job as a process that takes it over."""
    return await harness.again(id_)


async def end(text: str) -> list[tuple[str, str, bool]]:
    """What the environments are like where nothing dies."""
    harness = failing(FailurePoint())
    outcome = await run(harness, await prepared(harness, text))
    assert isinstance(outcome, EnvironmentCreated | EnvironmentChanged), outcome
    return await situation(harness)


async def situation(harness: Harness) -> list[tuple[str, str, bool]]:
    """Every environment."""
    return [(it.name, it.cloud_name, it.enabled) for it in await harness.account.environments()]


@pytest.mark.parametrize("text", [*AT_ONCE, *BY_VOTE])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_killed_process_leaves_what_the_next_one_finishes(
    text: str, *, after: bool
) -> None:
    """Once, and with one entry; a third process changes nothing more"""
    expected = await end(text)
    for call in range(1, CALLS):
        died = FailurePoint()
        harness = failing(died)
        id_ = await prepared(harness, text)
        died.arm(call, after=after)
        try:
            await run(harness, id_)
        except Crash:
            died.arm(0)
        else:
            assert call > len(AT_ONCE)
            return
        for _ in range(2):
            await run(harness, id_)
            assert expected == await situation(harness), call
        verb = " ".join(text.split()[:2]).replace(" ", ":")
        done = [it for it in harness.jobs.entries if it.event is AuditEvent.DONE]
        assert [verb] == [it.action for it in done], call
        if "rename" in text:
            assert done[0].target["before"] in {"Shop dev", "Shop"}
    pytest.fail("every call was tried, and none was the last")
