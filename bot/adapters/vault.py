"""Sealing: bundles under keys that only their links hold, small fields under the bot's own keys.

AES-256-GCM throughout (NIST SP 800-38D), nonces random and never reused since a link's key seals
once; HKDF-SHA256 (RFC 5869) derives what is not the key itself.
"""

import base64
import json
import os
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.adapters.keyring import Keyring
from bot.domain.keys import Credentials
from bot.domain.links import SealedBundle
from bot.domain.passphrases import Lock, Stretched
from bot.domain.pending import PendingCredentials
from bot.domain.secret import Secret
from bot.errors import SealError, Unread

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""The length that GCM is specified for."""
LINK_ID_BYTES: Final = 16
PROOF_INFO: Final = b"keysmith link proof"
CONTENT_INFO: Final = b"keysmith link content"
PASSPHRASE_INFO: Final = b"keysmith passphrase proof"
FIELD_INFO: Final = b"keysmith sealed field"
SIGN_IN_INFO: Final = b"keysmith sign-in"
"""Of what a browser carries: no field of Redis passes for it."""
KEY_ID_DIGITS: Final = 8


def seal_bundle(
    credentials: Credentials, pending: PendingCredentials, stretched: Stretched | None = None
) -> SealedBundle:
    """Seal credentials under a fresh key that only the link holds, and under their passphrase.

    Raises:
        SealError: they have a passphrase, and it is not here.

    """
    if pending.passphrase and stretched is None:
        raise SealError("the passphrase of these credentials is missing")
    link_id = encode(os.urandom(LINK_ID_BYTES))
    key = AESGCM.generate_key(8 * KEY_BYTES)
    bundle = {
        "cloud_name": credentials.cloud_name,
        "api_key": credentials.api_key,
        "api_secret": credentials.api_secret.show(),
        "url": credentials.url.show(),
        "environment": pending.environment_name,
        "name": pending.name,
    }
    bound_to = associated_data(link_id, pending.fingerprint)
    content = content_key(key, stretched) if stretched else key
    ciphertext = _seal(AESGCM(content), json.dumps(bundle).encode(), bound_to)
    proof, secret = hash_proof(proof_of(key)), Secret(encode(key))
    return SealedBundle(link_id, ciphertext, proof, secret, _lock(key, stretched))


def _lock(key: bytes, stretched: Stretched | None) -> Lock | None:
    if stretched is None:
        return None
    return Lock(stretched.salt, stretched.rounds, hash_proof(passphrase_proof(key, stretched)))


def content_key(key: bytes, stretched: Stretched) -> bytes:
    """Derive what credentials with a passphrase are sealed under: the page does the same."""
    return _with_passphrase(key, stretched, CONTENT_INFO)


def passphrase_proof(key: bytes, stretched: Stretched) -> Secret:
    """Derive what the page posts for a passphrase; it needs the key of the link too."""
    return Secret(encode(_with_passphrase(key, stretched, PASSPHRASE_INFO)))


def _with_passphrase(key: bytes, stretched: Stretched, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=key, info=info).derive(decode(stretched.key.show()))


def open_bundle(
    sealed: str, key: str, link_id: str, fingerprint: str, stretched: Stretched | None = None
) -> dict[str, str]:
    """Open a bundle as the page does.

    Raises:
        SealError: another key, link or fingerprint, or it was altered.

    """
    bound_to = associated_data(link_id, fingerprint)
    content = content_key(decode(key), stretched) if stretched else decode(key)
    opened: dict[str, str] = json.loads(_open(content, sealed, bound_to))
    return opened


def associated_data(link_id: str, fingerprint: str) -> bytes:
    """Build what a ciphertext is bound to; the page builds the same."""
    return f"keysmith/1/{link_id}/{fingerprint}".encode()


def proof_of(key: bytes) -> Secret:
    """Derive what the page posts: it proves the fragment key without disclosing it."""
    return Secret(encode(HKDF(SHA256(), KEY_BYTES, salt=None, info=PROOF_INFO).derive(key)))


def hash_proof(proof: Secret) -> str:
    """Hash a proof, as it is stored."""
    return sha256(proof.show().encode(errors="replace")).hexdigest()


class FieldSealer:
    """Seals small fields at rest under the signing key, and opens them under any."""

    def __init__(self, keyring: Keyring, info: bytes = FIELD_INFO) -> None:
        derived = [_field_key(key, info) for key in keyring.keys]
        # Ciphers are kept: to set one up costs more than to seal a field, before every ack.
        self._keys = {_field_key_id(key): AESGCM(key) for key in derived}
        self._keyring = keyring
        self.ids = tuple(self._keys)
        """Ids as in sealed fields, in the order of the keyring."""

    def seal(self, text: str) -> str:
        """Seal a field; an empty one stays empty. Raises as `Keyring.place`."""
        if not text:
            return ""
        key_id = self.ids[self._keyring.place]
        return f"{key_id}.{_seal(self._keys[key_id], text.encode(), key_id.encode())}"

    def open(self, sealed: str) -> str:
        """Open a field.

        Raises:
            Unread: this process lacks its key.
            SealError: it was altered.

        """
        if not sealed:
            return ""
        key_id, _, rest = sealed.partition(".")
        key = self._keys.get(key_id)
        if key is None:
            unread = Unread(f"it is sealed under a key that this process lacks: {key_id[:8]}")
            unread.lacks = key_id[:8]
            raise unread
        return _open(key, rest, key_id.encode()).decode()


def sign_in_sealer(keyring: Keyring) -> FieldSealer:
    """Build what seals the cookies of a sign-in."""
    return FieldSealer(keyring, SIGN_IN_INFO)


def _field_key(key: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(key)


def _field_key_id(field_key: bytes) -> str:
    return sha256(field_key).hexdigest()[:KEY_ID_DIGITS]


def _seal(key: AESGCM, text: bytes, bound_to: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return encode(nonce + key.encrypt(nonce, text, bound_to))


def _open(key: AESGCM | bytes, sealed: str, bound_to: bytes) -> bytes:
    try:
        raw = decode(sealed)
        cipher = key if isinstance(key, AESGCM) else AESGCM(key)
        return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise SealError("it was altered, or sealed under another key") from None


def encode(raw: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Undo `encode`."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
