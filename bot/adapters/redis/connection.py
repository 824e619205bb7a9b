"""A client for Redis: of the master that REDIS_URL leads to, or of a private server.

A failover leaves connections behind: to a server that is a replica by now, is loading, or hangs.
What it answers then (`LEFT`), or that it answers nothing in time, ends the connection, and with it
all others of the pool: each finds the master again before it is used, through Sentinel, the
cluster, or the name in the URL.

Nothing is repeated here, since a script that is sent twice may act twice: the answer becomes a
`Demoted`, which every caller takes for a lost connection. Only the ledger knows what it may repeat.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from enum import Enum, auto
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import structlog
from redis._parsers import Encoder
from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection
from redis.asyncio.connection import AbstractConnection, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.credentials import CredentialProvider
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.maint_notifications import MaintNotificationsConfig

from bot.adapters.redis.credentials import login_of, provider_of
from bot.adapters.redis.embedded import embedded_redis, has_store, is_owned, socket_of
from bot.adapters.redis.masters import Find, search
from bot.domain.redis_url import RedisAddress
from bot.errors import ConfigurationError

_log = structlog.get_logger("keysmith.redis")

EMBEDDED: Final = Path("var/redis")
TIMEOUT: Final = 5.0  # seconds for one answer; the longest blocking read waits for one second
CONNECTIONS: Final = 50  # at a time; a further one waits until one is free instead of failing
HEALTH_CHECK: Final = 15  # seconds after which an idle connection is checked before it is used
LEFT: Final = frozenset({"READONLY", "LOADING", "MASTERDOWN", "UNBLOCKED", "CLUSTERDOWN", "MOVED"})
"""First words of answers of a server that is not the master, or not yet, or not of this slot."""


NO_STORE: Final = (
    "REDIS_URL is not set, and there is no store of a Keysmith in {directory}. Nothing was read or"
    " created. Set the REDIS_URL that the bot uses; for a bot without REDIS_URL, run"
    " this in the directory in which it was started."
)


class Use(Enum):
    """What a connection is for, which decides what happens without REDIS_URL."""

    SERVE = auto()
    """A bot: it starts the private server, and creates its store."""
    READ = auto()
    """A command that looks at an installation: it joins the bot's server, or starts its store."""
    TRY = auto()
    """As `READ`; without a store it tries a server out, in a directory that is removed again."""


class Demoted(RedisConnectionError):
    """The server is not the master: it carried nothing out, and its connections are dropped."""


class _Encoder(Encoder):
    """Reads bytes that are no text as some other text: Keysmith wrote no such value.

    An error would come in the middle of an answer, and would be one of all that share it.
    """

    def encode(self, value: Any) -> Any:
        """Encode strictly all the same: two names must not become one."""
        text = isinstance(value, str)
        return value.encode() if text else super().encode(value)  # type: ignore[no-untyped-call]  # left untyped


class _Managed(AbstractConnection):
    """A connection that looks for the master first, and ends when its server is none."""

    def __init__(self, *, find: Find | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._find = find
        self.left = False

    async def _connect(self) -> None:
        if self._find:
            self.host, self.port = await self._find()
        await super()._connect()  # type: ignore[no-untyped-call, safe-super]  # each kind has one

    async def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002  # redis-py's
        try:
            await super().on_connect_check_health(check_health)
        except (RedisError, OSError):
            raise
        except Exception as error:  # a cloud that gives no token raises what it likes
            await self.disconnect(nowait=True)
            raise AuthenticationError(f"NO_TOKEN {type(error).__name__}") from error
        if self._find:  # a Sentinel or a node may not have heard of the failover
            await self.send_command("ROLE", check_health=False)
            role, *_ = await self.read_response()
            if role not in {"master", b"master"}:
                await self._leave()
                raise Demoted("READONLY")

    async def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*args, **options)
        except RedisTimeoutError:  # a server that hangs is replaced too, and the others still wait
            self.left = True
            raise
        except RedisError as error:
            word = error.status_code or str(error).partition(" ")[0]
            if word not in LEFT:
                raise
            await self._leave()
            raise Demoted(word) from error

    async def _leave(self) -> None:
        self.left = True
        await self.disconnect(nowait=True)


class _Plain(_Managed, Connection):
    pass


class _Tls(_Managed, SSLConnection):
    pass


class _Socket(_Managed, UnixDomainSocketConnection):
    pass


class _Pool(BlockingConnectionPool):
    """Drops all its connections when one of them met a server that is not the master."""

    async def release(self, connection: AbstractConnection) -> None:
        try:
            if isinstance(connection, _Managed) and connection.left:
                connection.left = False
                _log.warning("redis_connections_dropped")
                await self.update_active_connections_for_reconnect()  # type: ignore[no-untyped-call]  # left untyped
                await self.disconnect(inuse_connections=False)
        finally:
            await super().release(connection)


@asynccontextmanager
async def connected(address: RedisAddress | None, use: Use = Use.SERVE) -> AsyncIterator[Redis]:
    """Yield a client while the block runs.

    Without an address it is of the private server. Raises `ConfigurationError` where `use` needs
    one that is there already, and none is.
    """
    if address is None and use is not Use.SERVE and is_owned(EMBEDDED):
        address = RedisAddress(path=str(socket_of(EMBEDDED)))
    async with AsyncExitStack() as stack:
        if address is None:
            directory = stack.enter_context(_directory(use))
            trial = "one machine, to try it out"
            _log.warning("embedded_redis", directory=str(directory), meant_for=trial)
            url = await stack.enter_async_context(embedded_redis(directory))
            address = RedisAddress.parse(url)
        yield await stack.enter_async_context(client(address))


@contextmanager
def _directory(use: Use) -> Iterator[Path]:
    """Give the directory of the private server; only `SERVE` creates it."""
    if use is Use.SERVE or has_store(EMBEDDED):
        yield EMBEDDED
    elif use is Use.READ:
        raise ConfigurationError(NO_STORE.format(directory=EMBEDDED.absolute()))
    else:
        with TemporaryDirectory(prefix="keysmith-check-") as directory:
            yield Path(directory)


@asynccontextmanager
async def client(
    address: RedisAddress,
    credentials: CredentialProvider | None = None,
    *,
    timeout: float = TIMEOUT,  # noqa: ASYNC109  # of one answer, not of this call
) -> AsyncIterator[Redis]:
    """Connect. May raise `ConfigurationError` where REDIS_AUTH can't be used."""
    credentials = credentials or provider_of(address)
    async with AsyncExitStack() as stack:
        find = await stack.enter_async_context(search(address, credentials))
        pool = _Pool(
            connection_class=_kind(address),
            max_connections=CONNECTIONS,
            timeout=TIMEOUT,
            decode_responses=True,
            encoding_errors="replace",
            encoder_class=_Encoder,
            socket_timeout=timeout,
            socket_connect_timeout=TIMEOUT,
            health_check_interval=HEALTH_CHECK,
            retry=Retry(NoBackoff(), 0),
            driver_info=None,
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
            find=find,
            db=address.db,
            **login_of(address, credentials),
            **_place(address),
        )
        stack.push_async_callback(pool.aclose)
        redis = Redis(connection_pool=pool, credential_provider=credentials)
        yield await stack.enter_async_context(redis)


def _kind(address: RedisAddress) -> type[AbstractConnection]:
    if address.path:
        return _Socket
    return _Tls if address.tls else _Plain


def _place(address: RedisAddress) -> dict[str, Any]:
    if address.path:
        return {"path": address.path}
    host, port = address.nodes[0]
    return {"host": host, "port": port, **address.tls_options}
