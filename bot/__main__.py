"""`python -m bot [web|worker|check|audit …|policy …|requests …]`: reads the environment, runs."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from bot.adapters.logs import configure
from bot.auditing import export, verified
from bot.checking import check
from bot.domain.commands import Approve, Deny, ListRequests
from bot.errors import CloudinaryError, ConfigurationError, SlackError, StoreError
from bot.operating import operate
from bot.policing import explain, try_cases
from bot.serving import Part, serving
from bot.settings import PolicySettings, Settings, StoreSettings, read_settings

QUIET = "error"
"""The log of a command that somebody types: its words are what it has to say."""
PARTS = {"all": Part.WEB | Part.WORKER, "web": Part.WEB, "worker": Part.WORKER}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("all", help="serve Slack and browsers, and carry errands out (default)")
    commands.add_parser("web", help="serve Slack and browsers only")
    commands.add_parser("worker", help="carry errands out only")
    commands.add_parser("check", help="check the configuration, and say what to do about faults")
    _audit(commands.add_parser("audit", help="prove or export the record"))
    _policy(commands.add_parser("policy", help="try the policy out, offline"))
    _requests(commands.add_parser("requests", help="decide on requests while Slack is away"))
    parser.set_defaults(command="all")
    return parser.parse_args()


def _audit(audit: argparse.ArgumentParser) -> None:
    deeds = audit.add_subparsers(dest="deed", required=True, metavar="verify|export")
    verify = deeds.add_parser("verify", help="prove the chain, of Redis or of an export")
    verify.add_argument("--file", type=Path, help="an export to prove instead of Redis")
    out = deeds.add_parser("export", help="write the record as lines of JSON")
    out.add_argument("--file", type=Path, help="where to; standard output without it")


def _policy(policy: argparse.ArgumentParser) -> None:
    policy.add_argument("--policy", type=Path, help="a policy to take in place of POLICY_FILE")
    deeds = policy.add_subparsers(dest="deed", required=True, metavar="test|explain")
    test = deeds.add_parser("test", help="hold the policy against a table of cases")
    test.add_argument("file", type=Path, help="the table, such as policy/cases.yaml")
    why = deeds.add_parser("explain", help="who could run a command, and who would have to agree")
    why.add_argument("role", help="whose view: a fixed role, or none for no user at Cloudinary")
    why.add_argument("words", nargs=argparse.REMAINDER, help="the command, without /cld")


def _requests(requests: argparse.ArgumentParser) -> None:
    deeds = requests.add_subparsers(dest="deed", required=True, metavar="list|show|approve|deny")
    deeds.add_parser("list", help="those that wait")
    show = deeds.add_parser("show", help="one of them")
    approve = deeds.add_parser("approve", help="agree")
    deny = deeds.add_parser("deny", help="object")
    for each in (show, approve, deny):
        each.add_argument("id", help="the request's id")
    approve.add_argument("--comment", help="what you have to say, where the rule wants it")
    approve.add_argument("--confirm", help="the key's name, where the rule wants it")
    deny.add_argument("--reason", required=True, help="why")


async def _serve(settings: Settings, parts: Part) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(settings, parts):
        await stop.wait()


async def _run(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "audit":
            return await _audited(arguments, read_settings(StoreSettings))
        case "policy":
            return _policed(arguments)
        case "check":
            configure(QUIET)
            return await check()
        case "requests":
            configure(QUIET)
            return await operate(read_settings(Settings), _asked(arguments))
        case parts:
            settings = read_settings(Settings)
            configure(settings.log_level)
            await _serve(settings, PARTS[parts])
            return 0


async def _audited(arguments: argparse.Namespace, settings: StoreSettings) -> int:
    if arguments.deed == "export":
        return await export(settings, arguments.file)
    return await verified(settings, arguments.file)


def _policed(arguments: argparse.Namespace) -> int:
    policy: Path = arguments.policy or read_settings(PolicySettings).policy_file
    if arguments.deed == "test":
        return try_cases(policy, arguments.file)
    return explain(policy, arguments.role, arguments.words)


def _asked(arguments: argparse.Namespace) -> ListRequests | Approve | Deny:
    match arguments.deed:
        case "approve":
            return Approve(arguments.id, arguments.comment, arguments.confirm)
        case "deny":
            return Deny(arguments.id, arguments.reason)
        case "show":
            return ListRequests(arguments.id)
        case _:
            return ListRequests()


def main() -> int:
    """Run one command; a fault of the configuration is words, never a traceback."""
    try:
        return asyncio.run(_run(_arguments()))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
    except StoreError as error:
        sys.stderr.write(f"Redis does not answer ({error}). Is REDIS_URL right?\n")
    except (CloudinaryError, SlackError) as error:
        outside = "Slack" if isinstance(error, SlackError) else "Cloudinary"
        sys.stderr.write(f"{outside} does not answer, or refuses ({error}). Nothing was done.\n")
    return 1


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
