"""A bound person whose address leads to their Cloudinary user no more."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from bot.domain.bindings import Bound, slack_name
from bot.domain.outcomes.access import Unknown, UserLinked
from bot.domain.outcomes.decisions import Voided
from bot.domain.outcomes.requests import NotAskable, Requested
from bot.domain.people import Actor, CloudinaryUser, IdentityReason, Mismatch, Role, TurnedAway
from bot.domain.requests.limits import NotAskableReason
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, NEWCOMER, TEAM, TECH, Harness
from tests.flows.requested import approved, asked, carried_out
from tests.flows.test_requests_approvers import approvers

USER: Final = "u-U0TECH"
RELEASE_TECH: Final = f"link @{TECH.user_id} --reason left"


def user(email: str, id_: str = USER, *, enabled: bool = True) -> CloudinaryUser:
    """A technical admin who reaches every environment."""
    role = Role.TECHNICAL_ADMIN
    return CloudinaryUser(id_, "Tech", email, role, enabled, pending=False, all_environments=True)


def deleted(harness: Harness) -> None:
    """Cloudinary has the user no more."""
    harness.account.remove_user(USER)


def renamed(harness: Harness) -> None:
    """Cloudinary has the user under another address."""
    harness.account.add_user(user("tech.new@lumen.example"))


def doubled(harness: Harness) -> None:
    """Cloudinary has two users with the address."""
    harness.account.add_user(user("tech@lumen.example", "u-twin"))


def invited_again(harness: Harness) -> None:
    """Another user has the address, and has not accepted."""
    harness.account.remove_user(USER)
    harness.account.add_user(replace(user("tech@lumen.example", "u-new"), pending=True))


def replaced_disabled(harness: Harness) -> None:
    """Another user has the address, and is disabled."""
    harness.account.remove_user(USER)
    harness.account.add_user(user("tech@lumen.example", "u-new", enabled=False))


Loss = Callable[[Harness], None]
LOSSES: Final[dict[Loss, IdentityReason]] = {
    deleted: IdentityReason.LOST_USER,
    renamed: IdentityReason.LOST_USER,
    doubled: IdentityReason.LOST_USER,
    invited_again: IdentityReason.OTHER_USER,
    replaced_disabled: IdentityReason.OTHER_USER,
}
"""What may happen to a person's Cloudinary user, and why they are stopped."""


@pytest.mark.parametrize("loss", LOSSES, ids=lambda it: it.__name__)
@pytest.mark.parametrize("text", ["whoami", "requests", "request shop-dev --reason x", "claim"])
async def test_a_bound_person_without_their_user_is_stopped(
    harness: Harness, loss: Loss, text: str
) -> None:
    """Also from what needs no Cloudinary user; security hears of it once"""
    await harness.who(TECH)
    loss(harness)
    harness.clock.go_on(minutes=2)
    for _ in range(3):
        assert TurnedAway(TECH, LOSSES[loss]) == await harness.run(TECH, text)
    (notice,) = harness.bindings.notices
    assert USER in notice


async def test_an_address_at_slack_that_leads_to_no_user_stops_too(harness: Harness) -> None:
    """And an address that comes back releases"""
    await harness.who(TECH)
    profile = await harness.directory.profile(TECH)
    harness.directory.add(replace(profile, email="someone@else.example"))
    told = await harness.run(TECH, "request shop-dev --reason x")
    assert TurnedAway(TECH, IdentityReason.LOST_USER) == told
    harness.directory.add(profile)
    assert USER == (await harness.who(TECH)).person.cloudinary_id


async def test_an_address_that_is_confirmed_no_more_stops(harness: Harness) -> None:
    """Whatever it led to"""
    await harness.who(TECH)
    profile = await harness.directory.profile(TECH)
    harness.directory.add(replace(profile, email_confirmed=False))
    told = await harness.run(TECH, "key disable ci-bot")
    assert TurnedAway(TECH, IdentityReason.EMAIL_UNCONFIRMED) == told


async def test_a_disabled_user_is_still_the_same_one(harness: Harness) -> None:
    """The binding holds: Cloudinary's own answer is the reason"""
    await harness.who(TECH)
    harness.account.add_user(user("tech@lumen.example", enabled=False))
    told = await harness.run(TECH, "request shop-dev --reason x")
    assert Unknown(Mismatch.DISABLED, "tech@lumen.example") == told
    assert [] == harness.bindings.notices


@pytest.mark.parametrize("pending", [False, True])
async def test_a_user_who_cannot_act_is_not_bound(harness: Harness, pending: bool) -> None:  # noqa: FBT001
    """The first use that binds is one by an active Cloudinary user"""
    unusable = user("tech@lumen.example", enabled=pending)
    harness.account.add_user(replace(unusable, pending=pending))
    await harness.who(TECH)
    assert Bound() == await harness.bindings.bound(TECH, USER)


