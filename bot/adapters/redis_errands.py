"""Errands in Redis: kept in the step that records them, and read from a stream by workers.

A stream with a consumer group is the queue, so that accepting a command, its audit entry and its
place in the queue are one atomic step; a job library would make them two.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.adapters.redis_ledger import Ledger
from bot.adapters.redis_steps import Applied, Guard, Step
from bot.adapters.redis_store import PREFIX, Store
from bot.adapters.vault import FieldSealer
from bot.domain.audit import Entry
from bot.domain.errands import Errand, Reply
from bot.domain.outcomes import LastChange
from bot.domain.people import Actor
from bot.flows.ports import Done

QUEUE: Final = PREFIX + "errands"
NOTICES: Final = PREFIX + "notices"
ASIDE: Final = PREFIX + "errands-aside"
SEEN_FOR: Final = 600
"""Seconds that a delivery is remembered: twice what Slack's signature allows."""
KEPT_FOR: Final = 86_400
"""Seconds that a finished errand's record is kept; an open one is kept until it is finished."""
CHANGE_KEPT_FOR: Final = 90 * 86_400
"""Seconds that a key's last change is shown with it; the audit log keeps it for ever."""


_TAKE_UP: Final = """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
for _, id in ipairs(due) do
  redis.call('XADD', KEYS[2], '*', 'id', id)
  redis.call('ZREM', KEYS[1], id)
end
return #due
"""


def _seen(delivery: str) -> str:
    return f"{PREFIX}seen:{delivery}"


def _record(errand_id: str) -> str:
    return f"{PREFIX}errand:{errand_id}"


def _change(api_key: str) -> str:
    return f"{PREFIX}change:{api_key}"


class RedisErrands:
    """The errands of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, sealer: FieldSealer) -> None:
        self._store = store
        self._ledger = ledger
        self._sealer = sealer

    async def accept(self, errand: Errand, fingerprint: str, entry: Entry) -> bool:
        """Keep, record and queue an errand; False where this delivery was seen before."""
        seen = ("SET", _seen(fingerprint), errand.id, "EX", str(SEEN_FOR))
        return await self._once(fingerprint, entry, (seen, *self.queueing(errand)))

    def queueing(self, errand: Errand) -> tuple[tuple[str, ...], ...]:
        """Write an errand down and queue it: part of the step that causes it."""
        return (
            ("HSET", _record(errand.id), *self._fields(errand)),
            ("ZREM", ASIDE, errand.id),
            ("XADD", QUEUE, "*", "id", errand.id),
        )

    async def note(self, fingerprint: str, entry: Entry) -> bool:
        """Record what was answered on the spot; False where this delivery was seen before."""
        writes = (("SET", _seen(fingerprint), "answered", "EX", str(SEEN_FOR)),)
        return await self._once(fingerprint, entry, writes)

    async def _once(
        self, fingerprint: str, entry: Entry, writes: tuple[tuple[str, ...], ...]
    ) -> bool:
        unseen = Guard(("GET", _seen(fingerprint)), None)
        return isinstance(await self._ledger.commit(Step((entry,), writes, (unseen,))), Applied)

    async def begin(self, errand: Errand, effect: str, entry: Entry) -> Errand:
        """Write down what is about to be changed; doing so again changes nothing."""
        if errand.effect == effect:
            return errand
        writes = (("HSET", _record(errand.id), "effect", effect),)
        await self._ledger.commit(Step((entry,), writes))
        return replace(errand, effect=effect)

    async def finish(self, errand: Errand, entry: Entry, done: Done | None = None) -> bool:
        """Close an errand once, with what it did; False where it was closed before."""
        writes: list[tuple[str, ...]] = [
            ("HSET", _record(errand.id), "finished", "1"),
            ("EXPIRE", _record(errand.id), str(KEPT_FOR)),
        ]
        if done:
            writes += _done(errand, done)
        still_open = Guard(("HGET", _record(errand.id), "finished"), "0")
        step = Step((entry,), tuple(writes), (still_open,))
        return isinstance(await self._ledger.commit(step), Applied)

    async def set_aside(self, errand: Errand, until: datetime) -> None:
        """Queue an errand again at that time."""
        await self._store.call("ZADD", ASIDE, str(until.timestamp()), errand.id)

    async def take_up(self, now: datetime) -> int:
        """Queue those that were set aside until now, each once."""
        queued = await self._store.call("EVAL", _TAKE_UP, "2", ASIDE, QUEUE, str(now.timestamp()))
        return int(str(queued))

    async def last_change(self, api_key: str) -> LastChange | None:
        """What Keysmith did to a key last."""
        found = await self._store.fields(_change(api_key))
        if not found:
            return None
        at = datetime.fromisoformat(found["at"])
        return LastChange(found["change"], found["by"], at, found["errand"])

    async def load(self, errand_id: str) -> Errand | None:
        """Read an errand back; None where it is no longer kept."""
        found = await self._store.fields(_record(errand_id))
        return self._errand(errand_id, found) if found else None

    def _fields(self, errand: Errand) -> tuple[str, ...]:
        fields = {
            "actor": str(errand.actor),
            "text": errand.text,
            "action": errand.action,
            "url": self._sealer.seal(errand.reply.url),
            "view": errand.reply.view_id,
            "trigger": self._sealer.seal(errand.reply.trigger),
            "replace": "1" if errand.reply.replace else "",
            "home": "1" if errand.reply.home else "",
            "request": errand.request,
            "at": errand.accepted_at.isoformat(),
            "page": str(errand.page),
            "effect": errand.effect,
            "finished": "0",
        }
        return tuple(part for pair in fields.items() for part in pair)

    def _errand(self, errand_id: str, found: dict[str, str]) -> Errand:
        opened = self._sealer.open
        return Errand(
            id=errand_id,
            actor=Actor.parse(found["actor"]),
            text=found["text"],
            action=found["action"],
            reply=Reply(
                opened(found["url"]),
                found["view"],
                opened(found["trigger"]),
                bool(found["replace"]),
                bool(found.get("home")),
            ),
            accepted_at=datetime.fromisoformat(found["at"]),
            page=int(found["page"]),
            effect=found["effect"],
            finished=found["finished"] == "1",
            request=found.get("request", ""),
        )


def _done(errand: Errand, done: Done) -> list[tuple[str, ...]]:
    change, record = done.change, _change(done.api_key)
    at = change.at.isoformat()
    fields = ("change", change.change, "by", change.by, "at", at, "errand", change.errand)
    writes: list[tuple[str, ...]] = [
        ("HSET", record, *fields),
        ("EXPIRE", record, str(CHANGE_KEPT_FOR)),
    ]
    if done.notice:
        notice = ("text", done.notice, "by", errand.actor.user_id)
        writes.append(("XADD", NOTICES, "*", *notice))
    return writes
