from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.decided import MayNotDecide, NotAskable, Renewed
from bot.domain.people import Actor
from bot.domain.policy import Action
from bot.domain.requests import State
from tests.flows.office import COLLEAGUE, DEV, NEWCOMER, TECH, Office
from tests.flows.requested import (
    WISH,
    agreed,
    asked,
    carried_out,
    collected,
    granted,
    kept,
)


async def test_the_clock_of_granted_access_starts_at_the_approval(office: Office) -> None:
    """And is kept in the same step, before any key is made"""
    office_clock = office.clock
    request = await asked(office, f"{WISH} --expires 2d")
    office_clock.go_on(hours=3)
    await office.says(TECH, f"approve {request.id}")
    now = await kept(office, request)
    assert (State.APPROVED, office_clock.now() + timedelta(days=2)) == (now.state, now.ends_at)


async def test_a_renewal_is_a_request_of_its_own_for_the_same_key(office: Office) -> None:
    """Others agree anew; then access ends later, and no second key is made"""
    former = await collected(office, f"{WISH} --expires 2d")
    office.clock.go_on(days=1)
    renewal = await agreed(office, f"renew {former.id} --reason more --expires 7d")
    assert isinstance(await carried_out(office, renewal), Renewed)
    now = await kept(office, former)
    assert office.clock.now() + timedelta(days=7) == now.ends_at
    assert office.account.calls["create_key"] == 1
    assert Action.KEY_REQUEST is renewal.terms.action


async def test_a_renewal_after_the_end_makes_the_key_work_again(office: Office) -> None:
    """Even where the process dies right behind it"""
    former = await collected(office, f"{WISH} --expires 2d")
    office.clock.go_on(days=3)
    assert [] == await office.flows.ticker.look()
    assert not (await office.key(DEV, "deploy")).enabled
    renewal = await agreed(office, f"renew {former.id} --reason more --expires 7d")
    await carried_out(office, renewal)
    assert (await office.key(DEV, "deploy")).enabled
    assert not (await kept(office, former)).ended


@pytest.mark.parametrize("actor", [TECH, COLLEAGUE])
async def test_nobody_renews_what_is_not_theirs(office: Office, actor: Actor) -> None:
    """Nor what was never collected"""
    former = await granted(office, f"{WISH} --expires 2d")
    for each in (actor, NEWCOMER):
        told = await office.says(each, f"renew {former.id} --reason more")
        assert isinstance(told, NotAskable)


async def test_the_owner_has_no_word_on_a_renewal_by_a_second_account(office: Office) -> None:
    """Not either where somebody else asks for it"""
    former = await collected(office, f"{WISH} --for @{COLLEAGUE.user_id} --expires 2d")
    renewal = await asked(office, f"renew {former.id} --reason more")
    profile = await office.directory.profile(COLLEAGUE)
    second = replace(profile, user_id="U0SECOND")
    office.directory.add(second)
    told = await office.says(replace(COLLEAGUE, user_id=second.user_id), f"approve {renewal.id}")
    assert isinstance(told, MayNotDecide)
