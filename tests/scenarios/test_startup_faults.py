"""A start that can't succeed: one clear message, exit code 1, no traceback, no secret."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

import pytest

from sandbox.ports import HOST
from tests.scenarios.processes import ROOT, Finished, run
from tests.scenarios.system import System
from tests.unit.settings_made import REQUIRED

HUSH: Final = "hush-hush"
"""Part of every value that is planted; no output may have it."""
OWN: Final = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"} | REQUIRED
MISSING: Final = {name: {name: ""} for name in REQUIRED}
WRONG: Final = {
    "SLACK_BOT_TOKEN": {"SLACK_BOT_TOKEN_FILE": f"/none/{HUSH}", "SLACK_BOT_TOKEN": ""},
    "CLOUDINARY_ACCOUNT_URL": {"CLOUDINARY_ACCOUNT_URL": f"https://{HUSH}:x@acc"},
    "KEYSMITH_KEYS": {"KEYSMITH_KEYS": HUSH},
    "PUBLIC_URL": {"PUBLIC_URL": f"http://{HUSH}"},
    "POLICY_FILE": {"POLICY_FILE": "/none/at-all"},
    "PORT": {"PORT": HUSH},
    "ADMIN_PORT": {"ADMIN_PORT": HUSH},
    "OPERATORS": {"OPERATORS": HUSH},
    "LINK_TTL": {"LINK_TTL": HUSH},
    "LOG_LEVEL": {"LOG_LEVEL": HUSH},
    "HTTPS_PROXY": {"HTTPS_PROXY": f"socks5://{HUSH}:1"},
}
REDIS: Final = {
    "without a scheme": f"{HUSH}:6379",
    "of another scheme": f"https://{HUSH}:6379",
    "a slash in the password": f"redis://:{HUSH}/1@localhost:6379",
    "a hash in the password": f"redis://:{HUSH}#1@localhost:6379",
    "an at sign in the password": f"redis://:{HUSH}@1@localhost:6379",
    "a bracket in the password": f"redis://:[{HUSH}@localhost:6379",
    "a percent sign in the password": f"redis://:%zz{HUSH}@localhost:6379",
    "no number as the port": f"redis://localhost:{HUSH}",
}


async def refused(directory: Path, *arguments: str, **more: str) -> str:
    """Start, and give the message of the process, which has ended by itself."""
    environment = {name: value for name, value in (OWN | more).items() if value}
    found = await run(directory, environment, *arguments)
    return message(found)


def message(found: Finished) -> str:
    """What a process printed that could not start."""
    printed = found.error + found.out
    assert found.code == 1, printed
    assert "Traceback" not in printed
    assert HUSH not in printed
    assert "fault of its own" not in printed
    return printed


@pytest.mark.parametrize("name", MISSING)
async def test_each_variable_that_is_missing_is_named(name: str, tmp_path: Path) -> None:
    """By a server and by `check`"""
    for arguments in ((), ("check",)):
        assert name in await refused(tmp_path, *arguments, **MISSING[name])


@pytest.mark.parametrize("name", WRONG)
async def test_each_variable_that_is_wrong_is_named(name: str, tmp_path: Path) -> None:
    """Also a file that is not there"""
    more = {"ADMIN_PORT": f"{HOST}:0", "REDIS_URL": f"redis://{HOST}:9"} | WRONG[name]
    assert name in await refused(tmp_path, **more)
    assert name in await refused(tmp_path, "check", **more)


@pytest.mark.parametrize("kind", REDIS)
async def test_an_odd_redis_url_is_named_and_not_repeated(kind: str, tmp_path: Path) -> None:
    """No part of the password is printed"""
    for arguments in ((), ("check",), ("audit", "verify")):
        assert "REDIS_URL" in await refused(tmp_path, *arguments, REDIS_URL=REDIS[kind])


async def test_a_taken_port_and_a_directory_that_is_none_are_named(tmp_path: Path) -> None:
    """Without a service that answers: both are looked at first"""
    with closing(socket.create_server((HOST, 0))) as taken:
        port = taken.getsockname()[1]
        said = await refused(tmp_path, ADMIN_PORT=f"{HOST}:{port}")
        assert (
            f"Keysmith can't listen on {HOST}:{port} (ADMIN_PORT): Address already in use." in said
        )
        assert "Set ADMIN_PORT to a port that nothing listens on" in said
    (tmp_path / "var").write_text("")
    said = await refused(tmp_path, ADMIN_PORT=f"{HOST}:0")
    assert "The private Redis can't write into var/redis" in said


@asynccontextmanager
async def redis_answering(answer: bytes) -> AsyncIterator[str]:
    """A Redis that answers everything alike; gives its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            while await reader.read(1000):
                writer.write(answer)

    async with await asyncio.start_server(serve, HOST, 0) as server:
        yield f"redis://:{HUSH}@{HOST}:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("answer", ["WRONGPASS invalid username-password pair", "NOAUTH hm"])
async def test_a_refused_password_ends_the_start(answer: str, tmp_path: Path) -> None:
    """No waiting heals it"""
    async with redis_answering(f"-{answer}\r\n".encode()) as url:
        said = await refused(tmp_path, ADMIN_PORT=f"{HOST}:0", REDIS_URL=url)
    assert "Redis can't be used: it " in said
    assert "password" in said


SERVICES: Final = {
    "Slack refuses SLACK_BOT_TOKEN (invalid_auth)": {"SLACK_BOT_TOKEN": f"xoxb-{HUSH}"},
    "Slack refuses SLACK_APP_TOKEN (invalid_auth)": {
        "SLACK_APP_TOKEN": f"xapp-{HUSH}",
        "PORT": "0",
    },
    "not to SLACK_TEAM_ID": {"SLACK_TEAM_ID": f"T{HUSH}"},
    "Cloudinary refuses the key or the secret in CLOUDINARY_ACCOUNT_URL": {
        "CLOUDINARY_ACCOUNT_URL": f"account://814:{HUSH}@acc"
    },
    "(PORT): ": {},
}


@pytest.mark.parametrize("sentence", SERVICES)
async def test_a_service_that_refuses_a_setting_ends_the_start(
    sentence: str, system: System, tmp_path: Path
) -> None:
    """With the name of the setting; the port of the running bot is taken"""
    own = {"ADMIN_PORT": f"{HOST}:0"} | SERVICES[sentence]
    found = await run(tmp_path, system.bot.environment | own)
    assert sentence in message(found)
