"""Stretches passphrases, and keeps what they become sealed under the bot's own keys.

PBKDF2-HMAC-SHA256 (RFC 8018), which browsers have in WebCrypto: the page derives the same key.
"""

import asyncio
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Final

from bot.adapters.vault import FieldSealer, encode, seal_bundle
from bot.domain.keys import Credentials
from bot.domain.links import SealedBundle
from bot.domain.passphrases import ROUNDS, Stretched
from bot.domain.pending import PendingCredentials
from bot.domain.secret import Secret
from bot.errors import SealError

SALT_BYTES: Final = 16
KEY_BYTES: Final = 32
KIND: Final = "passphrase"
"""What a sealed one begins with: no other sealed field passes for one."""
AT_ONCE: Final = 2
"""Passphrases that are stretched at once: each costs a good part of a second of a core."""


@dataclass(frozen=True)
class Passphrases:
    """Stretches and seals."""

    sealer: FieldSealer
    rounds: int = ROUNDS
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def keep(self, passphrase: Secret) -> str:
        """Stretch a folded passphrase and seal the result. May raise `StoreError`."""
        async with self.turns:
            salt = os.urandom(SALT_BYTES)
            made = await asyncio.to_thread(stretch, passphrase, salt, self.rounds)
        return self.sealer.seal(json.dumps([KIND, made.salt, made.key.show(), made.rounds]))

    def open(self, sealed: str) -> Stretched:
        """Open what was sealed.

        Raises:
            Unread: this process lacks its key.
            SealError: it was altered, or is another thing.

        """
        match json.loads(self.sealer.open(sealed) or "null"):
            case [kind, str() as salt, str() as key, int() as rounds] if kind == KIND:
                return Stretched(salt, Secret(key), rounds)
            case _:
                raise SealError("it is no passphrase")

    def seal_bundle(self, credentials: Credentials, pending: PendingCredentials) -> SealedBundle:
        """Seal credentials, under their passphrase too if they have one. Raises as `open`."""
        kept = pending.passphrase
        return seal_bundle(credentials, pending, self.open(kept) if kept else None)


def stretch(passphrase: Secret, salt: bytes, rounds: int = ROUNDS) -> Stretched:
    """Derive the key of a folded passphrase."""
    text = passphrase.show().encode()
    key = hashlib.pbkdf2_hmac("sha256", text, salt, rounds, KEY_BYTES)
    return Stretched(encode(salt), Secret(encode(key)), rounds)
