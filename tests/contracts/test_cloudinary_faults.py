import gzip
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from bot.adapters.cloudinary.client import Cloudinary
from bot.adapters.cloudinary.transport import BODY_LIMIT
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
    """Bring time that stands still."""
    return StillTime()


@pytest.fixture
async def client(server: ScriptedServer, time: StillTime) -> AsyncIterator[Cloudinary]:
    """Build a client that is as patient as three attempts."""
    async with client_of(server.url, time) as built:
        yield built


async def test_a_read_is_repeated_with_growing_pauses(
    server: ScriptedServer, client: Cloudinary, time: StillTime
) -> None:
    """What may pass is waited for"""
    server.plays(BUSY, CUT, KEYS)

    keys = await client.keys("e1")

    assert [key.api_key for key in keys] == ["815"]
    assert time.waits == [0.5, 1.0]


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
async def test_what_may_pass_is_tried_again(
    server: ScriptedServer, client: Cloudinary, scene: Scene
) -> None:
    """Limits, faults of the server and of the line are worth a second attempt"""
    server.plays(scene, KEYS)

    keys = await client.keys("e1")

    assert [key.api_key for key in keys] == ["815"]


async def test_patience_ends(server: ScriptedServer, client: Cloudinary) -> None:
    """After the last attempt the error is raised, and a read leaves no doubt"""
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
    """What was refused is not asked again"""
    server.plays(FORBIDDEN, KEYS)

    with pytest.raises(Forbidden, match="Not allowed"):
        await client.keys("e1")

    assert [seen.method for seen in server.seen] == ["GET"]


async def test_an_unknown_result_outlives_a_later_refusal(
    server: ScriptedServer, client: Cloudinary
) -> None:
    """A change that may have been done stays in doubt, whatever a repetition hears"""
    server.plays(CUT, FORBIDDEN)

    with pytest.raises(Unavailable, match="Not allowed") as caught:
        await client.set_enabled("e1", "815", enabled=True)

    assert caught.value.maybe_done


async def test_cloudinarys_wait_is_kept(
    server: ScriptedServer, client: Cloudinary, time: StillTime
) -> None:
    """Whoever asks for seven seconds gets them"""
    server.plays(answer({}, 429, Retry_After="7"), KEYS)

    await client.keys("e1")

    assert time.waits == [7.0]


async def test_a_wait_beyond_the_budget_is_handed_on(
    server: ScriptedServer, client: Cloudinary, time: StillTime
) -> None:
    """Nobody waits an hour; the error says how long it would be"""
    an_hour_on = "Sun, 01 Mar 2026 13:00:00 GMT"
    server.plays(answer({}, 420, X_FeatureRateLimit_Reset=an_hour_on))

    with pytest.raises(RateLimited) as caught:
        await client.keys("e1")

    assert caught.value.retry_after == 3600.0
    assert time.waits == []


async def test_silence_ends_with_unknown_result(server: ScriptedServer, time: StillTime) -> None:
    """A change without an answer within the budget may have been done"""
    server.plays(Scene(hold=True))

    async with client_of(server.url, time, budget=0.2, attempts=1) as client:
        with pytest.raises(Unavailable, match="in time") as caught:
            await client.rename("e1", "815", "ci")

    assert caught.value.maybe_done


async def test_half_an_answer_ends_in_time(server: ScriptedServer, time: StillTime) -> None:
    """A body that never ends is no reason to wait for ever"""
    server.plays(Scene(KEYS.sends[:-20], hold=True))

    async with client_of(server.url, time, budget=0.2, attempts=1) as client:
        with pytest.raises(Unavailable, match="did not end in time"):
            await client.keys("e1")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
async def test_a_huge_answer_is_not_read_to_its_end(
    server: ScriptedServer, time: StillTime, *, packed: bool
) -> None:
    """Memory is not for the other side to fill, not even with little on the wire"""
    huge = b" " * (BODY_LIMIT + 1)
    server.plays(answer(gzip.compress(huge), Content_Encoding="gzip") if packed else answer(huge))

    async with client_of(server.url, time, attempts=1) as client:
        with pytest.raises(Unavailable, match="too large"):
            await client.keys("e1")


async def test_logs_show_no_more_than_the_path(server: ScriptedServer, client: Cloudinary) -> None:
    """Neither a query, an id, a body nor the account key is logged"""
    server.plays(answer({"users": [{**KEY, "id": "u1", "pending": False}]}))

    with capture_logs() as logs:
        await client.users_by_email("tom@lumen.example")

    (line,) = logs
    assert line == {
        "event": "cloudinary",
        "log_level": "debug",
        "method": "GET",
        "path": "/v1_1/provisioning/accounts/{account_id}/users",
        "outcome": 200,
        "ms": 0,
    }


async def test_an_error_carries_no_request(server: ScriptedServer, client: Cloudinary) -> None:
    """The HTTP library's errors hold our headers, so none is passed on as a cause"""
    server.plays(GARBAGE)

    with pytest.raises(Unavailable) as caught:
        await client.keys("e1")

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
