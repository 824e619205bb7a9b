"""Asking for credentials, and listing what was asked."""

from dataclasses import dataclass, replace

from bot.domain.commands import Renew, RequestKey
from bot.domain.decided import (
    NoSuchRequest,
    NotAskable,
    RequestShown,
    RequestsListed,
    Unaskable,
)
from bot.domain.environments import Environment
from bot.domain.errands import Errand
from bot.domain.forms import action_of
from bot.domain.grammar import WHICH
from bot.domain.outcomes import Denied, Outcome, Several
from bot.domain.people import Actor, Person, TurnedAway
from bot.domain.policy import Allowed, NeedsApproval, Question, Refused
from bot.domain.requests import State
from bot.flows.finding import Finder, NotFoundHere
from bot.flows.opening import LOOKED_AT, Opener, request_id
from bot.flows.people import Identified
from bot.flows.wanting import Wanted, at_once
from bot.flows.world import World

SHOWN = 10
"""Requests in a list: what a phone shows without much scrolling."""
MOST_PLACES = 10
"""Environments in one command."""
SUFFIX = 6
"""Hex digits of the request's id that tell a new key from one of the same name."""


@dataclass(frozen=True)
class Requester:
    """Asks for credentials and more time, and lists requests."""

    world: World
    finder: Finder
    opener: Opener

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
        return await self.opener.ask(errand, person, wanted, number)

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
        return await self.opener.ask(errand, who.person, wanted)

    async def _place(self, person: Person, command: RequestKey) -> Environment | NotFoundHere:
        found = await self.finder.askable(person, action_of(command), command.env)
        return found[0] if isinstance(found, list) else found

    async def _free_name(self, id_: str, place: Environment, wanted: str | None) -> str:
        """Name the new key: each request makes one of its own, so that each can end alone."""
        taken = {key.name for key in await self.world.account.keys(place.id)}
        base = wanted or "requested"
        return base if wanted and base not in taken else f"{base}-{id_[:SUFFIX]}"

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


def _teammate(actor: Actor, mention: str | None) -> Actor:
    return replace(actor, user_id=mention.removeprefix("@")) if mention else actor
