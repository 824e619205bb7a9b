"""TLS to Redis: the authority, the name, and a certificate of Keysmith's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import trustme

from bot.adapters.redis.connection import client
from bot.adapters.redis.heartbeat import Heartbeat
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.steps import Step
from bot.adapters.redis.store import Store
from bot.domain.redis_url import RedisAddress
from bot.errors import StoreError
from bot.settings import Settings, read_settings
from sandbox.ports import HOST
from tests.contracts.redis_processes import Server, free_port, running
from tests.contracts.test_redis_ledger import KEY, entry
from tests.scenarios.system import until
from tests.unit.settings_made import environment
from tests.variables import Variables

__all__ = ["environment"]

NAMES: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")


@dataclass(frozen=True)
class Encrypted:
    """A server that needs certificates, and the files of both ends."""

    port: int
    authority: Path
    other: Path
    certificate: Path
    key: Path

    def address(self, *files: Path, host: str = HOST) -> RedisAddress:
        """Describe the server, with the files of an end that connects."""
        named = zip(NAMES, map(str, files), strict=False)
        return RedisAddress(nodes=((host, self.port),), tls=True, options=tuple(named))


@asynccontextmanager
async def encrypted(directory: Path) -> AsyncIterator[Encrypted]:
    """Run the server."""
    authority, other = trustme.CA(), trustme.CA()
    files = {name: directory / f"{name}.pem" for name in ("authority", "other", "cert", "key")}
    authority.cert_pem.write_to_path(str(files["authority"]))
    other.cert_pem.write_to_path(str(files["other"]))
    issued = authority.issue_cert(HOST)
    issued.cert_chain_pems[0].write_to_path(str(files["cert"]))
    issued.private_key_pem.write_to_path(str(files["key"]))
    port = free_port()
    named = {
        "tls-port": str(port),
        "tls-cert-file": str(files["cert"]),
        "tls-key-file": str(files["key"]),
        "tls-ca-cert-file": str(files["authority"]),
        "tls-auth-clients": "yes",
        "save": "",
    }
    server = Server(
        directory, tuple(part for it in named.items() for part in (f"--{it[0]}", it[1]))
    )
    async with running(server):
        yield Encrypted(port, *files.values())


@pytest.fixture(scope="module")
async def it(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Encrypted]:
    """Run one server for all tests."""
    async with encrypted(tmp_path_factory.mktemp("tls")) as one:
        yield one


async def probed(address: RedisAddress) -> str | None:
    """Ask the probe."""
    async with client(address) as redis:
        return await Heartbeat(Store(redis)).look()


async def test_with_the_authority_and_a_certificate_it_connects(
    it: Encrypted, environment: Variables
) -> None:
    """By the variables, as the bot reads them"""
    environment["REDIS_URL"] = f"rediss://{HOST}:{it.port}"
    environment["REDIS_CA_FILE"] = str(it.authority)
    environment["REDIS_CERT_FILE"] = str(it.certificate)
    environment["REDIS_KEY_FILE"] = str(it.key)
    address = read_settings(Settings).redis
    assert address
    assert await probed(address) is None


async def test_what_is_wrong_with_tls_is_told_in_words(it: Encrypted) -> None:
    """Another authority, another name, no certificate, and no TLS at one of the ends"""
    own = (it.authority, it.certificate, it.key)
    assert "not signed by" in str(await probed(it.address(it.other, *own[1:])))
    assert "another name" in str(await probed(it.address(*own, host="localhost")))
    assert "not signed by" in str(await probed(it.address()))

    async def named() -> bool:
        """Whether it is told: the server refuses after the handshake, and a reset may come first"""
        return "REDIS_CERT_FILE" in str(await probed(it.address(it.authority)))

    assert await until(named)
    plain = RedisAddress(nodes=((HOST, it.port),))
    assert await probed(plain)


async def test_a_command_of_the_shell_says_what_is_wrong_with_tls(it: Encrypted) -> None:
    """The error itself has the words, wherever it is printed"""
    async with client(it.address()) as redis:
        with pytest.raises(StoreError, match="REDIS_CA_FILE"):
            await Store(redis).call("PING")
        with pytest.raises(StoreError, match="REDIS_CA_FILE"):
            await Ledger(redis, Store(redis), KEY).commit(Step((entry("c1"),)))
