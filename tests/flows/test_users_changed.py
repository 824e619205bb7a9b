"""Changes of users: who may make them, what they leave, and what a crash leaves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.cards.kit import plain
from bot.cards.requests import posted
from bot.cards.user_terms import user_terms
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.decisions import MayNotDecide, Voided
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.users import (
    NoSuchUser,
    UserChanged,
    UserExists,
    UserRefused,
    UserShown,
    UsersListed,
    UserToConfirm,
    UserUnchanged,
)
from bot.domain.people import Actor, CloudinaryUser, Role
from bot.domain.policy import Action
from bot.domain.requests.machine import Request, State
from bot.domain.users import ACCOUNT_MASTER, ACCOUNT_ROLE, Refusal
from bot.errors import Forbidden, NotFound, Unavailable
from tests.fakes.cloudinary import FakeAccount
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    DEV,
    NARROW,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import approved, asked, carried_out, kept, one_after, under

SECOND = Actor("T1", "U0SECOND")
"""Another master admin."""
REMOVE_TECH = "user remove @U0TECH --confirm tech@lumen.example"
DISABLE_TECH = "user disable @U0TECH --confirm tech@lumen.example"


def uid(actor: Actor) -> str:
    """The Cloudinary id of a member."""
    return f"u-{actor.user_id}"


async def changed(harness: Harness, text: str, by: Actor = ADMIN, to: Actor = CHIEF) -> Request:
    """Ask, approve and carry out."""
    request = await approved(harness, text, by, to=to)
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, UserChanged), outcome
    request = await kept(harness, request)
    assert State.DONE is request.state
    return request


async def given_master(harness: Harness, text: str) -> Request:
    """Ask as a master admin, and let two others approve."""
    harness.add_member(SECOND, Role.MASTER_ADMIN)
    request = await asked(harness, text, CHIEF)
    assert Action.USER_MASTER_ADMIN is request.terms.action
    for voter in (ADMIN, SECOND):
        await harness.run(voter, f"approve {request.id}")
    return await kept(harness, request)


async def test_a_role_changes_once_it_is_approved(harness: Harness) -> None:
    """By mention; the request names the user by id"""
    request = await changed(harness, "user role @U0TECH reports")
    assert uid(TECH) in request.terms.command
    assert Role.REPORTS is harness.account.user_now(uid(TECH)).role


@pytest.mark.parametrize("permissions", [True, False])
async def test_giving_master_admin_needs_two_approvals(
    harness: Harness, *, permissions: bool
) -> None:
    """By a role or by enabling, with the account's own role on a Permissions account"""
    harness.permissions = permissions
    harness.rebuild()
    request = await given_master(harness, "user role @U0TECH master_admin")
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, UserChanged), outcome
    assert ACCOUNT_MASTER in await harness.account.account_roles_of(uid(TECH))


async def test_enabling_a_master_admin_gives_the_role(harness: Harness) -> None:
    """With the approvals that the role needs"""
    harness.add_member(SECOND, Role.MASTER_ADMIN)
    harness.add_member(COLLEAGUE, Role.ADMIN)
    second = harness.account.user_now(uid(SECOND))
    harness.account.add_user(replace(second, enabled=False))
    request = await asked(harness, f"user enable {uid(SECOND)}", CHIEF)
    assert Action.USER_MASTER_ADMIN is request.terms.action
    refused = await harness.run(ADMIN, f"user enable {uid(SECOND)}")
    assert UserRefused("second@lumen.example", Refusal.MORE_THAN_HELD) == refused


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("user role @U0ADMIN reports", Refusal.OWN_USER),
        ("user envs @U0ADMIN all", None),
        ("user envs @U0ADMIN shop-dev", Refusal.OWN_USER),
        ("user remove @U0ADMIN --confirm admin@lumen.example", Refusal.OWN_USER),
        ("user role @U0TECH master_admin", Refusal.MORE_THAN_HELD),
        ("user add new@lumen.example --role billing", Refusal.MORE_THAN_HELD),
        ("user add admin+2@lumen.example --role reports", Refusal.OWN_USER),
        ("user add nonsense --role reports", Refusal.NO_ADDRESS),
        ("user disable @U0CHIEF --confirm chief@lumen.example", Refusal.LAST_MASTER_ADMIN),
        ("user role @U0CHIEF admin", Refusal.LAST_MASTER_ADMIN),
        ("user remove @U0CHIEF --confirm chief@lumen.example", Refusal.LAST_MASTER_ADMIN),
    ],
)
async def test_what_no_policy_allows(harness: Harness, text: str, reason: Refusal | None) -> None:
    """Own access, more than held, the last master admin: refused before any approver is asked"""
    outcome = await harness.run(ADMIN, text)
    if reason is None:
        assert isinstance(outcome, UserUnchanged)
        return
    assert isinstance(outcome, UserRefused), outcome
    assert reason is outcome.reason
    assert not harness.requests.notifications


