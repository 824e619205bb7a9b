"""`audit verify|export`: verifies the audit log in Redis or in an export, and exports it."""

import argparse
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from bot.adapters.redis.stores import open_ledger
from bot.app import open_redis
from bot.cli import Subparsers
from bot.domain.audit import ChainKey, Head, Intact, Record, verify
from bot.domain.export import closing_line, record_line, verify_lines
from bot.settings import StoreSettings, read_settings


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command and its verbs."""
    audit = subparsers.add_parser("audit", help="prove or export the record")
    verbs = audit.add_subparsers(dest="verb", required=True, metavar="verify|export")
    verify = verbs.add_parser("verify", help="prove the chain, of Redis or of an export")
    verify.add_argument("--file", type=Path, help="an export to prove instead of Redis")
    verify.set_defaults(run=verified)
    out = verbs.add_parser("export", help="write the record as lines of JSON")
    out.add_argument("--file", type=Path, help="where to; standard output without it")
    out.set_defaults(run=export)


async def verified(arguments: argparse.Namespace) -> int:
    """Verify the chain and print the result; the exit code is 0 if it is intact."""
    settings = read_settings(StoreSettings)
    path: Path | None = arguments.file
    keys = [ChainKey(key) for key in settings.keys]
    if path:
        with path.open() as lines:  # blocking is fine: the process does nothing else
            verdict = verify_lines(lines, keys)
    else:
        records, head = await _read(settings)
        verdict = verify(records, head, keys)
    if isinstance(verdict, Intact):
        text = f"The record is intact: {verdict.head.seq} entries, in order and unaltered.\n"
    else:
        text = (
            f"The record does NOT hold at entry {verdict.seq}: {verdict.reason}.\n"
            "Keep this copy as it is, and compare it with an earlier export.\n"
        )
    sys.stdout.write(text)
    return 0 if isinstance(verdict, Intact) else 1


async def export(arguments: argparse.Namespace) -> int:
    """Write every record, and a closing line with the end of the chain."""
    settings = read_settings(StoreSettings)
    path: Path | None = arguments.file
    records, head = await _read(settings)
    at = datetime.now(UTC).isoformat()
    with ExitStack() as stack:
        out = stack.enter_context(path.open("w")) if path else sys.stdout
        out.writelines(f"{record_line(record)}\n" for record in records)
        out.write(f"{closing_line(head, at, ChainKey(settings.keys[0]))}\n")
    return 0


async def _read(settings: StoreSettings) -> tuple[list[Record], Head]:
    """Read the head, then the chain up to it, without records that are appended meanwhile."""
    async with open_redis(settings, reading=True) as redis:
        ledger = open_ledger(redis, settings.keys)
        head = await ledger.head()
        return [record async for record in ledger.records() if record.seq <= head.seq], head
