"""May this person do this here, now? The only caller of the policy.

A plan is allowed at once, opens a request that others approve, or is denied. Callers: `keys.run`
and `requests.run` with plans, `requests.eligibility` and `links.access` to decide again later,
intake, dispatcher and menu for an early refusal, and `keys.resolve` for what a person may see.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol, TypeGuard, assert_never

from bot.domain.commands.grammar import Incomplete, Misunderstood, Reading, read
from bot.domain.commands.keys import DisableKey, ExplainKey, KeyLook, RolesOfKey
from bot.domain.commands.leaks import DisownOpening
from bot.domain.commands.registry import action_of
from bot.domain.commands.reviews import AnswerReview, OwnReviews
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Person, TurnedAway
from bot.domain.policy import (
    OPEN,
    Action,
    Allowed,
    Approval,
    Decision,
    Explanation,
    NeedsApproval,
    Question,
    Refused,
    needs_no_vote,
)
from bot.domain.requests.machine import Request
from bot.domain.requests.terms import Waiver
from bot.domain.requests.votes import (
    ON_CALL,
    IneligibleReason,
    holds,
    holds_anywhere,
    ineligible,
    may_act_in,
)
from bot.domain.rotation import Step
from bot.flows.gravest import of_plan, of_terms
from bot.flows.identity import Identity
from bot.flows.offers import Offers
from bot.flows.plan import Plan
from bot.flows.ports import Policy
from bot.flows.suggestions import suggesting

OWNERS_STOP: Final = DisableKey
"""What the person for whom a key was created may always do to it."""
OWNER: Final = Allowed("owner", notify=True)
"""By what right they do it; security is told."""


STEPS_NEED: Final = {
    Step.SIGNER: Action.KEY_WEBHOOK,
    Step.ROLL_BACK: Action.KEY_ENABLE,
    Step.DELETE: Action.KEY_DELETE,
}
"""What a step of a rotation does, beside rotating."""
NOT_BY_OWNER: Final = frozenset({Step.SIGNER, Step.DELETE})
"""Steps that the owner of a key takes by a right of their own alone."""


class Owners(Protocol):
    """Knows for whom keys were created."""

    async def owns(self, actor: Actor, api_key: str, environment_id: str) -> bool:
        """Whether the key was created for this person."""


class RequestOpener(Protocol):
    """Opens requests."""

    async def open(
        self, job: Job, person: Person, plan: Plan, decision: NeedsApproval, number: int = 0
    ) -> Outcome:
        """Freeze a plan and ask its approvers; `number` tells the requests of one job apart."""


def stops_own(reading: Reading) -> bool:
    """Whether a command may be one that an owner needs no right for, complete or not."""
    if isinstance(reading, Incomplete):
        return reading.spec.build in {OWNERS_STOP, ExplainKey, DisownOpening}
    return isinstance(reading, OWNERS_STOP | DisownOpening) or looks_at_own(reading)


def looks_at_own(reading: Reading) -> TypeGuard[KeyLook]:
    """Whether a command tells what a key can do, which its owner may always ask."""
    shows = isinstance(reading, RolesOfKey) and reading.change is None
    return shows or isinstance(reading, ExplainKey)


@dataclass(frozen=True)
class Authorizer:
    """Decides plans."""

    policy: Policy
    opener: RequestOpener
    owners: Owners

    async def authorize(self, job: Job, person: Person, plan: Plan) -> Allowed | Outcome:
        """Allow a plan at once, or answer with the request that it opens, or with a refusal."""
        decision = of_plan(self.decide, person, plan)
        if isinstance(decision, Allowed) and not plan.tracked:
            return decision
        if await self._stops_own(person, plan):
            return OWNER
        return await self._open(job, person, plan, decision)

    async def _stops_own(self, person: Person, plan: Plan) -> bool:
        """Whether the plan only stops a key of the person's own, which needs no other right.

        They may have lost their role, their access or their Cloudinary user: a key that stops
        harms no one, and one that leaked has to. Who is turned away never comes here.
        """
        if not isinstance(plan.command, OWNERS_STOP) or plan.key is None:
            return False
        return await self.owners.owns(person.actor, plan.key.api_key, plan.environment.id)

    async def request(self, job: Job, person: Person, plan: Plan, number: int = 0) -> Outcome:
        """Open the request that a tracked plan always needs, or answer with a refusal."""
        decision = of_plan(self.decide, person, plan)
        return await self._open(job, person, plan, decision, number)

    async def _open(
        self, job: Job, person: Person, plan: Plan, decision: Decision, number: int = 0
    ) -> Outcome:
        if isinstance(decision, Refused):
            return Denied(plan.action, person, decision, plan.environment)
        if isinstance(decision, Allowed):
            decision = NeedsApproval(decision.policy, Approval(0, ()))
        return plan.obstacle or await self.opener.open(job, person, plan, decision, number)

    def decide(self, person: Person, action: Action, environment: Environment | None) -> Decision:
        """Ask the policy one question."""
        return self.policy.decide(Question(person, action, environment))

    def explain(
        self, person: Person, action: Action, environment: Environment | None
    ) -> Explanation:
        """Explain what `decide` answers, for this person and for every role."""
        return self.policy.explain(Question(person, action, environment))

    def still_grants(self, person: Person, request: Request, place: Environment) -> bool:
        """Whether the rules still let the request stand.

        One that no other person approved stands on the person's own right.
        """
        decision = of_terms(self.decide, person, request.terms, place)
        match request.waived:
            case None:
                return not isinstance(decision, Refused)
            case Waiver.AT_ONCE:
                return isinstance(decision, Allowed)
            case Waiver.BUDGET:
                return needs_no_vote(decision)
            case Waiver.EMERGENCY:
                allowed = request.approval.emergency_for(holds(person, place.id))
                may = not isinstance(decision, Refused)
                return may and allowed and self.has_right(person, place)
            case _:
                assert_never(request.waived)

    def stands(self, person: Person, request: Request, place: Environment) -> bool:
        """Whether the requester could open the same request now, under the same approval."""
        if request.waived and not self.still_grants(person, request, place):
            return False
        decision = of_terms(self.decide, person, request.terms, place)
        if isinstance(decision, Allowed):
            return True  # an approval does no harm where none is needed
        if not isinstance(decision, NeedsApproval):
            return False
        # How people hear of a request is none of its conditions.
        return replace(decision.approval, reach=request.approval.reach) == request.approval

    def vote_refusal(
        self, person: Person, held: frozenset[str], request: Request, waited: timedelta
    ) -> IneligibleReason | None:
        """Why a person's vote does not count now, if so; `held` are their names in the rules."""
        if isinstance(self.decide(person, Action.DECIDE, None), Refused):
            return IneligibleReason.NOT_AN_APPROVER
        required = request.approval.open_to(waited)
        return ineligible(person, held, required, request.terms, request.asker)

    def oversees(self, person: Person, request: Request, place: Environment | None) -> bool:
        """Whether a person may see a request that no one votes on.

        They read the audit log, which has it, and could ask for the same.
        """
        reads = isinstance(self.decide(person, Action.AUDIT, None), Allowed)
        could = self.decide(person, request.terms.action, place)
        return not request.approval.quorum and reads and not isinstance(could, Refused)

    def may_steer(self, person: Person, request: Request, place: Environment, taken: Step) -> bool:
        """Whether a person may take a step of a rotation; its approval stands in for one of theirs.

        The owner of the key may say when it is replaced, and take that back, as long as they could
        request credentials there.
        """
        also = STEPS_NEED.get(taken, Action.KEY_ROTATE)
        decisions = [self.decide(person, each, place) for each in (Action.KEY_ROTATE, also)]
        if not any(isinstance(each, Refused) for each in decisions):
            return True
        asks = self.decide(person, Action.KEY_REQUEST, place)
        same = request.owner_id in {"", person.cloudinary_id} and taken not in NOT_BY_OWNER
        return same and person.actor == request.terms.owner and not isinstance(asks, Refused)

    def backs_deletion(self, person: Person, request: Request, place: Environment) -> bool:
        """Whether the deletion at a rotation's end has the approvals that `key delete` needs.

        Who approved or reviewed the rotation counts, and so does a press of another person.
        """
        decision = self.decide(person, Action.KEY_DELETE, place)
        if not isinstance(decision, NeedsApproval):
            return isinstance(decision, Allowed)
        required, held = decision.approval.open_to(timedelta()), holds(person, place.id)
        votes = [*request.approving, *request.reviews]
        backed = {it.counts_as: it.holds for it in votes if all(it.holds & e for e in required)}
        if ineligible(person, held, required, request.terms, request.asker) is None:
            backed[person.cloudinary_id or ""] = held
        return decision.approval.enough([*backed.values()])

    def owner_may_have(self, owner: Person, request: Request, place: Environment) -> bool:
        """Whether the owner may have what no person approved for them.

        The successor of a key that they have, with its roles, gives them nothing new.
        """
        terms, rotation = request.terms, request.terms.rotation
        has = rotation is not None and rotation.held and not rotation.changed
        replaced = has and owner.actor == terms.owner != terms.requester
        return replaced or self.still_grants(owner, request, place)

    def may_decide(self, person: Person) -> bool:
        """Whether some request may want this person's vote; who is on call counts as possible."""
        if person.cloudinary_id is None:
            return False
        names = self.policy.approvers
        on_call = any(name.startswith(ON_CALL) for name in names)
        return on_call or bool(names & holds_anywhere(person))

    def may_own_alone(
        self, owner: Person, action: Action, place: Environment, *, emergency: bool
    ) -> bool:
        """Whether a person may own a key that no one approves for another: by their own right."""
        if emergency:
            return self.has_right(owner, place)
        return needs_no_vote(self.decide(owner, action, place))

    def has_voters(self, person: Person, action: Action, place: Environment) -> bool:
        """Whether the rules name approvers for what a person asks, within a budget too."""
        decision = self.decide(person, action, place)
        return isinstance(decision, NeedsApproval) and decision.approval.quorum > 0

    def names_group(self, name: str) -> bool:
        """Whether the rules name a Cloudinary group: its members decide or may do more."""
        return name in self.policy.groups

    def has_right(self, person: Person, place: Environment) -> bool:
        """Whether Cloudinary gives the person what an approver needs there."""
        return may_act_in(person, place.id)

    @property
    def offers(self) -> Offers:
        """Says what an answer offers next."""
        return Offers(self.decide, self.explain)

    def offered(self, who: Identity, texts: Sequence[str]) -> tuple[str, ...]:
        """Choose the commands that a menu offers: those that the person may use somewhere."""
        return tuple(each for each in texts if not self.refusal(who, read(each)))

    def early(self, who: Identity, reading: Reading) -> Outcome | None:
        """Refuse before a job is stored, but not what an owner may do: their key is unknown yet."""
        owners = stops_own(reading) and not isinstance(who, TurnedAway)
        refusal = None if owners else self.refusal(who, reading)
        if refusal is None or isinstance(who, TurnedAway):
            return refusal
        return self.offers.on(who.person, refusal)

    def refusal(self, who: Identity, reading: Reading) -> Outcome | None:
        """Refuse what the person may do nowhere, before anything is looked up."""
        if isinstance(who, TurnedAway):
            return who
        if isinstance(reading, Misunderstood):
            return None
        action = reading.spec.action if isinstance(reading, Incomplete) else action_of(reading)
        asks = action is Action.KEY_REQUEST or isinstance(reading, OwnReviews | AnswerReview)
        stopped = bool(who.mismatch and who.mismatch.stops) and asks
        if who.mismatch and (stopped or action not in OPEN):
            return Unknown(who.mismatch, who.person.email)
        decision = self.decide(who.person, action, None)
        if not isinstance(decision, Refused):
            return None
        return suggesting(reading, Denied(action, who.person, decision))
