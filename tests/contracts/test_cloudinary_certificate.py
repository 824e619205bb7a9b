import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, TCPConnector

from bot.adapters.cedar.rights import key_right
from bot.adapters.cloudinary.client import Cloudinary
from bot.adapters.cloudinary.retry import Retries
from bot.adapters.cloudinary.transport import Transport
from bot.errors import Unavailable
from sandbox import at_cloudinary
from tests.contracts.cloudinary_twin import ACCOUNT, Twin, twin
from tests.fakes.still_time import StillTime

HERE = "127.0.0.1"


@asynccontextmanager
async def through_tls(
    it: Twin, name: str, *, trusting: bool = True, expired: bool = False
) -> AsyncIterator[Cloudinary]:
    """Build a client whose server has a certificate for this name."""
    wanted = {"names": [name], "expired": expired}
    async with it.session.post(f"{it.url}/sandbox/certificate", json=wanted) as answer:
        door = await answer.json()
    context = ssl.create_default_context(cadata=door["authority"] if trusting else None)
    async with ClientSession(connector=TCPConnector(ssl=context)) as session:
        retries, timing = Retries(attempts=1), StillTime().timing
        transport = Transport(session, ACCOUNT, door["url"], retries=retries, timing=timing)
        yield Cloudinary(transport, rights=key_right)


async def requests_at(it: Twin) -> list[object]:
    """Every call that reached the server."""
    async with it.session.get(f"{it.url}/sandbox/requests") as answer:
        found: list[object] = (await answer.json())["requests"]
        return found


async def test_a_certificate_of_the_right_name_is_accepted() -> None:
    """This shows that the refusals below are due to the certificate"""
    async with twin() as it, through_tls(it, HERE) as client:
        assert len(at_cloudinary.ENVIRONMENTS) == len(await client.environments())


@pytest.mark.parametrize(
    ("name", "trusting", "expired", "said"),
    [
        ("elsewhere.example", True, False, "is for another address"),
        (HERE, False, False, "is of an authority"),
        (HERE, True, True, "has expired"),
    ],
    ids=["name", "authority", "expired"],
)
async def test_a_certificate_that_does_not_hold_gets_no_request(
    name: str, said: str, *, trusting: bool, expired: bool
) -> None:
    """The account key is never sent to another server, and the error says what is wrong with it"""
    words = f"could not be reached: the certificate of {HERE} {said}"
    async with twin() as it, through_tls(it, name, trusting=trusting, expired=expired) as client:
        with pytest.raises(Unavailable, match=words) as caught:
            await client.environments()

        assert not caught.value.maybe_done
        assert [] == await requests_at(it)
