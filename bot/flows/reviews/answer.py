"""Takes the answers of a review; an end disables the key by the right of who answers.

The answer is stored first, then a job of its own disables the key, then that it is done. What a
crash leaves: the job runs again, finds its answer and that other job, and goes on.
"""

from dataclasses import dataclass, replace
from typing import Final

from bot.domain.access_reviews import (
    Answer,
    NotReviewed,
    Review,
    ReviewedKey,
    ReviewState,
    Said,
    answered,
    moved,
)
from bot.domain.audit import AuditEvent
from bot.domain.bulk import Part
from bot.domain.commands.grammar import write
from bot.domain.commands.keys import DisableKey
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import BY_API_KEY
from bot.domain.outcomes.access_reviews import ReviewListed, ReviewRefused
from bot.domain.outcomes.keys import KeyChanged, NoSuchKey, NothingToChange
from bot.domain.outcomes.kinds import result_stored
from bot.domain.outcomes.union import Outcome, Several
from bot.domain.pages import page_of
from bot.domain.people import Person
from bot.domain.policy import Action, Allowed, Refused
from bot.errors import CloudinaryError, SlackError, StoreError
from bot.flows.audit import AuditLog, event_of
from bot.flows.authorize import Authorizer
from bot.flows.bulk.keys import KeyParts
from bot.flows.bulk.machine import CHANGED
from bot.flows.bulk.part_jobs import PartJobs
from bot.flows.bulk.results import failure
from bot.flows.bulk.sort_keys import seen
from bot.flows.ports import Locks
from bot.flows.request_ports import Requests
from bot.flows.review_ports import AccessReviews
from bot.flows.reviews.changed import ReviewedKeys
from bot.flows.reviews.told import over

PAGE: Final = 8
"""Keys on a page: each has two buttons."""
TRIES: Final = 50
"""Of an answer while others of the same review are written."""


@dataclass(frozen=True)
class KeyAnswer:
    """What a person says of a key in the review `id`: that it ends, or stays."""

    id: str
    key: str
    ends: bool


