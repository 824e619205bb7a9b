"""Whose vote counts on a request, and when the quorum is reached: people count, not presses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.addresses import mailbox, one_mailbox
from bot.domain.people import Actor, KeyRight, Person
from bot.domain.policy import GROUPS, ON_USERS, Action, Approval
from bot.domain.requests.terms import Asker, Terms

ON_CALL: Final = "oncall:"
"""Before the id of a Slack user group, in the names that a policy may call a person by."""
GROUP: Final = "group:"
"""The same before the name of a group at Cloudinary."""


class IneligibleReason(StrEnum):
    """Why a person's vote does not count."""

    OWN_REQUEST = "own_request"
    OWN_CREDENTIALS = "own_credentials"
    NOT_YOURS = "not_yours"
    NOT_AT_CLOUDINARY = "not_at_cloudinary"
    NO_ACCESS = "no_access"
    NOT_AN_APPROVER = "not_an_approver"
    PRINCIPAL_VOTED = "principal_voted"
    STANDS_IN = "stands_in"
    ABOUT_YOU = "about_you"
    BEYOND_ACCESS = "beyond_access"
    NOT_CONCERNED = "not_concerned"
    DELETION = "deletion"


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
    mailbox: str = ""
    """Where the voter's address leads; empty in records from before it was kept."""
    principal_mailbox: str = ""
    """The mailbox of the person for whom a delegate voted."""
    principal: Actor | None = None
    """That person at Slack; None in records from before it was kept."""
    principal_name: str = ""

    @property
    def counts_as(self) -> str:
        """The Cloudinary user whose vote this is: a delegate and their sender have one vote."""
        return self.on_behalf_of or self.cloudinary_id

    @property
    def mailboxes(self) -> frozenset[str]:
        """The mailboxes of the voter and of the person voted for, as far as they are known."""
        return frozenset({self.mailbox, self.principal_mailbox} - {""})

    def is_by(self, person: Person) -> bool:
        """Whether this person gave the vote, from any account."""
        same_user = self.cloudinary_id == person.cloudinary_id
        same_box = one_mailbox(self.mailbox, mailbox(person.email))
        return self.by == person.actor or same_user or same_box

    def overrides(self, other: "Vote") -> bool:
        """Whether a delegate's vote would replace the principal's own, which it never does."""
        if not self.on_behalf_of:
            return False
        same_box = one_mailbox(other.mailbox, self.principal_mailbox)
        return other.cloudinary_id == self.on_behalf_of or same_box

    def is_of_voter(self, other: "Vote") -> bool:
        """Whether two votes are one person's: by any account, mailbox, or person voted for."""
        return (
            self.by == other.by
            or self.cloudinary_id == other.cloudinary_id
            or self.counts_as == other.counts_as
            or bool(self.mailboxes & other.mailboxes)
        )


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
    named = {f"{GROUP}{group}" for group in person.groups} | {f"person:{person.actor.user_id}"}
    return frozenset(groups | roles | named | {f"{ON_CALL}{group}" for group in on_call})


def has_key_role(person: Person) -> bool:
    """Whether the person has a key role, or manages the keys of an environment."""
    return "key_roles" in holds_anywhere(person)


def holds_anywhere(person: Person) -> frozenset[str]:
    """Return their names in any environment; whether they are on call is not known."""
    places = ["", *dict(person.rights or ())]
    return frozenset[str]().union(*(holds(person, place) for place in places))


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
    if terms.group and terms.group.is_about(person):
        return IneligibleReason.ABOUT_YOU
    about_owner = terms.action in ON_USERS | {Action.LINK}
    if person.actor == terms.owner:
        return IneligibleReason.ABOUT_YOU if about_owner else IneligibleReason.OWN_CREDENTIALS
    if person.cloudinary_id is None:
        return IneligibleReason.NOT_AT_CLOUDINARY
    if about_owner and asker.is_owner(person.cloudinary_id, person.email):
        return IneligibleReason.ABOUT_YOU
    # A second account of the requester or the owner is the same person.
    if person.cloudinary_id in {asker.cloudinary_id, asker.owner_id}:
        return IneligibleReason.OWN_REQUEST
    if asker.is_mailbox_of(person.email):
        return IneligibleReason.OWN_REQUEST
    everywhere = terms.action is not Action.ENV_CREATE or person.environments is None
    if not everywhere or not may_act_in(person, terms.environment_id):
        return IneligibleReason.NO_ACCESS
    if not person.reaches_all(terms.opens):
        return IneligibleReason.BEYOND_ACCESS
    named = all(held & each for each in required)
    return None if named else IneligibleReason.NOT_AN_APPROVER


def same_person(one: Person, other: Person) -> bool:
    """Whether two users of Cloudinary are one person, who has one vote and is no own delegate."""
    same_user = one.cloudinary_id == other.cloudinary_id
    return same_user or one_mailbox(mailbox(one.email), mailbox(other.email))


def may_act_in(person: Person, environment_id: str) -> bool:
    """Whether Cloudinary gives the person what an approver needs; empty concerns no environment.

    An approver needs it, and so does a person who acts alone in an emergency.
    """
    if person.cloudinary_id is None:
        return False
    right = person.right_in(environment_id)
    reaches = person.reaches(environment_id) and right not in {KeyRight.NONE, KeyRight.VIEW}
    return not environment_id or reaches


def distinct(votes: Iterable[Vote], fingerprint: str) -> tuple[Vote, ...]:
    """Return the last vote of each person on these terms; two accounts are one person."""
    current = list[Vote]()
    for vote in votes:
        if vote.fingerprint == fingerprint:
            current = [each for each in current if not each.is_of_voter(vote)]
            current.append(vote)
    return tuple(current)


def reached(approving: Sequence[Vote], approval: Approval) -> bool:
    """Whether the votes reach the quorum, with those who must be among them."""
    return approval.enough([vote.holds for vote in approving])
