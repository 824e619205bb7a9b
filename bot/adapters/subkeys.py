"""Keyed hashes under a subkey of each of `KEYSMITH_KEYS` (HKDF-SHA256, RFC 5869), by purpose.

A hash names its key, so one that was made before a change of the signing key is still compared.
"""

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.adapters.keyring import Keyring
from bot.errors import Unread

KEY_BYTES: Final = 32
KEY_ID_DIGITS: Final = 8
MAC_DIGITS: Final = 32


class Subkeys:
    """Hashes under the signing key, and again under the key that a hash names."""

    def __init__(self, keyring: Keyring, info: bytes) -> None:
        self._keyring = keyring
        derived = [HKDF(SHA256(), KEY_BYTES, None, info).derive(key) for key in keyring.keys]
        self._keys = {sha256(info + key).hexdigest()[:KEY_ID_DIGITS]: key for key in derived}
        self._ids = tuple(self._keys)

    def hash(self, covered: bytes) -> str:
        """Hash under the signing key. Raises as `Keyring.place`."""
        return self._hash(self._ids[self._keyring.place], covered)

    def again(self, hashed: str, covered: bytes) -> str:
        """Hash under the key of another hash. Raises `Unread` where that key is lacking."""
        key_id = hashed.partition(".")[0]
        if key_id not in self._keys:
            unread = Unread(f"a keyed hash is of a key that this process lacks: {key_id}")
            unread.lacks = key_id
            raise unread
        return self._hash(key_id, covered)

    def _hash(self, key_id: str, covered: bytes) -> str:
        return f"{key_id}.{hmac.new(self._keys[key_id], covered, sha256).hexdigest()[:MAC_DIGITS]}"


def address_marks(keyring: Keyring) -> Callable[[str], str]:
    """Give what hashes the addresses of visitors, for the audit log."""
    keys = Subkeys(keyring, b"keysmith address of a visitor")
    return lambda address: keys.hash(address.encode())
