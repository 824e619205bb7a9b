"""Access reviews in Redis: one signed record each, an index by their next look, a pointer by place.

A pointer has no proof of its own: it is believed as far as the review that it names runs there.
"""

import json
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import REVIEWS
from bot.adapters.redis.records import ACTOR, NOT_READ, PLAIN, TIME, Form, Record, maybe
from bot.adapters.redis.request_json import TEXTS
from bot.adapters.redis.requests import queued
from bot.adapters.redis.signed import Signed, one_of_many
from bot.adapters.redis.steps import (
    Guard,
    Write,
    absent,
    delete,
    equals,
    expire,
    field_is,
    persist,
    set_,
    zadd,
    zrem,
)
from bot.adapters.redis.store import Store
from bot.domain.access_reviews import (
    KEPT,
    Answer,
    Review,
    ReviewedKey,
    ReviewState,
    next_look,
)
from bot.domain.audit import Entry
from bot.domain.requests.notifications import Notification
from bot.errors import Unread

KEPT_FOR: Final = KEPT * 86_400
_json: Final = json.JSONEncoder(separators=(",", ":")).encode
KEY: Final = Record(
    ReviewedKey,
    PLAIN("api_key", "name", "environment_id", "environment_name", "cloud_name"),
    TEXTS("roles"),
    maybe(TIME)("changed_at", "expires_at", "at"),
    maybe(ACTOR)("owner", "asked", "by"),
    Form(str, Answer)("answer"),
    PLAIN("by_name", "job", "outcome"),
    required="answer",
)
REVIEW: Final = Record(
    Review,
    PLAIN("id"),
    ACTOR("by"),
    PLAIN("by_name"),
    TIME("at"),
    TEXTS("environments"),
    Form(lambda it: [*map(KEY.write, it)], lambda found: tuple(map(KEY.read, found)))("keys"),
    Form(str, ReviewState)("state"),
    PLAIN("reminded", "version"),
    required="state version",
)


class RedisAccessReviews:
    """The reviews of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed

    async def load(self, review_id: str) -> Review | None:
        """Read one as it was written. Raises `Unread` for what another version wrote."""
        found = await self._signed.find(names.access_review(review_id))
        if not found:
            return None
        try:
            return REVIEW.read(json.loads(found["doc"]))
        except NOT_READ as error:
            raise Unread(f"the access review can't be read: {error!r}") from error

    async def open(self) -> list[Review]:
        """List those that wait for answers, the newest first."""
        found = await self._many(await self._store.texts("ZRANGE", REVIEWS, "0", "-1"))
        return sorted(found, key=lambda each: each.at, reverse=True)

    async def running_in(self, environment_ids: Sequence[str]) -> Review | None:
        """Find a review that runs in one of these environments."""
        pointers = await self._pointers(environment_ids)
        for each in await self._many([*dict.fromkeys(filter(None, pointers))]):
            here = {
                place
                for place, id_ in zip(environment_ids, pointers, strict=True)
                if id_ == each.id
            }
            if each.state is ReviewState.RUNNING and here & {*each.environments}:
                return each
        return None

    async def add(self, review: Review, entry: Entry, told: Sequence[Notification]) -> bool:
        """Begin one, once, unless another one runs in one of its environments."""
        pointers = await self._pointers(review.environments)
        if await self.running_in(review.environments):
            return False
        keys = [names.review_in(each) for each in review.environments]
        free = [_as_read(key, text) for key, text in zip(keys, pointers, strict=True)]
        taken = [set_(key, review.id) for key in keys]
        same = absent(names.access_review(review.id))
        return await self._ledger.write(entry, self._writes(review, told, *taken), same, *free)

    async def replace(
        self, before: Review, after: Review, entry: Entry, told: Sequence[Notification] = ()
    ) -> bool:
        """Write it whole, if its version is still the one before; an end frees its places."""
        ends = before.state is ReviewState.RUNNING and after.state is not before.state
        freed = [delete(names.review_in(each)) for each in after.environments if ends]
        same = field_is(names.access_review(before.id), "version", str(before.version))
        return await self._ledger.write(entry, self._writes(after, told, *freed), same)

    async def due(self, now: datetime) -> list[Review]:
        """List those that the clock moves by now."""
        listed = ("ZRANGEBYSCORE", REVIEWS, "-inf", str(now.timestamp()))
        return await self._many(await self._store.texts(*listed))

    def _writes(
        self, review: Review, told: Sequence[Notification], *beside: Write
    ) -> tuple[Write, ...]:
        key, at = names.access_review(review.id), next_look(review)
        record = {"doc": _json(REVIEW.write(review)), "version": str(review.version)}
        over = review.state is ReviewState.DONE
        next_at = at.timestamp() if at else math.inf
        return (
            self._signed.hset(key, record),
            expire(key, KEPT_FOR) if over else persist(key),
            zrem(REVIEWS, review.id) if over else zadd(REVIEWS, next_at, review.id),
            *beside,
            *map(queued, told),
        )

    async def _pointers(self, environment_ids: Sequence[str]) -> list[str | None]:
        answers = await self._store.many(
            *(("GET", names.review_in(each)) for each in environment_ids)
        )
        return [None if each is None else str(each) for each in answers]

    async def _many(self, ids: Sequence[str]) -> list[Review]:
        """Read several; one that can't be read keeps no other from being read."""
        found = list[Review]()
        for each in ids:
            review = await one_of_many(self.load(each))
            found += [review] if review else []
        return found


def _as_read(pointer: str, text: str | None) -> Guard:
    return absent(pointer) if text is None else equals(pointer, text)
