"""Signs and verifies checkpoints of the audit log: Ed25519 (RFC 8032).

The private key is derived from the first key of `KEYSMITH_KEYS` by HKDF-SHA256 (RFC 5869), so that
there is no further secret to keep. A public key is its 32 bytes in base64 for URLs, behind a prefix
that no command line takes for an option.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.adapters.vault import KEY_BYTES, decode, encode

CHECKPOINT_INFO: Final = b"keysmith audit checkpoint"
PREFIX: Final = "ed25519:"


class CheckpointSigner:
    """Signs with the key that is derived from one key of the audit log."""

    def __init__(self, key: bytes) -> None:
        seed = HKDF(SHA256(), KEY_BYTES, salt=None, info=CHECKPOINT_INFO).derive(key)
        self._private = Ed25519PrivateKey.from_private_bytes(seed)

    @cached_property
    def public(self) -> str:
        """The public key, as `audit key` prints it."""
        return PREFIX + encode(self._private.public_key().public_bytes_raw())

    def sign(self, statement: bytes) -> str:
        """Sign a statement."""
        return encode(self._private.sign(statement))


def is_public(text: str) -> bool:
    """Whether a text has the form of a public key, as `public` writes it."""
    if not text.startswith(PREFIX):
        return False
    try:
        raw = decode(text.removeprefix(PREFIX))
    except ValueError:
        return False
    return len(raw) == KEY_BYTES and PREFIX + encode(raw) == text


class CheckpointVerifier:
    """Verifies signatures of trusted public keys."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self.trusted = tuple(dict.fromkeys(trusted))

    @classmethod
    def of_keys(cls, keys: Sequence[bytes]) -> "CheckpointVerifier":
        """Trust the public keys that belong to the keys of the audit log."""
        return cls(CheckpointSigner(key).public for key in keys)

    def verifies(self, public: str, statement: bytes, signature: str) -> bool:
        """Whether `public` is trusted, and the signature of the statement is its own."""
        return public in self.trusted and self.signed_by(public, statement, signature)

    def signed_by(self, public: str, statement: bytes, signature: str) -> bool:
        """Whether the signature is of this key, which proves nothing if it is not trusted."""
        if not is_public(public):
            return False
        try:
            key, raw = (
                Ed25519PublicKey.from_public_bytes(decode(public.removeprefix(PREFIX))),
                decode(signature),
            )
            key.verify(raw, statement)
        except (InvalidSignature, ValueError):
            return False
        return encode(raw) == signature  # one signature has one text
