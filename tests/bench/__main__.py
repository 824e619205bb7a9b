"""`make bench`: Keysmith's cost as ratios to baselines that run on the same machine."""

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import structlog
from slack_sdk.signature import SignatureVerifier

from bot.adapters.redis.embedded import embedded_redis
from sandbox.ports import HOST, reserved
from sandbox.running import Ports
from sandbox.slack.config import SlackConfig
from sandbox.variables import Addresses, bot_keys, variables
from tests.bench.baselines import SECRET
from tests.bench.flood import flood_lines
from tests.bench.keys_compared import lines as keys_compared
from tests.bench.large_account import lines as large_account
from tests.bench.links_compared import lines as links_compared
from tests.bench.load import Figures, load
from tests.bench.memory import memory
from tests.bench.serving import listening, process, request
from tests.bench.told_by_time import lines as told_by_time
from tests.bench.waiting_requests import lines, waiting_requests
from tests.scenarios.system import PLATFORM, TOM

CONNECTIONS = (1, 16, 64)
ROUNDS = {1: 600, 16: 4000, 64: 4000}


def commands(count: int) -> list[bytes]:
    """Build signed `/cld key list` deliveries, each with its own trigger id."""
    verifier, signed_requests = SignatureVerifier(SECRET), []
    timestamp = str(int(time.time()))
    for number in range(count):
        form = {
            "team_id": "T0LUMEN01", "channel_id": PLATFORM, "user_id": TOM, "command": "/cld",
            "text": "key list", "response_url": "http://127.0.0.1:9/", "api_app_id": "A0KEYSMITH",
            "trigger_id": f"{time.time_ns()}.{number}",
        }  # fmt: skip
        body = urlencode(form).encode()
        signature = verifier.generate_signature(timestamp=timestamp, body=body) or ""
        signed = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
        signed_requests.append(
            request(
                "/slack/events",
                body,
                signed | {"Content-Type": "application/x-www-form-urlencoded"},
            )
        )
    return signed_requests


async def baseline(kind: str) -> dict[int, Figures]:
    """Measure the acks of a stock Bolt app."""
    with reserved() as port:
        async with process("tests.bench.baselines", kind, str(port)):
            await listening(port)
            await load(port, commands(50), 1)
            return {c: await load(port, commands(ROUNDS[c]), c) for c in CONNECTIONS}


@asynccontextmanager
async def ours(directory: Path, module: Sequence[str]) -> AsyncIterator[int]:
    """Run Keysmith and the sandbox in processes of their own, apart from the load generator."""
    with reserved() as slack, reserved() as cloudinary, reserved() as bot:
        async with _ours(directory, module, Ports(slack, cloudinary, bot)):
            yield bot


@asynccontextmanager
async def _ours(directory: Path, module: Sequence[str], ports: Ports) -> AsyncIterator[None]:
    addresses = Addresses(
        *(f"http://{HOST}:{p}" for p in (ports.slack, ports.cloudinary, ports.bot, 0))
    )
    config = SlackConfig(public_url=addresses.slack, signing_secret=SECRET)
    found = variables(addresses, config, bot_keys(directory)) | {"LOG_LEVEL": "error"}
    numbers = (("slack", ports.slack), ("cloudinary", ports.cloudinary), ("bot", ports.bot))
    options = [f"--{name}-port={number}" for name, number in numbers]
    async with (
        embedded_redis(directory / "redis") as url,
        process("sandbox", *options, f"--state={directory / 'sandbox'}"),
    ):
        await listening(ports.cloudinary)
        async with process(*module, env=found | {"REDIS_URL": url}):
            await listening(ports.bot)
            await asyncio.sleep(1)  # Keysmith reads the first identity
            yield


async def our_acks(directory: Path, module: Sequence[str]) -> dict[int, Figures]:
    """Measure the acks of Keysmith."""
    async with ours(directory, module) as port:
        await load(port, commands(50), 1)
        return {c: await load(port, commands(ROUNDS[c]), c) for c in CONNECTIONS}


def write(text: str = "") -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def table(title: str, rows: dict[str, dict[int, Figures]]) -> None:
    """Print the figures of acks."""
    write(title)
    for name, figures in rows.items():
        for c, figure in figures.items():
            write(f"  {name:<28} {c:>2} at once   {figure}")


async def main() -> None:
    """Run all benchmarks; a baseline runs before and after, to show a drift of the machine."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        stock, inline = await baseline("stock"), await baseline("inline")
        alone = await our_acks(directory / "a", ("tests.bench.ours", "acks"))
        whole = await our_acks(directory / "b", ("bot",))
        again = await baseline("inline")
        table(
            "Acks of a signed /cld key list",
            {
                "stock Bolt, ack only": stock,
                "inline Bolt, ack only": inline,
                "inline Bolt, once more": again,
                "Keysmith, web": alone,
                "Keysmith, all in one": whole,
            },
        )
        write(f"  p50 at 1:  {stock[1].p50 / alone[1].p50:.1f} times as fast as stock (aim: 5)")
        floor = max(inline[16].rate, again[16].rate)
        write(f"  rate at 16: {alone[16].rate / floor:.2f} of the inline floor (aim: 0.5)")
        write("Links, without the time that Slack and Cloudinary take (aim: twice SnapPass)")
        async for each in links_compared(directory):
            write(f"  {each}")
        write("Times of presses without the proof, by what the link is (aim: tells nothing)")
        async for each in told_by_time(directory / "told"):
            write(f"  {each}")
        write("Requests, while many wait (aim: as with the fewest)")
        for each in lines(await waiting_requests(directory)):
            write(f"  {each}")
        write("Memory of Redis, after a day (aim for a command: 1.5 times its entries alone)")
        for what, found in (await memory(directory)).items():
            write(f"  {what:<8} {found}")
        write(
            "Calls to Cloudinary with 200 environments, and how they grow from 20 (aim: few 1.0x)"
        )
        async for each in large_account():
            write(f"  {each}")
        write(
            "5,000 keys compared with their records (aim: flat for each environment that changed)"
        )
        async for each in keys_compared():
            write(f"  {each}")
        write("A flood of commands from one person, and what it costs the others")
        async for each in flood_lines():
            write(f"  {each}")


if __name__ == "__main__":
    # What runs in this process logs thousands of lines between the figures.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(main())
