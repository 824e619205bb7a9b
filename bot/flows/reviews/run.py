"""Runs the commands about access reviews."""

from dataclasses import dataclass
from typing import assert_never

from bot.domain.commands.reviews import (
    END,
    AnswerReview,
    OwnReviews,
    ReportReview,
    ReviewCommand,
    ReviewKeys,
)
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.flows.reviews.answer import KeyAnswer, ReviewAnswers
from bot.flows.reviews.begin import ReviewBeginner
from bot.flows.reviews.keep import ReviewKeeper
from bot.flows.reviews.report import ReviewReporter


@dataclass(frozen=True)
class ReviewRunner:
    """Routes each command; the keeper has the clock's part."""

    beginner: ReviewBeginner
    answers: ReviewAnswers
    reporter: ReviewReporter
    keeper: ReviewKeeper

    async def run(self, job: Job, person: Person, command: ReviewCommand) -> Outcome:
        """Run one command of an identified person."""
        match command:
            case ReviewKeys():
                return await self.beginner.begin(job, person, command)
            case ReportReview():
                return await self.reporter.report(job, person, command)
            case OwnReviews():
                return await self.answers.listed(person, job.page)
            case AnswerReview(id=str(id_), key=str(key), answer=str(answer)):
                return await self.answers.answer(
                    job, person, KeyAnswer(id_, key, ends=answer == END)
                )
            case AnswerReview():
                return await self.answers.listed(person, job.page)
            case _:
                assert_never(command)
