"""Some people's many commands don't stop the others: lanes, in the whole bot."""

from pathlib import Path
from typing import Final

from tests.scenarios.presses import from_bot
from tests.scenarios.system import ADA, MIA, PLATFORM, SECURITY, TOM, System, running_system, until

JOBS: Final = "{keysmith}:errands"
DISABLE: Final = "key disable ci-bot --env production"
PLACES: Final = 32
FULL: Final = 40
"""Items: more than a worker has places."""


async def fill(system: System) -> None:
    """Fill every place of the normal lane with a job that Cloudinary keeps waiting."""
    state = await system.cloudinary("state")
    staging = next(e["id"] for e in state["environments"] if e["name"] == "Staging")
    await system.fail("GET", f"*/{staging}/access_keys", "latency", seconds=5, count=1_000)
    await system.act("command", user=TOM, channel=PLATFORM, text="key list --env staging")
    ((_, queued),) = await until(lambda: entries(system))
    for _ in range(FULL):  # as a former version queued it, so each has a place of its own
        await system.redis("XADD", JOBS, "*", "id", queued[b"id"].decode())

    async def full() -> bool:
        found = await system.cloudinary("requests")
        waiting = [each for each in found["requests"] if f"{staging}/access_keys" in each["path"]]
        return len(waiting) >= PLACES

    await until(full)


async def entries(system: System) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Read the queue of the normal lane."""
    found = await system.redis("XRANGE", JOBS, "-", "+")
    return found if isinstance(found, list) else []


async def test_what_stops_a_leak_passes_a_full_lane(tmp_path: Path) -> None:
    """A key is disabled while a harmless command of the same person has to wait"""
    async with running_system(tmp_path) as system:
        await fill(system)
        await system.act("command", user=TOM, channel=PLATFORM, text="key list")
        await system.act("command", user=TOM, channel=PLATFORM, text=DISABLE)

        async def disabled() -> bool:
            return not (await system.key("ci-bot"))["enabled"]

        await until(disabled)
        assert not any("20 keys" in each["text"] for each in await system.messages())
        await system.bot.kill()


async def cards_wait(system: System, *, more_than: int = 5) -> bool:
    """Whether cards wait for Slack's pace."""
    waiting = await system.redis("XLEN", "{keysmith}:outbox")
    return isinstance(waiting, int) and waiting > more_than


async def test_a_notice_to_security_passes_all_cards(tmp_path: Path) -> None:
    """Slack takes one card in a second; the emergency is known long before the last of them"""
    async with running_system(tmp_path, limits=True) as system:
        await system.act("tiers", burst=None)
        for number in range(8):
            wish = f'request staging,lumen-dev,production k{number} --reason "builds"'
            await system.act("command", user=MIA, channel=PLATFORM, text=wish)
        await until(lambda: cards_wait(system))
        urgent = 'key enable old-importer --env production --emergency --reason "site is down"'
        await system.act("command", user=TOM, channel=PLATFORM, text=urgent)

        async def known() -> bool:
            texts = [each["text"] for each in await from_bot(system, ADA, SECURITY)]
            return any("site is down" in text for text in texts)

        await until(known)
        assert await cards_wait(system, more_than=0)
        await system.bot.kill()
