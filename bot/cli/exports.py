"""Reads exports of the audit log from files, and proves those that another log is compared with."""

from pathlib import Path

from bot.adapters.checkpoints import CheckpointVerifier
from bot.cards.verification import describe
from bot.domain.audit import ChainKey
from bot.domain.export import Export, read_export, verify_export
from bot.domain.verification import Broken, Intact, Verdict
from bot.errors import ConfigurationError
from bot.settings import StoreSettings


def older_export(path: Path, settings: StoreSettings) -> Export:
    """Read an export, and prove it by itself. Raises `ConfigurationError`."""
    older = read_older(path)
    keys = chain_keys(settings)
    # A retired key was the newest one when the older export was written.
    own = [key for key in keys if key.id == older.closing.key_id]
    ordered = keys[keys.index(own[0]) :] if own else keys
    verifier = CheckpointVerifier.of_keys(settings.keys)
    require(verify_export(older, ordered, verifier), path)
    return older


def read_older(path: Path) -> Export:
    """Read an export to compare with. Raises `ConfigurationError`."""
    older = read(path)
    if isinstance(older, Broken):
        raise ConfigurationError(_useless(path, describe(older, signed=False)))
    return older


def require(verdict: Verdict, path: Path) -> None:
    """Refuse to compare with an older export that does not hold itself."""
    if not isinstance(verdict, Intact):
        raise ConfigurationError(_useless(path, describe(verdict, signed=False)))


def _useless(path: Path, reason: str) -> str:
    return f"{path} proves nothing to compare with. {reason.strip()}"


def chain_keys(settings: StoreSettings) -> list[ChainKey]:
    """List the keys of the chain, newest first."""
    return [ChainKey(key) for key in settings.keys]


def read(path: Path) -> Export | Broken:
    """Read an export. Raises `ConfigurationError` where the file can't be read."""
    try:
        with path.open(encoding="utf-8") as lines:  # blocking is fine: the process does this alone
            return read_export(lines)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}.") from error
