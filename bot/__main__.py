"""`python -m bot [web|worker|check|audit …]`: reads the environment once, builds, runs."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from bot.adapters.logs import configure
from bot.auditing import export, verified
from bot.checking import check
from bot.errors import ConfigurationError, StoreError
from bot.serving import Part, serving
from bot.settings import Settings, StoreSettings, read_settings

PARTS = {"all": Part.WEB | Part.WORKER, "web": Part.WEB, "worker": Part.WORKER}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("all", help="serve Slack and browsers, and carry errands out (default)")
    commands.add_parser("web", help="serve Slack and browsers only")
    commands.add_parser("worker", help="carry errands out only")
    commands.add_parser("check", help="check the configuration, and say what to do about faults")
    audit = commands.add_parser("audit", help="prove or export the record")
    deeds = audit.add_subparsers(dest="deed", required=True, metavar="verify|export")
    verify = deeds.add_parser("verify", help="prove the chain, of Redis or of an export")
    verify.add_argument("--file", type=Path, help="an export to prove instead of Redis")
    out = deeds.add_parser("export", help="write the record as lines of JSON")
    out.add_argument("--file", type=Path, help="where to; standard output without it")
    parser.set_defaults(command="all")
    return parser.parse_args()


async def _serve(settings: Settings, parts: Part) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(settings, parts):
        await stop.wait()


async def _run(arguments: argparse.Namespace) -> int:
    if arguments.command == "audit":
        settings = read_settings(StoreSettings)
        if arguments.deed == "export":
            return await export(settings, arguments.file)
        return await verified(settings, arguments.file)
    if arguments.command == "check":
        return await check()
    settings = read_settings(Settings)
    configure(settings.log_level)
    await _serve(settings, PARTS[arguments.command])
    return 0


def main() -> int:
    """Run one command; a fault of the configuration is words, never a traceback."""
    try:
        return asyncio.run(_run(_arguments()))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
    except StoreError as error:
        sys.stderr.write(f"Redis does not answer ({error}). Is REDIS_URL right?\n")
    return 1


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
