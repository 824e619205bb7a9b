"""The keys of a person are disabled at once, and the bot is killed in the middle of it."""

from typing import Final

import aiohttp

from sandbox import at_cloudinary
from tests.scenarios.presses import click, direct, from_bot, notified
from tests.scenarios.system import ADA, NIA, PLATFORM, Json, System, until

NAMES: Final = ("nia-a", "nia-b", "nia-c")


async def enable(system: System, key: Json) -> None:
    """Enable a key, as a person in the Console does."""
    places = (await system.cloudinary("state"))["environments"]
    staging = next(each["id"] for each in places if each["name"] == "Staging")
    account = system.bot.environment["CLOUDINARY_ACCOUNT_URL"]
    pair = account.partition("://")[2].partition("@")[0].split(":")
    path = f"provisioning/accounts/{at_cloudinary.ACCOUNT_ID}/sub_accounts/{staging}/access_keys"
    async with system.session.put(
        f"{system.twins.at.cloudinary}/v1_1/{path}/{key['api_key']}",
        json={"enabled": True},
        headers={"Authorization": aiohttp.encode_basic_auth(*pair)},
    ) as answer:
        assert answer.ok, await answer.text()


async def stored(system: System, pattern: str) -> list[str]:
    """Names of what the bot's Redis has."""
    found = await system.redis("KEYS", f"{{keysmith}}:{pattern}")
    return [key.decode() for key in found] if isinstance(found, list) else []


async def test_a_killed_bot_goes_on_with_the_keys_that_are_left(calm: System) -> None:
    """Each key is disabled once; resuming beside it changes nothing, and one message tells it"""
    for name in NAMES:
        await calm.send(f"key create {name} --env staging", NIA)
        await enable(calm, await calm.key(name, "Staging"))
    before = {key.rpartition(":")[2] for key in await stored(calm, "bulk:*")}
    earlier = len(await calm.effects("key:disable"))
    listed = await calm.send(f"key disable --owner @{NIA}", ADA)
    assert "Disable 3 keys? Nothing changed yet." in listed["text"]

    second = await calm.key("nia-b", "Staging")
    await calm.fail("PUT", f"*/{second['api_key']}", "latency_after", seconds=9)
    await click(calm, ADA, listed, "", PLATFORM)

    async def disabled() -> bool:
        return not (await calm.key("nia-b", "Staging"))["enabled"]

    await until(disabled)
    await calm.bot.kill()
    left = [name for name in NAMES if (await calm.key(name, "Staging"))["enabled"]]
    for key in (*await stored(calm, "alive:*"), *await stored(calm, "lock:*")):
        await calm.redis("DEL", key)  # as ten seconds would do
    await calm.bot.start()
    assert 1 == len(left)
    (id_,) = {key.rpartition(":")[2] for key in await stored(calm, "bulk:*")} - before
    resumed = await calm.send(f"key disable --resume {id_}", ADA)
    assert "Disabled 3 of 3 keys." in resumed["text"]
    await notified(calm, ADA, "Disabled 3 of 3 keys.")
    told = [each["text"] for each in await from_bot(calm, ADA, direct(ADA))]
    assert 1 == len([each for each in told if "of 3 keys" in each]), told
    assert not [name for name in NAMES if (await calm.key(name, "Staging"))["enabled"]]
    ended = [each["target"]["key"] for each in (await calm.effects("key:disable"))[earlier:]]
    assert 3 == len({*ended}) == len(ended)
