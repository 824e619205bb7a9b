"""TLS to Redis: the authority, the name, and a certificate of Keysmith's own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import trustme

from bot.adapters.redis.connection import client
from bot.adapters.redis.heartbeat import Heartbeat
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.masters import SLOT
from bot.adapters.redis.steps import Step
from bot.adapters.redis.store import Store
from bot.adapters.redis.visits import RedisVisitLimits
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

Files = tuple[Path, Path, Path, Path]
Servers = Callable[[Path, Files], AbstractAsyncContextManager[str]]
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


def issued(directory: Path) -> Files:
    """Write the files: the authority, one that signed nothing, a certificate, and its key."""
    authority, other = trustme.CA(), trustme.CA()
    files = {name: directory / f"{name}.pem" for name in ("authority", "other", "cert", "key")}
    authority.cert_pem.write_to_path(str(files["authority"]))
    other.cert_pem.write_to_path(str(files["other"]))
    own = authority.issue_cert(HOST)
    own.cert_chain_pems[0].write_to_path(str(files["cert"]))
    own.private_key_pem.write_to_path(str(files["key"]))
    return files["authority"], files["other"], files["cert"], files["key"]


def speaking_tls(port: int, files: Files, **more: str) -> tuple[str, ...]:
    """Give the options of a server that needs a client certificate on this port."""
    authority, _, certificate, key = map(str, files)
    named = {
        "tls-port": str(port),
        "tls-cert-file": certificate,
        "tls-key-file": key,
        "tls-ca-cert-file": authority,
        "tls-auth-clients": "yes",
    }
    named |= {name.replace("_", "-"): value for name, value in more.items()}
    return tuple(part for it in named.items() for part in (f"--{it[0]}", it[1]))


@asynccontextmanager
async def encrypted(directory: Path) -> AsyncIterator[Encrypted]:
    """Run the server."""
    files, port = issued(directory), free_port()
    async with running(Server(directory, speaking_tls(port, files, save=""))):
        yield Encrypted(port, *files)


@asynccontextmanager
async def encrypted_sentinel(directory: Path, files: Files) -> AsyncIterator[str]:
    """Run a master, and the Sentinel that names its port with TLS; yields REDIS_URL."""
    home = directory / "watcher"
    home.mkdir()
    port, watched = free_port(), free_port()
    conf = home / "sentinel.conf"
    conf.write_text(f"sentinel monitor mymaster {HOST} {watched} 1\n")
    options = speaking_tls(port, files, tls_replication="yes")
    watcher = Server(home, (str(conf), "--sentinel", *options))
    master = Server(directory / "master", speaking_tls(watched, files, save=""))
    async with running(master, watcher):
        yield f"rediss+sentinel://{HOST}:{port}/mymaster"


@asynccontextmanager
async def encrypted_cluster(directory: Path, files: Files) -> AsyncIterator[str]:
    """Run two nodes; yields REDIS_URL with the one that lacks Keysmith's slot."""
    more = {"save": "", "tls_cluster": "yes", "cluster_enabled": "yes"}
    ports, buses = [free_port() for _ in range(2)], [str(free_port()) for _ in range(2)]
    nodes = [
        Server(directory / f"node{port}", speaking_tls(port, files, cluster_port=bus, **more))
        for port, bus in zip(ports, buses, strict=True)
    ]
    async with running(*nodes):
        one, other = nodes
        await one.ask("CLUSTER", "MEET", HOST, str(ports[1]), buses[1])
        await one.ask("CLUSTER", "ADDSLOTSRANGE", str(SLOT + 1), "16383")
        await other.ask("CLUSTER", "ADDSLOTSRANGE", "0", str(SLOT))

        async def formed() -> bool:
            infos = [str(await node.ask("CLUSTER", "INFO")) for node in nodes]
            return all("cluster_state:ok" in it and "known_nodes:2" in it for it in infos)

        await until(formed)
        yield f"rediss+cluster://{HOST}:{ports[0]}"


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


@pytest.mark.parametrize("servers", [encrypted_sentinel, encrypted_cluster])
async def test_the_master_is_found_and_used_with_tls(
    tmp_path: Path, environment: Variables, servers: Servers
) -> None:
    """Both who names it and itself need the certificate; another authority is told"""
    files = issued(tmp_path)
    authority, other, certificate, key = map(str, files)
    async with servers(tmp_path, files) as url:
        environment["REDIS_URL"] = url
        environment["REDIS_CA_FILE"] = authority
        environment["REDIS_CERT_FILE"] = certificate
        environment["REDIS_KEY_FILE"] = key
        address = read_settings(Settings).redis
        assert address
        assert await probed(address) is None
        async with client(address) as redis:
            assert await RedisVisitLimits(redis).serves("one")

        environment["REDIS_CA_FILE"] = other
        address = read_settings(Settings).redis
        assert address
        assert "not signed by" in str(await probed(address))

        environment["REDIS_CA_FILE"] = authority
        environment.pop("REDIS_CERT_FILE")
        environment.pop("REDIS_KEY_FILE")
        nameless = read_settings(Settings).redis
        assert nameless

        async def named() -> bool:
            """Whether it is told: a reset may come before the server's refusal"""
            return "REDIS_CERT_FILE" in str(await probed(nameless))

        assert await until(named)


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
