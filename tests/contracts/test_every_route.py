"""Headers of every answer of every route of every process, whatever is asked, however it ends."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from aiohttp import web
from redis.asyncio import Redis
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.adapters.vault import decode, proof_of
from bot.domain.people import Workspace
from bot.flows.requests.sign_in import PAGE
from handlers.gate import Gate
from handlers.headers import HEADERS, HSTS
from handlers.health import Health
from handlers.leak_hook import LeakHook
from handlers.metrics import Metrics
from handlers.page_document import read_document, read_still
from handlers.routes import PublicRoutes
from handlers.server import Connections, Deadlines, application, listen
from handlers.sign_in import BACK
from handlers.well_known import WellKnown
from tests.contracts.link_page import LinkPages, pages_of
from tests.contracts.redis_server import redis, server
from tests.fakes.clock import FakeClock
from tests.flows.harness import Harness

__all__ = ["redis", "server"]

PUBLIC: Final = "https://keysmith.example/tools"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "NONSENSE")
UNREAD: Final = (
    *(b"\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
    b"GET / HTTP/1.1\r\nbroken header\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n",
    b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
)
"""What no client sends, up to what none finds."""
LARGE: Final = b"x" * 1_200_000
POLICY: Final = "Content-Security-Policy"


async def nothing(_: web.Request) -> web.Response:
    """Fail in a way that no handler expects."""
    raise RuntimeError("a fault of Keysmith")


@pytest.fixture
async def site(redis: Redis, tmp_path: Path) -> AsyncIterator[tuple[list[str], LinkPages]]:
    """Serve both ports as the bot does; gives their URLs, and a link."""
    slack = AsyncApp(token="xoxb-x", signing_secret="s", request_verification_enabled=False)
    gate = Gate(slack, SignatureVerifier("s" * 32), Workspace("T1", "Lumen"), Metrics())
    known = WellKnown(PUBLIC, "mailto:security@example.com", FakeClock().now)
    hook = LeakHook(Harness().flows.leak_reporter, Harness().incidents, {"ci": b"s" * 32})
    links = await pages_of(redis, tmp_path, PUBLIC)
    public = PublicRoutes(links.pages, known, hook, gate).under(PUBLIC, slack=True)
    urls = []
    async with AsyncExitStack() as stack:
        for routes in (public, Health().routes()):
            connections = Connections(64, Deadlines())
            app = application([*routes, web.get("/fault", nothing)], connections, https=True)
            runner = await listen(app, "127.0.0.1", 0, connections)
            stack.push_async_callback(runner.cleanup)
            urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
            links.resources[urls[-1]] = [each.canonical for each in app.router.resources()]
        yield urls, links


def dressed(found: dict[str, str], where: str) -> None:
    """Expect the headers of Keysmith alone; the page of a link has a policy of its own."""
    wanted = HEADERS | HSTS
    if found.get(POLICY) == read_document().policy:
        assert "/s/" in where or BACK in where
        wanted |= {POLICY: read_document().policy}
    if found.get(POLICY) == read_still("approve").policy:
        assert PAGE in where
        wanted |= {POLICY: read_still("approve").policy}
    assert wanted == {name: found.get(name) for name in wanted}, where
    assert "Server" not in found, where


async def test_every_route_answers_every_method_with_the_headers(
    site: tuple[list[str], LinkPages],
) -> None:
    """Errors too: of the page, of the framework, of a body that is too large, of Keysmith itself"""
    urls, links = site
    statuses = set()
    async with aiohttp.ClientSession() as client:
        for url in urls:
            paths = [it.replace("{id}", links.link_id) for it in links.resources[url]]
            assert f"{PAGE}{{token}}" in paths or url != urls[0]
            assert {"/fault"} < {*paths}
            for path in (*paths, "/", "/s/", "/s/nothing-here", "/nowhere/at/all", "/%00"):
                for method in METHODS:
                    body = io.BytesIO(LARGE) if method == "PATCH" else None
                    async with client.request(method, f"{url}{path}", data=body) as answer:
                        dressed(dict(answer.headers), f"{method} {path}")
                        statuses.add(answer.status)
    assert {200, 401, 403, 404, 405, 413, 500} <= statuses


@pytest.mark.parametrize("sent", UNREAD, ids=range(len(UNREAD)))
async def test_an_answer_to_what_is_no_request_has_them_too(
    site: tuple[list[str], LinkPages], sent: bytes
) -> None:
    """The framework answers these before any application sees them"""
    for url in site[0]:
        reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
        writer.write(sent)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        writer.close()
        assert re.match(r"HTTP/1\.[01] 4\d\d ", head), head
        dressed(dict(re.findall(r"^([\w-]+): (.*?)\r?$", head, re.MULTILINE)), repr(sent[:40]))


async def test_a_body_that_cannot_be_unpacked_is_refused_everywhere(
    site: tuple[list[str], LinkPages],
) -> None:
    """It is no fault of Keysmith, and no handler sees it"""
    urls, links = site
    sent = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as client:
        for url in urls:
            for path in links.resources[url]:
                to = f"{url}{path.replace('{id}', links.link_id)}"
                async with client.post(to, data=b"no gzip", headers=sent) as answer:
                    assert answer.status == 400, path
                    dressed(dict(answer.headers), path)


async def test_the_policy_of_the_page_runs_its_own_script_alone(
    site: tuple[list[str], LinkPages],
) -> None:
    """By its hash; a page without JavaScript of ours runs none"""
    (url, _), links = site
    async with aiohttp.ClientSession() as client, client.get(f"{url}/s/{links.link_id}") as answer:
        policy = answer.headers[POLICY]
        assert "no-store" == answer.headers["Cache-Control"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules.keys() == {
        *("default-src", "script-src", "style-src", "img-src", "connect-src", "base-uri"),
        *("form-action", "frame-ancestors", "require-trusted-types-for", "trusted-types"),
    }
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", rules["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", rules["style-src"])
    assert (rules["default-src"], rules["trusted-types"]) == ("'none'", "'none'")
    assert rules["connect-src"] == "'self'"


async def test_security_txt_says_whom_to_tell_and_until_when(
    site: tuple[list[str], LinkPages],
) -> None:
    """As RFC 9116 wants it, at the root and under the prefix; robots are told to stay away"""
    url = site[0][0]
    async with aiohttp.ClientSession() as client:
        for start in ("", "/tools"):
            async with client.get(f"{url}{start}/.well-known/security.txt") as answer:
                assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
                fields = dict(re.findall(r"^([A-Z]\w+): (.+)$", await answer.text(), re.MULTILINE))
            async with client.get(f"{url}{start}/robots.txt") as answer:
                assert await answer.text() == "User-agent: *\nDisallow: /\n"
    assert fields["Contact"] == "mailto:security@example.com"
    assert fields["Canonical"] == f"{PUBLIC}/.well-known/security.txt"
    left = datetime.fromisoformat(fields["Expires"]) - FakeClock().now()
    assert 60 < left.days < 365


def test_without_a_contact_there_is_no_security_txt() -> None:
    """A file without one would be wrong"""
    paths = [route.path for route in WellKnown(PUBLIC, None).routes("")]
    assert paths == ["/robots.txt"]


async def test_a_link_names_the_language_of_its_owner(site: tuple[list[str], LinkPages]) -> None:
    """It says the same of a link that never was, so it tells nothing; errors follow it, too"""
    (url, _), links = site
    headers = {"Accept-Language": "he"}
    async with aiohttp.ClientSession(headers=headers) as client:
        for id_ in (links.link_id, "nothing-here"):
            for asked, code in (("de", "de"), ("xx", "he"), ("<b>", "he"), ("en", "en")):
                async with client.get(f"{url}/s/{id_}", params={"lang": asked}) as answer:
                    assert f'<html lang="{code}"' in await answer.text()
        links.away = True
        body = {"proof": proof_of(decode(links.key)).show()}
        headers = {"Origin": "https://keysmith.example"}
        path = f"{url}/s/{links.link_id}?lang=de"
        async with client.post(path, json=body, headers=headers) as answer:
            assert (await answer.json())["text"].startswith("Deutsch")
