"""A key leaks: by a command, a message and a scanner; it is stopped with one press, and told."""

import hmac
import time
from hashlib import sha256
from pathlib import Path

from tests.scenarios.presses import click, direct, from_bot
from tests.scenarios.system import (
    ADA,
    MIA,
    PLATFORM,
    SECURITY,
    TOM,
    Json,
    System,
    running_system,
    until,
)
from tests.scenarios.test_canary import outputs, shapes

HOOK = "a-secret-of-sixteen"


async def told(system: System, words: str, user: str = ADA, channel: str = SECURITY) -> Json:
    """Wait for a message of the bot with these words."""

    async def found() -> Json | None:
        seen = await from_bot(system, user, channel)
        return next((each for each in seen if words in each["text"]), None)

    return await until(found)


async def posted(system: System, body: bytes) -> int:
    """Send a signed report."""
    at = str(int(time.time()))
    signature = hmac.new(HOOK.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    names = "Source", "Timestamp", "Signature"
    values = "ci", at, signature
    headers = {f"X-Keysmith-{n}": it for n, it in zip(names, values, strict=True)}
    url = f"{system.bot.environment['PUBLIC_URL']}/leaks"
    async with system.session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def test_a_leaked_key_is_stopped_with_one_press(tmp_path: Path) -> None:
    """From each place; its secret is in nothing that the bot writes"""
    hooks = f"ci={HOOK}"
    async with running_system(tmp_path, LEAK_WATCH="on", LEAK_WEBHOOK_SECRETS=hooks) as system:
        first, second = await system.key("ci-bot"), await system.key("image-proxy")
        pair = f"{first['api_key']}:{first['api_secret']}"
        answer = await system.send(f"key show cloudinary://{pair}@x")
        assert "didn't run" in answer["text"]
        assert "so the leaked secret works" in answer["text"]
        began = time.monotonic()
        card = await told(system, "Leaked key: ci-bot in Production")
        await click(system, ADA, card, "disable_leaked", SECURITY)

        async def stopped() -> bool:
            return not (await system.key("ci-bot"))["enabled"]

        await until(stopped)
        await told(system, "after the report")
        assert time.monotonic() - began < 10

        assert 202 == await posted(system, f"{second['api_key']} {second['api_secret']}".encode())
        await told(system, "Leaked key: image-proxy in Production")
        url = f"cloudinary://{second['api_key']}:{second['api_secret']}@y"
        said = await system.act("message", user=MIA, channel=PLATFORM, text=f"see {url}")
        ts = said.get("ts") or (await system.messages(MIA))[-1]["ts"]
        await system.act(
            "shortcut", user=TOM, callback_id="report_leak", channel=PLATFORM, message_ts=ts
        )
        await told(system, "Delete the message", MIA, direct(MIA))
        searched = await outputs(system)
    for where, content in searched.items():
        for secret in (first["api_secret"], second["api_secret"], HOOK):
            for shape in shapes(secret):
                own = where == "slack" and shape == secret.encode() and secret != HOOK
                assert own or shape not in content, f"a secret is in {where}"
