"""What an answer offers next: only commands that the person may use or request."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.commands.many_keys import about_same
from bot.domain.commands.registry import base_action_of
from bot.domain.environments import Environment
from bot.domain.keys import Located, changes_of
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.environment_changes import EnvironmentCreated
from bot.domain.outcomes.keys import (
    KeyChanged,
    KeyProtected,
    KeyShown,
    KeysListed,
    NothingToChange,
    SignerMoves,
)
from bot.domain.outcomes.links import NothingToClaim, SecretWithheld
from bot.domain.outcomes.requests import Requested, RequestShown, RequestsListed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import (
    HELPED_BY_REQUEST,
    Action,
    Allowed,
    Explanation,
    Refused,
    needs_no_vote,
)
from bot.domain.requests.deletions import place_of
from bot.domain.requests.machine import Request
from bot.domain.signing import SignerMove
from bot.flows.gravest import Decide

Explain = Callable[[Person, Action, Environment | None], Explanation]
LEADS_TO: Final = {
    NothingToClaim: Action.KEY_SHOW,
    SecretWithheld: Action.KEY_CREATE,
    EnvironmentCreated: Action.KEY_CREATE,
}
"""What an answer names as the next command, for a person who may use it."""


@dataclass(frozen=True)
class Offers:
    """Completes answers by what the policy decides about their next commands."""

    decide: Decide
    explain: Explain

    def on(self, person: Person, outcome: Outcome) -> Outcome:
        """Let an answer offer its next command only where the person may use or request it."""
        match outcome:
            case KeyProtected(here, move=SignerMove() as move):
                return replace(outcome, move=self.seen(person, move, here))
            case SignerMoves(here, move):
                return replace(outcome, move=self.seen(person, move, here))
            case KeyChanged() | NothingToChange():
                return self._reversible(person, outcome)
            case NothingToClaim() | SecretWithheld() | EnvironmentCreated():
                place = outcome.environment if isinstance(outcome, EnvironmentCreated) else None
                decision = self.decide(person, LEADS_TO[type(outcome)], place)
                return replace(outcome, offers=not isinstance(decision, Refused))
            case KeyShown(here):
                return self._with_changes(person, outcome)
            case KeysListed():
                return self._of_many(person, outcome)
            case RequestShown(request) | Requested(request):
                return replace(outcome, offers=self._may_restore(person, request))
            case RequestsListed(_, requests):
                offers = (it.id for it in requests if self._may_restore(person, it))
                return replace(outcome, offers=frozenset(offers))
            case Denied() | Unknown():
                return self._helped(person, outcome)
            case _:
                return outcome

    def seen(self, person: Person, move: SignerMove, here: Located) -> SignerMove:
        """Leave out the names of other keys for a person who may not see the environment's keys."""
        may = isinstance(self.decide(person, Action.KEY_SHOW, here.environment), Allowed)
        return move if may else move.as_seen_with(here.key.api_key)

    def _reversible(self, person: Person, outcome: KeyChanged | NothingToChange) -> Outcome:
        """Offer to enable the key, and tell of the signer what the person may see."""
        here = outcome.located
        decision = self.decide(person, Action.KEY_ENABLE, here.environment)
        may, voted = not isinstance(decision, Refused), not needs_no_vote(decision)
        if isinstance(outcome, KeyChanged) and outcome.move:
            outcome = replace(outcome, move=self.seen(person, outcome.move, here))
        return replace(outcome, offers=may, by_vote=may and voted)

    def _with_changes(self, person: Person, outcome: KeyShown) -> KeyShown:
        """Add the changes of a key that the person may make or request."""
        here = outcome.located
        decided = {each: self.decide(person, each, here.environment) for each in changes_of(here)}
        may = {each: it for each, it in decided.items() if not isinstance(it, Refused)}
        voted = tuple(each for each, decision in may.items() if not needs_no_vote(decision))
        restores = self.may_restore(person, here)
        return replace(outcome, offers=restores, may=tuple(may), by_vote=voted)

    def _of_many(self, person: Person, outcome: KeysListed) -> KeysListed:
        """Offer what the person may do to all of the keys, and the deletions they may take back."""
        own = (it.key.api_key for it in outcome.keys if self.may_restore(person, it))
        meant = about_same(outcome.command) if outcome.total else ()
        decided = [(each, self.decide(person, base_action_of(each), None)) for each in meant]
        many = tuple(each for each, decision in decided if not isinstance(decision, Refused))
        return replace(outcome, offers=frozenset(own), many=many)

    def may_restore(self, person: Person, here: Located) -> bool:
        """Whether the key is about to be deleted, and the person may ask to take that back."""
        may = self.decide(person, Action.KEY_ENABLE, here.environment)
        return here.deletes_at is not None and not isinstance(may, Refused)

    def _may_restore(self, person: Person, request: Request) -> bool:
        """Likewise of a request to delete a key."""
        may = self.decide(person, Action.KEY_ENABLE, place_of(request.terms))
        return request.terms.action is Action.KEY_DELETE and not isinstance(may, Refused)

    def _helped(self, person: Person, outcome: Denied | Unknown) -> Outcome:
        """Tell who may do what is refused, and whether the person may request credentials."""
        requests = not isinstance(self.decide(person, Action.KEY_REQUEST, None), Refused)
        if isinstance(outcome, Unknown):
            return replace(outcome, requests=requests and not outcome.reason.stops)
        roles = self.explain(person, outcome.action, outcome.environment).roles
        allowed = tuple(role for role, decision in roles if not isinstance(decision, Refused))
        requests = requests and outcome.action in HELPED_BY_REQUEST
        return replace(outcome, allowed=allowed, requests=requests)
