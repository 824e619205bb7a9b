"""A wrong REDIS_URL or a Redis that fails: every command says the same words, and no secret."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, chdir, closing
from pathlib import Path
from typing import Final

import pytest
import structlog
from aiohttp import web

from bot.adapters.redis.connection import Use, client, connected
from bot.adapters.redis.faults import in_words
from bot.adapters.redis.store import Store
from bot.cli.login import who_runs
from bot.cli.main import main
from bot.cli.starting import wait_for
from bot.domain.redis_url import RedisAddress
from bot.errors import ConfigurationError, StoreError
from sandbox.ports import HOST, served
from tests.contracts.redis_processes import free_port
from tests.unit.settings_made import environment
from tests.variables import Variables

__all__ = ["environment"]

HUSH: Final = "hush-hush"
COMMANDS: Final = (
    "audit verify",
    "audit export",
    "check",
    "check --without-permissions",
    "keys status",
    "keys rotate",
    "records adopt",
    "recover",
    "requests list",
)
ANSWERS: Final = {
    "a wrong password": ("-WRONGPASS invalid username-password pair", "refuses the user or the"),
    "no password": ("-NOAUTH Authentication required.", "needs a password"),
    "a user without rights": ("-NOPERM this user has no permissions", "isn't allowed to run"),
    "a full server": ("-OOM command not allowed", "it is full"),
    "a loading server": ("-LOADING Redis is loading", "is loading its data"),
    "a number that is no database": ("-ERR DB index is out of range", "no database of that number"),
    "no Redis": ("HTTP/1.1 400 Bad Request", "what answers is not Redis"),
    "a server that hangs up": ("", "it closes the connection at once"),
}
AWAY: Final = {
    "a port where nothing listens": ("redis://:{hush}@{host}:{port}", "nothing listens there"),
    "a host that is not": ("redis://:{hush}@keysmith.invalid", "is not found (DNS)"),
    "a socket that is not": ("unix://:{hush}@/none/redis.sock", "there is no such file"),
    "a file of TLS that is not": (
        "rediss://:{hush}@{host}:{port}?ssl_ca_certs=/none.pem",
        "there is no such file",
    ),
    "a cluster that is away": ("redis+cluster://:{hush}@{host}:{port}", "no node of the cluster"),
    "Sentinels that are away": ("redis+sentinel://:{hush}@{host}:{port}/m", "no Sentinel names"),
}
WRONG: Final = {
    "no scheme": (f"{HUSH}:6379", "needs a scheme"),
    "another scheme": (f"https://{HUSH}", "needs a scheme"),
    "a password that is not encoded": (f"redis://:{HUSH}/1@localhost", "write %2F"),
    "no number as the port": (f"redis://localhost:{HUSH}", "needs HOST or HOST:PORT"),
    "a port that is too high": ("redis://localhost:99999", "needs a port from 1 to 65535"),
    "an unknown option": (f"redis://localhost?{HUSH}=1", "has an option behind ?"),
    "an unknown value": (f"rediss://localhost?ssl_cert_reqs={HUSH}", "needs one of none,"),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path) -> Iterator[Path]:
    """Run in a directory of the test's own."""
    with chdir(tmp_path):
        yield tmp_path


async def refuse(_: web.Request) -> web.Response:
    """Refuse, as Slack and Cloudinary do; one that is away would be asked again, after a while."""
    return web.json_response({"ok": False, "error": "invalid_auth"}, status=401)


@pytest.fixture(autouse=True)
async def alone(environment: Variables) -> AsyncIterator[None]:
    """Ask no service on the network, and listen on no port."""
    application = web.Application()
    application.router.add_route("*", "/{any:.*}", refuse)
    async with served(application) as url:
        near = dict.fromkeys(("SLACK_API_URL", "CLOUDINARY_API_URL"), f"{url}/")
        environment.update(near | {"PUBLIC_URL": f"http://{HOST}", "PORT": "0", "ADMIN_PORT": "0"})
        yield


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Give the log its settings back, which each command changes."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@asynccontextmanager
async def answering(answer: str) -> AsyncIterator[str]:
    """A server that answers everything alike, or hangs up; gives its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            while answer and await reader.read(1000):
                writer.write(f"{answer}\r\n".encode())

    async with await asyncio.start_server(serve, HOST, 0) as server:
        yield f"redis://:{HUSH}@{HOST}:{server.sockets[0].getsockname()[1]}"


async def said(command: str, url: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command over this Redis in a thread; gives what it printed, which has no secret."""
    capsys.readouterr()
    code = await asyncio.to_thread(main, command.split())
    printed = "".join(capsys.readouterr())
    assert code == 1, printed
    for secret in (HUSH, url, "Error", "Traceback", "fault of its own"):
        assert secret not in printed
    return printed


