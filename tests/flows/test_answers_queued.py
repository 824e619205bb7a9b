"""Answers that wait: in the queue of answers, or with their job."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from structlog.testing import capture_logs

from bot.cards.answers import Answer
from bot.cards.kit import Message
from bot.domain.answers import KEPT_FOR, Way
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.requests import APPROVE
from bot.domain.jobs import Reply
from bot.domain.outcomes.general import Failed, Fault, NotOffered
from bot.errors import SealError, SlackAway, SlackError, Unread
from handlers.job_runner import JobRunner
from tests.fakes.answering import Answering, AnsweringSlack, away
from tests.flows.harness import TECH, Harness
from tests.flows.test_answers_paths import HOOK, answering, job_of, link
from tests.flows.test_outages import runner
from tests.unit.outcomes_made import URL

__all__ = ["answering"]

PRESS: Final = Reply(HOOK, trigger="t", channel="C1")
REFUSED: Final = Failed(Fault.SLACK, "1a2b3c")
HOME: Final = Reply(trigger="t", home=True)


def runner_of(answering: Answering) -> JobRunner:
    """A job runner over these answers."""
    return runner(answering.harness, answering.answers)


async def test_an_answer_known_before_the_ack_is_queued_first(answering: Answering) -> None:
    """Nothing is sent before; a process that dies after the ack leaves it to another"""
    await answering.answers.later(TECH, PRESS, NotOffered())
    assert ([], 1) == (answering.slack.tried, len(answering.queue.queued))
    await answering.run()
    assert [Way.URL] == [way for way, _ in answering.slack.seen]


async def test_an_outcome_with_a_link_is_never_queued_with_it(answering: Answering) -> None:
    """Also where it were known before the ack, which no outcome with a link is"""
    await answering.answers.later(TECH, PRESS, link(answering.harness))
    assert URL not in str(answering.queue.queued[0].message)


async def test_a_link_waits_with_its_job_without_a_place(answering: Answering) -> None:
    """Until Slack takes it, or the link ends: then the credentials wait to be collected"""
    harness, slack = answering.harness, answering.slack
    for late, expected in ((60, "Reveal credentials"), (601, "/cld claim")):
        slack.refusals, slack.seen = {Way.URL: away(retry_after=late)}, []
        job, ready = job_of(harness, PRESS), link(harness)
        pause = await answering.answers.send(job, ready)
        assert (late, []) == (pause, answering.queue.queued)
        slack.refusals.clear()
        harness.clock.go_on(seconds=pause)
        assert await answering.answers.send(job, ready) == 0
        ((way, text),) = slack.seen
        assert (Way.URL, True) == (way, expected in text)


async def test_the_runner_keeps_the_outcome_until_redis_has_the_answer(
    answering: Answering,
) -> None:
    """The command is not run again for it"""
    harness = answering.harness
    job = await harness.job(TECH, "key create deploy --env shop-dev")
    answering.slack.refusals[Way.DIRECT] = away()
    run = runner_of(answering)
    assert await run(job.id, worn_out=False) is None
    assert (1, {}) == (len(answering.queue.queued), run.answering)
    assert harness.account.calls["create_key"] == 1


async def test_a_press_of_a_form_gets_its_form(answering: Answering) -> None:
    """And words where the trigger has expired"""
    incomplete = Incomplete(APPROVE, (("id", "r1"),))
    await answering.answers.later(TECH, PRESS, incomplete)
    await answering.run()
    assert ["modal"] == [view["type"] for view in answering.slack.views]
    answering.slack.refusals[Way.MODAL] = SlackError("expired_trigger_id")
    await answering.answers.later(TECH, PRESS, incomplete)
    await answering.run()
    assert [Way.MODAL, Way.URL] == [way for way, _ in answering.slack.seen]


async def test_app_home_with_an_expired_trigger_is_answered_directly(answering: Answering) -> None:
    """The modal can't be opened, and the person's tab shows no answer"""
    answering.slack.refusals[Way.MODAL] = SlackError("expired_trigger_id")
    await answering.answers.later(TECH, HOME, NotOffered())
    await answering.run()
    assert [Way.MODAL, Way.DIRECT] == answering.slack.tried


@pytest.mark.parametrize("known_at_once", [True, False])
async def test_an_answer_in_a_form_waits_for_the_form_of_the_ack(
    answering: Answering, *, known_at_once: bool
) -> None:
    """Slack would draw that over it; the wait takes no place in a worker"""
    job = job_of(answering.harness, Reply(view_id="V1"))
    if known_at_once:
        await answering.answers.later(TECH, job.reply, NotOffered())
    else:
        assert await answering.answers.send(job, NotOffered()) == 0
    await answering.runner("0-0", "0", again=False, worn_out=False)
    assert [] == answering.slack.tried
    await answering.run()
    assert timedelta(seconds=1) <= answering.harness.clock.now() - job.accepted_at
    assert [Way.VIEW] == answering.slack.tried


async def test_slack_is_not_asked_before_the_time_that_it_gives(answering: Answering) -> None:
    """Retry-After, in seconds; where the response URL dies before, another way is taken at once"""
    for seconds, tried in ((40, [Way.URL]), (1800, [Way.URL, Way.DIRECT])):
        answering.slack.tried.clear()
        answering.slack.refusals = {Way.URL: away(retry_after=seconds)}
        await answering.answers.later(TECH, PRESS, NotOffered())
        await answering.run(seconds=40)
        assert tried == answering.slack.tried
        answering.slack.refusals.clear()
        await answering.run(seconds=2)
        assert not answering.waiting()


async def test_after_a_crash_a_direct_message_is_not_sent_twice(answering: Answering) -> None:
    """It is looked for by its mark"""
    await answering.answers.later(TECH, Reply(), NotOffered())
    for again in (False, True):
        await answering.runner("0-0", "0", again=again, worn_out=False)
    assert 1 == len(answering.slack.seen)


async def test_an_unclear_direct_message_is_not_sent_twice(answering: Answering) -> None:
    """Slack may have posted it although it did not answer"""
    answering.slack.refusals[Way.DIRECT] = SlackAway("TimeoutError")
    await answering.answers.later(TECH, Reply(), NotOffered())
    await answering.runner("0-0", "0", again=False, worn_out=False)
    answering.slack.marks.add(answering.queue.queued[0].mark)
    answering.slack.refusals.clear()
    await answering.run()
    assert ([], False) == (answering.slack.seen, answering.waiting())


async def test_an_answer_is_tried_for_a_day(answering: Answering) -> None:
    """No longer: its job is forgotten then, too"""
    answering.slack.refusals |= dict.fromkeys(Way, away())
    await answering.answers.later(TECH, PRESS, NotOffered())
    await answering.run()
    assert answering.waiting()
    answering.harness.clock.go_on(seconds=KEPT_FOR.total_seconds())
    await answering.run()
    assert not answering.waiting()


@pytest.mark.parametrize("short", [0, 1])
async def test_an_answer_that_ends_its_workers_is_cut_short(
    answering: Answering, short: int
) -> None:
    """Its person is told to look; once, also where Slack refused it as too much before"""
    await answering.answers.later(TECH, PRESS, NotOffered())
    (queued,) = answering.queue.queued
    answering.queue.queued = [queued.at(replace(queued.sending, short=short))]
    await answering.runner("0-0", "0", again=True, worn_out=True)
    ((_, text),) = answering.slack.seen
    assert text.count("refuses this answer as it is written") == 1
    assert "no longer" not in text


async def test_an_answer_that_ends_its_workers_stays_cut_short_on_its_next_way(
    answering: Answering,
) -> None:
    """No way sends all of it"""
    answering.slack.refusals[Way.URL] = SlackError("invalid_blocks")
    await answering.answers.later(TECH, PRESS, REFUSED)
    await answering.runner("0-0", "0", again=True, worn_out=True)
    ((way, text),) = answering.slack.seen
    assert (Way.DIRECT, False) == (way, "nothing was done" in text)


async def test_an_answer_that_one_way_refuses_as_too_much_goes_whole_by_the_next(
    answering: Answering,
) -> None:
    """A way has limits of its own, and its refusal may mean something else"""
    answering.slack.refusals[Way.URL] = SlackError("response_url_400")
    await answering.answers.later(TECH, PRESS, REFUSED)
    await answering.run()
    ((way, text),) = answering.slack.seen
    assert (Way.DIRECT, True) == (way, REFUSED.error_id in text)


class Linkless(AnsweringSlack):
    """Takes no link at a response URL."""

    async def respond(self, reply: Reply, message: Message) -> None:
        """Refuse one."""
        if URL in str(message.blocks):
            raise SlackError("response_url_400")
        await super().respond(reply, message)


async def test_a_link_that_slack_refuses_as_too_much_is_offered_to_be_collected(
    harness: Harness,
) -> None:
    """A shorter answer has no link, so it must not speak of one that is there"""
    answering = Answering(harness, Linkless())
    assert await answering.answers.send(job_of(harness, PRESS), link(harness)) == 0
    ((way, text),) = answering.slack.seen
    assert (Way.URL, False) == (way, "Reveal credentials" in text)
    assert "Press Collect" in text


class Picky(AnsweringSlack):
    """Takes no direct message that is longer than this."""

    most = 0

    async def direct(self, user_id: str, message: Message, *, mark: str, again: bool) -> None:
        """Refuse a long one."""
        if len(str(message.blocks)) > self.most:
            raise SlackError("msg_blocks_too_long")
        await super().direct(user_id, message, mark=mark, again=again)


@pytest.mark.parametrize(("most", "told"), [(1_500, True), (1_200, False)])
async def test_a_shorter_answer_keeps_what_was_done_and_what_was_not(
    harness: Harness, most: int, *, told: bool
) -> None:
    """It begins as the whole one; where that is too much too, it says where to look"""
    slack = Picky()
    slack.most = most
    answering = Answering(harness, slack)
    await answering.answers.later(TECH, Reply(), Failed(Fault.SLACK, "1a2b3c", detail="x" * 990))
    await answering.run()
    ((_, text),) = slack.seen
    assert ("Nothing changed" in text) is told
    assert "/cld requests" in text
    assert "1a2b3c" not in text


async def test_each_way_of_an_answer_is_logged_when_it_is_first_refused(
    answering: Answering,
) -> None:
    """And once more when the answer is given up, however often it is tried for a day"""
    answering.slack.refusals |= dict.fromkeys(Way, SlackError("token_revoked"))
    with capture_logs() as lines:
        await answering.answers.later(TECH, PRESS, NotOffered())
        await answering.run(seconds=3_600)
        answering.harness.clock.go_on(seconds=KEPT_FOR.total_seconds())
        await answering.run()
    seen = [each for each in lines if each["log_level"] != "debug"]
    assert ["answer_not_taken"] * 3 + ["answer_not_delivered"] == [each["event"] for each in seen]
    assert [Way.URL, Way.DIRECT, Way.CHANNEL] == [each["way"] for each in seen[:3]]


async def test_a_bug_in_one_way_leaves_the_others(answering: Answering) -> None:
    """Whatever it raises"""
    answering.slack.refusals[Way.URL] = KeyError("bug")
    await answering.answers.later(TECH, PRESS, NotOffered())
    await answering.run()
    assert [Way.DIRECT] == [way for way, _ in answering.slack.seen]


async def test_an_item_of_another_key_is_left_to_its_process(answering: Answering) -> None:
    """One that was altered is no process's, and goes"""

    class Sealed:
        """A queue whose items can't be opened."""

        put, mark, record = answering.queue.put, answering.queue.mark, answering.queue.record

        def open(self, sealed: str) -> Answer:
            """Refuse."""
            raise Unread(sealed) if sealed == "another key" else SealError(sealed)

    run = replace(answering.runner, queue=Sealed())
    with pytest.raises(Unread):
        await run("1-0", "another key", again=False, worn_out=False)
    assert await run("1-0", "altered", again=False, worn_out=False) is None


