"""How long list, App Home and card take with 100 to 10,000 waiting requests, on real Redis."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.adapters.redis.connection import connected
from bot.adapters.redis.embedded import embedded_redis
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.requests import RedisRequests
from bot.adapters.redis.steps import Guard, Write
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.cards.home import home, home_view
from bot.cards.kit import offering, render
from bot.cards.request_lists import listed
from bot.cards.requests import posted
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.home import Home
from bot.domain.languages import ENGLISH
from bot.domain.outcomes.requests import RequestsListed
from bot.domain.redis_url import RedisAddress
from bot.domain.requests.machine import Request, State
from bot.flows.build import build_flows
from bot.flows.requests.open import LOOKED_AT
from tests.flows.harness import ADMIN, PROD, TECH, Harness, staffed
from tests.unit.outcomes_made import request_of

COUNTS = (100, 1_000, 10_000)
ROUNDS = 50
"""Repetitions of each measurement; the median is reported."""


class NoJobs:
    """A job store that stores no job."""

    def queueing(self, job: object) -> tuple[Write, ...]:
        """Give no writes."""
        del job
        return ()

    def last_changed(self, done: object) -> tuple[Write, ...]:
        """Give no writes."""
        del done
        return ()

    async def marked(self, job: object) -> tuple[tuple[Write, ...], tuple[Guard, ...]]:
        """Store no effect."""
        del job
        return (), ()


async def waiting_requests(
    directory: Path, counts: Sequence[int] = COUNTS, rounds: int = ROUNDS
) -> dict[str, dict[int, float]]:
    """Measure in milliseconds: by surface, then by number of waiting requests."""
    found: dict[str, dict[int, float]] = {"list": {}, "home": {}, "card": {}}
    waiting = directory / "waiting"
    async with embedded_redis(waiting) as url, connected(RedisAddress.parse(url)) as redis:
        store = Store(redis)
        ledger = Ledger(redis, store, ChainKey(b"k" * 32))
        signed = open_signed(store, ledger)
        requests = RedisRequests(store, ledger, signed, NoJobs(), claim_ttl=timedelta(hours=8))
        stored = 0
        for count in counts:
            await _fill(requests, stored, count)
            stored = count
            for name, work in _surfaces(staffed(), requests).items():
                found[name][count] = await _median(work, rounds)
    return found


async def _fill(requests: RedisRequests, start: int, end: int) -> None:
    for number in range(start, end):
        request = _request(number)
        entry = Entry(request.asked_at, AuditEvent.REQUESTED, "key:request", job=request.id)
        await requests.open(request, entry, [])


def _request(number: int) -> Request:
    request = request_of("ci-bot", State.PENDING)
    terms = replace(request.terms, requester=TECH, owner=TECH, environment_id=PROD.id)
    at = request.asked_at + timedelta(seconds=number)
    approval = replace(request.approval, open_at_most=max(COUNTS))
    asked = replace(request, id=f"{number:016x}r", terms=terms, asked_at=at)
    return replace(asked, approval=approval, votes=())


def _surfaces(
    harness: Harness, requests: RedisRequests
) -> dict[str, Callable[[], Awaitable[None]]]:
    flows = build_flows(replace(harness.ports, requests=requests))

    async def list_() -> None:
        who = await harness.who(ADMIN)
        outcome = await flows.lister.listed(who.person, "pending")
        assert isinstance(outcome, RequestsListed)
        assert outcome.more
        drawn = listed(outcome)
        render(drawn, [""] * len(offering([drawn])))

    async def home_() -> None:
        outcome = await flows.home.of(ADMIN)
        assert isinstance(outcome, Home)
        sections = home(outcome)
        home_view(sections, [""] * len(offering(sections)), ENGLISH)

    async def card() -> None:
        request = await requests.load(_request(LOOKED_AT // 2).id)
        assert request
        render(posted(request))

    return {"list": list_, "home": home_, "card": card}


async def _median(work: Callable[[], Awaitable[None]], rounds: int) -> float:
    await work()
    spent = []
    for _ in range(rounds):
        started = time.perf_counter()
        await work()
        spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(spent)


def lines(found: dict[str, dict[int, float]]) -> list[str]:
    """Draw a table: milliseconds, and ratios to the smallest number of requests."""
    rows = ["requests that wait | " + " | ".join(f"{count:,}" for count in COUNTS)]
    for name, by_count in found.items():
        first = by_count[COUNTS[0]]
        cells = [f"{ms:.2f} ms ({ms / first:.2f}x)" for ms in by_count.values()]
        rows.append(f"{name:<18} | " + " | ".join(cells))
    return rows
