"""Sorts the keys of one environment: what a command about many disables, leaves out, or skips."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.bulk import LeftOut, OutReason, Part
from bot.domain.commands.grammar import render
from bot.domain.commands.keys import DisableKey, DisableKeys
from bot.domain.environments import Environment
from bot.domain.keys import Key, Located
from bot.domain.people import Person
from bot.domain.policy import Action, Allowed, Decision, Refused
from bot.domain.signing import Act, Planned, breakage

_SKIPPED: Final = "skipped"
"""Not meant: it is disabled already, or changed lately."""
Decide = Callable[[Person, Action, Environment | None], Decision]


def seen(key: Key) -> str:
    """Write what a list shows of a key, so that one that changed since is recognised."""
    return f"{key.name} {key.updated_at.isoformat() if key.updated_at else ''}"


@dataclass(frozen=True)
class KeySorter:
    """Sorts for one person and command; `mine` are their own keys, which the rules don't decide."""

    decide: Decide
    person: Person
    command: DisableKeys
    now: datetime
    _: KW_ONLY
    mine: bool

    def sorted(self, meant: Sequence[Located], keys: Sequence[Located]) -> Iterator[Part | LeftOut]:
        """Go through the keys of one environment, each as the parts before it leave the others."""
        siblings = [here.key for here in keys]
        for here in meant:
            reason = self._reason(here, siblings)
            if reason == _SKIPPED:
                continue
            if isinstance(reason, OutReason):
                yield LeftOut(here.key.label, here.environment.name, reason)
                continue
            siblings = Planned(Act.DISABLE, here.key).after(siblings)
            one = DisableKey(here.key.api_key, here.environment.cloud_name)
            yield Part(render(one), here.key.label, here.environment.name, seen(here.key))

    def _reason(self, here: Located, siblings: Sequence[Key]) -> OutReason | str | None:
        """Say why a key is left out; None for a part of the list."""
        changed = here.key.updated_at or here.key.created_at
        least = timedelta(days=self.command.stale or 0)
        if not here.key.enabled or (changed and self.now - changed < least):
            return _SKIPPED
        if here.key.root:
            return OutReason.ROOT
        if self.command.stale is not None and changed is None:
            return OutReason.UNKNOWN_AGE
        decision = self.decide(self.person, Action.KEY_DISABLE, here.environment)
        if not self.mine and not isinstance(decision, Allowed):
            refused = isinstance(decision, Refused)
            return OutReason.NOT_ALLOWED if refused else OutReason.NEEDS_APPROVAL
        broken = breakage(siblings, Planned(Act.DISABLE, here.key))
        return OutReason(broken) if broken else None
