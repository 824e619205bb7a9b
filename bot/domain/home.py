"""The content of one person's App Home."""

from dataclasses import dataclass
from typing import Final

from bot.domain.keys import Located
from bot.domain.pending import PendingCredentials
from bot.domain.people import Person
from bot.domain.requests.machine import Request

MANAGING: Final = ("env list", "user list", "group list", "user offboard")
"""Commands on environments, users and groups that menus offer to people who may use them."""
OFFERED: Final = ("request", "key list", *MANAGING)
"""Commands that App Home offers to people who may use them."""


@dataclass(frozen=True)
class Home:
    """What concerns a person now; `waiting` are requests for their decision or their review."""

    person: Person
    waiting: tuple[Request, ...]
    own: tuple[Request, ...]
    pending: tuple[PendingCredentials, ...]
    keys: tuple[Located, ...] = ()
    """Live keys that were created for them: enabled now."""
    deletions: tuple[Located, ...] = ()
    """Keys of theirs, or that they asked to delete, which are deleted at a date."""
    restorable: frozenset[str] = frozenset()
    """API keys of those whose deletion they may take back."""
    offered: tuple[str, ...] = ()
    """Commands that they may use."""
    more_waiting: bool = False
    """Whether more requests wait than these."""
    more_own: bool = False