@pytest.mark.parametrize("text", ["user list", "user show @U0ADMIN", "user role @U0ADMIN reports"])
async def test_only_admins_see_and_change_users(harness: Harness, text: str) -> None:
    """Other people read nothing of them"""
    for actor in (TECH, BILLING):
        assert isinstance(await harness.run(actor, text), Denied)


async def test_the_user_does_not_decide_about_themselves(harness: Harness) -> None:
    """Neither bound nor only by their address"""
    harness.add_member(SECOND, Role.ADMIN)
    request = await asked(harness, "user role @U0SECOND reports", ADMIN)
    outcome = await harness.run(SECOND, f"approve {request.id}")
    assert isinstance(outcome, MayNotDecide), outcome


async def test_of_two_demotions_at_once_one_stays() -> None:
    """The check is inside the lock, and reads the account again"""
    for lag in range(60):
        harness = staffed()
        harness.add_member(SECOND, Role.MASTER_ADMIN)
        harness.add_member(TECH, Role.ADMIN)
        harness.account.refuses_last = False
        to, also = ADMIN, [TECH]
        first = await approved(harness, "user role @U0SECOND admin", CHIEF, to=to, also=also)
        second = await approved(harness, "user role @U0CHIEF admin", SECOND, to=to, also=also)
        await one_after(harness, first, second, lag=lag)
        users = [harness.account.user_now(uid(each)) for each in (CHIEF, SECOND)]
        assert 1 == sum(each.role is Role.MASTER_ADMIN for each in users), lag


