"""Carrying an approved request out: once, on the frozen terms, if they still stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.alarms import noticed
from bot.domain.approvals import distinct, reached
from bot.domain.audit import Deed
from bot.domain.commands import (
    CreateKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    RenameKey,
    Renew,
    RequestKey,
)
from bot.domain.decided import NoSuchRequest, Renewed, TooLate, Voided
from bot.domain.environments import Environment
from bot.domain.errands import Errand
from bot.domain.grammar import read
from bot.domain.keys import Located
from bot.domain.outcomes import (
    Failed,
    KeyChanged,
    MadeToClaim,
    NameTaken,
    NothingToChange,
    Outcome,
)
from bot.domain.outcomes.kinds import kind_of
from bot.domain.people import Person, TurnedAway
from bot.domain.policy import Action, Allowed
from bot.domain.requests import Cause, Event, Moved, Request, State, move
from bot.domain.sayings import Saying, Topic, in_thread, redraw, to_person
from bot.errors import RateLimited, SlackAway, Unavailable
from bot.flows.changing import Changer
from bot.flows.creating import Creator
from bot.flows.opening import about
from bot.flows.settling import VOID, settled
from bot.flows.world import World

SOAK = timedelta(days=7)
"""How long a key is kept disabled before it is deleted; until then enabling it takes it back."""


@dataclass(frozen=True)
class Executor:
    """Does what was agreed to."""

    world: World
    changer: Changer
    creator: Creator

    async def run(self, errand: Errand) -> Outcome:
        """Carry the errand's request out; one that is over is only told of."""
        request = await self.world.requests.load(errand.request)
        if request is None:
            return NoSuchRequest(errand.request)
        if request.state is State.APPROVED:
            if not await self._still_agreed(request):
                return await self._void(errand, request)
            begun = await self._moved(errand, request, Event.BEGIN, ())
            request = begun or await self.world.requests.load(request.id) or request
        if request.state is not State.EXECUTING:
            return TooLate(request)
        return await self._execute(errand, request)

    async def _still_agreed(self, request: Request) -> bool:
        """Read everybody and everything again, uncached: the click was a while ago."""
        if not await self.world.stands(request):
            return False
        if request.waived:
            return True  # nobody had to agree
        able = []
        for vote in distinct(request.agreeing, request.terms.fingerprint):
            who = await self.world.people.identify(vote.by, fresh=True)
            if isinstance(who, TurnedAway):
                continue
            standing = await self.world.standing(who.person, request)
            if standing.why is None:
                able.append(replace(vote, holds=standing.held, stands_for=standing.stands_for))
        return reached(distinct(able, request.terms.fingerprint), request.approval)

    async def _void(self, errand: Errand, request: Request) -> Outcome:
        void = replace(request, outcome=VOID)
        after = await self._moved(errand, void, Event.CANCEL, settled(request, Topic.VOID))
        return Voided(after or request)

    async def _execute(self, errand: Errand, request: Request) -> Outcome:
        who = await self.world.people.identify(request.terms.requester, fresh=True)
        if isinstance(who, TurnedAway):
            return await self._failed(errand, request, who)
        outcome = await self._do(errand, request, who.person)
        if isinstance(outcome, NameTaken):  # by a second worker on this very errand
            claim = await self.creator.claims.find_claim(request.id)
            outcome = MadeToClaim(claim) if claim else outcome
        match outcome:
            case MadeToClaim(claim):
                made = replace(request, made=claim.api_key)
                return await self._over(errand, made, Event.HAND_OVER, outcome)
            case KeyChanged() | NothingToChange() | Renewed():
                return await self._over(errand, self._soaking(request), Event.FINISH, outcome)
            case _:
                return await self._failed(errand, request, outcome)

    def _soaking(self, request: Request) -> Request:
        """A key that is to be deleted is only disabled at first: Cloudinary has no undelete."""
        if request.terms.action is not Action.KEY_DELETE:
            return request
        return replace(request, delete_at=self.world.scribe.clock.now() + SOAK)

    async def _renew(self, errand: Errand, request: Request, command: Renew) -> Outcome:
        """Let the access that was granted before end later, and work where it has ended."""
        old = await self.world.requests.load(command.id)
        if old is None:
            return NoSuchRequest(command.id)
        if old.ended:
            place = old.terms.environment_id
            await self.world.account.set_enabled(place, old.made, enabled=True)
        if old.ends_at == request.ends_at and not old.ended:
            return Renewed(old)
        longer = replace(old, ends_at=request.ends_at, ended=False, noticed=0)
        later = noticed(replace(longer, version=old.version + 1), self.world.scribe.clock.now())
        entry = self.world.scribe.entry(errand, Deed.MOVED, about(later), "renewed")
        says = _says(later, Topic.RENEWED, later.terms.owner.user_id)
        if not await self.world.requests.replace(old, later, entry, says):
            return await self._renew(errand, request, command)
        return Renewed(later)

    async def _do(self, errand: Errand, request: Request, person: Person) -> Outcome:
        """Do it on the frozen target; the approval stands in for the policy's "at once"."""
        terms, command = request.terms, read(errand.text)
        place = Environment(terms.environment_id, terms.environment_name, terms.cloud_name)
        allowed = Allowed(f"{request.policy}, request {request.id}")
        match command:
            case Renew():
                async with self.changer.locks.hold(f"environment:{place.id}"):
                    return await self._renew(errand, request, command)
            case CreateKey() | RequestKey():
                return await self.creator.agreed(errand, place, request, allowed)
            case EnableKey() | DisableKey() | RenameKey() | DeleteKey():
                found = await self._located(request, place)
                if found is None:
                    return NoSuchRequest(terms.key)
                return await self.changer.agreed(errand, person, command, found, allowed)
            case _:
                return NoSuchRequest(terms.command)

    async def _located(self, request: Request, place: Environment) -> Located | None:
        keys = await self.world.account.keys(place.id)
        found = [key for key in keys if key.api_key == request.terms.key]
        return Located(found[0], place) if found else None

    async def _over(
        self, errand: Errand, request: Request, event: Event, outcome: Outcome
    ) -> Outcome:
        soaking = Topic.SOAKING if request.delete_at else Topic.DONE
        topic = Topic.READY if event is Event.HAND_OVER else soaking
        to = request.terms.owner if event is Event.HAND_OVER else request.terms.requester
        says = _says(request, topic, to.user_id)
        await self._moved(errand, request, event, says)
        return outcome

    async def _failed(self, errand: Errand, request: Request, outcome: Outcome) -> Outcome:
        says = _says(request, Topic.FAILED, request.terms.requester.user_id)
        await self._moved(errand, replace(request, outcome=kind_of(outcome)), Event.FAIL, says)
        return outcome

    async def may_wait(self, errand: Errand, error: Exception) -> bool:
        """Whether it is to be tried again later, for as long as an outage lasts.

        Before the work has begun everybody and everything is read again first. Afterwards only
        Slack is waited for, which is asked who people are; what Cloudinary did may be in doubt.
        """
        request = await self.world.requests.load(errand.request)
        if request is None:
            return False
        if request.state is State.APPROVED:
            return isinstance(error, SlackAway | RateLimited | Unavailable)
        return request.state is State.EXECUTING and isinstance(error, SlackAway)

    async def give_up(self, errand: Errand) -> None:
        """Say that it failed, where nothing more will be tried."""
        request = await self.world.requests.load(errand.request)
        if request and request.state is State.APPROVED:
            request = await self._moved(errand, request, Event.BEGIN, ())
        if request and request.state is State.EXECUTING:
            says = _says(request, Topic.FAILED, request.terms.requester.user_id)
            failed = replace(request, outcome=Failed.kind)
            await self._moved(errand, failed, Event.FAIL, says)

    async def _moved(
        self, errand: Errand, request: Request, event: Event, says: Sequence[Saying]
    ) -> Request | None:
        """Let the engine move it; None where somebody else did before."""
        verdict = move(request, event, Cause.ENGINE, self.world.scribe.clock.now())
        if not isinstance(verdict, Moved):
            return None
        after = verdict.request
        entry = self.world.scribe.entry(
            errand, Deed.MOVED, about(after), f"{event} {after.outcome}"
        )
        return after if await self.world.requests.replace(request, after, entry, says) else None


def _says(request: Request, topic: Topic, to: str) -> Sequence[Saying]:
    return (
        redraw(request.id, topic),
        in_thread(request.id, topic),
        to_person(request.id, topic, to),
    )
