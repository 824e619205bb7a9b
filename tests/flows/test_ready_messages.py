"""The direct message that credentials are ready: its Collect goes once there is nothing left."""

import pytest

from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Audience, Notification, Topic
from tests.flows.harness import DEV, NEWCOMER, TECH, Harness
from tests.flows.requested import granted, kept, looked
from tests.flows.test_approvers_hear import delivered
from tests.traps.recorded_messages import FakeMessenger, outbox


async def collect(harness: Harness, request_id: str, api_key: str) -> None:
    """Open the link, as the owner."""
    await harness.account.set_enabled(DEV.id, api_key, enabled=True)
    harness.pending.collect(request_id)
    harness.requests.wake(request_id)
    await looked(harness)


ENDS = {
    "collected": (State.CLAIMED, "The key works now."),
    "late": (State.LAPSED, "Not collected in time."),
    "disabled": (State.LAPSED, "Not collected in time."),
}


@pytest.mark.parametrize(("end", "expected"), ENDS.items(), ids=ENDS)
@pytest.mark.parametrize("sent", ["before", "after"])
async def test_collect_goes_once_nothing_is_left_to_collect(
    end: str, expected: tuple[State, str], sent: str, harness: Harness
) -> None:
    """However it ended, and where the message is sent only then"""
    messenger = FakeMessenger()
    post = outbox(harness, messenger)
    request = await granted(harness)
    if sent == "before":
        await delivered(harness, post)
        assert f"claim:{request.id}" in str(messenger.said[NEWCOMER.user_id])
    if end == "collected":
        await collect(harness, request.id, request.made)
    elif end == "late":
        harness.clock.go_on(hours=8)
        await looked(harness)
    else:
        await harness.run(TECH, "key disable deploy --env shop-dev")
        harness.requests.wake(request.id)
        await looked(harness)
    state, text = expected
    assert state is (await kept(harness, request)).state
    await delivered(harness, post)
    said = messenger.said[NEWCOMER.user_id]
    assert not [each for _, each in said if f"claim:{request.id}" in str(each.blocks)]
    assert 1 == len([each for _, each in said if text in each.text])
    assert not [each for _, each in said if "You can collect it now" in each.text]


async def test_a_ready_message_is_sent_once(harness: Harness) -> None:
    """Also by the next process, after one died"""
    messenger = FakeMessenger()
    post = outbox(harness, messenger)
    request = await granted(harness)
    await delivered(harness, post)
    ready = Notification(request.id, Audience.PERSON, Topic.READY, NEWCOMER.user_id)
    count = len(messenger.said[NEWCOMER.user_id])
    await post("91-0", ready, again=True)
    assert count == len(messenger.said[NEWCOMER.user_id])
