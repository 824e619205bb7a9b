"""T20 to T24 and T26 to T30: restarts, outages, retries, and what they leave."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.cards.home import home as drawn
from bot.domain.home import Home
from bot.domain.outcomes.decisions import Voted
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.requests import NotAskable
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Topic, redraw
from bot.errors import RateLimited, SlackError, Unavailable
from tests.fakes.hasty_loop import HastyLoop
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Harness, staffed
from tests.flows.requested import (
    WAKE_UP,
    WISH,
    WISH_IN_PRODUCTION,
    approved,
    asked,
    carried_out,
    collected,
    granted,
    kept,
    leave,
    topics,
    with_sleeper,
)
from tests.scenarios.presses import SAM, ask, card, drained, notified, pressed, signed_press
from tests.scenarios.system import MIA, TOM, Json, System, running_system
from tests.traps.recorded_messages import APPROVALS, FakeMessenger, outbox

AWAY = Unavailable("away", maybe_done=False)


async def test_t20_a_restart_neither_loses_a_request_nor_swallows_a_press(tmp_path: Path) -> None:
    """Guard: what waits is in Redis, and a card's button names it; nothing is in memory."""
    async with running_system(tmp_path) as own:
        await ask(own, "request staging trap-restart --reason builds")
        posted = await card(own, "trap-restart")
        await own.bot.kill()
        await own.bot.start()
        assert "Approved." in (await pressed(own, TOM, posted, "approve"))["text"]
        await notified(own, MIA, "The key is created")


def test_t21_a_message_whose_id_was_not_kept_is_not_sent_twice() -> None:
    """Guard: a mark identifies a message before it is sent again; a missing card is posted."""
    harness, messenger = staffed(), FakeMessenger(losses=1)
    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        request = runner.run(asked(harness))
        deliver = outbox(harness, messenger)
        runner.run(deliver("1-0", redraw(request.id, Topic.ASKED), again=False))
        runner.run(deliver("1-0", redraw(request.id, Topic.ASKED), again=True))
        assert 1 == len(messenger.texts(APPROVALS))
        assert f"{APPROVALS}:1" == runner.run(kept(harness, request)).card


async def test_t22_nothing_is_announced_before_it_is_done() -> None:
    """Guard: approved, executing and done are separate; a failure of Slack undoes nothing."""
    failure_point = FailurePoint(method="set_enabled", error=AWAY)
    harness = failing(failure_point)
    with_sleeper(harness)
    request = await approved(harness, WAKE_UP, TECH, to=COLLEAGUE)
    failure_point.arm(1)
    with pytest.raises(Unavailable):
        await carried_out(harness, request)
    assert State.EXECUTING is (await kept(harness, request)).state
    assert Topic.DONE not in topics(harness)
    failure_point.arm(0)
    await harness.again(request.id)
    assert [Topic.DONE] == topics(harness)[-1:]
    assert (await harness.key(PROD, "sleeper")).enabled
    assert (
        State.DONE is (await kept(harness, request)).state
    )  # whether or not the notification is posted


async def test_t23_a_request_without_reachable_approvers_is_refused(
    harness: Harness,
) -> None:
    """Guard: approvers are counted at Cloudinary and at Slack before a request is opened."""
    await leave(harness, CHIEF)
    await asked(harness, WISH_IN_PRODUCTION)
    alone = await harness.run(ADMIN, WISH_IN_PRODUCTION)
    assert isinstance(alone, NotAskable)
    assert NotAskableReason.NO_APPROVER is alone.reason
    await leave(harness, ADMIN)
    await harness.flows.directory.changed(await harness.directory.profile(ADMIN))
    harness.clock.go_on(minutes=1)  # look-ups of approvers are remembered until then
    assert isinstance(await harness.run(NEWCOMER, WISH_IN_PRODUCTION), NotAskable)


async def test_t24_a_person_who_misses_a_message_still_finds_the_credentials(
    harness: Harness,
) -> None:
    """Guard: the credentials stay pending, for `/cld claim` and App Home; the key is disabled."""
    await granted(harness)
    for _ in range(2):  # the first link may be missed too
        assert isinstance(await harness.run(NEWCOMER, "claim"), LinkReady)
        assert not (await harness.key(DEV, "deploy")).enabled
    own = await harness.flows.home.of(NEWCOMER)
    assert isinstance(own, Home)
    assert ["deploy"] == [pending.name for pending in own.pending]
    assert "deploy" in str(drawn(own))


