"""Who decides on changes of users and groups: no one gives, or lets others give, more than theirs.

Each rule holds when a change is requested, at each vote, and again inside the account's lock.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from bot.cards.kit import render
from bot.cards.requests import posted
from bot.domain.commands.users import SetUserRole
from bot.domain.environments import NOWHERE
from bot.domain.key_roles import KeyRole
from bot.domain.outcomes.decisions import MayNotDecide, Voided, Voted
from bot.domain.outcomes.groups import GroupChanged, GroupStop, GroupStopped
from bot.domain.outcomes.users import UserChanged, UserRefused
from bot.domain.people import Actor, CloudinaryUser, Role
from bot.domain.policy import Action
from bot.domain.requests.machine import Request, State
from bot.domain.requests.votes import IneligibleReason
from bot.domain.user_groups import GroupRole
from bot.domain.users import ACCOUNT_MASTER, Refusal
from bot.flows.accounts.still_decided import still_decided
from bot.flows.plan import Approved, Plan
from tests.fakes.cloudinary import FakeAccount
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    DEV,
    NARROW,
    NEWCOMER,
    PROD,
    TECH,
    Harness,
    staffed,
)
from tests.flows.offboarding import OFFBOARD, sent
from tests.flows.requested import (
    WAKE_UP,
    WISH_IN_PRODUCTION,
    approved,
    asked,
    carried_out,
    ineligible_reason,
    leave,
    one_after,
    under,
    with_sleeper,
)
from tests.flows.with_roles import with_roles

SECOND: Final = Actor("T1", "U0SECOND")
"""Another master admin."""
THIRD: Final = Actor("T1", "U0THIRD")
"""Another admin."""
MASTERS: Final = GroupRole(KeyRole(ACCOUNT_MASTER, "Master Admin"))
CUSTOM: Final = GroupRole(KeyRole("custom-role", "Custom"))
GRAVE_THERE: Final = GroupRole(KeyRole("custom-keys", "Keys"), PROD.id)
USUAL_THERE: Final = GroupRole(KeyRole("cld::role::prodenv::reports", "Reports"), PROD.id)
TAKES: Final = {
    "demotes": "user role @U0SECOND admin",
    "narrows": "user envs @U0SECOND shop-dev",
    "disables": "user disable @U0SECOND --confirm second@lumen.example",
    "removes": "user remove @U0SECOND --confirm second@lumen.example",
}


def mastered(harness: Harness | None = None) -> Harness:
    """Two master admins, two admins."""
    harness = harness or staffed()
    harness.account.refuses_last = False
    harness.add_member(SECOND, Role.MASTER_ADMIN)
    harness.add_member(THIRD, Role.ADMIN)
    return harness


def seated(harness: Harness, actor: Actor, *groups: str, enabled: bool = True) -> None:
    """Put a user into groups."""
    user = harness.account.user_now(f"u-{actor.user_id}")
    harness.account.add_user(replace(user, enabled=enabled), groups=groups)


@pytest.mark.parametrize("permissions", [False, True])
@pytest.mark.parametrize("text", TAKES.values(), ids=TAKES)
async def test_taking_master_admin_needs_what_giving_it_needs(
    text: str, *, permissions: bool
) -> None:
    """An admin and one colleague do not take the account"""
    harness = mastered(with_roles() if permissions else None)
    request = await approved(harness, text, ADMIN, to=THIRD)
    assert (Action.USER_MASTER_ADMIN, 2) == (request.terms.action, request.approval.quorum)
    assert State.PENDING is request.state
    await harness.run(CHIEF, f"approve {request.id}")
    assert isinstance(await carried_out(harness, request), UserChanged)


async def test_offboarding_a_master_admin_needs_it_too() -> None:
    """In one request with everything else"""
    harness = mastered()
    harness.add_member(TECH, Role.MASTER_ADMIN)
    request = await sent(harness)
    assert (Action.USER_MASTER_ADMIN, 2) == (request.terms.action, request.approval.quorum)


@pytest.mark.parametrize("verb", ["drop Security @U0TECH", "remove Security --confirm Security"])
async def test_a_group_loses_master_admin_by_the_same(verb: str) -> None:
    """A group with a lesser role needs one approval"""
    harness = mastered(with_roles())
    for group, role in (("Security", MASTERS), ("Content", USUAL_THERE)):
        harness.account.add_group(group, role)
    seated(harness, TECH, "Security", "Content")
    request = await asked(harness, f"group {verb}", ADMIN)
    assert (Action.USER_MASTER_ADMIN, 2) == (request.terms.action, request.approval.quorum)
    usual = await asked(harness, "group drop Content @U0TECH", ADMIN)
    assert 1 == usual.approval.quorum


async def test_who_becomes_a_master_admin_meanwhile_is_not_taken_by_one_approval() -> None:
    """The rule is asked again inside the lock"""
    harness = mastered()
    text = "user disable @U0TECH --confirm tech@lumen.example"
    request = await approved(harness, text, ADMIN, to=THIRD)
    harness.add_member(TECH, Role.MASTER_ADMIN)
    outcome = await carried_out(harness, request)
    assert UserRefused("tech@lumen.example", Refusal.UNAPPROVED) == outcome
    assert harness.account.user_now("u-U0TECH").enabled


NAMED: Final = """
@id("all")
permit (principal, action, resource) when { principal.at_cloudinary };

