"""Begins a review: freezes the keys, and asks each owner, in one step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.access_reviews import Answer, Review, ReviewedKey, ReviewNews
from bot.domain.audit import AuditEvent
from bot.domain.commands.reviews import ReviewKeys
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.outcomes.access_reviews import NothingToReview, ReviewBegun, ReviewRuns
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Person
from bot.domain.policy import Action
from bot.domain.reports import Concern, ReportedKey
from bot.errors import StoreError
from bot.flows.audit import AuditLog
from bot.flows.key_reporter import KeyReporter
from bot.flows.keys.resolve import Resolver
from bot.flows.review_ports import AccessReviews
from bot.flows.reviews.changed import ReviewedKeys
from bot.flows.reviews.told import asking


@dataclass(frozen=True)
class ReviewBeginner:
    """Answers `review keys`."""

    reviews: AccessReviews
    resolver: Resolver
    reporter: KeyReporter
    keys: ReviewedKeys
    audit_log: AuditLog

    async def begin(self, job: Job, person: Person, command: ReviewKeys) -> Outcome:
        """Begin one where the person may; the same job again finds it."""
        stored = await self.reviews.load(job.id)
        if stored:
            return ReviewBegun(stored)
        places = await self.resolver.environments(person, Action.KEY_REVIEW, command.env)
        if not isinstance(places, list):
            return places
        if runs := await self._running(places):
            return runs
        now = self.audit_log.clock.now()
        keys, closed = await self.reporter.read_in(places, now)
        read = [it for it in places if it not in closed]
        off = [it.here.key for it in keys if not it.here.key.enabled]
        dark = {it.api_key for it in off if await self.keys.is_dark(it.api_key)}
        frozen = tuple(_frozen(keys, person.actor, dark))
        ids = tuple(it.id for it in read)
        review = Review(job.id, person.actor, person.name, now, ids, frozen)
        if not review.asked:
            return NothingToReview(tuple(closed))
        target = {"review": review.id, "keys": str(len(review.asked)), "in": str(len(ids))}
        entry = self.audit_log.entry(job, AuditEvent.DONE, target, "review begun")
        if await self.reviews.add(review, entry, asking(review, ReviewNews.ASKED)):
            return ReviewBegun(review, tuple(closed))
        if runs := await self._running(read):
            return runs
        raise StoreError("the review is not stored")

    async def _running(self, places: Sequence[Environment]) -> ReviewRuns | None:
        """Find a review that runs in one of them."""
        found = await self.reviews.running_in([it.id for it in places])
        where = found and next((it.name for it in places if it.id in found.environments), "")
        return ReviewRuns(found, where or "") if found else None


def _frozen(keys: Iterable[ReportedKey], by: Actor, dark: set[str]) -> Iterable[ReviewedKey]:
    """Freeze the keys; one without an owner, or whose owner left, is for the one who begins.

    A key that is disabled is not asked about, unless it is `dark`: only for a time.
    """
    for it in keys:
        key, place = it.here.key, it.here.environment
        owner = Actor(by.team_id, it.owner) if it.owner else None
        asked = owner if owner and Concern.ORPHANED not in it.concerns else by
        answer = Answer.NONE if key.enabled or key.api_key in dark else Answer.DISABLED
        answer = Answer.ROOT if key.root else answer
        yield ReviewedKey(
            *(key.api_key, key.name, place.id, place.name, place.cloud_name),
            roles=tuple(role.name for role in it.here.roles or ()),
            changed_at=key.updated_at,
            expires_at=it.expires_at,
            owner=owner,
            asked=asked if answer is Answer.NONE else None,
            answer=answer,
        )
