"""Access reviews in memory: the port `AccessReviews`. The contract runs on Redis too."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.access_reviews import Review, ReviewState, next_look
from bot.domain.audit import Entry
from bot.domain.requests.notifications import Notification
from tests.fakes.jobs import FakeJobs


@dataclass
class FakeAccessReviews:
    """Reviews in memory; their entries are those of the jobs, `notifications` is the outbox."""

    jobs: FakeJobs
    kept: dict[str, Review] = field(default_factory=dict)
    notifications: list[Notification] = field(default_factory=list)

    async def load(self, review_id: str) -> Review | None:
        """Read one."""
        return self.kept.get(review_id)

    async def open(self) -> list[Review]:
        """List those that wait for answers."""
        waiting = [it for it in self.kept.values() if it.state is not ReviewState.DONE]
        return sorted(waiting, key=lambda each: each.at, reverse=True)

    async def running_in(self, environment_ids: Sequence[str]) -> Review | None:
        """Find one that runs in one of these environments."""
        ids = {*environment_ids}
        return next(
            (it for it in self.kept.values() if _runs(it) and ids & {*it.environments}), None
        )

    async def add(self, review: Review, entry: Entry, told: Sequence[Notification]) -> bool:
        """Begin one."""
        if review.id in self.kept or await self.running_in(review.environments):
            return False
        self._write(review, entry, told)
        return True

    async def replace(
        self, before: Review, after: Review, entry: Entry, told: Sequence[Notification] = ()
    ) -> bool:
        """Write one, unless it is no longer `before`."""
        if before.id not in self.kept or self.kept[before.id].version != before.version:
            return False
        self._write(after, entry, told)
        return True

    async def due(self, now: datetime) -> list[Review]:
        """List those that are due."""
        return [it for it in self.kept.values() if (at := next_look(it)) and at <= now]

    def _write(self, review: Review, entry: Entry, told: Sequence[Notification]) -> None:
        self.kept[review.id] = review
        self.jobs.entries.append(entry)
        self.notifications += told


def _runs(review: Review) -> bool:
    return review.state is ReviewState.RUNNING
