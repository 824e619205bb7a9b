"""The direct message that credentials are ready: its Collect goes once there is nothing left."""

from dataclasses import replace

import pytest

from bot.cards.kit import Message
from bot.domain.jobs import Job, Reply
from bot.domain.link_receipts import settled
from bot.domain.outcomes.links import NothingToClaim, NotReady
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import (
    Audience,
    Notification,
    Topic,
    collects,
    in_thread,
    redraw,
)
from tests.fakes.answering import Answering
from tests.flows.harness import ADMIN, CREATE, DEV, NEWCOMER, TECH, Harness, ready
from tests.flows.requested import granted, kept, looked
from tests.flows.test_approvers_hear import delivered
from tests.traps.recorded_messages import APPROVALS, FakeMessenger, outbox


async def collect(harness: Harness, request_id: str, api_key: str) -> None:
    """Open the link, as the owner."""
    await harness.account.set_enabled(DEV.id, api_key, enabled=True)
    harness.pending.collect(request_id)
    harness.requests.wake(request_id)
    await looked(harness)


async def end(harness: Harness, request: Request, how: str) -> None:
    """Let nothing be left to collect."""
    if how == "collected":
        await collect(harness, request.id, request.made)
        return
    if how == "late":
        harness.clock.go_on(hours=8)
    else:
        await harness.run(TECH, "key disable deploy --env shop-dev")
        harness.requests.wake(request.id)
    await looked(harness)


ENDS = {
    "collected": (State.CLAIMED, "The key works now."),
    "late": (State.LAPSED, "Not collected in time."),
    "disabled": (State.LAPSED, "Not collected in time."),
}
BECAME = {State.CLAIMED: "Collected 1 March", State.LAPSED: "Not collected. The key never worked."}


@pytest.mark.parametrize(("how", "expected"), ENDS.items(), ids=ENDS)
@pytest.mark.parametrize("sent", ["before", "after"])
async def test_collect_goes_once_nothing_is_left_to_collect(
    how: str, expected: tuple[State, str], sent: str, harness: Harness
) -> None:
    """However it ended, and where they are sent only then: the person's message, the thread's"""
    messenger = FakeMessenger()
    post = outbox(harness, messenger)
    request = await granted(harness)
    if sent == "before":
        await delivered(harness, post)
        assert f"claim:{request.id}" in str(messenger.said[NEWCOMER.user_id])
        assert f"claim:{request.id}" in str(messenger.said[APPROVALS])
    await end(harness, request, how)
    state, text = expected
    assert state is (await kept(harness, request)).state
    await delivered(harness, post)
    said = messenger.said[NEWCOMER.user_id]
    assert not [each for _, each in said if f"claim:{request.id}" in str(each.blocks)]
    assert 1 == len([each for _, each in said if text in each.text])
    for there in (said, messenger.said[APPROVALS]):
        assert not [each for _, each in there if f"claim:{request.id}" in str(each.blocks)]
        assert not [each for _, each in there if "collect" in each.text.replace("collected", "")]
        (over,) = [each.text for mark, each in there if mark.endswith(":ready")]
        assert BECAME[state] in over


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


async def test_a_crash_before_the_ready_message_of_the_thread_was_noted_posts_no_second(
    harness: Harness,
) -> None:
    """It has the mark that it is found by later"""
    messenger = FakeMessenger()
    post = outbox(harness, messenger)
    request = await granted(harness)
    await delivered(harness, post)
    count = len(messenger.said[APPROVALS])
    await post("91-0", in_thread(request.id, Topic.READY), again=True)
    assert count == len(messenger.said[APPROVALS])


async def test_every_message_with_collect_says_what_became_of_the_credentials(
    harness: Harness,
) -> None:
    """Also two about links that an admin ended, and an answer that came as a direct message"""
    messenger = FakeMessenger()
    post = outbox(harness, messenger)
    request = await granted(harness)
    for _ in range(2):
        ready(await harness.run(NEWCOMER, "claim"))
        await harness.run(ADMIN, "links revoke deploy")
    harness.requests.notifications += harness.store.told
    await delivered(harness, post)
    mark = f"{collects(request.id, NEWCOMER.user_id)}:c9"
    await messenger.send(NEWCOMER.user_id, Message("Press Collect", ()), mark=mark)
    await messenger.send(NEWCOMER.user_id, Message("Another's", ()), mark=f"{request.id}x:ready")
    await collect(harness, request.id, request.made)
    await delivered(harness, post)
    said = messenger.said[NEWCOMER.user_id]
    assert 4 == len([each for _, each in said if "Collected 1 March" in each.text])
    assert ["Another's"] == [each.text for _, each in said if each.text.startswith("Another")]
    assert not [each for _, each in said if "request:claim:" in str(each.blocks)]


