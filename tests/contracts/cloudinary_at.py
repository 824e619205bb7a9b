"""A client of the scripted server, shared by several test modules."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import ClientSession

from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.client import Cloudinary
from bot.adapters.cloudinary.retry import Retries
from bot.adapters.cloudinary.transport import Transport
from bot.domain.people import KeyRight
from bot.domain.secret import Secret
from tests.fakes.scripted_http import Scene, answer
from tests.fakes.still_time import StillTime

ACCOUNT: Final = AccountCredentials("814", Secret("topsecret"), "acc")
SECRET: Final = "QcsQcsMadeUpSecret-4_everyone"
KEY: Final = {"name": "ci-bot", "api_key": "815", "api_secret": SECRET, "enabled": False}
KEYS: Final = answer({"access_keys": [KEY], "total": 1})
MADE: Final = answer(KEY)
MADE_ENABLED: Final = answer({**KEY, "enabled": True})
BUSY: Final = answer({"error": {"message": "busy"}}, 503)
FORBIDDEN: Final = answer({"error": {"message": "Not allowed"}}, 403)
LIMITED: Final = answer({"error": {"message": "slow down"}}, 429)
CUT: Final = Scene()
GARBAGE: Final = Scene(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
UNCLEAR: Final = {
    "500": answer(b"oops", 500),
    "503": BUSY,
    "cut": CUT,
    "cut short": Scene(KEYS.sends[:-20]),
    "garbage": GARBAGE,
    "a web page": answer(b"<html>maintenance</html>"),
}
"""Answers after which the result is unknown, by name."""


def rights(
    statements: Sequence[str], user_id: str, group_ids: Sequence[str], account: Sequence[str]
) -> KeyRight:
    """Replace the evaluator: the result shows whether the arguments are the expected ones."""
    given = (*statements, user_id, *group_ids, *account)
    return KeyRight.MANAGE if given == ("u", "c", "g", "u1", "g1", "u", "c", "g") else KeyRight.NONE


@asynccontextmanager
async def client_of(
    url: str, time: StillTime, *, budget: float = 20.0, attempts: int = 3
) -> AsyncIterator[Cloudinary]:
    """Build a client whose waits take no time."""
    retries = Retries(attempts=attempts, base=0.5, cap=4.0, budget=budget)
    async with ClientSession() as session:
        transport = Transport(session, ACCOUNT, url, retries=retries, timing=time.timing)
        yield Cloudinary(transport, rights=rights)


def in_operation(url: str, session: ClientSession, attempts: int = Retries.attempts) -> Cloudinary:
    """Build a client that really waits between its attempts."""
    retries = Retries(attempts=attempts)
    return Cloudinary(Transport(session, ACCOUNT, url, retries=retries), rights=rights)
