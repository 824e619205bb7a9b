"""Who may be the owner of a key: a confirmed member, by their own right or by a vote."""

from dataclasses import dataclass

from bot.domain.environments import Environment
from bot.domain.people import Actor, Person, TurnedAway
from bot.domain.policy import Action
from bot.domain.requests.limits import NotAskableReason
from bot.flows.authorize import Authorizer
from bot.flows.identity import People


@dataclass(frozen=True)
class Owning:
    """Looks at a person who is to own a key."""

    people: People
    authorizer: Authorizer

    async def member(self, person: Person, owner: Actor) -> Person | None:
        """Identify the owner; None for a person who is turned away."""
        if owner == person.actor:
            return person
        holder = await self.people.identify(owner, fresh=True)
        return None if isinstance(holder, TurnedAway) else holder.person

    def vote_needed(
        self,
        person: Person,
        owner: Person | None,
        action: Action,
        place: Environment,
        *,
        emergency: bool = False,
    ) -> tuple[bool, NotAskableReason | None]:
        """Tell whether only a vote lets them own a new key, and why not even that would."""
        if owner is None:
            return False, NotAskableReason.TEAMMATE
        if owner == person or self.authorizer.may_own_alone(
            owner, action, place, emergency=emergency
        ):
            return False, None
        if emergency:
            return False, NotAskableReason.NO_ACCESS
        voted = self.authorizer.has_voters(person, action, place)
        return voted, None if voted else NotAskableReason.OWNER
