"""One system for all stories; each story begins with the sandbox's seed."""

from collections.abc import AsyncIterator

import pytest

from bot.adapters.redis.names import REQUESTS_PENDING, request
from bot.adapters.redis.request_json import loads
from tests.contracts.lifetimes import WITHOUT_END, undocumented
from tests.scenarios.presses import drained, fresh
from tests.scenarios.system import PLATFORM, System, running_system


@pytest.fixture(scope="package")
async def built(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """The sandbox and a bot, for all tests of this directory that follow one another.

    Its timers take CPU for as long as it lives: one per worker to the end costs minutes.
    """
    async with running_system(tmp_path_factory.mktemp("system")) as one:
        yield one


@pytest.fixture
async def system(built: System) -> AsyncIterator[System]:
    """The system, reset to its seed; afterwards its traffic and what Redis keeps are checked."""
    await fresh(built)
    await built.cloudinary("requests", "DELETE")
    yield built
    assert built.api_watch.faults() == []
    endless = await built.redis("EVAL", WITHOUT_END, "0")
    assert isinstance(endless, list)
    assert [] == undocumented([key.decode() for key in endless])


async def cancel_all(system: System) -> None:
    """Cancel every waiting request, as its requester does."""
    waiting = await system.redis("ZRANGE", REQUESTS_PENDING, "0", "-1")
    for id_ in waiting if isinstance(waiting, list) else []:
        stored = await system.redis("HGET", request(id_.decode()), "doc")
        assert isinstance(stored, bytes)
        by = loads(stored.decode(), "").terms.requester.user_id
        await system.act("command", user=by, channel=PLATFORM, text=f"cancel {id_.decode()}")


@pytest.fixture
async def calm(system: System) -> AsyncIterator[System]:
    """The same system, without waiting requests, and with empty queues before and after.

    Slack's pace is a message a second, and a person may have only so many waiting requests.
    """
    await cancel_all(system)
    await drained(system)
    yield system
    await drained(system)
