"""One house for the stories; each begins with both twins as they were seeded."""

from collections.abc import AsyncIterator

import pytest

from tests.scenarios.house import House, house
from tests.scenarios.presses import drained


@pytest.fixture(scope="session")
async def built(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Both twins and a bot, for the whole run."""
    async with house(tmp_path_factory.mktemp("house")) as one:
        yield one


@pytest.fixture
async def home(built: House) -> AsyncIterator[House]:
    """The house, seeded anew; its traffic with the account keeps to Cloudinary's document."""
    await built.act("reset")
    await built.cloudinary("reset", "POST")
    await built.cloudinary("requests", "DELETE")
    yield built
    assert built.witness.faults() == []


@pytest.fixture
async def calm(home: House) -> AsyncIterator[House]:
    """The same; at the end the bot has said what it had to."""
    yield home
    await drained(home)
