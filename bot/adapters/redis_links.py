"""Links and claims in Redis: the ciphertext in a key of its own, which Redis itself lets expire."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.adapters.redis_ledger import Ledger
from bot.adapters.redis_requests import DUE
from bot.adapters.redis_steps import Applied, Guard, Step
from bot.adapters.redis_store import PREFIX, Store, as_texts
from bot.domain.audit import Entry
from bot.domain.claims import Claim, ClaimState
from bot.domain.links import Link, LinkState, SealedBundle
from bot.domain.people import Actor
from bot.errors import StoreError
from bot.flows.links.recover import LEASE

OPENING: Final = PREFIX + "opening"
REVOKE_TRIES: Final = 5
"""Of ending a claim whose owner makes new links meanwhile."""
STORE_PAUSE: Final = 0.5
"""Seconds before Redis is asked again when it did not answer."""
SAME_PAGE: Final = "60"
"""Seconds in which the page that opened a link may have its answer again."""
Writes = tuple[tuple[str, ...], ...]


def _link(link_id: str) -> str:
    return f"{PREFIX}link:{link_id}"


def _sealed(link_id: str) -> str:
    return f"{PREFIX}sealed:{link_id}"


def _claim(claim_id: str) -> str:
    return f"{PREFIX}claim:{claim_id}"


def _owned(actor: Actor) -> str:
    return f"{PREFIX}claims:{actor}"


def _of_key(api_key: str) -> str:
    return f"{PREFIX}claim-of:{api_key}"


def _waits(claim: Claim) -> Guard:
    return Guard(("HGET", _claim(claim.id), "state"), ClaimState.WAITING)


def _tells(claim: Claim) -> Writes:
    """Let the claim's request be looked at now."""
    return (("ZADD", DUE, "0", claim.id),) if claim.agreed else ()


def _still_opening(link: Link) -> tuple[Guard, Guard]:
    """That it is open, by the one who holds this link: nobody took it over."""
    record = _link(link.id)
    return (
        Guard(("HGET", record, "state"), LinkState.OPENING),
        Guard(("HGET", record, "since"), link.since.isoformat()),
    )


