"""Each person's token buckets in Redis: one script that takes a token or tells the wait."""

from datetime import datetime
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.store import Store
from bot.domain.lanes import Lane
from bot.domain.pace import BURST, INTERVAL_MS, WINDOW_S, Paced
from bot.domain.people import Actor

_TAKE: Final = """
-- KEYS: bucket, mark of a refusal. ARGV: now and interval in ms, burst, window in s.
-- `take` in bot/domain/pace.py says what it does. The mark is written where a wait is told first.
local now, interval = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or '0')
local after = math.max(full_at, now) + interval
local wait = after - now - tonumber(ARGV[3]) * interval
if wait > 0 then
  local first = redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[4])
  return {wait, first and 1 or 0}
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', string.format('%.0f', after - now))
return {0, 0}
"""


class RedisPace:
    """The buckets that every process shares."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, actor: Actor, lane: Lane, now: datetime) -> Paced:
        """Take a token of the person; may raise `StoreError`."""
        keys = (names.bucket(actor, lane), names.too_fast(actor))
        at = str(int(now.timestamp() * 1000))
        limits = (at, str(INTERVAL_MS), str(BURST), str(WINDOW_S))
        answer = await self._store.call("EVAL", _TAKE, "2", *keys, *limits)
        wait, first = answer if isinstance(answer, list) else (0, 0)
        return Paced(int(wait), bool(first))
