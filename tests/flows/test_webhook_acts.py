"""Every command on random keys: one that moves the webhook signer is stopped, and no other is."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.environments import Environment
from bot.domain.keys import WEBHOOKS, ProtectionReason, signer
from bot.domain.outcomes.keys import KeyProtected
from tests.flows.harness import COLLEAGUE, TECH, Harness, staffed
from tests.flows.requested import asked, carried_out

PLACE: Final = Environment("e-one", "One dev", "one-dev")
GUARDS: Final = frozenset({ProtectionReason.WEBHOOK_SIGNER, ProtectionReason.LAST_ENABLED})
NAMES: Final = ("alpha", "bravo", "carol", "delta")
VERBS: Final = ("enable", "disable", "webhook", "rename", "delete", "restore")

_keys: Final = st.tuples(st.booleans(), st.booleans(), st.integers(0, 3))
"""Whether a key is enabled, whether it is pinned, and its age in days."""


async def signing(harness: Harness) -> str:
    """The API key of the signer; empty if nothing signs."""
    found = signer(await harness.account.keys(PLACE.id))
    return found.api_key if found else ""


async def seeded(harness: Harness, keys: list[tuple[bool, bool, int]]) -> None:
    """Create the keys as a person in the Console may have left them."""
    harness.account.add_environment(PLACE)
    for name, (enabled, pinned, age) in zip(NAMES, keys, strict=False):
        key = harness.account.add_key(PLACE.id, name, enabled=enabled)
        at = harness.clock.now() - timedelta(days=age)
        purposes = (WEBHOOKS,) if pinned else ()
        harness.account.replace_key(
            PLACE.id, replace(key, created_at=at, updated_at=at, dedicated_for=purposes)
        )


async def deleted(harness: Harness, name: str) -> None:
    """Schedule the deletion of a key, confirmed."""
    text = f"key delete {name} --env one-dev --confirm {name}"
    request = await asked(harness, text, TECH)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    harness.clock.go_on(minutes=1)
    await carried_out(harness, request)
    harness.clock.go_on(minutes=1)


async def acted(keys: list[tuple[bool, bool, int]], verb: str, name: str) -> None:
    """Run a command without a confirmation, and with one where it is asked for."""
    harness = staffed()
    await seeded(harness, keys)
    if verb == "restore":
        await deleted(harness, name)
    before = await signing(harness)
    text = f"key {verb} {name}{' other' if verb == 'rename' else ''} --env one-dev"
    outcome = await harness.run(TECH, text)
    assert before in {"", await signing(harness)}, "it moved the signer unasked"
    if not (isinstance(outcome, KeyProtected) and outcome.reason in GUARDS):
        return
    assert outcome.retry
    if verb == "delete":
        request = await asked(harness, outcome.retry, TECH)
        assert request.terms.signer
        assert request.terms.signer.breaks
        await harness.run(COLLEAGUE, f"approve {request.id}")
        await carried_out(harness, request)
    else:
        await harness.run(TECH, outcome.retry)
    assert before != await signing(harness), "it was stopped for nothing"


@given(st.lists(_keys, min_size=1, max_size=4), st.sampled_from(VERBS), st.data())
@settings(deadline=None, max_examples=150)
def test_a_command_moves_the_signer_only_where_its_name_is_typed(
    keys: list[tuple[bool, bool, int]], verb: str, data: st.DataObject
) -> None:
    """And no command is stopped that leaves it as it is"""
    name = data.draw(st.sampled_from(NAMES[: len(keys)]))
    if verb == "restore" and not keys[NAMES.index(name)][0]:
        verb = "enable"
    asyncio.run(acted(keys, verb, name))