class Unclear(AnsweringSlack):
    """Posts a direct message, and its answer is lost once."""

    async def direct(self, user_id: str, message: Message, *, mark: str, again: bool) -> None:
        """Post it."""
        known = {*self.marks}
        await super().direct(user_id, message, mark=mark, again=again)
        if not known:
            raise away()


@pytest.mark.parametrize("known_at_once", [True, False])
async def test_a_direct_message_is_posted_once_though_its_answer_was_lost(
    harness: Harness, *, known_at_once: bool
) -> None:
    """It is looked for under the mark that it was sent with, wherever it is tried again"""
    answering = Answering(harness, Unclear())
    if known_at_once:
        await answering.answers.later(TECH, Reply(), NotOffered())
    else:
        assert await answering.answers.send(job_of(harness, Reply()), NotOffered()) == 0
    await answering.run()
    assert [Way.DIRECT] == [way for way, _ in answering.slack.seen]


async def test_a_finished_job_that_runs_again_posts_no_second_direct_message(
    answering: Answering,
) -> None:
    """A crash came after the message and before the end of the item"""
    job = job_of(answering.harness, Reply())
    for finished in (False, True):
        assert await answering.answers.send(replace(job, finished=finished), NotOffered()) == 0
    assert [Way.DIRECT] == [way for way, _ in answering.slack.seen]
