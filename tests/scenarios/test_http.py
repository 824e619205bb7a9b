"""The bot's HTTP side as strangers, browsers and platforms meet it."""

import asyncio
import json
import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from handlers.headers import HEADERS
from handlers.page_document import read_document
from sandbox.ports import HOST
from tests.scenarios.opening import open_link
from tests.scenarios.system import System, link_of, running_system

HALF = b"POST /s/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
LOG_MOST = 20_000
"""Bytes of log that a flood may cause."""
ROUTES = [
    ("GET", "/s/nothing-here", 200),
    ("POST", "/s/nothing-here", 403),
    ("DELETE", "/s/nothing-here", 405),
    ("GET", "/robots.txt", 200),
    ("GET", "/.well-known/security.txt", 404),
    ("GET", "/assets/reveal.js", 404),
    ("POST", "/slack/events", 401),
    ("GET", "/slack/events", 405),
    ("GET", "/", 404),
    ("GET", "/healthz", 404),
    ("GET", "/readyz", 404),
    ("GET", "/metrics", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), ROUTES)
async def test_every_route_has_security_headers_and_health_is_not_public(
    method: str, path: str, status: int, system: System
) -> None:
    """Every answer of every route, 404 and 405 included; none names the server"""
    async with system.session.request(method, f"{system.twins.at.bot}{path}") as answer:
        assert answer.status == status
        found = {name: answer.headers.get(name) for name in HEADERS}
    page = "text/html" in answer.headers["Content-Type"]
    policy = {"Content-Security-Policy": read_document().policy} if page else {}
    assert HEADERS | policy == found
    assert "Server" not in answer.headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_health_and_metrics_are_on_the_admin_port(path: str, system: System) -> None:
    """With the same headers, and nothing else is there"""
    async with system.session.get(f"{system.twins.at.admin}{path}") as answer:
        assert answer.status == 200
        assert "Server" not in answer.headers
    async with system.session.get(f"{system.twins.at.admin}/s/x") as answer:
        assert answer.status == 404


async def test_half_open_requests_end_by_themselves_beside_a_command(tmp_path: Path) -> None:
    """A command is answered beside 160 of them; the log stays short"""
    async with running_system(tmp_path) as system, AsyncExitStack() as stack:
        port = int(system.twins.at.bot.rpartition(":")[2])
        opened = await asyncio.gather(*(asyncio.open_connection(HOST, port) for _ in range(160)))
        for _, writer in opened:
            stack.callback(writer.close)
            writer.write(HALF)
        assert "ci-bot" in json.dumps(await system.send("key list"))
        answers = await asyncio.gather(*(reader.read() for reader, _ in opened))
        assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers)
        assert len(system.bot.log) < LOG_MOST


async def test_links_work_under_a_path_prefix(tmp_path: Path) -> None:
    """Whether the reverse proxy passes the prefix on or takes it off"""
    async with running_system(tmp_path, prefix="/tools/keysmith") as system:
        for name in ("one", "two"):
            link = link_of(await system.send(f"key create {name} --env staging"))
            assert f"{system.twins.at.bot}/tools/keysmith/s/" in link
            taken_off = link.replace("/tools/keysmith", "") if name == "two" else link
            page = taken_off.partition("#")[0]
            async with system.session.get(page) as answer:
                found = re.findall(r'(?:href|src)="([^"]+)"', await answer.text())
                assert found == ["data:,"]
            assert (await open_link(system, taken_off))["name"] == name
