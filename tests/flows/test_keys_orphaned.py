"""Enabled keys without an owner are told to security once a week, with buttons."""

import asyncio
from dataclasses import replace

from bot.domain.outcomes.key_records import OwnerShown
from bot.domain.outcomes.keys import KeyChanged, KeysListed
from bot.domain.requests.notifications import Notification, Topic
from bot.errors import Unavailable
from handlers.actions import VERBS
from tests.fakes.hasty_loop import HastyLoop
from tests.flows.harness import ADMIN, BILLING, DEV, TECH, Harness, staffed
from tests.flows.test_keys_reconciled import compared
from tests.traps.recorded_messages import SECURITY, FakeMessenger, outbox


def told(harness: Harness) -> list[Notification]:
    """The messages about keys without an owner."""
    return [it for it in harness.records.told if it.topic is Topic.ORPHANS]


async def said(harness: Harness) -> tuple[str, str]:
    """The text and the blocks of the last one."""
    messenger = FakeMessenger()
    await outbox(harness, messenger)("1-0", told(harness)[-1], again=False)
    ((_, message),) = messenger.said[SECURITY]
    return message.text, str(message.blocks)


async def a_week_later(harness: Harness) -> None:
    """The first look begins the week; the next one after it tells."""
    await compared(harness)
    assert [] == told(harness)
    harness.clock.go_on(days=7)
    await compared(harness)


async def test_it_is_told_once_a_week() -> None:
    """Whatever process looks; a failure leaves it to the next look"""
    harness = staffed()
    await a_week_later(harness)
    await compared(harness, 3)
    assert 1 == len(told(harness))
    harness.clock.go_on(days=6, hours=23)
    await compared(harness)
    assert 1 == len(told(harness))
    harness.clock.go_on(hours=2)
    harness.account.fail_next("environments", Unavailable("500", maybe_done=False))

    def failing() -> None:
        with asyncio.Runner(loop_factory=HastyLoop) as runner:
            try:
                runner.run(harness.flows.reconciler.look())
            except Unavailable:
                return

    await asyncio.to_thread(failing)
    assert 1 == len(told(harness))
    harness.rebuild()
    await compared(harness, 2)
    assert 2 == len(told(harness))


async def test_it_names_enabled_keys_whose_owner_is_not_here() -> None:
    """No root key, no disabled one, and none whose owner works here"""
    harness = staffed()
    for name in ("ci-bot", "uploader"):
        await harness.run(ADMIN, f"key owner {name} <@{TECH.user_id}>")
    await a_week_later(harness)
    text, _ = await said(harness)
    assert "4 enabled keys have no owner, or one who has left" in text
    assert "shop-web" in text
    assert "ci-bot" not in text
    assert "preview-bot" not in text
    profile = await harness.directory.profile(TECH)
    harness.directory.add(replace(profile, deleted=True))
    harness.clock.go_on(days=8)
    await compared(harness)
    text, _ = await said(harness)
    assert "6 enabled keys" in text
    assert "ci-bot" in text


async def test_its_buttons_are_decided_like_commands() -> None:
    """For whom the policy lets; another person is refused, and nothing changes"""
    harness = staffed()
    key = await harness.key(DEV, "ci-bot")
    await a_week_later(harness)
    _, blocks = await said(harness)
    assert f"request:owner:key:{key.api_key}" in blocks
    assert f"request:disable:key:{key.api_key}" in blocks
    value = f'"key:{key.api_key}"'
    assert not isinstance(await harness.run(BILLING, VERBS["disable"].format(value)), KeyChanged)
    assert isinstance(await harness.run(TECH, VERBS["owner"].format(value)), OwnerShown)
    assert isinstance(await harness.run(TECH, VERBS["disable"].format(value)), KeyChanged)
    assert isinstance(await harness.run(TECH, VERBS["orphans"].format("x")), KeysListed)


async def test_with_an_owner_for_each_nothing_is_told() -> None:
    """And the next look is a week later"""
    harness = staffed()
    for place in list(await harness.account.environments()):
        for key in await harness.account.keys(place.id):
            if not key.root:
                harness.account.replace_key(place.id, replace(key, enabled=False))
    await a_week_later(harness)
    assert [] == told(harness)
    assert "orphans" in harness.sightings.noted_at
