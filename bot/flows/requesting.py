"""Opening a request: only one that could be granted, on terms that never change again."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.asking import unaskable, within_budget
from bot.domain.audit import Deed
from bot.domain.commands import Renew, RequestKey, action_of, render
from bot.domain.environments import Environment
from bot.domain.errands import Errand, Reply
from bot.domain.grammar import WHICH
from bot.domain.outcomes import (
    Denied,
    NoSuchRequest,
    NotAskable,
    Outcome,
    Requested,
    RequestShown,
    RequestsListed,
    Several,
    Unaskable,
)
from bot.domain.people import Actor, Person, TurnedAway
from bot.domain.policy import Allowed, NeedsApproval, Question, Refused
from bot.domain.requests import Asker, Request, State, Terms, Waiver, submit, waive
from bot.domain.sayings import Topic, redraw, to_security
from bot.domain.words import escape
from bot.flows.approvers import Approvers, enough
from bot.flows.evidence import Gatherer
from bot.flows.finding import Finder, NotFoundHere
from bot.flows.people import Identified
from bot.flows.ports import Locks
from bot.flows.wanting import Wanted, at_once
from bot.flows.world import World

SHOWN = 10
"""Requests in a list: what a phone shows without much scrolling."""
LOOKED_AT = 100
"""Of those that wait, how many are looked through; a list costs the same however many wait."""
MOST_PLACES = 10
"""Environments in one command."""
SUFFIX = 6
"""Hex digits of the request's id that tell a new key from one of the same name."""


@dataclass(frozen=True)
class Requester:
    """Opens requests."""

    world: World
    approvers: Approvers
    finder: Finder
    gatherer: Gatherer
    locks: Locks
    ttl: timedelta

    async def credentials(self, errand: Errand, who: Identified, command: RequestKey) -> Outcome:
        """Ask for credentials, for oneself or a teammate; each environment is its own request."""
        words = [word.strip() for word in command.env.split(",") if word.strip()][:MOST_PLACES]
        outcomes = [
            await self._credentials(errand, who.person, replace(command, env=word), number)
            for number, word in enumerate(words or [command.env])
        ]
        return outcomes[0] if len(outcomes) == 1 else Several(tuple(outcomes))

    async def _credentials(
        self, errand: Errand, person: Person, command: RequestKey, number: int
    ) -> Outcome:
        place = await self._place(person, command)
        if not isinstance(place, Environment):
            return place
        decision = self._decision(person, command, place)
        if isinstance(decision, Denied):
            return decision
        owner = _teammate(errand.actor, command.for_)
        holder = await self.world.people.identify(owner, fresh=True)
        if isinstance(holder, TurnedAway):
            return NotAskable(Unaskable.TEAMMATE, decision.approval)
        name = await self._free_name(request_id(errand, number), place, command.key)
        frozen = replace(command, env=place.cloud_name, key=name)
        wanted = Wanted(
            frozen,
            decision,
            place,
            name,
            owner=owner,
            owner_id=holder.person.cloudinary_id or "",
            reason=command.reason,
            lasts=command.expires,
            emergency=command.emergency,
        )
        return await self.ask(errand, person, wanted, number)

    def _decision(
        self, person: Person, command: RequestKey | Renew, place: Environment
    ) -> NeedsApproval | Denied:
        decision = self.world.policy.decide(Question(person, action_of(command), place))
        if isinstance(decision, Refused):
            return Denied(action_of(command), person, decision, place)
        return at_once(decision) if isinstance(decision, Allowed) else decision

    async def renew(self, errand: Errand, who: Identified, command: Renew) -> Outcome:
        """Ask that access which was granted lasts longer: the same key, a new request."""
        old = await self.world.requests.load(command.id)
        if old is None:
            return NoSuchRequest(command.id)
        terms = old.terms
        keys = await self.world.account.keys(terms.environment_id)
        key = next((each for each in keys if each.api_key == old.made), None)
        mine = errand.actor in {terms.owner, terms.requester}
        if key is None or not mine or old.state is not State.CLAIMED:
            return NotAskable(Unaskable.NOT_RENEWABLE, old.approval)
        place = Environment(terms.environment_id, terms.environment_name, terms.cloud_name)
        decision = self._decision(who.person, command, place)
        if isinstance(decision, Denied):
            return decision
        wanted = Wanted(
            command,
            decision,
            place,
            key.label,
            key,
            owner=terms.owner,
            owner_id=old.asker.owner_id,
            reason=command.reason,
            lasts=command.expires or terms.lasts,
        )
        return await self.ask(errand, who.person, wanted)

    async def _place(self, person: Person, command: RequestKey) -> Environment | NotFoundHere:
        found = await self.finder.askable(person, action_of(command), command.env)
        return found[0] if isinstance(found, list) else found

    async def _free_name(self, id_: str, place: Environment, wanted: str | None) -> str:
        """Name the new key: each request makes one of its own, so that each can end alone."""
        taken = {key.name for key in await self.world.account.keys(place.id)}
        base = wanted or "requested"
        return base if wanted and base not in taken else f"{base}-{id_[:SUFFIX]}"

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
        able = [] if waiver else await self.approvers.able(request)
        if waiver is None and not enough(able, approval):
            why = Unaskable.TOO_FEW if able else Unaskable.NOBODY
            return NotAskable(why, approval, len(able))
        evidence = await self.gatherer.gather(request, wanted.key, able)
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

    async def listed(self, person: Person, which: str | None) -> Outcome:
        """One's own, those that wait for one's word, or all that wait."""
        which = which or WHICH[0]
        if which not in WHICH:
            request = await self.world.requests.load(which)
            return RequestShown(request) if request else NoSuchRequest(which)
        if which == WHICH[0]:
            found = await self.world.requests.opened_by(person.actor, SHOWN + 1)
        else:
            pending = await self.world.requests.pending(LOOKED_AT)
            mine = which == WHICH[1]
            concerns = self.world.waits_for if mine else self.world.concerns
            found = [it for it in pending if await concerns(person, it)]
        return RequestsListed(which, tuple(found[:SHOWN]), more=len(found) > SHOWN)


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


def _teammate(actor: Actor, mention: str | None) -> Actor:
    return replace(actor, user_id=mention.removeprefix("@")) if mention else actor
