"""T20 to T24 and T26 to T30: restarts, outages, retries, and what is left behind by them."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.cards.home import home as drawn
from bot.domain.decided import Home, NotAskable, Unaskable, Voted
from bot.domain.outcomes import LinkReady
from bot.domain.requests import State
from bot.domain.sayings import Topic, redraw
from bot.errors import RateLimited, SlackError, Unavailable
from tests.fakes.hasty_loop import HastyLoop
from tests.flows.fuses import Crash, Fuse, fused
from tests.flows.office import ADMIN, CHIEF, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Office, staffed
from tests.flows.requested import (
    WAKE_UP,
    WISH,
    WISH_IN_PRODUCTION,
    agreed,
    asked,
    carried_out,
    collected,
    granted,
    kept,
    leave,
    topics,
    with_sleeper,
)
from tests.scenarios.house import MIA, TOM, House, Json, house
from tests.scenarios.presses import SAM, ask, card, drained, pressed, signed_press, told
from tests.traps.hearing import APPROVALS, FakeVoice, outbox

AWAY = Unavailable("away", maybe_done=False)


async def test_t20_a_restart_neither_loses_a_request_nor_swallows_a_press(tmp_path: Path) -> None:
    """Guard: what waits is in Redis, and a card's button names what is there, not in memory."""
    async with house(tmp_path) as own:
        await ask(own, "request staging trap-restart --reason builds")
        posted = await card(own, "trap-restart")
        await own.bot.kill()
        await own.bot.start()
        assert "Approved." in (await pressed(own, TOM, posted, "approve"))["text"]
        await told(own, MIA, "The key is made")


def test_t21_a_message_whose_id_was_not_kept_is_not_sent_twice() -> None:
    """Guard: it is looked for by its mark before it is said again; a card that lacks is posted."""
    office, voice = staffed(), FakeVoice(losses=1)
    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        request = runner.run(asked(office))
        says = outbox(office, voice)
        runner.run(says("1-0", redraw(request.id, Topic.ASKED), again=False))
        runner.run(says("1-0", redraw(request.id, Topic.ASKED), again=True))
        assert 1 == len(voice.texts(APPROVALS))
        assert f"{APPROVALS}:1" == runner.run(kept(office, request)).card


async def test_t22_nothing_is_announced_before_it_is_done() -> None:
    """Guard: approved, executing, done are states of their own; Slack's failing undoes nothing."""
    fuse = Fuse(method="set_enabled", error=AWAY)
    office = fused(fuse)
    with_sleeper(office)
    request = await agreed(office, WAKE_UP, TECH, to=COLLEAGUE)
    fuse.arm(1)
    with pytest.raises(Unavailable):
        await carried_out(office, request)
    assert State.EXECUTING is (await kept(office, request)).state
    assert Topic.DONE not in topics(office)
    fuse.arm(0)
    await office.again(request.id)
    assert [Topic.DONE] == topics(office)[-1:]
    assert (await office.key(PROD, "sleeper")).enabled
    assert State.DONE is (await kept(office, request)).state  # whatever becomes of the saying


async def test_t23_a_request_that_nobody_reachable_could_approve_is_refused(
    office: Office,
) -> None:
    """Guard: approvers are looked for at Cloudinary and at Slack before anybody is asked."""
    await leave(office, CHIEF)
    await asked(office, WISH_IN_PRODUCTION)
    alone = await office.says(ADMIN, WISH_IN_PRODUCTION)
    assert isinstance(alone, NotAskable)
    assert Unaskable.NOBODY is alone.why
    await leave(office, ADMIN)
    office.clock.go_on(minutes=1)  # for which whom one could ask is remembered
    assert isinstance(await office.says(NEWCOMER, WISH_IN_PRODUCTION), NotAskable)


async def test_t24_who_misses_a_message_finds_the_credentials_all_the_same(
    office: Office,
) -> None:
    """Guard: the claim is kept; `/cld claim` and App Home lead to it; the key is dead so far."""
    await granted(office)
    for _ in range(2):  # the first link may be missed too
        assert isinstance(await office.says(NEWCOMER, "claim"), LinkReady)
        assert not (await office.key(DEV, "deploy")).enabled
    own = await office.flows.home.of(NEWCOMER)
    assert isinstance(own, Home)
    assert ["deploy"] == [claim.name for claim in own.claims]
    assert "deploy" in str(drawn(own))


