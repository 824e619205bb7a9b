"""Reminds of reviews, and ends them at their time. Any number of processes look at once.

A reminder, an end and what they tell are one step with the review: a crash before it leaves the
review due, and after it nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.access_reviews import ReviewNews, ReviewState, looked, next_look
from bot.domain.audit import AuditEvent, Entry
from bot.domain.policy import Action
from bot.errors import KeysmithError
from bot.flows.correlation import about
from bot.flows.ports import Clock, Locks
from bot.flows.review_ports import AccessReviews
from bot.flows.reviews.changed import ReviewedKeys
from bot.flows.reviews.told import asking, over


@dataclass(frozen=True)
class ReviewKeeper:
    """Looks at what is due."""

    reviews: AccessReviews
    keys: ReviewedKeys
    locks: Locks
    clock: Clock

    async def look(self) -> Sequence[Exception]:
        """Do what is due and return the failures; what fails stays due.

        Raises:
            StoreError: Redis did not answer.

        """
        failures = list[Exception]()
        for review in await self.reviews.due(self.clock.now()):
            try:
                with about(f"review {review.id}"):
                    await self._attend(review.id)
            except KeysmithError as error:
                failures.append(error)
        return failures

    async def _attend(self, review_id: str) -> None:
        """Remind, or end it; where an answer is faster, the next look does it."""
        async with self.locks.hold(f"review:{review_id}"):
            before, now = await self.reviews.load(review_id), self.clock.now()
            at = next_look(before) if before else None
            if before is None or at is None or at > now:
                return
            after = looked(await self.keys.reconciled(before), now)
            running = after.state is ReviewState.RUNNING
            detail = f"review {'reminder' if running else after.state}"
            target = {"review": review_id, "open": str(after.open)}
            entry = Entry(now, AuditEvent.MOVED, Action.KEY_REVIEW, None, review_id, target, detail)
            told = asking(after, ReviewNews.REMINDER) if running else over(after)
            await self.reviews.replace(before, after, entry, told)
