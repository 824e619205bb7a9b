"""Answers that wait for Slack: a stream of sealed items.

An item is sealed as a whole: it holds a response URL, which lets anyone who has it post as the app,
and an item put together from two others would show one person the answer of another. It never
holds a one-time link.

An answer is queued once under its mark, however often a caller repeats a step that got no answer,
and not at all once another process has sent it from memory (`handlers.answers_held`).
"""

import json
from collections.abc import Mapping
from typing import Final

from bot.adapters.redis.names import ANSWERS, answered
from bot.adapters.redis.records import ACTOR, NOT_READ, PLAIN, TIME, Form, Record
from bot.adapters.redis.store import Store
from bot.adapters.vault import FieldSealer
from bot.cards.answers import Answer
from bot.cards.kit import Message
from bot.domain.answers import KEPT_FOR, Mark, Sending, Way
from bot.domain.jobs import Reply
from bot.errors import Unread

REPLY: Final = Record(
    Reply,
    PLAIN("url", "trigger", "replace", "home", "channel", "thread", "aloud", view="view_id"),
)
MESSAGE: Final = Record(Message, PLAIN("text"), Form(list, tuple)("blocks"))
SENDING: Final = Record(
    Sending,
    TIME("since", "not_before"),
    Form(str, Way)("way"),
    PLAIN("short", "unsure", "closed"),
    Form(list, tuple)("refused"),
)
ANSWER: Final = Record(
    Answer,
    ACTOR("actor"),
    REPLY.form("reply"),
    MESSAGE.form("message"),
    SENDING.form("sending"),
    PLAIN("form", "mark", "ends", "collects"),
)
SECONDS: Final = str(int(KEPT_FOR.total_seconds()))
_PUT: Final = """
-- The only step that can fail comes first. KEYS: mark, stream. ARGV: held, seconds, by, answer.
local mark = redis.call('GET', KEYS[1])
if mark == 'taken' and ARGV[1] == '1' then
  redis.call('SET', KEYS[1], 'queued', 'EX', ARGV[2])
  return 0
end
if mark and (mark ~= 'held' or ARGV[1] == '0') then return 0 end
redis.call('XADD', KEYS[2], '*', 'by', ARGV[3], 'answer', ARGV[4])
redis.call('SET', KEYS[1], 'queued', 'EX', ARGV[2])
return 1
"""
_HOLD: Final = """
-- One write, at the end. KEYS: mark. ARGV: seconds for one without a copy, for one with a copy.
local mark = redis.call('GET', KEYS[1])
local copied = mark == 'queued' or mark == 'taken'
redis.call('SET', KEYS[1], copied and 'taken' or 'held', 'EX', copied and ARGV[2] or ARGV[1])
return 1
"""
TAKEN_FOR: Final = "60"
"""Seconds until the queue sends what a process had taken that is gone; it says so each second."""


class RedisAnswers:
    """The queue of answers of every process that shares this Redis."""

    def __init__(self, store: Store, sealer: FieldSealer) -> None:
        self._store = store
        self._sealer = sealer

    async def put(self, answer: Answer, *, held: bool = False) -> None:
        """Queue an answer, once; `held` where the caller alone may have marked it as held."""
        if not answer.mark:
            raise ValueError("an answer without a mark")
        sealed = self._sealer.seal(json.dumps(ANSWER.write(answer)))
        keys, by = (answered(answer.mark), ANSWERS), str(answer.actor)
        await self._store.call("EVAL", _PUT, "2", *keys, str(int(held)), SECONDS, by, sealed)

    async def mark(self, answer_mark: str) -> Mark | None:
        """Read who sends the answer of a mark; None where no process has said so."""
        found = await self._store.text("GET", answered(answer_mark))
        return Mark(found) if found else None

    async def record(self, marks: Mapping[str, Mark]) -> None:
        """Record who sends the answers of these marks; what is held and queued too is taken."""
        await self._store.transact(*(_recorded(answered(it), mark) for it, mark in marks.items()))

    def open(self, sealed: str) -> Answer:
        """Open a queued answer.

        Raises:
            Unread: this process lacks its key, or another version queued it.
            SealError: it was altered.

        """
        opened = self._sealer.open(sealed)
        try:
            return ANSWER.read(json.loads(opened))
        except NOT_READ as error:
            raise Unread(f"the answer can't be read: {type(error).__name__}") from error


def _recorded(key: str, mark: Mark) -> tuple[str, ...]:
    if mark is Mark.HELD:
        return "EVAL", _HOLD, "1", key, SECONDS, TAKEN_FOR
    return "SET", key, mark, "EX", SECONDS
