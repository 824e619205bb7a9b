"""`audit verify|export|archive|key`: verifies, exports or archives the audit log."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.adapters.archives import read_named, readable
from bot.adapters.checkpoints import CheckpointSigner, CheckpointVerifier
from bot.adapters.redis.chain import read_chain
from bot.adapters.redis.log_file import recognised
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_ledger
from bot.app import open_redis
from bot.cards.counts import entries
from bot.cards.verification import describe
from bot.cli import Subparsers
from bot.cli.archives import add_verb, archives_in, proven_with
from bot.cli.arguments import public_key_of
from bot.cli.export_files import refuse_to_lose, write_lines
from bot.cli.exports import chain_keys, older_export, read_older, require
from bot.domain.archives import against, with_archives
from bot.domain.audit import ChainKey, Head, Record
from bot.domain.export import (
    Closing,
    Export,
    closing_line,
    read_closing,
    record_line,
    verify_export,
    verify_signed,
)
from bot.domain.verification import (
    WHOLE,
    Broken,
    Empty,
    GivenUp,
    Intact,
    Seen,
    Start,
    Verdict,
    verify,
)
from bot.errors import ConfigurationError
from bot.settings import StoreSettings, read_settings

SEEN: Final = Path("var/audit-seen.json")
"""Where `audit verify` stores the head that it has proven last, outside Redis."""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command and its verbs."""
    audit = subparsers.add_parser("audit", help="verify, export or archive the audit log")
    verbs = audit.add_subparsers(dest="verb", required=True, metavar="verify|export|archive|key")
    verify = verbs.add_parser("verify", help="verify the chain, in Redis or in an export")
    verify.add_argument("--file", type=Path, help="an export to verify instead of Redis")
    verify.add_argument("--against", type=Path, help="an older export that this one must continue")
    verify.add_argument("--seen", type=Path, help=f"where to store the proven head ({SEEN})")
    trusted = "a public key to trust, in place of KEYSMITH_KEYS; may be repeated"
    verify.add_argument(
        "--public", action="append", type=public_key_of, metavar="KEY", help=trusted
    )
    verify.add_argument("--archive", type=Path, help="a directory of archives to verify with it")
    verify.set_defaults(run=verified, unsure="Nothing was verified.")
    out = verbs.add_parser("export", help="write the audit log as lines of JSON")
    out.add_argument("--file", type=Path, help="where to; the default is standard output")
    out.set_defaults(run=export, unsure="Nothing was exported.")
    add_verb(verbs)
    key = verbs.add_parser("key", help="print the public key that verifies exports")
    key.set_defaults(run=public_key)


async def verified(arguments: argparse.Namespace) -> int:
    """Verify the log and print the result; the exit code is 0 only if all of it is proven.

    It is 1 for ever after a key was given up: a job that watches the code must not learn that a
    log with entries of anyone's is fine. Nothing but a person reads which entries those are.
    """
    if arguments.public:
        verdict = _by_auditor(arguments)
    else:
        settings = read_settings(StoreSettings)
        verdict = await (_of_file if arguments.file else _of_redis)(arguments, settings)
    sys.stdout.write(describe(verdict, signed=bool(arguments.public)))
    return 0 if isinstance(verdict, Intact) else 1


def _by_auditor(arguments: argparse.Namespace) -> Verdict:
    """Verify an export, archives or both with public keys alone."""
    archives, verifier = archives_in(arguments), CheckpointVerifier(arguments.public)

    def prove(export: Export, _: Start = WHOLE) -> Verdict:
        return verify_signed(export, verifier)

    older = read_older(arguments.against) if arguments.against else None
    if older:
        require(prove(older), arguments.against)
    seen = [older.closing.seen] if older else []
    if not arguments.file:
        if not archives:
            raise ConfigurationError(
                "--public verifies an export or archives: name them with --file or --archive."
            )
        return with_archives(None, archives.read(), None, prove, seen)
    export = read_named(arguments.file)
    if isinstance(export, Broken):
        return export
    start = export.closing.start
    verdict = _continuing(prove(export), export.records, seen, start)
    return with_archives(verdict, archives.read(), start, prove, seen) if archives else verdict


async def _of_file(arguments: argparse.Namespace, settings: StoreSettings) -> Verdict:
    """Verify an export with the secret keys."""
    export = read_named(arguments.file)
    if isinstance(export, Broken):
        return export
    keys, verifier = chain_keys(settings), CheckpointVerifier.of_keys(settings.keys)
    verdict, start = verify_export(export, keys, verifier), export.closing.start
    seen = _seen(_earlier(arguments, settings))
    verdict = _continuing(verdict, export.records, seen, start)
    return proven_with(archives_in(arguments), settings, verdict, start, seen)