@pytest.mark.parametrize("opened", [True, False], ids=["opened", "disabled"])
@pytest.mark.parametrize("times", [1, 2])
async def test_credentials_without_a_request_have_their_messages_drawn_again_too(
    opened: bool,  # noqa: FBT001
    times: int,
    harness: Harness,
) -> None:
    """Once or twice, by any process: the messages are found at Slack"""
    messenger = FakeMessenger()
    made = ready(await harness.run(TECH, CREATE)).pending
    await harness.run(ADMIN, "links revoke new")
    (ended,) = harness.store.told
    await outbox(harness, messenger)("1-0", ended, again=False)
    assert f"claim:{made.id}" in str(messenger.said[TECH.user_id])
    if opened:
        told = settled(made, harness.clock.now(), opened=True)
    else:
        await harness.run(ADMIN, "key disable new --env shop-dev")
        told = tuple(harness.pending.told)
    (over,) = told
    for _ in range(times):
        await outbox(harness, messenger)("2-0", over, again=True)
    ((_, message),) = messenger.said[TECH.user_id]
    became = "its link was opened" if opened else "can't be collected any more"
    assert "new in Shop dev" in message.text
    assert became in message.text
    assert "claim" not in str(message.blocks)


async def test_a_message_that_is_gone_keeps_no_other_from_being_drawn(harness: Harness) -> None:
    """Nor does a person who left, or a workspace in which a message is final after some minutes

    A Slack that asks for time is asked again.
    """
    messenger = FakeMessenger()
    post = outbox(harness, messenger)
    request = await granted(harness)
    await delivered(harness, post)
    await collect(harness, request.id, request.made)
    over = [each for each in harness.requests.notifications if each.topic is Topic.SETTLED]
    in_its_thread, direct = over
    messenger.refused[NEWCOMER.user_id] = "ratelimited"
    assert await post("8-0", direct, again=False)
    for final in ("edit_window_closed", "user_not_found"):
        messenger.refused[NEWCOMER.user_id] = final
        assert await post("8-0", direct, again=True) is None
    assert await post("9-0", in_its_thread, again=False) is None
    (said,) = [each.text for mark, each in messenger.said[APPROVALS] if mark.endswith(":ready")]
    assert "Collected 1 March" in said


async def test_an_answer_with_collect_can_be_found_in_direct_messages(harness: Harness) -> None:
    """What a person types there is answered there; other answers have a mark of their own"""
    answering = Answering(harness)
    made = await harness.run(TECH, CREATE)
    request = await granted(harness)
    ids = {"c7": ready(made).pending.id, "c8": request.id, "c9": ""}
    waived = replace(request, terms=replace(request.terms, owner=request.terms.requester))
    answers: list[Outcome] = [made, NotReady(waived), NothingToClaim()]
    for (job_id, about), outcome in zip(ids.items(), answers, strict=True):
        job = Job(job_id, TECH, "", "", Reply(), harness.clock.now())
        await answering.answers.send(job, outcome)
        before = f"{collects(about, TECH.user_id)}:" if about else ""
        assert f"{before}{job_id}" in answering.slack.marks
    assert len(answering.slack.marks) == len(answers)
    plain_ = Job("c6", TECH, "", "", Reply(), harness.clock.now())
    await answering.answers.send(plain_, Requested(replace(request, state=State.PENDING)))
    assert "c6" in answering.slack.marks


async def test_only_what_collects_has_a_message_in_the_thread(harness: Harness) -> None:
    """An approver's message is drawn again although the channel takes no calls"""
    messenger = FakeMessenger()
    request = await granted(harness)
    await delivered(harness, outbox(harness, messenger))
    messenger.refused[APPROVALS] = "ratelimited"
    over = redraw(request.id, Topic.APPROVED, TECH.user_id)
    assert await outbox(harness, messenger)("9-0", over, again=False) is None