@id("grouped")
@approvals("1")
@approvers("admins, group:Leads")
permit (principal, action == Action::"key:delete", resource);
"""


@pytest.mark.parametrize(
    "text",
    [
        "group rename Friends Leads",
        "group rename Leads Other",
        "group remove Leads --confirm Leads",
    ],
)
@pytest.mark.parametrize("by", ["mention", "mailbox"])
async def test_members_do_not_approve_what_changes_the_meaning_of_their_group(
    tmp_path: Path, text: str, by: str
) -> None:
    """Neither as themselves nor by another user with their mailbox"""
    harness = under(mastered(), tmp_path, NAMED)
    for group in ("Friends", "Leads") if "Friends" not in text else ("Friends",):
        harness.account.add_group(group)
    member = harness.account.user_now("u-U0THIRD")
    if by == "mailbox":
        member = replace(member, id="u-other", email="third+2@lumen.example")
    harness.account.add_user(member, groups=["Friends", "Leads"])
    request = await asked(harness, text, ADMIN)
    refused = await harness.run(THIRD, f"approve {request.id}")
    assert IneligibleReason.ABOUT_YOU is ineligible_reason(refused)
    assert isinstance(await harness.run(CHIEF, f"approve {request.id}"), Voted)


async def test_who_joins_a_group_after_their_vote_stops_its_renaming(tmp_path: Path) -> None:
    """Approvers saw other members"""
    harness = under(mastered(), tmp_path, NAMED)
    harness.account.add_group("Friends")
    request = await approved(harness, "group rename Friends Leads", ADMIN, to=THIRD)
    seated(harness, THIRD, "Friends")
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, GroupStopped), outcome
    assert GroupStop.CHANGED is outcome.reason


async def test_members_approve_what_gives_their_group_nothing() -> None:
    """A name that no rule has"""
    harness = mastered()
    harness.account.add_group("Friends")
    seated(harness, THIRD, "Friends")
    request = await approved(harness, "group rename Friends Pals", ADMIN, to=THIRD)
    assert isinstance(await carried_out(harness, request), GroupChanged)


def narrowed(harness: Harness) -> Harness:
    """An admin of one environment, and a disabled user of two."""
    harness.add_member(NARROW, Role.ADMIN, reaches=DEV)
    tech = harness.account.user_now("u-U0TECH")
    harness.account.add_user(replace(tech, enabled=False))
    harness.add_member(BILLING, Role.REPORTS, reaches=DEV)
    return harness


WIDER: Final = (
    "user add new@lumen.example --role reports",
    "user add new@lumen.example --role reports --env shop-dev,shop",
    "user envs @U0BILLING all",
    "user envs @U0BILLING shop-dev,shop",
    "user role @U0COLLEAGUE admin",
    "user enable u-U0TECH",
)


@pytest.mark.parametrize("text", WIDER)
async def test_no_one_lets_others_give_access_that_they_lack(text: str) -> None:
    """An admin of one environment approves nothing wider"""
    harness = narrowed(mastered())
    request = await asked(harness, text, ADMIN)
    assert NARROW.user_id not in str(request.evidence.approvers)
    refused = await harness.run(NARROW, f"approve {request.id}")
    assert IneligibleReason.BEYOND_ACCESS is ineligible_reason(refused)
    assert isinstance(await harness.run(THIRD, f"approve {request.id}"), Voted)


@pytest.mark.parametrize(
    "text",
    [
        "user add new@lumen.example --role reports --env shop-dev",
        "user role @U0BILLING media_library_user",
        "user role @U0COLLEAGUE media_library_user",
        "user envs @U0COLLEAGUE shop-dev",
        "user disable @U0COLLEAGUE --confirm colleague@lumen.example",
    ],
)
async def test_an_admin_of_one_environment_approves_what_stays_in_it(text: str) -> None:
    """And what takes access away"""
    harness = narrowed(mastered())
    request = await approved(harness, text, ADMIN, to=NARROW)
    assert isinstance(await carried_out(harness, request), UserChanged)


@pytest.mark.parametrize(("role", "wide"), [(CUSTOM, True), (USUAL_THERE, True), (None, False)])
async def test_nor_do_they_let_others_into_a_group_that_counts_elsewhere(
    role: GroupRole | None, *, wide: bool
) -> None:
    """By the environments of its roles"""
    harness = narrowed(mastered(with_roles()))
    harness.account.add_group("Content", *filter(None, [role]))
    request = await asked(harness, "group add Content @U0BILLING", CHIEF)
    answer = await harness.run(NARROW, f"approve {request.id}")
    assert isinstance(answer, MayNotDecide) is wide, answer


async def test_a_user_who_got_more_environments_meanwhile_is_not_raised() -> None:
    """Approvers saw fewer of them"""
    harness = narrowed(mastered())
    request = await approved(harness, "user role @U0BILLING admin", ADMIN, to=NARROW)
    harness.add_member(BILLING, Role.REPORTS)
    outcome = await carried_out(harness, request)
    assert UserRefused("billing@lumen.example", Refusal.UNAPPROVED) == outcome


def demoted(harness: Harness, actor: Actor) -> None:
    """Lower the role in the Console."""
    harness.add_member(actor, Role.REPORTS)


def switched_off(harness: Harness, actor: Actor) -> None:
    """Disable the Cloudinary user."""
    seated(harness, actor, enabled=False)


def gone(harness: Harness, actor: Actor) -> None:
    """Remove the Cloudinary user."""
    harness.account.remove_user(f"u-{actor.user_id}")


CHANGES: Final = (
    "user add new@lumen.example --role reports",
    "user role @U0TECH reports",
    "user envs @U0TECH shop-dev",
    "user disable @U0TECH --confirm tech@lumen.example",
    "user remove @U0TECH --confirm tech@lumen.example",
    "group create Design",
    "group add Content @U0TECH",
    "env tier shop-dev staging",
    'env rename "Shop" "Shop live"',
    WAKE_UP,
    WISH_IN_PRODUCTION,
    OFFBOARD,
)
"""A request of each kind, which one approval carries."""


async def voted(harness: Harness, text: str, by: Actor = ADMIN) -> str:
    """Open the request, approve it once, and return its id."""
    harness.account.add_group("Content")
    with_sleeper(harness)
    if text == OFFBOARD:
        request = await sent(harness, by=by)
        await harness.run(THIRD, f"approve {request.id}")
        return request.id
    return (await approved(harness, text, by, to=THIRD)).id


@pytest.mark.parametrize("text", CHANGES)
@pytest.mark.parametrize("loses", [demoted, switched_off, gone])
@pytest.mark.parametrize("who", [THIRD, ADMIN], ids=["approver", "requester"])
async def test_who_lost_their_right_after_the_vote_changes_nothing(
    text: str, loses: Callable[[Harness, Actor], None], who: Actor
) -> None:
    """Requester and approver are read again before anything is done, whatever is changed"""
    if who is ADMIN and loses is demoted and text == WISH_IN_PRODUCTION:
        return  # any member may ask for credentials
    harness = mastered()
    id_ = await voted(harness, text)
    loses(harness, who)
    job = await harness.jobs.load(id_)
    assert job
    assert isinstance(await harness.flows.dispatcher.run(job), Voided)


@pytest.mark.parametrize("text", CHANGES)
async def test_an_approver_who_left_slack_counts_no_more(text: str) -> None:
    """As one whose Cloudinary user is gone"""
    harness = mastered()
    id_ = await voted(harness, text)
    await leave(harness, THIRD)
    job = await harness.jobs.load(id_)
    assert job
    assert isinstance(await harness.flows.dispatcher.run(job), Voided)


class Watched(FakeAccount):
    """An account that remembers who was changed, in order."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__(now=now)
        self.changed: list[str] = []

    async def set_user_role(self, user_id: str, role: Role) -> CloudinaryUser:
        """Set a role."""
        user = await super().set_user_role(user_id, role)
        self.changed.append(user_id)
        return user

    async def set_user_enabled(self, user_id: str, *, enabled: bool) -> CloudinaryUser:
        """Enable or disable a user."""
        user = await super().set_user_enabled(user_id, enabled=enabled)
        self.changed.append(user_id)
        return user

    async def set_user_environments(
        self, user_id: str, environments: frozenset[str] | None
    ) -> CloudinaryUser:
        """Set what the user has access to."""
        user = await super().set_user_environments(user_id, environments)
        self.changed.append(user_id)
        return user

    async def add_member(self, group_id: str, user_id: str) -> None:
        """Put a user into a group."""
        await super().add_member(group_id, user_id)
        self.changed.append(user_id)


