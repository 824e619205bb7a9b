"""Delegations: who votes for whom, and until when. A person has one delegate at most."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.people import Actor

LONGEST: Final = timedelta(days=30)
"""A longer absence needs another role at Cloudinary, not a delegate."""
USUAL: Final = timedelta(days=7)


@dataclass(frozen=True)
class Delegation:
    """`to` votes for `by` before `until`; `to` is None once the person has ended it.

    `name` is the delegate's, `job` the id of the command's job, `at` when that was accepted. These
    three are empty in records from before they were kept.
    """

    by: Actor
    to: Actor | None
    until: datetime
    name: str = ""
    job: str = ""
    at: datetime | None = None

    def delegate(self, now: datetime) -> Actor | None:
        """Return who votes for the person now, if anyone does."""
        return self.to if now < self.until else None

    def replaceable(self, job: str, at: datetime) -> bool:
        """Whether the command of that job comes after this one; a late one changes nothing."""
        return job != self.job and (self.at is None or self.at <= at)
