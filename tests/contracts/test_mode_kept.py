"""The record of the account's mode: only a process that can ask Cloudinary writes it."""

from pathlib import Path

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from bot.adapters.cedar.policy import CedarPolicy
from bot.adapters.redis import names
from bot.adapters.redis.permissions import RedisPermissions
from bot.cli.mode import keep_mode
from bot.domain.people import Workspace
from bot.errors import ConfigurationError, Unavailable
from bot.outside import Outside, open_cloudinary, open_slack
from bot.settings import Settings, WebSettings, read_settings
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import LinkSetup
from tests.unit.settings_made import environment
from tests.variables import Variables

__all__ = ["environment", "redis", "server"]

POLICY = Path(__file__).parents[2] / "policy"


def process(session: ClientSession, kind: type[Settings], *, permissions: bool = True) -> Outside:
    """What a process has reached; no service is."""
    settings = read_settings(kind)
    slack, cloudinary = open_slack(settings, session), open_cloudinary(settings, session)
    policy, team = CedarPolicy.load(POLICY), Workspace("T1", "Lumen")
    return Outside(settings, session, slack, cloudinary, policy, team, permissions)


async def test_a_process_with_the_account_key_records_the_mode(
    redis: Redis, environment: Variables
) -> None:
    """At its start, by what Cloudinary has just said"""
    setup = LinkSetup(redis)
    record = RedisPermissions(setup.signed.store, setup.ledger)
    async with ClientSession() as session:
        await keep_mode(record, process(session, Settings))
        assert await record.known()
        with pytest.raises(ConfigurationError):
            await keep_mode(record, process(session, Settings, permissions=False))
    assert environment


@pytest.mark.parametrize("again", [False, True])
async def test_a_process_without_it_neither_records_nor_judges_the_mode(
    redis: Redis, environment: Variables, *, again: bool
) -> None:
    """Also where Redis lost the record meanwhile: a worker asks Cloudinary, and writes it"""
    del environment["CLOUDINARY_ACCOUNT_URL"]
    setup = LinkSetup(redis)
    record = RedisPermissions(setup.signed.store, setup.ledger)
    async with ClientSession() as session:
        for permissions in (True, False):
            web = process(session, WebSettings, permissions=permissions)
            assert () == await keep_mode(record, web, again=again)
            assert not await redis.exists(names.PERMISSIONS)
            await redis.set(names.PERMISSIONS, "1")
            assert () == await keep_mode(record, web, again=again)
            await redis.delete(names.PERMISSIONS)


async def test_a_process_without_it_calls_no_cloudinary(environment: Variables) -> None:
    """Each call fails before it leaves"""
    del environment["CLOUDINARY_ACCOUNT_URL"]
    async with ClientSession() as session:
        with pytest.raises(Unavailable):
            await process(session, WebSettings).cloudinary.environments()
