"""The App Home of one person, before it is drawn."""

from dataclasses import dataclass

from bot.domain.pending import PendingCredentials
from bot.domain.people import Person
from bot.domain.requests.machine import Request


@dataclass(frozen=True)
class Home:
    """What concerns one person now: requests to decide on, their own, waiting credentials."""

    person: Person
    waiting: tuple[Request, ...]
    own: tuple[Request, ...]
    pending: tuple[PendingCredentials, ...]
