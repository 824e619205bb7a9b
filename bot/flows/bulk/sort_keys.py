"""Sorts the keys of one environment: what a command about many changes, leaves out, or skips."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bot.domain.bulk import LeftOut, OutReason, Part
from bot.domain.commands.grammar import render
from bot.domain.commands.many_keys import DisableKeys, ManyKeys, RotateKeys, concerns, one_of
from bot.domain.commands.registry import base_action_of
from bot.domain.environments import Environment
from bot.domain.keys import Key, Located
from bot.domain.people import Person
from bot.domain.policy import Action, Allowed, Decision, NeedsApproval, Refused
from bot.domain.signing import Act, Planned, breakage

_SKIPPED: Final = "skipped"
"""Not meant: it is disabled already, or changed lately."""
Decide = Callable[[Person, Action, Environment | None], Decision]


class Candidate(NamedTuple):
    """A key that may be a part; where it needs an approval, `most` requests wait at a time."""

    here: Located
    part: Part
    most: int | None = None


def seen(key: Key) -> str:
    """Write what a list shows of a key, so that one that changed since is recognised."""
    return f"{key.name} {key.updated_at.isoformat() if key.updated_at else ''}"


@dataclass(frozen=True)
class KeySorter:
    """Sorts for one person and command; `mine` are their own keys, which they always disable."""

    decide: Decide
    person: Person
    command: ManyKeys
    now: datetime
    _: KW_ONLY
    mine: bool

    def sorted(
        self, meant: Sequence[Located], keys: Sequence[Located]
    ) -> Iterator[Candidate | LeftOut]:
        """Go through the keys of one environment, each as the parts before it leave the others."""
        siblings = [here.key for here in keys]
        for here in meant:
            decision = self.decide(self.person, base_action_of(self.command), here.environment)
            reason = self._reason(here, siblings, decision)
            if reason == _SKIPPED:
                continue
            if isinstance(reason, OutReason):
                yield LeftOut(here.key.label, here.environment.name, reason)
                continue
            if not isinstance(self.command, RotateKeys):  # a rotation has a successor first
                siblings = Planned(Act.DISABLE, here.key).after(siblings)
            one = one_of(self.command, here.key.api_key, here.environment.cloud_name)
            part = Part(render(one), here.key.label, here.environment.name, seen(here.key))
            yield Candidate(here, part, _voted(decision))

    def _reason(
        self, here: Located, siblings: Sequence[Key], decision: Decision
    ) -> OutReason | str | None:
        """Say why a key is left out; None for a part of the list."""
        changed = here.key.updated_at or here.key.created_at
        least = timedelta(days=self.command.stale or 0)
        if not concerns(self.command, here.key) or (changed and self.now - changed < least):
            return _SKIPPED
        if here.key.root:
            return OutReason.ROOT
        if self.command.stale is not None and changed is None:
            return OutReason.UNKNOWN_AGE
        if reason := self._unallowed(decision):
            return reason
        if isinstance(self.command, RotateKeys):
            return None
        broken = breakage(siblings, Planned(Act.DISABLE, here.key))
        return OutReason(broken) if broken else None

    def _unallowed(self, decision: Decision) -> OutReason | None:
        """What the rules keep out; what is a request by itself waits for its approval there."""
        if isinstance(self.command, DisableKeys):
            if self.mine or isinstance(decision, Allowed):
                return None
            refused = isinstance(decision, Refused)
            return OutReason.NOT_ALLOWED if refused else OutReason.NEEDS_APPROVAL
        if isinstance(decision, Refused):
            return OutReason.NOT_ALLOWED
        said = self.command.reason or ""
        silent = isinstance(decision, NeedsApproval) and not decision.approval.accepts(said)
        return OutReason.NEEDS_REASON if silent else None


def _voted(decision: Decision) -> int | None:
    """How many requests of one person may wait for such an approval, where one is needed."""
    if isinstance(decision, NeedsApproval) and decision.approval.quorum:
        return decision.approval.open_at_most
    return None
