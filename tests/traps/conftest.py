"""Takes harness and system from the other tests."""

from tests.contracts.redis_server import redis, server
from tests.flows.conftest import harness
from tests.scenarios.conftest import built, system

__all__ = ["built", "harness", "redis", "server", "system"]
