"""Chooses the requests that a person can act on in one way: approve, cancel, renew and so on."""

from dataclasses import dataclass

from bot.domain.commands.fields import Ask
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import Spec
from bot.domain.commands.requests import (
    Approve,
    AskAbout,
    Cancel,
    Deny,
    Renew,
    Result,
    Review,
    Steer,
    Withdraw,
)
from bot.domain.people import Person
from bot.domain.requests.machine import Request, State
from bot.flows.ports import PendingStore
from bot.flows.request_ports import Requests
from bot.flows.requests.eligibility import Eligibility
from bot.flows.requests.open import LOOKED_AT


def needs_request(incomplete: Incomplete) -> bool:
    """Whether the command is about a request."""
    return any(field.kind.ask is Ask.REQUEST for field in incomplete.spec.arguments)


@dataclass(frozen=True)
class RequestChooser:
    """Finds requests for the forms of one person."""

    requests: Requests
    pending: PendingStore
    eligibility: Eligibility

    async def rotating(self, person: Person) -> list[Request]:
        """List the running rotations that the person began, or whose keys are theirs."""
        own = await self.requests.opened_by(person.actor, LOOKED_AT)
        keys = [it.api_key for it in await self.pending.keys_of(person.actor)][:LOOKED_AT]
        found = [await self.requests.rotation_of(each) for each in keys]
        theirs = [it for it in found if it and it.terms.owner == person.actor]
        running = {it.id: it for it in [*own, *theirs] if it.rotates}
        return sorted(running.values(), key=lambda it: (it.asked_at, it.id), reverse=True)

    async def able(self, person: Person, spec: Spec) -> list[Request]:
        """List the requests on which the person can carry out this command now, newest first."""
        if spec.build in {Cancel, Renew}:
            own = await self.requests.opened_by(person.actor, LOOKED_AT)
            return [it for it in own if _own(person, it, renews=spec.build is Renew)]
        if spec.build is Result:
            over = await self.requests.closed(LOOKED_AT)
            begun = [it for it in over if it.brownout and it.brownout.begun]
            return [it for it in begun if person.actor in it.people]
        if spec.build is Steer:
            return await self.rotating(person)
        waiting = await self.requests.pending(LOOKED_AT)
        if spec.build is Review:
            unreviewed = [it for it in waiting if it.unreviewed]
            return await self.eligibility.deciding(person, unreviewed, against=False)
        pending = [it for it in waiting if it.state is State.PENDING]
        mine = [it for it in pending if any(v.by == person.actor for v in it.current_votes)]
        if spec.build is Withdraw:
            return mine
        if spec.build in {Approve, Deny}:
            pending = [it for it in pending if it not in mine]
        against = spec.build in {Deny, AskAbout}
        return await self.eligibility.deciding(person, pending, against=against)


def _own(person: Person, request: Request, *, renews: bool) -> bool:
    """Whether a person can renew or cancel a request of theirs; access that began ends instead."""
    granted = request.state is State.CLAIMED and not request.ended
    if renews:
        return granted and bool(request.made)
    collectable = request.state is State.CLAIMABLE
    return (request.state is State.PENDING or request.enable_at is not None) or (
        (granted or collectable) and request.terms.owner == person.actor
    )
