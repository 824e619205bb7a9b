"""The command line: runs a subcommand, and prints its failure as a sentence."""

import argparse
import asyncio
import os
import secrets
import sys
import traceback
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Final

import structlog

from bot.adapters.faults import told
from bot.adapters.logs import configure
from bot.cli import QUIET, audit, check, keys, policy, records, recover, requests, serve
from bot.cli.usage import INTERRUPTED, Parser
from bot.errors import ConfigurationError, Halted, KeyMissing

ABOUT: Final = "Serves Slack and runs jobs, or runs one command. Settings: see the README."
_log = structlog.get_logger("keysmith.main")


def _parser() -> Parser:
    program = "python -m bot" if Path(sys.argv[0]).name == "__main__.py" else "keysmith"
    parser = Parser(program, ABOUT)
    subparsers = parser.add_subparsers(dest="command", metavar="command")
    serve.add_parsers(subparsers)
    check.add_parser(subparsers)
    audit.add_parser(subparsers)
    policy.add_parser(subparsers)
    requests.add_parser(subparsers)
    records.add_parser(subparsers)
    keys.add_parser(subparsers)
    recover.add_parser(subparsers)
    parser.set_defaults(command=serve.DEFAULT, run=serve.run, unsure="Nothing changed.")
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run one subcommand and give its exit code; a failure prints a sentence, not a traceback.

    `words` are those of the process, without its name, unless others are given.
    """
    arguments = _parser().read(words)
    configure(QUIET)  # a subcommand that serves sets the level of LOG_LEVEL
    run: Callable[[argparse.Namespace], Coroutine[None, None, int]] = arguments.run
    try:
        return asyncio.run(run(arguments))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `keysmith audit export | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001  # no traceback reaches a terminal
        sys.stderr.write(f"{_sentence(error, arguments.unsure)}\n")
    return 1


def _sentence(error: Exception, unsure: str) -> str:
    """Say what went wrong; a fault of Keysmith's own has an id, by which the log has it.

    `unsure` says what a service that failed in between has left.
    """
    match error:
        case ConfigurationError():
            return str(error)
        case KeyMissing():
            return f"Nothing changed: {error}."
        case Halted():
            more = "Nothing changed. `keysmith recover` shows what is missing."
            return f"Keysmith is halted: {error}. {more}"
        case OSError(filename=str(name), strerror=str(reason)):
            return f"{name} can't be used: {reason}. Name another file, or change its permissions."
        case _:
            found = told(error)
            return f"{found}. {unsure}" if found else _own_fault(error)


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
