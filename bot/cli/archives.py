"""`audit archive`, and the archives that `audit verify` takes with a log."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path

from bot.adapters.archives import Archives
from bot.adapters.checkpoints import CheckpointVerifier
from bot.adapters.clock import SystemClock
from bot.adapters.redis.archiving import Archiver
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_ledger
from bot.app import open_redis
from bot.cli import Subparsers
from bot.cli.arguments import day_of
from bot.domain.archives import with_archives
from bot.domain.audit import ChainKey
from bot.domain.export import Export, verify_older
from bot.domain.verification import Seen, Start, Verdict
from bot.errors import ConfigurationError, NotArchived
from bot.settings import StoreSettings, read_settings


def add_verb(verbs: Subparsers) -> None:
    """Declare the verb."""
    verb = verbs.add_parser("archive", help="move the oldest entries into archives")
    verb.add_argument("--directory", type=Path, help="where to; the default is AUDIT_ARCHIVE")
    before = "entries from before this day, YYYY-MM-DD in UTC; the default is KEEP ago"
    verb.add_argument("--before", type=day_of, help=before)
    apart = "go on in a directory that lacks the archive before: it is kept elsewhere"
    verb.add_argument("--apart", action="store_true", help=apart)
    verb.set_defaults(run=archive, unsure="Run it again: it goes on where it stopped.")


async def archive(arguments: argparse.Namespace) -> int:
    """Archive and trim, and print what was archived."""
    settings = read_settings(StoreSettings)
    archives, day = Archives(_directory(arguments, settings)), arguments.before
    before = datetime.combine(day, time(), UTC) if day else datetime.now(UTC) - settings.keep
    async with open_redis(settings) as redis:
        store, ledger = Store(redis), open_ledger(redis, settings.keys)
        archiver = Archiver(store, ledger, RedisLocks(store), settings.keys, SystemClock())
        try:
            await archiver.sign_again()
            found = await archiver.archive(archives, before, apart=arguments.apart)
        except NotArchived as error:
            sys.stderr.write(f"Not archived, and nothing of it was trimmed: {error}.\n")
            return 1
    sys.stdout.writelines(f"{path}\n" for path in found)
    keep = "Keep a copy of each elsewhere: Redis no longer has their entries."
    done = keep if found else f"No entry is from before {before:%F}."
    sys.stdout.write(f"Archives written: {len(found)}. {done}\n")
    return 0


def _directory(arguments: argparse.Namespace, settings: StoreSettings) -> Path:
    directory: Path | None = arguments.directory or settings.audit_archive
    if not directory or not directory.is_dir():
        text = "Nothing was archived. Name a directory that exists: --directory, or AUDIT_ARCHIVE."
        raise ConfigurationError(text)
    return directory


def archives_in(arguments: argparse.Namespace) -> Archives | None:
    """Open the archives that a command line names. Raises `ConfigurationError`: there is none."""
    archives = Archives(arguments.archive) if arguments.archive else None
    if archives:
        archives.paths()  # also where none of them is needed: the name may be a mistake
    return archives


def proven_with(
    archives: Archives | None,
    settings: StoreSettings,
    verdict: Verdict,
    start: Start,
    seen: Sequence[Seen],
) -> Verdict:
    """Add the archives before `start`, if there are any, proven with the secret keys."""
    if not archives:
        return verdict
    keys, verifier = list(map(ChainKey, settings.keys)), CheckpointVerifier.of_keys(settings.keys)

    def prove(export: Export, before: Start) -> Verdict:
        return verify_older(export, keys, verifier, before)

    return with_archives(verdict, archives.read(), start, prove, seen)
