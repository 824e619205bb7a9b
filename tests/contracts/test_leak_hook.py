"""`POST /leaks`, over a real connection: signed, once, and the same for every key."""

import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.domain.incidents import IncidentState
from handlers.leak_hook import A_MINUTE, MAX_BODY, LeakHook
from tests.flows.harness import Harness, staffed
from tests.flows.test_leaks import kept, leaked, looked

SECRET = b"a secret of sixteen or more"


def headers(
    body: bytes, *, source: str = "ci", at: int = 0, secret: bytes = SECRET
) -> dict[str, str]:
    """Sign a body."""
    timestamp = str(int(time.time()) + at)
    signature = hmac.new(secret, timestamp.encode() + b"." + body, sha256).hexdigest()
    return {
        "X-Keysmith-Source": source,
        "X-Keysmith-Timestamp": timestamp,
        "X-Keysmith-Signature": signature,
    }


class Served:
    """A hook behind a port."""

    def __init__(self, harness: Harness, url: str, session: aiohttp.ClientSession) -> None:
        self.harness = harness
        self._url = url
        self._session = session

    async def post(self, body: bytes, sent: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        """Post; gives the status, the body and the headers of the answer."""
        async with self._session.post(self._url, data=body, headers=sent) as answer:
            told = {name: it for name, it in answer.headers.items() if name != "Date"}
            return answer.status, await answer.read(), told

    async def send(self, document: object) -> int:
        """Post a signed document."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return (await self.post(body, headers(body)))[0]


@asynccontextmanager
async def serving(harness: Harness) -> AsyncIterator[Served]:
    """Serve a hook with one source."""
    hook = LeakHook(harness.flows.leak_reporter, harness.incidents, {"ci": SECRET})
    app = web.Application()
    app.add_routes(hook.routes(""))
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/leaks"
    try:
        async with aiohttp.ClientSession() as session:
            yield Served(harness, url, session)
    finally:
        await runner.cleanup()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A hook over the fakes."""
    async with serving(staffed()) as found:
        yield found


async def pair(harness: Harness) -> tuple[str, str]:
    """The API key and the secret of a key."""
    key, secret = (await leaked(harness)).removeprefix("cloudinary://").partition("@")[0].split(":")
    return key, secret


def reports(key: str, secret: str) -> dict[str, Any]:
    """What scanners send."""
    place = {"Data": {"Github": {"repository": "lumen/shop", "file": ".env", "line": 3}}}
    hog = {"DetectorName": "Cloudinary", "Raw": key, "RawV2": f"{key}{secret}", "Verified": True}
    url = f"cloudinary://{key}:{secret}@shop-dev"
    one = json.dumps({**hog, "Raw": f"{key}:{secret}", "SourceMetadata": place})
    matches = [{"name": "api_key", "match": key}, {"name": "api_secret", "match": secret}]
    guardian = {"incident": {"gitguardian_url": "https://gg.example/1"}, "matches": matches}
    alert = {"html_url": "https://github.example/alerts/1", "secret": url}
    return {
        "trufflehog line": one.encode(),
        "trufflehog lines": f"{one}\n{one}\n".encode(),
        "trufflehog array": [json.loads(one)],
        "gitguardian": guardian,
        "github alert": {"action": "created", "alert": alert},
        "github partner": [{"token": url, "type": "cloudinary", "url": "https://x.example/1"}],
        "generic": {"text": f"found {url}"},
        "plain": url.encode(),
    }


@pytest.mark.parametrize("kind", sorted(reports("", "")))
async def test_what_scanners_send_is_understood(served: Served, kind: str) -> None:
    """Each in its own form"""
    key, secret = await pair(served.harness)
    assert HTTPStatus.ACCEPTED == await served.send(reports(key, secret)[kind])
    await looked(served.harness)
    incident = await kept(served.harness, key)
    assert IncidentState.ASKED is incident.state
    assert "ci" == incident.reports[0].by
    assert incident.reports[0].place
    assert secret not in repr(incident)


async def test_an_alert_without_a_secret_tells_its_place(served: Served) -> None:
    """Nothing is fetched"""
    alert = {"html_url": "https://github.example/alerts/1", "secret_type": "cloudinary"}
    assert HTTPStatus.ACCEPTED == await served.send({"action": "created", "alert": alert})
    assert ["ci https://github.example/alerts/1"] == served.harness.incidents.alerts


async def test_a_delivery_of_many_alerts_is_one_notice(served: Served) -> None:
    """Who has the secret of a source can't bury what else security reads"""
    alerts = [{"alert": {"html_url": f"https://github.example/alerts/{n}"}} for n in range(40)]
    assert HTTPStatus.ACCEPTED == await served.send(alerts)
    assert ["ci https://github.example/alerts/0 and 39 more"] == served.harness.incidents.alerts


async def test_a_replayed_delivery_uses_up_none_of_its_sources(served: Served) -> None:
    """Who only recorded one can't keep the scanner out"""
    body = b"nothing"
    recorded = headers(body)
    for _ in range(A_MINUTE + 1):
        assert HTTPStatus.ACCEPTED == (await served.post(body, recorded))[0]
    assert HTTPStatus.ACCEPTED == await served.send({"text": "another"})


async def test_what_is_not_signed_is_refused(served: Served) -> None:
    """Another secret, an unknown source, an old or a future time, another body, none at all"""
    body = json.dumps({"text": await leaked(served.harness)}).encode()
    good = headers(body)
    for sent in (
        {},
        headers(body, secret=b"another secret"),
        headers(body, source="other"),
        headers(body, at=-301),
        headers(body, at=302),
        {**good, "X-Keysmith-Timestamp": "x"},
        {**good, "X-Keysmith-Signature": ""},
        {**good, "X-Keysmith-Signature": "é"},
        headers(b"{}"),
    ):
        assert HTTPStatus.UNAUTHORIZED == (await served.post(body, sent))[0]
    key, _ = await pair(served.harness)
    assert await served.harness.incidents.load(key) is None


async def test_a_known_key_and_an_unknown_one_have_the_same_answer(served: Served) -> None:
    """And a text without any"""
    ours = await leaked(served.harness)
    answers = []
    for text in (ours, ours.replace("7000", "9000"), "nothing"):
        body = json.dumps({"text": text}).encode()
        answers.append(await served.post(body, headers(body)))
    assert answers[0] == answers[1] == answers[2]
    assert (HTTPStatus.ACCEPTED, b"") == answers[0][:2]


async def test_a_delivery_counts_once(served: Served) -> None:
    """However often it is sent again; a store that is away takes it later"""
    body = json.dumps({"text": await leaked(served.harness)}).encode()
    sent, fake = headers(body), served.harness.incidents
    fake.failures = 1
    assert HTTPStatus.SERVICE_UNAVAILABLE == (await served.post(body, sent))[0]
    for _ in range(3):
        assert HTTPStatus.ACCEPTED == (await served.post(body, sent))[0]
    key, _ = await pair(served.harness)
    assert 1 == len((await kept(served.harness, key)).reports)


async def test_one_source_and_one_body_have_limits(served: Served) -> None:
    """A scanner in a loop, and one that sends a whole repository"""
    assert HTTPStatus.REQUEST_ENTITY_TOO_LARGE == await served.send(b"x" * (MAX_BODY + 1))
    statuses = [await served.send({"text": str(number)}) for number in range(A_MINUTE + 1)]
    assert [HTTPStatus.ACCEPTED] * A_MINUTE + [HTTPStatus.TOO_MANY_REQUESTS] == statuses


async def test_hostile_bodies_do_no_harm(served: Served) -> None:
    """Deep ones, and bytes that are no text"""
    for body in (b"[" * 100_000, b"\xff\xfe", b"", b"null", b"[[[1]]]", b'{"alert": 1}'):
        assert HTTPStatus.ACCEPTED == await served.send(body)
