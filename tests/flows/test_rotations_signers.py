"""A rotation and the webhook signer: it moves by a person's confirmation, and by nothing else."""

from datetime import timedelta

from bot.domain.keys import ProtectionReason, signer
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.requests.machine import Request
from bot.domain.rotation import Phase
from tests.flows.harness import DEV, TECH, Harness
from tests.flows.requested import kept, looked
from tests.flows.rotated import (
    NAME,
    key_of,
    overlapping,
    phase,
    press,
    rotated,
    soaking,
    steered,
    works,
)


async def signs(harness: Harness) -> str:
    """The key that signs now."""
    found = signer(await harness.account.keys(DEV.id))
    return found.api_key if found else ""


async def signing(harness: Harness) -> Request:
    """Rotate a key that signs, up to the step that moves it."""
    old = await harness.key(DEV, NAME)
    await harness.account.pin(DEV.id, old.api_key)
    return await steered(harness, await overlapping(harness), "deployed", Phase.SIGNING)


async def test_an_abort_takes_the_signer_back_once_that_is_confirmed(harness: Harness) -> None:
    """Whether the rotation pinned the new key, or a person in the Console"""
    request = await soaking(harness)
    await harness.account.pin(DEV.id, request.made)
    confirm = f"rotation {request.id} abort --confirm {NAME}"
    for text in (f"cancel {request.id}", f"rotation {request.id} abort"):
        stop = await harness.run(TECH, text)
        assert isinstance(stop, KeyProtected), stop
        moves = stop.move and stop.move.old
        expected = (ProtectionReason.COLLECTED, request.made, confirm)
        assert expected == (stop.reason, moves, stop.retry)
    assert request.made == await signs(harness)
    assert (await harness.run(TECH, confirm)).kind == "rotation_steered"
    assert Phase.ABORTED is phase(await kept(harness, request))
    assert request.terms.key == await signs(harness)


async def test_an_abort_that_moves_no_signer_needs_no_name(harness: Harness) -> None:
    """Nor one of a new key that was never collected, even if a person pinned it"""
    request = await rotated(harness)
    before = await signs(harness)
    await harness.account.pin(DEV.id, request.made)
    await press(harness, request, "abort")
    await looked(harness)
    assert Phase.ABORTED is phase(await kept(harness, request))
    assert before == await signs(harness)
    assert await key_of(harness, request.made) is None


async def test_an_old_key_that_a_person_disables_before_the_signer_moves_stays_so(
    harness: Harness,
) -> None:
    """The rotation had not disabled it, so it is not the one to enable it"""
    request = await signing(harness)
    for api_key in (request.terms.key, request.made):
        await harness.account.set_enabled(DEV.id, api_key, enabled=False)
    harness.clock.at += timedelta(minutes=1)
    await press(harness, request, f"signer --confirm {NAME}")
    harness.clock.at += timedelta(minutes=5)
    await looked(harness)
    assert Phase.UNTESTED is phase(await kept(harness, request))
    assert (False, False) == await works(harness, request)