class Watched(FakeAccount):
    """An account that remembers whose role changed, in order."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__(now=now)
        self.raised: list[str] = []

    async def set_user_role(self, user_id: str, role: Role) -> CloudinaryUser:
        """Set a role."""
        user = await super().set_user_role(user_id, role)
        self.raised.append(user_id)
        return user


async def test_who_is_demoted_at_the_same_time_raises_no_one_afterwards() -> None:
    """The second change sees the first in its requester, too"""
    for lag in range(40):
        harness = staffed(make_account=Watched)
        harness.add_member(SECOND, Role.ADMIN)
        demotes = await approved(harness, "user role @U0SECOND reports", CHIEF, to=ADMIN)
        raises = await approved(harness, "user role @U0TECH admin", SECOND, to=CHIEF)
        await one_after(harness, demotes, raises, lag=lag)
        assert isinstance(harness.account, Watched)
        assert [uid(SECOND), uid(TECH)] != harness.account.raised, lag


async def test_the_last_one_stays_after_the_approval_too(harness: Harness) -> None:
    """Another master admin went in the Console meanwhile"""
    harness.add_member(SECOND, Role.MASTER_ADMIN)
    harness.account.refuses_last = False
    for voter in (TECH, COLLEAGUE):
        harness.add_member(voter, Role.ADMIN)
    text = "user remove @U0SECOND --confirm second@lumen.example"
    request = await approved(harness, text, ADMIN, to=TECH, also=[COLLEAGUE])
    chief = harness.account.user_now(uid(CHIEF))
    harness.account.add_user(replace(chief, role=Role.ADMIN))
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, UserRefused | Voided), outcome
    assert Role.MASTER_ADMIN is harness.account.user_now(uid(SECOND)).role


async def test_the_card_and_the_message_say_that_they_are_the_last_one(harness: Harness) -> None:
    """As the answer to the command itself does"""
    harness.add_member(SECOND, Role.MASTER_ADMIN)
    harness.account.refuses_last = False
    for voter in (TECH, COLLEAGUE):
        harness.add_member(voter, Role.ADMIN)
    text = "user role @U0SECOND admin"
    request = await approved(harness, text, ADMIN, to=TECH, also=[COLLEAGUE])
    chief = harness.account.user_now(uid(CHIEF))
    harness.account.add_user(replace(chief, role=Role.ADMIN))
    await carried_out(harness, request)
    settled = await kept(harness, request)
    assert State.FAILED is settled.state
    assert "no Master admin" in plain(posted(settled))


async def test_a_demoted_requester_or_approver_changes_no_one(harness: Harness) -> None:
    """Their request is void"""
    for demoted in (ADMIN, CHIEF):
        request = await approved(harness, "user role @U0TECH reports", ADMIN, to=CHIEF)
        user = harness.account.user_now(uid(demoted))
        harness.account.add_user(replace(user, role=Role.REPORTS))
        assert isinstance(await carried_out(harness, request), Voided)
        harness.account.add_user(user)
    assert Role.TECHNICAL_ADMIN is harness.account.user_now(uid(TECH)).role


async def test_a_master_admin_by_now_is_not_enabled_by_one_approval(harness: Harness) -> None:
    """They were none when it was asked"""
    tech = harness.account.user_now(uid(TECH))
    harness.account.add_user(replace(tech, enabled=False))
    request = await approved(harness, "user enable u-U0TECH", CHIEF, to=ADMIN)
    harness.account.add_user(replace(tech, enabled=False, role=Role.MASTER_ADMIN))
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, UserRefused), outcome
    assert not harness.account.user_now(uid(TECH)).enabled


EFFECTS = {
    "user add new@lumen.example --role reports --env shop-dev": "create_user",
    "user role @U0TECH reports": "set_user_role",
    "user envs @U0TECH shop-dev": "set_user_environments",
    DISABLE_TECH: "set_user_enabled",
    REMOVE_TECH: "delete_user",
}


@pytest.mark.parametrize(("text", "method"), EFFECTS.items())
async def test_a_failure_after_the_work_is_recognized(
    harness: Harness, text: str, method: str
) -> None:
    """Cloudinary answers 500, and did it"""
    error = Unavailable("500", status=500, maybe_done=True)
    harness.account.fail_next(method, error, after=True)
    await changed(harness, text)
    assert 1 == harness.account.calls[method]


@pytest.mark.parametrize(("text", "method"), EFFECTS.items())
async def test_a_failure_before_the_work_changes_nothing(
    harness: Harness, text: str, method: str
) -> None:
    """And another run makes the change, once"""
    request = await approved(harness, text, ADMIN, to=CHIEF)
    harness.account.fail_next(method, Unavailable("500", status=500, maybe_done=True))
    with pytest.raises(Unavailable):
        await carried_out(harness, request)
    outcome = await harness.again(request.id)
    assert isinstance(outcome, UserChanged), outcome
    assert 2 == harness.account.calls[method]


@pytest.mark.parametrize(("text", "method"), EFFECTS.items())
async def test_a_job_that_dies_after_the_effect_has_it_once(
    harness: Harness, text: str, method: str
) -> None:
    """The next process recognizes its own work"""
    request = await approved(harness, text, ADMIN, to=CHIEF)
    harness.account.fail_next(method, RuntimeError("killed"), after=True)
    with pytest.raises(RuntimeError):
        await carried_out(harness, request)
    outcome = await harness.again(request.id)
    assert isinstance(outcome, UserChanged), outcome
    assert 1 == harness.account.calls[method]
    assert State.DONE is (await kept(harness, request)).state


async def test_cloudinarys_refusal_is_told(harness: Harness) -> None:
    """And nothing is said to be done"""
    request = await approved(harness, REMOVE_TECH, ADMIN, to=CHIEF)
    harness.account.fail_next("delete_user", Forbidden("no", status=403))
    outcome = await carried_out(harness, request)
    assert UserRefused("tech@lumen.example", Refusal.BY_CLOUDINARY) == outcome
    settled = await kept(harness, request)
    assert State.FAILED is settled.state
    assert "Cloudinary refused it" in plain(posted(settled))


async def test_a_removal_needs_the_typed_email_and_ends_the_user(harness: Harness) -> None:
    """Without it, the person sees what is lost"""
    for text in ("user remove @U0TECH", "user remove @U0TECH --confirm other@lumen.example"):
        assert isinstance(await harness.run(ADMIN, text), UserToConfirm)
    await changed(harness, REMOVE_TECH)
    with pytest.raises(NotFound):
        await harness.account.user(uid(TECH))
    assert isinstance(await harness.run(ADMIN, "user show u-U0TECH"), NoSuchUser)


async def test_an_address_is_invited_once(harness: Harness) -> None:
    """In any case of its letters"""
    taken = await harness.run(ADMIN, "user add TECH@lumen.example --role reports")
    assert isinstance(taken, UserExists)
    await changed(harness, "user add new@lumen.example --role reports --env shop-dev")
    (user,) = await harness.account.users_by_email("new@lumen.example")
    assert user.pending
    assert frozenset({DEV.id}) == await harness.account.environments_of(user.id)


async def test_no_one_gives_environments_that_they_lack(harness: Harness) -> None:
    """An admin of one environment invites into that one"""
    harness.add_member(NARROW, Role.ADMIN, reaches=DEV)
    refused = await harness.run(NARROW, "user add new@lumen.example --role reports")
    assert UserRefused("new@lumen.example", Refusal.MORE_ENVIRONMENTS) == refused
    outcome = await harness.run(NARROW, "user add new@lumen.example --role reports --env shop-dev")
    assert isinstance(outcome, Requested)


async def test_no_one_gives_rights_where_they_have_none(harness: Harness) -> None:
    """An admin of one environment raises and enables no one who has access to others"""
    harness.add_member(NARROW, Role.ADMIN, reaches=DEV)
    beyond = UserRefused("tech@lumen.example", Refusal.MORE_ENVIRONMENTS)
    assert beyond == await harness.run(NARROW, "user role @U0TECH admin")
    lowers = await harness.run(NARROW, "user role @U0TECH media_library_user")
    assert isinstance(lowers, Requested)
    tech = harness.account.user_now(uid(TECH))
    harness.account.add_user(replace(tech, enabled=False))
    assert beyond == await harness.run(NARROW, "user enable u-U0TECH")
    harness.add_member(TECH, Role.TECHNICAL_ADMIN, reaches=DEV)
    raises = await harness.run(NARROW, "user role @U0TECH admin")
    assert isinstance(raises, Requested)


async def test_a_narrowed_requester_raises_no_one_beyond(harness: Harness) -> None:
    """Their access was taken after the approval"""
    harness.add_member(SECOND, Role.ADMIN)
    request = await approved(harness, "user role @U0TECH admin", SECOND, to=CHIEF)
    harness.add_member(SECOND, Role.ADMIN, reaches=DEV)
    assert UserRefused("tech@lumen.example", Refusal.MORE_ENVIRONMENTS) == await carried_out(
        harness, request
    )
    assert Role.TECHNICAL_ADMIN is harness.account.user_now(uid(TECH)).role


async def test_users_are_listed_by_filters(harness: Harness) -> None:
    """Role, environment, and time without signing in"""
    for text, count in (
        ("user list", 6),
        ("user list --role technical_admin", 3),
        ("user list --role master_admin", 1),
        ("user list --env shop", 5),
        ("user list --inactive 90d", 6),
    ):
        outcome = await harness.run(ADMIN, text)
        assert isinstance(outcome, UsersListed), outcome
        assert count == outcome.total, text
    shown = await harness.run(ADMIN, "user show @U0NARROW")
    assert isinstance(shown, UserShown)
    assert (DEV.name,) == shown.environments


LAX = """
@id("all")
permit (principal, action, resource) when { principal.at_cloudinary };