class RedisLinks:
    """The links of every process that shares this Redis; times to live are in seconds."""

    def __init__(
        self, store: Store, ledger: Ledger, *, link_ttl: timedelta, claim_ttl: timedelta
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._link_ttl = str(int(link_ttl.total_seconds()))
        self._claim_ttl = str(int(claim_ttl.total_seconds()))

    async def add_claim(self, claim: Claim, entry: Entry) -> None:
        """Keep a claim; adding the same one again changes nothing."""
        key, owned = _claim(claim.id), _owned(claim.owner)
        writes: Writes = (
            ("HSET", key, *_claim_fields(claim)),
            *self._kept(claim),
            ("SET", _of_key(claim.api_key), claim.id, "EX", self._claim_ttl),
            ("ZADD", owned, str(claim.made_at.timestamp()), claim.id),
            ("EXPIRE", owned, self._claim_ttl),
        )
        await self._ledger.commit(Step((entry,), writes, (Guard(("EXISTS", key), "0"),)))

    def _kept(self, claim: Claim) -> Writes:
        """What others agreed to is kept for good: their request goes by what became of it."""
        return () if claim.agreed else (("EXPIRE", _claim(claim.id), self._claim_ttl),)

    async def find_claim(self, claim_id: str) -> Claim | None:
        """Look a claim up, as the flows call it."""
        return await self.claim(claim_id)

    async def claim(self, claim_id: str) -> Claim | None:
        """Look a claim up; None where its time has run out."""
        found = await self._store.fields(_claim(claim_id))
        return _read_claim(claim_id, found) if found else None

    async def claim_on(self, api_key: str) -> Claim | None:
        """The claim that the key was made for, whatever became of it."""
        claim_id = await self._store.text("GET", _of_key(api_key))
        return await self.claim(claim_id) if claim_id else None

    async def revoke(self, claim: Claim, entry: Entry) -> None:
        """End a claim that waits, and its link with it."""
        record = _claim(claim.id)
        for _ in range(REVOKE_TRIES):
            link = (await self._store.fields(record)).get("link", "")
            guards = (_waits(claim), Guard(("HGET", record, "link"), link))
            writes: Writes = (
                ("HSET", record, "state", ClaimState.REVOKED),
                ("DEL", _sealed(link)),
                ("ZREM", _owned(claim.owner), claim.id),
                *_tells(claim),
            )
            done = await self._did(Step((entry,), writes, guards))
            now = await self.claim(claim.id)
            if done or now is None or now.state is not ClaimState.WAITING:
                return

    async def claims_of(self, actor: Actor) -> list[Claim]:
        """Those that wait, newest first."""
        found = await self._store.call("ZREVRANGE", _owned(actor), "0", "-1")
        claims = [await self.claim(each) for each in as_texts(found)]
        return [each for each in claims if each and each.state is ClaimState.WAITING]

    async def put(self, bundle: SealedBundle, claim: Claim, at: datetime, entry: Entry) -> bool:
        """Keep a new link, ending the claim's former one; False where it is claimed already."""
        record = _claim(claim.id)
        former = (await self._store.fields(record)).get("link", "")
        guards = (_waits(claim), Guard(("HGET", record, "link"), former))
        fields = _link_fields(bundle, claim, at)
        writes: Writes = (
            ("DEL", _sealed(former)),
            ("HSET", _link(bundle.link_id), *fields),
            ("EXPIRE", _link(bundle.link_id), self._claim_ttl),
            ("SET", _sealed(bundle.link_id), bundle.ciphertext, "EX", self._link_ttl),
            ("HSET", record, "link", bundle.link_id),
        )
        return await self._did(Step((entry,), writes, guards))

    async def find(self, link_id: str) -> Link | None:
        """Look a link up."""
        found = await self._store.fields(_link(link_id))
        if not found:
            return None
        there = await self._store.call("EXISTS", _sealed(link_id))
        return _read_link(link_id, found, there=there == 1)

    async def start(self, link: Link, at: datetime, entry: Entry) -> bool:
        """SEALED → OPENING; one wins, and its ciphertext outlives the opening."""
        record, sealed = _link(link.id), _sealed(link.id)
        left = await self._store.call("TTL", sealed)
        lease = int(LEASE.total_seconds())
        longer: Writes = (("EXPIRE", sealed, str(lease)),) if left in range(lease) else ()
        guards = (
            Guard(("HGET", record, "state"), LinkState.SEALED),
            Guard(("EXISTS", sealed), "1"),
        )
        writes: Writes = (
            ("HSET", record, "state", LinkState.OPENING, "since", at.isoformat()),
            ("PERSIST", record),
            ("ZADD", OPENING, str(at.timestamp()), link.id),
        )
        return await self._did(Step((entry,), writes + longer, guards))

    async def seize(self, link: Link, at: datetime, entry: Entry) -> bool:
        """Take an opening over from a process that died: it can't take the ciphertext now."""
        writes: Writes = (
            ("HSET", _link(link.id), "since", at.isoformat()),
            ("ZADD", OPENING, str(at.timestamp()), link.id),
        )
        return await self._did(Step((entry,), writes, _still_opening(link)))

    async def forget(self, link: Link) -> None:
        """Look for this opening no more, where it ended by itself."""
        found = await self.find(link.id)
        if found is None or found.state is not LinkState.OPENING:
            await self._store.call("ZREM", OPENING, link.id)

    async def release(self, link: Link, entry: Entry) -> bool:
        """OPENING → SEALED, where it is still this very opening."""
        writes: Writes = (
            ("HSET", _link(link.id), "state", LinkState.SEALED),
            ("EXPIRE", _link(link.id), self._claim_ttl),
            ("ZREM", OPENING, link.id),
        )
        return await self._did(Step((entry,), writes, _still_opening(link)))

    async def take(self, link: Link, claim: Claim, at: datetime, entry: Entry) -> str | None:
        """OPENING → OPENED, with the ciphertext; None where it is no longer there.

        It is read first: an answer that is lost on the way must not take it along. A Redis that
        goes away now is waited for, as long as the caller does: it alone knows what happened.
        """
        record, sealed = _link(link.id), _sealed(link.id)
        ciphertext = await self._store.text("GET", sealed)
        guards = (*_still_opening(link), _waits(claim), Guard(("EXISTS", sealed), "1"))
        writes: Writes = (
            ("EXPIRE", sealed, SAME_PAGE) if link.visit else ("DEL", sealed),
            (
                "HSET",
                record,
                "state",
                LinkState.OPENED,
                "since",
                at.isoformat(),
                "visit",
                link.visit,
            ),
            ("EXPIRE", record, self._claim_ttl),
            ("HSET", _claim(claim.id), "state", ClaimState.CLAIMED),
            ("ZREM", _owned(claim.owner), claim.id),
            ("ZREM", OPENING, link.id),
            *_tells(claim),
        )
        step = Step((entry,), writes, guards)
        while True:
            try:
                taken = await self._did(step) or await self._opened(link, at)
            except StoreError:
                await asyncio.sleep(STORE_PAUSE)
            else:
                return ciphertext if taken else None

    async def again(self, link: Link, entry: Entry) -> str | None:
        """Give the ciphertext of an OPENED link once more, while it is there."""
        sealed = _sealed(link.id)
        ciphertext = await self._store.text("GET", sealed)
        opened = Guard(("HGET", _link(link.id), "state"), LinkState.OPENED)
        step = Step((entry,), (), (opened, Guard(("EXISTS", sealed), "1")))
        return ciphertext if await self._did(step) else None

    async def _opened(self, link: Link, at: datetime) -> bool:
        """Whether it was opened at that very moment."""
        found = await self.find(link.id)
        return found is not None and (found.state, found.since) == (LinkState.OPENED, at)

    async def half_open(self, before: datetime) -> list[Link]:
        """Links that have been OPENING since before then."""
        found = await self._store.call("ZRANGEBYSCORE", OPENING, "-inf", str(before.timestamp()))
        links = [await self.find(each) for each in as_texts(found)]
        return [link for link in links if link]

    async def _did(self, step: Step) -> bool:
        return isinstance(await self._ledger.commit(step), Applied)


def _link_fields(bundle: SealedBundle, claim: Claim, at: datetime) -> tuple[str, ...]:
    return (
        "claim", claim.id,
        "environment", claim.environment_id,
        "api_key", claim.api_key,
        "proof", bundle.proof_hash,
        "state", LinkState.SEALED,
        "since", at.isoformat(),
    )  # fmt: skip


def _read_link(link_id: str, found: dict[str, str], *, there: bool) -> Link:
    return Link(
        id=link_id,
        claim_id=found["claim"],
        environment_id=found["environment"],
        api_key=found["api_key"],
        proof_hash=found["proof"],
        state=LinkState(found["state"]),
        since=datetime.fromisoformat(found["since"]),
        there=there,
        visit=found.get("visit", ""),
    )


def _claim_fields(claim: Claim) -> tuple[str, ...]:
    return (
        "owner", str(claim.owner),
        "environment", claim.environment_id,
        "environment_name", claim.environment_name,
        "cloud_name", claim.cloud_name,
        "api_key", claim.api_key,
        "name", claim.name,
        "made_at", claim.made_at.isoformat(),
        "state", claim.state,
        "agreed", claim.agreed,
        "link", "",
    )  # fmt: skip


def _read_claim(claim_id: str, found: dict[str, str]) -> Claim:
    return Claim(
        id=claim_id,
        owner=Actor.parse(found["owner"]),
        environment_id=found["environment"],
        environment_name=found["environment_name"],
        cloud_name=found["cloud_name"],
        api_key=found["api_key"],
        name=found["name"],
        made_at=datetime.fromisoformat(found["made_at"]).astimezone(UTC),
        state=ClaimState(found["state"]),
        agreed=found.get("agreed", ""),
    )
