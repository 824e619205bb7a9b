"""`recover`: shows what a Redis that went back has lost, and brings it in line with Cloudinary."""

import argparse
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import aiohttp

from bot.adapters.clock import SystemClock
from bot.adapters.logs import configure
from bot.adapters.redis.chain import read_chain
from bot.adapters.redis.recovery import RedisKept
from bot.adapters.redis.stores import Stores
from bot.adapters.seen import SEEN_FILE, SeenFile
from bot.app import open_redis, stores_of
from bot.cards.recovery import advice, nothing_missing, notice, report, summary
from bot.cards.verification import describe
from bot.cli import QUIET, Subparsers
from bot.cli.archives import archives_in, proven_with
from bot.cli.exports import older_export
from bot.cli.login import who_runs
from bot.domain.audit import ChainKey, Entry, Head, Record
from bot.domain.export import Export
from bot.domain.given_up import outside
from bot.domain.recovery import Survey, behind, lost_between
from bot.domain.verification import (
    WHOLE,
    Broken,
    GivenUp,
    Intact,
    OtherKey,
    Start,
    recovered_at,
    verify,
)
from bot.errors import ConfigurationError
from bot.flows.audit import AuditLog
from bot.flows.recovery.recover import Recoverer
from bot.flows.recovery.survey import Log, Surveyor
from bot.flows.request_writer import RequestWriter
from bot.outside import open_cloudinary, open_slack
from bot.settings import Settings, StoreSettings, read_settings

LOCK: Final = "recover"
CONFIRM: Final = "recover"
PROMPT: Final = (
    "If there is a backup, restore the newest one before this: what is missing now is given up"
    " (docs/backup.md). Every process halts while this runs."
)
BROKEN: Final = (
    "Nothing changed: on this log nothing can be recovered. Restore the newest backup whose log"
    " holds, or empty this Redis with FLUSHALL, and run `keysmith recover --against EXPORT` again."
)
NOT_COMPARED: Final = (
    "The export ends at entry {last}, and the log in Redis begins behind entry {first}: they can't"
    " be compared. Nothing changed. Name the archives with --archive DIRECTORY, or a later export."
)
NOT_ARCHIVED: Final = (
    "The archives are not whole up to entry {last}: {reason}. Nothing changed. Name a directory"
    " that has each of them, or leave out --archive: keys that only archives name are not listed"
    " then."
)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    about = "after Redis went back to an earlier state: show what is missing, and go on"
    parser = subparsers.add_parser("recover", help=about)
    parser.add_argument("--against", type=Path, help="an export of the audit log from before")
    parser.add_argument("--archive", type=Path, help="the archives of the audit log, if it has any")
    parser.add_argument("--seen", type=Path, help=f"the file of the seen head ({SEEN_FILE})")
    parser.add_argument("--apply", action="store_true", help="recover; the default only reports")
    parser.add_argument("--yes", action="store_true", help="do not ask before recovering")
    unsure = "If --apply had begun, it may have stopped in between: run it again."
    parser.set_defaults(run=run, unsure=unsure)


async def run(arguments: argparse.Namespace) -> int:
    """Report, and recover if that was confirmed; the exit code is 0 if nothing is left to do."""
    configure(QUIET)
    settings = read_settings(Settings)
    by = who_runs()
    if arguments.seen and not arguments.seen.exists():  # only the default may be missing
        raise ConfigurationError(f"{arguments.seen} does not exist. Nothing was compared or done.")
    async with (
        aiohttp.ClientSession() as session,
        open_redis(settings) as redis,
    ):
        stores = stores_of(settings, redis, recovering=True)
        kept = RedisKept(redis, stores)
        former = await kept.epoch()
        log = await _log(settings, stores, arguments)
        surveyor = Surveyor(
            *(kept, open_cloudinary(settings, session), open_slack(settings, session)),
            settings.approvals_channel,
        )
        survey = await surveyor.survey(log)
        sys.stdout.write(report(survey) if survey.found else nothing_missing(survey))
        if not arguments.apply:
            sys.stdout.write(advice(survey) if survey.found else "")
            return 1 if survey.open else 0
        if not (arguments.yes or _confirmed()):
            sys.stdout.write("Nothing changed: it was not confirmed.\n")
            return 1
        clock = SystemClock()
        recoverer = Recoverer(kept, RequestWriter(stores.requests, AuditLog(clock)), clock, by)
        done = await _apply(former, settings, stores, kept, recoverer, surveyor, arguments)
    sys.stdout.write(f"Recovered: {summary(done)}. Keysmith goes on within seconds.\n")
    return 0


