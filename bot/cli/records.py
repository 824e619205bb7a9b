"""`records adopt`: signs the records of a version without MACs, once, at the upgrade."""

import argparse
import sys
from datetime import UTC, datetime

from bot.adapters.redis.adopt import adopt, unsigned
from bot.app import open_redis, stores_of
from bot.cli import Subparsers
from bot.settings import Settings, read_settings


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command and its verb."""
    records = subparsers.add_parser("records", help="sign what a former version stored")
    verbs = records.add_subparsers(dest="verb", required=True, metavar="adopt")
    adopting = verbs.add_parser("adopt", help="sign the records without a MAC, as they are")
    adopting.add_argument("--dry-run", action="store_true", help="list them and sign nothing")
    adopting.set_defaults(
        run=run, unsure="Records that are listed above may be signed: run it again for the others."
    )


async def run(arguments: argparse.Namespace) -> int:
    """List the records, and sign them."""
    settings, dry = read_settings(Settings), bool(arguments.dry_run)
    async with open_redis(settings) as redis:
        stores = stores_of(settings, redis)
        await stores.ledger.signing.look()
        found = await unsigned(stores)
        for key in found:
            sys.stdout.write(f"{key}\n")
            if not dry:
                await adopt(stores, key, datetime.now(UTC))
    done = "to sign; nothing was signed" if dry else "signed"
    sys.stdout.write(f"Records without a MAC, {done}: {len(found)}.\n")
    return 0
