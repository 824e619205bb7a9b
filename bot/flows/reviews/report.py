"""Shows how far a review is, and sends it as a file: one line for each key that the person may see.

The file ends with the end of the audit log, so that an auditor finds each answer in an export: the
job of a line is that of its entries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.access_reviews import Review
from bot.domain.audit import AuditEvent, Head
from bot.domain.commands.reviews import ReportReview
from bot.domain.jobs import Job
from bot.domain.outcomes.access_reviews import NoSuchReview, ReviewReported
from bot.domain.outcomes.oversight import FilesLeft
from bot.domain.people import Actor, Person
from bot.domain.policy import Action
from bot.domain.reports import as_csv
from bot.errors import SlackError
from bot.flows.audit import AuditLog
from bot.flows.key_reporter import KeyReporter
from bot.flows.keys.resolve import Resolver
from bot.flows.log_ports import LogReader
from bot.flows.ports import Jobs
from bot.flows.report_ports import ReportFiles, ReportSender
from bot.flows.reports import LEFT
from bot.flows.review_ports import AccessReviews

BEGUN: Final = "review report"
"""The intent of sending a review's file."""
COLUMNS: Final = (
    *("environment", "key", "api_key", "owner", "owner_name", "roles", "last_changed", "expires"),
    *("asked", "answer", "by", "by_name", "at", "outcome", "job"),
)


@dataclass(frozen=True)
class ReviewReporter:
    """Answers `review report`."""

    reviews: AccessReviews
    resolver: Resolver
    reporter: KeyReporter
    sender: ReportSender
    log: LogReader
    jobs: Jobs
    audit_log: AuditLog

    async def report(
        self, job: Job, person: Person, command: ReportReview
    ) -> ReviewReported | NoSuchReview:
        """Show what the person may see of one review, and send it to them alone."""
        found = await self._found(person, command.id)
        if found is None:
            return NoSuchReview(command.id or "")
        seen, others = found
        owners = sorted({it.owner.user_id for it in seen.keys if it.owner})
        names = await self.reporter.names(person.actor, owners)
        rows = [*_rows(seen, dict(names)), *_last(seen, others, await self.log.head())]
        entry = self.audit_log.entry(job, AuditEvent.BEGUN, {"review": seen.id}, BEGUN)
        await self.jobs.begin(job, BEGUN, entry)
        files = ReportFiles(job.id, as_csv(rows), None, stem="review")
        try:
            await self.sender.to_person(person.actor.user_id, files)
        except SlackError as error:
            if error.code not in LEFT:
                raise
            return ReviewReported(seen, others, FilesLeft.NO_SCOPE)
        return ReviewReported(seen, others)

    async def _found(self, person: Person, id_: str | None) -> tuple[Review, int] | None:
        """Find a review with the keys in environments where the person may review.

        Keys of an environment that is gone are shown to who may see all that is left of the review,
        or of the account where nothing of it is left.
        """
        named = await self.reviews.load(id_) if id_ else None
        reviews = [named] if named else [] if id_ else await self.reviews.open()
        places = {it.id for it in await self.resolver.account.environments()}
        visible = {it.id for it in await self.resolver.visible(person, Action.KEY_REVIEW)}
        for review in reviews:
            of_it = visible & {*review.environments}
            left = places & {*review.environments}
            every = of_it == left if left else visible == places
            gone = {*review.environments} - places if every and visible else set[str]()
            keys = tuple(it for it in review.keys if it.environment_id in of_it | gone)
            if keys:
                return replace(review, keys=keys), len(review.keys) - len(keys)
        return None


def _rows(review: Review, names: dict[str, str]) -> Iterable[Sequence[str]]:
    yield COLUMNS
    for it in review.keys:
        owner = _id(it.owner)
        yield (
            *(it.environment_name, it.name, it.api_key, owner, names.get(owner, "")),
            "; ".join(it.roles),
            it.changed_at.isoformat() if it.changed_at else "",
            it.expires_at.isoformat() if it.expires_at else "",
            *(_id(it.asked), it.answer, _id(it.by), it.by_name),
            *(it.at.isoformat() if it.at else "", it.outcome, it.job),
        )


def _last(review: Review, others: int, head: Head) -> Iterable[Sequence[str]]:
    """Say which review this is, and where the audit log ended then."""
    yield ()
    yield "review", review.id, review.state
    yield "begun", review.at.isoformat(), _id(review.by), review.by_name
    yield "until", review.until.isoformat()
    yield "keys left out", str(others)
    yield "audit log", f"entry {head.seq}", head.mac


def _id(actor: Actor | None) -> str:
    return actor.user_id if actor else ""
