"""Two processes and one Redis: decisions and deadlines at the same time."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.names import OUTBOX
from bot.adapters.redis.requests import read_notification
from bot.domain.commands.requests import Approve, Cancel, Deciding, Deny
from bot.domain.outcomes.decisions import TooLate, Voted
from bot.domain.people import Actor
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Audience
from tests.contracts.processes import carried_out, ended, opened, processes
from tests.contracts.redis_server import redis, server
from tests.flows.harness import COLLEAGUE, NEWCOMER, TECH

__all__ = ["redis", "server"]

ROUNDS = 15


@pytest.mark.parametrize("first", ["word", "clock"])
async def test_of_a_word_and_the_clock_at_once_one_wins(
    redis: Redis, server: Path, first: str
) -> None:
    """One process's clock has come to the end, the other's not quite"""
    del redis  # it is empty
    async with processes(server, 2) as (one, other):
        for number in range(ROUNDS):
            one.at(datetime.fromisoformat("2026-03-01T12:00+00:00"))
            request = await opened(one, number)
            one.at(request.expires_at - timedelta(milliseconds=1))
            other.at(request.expires_at)
            both = [one.decides(TECH, Approve(request.id)), other.checks_deadlines()]
            outcomes = await asyncio.gather(*(both if first == "word" else both[::-1]))
            end = await ended(one, request)
            assert end in {State.APPROVED, State.EXPIRED}
            assert any(isinstance(each, Voted) for each in outcomes) is (end is State.APPROVED)
            assert (request.id in await carried_out(one)) is (end is State.APPROVED)


async def test_of_three_who_decide_at_once_one_does(redis: Redis, server: Path) -> None:
    """Approve, deny and cancel, in three processes: the others are told how it stands"""
    del redis  # it is empty
    async with processes(server, 3) as three:
        for number in range(ROUNDS):
            request = await opened(three[0], number)
            words: list[tuple[Actor, Deciding]] = [
                (TECH, Approve(request.id)),
                (COLLEAGUE, Deny(request.id, "no")),
                (NEWCOMER, Cancel(request.id)),
            ]
            turned = words[number % 3 :] + words[: number % 3]
            outcomes = await asyncio.gather(
                *(process.decides(*word) for process, word in zip(three, turned, strict=True))
            )
            end = await ended(three[0], request)
            kinds = [type(each) for each in outcomes]
            later = 2 if end is State.CANCELLED and kinds.count(Voted) == 2 else 1
            assert [later, 3 - later] == [kinds.count(Voted), kinds.count(TooLate)]
            approved = request.id in await carried_out(three[0])
            assert approved <= (end in {State.APPROVED, State.CANCELLED})


async def test_of_three_who_tell_the_approvers_at_once_one_does(redis: Redis, server: Path) -> None:
    """The step that stores who was told queues their messages: each hears once"""
    del redis  # it is empty
    async with processes(server, 3) as three:
        request = await opened(three[0], 0)
        await asyncio.gather(*(each.checks_deadlines() for each in three))
        found = await three[0].requests.load(request.id)
        assert found
        items = await three[0].store.stream(OUTBOX, "-", "+", 100)
        sent = [read_notification(fields) for _, fields in items]
        queued = [each.to for each in sent if each.audience is Audience.PERSON]
        assert sorted(found.heard.told) == sorted(queued)
        assert {TECH.user_id, COLLEAGUE.user_id} <= set(queued)
