"""Answers that Redis did not take: they go on from memory, and their person sees one answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final

import pytest
from structlog.testing import capture_logs

from bot.cards.kit import Message
from bot.domain.answers import Mark, Way
from bot.domain.jobs import Reply
from bot.domain.outcomes.general import NotOffered
from bot.errors import SlackError, StoreError
from handlers.metrics import Metrics
from tests.fakes.answering import Answering, AnsweringSlack, away
from tests.flows.harness import TECH, Harness
from tests.flows.test_answers_paths import HOOK, job_of
from tests.flows.test_answers_queued import PRESS

HALF_AN_HOUR: Final = 1800
DAY: Final = 86_400


class SlowSlack(AnsweringSlack):
    """Takes an answer by a response URL only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = asyncio.Event()
        self.takes = True

    async def respond(self, reply: Reply, message: Message) -> None:
        """Take an answer, later."""
        self.tried.append(Way.URL)
        await self.goes_on.wait()
        if not self.takes:
            self.takes = True
            raise away()
        self.seen.append((Way.URL, message.text))
        assert reply.url


@pytest.fixture
async def answering(harness: Harness) -> AsyncIterator[Answering]:
    """Answers over a fake Slack; Redis is away."""
    answering = Answering(harness, metrics=Metrics())
    answering.queue.away = True
    yield answering
    await answering.held.close()


async def passed(
    answering: Answering, done: Callable[[], bool], seconds: int, step: int = 1
) -> bool:
    """Let time pass until something is so, for some seconds at most; whether it is."""
    for _ in range(0, seconds, step):
        if done():
            return True
        answering.harness.clock.go_on(seconds=step)
        for _ in range(20):
            await asyncio.sleep(0)
    return done()


async def held(answering: Answering) -> None:
    """Answer a press, which Redis does not take."""
    await answering.answers.later(TECH, PRESS, NotOffered())
    await answering.background.drain()


@pytest.mark.parametrize(
    ("minutes", "way"), [(0, Way.URL), (10, Way.URL), (40, Way.DIRECT), (300, Way.DIRECT)]
)
async def test_while_both_are_away_it_is_tried_by_all_its_ways(
    minutes: int, way: Way, answering: Answering
) -> None:
    """As long as a queued one: half an hour at its place, then directly"""
    if minutes:
        answering.slack.refusals |= dict.fromkeys(Way, away(retry_after=10))
    await held(answering)
    await passed(answering, lambda: False, 60 * minutes, 30)
    answering.slack.refusals.clear()
    assert await passed(answering, lambda: bool(answering.slack.seen), 120)
    await passed(answering, lambda: False, 60)
    assert [way] == [each for each, _ in answering.slack.seen]
    assert 0 == len(answering.held)


async def test_an_answer_in_a_form_goes_to_redis_before_it_is_sent_from_memory(
    answering: Answering,
) -> None:
    """A worker sends one that Redis took in spite of all a second late, so memory waits for two"""
    await answering.answers.later(TECH, Reply(view_id="V1"), NotOffered())
    await answering.background.drain()
    assert not await passed(answering, lambda: bool(answering.slack.tried), 1)
    assert await passed(answering, lambda: bool(answering.slack.seen), 2)
    assert [Way.VIEW] == [way for way, _ in answering.slack.seen]


async def test_it_is_queued_as_soon_as_redis_is_back(answering: Answering) -> None:
    """With what was tried; from there on, the queue alone sends it"""
    answering.slack.refusals |= dict.fromkeys(Way, away(retry_after=10))
    await held(answering)
    await passed(answering, lambda: False, 60)
    assert len(answering.held)
    answering.queue.away = False
    assert await passed(answering, lambda: not len(answering.held), 2)
    answering.slack.refusals.clear()
    await answering.run()
    assert ([Way.URL], 1) == ([way for way, _ in answering.slack.seen], len(answering.queue.queued))


async def test_a_step_that_got_no_answer_queues_it_once(answering: Answering) -> None:
    """Redis took it and its answer was lost, and is back before it is sent from memory"""
    answering.queue.away, answering.queue.silent = False, True
    await held(answering)
    answering.queue.away = False
    assert await passed(answering, lambda: not len(answering.held), 3)
    await answering.run()
    assert ([Way.URL], 1) == ([way for way, _ in answering.slack.seen], len(answering.queue.queued))


async def test_what_was_sent_from_memory_is_not_sent_from_the_queue(answering: Answering) -> None:
    """Redis took it and its answer was lost, and stays away until it is sent"""
    answering.queue.away, answering.queue.silent = False, True
    await held(answering)
    assert await passed(answering, lambda: bool(answering.slack.seen), 5)
    answering.queue.away = False
    run = answering.runner
    assert await run("0-0", "0", again=False, worn_out=False)  # it is late, so it waits
    assert await passed(answering, lambda: Mark.SENT in answering.queue.marks.values(), 3)
    assert await run("0-0", "0", again=False, worn_out=False) is None
    assert [Way.URL] == [way for way, _ in answering.slack.seen]


@pytest.fixture
async def slow(harness: Harness) -> AsyncIterator[Answering]:
    """Answers over a Slack that takes its time."""
    answering = Answering(harness, SlowSlack())
    yield answering
    await answering.held.close()


async def being_sent(slow: Answering) -> SlowSlack:
    """Let Redis take an answer without a word, and be back while it is sent from memory."""
    slack = slow.slack
    assert isinstance(slack, SlowSlack)
    slow.queue.silent = True
    await held(slow)
    assert await passed(slow, lambda: bool(slack.tried), 5)
    slow.queue.away = False
    return slack


