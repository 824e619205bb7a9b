"""The office and the house of the other tests."""

from tests.contracts.redis_server import redis, server
from tests.flows.conftest import office
from tests.scenarios.conftest import built, home

__all__ = ["built", "home", "office", "redis", "server"]
