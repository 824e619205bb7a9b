"""`keys status|rotate`: which key signs, who can read it, and the change to the newest one."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from redis.asyncio import Redis

from bot.adapters.logs import configure
from bot.adapters.redis.key_survey import Survey, survey
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import PREFIX, ROLLED_LOST, ROLLED_OVER
from bot.adapters.redis.stores import open_ledger
from bot.adapters.seen import SEEN_FILE, SeenFile
from bot.app import open_redis
from bot.cards import invisible
from bot.cards.counts import counted
from bot.cli import QUIET, Subparsers
from bot.cli.login import who_runs
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.errors import KeyMissing
from bot.settings import StoreSettings, read_settings

NOTICE: Final = (
    "Another key of KEYSMITH_KEYS signs the audit log and the stored records now: {key}, generation"
    " {number}. {who} ran `keys rotate` on the server."
)
NOTHING: Final = "Nothing changed."
KEEP_ALL: Final = (
    "Remove no key: {reason}. What is missing here may be under any key, and a backup or an export"
    " is read only with its key. If this Redis was in use before, restore the newest backup, run"
    " `keysmith recover` (docs/backup.md), and look here again."
)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command and its verbs."""
    keys = subparsers.add_parser("keys", help="show which key signs, or let the newest one sign")
    verbs = keys.add_subparsers(dest="verb", required=True, metavar="status|rotate")
    status = verbs.add_parser("status", help="which key signs, who reads which, what is under each")
    status.add_argument("--json", action="store_true", help="as JSON")
    status.set_defaults(run=shown)
    rotate = verbs.add_parser("rotate", help="let the newest key of KEYSMITH_KEYS sign")
    rotate.add_argument("--lost", action="store_true", help="the key that signs now is lost")
    rotate.set_defaults(
        run=rotated,
        unsure="It is not known whether the key signs now. Check with `keysmith keys status`.",
    )


async def shown(arguments: argparse.Namespace) -> int:
    """Print the survey."""
    configure(QUIET)
    settings = read_settings(StoreSettings)
    async with open_redis(settings) as redis:
        ledger = open_ledger(redis, settings.keys)
        ledger.history.remember(SeenFile(SEEN_FILE, list(map(ChainKey, settings.keys))).read())
        found, _ = await _look(redis, ledger)
    sys.stdout.write(as_json(found) if arguments.json else as_text(found))
    return 0


async def rotated(arguments: argparse.Namespace) -> int:
    """Let the newest key sign, unless a running process can't read it."""
    configure(QUIET)
    settings = read_settings(StoreSettings)
    async with open_redis(settings) as redis:
        ledger = open_ledger(redis, settings.keys)
        found, missing = await _look(redis, ledger)
        newest = found.configured[0]
        if found.signs and found.signs.key_id == newest:
            return _say(f"The newest key, {newest}, signs already ({_generation(found)}).")
        reasons = refusals(found, newest, missing=missing, lost=bool(arguments.lost))
        if reasons:
            return _refuse(*reasons)
        return await _rotate(ledger, found, newest, lost=missing)


async def _look(redis: Redis, ledger: Ledger) -> tuple[Survey, bool]:
    """Survey the keys; True where the one that signs is missing here."""
    missing = False
    try:
        await ledger.signing.look()
    except KeyMissing:
        missing = True
    return await survey(redis, ledger), missing


async def _rotate(ledger: Ledger, found: Survey, newest: str, *, lost: bool) -> int:
    who, number = who_runs(), found.signs.number + 1 if found.signs else 1
    target = {ROLLED_LOST: found.signs.key_id} if found.signs and lost else {}
    event, at = AuditEvent.ROLLED_OVER, datetime.now(UTC)
    entry = Entry(at, event, ROLLED_OVER, target=target, detail=f"by {who}")
    notice = NOTICE.format(key=newest, number=number, who=who)
    done = await ledger.rotate(entry, notice)
    now = await ledger.signing.look()
    if done:
        return _say(
            f"The key {newest} signs now (generation {now.number}). The security channel is told.\n"
            "Keep the older keys in KEYSMITH_KEYS: `keys status` says what is under them."
        )
    if now.key_id == newest:
        return _say(f"Another `keys rotate` was faster: {newest} signs (generation {now.number}).")
    return _refuse(f"Another `keys rotate` was faster, and {now.key_id} signs now.")


