"""`python -m sandbox [-- COMMAND …]`: a Slack workspace and a Cloudinary account to try a bot with.

A command is run as the bot, with the environment variables that connect it to the sandbox; the
addresses are printed once it is ready. Without a command, the variables are printed instead, for a
bot of your own.
"""

import argparse
import asyncio
import contextlib
import math
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Final

import aiohttp

from sandbox.running import Ports, Twins, running
from sandbox.slack.manifest import OURS
from sandbox.variables import bot_keys, variables

POLL: Final = 0.1
"""Seconds between two checks whether the bot is ready."""
POLLS: Final = 600
"""One minute of checks; a bot takes about two seconds."""
STOP_TIMEOUT: Final = 35.0
"""Seconds that the bot has to finish its work."""
DROPPED: Final = ("REDIS_URL", "SLACK_APP_TOKEN", "SLACK_TEAM_ID", "POLICY_FILE")
"""Variables of a real bot that the sandbox's bot must not inherit."""


def _speed(text: str) -> float:
    factor = float(text)
    if not 0 < factor < math.inf:
        raise argparse.ArgumentTypeError("a number above 0")
    return factor


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--slack-port", type=int, default=3001)
    parser.add_argument("--cloudinary-port", type=int, default=3002)
    parser.add_argument("--bot-port", type=int, default=3000)
    parser.add_argument("--state", type=Path, default=Path("var/sandbox"))
    parser.add_argument("--socket-mode", action="store_true")
    parser.add_argument(
        "--permissions", action="store_true", help="give the account the Permissions API"
    )
    parser.add_argument("--manifest", type=Path, default=OURS, help="of the Slack app")
    parser.add_argument("--speed", type=_speed, default=1.0, help="divides Slack's own waits")
    parser.add_argument("bot", nargs="*", metavar="COMMAND")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ports = Ports(arguments.slack_port, arguments.cloudinary_port, arguments.bot_port)
    async with running(
        ports,
        arguments.state,
        socket_mode=arguments.socket_mode,
        permissions=arguments.permissions,
        manifest=arguments.manifest,
        speed=arguments.speed,
    ) as twins:
        found = variables(twins.at, twins.slack, bot_keys(arguments.state))
        if arguments.bot:
            return await _with_bot(arguments.bot, found, twins, stop)
        lines = [f"export {name}={shlex.quote(value)}" for name, value in found.items()]
        _say("\n".join(lines), *_addresses(twins))
        await stop.wait()
        return 0


async def _with_bot(
    command: list[str], found: dict[str, str], twins: Twins, stop: asyncio.Event
) -> int:
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    bot = await asyncio.create_subprocess_exec(*command, env=kept | found, start_new_session=True)
    stopped, ended = asyncio.create_task(stop.wait()), asyncio.create_task(bot.wait())
    ready = asyncio.create_task(_announce(twins))
    await asyncio.wait((stopped, ended), return_when=asyncio.FIRST_COMPLETED)
    for task in (ready, stopped):
        task.cancel()
    if bot.returncode is None:
        bot.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended, STOP_TIMEOUT)
    return bot.returncode or 0


async def _announce(twins: Twins) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(POLLS):
            if await _ready(session, f"{twins.at.admin}/readyz"):
                return _say(*_addresses(twins))
            await asyncio.sleep(POLL)
    return _say("The bot is not ready after a minute; its output above may say why.")


async def _ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.ok
    except aiohttp.ClientError:
        return False


def _addresses(twins: Twins) -> tuple[str, ...]:
    return (
        "",
        "  This is a sandbox: a simulated Slack and Cloudinary. Nothing in it is real.",
        "",
        f"  Slack, as Tom      {twins.at.slack}/?as=tom&in=platform",
        f"  Slack, as Mia      {twins.at.slack}/?as=mia&in=platform",
        f"  Cloudinary         {twins.at.cloudinary}/",
        "",
        "  Ctrl-C stops it. `make clean` forgets what happened here.",
        "",
    )


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(_run(_arguments())))
