"""Looks up what a submitted form names, before it is accepted, so that a mistake is told in place.

It decides nothing: what it lets through is authorised like every command, and what it can't find
out is left to that. It searches only where the person may look, by the same path.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.commands.environments import (
    DisableEnvironment,
    EnvironmentChange,
    ShowEnvironment,
)
from bot.domain.commands.keys import Confirmed, CreateKey, DisableKey, KeyChange, KeyCommand
from bot.domain.commands.registry import Command, base_action_of
from bot.domain.commands.requests import Approve, RequestKey
from bot.domain.jobs import Job, Reply
from bot.domain.keys import Located
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.environment_changes import EnvironmentProtected
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Person, TurnedAway
from bot.domain.policy import Action, Refused
from bot.flows.accounts.environment_plan import EnvironmentPlanner
from bot.flows.authorize import Authorizer
from bot.flows.brief import BriefAccount
from bot.flows.identity import People
from bot.flows.keys.plan import KeyPlanner
from bot.flows.keys.resolve import Resolver
from bot.flows.plan import Plan
from bot.flows.request_ports import VoteSignIns
from bot.flows.requests.plan import RequestPlanner


@dataclass(frozen=True)
class Precheck:
    """Looks for mistakes in what a person filled in."""

    people: People
    account: BriefAccount
    authorizer: Authorizer
    resolver: Resolver
    keys: KeyPlanner
    requests: RequestPlanner
    places: EnvironmentPlanner
    sign_ins: VoteSignIns

    async def problem(self, actor: Actor, command: Command) -> Outcome | None:
        """Give the outcome that the command would end in for what a field names; None if none.

        What seems wrong is read again: it may have been created some seconds ago.
        """
        who = await self.people.identify(actor, fresh=False)
        if isinstance(who, TurnedAway) or self.authorizer.early(who, command):
            return None
        found = await self._look(who.person, command)
        if found is None:
            return None
        self.account.forget()
        return await self._look(who.person, command)

    async def _look(self, person: Person, command: Command) -> Outcome | None:
        if isinstance(command, RequestKey):
            return await self._places(person, command)
        if isinstance(command, CreateKey | KeyChange):
            return await self._planned(person, command)
        if isinstance(command, KeyCommand):
            found = await self.resolver.key(person, command)
            return None if isinstance(found, Located) else found
        if isinstance(command, Approve):
            return await self._unsure(person, command)
        if isinstance(command, ShowEnvironment):
            seen = await self.resolver.environments(person, Action.ENV_SHOW, command.name)
            return None if isinstance(seen, list) else seen
        if isinstance(command, EnvironmentChange):
            plan = await self.places.plan(person, command)
            return self._stopped(person, plan, command) or self._unconfirmed(command, plan)
        return None

    async def _unsure(self, person: Person, command: Approve) -> Outcome | None:
        """Look whether a vote of high risk has the name, typed, or a sign-in in its place."""
        request = await self.requests.requests.load(command.id)
        if request is None or not request.approval.high_risk:
            return None
        if command.confirm:
            wrong = command.confirm != request.terms.name
            return MoreNeeded(request, ("confirm",)) if wrong else None
        signed = await self.sign_ins.find(request.id, person.actor)
        now, print_ = self.people.clock.now(), request.terms.fingerprint
        there = signed and signed.backs(person.actor, print_, now)
        return None if there else MoreNeeded(request, ("confirm",), unsigned=True)

    async def _places(self, person: Person, command: RequestKey) -> Outcome | None:
        job = Job("", person.actor, "", "", Reply(), self.people.clock.now())
        for number, name in enumerate(_names(command)):
            one = replace(command, env=name)
            plan = await self.requests.credentials(job, person, one, number)
            if problem := self._stopped(person, plan, command):
                return problem
        return None

    async def _planned(self, person: Person, command: CreateKey | KeyChange) -> Outcome | None:
        plan = await self.keys.plan(person, command)
        if isinstance(plan, Plan) and isinstance(command, DisableKey):
            return self._unconfirmed(command, plan)  # it may be their own key: no role needed
        return self._stopped(person, plan, command) or self._unconfirmed(command, plan)

    def _stopped(self, person: Person, plan: Plan | Outcome, command: Command) -> Outcome | None:
        if not isinstance(plan, Plan):
            return plan
        place, decide = plan.environment, self.authorizer.decide
        for action in dict.fromkeys((base_action_of(command), plan.action)):
            if isinstance(decision := decide(person, action, place), Refused):
                return Denied(action, person, decision, place)
        protected = isinstance(plan.obstacle, KeyProtected | EnvironmentProtected)
        return None if protected else plan.obstacle

    @staticmethod
    def _unconfirmed(command: Command, plan: Plan | Outcome) -> Outcome | None:
        """Look for a name that was typed to confirm a change, and is another one."""
        if not isinstance(command, Confirmed | DisableEnvironment) or not isinstance(plan, Plan):
            return None
        stop = plan.obstacle
        asks = isinstance(stop, KeyProtected | EnvironmentProtected) and stop.retry
        return stop if asks and command.confirm is not None else None


def _names(command: RequestKey) -> Sequence[str]:
    return [name for each in command.env.split(",") if (name := each.strip())] or [command.env]