@dataclass(frozen=True)
class ReviewAnswers:
    """Lists what waits for a person, and takes what they say."""

    reviews: AccessReviews
    keys: ReviewedKeys
    requests: Requests
    authorizer: Authorizer
    parts: KeyParts
    part_jobs: PartJobs
    locks: Locks
    audit_log: AuditLog

    async def listed(
        self, person: Person, page: int, said: ReviewedKey | None = None
    ) -> ReviewListed:
        """List what waits for the person, and what was said in reviews that run."""
        places = {it.id: it for it in await self.keys.account.environments()}
        rows = [
            (review, key)
            for review in await self.reviews.open()
            for key in review.asked
            if (key.open or review.state is ReviewState.RUNNING)
            and self._may(person, review, key, places.get(key.environment_id))
        ]
        return ReviewListed(page_of(rows, page, PAGE), said)

    async def answer(self, job: Job, person: Person, given: KeyAnswer) -> Outcome:
        """Take one answer; who may give it is decided now."""
        api_key = given.key.removeprefix(BY_API_KEY)
        async with self.locks.hold(f"review:{given.id}:{api_key}", job):
            review = await self.reviews.load(given.id)
            key = review.find(api_key) if review else None
            if review is None or key is None:
                return ReviewRefused(NotReviewed.NOT_YOURS, api_key)
            if key.job != job.id:
                said = await self._say(job, person, review, key, ends=given.ends)
                if isinstance(said, ReviewRefused):
                    return said
                key = said
            if key.job == job.id and key.answer is Answer.END:
                return await self._end(job, person, review, key)
        return await self.listed(person, job.page, key)

    async def _say(
        self, job: Job, person: Person, review: Review, key: ReviewedKey, *, ends: bool
    ) -> ReviewedKey | ReviewRefused:
        """Store an answer, or say why it is not taken; one that was pressed later stays."""
        places = await self.keys.account.environments()
        place = next((it for it in places if it.id == key.environment_id), None)
        if not self._may(person, review, key, place):
            return ReviewRefused(NotReviewed.NOT_YOURS, key.api_key)
        if key.at and key.at > job.accepted_at:
            return key
        stop = _over(review, key)
        here = None if stop else await self.keys.here(key, place)
        if stop is None and (here is None or not await self.keys.same_owner(key)):
            await self._write(job, review, key, Said.LEAVE)
            stop = NotReviewed.LEFT
        if here and not ends and await self.keys.is_ended(key, here.key):
            await self._write(job, review, key, Said.DONE)
            stop = NotReviewed.ENDED
        if stop:
            return ReviewRefused(stop, key.label)
        rotation = await self.requests.rotation_of(key.api_key) if ends else None
        if rotation and here and here.key.enabled:
            return ReviewRefused(NotReviewed.ROTATION, key.label, rotation.id)
        mine = replace(
            key, by=person.actor, by_name=person.name, at=job.accepted_at, job=job.id, outcome=""
        )
        return await self._write(job, review, mine, Said.END if ends else Said.KEEP)

    def _may(
        self, person: Person, review: Review, key: ReviewedKey, place: Environment | None
    ) -> bool:
        """Whether a key is this person's to answer for: as an owner, or by the rules there."""
        if person.actor == key.asked == key.owner:
            return True
        if place is None:
            return False
        if person.actor == key.asked:
            decision = self.authorizer.decide(person, Action.KEY_REVIEW, place)
            return isinstance(decision, Allowed)
        decision = self.authorizer.decide(person, Action.KEY_DISABLE, place)
        return review.state is not ReviewState.RUNNING and not isinstance(decision, Refused)

    async def _end(self, job: Job, person: Person, review: Review, key: ReviewedKey) -> Outcome:
        """Disable a key whose end is stored, and store what that led to."""
        places = await self.keys.account.environments()
        place = next((it for it in places if it.id == key.environment_id), None)
        here = await self.keys.here(key, place)
        text = write(DisableKey(key.api_key, key.cloud_name))
        part = Part(text, key.label, key.environment_name, seen(here.key) if here else "")
        own = await self.part_jobs.keep(job, f"{job.id}e", part, {"review": review.id})
        outcome, ended = None, (AuditEvent.FAILED, CHANGED)
        said = Said.DONE if own.finished else Said.FAIL
        if not own.finished:
            try:
                outcome = await self.parts.take(own, part)
            except (CloudinaryError, SlackError) as error:
                ended = AuditEvent.FAILED, failure(error)
            else:
                said, ended = _said(outcome), event_of(outcome) if outcome else ended
        failed = result_stored(outcome) if outcome else ended[1]
        failed = failed if said is Said.FAIL else ""
        key = await self._write(job, review, replace(key, outcome=failed), said)
        await self.part_jobs.close(own, *ended)
        listed = await self.listed(person, job.page, key)
        return Several((outcome, listed)) if outcome and failed else listed

    async def _write(self, job: Job, review: Review, key: ReviewedKey, said: Said) -> ReviewedKey:
        """Store the move of a key; its lock is held, so only the clock moves it meanwhile."""
        for _ in range(TRIES):
            now = await self.reviews.load(review.id)
            current = now.find(key.api_key) if now else None
            if now is None or current is None:
                raise StoreError("the review is not stored")
            to = moved(current, said)
            if to is None:
                return current
            after = replace(key, answer=to.answer)
            new = answered(now, after)
            about, detail = _about(review, after), f"review {after.answer}"
            entry = self.audit_log.entry(job, AuditEvent.DECIDED, about, detail)
            entry = replace(entry, action=Action.KEY_REVIEW)
            told = over(new) if new.state is not now.state else []
            if await self.reviews.replace(now, new, entry, told):
                return after
        raise StoreError("the review keeps changing")


def _over(review: Review, key: ReviewedKey) -> NotReviewed | None:
    """Why an answer is no longer taken, by what is stored."""
    if key.answer is Answer.ENDED:
        return NotReviewed.ENDED
    if key.answer is Answer.LEFT:
        return NotReviewed.LEFT
    running = review.state is ReviewState.RUNNING
    return None if running or key.open else NotReviewed.OVER


def _said(outcome: Outcome | None) -> Said:
    """What the command that disables a key means for its answer."""
    if isinstance(outcome, KeyChanged | NothingToChange):
        return Said.DONE
    return Said.LEAVE if isinstance(outcome, NoSuchKey) else Said.FAIL


def _about(review: Review, key: ReviewedKey) -> dict[str, str]:
    """A key of a review, as an entry's target."""
    return {
        "review": review.id,
        "key": key.api_key,
        "name": key.name,
        "environment": key.environment_id,
        "environment_name": key.environment_name,
    }