async def words_of(url: str) -> str:
    """What the one function says of this Redis; the start says the same."""
    async with client(RedisAddress.parse(url)) as redis:
        with pytest.raises(StoreError) as failed:
            await Store(redis).call("PING")
    words = in_words(failed.value)
    try:
        assert wait_for(failed.value) == words
    except ConfigurationError as error:
        assert str(error) == f"Redis can't be used: {words}."  # noqa: PT017  # either is right
    return words


async def every_command_says(
    words: str, variables: Variables, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hold each command to what happened and to what to do; only `check` makes it two sentences."""
    variables["REDIS_URL"] = url
    variables["OPERATORS"] = f"{who_runs()}=U0ADA0001:ada@lumen.example"
    what, _, do = words.partition("; ")
    for command in COMMANDS:
        printed = await said(command, url, capsys)
        if command == "check" and "isn't allowed to run" in words:
            assert "does not let Keysmith read INFO" in printed  # all else may be allowed
            continue
        assert f"Redis can't be used: {what}" in printed, command
        assert do[1:] in printed, command


@pytest.mark.parametrize("fault", ANSWERS)
async def test_an_answer_of_redis_is_told_alike(
    fault: str, environment: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    """By each command, and by the start"""
    answer, told = ANSWERS[fault]
    async with answering(answer) as url:
        words = await words_of(url)
        assert told in words
        await every_command_says(words, environment, url, capsys)


@pytest.mark.parametrize("fault", ["a wrong password", "no password", "a user without rights"])
async def test_a_refusal_by_a_node_of_a_cluster_is_told(fault: str) -> None:
    """It says more than that no node has named a master"""
    answer, told = ANSWERS[fault]
    async with answering(answer) as url:
        assert told in await words_of(url.replace("redis:", "redis+cluster:"))


@pytest.mark.parametrize("fault", AWAY)
async def test_a_redis_that_is_not_there_is_told_alike(
    fault: str, environment: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    """By each command, and by the start"""
    form, told = AWAY[fault]
    url = form.format(hush=HUSH, host=HOST, port=free_port())
    words = await words_of(url)
    assert told in words
    await every_command_says(words, environment, url, capsys)


@pytest.mark.parametrize("fault", WRONG)
async def test_a_wrong_redis_url_is_told_alike(
    fault: str, environment: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    """By each command and by a start, in the same words"""
    url, told = WRONG[fault]
    environment["REDIS_URL"] = url
    environment["OPERATORS"] = f"{who_runs()}=U0ADA0001:ada@lumen.example"
    lines = set()
    for command in (*COMMANDS, "web", "worker"):
        printed = await said(command, url, capsys)
        (line,) = (each for each in printed.splitlines() if "REDIS_URL " in each and told in each)
        lines.add(line[line.index("REDIS_URL") :].split(". Correct it")[0])
    assert len(lines) == 1, lines


async def test_a_command_that_looks_creates_no_store(
    here: Path, environment: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without REDIS_URL, where no bot has run: it names the place, and leaves nothing there"""
    environment["OPERATORS"] = f"{who_runs()}=U0ADA0001:ada@lumen.example"
    for command in COMMANDS:
        printed = await said(command, HUSH, capsys)
        if command != "check":
            assert f"no store of a Keysmith in {here}/var/redis" in printed, command
            assert "Set the REDIS_URL that the bot uses" in printed, command
    assert "The private Redis answers" in await said("check", HUSH, capsys)
    assert not (here / "var").exists()  # a moment, and alone


async def test_the_store_of_a_bot_is_read_while_it_runs_and_after(
    here: Path, environment: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the directory in which the bot was started"""
    assert environment
    async with connected(None, Use.SERVE):
        assert await asyncio.to_thread(main, ["keys", "status"]) == 0
    assert await asyncio.to_thread(main, ["keys", "status"]) == 0
    assert capsys.readouterr().out.count("Signing key: ") == 2
    assert "EMPTY" in await said("audit verify", HUSH, capsys)
    assert (here / "var" / "redis").is_dir()
