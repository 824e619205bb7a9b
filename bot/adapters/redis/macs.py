"""MACs of stored records: what Redis holds is believed only if Keysmith wrote it.

A record is a hash with a field `mac`: HMAC-SHA256 under a subkey of `KEYSMITH_KEYS` (HKDF-SHA256,
RFC 5869, one for each kind), over the record's Redis key and all its fields. So a record that was
altered, completed, or copied to another key is found. `FORMAT` is part of it: another format is
another MAC.

The MAC proves who wrote a record, not when. The audit log does: `Ledger.commit` names the MAC of
each record that a step writes in the step's entry, so that `bot.adapters.redis.marks` knows the
newest one.
"""

import hmac
import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.adapters.keyring import Keyring
from bot.adapters.redis.names import CARD_MAC, KINDS, MAC, PREFIX

FORMAT: Final = "1"
INFO: Final = b"keysmith record "
KEY_BYTES: Final = 32
KEY_ID_DIGITS: Final = 8
MAC_DIGITS: Final = 32  # 128 bits, RFC 2104's half of the digest
_KEY_ID: Final = re.compile(rf"([0-9a-f]{{{KEY_ID_DIGITS}}})\.[0-9a-f]{{{MAC_DIGITS}}}\Z")
BESIDE: Final = frozenset({MAC, "card", CARD_MAC})
"""Fields that the record's MAC leaves out; where the card is has a MAC of its own."""


class Macs:
    """Signs records under the signing key, and checks them under any."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self.ids = tuple(sha256(INFO + key).hexdigest()[:KEY_ID_DIGITS] for key in keyring.keys)
        """Ids as in MACs, in the order of the keyring."""
        self._subkeys = {
            (key_id, kind): _derive(key, kind)
            for key_id, key in zip(self.ids, keyring.keys, strict=True)
            for kind in KINDS
        }

    def of(self, key: str, fields: Mapping[str, str]) -> str:
        """Compute the MAC of a record under its Redis key. Raises as `Keyring.place`."""
        return self._mac(self.ids[self._keyring.place], key, _whole(fields))

    def of_card(self, key: str, place: str) -> str:
        """Compute the MAC of the place of a request's card. Raises as `Keyring.place`."""
        return self._mac(self.ids[self._keyring.place], key, {"card": place})

    def holds(self, key: str, fields: Mapping[str, str]) -> bool:
        """Whether the record has a MAC of Keysmith's own."""
        return self._holds(key, fields.get(MAC, ""), _whole(fields))

    def card_holds(self, key: str, fields: Mapping[str, str]) -> bool:
        """Whether the place of the card has one."""
        return self._holds(key, fields.get(CARD_MAC, ""), {"card": fields.get("card", "")})

    def unknown(self, mac: str) -> str:
        """Give the id of a MAC's key that this process lacks; empty for any other text."""
        found = _KEY_ID.match(mac)
        return found[1] if found and found[1] not in self.ids else ""

    def _holds(self, key: str, found: str, fields: Mapping[str, str]) -> bool:
        key_id = found.partition(".")[0]
        known = (key_id, kind_of(key)) in self._subkeys
        return known and hmac.compare_digest(
            self._mac(key_id, key, fields).encode(), found.encode(errors="replace")
        )

    def _mac(self, key_id: str, key: str, fields: Mapping[str, str]) -> str:
        subkey = self._subkeys[key_id, kind_of(key)]
        covered = json.dumps([FORMAT, key, sorted(fields.items())]).encode()
        return f"{key_id}.{hmac.new(subkey, covered, sha256).hexdigest()[:MAC_DIGITS]}"


def kind_of(key: str) -> str:
    """Name the kind of a record: the part of its Redis key before the id."""
    return key.removeprefix(PREFIX).partition(":")[0]


def _whole(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name not in BESIDE}


def _derive(key: bytes, kind: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=INFO + kind.encode()).derive(key)
