"""Outcomes of appointing a delegate, looking at delegations and ending one."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.commands.requests import Delegate
from bot.domain.people import Actor


@dataclass(frozen=True)
class Delegated:
    """A colleague votes for the person; None after the delegation ended.

    `decides` is whether the person may decide on requests in their own name.
    """

    kind = "delegated"
    to: Actor | None
    until: datetime | None
    decides: bool = True


@dataclass(frozen=True)
class DelegateInPlace:
    """Another colleague votes for the person already; nothing changed.

    `command` replaces them; `name` and `new_name` are the two, for the button.
    """

    kind = "delegate_in_place"
    to: Actor
    name: str
    until: datetime
    new_name: str
    command: Delegate


@dataclass(frozen=True)
class DelegatesShown:
    """Who votes for the person, and for whom they vote, each with the time until when.

    `decides` is whether the person may decide on requests in their own name.
    """

    kind = "delegates_shown"
    to: Actor | None
    until: datetime | None
    principals: tuple[tuple[Actor, datetime], ...] = ()
    decides: bool = True


Delegating = Delegated | DelegateInPlace | DelegatesShown
