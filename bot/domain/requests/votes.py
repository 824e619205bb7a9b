"""Whose vote counts on a request, and when the quorum is reached: people count, not presses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.people import Actor, KeyRight, Person
from bot.domain.policy import GROUPS, Approval
from bot.domain.requests.terms import Asker, Terms


class IneligibleReason(StrEnum):
    """Why a person's vote does not count."""

    OWN_REQUEST = "own_request"
    OWN_CREDENTIALS = "own_credentials"
    NOT_YOURS = "not_yours"
    NOT_AT_CLOUDINARY = "not_at_cloudinary"
    NO_ACCESS = "no_access"
    NOT_AN_APPROVER = "not_an_approver"


@dataclass(frozen=True)
class Vote:
    """One person's vote on the frozen terms; `holds` are the names they had in the rules then."""

    by: Actor
    name: str
    cloudinary_id: str
    holds: frozenset[str]
    approves: bool
    at: datetime
    fingerprint: str
    comment: str = ""
    on_behalf_of: str = ""
    """The Cloudinary user for whom a delegate voted."""

    @property
    def counts_as(self) -> str:
        """The Cloudinary user whose vote this is: a delegate and their sender have one vote."""
        return self.on_behalf_of or self.cloudinary_id


def holds(
    person: Person, environment_id: str, on_call: frozenset[str] = frozenset()
) -> frozenset[str]:
    """Return the names under which a rule's annotations match this person in the environment.

    `on_call` are ids of Slack user groups that the person is in now.
    """
    groups = {name for name, roles in GROUPS.items() if person.role in roles}
    roles = {str(person.role)} if person.role else set()
    if person.right_in(environment_id) is KeyRight.MANAGE:
        groups.add("key_roles")
    named = {f"group:{group}" for group in person.groups} | {f"person:{person.actor.user_id}"}
    return frozenset(groups | roles | named | {f"oncall:{group}" for group in on_call})


def ineligible(
    person: Person,
    held: frozenset[str],
    required: Iterable[frozenset[str]],
    terms: Terms,
    asker: Asker,
) -> IneligibleReason | None:
    """Return why this person's vote does not count, if it does not.

    `held` are their names; they need one of each set in `required`.
    """
    if person.actor == terms.requester:
        return IneligibleReason.OWN_REQUEST
    if person.actor == terms.owner:
        return IneligibleReason.OWN_CREDENTIALS
    if person.cloudinary_id is None:
        return IneligibleReason.NOT_AT_CLOUDINARY
    # A second Slack account of the requester or the owner is the same person.
    if person.cloudinary_id in {asker.cloudinary_id, asker.owner_id}:
        return IneligibleReason.OWN_REQUEST
    right = person.right_in(terms.environment_id)
    if not person.reaches(terms.environment_id) or right in {KeyRight.NONE, KeyRight.VIEW}:
        return IneligibleReason.NO_ACCESS
    named = all(held & each for each in required)
    return None if named else IneligibleReason.NOT_AN_APPROVER


def distinct(votes: Iterable[Vote], fingerprint: str) -> tuple[Vote, ...]:
    """Return the last vote of each person on these terms; two accounts are one person."""
    by_actor = {vote.by: vote for vote in votes if vote.fingerprint == fingerprint}
    by_person = {vote.cloudinary_id: vote for vote in by_actor.values()}
    by_voter = {vote.counts_as: vote for vote in by_person.values()}
    return tuple(by_voter.values())


def reached(approving: Sequence[Vote], approval: Approval) -> bool:
    """Whether the votes reach the quorum, with those who must be among them."""
    return approval.enough([vote.holds for vote in approving])