async def test_a_person_who_never_had_a_user_goes_on(harness: Harness) -> None:
    """A member without a role may ask"""
    assert isinstance(await harness.run(NEWCOMER, "request shop-dev --reason x"), Requested)
    assert [] == harness.bindings.notices


async def test_an_approved_link_releases_a_person_without_a_user(harness: Harness) -> None:
    """They are a member without a role, and their next user is a first use"""
    await harness.who(TECH)
    deleted(harness)
    request = await approved(harness, RELEASE_TECH, ADMIN, to=CHIEF)
    assert f"{USER} → none" == request.terms.name
    assert UserLinked(TECH, "") == await carried_out(harness, request)
    assert Mismatch.NO_USER is (await harness.who(TECH)).mismatch
    harness.account.add_user(user("tech@lumen.example", "u-next"))
    assert "u-next" == (await harness.who(TECH)).person.cloudinary_id
    entry = next(
        it for it in harness.bindings.entries if it.actor == ADMIN and "before" in it.target
    )
    assert {"before": USER, "cloudinary": ""}.items() <= dict(entry.target).items()


async def removed(harness: Harness) -> None:
    """TECH is known; then the record is gone from Redis, and their address is another one's."""
    await harness.who(TECH)
    harness.bindings.lose(slack_name(TECH), USER)
    harness.account.add_user(user("gone@lumen.example"))
    harness.account.add_user(user("tech@lumen.example", "u-new"))


@pytest.mark.parametrize("text", ["whoami", "requests", "request shop-dev --reason x", "claim"])
async def test_a_person_whose_binding_was_removed_is_stopped(harness: Harness, text: str) -> None:
    """It is no first use; with and without a Cloudinary user, security hears of it"""
    await removed(harness)
    harness.clock.go_on(minutes=2)
    stopped = TurnedAway(TECH, IdentityReason.UNREADABLE_BINDING)
    for _ in range(2):
        assert stopped == await harness.run(TECH, text)
    (notice,) = harness.bindings.notices
    assert "/cld link" in notice
    harness.account.remove_user("u-new")
    harness.clock.go_on(minutes=2)
    assert stopped == await harness.run(TECH, text)


async def test_an_approved_link_binds_again_who_lost_it(harness: Harness) -> None:
    """Approvers read that a binding was unreadable"""
    await removed(harness)
    request = await approved(harness, f"link @{TECH.user_id} --reason lost", ADMIN, to=CHIEF)
    name = "unreadable → u-new (tech@lumen.example), in place of an unreadable binding"
    assert name == request.terms.name
    assert UserLinked(TECH, "u-new") == await carried_out(harness, request)
    assert "u-new" == (await harness.who(TECH)).person.cloudinary_id


async def test_an_approved_link_releases_who_lost_their_binding(harness: Harness) -> None:
    """Where their address leads to no Cloudinary user"""
    await removed(harness)
    harness.account.remove_user("u-new")
    request = await approved(harness, RELEASE_TECH, ADMIN, to=CHIEF)
    assert "unreadable → none" == request.terms.name
    assert UserLinked(TECH, "") == await carried_out(harness, request)
    assert Mismatch.NO_USER is (await harness.who(TECH)).mismatch


async def test_a_release_does_not_become_a_link(harness: Harness) -> None:
    """Approvers agreed to no user; the address leads to one again"""
    await harness.who(TECH)
    deleted(harness)
    request = await approved(harness, RELEASE_TECH, ADMIN, to=CHIEF)
    harness.account.add_user(user("tech@lumen.example", "u-next"))
    assert isinstance(await carried_out(harness, request), NotAskable | Voided)
    told = await harness.run(TECH, "key disable ci-bot")
    assert TurnedAway(TECH, IdentityReason.OTHER_USER) == told


async def test_who_was_never_bound_is_not_released(harness: Harness) -> None:
    """There is nothing to end"""
    told = await harness.run(ADMIN, f"link @{NEWCOMER.user_id}")
    assert isinstance(told, NotAskable)
    assert NotAskableReason.NO_USER is told.reason


async def test_who_is_stopped_by_their_binding_is_no_approver(harness: Harness) -> None:
    """A request counts only those who could vote: not a changed binding, not a second account"""
    request = await asked(harness)
    before = await approvers(harness).count(request)
    assert {"Tech", "Colleague"} <= {each.name for each in before.able}
    await harness.who(TECH)
    harness.account.remove_user(USER)
    harness.account.add_user(user("tech@lumen.example", "u-new"))  # TECH is bound to another one
    other = Actor(TEAM, "U0OTHER")
    profile = await harness.directory.profile(COLLEAGUE)
    harness.directory.add(replace(profile, user_id=other.user_id))
    harness.directory.forget(COLLEAGUE)
    await harness.who(other)  # another Slack account is bound to COLLEAGUE's Cloudinary user
    harness.directory.add(profile)
    harness.directory.forget(other)
    after = await approvers(harness).count(request)
    assert {"Tech", "Colleague"} == {each.name for each in before.able} - {
        each.name for each in after.able
    }
