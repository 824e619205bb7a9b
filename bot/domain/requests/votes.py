"""Who may agree to a request, and when enough of them have: people are counted, not presses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.people import Actor, KeyRight, Person
from bot.domain.policy import GROUPS, Approval


class IneligibleReason(StrEnum):
    """Why somebody may not decide."""

    OWN_REQUEST = "own_request"
    OWN_CREDENTIALS = "own_credentials"
    NOT_YOURS = "not_yours"
    NOT_AT_CLOUDINARY = "not_at_cloudinary"
    NO_ACCESS = "no_access"
    NOT_AN_APPROVER = "not_an_approver"


@dataclass(frozen=True)
class Interest:
    """Whose request it is: neither who asks nor who gets the credentials may decide."""

    requester: Actor
    owner: Actor
    cloudinary_ids: frozenset[str]
    """The Cloudinary users behind the two: a second Slack account is the same person."""


@dataclass(frozen=True)
class Vote:
    """One person's word on the frozen terms; `holds` are the roles and groups they had."""

    by: Actor
    name: str
    cloudinary_id: str
    holds: frozenset[str]
    approves: bool
    at: datetime
    fingerprint: str
    comment: str = ""
    on_behalf_of: str = ""
    """The Cloudinary user in whose place they decided, where they did."""

    @property
    def counts_as(self) -> str:
        """Whose word it is: a delegate and who sent them have one between them."""
        return self.on_behalf_of or self.cloudinary_id


def holds(
    person: Person, environment_id: str, on_call: frozenset[str] = frozenset()
) -> frozenset[str]:
    """The names that a policy may call this person by, where the environment is concerned.

    `on_call` are ids of Slack user groups that the person is in, as they were just read.
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
    required: frozenset[str],
    interest: Interest,
    environment_id: str,
) -> IneligibleReason | None:
    """Say why this person may not decide, or None; membership of a channel means nothing."""
    if person.actor == interest.requester:
        return IneligibleReason.OWN_REQUEST
    if person.actor == interest.owner:
        return IneligibleReason.OWN_CREDENTIALS
    if person.cloudinary_id in interest.cloudinary_ids:
        return IneligibleReason.OWN_REQUEST
    if person.cloudinary_id is None:
        return IneligibleReason.NOT_AT_CLOUDINARY
    if not person.reaches(environment_id):
        return IneligibleReason.NO_ACCESS
    if person.right_in(environment_id) in {KeyRight.NONE, KeyRight.VIEW}:
        return IneligibleReason.NO_ACCESS
    return None if held & required else IneligibleReason.NOT_AN_APPROVER


def distinct(votes: Iterable[Vote], fingerprint: str) -> tuple[Vote, ...]:
    """The last word of each person on these very terms; two accounts of one are one person."""
    by_actor = {vote.by: vote for vote in votes if vote.fingerprint == fingerprint}
    by_person = {vote.cloudinary_id: vote for vote in by_actor.values()}
    by_voter = {vote.counts_as: vote for vote in by_person.values()}
    return tuple(by_voter.values())


def reached(approving: Sequence[Vote], approval: Approval) -> bool:
    """Whether enough agree, and the ones among them who must."""
    special = frozenset(approval.of_which)
    return len(approving) >= approval.quorum and (
        not special or any(vote.holds & special for vote in approving)
    )
