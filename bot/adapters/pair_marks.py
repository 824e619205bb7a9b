"""Marks of pairs: keyed hashes that tell whether a secret is one that was seen, and no more.

HMAC-SHA256 under a subkey of each of `KEYSMITH_KEYS` (HKDF-SHA256, RFC 5869). A mark names its key,
so one that was made before a change of the signing key is still compared.
"""

import hmac
import json
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.adapters.keyring import Keyring
from bot.domain.leaks import Pair
from bot.errors import Unread

INFO: Final = b"keysmith leaked pair"
KEY_BYTES: Final = 32
KEY_ID_DIGITS: Final = 8
MAC_DIGITS: Final = 32


class PairMarks:
    """Marks pairs under the signing key, and compares under any."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        derived = [HKDF(SHA256(), KEY_BYTES, None, INFO).derive(key) for key in keyring.keys]
        self._keys = {sha256(INFO + key).hexdigest()[:KEY_ID_DIGITS]: key for key in derived}
        self._ids = tuple(self._keys)

    def mark(self, pair: Pair) -> str:
        """Mark a pair. Raises as `Keyring.place`."""
        return self._mark(self._ids[self._keyring.place], pair)

    def is_of(self, mark: str, pair: Pair) -> bool:
        """Whether a mark is one of this pair. Raises `Unread` where its key is lacking."""
        key_id = mark.partition(".")[0]
        if key_id not in self._keys:
            unread = Unread(
                f"a leaked pair is marked under a key that this process lacks: {key_id}"
            )
            unread.lacks = key_id
            raise unread
        return hmac.compare_digest(self._mark(key_id, pair), mark)

    def _mark(self, key_id: str, pair: Pair) -> str:
        covered = json.dumps([pair.api_key, pair.secret.show()]).encode()
        return f"{key_id}.{hmac.new(self._keys[key_id], covered, sha256).hexdigest()[:MAC_DIGITS]}"
