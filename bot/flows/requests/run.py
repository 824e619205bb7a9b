"""Runs the commands about requests: plans and authorizes, lists, delegates, decides."""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from bot.domain.commands.fields import MOST_PLACES
from bot.domain.commands.grammar import Incomplete, Misunderstood
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.requests import (
    Cancel,
    Deciding,
    Delegate,
    ListRequests,
    Renew,
    RequestCommand,
    RequestKey,
    Result,
    Steer,
)
from bot.domain.jobs import Job
from bot.domain.outcomes.requests import NoSuchRequest, RequestNeeded, RequestShown
from bot.domain.outcomes.roles import NoSuchRole, WhichRole, asked_for
from bot.domain.outcomes.rotations import RotationsListed
from bot.domain.outcomes.union import Outcome, Several
from bot.domain.people import Person
from bot.domain.phrases import plural
from bot.domain.request_ids import plain_id
from bot.domain.requests.machine import Request, State
from bot.domain.rotation import Step
from bot.flows.authorize import Authorizer
from bot.flows.keys.run import KeyRunner
from bot.flows.plan import Plan
from bot.flows.ports import PendingStore
from bot.flows.requests.brownout_answers import BrownoutAnswers
from bot.flows.requests.choose import RequestChooser, needs_request
from bot.flows.requests.decide import Decider
from bot.flows.requests.delegate import Delegator
from bot.flows.requests.execute import Executor
from bot.flows.requests.list import SHOWN, RequestLister
from bot.flows.requests.plan import RequestPlanner

_TOO_MANY: Final = plural(
    "A command takes at most {count} environment.",
    "A command takes at most {count} environments.",
    MOST_PLACES,
)


OfRequest = Renew | Result | Steer | Deciding
"""What is about one request."""


class RotationSteerer(Protocol):
    """Takes the steps of rotations that people press."""

    async def steer(self, job: Job, person: Person, command: Steer) -> Outcome:
        """Take one step, if the person may."""


@dataclass(frozen=True)
class RequestRunner:
    """Routes commands about requests."""

    planner: RequestPlanner
    authorizer: Authorizer
    lister: RequestLister
    delegator: Delegator
    decider: Decider
    executor: Executor
    keys: KeyRunner
    pending: PendingStore
    chooser: RequestChooser
    steerer: RotationSteerer
    brownouts: BrownoutAnswers

    async def run(self, job: Job, person: Person, command: RequestCommand) -> Outcome:
        """Run one command."""
        if isinstance(command, Renew | Result | Steer | Deciding):
            found = await self.lister.lookup.found(person, command.id)
            if not isinstance(found, Request):
                return found
            command = rotating(replace(command, id=found.id), found)
        if isinstance(command, Steer):
            return await self.steerer.steer(job, person, command)
        return await self._route(job, person, command)

    async def _route(
        self,
        job: Job,
        person: Person,
        command: RequestKey | Renew | ListRequests | Delegate | Result | Deciding,
    ) -> Outcome:
        match command:
            case RequestKey():
                return await self._credentials(job, person, command)
            case Renew():
                return await self._open(
                    job, person, await self.planner.renewal(job, person, command)
                )
            case ListRequests(which, details):
                shown = await self.lister.listed(person, which, job.page)
                return replace(shown, details=details) if isinstance(shown, RequestShown) else shown
            case Delegate():
                return await self.delegator.run(job, person, command)
            case Result():
                return await self.brownouts.take(job, person, command)
            case Cancel() if await self.brownouts.is_for(command):
                return await self.brownouts.take(job, person, command)
            case Cancel(id_) if own := await self._granted(person, id_):
                return await self.keys.run(job, person, own)
            case _:
                return await self.decider.decide(job, person, command)

    async def form(self, person: Person, incomplete: Incomplete) -> Outcome:
        """Ask for the rest of a command, unless its request is none that the person may decide."""
        if not needs_request(incomplete):
            return incomplete
        given = dict(incomplete.given)
        if incomplete.spec.build is Steer:
            return await self._rotations(person, plain_id(given.get("id", "")) or "")
        if "id" not in given:
            able = await self.chooser.able(person, incomplete.spec)
            return RequestNeeded(incomplete, tuple(able))
        found = await self.lister.lookup.found(person, plain_id(given["id"]) or "")
        if not isinstance(found, Request):
            return found
        refused = await self.decider.refusal(person, found, incomplete.spec.build)
        if refused:
            return refused
        whole = tuple((given | {"id": found.id}).items())
        return RequestNeeded(replace(incomplete, given=whole), (found,))

    async def _rotations(self, person: Person, typed: str) -> Outcome:
        """Show what a person may choose a step for: their rotations, or the one that is named."""
        if not typed:
            return RotationsListed(tuple(await self.chooser.rotating(person))[:SHOWN])
        found = await self.lister.lookup.seen(person, typed)
        if isinstance(found, Request) and found.rotation is None:
            return NoSuchRequest(typed)
        return RequestShown(found) if isinstance(found, Request) else found

    async def _granted(self, person: Person, id_: str) -> DisableKey | None:
        """Cancelling granted access disables its key, for the owner of the key."""
        request = await self.decider.writer.requests.load(id_)
        if request is None or person.actor != request.terms.owner:
            return None
        made = request.made or await self._created(request)
        return DisableKey(made, request.terms.cloud_name) if made else None

    async def _created(self, request: Request) -> str:
        """The key of a request whose execution has not ended: its credentials name it already."""
        found = await self.pending.find_pending(request.id)
        return found.api_key if found else ""

    async def _credentials(self, job: Job, person: Person, command: RequestKey) -> Outcome:
        """Open a request for each environment that the command names, once under any name."""
        names = [name.strip() for name in command.env.split(",")]
        names = list(dict.fromkeys(filter(None, names))) or [command.env]
        if len(names) > MOST_PLACES:
            return Misunderstood(_TOO_MANY)
        outcomes, asked = list[Outcome](), set[str]()
        for number, name in enumerate(names):
            one = replace(command, env=name)
            plan = await self.planner.credentials(job, person, one, number)
            if isinstance(plan, NoSuchRole | WhichRole) and not outcomes:  # for all environments
                return asked_for(plan, command)
            if isinstance(plan, Plan) and plan.environment.id in asked:
                continue
            asked |= {plan.environment.id} if isinstance(plan, Plan) else set()
            outcomes.append(await self._open(job, person, plan, number))
        return outcomes[0] if len(outcomes) == 1 else Several(tuple(outcomes))

    async def _open(
        self, job: Job, person: Person, plan: Plan | Outcome, number: int = 0
    ) -> Outcome:
        if not isinstance(plan, Plan):
            return plan
        return await self.authorizer.request(job, person, plan, number)


def rotating(command: OfRequest, request: Request) -> OfRequest:
    """Read a cancellation of a rotation as its abort, and an abort before it begins likewise."""
    begun = request.state not in {State.PENDING, State.APPROVED}
    if isinstance(command, Cancel) and request.rotation and begun:
        return Steer(command.id, Step.ABORT)
    if isinstance(command, Steer) and command.step == Step.ABORT and not begun:
        return Cancel(command.id)
    return command
