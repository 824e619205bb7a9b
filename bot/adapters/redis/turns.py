"""Turns: what one process of all does now and then."""

import time
from typing import Final

from bot.adapters.redis.store import Store

_TURN: Final = """
-- A time that is further away than two of them are apart was not set here, and counts as none.
-- KEYS: when the next one begins. ARGV: now, seconds until the first one, seconds between two.
local at = tonumber(redis.call('GET', KEYS[1]) or '-1')
if at < 0 or at > ARGV[1] + ARGV[3] then redis.call('SET', KEYS[1], ARGV[1] + ARGV[2]) return 0 end
if at > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] + ARGV[3])
return 1
"""


async def take_turn(store: Store, key: str, first: int, every: int) -> bool:
    """Take the turn if it is time; one process of all gets it.

    The first one comes after `first` seconds, the next ones after `every` seconds.
    """
    times = (str(int(time.time())), str(first), str(every))
    return await store.call("EVAL", _TURN, "1", key, *times) == 1
