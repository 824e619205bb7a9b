"""Delegations: who votes for whom, and until when. A person has one delegate at most."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.addresses import mailbox, one_mailbox
from bot.domain.people import Actor, Person
from bot.domain.requests.terms import Asker, Terms

LONGEST: Final = timedelta(days=30)
"""A longer absence needs another role at Cloudinary, not a delegate."""
USUAL: Final = timedelta(days=7)
BURST: Final = 5
"""Appointments of one person at the same time: security reads a notice about each."""
INTERVAL: Final = timedelta(minutes=12)
"""How long each of them takes to be possible again."""
MOST_PRINCIPALS: Final = 10
"""People who may have the same delegate: each is looked up for the delegate's votes and lists.

As many with a key role, and as many without, so that these keep no approver from a delegate.
"""


@dataclass(frozen=True)
class Delegation:
    """`to` votes for `by` before `until`; `to` is None once the person has ended it.

    `name` is the delegate's, `job` the id of the command's job, `at` when that was accepted.
    `by_id` and `to_id` are the Cloudinary users of the two then, `mailbox` and `to_mailbox` are
    where their addresses lead, `key_role` is whether `by` had one anywhere. After `full_at` the
    person may appoint `BURST` times again. Each of these is empty in records from before it was
    kept.
    """

    by: Actor
    to: Actor | None
    until: datetime
    name: str = ""
    job: str = ""
    at: datetime | None = None
    by_id: str = ""
    to_id: str = ""
    mailbox: str = ""
    full_at: datetime | None = None
    to_mailbox: str = ""
    key_role: bool = False

    def delegate(self, now: datetime) -> Actor | None:
        """Return who votes for the person now, if anyone does."""
        return self.to if now < self.until else None

    def is_between(self, principal: Person, delegate: Person) -> bool:
        """Whether the two are the Cloudinary users still who they were; False if none is kept.

        A Slack user who is linked to another Cloudinary user neither keeps nor gains a delegate.
        """
        ids = (self.by_id, self.to_id)
        return all(ids) and ids == (principal.cloudinary_id, delegate.cloudinary_id)

    def is_to(self, person: Person) -> bool:
        """Whether this person is the delegate, from any account."""
        same_user = bool(self.to_id) and self.to_id == person.cloudinary_id
        same_box = one_mailbox(self.to_mailbox, mailbox(person.email))
        return self.to == person.actor or same_user or same_box

    def is_of(self, terms: Terms, asker: Asker) -> bool:
        """Whether the principal is the requester or the owner, from any account."""
        same_actor = self.by in {terms.requester, terms.owner}
        same_user = bool(self.by_id) and self.by_id in {asker.cloudinary_id, asker.owner_id}
        return same_actor or same_user or asker.is_mailbox_of(self.mailbox)

    def replaceable(self, job: str, at: datetime) -> bool:
        """Whether the command of that job comes after this one; a late one changes nothing."""
        return job != self.job and (self.at is None or self.at <= at)


def take(before: Delegation | None, at: datetime) -> tuple[datetime, datetime | None]:
    """Count an appointment at that time, after the person's record before it.

    Returns the new `full_at`, and when the appointment is possible, if it is not yet.
    """
    after = max((before and before.full_at) or at, at) + INTERVAL
    possible_at = after - BURST * INTERVAL
    return after, possible_at if possible_at > at else None
