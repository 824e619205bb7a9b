"""Answers that wait in Redis: read back whole, and of no use to a person who reads Redis."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.keyring import Keyring
from bot.adapters.redis.answers import ANSWER as ANSWER_FORM
from bot.adapters.redis.answers import TAKEN_FOR, RedisAnswers
from bot.adapters.redis.names import ANSWERS, answered
from bot.adapters.redis.store import Store
from bot.adapters.vault import FieldSealer
from bot.cards.answers import Answer
from bot.cards.kit import Block, Message
from bot.domain.answers import Mark, Sending, Way
from bot.domain.jobs import Reply
from bot.domain.people import Actor
from bot.errors import SealError, StoreError, Unread
from tests.contracts.redis_server import redis, server

__all__ = ["redis", "server"]

AT: Final = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
REPLY: Final = Reply(
    "https://hooks.slack.example/secret", "V1", "t1", replace=True, home=True, channel="C1"
)
BLOCK: Final[Block] = {"type": "rich_text", "elements": [{"type": "text", "text": "東 <b>"}]}
SENDING: Final = Sending(AT, Way.URL, AT, short=1, unsure=True, refused=(Way.VIEW,), closed=True)
ANSWER: Final = Answer(
    Actor("T1", "U1", "E1"), REPLY, Message("東 & more", (BLOCK,)), SENDING, {"type": "modal"}, "m1"
)
BARE: Final = replace(
    ANSWER, reply=Reply(), message=Message("", ()), form=None, mark="m2", ends=False
)


def answers_of(redis: Redis, key: bytes = b"k" * 32) -> RedisAnswers:
    """The queue of a process with this key."""
    return RedisAnswers(Store(redis), FieldSealer(Keyring([key])))


async def queued(redis: Redis) -> list[dict[str, str]]:
    """The fields of the items."""
    return [fields for _, fields in await Store(redis).stream(ANSWERS, "-", "+", 10)]


@pytest.mark.parametrize("answer", [ANSWER, BARE])
async def test_an_answer_is_read_back_as_it_was_queued(answer: Answer, redis: Redis) -> None:
    """In every field"""
    await answers_of(redis).put(answer)
    (item,) = await queued(redis)
    assert answer == answers_of(redis).open(item["answer"])
    assert str(answer.actor) == item["by"]


async def test_an_item_tells_nothing(redis: Redis) -> None:
    """Neither the response URL nor what the answer says is in Redis in clear"""
    await answers_of(redis).put(ANSWER)
    (item,) = await queued(redis)
    for word in ("hooks.slack", "& more", "rich_text", "slack.example", '"'):
        assert word not in item["answer"]


async def test_no_item_is_put_together_from_two(redis: Redis) -> None:
    """It is sealed as a whole: an altered one, or one of another key, is not read"""
    await answers_of(redis).put(ANSWER)
    await answers_of(redis).put(BARE)
    one, other = [item["answer"] for item in await queued(redis)]
    for forged in (one[:-8] + other[-8:], one[:60] + other[60:]):
        with pytest.raises(SealError):
            answers_of(redis).open(forged)
    with pytest.raises(Unread):
        answers_of(redis, b"o" * 32).open(one)


async def test_an_answer_is_queued_once_under_its_mark(redis: Redis) -> None:
    """However often the step is repeated, and not once a process has sent it"""
    answers = answers_of(redis)
    assert await answers.mark("m1") is None
    for held in (False, True, False):
        await answers.put(ANSWER, held=held)
    assert Mark.QUEUED is await answers.mark("m1")
    await answers.record({"m2": Mark.SENT})
    for held in (False, True):
        await answers.put(BARE, held=held)
    assert (1, Mark.SENT) == (len(await queued(redis)), await answers.mark("m2"))


async def test_what_a_process_holds_is_queued_by_that_process_alone(redis: Redis) -> None:
    """Not by its first step, which Redis may carry out late"""
    answers = answers_of(redis)
    await answers.record({"m1": Mark.HELD})
    await answers.put(ANSWER)
    assert [] == await queued(redis)
    await answers.put(ANSWER, held=True)
    assert (1, Mark.QUEUED) == (len(await queued(redis)), await answers.mark("m1"))


async def test_a_queued_answer_that_a_process_sends_meanwhile_stays_one(redis: Redis) -> None:
    """If it ends in the queue after all, and also if the process is gone"""
    answers = answers_of(redis)
    await answers.put(ANSWER)
    for _ in range(2):
        await answers.record({"m1": Mark.HELD})
        assert Mark.TAKEN is await answers.mark("m1")
        assert 0 < await redis.ttl(answered("m1")) <= int(TAKEN_FOR)
    await answers.put(ANSWER, held=True)
    assert (1, Mark.QUEUED) == (len(await queued(redis)), await answers.mark("m1"))
    await answers.record({"m1": Mark.SENT})
    assert Mark.SENT is await answers.mark("m1")


async def test_a_stream_that_can_t_be_written_leaves_no_mark(redis: Redis) -> None:
    """Or the next try would add nothing"""
    await redis.set(ANSWERS, "a text")
    with pytest.raises(StoreError):
        await answers_of(redis).put(ANSWER)
    assert await answers_of(redis).mark("m1") is None


@pytest.mark.parametrize(
    "change", [{"sending": {"way": "pigeon"}}, {"reply": None}, {"sending": 1}]
)
async def test_an_answer_of_another_version_is_unread(
    change: dict[str, object], redis: Redis
) -> None:
    """It goes to a process that can read it, and is not kept from it by one that can't"""
    written = ANSWER_FORM.write(ANSWER)
    changed = written | {
        name: written[name] | value if isinstance(value, dict) else value
        for name, value in change.items()
    }
    sealed = FieldSealer(Keyring([b"k" * 32])).seal(json.dumps(changed))
    with pytest.raises(Unread):
        answers_of(redis).open(sealed)


def test_an_answer_of_a_former_version_ends_its_form() -> None:
    """What it lacks has its default"""
    written = ANSWER_FORM.write(BARE)
    del written["ends"]
    assert ANSWER_FORM.read(written) == replace(BARE, ends=True)
