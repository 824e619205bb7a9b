"""Secrets do not leak: the test runs all stories, then searches every output for every secret."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

from tests.scenarios.opening import open_link, press
from tests.scenarios.presses import fill_in, shown
from tests.scenarios.system import ADA, MIA, PLATFORM, TOM, System, link_of, running_system

PASSPHRASE = "correct horse battery"


def shapes(secret: str) -> set[bytes]:
    """Give the forms in which a secret could leak: plain, quoted, reversed, encoded."""
    plain = secret.encode()
    return {
        plain,
        quote(secret, safe="").encode(),
        base64.b64encode(plain).rstrip(b"="),
        base64.urlsafe_b64encode(plain).rstrip(b"="),
        plain.hex().encode(),
        plain[::-1],
        json.dumps(secret)[1:-1].encode(),
    }


async def run_stories(system: System) -> list[str]:
    """Run the stories; gives the fragment keys of the links that they make."""
    for text in ("key list", "env show production", "key show ci-bot", "whoami", "help"):
        await system.send(text)
    await system.send("key disable ci-bot")
    await system.send("key disable ci-bot", MIA)
    await system.send("explain key disable ci-bot", ADA)
    await system.fail("POST", "*/access_keys", "status_after", status=500)
    lost = link_of(await system.send("key create lost-answer --env staging"))
    first = link_of(await system.send("key create deploy --env staging"))
    opened = await open_link(system, first)
    assert opened["api_secret"] == (await system.key("deploy", "Staging"))["api_secret"]
    async with system.failing_reads("*/users", "truncated"):
        await system.send("key disable image-proxy")
    await system.act("command", user=TOM, channel=PLATFORM, text="claim --passphrase")
    await fill_in(system, TOM, channel=PLATFORM, passphrase=PASSPHRASE)
    protected = link_of(await shown(system, TOM, "asks for your passphrase", PLATFORM))
    assert (await press(system, protected))[1]["error"] == "passphrase"
    return [link.partition("#")[2] for link in (lost, first)]


async def outputs(system: System) -> dict[str, bytes]:
    """Collect everything that a secret could leak to."""
    async with system.session.get(f"{system.twins.at.admin}/metrics") as answer:
        metrics = await answer.read()
    collected = {
        "slack": json.dumps(await system.look("outbox")).encode(),
        "log": system.bot.log.encode(),
        "audit": (await system.command_line("audit", "export")).encode(),
        "metrics": metrics,
    }
    await system.redis("SAVE")
    await system.redis("BGREWRITEAOF")
    return collected | files_under(system.directory / "var")


def files_under(directory: Path) -> dict[str, bytes]:
    """Read the files that Redis wrote."""
    return {f.name: f.read_bytes() for f in directory.rglob("*") if f.is_file()}


async def test_secrets_leave_the_bot_only_encrypted(tmp_path: Path) -> None:
    """No secret is in the debug log, Slack, the files of Redis, the export or the metrics."""
    async with running_system(tmp_path) as system:
        link_keys = await run_stories(system)
        state = await system.cloudinary("state")
        secrets = [key["api_secret"] for each in state["environments"] for key in each["keys"]]
        account = [system.bot.environment["CLOUDINARY_ACCOUNT_URL"].split(":")[2].split("@")[0]]
        own = [system.bot.environment["KEYSMITH_KEYS"], system.twins.slack.bot_token]
        searched = await outputs(system)
    assert len(secrets) == 22
    assert {"slack", "log", "audit", "metrics"} < searched.keys()
    assert any("aof" in name for name in searched), searched.keys()
    assert any("rdb" in name for name in searched), searched.keys()
    for where, content in searched.items():
        for secret in (*secrets, *account, *own, PASSPHRASE):
            for shape in shapes(secret):
                assert shape not in content, f"a secret is in {where}"
        if where != "slack":
            for key in link_keys:
                assert key.encode() not in content, f"a link's key is in {where}"
    assert link_keys[1].encode() in searched["slack"], "the search finds what Slack does show"
