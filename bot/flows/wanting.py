"""What a flow answers where the policy wants others to agree first."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.commands import Plain
from bot.domain.environments import Environment
from bot.domain.keys import Key
from bot.domain.people import Actor
from bot.domain.policy import Allowed, Approval, NeedsApproval


@dataclass(frozen=True)
class Wanted:
    """A command that others must agree to, with its target found: what terms are made of."""

    command: Plain
    decision: NeedsApproval
    environment: Environment
    name: str
    key: Key | None = None
    owner: Actor | None = None
    owner_id: str = ""
    reason: str = ""
    lasts: timedelta | None = None
    emergency: bool = False


def at_once(allowed: Allowed) -> NeedsApproval:
    """A request that needs nobody's word: it keeps the record and what follows from it."""
    return NeedsApproval(allowed.policy, Approval(0, ()))