def refusals(found: Survey, newest: str, *, missing: bool, lost: bool) -> list[str]:
    """List why the newest key can't sign yet, each with what to do; none where it can."""
    signs = found.signs.key_id if found.signs else ""
    have = [each for each in found.processes if signs in each.keys]
    reasons = [
        f"{each} can't read {newest}: give it the same KEYSMITH_KEYS and restart it."
        for each in found.lacking(newest)
    ]
    if found.former_workers:
        reasons.append(
            f"{counted(found.former_workers, 'queue reader')} of a version before 0.2.0 can't say"
            " what it reads: finish the upgrade, or wait ten seconds if it just ended."
        )
    if found.retired(newest):
        reasons.append(
            f"{newest} has signed before and was retired: the log would not verify. Put a new key"
            " in front of KEYSMITH_KEYS, and keep the keys in order, newest first."
        )
    if missing and not lost:
        reasons.append(
            f"KEYSMITH_KEYS lacks {signs}, which signs now. Add it. If it is lost for good, `keys"
            " rotate --lost` goes on without it; `audit verify` can't prove what it signed then."
        )
    if lost and not missing:
        reasons.append(f"{signs}, which signs now, is not lost: leave --lost out.")
    if lost and missing:
        reasons += [f"{each} has {signs}, so it is not lost: copy it from there." for each in have]
    return list(map(invisible.shown, reasons))  # processes name themselves in Redis


def as_text(found: Survey) -> str:
    """Write the survey for a person."""
    lines = [f"Signing key: {_generation(found)}.", "Keys of KEYSMITH_KEYS, newest first:"]
    lines += [f"  {each}  {_about(found, each)}" for each in found.configured]
    others = {each: use.entries for each, use in found.uses.items()}
    foreign = {each: f"{n} audit entries" for each, n in others.items() if n}
    foreign |= {each: _counted(kinds) for each, kinds in found.foreign.items()}
    unknown = [
        f"  {each}  {what}" for each, what in foreign.items() if each not in found.configured
    ]
    if unknown:
        lines += ["Keys that are not in KEYSMITH_KEYS here, so that this is not read:", *unknown]
    lines.append(f"Running processes: {len(found.processes)}")
    lines += [f"  {each}: reads {', '.join(each.keys) or 'no key'}" for each in found.processes]
    if found.former_workers:
        lines.append(f"Queue readers of a version before 0.2.0: {found.former_workers}")
    lines.append(f"Items that no process has read yet: {len(found.unread)}")
    lines += [f"  {queue.removeprefix(PREFIX)} {id_}" for queue, id_ in found.unread]
    if not found.whole:
        lines.append("There are more records than were looked at: remove no key.")
    if found.loss:
        lines.append(KEEP_ALL.format(reason=found.loss))
    return "\n".join(map(invisible.shown, lines)) + "\n"


def as_json(found: Survey) -> str:
    """Write the survey for a program."""
    needed = {each: not _removable(found, each) for each in found.configured}
    return json.dumps(asdict(found) | {"needed": needed}, indent=2) + "\n"


def _about(found: Survey, key_id: str) -> str:
    signs, use = found.signs.key_id if found.signs else "", found.uses[key_id]
    lacking = found.lacking(key_id)
    lack = "1 process lacks it" if len(lacking) == 1 else f"{len(lacking)} processes lack it"
    if key_id == signs:
        return "signs" if not lacking else f"signs, and {lack}"
    if key_id == found.configured[0] and not use.entries:
        ready = lack if lacking else "every running process reads it"
        return f"only reads until `keysmith keys rotate`; {ready}"
    if _removable(found, key_id):
        return "retired; nothing is under it, and it can be removed"
    if not use.needed:
        return "retired; keep it: what is under it is not known, see below"
    counts = {"audit entries": use.entries, **use.records} if use.entries else use.records
    return f"retired; keep it, under it are: {_counted(counts)}"


def _removable(found: Survey, key_id: str) -> bool:
    signs = found.signs.key_id if found.signs else ""
    return found.whole and not found.loss and key_id != signs and not found.uses[key_id].needed


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{what}: {number}" for what, number in counts.items())


def _generation(found: Survey) -> str:
    if found.signs is None:
        return "not known"
    since = found.uses[found.signs.key_id].since if found.signs.key_id in found.uses else ""
    when = f"since {since}" if since else "nothing is signed yet"
    return f"{found.signs.key_id}, generation {found.signs.number}, {when}"


def _say(text: str) -> int:
    sys.stdout.write(f"{text}\n")
    return 0


def _refuse(*reasons: str) -> int:
    sys.stderr.write("".join(f"{each}\n" for each in (*reasons, NOTHING)))
    return 1