async def test_t26_a_delivery_that_comes_again_does_nothing_again(home: House) -> None:
    """Guard: what tells one press from another is its trigger, however often it is signed."""
    await ask(home, "key delete ci-bot --env production", TOM)
    posted = await card(home, "ci-bot")
    before = len(await decisions(home))
    for seconds in (0, 1, 60):
        at = time.time() - seconds
        assert (200, "") == await signed_press(home, SAM, posted, "approve", at=at)
    await card(home, "ci-bot", "Sam Reyes agreed")
    await drained(home)
    assert before + 1 == len(await decisions(home))


async def decisions(home: House) -> list[Json]:
    """Presses that were taken in, so far."""
    entries = await home.audit()
    return [e for e in entries if (e["deed"], e["action"]) == ("asked", "decide")]


async def test_t27_a_press_whose_trigger_has_died_is_answered_in_words(home: House) -> None:
    """Guard: where no form can be opened in time, the answer says what to type."""
    await ask(home, "request staging trap-slow --reason builds")
    posted = await card(home, "trap-slow")
    await home.fail("GET", "*/users", "latency", seconds=4)
    assert "/cld deny" in (await pressed(home, TOM, posted, "deny"))["text"]
    assert "Waiting for approval." in (await card(home, "trap-slow"))["text"]
    await drained(home)


async def test_t28_an_outage_of_slack_decides_nothing() -> None:
    """Guard: who can't be read can't decide, nothing is denied by it, and it goes on afterwards."""
    fuse = Fuse(method="profile", error=SlackError("internal_error"))
    office = fused(fuse)
    request = await asked(office)
    fuse.arm(1)
    with pytest.raises(SlackError):
        await office.says(TECH, f"approve {request.id}")
    assert request == await kept(office, request)
    assert isinstance(await office.says(TECH, f"approve {request.id}"), Voted)
    fuse.arm(1)
    with pytest.raises(SlackError):
        await carried_out(office, request)
    assert State.APPROVED is (await kept(office, request)).state
    await office.again(request.id)
    assert State.CLAIMABLE is (await kept(office, request)).state


async def test_t29_no_access_outlives_a_crash_and_no_foreign_key_is_touched() -> None:
    """Guard: the end is kept with the approval, before any key; each key is its request's own."""
    fuse = Fuse(method="create_key")
    office = fused(fuse)
    request = await agreed(office, f"{WISH} --expires 2d")
    assert (await kept(office, request)).ends_at
    fuse.arm(1, after=True)
    with pytest.raises(Crash):
        await carried_out(office, request)
    assert not (await office.key(DEV, "deploy")).enabled
    await office.again(request.id)
    other = await collected(office, "request shop-dev deploy --reason x --expires 2d")
    assert request.terms.name != other.terms.name
    foreign = office.account.add_key(DEV.id, "made-at-the-console")
    office.clock.go_on(days=3)
    await office.flows.ticker.look()
    names = {key.name: key.enabled for key in await office.account.keys(DEV.id)}
    assert names[foreign.name]
    assert not names["deploy"]
    assert not names[other.terms.name]
    assert {"ci-bot": True, "uploader": True}.items() <= names.items()


@pytest.mark.parametrize("error", [AWAY, RateLimited("busy", status=420), ValueError("odd")])
async def test_t30_each_of_a_batch_is_looked_at_and_what_failed_is_tried_again(
    error: Exception, office: Office
) -> None:
    """Guard: one request's failure postpones that one alone."""
    for name in ("one", "two", "three"):
        await collected(office, f"request shop-dev {name} --reason x --expires 2d")
    office.clock.go_on(days=2)
    office.account.fail_next("set_enabled", error)
    assert [error] == await office.flows.ticker.look()
    works = [(await office.key(DEV, name)).enabled for name in ("one", "two", "three")]
    assert [True, False, False] == works
    office.clock.go_on(minutes=1)
    assert [] == await office.flows.ticker.look()
    assert not (await office.key(DEV, "one")).enabled
