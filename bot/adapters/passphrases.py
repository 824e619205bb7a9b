"""Stretches passphrases, and keeps what they become sealed under the bot's own keys.

PBKDF2-HMAC-SHA256 (RFC 8018), which browsers have in WebCrypto: the page derives the same key. It
takes half a second of a core, which no ack waits for: a job has the passphrase as it was typed,
sealed, and its worker stretches it before anything else. No link is made from a typed one.

Each is kept behind its salt, which tells whether two are one: `c2FsdA:1f0c9a7e.…`.
"""

import asyncio
import hashlib
import json
import os
from dataclasses import dataclass, field, replace
from typing import Final

from bot.adapters.vault import FieldSealer, decode, encode, seal_bundle
from bot.domain.jobs import Job
from bot.domain.keys import Credentials
from bot.domain.links import SealedBundle
from bot.domain.passphrases import ROUNDS, Stretched
from bot.domain.pending import PendingCredentials
from bot.domain.secret import Secret
from bot.errors import SealError

SALT_BYTES: Final = 16
KEY_BYTES: Final = 32
TYPED: Final = "typed passphrase"
STRETCHED: Final = "passphrase"
"""What a sealed one begins with: no other sealed field passes for one."""
AT_ONCE: Final = 2
"""Passphrases that are stretched at once."""


@dataclass(frozen=True)
class Passphrases:
    """Seals, stretches and opens them. Each method may raise `StoreError` for the lack of a key."""

    sealer: FieldSealer
    rounds: int = ROUNDS
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def seal(self, passphrase: Secret) -> str:
        """Seal a folded passphrase, for a job."""
        return self._sealed(encode(os.urandom(SALT_BYTES)), TYPED, passphrase.show())

    async def stretched(self, job: Job) -> Job:
        """Stretch the passphrase of a job, if it has one. May raise `SealError`."""
        if not job.passphrase:
            return job
        salt, _, sealed = job.passphrase.partition(":")
        (typed,) = self._opened(sealed, TYPED, salt)
        async with self.turns:
            made = await asyncio.to_thread(stretch, Secret(typed), decode(salt), self.rounds)
        kept = self._sealed(salt, STRETCHED, made.key.show(), str(made.rounds))
        return replace(job, passphrase=kept)

    def open(self, kept: str) -> Stretched:
        """Open one that was stretched. May raise `SealError`: it was altered, or is another."""
        salt, _, sealed = kept.partition(":")
        key, rounds = self._opened(sealed, STRETCHED, salt)
        return Stretched(salt, Secret(key), int(rounds))

    def seal_bundle(self, credentials: Credentials, pending: PendingCredentials) -> SealedBundle:
        """Seal credentials, under their passphrase too if they have one. Raises as `open`."""
        kept = pending.passphrase
        return seal_bundle(credentials, pending, self.open(kept) if kept else None)

    def _sealed(self, salt: str, kind: str, *parts: str) -> str:
        return f"{salt}:{self.sealer.seal(json.dumps([kind, salt, *parts]))}"

    def _opened(self, sealed: str, kind: str, salt: str) -> list[str]:
        found = json.loads(self.sealer.open(sealed) or "null")
        if not isinstance(found, list) or found[:2] != [kind, salt]:
            raise SealError("it is no passphrase, or has not been stretched")
        return [str(each) for each in found[2:]]


def stretch(passphrase: Secret, salt: bytes, rounds: int = ROUNDS) -> Stretched:
    """Derive the key of a folded passphrase."""
    text = passphrase.show().encode()
    key = hashlib.pbkdf2_hmac("sha256", text, salt, rounds, KEY_BYTES)
    return Stretched(encode(salt), Secret(encode(key)), rounds)
