"""Many commands at once have one effect, and each is answered."""

import asyncio

from tests.scenarios.system import PLATFORM, TOM, System, until


async def test_fifty_commands_disable_one_key_once(system: System) -> None:
    """One command changes the key; the others are answered that it is disabled already."""
    before = len(await system.effects("key:disable"))
    await asyncio.gather(
        *(
            system.act("command", user=TOM, channel=PLATFORM, text="key disable ci-bot")
            for _ in range(50)
        )
    )

    async def answered() -> list[str]:
        texts = [m["text"] for m in await system.messages() if "ci-bot in Production" in m["text"]]
        return texts if len(texts) == 50 else []

    texts = await until(answered, seconds=60)
    assert len([t for t in texts if "is now disabled" in t]) == 1
    assert len([t for t in texts if "is already disabled" in t]) == 49
    assert len(await system.requests("PUT")) == 1
    assert len(await system.effects("key:disable")) == before + 1
