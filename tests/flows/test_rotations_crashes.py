"""A rotation at which a process dies, or a service fails, at each call of each of its steps."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, NamedTuple

import pytest

from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic
from bot.domain.rotation import Phase
from bot.errors import StoreError, Unavailable
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import COLLEAGUE, DEV, TECH, Harness
from tests.flows.requested import asked, kept, looked
from tests.flows.rotated import (
    GRACE,
    NAME,
    ROTATE,
    SOAK,
    overlapping,
    phase,
    press,
    ripe,
    rotated,
    soaking,
    steered,
    works,
)
from tests.flows.test_keys_reconciled import compared, told

FAULTS: Final = {
    "crash": Crash(),
    "redis": StoreError("away"),
    "cloudinary": Unavailable("500", maybe_done=True),
}
AT_ONCE: Final = timedelta()


class Stage(NamedTuple):
    """How a rotation gets to a step, what takes the step, and the phase after it.

    `press` is what a person presses; without it, `wait` has passed.
    """

    before: Callable[[Harness], Awaitable[Request]]
    to: Phase
    press: str = ""
    wait: timedelta = AT_ONCE
    works: tuple[bool, bool] = (True, True)


async def collected(harness: Harness) -> Request:
    """The owner has opened the link."""
    request = await rotated(harness)
    await harness.account.set_enabled(DEV.id, request.made, enabled=True)
    harness.pending.collect(request.id)
    harness.requests.wake(request.id)
    return request


async def signing(harness: Harness) -> Request:
    """The old key signs webhooks, and waits for its people."""
    old = await harness.key(DEV, NAME)
    await harness.account.pin(DEV.id, old.api_key)
    return await steered(harness, await overlapping(harness), "deployed", Phase.SIGNING)


STAGES: Final = {
    "create": Stage(lambda it: asked(it, ROTATE, TECH), Phase.CREATED, works=(True, False)),
    "collect": Stage(collected, Phase.OVERLAP),
    "lapse": Stage(rotated, Phase.ABORTED, wait=timedelta(hours=8), works=(True, False)),
    "deployed": Stage(overlapping, Phase.SOAKING, "deployed", works=(False, True)),
    "grace": Stage(overlapping, Phase.SOAKING, wait=GRACE, works=(False, True)),
    "signer": Stage(signing, Phase.SOAKING, f"signer --confirm {NAME}", works=(False, True)),
    "rollback": Stage(soaking, Phase.OVERLAP, "rollback"),
    "extend": Stage(overlapping, Phase.OVERLAP, "extend --grace 2d"),
    "ripen": Stage(soaking, Phase.RIPE, wait=SOAK, works=(False, True)),
    "delete": Stage(ripe, Phase.DONE, f"delete --confirm {NAME}", works=(False, True)),
    "abandon": Stage(rotated, Phase.ABORTED, "abort", works=(True, False)),
    "abort": Stage(soaking, Phase.ABORTED, f"abort --confirm {NAME}", works=(True, False)),
}


class Ended(NamedTuple):
    """What is left of a rotation: its end, and what was written and told on the way."""

    phase: Phase
    works: tuple[bool, bool]
    steps: Counter[str]
    told: Counter[tuple[str, str]]
    names: list[str]
    changes: list[tuple[str, ...]]


async def taken(stage: Stage, point: FailurePoint, at: int, *, after: bool) -> tuple[Ended, bool]:
    """Take a step that fails at one call, then let another process go on."""
    harness = failing(point)
    request = await stage.before(harness)
    harness.clock.at += stage.wait
    job = await harness.jobs.load(request.id) if stage.to is Phase.CREATED else None
    if stage.press:
        by = COLLEAGUE if stage.to is Phase.DONE else TECH
        job = await harness.job(by, f"rotation {request.id} {stage.press}")
    point.arm(at, after=after)
    try:
        if job:
            await harness.flows.dispatcher.run(job)
        else:
            await harness.flows.deadline_keeper.look()
            await harness.flows.deadline_keeper.look()
    except (Crash, StoreError, Unavailable):
        pass
    blown = point.blown
    point.arm(0)
    request = await kept(harness, request)
    old, new = await works(harness, request)
    assert old or new, "one of both works, also right after the failure"
    if job:
        await harness.again(job.id)
    for _ in range(3):
        harness.clock.go_on(minutes=1)
        assert [] == await harness.flows.deadline_keeper.look()
    request = await kept(harness, request)
    told = [it for it in harness.requests.notifications if it.topic is Topic.ROTATION]
    return Ended(
        phase(request),
        await works(harness, request),
        Counter(it.detail for it in harness.jobs.entries if "rotation " in it.detail),
        Counter((it.audience, it.to) for it in told),
        sorted(
            key.name.replace(request.id[:6], "id") for key in await harness.account.keys(DEV.id)
        ),
        [await changes(harness, each) for each in (request.terms.key, request.made) if each],
    ), blown


async def changes(harness: Harness, api_key: str) -> tuple[str, ...]:
    """The last change of a key, and the history of its record."""
    last, record = await harness.jobs.last_change(api_key), harness.records.kept.get(api_key)
    lines = [each.what for each in record.history] if record else []
    return (last.change if last else "", *lines)


CASES: Final = [
    ("create", "crash"),  # another failure of the creation fails the request
    *((name, fault) for name in STAGES for fault in FAULTS if name != "create"),
]


@pytest.mark.parametrize(("name", "fault"), CASES)
async def test_a_step_that_fails_at_any_call_is_taken_once(name: str, fault: str) -> None:
    """Before the call's work and after it: the same end, the same records, told once"""
    stage = STAGES[name]
    clean, _ = await taken(stage, FailurePoint(), 0, after=False)
    assert (stage.to, stage.works) == (clean.phase, clean.works)
    assert all(count == 1 for count in clean.steps.values()), clean.steps
    at, blown = 0, True
    while blown:
        at += 1
        for after in (False, True):
            point = FailurePoint(error=FAULTS[fault])
            ended, blown = await taken(stage, point, at, after=after)
            assert (at, after, ended) == (at, after, clean)
    assert at > 5


