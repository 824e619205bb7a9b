"""Reads exports of the audit log from files, and proves those that another log is compared with."""

from dataclasses import replace
from pathlib import Path

from bot.adapters.archives import read_named
from bot.adapters.checkpoints import CheckpointVerifier
from bot.cards.verification import describe
from bot.domain.audit import ChainKey
from bot.domain.export import Export, verify_older
from bot.domain.given_up import outside
from bot.domain.verification import Broken, GivenUp, Intact, Verdict
from bot.errors import ConfigurationError
from bot.settings import StoreSettings


def older_export(path: Path, settings: StoreSettings) -> Export:
    """Read an export, and prove it by itself. Raises `ConfigurationError`.

    Its records are those that are proven: none that is under a key that was given up.
    """
    older = read_older(path)
    verifier = CheckpointVerifier.of_keys(settings.keys)
    verdict = verify_older(older, chain_keys(settings), verifier)
    if isinstance(verdict, GivenUp):
        return replace(older, records=outside(verdict.gaps, older.records))
    require(verdict, path)
    return older


def read_older(path: Path) -> Export:
    """Read an export to compare with. Raises `ConfigurationError`."""
    older = read_named(path)
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
