"""A role of a user on an account with roles takes several calls: each may fail, or be the last.

Wherever a process dies, the next one ends the change; a refusal says what is there.
"""

from typing import Final

import pytest

from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import UserChanged, UserRefused
from bot.domain.people import CloudinaryUser, Role
from bot.domain.requests.machine import Request, State
from bot.domain.users import ACCOUNT_ROLE, Refusal
from bot.errors import CloudinaryError, Forbidden, KeysmithError, RateLimited, Unavailable
from tests.flows.failing_fakes import Crash, FailingAccount, FailurePoint, failing
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, TECH, Harness
from tests.flows.requested import approved, carried_out, kept
from tests.flows.with_roles import with_roles

CALLS: Final = 60
"""More calls than any of these commands makes."""
CHANGES: Final = ("set_user_role", "give_account_role", "take_account_role")


class Apart(FailingAccount):
    """Roles of the account do not follow the fixed one by themselves once people are seeded."""

    follows = True

    def _follow(self, user: CloudinaryUser) -> None:
        if self.follows:
            super()._follow(user)


STORIES: Final = {
    "raises": (Role.REPORTS, Role.ADMIN),
    "lowers": (Role.ADMIN, Role.REPORTS),
    "leaves the account": (Role.ADMIN, Role.TECHNICAL_ADMIN),
    "makes a master": (Role.TECHNICAL_ADMIN, Role.MASTER_ADMIN),
    "ends a master": (Role.MASTER_ADMIN, Role.ADMIN),
}
"""The role before, and the one that is asked for."""
stories: Final = pytest.mark.parametrize(("old", "new"), STORIES.values(), ids=STORIES)


def account_roles(role: Role) -> frozenset[str]:
    """The role of the account that belongs to a fixed one."""
    has = role in {Role.MASTER_ADMIN, Role.ADMIN, Role.REPORTS}
    return frozenset({f"{ACCOUNT_ROLE}{role}"} if has else ())


async def prepared(fault: FailurePoint, old: Role, new: Role) -> tuple[Harness, Request]:
    """A request that two people approved, on an account that fails at some call."""
    harness = with_roles(failing(fault, Apart))
    assert isinstance(harness.account, Apart)
    harness.add_member(TECH, old)
    harness.add_member(COLLEAGUE, Role.MASTER_ADMIN)
    harness.account.follows = False
    text, grave = f"user role @U0TECH {new}", Role.MASTER_ADMIN in {old, new}
    also = [COLLEAGUE] if grave else []
    return harness, await approved(harness, text, CHIEF, to=ADMIN, also=also)


async def roles_now(harness: Harness) -> tuple[Role | None, frozenset[str]]:
    """The fixed role, and those of the account."""
    user = harness.account.user_now("u-U0TECH")
    return user.role, await harness.account.account_roles_of(user.id)


@stories
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_killed_process_leaves_what_the_next_one_ends(
    old: Role, new: Role, *, after: bool
) -> None:
    """And nowhere between is the user without a role of the account that both have"""
    for call in range(1, CALLS):
        died = FailurePoint()
        harness, request = await prepared(died, old, new)
        died.arm(call, after=after)
        try:
            await carried_out(harness, request)
        except Crash:
            died.arm(0)
        else:
            assert not died.blown
            assert call > len(CHANGES)
            return
        _, held = await roles_now(harness)
        assert held or not (account_roles(old) and account_roles(new)), call
        for _ in range(2):
            await harness.again(request.id)
            assert (new, account_roles(new)) == await roles_now(harness), call
        assert State.DONE is (await kept(harness, request)).state, call
        assert 1 == len(harness.jobs.notices), call
    pytest.fail("every call was tried, and none was the last")


@stories
@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "error", [Unavailable("500", status=500, maybe_done=True), RateLimited("429", status=429)]
)
async def test_what_failed_for_a_moment_is_ended_by_the_next_run(
    old: Role, new: Role, method: str, error: CloudinaryError, *, after: bool
) -> None:
    """Each call once more at most"""
    fault = FailurePoint(method=method, error=error)
    harness, request = await prepared(fault, old, new)
    fault.arm(1, after=after)
    try:
        outcome: Outcome | None = await carried_out(harness, request)
    except KeysmithError:
        outcome = None
    fault.arm(0)
    if outcome is None:
        outcome = await harness.again(request.id)
    assert isinstance(outcome, UserChanged), outcome
    assert (new, account_roles(new)) == await roles_now(harness)
    assert 2 >= harness.account.calls[method]


@stories
@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_refusal_says_whether_something_changed(
    old: Role, new: Role, method: str, *, after: bool
) -> None:
    """Nothing, a part, or all of it"""
    fault = FailurePoint(method=method, error=Forbidden("no", status=403))
    harness, request = await prepared(fault, old, new)
    before = await roles_now(harness)
    fault.arm(1, after=after)
    outcome = await carried_out(harness, request)
    now = await roles_now(harness)
    if now == (new, account_roles(new)):
        assert isinstance(outcome, UserChanged)
    else:
        reason = Refusal.BY_CLOUDINARY if now == before else Refusal.IN_PART
        assert UserRefused("tech@lumen.example", reason) == outcome
        assert not harness.jobs.notices
