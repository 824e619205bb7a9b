"""Enabling, disabling, renaming: decided on what Cloudinary says now, done once, on the record."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from bot.domain.audit import Deed
from bot.domain.claims import Claim, ClaimState
from bot.domain.commands import DeleteKey, DisableKey, EnableKey, RenameKey
from bot.domain.errands import Errand
from bot.domain.forms import action_of
from bot.domain.keys import Bar, Key, Located, bar_to_disabling
from bot.domain.outcomes import (
    Barred,
    Change,
    Denied,
    KeyChanged,
    LastChange,
    NameTaken,
    NoSuchKey,
    NothingToChange,
    Outcome,
)
from bot.domain.people import Person
from bot.domain.policy import Allowed, NeedsApproval, Question, Refused
from bot.domain.writing import render
from bot.flows.finding import Finder
from bot.flows.ports import Account, Claims, Done, Errands, Locks, Policy
from bot.flows.record import Scribe, about_key
from bot.flows.wanting import Wanted, at_once

Changing = EnableKey | DisableKey | RenameKey


@dataclass(frozen=True)
class Aim:
    """What one command would make of one key."""

    change: Change
    reached: bool
    act: Callable[[], Awaitable[Key]]


@dataclass(frozen=True)
class Changer:
    """Changes one key for one person."""

    account: Account
    policy: Policy
    finder: Finder
    errands: Errands
    locks: Locks
    claims: Claims
    scribe: Scribe

    async def change(
        self, errand: Errand, person: Person, command: Changing | DeleteKey
    ) -> Outcome | Wanted:
        """Carry the command out; whoever comes second is told that it is done already."""
        found = await self.finder.key(person, command)
        if not isinstance(found, Located):
            return found
        question = Question(person, action_of(command), found.environment)
        decision = self.policy.decide(question)
        match decision:
            case Refused():
                return Denied(question.action, person, decision, found.environment)
            case NeedsApproval():
                return await self._wanted(command, decision, found)
            case Allowed() if isinstance(command, DeleteKey):
                return await self._wanted(command, at_once(decision), found)
            case Allowed():
                return await self.agreed(errand, person, command, found, decision)
            case _:
                assert_never(decision)

    async def agreed(
        self,
        errand: Errand,
        person: Person,
        command: Changing | DeleteKey,
        found: Located,
        allowed: Allowed,
    ) -> Outcome:
        """Change the very key that was found, in its environment's turn."""
        async with self.locks.hold(f"environment:{found.environment.id}"):
            return await self._in_turn(errand, person, command, found, allowed)

    async def _wanted(
        self, command: Changing | DeleteKey, decision: NeedsApproval, found: Located
    ) -> Wanted | Outcome:
        """Ask nobody for what would be stopped afterwards."""
        siblings = await self.account.keys(found.environment.id)
        doomed = isinstance(command, DeleteKey) and found.key.enabled
        stop = _stop(command, found, siblings) if doomed else None
        return stop or _wanted(command, decision, found)

    async def _in_turn(
        self,
        errand: Errand,
        person: Person,
        command: Changing | DeleteKey,
        found: Located,
        allowed: Allowed,
    ) -> Outcome:
        claim = await self.claims.claim_on(found.key.api_key)  # before the keys: it may end now
        waiting = claim if claim and claim.state is ClaimState.WAITING else None
        siblings = await self.account.keys(found.environment.id)
        key = next((k for k in siblings if k.api_key == found.key.api_key), None)
        if key is None:
            return NoSuchKey(found.key.label, None, (found.environment,))
        here = Located(key, found.environment)
        if key.root and not isinstance(command, EnableKey):
            return Barred(here, Bar.ROOT, None)
        aim = self._aim(command, here)
        last = await self.errands.last_change(key.api_key)
        if isinstance(command, EnableKey) and (bar := _bar_to_enabling(errand, waiting, last)):
            return Barred(here, bar, None)
        if waiting and isinstance(command, DisableKey | DeleteKey):
            revoked = self.scribe.entry(errand, Deed.RELEASED, about_key(here), "revoked")
            await self.claims.revoke(waiting, revoked)
            aim = replace(aim, reached=False)  # it may have been enabled a moment ago
            return await self._act(errand, person, here, aim, allowed)
        if aim.reached and errand.effect != _effect(aim, key):
            return await self._nothing(errand, person, here, aim, last)
        stop = None if aim.reached else _stop(command, here, siblings)
        return stop or await self._act(errand, person, here, aim, allowed)

    async def _nothing(
        self, errand: Errand, person: Person, here: Located, aim: Aim, last: LastChange | None
    ) -> NothingToChange:
        """A key that is disabled already is decided on all the same: no older enable may follow."""
        outcome = NothingToChange(here, aim.change, last)
        if aim.change is Change.DISABLED:
            kind = type(outcome).__name__
            entry = self.scribe.entry(errand, Deed.ANSWERED, about_key(here), kind)
            decided = LastChange(aim.change, person.name, entry.at, errand.id)
            await self.errands.finish(errand, entry, Done(here.key.api_key, decided))
        return outcome

    def _aim(self, command: Changing | DeleteKey, here: Located) -> Aim:
        key, place = here.key, here.environment.id
        match command:
            case EnableKey() | DisableKey() | DeleteKey():
                on = isinstance(command, EnableKey)
                change = Change.ENABLED if on else Change.DISABLED
                act = partial(self.account.set_enabled, place, key.api_key, enabled=on)
                return Aim(change, key.enabled is on, act)
            case RenameKey():
                rename = partial(self.account.rename, place, key.api_key, command.new)
                return Aim(Change.RENAMED, key.name == command.new, rename)
            case _:
                assert_never(command)

    async def _act(
        self, errand: Errand, person: Person, here: Located, aim: Aim, allowed: Allowed
    ) -> Outcome:
        begun = self.scribe.entry(errand, Deed.BEGUN, about_key(here), allowed.policy)
        errand = await self.errands.begin(errand, _effect(aim, here.key), begun)
        key = here.key if aim.reached else await aim.act()
        done = Located(key, here.environment)
        change = LastChange(aim.change, person.name, begun.at, errand.id)
        notice = _notice(person, done, aim.change) if allowed.notify else ""
        entry = self.scribe.entry(errand, Deed.DONE, about_key(done), allowed.policy)
        await self.errands.finish(errand, entry, Done(key.api_key, change, notice))
        before = here.key.label if aim.change is Change.RENAMED else ""
        return KeyChanged(done, aim.change, before, told_security=bool(notice))


