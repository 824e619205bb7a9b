import socket
from collections.abc import AsyncIterator

import pytest

from bot.adapters.cloudinary.client import Cloudinary
from bot.errors import RateLimited, Unavailable
from tests.contracts.cloudinary_at import (
    FORBIDDEN,
    LIMITED,
    MADE,
    MADE_ENABLED,
    SECRET,
    UNCLEAR,
    client_of,
)
from tests.fakes.every_call import PLACE
from tests.fakes.scripted_http import Scene, ScriptedServer, answer
from tests.fakes.still_time import StillTime


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """Start a server without a script."""
    async with ScriptedServer() as running:
        yield running


@pytest.fixture
async def client(server: ScriptedServer) -> AsyncIterator[Cloudinary]:
    """Build a client that tries three times."""
    async with client_of(server.url, StillTime()) as built:
        yield built


@pytest.mark.parametrize("scene", UNCLEAR.values(), ids=UNCLEAR)
async def test_creating_a_key_is_never_repeated(
    server: ScriptedServer, client: Cloudinary, scene: Scene
) -> None:
    """After an unclear answer the error says that the key may exist"""
    server.plays(scene, MADE)

    with pytest.raises(Unavailable) as caught:
        await client.create_key(PLACE, "ci-bot")

    assert caught.value.maybe_done
    assert [seen.method for seen in server.seen] == ["POST"]


async def test_a_limit_on_creating_a_key_has_a_known_result(
    server: ScriptedServer, client: Cloudinary
) -> None:
    """A limit stops the call before the change, and still it is not repeated"""
    server.plays(LIMITED, MADE)

    with pytest.raises(RateLimited, match="slow down"):
        await client.create_key(PLACE, "ci-bot")

    assert [seen.method for seen in server.seen] == ["POST"]


async def test_a_refused_connection_has_a_known_result() -> None:
    """Without a connection no change was made"""
    with socket.socket() as bound:  # bound, not listening: no other process gets the port
        bound.bind(("127.0.0.1", 0))
        async with client_of(f"http://127.0.0.1:{bound.getsockname()[1]}", StillTime()) as client:
            with pytest.raises(Unavailable) as caught:
                await client.create_key(PLACE, "ci-bot")

    assert not caught.value.maybe_done
    assert "Cloudinary could not be reached: 127.0.0.1 accepts no" in caught.value.message


async def test_a_redirect_is_not_followed(server: ScriptedServer, client: Cloudinary) -> None:
    """The account key goes to Cloudinary only"""
    server.plays(answer({}, 307, Location=f"{server.url}/elsewhere"), MADE)

    with pytest.raises(Unavailable, match="status 307"):
        await client.create_key(PLACE, "ci-bot")

    assert [seen.method for seen in server.seen] == ["POST"]


async def test_a_key_created_enabled_is_disabled_at_once(
    server: ScriptedServer, client: Cloudinary
) -> None:
    """The client returns the key disabled, even if Cloudinary creates it enabled"""
    server.plays(MADE_ENABLED, MADE)

    made = await client.create_key(PLACE, "ci-bot")

    assert [seen.method for seen in server.seen] == ["POST", "PUT"]
    assert server.seen[-1].body == b'{"enabled": false}'
    assert made.credentials
    assert (made.key.enabled, made.credentials.api_secret.show()) == (False, SECRET)


@pytest.mark.parametrize("second", [FORBIDDEN, MADE_ENABLED], ids=["refused", "without effect"])
async def test_a_key_that_stays_enabled_is_not_returned(
    server: ScriptedServer, client: Cloudinary, second: Scene
) -> None:
    """The key exists, so the error has `maybe_done`"""
    server.plays(MADE_ENABLED, second)

    with pytest.raises(Unavailable) as caught:
        await client.create_key(PLACE, "ci-bot")

    assert caught.value.maybe_done
