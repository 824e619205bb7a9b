import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from bot.adapters.cloudinary.client import Cloudinary
from bot.adapters.cloudinary.transport import BODY_LIMIT
from bot.adapters.redis.places import Places
from bot.errors import Forbidden, RateLimited, Unavailable
from tests.contracts.cloudinary_at import (
    BUSY,
    CUT,
    FORBIDDEN,
    GARBAGE,
    KEY,
    KEYS,
    LIMITED,
    UNCLEAR,
    client_of,
    in_operation,
)
from tests.fakes.scripted_http import Scene, ScriptedServer, answer
from tests.fakes.still_time import StillTime

SCENES = {"420": answer({}, 420), "429": LIMITED, **UNCLEAR}


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """Start a server without a script."""
    async with ScriptedServer() as running:
        yield running


@pytest.fixture
def time() -> StillTime:
    """Time that stands still."""
    return StillTime()


@pytest.fixture
async def client(server: ScriptedServer, time: StillTime) -> AsyncIterator[Cloudinary]:
    """Build a client that tries three times."""
    async with client_of(server.url, time) as built:
        yield built


async def test_a_read_is_repeated_with_growing_pauses(
    server: ScriptedServer, client: Cloudinary, time: StillTime
) -> None:
    """The client waits for a passing failure to end"""
    server.plays(BUSY, CUT, KEYS)

    keys = await client.keys("e1")

    assert [key.api_key for key in keys] == ["815"]
    assert time.waits == [0.5, 1.0]


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
async def test_a_passing_failure_is_tried_again(
    server: ScriptedServer, client: Cloudinary, scene: Scene
) -> None:
    """Rate limits, server errors and broken connections are passing failures"""
    server.plays(scene, KEYS)

    keys = await client.keys("e1")

    assert [key.api_key for key in keys] == ["815"]


async def test_attempts_end(server: ScriptedServer, client: Cloudinary) -> None:
    """After the last attempt the error is raised; a read leaves nothing uncertain"""
    server.plays(BUSY)

    with pytest.raises(Unavailable) as caught:
        await client.keys("e1")

    assert (
        caught.value.message,
        caught.value.status,
        caught.value.maybe_done,
    ) == ("busy", 503, False)
    assert [seen.method for seen in server.seen] == ["GET"] * 3


async def test_a_refusal_is_final(server: ScriptedServer, client: Cloudinary) -> None:
    """A refused call is not repeated"""
    server.plays(FORBIDDEN, KEYS)

    with pytest.raises(Forbidden, match="Not allowed"):
        await client.keys("e1")

    assert [seen.method for seen in server.seen] == ["GET"]


async def test_an_unknown_result_stays_unknown_after_a_later_refusal(
    server: ScriptedServer, client: Cloudinary
) -> None:
    """A change that may have been made stays uncertain, whatever a later attempt gets"""
    server.plays(CUT, FORBIDDEN)

    with pytest.raises(Unavailable, match="Not allowed") as caught:
        await client.set_enabled("e1", "815", enabled=True)

    assert caught.value.maybe_done


async def test_cloudinarys_wait_is_kept(
    server: ScriptedServer, client: Cloudinary, time: StillTime
) -> None:
    """`Retry-After: 7` gives a pause of seven seconds"""
    server.plays(answer({}, 429, Retry_After="7"), KEYS)

    await client.keys("e1")

    assert time.waits == [7.0]


async def test_a_wait_beyond_the_budget_is_reported(
    server: ScriptedServer, client: Cloudinary, time: StillTime
) -> None:
    """The call fails at once, and the error has the wait of an hour"""
    an_hour_on = "Sun, 01 Mar 2026 13:00:00 GMT"
    server.plays(answer({}, 420, X_FeatureRateLimit_Reset=an_hour_on))

    with pytest.raises(RateLimited) as caught:
        await client.keys("e1")

    assert caught.value.retry_after == 3600.0
    assert time.waits == []


async def test_a_call_that_cloudinary_slows_down_leaves_its_place_to_others(
    server: ScriptedServer,
) -> None:
    """As with Slack: one person's wait keeps no other person waiting, and the call is repeated"""
    server.plays(answer({}, 429, Retry_After="0"), KEYS)
    places = Places(1, 1)

    async def ask(account: Cloudinary) -> list[str]:
        async with places.place("tom"):
            return [key.api_key for key in await account.keys("e1")]

    async with ClientSession() as session, asyncio.timeout(5):
        asking = asyncio.create_task(ask(in_operation(server.url, session)))
        await asyncio.sleep(0)  # it has the only place
        async with places.place("mia"):
            assert not asking.done()
        assert await asking == ["815"]


async def test_silence_ends_with_unknown_result(server: ScriptedServer, time: StillTime) -> None:
    """A change without an answer within the budget may have been made"""
    server.plays(Scene(hold=True))

    async with client_of(server.url, time, budget=0.2, attempts=1) as client:
        with pytest.raises(Unavailable, match="in time") as caught:
            await client.rename("e1", "815", "ci")

    assert caught.value.maybe_done


async def test_half_an_answer_ends_in_time(server: ScriptedServer, time: StillTime) -> None:
    """A body that never ends fails with the budget"""
    server.plays(Scene(KEYS.sends[:-20], hold=True))

    async with client_of(server.url, time, budget=0.2, attempts=1) as client:
        with pytest.raises(Unavailable, match="did not end in time"):
            await client.keys("e1")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
async def test_a_huge_answer_is_not_read_to_its_end(
    server: ScriptedServer, time: StillTime, *, packed: bool
) -> None:
    """An answer cannot fill the memory, compressed or not"""
    huge = b" " * (BODY_LIMIT + 1)
    server.plays(answer(gzip.compress(huge), Content_Encoding="gzip") if packed else answer(huge))

    async with client_of(server.url, time, attempts=1) as client:
        with pytest.raises(Unavailable, match="too large"):
            await client.keys("e1")


async def test_logs_show_no_more_than_the_path(server: ScriptedServer, client: Cloudinary) -> None:
    """No query, id, body or account key is logged"""
    server.plays(answer({"users": [{**KEY, "id": "u1", "pending": False}]}))

    with capture_logs() as logs:
        await client.users_by_email("tom@lumen.example")

    (line,) = logs
    assert line == {
        "event": "cloudinary",
        "log_level": "debug",
        "method": "GET",
        "operation": "get_users",
        "outcome": 200,
        "ms": 0,
    }


async def test_an_error_carries_no_request(server: ScriptedServer, client: Cloudinary) -> None:
    """The HTTP library's errors hold our headers, so none is a cause or context"""
    server.plays(GARBAGE)

    with pytest.raises(Unavailable) as caught:
        await client.keys("e1")

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
