"""What a rotation and its neighbours never do: each guard, with the case that it is for."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.keys import Credentials, ProtectionReason
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.decisions import Voided
from bot.domain.outcomes.keys import KeyChanged, KeyProtected, NothingToChange
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.rotations import NotRotated, RotationStop
from bot.domain.outcomes.union import NotReplaced, Several
from bot.domain.policy import Action
from bot.domain.requests.machine import Request, State
from bot.domain.requests.terms import Waiver
from bot.domain.rotation import Phase, Trouble
from tests.fakes.cloudinary import FakeAccount
from tests.flows.harness import ADMIN, BILLING, COLLEAGUE, DEV, TECH, Harness, staffed
from tests.flows.requested import approved, asked, carried_out, kept, looked, under
from tests.flows.rotated import (
    NAME,
    ROTATE,
    key_of,
    overlapping,
    phase,
    press,
    ripe,
    soaking,
    steered,
    works,
)
from tests.flows.test_one_authority import refuse
from tests.flows.test_rotations_raced import on, temporary, trouble
from tests.flows.with_roles import with_roles

ENABLE: Final = f"key enable {NAME} --env shop-dev"
BASIC: Final = """
@id("everybody")
permit (principal, action in [Action::"requests", Action::"decide", Action::"claim",
  Action::"key:list", Action::"key:show", Action::"env:show", Action::"key:disable",
  Action::"key:rotate", Action::"key:request"], resource);
