"""One system for the stories; each begins with both twins as they were seeded."""

from collections.abc import AsyncIterator

import pytest

from tests.scenarios.presses import drained
from tests.scenarios.system import System, running_system


@pytest.fixture(scope="session")
async def built(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """Both twins and a bot, for the whole run."""
    async with running_system(tmp_path_factory.mktemp("house")) as one:
        yield one


@pytest.fixture
async def system(built: System) -> AsyncIterator[System]:
    """The system, seeded anew; its traffic with the account keeps to Cloudinary's document."""
    await built.act("reset")
    await built.cloudinary("reset", "POST")
    await built.cloudinary("requests", "DELETE")
    yield built
    assert built.api_watch.faults() == []


@pytest.fixture
async def calm(system: System) -> AsyncIterator[System]:
    """The same; at the end the bot has said what it had to."""
    yield system
    await drained(system)
