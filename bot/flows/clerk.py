"""Carries out an errand: who asks, what they mean, what comes of it, and the last entry."""

from dataclasses import dataclass
from typing import assert_never

from bot.domain.commands import (
    Approve,
    AskAbout,
    Cancel,
    Claim,
    CreateKey,
    Delegate,
    DeleteKey,
    Deny,
    DisableKey,
    EnableKey,
    Explain,
    Help,
    ListEnvironments,
    ListKeys,
    ListRequests,
    Menu,
    RenameKey,
    Renew,
    RequestKey,
    RestoreKey,
    Review,
    ShowEnvironment,
    ShowKey,
    WhoAmI,
    Withdraw,
)
from bot.domain.errands import Errand
from bot.domain.forms import action_of
from bot.domain.grammar import Incomplete, Misunderstood, Planned, Reading, read
from bot.domain.outcomes import Denied, HelpGiven, MenuOffered, Outcome, Unknown
from bot.domain.people import Person, TurnedAway
from bot.domain.policy import EVERYWHERE, Action, Question, Refused
from bot.flows.changing import Changer
from bot.flows.creating import Creator
from bot.flows.deciding import Decider
from bot.flows.delegating import Delegator
from bot.flows.executing import Executor
from bot.flows.opening import Opener
from bot.flows.people import Identified, Identity, People
from bot.flows.ports import Errands, Policy
from bot.flows.reading import Reader
from bot.flows.record import Scribe, deed_of
from bot.flows.requesting import Requester
from bot.flows.wanting import Wanted

HARMLESS = (
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
"""Commands that change nothing, so that a minute-old identity will do."""


MENU = (
    *("request", "claim", "requests", "key list", "key create", "key disable"),
    *("env list", "whoami", "help"),
)
"""What a menu offers, to those who may."""


@dataclass(frozen=True)
class Clerk:
    """The one place where a command meets its flow."""

    people: People
    policy: Policy
    reader: Reader
    changer: Changer
    creator: Creator
    requester: Requester
    opener: Opener
    decider: Decider
    executor: Executor
    delegator: Delegator
    errands: Errands
    scribe: Scribe

    async def run(self, errand: Errand) -> Outcome:
        """Carry an errand out; taking it up again after a crash does nothing twice."""
        outcome = await self._run(errand)
        deed, detail = deed_of(outcome)
        await self.errands.finish(errand, self.scribe.entry(errand, deed, {}, detail))
        return outcome

    async def give_up(self, errand: Errand) -> None:
        """Say of an approved request that it failed, where its errand is not tried again."""
        if errand.request:
            await self.executor.give_up(errand)

    async def may_wait(self, errand: Errand, error: Exception) -> bool:
        """Whether an approved request is to be tried again later: no outage denies it."""
        return bool(errand.request) and await self.executor.may_wait(errand, error)

    async def _run(self, errand: Errand) -> Outcome:
        if errand.request:
            return await self.executor.run(errand)
        reading = read(errand.text)
        fresh = not isinstance(reading, HARMLESS)
        who = await self.people.identify(errand.actor, fresh=fresh)
        if isinstance(who, TurnedAway):
            return who
        return self.refusal(who, reading) or await self._for(errand, who, _left(errand, reading))

    def refusal(self, who: Identity, reading: Reading) -> Outcome | None:
        """Refuse what the person could do nowhere, before anything is looked up."""
        if isinstance(who, TurnedAway):
            return who
        if isinstance(reading, Misunderstood | Planned):
            return None
        action = reading.form.action if isinstance(reading, Incomplete) else action_of(reading)
        if who.mismatch and action not in EVERYWHERE | {Action.KEY_REQUEST}:
            return Unknown(who.mismatch, who.person.email)
        decision = self.policy.decide(Question(who.person, action, None))
        return Denied(action, who.person, decision) if isinstance(decision, Refused) else None

    async def _for(  # noqa: C901, PLR0912  # one case for each kind of command
        self, errand: Errand, who: Identified, reading: Reading
    ) -> Outcome:
        match reading:
            case Misunderstood() | Planned() | Incomplete():
                return reading
            case Menu():
                return self._menu(who)
            case Help(topic):
                return HelpGiven(topic)
            case WhoAmI():
                return await self.reader.whoami(who)
            case Explain():
                return await self.reader.explain(who.person, reading)
            case Claim():
                return await self.creator.claim(errand, reading)
            case CreateKey() | EnableKey() | DisableKey() | RenameKey() | DeleteKey():
                return await self._change(errand, who.person, reading)
            case RestoreKey(name, env, reason):  # enabling is what takes a deletion back
                return await self._change(errand, who.person, EnableKey(name, env, reason))
            case RequestKey():
                return await self.requester.credentials(errand, who, reading)
            case Delegate():
                return await self.delegator.appoint(errand, reading)
            case Renew():
                return await self.requester.renew(errand, who, reading)
            case Approve() | Deny() | Withdraw() | Cancel() | AskAbout() | Review():
                return await self.decider.decide(errand, who.person, reading)
            case ListRequests(which):
                return await self.requester.listed(who.person, which)
            case ListEnvironments() | ShowEnvironment() | ListKeys() | ShowKey():
                return await self._read(errand, who.person, reading)
            case _:
                assert_never(reading)

    def _menu(self, who: Identified) -> MenuOffered:
        open_to = (text for text in MENU if self.refusal(who, read(text)) is None)
        return MenuOffered(who.person, tuple(open_to))

    async def _change(
        self,
        errand: Errand,
        person: Person,
        command: CreateKey | EnableKey | DisableKey | RenameKey | DeleteKey,
    ) -> Outcome:
        """Do it, or ask those who must agree first."""
        if isinstance(command, CreateKey):
            outcome = await self.creator.create(errand, person, command)
        else:
            outcome = await self.changer.change(errand, person, command)
        if isinstance(outcome, Wanted):
            return await self.opener.ask(errand, person, outcome)
        return outcome

    async def _read(
        self,
        errand: Errand,
        person: Person,
        command: ListEnvironments | ShowEnvironment | ListKeys | ShowKey,
    ) -> Outcome:
        match command:
            case ListEnvironments():
                return await self.reader.environments(person)
            case ShowEnvironment(name):
                return await self.reader.environment(person, name)
            case ListKeys():
                return await self.reader.keys(person, command, errand.page)
            case ShowKey():
                return await self.reader.key(person, command)
            case _:
                assert_never(command)


def _left(errand: Errand, reading: Reading) -> Reading:
    """What is left to do: an errand that is over changes nothing again, and tells what stands."""
    if not errand.finished:
        return reading
    match reading:
        case CreateKey():
            return Claim(errand.id)
        case EnableKey(name, env) | DisableKey(name, env) | RenameKey(_, name, env):
            return ShowKey(name, env)
        case _:
            return reading
