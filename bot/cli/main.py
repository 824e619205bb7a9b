"""The command line: runs a subcommand, and prints its failure as a sentence."""

import argparse
import asyncio
import os
import secrets
import sys
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path

import structlog

from bot.adapters.logs import configure
from bot.adapters.redis.faults import in_words
from bot.cli import QUIET, audit, check, policy, records, requests, serve
from bot.errors import CloudinaryError, ConfigurationError, SlackAway, SlackError, StoreError

_log = structlog.get_logger("keysmith.main")


def _parser() -> argparse.ArgumentParser:
    program = "python -m bot" if Path(sys.argv[0]).name == "__main__.py" else "keysmith"
    known = "[web|worker|check|audit …|policy …|requests …|records …]"
    about = f"`{program} {known}`: reads the environment, runs."
    parser = argparse.ArgumentParser(prog=program, description=about)
    subparsers = parser.add_subparsers(dest="command", metavar="command")
    serve.add_parsers(subparsers)
    check.add_parser(subparsers)
    audit.add_parser(subparsers)
    policy.add_parser(subparsers)
    requests.add_parser(subparsers)
    records.add_parser(subparsers)
    parser.set_defaults(command=serve.DEFAULT, run=serve.run)
    return parser


def main() -> int:
    """Run one subcommand and give its exit code; a failure prints a sentence, not a traceback."""
    arguments = _parser().parse_args()
    configure(QUIET)  # a subcommand that serves sets the level of LOG_LEVEL
    run: Callable[[argparse.Namespace], Coroutine[None, None, int]] = arguments.run
    try:
        return asyncio.run(run(arguments))
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # `keysmith audit export | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001  # no traceback reaches a terminal
        sys.stderr.write(f"{_sentence(error)}\n")
    return 1


def _sentence(error: Exception) -> str:
    """Say what went wrong; a fault of Keysmith's own has an id, by which the log has it."""
    match error:
        case ConfigurationError():
            return str(error)
        case StoreError():
            return f"Redis: {in_words(error)}. Nothing was done."
        case SlackAway():
            return f"Slack does not answer: {error.reason}. Nothing was done."
        case SlackError():
            return f"Slack refuses: {error.code}. Nothing was done."
        case CloudinaryError():
            return f"Cloudinary does not answer, or refuses: {error.message}. Nothing was done."
        case _:
            return _own_fault(error)


def _own_fault(error: Exception) -> str:
    """Log where it happened: files and lines, and no text of the error, which may hold a value."""
    error_id = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)
    at = [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in frames]
    _log.error("stopped", error_id=error_id, kind=type(error).__name__, at=at)
    return (
        f"Keysmith stopped by a fault of its own ({type(error).__name__}), id {error_id}. The log"
        " says where; report it with the id and the version."
    )