@id("three")
@approvals("3")
@approvers("admins, group:Security")
permit (principal, action in [Action::"user:role", Action::"user:add"], resource);
"""


@pytest.mark.parametrize(
    "text", ["user role @U0TECH master_admin", "user add new@lumen.example --role master_admin"]
)
async def test_master_admin_needs_no_less_than_another_role(
    harness: Harness, tmp_path: Path, text: str
) -> None:
    """What the policy asks for the command counts beside what it asks for the gravest role"""
    harness.add_member(SECOND, Role.MASTER_ADMIN)
    harness.add_member(COLLEAGUE, Role.ADMIN)
    under(harness, tmp_path, LAX)
    request = await asked(harness, text, CHIEF)
    assert Action.USER_MASTER_ADMIN is request.terms.action
    assert 3 == request.approval.quorum
    for voter in (ADMIN, SECOND):
        await harness.run(voter, f"approve {request.id}")
    assert State.PENDING is (await kept(harness, request)).state
    await harness.run(COLLEAGUE, f"approve {request.id}")
    assert isinstance(await carried_out(harness, request), UserChanged)


async def test_an_invited_master_admin_is_requested_for_every_environment(
    harness: Harness,
) -> None:
    """Cloudinary gives them all: approvers read no less"""
    text = "user add new@lumen.example --role master_admin --env shop-dev"
    harness.add_member(SECOND, Role.ADMIN)
    request = await asked(harness, text, CHIEF)
    assert "all environments" in str(user_terms(request.terms))


async def test_enabling_who_holds_an_unknown_role_of_the_account_needs_what_master_admin_needs(
    harness: Harness,
) -> None:
    """It may give rights away, as in a group"""
    harness.permissions = True
    harness.rebuild()
    harness.add_member(SECOND, Role.ADMIN)
    tech = harness.account.user_now(uid(TECH))
    harness.account.add_user(replace(tech, enabled=False))
    await harness.account.give_account_role(uid(TECH), f"{ACCOUNT_ROLE}reports")
    usual = await asked(harness, "user enable u-U0TECH", CHIEF)
    assert Action.USER_ENABLE is usual.terms.action
    await harness.run(CHIEF, f"cancel {usual.id}")
    await harness.account.give_account_role(uid(TECH), "custom-role")
    refused = await harness.run(ADMIN, "user enable u-U0TECH")
    assert UserRefused("tech@lumen.example", Refusal.MORE_THAN_HELD) == refused
    request = await asked(harness, "user enable u-U0TECH", CHIEF)
    assert Action.USER_MASTER_ADMIN is request.terms.action
