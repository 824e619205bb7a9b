"""What a start says of Slack and Cloudinary: a fault on the way is waited for under its own name.

Only a refusal of a token or of the account key names a variable, and ends the start.
"""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final

import pytest
from aiohttp import ClientSession, TCPConnector

from bot.adapters.slack.client import Slack
from bot.cli.starting import wait_for
from bot.errors import TOKEN_REFUSED, CloudinaryError, ConfigurationError, SlackError
from tests.contracts.cloudinary_at import in_operation
from tests.contracts.test_network import HOST, certificate, closed, listening
from tests.fakes.scripted_http import Scene, ScriptedServer, answer

TOKEN: Final = "xoxb-hush"
FAULTS: Final = {
    "a name that is not found": "the name of none.invalid is not found (DNS)",
    "a port where nothing listens": "accepts no connection on port",
    "a certificate that has expired": "the certificate of localhost has expired",
    "a certificate of another authority": "the certificate of localhost is of an authority",
    "a server without TLS": "does not speak TLS on port",
}
VARIABLES: Final = ("SLACK_", "CLOUDINARY_", "token", "account URL")


@asynccontextmanager
async def at_fault(fault: str) -> AsyncIterator[tuple[str, ClientSession]]:
    """Give the address of a server that can't be reached, and a session on the way to it."""
    async with AsyncExitStack() as stack:
        trusted: str | None = None
        match fault:
            case "a name that is not found":
                url = "https://none.invalid"
            case "a port where nothing listens":
                bound, port = closed()
                stack.enter_context(bound)
                url = f"https://{HOST}:{port}"
            case "a server without TLS":
                url = f"https://{HOST}:{await stack.enter_async_context(listening(b'hello'))}"
            case _:
                expired = "expired" in fault
                authority, context = certificate(ends=timedelta(days=-1 if expired else 1))
                trusted = authority if expired else None
                url = (
                    f"https://localhost:{await stack.enter_async_context(listening(b'', context))}"
                )
        context = ssl.create_default_context(cadata=trusted)
        connector = TCPConnector(ssl=context)
        yield url, await stack.enter_async_context(ClientSession(connector=connector))


Look = Callable[[str, ClientSession], Awaitable[object]]


async def slack(url: str, session: ClientSession) -> object:
    """Look as the start does."""
    return await Slack(TOKEN, f"{url}/api/", session).workspace()


async def cloudinary(url: str, session: ClientSession) -> object:
    """Look as the start does."""
    return await in_operation(url, session, attempts=1).has_permissions_api()


async def told(look: Look, url: str, session: ClientSession, token: str = "") -> str:
    """Say why the service is waited for; raises where the start ends."""
    with pytest.raises((SlackError, CloudinaryError)) as failed:
        await look(url, session)
    return wait_for(failed.value, *filter(None, [token]))


@pytest.mark.parametrize("look", [slack, cloudinary])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_on_the_way_is_waited_for_under_its_own_name(fault: str, look: Look) -> None:
    """No setting is called wrong, and Slack's token and Cloudinary's account URL are not named"""
    async with at_fault(fault) as (url, session):
        said = await told(look, url, session)
    assert FAULTS[fault] in said
    assert [word for word in VARIABLES if word in said] == []


UNAVAILABLE: Final = {"ok": False, "error": "service_unavailable"}
BUSY: Final[dict[str, tuple[Look, Scene, str]]] = {
    "Slack, which has trouble": (
        slack,
        answer(UNAVAILABLE, 503, Content_Type="application/json"),
        "Slack has trouble of its own (service_unavailable)",
    ),
    "the page of a proxy, not Slack": (
        slack,
        answer(b"<html>", 502, Content_Type="text/html"),
        "Slack's address answers with status 502, and not as Slack does",
    ),
    "Cloudinary, which has trouble": (
        cloudinary,
        answer({"error": {"message": "busy"}}, 503),
        "busy",
    ),
    "the page of a proxy, not Cloudinary": (
        cloudinary,
        answer(b"<html>", 502),
        "a web page with status 502 came in place of Cloudinary's answer",
    ),
    "Cloudinary, which gets too many calls": (
        cloudinary,
        answer({"error": {"message": "slow down"}}, 429),
        "slow down",
    ),
}


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """Start a service that answers by a script."""
    async with ScriptedServer() as one:
        yield one


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """Open a session."""
    async with ClientSession() as one:
        yield one


@pytest.mark.parametrize("what", BUSY)
async def test_a_service_in_trouble_is_waited_for(
    what: str, server: ScriptedServer, session: ClientSession
) -> None:
    """In its own words where it has any"""
    look, scene, words = BUSY[what]
    server.plays(scene)
    assert await told(look, server.url, session) == words


async def ended(look: Look, scene: Scene, server: ScriptedServer, session: ClientSession) -> str:
    """Say how the start ends."""
    server.plays(scene)
    with pytest.raises(ConfigurationError) as refused:
        await told(look, server.url, session)
    said = str(refused.value)
    assert "hush" not in said
    assert "topsecret" not in said
    return said


@pytest.mark.parametrize("code", sorted(TOKEN_REFUSED))
async def test_a_refused_token_ends_the_start_and_is_named(
    code: str, server: ScriptedServer, session: ClientSession
) -> None:
    """With Slack's own code; the token of Socket Mode under its own name"""
    refused = answer({"ok": False, "error": code}, Content_Type="application/json")
    said = await ended(slack, refused, server, session)
    assert "SLACK_BOT_TOKEN" in said
    assert code in said
    with pytest.raises(ConfigurationError, match="SLACK_APP_TOKEN") as other:
        await told(slack, server.url, session, "SLACK_APP_TOKEN")
    assert "SLACK_BOT_TOKEN" not in str(other.value)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refuses the key or the secret in CLOUDINARY_ACCOUNT_URL"),
        (403, "Look at the account id in CLOUDINARY_ACCOUNT_URL, and at the key's roles"),
        (404, "Look at the account id in CLOUDINARY_ACCOUNT_URL, and at the key's roles"),
        (400, "Cloudinary refuses Keysmith's call: no such thing"),
    ],
)
async def test_a_refused_account_ends_the_start_and_is_named(
    status: int, words: str, server: ScriptedServer, session: ClientSession
) -> None:
    """With Cloudinary's own words, and without Slack's token"""
    refused = answer({"error": {"message": "no such thing"}}, status)
    said = await ended(cloudinary, refused, server, session)
    assert words in said
    assert "no such thing" in said
    assert "SLACK" not in said
