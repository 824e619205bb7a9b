"""A rotation, from its request to its end: one of the two keys works at every moment."""

from datetime import timedelta

import pytest

from bot.domain.keys import ProtectionReason
from bot.domain.outcomes.decisions import MayNotDecide
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.rotations import NotRotated, OutOfTurn, RotationStop
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Topic
from bot.domain.requests.votes import IneligibleReason
from bot.domain.rotation import Phase, Trouble
from bot.errors import Unavailable
from tests.flows.harness import ADMIN, BILLING, COLLEAGUE, DEV, PROD, TECH, Harness
from tests.flows.requested import approved, asked, carried_out, kept, looked, times_notified
from tests.flows.rotated import (
    GRACE,
    IN_PRODUCTION,
    NAME,
    ROTATE,
    SOAK,
    key_of,
    opened_by_owner,
    overlapping,
    phase,
    press,
    ripe,
    rotated,
    soaking,
    steered,
    works,
)


async def test_a_rotation_goes_from_its_request_to_the_old_name(harness: Harness) -> None:
    """The successor is disabled until it is collected, and has the old name at the end"""
    request = await rotated(harness)
    assert (State.CLAIMABLE, Phase.CREATED) == (request.state, phase(request))
    assert (True, False) == await works(harness, request)
    new = await key_of(harness, request.made)
    assert new
    assert new.name == f"{NAME}-{request.id[:6]}"
    request = await opened_by_owner(harness, request)
    assert (State.CLAIMED, Phase.TESTING) == (request.state, phase(request))
    await looked(harness)
    request = await kept(harness, request)
    assert (Phase.OVERLAP, True) == (phase(request), request.rotation.tested_at is not None)  # type: ignore[union-attr]
    assert (True, True) == await works(harness, request)
    request = await steered(harness, request, "deployed", Phase.SOAKING)
    assert (False, True) == await works(harness, request)
    harness.clock.at += SOAK
    await looked(harness)
    stop = await press(harness, request, "delete")
    assert isinstance(stop, KeyProtected)
    assert (ProtectionReason.DELETION, True) == (
        stop.reason,
        await key_of(harness, request.terms.key) is not None,
    )
    alone = await press(harness, request, f"delete --confirm {NAME}", TECH)
    assert isinstance(alone, MayNotDecide)
    assert alone.reason is IneligibleReason.DELETION
    await steered(harness, request, f"delete --confirm {NAME}", Phase.DONE)
    assert await key_of(harness, request.terms.key) is None
    named = await harness.key(DEV, NAME)
    assert (request.made, True) == (named.api_key, named.enabled)
    assert await harness.requests.rotation_of(request.made) is None


async def test_the_grace_ends_by_itself_with_two_reminders(harness: Harness) -> None:
    """The old key stops at its end, and its people are told each time"""
    request = await overlapping(harness)
    before = times_notified(harness, Topic.ROTATION)
    for part in (0.5, 0.9):
        harness.clock.at = request.rotation.since + part * GRACE  # type: ignore[union-attr]
        await looked(harness)
    assert before + 2 == times_notified(harness, Topic.ROTATION)
    assert (True, True) == await works(harness, request)
    harness.clock.at = request.rotation.since + GRACE  # type: ignore[union-attr]
    await looked(harness)
    assert Phase.SOAKING is phase(await kept(harness, request))
    assert (False, True) == await works(harness, request)


async def test_more_time_moves_the_end(harness: Harness) -> None:
    """By what is asked for, from now"""
    request = await overlapping(harness)
    request = await steered(harness, request, "extend --grace 2d", Phase.OVERLAP)
    harness.clock.at += timedelta(days=1, hours=23)
    await looked(harness)
    assert (True, True) == await works(harness, request)
    harness.clock.at += timedelta(hours=1)
    await looked(harness)
    assert (False, True) == await works(harness, request)


async def test_in_production_another_key_role_approves_first(harness: Harness) -> None:
    """Nothing is created before"""
    request = await asked(harness, IN_PRODUCTION, TECH)
    assert request.state is State.PENDING
    assert not [key for key in await harness.account.keys(PROD.id) if "shop-web-" in key.name]
    approved_ = await harness.run(COLLEAGUE, f"approve {request.id}")
    assert approved_.kind == "voted"
    made = await carried_out(harness, request)
    assert made.kind == "key_created"


