"""The port of health and metrics where another process has it already."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from bot.app import Front
from bot.cli.listen import open_admin
from bot.errors import ConfigurationError
from bot.settings import Settings, read_settings
from sandbox.ports import HOST
from tests.unit.settings_made import REQUIRED
from tests.variables import variables


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What is open is closed at the end."""
    async with AsyncExitStack() as opened:
        yield opened


def settings(**more: str) -> Settings:
    """The required variables, and more."""
    with variables() as values:
        values.pop("ADMIN_PORT", None)
        values.update(REQUIRED | more)
        return read_settings(Settings)


async def opened(stack: AsyncExitStack, its: Settings) -> str:
    """Open the port; gives its address."""
    return await open_admin(Front(), its, stack)


async def test_a_port_that_is_given_and_taken_stops_the_start(stack: AsyncExitStack) -> None:
    """With the variable's name: what watches that port would watch another process"""
    first = await opened(stack, settings(ADMIN_PORT="0"))
    with pytest.raises(ConfigurationError, match=r"ADMIN_PORT.*in use"):
        await opened(stack, settings(ADMIN_PORT=first.rpartition(":")[2]))


async def test_without_a_given_port_the_later_process_takes_a_free_one(
    stack: AsyncExitStack,
) -> None:
    """And logs which, whatever process has the usual one"""
    with capture_logs() as lines:
        found = [await opened(stack, settings()) for _ in range(3)]
    assert len({*found}) == 3
    later = [int(address.removeprefix(f"{HOST}:")) for address in found[1:]]
    told = [line["instead"] for line in lines if line["event"] == "admin_port_taken"]
    assert told[-2:] == later