async def test_t26_a_delivery_that_comes_again_does_nothing_again(system: System) -> None:
    """Guard: the trigger identifies a press, however often it is signed."""
    await ask(system, "key delete ci-bot --env production", TOM)
    posted = await card(system, "ci-bot")
    before = len(await decisions(system))
    for seconds in (0, 1, 60):
        at = time.time() - seconds
        assert (200, "") == await signed_press(system, SAM, posted, "approve", at=at)
    await card(system, "ci-bot", "Approved by Sam Reyes")
    await drained(system)
    assert before + 1 == len(await decisions(system))


async def decisions(system: System) -> list[Json]:
    """List the presses that were accepted."""
    entries = await system.audit()
    return [e for e in entries if (e["deed"], e["action"]) == ("asked", "decide")]


async def test_t27_a_press_with_an_expired_trigger_is_answered_with_a_command(
    system: System,
) -> None:
    """Guard: if no form can be opened in time, the answer has the command to type."""
    await ask(system, "request staging trap-slow --reason builds")
    posted = await card(system, "trap-slow")
    async with system.failing_reads("*/users", "latency", seconds=4):
        assert "/cld deny" in (await pressed(system, TOM, posted, "deny"))["text"]
    assert "Needs " in (await card(system, "trap-slow"))["text"]
    await drained(system)


async def test_t28_an_outage_of_slack_decides_nothing() -> None:
    """Guard: a person who can't be read can't vote; nothing is denied, and later it goes on."""
    failure_point = FailurePoint(method="profile", error=SlackError("internal_error"))
    harness = failing(failure_point)
    request = await asked(harness)
    failure_point.arm(1)
    with pytest.raises(SlackError):
        await harness.run(TECH, f"approve {request.id}")
    assert request == await kept(harness, request)
    assert isinstance(await harness.run(TECH, f"approve {request.id}"), Voted)
    failure_point.arm(1)
    with pytest.raises(SlackError):
        await carried_out(harness, request)
    assert State.APPROVED is (await kept(harness, request)).state
    await harness.again(request.id)
    assert State.CLAIMABLE is (await kept(harness, request)).state


async def test_t29_no_access_outlives_a_crash_and_no_foreign_key_is_touched() -> None:
    """Guard: the end is stored with the approval, before the key; each request has its own key."""
    failure_point = FailurePoint(method="create_key")
    harness = failing(failure_point)
    request = await approved(harness, f"{WISH} --expires 2d")
    assert (await kept(harness, request)).ends_at
    failure_point.arm(1, after=True)
    with pytest.raises(Crash):
        await carried_out(harness, request)
    assert not (await harness.key(DEV, "deploy")).enabled
    await harness.again(request.id)
    other = await collected(harness, "request shop-dev deploy --reason x --expires 2d")
    assert request.terms.name != other.terms.name
    foreign = harness.account.add_key(DEV.id, "made-at-the-console")
    harness.clock.go_on(days=3)
    await harness.flows.deadline_keeper.look()
    names = {key.name: key.enabled for key in await harness.account.keys(DEV.id)}
    assert names[foreign.name]
    assert not names["deploy"]
    assert not names[other.terms.name]
    assert {"ci-bot": True, "uploader": True}.items() <= names.items()


@pytest.mark.parametrize("error", [AWAY, RateLimited("busy", status=420), ValueError("odd")])
async def test_t30_each_of_a_batch_is_looked_at_and_what_failed_is_tried_again(
    error: Exception, harness: Harness
) -> None:
    """Guard: one request's failure postpones that one alone."""
    for name in ("one", "two", "three"):
        await collected(harness, f"request shop-dev {name} --reason x --expires 2d")
    harness.clock.go_on(days=2)
    harness.account.fail_next("set_enabled", error)
    assert [error] == await harness.flows.deadline_keeper.look()
    works = [(await harness.key(DEV, name)).enabled for name in ("one", "two", "three")]
    assert [True, False, False] == works
    harness.clock.go_on(minutes=1)
    assert [] == await harness.flows.deadline_keeper.look()
    assert not (await harness.key(DEV, "one")).enabled
