"""A client of the sandbox's Cloudinary."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.adapters.cedar.rights import key_right
from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.client import Cloudinary
from bot.adapters.cloudinary.retry import Retries
from bot.adapters.cloudinary.transport import Transport
from bot.domain.secret import Secret
from sandbox import at_cloudinary
from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET, create_app
from tests.fakes.still_time import StillTime

ACCOUNT: Final = AccountCredentials(ACCOUNT_KEY, Secret(ACCOUNT_SECRET), at_cloudinary.ACCOUNT_ID)


@dataclass(frozen=True)
class Twin:
    """The client and its server."""

    client: Cloudinary
    session: ClientSession
    url: str

    async def plan(self, method: str, kind: str, **more: object) -> None:
        """Make calls of this method fail."""
        plan = {"method": method, "path": "*", "kind": kind, **more}
        async with self.session.post(f"{self.url}/sandbox/faults", json=plan) as answer:
            answer.raise_for_status()


@asynccontextmanager
async def twin(
    account: AccountCredentials = ACCOUNT,
    *,
    permissions: bool = False,
    secrets_on_read: bool = True,
) -> AsyncIterator[Twin]:
    """Run the server on a free port, freshly seeded; the client's waits take no time."""
    app = create_app(permissions=permissions, secrets_on_read=secrets_on_read)
    async with TestServer(app) as server, ClientSession() as session:
        url = str(server.make_url(""))
        retries, timing = Retries(attempts=3), StillTime().timing
        transport = Transport(session, account, url, retries=retries, timing=timing)
        yield Twin(Cloudinary(transport, rights=key_right), session, url)
