"""`POST /leaks`: reports of scanners, each source with a secret of its own.

The signature covers the time and the body. What is verified is stored and answered alike, whatever
it holds; a worker compares it later. Nothing of a body is logged.
"""

import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Final, Protocol

import structlog
from aiohttp import web

from bot.domain.incidents import Report, Source
from bot.domain.leak_texts import place_of, whole_text
from bot.errors import StoreError
from bot.flows.leaks.report import LeakReporter
from handlers.refusals import RefusalCause, Refusals

_log = structlog.get_logger("keysmith.leaks")

PATH: Final = "/leaks"
SOURCE: Final = "X-Keysmith-Source"
TIMESTAMP: Final = "X-Keysmith-Timestamp"
SIGNATURE: Final = "X-Keysmith-Signature"
VALID_FOR: Final = 300
"""Seconds before and after now for which a timestamp is valid."""
MAX_BODY: Final = 512 * 1024
MAX_FOUND: Final = 100
"""Documents of one body that are looked at one by one."""
A_MINUTE: Final = 60
"""Deliveries of one source in a minute."""
_NO_SECRET: Final = b"\x00" * 32


class Taken(Protocol):
    """Which deliveries were taken. May raise `StoreError`."""

    async def was_taken(self, delivery: str) -> bool:
        """Whether a delivery was taken before."""

    async def take(self, delivery: str) -> None:
        """Remember a delivery for longer than its timestamp is valid."""

    async def tell(self, text: str, source: str) -> None:
        """Tell security of a report that names no pair."""


@dataclass(frozen=True)
class LeakHook:
    """Takes reports; `secrets` by source."""

    reporter: LeakReporter
    taken: Taken
    secrets: Mapping[str, bytes] = field(repr=False)
    refusals: Refusals = field(default_factory=Refusals)
    _recent: dict[str, list[float]] = field(default_factory=dict)

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """The route, where any source is configured."""
        paths = dict.fromkeys((PATH, f"{prefix}{PATH}")) if self.secrets else ()
        return [web.post(path, self.take) for path in paths]

    async def take(self, request: web.Request) -> web.Response:
        """Answer one delivery."""
        body = await request.read()
        if len(body) > MAX_BODY:
            return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        source = request.headers.get(SOURCE, "")
        signature = request.headers.get(SIGNATURE, "").casefold()
        if not self._is_signed(source, request.headers.get(TIMESTAMP, ""), signature, body):
            self.refusals.tell(RefusalCause.BAD_SIGNATURE)
            return _answer(HTTPStatus.UNAUTHORIZED)
        delivery = sha256(signature.encode()).hexdigest()
        try:
            if await self.taken.was_taken(delivery):
                return _answer(HTTPStatus.ACCEPTED)
            if not self._in_time(source):
                return _answer(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "60"})
            await self._store(source, delivery, body)
            await self.taken.take(delivery)
        except StoreError as error:
            _log.warning("leak_report_not_stored", reason=type(error).__name__)
            return _answer(HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "5"})
        return _answer(HTTPStatus.ACCEPTED)

    def _is_signed(self, source: str, timestamp: str, signature: str, body: bytes) -> bool:
        """Compare in constant time; an unknown source costs as much as a known one."""
        secret = self.secrets.get(source)
        covered = timestamp.encode(errors="replace") + b"." + body
        right = hmac.new(secret or _NO_SECRET, covered, sha256).hexdigest()
        same = hmac.compare_digest(right.encode(), signature.encode(errors="replace"))
        fresh = (
            timestamp.isascii()
            and timestamp.isdigit()
            and len(timestamp) < len("99999999999")
            and abs(time.time() - int(timestamp)) <= VALID_FOR
        )
        return same and fresh and secret is not None

    def _in_time(self, source: str) -> bool:
        """Whether a source sends no more than it may; counted by each process."""
        now = time.monotonic()
        recent = [at for at in self._recent.get(source, []) if now - at < A_MINUTE]
        self._recent[source] = recent
        if len(recent) >= A_MINUTE:
            return False
        recent.append(now)
        return True

    async def _store(self, source: str, delivery: str, body: bytes) -> None:
        now, alerts = self.reporter.clock.now(), list[str]()
        for number, document in enumerate(documents(body)):
            pairs = await self.reporter.pairs(whole_text(document))
            place = place_of(document, pairs)
            found = await self.reporter.sightings(pairs)
            report = Report(Source.WEBHOOK, now, source, place or f"report {delivery[:8]}.{number}")
            for seen in found:
                await self.reporter.report(seen, report)
            if not found and place and _is_alert(document):
                alerts.append(place)
        if alerts:  # one notice, however many
            more = f" and {len(alerts) - 1} more" if alerts[1:] else ""
            await self.taken.tell(f"{alerts[0]}{more}", source)


def documents(body: bytes) -> Sequence[object]:
    """Read a body: one JSON document, an array of them, one in each line, or a plain text."""
    text = body.decode(errors="replace")
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return _lines(text)
    return _few(whole) if isinstance(whole, list) else [whole]


def _lines(text: str) -> Sequence[object]:
    try:
        return _few([json.loads(line) for line in text.splitlines() if line.strip()])
    except (ValueError, RecursionError):
        return [text]


def _few(found: list[object]) -> list[object]:
    """Take what is beyond `MAX_FOUND` as one document: nothing hides behind many of them."""
    return found if len(found) <= MAX_FOUND else [*found[:MAX_FOUND], found[MAX_FOUND:]]


def _is_alert(document: object) -> bool:
    """Whether it is an alert of GitHub's, which names the place and need not hold the secret."""
    return isinstance(document, Mapping) and (
        isinstance(document.get("alert"), Mapping) or "token" in document
    )


def _answer(status: HTTPStatus, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(status=status, headers=headers)