@pytest.mark.parametrize("text", ["user role @U0TECH admin", "group add Content @U0TECH"])
@pytest.mark.parametrize(
    "first",
    [
        "user role @U0THIRD reports",
        "user disable @U0THIRD --confirm third@lumen.example",
        "user envs @U0THIRD shop-dev",
    ],
)
async def test_an_approver_who_is_demoted_at_the_same_time_raises_no_one(
    text: str, first: str
) -> None:
    """The account's lock is held for both, and the second sees the first in its approver"""
    for lag in range(0, 60, 2):
        harness = mastered(with_roles(staffed(permissions=True, make_account=Watched)))
        harness.account.add_group("Content", USUAL_THERE)
        ends = await approved(harness, first, CHIEF, to=ADMIN)
        raises = await approved(harness, text, ADMIN, to=THIRD)
        await one_after(harness, ends, raises, lag=lag)
        assert isinstance(harness.account, Watched)
        assert ["u-U0THIRD", "u-U0TECH"] != harness.account.changed, lag


@pytest.mark.parametrize(
    ("role", "grave"),
    [(CUSTOM, True), (MASTERS, True), (GRAVE_THERE, True), (USUAL_THERE, False)],
)
@pytest.mark.parametrize("text", ["user enable u-U0TECH", "user envs u-U0TECH shop-dev,shop"])
async def test_roles_through_groups_count_in_what_is_given(
    text: str, role: GroupRole, *, grave: bool
) -> None:
    """Who enables a user, or opens an environment to them, gives what their groups hold there"""
    harness = mastered(with_roles())
    harness.add_member(TECH, Role.REPORTS, reaches=DEV)
    harness.account.add_group("Content", role)
    seated(harness, TECH, "Content", enabled="enable" not in text)
    user = harness.account.user_now("u-U0TECH")
    harness.account.add_user(user, groups=["Content"], environments=[DEV.id])
    request = await asked(harness, text, CHIEF)
    wanted = Action.USER_MASTER_ADMIN if grave else None
    assert (request.terms.action is Action.USER_MASTER_ADMIN) is (wanted is not None)
    if not role.environment_id:
        refused = await harness.run(ADMIN, text)
        assert UserRefused("tech@lumen.example", Refusal.MORE_THAN_HELD) == refused


