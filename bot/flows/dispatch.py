"""Runs a job: identifies its actor, routes its command by noun, and records the outcome."""

from dataclasses import dataclass
from typing import assert_never

from bot.domain.commands.environments import ListEnvironments, ShowEnvironment
from bot.domain.commands.general import Claim, Help, Menu, WhoAmI
from bot.domain.commands.grammar import Incomplete, Misunderstood, Planned, Reading, read
from bot.domain.commands.keys import (
    CreateKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    ListKeys,
    RenameKey,
    RestoreKey,
    ShowKey,
)
from bot.domain.commands.registry import Explain
from bot.domain.commands.requests import (
    Approve,
    AskAbout,
    Cancel,
    Delegate,
    Deny,
    ListRequests,
    Renew,
    RequestKey,
    Review,
    Withdraw,
)
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.people import TurnedAway
from bot.flows.accounts.environments import EnvironmentReader
from bot.flows.audit import AuditLog, event_of
from bot.flows.authorize import Authorizer
from bot.flows.general import General
from bot.flows.identity import Identified, People
from bot.flows.keys.read import KeyReader
from bot.flows.keys.run import KeyRunner
from bot.flows.links.collect import Collector
from bot.flows.ports import Jobs
from bot.flows.requests.run import RequestRunner

READ_ONLY = (
    Menu
    | Help
    | WhoAmI
    | Explain
    | ListEnvironments
    | ShowEnvironment
    | ListKeys
    | ShowKey
    | ListRequests
)
"""Commands that change nothing: an identity that is a minute old is enough."""


@dataclass(frozen=True)
class Dispatcher:
    """Routes each command to the flow of its noun."""

    people: People
    authorizer: Authorizer
    general: General
    environments: EnvironmentReader
    key_reader: KeyReader
    keys: KeyRunner
    requests: RequestRunner
    collector: Collector
    jobs: Jobs
    audit_log: AuditLog

    async def run(self, job: Job) -> Outcome:
        """Run a job and record its outcome; running it again after a crash repeats no effect."""
        outcome = await self._outcome(job)
        event, detail = event_of(outcome)
        await self.jobs.finish(job, self.audit_log.entry(job, event, {}, detail))
        return outcome

    async def _outcome(self, job: Job) -> Outcome:
        if job.request:
            return await self.requests.executor.run(job)
        reading = read(job.text)
        who = await self.people.identify(job.actor, fresh=not isinstance(reading, READ_ONLY))
        if isinstance(who, TurnedAway):
            return who
        refusal = self.authorizer.refusal(who, reading)
        return refusal or await self._route(job, who, _remaining(job, reading))

    async def _route(self, job: Job, who: Identified, reading: Reading) -> Outcome:
        match reading:
            case Misunderstood() | Planned() | Incomplete():
                return reading
            case Menu() | Help() | WhoAmI() | Explain():
                return await self.general.answer(who, reading)
            case ListEnvironments() | ShowEnvironment():
                return await self.environments.read(who.person, reading)
            case ListKeys() | ShowKey():
                return await self.key_reader.read(who.person, reading, job.page)
            case (
                CreateKey() | EnableKey() | DisableKey() | RenameKey() | DeleteKey() | RestoreKey()
            ):
                return await self.keys.run(job, who.person, reading)
            case Claim():
                return await self.collector.collect(job, reading)
            case RequestKey() | Renew() | ListRequests() | Delegate():
                return await self.requests.ask(job, who.person, reading)
            case Approve() | Deny() | Withdraw() | Cancel() | AskAbout() | Review():
                return await self.requests.decider.decide(job, who.person, reading)
            case _:
                assert_never(reading)


def _remaining(job: Job, reading: Reading) -> Reading:
    """What a finished job still owes is its answer: it shows what it did and changes nothing."""
    if not job.finished:
        return reading
    match reading:
        case CreateKey():
            return Claim(job.id)
        case EnableKey(name, env) | DisableKey(name, env) | RenameKey(_, name, env):
            return ShowKey(name, env)
        case _:
            return reading
