"""The search among Sentinels, which tells why none could be asked."""

from redis.asyncio.sentinel import MasterNotFoundError, Sentinel
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bot.domain.redis_url import Node


class Sentinels(Sentinel):
    """Keeps why the last one could not be asked, which redis-py drops: TLS may be at fault."""

    async def discover_master(self, service_name: str) -> Node:
        """Ask them in turn, first the one that answered last."""
        last: Exception | None = None
        for number, one in enumerate(self.sentinels):
            try:
                masters = await one.sentinel_masters()
            except AuthenticationError:  # not of Redis's own password
                continue
            except (RedisConnectionError, RedisTimeoutError) as error:
                last = error
                continue
            state = masters.get(service_name) if isinstance(masters, dict) else None
            if state and self.check_master_state(state, service_name):
                self.sentinels[0], self.sentinels[number] = one, self.sentinels[0]
                return state["ip"], state["port"]
        raise MasterNotFoundError("No master found") from last
