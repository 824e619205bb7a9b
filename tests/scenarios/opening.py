"""Opens a link as its page does; written from the documented rules, without the bot's code."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.scenarios.system import System

Json = dict[str, Any]


def decoded(text: str) -> bytes:
    """Decode base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def proof_of(link: str) -> str:
    """Derive the proof that the page posts."""
    key = decoded(link.partition("#")[2])
    derived = HKDF(SHA256(), 32, salt=bytes(32), info=b"keysmith link proof").derive(key)
    return base64.urlsafe_b64encode(derived).rstrip(b"=").decode()


async def whose(system: System, link: str, proof: str | None = None) -> tuple[int, Json]:
    """Ask for the link's owner, as the page does before a press."""
    return await _post(system, link, {"proof": proof or proof_of(link), "whose": True})


async def press(
    system: System, link: str, proof: str | None = None, visit: str = ""
) -> tuple[int, Json]:
    """Press Reveal; `visit` identifies the open page."""
    body = {"proof": proof_of(link) if proof is None else proof}
    return await _post(system, link, body | ({"visit": visit} if visit else {}))


async def _post(system: System, link: str, body: Json) -> tuple[int, Json]:
    async with system.session.post(link.partition("#")[0], json=body) as answer:
        return answer.status, await answer.json()


async def open_link(system: System, link: str, visit: str = "") -> Json:
    """Press Reveal, and decrypt the credentials."""
    status, answer = await press(system, link, visit=visit)
    assert status == 200, answer
    path, _, key = link.partition("#")
    raw = decoded(answer["sealed"])
    bound_to = (
        f"keysmith/1/{path.partition('?')[0].rpartition('/')[2]}/{answer['fingerprint']}".encode()
    )
    opened: Json = json.loads(AESGCM(decoded(key)).decrypt(raw[:12], raw[12:], bound_to))
    return opened
