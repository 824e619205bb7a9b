"""Marks of pairs: keyed hashes that tell whether a secret is one that was seen, and no more."""

import hmac
import json
from typing import Final

from bot.adapters.keyring import Keyring
from bot.adapters.subkeys import Subkeys
from bot.domain.leaks import Pair

INFO: Final = b"keysmith leaked pair"


class PairMarks:
    """Marks pairs under the signing key, and compares under any."""

    def __init__(self, keyring: Keyring) -> None:
        self._keys = Subkeys(keyring, INFO)

    def mark(self, pair: Pair) -> str:
        """Mark a pair. Raises as `Keyring.place`."""
        return self._keys.hash(_covered(pair))

    def is_of(self, mark: str, pair: Pair) -> bool:
        """Whether a mark is one of this pair. Raises `Unread` where its key is lacking."""
        return hmac.compare_digest(self._keys.again(mark, _covered(pair)), mark)


def _covered(pair: Pair) -> bytes:
    return json.dumps([pair.api_key, pair.secret.show()]).encode()
