"""`check`: tries everything that the bot depends on, and prints how to fix each fault."""

import argparse
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

import aiohttp

from bot.adapters.logs import configure
from bot.adapters.redis.permissions import RedisPermissions
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_ledger
from bot.app import open_redis
from bot.cards.invisible import shown
from bot.checks import open_examination
from bot.cli import QUIET, Subparsers
from bot.cli.login import who_runs
from bot.cli.usage import CHECKED
from bot.domain.audit import AuditEvent, Entry
from bot.domain.checks.findings import EXIT_CODES, Finding, Level, worst
from bot.domain.checks.settings import Settings as SettingsRule
from bot.settings import PROCESSES, Settings, StoreSettings, read_leniently, read_settings

LIMIT: Final = aiohttp.ClientTimeout(total=20, connect=10)
"""Seconds for a call to Slack or to PUBLIC_URL; Cloudinary's calls have their own limits."""
CONFIRMED: Final = (
    "confirmed: the account is without it. A process that runs keeps the mode of its start: restart"
    " each process to take it"
)
LABELS: Final = dict(zip(Level, ("ok", "look", "WARN", "FAULT"), strict=True))


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    about = "check the configuration, and say how to fix each fault"
    parser = subparsers.add_parser("check", help=about, epilog=CHECKED)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    of = "check the variables of this process alone; without it, of one that is both"
    parser.add_argument("--process", choices=PROCESSES, help=of)
    lost = "confirm that the account has lost Cloudinary's Permissions API on purpose"
    parser.add_argument("--without-permissions", action="store_true", help=lost)
    parser.set_defaults(run=run)


async def run(arguments: argparse.Namespace) -> int:
    """Run every probe and print what it finds: 0 without a fault, 1 with one, 2 with warnings."""
    configure(QUIET)
    if arguments.without_permissions:
        confirmed = await _confirm(read_settings(StoreSettings))
        (sys.stderr if arguments.json else sys.stdout).write(confirmed)
    findings = await _examine(PROCESSES.get(arguments.process, Settings))
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may not know every character
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.stdout.write(as_json(findings) if arguments.json else "".join(map(as_line, findings)))
    return EXIT_CODES[worst(findings)]


async def _examine(kind: type[Settings]) -> Sequence[Finding]:
    settings, wrong = read_leniently(kind)
    if settings is None:
        return [SettingsRule.WRONG.found(name=name, what=what) for name, what in wrong.items()]
    async with aiohttp.ClientSession(timeout=LIMIT) as session:
        return await open_examination(settings, session, wrong, listens=True).examine()


def as_line(finding: Finding) -> str:
    """Write a finding for a terminal; texts from elsewhere can't hide anything in it."""
    fix = f" {finding.fix}" if finding.fix else ""
    code = f" [{finding.code}]" if finding.level in {Level.WARNING, Level.FAULT} else ""
    text = shown(f"{finding.probe}: {finding.text}{fix}{code}")
    return f"{LABELS[finding.level]:<7}{text}\n"


def as_json(findings: Sequence[Finding]) -> str:
    """Write all findings as one JSON object."""
    listed = [{"probe": each.probe, **asdict(each)} for each in findings]
    return json.dumps({"level": worst(findings), "findings": listed}, indent=2) + "\n"


async def _confirm(settings: StoreSettings) -> str:
    """Forget that the account had the Permissions API; the audit log keeps who may have known."""
    entry = Entry(datetime.now(UTC), AuditEvent.DONE, "permissions:off", detail=who_runs())
    async with open_redis(settings) as redis:
        permissions = RedisPermissions(Store(redis), open_ledger(redis, settings.keys))
        forgotten = await permissions.forget(entry)
    text = CONFIRMED if forgotten else "there was nothing to confirm"
    return f"ok     Permissions API: {text}\n"
