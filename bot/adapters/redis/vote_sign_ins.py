"""Sign-ins of approvers in Redis: a signed record each, which a vote removes in its own step."""

from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.records import ACTOR, NOT_READ, PLAIN, TIME, Record
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import Guard, Step, Write, delete, expire, field_is
from bot.domain.audit import Entry
from bot.domain.people import Actor
from bot.domain.sign_in import SIGNED_IN_FOR, SignedVote
from bot.errors import Unread

KEPT_FOR: Final = int(SIGNED_IN_FOR.total_seconds())
SIGNED: Final = Record(
    SignedVote,
    PLAIN("fingerprint", request="request_id"),
    ACTOR("actor"),
    TIME("until"),
)


class RedisVoteSignIns:
    """The sign-ins that every process that shares this Redis knows of."""

    def __init__(self, ledger: Ledger, signed: Signed) -> None:
        self._ledger = ledger
        self._signed = signed

    async def add(self, signed: SignedVote, entry: Entry) -> None:
        """Store one in place of a former one."""
        key = _key(signed.request_id, signed.actor)
        record = self._signed.hset(key, SIGNED.write(signed))
        await self._ledger.commit(Step((entry,), (record, expire(key, KEPT_FOR))))

    async def find(self, request_id: str, actor: Actor) -> SignedVote | None:
        """Read the last one. Raises `Unread` for what another version wrote."""
        found = await self._signed.find(_key(request_id, actor))
        if not found:
            return None
        try:
            return SIGNED.read(found)
        except NOT_READ as error:
            raise Unread(f"the sign-in can't be read: {error!r}") from error


def spending(signed: SignedVote | None) -> tuple[tuple[Write, ...], tuple[Guard, ...]]:
    """Remove a sign-in that is still the one that was read: part of the step of its vote."""
    if signed is None:
        return (), ()
    key = _key(signed.request_id, signed.actor)
    return (delete(key),), (field_is(key, "until", SIGNED.write(signed)["until"]),)


def _key(request_id: str, actor: Actor) -> str:
    """Name a person's sign-in, whichever form of them a delivery or Slack's token has."""
    return names.vote_sign_in(request_id, actor.forms[-1])