async def _of_redis(arguments: argparse.Namespace, settings: StoreSettings) -> Verdict:
    """Verify the log in Redis; it must continue the head that was proven last from this machine."""
    path: Path = arguments.seen or SEEN
    last = _last_seen(path, settings)
    seen = _seen(_earlier(arguments, settings), last)
    records, head, start, verdict = await _stored(settings)
    verdict = _continuing(verdict, records, seen, start)
    verdict = proven_with(archives_in(arguments), settings, verdict, start, seen)
    if isinstance(verdict, GivenUp) and isinstance(verdict.rest, Intact):
        start = _behind(records, verdict, start)  # the line vouches for what is proven alone
        records = verdict.proven(records)
    elif not isinstance(verdict, Intact):
        return verdict
    _remember(path, _closing(settings, records, head, start))
    return verdict


def _behind(records: Sequence[Record], verdict: GivenUp, start: Start) -> Start:
    """Give what the proven part of a log goes on from; its first MAC covers that head."""
    return start.after([each for each in records if each.seq <= verdict.last])


def _seen(*closings: Closing | None) -> list[Seen]:
    return [closing.seen for closing in closings if closing]


def _continuing(
    verdict: Verdict, records: Sequence[Record], seen: Sequence[Seen], start: Start
) -> Verdict:
    for each in seen:
        verdict = against(verdict, records, each, start.head)
    return verdict


def _earlier(arguments: argparse.Namespace, settings: StoreSettings) -> Closing | None:
    """Return the closing line of the export in `--against`, after verifying it."""
    path: Path | None = arguments.against
    return older_export(path, settings).closing if path else None


def _last_seen(path: Path, settings: StoreSettings) -> Closing | None:
    """Return the head that was proven last; the file is genuine, or there is none."""
    if not path.exists():
        return None
    with readable(path):
        closing = read_closing(path.read_text(encoding="utf-8"))
    verifier = CheckpointVerifier.of_keys(settings.keys)
    if closing and verifier.verifies(
        closing.public, closing.checkpoint.statement(), closing.signature
    ):
        return closing
    if not closing:
        raise ConfigurationError(
            f"{path} is not what `audit verify` stores: the head that was proven last. Nothing is "
            "verified. Name another file with --seen; one that is not there yet is written."
        )
    raise ConfigurationError(
        f"{path} holds the head that was proven last, and no configured key signed it. "
        "Nothing is verified. If you changed KEYSMITH_KEYS or the account, name another file "
        "with --seen."
    )


def _remember(path: Path, line: str) -> None:
    """Store the proven head in place of the last one; a later log must continue it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(f"{line}\n", encoding="utf-8")
        new.replace(path)
    except OSError as error:
        sys.stderr.write(f"The proven head is not stored: {path}: {error.strerror}.\n")


async def export(arguments: argparse.Namespace) -> int:
    """Write every record and a closing line; its checkpoint is signed if the log is proven."""
    settings = read_settings(StoreSettings)
    path: Path | None = arguments.file
    records, head, start, verdict = await _stored(settings)
    proven = isinstance(verdict, Intact | Empty)
    closing = _closing(settings, records, head, start, proven=proven)
    lines = [f"{line}\n" for line in (*map(record_line, records), closing)]
    if path:
        refuse_to_lose(path, records, head, start, verdict)
        write_lines(path, lines)
        sys.stderr.write(f"Exported {entries(len(records))} to {path}.\n")
    else:
        sys.stdout.writelines(lines)
    if not proven:
        sys.stderr.write(f"{describe(verdict, signed=False)}The export has no checkpoint.\n")
    return 0 if proven else 1


async def public_key(_: argparse.Namespace) -> int:
    """Print the public key of each configured key, newest first."""
    settings = read_settings(StoreSettings)
    for key in settings.keys:
        sys.stdout.write(f"{CheckpointSigner(key).public}\n")
    return 0


def _closing(
    settings: StoreSettings,
    records: Sequence[Record],
    head: Head,
    start: Start,
    *,
    proven: bool = True,
) -> str:
    at = datetime.now(UTC).isoformat()
    own = {ChainKey(key).id: key for key in settings.keys}
    key = own.get(records[-1].key_id if records else "", settings.keys[0])  # the one that signs now
    signer = CheckpointSigner(key) if proven else None
    return closing_line(records, head, at, ChainKey(key), signer, start)


async def _stored(settings: StoreSettings) -> tuple[list[Record], Head, Start, Verdict]:
    """Read the head, then the chain up to it, without records that are appended meanwhile."""
    async with open_redis(settings) as redis:
        ledger, keys = open_ledger(redis, settings.keys), chain_keys(settings)
        records, head, start = await read_chain(Store(redis), keys)
        verdict = await recognised(verify(records, head, keys, start), ledger, start)
        return records, head, start, verdict
