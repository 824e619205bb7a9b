"""Answers that Redis did not take: memory keeps them, and tries their ways, until Redis takes them.

Invariants
1. An answer goes on here until Slack has taken it, its ways have ended, or Redis has it. One that
   the end of the process cuts off, or for which there is no room, is logged as lost, counted, and
   told to security.
2. The mark of an answer says who sends it. A step that queues it may happen although its caller got
   no answer: the next try under the same mark adds nothing. What is or was sent from here is
   recorded under the mark as soon as Redis is back, before a worker sends a late copy (`LATE`). The
   copy waits until this process has sent it, has given it to the queue, or is gone.
What remains: a process that is cut off alone, after Redis took its answer, sends it a second time.
"""

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import Final

import structlog

from bot.cards.answers import Answer
from bot.cards.kit import Card, Mention, card, line, msg, plural
from bot.domain.answers import Mark
from bot.domain.phrases import Listed, Span
from bot.errors import SlackError, StoreError
from bot.flows.ports import Clock
from handlers.answer_ways import Ways
from handlers.faults import failed
from handlers.ports import AnswerQueue, Security

_log = structlog.get_logger("keysmith.answers")

MOST: Final = 1_000
"""Answers in memory: some ten kilobytes each."""
MARKS: Final = 10_000
"""Marks of answers that were sent meanwhile."""
AT_ONCE: Final = 32
"""Answers that are being sent."""
ROUND: Final = 1.0
"""Seconds between two tries to reach Redis."""
LATE: Final = timedelta(seconds=1)
"""Before it has passed, no answer is sent from memory: a worker that reads one earlier need not
ask. After it, the worker gives a process that has Redis again time to record what it sent."""
PATIENCE: Final = 1.0
"""Seconds that Redis has for one step."""
DRAIN: Final = 12.0
"""Seconds that a stopping process goes on with what is left, as long as workers do."""
LAST: Final = 1.5
"""Seconds for each of the last two steps: to Redis, and to security."""
TELL_EVERY: Final = 60.0
"""Seconds between two reports of lost answers."""
NAMED: Final = 20
"""People that such a report names."""


@dataclass
class HeldAnswers:
    """Holds answers, each under its mark."""

    ways: Ways
    queue: AnswerQueue
    security: Security
    clock: Clock
    most: int = MOST
    every: float = ROUND
    _held: dict[str, Answer] = field(default_factory=dict)
    _sending: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _sent: dict[str, Mark] = field(default_factory=dict)
    _lost: Counter[str] = field(default_factory=Counter)
    """By Slack id: how many answers security has not been told of."""
    _loop: asyncio.Task[None] | None = None
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _tell_at: float = 0.0
    _stopping: bool = False
    _closed: bool = False

    def hold(self, answer: Answer) -> None:
        """Go on with an answer that Redis did not take in time, and may have taken all the same."""
        if self._closed or len(self._held) >= self.most:
            self._lose(answer, "stopped" if self._closed else "too_many")
        else:
            later = replace(answer.sending, not_before=answer.sending.not_before + LATE)
            self._held[answer.mark] = answer.at(later)
            _log.info("answer_held", held=len(self._held))
        if not self._closed and (self._loop is None or self._loop.done()):
            self._loop = asyncio.create_task(self._go_on())

    def __len__(self) -> int:
        return len(self._held)

    async def _go_on(self) -> None:
        while self._goes_on():
            try:
                await self._round()
            except Exception as error:  # noqa: BLE001  # a bug must not end what sends the others
                failed(error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.every):
                    await self._woken.wait()

    def _goes_on(self) -> bool:
        if self._stopping:
            return bool(self._held) and not self._closed
        return bool(self._held or self._sent or self._lost)

    async def _round(self) -> None:
        await self._to_redis()
        now = self.clock.now()
        due = (
            each
            for mark, each in self._held.items()
            if mark not in self._sending and each.sending.not_before <= now
        )
        for answer in list(islice(due, AT_ONCE - len(self._sending))):
            self._sending[answer.mark] = asyncio.create_task(self._send(answer))
        if self._lost and asyncio.get_running_loop().time() >= self._tell_at:
            self._tell_at = asyncio.get_running_loop().time() + TELL_EVERY
            await self._tell()

    async def _to_redis(self) -> None:
        """Record what is sent from here, and queue the rest, unless Redis is away."""
        sent = dict(self._sent)
        try:
            if marks := sent | dict.fromkeys(self._sending, Mark.HELD):
                async with asyncio.timeout(PATIENCE):
                    await self.queue.record(marks)
                for mark in sent:
                    self._sent.pop(mark, None)
            for mark, answer in list(self._held.items()):
                if mark not in self._sending:
                    async with asyncio.timeout(PATIENCE):
                        await self.queue.put(answer, held=True)
                    del self._held[mark]
        except (StoreError, TimeoutError):
            return  # the next round tries again

    async def _send(self, answer: Answer) -> None:
        try:
            rest = await self.ways.attempt(answer)
        except Exception as error:  # noqa: BLE001  # the form alone can raise here
            failed(error)
            self._held[answer.mark] = replace(answer, form=None)
        else:
            if rest is None:
                self._end(answer.mark)
            else:
                self._held[answer.mark] = replace(answer.at(rest), form=None)
        finally:
            self._sending.pop(answer.mark, None)

    def _end(self, mark: str) -> None:
        del self._held[mark]
        self._sent[mark] = Mark.SENT
        while len(self._sent) > MARKS:
            del self._sent[next(iter(self._sent))]

    async def drain(self) -> None:
        """Go on for some seconds, so that a process that stops leaves as little as it can."""
        self._stopping = True
        if self._loop:
            await asyncio.wait((self._loop,), timeout=DRAIN)

    async def close(self) -> None:
        """End; what is left goes to Redis, or is lost and said to be."""
        self._closed = True
        self._stopping = True
        self._woken.set()
        if tasks := [*filter(None, (self._loop, *self._sending.values()))]:
            await asyncio.wait(tasks, timeout=LAST)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST):
                await self._to_redis()
        for answer in self._held.values():
            self._lose(answer, "stopped")
        self._held.clear()
        if self._lost:
            await self._tell()

    def _lose(self, answer: Answer, reason: str) -> None:
        user, way = answer.actor.user_id, answer.sending.way
        _log.error("answer_lost", reason=reason, user=user, way=way)
        self.ways.metrics.answers.labels("lost").inc()
        self._lost[user] += 1

    async def _tell(self) -> None:
        lost = Counter(self._lost)
        try:
            async with asyncio.timeout(LAST):
                await self.security.tell_card("", _told(lost), again=False)
        except (SlackError, StoreError, TimeoutError) as error:
            _log.error("loss_not_told", lost=lost.total(), reason=type(error).__name__)
        else:
            self._lost -= lost


def _told(lost: Counter[str]) -> Card:
    people: list[Span] = [Mention(user) for user in islice(lost, NAMED)]
    more = len(lost) - NAMED
    if more > 0:
        people.append(plural("{count} more", "{count} more", more))
    return card(
        line(
            plural(
                "{count} answer of Keysmith is lost: Redis was away, and Slack did not take it in"
                " time.",
                "{count} answers of Keysmith are lost: Redis was away, and Slack did not take them"
                " in time.",
                lost.total(),
            )
        ),
        line(
            msg(
                "Ask these people to check `/cld requests` and `/cld key list`, and to repeat what"
                " is missing: {people}",
                people=Listed(tuple(people)),
            )
        ),
    )
