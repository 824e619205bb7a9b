from dataclasses import fields, replace
from datetime import timedelta
from typing import Final

import pytest

from bot.domain.bulk import Part
from bot.domain.key_roles import Loss
from bot.domain.people import Actor
from bot.domain.policy import Action, Approval
from bot.domain.requests.changes import vote, withdraw
from bot.domain.requests.machine import Event, State, Unchanged
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.requests.terms import Terms
from bot.domain.requests.votes import Vote
from bot.domain.signing import SignerMove
from bot.domain.user_groups import GroupTerms
from bot.domain.users import UserTerms
from tests.fakes.key_roles import UPLOADER
from tests.unit.requests_made import AT, PENDING, TERMS, WEEK, moved, word

LATER: Final = AT + timedelta(hours=1)


def test_the_quorum_approves_and_starts_the_access_clock() -> None:
    """From the approval, not from the request"""
    one = vote(PENDING, word("ann"), AT)
    assert Event.VOTE_FOR is getattr(one, "event", None)
    assert moved(one).ends_at is None
    two = vote(moved(one), word("bob"), LATER)
    assert Event.APPROVE is getattr(two, "event", None)
    assert (State.APPROVED, LATER + WEEK) == (moved(two).state, moved(two).ends_at)


def test_access_without_an_end_has_none() -> None:
    """The request has no duration"""
    endless = replace(PENDING, terms=replace(TERMS, lasts=None), approval=Approval(1, ("admins",)))
    approved = word("ann", fingerprint=endless.terms.fingerprint)
    assert moved(vote(endless, approved, AT)).ends_at is None


def test_one_vote_against_denies_unless_the_rule_requires_more() -> None:
    """The number in @denials, by different people"""
    objects = word("ann", approves=False)
    assert State.DENIED is moved(vote(PENDING, objects, AT)).state
    wants = replace(PENDING, approval=replace(PENDING.approval, denials=2))
    once = moved(vote(wants, objects, AT))
    assert State.PENDING is moved(vote(once, objects, AT)).state
    assert State.DENIED is moved(vote(once, word("bob", approves=False), AT)).state


def test_a_new_vote_replaces_the_former_one() -> None:
    """One person has one vote"""
    wants = replace(PENDING, approval=replace(PENDING.approval, denials=2))
    approved = moved(vote(wants, word("ann"), AT))
    objected = moved(vote(approved, word("ann", approves=False), LATER))
    assert (0, 1) == (len(objected.approving), len(objected.denying))


SAME: Final = {
    "another account": word("ann2", cloudinary_id="c-ann"),
}


@pytest.mark.parametrize("other", SAME.values(), ids=SAME)
def test_one_vote_is_kept_once(other: Vote) -> None:
    """In any order; withdrawing it leaves none"""
    once = moved(vote(PENDING, word("ann"), AT))
    twice = moved(vote(once, other, LATER))
    assert (other,) == twice.votes
    assert () == moved(withdraw(twice, other.by, LATER)).votes


def test_a_delegates_vote_never_replaces_the_principals_own() -> None:
    """Which replaces the delegate's; the mailbox tells the principal too"""
    own, theirs = word("ann"), word("dora", on_behalf_of="c-ann", approves=False)
    once = moved(vote(PENDING, own, AT))
    assert Unchanged(once) == vote(once, theirs, LATER)
    assert (own,) == moved(
        vote(moved(vote(PENDING, replace(theirs, approves=True), AT)), own, LATER)
    ).votes
    boxed = moved(vote(PENDING, replace(own, mailbox="ann@lumen.example"), AT))
    other = replace(theirs, on_behalf_of="c-ann2", principal_mailbox="ann@lumen.example")
    assert Unchanged(boxed) == vote(boxed, other, LATER)


def test_a_withdrawn_vote_does_not_count() -> None:
    """Until execution begins; the access clock has not started then"""
    approved = moved(vote(moved(vote(PENDING, word("ann"), AT)), word("bob"), AT))
    back = moved(withdraw(approved, word("bob").by, LATER))
    assert (State.PENDING, (word("ann"),), None) == (back.state, back.current_votes, back.ends_at)
    assert Unchanged(back) == withdraw(back, word("bob").by, LATER)


OTHER: Final[dict[str, object]] = {
    "action": Action.KEY_DELETE,
    "requester": Actor("T1", "U9"),
    "owner": Actor("T2", "U0OWNER"),
    "lasts": timedelta(days=8),
    "role": UPLOADER,
    "loss": Loss(),
    "signer": SignerMove("1", "old", "2", "new"),
    "group": GroupTerms("g1", "Content"),
    "rotation": RotationTerms("ci-bot-c1", timedelta(hours=24)),
    "parts": (Part("user disable u1", "mia@lumen.example"),),
    "user": UserTerms(("admin",), ("reports",)),
}


@pytest.mark.parametrize("name", [field.name for field in fields(Terms)])
def test_any_change_of_the_terms_is_another_request(name: str) -> None:
    """And a vote on the former terms does not count for it"""
    change: dict[str, object] = {name: OTHER.get(name, f"{getattr(TERMS, name)} ")}
    other = replace(TERMS, **change)  # type: ignore[arg-type]  # one field at a time
    assert other.fingerprint != TERMS.fingerprint
    changed = replace(PENDING, terms=other)
    assert Unchanged(changed) == vote(changed, word("ann"), AT)
    assert () == replace(changed, votes=(word("ann"),)).current_votes


def test_two_terms_do_not_run_into_one_another() -> None:
    """Moving a letter from one field to the next changes the fingerprint"""
    one = replace(TERMS, name="ci", reason="bot demo")
    assert one.fingerprint != replace(TERMS, name="ci bot", reason="demo").fingerprint
