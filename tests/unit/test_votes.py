from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.people import Actor, KeyRight, Person, Role
from bot.domain.policy import Approval, Escalation
from bot.domain.requests.votes import (
    IneligibleReason,
    Vote,
    distinct,
    holds,
    ineligible,
    reached,
)
from tests.unit.requests_made import AT, DRAFT, PLACE, TERMS, someone, word

APPROVAL: Final = Approval(2, ("key_roles",), ("admins",))
ASKER: Final = replace(DRAFT.asker, owner_mailbox="owner@lumen.example")
MARK: Final = TERMS.fingerprint


def ineligible_reason(
    person: Person,
    required: Iterable[frozenset[str]] = APPROVAL.open_to(timedelta()),
    on_call: str = "",
) -> IneligibleReason | None:
    """Return why the person's vote does not count on this request."""
    held = holds(person, PLACE, frozenset({on_call} - {""}))
    return ineligible(person, held, required, TERMS, ASKER)


HELD: Final[dict[str, tuple[Person, set[str]]]] = {
    "master admin": (someone("ann", Role.MASTER_ADMIN), {"master_admin", "admins", "key_roles"}),
    "admin": (someone("ann", Role.ADMIN), {"admin", "admins", "key_roles"}),
    "technical admin": (someone("ann"), {"technical_admin", "key_roles"}),
    "billing": (someone("ann", Role.BILLING), {"billing"}),
    "nobody": (someone("ann", None), set()),
    "by Cloudinary's policies": (
        someone("ann", Role.BILLING, right=KeyRight.MANAGE),
        {"billing", "key_roles"},
    ),
    "may look": (someone("ann", None, right=KeyRight.VIEW), set()),
    "in a group": (someone("ann", None, groups=["Platform"]), {"group:Platform"}),
}


@pytest.mark.parametrize(("person", "names"), HELD.values(), ids=HELD)
def test_rules_can_name_a_person_in_these_ways(person: Person, names: set[str]) -> None:
    """Roles, groups of roles, Cloudinary's groups, the person"""
    members = {"members"} if person.role else set()
    assert {*names, *members, "person:U0ANN"} == holds(person, PLACE)


def test_the_caller_provides_who_is_on_call() -> None:
    """As read from Slack"""
    assert "oncall:S1" in holds(someone("ann"), PLACE, frozenset({"S1"}))


def test_a_right_counts_in_its_environment_alone() -> None:
    """The right to manage keys here is worth nothing elsewhere"""
    manager = someone("ann", None, right=KeyRight.MANAGE)
    assert "key_roles" not in holds(manager, "e-other")


INELIGIBLE: Final[dict[str, tuple[Person, IneligibleReason | None]]] = {
    "a key role": (someone("ann"), None),
    "who asked": (someone("asker", Role.ADMIN), IneligibleReason.OWN_REQUEST),
    "their other account": (
        someone("mask", Role.ADMIN, at_cloudinary="c-asker"),
        IneligibleReason.OWN_REQUEST,
    ),
    "who gets it": (someone("owner", Role.ADMIN), IneligibleReason.OWN_CREDENTIALS),
    "who gets it, unknown then": (
        someone("owner", Role.ADMIN, at_cloudinary="c-new"),
        IneligibleReason.OWN_CREDENTIALS,
    ),
    "the other account of who gets it": (
        someone("mask", Role.ADMIN, at_cloudinary="c-owner"),
        IneligibleReason.OWN_REQUEST,
    ),
    "the mailbox of who asked": (
        replace(someone("mask", Role.ADMIN), email="Asker+ci@lumen.example"),
        IneligibleReason.OWN_REQUEST,
    ),
    "the mailbox of who gets it": (
        replace(someone("mask", Role.ADMIN), email="owner+x@lumen.example"),
        IneligibleReason.OWN_REQUEST,
    ),
    "not at Cloudinary": (
        someone("ann", None, at_cloudinary=None),
        IneligibleReason.NOT_AT_CLOUDINARY,
    ),
    "without access": (someone("ann", environments=frozenset()), IneligibleReason.NO_ACCESS),
    "who may look": (someone("ann", Role.ADMIN, right=KeyRight.VIEW), IneligibleReason.NO_ACCESS),
    "without a right": (
        someone("ann", Role.ADMIN, right=KeyRight.NONE),
        IneligibleReason.NO_ACCESS,
    ),
    "by a right alone": (someone("ann", None, right=KeyRight.MANAGE), None),
    "another role": (someone("ann", Role.BILLING), IneligibleReason.NOT_AN_APPROVER),
}


@pytest.mark.parametrize(("person", "reason"), INELIGIBLE.values(), ids=INELIGIBLE)
def test_who_may_decide_and_why_others_may_not(
    person: Person, reason: IneligibleReason | None
) -> None:
    """Membership of the channel gives no vote"""
    assert reason is ineligible_reason(person)


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("group:Platform", someone("ann", None, groups=["Platform"])),
        ("person:U0ANN", someone("ann", None)),
        ("oncall:S1", someone("ann", None)),
        ("members", someone("ann", Role.REPORTS)),
    ],
)
def test_a_name_of_the_policy_makes_an_approver(name: str, person: Person) -> None:
    """Even without a key role"""
    assert ineligible_reason(person, [frozenset({name})], "S1") is None
    assert IneligibleReason.NOT_AN_APPROVER is ineligible_reason(person, [frozenset({"admins"})])


