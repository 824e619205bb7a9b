"""`python -m sandbox [-- COMMAND …]`: a Slack workspace and a Cloudinary account to try a bot with.

A command is run as the bot, with the environment variables that connect it to the sandbox; the
addresses are printed once it is ready, and its log goes to a file. Without a command, the variables
are printed instead, for a bot of your own.
"""

import argparse
import asyncio
import contextlib
import logging
import math
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Final

import aiohttp

from sandbox.large import COMPANY, Size, large
from sandbox.running import Ports, Twins, running
from sandbox.slack.manifest import OURS
from sandbox.terminal import Bot, Heard, moved, taken_up, welcome
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
    parser.add_argument(
        "--large", action="store_true", help="200 environments, 5,000 keys and 2,000 users at first"
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
    earlier = taken_up(arguments.state)
    async with running(
        ports,
        arguments.state,
        socket_mode=arguments.socket_mode,
        permissions=arguments.permissions,
        manifest=arguments.manifest,
        speed=arguments.speed,
        seed=large(Size()) if arguments.large else COMPANY,
    ) as twins:
        found = variables(twins.at, twins.slack, bot_keys(arguments.state))
        told = [*moved((ports.slack, ports.cloudinary, ports.bot), _ports(twins)), *earlier]
        if arguments.bot:
            _say("Starting Keysmith with a simulated Slack and Cloudinary …", *told)
            return await _with_bot(arguments, found, twins, stop)
        lines = [f"export {name}={shlex.quote(value)}" for name, value in found.items()]
        _say(*lines, "", "Slack and Cloudinary are simulated and running.", *told)
        _say("Start your bot with the variables above, then open:")
        _say(f"  Slack, as Tom:  {twins.at.slack}/?in=platform&as=tom")
        _say(f"  Cloudinary:     {twins.at.cloudinary}/", "", "Press Ctrl-C to stop.")
        await stop.wait()
        return 0


def _ports(twins: Twins) -> list[int]:
    at = (twins.at.slack, twins.at.cloudinary, twins.at.bot)
    return [int(url.rpartition(":")[2]) for url in at]


async def _with_bot(
    arguments: argparse.Namespace, found: dict[str, str], twins: Twins, stop: asyncio.Event
) -> int:
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    log = arguments.state / "keysmith.log"
    with Heard(Bot(log), log, _say) as heard:
        logging.basicConfig(filename=log, level=logging.WARNING)
        bot = await asyncio.create_subprocess_exec(
            *arguments.bot,
            env=kept | found,
            start_new_session=True,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        stopped, ended = (
            asyncio.create_task(stop.wait()),
            asyncio.create_task(_until_end(bot, heard)),
        )
        ready = asyncio.create_task(_announce(twins, log))
        await asyncio.wait((stopped, ended), return_when=asyncio.FIRST_COMPLETED)
        for task in (ready, stopped):
            task.cancel()
        if not ended.done():
            _say("", "Stopping. Keysmith finishes its work first …")
            bot.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended, STOP_TIMEOUT)
            _say("Stopped. `make run` continues where you left off.")
            return 0 if bot.returncode is not None else 1
    _say(f"Keysmith stopped by itself (exit code {bot.returncode}). Its log: {log}")
    return bot.returncode or 0


async def _until_end(bot: asyncio.subprocess.Process, heard: Heard) -> None:
    """Listen to the bot until it ends; children that outlive it may keep the pipe open."""
    listening = asyncio.create_task(_listen(bot, heard))
    await bot.wait()
    await asyncio.wait([listening], timeout=POLL)
    listening.cancel()


async def _listen(bot: asyncio.subprocess.Process, heard: Heard) -> None:
    while bot.stdout and (piece := await bot.stdout.read(2**16)):
        heard.take(piece)


async def _announce(twins: Twins, log: Path) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(POLLS):
            if await _ready(session, f"{twins.at.admin}/readyz"):
                return _say(*welcome(twins.at, log, twins.slack.command))
            await asyncio.sleep(POLL)
    return _say(f"Keysmith is not ready after a minute. Its log may say why: {log}")


async def _ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.ok
    except aiohttp.ClientError:
        return False


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(_run(_arguments())))