@pytest.mark.parametrize("taken", [True, False])
async def test_one_that_is_being_sent_is_neither_queued_nor_sent_again(
    slow: Answering, *, taken: bool
) -> None:
    """Redis comes back while Slack has it; if Slack does not take it, the queue goes on"""
    answering, slack = slow, await being_sent(slow)
    assert await answering.runner("0-0", "0", again=False, worn_out=False)
    assert await passed(answering, lambda: Mark.TAKEN in answering.queue.marks.values(), 3)
    assert await answering.runner("0-0", "0", again=False, worn_out=False)
    assert [] == slack.seen
    slack.takes = taken
    slack.goes_on.set()
    assert await passed(answering, lambda: not len(answering.held), 3)
    await answering.run()
    assert (1, 1) == (len(slack.seen), len(answering.queue.queued))


async def test_what_a_killed_process_was_sending_is_sent_from_the_queue(slow: Answering) -> None:
    """Once the mark of that process has expired"""
    answering, slack = slow, await being_sent(slow)
    assert await passed(answering, lambda: Mark.HELD in found(answering), 3)
    for _ in range(2):
        assert await answering.runner("0-0", "0", again=False, worn_out=False)
    answering.queue.marks.clear()
    slack.goes_on.set()
    assert await answering.runner("0-0", "0", again=False, worn_out=False) is None
    assert slack.seen


def found(answering: Answering) -> set[Mark]:
    """Give the marks; one that is taken is held too."""
    marks = set(answering.queue.marks.values())
    return marks | ({Mark.HELD} if Mark.TAKEN in marks else set())


async def test_an_answer_that_slack_refuses_before_the_queue_looks_comes_once(
    slow: Answering,
) -> None:
    """The copy that Redis took unanswered and the one of the memory are one"""
    answering, slack = slow, await being_sent(slow)
    assert await passed(answering, lambda: Mark.HELD in found(answering), 3)
    slack.takes = False
    slack.goes_on.set()
    assert await passed(answering, lambda: not len(answering.held), 3)
    await answering.run()
    assert 1 == len(slack.seen)


async def test_a_job_s_answer_that_was_queued_unanswered_is_left_there(
    answering: Answering,
) -> None:
    """Its job runs again, and sends no second one"""
    answering.queue.away, answering.queue.silent = False, True
    answering.slack.refusals[Way.URL] = away()
    job = job_of(answering.harness, Reply(HOOK))
    with pytest.raises(StoreError):
        await answering.answers.send(job, NotOffered())
    answering.queue.away = False
    answering.slack.refusals.clear()
    assert await answering.answers.send(replace(job, finished=True), NotOffered()) == 0
    assert [] == answering.slack.seen
    await answering.run()
    assert [Way.URL] == [way for way, _ in answering.slack.seen]


async def test_memory_holds_so_many_and_the_next_one_is_said_to_be_lost(
    answering: Answering,
) -> None:
    """In the log, in the metrics, and to security"""
    answering.slack.refusals |= dict.fromkeys(Way, away(retry_after=10))
    answering.held.most = 2
    with capture_logs() as lines:
        for _ in range(3):
            await held(answering)
    assert 2 == len(answering.held)
    assert ["too_many"] == [each["reason"] for each in lines if each["event"] == "answer_lost"]
    assert await passed(answering, lambda: bool(answering.security.told), 3)
    assert "1 answer of Keysmith is lost" in answering.security.told[0]
    assert f"@{TECH.user_id}" in answering.security.told[0]
    assert b'keysmith_answers_total{result="lost"} 1.0' in answering.metrics.page()
    await passed(answering, lambda: False, 5)
    assert 1 == len(answering.security.told)


async def test_a_stop_loses_nothing_in_silence(answering: Answering) -> None:
    """Each one is in the log, and security is told; also one that comes after the end"""
    answering.slack.refusals |= dict.fromkeys(Way, away(retry_after=10))
    await held(answering)
    with capture_logs() as lines:
        await answering.held.close()
        await held(answering)
    assert 2 == len([each for each in lines if each["event"] == "answer_lost"])
    assert 1 == len(answering.security.told)
    answering.security.refusal = SlackError("token_revoked")
    with capture_logs() as lines:
        await answering.held.close()
    assert ["loss_not_told"] == [each["event"] for each in lines if each["log_level"] == "error"]


async def test_a_stopping_process_goes_on_until_it_has_sent_them(answering: Answering) -> None:
    """And records what it has sent, if Redis is back"""
    answering.queue.away, answering.queue.silent = False, True
    await held(answering)
    drain = asyncio.create_task(answering.held.drain())
    assert await passed(answering, lambda: bool(answering.slack.seen), 5)
    await drain
    answering.queue.away = False
    await answering.held.close()
    assert [Mark.SENT] == [*answering.queue.marks.values()]
    assert [] == answering.security.told


async def test_an_answer_is_tried_for_a_day_from_memory(answering: Answering) -> None:
    """No longer, as from the queue"""
    answering.slack.refusals |= dict.fromkeys(Way, away(retry_after=HALF_AN_HOUR))
    await held(answering)
    await passed(answering, lambda: False, 5)
    answering.harness.clock.go_on(seconds=DAY)
    assert await passed(answering, lambda: not len(answering.held), 5)
    assert [] == answering.slack.seen
