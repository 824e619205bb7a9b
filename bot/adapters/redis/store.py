"""The typed door to Redis: text in, text out, and `StoreError` for every failure.

Values are decoded text (`decode_responses=True`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.adapters.redis.batches import Batches
from bot.adapters.redis.faults import in_words
from bot.errors import StoreError

StreamItem = tuple[str, dict[str, str]]


class Store:
    """Reads, and the writes that need no audit entry; all others go through the ledger.

    Every method raises `StoreError` where Redis did not answer, or refused.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._batches = Batches(redis)

    async def call(self, *parts: str) -> object:
        """Send one command."""
        with store_errors():
            (answer,) = await self._batches.send(parts)
        return answer

    async def transact(self, *commands: tuple[str, ...]) -> None:
        """Send commands as one transaction, so that a crash leaves all of them or none."""
        with store_errors():
            async with self._redis.pipeline(transaction=True) as transaction:
                for command in commands:
                    transaction.execute_command(*command)
                await transaction.execute()

    async def many(self, *commands: tuple[str, ...]) -> list[object]:
        """Send commands in one round trip, not as a transaction; one answer for each."""
        if not commands:
            return []
        with store_errors():
            return await self._batches.send(*commands)

    async def text(self, *parts: str) -> str | None:
        """Send a command that answers one text, or nothing."""
        answer = await self.call(*parts)
        return None if answer is None else str(answer)

    async def texts(self, *parts: str) -> list[str]:
        """Send a command that answers a list, such as the members of an index."""
        answer = await self.call(*parts)
        return [str(each) for each in answer] if isinstance(answer, list) else []

    async def fields(self, key: str) -> dict[str, str]:
        """Read a hash; empty where there is none."""
        return as_fields(await self.call("HGETALL", key))

    async def stream(self, key: str, start: str, end: str, count: int) -> list[StreamItem]:
        """Read a part of a stream, ends included."""
        return as_items(await self.call("XRANGE", key, start, end, "COUNT", str(count)))


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise a `StoreError` for every failure of Redis or of the connection."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreError(in_words(error)) from error


def as_fields(answer: object) -> dict[str, str]:
    """Read a hash's answer."""
    fields = answer if isinstance(answer, Mapping) else {}
    return {str(name): str(value) for name, value in fields.items()}


def as_items(answer: object) -> list[StreamItem]:
    """Read a stream's answer; an entry that was deleted in between has no fields."""
    items = answer if isinstance(answer, list) else []
    return [(str(item[0]), as_fields(item[1])) for item in items if item and item[1]]
