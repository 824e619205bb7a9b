"""Looks at everything that a recovery is about, and changes nothing."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.audit import Head
from bot.domain.commands.grammar import read
from bot.domain.commands.keys import DeleteKey, KeyChange
from bot.domain.keys import Located
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor
from bot.domain.recovery import (
    SKEW,
    Became,
    Ending,
    Lost,
    Survey,
    orphans,
    touched_since,
    what_became,
)
from bot.domain.requests.deletions import is_restore
from bot.domain.requests.machine import Request, State
from bot.errors import NotFound, SlackError
from bot.flows.keys.effects import effect_of
from bot.flows.ports import Account
from bot.flows.recovery.ports import Cards, Kept

BEGUN: Final = frozenset({State.APPROVED, State.EXECUTING})


@dataclass(frozen=True)
class Log:
    """The log as far as it is there, what was seen of it before, and what is missing.

    `recovered` says that a recovery has recorded the loss of what was seen: that is left out here.
    """

    kept: Head
    kept_at: datetime | None
    seen: Head
    lost: Lost | None
    recovered: bool = False


@dataclass(frozen=True)
class Surveyor:
    """Compares Redis, Cloudinary and Slack. May raise `KeysmithError`."""

    kept: Kept
    account: Account
    cards: Cards
    channel: str

    async def survey(self, log: Log) -> Survey:
        """Look at everything."""
        keys, lost, halt = await self._keys(), log.lost, await self.kept.halt()
        by_api_key = {here.key.api_key: here for here in keys}
        pending, requests = await self.kept.pending(), await self.kept.requests()
        became = [(each, _became(each, by_api_key, lost)) for each in pending]
        owners = await self.kept.known_keys()
        endings = []
        for request in requests:
            here = _target(request, keys, owners)
            endings.append((_with_key(request, here), self._ending(request, here, lost)))
        known = frozenset(owners) | {each.api_key for each in pending}
        known |= {each.made for each in requests}
        stored = {each.id for each in requests}
        seen = max((log.seen, halt.seen.head if halt else Head()), key=lambda head: head.seq)
        return Survey(
            reason=halt.reason if halt else "",
            seen=seen if seen.seq > log.kept.seq else log.kept,
            kept=log.kept,
            kept_at=log.kept_at,
            lost=lost,
            waiting=sum(fate is Became.WAITS for _, fate in became),
            credentials=tuple(each for each in became if each[1] is not Became.WAITS),
            requests=tuple((request, how) for request, how in endings if how),
            jobs=tuple(await self.kept.jobs()),
            orphans=orphans(keys, known, log.kept_at, lost),
            unknown_cards=await self._unknown_cards(requests),
            recovered=log.recovered,
            lost_requests=tuple(it for it in lost.told if it.id not in stored) if lost else (),
        )

    async def _keys(self) -> list[Located]:
        found = list[Located]()
        for place in await self.account.environments():
            with contextlib.suppress(NotFound):  # an environment that was deleted a moment ago
                found += [Located(key, place) for key in await self.account.keys(place.id)]
        return found

    def _ending(self, request: Request, here: Located | None, lost: Lost | None) -> Ending | None:
        """How to close a request; None for one that can go on, or is over."""
        if request.state not in BEGUN | {State.PENDING}:
            return None
        if request.state is State.PENDING:
            decided = lost is not None and request.id in lost.requests
            touched = here is not None and touched_since(here.key, request.asked_at)
            return Ending.UNKNOWN if decided or touched else None
        return Ending.DONE if self._is_done(request, here) else Ending.UNKNOWN

    def _is_done(self, request: Request, here: Located | None) -> bool:
        """Whether the effect of a request that was approved is there."""
        command = read(request.terms.command)
        if here is None:
            return isinstance(command, DeleteKey)
        if not request.terms.key or is_restore(request.terms):
            return here.key.enabled  # of the key that was to be created, or to be kept
        if not isinstance(command, KeyChange):
            return False
        return effect_of(self.account, command, here, None).reached

    async def _unknown_cards(self, requests: Sequence[Request]) -> tuple[str, ...] | None:
        """List ids of requests that only Slack knows; None where Slack does not answer."""
        known = {request.id for request in requests}
        try:
            marks = await self.cards.marks(self.channel)
        except SlackError:
            return None
        return tuple(sorted({mark for mark in marks if "-" not in mark} - known))


def _with_key(request: Request, here: Located | None) -> Request:
    """Name the key that a request has created: it was lost with the end of its execution."""
    created = here is not None and request.state in BEGUN and not request.terms.key
    return replace(request, made=here.key.api_key) if here and created else request


def _became(pending: Pending, keys: dict[str, Located], lost: Lost | None) -> Became:
    here = keys.get(pending.api_key)
    return what_became(pending, here.key if here else None, lost)


def _target(
    request: Request, keys: Sequence[Located], owners: Mapping[str, Actor | None]
) -> Located | None:
    """Find the key that a request is about, or that it may have created: no other person's."""
    terms = request.terms
    for here in keys:
        if terms.key:
            if here.key.api_key == terms.key:
                return here
        elif here.environment.id == terms.environment_id and here.key.name == terms.name:
            made, own = here.key.created_at, owners.get(here.key.api_key, terms.owner)
            if (
                own == terms.owner
                and terms.name
                and (made is None or made >= request.asked_at - SKEW)
            ):
                return here
    return None
