"""A rotation beside other changes of its keys: one wins, both are told, and one key works."""

from datetime import timedelta
from typing import Final

import pytest

from bot.domain.brownouts import Ending
from bot.domain.outcomes.bulk import BulkReported
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Audience, Topic
from bot.domain.rotation import Phase, Trouble
from tests.flows.harness import ADMIN, BILLING, COLLEAGUE, DEV, TECH, Harness
from tests.flows.offboarding import offboarding
from tests.flows.requested import (
    approved,
    asked,
    carried_out,
    kept,
    looked,
    times_notified,
)
from tests.flows.rotated import (
    NAME,
    key_of,
    opened_by_owner,
    overlapping,
    phase,
    press,
    rotated,
    soaking,
    steered,
    works,
)
from tests.flows.test_keys_reconciled import compared, told

DAY: Final = timedelta(days=1)


async def on(harness: Harness, request: Request, **span: float) -> Request:
    """Let time pass, and look twice."""
    harness.clock.at += timedelta(**span)
    for _ in range(2):
        await looked(harness)
    return await kept(harness, request)


def trouble(request: Request) -> Trouble | None:
    """What is wrong with a rotation."""
    return request.rotation.trouble if request.rotation else None


async def test_a_successor_that_a_person_disables_keeps_the_old_key(harness: Harness) -> None:
    """Also at the end of the grace; its people and security hear of it"""
    request = await overlapping(harness)
    await harness.run(COLLEAGUE, f"key disable {request.made} --env shop-dev")
    request = await on(harness, request, hours=24)
    assert (Phase.UNTESTED, Trouble.NEW_DISABLED) == (phase(request), trouble(request))
    assert (True, False) == await works(harness, request)
    heard = {it.audience for it in harness.requests.notifications if it.topic is Topic.ROTATION}
    assert {Audience.PERSON, Audience.SECURITY} <= heard


@pytest.mark.parametrize("when", ["before", "overlap"])
async def test_no_brownout_enables_a_key_that_its_rotation_disabled(
    harness: Harness, when: str
) -> None:
    """The brown-out ends with the rotation's disabling, and its people hear so"""
    dark = await asked(harness, f"key brownout {NAME} --for 10m --env shop-dev", TECH)
    request = await overlapping(harness)
    if when == "before":
        harness.clock.go_on(minutes=1)
    await carried_out(harness, dark)
    assert not (await harness.key(DEV, NAME)).enabled
    request = await steered(harness, request, "deployed", Phase.SOAKING)
    ended = await kept(harness, dark)
    assert ended.brownout
    assert (Ending.STOPPED, 1) == (
        ended.brownout.ending,
        times_notified(harness, Topic.BROWNOUT_OVER),
    )
    request = await on(harness, request, minutes=20)
    assert (Phase.SOAKING, (False, True)) == (phase(request), await works(harness, request))
    request = await steered(harness, request, "rollback", Phase.OVERLAP)
    assert (True, True) == await works(harness, request)


async def test_a_brownout_of_the_successor_stops_no_old_key(harness: Harness) -> None:
    """The rotation waits for its test, which follows once the new key works again"""
    request = await overlapping(harness)
    dark = await asked(harness, f"key brownout {request.made} --for 10m --env shop-dev", TECH)
    await carried_out(harness, dark)
    await steered(harness, request, "deployed", Phase.UNTESTED)
    assert (True, False) == await works(harness, request)
    request = await on(harness, request, minutes=10)
    assert (True, True) == await works(harness, request)
    await steered(harness, request, "test", Phase.OVERLAP)


async def test_a_deletion_of_the_old_key_meanwhile_goes_on(harness: Harness) -> None:
    """It is disabled by that; the successor gets its name when it is gone"""
    request = await overlapping(harness)
    deletion = await approved(
        harness, f"key delete {NAME} --env shop-dev --reason old", TECH, to=COLLEAGUE
    )
    await carried_out(harness, deletion)
    request = await on(harness, request, hours=24)
    assert (Phase.SOAKING, Trouble.OLD_STOPPED) == (phase(request), trouble(request))
    request = await on(harness, request, days=7)
    assert await key_of(harness, request.terms.key) is None
    request = await on(harness, request, days=7)
    assert Phase.DONE is phase(request)
    assert request.made == (await harness.key(DEV, NAME)).api_key


async def test_a_deletion_asked_for_before_is_not_undone_by_a_roll_back(harness: Harness) -> None:
    """The deletion is a later decision about the same key"""
    request = await soaking(harness)
    harness.clock.go_on(minutes=1)
    deletion = await approved(
        harness, f"key delete {NAME} --env shop-dev --reason old", TECH, to=COLLEAGUE
    )
    await carried_out(harness, deletion)
    assert isinstance(await press(harness, request, "rollback"), KeyProtected)
    assert (False, True) == await works(harness, request)