async def test_a_role_of_a_group_counts_only_where_it_is_opened() -> None:
    """An environment in which the group has none gives nothing grave"""
    harness = mastered(with_roles())
    harness.add_member(TECH, Role.REPORTS, reaches=DEV)
    harness.account.add_group("Content", GRAVE_THERE)
    user = harness.account.user_now("u-U0TECH")
    harness.account.add_user(user, groups=["Content"], environments=[DEV.id])
    request = await asked(harness, "user envs u-U0TECH shop-dev,shop-stag", CHIEF)
    assert Action.USER_ENVS is request.terms.action


def drawn(request: Request) -> str:
    """The request's card, as its approvers read it."""
    return render(posted(request), [""] * 9).text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TAKES["demotes"], "asks to change a user's role"),
        (TAKES["disables"], "asks to disable a user"),
        (TAKES["removes"], "asks to remove a user"),
    ],
)
async def test_the_card_says_what_is_taken_from_whom(text: str, says: str) -> None:
    """Not that someone becomes a Master Admin"""
    request = await asked(mastered(), text, ADMIN)
    assert says in drawn(request)
    assert "second@lumen.example is a Master admin and loses rights." in drawn(request)
    assert "U0SECOND" in drawn(request)


async def test_the_card_says_what_is_given() -> None:
    """By the role, and by what the user has already"""
    harness = mastered(with_roles())
    gives = await asked(harness, "user role @U0TECH master_admin", CHIEF)
    assert "asks to make a person a Master admin" in drawn(gives)
    harness.account.add_group("Content", CUSTOM)
    seated(harness, BILLING, "Content", enabled=False)
    enables = await asked(harness, "user enable u-U0BILLING", CHIEF)
    assert "asks to enable a user" in drawn(enables)
    assert "the rights of a Master admin" in drawn(enables)


async def test_an_invitation_names_the_member_with_that_address() -> None:
    """Who does not decide on it; a stranger is told as one"""
    harness = mastered()
    request = await asked(harness, "user add new@lumen.example --role reports", ADMIN)
    assert NEWCOMER == request.terms.owner
    assert NEWCOMER.user_id in drawn(request)
    for address in ("stranger@lumen.example", "guest@lumen.example"):
        other = await asked(harness, f"user add {address} --role reports", ADMIN)
        assert "No member of this Slack workspace has that email." in drawn(other)
        assert ADMIN == other.terms.owner


