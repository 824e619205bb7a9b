"""Runs a job: identifies its actor, routes its command by noun, and records the outcome."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.commands.adoption import Adoption
from bot.domain.commands.environments import EnvironmentCommand
from bot.domain.commands.general import Claim, GeneralCommand, Help, Menu
from bot.domain.commands.grammar import Incomplete, Misunderstood, Reading, read
from bot.domain.commands.groups import GroupCommand
from bot.domain.commands.keys import AnyKeyCommand, DisableKey, KeyLook
from bot.domain.commands.leaks import DisownOpening, LeakCommand, ReportLeak
from bot.domain.commands.links import LinkCommand
from bot.domain.commands.many_keys import ManyKeys
from bot.domain.commands.oversight import OversightCommand, ReportKeys
from bot.domain.commands.registry import Explain
from bot.domain.commands.reviews import ReviewCommand
from bot.domain.commands.users import UserCommand
from bot.domain.jobs import Job
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.decisions import TooLate
from bot.domain.outcomes.general import Fault, OfferedPrivately, Repeated
from bot.domain.outcomes.keys import KeyCreated
from bot.domain.outcomes.roles import NoRoles
from bot.domain.outcomes.rotations import OutOfTurn
from bot.domain.outcomes.union import Outcome
from bot.domain.people import TurnedAway
from bot.domain.requests.machine import State
from bot.flows.accounts.environment_run import EnvironmentRunner
from bot.flows.accounts.group_plan import GroupRunner
from bot.flows.accounts.users import UserRunner
from bot.flows.audit import AuditLog, about_answer, event_of
from bot.flows.authorize import OWNERS_STOP, Authorizer, looks_at_own, stops_own
from bot.flows.bulk.adopt import KeyAdopter
from bot.flows.bulk.keys import KeysChanger
from bot.flows.general import General
from bot.flows.identity import Identified, People
from bot.flows.keys.run import KeyRunner
from bot.flows.leaks.answer import LeakResponder
from bot.flows.links.collect import Collector
from bot.flows.links.live import LiveLinkRunner
from bot.flows.log_search import LogSearch
from bot.flows.passphrases import passphrase_missing
from bot.flows.ports import Jobs, Locks
from bot.flows.repeat import READ_ONLY, STORED, Repeater
from bot.flows.report_ports import ReportPoster, ReportSender
from bot.flows.reports import Reports
from bot.flows.requests.run import RequestRunner
from bot.flows.reviews.run import ReviewRunner
from bot.flows.suggestions import suggesting
from bot.flows.weekly_reports import WeeklyKeeper

AccountCommand = UserCommand | GroupCommand | LeakCommand | ReviewCommand | OversightCommand
"""Commands that concern the whole account."""
WAITING: Final = frozenset({State.PENDING, State.APPROVED})
"""States of a request whose execution is still to come."""


@dataclass(frozen=True)
class Dispatcher:
    """Routes each command to the flow of its noun."""

    people: People
    authorizer: Authorizer
    general: General
    environments: EnvironmentRunner
    keys: KeyRunner
    requests: RequestRunner
    many_keys: KeysChanger
    adopter: KeyAdopter
    users: UserRunner
    groups: GroupRunner
    collector: Collector
    live_links: LiveLinkRunner
    leaks: LeakResponder
    repeater: Repeater
    jobs: Jobs
    audit_log: AuditLog
    log: LogSearch
    reports: Reports
    reviews: ReviewRunner

    async def run(self, job: Job) -> Outcome:
        """Run a job and record its outcome; running it again after a crash repeats no effect."""
        job, outcome = await self._outcome(job)
        if isinstance(outcome, TooLate | OutOfTurn) and not job.request:
            stored = await self.jobs.load(job.id)
            if stored and stored.effect != job.effect:
                return await self.run(stored)  # a worker that took the job over has decided
        if job.request and isinstance(outcome, TooLate) and outcome.request.state in WAITING:
            return outcome  # it was withdrawn: a later approval queues this job again
        await self._stop(job)
        event, detail = event_of(outcome)
        await self.jobs.finish(job, self.audit_log.entry(job, event, about_answer(outcome), detail))
        return outcome

    def weekly(self, poster: Callable[[ReportSender], ReportPoster], locks: Locks) -> WeeklyKeeper:
        """Build what posts weekly reports, by the authority of this dispatcher."""
        posts = poster(self.reports.sender)
        return self.reports.keeper(self.people, self.authorizer, posts, locks)

    async def give_up(self, job: Job, fault: Fault = Fault.INTERNAL) -> None:
        """Settle what a job leaves that is not run again."""
        await self.requests.executor.give_up(job, fault)
        await self._stop(job)

    async def _stop(self, job: Job) -> None:
        """Finish the message of a bulk act that the job leaves; another one may resume it."""
        reading = read(job.text)
        if isinstance(reading, STORED) and reading.resume:
            request = await self.users.offboarder.resumable(job.actor, reading.resume)
            await self.many_keys.machine.stop(job, request.id if request else reading.resume)

    async def _outcome(self, job: Job) -> tuple[Job, Outcome]:
        """Run a job; the job of the result knows who its actor is at Cloudinary."""
        if job.request:
            outcome = await self.requests.executor.run(job)
            return self.people.name(job), outcome
        reading = read(job.text)
        if isinstance(reading, ReportLeak):  # any person may report
            return await self.leaks.reported(job, reading)
        who = await self.people.identify(job.actor, fresh=not isinstance(reading, READ_ONLY))
        if isinstance(who, TurnedAway):
            return job, who
        job = job.by(who.person)
        outcome = suggesting(reading, await self._answer(job, who, reading))
        return job, self.authorizer.offers.on(who.person, outcome)

    async def _answer(self, job: Job, who: Identified, reading: Reading) -> Outcome:
        refusal = self.authorizer.refusal(who, reading)
        aloud = job.reply.aloud and not isinstance(reading, Menu | Help)
        if isinstance(reading, DisownOpening) and not aloud:  # decides by itself, for own keys
            if job.finished:
                return await self._repeat(job, who, reading)
            return await self.leaks.disowner.run(job, who, reading)
        if refusal and not aloud and (isinstance(reading, OWNERS_STOP) or looks_at_own(reading)):
            return await self._of_own(job, who, reading) or refusal
        if refusal and not (stops_own(reading) and await self.keys.planner.own.of(job.actor)):
            return refusal
        if aloud:
            return OfferedPrivately(job.text)
        if refusal:
            return reading if isinstance(reading, Incomplete) else refusal
        if job.finished and not isinstance(reading, OWNERS_STOP):  # knows by itself, for own keys
            return await self._repeat(job, who, reading)
        return passphrase_missing(job, reading) or await self._route(job, who, reading)

    async def _of_own(
        self, job: Job, who: Identified, reading: DisableKey | KeyLook
    ) -> Outcome | None:
        """Run what an owner needs no right for; None if it names none of their keys."""
        if isinstance(reading, DisableKey):
            return await self.keys.run_own(job, who.person, reading)
        if who.mismatch and who.mismatch.stops:
            return None  # Keysmith does not know who they are, so they see nothing
        outcome = await self.keys.reader.look(who.person, reading)
        return None if isinstance(outcome, Denied | NoRoles) else outcome

    async def _repeat(self, job: Job, who: Identified, reading: Reading) -> Outcome:
        """Show what a finished job led to, if the person may see it."""
        shown = await self.repeater.instead(job, reading)
        if isinstance(shown, KeyCreated | Repeated):
            return shown
        return self.authorizer.refusal(who, shown) or await self._route(job, who, shown)

    async def _route(self, job: Job, who: Identified, reading: Reading) -> Outcome:
        """Route by the union of each noun, so that a new command needs no edit here."""
        if isinstance(reading, Incomplete):
            return await self.requests.form(who.person, reading)
        if isinstance(reading, Misunderstood):
            return reading
        if isinstance(reading, Claim | LinkCommand):
            return await self._of_links(job, who, reading)
        if isinstance(reading, GeneralCommand | Explain):
            return await self.general.answer(who, reading, job.page)
        if isinstance(reading, EnvironmentCommand):
            return await self.environments.run(job, who.person, reading)
        if isinstance(reading, AnyKeyCommand):
            return await self.keys.run(job, who.person, reading)
        if isinstance(reading, ManyKeys):
            return await self.many_keys.run(job, who.person, reading)
        if isinstance(reading, Adoption):
            return await self.adopter.run(job, who.person, reading)
        if isinstance(reading, AccountCommand):
            return await self._of_account(job, who, reading)
        return await self.requests.run(job, who.person, reading)

    async def _of_links(self, job: Job, who: Identified, reading: Claim | LinkCommand) -> Outcome:
        if isinstance(reading, Claim):
            return await self.collector.collect(job, who.person, reading)
        return await self.live_links.run(job, who, reading)

    async def _of_account(
        self,
        job: Job,
        who: Identified,
        reading: AccountCommand,
    ) -> Outcome:
        """Route what concerns the whole account."""
        if isinstance(reading, UserCommand):
            return await self.users.run(job, who.person, reading)
        if isinstance(reading, GroupCommand):
            return await self.groups.run(job, who.person, reading)
        if isinstance(reading, ReportKeys):
            return await self.reports.run(job, who.person, reading)
        if isinstance(reading, ReviewCommand):
            return await self.reviews.run(job, who.person, reading)
        if isinstance(reading, LeakCommand):
            return await self.leaks.run(job, who, reading)
        return await self.log.run(job, who.person, reading, job.page)