def _wanted(
    command: Changing | DeleteKey, decision: NeedsApproval, found: Located
) -> Wanted | Barred:
    """Freeze the target: by its API key, in its environment."""
    if found.key.root and not isinstance(command, EnableKey):
        return Barred(found, Bar.ROOT, None)
    key, env = found.key.api_key, found.environment.cloud_name
    return Wanted(
        replace(command, name=key, env=env),
        decision,
        found.environment,
        found.key.label,
        found.key,
        reason=command.reason or "",
        emergency=isinstance(command, EnableKey) and command.emergency,
    )


def _bar_to_enabling(errand: Errand, waiting: Claim | None, last: LastChange | None) -> Bar | None:
    """A key that waits for its owner, or that was disabled since this was asked for."""
    if waiting:
        return Bar.UNCLAIMED
    disabled = last is not None and last.change == Change.DISABLED
    if last and disabled and last.at > errand.accepted_at and last.errand != errand.id:
        return Bar.OVERTAKEN
    return None


def _effect(aim: Aim, key: Key) -> str:
    return f"{aim.change}:{key.api_key}"


def _stop(
    command: Changing | DeleteKey, here: Located, siblings: Sequence[Key]
) -> Barred | NameTaken | None:
    """Say what a change of this key would break."""
    match command:
        case EnableKey():
            return None
        case DisableKey() | DeleteKey():
            bar = bar_to_disabling(here.key, siblings)
            if bar is None or command.confirm == here.key.label:
                return None
            sure = replace(command, env=here.environment.cloud_name, confirm=here.key.label)
            return Barred(here, bar, render(sure))
        case RenameKey():
            taken = [k for k in siblings if k.name == command.new]
            return NameTaken(Located(taken[0], here.environment)) if taken else None
        case _:
            assert_never(command)


def _notice(person: Person, here: Located, change: Change) -> str:
    key, place = here.key, here.environment
    return f"{person.name} {change} the key {key.label} ({key.api_key}) in {place.name}."
