"""Begins rotations, and takes them on to a phase, for the tests of rotations."""

from datetime import timedelta
from typing import Final

from bot.domain.environments import Environment
from bot.domain.keys import Key
from bot.domain.outcomes.keys import KeyCreated
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.rotations import Steered
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.domain.rotation import Phase
from tests.flows.harness import COLLEAGUE, DEV, PROD, TECH, Harness
from tests.flows.requested import carried_out, kept, looked

NAME: Final = "ci-bot"
ROTATE: Final = f"key rotate {NAME} --env shop-dev"
IN_PRODUCTION: Final = "key rotate shop-web --env shop"
GRACE: Final = timedelta(hours=24)
SOAK: Final = timedelta(days=14)


async def rotated(harness: Harness, text: str = ROTATE, by: Actor = TECH) -> Request:
    """Request a rotation, and create the successor."""
    outcome = await harness.run(by, text)
    assert isinstance(outcome, Requested), outcome
    harness.clock.go_on(seconds=1)
    made = await carried_out(harness, outcome.request)
    assert isinstance(made, KeyCreated), made
    return await kept(harness, outcome.request)


async def opened_by_owner(harness: Harness, request: Request) -> Request:
    """Let the owner open the link: the new key works from then on."""
    place = request.terms.environment_id
    await harness.account.set_enabled(place, request.made, enabled=True)
    harness.pending.collect(request.id)
    harness.requests.wake(request.id)
    await looked(harness)
    return await kept(harness, request)


async def overlapping(harness: Harness, text: str = ROTATE) -> Request:
    """Rotate, and let both keys work."""
    request = await opened_by_owner(harness, await rotated(harness, text))
    await looked(harness)
    request = await kept(harness, request)
    assert phase(request) is Phase.OVERLAP, request.rotation
    return request


async def soaking(harness: Harness) -> Request:
    """Rotate, and say that the new key is deployed."""
    return await steered(harness, await overlapping(harness), "deployed", Phase.SOAKING)


async def ripe(harness: Harness) -> Request:
    """Rotate, and let the soak end."""
    request = await soaking(harness)
    harness.clock.at += SOAK
    await looked(harness)
    request = await kept(harness, request)
    assert phase(request) is Phase.RIPE
    return request


async def steered(
    harness: Harness, request: Request, step: str, to: Phase, by: Actor | None = None
) -> Request:
    """Take a step that leads to this phase."""
    outcome = await press(harness, request, step, by)
    assert isinstance(outcome, Steered), outcome
    assert phase(outcome.request) is to, outcome.request.rotation
    return await kept(harness, request)


async def press(harness: Harness, request: Request, step: str, by: Actor | None = None) -> Outcome:
    """Press a button of a rotation's card; another person than who asked deletes."""
    by = by or (COLLEAGUE if step.startswith("delete") else TECH)
    return await harness.run(by, f"rotation {request.id} {step}")


def phase(request: Request) -> Phase:
    """Tell where a rotation is."""
    assert request.rotation
    return request.rotation.phase


async def key_of(harness: Harness, api_key: str, place: Environment = DEV) -> Key | None:
    """Read a key; None if it is gone."""
    keys = await harness.account.keys(place.id)
    return next((key for key in keys if key.api_key == api_key), None)


async def works(harness: Harness, request: Request) -> tuple[bool, bool]:
    """Whether the old key and the new one work."""
    ids = (request.terms.key, request.made)
    places = {DEV.id: DEV, PROD.id: PROD}
    place = places[request.terms.environment_id]
    old, new = [await key_of(harness, id_, place) for id_ in ids]
    return bool(old and old.enabled), bool(new and new.enabled)