async def test_a_pair_that_cloudinary_refuses_keeps_the_old_key_working(harness: Harness) -> None:
    """It is told, and tested again once the new key is right"""
    request = await opened_by_owner(harness, await rotated(harness))
    await harness.account.set_enabled(DEV.id, request.made, enabled=False)
    await looked(harness)
    request = await kept(harness, request)
    assert (Phase.UNTESTED, Trouble.NEW_DISABLED) == (phase(request), request.rotation.trouble)  # type: ignore[union-attr]
    harness.clock.at += 3 * GRACE
    await looked(harness)
    assert (True, False) == await works(harness, request)
    await harness.account.set_enabled(DEV.id, request.made, enabled=True)
    await steered(harness, request, "test", Phase.OVERLAP)


async def test_an_outage_of_cloudinary_flunks_no_pair(harness: Harness) -> None:
    """The test is tried again until there is an answer"""
    request = await opened_by_owner(harness, await rotated(harness))
    harness.account.fail_next("ping", Unavailable("away", maybe_done=False), times=2)
    for _ in range(2):
        assert len(await harness.flows.deadline_keeper.look()) == 1
        harness.clock.go_on(minutes=1)
    assert Phase.TESTING is phase(await kept(harness, request))
    await looked(harness)
    assert Phase.OVERLAP is phase(await kept(harness, request))


async def test_an_account_that_shows_no_secret_waits_for_deployed(harness: Harness) -> None:
    """The grace alone never stops a key whose successor was not tested"""
    harness.account.shows_secrets = False
    request = await overlapping(harness)
    assert request.rotation
    assert (None, Trouble.WITHHELD) == (request.rotation.tested_at, request.rotation.trouble)
    harness.clock.at += 3 * GRACE
    await looked(harness)
    assert (True, True) == await works(harness, request)
    await steered(harness, request, "deployed", Phase.SOAKING)


async def test_the_webhook_signer_moves_by_a_confirmed_step(harness: Harness) -> None:
    """Until then the old key works, however often Deployed is pressed"""
    old = await harness.key(DEV, NAME)
    await harness.account.pin(DEV.id, old.api_key)
    request = await overlapping(harness)
    assert request.terms.rotation
    assert request.terms.rotation.signs
    await steered(harness, request, "deployed", Phase.SIGNING)
    assert (True, True) == await works(harness, request)
    stop = await press(harness, request, "signer")
    assert isinstance(stop, KeyProtected)
    assert stop.reason is ProtectionReason.WEBHOOK_SIGNER
    await steered(harness, request, f"signer --confirm {NAME}", Phase.SOAKING)
    new = await key_of(harness, request.made)
    assert new
    assert (True, False) == (new.pinned, (await works(harness, request))[0])


async def test_a_signer_that_a_person_moved_is_noticed(harness: Harness) -> None:
    """By `key webhook` or in the Console"""
    old = await harness.key(DEV, NAME)
    await harness.account.pin(DEV.id, old.api_key)
    request = await steered(harness, await overlapping(harness), "deployed", Phase.SIGNING)
    await harness.account.pin(DEV.id, (await harness.key(DEV, "uploader")).api_key)
    harness.clock.go_on(minutes=5)
    await looked(harness)
    assert Phase.SOAKING is phase(await kept(harness, request))


@pytest.mark.parametrize("when", [soaking, ripe])
async def test_a_roll_back_lets_both_work_again(harness: Harness, when: object) -> None:
    """And begins another grace"""
    request = await (soaking(harness) if when is soaking else ripe(harness))
    request = await steered(harness, request, "rollback", Phase.OVERLAP)
    assert (True, True) == await works(harness, request)
    harness.clock.at += GRACE
    await looked(harness)
    assert (False, True) == await works(harness, request)


@pytest.mark.parametrize("place", [rotated, overlapping, soaking, ripe])
async def test_an_abort_leaves_the_old_key_working_and_the_new_one_gone(
    harness: Harness, place: object
) -> None:
    """At every step of it"""
    begun = {rotated: rotated, overlapping: overlapping, soaking: soaking, ripe: ripe}
    request = await begun[place](harness)  # type: ignore[index]
    told = times_notified(harness, Topic.ROTATION)
    confirm = "" if place is rotated else f" --confirm {NAME}"
    text = f"rotation {request.id} abort{confirm}"
    assert (await harness.run(TECH, text)).kind == "rotation_steered"
    await looked(harness)
    assert Phase.ABORTED is phase(await kept(harness, request))
    assert told + 1 == times_notified(harness, Topic.ROTATION)
    assert (True, False) == await works(harness, request)
    assert await key_of(harness, request.made) is None
    assert isinstance(await harness.run(TECH, ROTATE), Requested)