"""
ROLES: Final = """
@id("roles")
@approvals("1")
@approvers("key_roles")
permit (principal, action == Action::"key:roles", resource);
"""

GIVERS: Final = """
@id("givers")
permit (principal in Role::"admin", action == Action::"key:roles", resource);
"""


@dataclass
class Refusal:
    """Whether Cloudinary refuses every pair."""

    on: bool = False


def refusing(refusal: Refusal) -> type[FakeAccount]:
    """Build an account that refuses pairs while that is on."""

    class Account(FakeAccount):
        async def ping(self, credentials: Credentials) -> bool:
            return not refusal.on and await super().ping(credentials)

    return Account


async def test_a_pair_that_stops_working_in_the_overlap_stops_no_old_key() -> None:
    """Deployed tests it again, right before the old key would be disabled"""
    refusal = Refusal()
    harness = staffed(make_account=refusing(refusal))
    request = await overlapping(harness)
    refusal.on = True
    request = await steered(harness, request, "deployed", Phase.UNTESTED)
    assert (Trouble.REFUSED, (True, True)) == (trouble(request), await works(harness, request))


async def test_an_old_key_that_was_enabled_in_the_console_is_not_deleted(harness: Harness) -> None:
    """Both stay, although a person confirmed the deletion"""
    request = await ripe(harness)
    await harness.account.set_enabled(DEV.id, request.terms.key, enabled=True)
    request = await steered(harness, request, f"delete --confirm {NAME}", Phase.KEPT)
    assert (Trouble.OLD_ENABLED, (True, True)) == (trouble(request), await works(harness, request))


@pytest.mark.parametrize("gone", [False, True])
async def test_an_old_key_is_not_deleted_while_the_new_one_does_not_work(
    harness: Harness, *, gone: bool
) -> None:
    """It is the only way back"""
    request = await ripe(harness)
    if gone:
        harness.account.remove_key(DEV.id, request.made)
    else:
        await harness.account.set_enabled(DEV.id, request.made, enabled=False)
    request = await steered(harness, request, f"delete --confirm {NAME}", Phase.RIPE)
    assert trouble(request) is (Trouble.NEW_GONE if gone else Trouble.NEW_DISABLED)
    assert await key_of(harness, request.terms.key)


async def test_a_key_from_before_is_not_taken_for_the_successor(harness: Harness) -> None:
    """It has the name of one, and an abort would delete it"""
    request = await asked(harness, ROTATE, TECH)
    assert request.terms.rotation
    older = harness.account.add_key(DEV.id, request.terms.rotation.successor)
    since = request.asked_at - timedelta(days=1)
    harness.account.replace_key(DEV.id, replace(older, created_at=since))
    await carried_out(harness, request)
    await looked(harness)
    request = await kept(harness, request)
    assert (State.FAILED, Phase.ABORTED) == (request.state, phase(request))
    assert await key_of(harness, older.api_key)


async def moved(harness: Harness) -> Request:
    """A rotation whose new key signs webhooks."""
    await harness.account.pin(DEV.id, (await harness.key(DEV, NAME)).api_key)
    request = await steered(harness, await overlapping(harness), "deployed", Phase.SIGNING)
    return await steered(harness, request, f"signer --confirm {NAME}", Phase.SOAKING)


@pytest.mark.parametrize("verb", ["rotation {} abort", "cancel {}"])
async def test_an_abort_that_moves_the_signer_back_is_confirmed(
    harness: Harness, verb: str
) -> None:
    """With what it breaks; nothing happens before, however it is asked for"""
    request = await moved(harness)
    stop = await harness.run(TECH, verb.format(request.id))
    assert isinstance(stop, KeyProtected)
    assert (ProtectionReason.COLLECTED, stop.move and stop.move.new) == (
        stop.reason,
        request.terms.key,
    )
    said = plain(card_of(stop))
    assert f"Then {NAME} signs webhook notifications in Shop dev, in place of {NAME}-" in said
    assert "confirm with the name of the key that is rotated" in said
    assert isinstance(await press(harness, request, "abort --confirm uploader"), KeyProtected)
    assert Phase.SOAKING is phase(await kept(harness, request))
    await steered(harness, request, f"abort --confirm {NAME}", Phase.ABORTED)
    old = await key_of(harness, request.terms.key)
    assert old
    assert (True, True) == (old.enabled, old.pinned)


async def test_an_abort_that_leaves_the_signer_asks_for_nothing(harness: Harness) -> None:
    """The old key stays disabled, so the new one stays the signer"""
    request = await moved(harness)
    harness.clock.go_on(seconds=1)
    await harness.run(COLLEAGUE, f"key disable {NAME} --env shop-dev")
    await steered(harness, request, "abort", Phase.KEPT)
    new = await key_of(harness, request.made)
    assert new
    assert new.pinned


async def test_a_key_that_its_rotation_disabled_is_enabled_by_a_step_of_it_alone(
    harness: Harness,
) -> None:
    """The answer names the rotation; once that is over, a person may enable the key"""
    request = await soaking(harness)
    stop = await harness.run(COLLEAGUE, ENABLE)
    assert isinstance(stop, KeyProtected)
    assert stop.reason is ProtectionReason.ROTATED
    assert f"/cld rotation {request.short_id}" in plain(card_of(stop))
    assert (False, True) == await works(harness, request)


async def test_other_keys_of_a_rotation_are_enabled_as_ever(harness: Harness) -> None:
    """The old one before its retirement, the new one, and one that works already"""
    request = await overlapping(harness)
    await harness.account.set_enabled(DEV.id, request.terms.key, enabled=False)
    assert isinstance(await harness.run(COLLEAGUE, ENABLE), KeyChanged)
    await steered(harness, request, "deployed", Phase.SOAKING)
    await harness.account.set_enabled(DEV.id, request.made, enabled=False)
    new = await harness.run(COLLEAGUE, f"key enable {request.made} --env shop-dev")
    assert isinstance(new, KeyChanged)
    await harness.account.set_enabled(DEV.id, request.terms.key, enabled=True)
    assert isinstance(await harness.run(COLLEAGUE, ENABLE), NothingToChange)


async def test_a_key_that_leaked_is_not_enabled_while_it_is_replaced(harness: Harness) -> None:
    """Its person disabled it; an abort keeps it disabled, and then it is a person's again"""
    outcome = await harness.run(TECH, f"{ROTATE} --compromised")
    assert isinstance(outcome, Several)
    harness.clock.go_on(seconds=1)
    stop = await harness.run(COLLEAGUE, ENABLE)
    assert isinstance(stop, KeyProtected)
    assert stop.reason is ProtectionReason.ROTATED
    opened = outcome.outcomes[1]
    assert isinstance(opened, Requested)
    await carried_out(harness, opened.request)
    request = await kept(harness, opened.request)
    await press(harness, request, "abort")
    await on(harness, request, minutes=1)
    assert isinstance(await harness.run(COLLEAGUE, ENABLE), KeyChanged)


async def test_a_person_who_disabled_the_key_since_may_enable_it_again(harness: Harness) -> None:
    """Their decision is later than the rotation's, which keeps both keys"""
    request = await soaking(harness)
    harness.clock.go_on(minutes=1)
    await harness.run(COLLEAGUE, f"key disable {NAME} --env shop-dev")
    harness.clock.go_on(minutes=1)
    assert isinstance(await harness.run(COLLEAGUE, ENABLE), KeyChanged)
    request = await on(harness, request, days=14)
    assert (Phase.KEPT, (True, True)) == (phase(request), await works(harness, request))


