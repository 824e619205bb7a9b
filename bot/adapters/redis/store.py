"""The thin typed door to Redis: text in, text out, one error.

Values are decoded text (`decode_responses=True`); what Redis does not answer is a `StoreError`.
"""

from collections.abc import Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.errors import StoreError


class Store:
    """Reads, and the writes that tell of nothing; what has an audit entry goes by the ledger."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def call(self, *parts: str) -> object:
        """Send one command.

        Raises:
            StoreError: Redis did not answer, or refused.

        """
        try:
            answer: object = await self._redis.execute_command(*parts)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        except (RedisError, OSError) as error:
            raise StoreError(type(error).__name__) from error
        return answer

    async def text(self, *parts: str) -> str | None:
        """Send a command that answers one text, or nothing."""
        answer = await self.call(*parts)
        return None if answer is None else str(answer)

    async def fields(self, key: str) -> dict[str, str]:
        """Read a hash; empty where there is none."""
        return as_fields(await self.call("HGETALL", key))

    async def stream(self, key: str, start: str, end: str, count: int) -> list["StreamItem"]:
        """Read a part of a stream, ends included."""
        answer = await self.call("XRANGE", key, start, end, "COUNT", str(count))
        return as_items(answer)


StreamItem = tuple[str, dict[str, str]]


def as_fields(answer: object) -> dict[str, str]:
    """Read a hash's answer, whichever protocol version wrote it."""
    if isinstance(answer, Mapping):
        return {str(name): str(value) for name, value in answer.items()}
    flat = answer if isinstance(answer, list) else []
    return {str(name): str(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}


def as_texts(answer: object) -> list[str]:
    """Read the members of an index."""
    return [str(each) for each in answer] if isinstance(answer, list) else []


def as_items(answer: object) -> list[StreamItem]:
    """Read a stream's answer; an entry that was deleted in between has no fields."""
    items = answer if isinstance(answer, list) else []
    return [(str(item[0]), as_fields(item[1])) for item in items if item and item[1]]
