"""Passwords of Redis that a cloud gives: signed by AWS, or issued by Entra ID."""

import gc
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from redis.asyncio import Redis
from redis.auth.idp import IdentityProviderInterface
from redis.auth.token import SimpleToken
from redis.credentials import CredentialProvider
from redis_entraid.cred_provider import EntraIdCredentialsProvider

from bot.adapters.redis.connection import client
from bot.adapters.redis.credentials import ENTRA_TOKENS, ElastiCache, provider_of
from bot.adapters.redis.faults import in_words
from bot.adapters.redis.store import Store
from bot.domain.redis_url import RedisAddress
from bot.errors import ConfigurationError, StoreError
from sandbox.ports import HOST
from tests.contracts.redis_processes import QUICK, Server, running, until
from tests.contracts.redis_server import redis, server
from tests.variables import Variables, variables

__all__ = ["redis", "server"]


@pytest.fixture
def aws() -> Iterator[Variables]:
    """Set the variables that AWS's libraries read."""
    with variables() as values:
        values.update(
            AWS_ACCESS_KEY_ID="AKIAMADEUP",
            AWS_SECRET_ACCESS_KEY="made-up",
            AWS_REGION="eu-west-1",
            AWS_DEFAULT_REGION="eu-west-1",
            AWS_EC2_METADATA_DISABLED="true",
            AWS_CONFIG_FILE="/nonexistent",
            AWS_SHARED_CREDENTIALS_FILE="/nonexistent",
        )
        yield values


@pytest.mark.parametrize("kind", ["elasticache", "elasticache-serverless"])
@pytest.mark.usefixtures("aws")
async def test_a_token_of_aws_is_a_signed_request_without_its_scheme(kind: str) -> None:
    """As ElastiCache checks it: action, user, and for serverless caches the type"""
    provider = provider_of(RedisAddress(user="keysmith", auth=f"{kind}:my-cache"))
    assert provider
    gc.collect()  # nothing that the signer needs is forgotten
    user, *tokens = await provider.get_credentials_async()
    assert user == "keysmith"
    (token,) = tokens
    signed = urlsplit(f"//{token}")
    query = {name: value[0] for name, value in parse_qs(signed.query).items()}
    assert (signed.netloc, signed.path) == ("my-cache", "/")
    assert (query["Action"], query["User"]) == ("connect", "keysmith")
    assert ("ResourceType" in query) is (kind == "elasticache-serverless")
    assert query["X-Amz-Credential"].endswith("/eu-west-1/elasticache/aws4_request")
    assert int(query["X-Amz-Expires"]) == 900


@dataclass
class Cache:
    """A server that lets a token of AWS log in until the next one, as AWS until it expires."""

    server: Server
    tokens: list[str] = field(default_factory=list)

    async def takes(self, token: str) -> None:
        """Take this token alone from now on."""
        self.tokens.append(token)
        rights = ("on", "resetpass", f">{token}", "~*", "+ping", "+acl|whoami")
        await self.server.ask("ACL", "SETUSER", "keysmith", *rights)


class NumberedElastiCache(ElastiCache):
    """Tells tokens of one second apart, and the server of each."""

    cache: Cache

    async def get_credentials_async(self) -> tuple[str, str]:
        """Sign a token."""
        user, signed = await super().get_credentials_async()
        token = f"{signed}#{len(self.cache.tokens)}"
        await self.cache.takes(token)
        return user, token


@pytest.mark.usefixtures("aws")
async def test_each_connection_logs_in_with_a_token_of_its_own(tmp_path: Path) -> None:
    """AWS ends a connection after twelve hours, when the token that it began with is long void"""
    provider = NumberedElastiCache("keysmith", "my-cache", serverless=False)
    cache = provider.cache = Cache(Server(tmp_path / "cache", QUICK))
    address = RedisAddress(nodes=((HOST, cache.server.port),))
    async with running(cache.server), client(address, provider) as one:
        store = Store(one)
        for connections in (1, 2):
            for _ in range(3):  # an open connection goes on with what it logged in with
                assert await store.call("ACL", "WHOAMI") == "keysmith"
            assert len(cache.tokens) == connections
            await cache.server.ask("CLIENT", "KILL", "USER", "keysmith")


def test_incomplete_settings_of_aws_are_a_fault(aws: Variables) -> None:
    """A user and a region"""
    with pytest.raises(ConfigurationError, match="needs a user"):
        provider_of(RedisAddress(auth="elasticache:my-cache"))
    del aws["AWS_REGION"], aws["AWS_DEFAULT_REGION"]
    with pytest.raises(ConfigurationError, match="AWS_REGION"):
        provider_of(RedisAddress(user="keysmith", auth="elasticache:my-cache"))


async def test_a_machine_without_credentials_of_aws_is_told(server: Path, aws: Variables) -> None:
    """As a refused log-in, not as an error that no store expects"""
    del aws["AWS_ACCESS_KEY_ID"], aws["AWS_SECRET_ACCESS_KEY"]
    address = RedisAddress(path=str(server), user="keysmith", auth="elasticache:my-cache")
    async with client(address) as redis:
        with pytest.raises(StoreError) as told:
            await Store(redis).call("PING")
    assert "REDIS_AUTH" in in_words(told.value)


@dataclass
class Issuer(IdentityProviderInterface):
    """Issues tokens that live for half a second; each is the password of its number."""

    issued: list[str] = field(default_factory=list)

    def request_token(self, force_refresh: bool = False) -> SimpleToken:  # noqa: ARG002, FBT001, FBT002  # redis-py's
        """Issue one."""
        self.issued.append(f"token-{len(self.issued)}")
        now = time.time() * 1000
        return SimpleToken(self.issued[-1], now + 500, now, {"oid": "keysmith-app"})


async def test_a_token_of_entra_id_is_renewed_on_open_connections(
    server: Path, redis: Redis
) -> None:
    """The user is the app's own id; a new token reaches connections before the former ends"""
    issuer = Issuer()
    provider: CredentialProvider = EntraIdCredentialsProvider(issuer, ENTRA_TOKENS)
    tokens = [f">token-{number}" for number in range(20)]
    rights = ("on", "~*", "+ping", "+acl|whoami", *tokens)
    await redis.execute_command("ACL", "SETUSER", "keysmith-app", *rights)  # type: ignore[no-untyped-call]  # left untyped

    async with client(RedisAddress(path=str(server)), provider) as one:
        store = Store(one)
        assert await store.call("ACL", "WHOAMI") == "keysmith-app"

        async def renewed() -> bool:
            stats = await redis.info("commandstats")
            return bool(stats.get("cmdstat_auth", {"calls": 0})["calls"]) and len(issuer.issued) > 1

        await redis.config_resetstat()
        await until(renewed)
        assert await store.call("ACL", "WHOAMI") == "keysmith-app"
    await redis.acl_deluser("keysmith-app")


def test_entra_id_asks_no_one_before_it_is_needed() -> None:
    """A start without Azure is a start; the first connection tells"""
    assert provider_of(RedisAddress(auth="entraid"))
