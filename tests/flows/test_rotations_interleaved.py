"""A rotation at once with what else happens to its keys, in many orders of their calls.

One wins, its people are told, one key works, nothing is half done, and nothing happens twice.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from bot.domain.keys import Key
from bot.domain.outcomes.bulk import BulkReported
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.rotations import NotRotated, RotationStop
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.domain.rotation import ACTING, Phase
from tests.flows.harness import ADMIN, COLLEAGUE, DEV, TECH, Harness
from tests.flows.interleaved import Race, in_every_order
from tests.flows.offboarding import offboarding
from tests.flows.requested import carried_out, kept, looked
from tests.flows.rotated import (
    NAME,
    ROTATE,
    key_of,
    overlapping,
    phase,
    press,
    ripe,
    soaking,
    works,
)
from tests.flows.test_keys_reconciled import told


async def settled(harness: Harness, request: Request) -> Request:
    """Let everything that is due happen."""
    for _ in range(3):
        harness.clock.go_on(minutes=1)
        await looked(harness)
    request = await kept(harness, request)
    assert phase(request) not in ACTING
    return request


async def compare(harness: Harness) -> None:
    """Compare the keys, without pauses."""
    assert [] == await replace(harness.flows.reconciler, pause=0.0).look()


async def test_of_two_rotations_of_one_key_one_runs() -> None:
    """The other one is told which one runs"""

    async def begin(harness: Harness) -> Race:
        async def judge(one: object, other: object) -> None:
            (won,) = [each for each in (one, other) if isinstance(each, Requested)]
            (lost,) = [each for each in (one, other) if isinstance(each, NotRotated)]
            found = (lost.reason, lost.request and lost.request.id)
            assert (RotationStop.RUNNING, won.request.id) == found
            harness.clock.go_on(seconds=1)
            await carried_out(harness, won.request)
            names = [key.name for key in await harness.account.keys(DEV.id)]
            assert 1 == sum(name.startswith(f"{NAME}-") for name in names)

        return Race(
            lambda: harness.run(TECH, ROTATE), lambda: harness.run(COLLEAGUE, ROTATE), judge
        )

    await in_every_order(begin)


async def test_a_person_who_disables_the_old_key_meanwhile_has_the_last_word() -> None:
    """At any call of its retirement: it stays disabled, and a roll back is refused"""

    async def begin(harness: Harness) -> Race:
        request = await overlapping(harness)
        harness.clock.go_on(seconds=1)

        async def judge(_: object, stopped: object) -> None:
            assert getattr(stopped, "kind", "") in {"key_changed", "nothing_to_change"}
            now = await settled(harness, request)
            assert Phase.SOAKING is phase(now)
            assert isinstance(await press(harness, now, "rollback"), KeyProtected)
            await press(harness, now, "abort")
            now = await settled(harness, now)
            assert (False, True) == await works(harness, now), "one of both works"

        return Race(
            lambda: press(harness, request, "deployed"),
            lambda: harness.run(COLLEAGUE, f"key disable {NAME} --env shop-dev"),
            judge,
        )

    await in_every_order(begin)


def _named(key: Key) -> Key:
    return replace(key, name="mine")


def _off(key: Key) -> Key:
    return replace(key, enabled=False)


BEGUN: Final = {
    "deployed": overlapping,
    "rollback": soaking,
    "abort": soaking,
    f"delete --confirm {NAME}": ripe,
}
"""Steps of a rotation, and what leads to where they are possible."""
EDITS: Final[dict[str, tuple[str, Callable[[Key], Key]]]] = {
    "rename the old": ("old", _named),
    "rename the new": ("new", _named),
    "disable the new": ("new", _off),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("step", BEGUN)
async def test_a_change_in_the_console_meanwhile(step: str, edit: str) -> None:
    """It is told once, and nothing of the rotation's own is"""
    which, change = EDITS[edit]

    async def begin(harness: Harness) -> Race:
        await compare(harness)
        harness.clock.go_on(hours=1)
        request = await BEGUN[step](harness)
        await compare(harness)
        assert [] == told(harness)
        harness.clock.go_on(minutes=1)
        api_key = request.terms.key if which == "old" else request.made

        async def person() -> None:
            await harness.account.environments()  # a call, so that this has its turn
            if key := await key_of(harness, api_key):
                edited = replace(change(key), updated_at=harness.clock.now())
                harness.account.replace_key(DEV.id, edited)
            await compare(harness)

        async def judge(_: object, __: object) -> None:
            now = await settled(harness, request)
            for _ in range(2):
                await compare(harness)
            said = [each for report in told(harness) for each in report[1:]]
            key = await key_of(harness, api_key)
            stays = key == change(key) if key else False
            assert len(said) <= 1, said
            assert not stays or said, "what stays of it is told"
            works_now = await works(harness, now)
            assert any(works_now) or change is _off, works_now

        return Race(lambda: press(harness, request, step), person, judge)

    await in_every_order(begin, 12)


def _of(told: Notification, request: Request) -> bool:
    return (told.request_id, told.topic) == (request.id, Topic.ROTATION)


@pytest.mark.parametrize("step", ["deployed", "rollback", "abort", "extend"])
async def test_an_offboarding_of_the_owner_ends_both_keys(step: str) -> None:
    """At any call of a step, of which none enables a key again"""

    async def begin(harness: Harness) -> Race:
        await harness.run(TECH, "key create mine --env shop-dev")
        (own,) = await harness.pending.pending_of(TECH)
        await harness.account.set_enabled(DEV.id, own.api_key, enabled=True)
        harness.pending.collect(own.id)
        request = await overlapping(harness, "key rotate mine --env shop-dev")
        leaving = await offboarding(harness)
        if step == "rollback":
            await press(harness, request, "deployed")
        harness.clock.go_on(seconds=1)

        async def judge(_: object, outcome: object) -> None:
            assert isinstance(outcome, BulkReported), outcome
            now = await settled(harness, request)
            harness.clock.at += timedelta(days=1)
            now = await settled(harness, now)
            assert (False, False) == await works(harness, now)
            await press(harness, now, "abort", ADMIN)
            now = await settled(harness, now)
            assert (False, False) == await works(harness, now)
            said = {it.audience for it in harness.requests.notifications if _of(it, now)}
            assert phase(now) is Phase.ABORTED or Audience.SECURITY in said, "its end is told"
            again = await harness.again(leaving.id)
            assert (False, False) == await works(harness, now), again

        return Race(
            lambda: press(harness, request, step), lambda: carried_out(harness, leaving), judge
        )

    await in_every_order(begin, 16)
