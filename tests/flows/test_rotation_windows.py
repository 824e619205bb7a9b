"""The maintenance window: Keysmith disables an old key by itself only within it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.cedar.policy import SHIPPED, CedarPolicy
from bot.domain.audit import AuditEvent, Entry
from bot.domain.requests.machine import Request
from bot.domain.requests.terms import Waiver
from bot.domain.rotation import Phase
from tests.flows.harness import DEV, Harness, staffed
from tests.flows.requested import carried_out, kept, looked
from tests.flows.rotated import GRACE, opened_by_owner, overlapping, phase, press, works
from tests.flows.test_rotations_compromised import leaked

WINDOW = '@window("Sat 09:00-10:00 UTC")'
RULE = """
@id("in-hours")
{}
permit (principal in Role::"key_roles", action == Action::"key:rotate", resource);
"""
BEGUN = datetime(2026, 11, 30, 12, tzinfo=UTC)
SATURDAY = datetime(2026, 12, 5, 9, tzinfo=UTC)


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    """On a Monday; Keysmith disables old keys on Saturdays."""
    harness = staffed()
    shipped = (SHIPPED / "keysmith.cedar").read_text()
    (tmp_path / "own.cedar").write_text(shipped + RULE.format(WINDOW))
    harness.policy = CedarPolicy.load(tmp_path)
    harness.clock.at = BEGUN
    harness.rebuild()
    return harness


async def test_the_end_of_an_overlap_waits_for_the_window(harness: Harness) -> None:
    """The card shows when the old key is disabled; then it is"""
    request = await overlapping(harness)
    harness.clock.at += GRACE
    await looked(harness)
    request = await kept(harness, request)
    assert request.rotation
    assert (phase(request), request.rotation.until) == (Phase.OVERLAP, SATURDAY)
    assert await works(harness, request) == (True, True)

    harness.clock.at = SATURDAY
    await looked(harness)
    request = await kept(harness, request)
    assert phase(request) is Phase.SOAKING
    assert await works(harness, request) == (False, True)


async def test_a_window_that_is_missed_is_waited_for_again(harness: Harness) -> None:
    """No process ran within it"""
    request = await overlapping(harness)
    harness.clock.at = SATURDAY + timedelta(hours=2)
    await looked(harness)
    request = await kept(harness, request)
    assert request.rotation
    assert request.rotation.until == SATURDAY + timedelta(days=7)
    assert await works(harness, request) == (True, True)


async def test_what_a_person_presses_waits_for_no_window(harness: Harness) -> None:
    """They know that the new key is deployed"""
    request = await overlapping(harness)
    await press(harness, request, "deployed")
    assert phase(await kept(harness, request)) is Phase.SOAKING


async def test_a_signer_that_was_moved_waits_for_the_window(harness: Harness) -> None:
    """Where the clock ends the overlap of a webhook signer, too"""
    key = await harness.key(DEV, "ci-bot")
    await harness.account.pin(DEV.id, key.api_key)
    request = await overlapping(harness)
    harness.clock.at = SATURDAY
    await looked(harness)
    request = await kept(harness, request)
    assert phase(request) is Phase.SIGNING
    await harness.account.pin(DEV.id, request.made)  # in the Console
    harness.clock.at += timedelta(hours=2)
    await looked(harness)
    assert phase(await kept(harness, request)) is Phase.SIGNING
    within_the_hour = harness.clock.now() + timedelta(hours=1)  # else it is taken for set aside
    assert [request.id] == [each.id for each in await harness.requests.due(within_the_hour, 9)]
    harness.clock.at = SATURDAY + timedelta(days=7)
    await looked(harness)
    assert phase(await kept(harness, request)) is Phase.SOAKING


async def changed(harness: Harness, request: Request, waived: Waiver | None) -> None:
    """Change by which right a rotation stands."""
    after = replace(request, waived=waived, version=request.version + 1)
    entry = Entry(harness.clock.now(), AuditEvent.MOVED, request.terms.action)
    assert await harness.requests.replace(request, after, entry)


async def test_a_compromised_key_waits_for_no_window(harness: Harness) -> None:
    """Its rotation goes on at once, also where it was approved and is no emergency"""
    request = await leaked(harness)
    harness.clock.go_on(seconds=1)
    await carried_out(harness, request)
    await changed(harness, await kept(harness, request), None)
    request = await opened_by_owner(harness, await kept(harness, request))
    await looked(harness)
    assert phase(await kept(harness, request)) is Phase.SOAKING


async def test_an_emergency_waits_for_no_window(harness: Harness) -> None:
    """People review it afterwards"""
    request = await overlapping(harness)
    await changed(harness, request, Waiver.EMERGENCY)
    harness.clock.at += GRACE
    await looked(harness)
    assert phase(await kept(harness, request)) is Phase.SOAKING
