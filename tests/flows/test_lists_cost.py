"""What a list costs: each person is looked up once, however many requests wait."""

import pytest

from bot.domain.outcomes.requests import RequestsListed
from bot.domain.people import Actor, Role
from tests.flows.harness import ADMIN, BILLING, CHIEF, COLLEAGUE, NARROW, TEAM, TECH, Harness
from tests.flows.requested import WISH_IN_PRODUCTION, asked

ASKERS = [Actor(TEAM, f"U0ASKER{number}") for number in range(4)]
MEMBERS = [Actor(TEAM, f"U0MEMBER{number}") for number in range(4)]
"""Appoint BILLING, although they have no vote themselves."""


async def crowded(harness: Harness) -> None:
    """Let 20 requests wait, and make BILLING the delegate of six people, two of whom may vote."""
    for asker in ASKERS:
        harness.add_member(asker, Role.REPORTS)
        for number in range(5):
            await asked(harness, f"request shop deploy{number} --reason builds", asker)
    for member in MEMBERS:
        harness.add_member(member, Role.REPORTS)
    for other in (TECH, COLLEAGUE):  # appoint another delegate, and are not looked up
        await harness.run(other, f"delegate @{NARROW.user_id}")
    for principal in (*MEMBERS, ADMIN, CHIEF):
        await harness.run(principal, f"delegate @{BILLING.user_id}")
    harness.rebuild()  # another process, which remembers no one
    harness.directory.calls.clear()
    harness.account.calls.clear()


@pytest.mark.parametrize("which", ["pending", "all"])
async def test_a_list_looks_each_person_up_once(harness: Harness, which: str) -> None:
    """And twice in a minute costs nothing more at Cloudinary"""
    await crowded(harness)
    for _ in range(2):
        listed = await harness.run(BILLING, f"requests {which}")
        assert isinstance(listed, RequestsListed)
        assert {1} == set(harness.directory.calls.values())
        assert 5 + 1 == harness.account.calls["users_by_email"]  # the first who may vote decides
        assert 5 + 1 == harness.account.calls["groups_of"]


async def test_app_home_looks_each_person_up_once(harness: Harness) -> None:
    """It has the same list"""
    await crowded(harness)
    for _ in range(3):
        await harness.flows.home.of(BILLING)
    assert {1} == set(harness.directory.calls.values())
    assert 5 + 1 == harness.account.calls["users_by_email"]


async def test_a_list_shows_what_waits_for_the_delegate(harness: Harness) -> None:
    """Not what waits for another delegate"""
    request = await asked(harness, WISH_IN_PRODUCTION)
    harness.add_member(MEMBERS[0], Role.REPORTS)
    for principal, shown in ((MEMBERS[0], ()), (ADMIN, (request,))):
        await harness.run(principal, f"delegate @{BILLING.user_id}")
        for which in ("pending", "all"):
            listed = await harness.run(BILLING, f"requests {which}")
            assert isinstance(listed, RequestsListed)
            assert shown == listed.requests


async def test_a_vote_reads_everyone_again(harness: Harness) -> None:
    """Whatever a list read a moment ago"""
    request = await asked(harness, WISH_IN_PRODUCTION)
    await harness.run(ADMIN, f"delegate @{BILLING.user_id}")
    await harness.run(BILLING, "requests pending")
    harness.directory.calls.clear()
    await harness.run(BILLING, f"approve {request.id}")
    assert harness.directory.calls[ADMIN.user_id]
