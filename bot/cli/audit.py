"""`audit verify|export|key`: verifies the audit log in Redis or in an export, and exports it."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.adapters.checkpoints import CheckpointSigner, CheckpointVerifier
from bot.adapters.redis.stores import open_ledger
from bot.app import open_redis
from bot.cards.verification import describe
from bot.cli import Subparsers
from bot.cli.exports import chain_keys, older_export, read, read_older, require
from bot.domain.audit import ChainKey, Head, Record
from bot.domain.export import (
    Closing,
    against,
    closing_line,
    read_closing,
    record_line,
    verify_export,
    verify_signed,
)
from bot.domain.verification import Broken, Empty, Intact, Retired, Verdict, verify
from bot.errors import ConfigurationError, StoreError
from bot.settings import StoreSettings, read_settings

SEEN: Final = Path("var/audit-seen.json")
"""Where `audit verify` stores the head that it has proven last, outside Redis."""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command and its verbs."""
    audit = subparsers.add_parser("audit", help="verify or export the audit log")
    verbs = audit.add_subparsers(dest="verb", required=True, metavar="verify|export|key")
    verify = verbs.add_parser("verify", help="verify the chain, in Redis or in an export")
    verify.add_argument("--file", type=Path, help="an export to verify instead of Redis")
    verify.add_argument("--against", type=Path, help="an older export that this one must continue")
    verify.add_argument("--seen", type=Path, help=f"where to store the proven head ({SEEN})")
    trusted = "a public key to trust, in place of KEYSMITH_KEYS; may be repeated"
    verify.add_argument("--public", action="append", help=trusted)
    verify.set_defaults(run=verified)
    out = verbs.add_parser("export", help="write the audit log as lines of JSON")
    out.add_argument("--file", type=Path, help="where to; the default is standard output")
    out.set_defaults(run=export)
    key = verbs.add_parser("key", help="print the public key that verifies exports")
    key.set_defaults(run=public_key)


async def verified(arguments: argparse.Namespace) -> int:
    """Verify the log and print the result; the exit code is 0 only if all of it is proven."""
    if arguments.public:
        verdict = _by_auditor(arguments)
    else:
        settings = read_settings(StoreSettings)
        verdict = await (_of_file if arguments.file else _of_redis)(arguments, settings)
    sys.stdout.write(describe(verdict, signed=bool(arguments.public)))
    return 0 if isinstance(verdict, Intact) else 1


def _by_auditor(arguments: argparse.Namespace) -> Verdict:
    """Verify an export with public keys alone."""
    if not arguments.file:
        raise ConfigurationError("--public verifies an export: name it with --file.")
    verifier = CheckpointVerifier(arguments.public)
    export = read(arguments.file)
    if isinstance(export, Broken):
        return export
    verdict = verify_signed(export, verifier)
    if not arguments.against:
        return verdict
    older = read_older(arguments.against)
    require(verify_signed(older, verifier), arguments.against)
    return against(verdict, export.records, older.head, at=older.closing.at)


async def _of_file(arguments: argparse.Namespace, settings: StoreSettings) -> Verdict:
    """Verify an export with the secret keys."""
    export = read(arguments.file)
    if isinstance(export, Broken):
        return export
    keys, verifier = chain_keys(settings), CheckpointVerifier.of_keys(settings.keys)
    verdict = verify_export(export, keys, verifier)
    return _continuing(verdict, export.records, _earlier(arguments, settings))


async def _of_redis(arguments: argparse.Namespace, settings: StoreSettings) -> Verdict:
    """Verify the log in Redis; it must continue the head that was proven last from this machine."""
    seen: Path = arguments.seen or SEEN
    last = _last_seen(seen, settings)
    earlier = _earlier(arguments, settings)
    try:
        records, head, verdict = await _stored(settings)
    except StoreError as error:
        raise ConfigurationError(
            f"Redis does not answer ({error}), so nothing is verified. Is REDIS_URL right?"
        ) from error
    for each in (earlier, last):
        verdict = _continuing(verdict, records, each)
    if isinstance(verdict, Intact):
        _remember(seen, _closing(settings, records, head))
    return verdict


def _continuing(verdict: Verdict, records: Sequence[Record], earlier: Closing | None) -> Verdict:
    return against(verdict, records, earlier.head, at=earlier.at) if earlier else verdict


def _earlier(arguments: argparse.Namespace, settings: StoreSettings) -> Closing | None:
    """Return the closing line of the export in `--against`, after verifying it."""
    path: Path | None = arguments.against
    return older_export(path, settings).closing if path else None


def _last_seen(path: Path, settings: StoreSettings) -> Closing | None:
    """Return the head that was proven last; the file is genuine, or there is none."""
    if not path.exists():
        return None
    closing = read_closing(path.read_text(encoding="utf-8"))
    verifier = CheckpointVerifier.of_keys(settings.keys)
    if closing and verifier.verifies(
        closing.public, closing.checkpoint.statement(), closing.signature
    ):
        return closing
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
    records, head, verdict = await _stored(settings)
    proven = isinstance(verdict, Intact | Empty)
    with ExitStack() as stack:
        out = stack.enter_context(path.open("w")) if path else sys.stdout
        out.writelines(f"{record_line(record)}\n" for record in records)
        out.write(f"{_closing(settings, records, head, proven=proven)}\n")
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
    settings: StoreSettings, records: Sequence[Record], head: Head, *, proven: bool = True
) -> str:
    at = datetime.now(UTC).isoformat()
    own = {ChainKey(key).id: key for key in settings.keys}
    key = own.get(records[-1].key_id if records else "", settings.keys[0])  # the one that signs now
    signer = CheckpointSigner(key) if proven else None
    return closing_line(records, head, at, ChainKey(key), signer)


async def _stored(settings: StoreSettings) -> tuple[list[Record], Head, Verdict]:
    """Read the head, then the chain up to it, without records that are appended meanwhile."""
    async with open_redis(settings, reading=True) as redis:
        ledger = open_ledger(redis, settings.keys)
        head = await ledger.head()
        records = [record async for record in ledger.records() if record.seq <= head.seq]
        verdict = verify(records, head, chain_keys(settings))
        if isinstance(verdict, Retired):
            named = await ledger.signing.named()
            if named and named.key_id == verdict.key_id:
                verdict = Intact(head, waiting=ledger.keyring.ids[0])
        return records, head, verdict