async def test_what_a_person_did_in_the_console_is_not_taken_for_what_a_crash_lost(
    harness: Harness,
) -> None:
    """Keysmith had disabled the old key too, but before: security hears of the person's change"""
    await compared(harness)
    harness.clock.go_on(hours=1)
    request = await soaking(harness)
    harness.clock.go_on(minutes=1)
    request = await steered(harness, request, "rollback", Phase.OVERLAP)
    marked = dict(harness.own_acts.marked)
    harness.clock.go_on(minutes=1)
    await harness.account.set_enabled(DEV.id, request.terms.key, enabled=False)
    harness.own_acts.marked = marked
    await steered(harness, request, "deployed", Phase.SOAKING)
    harness.clock.go_on(hours=1)
    await compared(harness)
    assert [[DEV.name, f"seen disabled {NAME}"]] == told(harness)


async def test_what_a_persons_own_command_did_is_told_by_that_alone(harness: Harness) -> None:
    """They disabled the key while the rotation waited for its turn"""
    await compared(harness)
    harness.clock.go_on(hours=1)
    request = await overlapping(harness)
    async with harness.locks.hold(f"environment:{DEV.id}"):
        disable = f"key disable {NAME} --env shop-dev --confirm {NAME}"
        stop = asyncio.create_task(harness.run(COLLEAGUE, disable))
        for _ in range(50):
            await asyncio.sleep(0)
        pressed = asyncio.create_task(press(harness, request, "deployed"))
        for _ in range(50):
            await asyncio.sleep(0)
        assert Phase.RETIRING is phase(await kept(harness, request))
    await stop
    await pressed
    for _ in range(2):
        await looked(harness)
    assert Phase.SOAKING is phase(await kept(harness, request))
    last, *lines = await changes(harness, request.terms.key)
    assert ("disabled", 1) == (last, len(lines))
