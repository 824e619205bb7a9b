"""What the clock does to a key at once with what people do, in many orders of their calls.

One wins, its people are told, nothing is half done, and nothing happens twice.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.brownouts import Ending
from bot.domain.incidents import IncidentState
from bot.domain.outcomes.requests import Renewed
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Topic
from tests.flows.harness import ADMIN, COLLEAGUE, DEV, TECH, Harness
from tests.flows.interleaved import Race, in_every_order
from tests.flows.requested import (
    WISH,
    approved,
    asked,
    carried_out,
    collected,
    enabled,
    kept,
    looked,
    times_notified,
)
from tests.flows.test_brownouts import COMMAND, KEY, TEN, dark, ending
from tests.flows.test_keys_reconciled import told
from tests.flows.test_leaks import leaked, reported
from tests.flows.test_leaks import looked as leak_looked
from tests.flows.test_rotations_interleaved import compare


async def settled(harness: Harness) -> None:
    """Let everything that is due happen."""
    for _ in range(2):
        harness.clock.go_on(minutes=1)
        await looked(harness)


@pytest.mark.parametrize("verb", ["disable", "delete", "enable"])
async def test_the_end_of_a_brownout_and_a_person(verb: str) -> None:
    """Each of its people hears once how it ended, and the person has the last word"""

    async def begin(harness: Harness) -> Race:
        request = await dark(harness)
        text = f"key {verb} {KEY} --env shop-dev"
        deletion: Request | None = None
        if verb == "delete":
            deletion = await approved(harness, text, ADMIN, to=COLLEAGUE)
        harness.clock.at += TEN

        async def person() -> object:
            if deletion:
                return await carried_out(harness, deletion)
            return await harness.run(ADMIN, text)

        async def judge(_: object, __: object) -> None:
            await settled(harness)
            over = ending(await kept(harness, request))
            assert (verb == "enable") is await enabled(harness)
            expected = Ending.MEANWHILE if verb == "enable" else Ending.STOPPED
            assert over in {Ending.ENABLED, expected}
            assert 1 == times_notified(harness, Topic.BROWNOUT_OVER)
            if deletion:
                assert State.DONE is (await kept(harness, deletion)).state
                harness.clock.at += timedelta(days=8)
                await settled(harness)
                names = [key.name for key in await harness.account.keys(DEV.id)]
                assert KEY not in names, "the deletion that was approved goes on"

        return Race(harness.flows.deadline_keeper.look, person, judge)

    await in_every_order(begin, 20)


async def test_a_brownout_and_a_deletion_that_begin_at_once() -> None:
    """Whichever is first: the key is deleted after its soak, and the clock does not enable it"""

    async def begin(harness: Harness) -> Race:
        await collected(harness)
        harness.clock.go_on(minutes=1)
        request = await asked(harness, COMMAND, TECH)
        text = f"key delete {KEY} --env shop-dev"
        deletion = await approved(harness, text, ADMIN, to=COLLEAGUE)
        harness.clock.go_on(seconds=1)

        async def judge(_: object, __: object) -> None:
            harness.clock.at += TEN
            await settled(harness)
            now = await kept(harness, request)
            assert not await enabled(harness)
            assert now.enable_at is None
            assert times_notified(harness, Topic.BROWNOUT_OVER) == (now.state is State.DONE)
            assert State.DONE is (await kept(harness, deletion)).state
            done = [it for it in harness.jobs.entries if it.event is AuditEvent.DONE]
            assert len(done) == len({(it.job, it.action) for it in done}), "once each"

        return Race(
            lambda: carried_out(harness, request), lambda: carried_out(harness, deletion), judge
        )

    await in_every_order(begin, 20)


@pytest.mark.parametrize("first", ["leak", "brownout"])
async def test_the_end_of_a_brownout_and_a_leak(first: str) -> None:
    """The incident is not over while the key works"""

    async def begin(harness: Harness) -> Race:
        text = await leaked(harness)
        if first == "leak":
            await reported(harness, text)
            await leak_looked(harness)
        await dark(harness, "key brownout ci-bot --for 10m", owned=False)
        if first == "brownout":
            await reported(harness, text)
        harness.clock.at += TEN

        async def judge(_: object, __: object) -> None:
            key = await harness.key(DEV, "ci-bot")
            incident = await harness.incidents.load(key.api_key)
            assert incident
            over = incident.state in {IncidentState.HARMLESS, IncidentState.DISABLED}
            assert over is not key.enabled

        clock, leaks = harness.flows.deadline_keeper, harness.flows.leak_keeper
        return Race(clock.look, leaks.look, judge)

    await in_every_order(begin, 20)


SOON: Final = f"{WISH} --expires 2d"


@pytest.mark.parametrize("when", ["before", "at", "after"])
async def test_the_end_of_access_and_its_renewal(when: str) -> None:
    """The key is enabled if access goes on; its owner hears of each once, and of the end last"""

    async def begin(harness: Harness) -> Race:
        former = await collected(harness, SOON)
        renewal = await approved(harness, f"renew {former.id} --reason more --expires 7d")
        span = timedelta(days=2)
        harness.clock.at += {"before": -timedelta(seconds=1)}.get(when, timedelta()) + span
        if when == "after":
            await looked(harness)
            assert not await enabled(harness)

        async def ends() -> None:
            if when == "before":
                harness.clock.go_on(seconds=2)
            await harness.flows.deadline_keeper.look()

        async def judge(answer: object, _: object) -> None:
            await settled(harness)
            now = await kept(harness, former)
            assert isinstance(answer, Renewed), answer
            assert (False, True) == (now.ended, await enabled(harness))
            assert now.ends_at == (await kept(harness, renewal)).ends_at
            assert 1 == times_notified(harness, Topic.RENEWED)
            assert times_notified(harness, Topic.ENDED) <= 1
            harness.clock.at += timedelta(days=8)
            await settled(harness)
            assert not await enabled(harness), "the new end comes too"

        return Race(lambda: carried_out(harness, renewal), ends, judge)

    await in_every_order(begin, 48 if when == "at" else 8)


async def test_a_renaming_and_another_in_the_console() -> None:
    """What stays of the one in the Console is told once, and no other"""

    async def begin(harness: Harness) -> Race:
        await compare(harness)
        harness.clock.go_on(hours=1)

        async def person() -> None:
            keys = await harness.account.keys(DEV.id)
            key = next(it for it in keys if it.name in {"ci-bot", "robot"})
            edited = replace(key, name="mine", updated_at=harness.clock.now())
            harness.account.replace_key(DEV.id, edited)
            await compare(harness)

        async def judge(_: object, __: object) -> None:
            for _ in range(2):
                harness.clock.go_on(minutes=20)
                await compare(harness)
            said = [each for report in told(harness) for each in report[1:]]
            names = {key.name for key in await harness.account.keys(DEV.id)}
            assert said in ([], ["seen renamed mine"])
            assert "mine" not in names or said

        return Race(
            lambda: harness.run(TECH, "key rename ci-bot robot --env shop-dev"), person, judge
        )

    await in_every_order(begin, 20)
