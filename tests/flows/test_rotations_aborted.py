"""The end of a rotation whose new key its owner has: programs may use it, so a person confirms."""

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bot.cards.forms import form_of
from bot.cards.kit import card, plain
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.grammar import write
from bot.domain.keys import ProtectionReason
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.requests import RequestShown
from bot.domain.people import Actor
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Topic
from bot.domain.rotation import STEPS, Phase, Step, Trouble
from tests.flows.harness import COLLEAGUE, DEV, TECH, Harness, staffed
from tests.flows.requested import kept, looked, times_notified
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

BEFORE: Final = (Phase.PLANNED, Phase.CREATED)
"""The owner does not have the new key yet."""
PHASES: Final = [at for at, step in STEPS if step is Step.ABORT and at not in BEFORE]
WAYS: Final = ["rotation {} abort", "cancel {}"]
"""A button of a card, of a message or of App Home types one of these."""


async def at(harness: Harness, phase: Phase) -> Request:
    """A rotation in this phase, the new key collected, the old one enabled or not."""
    request = await overlapping(harness)
    assert request.rotation
    stops = phase in {Phase.SOAKING, Phase.RIPE, Phase.REVIVING}
    await harness.account.set_enabled(DEV.id, request.terms.key, enabled=not stops)
    rotation = replace(request.rotation, phase=phase, stops=stops)
    after = replace(request, rotation=rotation, version=request.version + 1)
    entry = Entry(harness.clock.now(), AuditEvent.MOVED, request.terms.action)
    assert await harness.requests.replace(request, after, entry)
    return await kept(harness, request)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("phase_", PHASES)
async def test_no_abort_deletes_a_key_that_a_person_has_unasked(
    harness: Harness, phase_: Phase, way: str
) -> None:
    """In no phase and by no way; the name of the rotated key confirms it, and no other"""
    request = await at(harness, phase_)
    before = times_notified(harness, Topic.ROTATION)
    for by in (TECH, COLLEAGUE):
        stop = await harness.run(by, way.format(request.id))
        assert isinstance(stop, KeyProtected)
        assert (ProtectionReason.COLLECTED, request.made) == (
            stop.reason,
            stop.located.key.api_key,
        )
    wrong = await press(harness, request, "abort --confirm uploader")
    assert isinstance(wrong, KeyProtected)
    assert (phase_, before) == (
        phase(await kept(harness, request)),
        times_notified(harness, Topic.ROTATION),
    )
    assert await key_of(harness, request.made)
    await steered(harness, request, f"abort --confirm {NAME}", Phase.ABORTED)
    assert (True, False) == await works(harness, request)
    assert await key_of(harness, request.made) is None


async def test_after_a_roll_back_the_new_key_may_still_be_in_use(harness: Harness) -> None:
    """It was deployed before"""
    request = await steered(harness, await soaking(harness), "rollback", Phase.OVERLAP)
    assert isinstance(await press(harness, request, "abort"), KeyProtected)
    assert (True, True) == await works(harness, request)


async def test_the_question_says_what_stops_and_what_to_type(harness: Harness) -> None:
    """On the card, with the form behind its button; what is typed there is what confirms"""
    request = await soaking(harness)
    stop = await press(harness, request, "abort")
    assert isinstance(stop, KeyProtected)
    said = plain(card_of(stop))
    assert f"An abort deletes {NAME}-{request.id[:6]}, the new key of this rotation." in said
    assert "programs that use it stop working" in said
    assert "Nothing changed." in said
    assert f"/cld rotation {request.short_id}" in said
    (button,) = card_of(stop).buttons
    assert f"rotation {request.id} abort" in button.command
    form = form_of(stop)
    assert form
    asks = plain(card(*form.above))
    assert f"type the name of the key that is rotated: {NAME}" in asks
    assert form.only == {"confirm"}
    given = dict(form.incomplete.given) | {"confirm": NAME}
    typed = form.incomplete.spec.make(given)
    assert f"abort --confirm {NAME}" in write(typed)


async def test_a_key_that_no_person_has_goes_without_a_question(harness: Harness) -> None:
    """It never worked"""
    request = await rotated(harness)
    await steered(harness, request, "abort", Phase.ABORTED)
    assert await key_of(harness, request.made) is None


async def test_a_key_that_was_collected_a_moment_ago_is_asked_about(harness: Harness) -> None:
    """Also before the next look at the request says so"""
    request = await rotated(harness)
    await harness.account.set_enabled(DEV.id, request.made, enabled=True)
    harness.pending.collect(request.id)
    assert isinstance(await press(harness, request, "abort"), KeyProtected)
    request = await kept(harness, request)
    assert (State.CLAIMED, Phase.TESTING) == (request.state, phase(request))
    assert (True, True) == await works(harness, request)


async def test_a_new_key_that_is_gone_needs_no_name(harness: Harness) -> None:
    """Nothing is left to delete"""
    request = await soaking(harness)
    harness.account.remove_key(DEV.id, request.made)
    await steered(harness, request, "abort", Phase.ABORTED)
    assert (True, False) == await works(harness, request)


async def test_an_abort_that_keeps_the_new_key_keeps_it_whatever_follows(harness: Harness) -> None:
    """The old key could not work, so no name was asked for; then a person enabled it"""
    request = await soaking(harness)
    harness.clock.go_on(seconds=1)
    await harness.run(COLLEAGUE, f"key disable {NAME} --env shop-dev")
    async with harness.locks.hold(f"environment:{DEV.id}"):
        pressed = asyncio.create_task(press(harness, request, "abort"))
        for _ in range(50):
            await asyncio.sleep(0)
        request = await kept(harness, request)
        assert Phase.ABORTING is phase(request)
        assert "The new key stays as it is." in plain(card_of(RequestShown(request)))
        await harness.account.set_enabled(DEV.id, request.terms.key, enabled=True)
    await pressed
    request = await kept(harness, request)
    assert request.rotation
    assert (Phase.KEPT, Trouble.OLD_STOPPED) == (phase(request), request.rotation.trouble)
    assert (True, True) == await works(harness, request)


@pytest.mark.parametrize("by", [TECH, None])
async def test_the_end_of_what_was_not_collected_is_on_record_once(by: Actor | None) -> None:
    """The step, and that its link is closed"""
    harness = staffed()
    request = await rotated(harness)
    if by:
        await press(harness, request, "abort")
    else:
        harness.clock.go_on(hours=8)
    for _ in range(2):
        await looked(harness)
    assert Phase.ABORTED is phase(await kept(harness, request))
    every = [*harness.jobs.entries, *harness.pending.entries]
    moved = [it.detail for it in every if it.event is AuditEvent.MOVED]
    assert 1 == moved.count("rotation abort" if by else "lapse")
    closed = [it.detail for it in harness.pending.entries if it.event is AuditEvent.RELEASED]
    assert ["revoked"] == closed
