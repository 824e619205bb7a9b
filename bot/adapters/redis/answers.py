"""Answers that wait for Slack: a stream of sealed items.

An item is sealed as a whole: it holds a response URL, which lets anyone who has it post as the app,
and an item put together from two others would show one person the answer of another. It never
holds a one-time link.
"""

import json
from typing import Final

from bot.adapters.redis.names import ANSWERS
from bot.adapters.redis.records import ACTOR, PLAIN, TIME, Form, Record
from bot.adapters.redis.store import Store
from bot.adapters.vault import FieldSealer
from bot.cards.answers import Answer
from bot.cards.kit import Message
from bot.domain.answers import Sending, Way
from bot.domain.jobs import Reply

REPLY: Final = Record(Reply, PLAIN("url", "trigger", "replace", "home", "channel", view="view_id"))
MESSAGE: Final = Record(Message, PLAIN("text"), Form(list, tuple)("blocks"))
SENDING: Final = Record(
    Sending, TIME("since", "not_before"), Form(str, Way)("way"), PLAIN("short", "unsure")
)
ANSWER: Final = Record(
    Answer,
    ACTOR("actor"),
    REPLY.form("reply"),
    MESSAGE.form("message"),
    SENDING.form("sending"),
    PLAIN("form"),
)


class RedisAnswers:
    """The queue of answers of every process that shares this Redis."""

    def __init__(self, store: Store, sealer: FieldSealer) -> None:
        self._store = store
        self._sealer = sealer

    async def put(self, answer: Answer) -> None:
        """Queue an answer."""
        sealed = self._sealer.seal(json.dumps(ANSWER.write(answer)))
        await self._store.call("XADD", ANSWERS, "*", "by", str(answer.actor), "answer", sealed)

    def open(self, sealed: str) -> Answer:
        """Open a queued answer. Raises `SealError` where another key sealed it."""
        return ANSWER.read(json.loads(self._sealer.open(sealed)))