def test_those_of_whom_one_must_approve_may_decide_too() -> None:
    """And more people after the escalation"""
    led = Approval(1, ("billing",), ("admins",), escalation=Escalation(timedelta(hours=1), ("x",)))
    assert (frozenset({"billing", "admins"}),) == led.open_to(timedelta(minutes=59))
    assert (frozenset({"billing", "admins", "x"}),) == led.open_to(timedelta(hours=1))


def counted(*votes: Vote, approval: Approval = APPROVAL) -> bool:
    """Whether a request counts these votes as enough."""
    current_votes = distinct(votes, MARK)
    return reached([vote for vote in current_votes if vote.approves], approval)


ANN: Final = word("ann", holds=["key_roles"])
BOSS: Final = word("boss", holds=["key_roles", "admins"])


def test_enough_people_approve() -> None:
    """On these terms, with one of those who must be among them"""
    assert counted(ANN, BOSS)
    assert not counted(ANN)
    assert not counted(BOSS)


SHORT: Final[dict[str, tuple[Vote, Vote]]] = {
    "the same person": (BOSS, BOSS),
    "the same person, later": (BOSS, word("boss", at=AT + timedelta(hours=1), holds=["admins"])),
    "another account of the same": (BOSS, word("mask", cloudinary_id="c-boss")),
    "somebody in their place": (BOSS, word("dora", on_behalf_of="c-boss")),
    "two in the same place": (
        word("dora", on_behalf_of="c-boss", holds=["admins"]),
        word("dave", on_behalf_of="c-boss", holds=["admins"]),
    ),
    "another account with the mailbox": (
        replace(BOSS, mailbox="boss@lumen.example"),
        replace(word("mask"), mailbox="boss@lumen.example"),
    ),
    "the mailbox of somebody in their place": (
        replace(BOSS, mailbox="boss@lumen.example"),
        replace(
            word("dora", on_behalf_of="c-mask"),
            mailbox="dora@lumen.example",
            principal_mailbox="boss@lumen.example",
        ),
    ),
    "other terms": (BOSS, word("ann", fingerprint="dead-beef")),
    "an objection": (BOSS, word("ann", approves=False)),
    "none of those who must": (ANN, word("bob")),
    "a change of mind": (BOSS, word("boss", approves=False)),
}


@pytest.mark.parametrize("votes", SHORT.values(), ids=SHORT)
def test_presses_are_not_people(votes: Sequence[Vote]) -> None:
    """Each condition of a quorum, missed alone"""
    assert not counted(*votes)
    assert not counted(*reversed(votes))


@pytest.mark.parametrize("count", range(1, 6))
def test_a_quorum_is_met_by_as_many_and_no_fewer(count: int) -> None:
    """One short is not enough"""
    approval = Approval(count, ("key_roles",))
    votes = [word(f"p{number}") for number in range(count)]
    assert counted(*votes, approval=approval)
    assert not counted(*votes[1:], approval=approval)


names: Final = st.sampled_from(
    ["members", "key_roles", "admins", *Role, "group:g", "person:U0ASKER", "person:U0OWNER"]
).map(str)
rules: Final = st.builds(
    Approval,
    quorum=st.integers(1, 5),
    approvers=st.lists(names, min_size=1).map(tuple),
    of_which=st.lists(names).map(tuple),
    denials=st.integers(1, 5),
    emergency=st.lists(names).map(tuple),
    escalation=st.none()
    | st.builds(Escalation, st.timedeltas(timedelta(minutes=1)), st.lists(names).map(tuple)),
)
people: Final = st.builds(
    Person,
    actor=st.builds(Actor, st.just("T1"), st.sampled_from(["U1", "U0ASKER", "U0OWNER"])),
    name=st.just("Ann"),
    email=st.just("ann@lumen.example"),
    role=st.sampled_from(Role),
    cloudinary_id=st.sampled_from(["c-asker", "c-owner", "c-1"]),
    environments=st.none() | st.just(frozenset({PLACE})),
    groups=st.frozensets(st.just("g")),
    rights=st.none() | st.just(((PLACE, KeyRight.MANAGE),)),
)


@given(people, rules, st.timedeltas(timedelta()))
def test_no_rule_lets_people_decide_on_their_own_requests(
    person: Person, rule: Approval, waited: timedelta
) -> None:
    """Nor the owner; nor from another account, nor with the highest role"""
    own = person.actor in {TERMS.requester, TERMS.owner}
    own = own or person.cloudinary_id in {ASKER.cloudinary_id, ASKER.owner_id}
    reason = ineligible_reason(person, rule.open_to(waited))
    assert own is (reason in {IneligibleReason.OWN_REQUEST, IneligibleReason.OWN_CREDENTIALS})


def test_a_requester_may_be_the_owner() -> None:
    """An unknown id matches no person"""
    alone = replace(TERMS, owner=TERMS.requester)
    unknown = replace(ASKER, cloudinary_id="", owner_id="")
    new = someone("ann", Role.ADMIN)
    assert ineligible(new, holds(new, PLACE), [frozenset({"admins"})], alone, unknown) is None