NOTICES: Final = {
    "user add new@lumen.example --role media_library_user --env shop-dev": (
        "Admin invited new@lumen.example to Cloudinary as Media Library user in Shop dev."
    ),
    "user add new@lumen.example --role reports": (
        "Admin invited new@lumen.example to Cloudinary as Reports in all environments."
    ),
    "user role @U0TECH admin": (
        "Admin changed the role of the Cloudinary user tech@lumen.example: Technical admin → Admin."
    ),
    "user envs @U0TECH shop-dev,shop": (
        "Admin changed the environments of the Cloudinary user tech@lumen.example: all environments"
        " → Shop, Shop dev. tech@lumen.example loses access to Shop staging."
    ),
    "user disable @U0TECH --confirm tech@lumen.example": (
        "Admin disabled the Cloudinary user tech@lumen.example."
    ),
    "user remove @U0TECH --confirm tech@lumen.example": (
        "Admin removed the Cloudinary user tech@lumen.example."
    ),
}


@pytest.mark.parametrize("text", NOTICES)
async def test_security_is_told_of_each_change_of_a_user_once(text: str) -> None:
    """Whatever the policy says, and also after a crash"""
    harness = mastered()
    request = await approved(harness, text, ADMIN, to=THIRD)
    assert not harness.jobs.notices
    assert isinstance(await carried_out(harness, request), UserChanged)
    await harness.again(request.id)
    assert [NOTICES[text]] == harness.jobs.notices


async def test_security_is_told_of_an_enabled_user_and_of_an_offboarded_one() -> None:
    """By the same path"""
    harness = mastered()
    seated(harness, TECH, enabled=False)
    request = await approved(harness, "user enable u-U0TECH", ADMIN, to=THIRD)
    await carried_out(harness, request)
    request = await sent(harness)
    await harness.run(THIRD, f"approve {request.id}")
    await carried_out(harness, request)
    enabled, disabled, whole = harness.jobs.notices
    assert "Admin enabled the Cloudinary user tech@lumen.example." == enabled
    assert "Admin disabled the Cloudinary user tech@lumen.example." == disabled
    assert "Admin offboarded tech@lumen.example: 1 of 1 parts ended." == whole


async def test_the_vote_of_a_delegate_counts_while_both_are_who_they_were() -> None:
    """Inside the lock: the one who votes, and the one in whose name"""
    harness = mastered()
    harness.account.refuses_last = False
    await harness.run(THIRD, "delegate @U0TECH --expires 1h")
    request = await approved(harness, "user role @U0BILLING reports", ADMIN, to=TECH)
    users, authority = harness.account, Approved(request)
    assert await still_decided(authority, users)
    for actor in (THIRD, TECH):
        user = users.user_now(f"u-{actor.user_id}")
        switched_off(harness, actor)
        assert not await still_decided(authority, users)
        users.add_user(user)
    demoted(harness, THIRD)
    assert not await still_decided(authority, users)


@pytest.mark.parametrize(
    ("by", "to", "reason"),
    [
        (THIRD, NARROW, IneligibleReason.BEYOND_ACCESS),
        (NARROW, COLLEAGUE, IneligibleReason.NOT_AN_APPROVER),
    ],
)
async def test_neither_a_delegate_nor_their_sender_gives_more_than_both_hold(
    by: Actor, to: Actor, reason: IneligibleReason
) -> None:
    """An admin of one environment lends no wider vote, and casts none for another"""
    harness = narrowed(mastered())
    await harness.run(by, f"delegate @{to.user_id} --expires 1h")
    request = await asked(harness, "user add new@lumen.example --role reports", ADMIN)
    refused = await harness.run(to, f"approve {request.id}")
    assert reason is ineligible_reason(refused)


async def test_a_request_from_before_its_environments_were_kept_gives_none() -> None:
    """It has to be sent again"""
    harness = mastered()
    request = await approved(harness, "user role @U0TECH admin", ADMIN, to=THIRD)
    plan = Plan(SetUserRole("u-U0TECH", "admin"), NOWHERE, "tech@lumen.example")
    job, who = await harness.job(ADMIN, request.terms.command), await harness.who(ADMIN)
    changer = harness.flows.executor.applier.users
    outcome = await changer.change(
        job, who.person, plan, SetUserRole("u-U0TECH", "admin"), Approved(request)
    )
    assert UserRefused("tech@lumen.example", Refusal.UNAPPROVED) == outcome
