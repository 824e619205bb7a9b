"""The keys of one process, and which of them signs.

`KEYSMITH_KEYS` says what this process can read, newest first. Redis says which key signs
(`bot.adapters.redis.signing`): a newer key only reads until `keys rotate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.audit import ChainKey
from bot.errors import KeyMissing, StoreError

NOT_KNOWN: Final = "Redis has not said yet which key signs"


@dataclass(frozen=True)
class Generation:
    """A key's time as the signing key: the first generation of an installation is 1."""

    number: int
    key_id: str

    def __str__(self) -> str:
        """Write it as Redis holds it."""
        return f"{self.number}:{self.key_id}"

    @classmethod
    def parse(cls, text: str) -> "Generation":
        """Read it. Raises `StoreError` where it is none."""
        number, _, key_id = text.partition(":")
        if not (number.isascii() and number.isdigit() and key_id):
            raise StoreError(f"the name of the signing key in Redis is unreadable: {text[:40]}")
        return cls(int(number), key_id)


class Keyring:
    """The keys, newest first; `signs` changes as Redis names another signing key.

    `expected` is what Redis must name for a step to happen. It differs from `signs` only in the
    step that moves the signing key.
    """

    def __init__(self, keys: Sequence[bytes], signs: Generation | None = None) -> None:
        self.keys = tuple(dict.fromkeys(keys))
        self.chain = {key.id: key for key in map(ChainKey, self.keys)}
        self.ids = tuple(self.chain)
        self.signs: Generation | None = signs or Generation(1, self.ids[0])
        self.expected: Generation | None = self.signs

    @property
    def fault(self) -> str:
        """Why this process can't sign; empty where it can."""
        if self.signs is None:
            return NOT_KNOWN
        return "" if self.signs.key_id in self.chain else str(KeyMissing.of(self.signs.key_id))

    @property
    def place(self) -> int:
        """The place of the signing key among the keys.

        Raises:
            KeyMissing: this process lacks it.
            StoreError: which key signs is not known yet.

        """
        if self.signs is None:
            raise StoreError(NOT_KNOWN)
        if self.signs.key_id not in self.chain:
            raise KeyMissing.of(self.signs.key_id)
        return self.ids.index(self.signs.key_id)

    @property
    def signer(self) -> ChainKey:
        """The signing key of the audit log. Raises as `place`."""
        return self.chain[self.ids[self.place]]

    def set(self, generation: Generation | None) -> None:
        """Sign with this key from now on; None where it is not known."""
        self.signs = self.expected = generation

    def next(self) -> "Keyring":
        """Build what signs the step that moves the signing key to the newest one."""
        assert self.signs  # noqa: S101  # only called after Redis was asked
        moved = Keyring(self.keys, Generation(self.signs.number + 1, self.ids[0]))
        moved.expected = self.signs
        return moved
