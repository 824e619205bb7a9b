"""The command line: runs a subcommand, and prints its failure as a sentence."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

from bot.cli import audit, check, keys, policy, records, requests, serve
from bot.errors import CloudinaryError, ConfigurationError, KeyMissing, SlackError, StoreError


def _parser() -> argparse.ArgumentParser:
    program = "python -m bot" if Path(sys.argv[0]).name == "__main__.py" else "keysmith"
    known = "[web|worker|check|audit …|policy …|requests …|records …|keys …]"
    about = f"`{program} {known}`: reads the environment, runs."
    parser = argparse.ArgumentParser(prog=program, description=about)
    subparsers = parser.add_subparsers(dest="command", metavar="command")
    serve.add_parsers(subparsers)
    check.add_parser(subparsers)
    audit.add_parser(subparsers)
    policy.add_parser(subparsers)
    requests.add_parser(subparsers)
    records.add_parser(subparsers)
    keys.add_parser(subparsers)
    parser.set_defaults(command=serve.DEFAULT, run=serve.run)
    return parser


def main() -> int:
    """Run one subcommand and give its exit code; a failure prints a sentence, not a traceback."""
    arguments = _parser().parse_args()
    run: Callable[[argparse.Namespace], Coroutine[None, None, int]] = arguments.run
    try:
        return asyncio.run(run(arguments))
    except KeyboardInterrupt:
        return 0
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
    except KeyMissing as error:
        sys.stderr.write(f"Nothing was done: {error}.\n")
    except StoreError as error:
        sys.stderr.write(f"Redis does not answer ({error}). Is REDIS_URL right?\n")
    except (CloudinaryError, SlackError) as error:
        outside = "Slack" if isinstance(error, SlackError) else "Cloudinary"
        sys.stderr.write(f"{outside} does not answer, or refuses ({error}). Nothing was done.\n")
    return 1