async def _apply(
    former: str,
    settings: Settings,
    stores: Stores,
    kept: RedisKept,
    recoverer: Recoverer,
    surveyor: Surveyor,
    arguments: argparse.Namespace,
) -> Survey:
    """Halt, look again under the halt, and apply: one recovery at a time."""
    async with stores.locks.hold(LOCK):
        if await kept.epoch() != former:
            raise ConfigurationError("Another recovery has just ended. Nothing changed here.")
        await kept.stop("an operator recovers its history")
        await stores.ledger.signing.repair()
        survey = await surveyor.survey(await _log(settings, stores, arguments))
        await recoverer.apply(survey, notice(survey, recoverer.by))
    return survey


def _confirmed() -> bool:
    """Ask on a terminal; without one, there is no confirmation."""
    if not sys.stdin.isatty():
        sys.stdout.write("This is not a terminal. Confirm with --yes.\n")
        return False
    sys.stdout.write(f"{PROMPT} Type `{CONFIRM}` to go on: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() == CONFIRM


async def _log(settings: StoreSettings, stores: Stores, arguments: argparse.Namespace) -> Log:
    """Read and prove the log, and what was seen of it before."""
    keys = [ChainKey(key) for key in settings.keys]
    records, head, start = await read_chain(stores.store, keys)
    verdict = verify(records, head, keys, start)
    if isinstance(verdict, OtherKey):  # no advice to empty Redis: the keys may be the wrong ones
        raise ConfigurationError(f"{describe(verdict, signed=False)}Nothing changed.")
    if isinstance(verdict, Broken):
        raise ConfigurationError(f"{describe(verdict, signed=False)}{BROKEN}")
    macs = {record.mac for record in records}
    if isinstance(verdict, GivenUp):  # it goes on from what is proven alone
        records = outside(verdict.gaps, records)
    seen = SeenFile(arguments.seen or SEEN_FILE, keys).proven()
    export: Export | None = older_export(arguments.against, settings) if arguments.against else None
    recovered = False
    if seen and await stores.ledger.history.recovered_since(seen):
        seen, recovered = None, True
    archived = _archived(arguments, settings, start)
    if export and recovered_at([*archived, *records], export.closing.seen):
        export, recovered = None, True
    if export and not archived and export.head.seq < start.head.seq:
        raise ConfigurationError(NOT_COMPARED.format(last=export.head.seq, first=start.head.seq))
    heads = [head, seen.head if seen else Head(), export.head if export else Head()]
    lost = None
    if export:
        exported = behind(export.records, Head() if archived else start.head)
        between = _between(arguments, settings, start, export)
        lost = lost_between([*archived, *records], [*between, *exported])
        begins = export.closing.start.head
        known = between or begins.seq <= start.head.seq or begins.mac in macs
        lost = replace(lost, unread=0 if known else begins.seq)
    newest = max(heads, key=lambda each: each.seq)
    return Log(head, _written_at(records), newest, lost, recovered)


def _between(
    arguments: argparse.Namespace, settings: StoreSettings, start: Start, export: Export
) -> list[Record]:
    """Read what archives have behind the start of the log, and the export no longer has."""
    end = export.closing.start
    found = _archived(arguments, settings, end) if end.head.seq > start.head.seq else []
    return [record for record in found if record.seq > start.head.seq]


def _archived(arguments: argparse.Namespace, settings: StoreSettings, end: Start) -> list[Record]:
    """Read the records of the archives up to `end`, and prove that they lead up to it."""
    archives = archives_in(arguments)
    if not archives or end == WHOLE:
        return []
    verdict = proven_with(archives, settings, Intact(end.head, after=end.head.seq), end, [])
    if isinstance(verdict, Broken):
        raise ConfigurationError(NOT_ARCHIVED.format(last=end.head.seq, reason=verdict.reason))
    records, before = list[Record](), WHOLE
    for _, export in archives.read():
        if before.fits(end) or isinstance(export, Broken):
            break  # what comes now was not proven
        records += export.records
        before = export.end
    return records


def _written_at(records: list[Record]) -> datetime | None:
    return Entry.read(records[-1].body).at if records else None