async def test_what_is_not_collected_in_time_is_gone(harness: Harness) -> None:
    """It never worked"""
    request = await rotated(harness)
    harness.clock.go_on(hours=8)
    for _ in range(2):
        await looked(harness)
    request = await kept(harness, request)
    assert (State.LAPSED, Phase.ABORTED) == (request.state, phase(request))
    assert await key_of(harness, request.made) is None
    assert (True, False) == await works(harness, request)


async def test_a_creation_that_fails_leaves_the_old_key_and_no_other(harness: Harness) -> None:
    """The rotation is over, and its people hear of it"""
    outcome = await harness.run(TECH, ROTATE)
    assert isinstance(outcome, Requested)
    harness.account.fail_next("create_key", Unavailable("no", maybe_done=True), after=True)
    job = await harness.jobs.load(outcome.request.id)
    assert job
    for delay in range(1):
        del delay
    await harness.flows.dispatcher.give_up(job)
    await looked(harness)
    request = await kept(harness, outcome.request)
    assert (State.FAILED, Phase.ABORTED) == (request.state, phase(request))
    assert not [key for key in await harness.account.keys(DEV.id) if f"{NAME}-" in key.name]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("key rotate preview-bot --env shop-stag", RotationStop.DISABLED),
        ("key rotate waits --env shop-dev", RotationStop.UNCLAIMED),
        (ROTATE, RotationStop.RUNNING),
    ],
)
async def test_an_obstacle_is_told_before_anyone_is_asked(
    harness: Harness, text: str, reason: RotationStop
) -> None:
    """Each with its reason"""
    if reason is RotationStop.UNCLAIMED:
        await harness.run(TECH, "key create waits --env shop-dev")
    if reason is RotationStop.RUNNING:
        await rotated(harness)
    outcome = await harness.run(COLLEAGUE, text)
    assert isinstance(outcome, NotRotated)
    assert outcome.reason is reason


async def test_a_successor_is_not_rotated_before_its_rotation_is_over(harness: Harness) -> None:
    """Nor a root key ever"""
    request = await overlapping(harness)
    successor = await harness.run(TECH, f"key rotate key:{request.made} --env shop-dev")
    assert isinstance(successor, NotRotated)
    root = next(key for key in await harness.account.keys(DEV.id) if key.root)
    refused = await harness.run(TECH, f"key rotate key:{root.api_key} --env shop-dev")
    assert isinstance(refused, KeyProtected)
    assert refused.reason is ProtectionReason.ROOT


async def test_a_step_is_refused_to_others_and_out_of_its_phase(harness: Harness) -> None:
    """Decided again at each press"""
    request = await overlapping(harness)
    assert (await press(harness, request, "deployed", BILLING)).kind in {
        MayNotDecide.kind,
        "no_such_request",
    }
    assert isinstance(await press(harness, request, "rollback"), OutOfTurn)
    assert (True, True) == await works(harness, request)
    await steered(harness, request, "deployed", Phase.SOAKING, ADMIN)
    assert isinstance(await press(harness, request, "deployed"), OutOfTurn)


async def test_the_owner_of_the_old_key_gets_the_new_one(harness: Harness) -> None:
    """And may say that it is deployed, without a role at Cloudinary's keys"""
    granted = await approved(harness, 'request shop-dev deploy --reason "x"', BILLING)
    await carried_out(harness, granted)
    granted = await opened_by_owner(harness, await kept(harness, granted))
    request = await rotated(harness, "key rotate deploy --env shop-dev")
    assert BILLING == request.terms.owner
    request = await opened_by_owner(harness, request)
    await looked(harness)
    await steered(harness, request, "deployed", Phase.SOAKING, BILLING)


async def test_a_rotation_is_no_way_around_the_approvals_of_a_deletion(harness: Harness) -> None:
    """In production two people back it, one of them an admin; reviews of an emergency count"""
    opened = await harness.run(TECH, f"{IN_PRODUCTION} --emergency --reason now")
    assert isinstance(opened, Requested)
    await carried_out(harness, opened.request)
    request = await opened_by_owner(harness, await kept(harness, opened.request))
    await looked(harness)
    request = await steered(harness, await kept(harness, request), "deployed", Phase.SOAKING)
    harness.clock.at += SOAK
    await looked(harness)
    for reviewer in (None, COLLEAGUE):
        if reviewer:
            await harness.run(reviewer, f"review {request.id} --comment seen")
        for by in (TECH, COLLEAGUE):
            refused = await press(harness, request, "delete --confirm shop-web", by)
            assert isinstance(refused, MayNotDecide)
            assert refused.reason is IneligibleReason.DELETION
    await steered(harness, request, "delete --confirm shop-web", Phase.DONE, ADMIN)
