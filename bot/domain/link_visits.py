"""Visits that open no link: their kinds, how many are served, and when security hears of them.

A visit by the whole link of a person who may open it is none of them. One by the whole link of what
is over is counted, and never turned away: a limit keeps no owner out, and no one from the truth.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self, assert_never

from bot.domain import links
from bot.domain.links import LinkState


class Visit(StrEnum):
    """What a visit met; the values are stored words. LIMITED counts some of the others again."""

    SPENT = "spent"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    WRONG_PROOF = "wrong_proof"
    FOREIGN = "foreign_person"
    LIMITED = "limited"


LIVE: Final = (Visit.WRONG_PROOF, Visit.FOREIGN)
"""Visits to links that still wait: their visitor knows at least the id, which is in no list."""
WINDOW: Final = timedelta(hours=1)
"""Security reads one message about one such span."""
NOISE: Final = 100
"""Visits of any kind in a window from which security is told: scanners make a few a day."""
FEW: Final = 5
"""The same for links that wait: a person with a broken link tries it two or three times."""
PER_MINUTE: Final = 30
"""Visits that are served to one address: an office may reload some old links at once."""
PER_MINUTE_IN_ALL: Final = 600
"""The same for all addresses together."""
WAIT: Final = 60
"""Seconds until visits are served again for certain."""


def window_of(now: datetime) -> datetime:
    """Give when the window began."""
    return now.replace(minute=0, second=0, microsecond=0)


def visit_to(state: LinkState | None, *, there: bool) -> Visit:
    """Tell what a visitor without the proof met: `there` is whether the ciphertext is."""
    match state:
        case None:
            return Visit.UNKNOWN
        case LinkState.OPENED | LinkState.SHUT:
            return Visit.SPENT
        case LinkState.SEALED | LinkState.OPENING:
            return Visit.WRONG_PROOF if there else Visit.EXPIRED
        case _:
            assert_never(state)


def proven_visit(result: links.Whose | links.Reveal) -> Visit | None:
    """Tell what a visitor with the proof met; None where the link may open, or does."""
    match result:
        case links.AlreadyOpened() | links.Shut():
            return Visit.SPENT
        case links.Gone():
            return Visit.EXPIRED
        case (
            links.Addressed()
            | links.Revealed()
            | links.BeingOpened()
            | links.NoLongerAllowed()
            | links.MovesSigner()
            | links.SignInFirst()
            | links.WrongPassphrase()
        ):
            return None
        case _:
            assert_never(result)


@dataclass(frozen=True)
class Figures:
    """The visits of one window, by kind."""

    since: datetime
    counts: Mapping[Visit, int]

    @property
    def total(self) -> int:
        """How many visits there were."""
        return sum(self.of(each) for each in Visit if each is not Visit.LIMITED)

    @property
    def live(self) -> int:
        """How many of them met a link that waits."""
        return sum(map(self.of, LIVE))

    @property
    def tells(self) -> bool:
        """Whether security is told."""
        return self.total >= NOISE or self.live >= FEW

    @property
    def told_as(self) -> str:
        """Name what security is told of once: anyone can make noise, which hides nothing else."""
        return f"{self.since.isoformat()}{':live' if self.live >= FEW else ''}"

    def of(self, visit: Visit) -> int:
        """How many there were of a kind."""
        return self.counts.get(visit, 0)

    def write(self) -> str:
        """Write them as the text of a notification."""
        return json.dumps([self.since.isoformat(), {str(it): n for it, n in self.counts.items()}])

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it. Raises `ValueError` where another version wrote it."""
        since, counts = json.loads(text)
        return cls(datetime.fromisoformat(since), {Visit(it): int(n) for it, n in counts.items()})
