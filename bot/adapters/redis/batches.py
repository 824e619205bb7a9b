"""Commands of many callers go to Redis together: one round trip, and one system call, for all.

A caller that finds Redis free sends at once. Those that come while `UNDER_WAY` round trips last go
together in the next one, so that a batch is as large as the load asks for. Each caller gets its own
answers, or its own error. The commands of one caller keep their order, on one connection, with no
other between.

A cut connection is an error for the whole batch: as for any command that was under way, whether it
happened is not known. A caller that leaves before its commands are sent takes them along; later,
they happen without it. While Redis hangs, no caller waits for one time-out after the other: those
that waited through a whole one get the same error.

A caller with many commands goes on a connection of its own, and keeps up no other.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextvars import Context
from dataclasses import dataclass
from itertools import chain
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

BATCH: Final = 64  # callers in one batch
UNDER_WAY: Final = 2  # round trips: while one brings a large answer, the others go on
MANY: Final = 32  # commands of one caller, from which on it shares no round trip
Command = tuple[str, ...]
Answers = list[object]


@dataclass(frozen=True)
class _Caller:
    commands: tuple[Command, ...]
    answers: "asyncio.Future[Answers]"
    since: float

    def hears(self, answers: Answers) -> None:
        """Give it its answers, or the first error among them."""
        error = next((each for each in answers if isinstance(each, Exception)), None)
        if self.answers.done():  # it has left
            return
        if error:
            self.answers.set_exception(error)
        else:
            self.answers.set_result(answers)


class Batches:
    """Sends commands that need no transaction, and that do not wait in Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting = deque[_Caller]()
        self._sending = set[asyncio.Task[None]]()
        self._alone = 0

    async def send(self, *commands: Command) -> Answers:
        """Send a caller's commands; one answer for each. Raises the first error among them."""
        for part in chain(*commands):
            part.encode()  # a text that Redis can't take is an error for its own caller alone
        if len(commands) >= MANY:
            return await self._pipeline(commands, strict=True)
        if self._waiting or self._busy:
            loop = asyncio.get_running_loop()
            caller = _Caller(commands, loop.create_future(), loop.time())
            self._waiting.append(caller)
            return await caller.answers
        self._alone += 1
        try:
            if len(commands) > 1:
                return await self._pipeline(commands, strict=True)
            return [await self._redis.execute_command(*commands[0])]  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        finally:
            self._alone -= 1
            self._go_on()

    @property
    def _busy(self) -> bool:
        return self._alone + len(self._sending) >= UNDER_WAY

    def _go_on(self) -> None:
        """Send what waits, in a task of its own: the caller before has its answer."""
        while self._waiting and not self._busy:
            count = min(BATCH, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            # In no caller's context: what is logged there is not about that caller alone.
            task = asyncio.create_task(self._together(batch), context=Context())
            self._sending.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._go_on()

    async def _together(self, batch: list[_Caller]) -> None:
        batch = [caller for caller in batch if not caller.answers.done()]
        commands = [command for caller in batch for command in caller.commands]
        sent = asyncio.get_running_loop().time()
        try:
            answers = await self._pipeline(commands, strict=False)
        except Exception as error:  # noqa: BLE001  # whatever it is, no caller may wait for ever
            if isinstance(error, RedisTimeoutError):
                while self._waiting and self._waiting[0].since < sent:
                    batch.append(self._waiting.popleft())
            for caller in batch:
                caller.hears([error])
        else:
            found = iter(answers)
            for caller in batch:
                caller.hears([next(found) for _ in caller.commands])

    async def _pipeline(self, commands: Iterable[Command], *, strict: bool) -> Answers:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            answers: Answers = await pipeline.execute(raise_on_error=strict)
        return answers
