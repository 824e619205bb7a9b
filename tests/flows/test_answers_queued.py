"""Answers that wait: in the queue of answers, with their job, or in memory while Redis is away."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.cards.answers import Answer
from bot.domain.answers import KEPT_FOR, Sending, Way
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.requests import APPROVE
from bot.domain.jobs import Reply
from bot.domain.outcomes.general import NotOffered
from bot.errors import SealError, SlackAway, SlackError
from handlers.job_runner import JobRunner
from tests.fakes.answering import Answering, away
from tests.flows.harness import TECH
from tests.flows.test_answers_paths import HOOK, answering, job_of, link
from tests.flows.test_outages import runner
from tests.unit.outcomes_made import URL

__all__ = ["answering"]

PRESS: Final = Reply(HOOK, trigger="t", channel="C1")
HOME: Final = Reply(trigger="t", home=True)


def sending_of(answering: Answering) -> Sending:
    """An answer to a press, which begins now."""
    now = answering.harness.clock.now()
    return Sending.start(PRESS, now, now)


def runner_of(answering: Answering) -> JobRunner:
    """A job runner over these answers."""
    return runner(answering.harness, answering.answers)


async def test_an_answer_known_before_the_ack_is_queued_first(answering: Answering) -> None:
    """Nothing is sent before; a process that dies after the ack leaves it to another"""
    await answering.answers.later(TECH, PRESS, NotOffered())
    assert ([], 1) == (answering.slack.tried, len(answering.queue.queued))
    await answering.run()
    assert [Way.URL] == [way for way, _ in answering.slack.seen]


async def test_without_redis_it_is_sent_from_memory(answering: Answering) -> None:
    """And queued as soon as Redis takes it, if Slack does not"""
    answering.queue.away = True
    await answering.answers.later(TECH, PRESS, NotOffered())
    await answering.background.drain()
    assert [Way.URL] == [way for way, _ in answering.slack.seen]
    answering.queue.away, answering.slack.refusals = False, {Way.URL: away()}
    await answering.answers._from_memory(TECH, PRESS, NotOffered(), sending_of(answering))
    assert [Way.URL] == [each.sending.way for each in answering.queue.queued]


async def test_an_outcome_with_a_link_is_never_queued_with_it(answering: Answering) -> None:
    """Also where it were known before the ack, which no outcome with a link is"""
    await answering.answers.later(TECH, PRESS, link(answering.harness))
    assert URL not in str(answering.queue.queued[0].message)


async def test_a_link_waits_with_its_job_without_a_place(answering: Answering) -> None:
    """Until Slack takes it, or the link ends: then the credentials wait to be collected"""
    harness, slack = answering.harness, answering.slack
    for late, expected in ((60, "Show its credentials"), (601, "/cld claim")):
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


async def test_an_answer_in_a_form_waits_for_the_form_of_the_ack(answering: Answering) -> None:
    """Slack would draw that over it; the wait takes no place in a worker"""
    job = job_of(answering.harness, Reply(view_id="V1"))
    assert await answering.answers.send(job, NotOffered()) == 0
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
    answering.slack.marks.add("0-0")
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


async def test_an_answer_that_ends_its_workers_is_cut_short(answering: Answering) -> None:
    """Its person is told to look"""
    await answering.answers.later(TECH, PRESS, NotOffered())
    await answering.runner("0-0", "0", again=True, worn_out=True)
    ((_, text),) = answering.slack.seen
    assert "does not take it as it is written" in text


async def test_a_bug_in_one_way_leaves_the_others(answering: Answering) -> None:
    """Whatever it raises"""
    answering.slack.refusals[Way.URL] = KeyError("bug")
    await answering.answers.later(TECH, PRESS, NotOffered())
    await answering.run()
    assert [Way.DIRECT] == [way for way, _ in answering.slack.seen]


async def test_an_item_of_another_key_is_left_to_its_process(answering: Answering) -> None:
    """For as long as answers are kept; then it goes"""

    class Sealed:
        """A queue whose items another key sealed."""

        put = answering.queue.put

        def open(self, sealed: str) -> Answer:
            """Refuse."""
            raise SealError(sealed)

    run = replace(answering.runner, queue=Sealed())
    now = int(answering.harness.clock.now().timestamp() * 1000)
    assert await run(f"{now}-0", "x", again=False, worn_out=False)
    old = now - int(KEPT_FOR.total_seconds() * 1000)
    assert await run(f"{old}-0", "x", again=False, worn_out=False) is None