@pytest.mark.parametrize("renamed", ["old", "new", "taken"])
async def test_names_that_a_person_gives_in_the_console_stay(
    harness: Harness, renamed: str
) -> None:
    """The rotation ends all the same, and says what it left"""
    request = await overlapping(harness)
    key = request.made if renamed == "new" else request.terms.key
    if renamed == "taken":
        await harness.account.rename(DEV.id, key, "former")
        harness.account.add_key(DEV.id, NAME)
    else:
        await harness.account.rename(DEV.id, key, "mine")
    request = await steered(harness, request, "deployed", Phase.SOAKING)
    request = await on(harness, request, days=14)
    request = await steered(harness, request, f"delete --confirm {NAME}", Phase.DONE)
    expected = {"old": None, "new": Trouble.RENAMED, "taken": Trouble.NAME_TAKEN}
    assert expected[renamed] is trouble(request)
    new = await key_of(harness, request.made)
    assert new
    assert {"old": NAME, "new": "mine"}.get(renamed, new.name) == new.name


async def test_an_offboarding_of_the_owner_ends_both_keys(harness: Harness) -> None:
    """No step of the rotation enables one again"""
    await harness.run(TECH, "key create mine --env shop-dev")
    (own,) = await harness.pending.pending_of(TECH)
    await harness.account.set_enabled(DEV.id, own.api_key, enabled=True)
    harness.pending.collect(own.id)
    request = await overlapping(harness, "key rotate mine --env shop-dev")
    leaving = await offboarding(harness)
    outcome = await carried_out(harness, leaving)
    assert isinstance(outcome, BulkReported)
    assert (False, False) == await works(harness, request)
    request = await on(harness, request, hours=24)
    await press(harness, request, "abort", ADMIN)
    request = await on(harness, request, minutes=1)
    assert (False, False) == await works(harness, request)


async def temporary(harness: Harness, text: str = "--expires 7d") -> Request:
    """Access that ends in a week, whose key is being rotated."""
    wish = f'request shop-dev deploy --reason "x" {text}'
    granted = await approved(harness, wish, BILLING)
    await carried_out(harness, granted)
    await opened_by_owner(harness, await kept(harness, granted))
    return await overlapping(harness, "key rotate deploy --env shop-dev")


async def test_the_successor_of_a_temporary_key_ends_with_it(harness: Harness) -> None:
    """A rotation gives no access that lasts longer"""
    request = await temporary(harness)
    assert request.ends_at
    assert timedelta(0) <= harness.clock.now() + 7 * DAY - request.ends_at < timedelta(minutes=1)
    request = await on(harness, request, days=7)
    assert (False, False) == await works(harness, request)
    assert request.ended
    over = await harness.run(COLLEAGUE, "key rotate deploy --env shop-dev --compromised")
    assert "requested" not in over.kind
    assert not [each for each in await harness.account.keys(DEV.id) if each.name == "deploy-x"]


async def test_the_access_by_a_successor_is_renewed_also_while_it_rotates(harness: Harness) -> None:
    """Else it would end in the soak, when neither key worked"""
    request = await temporary(harness)
    request = await steered(harness, request, "deployed", Phase.SOAKING)
    renewal = await approved(harness, f"renew {request.id} --reason more --expires 30d", BILLING)
    await carried_out(harness, renewal)
    request = await on(harness, request, days=7)
    assert (False, True) == await works(harness, request)
    assert not request.ended


@pytest.mark.parametrize("step", ["rollback", "abort"])
async def test_no_step_enables_a_key_whose_access_has_ended(harness: Harness, step: str) -> None:
    """Its owner asks for a renewal instead"""
    request = await temporary(harness)
    request = await steered(harness, request, "deployed", Phase.SOAKING)
    request = await on(harness, request, days=7)
    await press(harness, request, step)
    request = await on(harness, request, minutes=1)
    assert not (await works(harness, request))[0]


async def test_a_whole_rotation_is_no_change_elsewhere(harness: Harness) -> None:
    """Each effect is in the key's record at once, without the mark of Keysmith's own act"""
    old = await harness.key(DEV, NAME)
    await harness.account.pin(DEV.id, old.api_key)
    await compared(harness)

    async def nothing_told() -> None:
        harness.own_acts.marked.clear()
        await compared(harness)
        assert [] == told(harness)

    harness.clock.go_on(hours=1)
    request = await rotated(harness)
    await nothing_told()
    request = await opened_by_owner(harness, request)
    await looked(harness)
    await nothing_told()
    await steered(harness, await kept(harness, request), "deployed", Phase.SIGNING)
    await nothing_told()
    await steered(harness, request, f"signer --confirm {NAME}", Phase.SOAKING)
    await nothing_told()
    await steered(harness, request, "rollback", Phase.OVERLAP)
    await nothing_told()
    request = await on(harness, request, hours=24)
    await nothing_told()
    request = await on(harness, request, days=14)
    await steered(harness, request, f"delete --confirm {NAME}", Phase.DONE)
    await nothing_told()
    record = harness.records.kept[old.api_key]
    assert record.gone_at
    said = [line.what for line in record.history]
    assert "deleted disabled by a rotation enabled disabled by a rotation" in " ".join(said)


async def test_an_abort_is_no_change_elsewhere(harness: Harness) -> None:
    """The new key is deleted, and the old one works again"""
    await compared(harness)
    harness.clock.go_on(hours=1)
    request = await soaking(harness)
    await press(harness, request, f"abort --confirm {NAME}")
    harness.own_acts.marked.clear()
    await compared(harness)
    assert [] == told(harness)
    assert (True, False) == await works(harness, request)
    assert harness.records.kept[request.made].gone_at
