"""Opening a request: only one that could be granted, on terms that never change again."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.asking import unaskable, within_budget
from bot.domain.audit import Deed
from bot.domain.decided import NotAskable, Requested, Unaskable
from bot.domain.errands import Errand, Reply
from bot.domain.forms import action_of
from bot.domain.moving import submit, waive
from bot.domain.outcomes import Outcome
from bot.domain.people import Person
from bot.domain.requests import Request
from bot.domain.sayings import Topic, redraw, to_security
from bot.domain.terms import Asker, Terms, Waiver
from bot.domain.words import escape
from bot.domain.writing import render
from bot.flows.approvers import Approvers, Count
from bot.flows.evidence import Gatherer
from bot.flows.ports import Locks
from bot.flows.wanting import Wanted
from bot.flows.world import World

LOOKED_AT = 100
"""Of those that wait, how many are looked through; a list costs the same however many wait."""


@dataclass(frozen=True)
class Opener:
    """Opens requests."""

    world: World
    approvers: Approvers
    gatherer: Gatherer
    locks: Locks
    ttl: timedelta

    async def ask(self, errand: Errand, person: Person, wanted: Wanted, number: int = 0) -> Outcome:
        """Open a request for a command; asking again for the same errand opens no second."""
        id_ = request_id(errand, number)
        there = await self.world.requests.load(id_)
        if there:
            return Requested(there)
        request = self._request(id_, errand, person, wanted)
        async with self.locks.hold(f"asking:{errand.actor}"):  # a budget is not spent twice
            why = unaskable(person, request, wanted.emergency)
            if why:
                return NotAskable(why, request.approval)
            waiver = await self._waiver(request, wanted)
            return await self._ask(errand, request, wanted, waiver)

    async def _ask(
        self, errand: Errand, request: Request, wanted: Wanted, waiver: Waiver | None
    ) -> Outcome:
        approval = request.approval
        count = Count() if waiver else await self.approvers.count(request)
        if waiver is None and count.too_few(approval):
            why = Unaskable.TOO_FEW if count.able else Unaskable.NOBODY
            return NotAskable(why, approval, len(count.able))
        evidence = await self.gatherer.gather(request, wanted.key, count.able)
        return await self._open(errand, replace(request, evidence=evidence), waiver)

    async def _waiver(self, request: Request, wanted: Wanted) -> Waiver | None:
        """Why nobody has to agree first, if so."""
        if wanted.emergency:
            return Waiver.EMERGENCY
        if not request.approval.quorum:
            return Waiver.AT_ONCE
        own = await self.world.requests.opened_by(request.terms.requester, LOOKED_AT)
        return Waiver.BUDGET if within_budget(request, own) else None

    async def _open(self, errand: Errand, request: Request, waiver: Waiver | None) -> Outcome:
        opened = submit(request, request.asked_at).request
        says = [redraw(opened.id, Topic.ASKED)]
        if waiver:
            opened = waive(opened, waiver, opened.asked_at).request
        if waiver is Waiver.EMERGENCY:
            user = opened.terms.requester.user_id
            says += [to_security(opened.id, Topic.EMERGENCY, by=user, text=opened.terms.reason)]
        detail = f"{opened.policy} {waiver or ''}".rstrip()
        entry = self.world.scribe.entry(errand, Deed.REQUESTED, about(opened), detail)
        follows = execution(opened) if waiver else None
        await self.world.requests.open(opened, entry, says, follows)
        return Requested(opened)

    def _request(self, id_: str, errand: Errand, person: Person, wanted: Wanted) -> Request:
        now, place = self.world.scribe.clock.now(), wanted.environment
        terms = Terms(
            action=action_of(wanted.command),
            command=render(wanted.command),
            environment_id=place.id,
            environment_name=place.name,
            cloud_name=place.cloud_name,
            tier=place.tier,
            key=wanted.key.api_key if wanted.key else "",
            name=wanted.name,
            requester=errand.actor,
            owner=wanted.owner or errand.actor,
            reason=wanted.reason,
            lasts=wanted.lasts,
        )
        asker = Asker(
            person.name,
            person.email,
            person.role or "",
            person.cloudinary_id or "",
            wanted.owner_id,
        )
        decision = wanted.decision
        return Request(
            id=id_,
            terms=terms,
            asker=asker,
            approval=decision.approval,
            policy=decision.policy,
            policy_version=self.world.policy.version,
            asked_at=now,
            expires_at=now + self.ttl,
            since=now,
        )


def request_id(errand: Errand, number: int = 0) -> str:
    """The id of a request that an errand opens, the first of one or more."""
    return f"{errand.id}r{number or ''}"


def execution(request: Request) -> Errand:
    """The errand that carries an approved request out; its id is the request's."""
    return Errand(
        id=request.id,
        actor=request.terms.requester,
        text=escape(request.terms.command),
        action=request.terms.action,
        reply=Reply(),
        accepted_at=request.asked_at,
        request=request.id,
    )


def about(request: Request) -> dict[str, str]:
    """A request, as an entry's target."""
    terms = request.terms
    return {
        "request": request.id,
        "fingerprint": terms.fingerprint,
        "what": terms.action,
        "key": terms.key,
        "name": terms.name,
        "environment": terms.environment_id,
        "environment_name": terms.environment_name,
        "owner": str(terms.owner),
    }
