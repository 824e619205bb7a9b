"""Opening a request: only one that could be granted, on terms that never change again."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.audit import Deed
from bot.domain.commands import RequestKey, action_of, render
from bot.domain.environments import Environment
from bot.domain.errands import Errand, Reply
from bot.domain.grammar import WHICH
from bot.domain.outcomes import (
    Denied,
    NotAskable,
    Outcome,
    Requested,
    RequestsListed,
    Unaskable,
)
from bot.domain.people import Actor, Person, TurnedAway
from bot.domain.policy import Allowed, Approval, NeedsApproval, Question, Refused
from bot.domain.requests import Asker, Cause, Event, Request, Terms, move, submit
from bot.domain.sayings import Topic, redraw
from bot.domain.words import escape
from bot.flows.approvers import Approvers, enough
from bot.flows.evidence import Gatherer
from bot.flows.finding import Finder, NotFoundHere
from bot.flows.people import Identified
from bot.flows.wanting import Wanted
from bot.flows.world import World

SHOWN = 10
"""Requests in a list: what a phone shows without much scrolling."""
LOOKED_AT = 100
"""Of those that wait, how many are looked through; a list costs the same however many wait."""
SUFFIX = 6
"""Hex digits of the request's id that tell a new key from one of the same name."""


@dataclass(frozen=True)
class Requester:
    """Opens requests."""

    world: World
    approvers: Approvers
    finder: Finder
    gatherer: Gatherer
    ttl: timedelta

    async def credentials(self, errand: Errand, who: Identified, command: RequestKey) -> Outcome:
        """Ask for credentials of one's own, or for a teammate."""
        place = await self._place(who.person, command)
        if not isinstance(place, Environment):
            return place
        decision = self.world.policy.decide(Question(who.person, action_of(command), place))
        if isinstance(decision, Refused):
            return Denied(action_of(command), who.person, decision, place)
        if isinstance(decision, Allowed):
            decision = NeedsApproval(decision.policy, Approval(0, ()))
        owner = _teammate(errand.actor, command.for_)
        if isinstance(await self.world.people.identify(owner, fresh=True), TurnedAway):
            return NotAskable(Unaskable.TEAMMATE, decision.approval)
        name = await self._free_name(errand, place, command.key)
        frozen = replace(command, env=place.cloud_name, key=name)
        return await self.ask(
            errand,
            who.person,
            Wanted(
                frozen,
                decision,
                place,
                name,
                owner=owner,
                reason=command.reason,
                lasts=command.expires,
            ),
        )

    async def _place(self, person: Person, command: RequestKey) -> Environment | NotFoundHere:
        found = await self.finder.askable(person, action_of(command), command.env)
        return found[0] if isinstance(found, list) else found

    async def _free_name(self, errand: Errand, place: Environment, wanted: str | None) -> str:
        """Name the new key: each request makes one of its own, so that each can end alone."""
        taken = {key.name for key in await self.world.account.keys(place.id)}
        base = wanted or "requested"
        return base if wanted and base not in taken else f"{base}-{request_id(errand)[:SUFFIX]}"

    async def ask(self, errand: Errand, person: Person, wanted: Wanted) -> Outcome:
        """Open a request for a command; asking again for the same errand opens no second."""
        there = await self.world.requests.load(request_id(errand))
        if there:
            return Requested(there)
        approval = wanted.decision.approval
        why = _unaskable(approval, wanted)
        if why:
            return NotAskable(why, approval)
        request = self._request(errand, person, wanted)
        able = await self.approvers.able(request)
        if not enough(able, approval):
            why = Unaskable.TOO_FEW if able else Unaskable.NOBODY
            return NotAskable(why, approval, len(able))
        evidence = await self.gatherer.gather(request, wanted.key, able)
        return await self._open(errand, replace(request, evidence=evidence))

    async def _open(self, errand: Errand, request: Request) -> Outcome:
        opened = submit(request, request.asked_at).request
        entry = self.world.scribe.entry(errand, Deed.REQUESTED, about(opened), opened.policy)
        follows = None
        if not opened.approval.quorum:  # the policy lets it happen at once
            opened = move(opened, Event.APPROVE, Cause.ENGINE, opened.asked_at).request
            follows = execution(opened)
        await self.world.requests.open(opened, entry, [redraw(opened.id, Topic.ASKED)], follows)
        return Requested(opened)

    def _request(self, errand: Errand, person: Person, wanted: Wanted) -> Request:
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
        asker = Asker(person.name, person.email, person.role or "", person.cloudinary_id or "")
        decision = wanted.decision
        return Request(
            id=request_id(errand),
            terms=terms,
            asker=asker,
            approval=decision.approval,
            policy=decision.policy,
            policy_version=self.world.policy.version,
            asked_at=now,
            expires_at=now + self.ttl,
            since=now,
        )

    async def listed(self, person: Person, which: str | None) -> Outcome:
        """One's own, those that wait for one's word, or all that wait."""
        which = which or WHICH[0]
        if which == WHICH[0]:
            found = await self.world.requests.opened_by(person.actor, SHOWN + 1)
        else:
            pending = await self.world.requests.pending(LOOKED_AT)
            mine = which == WHICH[1]
            found = [it for it in pending if not mine or await self.world.waits_for(person, it)]
        return RequestsListed(which, tuple(found[:SHOWN]), more=len(found) > SHOWN)


def request_id(errand: Errand) -> str:
    """The id of the request that an errand opens."""
    return f"{errand.id}r"


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


def _teammate(actor: Actor, mention: str | None) -> Actor:
    return replace(actor, user_id=mention.removeprefix("@")) if mention else actor


def _unaskable(approval: Approval, wanted: Wanted) -> Unaskable | None:
    if approval.reason and not re.search(approval.reason, wanted.reason):
        return Unaskable.REASON
    too_long = wanted.lasts is None or (approval.longest and wanted.lasts > approval.longest)
    if approval.longest and wanted.key is None and too_long:
        return Unaskable.TOO_LONG
    return None