async def test_a_renewal_enables_no_key_that_its_rotation_disabled(harness: Harness) -> None:
    """Access to the old key has ended; its person reads what to do"""
    request = await steered(harness, await temporary(harness), "deployed", Phase.SOAKING)
    former = await harness.pending.pending_for_key(request.terms.key)
    assert former
    request = await on(harness, request, days=7)
    renewal = await approved(harness, f"renew {former.id} --reason more --expires 7d", BILLING)
    outcome = await carried_out(harness, renewal)
    assert isinstance(outcome, KeyProtected)
    assert outcome.reason is ProtectionReason.ROTATED
    assert not (await works(harness, request))[0]
    failed = await kept(harness, renewal)
    assert (State.FAILED, "key_protected:rotated") == (failed.state, failed.outcome)


@pytest.fixture
def roles() -> Harness:
    """An account with roles."""
    return with_roles()


WITH_ROLE: Final = f'{ROTATE} --role "upload manager"'


async def test_another_role_needs_what_key_roles_needs(roles: Harness, tmp_path: Path) -> None:
    """The same roles need no approval under these rules"""
    harness = under(roles, tmp_path, BASIC + ROLES)
    request = await asked(harness, WITH_ROLE, TECH)
    assert (State.PENDING, 1) == (request.state, request.approval.quorum)
    await harness.run(TECH, f"cancel {request.id}")
    assert (await asked(harness, ROTATE, TECH)).waived is Waiver.AT_ONCE


async def test_who_may_not_give_roles_gives_none_by_a_rotation(
    roles: Harness, tmp_path: Path
) -> None:
    """They may rotate"""
    harness = under(roles, tmp_path, BASIC)
    denied = await harness.run(TECH, WITH_ROLE)
    assert isinstance(denied, Denied)
    assert isinstance(await harness.run(TECH, ROTATE), Requested)


async def test_a_role_is_decided_again_at_execution(roles: Harness) -> None:
    """Who may not give roles any more creates no key"""
    request = await asked(roles, WITH_ROLE, TECH)
    refuse(roles, lambda it: it.action is Action.KEY_ROLES)
    assert isinstance(await carried_out(roles, request), Voided)


async def given_away(harness: Harness) -> None:
    """A key of a person who may not own a new one there by their own right."""
    await harness.run(TECH, "key create mine --env shop-dev")
    (own,) = await harness.pending.pending_of(TECH)
    await harness.account.set_enabled(DEV.id, own.api_key, enabled=True)
    harness.pending.collect(own.id)
    given = await harness.run(TECH, f"key owner mine @{BILLING.user_id} --env shop-dev")
    assert given.kind == "owner_assigned"


async def test_a_key_whose_owner_may_not_get_a_new_one_is_not_rotated(harness: Harness) -> None:
    """The answer says whose move it is, also where the key leaked and is disabled"""
    await given_away(harness)
    outcome = await harness.run(TECH, "key rotate mine --env shop-dev")
    assert isinstance(outcome, NotRotated)
    assert outcome.reason is RotationStop.OWNER
    assert "Give it another owner first" in plain(card_of(outcome))
    assert "Nothing changed." in plain(card_of(outcome))
    leaked = await harness.run(TECH, "key rotate mine --env shop-dev --compromised")
    said = plain(card_of(leaked))
    assert "mine in Shop dev is now disabled." in said
    assert "Its rotation did not begin. The key stays disabled." in said
    assert "Nothing changed" not in said
    assert "Ask that person" not in said


async def test_an_owner_gets_no_role_that_they_may_not_give(roles: Harness, tmp_path: Path) -> None:
    """They may rotate, and who asks may give roles; the same roles are no more than they had"""
    await roles.run(TECH, f"key owner {NAME} @{COLLEAGUE.user_id} --env shop-dev")
    harness = under(roles, tmp_path, BASIC + GIVERS)
    outcome = await harness.run(ADMIN, WITH_ROLE)
    assert isinstance(outcome, NotRotated)
    assert outcome.reason is RotationStop.OWNER
    assert isinstance(await harness.run(ADMIN, ROTATE), Requested)


@pytest.mark.parametrize("text", ['"upload manager"', "nothing-like-it"])
async def test_what_stops_the_rest_never_denies_the_disabling(
    roles: Harness, tmp_path: Path, text: str
) -> None:
    """Only the new key is refused, and the answer says so"""
    harness = under(roles, tmp_path, BASIC)
    leaked = await harness.run(TECH, f"{ROTATE} --compromised --role {text}")
    assert isinstance(leaked, Several)
    assert isinstance(leaked.outcomes[1], NotReplaced)
    said = plain(card_of(leaked))
    assert f"{NAME} in Shop dev stays disabled. No new key was requested for it." in said
    assert "Nothing changed" not in said
